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
  gboolean first_stalls; /* the first bulk stream's reader reads nothing */
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
  if (world->first_stalls && g_str_equal (service, "0"))
    user->reading = FALSE;

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
  g_autoptr (MmpCarrier) first = NULL;
  g_autoptr (MmpCarrier) second = NULL;

  world->clock = mmp_clock_new_virtual ();
  world->rtts = mmp_series_new (10000);
  world->small_due = G_MAXINT64;
  for (guint side = 0; side < 2; side++)
    world->links[side] = mmp_link_new (side == 0 ? MMP_LINK_ROLE_INITIATOR : MMP_LINK_ROLE_LISTENER, world->clock, &link_funcs, world);

  mmp_loopback_carrier_new_pair (world->clock, config, &first, &second);
  mmp_link_attach (world->links[0], first);
  mmp_link_attach (world->links[1], second);

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

/* A path, what runs on it, and what the link must make of it after three seconds */
typedef struct
{
  const char *name;
  guint64 rate; /* bytes a second */
  gint64 rtt;
  gint64 jitter;
  MmpCarrierKind kind;
  guint n_bulk;
  double share_min; /* of the rate */
  double p99_max; /* milliseconds, of a small stream's round trip beside bulk; 0: any */
} Case;

static const Case cases[] = {
  { "20-mbit-20-ms", 2500000, MMP_MSEC (20), 0, MMP_CARRIER_DIRECT, 1, 0.95, 60 },
  { "20-mbit-20-ms-eight-streams", 2500000, MMP_MSEC (20), 0, MMP_CARRIER_DIRECT, 8, 0.95, 60 },
  { "20-mbit-20-ms-jitter", 2500000, MMP_MSEC (20), MMP_MSEC (5), MMP_CARRIER_DIRECT, 2, 0.95, 60 },
  { "100-mbit-50-ms", 12500000, MMP_MSEC (50), 0, MMP_CARRIER_DIRECT, 1, 0.95, 90 },
  { "100-mbit-50-ms-eight-streams", 12500000, MMP_MSEC (50), 0, MMP_CARRIER_DIRECT, 8, 0.95, 90 },
  { "50-mbit-150-ms", 6250000, MMP_MSEC (150), 0, MMP_CARRIER_DIRECT, 4, 0.95, 230 },
  { "320-mbit-1-ms", 40000000, MMP_MSEC (1), 0, MMP_CARRIER_DIRECT, 1, 0.95, 30 },
  { "2-mbit-300-ms", 250000, MMP_MSEC (300), 0, MMP_CARRIER_DIRECT, 2, 0.9, 0 },
  { "1-mbit-100-ms", 125000, MMP_MSEC (100), 0, MMP_CARRIER_DIRECT, 3, 0.95, 0 },
  { "relay-64-kib", 65536, MMP_MSEC (100), MMP_MSEC (20), MMP_CARRIER_RELAY, 2, 0.9, 0 },
};

static void
test_a_path_is_filled_and_stays_quick (gconstpointer data)
{
  const Case *path = data;
  MmpLoopbackConfig config = {
    .kind = path->kind,
    .delay = path->rtt / 2,
    .jitter = path->jitter,
    .rate = path->rate,
    .buffer = path->kind == MMP_CARRIER_DIRECT ? DEEP_BUFFER : 16384,
  };
  g_autoptr (World) world = world_new (&config);
  gsize allowance_max = path->kind == MMP_CARRIER_DIRECT ? MMP_LINK_ALLOWANCE_MAX : MMP_LINK_ALLOWANCE_RELAY_MAX;

  start_small (world);
  open_bulk (world, path->n_bulk);
  measure (world, MMP_SECONDS (3));
  /* Twice, so that what creeps is seen. */
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpfloat (measure (world, MMP_SECONDS (15)), >=, path->share_min * (double) path->rate);
      if (path->p99_max > 0)
        g_assert_cmpfloat (mmp_series_get_quantile (world->rtts, 0.99), <=, path->p99_max);
    }
  g_assert_cmpuint (world->allowance_max, <=, allowance_max);
  g_assert_cmpuint (world->n_stalls, ==, 0);
}

/* 50 ms and a line that is not the limit: 8 MB/s need 400 KB on the way. */
static void
test_a_long_path_is_filled_at_once (void)
{
  static const MmpLoopbackConfig config = { .kind = MMP_CARRIER_DIRECT, .delay = MMP_MSEC (25), .rate = 100000000, .buffer = DEEP_BUFFER };
  g_autoptr (World) world = world_new (&config);

  open_bulk (world, 1);
  measure (world, MMP_SECONDS (1));
  g_assert_cmpfloat (measure (world, MMP_SECONDS (2)), >=, 16e6);
}

static void
test_a_stalled_reader_holds_up_nobody_else (void)
{
  static const MmpLoopbackConfig config = { .kind = MMP_CARRIER_DIRECT, .delay = MMP_MSEC (10), .rate = 2500000, .buffer = DEEP_BUFFER };
  g_autoptr (World) world = world_new (&config);
  MmpTestStream *stalled;
  MmpLinkStatus status;

  world->first_stalls = TRUE;
  open_bulk (world, 4);
  run_for (world, MMP_SECONDS (2));
  stalled = world->bulk[1][0];

  /* As fast as without it, and it got its window and no byte more. */
  g_assert_cmpfloat (measure (world, MMP_SECONDS (10)), >=, 0.97 * (double) config.rate);
  g_assert_cmpuint (stalled->unread, ==, 65536);
  mmp_link_get_status (world->links[1], &status);
  g_assert_cmpuint (status.reserved, <=, 65536 + 3 * MMP_LINK_WINDOW_MAX);
  g_assert_cmpuint (status.reserved, >, 4 * 65536);

  mmp_test_stream_set_reading (stalled, TRUE);
  run_for (world, MMP_SECONDS (5));
  g_assert_cmpuint (stalled->received, >, 1000000);
}

/* Three lanes, eight streams, all alike */
static void
test_bulk_streams_share (void)
{
  static const MmpLoopbackConfig config = { .kind = MMP_CARRIER_DIRECT, .delay = MMP_MSEC (10), .rate = 2500000, .buffer = DEEP_BUFFER };
  g_autoptr (World) world = world_new (&config);

  open_bulk (world, 6);
  run_for (world, MMP_SECONDS (10));
  for (guint i = 0; i < 6; i++)
    g_assert_cmpuint (world->bulk[1][i]->received, >, get_delivered (world) / 12);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/link-flow/a-path-is-filled-and-stays-quick/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_a_path_is_filled_and_stays_quick);
    }
  g_test_add_func ("/link-flow/a-long-path-is-filled-at-once", test_a_long_path_is_filled_at_once);
  g_test_add_func ("/link-flow/a-stalled-reader-holds-up-nobody-else", test_a_stalled_reader_holds_up_nobody_else);
  g_test_add_func ("/link-flow/bulk-streams-share", test_bulk_streams_share);

  return g_test_run ();
}
