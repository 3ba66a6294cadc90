/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "crypto/mmp-noise-private.h"

#include "base/mmp-error.h"
#include "crypto/mmp-key-pair-private.h"
#include "mmp-vectors.h"

static const guint8 invitation[MMP_NOISE_PAYLOAD_SIZE] = { 1, 2, 3 };

typedef struct
{
  MmpKeyPair *initiator_key;
  MmpKeyPair *listener_key;
  MmpNoise *initiator;
  MmpNoise *listener;
  GBytes *hs1;
} Fixture;

static void
set_up (Fixture *fixture,
        gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  fixture->initiator_key = mmp_key_pair_generate ();
  fixture->listener_key = mmp_key_pair_generate ();
  fixture->initiator = mmp_noise_new_initiator (fixture->initiator_key, mmp_key_pair_get_public (fixture->listener_key), &error);
  g_assert_no_error (error);
  fixture->listener = mmp_noise_new_listener (fixture->listener_key);
  fixture->hs1 = mmp_noise_write_hs1 (fixture->initiator, invitation, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture,
           gconstpointer user_data)
{
  g_bytes_unref (fixture->hs1);
  mmp_noise_free (fixture->initiator);
  mmp_noise_free (fixture->listener);
  mmp_key_pair_unref (fixture->initiator_key);
  mmp_key_pair_unref (fixture->listener_key);
}

/* Reads HS1 to the end and answers it */
static GBytes *
answer (MmpNoise *listener,
        GBytes *hs1,
        MmpTransport **transport)
{
  g_autoptr (GError) error = NULL;
  guint8 payload[MMP_NOISE_PAYLOAD_SIZE];
  MmpPublicKey initiator;
  GBytes *hs2;

  mmp_noise_read_identity (listener, hs1, &initiator, &error);
  g_assert_no_error (error);
  mmp_noise_read_payload (listener, payload, &error);
  g_assert_no_error (error);
  hs2 = mmp_noise_write_hs2 (listener, transport, &error);
  g_assert_no_error (error);

  return hs2;
}

static void
assert_passes (MmpTransport *from,
               MmpTransport *to)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) message = mmp_transport_seal (from, MMP_CONTENT_JSON, "{}", 2, &error);
  g_autoptr (GBytes) opened = NULL;
  MmpContent content;

  g_assert_no_error (error);
  opened = mmp_transport_open (to, message, &content, &error);
  g_assert_no_error (error);
  g_assert_cmpint (content, ==, MMP_CONTENT_JSON);
  g_assert_cmpmem (g_bytes_get_data (opened, NULL), g_bytes_get_size (opened), "{}", 2);
}

/* Reads a damaged HS1 as far as it goes: nothing of it may come to an answer. */
static void
assert_hs1_refused (MmpKeyPair *key_pair,
                    GBytes *hs1)
{
  g_autoptr (MmpNoise) listener = mmp_noise_new_listener (key_pair);
  g_autoptr (GError) error = NULL;
  guint8 payload[MMP_NOISE_PAYLOAD_SIZE] = { 0xa5 };
  MmpPublicKey initiator = { { 0xa5 } };

  if (mmp_noise_read_identity (listener, hs1, &initiator, &error))
    g_assert_false (mmp_noise_read_payload (listener, payload, &error));
  else
    g_assert_cmpuint (initiator.bytes[0], ==, 0xa5);
  g_assert_error (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID);
  g_assert_cmpuint (payload[0], ==, 0xa5);
}

static void
assert_hs2_refused (MmpNoise *initiator,
                    GBytes *hs2)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mmp_noise_read_hs2 (initiator, hs2, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID);
}

static MmpKeyPair *
key_pair_from (MmpVectors *vectors,
               const char *path)
{
  g_autoptr (GBytes) secret = mmp_vectors_get_bytes (vectors, path);
  g_autoptr (GError) error = NULL;
  MmpKeyPair *pair;

  g_assert_cmpuint (g_bytes_get_size (secret), ==, MMP_SECRET_KEY_SIZE);
  pair = mmp_key_pair_new (g_bytes_get_data (secret, NULL), &error);
  g_assert_no_error (error);

  return pair;
}

static void
set_state_ephemeral (MmpNoiseState *state,
                     MmpVectors *vectors,
                     const char *path)
{
  g_autoptr (GBytes) secret = mmp_vectors_get_bytes (vectors, path);

  mmp_noise_state_set_ephemeral (state, g_bytes_get_data (secret, NULL));
}

