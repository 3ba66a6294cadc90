/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rtc/mmp-ice-server.h"

#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"

/* RFC 7064 and RFC 7065, section 3.2 */
#define PORT 3478
#define PORT_TLS 5349
#define HOST_SIZE_MAX 255

static const struct
{
  const char *scheme;
  gboolean turn;
  gboolean tls;
} schemes[] = {
  { "stun", FALSE, FALSE },
  { "turn", TRUE, FALSE },
  { "turns", TRUE, TRUE },
};

static const struct
{
  const char *query;
  MmpIceTransport transport;
} queries[] = {
  { "transport=udp", MMP_ICE_TRANSPORT_UDP },
  { "transport=tcp", MMP_ICE_TRANSPORT_TCP },
};

static void
wipe (char *secret)
{
  if (secret != NULL)
    explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

/* RFC 7064 has no slashes behind the scheme, but many write them; GUri reads a host only behind them. */
static GUri *
read_uri (const char *text)
{
  const char *colon = strchr (text, ':');
  char *slashed;
  GUri *uri;

  if (colon == NULL || strlen (text) > MMP_URI_SIZE_MAX)
    return NULL;
  if (g_str_has_prefix (colon, "://"))
    return g_uri_parse (text, G_URI_FLAGS_HAS_PASSWORD, NULL);

  slashed = g_strdup_printf ("%.*s://%s", (int) (colon - text), text, colon + 1);
  uri = g_uri_parse (slashed, G_URI_FLAGS_HAS_PASSWORD, NULL);
  wipe (slashed);

  return uri;
}

static gboolean
read_transport (MmpIceServer *self,
                const char *query)
{
  if (query == NULL)
    return TRUE;

  for (guint i = 0; self->turn && i < G_N_ELEMENTS (queries); i++)
    if (g_ascii_strcasecmp (query, queries[i].query) == 0)
      {
        if (self->transport == MMP_ICE_TRANSPORT_TLS)
          return queries[i].transport == MMP_ICE_TRANSPORT_TCP;
        self->transport = queries[i].transport;
        return TRUE;
      }

  return FALSE;
}

/* The host in ASCII; NULL if it is none. */
static char *
read_host (const char *host)
{
  g_autofree char *ascii = host != NULL ? g_hostname_to_ascii (host) : NULL;

  if (ascii == NULL || *ascii == '\0' || *ascii == '-' || strlen (ascii) > HOST_SIZE_MAX)
    return NULL;
  for (const char *c = ascii; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && strchr (".-_:%", *c) == NULL)
      return NULL;

  return g_steal_pointer (&ascii);
}

/* libnice signs with what is between the quotes, and runs past a text that has nothing there. */
static gboolean
is_login (const char *text)
{
  return text == NULL || text[strspn (text, "\"")] != '\0';
}

static MmpIceServer *
read_server (GUri *uri)
{
  g_autoptr (MmpIceServer) self = g_new0 (MmpIceServer, 1);
  g_autofree char *host = read_host (g_uri_get_host (uri));
  const char *path = g_uri_get_path (uri);
  guint i = 0;

  while (i < G_N_ELEMENTS (schemes) && g_strcmp0 (g_uri_get_scheme (uri), schemes[i].scheme) != 0)
    i++;
  if (i == G_N_ELEMENTS (schemes) || host == NULL || (path != NULL && *path != '\0' && strcmp (path, "/") != 0))
    return NULL;

  self->turn = schemes[i].turn;
  if (schemes[i].tls)
    self->transport = MMP_ICE_TRANSPORT_TLS;
  else
    self->transport = self->turn ? MMP_ICE_TRANSPORT_ANY : MMP_ICE_TRANSPORT_UDP;
  self->host = g_steal_pointer (&host);
  self->port = g_uri_get_port (uri) > 0 ? (guint) g_uri_get_port (uri) : schemes[i].tls ? PORT_TLS
                                                                                        : PORT;
  self->user = g_strdup (g_uri_get_user (uri));
  self->password = g_strdup (g_uri_get_password (uri));
  if (!read_transport (self, g_uri_get_query (uri)) || g_uri_get_port (uri) == 0)
    return NULL;
  if (!is_login (self->user) || !is_login (self->password))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * mmp_ice_server_parse:
 * @text: what somebody wrote, at most %MMP_URI_SIZE_MAX bytes
 *
 * Returns: (transfer full): the server; %NULL with %MMP_ERROR_ADDRESS_INVALID, whose message does not repeat @text, since
 *   that may hold a password
 */
MmpIceServer *
mmp_ice_server_parse (const char *text,
                      GError **error)
{
  g_autoptr (GUri) uri = read_uri (text);
  MmpIceServer *self = uri != NULL ? read_server (uri) : NULL;

  if (self == NULL)
    g_set_error_literal (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID,
                         "a server is given as stun:HOST:PORT, turn:USER@HOST:PORT (with ?transport=tcp for TCP) or turns:USER@HOST:PORT");

  return self;
}

/**
 * mmp_ice_server_free:
 * @self: (nullable): a server
 */
void
mmp_ice_server_free (MmpIceServer *self)
{
  if (self == NULL)
    return;

  g_free (self->host);
  g_free (self->user);
  wipe (self->password);
  g_free (self);
}

/**
 * mmp_ice_server_to_text:
 *
 * Returns: (transfer full): such as `turn:host:3478?transport=tcp`, without the login
 */
char *
mmp_ice_server_to_text (const MmpIceServer *self)
{
  const char *scheme = !self->turn ? "stun" : self->transport == MMP_ICE_TRANSPORT_TLS ? "turns"
                                                                                       : "turn";
  const char *query = "";
  gboolean bracketed = strchr (self->host, ':') != NULL;

  if (self->turn && self->transport == MMP_ICE_TRANSPORT_UDP)
    query = "?transport=udp";
  else if (self->transport == MMP_ICE_TRANSPORT_TCP)
    query = "?transport=tcp";

  return g_strdup_printf ("%s:%s%s%s:%u%s", scheme, bracketed ? "[" : "", self->host, bracketed ? "]" : "", self->port, query);
}
