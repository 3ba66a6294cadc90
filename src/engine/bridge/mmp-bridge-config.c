/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-bridge"

#include "bridge/mmp-bridge-config.h"

#include "bridge/mmp-rule-check.h"

static gpointer
copy_rule (gconstpointer source,
           gpointer data)
{
  return mmp_rule_copy (source);
}

/**
 * mmp_bridge_config_new:
 *
 * Returns: (transfer full): a bridge without rules, whose sessions are kept
 */
MmpBridgeConfig *
mmp_bridge_config_new (MmpMqttBroker *local,
                       MmpMqttBroker *remote)
{
  MmpBridgeConfig *self = g_new0 (MmpBridgeConfig, 1);

  self->local = mmp_mqtt_broker_ref (local);
  self->remote = mmp_mqtt_broker_ref (remote);
  self->rules = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_rule_free);
  self->name = g_strdup ("");
  self->keep_session = TRUE;

  return self;
}

/**
 * mmp_bridge_config_copy:
 *
 * Returns: (transfer full): a copy
 */
MmpBridgeConfig *
mmp_bridge_config_copy (const MmpBridgeConfig *self)
{
  MmpBridgeConfig *copy = g_memdup2 (self, sizeof *self);

  copy->local = mmp_mqtt_broker_ref (self->local);
  copy->remote = mmp_mqtt_broker_ref (self->remote);
  copy->rules = g_ptr_array_copy (self->rules, (GCopyFunc) copy_rule, NULL);
  g_ptr_array_set_free_func (copy->rules, (GDestroyNotify) mmp_rule_free);
  copy->directory = g_strdup (self->directory);
  copy->name = g_strdup (self->name);
  copy->via = self->via != NULL ? mmp_mqtt_broker_ref (self->via) : NULL;
  copy->presence = g_strdup (self->presence);

  return copy;
}

/**
 * mmp_bridge_config_free:
 */
void
mmp_bridge_config_free (MmpBridgeConfig *self)
{
  mmp_mqtt_broker_unref (self->local);
  mmp_mqtt_broker_unref (self->remote);
  g_ptr_array_unref (self->rules);
  g_free (self->directory);
  g_free (self->name);
  g_clear_pointer (&self->via, mmp_mqtt_broker_unref);
  g_free (self->presence);
  g_free (self);
}

/**
 * mmp_bridge_config_is_on_one_broker:
 *
 * Returns: whether both ends are the same, as far as their addresses tell
 */
gboolean
mmp_bridge_config_is_on_one_broker (const MmpBridgeConfig *self)
{
  return mmp_mqtt_broker_get_port (self->local) == mmp_mqtt_broker_get_port (self->remote) && g_ascii_strcasecmp (mmp_mqtt_broker_get_host (self->local), mmp_mqtt_broker_get_host (self->remote)) == 0;
}

/**
 * mmp_bridge_config_check:
 * @error: return location
 *
 * Returns: FALSE with %MMP_ERROR_RULE if such a bridge must not run
 */
gboolean
mmp_bridge_config_check (const MmpBridgeConfig *self,
                         GError **error)
{
  return mmp_rule_check (self->rules, mmp_bridge_config_is_on_one_broker (self), error);
}
