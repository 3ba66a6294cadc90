/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-stand.h"

#include <string.h>

#include "mmp-camera-page.h"
#include "mmp-device-page.h"
#include "mmp-devices-page.h"
#include "mmp-test.h"

#define PEER "RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ"
#define OTHER "GWAHFVRWLCANDLXKGKNN7EJBHA4FD3JBUKHDW5PJMXINFTIWMJKA"

#define N_MANY 500
/* as many rows of a kind as are shown at first */
#define N_SHOWN 30

static MmpStand *
open_page (void)
{
  MmpStand *stand = mmp_stand_new ();

  mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  mmp_window_open_page (stand->window, "devices");
  mmp_settle ();

  return stand;
}

static MmpDeviceStore *
get_store (MmpStand *stand)
{
  return mmp_account_get_devices (stand->account);
}

static MmpStanding
get_standing (MmpStand *stand)
{
  return mmp_device_store_get_standing (get_store (stand), mmp_stand_get_peer ());
}

static gint64
get_now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static MmpDevice
make_device (const char *name)
{
  return (MmpDevice) { .key = *mmp_stand_get_peer (), .standing = MMP_STANDING_TRUSTED, .name = (char *) name, .added = 1763974800, .trusted = 1763974800, .seen = get_now () - 3 * 3600 };
}

static void
await_subtitle (MmpStand *stand,
                const char *title,
                const char *words)
{
  mmp_test_await (mmp_find (stand->window, ADW_TYPE_ACTION_ROW, title) != NULL && strstr (adw_action_row_get_subtitle (ADW_ACTION_ROW (mmp_find (stand->window, ADW_TYPE_ACTION_ROW, title))), words) != NULL);
}

static GtkWidget *
open_device (MmpStand *stand,
             const char *name)
{
  mmp_click (stand->window, name);

  return mmp_await (stand->window, MMP_TYPE_DEVICE_PAGE, NULL);
}

static void
await_list (MmpStand *stand)
{
  mmp_test_await (mmp_find (stand->window, MMP_TYPE_DEVICE_PAGE, NULL) == NULL);
  mmp_settle ();
}

/* --- the list and the page of a device ------------------------------------------------------------------------------ */

static void
test_removing_and_blocking_are_undone (void)
{
  const MmpDevice device = make_device ("workshop");
  MmpStand *stand = open_page ();
  g_autoptr (MmpDevice) back = NULL;

  mmp_await (stand->window, GTK_TYPE_LABEL, "No Trusted Devices");
  g_assert_true (mmp_device_store_restore (get_store (stand), &device, NULL));
  open_device (stand, "workshop");
  mmp_click (stand->window, "_Remove");
  g_assert_cmpint (get_standing (stand), ==, MMP_STANDING_UNKNOWN);
  await_list (stand);
  mmp_await (stand->window, GTK_TYPE_LABEL, "“workshop” is no longer trusted");
  mmp_click (stand->window, "_Undo");
  back = mmp_device_store_find (get_store (stand), mmp_stand_get_peer ());
  g_assert_cmpint (back->standing, ==, MMP_STANDING_TRUSTED);
  g_assert_cmpint (back->trusted, ==, device.trusted);
  g_assert_cmpint (back->seen, ==, device.seen);

  open_device (stand, "workshop");
  mmp_click (stand->window, "_Block");
  g_assert_cmpint (get_standing (stand), ==, MMP_STANDING_BLOCKED);
  await_list (stand);
  mmp_await (stand->window, GTK_TYPE_LABEL, "“workshop” is now blocked");
  mmp_click (stand->window, "_Undo");
  g_assert_cmpint (get_standing (stand), ==, MMP_STANDING_TRUSTED);
  mmp_await (stand->window, ADW_TYPE_ACTION_ROW, "workshop");

  g_assert_true (mmp_device_store_block (get_store (stand), mmp_stand_get_peer (), NULL, NULL));
  mmp_click (stand->window, "_Unblock");
  g_assert_cmpint (get_standing (stand), ==, MMP_STANDING_UNKNOWN);
  mmp_await (stand->window, GTK_TYPE_LABEL, "“workshop” is no longer blocked");
  mmp_stand_free (stand);
}

