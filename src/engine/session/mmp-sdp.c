/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-session"

#include "session/mmp-sdp.h"

#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"

/* RFC 8839 section 5.4 */
#define UFRAG_LENGTH_MIN 4
#define PASSWORD_LENGTH_MIN 22
#define ICE_LENGTH_MAX 256
#define MID_LENGTH_MAX 64

/* RFC 8841 sections 5 and 6: what holds when the attribute is not there */
#define DEFAULT_SCTP_PORT 5000
#define DEFAULT_MESSAGE_SIZE 65536

#define ICE_CHARACTERS G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "+/"
/* RFC 8866 section 9: token-char */
#define TOKEN_CHARACTERS G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "!#$%&'*+-.^_`{|}~"

/* What of a description is looked at, wherever in it it stands */
typedef enum
{
  ATTRIBUTE_UFRAG,
  ATTRIBUTE_PASSWORD,
  ATTRIBUTE_FINGERPRINT,
  ATTRIBUTE_SETUP,
  ATTRIBUTE_MID,
  ATTRIBUTE_SCTP_PORT,
  ATTRIBUTE_MESSAGE_SIZE,
  N_ATTRIBUTES,
} Attribute;

static const char *const attribute_names[N_ATTRIBUTES] = {
  [ATTRIBUTE_UFRAG] = "ice-ufrag",
  [ATTRIBUTE_PASSWORD] = "ice-pwd",
  [ATTRIBUTE_FINGERPRINT] = "fingerprint",
  [ATTRIBUTE_SETUP] = "setup",
  [ATTRIBUTE_MID] = "mid",
  [ATTRIBUTE_SCTP_PORT] = "sctp-port",
  [ATTRIBUTE_MESSAGE_SIZE] = "max-message-size",
};

typedef struct
{
  const char *values[N_ATTRIBUTES]; /* NULL: not there */
  guint n_media;
} Description;

static gboolean G_GNUC_PRINTF (2, 3)
    fail (GError **error,
          const char *format,
          ...)
{
  va_list args;

  va_start (args, format);
  g_propagate_error (error, g_error_new_valist (MMP_ERROR, MMP_ERROR_MESSAGE_INVALID, format, args));
  va_end (args);

  return FALSE;
}

static gboolean
consists_of (const char *text,
             const char *characters,
             gsize min,
             gsize max)
{
  gsize length = strlen (text);

  return length >= min && length <= max && strspn (text, characters) == length;
}

static gboolean
parse_number (const char *text,
              guint64 min,
              guint64 max,
              guint64 *number)
{
  return consists_of (text, G_CSET_DIGITS, 1, 20) && g_ascii_string_to_unsigned (text, 10, min, max, number, NULL);
}

/* An attribute may come again, but only with the same value: what could be read in two ways is not read. */
static gboolean
take_attribute (Description *self,
                const char *text,
                GError **error)
{
  for (guint i = 0; i < N_ATTRIBUTES; i++)
    {
      gsize length = strlen (attribute_names[i]);

      if (strncmp (text, attribute_names[i], length) != 0 || text[length] != ':')
        continue;
      if (self->values[i] != NULL && strcmp (self->values[i], text + length + 1) != 0)
        return fail (error, "a description has two values of '%s'", attribute_names[i]);
      self->values[i] = text + length + 1;
    }

  return TRUE;
}

/* m=application <port> UDP/DTLS/SCTP webrtc-datachannel; port 0 would mean refused */
static gboolean
take_media (Description *self,
            const char *text,
            GError **error)
{
  g_auto (GStrv) words = g_strsplit (text, " ", 5);
  guint64 port;

  if (g_strv_length (words) != 4 || strcmp (words[0], "application") != 0 || !parse_number (words[1], 1, G_MAXUINT16, &port)
      || strcmp (words[2], "UDP/DTLS/SCTP") != 0 || strcmp (words[3], "webrtc-datachannel") != 0)
    return fail (error, "a description has a section that is not for data channels");
  self->n_media++;

  return TRUE;
}

