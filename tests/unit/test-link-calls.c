/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-link-pair.h"
#include "mmp-test.h"

/* Whoever is called by a link may do anything with it: close it, forget, take its carrier away, reset the stream. */

typedef enum
{
  CLOSE,
  FORGET,
  DETACH,
  RESET,
  N_DEEDS,
} Deed;

typedef enum
{
  ON_PULL,
  ON_DELIVER,
  ON_FINISHED,
  ON_OVER,
  ON_OPEN,
  ON_JSON,
  ON_CARRIER,
  ON_LOST,
  ON_RTT,
  N_PLACES,
} Place;

typedef struct
{
  Place place;
  Deed deed;
} Case;

typedef struct
{
  MmpClock *clock;
  MmpLink *links[2];
  const Case *order;
  gboolean done;
} Actor;

static void
act (Actor *actor,
     MmpLink *link,
     MmpStream *stream,
     Place place)
{
  MmpCarrier *carrier = mmp_link_get_carrier (link);

  if (actor->done || actor->order->place != place)
    return;

  actor->done = TRUE;
  if (actor->order->deed == CLOSE)
    mmp_link_close (link);
  else if (actor->order->deed == FORGET)
    mmp_link_forget (link);
  else if (actor->order->deed == DETACH && carrier != NULL)
    mmp_link_detach (link, carrier);
  else if (actor->order->deed == RESET && stream != NULL)
    mmp_stream_reset (stream, MMP_STREAM_IO);
}

/* The stream's user is the actor with the link that it is in. */
typedef struct
{
  Actor *actor;
  MmpLink *link;
  guint left; /* bytes to send */
  gboolean over;
} User;

static gsize
on_pull (MmpStream *stream,
         guint8 *buffer,
         gsize size,
         gpointer user_data)
{
  User *user = user_data;
  gsize n = MIN (size, user->left);

  user->left -= (guint) n;
  for (gsize i = 0; i < n; i++)
    buffer[i] = 'x';
  if (n == 0)
    mmp_stream_finish (stream);
  else
    act (user->actor, user->link, stream, ON_PULL);

  return n;
}

static void
on_deliver (MmpStream *stream,
            const guint8 *data,
            gsize size,
            gpointer user_data)
{
  User *user = user_data;

  mmp_stream_consumed (stream, size);
  act (user->actor, user->link, stream, ON_DELIVER);
}

static void
on_finished (MmpStream *stream,
             gpointer user_data)
{
  User *user = user_data;

  act (user->actor, user->link, stream, ON_FINISHED);
}

static void
on_over (MmpStream *stream,
         guint code,
         gpointer user_data)
{
  User *user = user_data;

  g_assert_false (user->over);
  user->over = TRUE;
  act (user->actor, user->link, NULL, ON_OVER);
}

static const MmpStreamFuncs stream_funcs = { on_pull, on_deliver, on_finished, on_over };

static void
use (Actor *actor,
     MmpLink *link,
     MmpStream *stream)
{
  User *user = g_new0 (User, 1);

  user->actor = actor;
  user->link = link;
  user->left = 40000;
  /* As long as the link lives: the stream may be over at any time. */
  g_object_weak_ref (G_OBJECT (link), (GWeakNotify) (void (*) (void)) g_free, user);
  mmp_stream_set_funcs (stream, &stream_funcs, user);
  mmp_stream_set_ready (stream);
}

static gboolean
on_open (MmpLink *link,
         MmpStream *stream,
         const char *service,
         MmpStreamCode *code,
         gpointer user_data)
{
  use (user_data, link, stream);
  act (user_data, link, stream, ON_OPEN);

  return TRUE;
}

static void
on_json (MmpLink *link,
         const char *text,
         gpointer user_data)
{
  act (user_data, link, NULL, ON_JSON);
}

static void
on_carrier (MmpLink *link,
            MmpCarrier *carrier,
            gpointer user_data)
{
  act (user_data, link, NULL, ON_CARRIER);
}

static void
on_lost (MmpLink *link,
         MmpCarrier *carrier,
         gboolean stalled,
         gpointer user_data)
{
  act (user_data, link, NULL, ON_LOST);
}

static void
on_rtt (MmpLink *link,
        MmpCarrier *carrier,
        gint64 rtt,
        gpointer user_data)
{
  act (user_data, link, NULL, ON_RTT);
}

static const MmpLinkFuncs link_funcs = {
  .json = on_json,
  .open = on_open,
  .carrier = on_carrier,
  .lost = on_lost,
  .rtt = on_rtt,
};

static void
run_for (Actor *actor,
         gint64 duration)
{
  gint64 until = mmp_clock_now (actor->clock) + duration;

  while (mmp_clock_step (actor->clock, until))
    ;
}

static void
attach (Actor *actor,
        const MmpLoopbackConfig *config,
        MmpCarrier *ends[2])
{
  mmp_loopback_carrier_new_pair (actor->clock, config, &ends[0], &ends[1]);
  for (guint i = 0; i < 2; i++)
    mmp_link_attach (actor->links[i], ends[i]);
}

static void
test_a_link_may_be_used_inside (gconstpointer data)
{
  Actor actor = { .clock = mmp_clock_new_virtual (), .order = data };
  MmpCarrier *relays[2];
  MmpCarrier *directs[2];

  for (guint i = 0; i < 2; i++)
    actor.links[i] = mmp_link_new (i == 0 ? MMP_LINK_ROLE_INITIATOR : MMP_LINK_ROLE_LISTENER, actor.clock, &link_funcs, &actor);
  attach (&actor, &mmp_link_pair_relay, relays);
  attach (&actor, &mmp_link_pair_direct, directs);
  for (guint i = 0; i < 5; i++)
    use (&actor, actor.links[0], mmp_link_open (actor.links[0], "service", NULL));
  mmp_link_send_json (actor.links[0], "{}");
  run_for (&actor, MMP_MSEC (2500));
  mmp_loopback_carrier_fail (directs[0]);
  run_for (&actor, MMP_SECONDS (10));
  g_assert_true (actor.done);

  for (guint i = 0; i < 2; i++)
    {
      mmp_link_close (actor.links[i]);
      mmp_test_await_finalize (actor.links[i]);
      g_object_unref (relays[i]);
      g_object_unref (directs[i]);
    }
  mmp_clock_unref (actor.clock);
}

int
main (int argc,
      char *argv[])
{
  static const char *const places[] = { "pull", "deliver", "finished", "over", "open", "json", "carrier", "lost", "rtt" };
  static const char *const deeds[] = { "close", "forget", "detach", "reset" };
  static Case cases[N_PLACES][N_DEEDS];

  g_test_init (&argc, &argv, NULL);

  for (guint place = 0; place < N_PLACES; place++)
    {
      for (guint deed = 0; deed < N_DEEDS; deed++)
        {
          g_autofree char *path = g_strdup_printf ("/link-calls/a-link-may-be-used-inside/%s/%s", places[place], deeds[deed]);

          cases[place][deed] = (Case) { place, deed };
          g_test_add_data_func (path, &cases[place][deed], test_a_link_may_be_used_inside);
        }
    }

  return g_test_run ();
}
