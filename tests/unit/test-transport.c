/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "crypto/mmp-transport-private.h"

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "mmp-vectors.h"

static const guint8 key_a[MMP_TRANSPORT_KEY_SIZE] = { 1 };
static const guint8 key_b[MMP_TRANSPORT_KEY_SIZE] = { 2 };

typedef struct
{
  MmpTransport *here;
  MmpTransport *there;
} Fixture;

static void
set_up (Fixture *fixture,
        gconstpointer user_data)
{
  fixture->here = mmp_transport_new (key_a, key_b);
  fixture->there = mmp_transport_new (key_b, key_a);
}

static void
tear_down (Fixture *fixture,
           gconstpointer user_data)
{
  mmp_transport_free (fixture->here);
  mmp_transport_free (fixture->there);
}

static GBytes *
seal (MmpTransport *transport,
      const char *text)
{
  g_autoptr (GError) error = NULL;
  GBytes *message = mmp_transport_seal (transport, MMP_CONTENT_MESSAGE, text, strlen (text), &error);

  g_assert_no_error (error);

  return message;
}

static void
assert_opens (MmpTransport *transport,
              GBytes *message,
              const char *text)
{
  g_autoptr (GError) error = NULL;
  MmpContent content = 0;
  g_autoptr (GBytes) opened = mmp_transport_open (transport, message, &content, &error);

  g_assert_no_error (error);
  g_assert_cmpint (content, ==, MMP_CONTENT_MESSAGE);
  g_assert_cmpmem (g_bytes_get_data (opened, NULL), g_bytes_get_size (opened), text, strlen (text));
}

