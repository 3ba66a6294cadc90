/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-crypto"

#include "crypto/mmp-noise.h"
#include "crypto/mmp-noise-private.h"

#include <string.h>

#include "base/mmp-error.h"
#include "crypto/mmp-base32.h"
#include "crypto/mmp-crypto-private.h"
#include "crypto/mmp-crypto.h"
#include "crypto/mmp-transport-private.h"

#define TYPE_HS1 0x01
#define TYPE_HS2 0x02

/* The prologue is this, its terminating zero included, and R. The topic prefix is not part of it: a bridge may change it. */
#define PROLOGUE_LABEL "mmp1"
#define PROLOGUE_SIZE (sizeof PROLOGUE_LABEL + MMP_BASE32_PADDED_LENGTH (MMP_PUBLIC_KEY_SIZE))

G_STATIC_ASSERT (MMP_NOISE_HS1_SIZE == 1 + MMP_NOISE_1_OVERHEAD + MMP_NOISE_PAYLOAD_SIZE);
G_STATIC_ASSERT (MMP_NOISE_HS2_SIZE == 1 + MMP_NOISE_2_OVERHEAD);

typedef enum
{
  STAGE_NEW,
  STAGE_WROTE_HS1, /* initiator */
  STAGE_READ_IDENTITY, /* listener, and the following */
  STAGE_READ_PAYLOAD,
  STAGE_OVER, /* finished or failed */
} Stage;

struct _MmpNoise
{
  MmpKeyPair *key_pair;
  gboolean initiator;
  Stage stage;
  gboolean has_ephemeral;
  GBytes *hs1; /* listener: between the two steps of reading it */
  MmpNoiseState *state; /* guarded */
};

static void
generate_ephemeral (MmpNoise *self)
{
  mmp_noise_state_generate_ephemeral (self->state);
  self->has_ephemeral = TRUE;
}

static MmpNoise *
mmp_noise_new (MmpKeyPair *key_pair,
               const MmpPublicKey *listener,
               gboolean initiator)
{
  g_autofree char *rendezvous = mmp_public_key_to_rendezvous (listener);
  guint8 prologue[PROLOGUE_SIZE];
  MmpNoise *self = g_new0 (MmpNoise, 1);

  memcpy (prologue, PROLOGUE_LABEL, sizeof PROLOGUE_LABEL);
  memcpy (prologue + sizeof PROLOGUE_LABEL, rendezvous, sizeof prologue - sizeof PROLOGUE_LABEL);
  self->key_pair = mmp_key_pair_ref (key_pair);
  self->initiator = initiator;
  self->state = mmp_crypto_guarded_new (sizeof *self->state);
  mmp_noise_state_init (self->state, prologue, sizeof prologue, listener);
  if (initiator)
    generate_ephemeral (self);

  return self;
}

static MmpTransport *
split (MmpNoise *self,
       const MmpNoiseState *state)
{
  guint8 initiator_key[MMP_NOISE_KEY_SIZE];
  guint8 listener_key[MMP_NOISE_KEY_SIZE];
  MmpTransport *transport;

  mmp_noise_state_split (state, initiator_key, listener_key);
  if (self->initiator)
    transport = mmp_transport_new (initiator_key, listener_key);
  else
    transport = mmp_transport_new (listener_key, initiator_key);
  mmp_crypto_wipe (initiator_key, sizeof initiator_key);
  mmp_crypto_wipe (listener_key, sizeof listener_key);
  self->stage = STAGE_OVER;

  return transport;
}

static gboolean
fail (GError **error,
      const char *message)
{
  g_set_error_literal (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID, message);

  return FALSE;
}

static gboolean
has_shape (GBytes *message,
           gsize size,
           guint8 type)
{
  return g_bytes_get_size (message) == size && *(const guint8 *) g_bytes_get_data (message, NULL) == type;
}

/**
 * mmp_noise_new_initiator:
 * @key_pair: the own key
 * @listener: whom to reach
 * @error: return location
 *
 * Returns: (transfer full): a handshake with a new ephemeral key; %NULL with %MMP_ERROR_KEY_INVALID if @listener is the own key
 */
