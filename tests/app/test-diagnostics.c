/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-stand.h"

#include <string.h>

#include "mmp-test.h"

static void
report (MmpStand *stand,
        MmpCheck check,
        MmpCheckStatus status,
        int code,
        GVariant *values)
{
  g_autoptr (GError) cause = code >= 0 ? g_error_new_literal (MMP_ERROR, code, "because") : NULL;
  g_autoptr (MmpCheckResult) result = mmp_check_result_new (check, check == MMP_CHECK_TURN ? "turn.example.org" : "broker.example.org:8883", status, cause, values);

  stand->diagnosis.began (check, "", stand->diagnosis_data);
  stand->diagnosis.result (result, stand->diagnosis_data);
}

static GVariant *
value (const char *name,
       const char *text)
{
  return g_variant_new_parsed ("{%s: <%s>}", name, text);
}

static void
start_checks (MmpStand *stand)
{
  mmp_click (stand->window, "_Run Checks");
  mmp_test_await (stand->examining);
}

/* All is well with broker and network. */
static void
report_good_network (MmpStand *stand)
{
  report (stand, MMP_CHECK_BROKER_NAME, MMP_CHECK_STATUS_OK, -1, g_variant_new_parsed ("{'addresses': <['192.0.2.7']>, 'ms': <12.0>}"));
  report (stand, MMP_CHECK_BROKER_LOGIN, MMP_CHECK_STATUS_OK, -1, value ("protocol", "5"));
  report (stand, MMP_CHECK_STUN, MMP_CHECK_STATUS_OK, -1, value ("mapped", "203.0.113.7:40001"));
  report (stand, MMP_CHECK_UDP, MMP_CHECK_STATUS_OK, -1, NULL);
  report (stand, MMP_CHECK_IPV6, MMP_CHECK_STATUS_SKIPPED, -1, NULL);
  report (stand, MMP_CHECK_NAT, MMP_CHECK_STATUS_OK, -1, value ("kind", mmp_nat_kind_get_name (MMP_NAT_PORT_RESTRICTED)));
  report (stand, MMP_CHECK_DIRECT, MMP_CHECK_STATUS_OK, -1, NULL);
}

static AdwExpanderRow *
await_row (MmpStand *stand,
           const char *title,
           const char *sentence)
{
  AdwExpanderRow *row = ADW_EXPANDER_ROW (mmp_await (stand->window, ADW_TYPE_EXPANDER_ROW, title));

  g_test_message ("%s: %s", title, adw_expander_row_get_subtitle (row));
  mmp_test_await (g_str_equal (adw_expander_row_get_subtitle (row), sentence));

  return row;
}

static void
assert_state (AdwExpanderRow *row,
              const char *state)
{
  GtkWidget *icon = mmp_await (row, GTK_TYPE_IMAGE, NULL);
  g_autofree char *wrong = gtk_test_accessible_check_property (GTK_ACCESSIBLE (icon), GTK_ACCESSIBLE_PROPERTY_LABEL, state);

  g_assert_null (wrong);
}