static void
test_names_are_changed (void)
{
  MmpStand *stand = open_page ();
  GtkWidget *page;
  GtkWidget *row;

  g_assert_true (mmp_device_store_trust (get_store (stand), mmp_stand_get_peer (), "workshop", NULL));
  page = open_device (stand, "workshop");
  mmp_type (page, "Name", "  Attic ");
  row = mmp_await (page, ADW_TYPE_ENTRY_ROW, "Name");
  g_signal_emit_by_name (row, "apply");
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (row)), ==, "Attic");
  g_assert_cmpstr (adw_navigation_page_get_title (ADW_NAVIGATION_PAGE (page)), ==, "Attic");

  /* Forty characters of four bytes each */
  mmp_type (page, "Name", "𝔸𝔸𝔸𝔸𝔸𝔸𝔸𝔸𝔸𝔸𝔸𝔸𝔸𝔸𝔸𝔸𝔸𝔸𝔸𝔸");
  g_signal_emit_by_name (row, "apply");
  mmp_await (stand->window, GTK_TYPE_LABEL, "The name is too long");
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (row)), ==, "Attic");

  /* What somebody types is not lost when the list changes meanwhile. */
  mmp_type (page, "Name", "Gard");
  mmp_device_store_see (get_store (stand), mmp_stand_get_peer (), get_now ());
  g_assert_true (mmp_device_store_block (get_store (stand), &(MmpPublicKey) { { 9, 1 } }, "", NULL));
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (row)), ==, "Gard");
  mmp_stand_free (stand);
}

static void
test_times_and_uses_are_shown (void)
{
  const MmpDevice device = make_device ("workshop");
  MmpStand *stand = open_page ();
  MmpConnection *listener = g_list_model_get_item (mmp_account_get_connections (stand->account), 0);
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (mmp_stand_get_peer ());
  MmpPlayed *played = mmp_stand_start (stand, listener);

  mmp_stand_add (stand, MMP_PROFILE_INITIATOR, "To the workshop");
  g_assert_true (mmp_device_store_trust (get_store (stand), mmp_stand_get_peer (), "workshop", NULL));
  await_subtitle (stand, "workshop", "\nNot seen yet");
  g_assert_true (mmp_device_store_restore (get_store (stand), &device, NULL));
  await_subtitle (stand, "workshop", "\nLast seen 3 hours ago");
  mmp_capture (stand->window, "devices");

  mmp_click (stand->window, "workshop");
  await_subtitle (stand, "Fingerprint", fingerprint);
  await_subtitle (stand, "First Trusted", "November 2025, ");
  await_subtitle (stand, "Last Seen", "(3 hours ago)");
  await_subtitle (stand, "Office", "May connect");
  await_subtitle (stand, "To the workshop", "Leads to this device");
  mmp_capture (stand->window, "device");
  mmp_played_say (played, MMP_STATE_CONNECTED, MMP_PATH_DIRECT_UDP, -1);
  await_subtitle (stand, "Last Seen", "Connected now");
  await_subtitle (stand, "Office", "Connected, direct");

  /* As the hub does when one is there */
  mmp_device_store_see (get_store (stand), mmp_stand_get_peer (), get_now ());
  played->funcs->gone (played, mmp_stand_get_peer (), played->user_data);
  await_subtitle (stand, "Last Seen", "(just now)");
  await_subtitle (stand, "Office", "May connect");
  mmp_click (stand->window, "Copy Fingerprint");
  mmp_await (stand->window, GTK_TYPE_LABEL, "Fingerprint copied");
  mmp_click (stand->window, "Show _Code…");
  mmp_await (mmp_await_dialog (stand->window), GTK_TYPE_LABEL, fingerprint);
  g_assert_nonnull (gtk_picture_get_paintable (GTK_PICTURE (mmp_await (mmp_await_dialog (stand->window), GTK_TYPE_PICTURE, NULL))));
  mmp_capture (stand->window, "device-code");
  mmp_close_dialog (stand->window);
  g_object_unref (listener);
  mmp_click (stand->window, "Office");
  mmp_await (stand->window, GTK_TYPE_LABEL, "Who May Connect");
  mmp_stand_free (stand);
}