static gboolean
take_line (Description *self,
           char *line,
           GError **error)
{
  gsize length = strlen (line);

  if (length > 0 && line[length - 1] == '\r')
    line[--length] = '\0';
  for (gsize i = 0; i < length; i++)
    {
      if (g_ascii_iscntrl (line[i]))
        return fail (error, "a description has control characters");
    }
  if (length < 2 || line[1] != '=' || !g_ascii_islower (line[0]))
    return fail (error, "a description has a line that is none");

  if (line[0] == 'm')
    return take_media (self, line + 2, error);
  if (line[0] == 'a')
    return take_attribute (self, line + 2, error);

  return TRUE;
}

/* RFC 8122 section 5: the name of the hash and pairs of hexadecimal digits with colons between */
static gboolean
parse_fingerprint (const char *text,
                   guint8 fingerprint[MMP_SDP_FINGERPRINT_SIZE])
{
  static const char name[] = "sha-256 ";
  guint8 bytes[MMP_SDP_FINGERPRINT_SIZE];

  if (text == NULL || g_ascii_strncasecmp (text, name, strlen (name)) != 0)
    return FALSE;
  text += strlen (name);
  if (strlen (text) != 3 * MMP_SDP_FINGERPRINT_SIZE - 1)
    return FALSE;
  for (gsize i = 0; i < MMP_SDP_FINGERPRINT_SIZE; i++, text += 3)
    {
      if (!g_ascii_isxdigit (text[0]) || !g_ascii_isxdigit (text[1]) || (i + 1 < MMP_SDP_FINGERPRINT_SIZE && text[2] != ':'))
        return FALSE;
      bytes[i] = (guint8) (g_ascii_xdigit_value (text[0]) << 4 | g_ascii_xdigit_value (text[1]));
    }
  memcpy (fingerprint, bytes, sizeof bytes);

  return TRUE;
}

static gboolean
check_values (const Description *self,
              MmpSdpType type,
              GError **error)
{
  const char *const *values = self->values;

  if (self->n_media != 1)
    return fail (error, "a description has %u sections instead of one", self->n_media);
  if (values[ATTRIBUTE_UFRAG] == NULL || !consists_of (values[ATTRIBUTE_UFRAG], ICE_CHARACTERS, UFRAG_LENGTH_MIN, ICE_LENGTH_MAX))
    return fail (error, "a description has no good 'ice-ufrag'");
  if (values[ATTRIBUTE_PASSWORD] == NULL || !consists_of (values[ATTRIBUTE_PASSWORD], ICE_CHARACTERS, PASSWORD_LENGTH_MIN, ICE_LENGTH_MAX))
    return fail (error, "a description has no good 'ice-pwd'");
  if (values[ATTRIBUTE_MID] == NULL || !consists_of (values[ATTRIBUTE_MID], TOKEN_CHARACTERS, 1, MID_LENGTH_MAX))
    return fail (error, "a description has no good 'mid'");
  if (values[ATTRIBUTE_SETUP] == NULL)
    return fail (error, "a description has no 'setup'");
  if (type == MMP_SDP_OFFER && strcmp (values[ATTRIBUTE_SETUP], "actpass") != 0)
    return fail (error, "an offer fixes who begins with DTLS");
  if (type == MMP_SDP_ANSWER && strcmp (values[ATTRIBUTE_SETUP], "active") != 0 && strcmp (values[ATTRIBUTE_SETUP], "passive") != 0)
    return fail (error, "an answer does not say who begins with DTLS");

  return TRUE;
}

/* The few things that passed, in the order in which webrtcbin writes them. What is the same for every description of ours
 * (who made it, how it is bundled, that candidates trickle) is written anew and not taken over. */
