/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-hub"

#include "hub/mmp-connection-bridge.h"
#include "hub/mmp-connection-bridge-private.h"

#include "base/mmp-error.h"
#include "profile/mmp-profile-kind.h"

static gboolean
is_online (const MmpBridgeStatus *status)
{
  return status->local == MMP_MQTT_STATE_ONLINE && (status->via != MMP_MQTT_STATE_STOPPED ? status->via : status->remote) == MMP_MQTT_STATE_ONLINE;
}

/* A bridge alone, or the bridge of a portal whose tunnel is there */
static void
describe_bridge (MmpStatus *into,
                 const MmpBridgeStatus *bridge)
{
  if (bridge->cause != NULL && mmp_cause_needs_person (bridge->cause))
    into->state = MMP_STATE_ATTENTION;
  else if (bridge->ready)
    into->state = MMP_STATE_CONNECTED;
  else
    into->state = bridge->cause != NULL ? MMP_STATE_RECONNECTING : MMP_STATE_CONNECTING;
  if (bridge->cause != NULL && into->state != MMP_STATE_CONNECTED)
    {
      g_clear_error (&into->cause);
      into->cause = g_error_copy (bridge->cause);
    }
}

/* The end of a portal that calls is connected if messages pass, whichever way. */
static MmpStatus *
describe_portal (const MmpStatus *tunnel,
                 const MmpBridgeStatus *bridge)
{
  MmpStatus *status = mmp_status_copy (tunnel);

  if (bridge == NULL)
    {
      if (status->state == MMP_STATE_CONNECTED)
        status->state = MMP_STATE_CONNECTING;
    }
  else if (!bridge->present && is_online (bridge))
    {
      status->state = MMP_STATE_CONNECTED;
      status->path = MMP_PATH_BRIDGE;
      status->has_device = FALSE;
      status->rtt = -1;
    }
  else if (tunnel->state == MMP_STATE_CONNECTED)
    {
      describe_bridge (status, bridge);
    }

  return status;
}

/* Whoever is called waits for devices as a listener does; only what a person must do about the bridge comes first. */
static MmpStatus *
describe_called (const MmpStatus *tunnel,
                 const MmpBridgeStatus *bridge)
{
  MmpStatus *status = mmp_status_copy (tunnel);

  if (bridge == NULL || bridge->cause == NULL || !mmp_cause_needs_person (bridge->cause))
    return status;
  status->state = MMP_STATE_ATTENTION;
  g_clear_error (&status->cause);
  status->cause = g_error_copy (bridge->cause);

  return status;
}

/* What its tunnel and its bridge are together */
static MmpStatus *
describe (MmpConnection *self)
{
  MmpStatus *status;

  if (self->profile->kind == MMP_PROFILE_PORTAL)
    return mmp_profile_is_called (self->profile) ? describe_called (self->tunnel_status, self->bridge_status) : describe_portal (self->tunnel_status, self->bridge_status);

  status = mmp_status_new (MMP_STATE_CONNECTING);
  status->path = MMP_PATH_BRIDGE;
  if (self->bridge_status != NULL)
    describe_bridge (status, self->bridge_status);

  return status;
}

/* Takes over what the bridge or the tunnel of a portal said last. */
void
mmp_connection_bridge_update (MmpConnection *self)
{
  MmpStatus *status = describe (self);
  gboolean changed = mmp_connection_status_differs (self->status, status);

  if (changed)
    mmp_connection_log_status (self, status);
  mmp_connection_take_status (self, status);
  if (changed)
    mmp_connection_emit_changed (self);
  else
    mmp_connection_queue_figures (self);
}

static gboolean
is_news (const MmpBridgeStatus *before,
         const MmpBridgeStatus *after)
{
  return before == NULL || before->local != after->local || before->remote != after->remote || before->via != after->via || before->present != after->present || before->ready != after->ready || (before->cause == NULL) != (after->cause == NULL);
}

static void
on_bridge_status (MmpBridge *bridge,
                  const MmpBridgeStatus *status,
                  gpointer user_data)
{
  MmpConnection *self = user_data;
  g_autoptr (MmpBridgeStatus) before = g_steal_pointer (&self->bridge_status);
  gboolean was_present = before == NULL || before->present;

  self->bridge_status = mmp_bridge_status_copy (status);
  if (was_present != status->present)
    mmp_log_add (self->log, status->present ? "messages go through the tunnel again" : "messages go by the other way now");
  mmp_connection_bridge_update (self);
  if (is_news (before, status))
    mmp_connection_emit_changed (self);
}

/* @tunnel: (nullable): the local address that leads to a portal's other broker */
gboolean
mmp_connection_bridge_start (MmpConnection *self,
                             const char *tunnel,
                             guint port,
                             GError **error)
{
  g_autoptr (MmpBridgeConfig) config = NULL;

  if (self->bridge != NULL || !mmp_bridge_plan_has_bridge (self->plan))
    return TRUE;
  config = mmp_bridge_plan_make_config (self->plan, tunnel, port, error);
  if (config == NULL)
    return FALSE;
  self->bridge = self->runner->start_bridge (self->runner->data, config, on_bridge_status, self, error);

  return self->bridge != NULL;
}

void
mmp_connection_bridge_halt (MmpConnection *self)
{
  if (self->bridge != NULL)
    self->runner->stop (self->runner->data, g_steal_pointer (&self->bridge));
  g_clear_pointer (&self->plan, mmp_bridge_plan_free);
  g_clear_pointer (&self->bridge_status, mmp_bridge_status_free);
  mmp_status_free (self->tunnel_status);
  self->tunnel_status = mmp_status_new (MMP_STATE_STOPPED);
}

/* Other rules, while all else stays: what did not change goes on. FALSE: it has to start again. */
gboolean
mmp_connection_bridge_change_rules (MmpConnection *self,
                                    const MmpProfile *profile)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rules = NULL;

  if (self->bridge == NULL || self->runner->set_rules == NULL)
    return FALSE;
  rules = mmp_bridge_plan_make_rules (self->plan, profile, &error);
  if (rules == NULL || !self->runner->set_rules (self->runner->data, self->bridge, rules, &error))
    return FALSE;
  mmp_log_add (self->log, "the rules changed; %u run now", rules->len);

  return TRUE;
}

/**
 * mmp_connection_get_bridge_status:
 *
 * Returns: (transfer none) (nullable): how a bridge or the bridge of a portal is, until the next change
 */
const MmpBridgeStatus *
mmp_connection_get_bridge_status (MmpConnection *self)
{
  return self->bridge_status;
}

/**
 * mmp_connection_get_tunnel_status:
 *
 * Returns: (transfer none): how the tunnel of a portal is, whatever its messages do; until the next change
 */
const MmpStatus *
mmp_connection_get_tunnel_status (MmpConnection *self)
{
  return self->tunnel_status;
}

/**
 * mmp_connection_get_fingerprint:
 *
 * Returns: (transfer full) (nullable): that of the secret of a bridge or portal that runs
 */
char *
mmp_connection_get_fingerprint (MmpConnection *self)
{
  return self->plan != NULL ? mmp_bridge_plan_get_fingerprint (self->plan) : NULL;
}
