/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "crypto/mmp-bridge-seal.h"

#include "base/mmp-error.h"
#include "crypto/mmp-bridge-key-private.h"
#include "mmp-vectors.h"

static MmpBridgeKey *
make_key (guint8 fill)
{
  guint8 key[MMP_BRIDGE_KEY_SIZE];

  memset (key, fill, sizeof key);

  return mmp_bridge_key_new (key);
}

static MmpBridgeKey *
load_key (MmpVectors *vectors)
{
  g_autoptr (GBytes) group = mmp_vectors_get_bytes (vectors, "$.group");

  return mmp_bridge_key_new (g_bytes_get_data (group, NULL));
}

static void
assert_bytes (MmpVectors *vectors,
              const char *path,
              gconstpointer data,
              gsize size)
{
  g_autoptr (GBytes) expected = mmp_vectors_get_bytes (vectors, path);

  g_assert_cmpmem (data, size, g_bytes_get_data (expected, NULL), g_bytes_get_size (expected));
}

static void
test_derivation (void)
{
  g_autoptr (MmpVectors) vectors = mmp_vectors_load ("bridge.json");
  g_autoptr (MmpBridgeKey) key = load_key (vectors);
  const MmpBridgeSecrets *secrets = mmp_bridge_key_get_secrets (key);

  assert_bytes (vectors, "$.data", secrets->data, sizeof secrets->data);
  assert_bytes (vectors, "$.topics", secrets->topics, sizeof secrets->topics);
  assert_bytes (vectors, "$.id", mmp_bridge_key_get_id (key), MMP_BRIDGE_KEY_ID_SIZE);
}

static void
test_tokens (void)
{
  g_autoptr (MmpVectors) vectors = mmp_vectors_load ("bridge.json");
  g_autoptr (MmpBridgeKey) key = load_key (vectors);
  g_autofree char *topic = mmp_vectors_get_text (vectors, "$.topic");
  g_autofree char *expected = mmp_vectors_get_text (vectors, "$.tokens");
  g_auto (GStrv) levels = g_strsplit (topic, "/", -1);
  g_auto (GStrv) tokens = g_strsplit (expected, "/", -1);
  char first[MMP_BRIDGE_TOKEN_LENGTH + 1];
  char second[MMP_BRIDGE_TOKEN_LENGTH + 1];

  for (guint8 i = 0; levels[i] != NULL; i++)
    {
      mmp_bridge_make_token (key, i, levels[i], strlen (levels[i]), first);
      g_assert_cmpstr (first, ==, tokens[i]);
    }

  mmp_bridge_make_token (key, 0, "a", 1, first);
  mmp_bridge_make_token (key, 1, "a", 1, second);
  g_assert_cmpstr (first, !=, second);
}

static void
test_classic (void)
{
  g_autoptr (MmpVectors) vectors = mmp_vectors_load ("bridge.json");
  g_autoptr (MmpBridgeKey) key = load_key (vectors);
  g_autoptr (MmpBridgeKey) other = make_key (9);
  g_autoptr (GBytes) nonce = mmp_vectors_get_bytes (vectors, "$.nonce");
  g_autofree char *text = mmp_vectors_get_text (vectors, "$.classic-payload");
  g_autoptr (GBytes) payload = g_bytes_new (text, strlen (text));
  g_autoptr (GBytes) sealed = mmp_bridge_seal_classic (key, g_bytes_get_data (nonce, NULL), payload);
  g_autoptr (GBytes) opened = mmp_bridge_open_classic (key, sealed, NULL);

  assert_bytes (vectors, "$.classic", g_bytes_get_data (sealed, NULL), g_bytes_get_size (sealed));
  g_assert_true (g_bytes_equal (opened, payload));
  g_assert_null (mmp_bridge_open_classic (other, sealed, NULL));

  for (gsize bit = 0; bit < g_bytes_get_size (sealed) * 8; bit++)
    {
      g_autoptr (GBytes) changed = mmp_test_flip (sealed, bit);

      g_assert_null (mmp_bridge_open_classic (key, changed, NULL));
    }
  for (gsize size = 0; size < g_bytes_get_size (sealed); size++)
    {
      g_autoptr (GBytes) cut = g_bytes_new_from_bytes (sealed, 0, size);
      g_autoptr (GError) error = NULL;

      g_assert_null (mmp_bridge_open_classic (key, cut, &error));
      g_assert_error (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID);
    }
}

static GBytes *
seal_size (MmpBridgeKey *key,
           gsize size)
{
  g_autofree guint8 *data = g_malloc0 (size + 1);

  return mmp_bridge_seal (key, NULL, (const MmpBridgePart[]) { { data, size / 2 }, { data + size / 2, size - size / 2 } }, 2);
}

static void
test_changed (void)
{
  g_autoptr (MmpBridgeKey) key = make_key (1);
  g_autoptr (GBytes) sealed = seal_size (key, 5);

  for (gsize bit = 0; bit < g_bytes_get_size (sealed) * 8; bit++)
    {
      g_autoptr (GBytes) changed = mmp_test_flip (sealed, bit);

      g_assert_null (mmp_bridge_open (key, changed, NULL));
    }
  for (gsize size = 0; size < g_bytes_get_size (sealed); size++)
    {
      g_autoptr (GBytes) cut = g_bytes_new_from_bytes (sealed, 0, size);
      g_autoptr (GError) error = NULL;

      g_assert_null (mmp_bridge_open (key, cut, &error));
      g_assert_error (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID);
    }
}

/* "ON" and "OFF" must look the same. */
static void
test_sizes (void)
{
  g_autoptr (MmpBridgeKey) key = make_key (1);

  for (gsize size = 0; size < 200; size++)
    {
      g_autoptr (GBytes) sealed = seal_size (key, size);
      g_autoptr (GBytes) again = seal_size (key, size);
      g_autoptr (GBytes) opened = mmp_bridge_open (key, sealed, NULL);

      g_assert_cmpuint (g_bytes_get_size (sealed), ==, MMP_BRIDGE_SEAL_OVERHEAD + (size / 32 + 1) * 32);
      g_assert_cmpuint (g_bytes_get_size (opened), ==, size);
      g_assert_false (g_bytes_equal (sealed, again));
    }
}

static void
test_other_key (void)
{
  g_autoptr (MmpBridgeKey) key = make_key (1);
  g_autoptr (MmpBridgeKey) other = make_key (2);
  g_autoptr (GBytes) sealed = seal_size (key, 5);

  g_assert_cmpmem (mmp_bridge_seal_get_key_id (sealed, NULL), 4, mmp_bridge_key_get_id (key), 4);
  g_assert_null (mmp_bridge_open (other, sealed, NULL));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bridge-seal/derivation", test_derivation);
  g_test_add_func ("/bridge-seal/tokens", test_tokens);
  g_test_add_func ("/bridge-seal/classic", test_classic);
  g_test_add_func ("/bridge-seal/changed-or-cut", test_changed);
  g_test_add_func ("/bridge-seal/sizes-in-steps", test_sizes);
  g_test_add_func ("/bridge-seal/other-key", test_other_key);

  return g_test_run ();
}
