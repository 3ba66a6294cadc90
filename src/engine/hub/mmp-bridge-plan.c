/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-hub"

#include "hub/mmp-bridge-plan.h"

#include "base/mmp-error.h"
#include "crypto/mmp-bridge-id.h"
#include "hub/mmp-hub-rules.h"
#include "profile/mmp-profile-kind.h"

#define PORTAL_SERVICE "default"
#define LOOPBACK "127.0.0.1"

struct _MmpBridgePlan
{
  MmpProfile *profile;
  MmpMqttBroker *local;
  MmpMqttBroker *far; /* the public one */
  char *local_id;
  char *far_id;
  MmpKeyRing *keys; /* nullable */
};

static MmpMqttBroker *
make_broker (const MmpBrokerEntry *entry,
             GError **error)
{
  g_autoptr (MmpMqttBroker) plain = mmp_mqtt_broker_new (entry->host, entry->port, entry->tls, error);
  g_autoptr (MmpMqttBroker) known = NULL;

  if (plain == NULL)
    return NULL;
  known = mmp_mqtt_broker_with_ca_file (plain, entry->ca_file[0] != '\0' ? entry->ca_file : NULL);

  return mmp_mqtt_broker_with_login (known, entry->user[0] != '\0' ? entry->user : NULL, NULL);
}

/**
 * mmp_bridge_plan_new:
 * @profile: of a bridge or portal
 * @local: (nullable): the private broker it refers to
 * @far: (nullable): the public one
 * @error: INCOMPLETE: one of them was removed; FILE_INVALID; ADDRESS_INVALID; RULE; LIMIT
 *
 * Returns: (transfer full) (nullable): what it needs to run, except for secrets
 */
