/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "tunnel/mmp-status.h"

G_DEFINE_BOXED_TYPE (MmpStatus, mmp_status, mmp_status_copy, mmp_status_free)

#define BIT(state) (1u << (state))

/* What may follow each state. CONNECTING is the first approach only: whoever had an answer of any kind and lost it is
 * RECONNECTING. */
static const guint successors[] = {
  [MMP_STATE_STOPPED] = BIT (MMP_STATE_CONNECTING),
  [MMP_STATE_CONNECTING] = BIT (MMP_STATE_WAITING) | BIT (MMP_STATE_CONNECTED) | BIT (MMP_STATE_RECONNECTING)
                           | BIT (MMP_STATE_ATTENTION) | BIT (MMP_STATE_STOPPED),
  [MMP_STATE_WAITING] = BIT (MMP_STATE_RECONNECTING) | BIT (MMP_STATE_ATTENTION) | BIT (MMP_STATE_STOPPED),
  [MMP_STATE_CONNECTED] = BIT (MMP_STATE_RECONNECTING) | BIT (MMP_STATE_ATTENTION) | BIT (MMP_STATE_STOPPED),
  [MMP_STATE_RECONNECTING] = BIT (MMP_STATE_WAITING) | BIT (MMP_STATE_CONNECTED) | BIT (MMP_STATE_ATTENTION)
                             | BIT (MMP_STATE_STOPPED),
  [MMP_STATE_ATTENTION] = BIT (MMP_STATE_WAITING) | BIT (MMP_STATE_CONNECTED) | BIT (MMP_STATE_RECONNECTING)
                          | BIT (MMP_STATE_STOPPED),
};

static const char *const state_names[] = {
  [MMP_STATE_STOPPED] = "stopped",
  [MMP_STATE_CONNECTING] = "connecting",
  [MMP_STATE_WAITING] = "waiting",
  [MMP_STATE_CONNECTED] = "connected",
  [MMP_STATE_RECONNECTING] = "reconnecting",
  [MMP_STATE_ATTENTION] = "attention",
};

static const char *const path_names[] = {
  [MMP_PATH_NONE] = "none",
  [MMP_PATH_DIRECT_UDP] = "direct-udp",
  [MMP_PATH_DIRECT_TCP] = "direct-tcp",
  [MMP_PATH_TURN] = "turn",
  [MMP_PATH_RELAY] = "relay",
  [MMP_PATH_BRIDGE] = "bridge",
};

/**
 * mmp_status_new:
 * @state: what the snapshot says
 *
 * Returns: (transfer full): a snapshot without a device, a path and figures
 */
MmpStatus *
mmp_status_new (MmpState state)
{
  MmpStatus *self = g_new0 (MmpStatus, 1);

  self->state = state;
  self->path = MMP_PATH_NONE;
  self->rtt = self->rtt_median = self->rtt_p95 = -1;

  return self;
}

/**
 * mmp_status_copy:
 *
 * Returns: (transfer full): a copy that shares nothing with @self
 */
MmpStatus *
mmp_status_copy (const MmpStatus *self)
{
  MmpStatus *copy = g_memdup2 (self, sizeof *self);

  copy->device_name = g_strdup (self->device_name);
  copy->cause = self->cause != NULL ? g_error_copy (self->cause) : NULL;

  return copy;
}

/**
 * mmp_status_free:
 */
void
mmp_status_free (MmpStatus *self)
{
  g_free (self->device_name);
  g_clear_error (&self->cause);
  g_free (self);
}

/**
 * mmp_state_may_follow:
 * @from: the state that is
 * @to: the state that shall be
 *
 * The law of states: code that changes a state asks here.
 *
 * Returns: whether @to may come after @from; a state may always follow itself
 */
gboolean
mmp_state_may_follow (MmpState from,
                      MmpState to)
{
  return from == to || (successors[from] & BIT (to)) != 0;
}

/**
 * mmp_state_get_name:
 *
 * Returns: (transfer none): the stable name of a state as in `--json` output
 */
const char *
mmp_state_get_name (MmpState state)
{
  return state_names[state];
}

/**
 * mmp_path_get_name:
 *
 * Returns: (transfer none): the stable name of a path as in `--json` output
 */
const char *
mmp_path_get_name (MmpPath path)
{
  return path_names[path];
}

/**
 * mmp_cause_needs_person:
 * @cause: (nullable): an error of the domain %MMP_ERROR
 *
 * Tells causes that go away by waiting (a broker that is off, an answer that does not come) from those that stay until a
 * person changes something: a password, a certificate, a decision of the other side, or an identity that is not the
 * announced one.
 *
 * Returns: %TRUE for the second kind
 */
gboolean
mmp_cause_needs_person (const GError *cause)
{
  if (cause == NULL || cause->domain != MMP_ERROR)
    return FALSE;

  switch ((MmpError) cause->code)
    {
    case MMP_ERROR_DENIED:
    case MMP_ERROR_IDENTITY_MISMATCH:
    case MMP_ERROR_KEY_INVALID:
    case MMP_ERROR_BROKER_LOGIN:
    case MMP_ERROR_BROKER_TLS_TRUST:
    case MMP_ERROR_BROKER_TLS_NAME:
    case MMP_ERROR_BROKER_TLS_EXPIRED:
    case MMP_ERROR_BROKER_SUBSCRIBE:
    case MMP_ERROR_BROKER_PUBLISH:
      return TRUE;
    default:
      return FALSE;
    }
}
