/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-limits.h"
#include "base/mmp-series.h"
#include "link/mmp-link.h"
#include "mmp-loopback-carrier.h"
#include "mmp-test-stream.h"

/* What the link makes of a path, in virtual time: throughput, and the round trip that a small stream has beside bulk. */

#define BULK_MAX 8
#define SMALL_SIZE 100
#define SMALL_INTERVAL MMP_MSEC (50)

/* A path as usrsctp is one: it takes far more than the line does. */
#define DEEP_BUFFER 1048576

typedef struct
{
  MmpClock *clock;
  MmpLink *links[2];
  MmpTestStream *bulk[2][BULK_MAX];
  guint n_bulk;
  MmpTestStream *small[2];
  guint64 small_answered;
  gint64 small_sent_at;
  gint64 small_due;
  MmpSeries *rtts;
  gsize allowance_max;
  guint n_stalls;
} World;

static gboolean
on_open (MmpLink *link,
         MmpStream *stream,
         const char *service,
         MmpStreamCode *code,
         gpointer user_data)
{
  World *world = user_data;
  MmpTestStream *user = mmp_test_stream_new (stream, FALSE, 0);

  user->lasting = TRUE;
  if (g_str_equal (service, "small"))
    world->small[1] = user;
  else
    world->bulk[1][g_ascii_strtoull (service, NULL, 10)] = user;

  return TRUE;
}

static void
on_lost (MmpLink *link,
         MmpCarrier *carrier,
         gboolean stalled,
         gpointer user_data)
{
  ((World *) user_data)->n_stalls++;
}

static const MmpLinkFuncs link_funcs = {
  .open = on_open,
  .lost = on_lost,
};

static MmpTestStream *
open_stream (World *world,
             const char *service,
             guint64 to_send)
{
  g_autoptr (GError) error = NULL;
  MmpStream *stream = mmp_link_open (world->links[0], service, &error);
  MmpTestStream *user;

  g_assert_no_error (error);
  user = mmp_test_stream_new (stream, TRUE, to_send);
  user->lasting = TRUE;

  return user;
}

static void
open_bulk (World *world,
           guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *service = g_strdup_printf ("%u", i);

      world->bulk[0][world->n_bulk++] = open_stream (world, service, G_MAXUINT32);
    }
}

static World *
world_new (const MmpLoopbackConfig *config)
{
  World *world = g_new0 (World, 1);

  world->clock = mmp_clock_new_virtual ();
  world->rtts = mmp_series_new (10000);
  world->small_due = G_MAXINT64;
  for (guint side = 0; side < 2; side++)
    world->links[side] = mmp_link_new (side == 0 ? MMP_LINK_ROLE_INITIATOR : MMP_LINK_ROLE_LISTENER, world->clock, &link_funcs, world);

  {
    g_autoptr (MmpCarrier) first = NULL;
    g_autoptr (MmpCarrier) second = NULL;

    mmp_loopback_carrier_new_pair (world->clock, config, &first, &second);
    mmp_link_attach (world->links[0], first);
    mmp_link_attach (world->links[1], second);
  }

  return world;
}

static void
world_free (World *world)
{
  for (guint side = 0; side < 2; side++)
    {
      mmp_link_close (world->links[side]);
      g_object_unref (world->links[side]);
    }
  for (guint side = 0; side < 2; side++)
    {
      for (guint i = 0; i < world->n_bulk; i++)
        mmp_test_stream_free (world->bulk[side][i]);
      mmp_test_stream_free (world->small[side]);
    }
  mmp_series_free (world->rtts);
  mmp_clock_unref (world->clock);
  g_free (world);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

/* A small request every 50 ms, and its answer */
static void
play_small (World *world)
{
  gint64 now = mmp_clock_now (world->clock);

  if (world->small[1] != NULL && world->small_answered < world->small[1]->received)
    {
      mmp_test_stream_send (world->small[1], world->small[1]->received - world->small_answered);
      world->small_answered = world->small[1]->received;
    }
  if (world->small[0]->received < world->small[0]->to_send)
    return;

  if (world->small_sent_at != 0)
    mmp_series_add (world->rtts, (double) (now - world->small_sent_at) / 1000);
  world->small_sent_at = 0;
  if (now >= world->small_due)
    {
      mmp_test_stream_send (world->small[0], SMALL_SIZE);
      world->small_sent_at = now;
      world->small_due = now + SMALL_INTERVAL;
    }
}

static void
start_small (World *world)
{
  world->small[0] = open_stream (world, "small", 0);
  world->small_due = 0;
}

static void
run_for (World *world,
         gint64 duration)
{
  gint64 until = mmp_clock_now (world->clock) + duration;

  for (;;)
    {
      MmpLinkStatus status;
      gboolean ran = mmp_clock_step (world->clock, MIN (until, MAX (world->small_due, mmp_clock_now (world->clock) + 1)));

      if (world->small[0] != NULL)
        play_small (world);
      mmp_link_get_status (world->links[0], &status);
      world->allowance_max = MAX (world->allowance_max, status.allowance);
      if (!ran && mmp_clock_now (world->clock) >= until)
        return;
    }
}

static guint64
get_delivered (World *world)
{
  guint64 sum = 0;

  for (guint i = 0; i < world->n_bulk; i++)
    sum += world->bulk[1][i] != NULL ? world->bulk[1][i]->received : 0;

  return sum;
}

/* Bytes a second of all bulk streams together */
static double
measure (World *world,
         gint64 duration)
{
  guint64 before = get_delivered (world);
  MmpLinkStatus status;
  double rate;

  mmp_series_clear (world->rtts);
  run_for (world, duration);
  rate = (double) (get_delivered (world) - before) * G_USEC_PER_SEC / (double) duration;

  mmp_link_get_status (world->links[0], &status);
  g_test_message ("bulk %.3f MB/s; small p50 %.1f p99 %.1f max %.1f ms of %u; allowance %zu KiB; stalls %u",
                  rate / 1e6, mmp_series_get_quantile (world->rtts, 0.5), mmp_series_get_quantile (world->rtts, 0.99),
                  mmp_series_get_max (world->rtts), mmp_series_get_count (world->rtts), status.allowance / 1024, world->n_stalls);

  return rate;
}

static void
test_explore (void)
{
  static const struct { double mbit; gint64 rtt; guint n; } rows[] = {
    { 20, 20, 1 }, { 20, 20, 8 }, { 100, 50, 1 }, { 100, 50, 8 }, { 200, 50, 1 }, { 1, 100, 1 }, { 5, 40, 1 }, { 400, 1, 1 }, { 400, 1, 8 }, { 2, 300, 2 }, { 50, 200, 4 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      MmpLoopbackConfig config = { .kind = MMP_CARRIER_DIRECT, .delay = MMP_MSEC (rows[i].rtt) / 2, .rate = (guint64) (rows[i].mbit * 125000), .buffer = DEEP_BUFFER, .jitter = g_getenv ("JITTER") ? atoi (g_getenv ("JITTER")) : 0 };
      g_autoptr (World) world = world_new (&config);

      g_test_message ("%g Mbit %d ms, %u bulk", rows[i].mbit, (int) rows[i].rtt, rows[i].n);
      run_for (world, MMP_SECONDS (1));
      start_small (world);
      open_bulk (world, rows[i].n);
      measure (world, MMP_SECONDS (3));
      measure (world, MMP_SECONDS (10));
      measure (world, MMP_SECONDS (30));
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/link-flow/explore", test_explore);

  return g_test_run ();
}
