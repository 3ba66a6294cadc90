/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-session"

#include "session/mmp-candidate.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/mmp-limits.h"

#define FOUNDATION_LENGTH_MAX 32
#define PRIORITY_MAX G_MAXINT32

#define ICE_CHARACTERS G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "+/"

/* The words of a candidate (RFC 8839 section 5.1); pairs of a name and a value follow */
enum
{
  WORD_FOUNDATION,
  WORD_COMPONENT,
  WORD_TRANSPORT,
  WORD_PRIORITY,
  WORD_ADDRESS,
  WORD_PORT,
  WORD_TYP,
  WORD_TYPE,
  N_WORDS,
};

static gboolean
is_number (const char *text,
           guint64 min,
           guint64 max)
{
  return text[0] != '\0' && strspn (text, G_CSET_DIGITS) == strlen (text) && g_ascii_string_to_unsigned (text, 10, min, max, NULL, NULL);
}

static gboolean
is_one_of (const char *text,
           const char *const *choices)
{
  return g_strv_contains (choices, text);
}

static gboolean
ipv4_passes (const guint8 bytes[4],
             gboolean allow_loopback)
{
  if (bytes[0] == 127)
    return allow_loopback;

  /* this network, link-local, multicast and reserved with the broadcast address */
  return bytes[0] != 0 && !(bytes[0] == 169 && bytes[1] == 254) && bytes[0] < 224;
}

static gboolean
ipv6_passes (const guint8 bytes[16],
             gboolean allow_loopback)
{
  static const guint8 zeros[12];
  static const guint8 mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
  static const guint8 loopback[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 };

  if (memcmp (bytes, loopback, sizeof loopback) == 0)
    return allow_loopback;
  /* IPv4 in another dress, in which a refused address could come along; :: is among them. */
  if (memcmp (bytes, zeros, sizeof zeros) == 0 || memcmp (bytes, mapped, sizeof mapped) == 0)
    return FALSE;

  return !(bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) && bytes[0] != 0xff;
}

/* inet_pton() takes literal addresses only, without zones, and not the octal, hexadecimal and short forms of inet_aton(). */
static gboolean
address_passes (const char *text,
                gboolean allow_loopback)
{
  guint8 bytes[16];

  if (inet_pton (AF_INET, text, bytes) == 1)
    return ipv4_passes (bytes, allow_loopback);

  return inet_pton (AF_INET6, text, bytes) == 1 && ipv6_passes (bytes, allow_loopback);
}

/* The base of a reflexive or relayed candidate is shown to nobody and sent nothing, so any literal address will do. */
static gboolean
is_address (const char *text)
{
  guint8 bytes[16];

  return inet_pton (AF_INET, text, bytes) == 1 || inet_pton (AF_INET6, text, bytes) == 1;
}

static gboolean
extensions_pass (char **words,
                 gboolean tcp)
{
  static const char *const tcp_types[] = { "active", "passive", "so", NULL };
  guint n_tcp_types = 0;

  for (; words[0] != NULL; words += 2)
    {
      if (words[0][0] == '\0' || words[1] == NULL || words[1][0] == '\0')
        return FALSE;
      if (strcmp (words[0], "raddr") == 0 && !is_address (words[1]))
        return FALSE;
      if (strcmp (words[0], "rport") == 0 && !is_number (words[1], 0, G_MAXUINT16))
        return FALSE;
      if (strcmp (words[0], "tcptype") == 0 && (n_tcp_types++ > 0 || !is_one_of (words[1], tcp_types)))
        return FALSE;
    }

  /* RFC 6544 section 4.5 */
  return n_tcp_types == (tcp ? 1 : 0);
}

/* Without what webrtcbin and others put in front */
static const char *
skip_name (const char *candidate)
{
  static const char *const names[] = { "a=", "candidate:" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      if (g_str_has_prefix (candidate, names[i]))
        candidate += strlen (names[i]);
    }

  return candidate;
}

/**
 * mmp_candidate_passes:
 * @candidate: one ICE candidate, with or without `candidate:` or `a=candidate:` in front
 * @allow_loopback: whether both sides may be on one machine
 *
 * Holds for both directions: what is not to be taken is not to be sent either. A candidate passes if it keeps to the grammar
 * of RFC 8839, is for UDP or TCP, and leads to a literal address that can belong to somebody else: names (`.local` among
 * them) would be looked up, link-local addresses mean something else on each machine, and multicast, unspecified and
 * loopback addresses would let a stranger aim us at ourselves or at many.
 *
 * Returns: whether it may pass; the empty string, which ends the candidates, does
 */
gboolean
mmp_candidate_passes (const char *candidate,
                      gboolean allow_loopback)
{
  static const char *const types[] = { "host", "srflx", "prflx", "relay", NULL };
  g_auto (GStrv) words = NULL;
  gboolean tcp;

  if (candidate[0] == '\0')
    return TRUE;
  if (strnlen (candidate, MMP_CANDIDATE_SIZE_MAX + 1) > MMP_CANDIDATE_SIZE_MAX)
    return FALSE;
  for (const char *c = candidate; *c != '\0'; c++)
    {
      if (!g_ascii_isprint (*c))
        return FALSE;
    }

  words = g_strsplit (skip_name (candidate), " ", -1);
  if (g_strv_length (words) < N_WORDS)
    return FALSE;
  tcp = g_ascii_strcasecmp (words[WORD_TRANSPORT], "tcp") == 0;

  return words[WORD_FOUNDATION][0] != '\0'
         && strlen (words[WORD_FOUNDATION]) <= FOUNDATION_LENGTH_MAX
         && strspn (words[WORD_FOUNDATION], ICE_CHARACTERS) == strlen (words[WORD_FOUNDATION])
         && is_number (words[WORD_COMPONENT], 1, 1)
         && (tcp || g_ascii_strcasecmp (words[WORD_TRANSPORT], "udp") == 0)
         && is_number (words[WORD_PRIORITY], 1, PRIORITY_MAX)
         && address_passes (words[WORD_ADDRESS], allow_loopback)
         && is_number (words[WORD_PORT], 1, G_MAXUINT16)
         && strcmp (words[WORD_TYP], "typ") == 0
         && is_one_of (words[WORD_TYPE], types)
         && extensions_pass (words + N_WORDS, tcp);
}

/**
 * mmp_candidate_dup_lent_address:
 * @candidate: a candidate that passes
 *
 * Returns: (transfer full) (nullable): what a TURN server lent to the other side, as "192.0.2.1:5000" or "[2001:db8::1]:5000";
 *   %NULL if the candidate is of another type
 */
char *
mmp_candidate_dup_lent_address (const char *candidate)
{
  g_auto (GStrv) words = g_strsplit (skip_name (candidate), " ", N_WORDS + 1);

  if (g_strv_length (words) < N_WORDS || strcmp (words[WORD_TYPE], "relay") != 0)
    return NULL;

  return g_strdup_printf (strchr (words[WORD_ADDRESS], ':') != NULL ? "[%s]:%s" : "%s:%s", words[WORD_ADDRESS], words[WORD_PORT]);
}