static void
test_a_stopped_connection_is_tried (void)
{
  MmpStand *stand = mmp_stand_new ();
  MmpPlayed *trial;
  AdwExpanderRow *row;

  mmp_stand_add (stand, MMP_PROFILE_INITIATOR, "To the office");
  start_checks (stand);
  mmp_await (stand->window, GTK_TYPE_BUTTON, "_Cancel");
  report_good_network (stand);
  await_row (stand, "Path", "Checking…");
  g_assert_cmpuint (stand->running->len, ==, 0);
  stand->diagnosis.done (TRUE, stand->diagnosis_data);

  /* It opens nothing, and is gone afterwards. */
  g_assert_cmpuint (stand->running->len, ==, 1);
  trial = g_ptr_array_index (stand->running, 0);
  g_assert_cmpuint (trial->config->forwards->len, ==, 0);
  await_row (stand, "Other Device", "Checking…");
  mmp_played_say (trial, MMP_STATE_CONNECTED, MMP_PATH_RELAY, -1);
  await_row (stand, "Path", "Checking…");
  mmp_played_say (trial, MMP_STATE_CONNECTED, MMP_PATH_DIRECT_UDP, -1);
  g_assert_cmpuint (stand->running->len, ==, 0);
  g_assert_false (stand->examining);
  await_row (stand, "Signaling Broker", "broker.example.org:8883 takes and delivers messages");
  await_row (stand, "Other Device", "“workshop” answers");
  await_row (stand, "Router", "A router as in most homes: direct connections should work");
  await_row (stand, "STUN and TURN", "The public address is 203.0.113.7:40001");
  row = await_row (stand, "Path", "Direct, over UDP (host to srflx)");
  assert_state (row, "Passed");
  row = await_row (stand, "Service", "Not checked; start the connection first");
  assert_state (row, "Not checked");
  adw_expander_row_set_expanded (await_row (stand, "Router", "A router as in most homes: direct connections should work"), TRUE);
  mmp_await (stand->window, ADW_TYPE_ACTION_ROW, "Kind of network");
  mmp_capture (stand->window, "diagnostics");

  /* Again, and cancelled */
  mmp_click (stand->window, "_Run Checks Again");
  mmp_test_await (stand->examining);
  mmp_click (stand->window, "_Cancel");
  g_assert_false (stand->examining);
  mmp_await (stand->window, GTK_TYPE_LABEL, "The checks were cancelled");
  mmp_stand_free (stand);
}

/* Each failure has a cause and a next step. */
static void
test_failures_have_a_next_step (void)
{
  static const struct
  {
    MmpCheck check;
    int code;
    const char *title;
    const char *sentence;
  } cases[] = {
    { MMP_CHECK_BROKER_LOGIN, MMP_ERROR_BROKER_LOGIN, "Signaling Broker", "The broker refused the user name or password. Correct them in this connection." },
    { MMP_CHECK_NAT, MMP_ERROR_UDP_BLOCKED, "Router", "This network lets no UDP through. Allow outgoing UDP in the firewall; data can always go through the broker." },
    { MMP_CHECK_TURN, MMP_ERROR_TURN_LOGIN, "STUN and TURN", "The TURN server refused the user name or password. Correct them." },
    { MMP_CHECK_DIRECT, MMP_ERROR_NO_DIRECT_PATH, "Path", "Most other networks cannot be reached directly from this one. A TURN server at either side helps: add one under Advanced." },
  };
  MmpStand *stand = mmp_stand_new ();

  mmp_stand_add (stand, MMP_PROFILE_INITIATOR, "To the office");
  start_checks (stand);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    report (stand, cases[i].check, MMP_CHECK_STATUS_FAILED, cases[i].code, NULL);
  stand->diagnosis.done (FALSE, stand->diagnosis_data);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_state (await_row (stand, cases[i].title, cases[i].sentence), "Failed");
  mmp_await (stand->window, GTK_TYPE_LABEL, "4 checks failed");
  g_assert_cmpuint (stand->running->len, ==, 0);
  mmp_capture (stand->window, "diagnostics-failed");
  mmp_stand_free (stand);
}

static gboolean
on_incoming (GThreadedSocketService *service,
             GSocketConnection *connection,
             GObject *source,
             gpointer user_data)
{
  const char *greeting = user_data;

  if (greeting != NULL)
    g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), greeting, strlen (greeting), NULL, NULL, NULL);

  return TRUE;
}

static GSocketService *
serve (const char *greeting,
       guint16 *port)
{
  GSocketService *service = g_threaded_socket_service_new (4);

  *port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, NULL);
  g_signal_connect (service, "run", G_CALLBACK (on_incoming), (gpointer) greeting);

  return service;
}