static void
assert_bytes (GBytes *expected,
              gconstpointer data,
              gsize size)
{
  g_assert_cmpmem (g_bytes_get_data (expected, NULL), g_bytes_get_size (expected), data, size);
}

static void
test_public_vector (void)
{
  g_autoptr (MmpVectors) vectors = mmp_vectors_load ("noise-ik.json");
  g_autoptr (MmpKeyPair) a = key_pair_from (vectors, "$.vectors[0].init_static");
  g_autoptr (MmpKeyPair) b = key_pair_from (vectors, "$.vectors[0].resp_static");
  g_autoptr (GBytes) prologue = mmp_vectors_get_bytes (vectors, "$.vectors[0].init_prologue");
  g_autoptr (GBytes) hash = mmp_vectors_get_bytes (vectors, "$.vectors[0].handshake_hash");
  g_autoptr (GBytes) payload_1 = mmp_vectors_get_bytes (vectors, "$.vectors[0].messages[0].payload");
  g_autoptr (GBytes) message_1 = mmp_vectors_get_bytes (vectors, "$.vectors[0].messages[0].ciphertext");
  g_autoptr (GBytes) payload_2 = mmp_vectors_get_bytes (vectors, "$.vectors[0].messages[1].payload");
  g_autoptr (GBytes) message_2 = mmp_vectors_get_bytes (vectors, "$.vectors[0].messages[1].ciphertext");
  gsize size_1 = g_bytes_get_size (payload_1);
  gsize size_2 = g_bytes_get_size (payload_2);
  guint8 keys[4][MMP_NOISE_KEY_SIZE];
  guint8 message[256];
  guint8 payload[256];
  MmpNoiseState initiator;
  MmpNoiseState responder;

  mmp_noise_state_init (&initiator, g_bytes_get_data (prologue, NULL), g_bytes_get_size (prologue), mmp_key_pair_get_public (b));
  mmp_noise_state_init (&responder, g_bytes_get_data (prologue, NULL), g_bytes_get_size (prologue), mmp_key_pair_get_public (b));
  set_state_ephemeral (&initiator, vectors, "$.vectors[0].init_ephemeral");
  set_state_ephemeral (&responder, vectors, "$.vectors[0].resp_ephemeral");

  g_assert_true (mmp_noise_state_write_1 (&initiator, a, g_bytes_get_data (payload_1, NULL), size_1, message));
  assert_bytes (message_1, message, size_1 + MMP_NOISE_1_OVERHEAD);
  g_assert_true (mmp_noise_state_read_1_static (&responder, b, message));
  g_assert_cmpmem (responder.remote_static, MMP_NOISE_KEY_SIZE, mmp_key_pair_get_public (a)->bytes, MMP_PUBLIC_KEY_SIZE);
  g_assert_true (mmp_noise_state_read_1_payload (&responder, b, message, payload, size_1));
  assert_bytes (payload_1, payload, size_1);

  g_assert_true (mmp_noise_state_write_2 (&responder, g_bytes_get_data (payload_2, NULL), size_2, message));
  assert_bytes (message_2, message, size_2 + MMP_NOISE_2_OVERHEAD);
  g_assert_true (mmp_noise_state_read_2 (&initiator, a, message, payload, size_2));
  assert_bytes (payload_2, payload, size_2);

  assert_bytes (hash, initiator.hash, sizeof initiator.hash);
  assert_bytes (hash, responder.hash, sizeof responder.hash);
  mmp_noise_state_split (&initiator, keys[0], keys[1]);
  mmp_noise_state_split (&responder, keys[2], keys[3]);
  g_assert_cmpmem (keys[0], 2 * MMP_NOISE_KEY_SIZE, keys[2], 2 * MMP_NOISE_KEY_SIZE);
}

