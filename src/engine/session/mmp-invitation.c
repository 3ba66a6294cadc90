/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-session"

#include "session/mmp-invitation.h"

#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "crypto/mmp-base32.h"
#include "crypto/mmp-crypto.h"
#include "session/mmp-signal.h"
#include "session/mmp-topics.h"

#define SCHEME "mmp:"
#define VERSION "1"

#define DEFAULT_PORT_TLS 8883
#define DEFAULT_PORT_PLAIN 1883

#define KEY_LENGTH MMP_BASE32_BARE_LENGTH (MMP_PUBLIC_KEY_SIZE)

static gboolean
fail (GError **error,
      const char *message)
{
  g_set_error_literal (error, MMP_ERROR, MMP_ERROR_INVITATION_INVALID, message);

  return FALSE;
}

/* RFC 3986 section 2.1, strictly: % and two digits, nothing that is not UTF-8 and no NUL; NULL otherwise */
static char *
decode_percent (const char *text)
{
  g_autoptr (GString) decoded = g_string_new (NULL);

  for (; *text != '\0'; text++)
    {
      char c = *text;

      if (c == '%')
        {
          if (!g_ascii_isxdigit (text[1]) || !g_ascii_isxdigit (text[2]))
            return NULL;
          c = (char) (g_ascii_xdigit_value (text[1]) << 4 | g_ascii_xdigit_value (text[2]));
          text += 2;
        }
      if (c == '\0')
        return NULL;
      g_string_append_c (decoded, c);
    }
  if (!g_utf8_validate_len (decoded->str, decoded->len, NULL))
    return NULL;

  return g_string_free_and_steal (g_steal_pointer (&decoded));
}

/* Name -> decoded value. No name may come twice, known or not: what could be read in two ways is not read. */
static GHashTable *
split_parameters (const char *text,
                  GError **error)
{
  g_autoptr (GHashTable) parameters = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_auto (GStrv) parts = g_strsplit (text, "&", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      char *equals = strchr (parts[i], '=');
      char *value;

      if (equals == NULL || equals == parts[i])
        {
          fail (error, "the invitation is damaged");
          return NULL;
        }
      *equals = '\0';
      value = decode_percent (equals + 1);
      if (value == NULL)
        {
          fail (error, "the invitation has characters that cannot be read");
          return NULL;
        }
      if (!g_hash_table_insert (parameters, g_strdup (parts[i]), value))
        {
          fail (error, "the invitation says something twice");
          return NULL;
        }
    }

  return g_steal_pointer (&parameters);
}

static gboolean
parse_key (const char *text,
           MmpPublicKey *key,
           GError **error)
{
  if (text == NULL || strlen (text) != KEY_LENGTH)
    return fail (error, "the key in the invitation is missing or incomplete");
  if (!mmp_public_key_from_text (text, key, error))
    {
      g_prefix_error_literal (error, "the invitation cannot be used: ");
      return FALSE;
    }

  return TRUE;
}

static gboolean
parse_secret (const char *text,
              MmpInvitation *self,
              GError **error)
{
  if (!mmp_base32_decode (text, strlen (text), MMP_BASE32_BARE, self->secret, sizeof self->secret))
    return fail (error, "the secret of the invitation is incomplete or mistyped");
  self->has_secret = TRUE;

  return TRUE;
}

/* HOST[:PORT]; an IPv6 address stands in brackets. Without a default the port must be there. */
static gboolean
split_address (const char *text,
               guint default_port,
               char **host,
               guint *port)
{
  gboolean bracketed = text[0] == '[';
  const char *end = strchr (text, bracketed ? ']' : ':');
  guint64 number;

  if (bracketed && end == NULL)
    return FALSE;
  if (end == NULL)
    end = text + strlen (text);
  *host = g_strndup (text + bracketed, end - text - bracketed);
  end += bracketed;
  if (*end == '\0' && default_port != 0)
    {
      *port = default_port;
      return TRUE;
    }
  if (*end != ':' || strspn (end + 1, G_CSET_DIGITS) != strlen (end + 1) || !g_ascii_string_to_unsigned (end + 1, 10, 1, G_MAXUINT16, &number, NULL))
    return FALSE;
  *port = (guint) number;

  return TRUE;
}

