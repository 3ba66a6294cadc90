/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "hub/mmp-history.h"

#include <string.h>

#include "hub/mmp-log.h"
#include "mmp-test.h"

/* As a whole it would look like a path of this machine. */
#define HOME "/hom" \
             "e/"

static void
test_samples_are_summed_up (void)
{
  g_autoptr (MmpHistory) history = mmp_history_new ();
  MmpSummary summary = mmp_history_summarize (history, 0);

  g_assert_cmpuint (summary.n_samples, ==, 0);
  g_assert_cmpfloat (summary.mean, <, 0);
  mmp_history_add (history, 50, 1000, MMP_PATH_RELAY); /* too old */
  for (int i = 1; i <= 100; i++)
    mmp_history_add (history, 100 + i, i, MMP_PATH_DIRECT_UDP);
  mmp_history_add (history, 300, -1, MMP_PATH_DIRECT_UDP);
  summary = mmp_history_summarize (history, 101);
  g_assert_cmpuint (summary.n_samples, ==, 100);
  g_assert_cmpuint (summary.n_lost, ==, 1);
  g_assert_cmpfloat_with_epsilon (summary.mean, 50.5, 0.001);
  g_assert_cmpfloat (summary.min, ==, 1);
  g_assert_cmpfloat (summary.max, ==, 100);
  g_assert_cmpfloat_with_epsilon (summary.p95, 95, 1);
  g_assert_cmpuint (mmp_history_find (history, 101), ==, 1);
  g_assert_cmpuint (mmp_history_find (history, 999), ==, 102);
}

/* What a link measures rarely is not lost; what does not come when it should is, once each time. */
static void
test_only_what_is_due_is_lost (void)
{
  static const struct
  {
    MmpPath path;
    gboolean busy;
    guint every; /* seconds */
  } cases[] = {
    { MMP_PATH_DIRECT_UDP, FALSE, 5 },
    { MMP_PATH_RELAY, FALSE, 15 },
    { MMP_PATH_DIRECT_UDP, TRUE, 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MmpHistory) history = mmp_history_new ();
      guint second = 0;

      for (; second < 60; second++)
        {
          if (second % cases[i].every == 0)
            mmp_history_add (history, second * G_USEC_PER_SEC, 1, cases[i].path);
          mmp_history_miss (history, second * G_USEC_PER_SEC + 1, cases[i].path, cases[i].busy);
        }
      g_assert_cmpuint (mmp_history_summarize (history, 0).n_lost, ==, 0);
      for (; second < 120; second++)
        mmp_history_miss (history, second * G_USEC_PER_SEC, cases[i].path, cases[i].busy);
      g_assert_cmpuint (mmp_history_summarize (history, 0).n_lost, >=, 60 / cases[i].every - 2);
      g_assert_cmpuint (mmp_history_summarize (history, 0).n_lost, <=, 60 / cases[i].every);
    }
}

/* A stream that opens is not a loss, though the last sample is long ago. */
static void
test_use_is_no_loss (void)
{
  g_autoptr (MmpHistory) history = mmp_history_new ();

  mmp_history_miss (history, 0, MMP_PATH_RELAY, FALSE);
  mmp_history_add (history, 1, 1, MMP_PATH_RELAY);
  mmp_history_miss (history, 14 * G_USEC_PER_SEC, MMP_PATH_RELAY, FALSE);
  mmp_history_miss (history, 15 * G_USEC_PER_SEC, MMP_PATH_RELAY, TRUE);
  g_assert_cmpuint (mmp_history_summarize (history, 0).n_lost, ==, 0);
}

static void
test_the_oldest_make_room (void)
{
  g_autoptr (MmpHistory) history = mmp_history_new ();

  for (int i = 0; i < MMP_HISTORY_MAX + 10; i++)
    mmp_history_add (history, i, i, MMP_PATH_RELAY);
  g_assert_cmpuint (mmp_history_get_size (history), ==, MMP_HISTORY_MAX);
  g_assert_cmpint (mmp_history_get (history, 0)->time, ==, 10);
  g_assert_cmpint (mmp_history_get (history, MMP_HISTORY_MAX - 1)->time, ==, MMP_HISTORY_MAX + 9);
  mmp_history_clear (history);
  g_assert_cmpuint (mmp_history_get_size (history), ==, 0);
}

static void
test_logs_tell_nobody_who_and_where (void)
{
  static const char *const secrets[] = {
    "RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ",
    "RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ====",
    "RVC4 5WSA SZAG KAJZ",
    "192.0.2.17",
    "2001:db8::17",
    "broker.example.org",
    "mmp:?v=1&r=l&k=AAAA",
    HOME "alice",
  };
  g_autoptr (MmpLog) log = mmp_log_new ();
  g_autofree char *text = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (secrets); i++)
    mmp_log_add (log, "there was %s here", secrets[i]);
  text = mmp_log_to_text (log);
  for (gsize i = 0; i < G_N_ELEMENTS (secrets); i++)
    {
      g_test_message ("%s", secrets[i]);
      g_assert_null (strstr (text, secrets[i]));
    }
  g_assert_null (strstr (text, "alice"));
  /* The time of day stays. */
  g_assert_true (g_regex_match_simple ("^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d  there was \\[key\\] here$", text, G_REGEX_MULTILINE, 0));

  for (int i = 0; i < MMP_LOG_MAX + 5; i++)
    mmp_log_add (log, "%d", i);
  g_assert_cmpuint (mmp_log_get_size (log), ==, MMP_LOG_MAX);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/history/samples-are-summed-up", test_samples_are_summed_up);
  g_test_add_func ("/history/only-what-is-due-is-lost", test_only_what_is_due_is_lost);
  g_test_add_func ("/history/use-is-no-loss", test_use_is_no_loss);
  g_test_add_func ("/history/the-oldest-make-room", test_the_oldest_make_room);
  g_test_add_func ("/log/logs-tell-nobody-who-and-where", test_logs_tell_nobody_who_and_where);

  return g_test_run ();
}
