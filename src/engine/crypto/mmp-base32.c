/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-crypto"

#include "crypto/mmp-base32.h"

#include <string.h>

/* Private keys pass through here. Characters are computed and not looked up, because which line of a table is in the
 * cache can be seen from outside. */

/* 0..25 -> A..Z, 26..31 -> 2..7 */
static char
encode_digit (int value)
{
  return (char) (value + 'A' + (((25 - value) >> 8) & ('2' - 26 - 'A')));
}

/* The inverse; -1 for any other character */
static int
decode_digit (char character)
{
  int c = (guint8) character;
  int value = -1;

  value += ((('A' - 1 - c) & (c - ('Z' + 1))) >> 8) & (c - 'A' + 1);
  value += ((('2' - 1 - c) & (c - ('7' + 1))) >> 8) & (c - '2' + 27);

  return value;
}

/**
 * mmp_base32_encode:
 * @data: (array length=size): bytes
 * @size: how many
 * @form: %MMP_BASE32_PADDED as RFC 4648 section 6 has it, or %MMP_BASE32_BARE without the `=`
 *
 * Returns: (transfer full): the text, upper case. Wipe it before freeing if @data is secret
 */
char *
mmp_base32_encode (gconstpointer data,
                   gsize size,
                   MmpBase32Form form)
{
  const guint8 *bytes = data;
  gsize bare = MMP_BASE32_BARE_LENGTH (size);
  gsize length = form == MMP_BASE32_PADDED ? MMP_BASE32_PADDED_LENGTH (size) : bare;
  char *text = g_malloc (length + 1);

  for (gsize i = 0; i < bare; i++)
    {
      gsize at = i * 5 / 8;
      guint pair = (guint) bytes[at] << 8 | (at + 1 < size ? bytes[at + 1] : 0);

      text[i] = encode_digit (pair >> (11 - i * 5 % 8) & 31);
    }
  memset (text + bare, '=', length - bare);
  text[length] = '\0';

  return text;
}

/**
 * mmp_base32_decode:
 * @text: (array length=length): characters; need not be terminated
 * @length: how many
 * @forms: which forms are taken
 * @data: (out caller-allocates): where the bytes go; untouched on failure
 * @size: how many bytes @text must stand for
 *
 * The strict inverse of mmp_base32_encode(): every value has exactly one text in each form, so a key cannot be written
 * in two ways. Upper case only, the last character without stray bits (RFC 4648 section 3.5), padding complete or absent.
 *
 * Returns: whether @text stands for @size bytes
 */
gboolean
mmp_base32_decode (const char *text,
                   gsize length,
                   MmpBase32Form forms,
                   gpointer data,
                   gsize size)
{
  gsize bare = MMP_BASE32_BARE_LENGTH (size);
  guint8 *bytes = data;
  guint buffer = 0;
  guint bits = 0;
  int wrong = 0;

  if (!((forms & MMP_BASE32_BARE) && length == bare) && !((forms & MMP_BASE32_PADDED) && length == MMP_BASE32_PADDED_LENGTH (size)))
    return FALSE;

  for (gsize i = bare; i < length; i++)
    wrong |= text[i] ^ '=';
  for (gsize i = 0; i < bare; i++)
    wrong |= decode_digit (text[i]) >> 8;
  if (size > 0)
    wrong |= decode_digit (text[bare - 1]) & ((1 << (bare * 5 - size * 8)) - 1);
  if (wrong != 0)
    return FALSE;

  for (gsize i = 0; i < bare; i++)
    {
      buffer = buffer << 5 | (guint) decode_digit (text[i]);
      bits += 5;
      if (bits >= 8)
        {
          bits -= 8;
          *bytes++ = (guint8) (buffer >> bits);
        }
    }

  return TRUE;
}
