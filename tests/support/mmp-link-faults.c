/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-link-faults.h"

#include "base/mmp-limits.h"
#include "mmp-loopback-carrier.h"

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

struct _MmpLinkFaults
{
  MmpLinkFaultsConfig config;
  GRand *random;
  MmpClock *clock;
  MmpLink *links[2];
  GArray *carriers; /* Carrier */
  GArray *actions; /* Action, by time */
  guint next;
  gboolean quiet;
};

static double
chance (MmpLinkFaults *self)
{
  return g_rand_double (self->random);
}

static gint64
seconds_below (MmpLinkFaults *self,
               double max)
{
  return (gint64) (chance (self) * max * G_USEC_PER_SEC);
}

static guint
plan_carrier (MmpLinkFaults *self,
              MmpCarrierKind kind)
{
  static const gint64 direct_delays[] = { MMP_MSEC (5), MMP_MSEC (30), MMP_MSEC (100) };
  static const gint64 relay_delays[] = { MMP_MSEC (50), MMP_MSEC (150) };
  Carrier carrier = { 0 };

  carrier.config.kind = kind;
  carrier.config.generation = self->carriers->len + 1;
  carrier.config.seed = g_rand_int (self->random);
  if (kind == MMP_CARRIER_DIRECT)
    {
      carrier.config.delay = direct_delays[g_rand_int_range (self->random, 0, G_N_ELEMENTS (direct_delays))];
      carrier.config.jitter = carrier.config.delay / 2;
      carrier.config.rate = 4000000;
    }
  else
    {
      carrier.config.delay = relay_delays[g_rand_int_range (self->random, 0, G_N_ELEMENTS (relay_delays))];
      carrier.config.rate = 65536;
      carrier.config.buffer = 16384;
    }
  g_array_append_val (self->carriers, carrier);

  return self->carriers->len - 1;
}

static void
plan_action (MmpLinkFaults *self,
             gint64 at,
             ActionType type,
             guint carrier,
             guint side)
{
  Action action = { at, type, carrier, side };

  g_array_append_val (self->actions, action);
}

static void
plan_attach (MmpLinkFaults *self,
             guint carrier,
             gint64 at,
             double skew)
{
  for (guint side = 0; side < 2; side++)
    plan_action (self, at + seconds_below (self, skew), ATTACH, carrier, side);
}

