/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-limits.h"
#include "link/mmp-link.h"
#include "mmp-link-faults.h"
#include "mmp-test-stream.h"

#include <stdlib.h>
#include <string.h>

/* The property that the link is for: whatever carriers come, go, lose, repeat and hold up, every byte of every stream
 * arrives once and in order, nothing ends that should not, nothing gets stuck, and memory stays within bounds.
 *
 * Each run makes a plan of streams and a plan of faults from its seed and plays them in virtual time. One run alone:
 * MMP_LINK_SEED=seed. More of them: MMP_LINK_RUNS=n. */

#define TICK MMP_MSEC (50)
#define END MMP_SECONDS (900)
#define STREAMS_MAX 12
#define UNACKNOWLEDGED_MAX (MMP_LINK_ALLOWANCE_MAX + 4 * 65536)

typedef struct
{
  const char *name;
  guint n_streams;
  gsize small; /* streams are up to this long, each way */
  gsize large; /* some are */
  gboolean equal; /* all begin at once, have this size, and want nothing special */
  MmpLinkFaultsConfig faults;
} Variant;

static const Variant variants[] = {
  { "four-streams", 4, 128 * 1024, 0, .equal = TRUE, .faults = { .loss = 0.1, .reorder = 0.05, .duplicate = 0.05 } },
  { "mixed", 12, 80 * 1024, 600 * 1024, .faults = { .loss = 0.1 } },
  { "mixed-noisy-relay", 12, 80 * 1024, 600 * 1024, .faults = { .loss = 0.3, .reorder = 0.2, .duplicate = 0.2 } },
  { "mixed-sessions-replaced", 12, 80 * 1024, 600 * 1024, .faults = { .loss = 0.2, .reorder = 0.1, .duplicate = 0.1, .sessions = TRUE } },
  { "mixed-relay-at-the-end", 12, 80 * 1024, 600 * 1024, .faults = { .loss = 0.2, .duplicate = 0.2, .sessions = TRUE, .relay_at_the_end = TRUE } },
  { "mixed-lossy-direct", 12, 80 * 1024, 600 * 1024, .faults = { .loss = 0.1, .duplicate = 0.1, .direct_loss = 0.02 } },
};

typedef struct
{
  guint opener;
  gint64 opens_at;
  gsize size[2]; /* what each side sends */
  gint64 stalls_from[2]; /* a reader that pauses */
  gint64 stalls_until[2];
  int waits_for[2]; /* reads nothing until that stream is over here; -1 */
  int resets; /* side, -1: none */
  gint64 resets_at;
  gboolean missing; /* the other side has no such service */

  MmpTestStream *users[2];
  guint n_connects;
} Plan;

typedef struct
{
  const Variant *variant;
  GRand *random;
  MmpClock *clock;
  MmpLink *links[2];
  Plan plans[STREAMS_MAX];
  MmpLinkFaults *faults;
} World;

typedef struct
{
  World *world;
  guint side;
} Side;

static double
chance (World *world)
{
  return g_rand_double (world->random);
}

static gint64
seconds_below (World *world,
               double max)
{
  return (gint64) (chance (world) * max * G_USEC_PER_SEC);
}

/* Plans */

static void
plan_stream (World *world,
             guint k)
{
  Plan *plan = &world->plans[k];
  gsize max = chance (world) < 0.3 ? world->variant->large : world->variant->small;

  *plan = (Plan) {
    .opener = g_rand_int_range (world->random, 0, 2),
    .opens_at = seconds_below (world, 50),
    .waits_for = { -1, -1 },
    .resets = -1,
    .missing = chance (world) >= 0.95,
  };

  for (guint side = 0; side < 2; side++)
    {
      double x = chance (world);

      plan->size[side] = (gsize) (chance (world) * (double) max);
      if (x < 0.15)
        {
          plan->stalls_from[side] = plan->opens_at + seconds_below (world, 40);
          plan->stalls_until[side] = plan->stalls_from[side] + seconds_below (world, 40);
        }
      else if (x < 0.3 && k > 0)
        {
          plan->waits_for[side] = g_rand_int_range (world->random, 0, (int) k);
        }
    }
  if (chance (world) < 0.12)
    {
      plan->resets = g_rand_int_range (world->random, 0, 2);
      plan->resets_at = plan->opens_at + seconds_below (world, 20);
    }
}