static MmpMqttBroker *
parse_broker (const char *address,
              gboolean tls,
              guint default_port,
              GError **error)
{
  g_autofree char *host = NULL;
  MmpMqttBroker *broker = NULL;
  guint port;

  if (split_address (address, default_port, &host, &port))
    broker = mmp_mqtt_broker_new (host, port, tls, NULL);
  if (broker == NULL)
    fail (error, "the broker's address in the invitation is wrong");

  return broker;
}

/* mqtts://host:port or mqtt://host:port, nothing before or after */
static MmpMqttBroker *
parse_broker_uri (const char *uri,
                  GError **error)
{
  static const struct
  {
    const char *scheme;
    gboolean tls;
    guint port;
  } schemes[] = {
    { "mqtts://", TRUE, DEFAULT_PORT_TLS },
    { "mqtt://", FALSE, DEFAULT_PORT_PLAIN },
  };

  for (gsize i = 0; uri != NULL && i < G_N_ELEMENTS (schemes); i++)
    {
      gsize length = strlen (schemes[i].scheme);

      if (g_ascii_strncasecmp (uri, schemes[i].scheme, length) == 0)
        return parse_broker (uri + length, schemes[i].tls, schemes[i].port, error);
    }
  fail (error, "the invitation names no broker");

  return NULL;
}

static gboolean
parse_uri (MmpInvitation *self,
           const char *text,
           GError **error)
{
  g_autoptr (GHashTable) parameters = split_parameters (text, error);
  const char *value;

  if (parameters == NULL)
    return FALSE;
  if (g_strcmp0 (g_hash_table_lookup (parameters, "v"), VERSION) != 0)
    return fail (error, "the invitation is of a version that this program does not know");
  if (g_strcmp0 (g_hash_table_lookup (parameters, "r"), "l") != 0)
    return fail (error, "the invitation is of a kind that this program does not know");
  if (!parse_key (g_hash_table_lookup (parameters, "k"), &self->listener, error))
    return FALSE;
  self->broker = parse_broker_uri (g_hash_table_lookup (parameters, "b"), error);
  if (self->broker == NULL)
    return FALSE;

  value = g_hash_table_lookup (parameters, "t");
  self->prefix = g_strdup (value != NULL ? value : MMP_TOPICS_DEFAULT_PREFIX);
  if (!mmp_topics_check_prefix (self->prefix, NULL))
    return fail (error, "the topic in the invitation is wrong");
  value = g_hash_table_lookup (parameters, "s");
  if (value != NULL && !mmp_service_name_passes (value))
    return fail (error, "the service in the invitation is wrong");
  self->service = g_strdup (value);
  value = g_hash_table_lookup (parameters, "n");
  self->name = value != NULL ? mmp_device_name_clean (value) : NULL;
  value = g_hash_table_lookup (parameters, "i");

  return value == NULL || parse_secret (value, self, error);
}

/* 1/L/<key>/<HOST:PORT>[/<secret>], made of characters that a QR code holds in the least room */
static gboolean
parse_short (MmpInvitation *self,
             const char *text,
             GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", 6);
  guint n_parts = g_strv_length (parts);
  g_autofree char *address = NULL;

  if (n_parts == 0 || strcmp (parts[0], VERSION) != 0)
    return fail (error, "the invitation is of a version that this program does not know");
  if (n_parts < 4 || n_parts > 5 || strcmp (parts[1], "L") != 0)
    return fail (error, "the invitation is damaged");
  if (!parse_key (parts[2], &self->listener, error))
    return FALSE;
  address = g_ascii_strdown (parts[3], -1);
  self->broker = parse_broker (address, TRUE, 0, error);
  if (self->broker == NULL)
    return FALSE;
  self->prefix = g_strdup (MMP_TOPICS_DEFAULT_PREFIX);

  return n_parts == 4 || parse_secret (parts[4], self, error);
}

static void
append_parameter (GString *uri,
                  const char *name,
                  const char *value)
{
  g_autofree char *escaped = g_uri_escape_string (value, ":/", FALSE);

  g_string_append_printf (uri, "&%s=%s", name, escaped);
}

static char *
secret_to_text (const MmpInvitation *self)
{
  return mmp_base32_encode (self->secret, sizeof self->secret, MMP_BASE32_BARE);
}