MmpNoise *
mmp_noise_new_initiator (MmpKeyPair *key_pair,
                         const MmpPublicKey *listener,
                         GError **error)
{
  if (mmp_public_key_equal (mmp_key_pair_get_public (key_pair), listener))
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_KEY_INVALID, "this is the key of this device, not of the other one");
      return NULL;
    }

  return mmp_noise_new (key_pair, listener, TRUE);
}

/**
 * mmp_noise_new_listener:
 * @key_pair: the own key
 *
 * Returns: (transfer full): a handshake that can read one HS1
 */
MmpNoise *
mmp_noise_new_listener (MmpKeyPair *key_pair)
{
  return mmp_noise_new (key_pair, mmp_key_pair_get_public (key_pair), FALSE);
}

/**
 * mmp_noise_set_ephemeral:
 * @self: a new handshake
 * @secret: the own ephemeral private key
 *
 * For test vectors.
 */
void
mmp_noise_set_ephemeral (MmpNoise *self,
                         const guint8 secret[MMP_NOISE_KEY_SIZE])
{
  mmp_noise_state_set_ephemeral (self->state, secret);
  self->has_ephemeral = TRUE;
}

/**
 * mmp_noise_get_ephemeral:
 * @self: an initiator's handshake
 *
 * Returns: (transfer none): the own ephemeral public key, 32 bytes: E, the name of the session
 */
const guint8 *
mmp_noise_get_ephemeral (MmpNoise *self)
{
  g_return_val_if_fail (self->has_ephemeral, NULL);

  return self->state->ephemeral;
}

/**
 * mmp_noise_write_hs1:
 * @self: an initiator's new handshake
 * @payload: the invitation, or zeros
 * @error: return location
 *
 * Returns: (transfer full): HS1 with its type byte; %NULL with %MMP_ERROR_KEY_INVALID if the listener's key cannot be used
 */
GBytes *
mmp_noise_write_hs1 (MmpNoise *self,
                     const guint8 payload[MMP_NOISE_PAYLOAD_SIZE],
                     GError **error)
{
  guint8 message[MMP_NOISE_HS1_SIZE];

  g_return_val_if_fail (self->initiator && self->stage == STAGE_NEW, NULL);

  message[0] = TYPE_HS1;
  if (!mmp_noise_state_write_1 (self->state, self->key_pair, payload, MMP_NOISE_PAYLOAD_SIZE, message + 1))
    {
      self->stage = STAGE_OVER;
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_KEY_INVALID, "no device can have this key");
      return NULL;
    }
  self->stage = STAGE_WROTE_HS1;

  return g_bytes_new (message, sizeof message);
}

/**
 * mmp_noise_read_hs2:
 * @self: an initiator's handshake that wrote HS1
 * @message: what claims to be HS2
 * @error: return location
 *
 * Anybody can send to the topic, so a message that fails changes nothing and the next one may be tried: limit how often.
 *
 * Returns: (transfer full): the session's transport; %NULL with %MMP_ERROR_MESSAGE_INVALID
 */
MmpTransport *
mmp_noise_read_hs2 (MmpNoise *self,
                    GBytes *message,
                    GError **error)
{
  MmpTransport *transport = NULL;
  const guint8 *bytes;
  MmpNoiseState attempt;

  g_return_val_if_fail (self->initiator && self->stage >= STAGE_WROTE_HS1, NULL);

  if (self->stage == STAGE_OVER)
    {
      fail (error, "the handshake is over");
      return NULL;
    }
  if (!has_shape (message, MMP_NOISE_HS2_SIZE, TYPE_HS2))
    {
      fail (error, "the answer to the handshake has a wrong size or type");
      return NULL;
    }

  bytes = g_bytes_get_data (message, NULL);
  attempt = *self->state;
  if (mmp_noise_state_read_2 (&attempt, self->key_pair, bytes + 1, NULL, 0))
    transport = split (self, &attempt);
  else
    fail (error, "the answer to the handshake is not genuine");
  mmp_crypto_wipe (&attempt, sizeof attempt);

  return transport;
}