/* Rows stay while only words change, so that the focus does. */
static void
test_rows_stay (void)
{
  MmpStand *stand = open_page ();
  g_autoptr (MmpConnection) listener = g_list_model_get_item (mmp_account_get_connections (stand->account), 0);
  MmpPlayed *played = mmp_stand_start (stand, listener);
  g_autoptr (MmpDeviceStore) other = mmp_device_store_new (stand->directory, NULL);
  GtkWidget *row;

  g_assert_true (mmp_device_store_trust (get_store (stand), mmp_stand_get_peer (), "workshop", NULL));
  row = mmp_await (stand->window, ADW_TYPE_ACTION_ROW, "workshop");
  g_assert_true (gtk_widget_grab_focus (row));
  mmp_played_say (played, MMP_STATE_CONNECTED, MMP_PATH_DIRECT_UDP, -1);
  await_subtitle (stand, "workshop", "Connected now");
  mmp_connection_stop (listener);
  await_subtitle (stand, "workshop", "Not seen yet");

  /* Another process says when it was there. */
  mmp_test_await (mmp_device_store_get_standing (other, mmp_stand_get_peer ()) == MMP_STANDING_TRUSTED);
  mmp_device_store_see (other, mmp_stand_get_peer (), get_now () - 7200);
  mmp_device_store_flush (other);
  await_subtitle (stand, "workshop", "Last seen 2 hours ago");
  g_assert_true (mmp_find (stand->window, ADW_TYPE_ACTION_ROW, "workshop") == row);
  g_assert_true (gtk_widget_is_focus (row));
  mmp_stand_free (stand);
}

static guint
count_rows (GtkWidget *widget)
{
  guint n = ADW_IS_ACTION_ROW (widget) && gtk_widget_get_mapped (widget) ? 1 : 0;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    n += count_rows (child);

  return n;
}

static void
test_many_devices_are_shown_in_parts (void)
{
  g_autoptr (GString) text = g_string_new ("[Devices]\nVersion=1\n");
  char *directory = mmp_test_directory ();
  g_autofree char *path = g_build_filename (directory, "devices.ini", NULL);
  MmpStand *stand;

  for (guint i = 0; i < N_MANY; i++)
    {
      const MmpPublicKey key = { { 9, (guint8) i, (guint8) (i >> 8), 1 } };
      g_autofree char *group = mmp_public_key_to_short_text (&key);

      g_string_append_printf (text, "[%s]\nStanding=trusted\nName=Device %03u\nLastSeen=2026-11-23T09:00:00Z\n", group, i);
    }
  g_assert_true (g_file_set_contents (path, text->str, -1, NULL));
  stand = mmp_stand_new_in (directory);
  mmp_stand_open (stand);
  mmp_window_open_page (stand->window, "devices");
  mmp_settle ();
  g_assert_cmpuint (count_rows (mmp_await (stand->window, MMP_TYPE_DEVICES_PAGE, NULL)), ==, N_SHOWN);
  mmp_click (stand->window, "Show 30 _More");
  g_assert_cmpuint (count_rows (mmp_await (stand->window, MMP_TYPE_DEVICES_PAGE, NULL)), ==, 2 * N_SHOWN);
  for (guint i = 0; i < N_MANY; i++)
    mmp_device_store_see (get_store (stand), &(MmpPublicKey) { { 9, (guint8) i, (guint8) (i >> 8), 1 } }, get_now ());
  open_device (stand, "Device 007");
  mmp_click (stand->window, "_Remove");
  await_list (stand);
  g_assert_null (mmp_find (stand->window, ADW_TYPE_ACTION_ROW, "Device 007"));
  await_subtitle (stand, "Device 008", "Last seen just now");
  mmp_stand_free (stand);
}

/* --- adding one ----------------------------------------------------------------------------------------------------- */

static GtkWidget *
ask_to_add (MmpStand *stand)
{
  mmp_click (stand->window, "_Add Trusted Device…");

  return mmp_await_dialog (stand->window);
}

