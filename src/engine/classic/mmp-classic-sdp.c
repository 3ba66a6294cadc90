/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-classic"

#include "classic/mmp-classic-sdp.h"

#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"

#define CANDIDATE "a=candidate:"
#define FINGERPRINT "a=fingerprint:"
#define SHA_256 "sha-256 "

/* aiortc announces the same certificate by several hashes; the one that is checked everywhere is left. */
static gboolean
is_other_hash (const char *line)
{
  return g_str_has_prefix (line, FINGERPRINT) && g_ascii_strncasecmp (line + strlen (FINGERPRINT), SHA_256, strlen (SHA_256)) != 0;
}

/* `m=application 9 DTLS/SCTP 5000`, as draft-ietf-mmusic-sctp-sdp had it up to version 6, becomes what it means today. */
static gboolean
take_legacy_media (GString *rest,
                   const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 5);

  if (g_strv_length (words) != 4 || strcmp (words[0], "m=application") != 0 || strcmp (words[2], "DTLS/SCTP") != 0)
    return FALSE;

  g_string_append_printf (rest, "m=application %s UDP/DTLS/SCTP webrtc-datachannel\r\na=sctp-port:%s\n", words[1], words[3]);

  return TRUE;
}

static void
take_candidate (GStrvBuilder *builder,
                guint *n_candidates,
                const char *line,
                gboolean allow_loopback)
{
  g_autofree char *candidate = g_strdup (line + strlen ("a="));

  candidate[strcspn (candidate, "\r")] = '\0';
  if (*n_candidates >= MMP_CANDIDATES_MAX || !mmp_candidate_passes (candidate, allow_loopback))
    return;

  g_strv_builder_add (builder, candidate);
  (*n_candidates)++;
}

/**
 * mmp_classic_description_parse:
 * @sdp: a description from outside, with its candidates
 * @type: what it must be
 * @allow_loopback: whether both sides may be on one machine
 *
 * As mmp_sdp_rebuild(), with the candidates in the description checked one by one as if they had come so.
 *
 * Returns: (transfer full) (nullable): %NULL with %MMP_ERROR_MESSAGE_INVALID
 */
MmpClassicDescription *
mmp_classic_description_parse (const char *sdp,
                               MmpSdpType type,
                               gboolean allow_loopback,
                               GError **error)
{
  g_autoptr (MmpClassicDescription) self = g_new0 (MmpClassicDescription, 1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GString) rest = g_string_new (NULL);
  g_auto (GStrv) lines = NULL;
  guint n_candidates = 0;

  if (strnlen (sdp, MMP_JSON_SIZE_MAX + 1) > MMP_JSON_SIZE_MAX)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID, "a description is too long");
      return NULL;
    }
  lines = g_strsplit (sdp, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (g_str_has_prefix (lines[i], CANDIDATE))
        take_candidate (builder, &n_candidates, lines[i], allow_loopback);
      else if (take_legacy_media (rest, lines[i]))
        self->legacy = TRUE;
      else if (!is_other_hash (lines[i]))
        g_string_append_printf (rest, lines[i + 1] != NULL ? "%s\n" : "%s", lines[i]);
    }
  self->sdp = mmp_sdp_rebuild (rest->str, type, self->fingerprint, error);
  if (self->sdp == NULL)
    return NULL;
  self->candidates = g_strv_builder_end (builder);

  return g_steal_pointer (&self);
}

/**
 * mmp_classic_description_free:
 */
void
mmp_classic_description_free (MmpClassicDescription *self)
{
  g_free (self->sdp);
  g_strfreev (self->candidates);
  g_free (self);
}

/**
 * mmp_classic_sdp_complete:
 * @sdp: a description of this side, of one medium
 * @candidates: (element-type utf8): its candidates, with `candidate:` in front or not
 * @legacy: whether it answers an offer of the form before RFC 8841
 *
 * Returns: (transfer full): a description that nothing more is said to
 */
char *
mmp_classic_sdp_complete (const char *sdp,
                          GPtrArray *candidates,
                          gboolean legacy)
{
  GString *result = g_string_new (sdp);

  if (legacy)
    {
      g_string_replace (result, " UDP/DTLS/SCTP webrtc-datachannel\r\n", " DTLS/SCTP 5000\r\n", 1);
      g_string_replace (result, "a=sctp-port:5000\r\n", "a=sctpmap:5000 webrtc-datachannel 65535\r\n", 1);
    }

  for (guint i = 0; i < candidates->len; i++)
    {
      const char *candidate = g_ptr_array_index (candidates, i);

      g_string_append_printf (result, g_str_has_prefix (candidate, "candidate:") ? "a=%s\r\n" : CANDIDATE "%s\r\n", candidate);
    }
  g_string_append (result, "a=end-of-candidates\r\n");

  return g_string_free_and_steal (result);
}