/* A connection that runs is looked at as it is, and its service through it. */
static void
check_service (const char *greeting,
               gboolean passes)
{
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add (stand, MMP_PROFILE_INITIATOR, "To the office");
  MmpPlayed *played = mmp_stand_start (stand, connection);
  guint16 port;
  g_autoptr (GSocketService) service = serve (greeting, &port);
  g_autofree char *answers = g_strdup_printf ("127.0.0.1:%u answers", port);

  mmp_played_say (played, MMP_STATE_CONNECTED, MMP_PATH_RELAY, MMP_ERROR_NO_DIRECT_PATH);
  played->funcs->listening (played, "127.0.0.1", port, "default", played->user_data);
  start_checks (stand);
  report_good_network (stand);
  stand->diagnosis.done (TRUE, stand->diagnosis_data);
  g_assert_cmpuint (stand->running->len, ==, 1);
  assert_state (await_row (stand, "Path", "No direct path was found. A TURN server at either side helps: add one under Advanced."), "Passed, with a note");
  if (passes)
    assert_state (await_row (stand, "Service", answers), "Passed");
  else
    assert_state (await_row (stand, "Service", "The shared service refused the connection. Check that it runs and that its address is right."), "Failed");
  g_socket_service_stop (service);
  mmp_stand_free (stand);
}

static void
test_a_service_that_answers_is_seen (void)
{
  check_service ("hello\n", TRUE);
}

static void
test_a_service_that_closes_is_seen (void)
{
  check_service (NULL, FALSE);
}

static void
test_a_silent_device_is_said_to_be (void)
{
  MmpStand *stand = mmp_stand_new ();
  MmpPlayed *trial;

  mmp_stand_add (stand, MMP_PROFILE_INITIATOR, "To the office");
  start_checks (stand);
  report_good_network (stand);
  stand->diagnosis.done (TRUE, stand->diagnosis_data);
  trial = g_ptr_array_index (stand->running, 0);
  mmp_played_say (trial, MMP_STATE_RECONNECTING, MMP_PATH_NONE, MMP_ERROR_NO_ANSWER);
  assert_state (await_row (stand, "Other Device", "The other device does not answer. It may be off, or not trust this one. It is tried again."), "Failed");
  mmp_await (stand->window, GTK_TYPE_LABEL, "1 check failed");
  g_assert_cmpuint (stand->running->len, ==, 0);
  mmp_stand_free (stand);
}

static void
test_a_listener_looks_at_its_service (void)
{
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  g_autoptr (MmpProfile) profile = mmp_profile_copy (mmp_connection_get_profile (connection));
  MmpProfilePort *shared = g_ptr_array_index (profile->services, 0);
  guint16 port;
  g_autoptr (GSocketService) service = serve (NULL, &port);
  g_autofree char *expected = g_strdup_printf ("localhost:%u answers", port);
  MmpPlayed *played;

  shared->port = port;
  g_assert_true (mmp_profile_store_save (mmp_account_get_profiles (stand->account), profile, NULL));
  played = mmp_stand_start (stand, connection);
  mmp_played_say (played, MMP_STATE_WAITING, MMP_PATH_NONE, -1);
  start_checks (stand);
  report_good_network (stand);
  stand->diagnosis.done (TRUE, stand->diagnosis_data);
  await_row (stand, "Service", expected);
  await_row (stand, "Other Devices", "No device is connected at the moment");
  await_row (stand, "Path", "Direct connections should work from here");
  g_socket_service_stop (service);
  mmp_stand_free (stand);
}