static void
assert_refused (MmpTransport *transport,
                GBytes *message)
{
  g_autoptr (GError) error = NULL;
  MmpContent content = 0;

  g_assert_null (mmp_transport_open (transport, message, &content, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID);
  g_assert_cmpint (content, ==, 0);
}

static void
test_both_directions_work (Fixture *fixture,
                           gconstpointer user_data)
{
  g_autoptr (GBytes) there = seal (fixture->here, "there");
  g_autoptr (GBytes) back = seal (fixture->there, "back");

  assert_opens (fixture->there, there, "there");
  assert_opens (fixture->here, back, "back");
  g_assert_cmpuint (mmp_transport_get_sent (fixture->here), ==, 1);
}

static void
test_reflected_messages_are_refused (Fixture *fixture,
                                     gconstpointer user_data)
{
  g_autoptr (GBytes) message = seal (fixture->here, "there");

  assert_refused (fixture->here, message);
}

static void
test_replays_are_refused (Fixture *fixture,
                          gconstpointer user_data)
{
  g_autoptr (GBytes) first = seal (fixture->here, "first");
  g_autoptr (GBytes) second = seal (fixture->here, "second");

  assert_opens (fixture->there, second, "second");
  assert_opens (fixture->there, first, "first");
  assert_refused (fixture->there, first);
  assert_refused (fixture->there, second);
}

static void
test_too_old_messages_are_refused (Fixture *fixture,
                                   gconstpointer user_data)
{
  g_autoptr (GBytes) oldest = seal (fixture->here, "oldest");
  g_autoptr (GBytes) old = seal (fixture->here, "old");
  g_autoptr (GBytes) newest = NULL;

  mmp_transport_set_sent (fixture->here, 1024);
  newest = seal (fixture->here, "newest");
  assert_opens (fixture->there, newest, "newest");
  assert_refused (fixture->there, oldest);
  assert_opens (fixture->there, old, "old");
}

/* A forged high number must not push the window over genuine messages. */
static void
test_window_moves_only_for_genuine_messages (Fixture *fixture,
                                             gconstpointer user_data)
{
  g_autoptr (GBytes) message = seal (fixture->here, "genuine");
  g_autoptr (GBytes) forged = mmp_test_flip (message, 8 * 4 + 7);

  assert_refused (fixture->there, forged);
  assert_opens (fixture->there, message, "genuine");
}

static void
test_every_flipped_bit_is_noticed (Fixture *fixture,
                                   gconstpointer user_data)
{
  g_autoptr (GBytes) message = seal (fixture->here, "genuine");

  for (gsize bit = 0; bit < g_bytes_get_size (message) * 8; bit++)
    {
      g_autoptr (GBytes) flipped = mmp_test_flip (message, bit);

      assert_refused (fixture->there, flipped);
    }
  assert_opens (fixture->there, message, "genuine");
}

static void
test_every_truncation_is_noticed (Fixture *fixture,
                                  gconstpointer user_data)
{
  g_autofree char *text = g_strnfill (400, 'x');
  g_autoptr (GBytes) message = seal (fixture->here, text);
  gsize size = g_bytes_get_size (message);

  for (gsize i = 0; i < size; i++)
    {
      g_autoptr (GBytes) head = g_bytes_new_from_bytes (message, 0, i);
      g_autoptr (GBytes) tail = g_bytes_new_from_bytes (message, size - i, i);

      assert_refused (fixture->there, head);
      assert_refused (fixture->there, tail);
    }
  assert_opens (fixture->there, message, text);
}

static void
test_sizes_come_in_steps (Fixture *fixture,
                          gconstpointer user_data)
{
  static const struct
  {
    gsize size;
    gsize sealed;
  } cases[] = {
    { 0, 256 },
    { 1, 256 },
    { 254, 256 },
    { 255, 512 },
    { 510, 512 },
    { 511, 768 },
    { MMP_LINK_MESSAGE_MAX, MMP_DATA_SIZE_MAX - 25 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strnfill (cases[i].size, 'x');
      g_autoptr (GBytes) message = seal (fixture->here, text);

      g_assert_cmpuint (g_bytes_get_size (message), ==, 9 + cases[i].sealed + 16);
      assert_opens (fixture->there, message, text);
    }
}

static void
test_too_long_messages_are_not_sealed (Fixture *fixture,
                                       gconstpointer user_data)
{
  g_autofree char *text = g_strnfill (MMP_LINK_MESSAGE_MAX + 1, 'x');
  g_autoptr (GError) error = NULL;

  g_assert_null (mmp_transport_seal (fixture->here, MMP_CONTENT_MESSAGE, text, MMP_LINK_MESSAGE_MAX + 1, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_LIMIT);
  g_assert_cmpuint (mmp_transport_get_sent (fixture->here), ==, 0);
}

static void
test_numbers_end_at_two_to_the_thirty_two (Fixture *fixture,
                                           gconstpointer user_data)
{
  g_autoptr (GBytes) last = NULL;
  g_autoptr (GBytes) beyond = NULL;
  g_autoptr (GError) error = NULL;

  mmp_transport_set_sent (fixture->here, G_MAXUINT32);
  last = seal (fixture->here, "last");
  g_assert_null (mmp_transport_seal (fixture->here, MMP_CONTENT_MESSAGE, "x", 1, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_LIMIT);

  beyond = mmp_test_flip (last, 8 * 5);
  assert_refused (fixture->there, beyond);
  assert_opens (fixture->there, last, "last");
}

static void
test_unknown_content_is_refused (Fixture *fixture,
                                 gconstpointer user_data)
{
  g_autoptr (GBytes) message = mmp_transport_seal (fixture->here, 'X', "x", 1, NULL);

  assert_refused (fixture->there, message);
}

static void
test_bytes_are_the_agreed_ones (void)
{
  g_autoptr (MmpVectors) vectors = mmp_vectors_load ("transport.json");
  g_autoptr (GBytes) key = mmp_vectors_get_bytes (vectors, "$.key");
  g_autoptr (MmpTransport) transport = mmp_transport_new (g_bytes_get_data (key, NULL), g_bytes_get_data (key, NULL));

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *text_path = g_strdup_printf ("$.messages[%u].text", i);
      g_autofree char *bytes_path = g_strdup_printf ("$.messages[%u].sealed", i);
      g_autofree char *text = mmp_vectors_get_text (vectors, text_path);
      g_autoptr (GBytes) expected = mmp_vectors_get_bytes (vectors, bytes_path);
      g_autoptr (GBytes) message = NULL;

      if (i == 2)
        mmp_transport_set_sent (transport, 0x01020304);
      message = seal (transport, text);
      g_assert_true (g_bytes_equal (message, expected));
      assert_opens (transport, expected, text);
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, test) g_test_add ("/transport/" path, Fixture, NULL, set_up, test, tear_down)
  ADD ("both-directions-work", test_both_directions_work);
  ADD ("reflected-messages-are-refused", test_reflected_messages_are_refused);
  ADD ("replays-are-refused", test_replays_are_refused);
  ADD ("too-old-messages-are-refused", test_too_old_messages_are_refused);
  ADD ("window-moves-only-for-genuine-messages", test_window_moves_only_for_genuine_messages);
  ADD ("every-flipped-bit-is-noticed", test_every_flipped_bit_is_noticed);
  ADD ("every-truncation-is-noticed", test_every_truncation_is_noticed);
  ADD ("sizes-come-in-steps", test_sizes_come_in_steps);
  ADD ("too-long-messages-are-not-sealed", test_too_long_messages_are_not_sealed);
  ADD ("numbers-end-at-two-to-the-thirty-two", test_numbers_end_at_two_to_the_thirty_two);
  ADD ("unknown-content-is-refused", test_unknown_content_is_refused);
  g_test_add_func ("/transport/bytes-are-the-agreed-ones", test_bytes_are_the_agreed_ones);

  return g_test_run ();
}
