/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-crypto"

#include "crypto/mmp-transport.h"
#include "crypto/mmp-transport-private.h"

#include <sodium.h>
#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "crypto/mmp-crypto-private.h"
#include "crypto/mmp-replay-window.h"

/* type u8 ‖ counter u64 ‖ ciphertext ‖ tag */
#define TYPE_DATA 0x03
#define COUNTER_AT 1
#define HEADER_SIZE 9
#define TAG_SIZE crypto_aead_chacha20poly1305_ietf_ABYTES
#define NONCE_SIZE crypto_aead_chacha20poly1305_ietf_NPUBBYTES

/* Ciphertext comes in whole blocks, so that the size of a keystroke does not show. */
#define BLOCK_SIZE 256
/* With the byte that tells the content and at least one of padding */
#define PLAIN_SIZE_MAX ((MMP_LINK_MESSAGE_MAX + 2 + BLOCK_SIZE - 1) / BLOCK_SIZE * BLOCK_SIZE)
#define MESSAGE_SIZE_MIN (HEADER_SIZE + BLOCK_SIZE + TAG_SIZE)
#define MESSAGE_SIZE_MAX (HEADER_SIZE + PLAIN_SIZE_MAX + TAG_SIZE)

/* A session ends before its keys have sealed more than this. */
#define COUNTER_END (G_GUINT64_CONSTANT (1) << 32)

G_STATIC_ASSERT (MESSAGE_SIZE_MAX == MMP_DATA_SIZE_MAX);

typedef struct
{
  guint8 send[MMP_TRANSPORT_KEY_SIZE];
  guint8 receive[MMP_TRANSPORT_KEY_SIZE];
} Keys;

struct _MmpTransport
{
  Keys *keys; /* guarded, read-only once made */
  guint64 sent;
  MmpReplayWindow window;
};

/* Noise section 12.3: 32 zero bits, then the counter, which is on the wire in the same order */
static void
make_nonce (const guint8 counter[8],
            guint8 nonce[NONCE_SIZE])
{
  memset (nonce, 0, NONCE_SIZE - 8);
  memcpy (nonce + NONCE_SIZE - 8, counter, 8);
}

static GBytes *
fail (GError **error,
      const char *message)
{
  g_set_error_literal (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID, message);

  return NULL;
}

/**
 * mmp_transport_new:
 * @send_key: seals what goes out; the caller wipes it
 * @receive_key: opens what comes in; the caller wipes it
 *
 * Returns: (transfer full): a session's transport that has sent and received nothing
 */
MmpTransport *
mmp_transport_new (const guint8 send_key[MMP_TRANSPORT_KEY_SIZE],
                   const guint8 receive_key[MMP_TRANSPORT_KEY_SIZE])
{
  MmpTransport *self = g_new0 (MmpTransport, 1);

  self->keys = mmp_crypto_guarded_new (sizeof *self->keys);
  memcpy (self->keys->send, send_key, MMP_TRANSPORT_KEY_SIZE);
  memcpy (self->keys->receive, receive_key, MMP_TRANSPORT_KEY_SIZE);
  sodium_mprotect_readonly (self->keys);

  return self;
}

/**
 * mmp_transport_seal:
 * @self: a transport
 * @content: what @data is
 * @data: (array length=size): a JSON object or a link message
 * @size: its bytes, at most %MMP_LINK_MESSAGE_MAX
 * @error: return location
 *
 * Every call uses up a number, whether or not the message is sent then.
 *
 * Returns: (transfer full): the DATA message with its type byte, at most %MMP_DATA_SIZE_MAX bytes; %NULL with
 *   %MMP_ERROR_LIMIT if @size is too large or the numbers are used up
 */