static void
test_session_vector (void)
{
  g_autoptr (MmpVectors) vectors = mmp_vectors_load ("session-v1.json");
  g_autoptr (MmpKeyPair) initiator_key = key_pair_from (vectors, "$.initiator_secret");
  g_autoptr (MmpKeyPair) listener_key = key_pair_from (vectors, "$.listener_secret");
  g_autoptr (GBytes) initiator_ephemeral = mmp_vectors_get_bytes (vectors, "$.initiator_ephemeral");
  g_autoptr (GBytes) listener_ephemeral = mmp_vectors_get_bytes (vectors, "$.listener_ephemeral");
  g_autoptr (GBytes) payload = mmp_vectors_get_bytes (vectors, "$.payload");
  g_autoptr (GBytes) expected_hs1 = mmp_vectors_get_bytes (vectors, "$.hs1");
  g_autoptr (GBytes) expected_hs2 = mmp_vectors_get_bytes (vectors, "$.hs2");
  g_autoptr (GBytes) data_initiator = mmp_vectors_get_bytes (vectors, "$.data_initiator");
  g_autoptr (GBytes) data_listener = mmp_vectors_get_bytes (vectors, "$.data_listener");
  g_autoptr (MmpNoise) initiator = mmp_noise_new_initiator (initiator_key, mmp_key_pair_get_public (listener_key), NULL);
  g_autoptr (MmpNoise) listener = mmp_noise_new_listener (listener_key);
  g_autoptr (MmpTransport) here = NULL;
  g_autoptr (MmpTransport) there = NULL;
  g_autoptr (GBytes) hs1 = NULL;
  g_autoptr (GBytes) hs2 = NULL;
  g_autoptr (GBytes) bye = NULL;
  g_autoptr (GBytes) hello = NULL;
  MmpContent content;

  mmp_noise_set_ephemeral (initiator, g_bytes_get_data (initiator_ephemeral, NULL));
  mmp_noise_set_ephemeral (listener, g_bytes_get_data (listener_ephemeral, NULL));
  hs1 = mmp_noise_write_hs1 (initiator, g_bytes_get_data (payload, NULL), NULL);
  g_assert_true (g_bytes_equal (hs1, expected_hs1));
  g_assert_cmpmem ((const guint8 *) g_bytes_get_data (hs1, NULL) + 1, 32, mmp_noise_get_ephemeral (initiator), 32);
  hs2 = answer (listener, hs1, &there);
  g_assert_true (g_bytes_equal (hs2, expected_hs2));
  here = mmp_noise_read_hs2 (initiator, hs2, NULL);

  bye = mmp_transport_open (there, data_initiator, &content, NULL);
  g_assert_cmpint (content, ==, MMP_CONTENT_JSON);
  g_assert_cmpmem (g_bytes_get_data (bye, NULL), g_bytes_get_size (bye), "{\"type\":\"bye\"}", 14);
  hello = mmp_transport_open (here, data_listener, &content, NULL);
  g_assert_cmpint (content, ==, MMP_CONTENT_MESSAGE);
  g_assert_cmpmem (g_bytes_get_data (hello, NULL), g_bytes_get_size (hello), "hello", 5);
}