MmpBridgePlan *
mmp_bridge_plan_new (const MmpProfile *profile,
                     const MmpBrokerEntry *local,
                     const MmpBrokerEntry *far,
                     GError **error)
{
  g_autoptr (MmpBridgePlan) self = g_new0 (MmpBridgePlan, 1);

  self->profile = mmp_profile_copy (profile);
  if (local == NULL || far == NULL)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_INCOMPLETE, local == NULL ? "the local broker of this profile was removed" : "the public broker of this profile was removed");
      return NULL;
    }
  if (profile->kind == MMP_PROFILE_PORTAL && local->tls && mmp_profile_is_called (profile))
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "the tunnel of a portal leads to a local broker without TLS; it is encrypted itself");
      return NULL;
    }
  self->local_id = g_strdup (local->id);
  self->far_id = g_strdup (far->id);
  self->local = make_broker (local, error);
  self->far = self->local != NULL ? make_broker (far, error) : NULL;
  if (self->far == NULL || !mmp_hub_rules_check (profile, error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * mmp_bridge_plan_free:
 */
void
mmp_bridge_plan_free (MmpBridgePlan *self)
{
  mmp_profile_free (self->profile);
  g_clear_pointer (&self->local, mmp_mqtt_broker_unref);
  g_clear_pointer (&self->far, mmp_mqtt_broker_unref);
  g_clear_pointer (&self->keys, mmp_key_ring_unref);
  g_free (self->local_id);
  g_free (self->far_id);
  g_free (self);
}

static gboolean
add_password (MmpMqttBroker **broker,
              const char *id,
              MmpSecrets *secrets,
              GError **error)
{
  g_autofree char *secret_id = mmp_broker_entry_get_secret_id (id);
  g_autoptr (GError) cause = NULL;
  g_autoptr (MmpSecret) password = NULL;
  MmpMqttBroker *bare = *broker;

  if (mmp_mqtt_broker_get_user (bare) == NULL)
    return TRUE;
  password = mmp_secrets_lookup (secrets, secret_id, &cause);
  if (cause != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }
  if (password != NULL)
    {
      *broker = mmp_mqtt_broker_with_login (bare, mmp_mqtt_broker_get_user (bare), mmp_secret_get_data (password, NULL));
      mmp_mqtt_broker_unref (bare);
    }

  return TRUE;
}

/**
 * mmp_bridge_plan_load_key:
 * @error: SECRETS; KEY_FILE; KEY_INVALID; LIMIT
 *
 * Reads a bridge's key, or makes it of its password, which takes most of a second. Blocks; any thread.
 *
 * Returns: (transfer full) (nullable): the key; %NULL without an error if it has none
 */
MmpBridgeKey *
mmp_bridge_plan_load_key (const MmpProfileBridge *bridge,
                          MmpSecrets *secrets,
                          GError **error)
{
  g_autofree char *id = mmp_profile_bridge_get_secret_id (bridge);
  g_autoptr (GError) cause = NULL;
  g_autoptr (MmpSecret) secret = NULL;
  guint8 bridge_id[MMP_BRIDGE_ID_SIZE];

  if (bridge->secret == MMP_PROFILE_SECRET_FILE)
    return mmp_bridge_key_load (bridge->key_file, error);
  if (id == NULL)
    return NULL;

  secret = mmp_secrets_lookup (secrets, id, &cause);
  if (secret == NULL)
    {
      if (cause == NULL)
        g_set_error_literal (&cause, MMP_ERROR, MMP_ERROR_SECRETS, "the secret of this bridge is not there");
      g_propagate_error (error, g_steal_pointer (&cause));
      return NULL;
    }
  if (bridge->secret == MMP_PROFILE_SECRET_KEY)
    return mmp_bridge_key_from_secret (secret, error);
  if (!mmp_bridge_id_parse (bridge->bridge_id, bridge_id, error))
    return NULL;

  return mmp_bridge_key_derive (mmp_secret_get_data (secret, NULL), bridge_id, error);
}

/**
 * mmp_bridge_plan_add_secrets:
 * @error: as mmp_bridge_plan_load_key()
 *
 * Adds the brokers' passwords and the key. Blocks; any thread, as long as nobody else has @self.
 */
gboolean
mmp_bridge_plan_add_secrets (MmpBridgePlan *self,
                             MmpSecrets *secrets,
                             GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (MmpBridgeKey) key = NULL;

  if (!add_password (&self->local, self->local_id, secrets, error) || !add_password (&self->far, self->far_id, secrets, error))
    return FALSE;

  key = mmp_bridge_plan_load_key (self->profile->bridge, secrets, &cause);
  if (cause != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }
  if (key == NULL)
    return TRUE;
  self->keys = mmp_key_ring_new ();

  return mmp_key_ring_add (self->keys, key, error);
}

/**
 * mmp_bridge_plan_has_bridge:
 *
 * Returns: whether there is something for rules to do here; the end of a portal that is called has nothing to do without a
 *   way around its tunnel
 */
gboolean
mmp_bridge_plan_has_bridge (MmpBridgePlan *self)
{
  return !mmp_profile_is_called (self->profile) || self->profile->bridge->fall_back;
}

/**
 * mmp_bridge_plan_needs_tunnel:
 *
 * Returns: whether its other broker is at the end of a tunnel, so that it can start when that has a local address
 */
gboolean
mmp_bridge_plan_needs_tunnel (MmpBridgePlan *self)
{
  return self->profile->kind == MMP_PROFILE_PORTAL && !mmp_profile_is_called (self->profile);
}

static void
set_up_alternative (MmpBridgePlan *self,
                    MmpBridgeConfig *config)
{
  const MmpProfileBridge *bridge = self->profile->bridge;
  const guint8 *id = mmp_bridge_key_get_id (mmp_key_ring_get (self->keys, 0));

  if (mmp_bridge_plan_needs_tunnel (self))
    config->via = mmp_mqtt_broker_ref (self->far);
  config->presence = g_strdup_printf ("mmb1/present/%02x%02x%02x%02x", id[0], id[1], id[2], id[3]);
  config->listens = mmp_profile_is_called (self->profile);
  config->patience = bridge->patience;
  config->stay_away = !bridge->go_back;
}

/**
 * mmp_bridge_plan_make_config:
 * @tunnel: (nullable): the local address that leads to a portal's other broker
 * @port: its port
 * @error: ADDRESS_INVALID; RULE
 *
 * Returns: (transfer full) (nullable): what to give to mmp_hub_start_bridge()
 */
MmpBridgeConfig *
mmp_bridge_plan_make_config (MmpBridgePlan *self,
                             const char *tunnel,
                             guint port,
                             GError **error)
{
  /* The tunnel is encrypted from end to end already. */
  g_autoptr (MmpMqttBroker) far = tunnel != NULL ? mmp_mqtt_broker_new (tunnel, port, FALSE, error) : mmp_mqtt_broker_ref (self->far);
  g_autoptr (MmpBridgeConfig) config = NULL;
  g_autoptr (GPtrArray) rules = far != NULL ? mmp_bridge_plan_make_rules (self, self->profile, error) : NULL;

  if (rules == NULL)
    return NULL;
  config = mmp_bridge_config_new (self->local, far);
  g_ptr_array_unref (config->rules);
  config->rules = g_steal_pointer (&rules);
  g_free (config->name);
  config->name = g_strconcat ("profile ", self->profile->id, NULL);
  if (self->profile->kind == MMP_PROFILE_PORTAL && self->profile->bridge->fall_back)
    set_up_alternative (self, config);
  if (mmp_bridge_config_is_on_one_broker (config))
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_RULE, "both ends are the same broker");
      return NULL;
    }

  return g_steal_pointer (&config);
}

/**
 * mmp_bridge_plan_make_rules:
 * @profile: the same one, perhaps with other rules
 * @error: RULE
 *
 * Returns: (transfer full) (element-type MmpRule) (nullable): its rules with this plan's key
 */
GPtrArray *
mmp_bridge_plan_make_rules (MmpBridgePlan *self,
                            const MmpProfile *profile,
                            GError **error)
{
  return mmp_hub_rules_make (profile, self->keys, error);
}

/**
 * mmp_bridge_plan_get_fingerprint:
 *
 * Returns: (transfer full) (nullable): that of the key, the same at the other side
 */
char *
mmp_bridge_plan_get_fingerprint (MmpBridgePlan *self)
{
  return self->keys != NULL ? mmp_bridge_key_to_fingerprint (mmp_key_ring_get (self->keys, 0)) : NULL;
}

/**
 * mmp_bridge_plan_add_ports:
 * @profile: a portal's; gets what its tunnel shares or opens, unless it says so itself
 * @local: its private broker
 */
void
mmp_bridge_plan_add_ports (MmpProfile *profile,
                           const MmpBrokerEntry *local)
{
  if (mmp_profile_is_called (profile) && profile->services->len == 0)
    mmp_profile_add_service (profile, PORTAL_SERVICE, local->host, local->port);
  if (!mmp_profile_is_called (profile) && profile->forwards->len == 0)
    mmp_profile_add_forward (profile, LOOPBACK, 0, PORTAL_SERVICE);
}