static void
enter_key (GtkWidget *dialog,
           const char *text)
{
  mmp_type (dialog, "Public Key or Invitation", text);
}

static void
test_devices_are_added (void)
{
  MmpStand *stand = open_page ();
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (mmp_stand_get_peer ());
  GtkWidget *dialog = ask_to_add (stand);

  mmp_capture (stand->window, "add-device-empty");
  g_assert_null (mmp_find (dialog, GTK_TYPE_BUTTON, "_Trust"));
  enter_key (dialog, "rvc4 5wsa szag");
  mmp_await (dialog, GTK_TYPE_LABEL, "The key is incomplete: 12 of 52 characters");
  mmp_capture (stand->window, "add-device-incomplete");
  enter_key (dialog, " rvc45wsaszagkajzt24nc3gt ceenn7fczo3qc7z5s2zsqol22uxq==== ");
  mmp_await (dialog, GTK_TYPE_LABEL, fingerprint);
  g_assert_null (mmp_find (dialog, GTK_TYPE_LABEL, "The key is incomplete: 12 of 52 characters"));
  g_assert_false (gtk_widget_get_sensitive (mmp_await (dialog, GTK_TYPE_BUTTON, "_Trust")));
  mmp_type (dialog, "Name", "Workshop");
  mmp_capture (stand->window, "add-device");
  g_assert_cmpint (get_standing (stand), ==, MMP_STANDING_UNKNOWN);
  mmp_click (dialog, "_Trust");
  mmp_await_no_dialog (stand->window);
  g_assert_cmpint (get_standing (stand), ==, MMP_STANDING_TRUSTED);
  mmp_await (stand->window, GTK_TYPE_LABEL, "“Workshop” is now trusted");
  mmp_await (stand->window, ADW_TYPE_ACTION_ROW, "Workshop");
  mmp_click (stand->window, "_Undo");
  g_assert_cmpint (get_standing (stand), ==, MMP_STANDING_UNKNOWN);
  mmp_await (stand->window, GTK_TYPE_LABEL, "No Trusted Devices");
  mmp_stand_free (stand);
}

static void
test_what_is_no_stranger_is_said (void)
{
  MmpStand *stand = open_page ();
  g_autoptr (GPtrArray) keys = mmp_entry_store_list (mmp_account_get_keys (stand->account));
  g_autofree char *own = mmp_public_key_to_text (&((const MmpKeyEntry *) g_ptr_array_index (keys, 0))->public_key);
  g_autofree char *path = g_build_filename (stand->directory, "devices.ini", NULL);
  MmpPublicKey other;
  GtkWidget *dialog;

  g_assert_true (mmp_public_key_from_text (OTHER, &other, NULL));
  g_assert_true (mmp_device_store_trust (get_store (stand), mmp_stand_get_peer (), "Workshop", NULL));
  g_assert_true (mmp_device_store_block (get_store (stand), &other, "Stranger", NULL));
  dialog = ask_to_add (stand);
  enter_key (dialog, own);
  mmp_await (dialog, GTK_TYPE_LABEL, "This is a key of your own. Paste the one that the other device shows.");
  enter_key (dialog, PEER);
  mmp_await (dialog, GTK_TYPE_LABEL, "You already trust this device as “Workshop”.");
  enter_key (dialog, PEER "Q");
  mmp_await (dialog, GTK_TYPE_LABEL, "This is not a public key. Copy it again from the other device.");
  g_assert_null (mmp_find (dialog, GTK_TYPE_BUTTON, "_Trust"));

  /* Whom a person trusts is not blocked any more; to take that back blocks it again. */
  enter_key (dialog, OTHER);
  mmp_await (dialog, GTK_TYPE_LABEL, "You blocked this device as “Stranger”. It is unblocked if you trust it.");
  mmp_type (dialog, "Name", "Cousin");
  mmp_click (dialog, "_Trust");
  mmp_await_no_dialog (stand->window);
  g_assert_cmpint (mmp_device_store_get_standing (get_store (stand), &other), ==, MMP_STANDING_TRUSTED);
  mmp_click (stand->window, "_Undo");
  g_assert_cmpint (mmp_device_store_get_standing (get_store (stand), &other), ==, MMP_STANDING_BLOCKED);
  mmp_await (stand->window, ADW_TYPE_ACTION_ROW, "Stranger");

  /* A list that cannot be written does not seem to be. */
  g_assert_true (g_file_set_contents (path, "broken", -1, NULL));
  dialog = ask_to_add (stand);
  enter_key (dialog, OTHER);
  mmp_type (dialog, "Name", "Cousin");
  mmp_click (dialog, "_Trust");
  mmp_await (dialog, GTK_TYPE_LABEL, "A file cannot be used. Correct it or move it away; it is not overwritten.");
  g_assert_cmpint (mmp_device_store_get_standing (get_store (stand), &other), ==, MMP_STANDING_BLOCKED);
  mmp_close_dialog (stand->window);
  mmp_stand_free (stand);
}

