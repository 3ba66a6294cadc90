/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/mmp-relay-limit.h"

#include "base/mmp-limits.h"

#include "mmp-test.h"

static const gint64 start = MMP_SECONDS (1000);

/* Sends whenever there is space, until @end. Returns how many bytes went out; a message has at most @size. */
static gsize
send_until (MmpRelayLimit *limit,
            gint64 end,
            gsize size,
            guint *n_messages)
{
  gsize sent = 0;

  *n_messages = 0;
  for (gint64 now = start; now < end;)
    {
      gsize space = mmp_relay_limit_get_space (limit, now);

      if (space > 0)
        {
          mmp_relay_limit_take (limit, MIN (space, size), now);
          sent += MIN (space, size);
          (*n_messages)++;
          continue;
        }
      g_assert_cmpint (mmp_relay_limit_get_due (limit, now), >, now);
      now = mmp_relay_limit_get_due (limit, now);
      g_assert_cmpuint (mmp_relay_limit_get_space (limit, now), >, 0);
    }

  return sent;
}

static void
test_it_starts_full (void)
{
  MmpRelayLimit limit = { 0 };

  g_assert_cmpuint (mmp_relay_limit_get_space (&limit, start), ==, MMP_RELAY_LIMIT_BYTES);
  g_assert_cmpint (mmp_relay_limit_get_due (&limit, start), ==, start);
}

static void
test_bytes_are_held_to_the_rate (void)
{
  MmpRelayLimit limit = { 0 };
  guint n_messages;
  gsize sent = send_until (&limit, start + MMP_SECONDS (60), 16384, &n_messages);

  g_assert_cmpuint (sent, <=, 61 * MMP_RELAY_LIMIT_BYTES + 16384);
  g_assert_cmpuint (sent, >=, 58 * MMP_RELAY_LIMIT_BYTES);
}

static void
test_messages_are_held_to_the_rate (void)
{
  MmpRelayLimit limit = { 0 };
  guint n_messages;

  send_until (&limit, start + MMP_SECONDS (60), 100, &n_messages);
  g_assert_cmpuint (n_messages, <=, 61 * MMP_RELAY_LIMIT_MESSAGES + 1);
  g_assert_cmpuint (n_messages, >=, 59 * MMP_RELAY_LIMIT_MESSAGES);
}

static void
test_too_much_is_missing_later (void)
{
  MmpRelayLimit limit = { 0 };

  mmp_relay_limit_take (&limit, 3 * MMP_RELAY_LIMIT_BYTES, start);
  g_assert_cmpuint (mmp_relay_limit_get_space (&limit, start + MMP_MSEC (1900)), ==, 0);
  g_assert_cmpuint (mmp_relay_limit_get_space (&limit, start + MMP_MSEC (2100)), >, 0);
  g_assert_cmpuint (mmp_relay_limit_get_space (&limit, start + MMP_SECONDS (100)), ==, MMP_RELAY_LIMIT_BYTES);
}

static void
test_a_pause_is_kept (void)
{
  MmpRelayLimit limit = { 0 };

  mmp_relay_limit_pause (&limit, start + MMP_SECONDS (10));
  g_assert_cmpuint (mmp_relay_limit_get_space (&limit, start + MMP_SECONDS (9)), ==, 0);
  g_assert_cmpint (mmp_relay_limit_get_due (&limit, start), ==, start + MMP_SECONDS (10));
  g_assert_cmpuint (mmp_relay_limit_get_space (&limit, start + MMP_SECONDS (10)), >, 0);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/relay-limit/it-starts-full", test_it_starts_full);
  g_test_add_func ("/relay-limit/bytes-are-held-to-the-rate", test_bytes_are_held_to_the_rate);
  g_test_add_func ("/relay-limit/messages-are-held-to-the-rate", test_messages_are_held_to_the_rate);
  g_test_add_func ("/relay-limit/too-much-is-missing-later", test_too_much_is_missing_later);
  g_test_add_func ("/relay-limit/a-pause-is-kept", test_a_pause_is_kept);

  return g_test_run ();
}