static void
plan_equal_stream (World *world,
                   guint k)
{
  world->plans[k] = (Plan) {
    .opener = k % 2,
    .opens_at = MMP_MSEC (100) * k,
    .size = { world->variant->small, world->variant->small },
    .waits_for = { -1, -1 },
    .resets = -1,
  };
}

/* The links' owner */

static gboolean
on_open (MmpLink *link,
         MmpStream *stream,
         const char *service,
         MmpStreamCode *code,
         gpointer user_data)
{
  Side *side = user_data;
  guint k = (guint) atoi (service);
  Plan *plan;

  g_assert_cmpuint (k, <, side->world->variant->n_streams);
  plan = &side->world->plans[k];
  g_assert_cmpuint (plan->opener, !=, side->side);

  plan->n_connects++;
  if (plan->missing)
    {
      *code = MMP_STREAM_NO_SERVICE;
      return FALSE;
    }
  plan->users[side->side] = mmp_test_stream_new (stream, FALSE, plan->size[side->side]);

  return TRUE;
}

static void
on_closed (MmpLink *link,
           const GError *error,
           gpointer user_data)
{
  g_error ("the link closed itself: %s", error->message);
}

static const MmpLinkFuncs link_funcs = {
  .open = on_open,
  .closed = on_closed,
};

/* The streams' users */

static void
open_stream (World *world,
             guint k)
{
  Plan *plan = &world->plans[k];
  g_autofree char *service = g_strdup_printf ("%u", k);
  g_autoptr (GError) error = NULL;
  MmpStream *stream = mmp_link_open (world->links[plan->opener], service, &error);

  g_assert_no_error (error);
  plan->users[plan->opener] = mmp_test_stream_new (stream, TRUE, plan->size[plan->opener]);
}

static gboolean
is_over (const Plan *plan,
         guint side)
{
  if (plan->users[side] != NULL)
    return plan->users[side]->over;

  /* A stream that was refused, or reset before the other side heard of it, has no user there. */
  return plan->users[plan->opener] != NULL && plan->users[plan->opener]->over;
}

static gboolean
may_read (World *world,
          const Plan *plan,
          guint side,
          gint64 now)
{
  if (now >= plan->stalls_from[side] && now < plan->stalls_until[side])
    return FALSE;

  return plan->waits_for[side] < 0 || is_over (&world->plans[plan->waits_for[side]], side);
}

static void
use_stream (World *world,
            guint k,
            gint64 now)
{
  Plan *plan = &world->plans[k];

  if (plan->users[plan->opener] == NULL && now >= plan->opens_at)
    open_stream (world, k);
  for (guint side = 0; side < 2; side++)
    {
      MmpTestStream *user = plan->users[side];

      if (user == NULL || user->over)
        continue;
      mmp_test_stream_set_reading (user, may_read (world, plan, side, now));
      if (plan->resets == (int) side && now >= plan->resets_at)
        mmp_test_stream_reset (user, MMP_STREAM_IO);
    }
}

static void
check_bounds (World *world)
{
  for (guint side = 0; side < 2; side++)
    {
      MmpLinkStatus status;
      gsize unread = 0;

      mmp_link_get_status (world->links[side], &status);
      for (guint k = 0; k < world->variant->n_streams; k++)
        {
          const MmpTestStream *user = world->plans[k].users[side];

          unread += user != NULL && !user->over ? user->unread : 0;
        }
      g_assert_cmpuint (unread, <=, status.reserved);
      g_assert_cmpuint (status.reserved, <=, STREAMS_MAX * MMP_LINK_WINDOW_MAX);
      g_assert_cmpuint (status.unacknowledged, <=, UNACKNOWLEDGED_MAX);
    }
}