static char *
write_description (const Description *self,
                   guint64 sctp_port,
                   guint64 message_size,
                   const guint8 fingerprint[MMP_SDP_FINGERPRINT_SIZE])
{
  const char *const *values = self->values;
  GString *sdp = g_string_new ("v=0\r\n"
                               "o=- 1 1 IN IP4 0.0.0.0\r\n"
                               "s=-\r\n"
                               "t=0 0\r\n"
                               "a=ice-options:trickle\r\n");

  g_string_append_printf (sdp, "a=group:BUNDLE %s\r\n", values[ATTRIBUTE_MID]);
  g_string_append (sdp, "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
                        "c=IN IP4 0.0.0.0\r\n");
  g_string_append_printf (sdp, "a=setup:%s\r\n", values[ATTRIBUTE_SETUP]);
  g_string_append_printf (sdp, "a=ice-ufrag:%s\r\n", values[ATTRIBUTE_UFRAG]);
  g_string_append_printf (sdp, "a=ice-pwd:%s\r\n", values[ATTRIBUTE_PASSWORD]);
  g_string_append_printf (sdp, "a=mid:%s\r\n", values[ATTRIBUTE_MID]);
  g_string_append_printf (sdp, "a=sctp-port:%" G_GUINT64_FORMAT "\r\n", sctp_port);
  g_string_append_printf (sdp, "a=max-message-size:%" G_GUINT64_FORMAT "\r\n", message_size);
  g_string_append (sdp, "a=fingerprint:sha-256 ");
  for (gsize i = 0; i < MMP_SDP_FINGERPRINT_SIZE; i++)
    g_string_append_printf (sdp, i == 0 ? "%02X" : ":%02X", fingerprint[i]);
  g_string_append (sdp, "\r\n");

  return g_string_free_and_steal (sdp);
}

/**
 * mmp_sdp_rebuild:
 * @sdp: a description from outside (RFC 8866, RFC 8841)
 * @type: what it must be
 * @fingerprint: (out caller-allocates): SHA-256 of the certificate that the other side announces; untouched on failure
 * @error: return location
 *
 * No line of a stranger reaches webrtcbin: the few values that a data channel needs are checked, and a description is
 * written from them. Candidates in it are left out, for they come one by one and are checked one by one.
 *
 * Returns: (transfer full): the description made anew; %NULL with %MMP_ERROR_MESSAGE_INVALID
 */
char *
mmp_sdp_rebuild (const char *sdp,
                 MmpSdpType type,
                 guint8 fingerprint[MMP_SDP_FINGERPRINT_SIZE],
                 GError **error)
{
  g_auto (GStrv) lines = NULL;
  Description description = { 0 };
  guint64 sctp_port = DEFAULT_SCTP_PORT;
  guint64 message_size = DEFAULT_MESSAGE_SIZE;

  if (strnlen (sdp, MMP_SDP_SIZE_MAX + 1) > MMP_SDP_SIZE_MAX)
    {
      fail (error, "a description is too long");
      return NULL;
    }
  lines = g_strsplit (sdp, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      gboolean is_end = i > 0 && lines[i + 1] == NULL && lines[i][0] == '\0';

      if (!is_end && !take_line (&description, lines[i], error))
        return NULL;
    }
  if (!check_values (&description, type, error))
    return NULL;
  if (description.values[ATTRIBUTE_SCTP_PORT] != NULL && !parse_number (description.values[ATTRIBUTE_SCTP_PORT], 1, G_MAXUINT16, &sctp_port))
    {
      fail (error, "a description has no good 'sctp-port'");
      return NULL;
    }
  if (description.values[ATTRIBUTE_MESSAGE_SIZE] != NULL && !parse_number (description.values[ATTRIBUTE_MESSAGE_SIZE], 0, G_MAXUINT64, &message_size))
    {
      fail (error, "a description has no good 'max-message-size'");
      return NULL;
    }
  /* 0 means any size. */
  if (message_size == 0 || message_size > DEFAULT_MESSAGE_SIZE)
    message_size = DEFAULT_MESSAGE_SIZE;
  if (message_size < MMP_LINK_MESSAGE_MAX)
    {
      fail (error, "the other side cannot take messages of %d bytes", MMP_LINK_MESSAGE_MAX);
      return NULL;
    }
  if (!parse_fingerprint (description.values[ATTRIBUTE_FINGERPRINT], fingerprint))
    {
      fail (error, "a description has no good 'fingerprint'");
      return NULL;
    }

  return write_description (&description, sctp_port, message_size, fingerprint);
}