static void
test_invitations_name_their_device (void)
{
  MmpStand *stand = open_page ();
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (mmp_stand_get_peer ());
  g_autoptr (MmpInvitation) invitation = g_new0 (MmpInvitation, 1);
  g_autofree char *uri = NULL;
  GtkWidget *dialog = ask_to_add (stand);

  invitation->listener = *mmp_stand_get_peer ();
  invitation->broker = mmp_mqtt_broker_new ("broker.example.org", 8883, TRUE, NULL);
  invitation->prefix = g_strdup ("sig");
  invitation->name = g_strdup ("Lake House");
  invitation->has_secret = TRUE;
  uri = mmp_invitation_to_uri (invitation);
  enter_key (dialog, "mmp:nonsense");
  mmp_await (dialog, GTK_TYPE_LABEL, "The invitation is wrong. Copy all of it again, or ask for a new one.");
  enter_key (dialog, uri);
  mmp_await (dialog, GTK_TYPE_LABEL, fingerprint);
  mmp_click (dialog, "_Trust");
  mmp_await_no_dialog (stand->window);
  mmp_await (stand->window, ADW_TYPE_ACTION_ROW, "Lake House");

  /* It was not taken: no connection came of it. */
  g_assert_cmpuint (g_list_model_get_n_items (mmp_account_get_connections (stand->account)), ==, 1);
  mmp_stand_free (stand);
}

/* The camera finds the code of a key pair, and other codes on its way. */
static void
test_codes_are_taken (void)
{
  MmpStand *stand = open_page ();
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (mmp_stand_get_peer ());
  GtkWidget *dialog = ask_to_add (stand);
  GtkWidget *camera;

  mmp_click (dialog, "Use _Camera");
  camera = mmp_await (dialog, MMP_TYPE_CAMERA_PAGE, NULL);
  g_signal_emit_by_name (camera, "found", "https://example.org/");
  g_assert_true (mmp_find (dialog, MMP_TYPE_CAMERA_PAGE, NULL) == camera);
  g_signal_emit_by_name (camera, "found", PEER);
  mmp_await (dialog, GTK_TYPE_LABEL, fingerprint);
  mmp_close_dialog (stand->window);
  g_assert_cmpint (get_standing (stand), ==, MMP_STANDING_UNKNOWN);
  mmp_stand_free (stand);
}

int
main (int argc,
      char *argv[])
{
  if (!mmp_stand_init (&argc, &argv))
    return 77;

#define ADD(path, test) g_test_add_func ("/devices/" path, test)
  ADD ("removing-and-blocking-are-undone", test_removing_and_blocking_are_undone);
  ADD ("names-are-changed", test_names_are_changed);
  ADD ("times-and-uses-are-shown", test_times_and_uses_are_shown);
  ADD ("rows-stay", test_rows_stay);
  ADD ("many-devices-are-shown-in-parts", test_many_devices_are_shown_in_parts);
  ADD ("devices-are-added", test_devices_are_added);
  ADD ("what-is-no-stranger-is-said", test_what_is_no_stranger_is_said);
  ADD ("invitations-name-their-device", test_invitations_name_their_device);
  ADD ("codes-are-taken", test_codes_are_taken);

  return g_test_run ();
}
