/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rtc/mmp-ice-config.h"

#include "base/mmp-error.h"
#include "base/mmp-limits.h"

#include <string.h>

/* RFC 8839: candidate:FOUNDATION COMPONENT TRANSPORT PRIORITY ADDRESS PORT ... */
#define CANDIDATE_ADDRESS_FIELD 4

#define DEFAULT_TURN_PORT 3478
#define DEFAULT_TURNS_PORT 5349

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

/* RFC 7065 has no slashes, no user and no password; what people find in the settings of other programs has them. */
static GUri *
parse_turn (const char *text)
{
  g_autofree char *with_slashes = NULL;

  if (g_str_has_prefix (text, "turn:") && !g_str_has_prefix (text, "turn://"))
    with_slashes = g_strconcat ("turn://", text + strlen ("turn:"), NULL);
  else if (g_str_has_prefix (text, "turns:") && !g_str_has_prefix (text, "turns://"))
    with_slashes = g_strconcat ("turns://", text + strlen ("turns:"), NULL);

  return g_uri_parse (with_slashes != NULL ? with_slashes : text, G_URI_FLAGS_HAS_PASSWORD, NULL);
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
 * @uri: `turn:HOST[:PORT][?transport=udp|tcp]` or `turns:HOST[:PORT]`, or the same with `//` and USER:PASSWORD@
 * @user: (nullable): the user name, if @uri has none
 * @password: (nullable): the password, likewise
 *
 * Adds a TURN server (RFC 8656). The port is 3478, or 5349 with TLS, unless it is given. No message holds a part of @uri, as it may have a password.
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
  g_autoptr (GUri) parsed = parse_turn (uri);
  g_autoptr (GStrvBuilder) servers = g_strv_builder_new ();
  g_autofree char *server = NULL;
  int port;
  const char *query = parsed != NULL ? g_uri_get_query (parsed) : NULL;
  const gboolean tls = parsed != NULL && g_str_equal (g_uri_get_scheme (parsed), "turns");

  if (parsed == NULL || (!tls && !g_str_equal (g_uri_get_scheme (parsed), "turn")) || g_uri_get_host (parsed) == NULL || *g_uri_get_host (parsed) == '\0')
    return fail_turn (error, "a TURN server is turn:HOST:PORT, turn:HOST:PORT?transport=tcp or turns:HOST:PORT");
  if (query != NULL && !g_str_equal (query, "transport=tcp") && (tls || !g_str_equal (query, "transport=udp")))
    return fail_turn (error, tls ? "a turns: server is used by TCP" : "after the “?” of a TURN server stands transport=udp or transport=tcp");
  user = g_uri_get_user (parsed) != NULL ? g_uri_get_user (parsed) : user;
  password = g_uri_get_password (parsed) != NULL ? g_uri_get_password (parsed) : password;
  if (user == NULL || *user == '\0' || password == NULL || *password == '\0')
    return fail_turn (error, "a TURN server needs a user name and a password");

  port = g_uri_get_port (parsed) > 0 ? g_uri_get_port (parsed) : tls ? DEFAULT_TURNS_PORT
                                                                     : DEFAULT_TURN_PORT;
  server = g_uri_join_with_user (G_URI_FLAGS_NONE, g_uri_get_scheme (parsed), user, password, NULL, g_uri_get_host (parsed), port, "", query, NULL);
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
 * address unless the settings have it.
 *
 * Returns: whether @candidate may be used
 */
gboolean
mmp_ice_config_wants_candidate (const MmpIceConfig *self,
                                const char *candidate)
{
  g_autoptr (GInetAddress) address = NULL;
  g_auto (GStrv) fields = NULL;

  if (*candidate == '\0')
    return TRUE;
  if (strlen (candidate) > MMP_CANDIDATE_SIZE_MAX || strpbrk (candidate, "\r\n") != NULL)
    return FALSE;
  fields = g_strsplit (candidate, " ", CANDIDATE_ADDRESS_FIELD + 2);
  if (g_strv_length (fields) < CANDIDATE_ADDRESS_FIELD + 2)
    return FALSE;
  address = g_inet_address_new_from_string (fields[CANDIDATE_ADDRESS_FIELD]);
  if (address == NULL || g_inet_address_get_is_link_local (address))
    return FALSE;

  return self->loopback || !g_inet_address_get_is_loopback (address);
}
