/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-limits.h"
#include "link/mmp-window.h"

#define KIB 1024
#define RTT MMP_MSEC (20)

typedef struct
{
  MmpPool *pool;
  MmpWindow window;
} Fixture;

static void
set_up (Fixture *fixture,
        gconstpointer data)
{
  fixture->pool = mmp_pool_new ();
  g_assert_true (mmp_window_init (&fixture->window, fixture->pool));
}

static void
tear_down (Fixture *fixture,
           gconstpointer data)
{
  mmp_window_clear (&fixture->window);
  g_assert_cmpuint (mmp_pool_get_reserved (fixture->pool), ==, 0);
  mmp_pool_free (fixture->pool);
}

static void
test_takes_what_was_allowed_and_no_more (Fixture *fixture,
                                         gconstpointer data)
{
  MmpWindow *window = &fixture->window;

  g_assert_cmpuint (window->limit, ==, 64 * KIB);
  g_assert_true (mmp_window_receive (window, 64 * KIB - 1, 0));
  g_assert_false (mmp_window_receive (window, 2, 0));
  g_assert_true (mmp_window_receive (window, 1, 0));
  g_assert_false (mmp_window_receive (window, 1, 0));
  g_assert_cmpuint (window->received, ==, 64 * KIB);
}

static void
test_is_raised_in_quarters (Fixture *fixture,
                            gconstpointer data)
{
  MmpWindow *window = &fixture->window;

  g_assert_true (mmp_window_receive (window, 40 * KIB, 0));
  g_assert_false (mmp_window_consume (window, 16 * KIB - 1, MMP_SECONDS (1), RTT));
  g_assert_cmpuint (window->limit, ==, 64 * KIB);
  g_assert_true (mmp_window_consume (window, 1, MMP_SECONDS (1), RTT));
  g_assert_cmpuint (window->limit, ==, 80 * KIB);
  g_assert_cmpuint (window->size, ==, 64 * KIB);
}

/* A window's worth comes and is consumed, in @duration. */
static void
fill_and_empty (MmpWindow *window,
                gint64 *now,
                gint64 duration)
{
  gsize size = window->size;

  for (guint i = 0; i < 4; i++)
    {
      g_assert_true (mmp_window_receive (window, size / 4, *now));
      *now += duration / 4;
      mmp_window_consume (window, size / 4, *now, RTT);
    }
}

static void
test_grows_for_a_reader_that_waits_for_it (Fixture *fixture,
                                           gconstpointer data)
{
  MmpWindow *window = &fixture->window;
  gint64 now = MMP_SECONDS (100);

  for (gsize size = 64 * KIB; size < 1024 * KIB; size *= 2)
    {
      g_assert_cmpuint (window->size, ==, size);
      fill_and_empty (window, &now, 4 * RTT);
      g_assert_cmpuint (mmp_pool_get_reserved (fixture->pool), ==, window->size);
    }
  fill_and_empty (window, &now, RTT);
  g_assert_cmpuint (window->size, ==, 1024 * KIB);
  g_assert_cmpuint (window->limit, ==, window->consumed + 1024 * KIB);
}

static void
test_does_not_grow_for_a_slow_reader (Fixture *fixture,
                                      gconstpointer data)
{
  MmpWindow *window = &fixture->window;
  gint64 now = 0;

  for (guint i = 0; i < 10; i++)
    fill_and_empty (window, &now, 4 * RTT + 4);
  /* Nor if all that waited is read at once after a long time. */
  g_assert_true (mmp_window_receive (window, 64 * KIB, now));
  now += MMP_SECONDS (10);
  g_assert_true (mmp_window_consume (window, 64 * KIB, now, RTT));
  g_assert_cmpuint (window->size, ==, 64 * KIB);
}

static void
test_grows_only_while_the_link_has_room (Fixture *fixture,
                                         gconstpointer data)
{
  MmpWindow *window = &fixture->window;
  gint64 now = 0;
  gsize rest = MMP_LINK_POOL_MAX - 3 * 64 * KIB;

  g_assert_true (mmp_pool_reserve (fixture->pool, rest));
  fill_and_empty (window, &now, RTT);
  g_assert_cmpuint (window->size, ==, 128 * KIB);
  fill_and_empty (window, &now, RTT);
  g_assert_cmpuint (window->size, ==, 128 * KIB);

  mmp_pool_release (fixture->pool, rest);
  fill_and_empty (window, &now, RTT);
  g_assert_cmpuint (window->size, ==, 256 * KIB);
}

static void
test_a_full_link_takes_no_stream (Fixture *fixture,
                                  gconstpointer data)
{
  MmpWindow another;

  g_assert_true (mmp_pool_reserve (fixture->pool, MMP_LINK_POOL_MAX - 64 * KIB));
  g_assert_false (mmp_window_init (&another, fixture->pool));
  mmp_window_clear (&another);
  mmp_pool_release (fixture->pool, MMP_LINK_POOL_MAX - 64 * KIB);
}

static void
test_all_links_share_the_process (Fixture *fixture,
                                  gconstpointer data)
{
  MmpPool *pools[MMP_PROCESS_POOL_MAX / MMP_LINK_POOL_MAX];

  /* The fixture's window is 64 KiB of it, so the last of these finds no room. */
  for (guint i = 0; i < G_N_ELEMENTS (pools); i++)
    {
      pools[i] = mmp_pool_new ();
      g_assert_true (mmp_pool_reserve (pools[i], MMP_LINK_POOL_MAX) == (i < G_N_ELEMENTS (pools) - 1));
    }
  g_assert_cmpuint (mmp_pool_get_reserved (pools[G_N_ELEMENTS (pools) - 1]), ==, 0);
  g_assert_true (mmp_pool_reserve (pools[G_N_ELEMENTS (pools) - 1], MMP_LINK_POOL_MAX - 64 * KIB));
  g_assert_false (mmp_pool_reserve (fixture->pool, 64 * KIB));

  for (guint i = 0; i < G_N_ELEMENTS (pools); i++)
    {
      mmp_pool_release (pools[i], mmp_pool_get_reserved (pools[i]));
      mmp_pool_free (pools[i]);
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(name, func) g_test_add ("/window/" name, Fixture, NULL, set_up, func, tear_down)
  add ("takes-what-was-allowed-and-no-more", test_takes_what_was_allowed_and_no_more);
  add ("is-raised-in-quarters", test_is_raised_in_quarters);
  add ("grows-for-a-reader-that-waits-for-it", test_grows_for_a_reader_that_waits_for_it);
  add ("does-not-grow-for-a-slow-reader", test_does_not_grow_for_a_slow_reader);
  add ("grows-only-while-the-link-has-room", test_grows_only_while_the_link_has_room);
  add ("a-full-link-takes-no-stream", test_a_full_link_takes_no_stream);
  add ("all-links-share-the-process", test_all_links_share_the_process);
#undef add

  return g_test_run ();
}
