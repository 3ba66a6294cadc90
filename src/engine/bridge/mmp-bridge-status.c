/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-bridge"

#include "bridge/mmp-bridge-status.h"

static const char *const names[] = {
  [MMP_BRIDGE_FORWARDED] = "forwarded",
  [MMP_BRIDGE_OPENED] = "opened",
  [MMP_BRIDGE_UNKNOWN_KEY] = "unknown-key",
  [MMP_BRIDGE_FORGED] = "forged",
  [MMP_BRIDGE_MALFORMED] = "malformed",
  [MMP_BRIDGE_REPLAYED] = "replayed",
  [MMP_BRIDGE_WENT_BACK] = "went-back",
  [MMP_BRIDGE_TOO_OLD] = "too-old",
  [MMP_BRIDGE_MOVED] = "moved",
  [MMP_BRIDGE_TOPIC] = "topic",
  [MMP_BRIDGE_TOO_LARGE] = "too-large",
  [MMP_BRIDGE_LOOP] = "loop",
  [MMP_BRIDGE_CLONE] = "clone",
  [MMP_BRIDGE_MISSED] = "missed",
  [MMP_BRIDGE_REFUSED] = "refused",
  [MMP_BRIDGE_REPEATED] = "repeated",
  [MMP_BRIDGE_RESENT] = "resent",
};

G_STATIC_ASSERT (G_N_ELEMENTS (names) == MMP_BRIDGE_COUNTS);

/**
 * mmp_bridge_count_get_name:
 *
 * Returns: its stable name
 */
const char *
mmp_bridge_count_get_name (MmpBridgeCount count)
{
  return names[count];
}

/**
 * mmp_bridge_status_copy:
 *
 * Returns: (transfer full): a copy
 */
MmpBridgeStatus *
mmp_bridge_status_copy (const MmpBridgeStatus *self)
{
  MmpBridgeStatus *copy = g_memdup2 (self, sizeof *self);

  copy->cause = self->cause != NULL ? g_error_copy (self->cause) : NULL;
  copy->went_back = g_strdup (self->went_back);

  return copy;
}

/**
 * mmp_bridge_status_free:
 */
void
mmp_bridge_status_free (MmpBridgeStatus *self)
{
  g_clear_error (&self->cause);
  g_free (self->went_back);
  g_free (self);
}
