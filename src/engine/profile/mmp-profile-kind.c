/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-profile"

#include "profile/mmp-profile-kind.h"

/**
 * mmp_profile_has_rules:
 *
 * Returns: whether it carries messages by rules
 */
gboolean
mmp_profile_has_rules (const MmpProfile *self)
{
  return self->kind == MMP_PROFILE_BRIDGE || self->kind == MMP_PROFILE_PORTAL;
}

/**
 * mmp_profile_has_tunnel:
 *
 * Returns: whether it meets another device at a signaling broker
 */
gboolean
mmp_profile_has_tunnel (const MmpProfile *self)
{
  return self->kind != MMP_PROFILE_BRIDGE;
}

/**
 * mmp_profile_is_called:
 *
 * Returns: whether others connect to it: a listener, or the end of a portal that names no device
 */
gboolean
mmp_profile_is_called (const MmpProfile *self)
{
  return self->kind == MMP_PROFILE_LISTENER || (self->kind == MMP_PROFILE_PORTAL && !self->has_device);
}
