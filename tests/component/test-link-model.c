/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-limits.h"
#include "link/mmp-link.h"
#include "mmp-loopback-carrier.h"
#include "mmp-test-stream.h"

#include <stdlib.h>
#include <string.h>

/* The property that the link is for: whatever carriers come, go, lose, repeat and hold up, every byte of every stream
 * arrives once and in order, nothing ends that should not, nothing gets stuck, and memory stays within bounds.
 *
 * Each run makes a plan of streams and a plan of faults from its seed and plays them in virtual time. One run alone:
 * MMP_LINK_SEED=seed. More of them: MMP_LINK_RUNS=n. */

#define TICK MMP_MSEC (50)
#define QUIET MMP_SECONDS (70) /* no faults from then on */
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
  double loss;
  double reorder;
  double duplicate;
  double direct_loss; /* a direct carrier that loses: the link does not rely on it */
  gboolean sessions; /* relays are replaced */
  gboolean no_direct_end; /* the last carrier is a relay */
} Variant;

static const Variant variants[] = {
  { "four-streams", 4, 128 * 1024, 0, .equal = TRUE, .loss = 0.1, .reorder = 0.05, .duplicate = 0.05 },
  { "mixed", 12, 80 * 1024, 600 * 1024, .loss = 0.1 },
  { "mixed-noisy-relay", 12, 80 * 1024, 600 * 1024, .loss = 0.3, .reorder = 0.2, .duplicate = 0.2 },
  { "mixed-sessions-replaced", 12, 80 * 1024, 600 * 1024, .loss = 0.2, .reorder = 0.1, .duplicate = 0.1, .sessions = TRUE },
  { "mixed-relay-at-the-end", 12, 80 * 1024, 600 * 1024, .loss = 0.2, .duplicate = 0.2, .sessions = TRUE, .no_direct_end = TRUE },
  { "mixed-lossy-direct", 12, 80 * 1024, 600 * 1024, .loss = 0.1, .duplicate = 0.1, .direct_loss = 0.02 },
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

typedef enum
{
  ATTACH,
  DETACH,
  FAIL,
  CUT,
  FREEZE,
  THAW,
} ActionType;

typedef struct
{
  gint64 at;
  ActionType type;
  guint carrier;
  guint side; /* 2: both */
} Action;

typedef struct
{
  MmpLoopbackConfig config;
  MmpCarrier *ends[2];
} Carrier;

typedef struct
{
  const Variant *variant;
  GRand *random;
  MmpClock *clock;
  MmpLink *links[2];
  Plan plans[STREAMS_MAX];
  GArray *carriers; /* Carrier */
  GArray *actions; /* Action, by time */
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

static guint
plan_carrier (World *world,
              MmpCarrierKind kind)
{
  static const gint64 direct_delays[] = { MMP_MSEC (5), MMP_MSEC (30), MMP_MSEC (100) };
  static const gint64 relay_delays[] = { MMP_MSEC (50), MMP_MSEC (150) };
  Carrier carrier = { 0 };

  carrier.config.kind = kind;
  carrier.config.generation = world->carriers->len + 1;
  carrier.config.seed = g_rand_int (world->random);
  if (kind == MMP_CARRIER_DIRECT)
    {
      carrier.config.delay = direct_delays[g_rand_int_range (world->random, 0, G_N_ELEMENTS (direct_delays))];
      carrier.config.jitter = carrier.config.delay / 2;
      carrier.config.rate = 4000000;
    }
  else
    {
      carrier.config.delay = relay_delays[g_rand_int_range (world->random, 0, G_N_ELEMENTS (relay_delays))];
      carrier.config.rate = 65536;
      carrier.config.buffer = 16384;
    }
  g_array_append_val (world->carriers, carrier);

  return world->carriers->len - 1;
}

static void
plan_action (World *world,
             gint64 at,
             ActionType type,
             guint carrier,
             guint side)
{
  Action action = { at, type, carrier, side };

  g_array_append_val (world->actions, action);
}

static void
plan_attach (World *world,
             guint carrier,
             gint64 at,
             double skew)
{
  for (guint side = 0; side < 2; side++)
    plan_action (world, at + seconds_below (world, skew), ATTACH, carrier, side);
}

/* A direct attempt that works for a while and then dies in one of several ways, or does not */
static gint64
plan_attempt (World *world,
              gint64 at)
{
  guint carrier = plan_carrier (world, MMP_CARRIER_DIRECT);
  gint64 dies_at = at + seconds_below (world, 14);
  double fate = chance (world);

  plan_attach (world, carrier, at, 0.3);
  if (fate < 0.3)
    {
      plan_action (world, dies_at, CUT, carrier, 2);
    }
  else if (fate < 0.5)
    {
      plan_action (world, dies_at, CUT, carrier, (guint) g_rand_int_range (world->random, 0, 2));
    }
  else if (fate < 0.75)
    {
      plan_action (world, dies_at, FREEZE, carrier, 2);
      plan_action (world, dies_at + seconds_below (world, 12), THAW, carrier, 2);
    }
  else if (fate < 0.9)
    {
      ActionType type = chance (world) < 0.5 ? DETACH : FAIL;

      plan_action (world, dies_at + MMP_MSEC (300), type, carrier, 0);
      plan_action (world, dies_at + MMP_MSEC (300) + seconds_below (world, 2), type, carrier, 1);
    }

  return dies_at + seconds_below (world, 8);
}

static int
compare_actions (gconstpointer a,
                 gconstpointer b)
{
  const Action *first = a;
  const Action *second = b;

  return first->at < second->at ? -1 : first->at > second->at;
}

static void
plan_faults (World *world)
{
  guint relay = plan_carrier (world, MMP_CARRIER_RELAY);

  plan_action (world, 0, ATTACH, relay, 0);
  plan_action (world, 0, ATTACH, relay, 1);
  for (gint64 at = seconds_below (world, 5); at < QUIET - MMP_SECONDS (6);)
    at = plan_attempt (world, at);

  for (guint i = 0; i < 2 && world->variant->sessions; i++)
    {
      gint64 at = MMP_SECONDS (15 + 25 * i) + seconds_below (world, 10);

      plan_action (world, at + seconds_below (world, 6), CUT, relay, 2);
      relay = plan_carrier (world, MMP_CARRIER_RELAY);
      plan_attach (world, relay, at, 4);
    }

  if (!world->variant->no_direct_end)
    plan_attach (world, plan_carrier (world, MMP_CARRIER_DIRECT), QUIET + MMP_SECONDS (8), 0.2);
  g_array_sort (world->actions, compare_actions);
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

static void
make_carrier (World *world,
              Carrier *carrier)
{
  gboolean direct = carrier->config.kind == MMP_CARRIER_DIRECT;

  if (mmp_clock_now (world->clock) < QUIET)
    {
      carrier->config.loss = direct ? world->variant->direct_loss : world->variant->loss;
      carrier->config.reorder = direct ? 0 : world->variant->reorder;
      carrier->config.duplicate = world->variant->duplicate * (direct ? 0.3 : 1);
    }
  mmp_loopback_carrier_new_pair (world->clock, &carrier->config, &carrier->ends[0], &carrier->ends[1]);
}

static void
act_on_end (World *world,
            const Action *action,
            guint side)
{
  MmpCarrier *end = g_array_index (world->carriers, Carrier, action->carrier).ends[side];

  switch (action->type)
    {
    case ATTACH:
      mmp_link_attach (world->links[side], end);
      break;
    case DETACH:
      mmp_link_detach (world->links[side], end);
      break;
    case FAIL:
      mmp_loopback_carrier_fail (end);
      break;
    case CUT:
      mmp_loopback_carrier_cut (end);
      break;
    case FREEZE:
      mmp_loopback_carrier_freeze (end);
      break;
    case THAW:
      mmp_loopback_carrier_thaw (end);
      break;
    default:
      g_assert_not_reached ();
    }
}

static void
act (World *world,
     const Action *action)
{
  Carrier *carrier = &g_array_index (world->carriers, Carrier, action->carrier);

  if (carrier->ends[0] == NULL)
    make_carrier (world, carrier);
  for (guint side = 0; side < 2; side++)
    {
      if (action->side == side || action->side == 2)
        act_on_end (world, action, side);
    }
}

static void
be_quiet (World *world)
{
  for (guint i = 0; i < world->carriers->len; i++)
    {
      const Carrier *carrier = &g_array_index (world->carriers, Carrier, i);

      for (guint side = 0; side < 2 && carrier->ends[side] != NULL; side++)
        mmp_loopback_carrier_set_noise (carrier->ends[side], 0, 0, 0);
    }
}

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
  guint next_action = 0;
  gint64 next_tick = 0;
  gboolean quiet = FALSE;

  for (;;)
    {
      gint64 until = next_tick;
      const Action *action = NULL;

      if (next_action < world->actions->len)
        action = &g_array_index (world->actions, Action, next_action);
      if (action != NULL)
        until = MIN (until, action->at);
      while (mmp_clock_step (world->clock, until))
        ;

      if (until == next_tick)
        {
          next_tick += TICK;
          if (tick (world) || until >= END)
            return;
          if (!quiet && until >= QUIET)
            {
              be_quiet (world);
              quiet = TRUE;
            }
        }
      if (action != NULL && action->at <= until)
        {
          act (world, action);
          next_action++;
        }
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
  world.carriers = g_array_new (FALSE, FALSE, sizeof (Carrier));
  world.actions = g_array_new (FALSE, FALSE, sizeof (Action));
  for (guint k = 0; k < variant->n_streams; k++)
    (variant->equal ? plan_equal_stream : plan_stream) (&world, k);
  plan_faults (&world);
  for (guint side = 0; side < 2; side++)
    {
      world.links[side] = mmp_link_new (side == 0 ? MMP_LINK_ROLE_INITIATOR : MMP_LINK_ROLE_LISTENER, world.clock, &link_funcs, &sides[side]);
      mmp_link_set_hold (world.links[side], END);
    }

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
  for (guint i = 0; i < world.carriers->len; i++)
    {
      for (guint side = 0; side < 2; side++)
        g_clear_object (&g_array_index (world.carriers, Carrier, i).ends[side]);
    }
  g_array_unref (world.carriers);
  g_array_unref (world.actions);
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