/**
 * mmp_invitation_parse:
 * @text: a `mmp:` URI or the short form of a QR code; spaces and ends of line around it are ignored
 * @error: return location
 *
 * Returns: (transfer full): what it says; %NULL with %MMP_ERROR_INVITATION_INVALID, or %MMP_ERROR_KEY_INVALID if it is the key
 */
MmpInvitation *
mmp_invitation_parse (const char *text,
                      GError **error)
{
  g_autoptr (MmpInvitation) self = g_new0 (MmpInvitation, 1);
  g_autofree char *stripped = NULL;
  const char *rest;
  gboolean good;

  if (strnlen (text, MMP_URI_SIZE_MAX + 1) > MMP_URI_SIZE_MAX)
    {
      fail (error, "the invitation is too long");
      return NULL;
    }
  stripped = g_strstrip (g_strdup (text));
  if (g_ascii_strncasecmp (stripped, SCHEME, strlen (SCHEME)) != 0)
    {
      fail (error, "this is not an invitation");
      return NULL;
    }
  for (const char *c = stripped; *c != '\0'; c++)
    {
      if (!g_ascii_isgraph (*c) || *c == '#')
        {
          fail (error, "the invitation has characters that cannot be read");
          return NULL;
        }
    }

  rest = stripped + strlen (SCHEME);
  good = rest[0] == '?' ? parse_uri (self, rest + 1, error) : parse_short (self, rest, error);

  return good ? g_steal_pointer (&self) : NULL;
}

/**
 * mmp_invitation_to_uri:
 * @self: an invitation
 *
 * Returns: (transfer full): the URI, which holds everything
 */
char *
mmp_invitation_to_uri (const MmpInvitation *self)
{
  g_autofree char *key = mmp_public_key_to_short_text (&self->listener);
  g_autofree char *broker = mmp_mqtt_broker_to_text (self->broker);
  GString *uri = g_string_new (SCHEME "?v=" VERSION "&r=l");

  append_parameter (uri, "k", key);
  append_parameter (uri, "b", broker);
  append_parameter (uri, "t", self->prefix);
  if (self->service != NULL)
    append_parameter (uri, "s", self->service);
  if (self->name != NULL)
    append_parameter (uri, "n", self->name);
  if (self->has_secret)
    {
      g_autofree char *secret = secret_to_text (self);

      append_parameter (uri, "i", secret);
    }

  return g_string_free_and_steal (uri);
}

/**
 * mmp_invitation_to_qr_text:
 * @self: an invitation
 *
 * The short form leaves out service and name and has no room for another prefix or for a broker without TLS.
 *
 * Returns: (transfer full) (nullable): upper-case text; %NULL if the short form cannot say where to meet
 */
char *
mmp_invitation_to_qr_text (const MmpInvitation *self)
{
  const char *host = mmp_mqtt_broker_get_host (self->broker);
  g_autofree char *key = NULL;
  GString *text;

  /* The zone of a link-local address is the only part of a host in which case counts. */
  if (!mmp_mqtt_broker_get_tls (self->broker) || strcmp (self->prefix, MMP_TOPICS_DEFAULT_PREFIX) != 0 || strchr (host, '%') != NULL)
    return NULL;

  key = mmp_public_key_to_short_text (&self->listener);
  text = g_string_new (NULL);
  g_string_append_printf (text, strchr (host, ':') != NULL ? SCHEME VERSION "/L/%s/[%s]:%u" : SCHEME VERSION "/L/%s/%s:%u", key, host, mmp_mqtt_broker_get_port (self->broker));
  if (self->has_secret)
    {
      g_autofree char *secret = secret_to_text (self);

      g_string_append_printf (text, "/%s", secret);
    }
  g_string_ascii_up (text);

  return g_string_free_and_steal (text);
}

/**
 * mmp_invitation_free:
 * @self: (nullable): an invitation
 */
void
mmp_invitation_free (MmpInvitation *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->broker, mmp_mqtt_broker_unref);
  g_free (self->prefix);
  g_free (self->service);
  g_free (self->name);
  mmp_crypto_wipe (self->secret, sizeof self->secret);
  g_free (self);
}
