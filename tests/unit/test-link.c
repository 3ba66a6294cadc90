/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "link/mmp-frame.h"
#include "link/mmp-link.h"
#include "mmp-loopback-carrier.h"
#include "mmp-test-stream.h"
#include "mmp-test.h"

#include <string.h>

/* One side: a link and what it told */
typedef struct
{
  MmpLink *link;
  GString *log; /* what the link called, but rtt */
  GPtrArray *streams; /* MmpTestStream: those that the other side opened */
  MmpStreamCode refuse; /* 0: take streams */
  guint64 answer; /* how much each stream that came is answered with */
  guint n_rtts;
  gint64 rtt;
  guint code; /* of `closed` */
} Side;

/* Two links in virtual time */
typedef struct
{
  MmpClock *clock;
  Side sides[2];
  guint64 generation;
} Pair;

static void
on_json (MmpLink *link,
         const char *text,
         gpointer user_data)
{
  Side *side = user_data;

  g_string_append_printf (side->log, "json %s;", text);
}

static gboolean
on_open (MmpLink *link,
         MmpStream *stream,
         const char *service,
         MmpStreamCode *code,
         gpointer user_data)
{
  Side *side = user_data;

  g_string_append_printf (side->log, "open %s;", service);
  if (side->refuse != 0)
    {
      *code = side->refuse;
      return FALSE;
    }

  g_ptr_array_add (side->streams, mmp_test_stream_new (stream, FALSE, side->answer));

  return TRUE;
}

static const char *
kind_name (MmpCarrier *carrier)
{
  if (carrier == NULL)
    return "none";

  return mmp_carrier_get_kind (carrier) == MMP_CARRIER_DIRECT ? "direct" : "relay";
}

static void
on_carrier (MmpLink *link,
            MmpCarrier *carrier,
            gpointer user_data)
{
  Side *side = user_data;

  g_assert_true (mmp_link_get_carrier (link) == carrier);
  g_string_append_printf (side->log, "carrier %s;", kind_name (carrier));
}

static void
on_lost (MmpLink *link,
         MmpCarrier *carrier,
         gboolean stalled,
         gpointer user_data)
{
  Side *side = user_data;

  g_string_append_printf (side->log, "lost %s%s;", kind_name (carrier), stalled ? " stalled" : "");
}

static void
on_rtt (MmpLink *link,
        MmpCarrier *carrier,
        gint64 rtt,
        gpointer user_data)
{
  Side *side = user_data;

  side->n_rtts++;
  side->rtt = rtt;
}

static void
on_closed (MmpLink *link,
           const GError *error,
           gpointer user_data)
{
  Side *side = user_data;

  g_assert_true (error->domain == MMP_ERROR);
  g_string_append_printf (side->log, "closed;");
  g_test_message ("%s", error->message);
  side->code = (guint) error->code;
}

static const MmpLinkFuncs link_funcs = {
  .json = on_json,
  .open = on_open,
  .carrier = on_carrier,
  .lost = on_lost,
  .rtt = on_rtt,
  .closed = on_closed,
};

static void
side_init (Side *side,
           MmpClock *clock,
           MmpLinkRole role)
{
  side->log = g_string_new (NULL);
  side->streams = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_test_stream_free);
  side->link = mmp_link_new (role, clock, &link_funcs, side);
}

static void
side_clear (Side *side)
{
  mmp_link_close (side->link);
  mmp_test_await_finalize (g_steal_pointer (&side->link));
  g_ptr_array_unref (side->streams);
  g_string_free (side->log, TRUE);
}

static void
pair_set_up (Pair *pair,
             gconstpointer data)
{
  pair->clock = mmp_clock_new_virtual ();
  side_init (&pair->sides[0], pair->clock, MMP_LINK_ROLE_INITIATOR);
  side_init (&pair->sides[1], pair->clock, MMP_LINK_ROLE_LISTENER);
}

static void
pair_tear_down (Pair *pair,
                gconstpointer data)
{
  for (guint i = 0; i < 2; i++)
    side_clear (&pair->sides[i]);
  mmp_clock_unref (pair->clock);
}

static void
run_for (Pair *pair,
         gint64 duration)
{
  gint64 until = mmp_clock_now (pair->clock) + duration;

  while (mmp_clock_step (pair->clock, until))
    ;
}