/**
 * mmp_noise_read_identity:
 * @self: a listener's new handshake
 * @hs1: what came
 * @initiator: (out caller-allocates): who says to have sent it; untouched on failure
 * @error: return location
 *
 * The first step, and the only one that a stranger can cause: one product of keys. HS1 may be a replay, and that it was
 * made with the private half of @initiator is not known before mmp_noise_read_payload().
 *
 * Returns: FALSE with %MMP_ERROR_MESSAGE_INVALID; the handshake is over then
 */
gboolean
mmp_noise_read_identity (MmpNoise *self,
                         GBytes *hs1,
                         MmpPublicKey *initiator,
                         GError **error)
{
  const guint8 *bytes;
  MmpPublicKey claimed;

  g_return_val_if_fail (!self->initiator && self->stage == STAGE_NEW, FALSE);

  self->stage = STAGE_OVER;
  if (!has_shape (hs1, MMP_NOISE_HS1_SIZE, TYPE_HS1))
    return fail (error, "a handshake has a wrong size or type");
  bytes = g_bytes_get_data (hs1, NULL);
  if (!mmp_noise_state_read_1_static (self->state, self->key_pair, bytes + 1))
    return fail (error, "a handshake is not genuine or for another key");
  if (!mmp_public_key_from_bytes (self->state->remote_static, &claimed, NULL))
    return fail (error, "a handshake comes from a key that no device can have");
  if (mmp_public_key_equal (&claimed, mmp_key_pair_get_public (self->key_pair)))
    return fail (error, "a handshake comes from the own key");

  *initiator = claimed;
  self->hs1 = g_bytes_ref (hs1);
  self->stage = STAGE_READ_IDENTITY;

  return TRUE;
}

/**
 * mmp_noise_read_payload:
 * @self: a listener's handshake after mmp_noise_read_identity()
 * @payload: (out caller-allocates): what HS1 carried; untouched on failure
 * @error: return location
 *
 * Returns: FALSE with %MMP_ERROR_MESSAGE_INVALID; the handshake is over then
 */
gboolean
mmp_noise_read_payload (MmpNoise *self,
                        guint8 payload[MMP_NOISE_PAYLOAD_SIZE],
                        GError **error)
{
  guint8 plain[MMP_NOISE_PAYLOAD_SIZE];
  const guint8 *bytes;

  g_return_val_if_fail (!self->initiator && self->stage == STAGE_READ_IDENTITY, FALSE);

  self->stage = STAGE_OVER;
  bytes = g_bytes_get_data (self->hs1, NULL);
  if (!mmp_noise_state_read_1_payload (self->state, self->key_pair, bytes + 1, plain, sizeof plain))
    return fail (error, "a handshake was not made by the key it names");
  memcpy (payload, plain, sizeof plain);
  mmp_crypto_wipe (plain, sizeof plain);
  self->stage = STAGE_READ_PAYLOAD;

  return TRUE;
}

/**
 * mmp_noise_write_hs2:
 * @self: a listener's handshake after mmp_noise_read_payload()
 * @transport: (out) (transfer full): the session's transport; untouched on failure
 * @error: return location
 *
 * Returns: (transfer full): HS2 with its type byte; %NULL with %MMP_ERROR_MESSAGE_INVALID, the handshake is over then
 */
GBytes *
mmp_noise_write_hs2 (MmpNoise *self,
                     MmpTransport **transport,
                     GError **error)
{
  guint8 message[MMP_NOISE_HS2_SIZE];

  g_return_val_if_fail (!self->initiator && self->stage == STAGE_READ_PAYLOAD, NULL);

  self->stage = STAGE_OVER;
  if (!self->has_ephemeral)
    generate_ephemeral (self);
  message[0] = TYPE_HS2;
  if (!mmp_noise_state_write_2 (self->state, NULL, 0, message + 1))
    {
      fail (error, "a handshake uses a key that no device can have");
      return NULL;
    }
  *transport = split (self, self->state);

  return g_bytes_new (message, sizeof message);
}

/**
 * mmp_noise_free:
 * @self: (nullable): a handshake
 */
void
mmp_noise_free (MmpNoise *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->hs1, g_bytes_unref);
  mmp_crypto_guarded_free (self->state);
  mmp_key_pair_unref (self->key_pair);
  g_free (self);
}