/* A direct attempt that works for a while and then dies in one of several ways, or does not */
static gint64
plan_attempt (MmpLinkFaults *self,
              gint64 at)
{
  guint carrier = plan_carrier (self, MMP_CARRIER_DIRECT);
  gint64 dies_at = at + seconds_below (self, 14);
  double fate = chance (self);

  plan_attach (self, carrier, at, 0.3);
  if (fate < 0.3)
    {
      plan_action (self, dies_at, CUT, carrier, 2);
    }
  else if (fate < 0.5)
    {
      plan_action (self, dies_at, CUT, carrier, (guint) g_rand_int_range (self->random, 0, 2));
    }
  else if (fate < 0.75)
    {
      plan_action (self, dies_at, FREEZE, carrier, 2);
      plan_action (self, dies_at + seconds_below (self, 12), THAW, carrier, 2);
    }
  else if (fate < 0.9)
    {
      ActionType type = chance (self) < 0.5 ? DETACH : FAIL;

      plan_action (self, dies_at + MMP_MSEC (300), type, carrier, 0);
      plan_action (self, dies_at + MMP_MSEC (300) + seconds_below (self, 2), type, carrier, 1);
    }

  return dies_at + seconds_below (self, 8);
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
plan_faults (MmpLinkFaults *self)
{
  guint relay = plan_carrier (self, MMP_CARRIER_RELAY);

  plan_action (self, 0, ATTACH, relay, 0);
  plan_action (self, 0, ATTACH, relay, 1);
  for (gint64 at = seconds_below (self, 5); at < MMP_LINK_FAULTS_END - MMP_SECONDS (6);)
    at = plan_attempt (self, at);

  for (guint i = 0; i < 2 && self->config.sessions; i++)
    {
      gint64 at = MMP_SECONDS (15 + 25 * i) + seconds_below (self, 10);

      plan_action (self, at + seconds_below (self, 6), CUT, relay, 2);
      relay = plan_carrier (self, MMP_CARRIER_RELAY);
      plan_attach (self, relay, at, 4);
    }

  if (!self->config.relay_at_the_end)
    plan_attach (self, plan_carrier (self, MMP_CARRIER_DIRECT), MMP_LINK_FAULTS_END + MMP_SECONDS (8), 0.2);
  g_array_sort (self->actions, compare_actions);
}

static void
make_carrier (MmpLinkFaults *self,
              Carrier *carrier)
{
  gboolean direct = carrier->config.kind == MMP_CARRIER_DIRECT;

  if (mmp_clock_now (self->clock) < MMP_LINK_FAULTS_END)
    {
      carrier->config.loss = direct ? self->config.direct_loss : self->config.loss;
      carrier->config.reorder = direct ? 0 : self->config.reorder;
      carrier->config.duplicate = self->config.duplicate * (direct ? 0.3 : 1);
    }
  mmp_loopback_carrier_new_pair (self->clock, &carrier->config, &carrier->ends[0], &carrier->ends[1]);
}

static void
act_on_end (MmpLinkFaults *self,
            const Action *action,
            guint side)
{
  MmpCarrier *end = g_array_index (self->carriers, Carrier, action->carrier).ends[side];

  switch (action->type)
    {
    case ATTACH:
      mmp_link_attach (self->links[side], end);
      break;
    case DETACH:
      mmp_link_detach (self->links[side], end);
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
act (MmpLinkFaults *self,
     const Action *action)
{
  Carrier *carrier = &g_array_index (self->carriers, Carrier, action->carrier);

  if (carrier->ends[0] == NULL)
    make_carrier (self, carrier);
  for (guint side = 0; side < 2; side++)
    {
      if (action->side == side || action->side == 2)
        act_on_end (self, action, side);
    }
}

static void
be_quiet (MmpLinkFaults *self)
{
  for (guint i = 0; i < self->carriers->len; i++)
    {
      const Carrier *carrier = &g_array_index (self->carriers, Carrier, i);

      for (guint side = 0; side < 2 && carrier->ends[side] != NULL; side++)
        mmp_loopback_carrier_set_noise (carrier->ends[side], 0, 0, 0);
    }
}

/**
 * mmp_link_faults_new:
 * @random: whom to ask what happens; it is asked everything now
 * @links: (array fixed-size=2): to whom it happens
 *
 * Returns: (transfer full): a plan of carriers that come and go
 */
MmpLinkFaults *
mmp_link_faults_new (const MmpLinkFaultsConfig *config,
                     GRand *random,
                     MmpClock *clock,
                     MmpLink *links[2])
{
  MmpLinkFaults *self = g_new0 (MmpLinkFaults, 1);

  self->config = *config;
  self->random = random;
  self->clock = clock;
  self->links[0] = links[0];
  self->links[1] = links[1];
  self->carriers = g_array_new (FALSE, FALSE, sizeof (Carrier));
  self->actions = g_array_new (FALSE, FALSE, sizeof (Action));
  plan_faults (self);

  return self;
}

/**
 * mmp_link_faults_free:
 *
 * To be called after the links were closed.
 */
void
mmp_link_faults_free (MmpLinkFaults *self)
{
  for (guint i = 0; i < self->carriers->len; i++)
    {
      for (guint side = 0; side < 2; side++)
        g_clear_object (&g_array_index (self->carriers, Carrier, i).ends[side]);
    }
  g_array_unref (self->carriers);
  g_array_unref (self->actions);
  g_free (self);
}

/**
 * mmp_link_faults_get_due:
 *
 * Returns: when mmp_link_faults_act() is to be called next; %G_MAXINT64 after the last time
 */
gint64
mmp_link_faults_get_due (MmpLinkFaults *self)
{
  gint64 due = self->quiet ? G_MAXINT64 : MMP_LINK_FAULTS_END;

  if (self->next < self->actions->len)
    due = MIN (due, g_array_index (self->actions, Action, self->next).at);

  return due;
}

/**
 * mmp_link_faults_act:
 *
 * Does what is due now.
 */
void
mmp_link_faults_act (MmpLinkFaults *self)
{
  gint64 now = mmp_clock_now (self->clock);

  if (!self->quiet && now >= MMP_LINK_FAULTS_END)
    {
      be_quiet (self);
      self->quiet = TRUE;
    }
  while (self->next < self->actions->len && g_array_index (self->actions, Action, self->next).at <= now)
    act (self, &g_array_index (self->actions, Action, self->next++));
}