GBytes *
mmp_transport_seal (MmpTransport *self,
                    MmpContent content,
                    gconstpointer data,
                    gsize size,
                    GError **error)
{
  guint8 nonce[NONCE_SIZE];
  guint64 counter = GUINT64_TO_LE (self->sent);
  guint8 *message;
  guint8 *plain;
  gsize padded;

  if (size > MMP_LINK_MESSAGE_MAX)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_LIMIT, "the message is too long");
      return NULL;
    }
  if (self->sent >= COUNTER_END)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_LIMIT, "the session has sent all the messages it may");
      return NULL;
    }

  padded = (size + 2 + BLOCK_SIZE - 1) / BLOCK_SIZE * BLOCK_SIZE;
  message = g_malloc (HEADER_SIZE + padded + TAG_SIZE);
  message[0] = TYPE_DATA;
  memcpy (message + COUNTER_AT, &counter, sizeof counter);
  plain = message + HEADER_SIZE;
  plain[0] = (guint8) content;
  if (size > 0)
    memcpy (plain + 1, data, size);
  sodium_pad (NULL, plain, size + 1, BLOCK_SIZE, padded);

  make_nonce (message + COUNTER_AT, nonce);
  crypto_aead_chacha20poly1305_ietf_encrypt (plain, NULL, plain, padded, NULL, 0, NULL, nonce, self->keys->send);
  self->sent++;

  return g_bytes_new_take (message, HEADER_SIZE + padded + TAG_SIZE);
}

/**
 * mmp_transport_open:
 * @self: a transport
 * @message: what came, with its type byte
 * @content: (out): what the result is; untouched on failure
 * @error: return location
 *
 * A message is opened once, in any order among the newest 1,024. One that is not genuine changes nothing.
 *
 * Returns: (transfer full): what was sealed; %NULL with %MMP_ERROR_MESSAGE_INVALID
 */
GBytes *
mmp_transport_open (MmpTransport *self,
                    GBytes *message,
                    MmpContent *content,
                    GError **error)
{
  gsize size;
  const guint8 *bytes = g_bytes_get_data (message, &size);
  g_autofree guint8 *plain = NULL;
  guint8 nonce[NONCE_SIZE];
  guint64 counter;
  guint8 *data;
  gsize sealed;
  gsize used;

  if (size < MESSAGE_SIZE_MIN || size > MESSAGE_SIZE_MAX || (size - HEADER_SIZE - TAG_SIZE) % BLOCK_SIZE != 0)
    return fail (error, "a sealed message has a wrong size");
  if (bytes[0] != TYPE_DATA)
    return fail (error, "a message is not of the type for sealed ones");
  memcpy (&counter, bytes + COUNTER_AT, sizeof counter);
  counter = GUINT64_FROM_LE (counter);
  if (counter >= COUNTER_END)
    return fail (error, "a sealed message has a number above the highest");
  if (!mmp_replay_window_is_new (&self->window, counter))
    return fail (error, "a sealed message was repeated");

  sealed = size - HEADER_SIZE;
  plain = g_malloc (sealed - TAG_SIZE);
  make_nonce (bytes + COUNTER_AT, nonce);
  if (crypto_aead_chacha20poly1305_ietf_decrypt (plain, NULL, NULL, bytes + HEADER_SIZE, sealed, NULL, 0, nonce, self->keys->receive) != 0)
    return fail (error, "a sealed message is not genuine");
  mmp_replay_window_mark (&self->window, counter);

  /* From here on the message is the other side's own, so what is wrong with it is its mistake. */
  if (sodium_unpad (&used, plain, sealed - TAG_SIZE, BLOCK_SIZE) != 0 || used == 0)
    return fail (error, "a sealed message is not padded");
  if (plain[0] != MMP_CONTENT_JSON && plain[0] != MMP_CONTENT_MESSAGE)
    return fail (error, "a sealed message has unknown content");
  *content = plain[0];
  data = g_steal_pointer (&plain);

  return g_bytes_new_with_free_func (data + 1, used - 1, g_free, data);
}

/**
 * mmp_transport_get_sent:
 * @self: a transport
 *
 * Returns: how many messages were sealed; at 2^32 there are no more
 */
guint64
mmp_transport_get_sent (MmpTransport *self)
{
  return self->sent;
}

/**
 * mmp_transport_set_sent:
 * @self: a transport
 * @sent: how many messages count as sealed; never lower than it was
 *
 * Lets a test come to the end of the numbers.
 */
void
mmp_transport_set_sent (MmpTransport *self,
                        guint64 sent)
{
  g_return_if_fail (sent >= self->sent);

  self->sent = sent;
}

/**
 * mmp_transport_free:
 * @self: (nullable): a transport
 */
void
mmp_transport_free (MmpTransport *self)
{
  if (self == NULL)
    return;

  mmp_crypto_guarded_free (self->keys);
  g_free (self);
}
