/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-hub"

#include "hub/mmp-connection-config.h"

#include <gio/gio.h>
#include <string.h>

#include "base/mmp-error.h"
#include "hub/mmp-hub-classic.h"
#include "session/mmp-topics.h"

/* Devices on one machine meet through a broker on that machine; only then are loopback addresses a path. */
static gboolean
is_loopback (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  return address != NULL ? g_inet_address_get_is_loopback (address) : g_ascii_strcasecmp (host, "localhost") == 0;
}

/* `stun:HOST:PORT` is the form of RFC 7064; what is below wants two slashes. */
static gboolean
set_ice (MmpEndpointConfig *config,
         const MmpProfile *profile,
         const char *host,
         GError **error)
{
  config->ice->loopback = is_loopback (host);
  config->ice->relay_only = profile->path == MMP_PROFILE_PATH_TURN;
  if (profile->turn_ca_file[0] != '\0')
    config->ice->turn_ca_file = g_strdup (profile->turn_ca_file);
  if (profile->stun[0] == '\0')
    return TRUE;
  if (g_str_has_prefix (profile->stun, "stun:") && !g_str_has_prefix (profile->stun, "stun://"))
    config->ice->stun_server = g_strconcat ("stun://", profile->stun + strlen ("stun:"), NULL);
  else
    config->ice->stun_server = g_strdup (profile->stun);

  return mmp_ice_config_check (config->ice, error);
}

static gboolean
add_ports (MmpEndpointConfig *config,
           const MmpProfile *profile,
           GError **error)
{
  for (guint i = 0; i < profile->services->len; i++)
    {
      const MmpProfilePort *port = g_ptr_array_index (profile->services, i);

      if (!mmp_endpoint_config_add_service (config, port->service, port->address, port->port, error))
        return FALSE;
    }
  for (guint i = 0; i < profile->forwards->len; i++)
    {
      const MmpProfilePort *port = g_ptr_array_index (profile->forwards, i);

      if (!mmp_endpoint_config_add_forward (config, port->address, port->port, port->service, error))
        return FALSE;
    }

  return TRUE;
}

static MmpTrustMode
get_mode (MmpProfileAccess access)
{
  switch (access)
    {
    case MMP_PROFILE_ACCESS_ASK:
      return MMP_TRUST_ASK;
    case MMP_PROFILE_ACCESS_ANYONE:
      return MMP_TRUST_ANYONE;
    case MMP_PROFILE_ACCESS_TRUSTED:
    default:
      return MMP_TRUST_ONLY_TRUSTED;
    }
}

static MmpRelayMode
get_relay (const MmpProfile *profile)
{
  if (profile->path == MMP_PROFILE_PATH_DIRECT || profile->path == MMP_PROFILE_PATH_TURN || profile->relay == MMP_PROFILE_RELAY_NEVER)
    return MMP_RELAY_NEVER;

  return profile->relay == MMP_PROFILE_RELAY_UNLIMITED ? MMP_RELAY_UNLIMITED : MMP_RELAY_LIMITED;
}

/* It has a trusted list of its own and asks about nobody, and no way but the direct one. */
static gboolean
settle_classic (MmpEndpointConfig *config,
                const MmpProfile *profile,
                GError **error)
{
  MmpTrust *trust = config->trust;

  config->classic = TRUE;
  config->relay = MMP_RELAY_NEVER;
  config->allow_direct = TRUE;
  if (profile->access != MMP_PROFILE_ACCESS_ANYONE)
    config->mode = MMP_TRUST_ONLY_TRUSTED;
  if (profile->kind == MMP_PROFILE_LISTENER && MMP_IS_HUB_TRUST (trust))
    {
      config->trust = MMP_TRUST (mmp_hub_trust_with_keys (MMP_HUB_TRUST (trust), (const char *const *) profile->classic_devices));
      g_object_unref (trust);
    }

  return mmp_hub_classic_check (config, error);
}

/**
 * mmp_connection_config_new:
 * @broker: the one that @profile refers to
 * @trust: whom listeners trust
 * @error: ADDRESS_INVALID, LIMIT …: what is wrong with the profile
 *
 * Returns: (transfer full): what an endpoint needs to run, except for secrets
 */