static void
test_handshake_gives_a_session (Fixture *fixture,
                                gconstpointer user_data)
{
  g_autoptr (MmpTransport) here = NULL;
  g_autoptr (MmpTransport) there = NULL;
  g_autoptr (GBytes) hs2 = NULL;
  g_autoptr (GError) error = NULL;
  guint8 payload[MMP_NOISE_PAYLOAD_SIZE];
  MmpPublicKey claimed;

  g_assert_cmpuint (g_bytes_get_size (fixture->hs1), ==, MMP_NOISE_HS1_SIZE);
  mmp_noise_read_identity (fixture->listener, fixture->hs1, &claimed, &error);
  g_assert_no_error (error);
  g_assert_true (mmp_public_key_equal (&claimed, mmp_key_pair_get_public (fixture->initiator_key)));
  mmp_noise_read_payload (fixture->listener, payload, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (payload, sizeof payload, invitation, sizeof invitation);
  hs2 = mmp_noise_write_hs2 (fixture->listener, &there, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (hs2), ==, MMP_NOISE_HS2_SIZE);
  here = mmp_noise_read_hs2 (fixture->initiator, hs2, &error);
  g_assert_no_error (error);

  assert_passes (here, there);
  assert_passes (there, here);
}

static void
test_damaged_hs1_is_refused (Fixture *fixture,
                             gconstpointer user_data)
{
  for (gsize bit = 0; bit < MMP_NOISE_HS1_SIZE * 8; bit++)
    {
      g_autoptr (GBytes) flipped = mmp_test_flip (fixture->hs1, bit);

      assert_hs1_refused (fixture->listener_key, flipped);
    }
}

static void
test_hs1_of_another_size_is_refused (Fixture *fixture,
                                     gconstpointer user_data)
{
  g_autofree guint8 *longer = g_malloc0 (MMP_NOISE_HS1_SIZE + 1);
  g_autoptr (GBytes) too_long = NULL;

  memcpy (longer, g_bytes_get_data (fixture->hs1, NULL), MMP_NOISE_HS1_SIZE);
  too_long = g_bytes_new_take (g_steal_pointer (&longer), MMP_NOISE_HS1_SIZE + 1);
  assert_hs1_refused (fixture->listener_key, too_long);
  for (gsize size = 0; size < MMP_NOISE_HS1_SIZE; size++)
    {
      g_autoptr (GBytes) part = g_bytes_new_from_bytes (fixture->hs1, 0, size);

      assert_hs1_refused (fixture->listener_key, part);
    }
}

static void
test_hs1_for_another_listener_is_refused (Fixture *fixture,
                                          gconstpointer user_data)
{
  g_autoptr (MmpKeyPair) other = mmp_key_pair_generate ();

  assert_hs1_refused (other, fixture->hs1);
}

/* Messages that are genuine but for one key, and sealed so that only the check of that key can refuse them */
static void
test_forged_keys_in_hs1_are_refused (void)
{
  static const char *const paths[] = {
    "$.forged.hs1_weak_ephemeral",
    "$.forged.hs1_ephemeral_top_bit",
    "$.forged.hs1_weak_static",
    "$.forged.hs1_static_top_bit",
    "$.forged.hs1_own_static",
  };
  g_autoptr (MmpVectors) vectors = mmp_vectors_load ("session-v1.json");
  g_autoptr (MmpKeyPair) key_pair = key_pair_from (vectors, "$.listener_secret");

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GBytes) hs1 = mmp_vectors_get_bytes (vectors, paths[i]);
      g_autoptr (MmpNoise) listener = mmp_noise_new_listener (key_pair);
      g_autoptr (GError) error = NULL;
      MmpPublicKey initiator;

      mmp_test_case (paths[i]);
      g_assert_cmpuint (g_bytes_get_size (hs1), ==, MMP_NOISE_HS1_SIZE);
      g_assert_false (mmp_noise_read_identity (listener, hs1, &initiator, &error));
      g_assert_error (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID);
    }
}

static void
test_forged_keys_in_hs2_are_refused (void)
{
  static const char *const paths[] = { "$.forged.hs2_weak_ephemeral", "$.forged.hs2_ephemeral_top_bit" };
  g_autoptr (MmpVectors) vectors = mmp_vectors_load ("session-v1.json");
  g_autoptr (MmpKeyPair) initiator_key = key_pair_from (vectors, "$.initiator_secret");
  g_autoptr (MmpKeyPair) listener_key = key_pair_from (vectors, "$.listener_secret");
  g_autoptr (GBytes) ephemeral = mmp_vectors_get_bytes (vectors, "$.initiator_ephemeral");
  g_autoptr (GBytes) payload = mmp_vectors_get_bytes (vectors, "$.payload");
  g_autoptr (GBytes) genuine = mmp_vectors_get_bytes (vectors, "$.hs2");
  g_autoptr (MmpNoise) initiator = mmp_noise_new_initiator (initiator_key, mmp_key_pair_get_public (listener_key), NULL);
  g_autoptr (MmpTransport) transport = NULL;

  mmp_noise_set_ephemeral (initiator, g_bytes_get_data (ephemeral, NULL));
  g_bytes_unref (mmp_noise_write_hs1 (initiator, g_bytes_get_data (payload, NULL), NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GBytes) hs2 = mmp_vectors_get_bytes (vectors, paths[i]);

      mmp_test_case (paths[i]);
      g_assert_cmpuint (g_bytes_get_size (hs2), ==, MMP_NOISE_HS2_SIZE);
      assert_hs2_refused (initiator, hs2);
    }
  transport = mmp_noise_read_hs2 (initiator, genuine, NULL);
  g_assert_nonnull (transport);
}

