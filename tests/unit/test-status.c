/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include "tunnel/mmp-status.h"

static void
test_copies_share_nothing (void)
{
  g_autoptr (MmpStatus) status = mmp_status_new (MMP_STATE_RECONNECTING);
  g_autoptr (MmpStatus) copy = NULL;

  g_assert_cmpint (status->path, ==, MMP_PATH_NONE);
  g_assert_cmpfloat (status->rtt, <, 0);
  g_assert_null (status->cause);

  status->device_name = g_strdup ("Bob's laptop");
  status->cause = g_error_new_literal (MMP_ERROR, MMP_ERROR_NO_ANSWER, "no answer");
  status->retry = 4;
  status->bytes_sent = G_MAXUINT64;
  copy = mmp_status_copy (status);
  g_clear_pointer (&status, mmp_status_free);

  g_assert_cmpint (copy->state, ==, MMP_STATE_RECONNECTING);
  g_assert_cmpstr (copy->device_name, ==, "Bob's laptop");
  g_assert_error (copy->cause, MMP_ERROR, MMP_ERROR_NO_ANSWER);
  g_assert_cmpuint (copy->retry, ==, 4);
  g_assert_cmpuint (copy->bytes_sent, ==, G_MAXUINT64);
}

static void
test_names_are_those_of_the_json_output (void)
{
  g_assert_cmpstr (mmp_state_get_name (MMP_STATE_STOPPED), ==, "stopped");
  g_assert_cmpstr (mmp_state_get_name (MMP_STATE_CONNECTED), ==, "connected");
  g_assert_cmpstr (mmp_state_get_name (MMP_STATE_ATTENTION), ==, "attention");
  g_assert_cmpstr (mmp_path_get_name (MMP_PATH_NONE), ==, "none");
  g_assert_cmpstr (mmp_path_get_name (MMP_PATH_DIRECT_UDP), ==, "direct-udp");
  g_assert_cmpstr (mmp_path_get_name (MMP_PATH_DIRECT_TCP), ==, "direct-tcp");
  g_assert_cmpstr (mmp_path_get_name (MMP_PATH_TURN), ==, "turn");
  g_assert_cmpstr (mmp_path_get_name (MMP_PATH_RELAY), ==, "relay");
}

static void
test_states_follow_the_law (void)
{
  for (guint state = MMP_STATE_STOPPED; state <= MMP_STATE_ATTENTION; state++)
    {
      g_assert_true (mmp_state_may_follow (state, state));
      g_assert_true (mmp_state_may_follow (state, MMP_STATE_STOPPED));
    }
  g_assert_true (mmp_state_may_follow (MMP_STATE_STOPPED, MMP_STATE_CONNECTING));
  g_assert_true (mmp_state_may_follow (MMP_STATE_CONNECTED, MMP_STATE_RECONNECTING));
  g_assert_true (mmp_state_may_follow (MMP_STATE_ATTENTION, MMP_STATE_CONNECTED));

  g_assert_false (mmp_state_may_follow (MMP_STATE_STOPPED, MMP_STATE_CONNECTED));
  g_assert_false (mmp_state_may_follow (MMP_STATE_CONNECTED, MMP_STATE_CONNECTING));
  g_assert_false (mmp_state_may_follow (MMP_STATE_CONNECTED, MMP_STATE_WAITING));
  g_assert_false (mmp_state_may_follow (MMP_STATE_WAITING, MMP_STATE_CONNECTED));
}

static void
test_some_causes_need_a_person (void)
{
  g_autoptr (GError) denied = g_error_new_literal (MMP_ERROR, MMP_ERROR_DENIED, "denied");
  g_autoptr (GError) login = g_error_new_literal (MMP_ERROR, MMP_ERROR_BROKER_LOGIN, "login");
  g_autoptr (GError) silent = g_error_new_literal (MMP_ERROR, MMP_ERROR_NO_ANSWER, "no answer");
  g_autoptr (GError) foreign = g_error_new_literal (G_FILE_ERROR, MMP_ERROR_DENIED, "of another domain");

  g_assert_true (mmp_cause_needs_person (denied));
  g_assert_true (mmp_cause_needs_person (login));
  g_assert_false (mmp_cause_needs_person (silent));
  g_assert_false (mmp_cause_needs_person (foreign));
  g_assert_false (mmp_cause_needs_person (NULL));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/status/copies-share-nothing", test_copies_share_nothing);
  g_test_add_func ("/status/names-are-those-of-the-json-output", test_names_are_those_of_the_json_output);
  g_test_add_func ("/status/states-follow-the-law", test_states_follow_the_law);
  g_test_add_func ("/status/some-causes-need-a-person", test_some_causes_need_a_person);

  return g_test_run ();
}