static gboolean
tick (World *world)
{
  gint64 now = mmp_clock_now (world->clock);
  gboolean all_over = TRUE;

  for (guint k = 0; k < world->variant->n_streams; k++)
    {
      use_stream (world, k, now);
      all_over &= is_over (&world->plans[k], 0) && is_over (&world->plans[k], 1);
    }
  check_bounds (world);

  return all_over;
}

/* A run */

static void
check_stream (const Plan *plan,
              guint k)
{
  const MmpTestStream *opener = plan->users[plan->opener];
  const MmpTestStream *other = plan->users[1 - plan->opener];

  g_test_message ("stream %u: connected %u times, %s %u, %s %u", k, plan->n_connects,
                  opener->over ? "over" : "STUCK", opener->code,
                  other == NULL ? "nobody" : other->over ? "over"
                                                         : "STUCK",
                  other != NULL ? other->code : 0);
  g_assert_cmpuint (plan->n_connects, <=, 1);
  g_assert_true (opener->over);
  g_assert_true (other == NULL || other->over);

  if (plan->resets >= 0)
    return;
  g_assert_cmpuint (plan->n_connects, ==, 1);
  if (plan->missing)
    {
      g_assert_cmpuint (opener->code, ==, MMP_STREAM_NO_SERVICE);
      return;
    }
  g_assert_cmpuint (opener->code, ==, 0);
  g_assert_cmpuint (other->code, ==, 0);
  g_assert_cmpuint (opener->received, ==, other->to_send);
  g_assert_cmpuint (other->received, ==, opener->to_send);
}

static void
play (World *world)
{
  for (gint64 next_tick = 0; next_tick < END; next_tick += TICK)
    {
      gint64 due;

      while ((due = mmp_link_faults_get_due (world->faults)) <= next_tick)
        {
          while (mmp_clock_step (world->clock, due))
            ;
          mmp_link_faults_act (world->faults);
        }
      while (mmp_clock_step (world->clock, next_tick))
        ;
      if (tick (world))
        return;
    }
}

static void
run (const Variant *variant,
     guint32 seed)
{
  World world = { .variant = variant };
  Side sides[2] = { { &world, 0 }, { &world, 1 } };

  g_test_message ("%s: MMP_LINK_SEED=%u", variant->name, seed);
  world.random = g_rand_new_with_seed (seed);
  world.clock = mmp_clock_new_virtual ();
  for (guint k = 0; k < variant->n_streams; k++)
    (variant->equal ? plan_equal_stream : plan_stream) (&world, k);
  for (guint side = 0; side < 2; side++)
    {
      world.links[side] = mmp_link_new (side == 0 ? MMP_LINK_ROLE_INITIATOR : MMP_LINK_ROLE_LISTENER, world.clock, &link_funcs, &sides[side]);
      mmp_link_set_hold (world.links[side], END);
    }
  world.faults = mmp_link_faults_new (&variant->faults, world.random, world.clock, world.links);

  play (&world);
  for (guint k = 0; k < variant->n_streams; k++)
    check_stream (&world.plans[k], k);

  for (guint side = 0; side < 2; side++)
    {
      mmp_link_close (world.links[side]);
      g_object_unref (world.links[side]);
    }
  for (guint k = 0; k < variant->n_streams; k++)
    {
      for (guint side = 0; side < 2; side++)
        mmp_test_stream_free (world.plans[k].users[side]);
    }
  mmp_link_faults_free (world.faults);
  g_rand_free (world.random);
  mmp_clock_unref (world.clock);
}

static void
test_variant (gconstpointer data)
{
  const Variant *variant = data;
  const char *seed = g_getenv ("MMP_LINK_SEED");
  const char *runs = g_getenv ("MMP_LINK_RUNS");
  guint n_runs = runs != NULL ? (guint) atoi (runs) : variant->equal ? 200
                                                                     : 40;

  if (seed != NULL)
    {
      run (variant, (guint32) strtoul (seed, NULL, 10));
      return;
    }

  for (guint i = 0; i < n_runs; i++)
    run (variant, i + 1);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      g_autofree char *path = g_strdup_printf ("/link-model/%s", variants[i].name);

      g_test_add_data_func (path, &variants[i], test_variant);
    }

  return g_test_run ();
}