MmpEndpointConfig *
mmp_connection_config_new (const MmpProfile *profile,
                           const MmpBrokerEntry *broker,
                           MmpTrust *trust,
                           GError **error)
{
  g_autoptr (MmpEndpointConfig) config = mmp_endpoint_config_new ();
  g_autoptr (MmpMqttBroker) plain = mmp_mqtt_broker_new (broker->host, broker->port, broker->tls, error);
  g_autoptr (MmpMqttBroker) known = NULL;

  if (plain == NULL || !mmp_topics_check_prefix (profile->prefix, error))
    return NULL;
  known = mmp_mqtt_broker_with_ca_file (plain, broker->ca_file[0] != '\0' ? broker->ca_file : NULL);
  g_ptr_array_add (config->brokers, mmp_mqtt_broker_with_login (known, broker->user[0] != '\0' ? broker->user : NULL, NULL));
  g_set_str (&config->prefix, profile->prefix);
  g_set_str (&config->name, g_get_host_name ());
  config->allow_direct = profile->path != MMP_PROFILE_PATH_RELAY;
  config->relay = get_relay (profile);
  config->hold = profile->hold * G_USEC_PER_SEC;
  config->trust = g_object_ref (trust);
  config->mode = get_mode (profile->access);
  config->listener = profile->device;
  if (!set_ice (config, profile, broker->host, error) || !add_ports (config, profile, error))
    return NULL;
  if (profile->classic && !settle_classic (config, profile, error))
    return NULL;

  return g_steal_pointer (&config);
}

/**
 * mmp_connection_config_get_invitation_id:
 * @id: a profile's
 *
 * Returns: (transfer full): under which the single-use secret that an initiator was invited with is kept
 */
char *
mmp_connection_config_get_invitation_id (const char *id)
{
  return g_strconcat ("invitation/", id, NULL);
}

static gboolean
add_password (MmpEndpointConfig *self,
              const MmpProfile *profile,
              MmpSecrets *secrets,
              GError **error)
{
  g_autofree char *id = mmp_broker_entry_get_secret_id (profile->broker);
  MmpMqttBroker *broker = g_ptr_array_index (self->brokers, 0);
  g_autoptr (GError) cause = NULL;
  g_autoptr (MmpSecret) password = NULL;

  if (mmp_mqtt_broker_get_user (broker) == NULL)
    return TRUE;
  password = mmp_secrets_lookup (secrets, id, &cause);
  if (cause != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }
  if (password != NULL)
    {
      self->brokers->pdata[0] = mmp_mqtt_broker_with_login (broker, mmp_mqtt_broker_get_user (broker), mmp_secret_get_data (password, NULL));
      mmp_mqtt_broker_unref (broker);
    }

  return TRUE;
}

/* Without the password there are no servers: a direct path needs none. */
static gboolean
add_turn (MmpEndpointConfig *self,
          const MmpProfile *profile,
          MmpSecrets *secrets,
          GError **error)
{
  g_autofree char *id = mmp_profile_get_turn_secret_id (profile->id);
  g_autoptr (GError) cause = NULL;
  g_autoptr (MmpSecret) password = profile->turn[0] != NULL ? mmp_secrets_lookup (secrets, id, &cause) : NULL;

  if (cause != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }
  for (guint i = 0; password != NULL && profile->turn[i] != NULL; i++)
    {
      if (!mmp_ice_config_add_turn (self->ice, profile->turn[i], profile->turn_user, mmp_secret_get_data (password, NULL), error))
        return FALSE;
    }

  return TRUE;
}

/* One that cannot be had is one that is used up: the listener then asks or knows this device. */
static void
add_invitation (MmpEndpointConfig *self,
                const MmpProfile *profile,
                MmpSecrets *secrets)
{
  g_autofree char *id = mmp_connection_config_get_invitation_id (profile->id);
  g_autoptr (MmpSecret) secret = mmp_secrets_lookup (secrets, id, NULL);
  g_autofree guchar *bytes = NULL;
  gsize size = 0;

  if (secret != NULL)
    bytes = g_base64_decode (mmp_secret_get_data (secret, NULL), &size);
  if (size == MMP_INVITATION_SIZE)
    self->invitation = g_steal_pointer (&bytes);
}

/**
 * mmp_connection_config_add_secrets:
 * @error: SECRETS; KEY_INVALID
 *
 * Adds the key pair, the passwords at the broker and the TURN servers, and the invitation. Blocks for as long as a person
 * needs to unlock a keyring; any thread, as long as nobody else has @self.
 */
gboolean
mmp_connection_config_add_secrets (MmpEndpointConfig *self,
                                   const MmpProfile *profile,
                                   MmpSecrets *secrets,
                                   GError **error)
{
  g_autofree char *id = mmp_key_entry_get_secret_id (profile->key_pair);
  g_autoptr (GError) cause = NULL;
  g_autoptr (MmpSecret) key = mmp_secrets_lookup (secrets, id, &cause);

  if (key == NULL)
    {
      if (cause == NULL)
        g_set_error_literal (&cause, MMP_ERROR, MMP_ERROR_SECRETS, "the private key of its key pair is not there");
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }
  self->key_pair = mmp_key_pair_from_secret (key, error);
  if (self->key_pair == NULL || !add_password (self, profile, secrets, error) || !add_turn (self, profile, secrets, error))
    return FALSE;
  if (profile->kind == MMP_PROFILE_INITIATOR)
    add_invitation (self, profile, secrets);

  return TRUE;
}
