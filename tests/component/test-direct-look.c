/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-test-sides.h"
#include "mmp-test.h"

#include <libdex.h>
#include <string.h>

/* A link over TURN that looks for a direct path. There is no TURN server: the listener says of its own addresses that one lent
 * them to it. */

static guint64 direct_gen; /* from this attempt on it says what they are */

static gboolean
lend (MmpSignal *signal)
{
  g_auto (GStrv) parts = NULL;

  if (signal->type != MMP_SIGNAL_CANDIDATE || *signal->candidate == '\0')
    return TRUE;
  if (strstr (signal->candidate, "tcptype") != NULL)
    return FALSE;

  parts = g_strsplit (signal->candidate, " typ host", 2);
  if (signal->gen < direct_gen && g_strv_length (parts) == 2)
    {
      g_free (signal->candidate);
      signal->candidate = g_strdup_printf ("%s typ relay raddr 127.0.0.1 rport 9", parts[0]);
    }

  return TRUE;
}

static gboolean
lose_the_second_offer (MmpSignal *signal)
{
  if (signal->type == MMP_SIGNAL_OFFER)
    g_assert_cmpint (signal->no_turn, ==, signal->gen == 2 || signal->gen == 4);

  return signal->type != MMP_SIGNAL_OFFER || signal->gen != 2;
}

/* As a program that does not know of it */
static gboolean
forget_that_turn_is_not_wanted (MmpSignal *signal)
{
  signal->no_turn = FALSE;

  return TRUE;
}

static void
test_a_direct_path_takes_over (void)
{
  g_autoptr (MmpTestSides) sides = mmp_test_sides_new ();
  int before;

  direct_gen = 4;
  sides->a.filter = lose_the_second_offer;
  sides->b.filter = lend;
  mmp_test_sides_enable (sides);
  mmp_test_await (sides->a.n_attached == 1 && sides->b.n_attached == 1);
  g_assert_cmpuint (sides->a.n_turn, ==, 1);
  g_assert_false (sides->a.direct_first);
  mmp_test_side_begin_stream (&sides->a);

  /* What the other side wants does not wait for the end of a look, which in this case is 10 s away. */
  mmp_test_await (sides->a.n_offers == 2);
  mmp_direct_renew (sides->b.direct);
  mmp_test_await (sides->a.n_attached == 2 && sides->b.n_attached == 2);
  g_assert_cmpuint (sides->a.n_turn, ==, 2);
  g_assert_cmpuint (sides->a.n_offers, ==, 3);

  mmp_test_await (sides->a.n_attached == 3 && sides->b.n_attached == 3);
  g_assert_cmpuint (sides->a.n_turn, ==, 2);
  g_assert_cmpuint (sides->a.n_offers, ==, 4);
  g_assert_true (sides->a.direct_first);
  before = g_atomic_int_get (&sides->b.received);
  mmp_test_await (g_atomic_int_get (&sides->b.received) > before + 64);
  mmp_test_side_finish_stream (&sides->a);
  g_assert_cmpuint (sides->a.over_code + sides->b.over_code, ==, 0);
  g_assert_cmpuint (sides->a.sent, ==, sides->b.n_received);
  g_assert_cmpuint (sides->a.n_failed + sides->b.n_failed, ==, 0);
}

static void
test_a_look_does_not_take_another_path_over_turn (void)
{
  g_autoptr (MmpTestSides) sides = mmp_test_sides_new ();

  direct_gen = G_MAXUINT64;
  sides->a.filter = forget_that_turn_is_not_wanted;
  sides->b.filter = lend;
  mmp_test_sides_enable (sides);
  mmp_test_await (sides->a.n_attached == 1 && sides->b.n_attached == 1);
  g_assert_cmpuint (sides->a.n_turn, ==, 1);

  /* The listener's checks come from what it says was lent to it. */
  mmp_test_await (sides->a.n_offers == 3);
  g_assert_cmpuint (sides->a.n_attached, ==, 1);
  g_assert_cmpuint (sides->a.n_failed, ==, 0);
}

int
main (int argc,
      char *argv[])
{
  dex_init ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/direct-look/a-direct-path-takes-over", test_a_direct_path_takes_over);
  g_test_add_func ("/direct-look/a-look-does-not-take-another-path-over-turn", test_a_look_does_not_take_another_path_over_turn);

  return g_test_run ();
}
