/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-session"

#include "session/mmp-dialer.h"

#include "crypto/mmp-crypto.h"
#include "session/mmp-trust.h"

static gpointer
copy_broker (gconstpointer broker,
             gpointer user_data)
{
  return mmp_mqtt_broker_ref ((MmpMqttBroker *) broker);
}

/**
 * mmp_dialer_config_copy:
 *
 * Returns: (transfer full): a copy of everything but the immutable brokers and keys
 */
MmpDialerConfig *
mmp_dialer_config_copy (const MmpDialerConfig *self)
{
  MmpDialerConfig *copy = g_memdup2 (self, sizeof *self);

  copy->brokers = g_ptr_array_copy (self->brokers, copy_broker, NULL);
  copy->prefix = g_strdup (self->prefix);
  copy->key_pair = mmp_key_pair_ref (self->key_pair);
  copy->invitation = g_memdup2 (self->invitation, MMP_INVITATION_SIZE);
  copy->name = g_strdup (self->name);

  return copy;
}

/**
 * mmp_dialer_config_free:
 * @self: (nullable): what mmp_dialer_config_copy() made
 */
void
mmp_dialer_config_free (MmpDialerConfig *self)
{
  if (self == NULL)
    return;

  g_ptr_array_unref (self->brokers);
  g_free (self->prefix);
  mmp_key_pair_unref (self->key_pair);
  if (self->invitation != NULL)
    mmp_crypto_wipe (self->invitation, MMP_INVITATION_SIZE);
  g_free (self->invitation);
  g_free (self->name);
  g_free (self);
}