static void
test_no_hs1_for_a_weak_listener (Fixture *fixture,
                                 gconstpointer user_data)
{
  const MmpPublicKey weak = { { 1 } };
  g_autoptr (GError) error = NULL;
  g_autoptr (MmpNoise) noise = mmp_noise_new_initiator (fixture->initiator_key, &weak, &error);

  g_assert_no_error (error);
  g_assert_null (mmp_noise_write_hs1 (noise, invitation, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_KEY_INVALID);
}

static void
test_own_key_is_refused (Fixture *fixture,
                         gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mmp_noise_new_initiator (fixture->initiator_key, mmp_key_pair_get_public (fixture->initiator_key), &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_KEY_INVALID);
}

/* A stranger sends rubbish to the topic before the listener's answer comes. */
static void
test_wrong_hs2_changes_nothing (Fixture *fixture,
                                gconstpointer user_data)
{
  g_autoptr (MmpKeyPair) stranger_key = mmp_key_pair_generate ();
  g_autoptr (MmpTransport) here = NULL;
  g_autoptr (MmpTransport) there = NULL;
  g_autoptr (GBytes) hs2 = answer (fixture->listener, fixture->hs1, &there);
  g_autoptr (GBytes) empty = g_bytes_new (NULL, 0);
  g_autoptr (GError) error = NULL;

  assert_hs2_refused (fixture->initiator, empty);
  assert_hs2_refused (fixture->initiator, fixture->hs1);
  for (gsize bit = 0; bit < MMP_NOISE_HS2_SIZE * 8; bit++)
    {
      g_autoptr (GBytes) flipped = mmp_test_flip (hs2, bit);

      assert_hs2_refused (fixture->initiator, flipped);
    }
  here = mmp_noise_read_hs2 (fixture->initiator, hs2, &error);
  g_assert_no_error (error);
  assert_passes (here, there);
  assert_passes (there, here);
}

static void
test_second_hs2_is_refused (Fixture *fixture,
                            gconstpointer user_data)
{
  g_autoptr (MmpTransport) here = NULL;
  g_autoptr (MmpTransport) there = NULL;
  g_autoptr (GBytes) hs2 = answer (fixture->listener, fixture->hs1, &there);

  here = mmp_noise_read_hs2 (fixture->initiator, hs2, NULL);
  g_assert_nonnull (here);
  assert_hs2_refused (fixture->initiator, hs2);
}

/* Who replays HS1 gets an answer that is of no use to him, and the keys differ each time. */
static void
test_replayed_hs1_gives_other_keys (Fixture *fixture,
                                    gconstpointer user_data)
{
  g_autoptr (MmpNoise) again = mmp_noise_new_listener (fixture->listener_key);
  g_autoptr (MmpTransport) here = NULL;
  g_autoptr (MmpTransport) there = NULL;
  g_autoptr (MmpTransport) replayed = NULL;
  g_autoptr (GBytes) hs2 = answer (fixture->listener, fixture->hs1, &there);
  g_autoptr (GBytes) hs2_again = answer (again, fixture->hs1, &replayed);
  g_autoptr (GBytes) message = NULL;
  MmpContent content;

  g_assert_false (g_bytes_equal (hs2, hs2_again));
  here = mmp_noise_read_hs2 (fixture->initiator, hs2, NULL);
  message = mmp_transport_seal (here, MMP_CONTENT_JSON, "{}", 2, NULL);
  g_assert_null (mmp_transport_open (replayed, message, &content, NULL));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, test) g_test_add ("/noise/" path, Fixture, NULL, set_up, test, tear_down)
  g_test_add_func ("/noise/public-vector", test_public_vector);
  g_test_add_func ("/noise/session-vector", test_session_vector);
  ADD ("handshake-gives-a-session", test_handshake_gives_a_session);
  ADD ("damaged-hs1-is-refused", test_damaged_hs1_is_refused);
  ADD ("hs1-of-another-size-is-refused", test_hs1_of_another_size_is_refused);
  ADD ("hs1-for-another-listener-is-refused", test_hs1_for_another_listener_is_refused);
  g_test_add_func ("/noise/forged-keys-in-hs1-are-refused", test_forged_keys_in_hs1_are_refused);
  g_test_add_func ("/noise/forged-keys-in-hs2-are-refused", test_forged_keys_in_hs2_are_refused);
  ADD ("no-hs1-for-a-weak-listener", test_no_hs1_for_a_weak_listener);
  ADD ("own-key-is-refused", test_own_key_is_refused);
  ADD ("wrong-hs2-changes-nothing", test_wrong_hs2_changes_nothing);
  ADD ("second-hs2-is-refused", test_second_hs2_is_refused);
  ADD ("replayed-hs1-gives-other-keys", test_replayed_hs1_gives_other_keys);

  return g_test_run ();
}