/* Attaches both ends of a new carrier; the ends belong to the links. */
static void
attach (Pair *pair,
        const MmpLoopbackConfig *config,
        MmpCarrier *ends[2])
{
  MmpLoopbackConfig copy = *config;
  g_autoptr (MmpCarrier) first = NULL;
  g_autoptr (MmpCarrier) second = NULL;

  copy.generation = ++pair->generation;
  mmp_loopback_carrier_new_pair (pair->clock, &copy, &first, &second);
  mmp_link_attach (pair->sides[0].link, first);
  mmp_link_attach (pair->sides[1].link, second);
  if (ends != NULL)
    {
      ends[0] = first;
      ends[1] = second;
    }
}

static const MmpLoopbackConfig direct = { .kind = MMP_CARRIER_DIRECT, .delay = MMP_MSEC (10) };
static const MmpLoopbackConfig relay = { .kind = MMP_CARRIER_RELAY, .delay = MMP_MSEC (50) };

static MmpTestStream *
open_stream (Side *side,
             const char *service,
             guint64 to_send)
{
  g_autoptr (GError) error = NULL;
  MmpStream *stream = mmp_link_open (side->link, service, &error);

  g_assert_no_error (error);

  return mmp_test_stream_new (stream, TRUE, to_send);
}

static void
test_a_stream_carries_both_ways_and_ends (Pair *pair,
                                          gconstpointer data)
{
  g_autoptr (MmpTestStream) stream = NULL;
  MmpTestStream *peer;
  MmpLinkStatus status;

  attach (pair, &direct, NULL);
  pair->sides[1].answer = 300000;
  stream = open_stream (&pair->sides[0], "echo", 1000000);
  run_for (pair, MMP_SECONDS (3));

  g_assert_cmpstr (pair->sides[0].log->str, ==, "carrier direct;");
  g_assert_cmpstr (pair->sides[1].log->str, ==, "carrier direct;open echo;");
  peer = g_ptr_array_index (pair->sides[1].streams, 0);
  g_assert_cmpuint (peer->received, ==, 1000000);
  g_assert_cmpuint (stream->received, ==, 300000);
  g_assert_true (stream->finished && peer->finished);
  g_assert_true (stream->over && peer->over);
  g_assert_cmpuint (stream->code, ==, 0);
  g_assert_cmpuint (peer->code, ==, 0);

  mmp_link_get_status (pair->sides[0].link, &status);
  g_assert_cmpuint (status.bytes_sent, ==, 1000000);
  g_assert_cmpuint (status.bytes_received, ==, 300000);
  g_assert_cmpuint (status.n_streams, ==, 0);
  g_assert_cmpuint (status.unacknowledged, ==, 0);
  g_assert_cmpuint (status.reserved, ==, 0);
  g_assert_cmpint (status.peer_path, ==, MMP_CARRIER_DIRECT);
  g_assert_cmpint (status.rtt, ==, MMP_MSEC (20));
  g_assert_cmpuint (pair->sides[0].n_rtts, >, 0);
}

static void
test_signalling_arrives_once_and_in_order (Pair *pair,
                                           gconstpointer data)
{
  MmpLoopbackConfig config = relay;
  g_auto (GStrv) calls = NULL;
  guint n = 0;

  config.loss = 0.4;
  config.reorder = 0.3;
  config.duplicate = 0.3;
  config.seed = 5;
  mmp_link_send_json (pair->sides[0].link, "{\"n\":0}");
  attach (pair, &config, NULL);
  mmp_link_send_json (pair->sides[0].link, "{\"n\":1}");
  run_for (pair, MMP_SECONDS (5));
  mmp_link_send_json (pair->sides[0].link, "{\"n\":2}");
  mmp_link_send_json (pair->sides[0].link, "{\"n\":3}");
  run_for (pair, MMP_SECONDS (120));

  calls = g_strsplit (pair->sides[1].log->str, ";", -1);
  for (guint i = 0; calls[i] != NULL; i++)
    {
      g_autofree char *expected = g_strdup_printf ("json {\"n\":%u}", n);

      if (!g_str_has_prefix (calls[i], "json"))
        continue;
      g_assert_cmpstr (calls[i], ==, expected);
      n++;
    }
  g_assert_cmpuint (n, ==, 4);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(name, func) g_test_add ("/link/" name, Pair, NULL, pair_set_up, func, pair_tear_down)
  add ("a-stream-carries-both-ways-and-ends", test_a_stream_carries_both_ways_and_ends);
  add ("signalling-arrives-once-and-in-order", test_signalling_arrives_once_and_in_order);
#undef add

  return g_test_run ();
}