/* Whom one sends away is gone from the list, and others stay. */
static void
test_a_device_is_disconnected (void)
{
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  MmpPlayed *played = mmp_stand_start (stand, connection);

  mmp_played_say (played, MMP_STATE_WAITING, MMP_PATH_NONE, -1);
  mmp_played_say (played, MMP_STATE_CONNECTED, MMP_PATH_DIRECT_UDP, -1);
  mmp_await (stand->window, GTK_TYPE_LABEL, "Connected Devices");
  mmp_capture (stand->window, "connected-devices");
  mmp_click (stand->window, "Disconnect “workshop”");
  g_assert_cmpuint (stand->n_disconnected, ==, 1);
  g_assert_cmpuint (mmp_connection_get_devices (connection)->len, ==, 0);
  mmp_await (stand->window, GTK_TYPE_LABEL, "“workshop” was disconnected; it may come back");
  mmp_test_await (mmp_find (stand->window, GTK_TYPE_LABEL, "Connected Devices") == NULL);
  g_assert_cmpuint (stand->running->len, ==, 1);
  mmp_stand_free (stand);
}

static char *
get_clipboard (MmpStand *stand)
{
  GdkContentProvider *content = gdk_clipboard_get_content (gtk_widget_get_clipboard (GTK_WIDGET (stand->window)));
  g_auto (GValue) text = G_VALUE_INIT;

  g_assert_nonnull (content);
  g_value_init (&text, G_TYPE_STRING);
  g_assert_true (gdk_content_provider_get_value (content, &text, NULL));

  return g_value_dup_string (&text);
}

static void
test_reports_keep_addresses_back (void)
{
  MmpStand *stand = mmp_stand_new ();
  g_autofree char *without = NULL;
  g_autofree char *with = NULL;

  mmp_stand_add (stand, MMP_PROFILE_INITIATOR, "To the office");
  start_checks (stand);
  report_good_network (stand);
  stand->diagnosis.done (TRUE, stand->diagnosis_data);
  mmp_played_say (g_ptr_array_index (stand->running, 0), MMP_STATE_CONNECTED, MMP_PATH_DIRECT_UDP, -1);

  mmp_click (stand->window, "_Copy Report…");
  mmp_capture (stand->window, "diagnostics-report");
  mmp_click (stand->window, "C_opy");
  without = get_clipboard (stand);
  g_assert_nonnull (strstr (without, "nat: passed\n"));
  for (gsize i = 0; i < 4; i++)
    g_assert_null (strstr (without, ((const char *[]) { "203.0.113.7", "192.0.2.7", "example.org", "workshop" })[i]));

  mmp_click (stand->window, "_Copy Report…");
  adw_switch_row_set_active (ADW_SWITCH_ROW (mmp_await (stand->window, ADW_TYPE_SWITCH_ROW, "Include Addresses")), TRUE);
  mmp_click (stand->window, "C_opy");
  with = get_clipboard (stand);
  for (gsize i = 0; i < 4; i++)
    g_assert_nonnull (strstr (with, ((const char *[]) { "203.0.113.7", "192.0.2.7", "example.org", "workshop" })[i]));
  mmp_stand_free (stand);
}

int
main (int argc,
      char *argv[])
{
  if (!mmp_stand_init (&argc, &argv))
    return 77;

  g_test_add_func ("/diagnostics/a-stopped-connection-is-tried", test_a_stopped_connection_is_tried);
  g_test_add_func ("/diagnostics/failures-have-a-next-step", test_failures_have_a_next_step);
  g_test_add_func ("/diagnostics/a-service-that-answers-is-seen", test_a_service_that_answers_is_seen);
  g_test_add_func ("/diagnostics/a-service-that-closes-is-seen", test_a_service_that_closes_is_seen);
  g_test_add_func ("/diagnostics/a-silent-device-is-said-to-be", test_a_silent_device_is_said_to_be);
  g_test_add_func ("/diagnostics/a-listener-looks-at-its-service", test_a_listener_looks_at_its_service);
  g_test_add_func ("/diagnostics/a-device-is-disconnected", test_a_device_is_disconnected);
  g_test_add_func ("/diagnostics/reports-keep-addresses-back", test_reports_keep_addresses_back);

  return g_test_run ();
}
