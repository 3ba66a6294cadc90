/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-crypto"

#include "crypto/mmp-bridge-id.h"

#include <string.h>

#include "base/mmp-error.h"
#include "crypto/mmp-base32.h"
#include "crypto/mmp-crypto.h"

#define LENGTH MMP_BASE32_BARE_LENGTH (MMP_BRIDGE_ID_SIZE)

/**
 * mmp_bridge_id_generate:
 * @id: (out caller-allocates): 16 random bytes
 */
void
mmp_bridge_id_generate (guint8 id[MMP_BRIDGE_ID_SIZE])
{
  mmp_crypto_random (id, MMP_BRIDGE_ID_SIZE);
}

/**
 * mmp_bridge_id_parse:
 * @text: 26 letters and digits in either case, perhaps with spaces or dashes between
 * @id: (out caller-allocates): its bytes; untouched on failure
 * @error: return location
 *
 * Only what mmp_bridge_id_to_text() makes is taken: an id that somebody thought up could be used twice, and a password
 * would give the same key for both.
 *
 * Returns: FALSE with %MMP_ERROR_KEY_INVALID
 */
gboolean
mmp_bridge_id_parse (const char *text,
                     guint8 id[MMP_BRIDGE_ID_SIZE],
                     GError **error)
{
  char compact[LENGTH];
  gsize length = 0;

  for (const char *c = text; *c != '\0' && length <= LENGTH; c++)
    {
      if (*c == ' ' || *c == '-')
        continue;
      if (length < LENGTH)
        compact[length] = g_ascii_toupper (*c);
      length++;
    }
  if (length == LENGTH && mmp_base32_decode (compact, LENGTH, MMP_BASE32_BARE, id, MMP_BRIDGE_ID_SIZE))
    return TRUE;

  g_set_error (error, MMP_ERROR, MMP_ERROR_KEY_INVALID, "a bridge id has %d letters and digits (A to Z, 2 to 7) and is made, not thought up", (int) LENGTH);

  return FALSE;
}

/**
 * mmp_bridge_id_to_text:
 *
 * Returns: (transfer full): 26 characters
 */
char *
mmp_bridge_id_to_text (const guint8 id[MMP_BRIDGE_ID_SIZE])
{
  return mmp_base32_encode (id, MMP_BRIDGE_ID_SIZE, MMP_BASE32_BARE);
}
