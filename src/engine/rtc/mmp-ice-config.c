/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rtc/mmp-ice-config.h"

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "rtc/mmp-ice-server.h"

#include <string.h>

/* RFC 8839: candidate:FOUNDATION COMPONENT TRANSPORT PRIORITY ADDRESS PORT typ TYPE ... */
#define CANDIDATE_ADDRESS_FIELD 4
#define CANDIDATE_TYPE_FIELD 7

static gboolean
check_server (const char *text,
              const char *scheme,
              GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_HAS_PASSWORD, NULL);

  if (uri == NULL || g_strcmp0 (g_uri_get_scheme (uri), scheme) != 0 || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0')
    {
      /* Without the text: it may hold a password. */
      g_set_error (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID, "a %s server is given as %s://HOST:PORT", scheme, scheme);
      return FALSE;
    }

  return TRUE;
}

static const char *
get_query (MmpIceTransport transport)
{
  switch (transport)
    {
    case MMP_ICE_TRANSPORT_UDP:
      return "transport=udp";
    case MMP_ICE_TRANSPORT_TCP:
    case MMP_ICE_TRANSPORT_TLS:
      return "transport=tcp";
    case MMP_ICE_TRANSPORT_ANY:
    default:
      return NULL;
    }
}

static gboolean
fail_turn (GError **error,
           const char *reason)
{
  g_set_error_literal (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID, reason);

  return FALSE;
}

/**
 * mmp_ice_config_new:
 *
 * Returns: (transfer full): settings with neither STUN nor TURN, without loopback, without UPnP
 */
MmpIceConfig *
mmp_ice_config_new (void)
{
  return g_new0 (MmpIceConfig, 1);
}

/**
 * mmp_ice_config_copy:
 *
 * Returns: (transfer full): a copy
 */
MmpIceConfig *
mmp_ice_config_copy (const MmpIceConfig *self)
{
  MmpIceConfig *copy = mmp_ice_config_new ();

  *copy = *self;
  copy->stun_server = g_strdup (self->stun_server);
  copy->turn_servers = g_strdupv (self->turn_servers);
  copy->turn_ca_file = g_strdup (self->turn_ca_file);

  return copy;
}

/**
 * mmp_ice_config_copy_direct:
 *
 * Returns: (transfer full): the same settings for an attempt that no TURN server has a part in
 */
MmpIceConfig *
mmp_ice_config_copy_direct (const MmpIceConfig *self)
{
  MmpIceConfig *copy = mmp_ice_config_copy (self);

  g_clear_pointer (&copy->turn_servers, g_strfreev);
  copy->turn_at_once = FALSE;
  copy->direct_only = TRUE;

  return copy;
}

/**
 * mmp_ice_config_free:
 * @self: (nullable): settings
 */
void
mmp_ice_config_free (MmpIceConfig *self)
{
  if (self == NULL)
    return;

  g_free (self->stun_server);
  g_strfreev (self->turn_servers);
  g_free (self->turn_ca_file);
  g_free (self);
}

/**
 * mmp_ice_config_add_turn:
 * @uri: as for mmp_ice_server_parse()
 * @user: (nullable): the user name, if @uri has none
 * @password: (nullable): the password, likewise
 *
 * Adds a TURN server (RFC 8656). No message holds a part of @uri, as it may have a password.
 *
 * Returns: %TRUE, or %FALSE with %MMP_ERROR_ADDRESS_INVALID
 */
gboolean
mmp_ice_config_add_turn (MmpIceConfig *self,
                         const char *uri,
                         const char *user,
                         const char *password,
                         GError **error)
{
  g_autoptr (MmpIceServer) parsed = mmp_ice_server_parse (uri, NULL);
  g_autoptr (GStrvBuilder) servers = g_strv_builder_new ();
  g_autofree char *server = NULL;

  if (parsed == NULL || !parsed->turn)
    return fail_turn (error, "a TURN server is turn:HOST:PORT, turn:HOST:PORT?transport=tcp or turns:HOST:PORT");
  user = parsed->user != NULL ? parsed->user : user;
  password = parsed->password != NULL ? parsed->password : password;
  if (user == NULL || *user == '\0' || password == NULL || *password == '\0')
    return fail_turn (error, "a TURN server needs a user name and a password");

  server = g_uri_join_with_user (G_URI_FLAGS_NONE, parsed->transport == MMP_ICE_TRANSPORT_TLS ? "turns" : "turn", user, password, NULL,
                                 parsed->host, (int) parsed->port, "", get_query (parsed->transport), NULL);
  if (self->turn_servers != NULL)
    g_strv_builder_addv (servers, (const char **) self->turn_servers);
  g_strv_builder_add (servers, server);
  g_strfreev (self->turn_servers);
  self->turn_servers = g_strv_builder_end (servers);

  return TRUE;
}

/**
 * mmp_ice_config_check:
 *
 * Looks at the form of the addresses only. `turns://` is refused: libnice would speak plain text to it.
 *
 * Returns: %TRUE, or %FALSE with %MMP_ERROR_ADDRESS_INVALID
 */
gboolean
mmp_ice_config_check (const MmpIceConfig *self,
                      GError **error)
{
  if (self->stun_server != NULL && !check_server (self->stun_server, "stun", error))
    return FALSE;
  for (guint i = 0; self->turn_servers != NULL && self->turn_servers[i] != NULL; i++)
    if (!check_server (self->turn_servers[i], "turn", error))
      return FALSE;

  return TRUE;
}

/**
 * mmp_ice_config_wants_candidate:
 * @candidate: a candidate of either side, or the empty string for the end of them
 *
 * What is not wanted, in either direction: an address that is a name (nothing is ever looked up for the other side), a
 * link-local address (it costs seconds of checks and gains nothing in a network that has other addresses), and a loopback
 * address unless the settings have it; and what a TURN server lent, if only direct paths are wanted.
 *
 * Returns: whether @candidate may be used
 */
gboolean
mmp_ice_config_wants_candidate (const MmpIceConfig *self,
                                const char *candidate)
{
  g_autoptr (GInetAddress) address = NULL;
  g_auto (GStrv) fields = NULL;
  guint n_fields;

  if (*candidate == '\0')
    return TRUE;
  if (strlen (candidate) > MMP_CANDIDATE_SIZE_MAX || strpbrk (candidate, "\r\n") != NULL)
    return FALSE;
  fields = g_strsplit (candidate, " ", CANDIDATE_TYPE_FIELD + 2);
  n_fields = g_strv_length (fields);
  if (n_fields < CANDIDATE_ADDRESS_FIELD + 2)
    return FALSE;
  if (self->direct_only && (n_fields <= CANDIDATE_TYPE_FIELD || g_str_equal (fields[CANDIDATE_TYPE_FIELD], "relay")))
    return FALSE;
  address = g_inet_address_new_from_string (fields[CANDIDATE_ADDRESS_FIELD]);
  if (address == NULL || g_inet_address_get_is_link_local (address))
    return FALSE;

  return self->loopback || !g_inet_address_get_is_loopback (address);
}
