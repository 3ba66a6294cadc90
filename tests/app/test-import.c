/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "mmp-mock.h"
#include "mmp-stand.h"
#include "mmp-test.h"

/* One device shows its code, another one reads it. */
typedef struct
{
  char *folder;
  char *path; /* a picture of the window that shows the code */
  char *fingerprint;
  MmpInvitation *shown;
  MmpStand *stand; /* the other device */
} Pair;

static AdwDialog *
get_dialog (MmpStand *stand)
{
  return adw_application_window_get_visible_dialog (ADW_APPLICATION_WINDOW (stand->window));
}

static void
pair_set_up (Pair *pair,
             gconstpointer data)
{
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  g_autofree char *wanted = g_strdup (g_getenv ("MMP_SHOTS"));
  g_autoptr (GError) error = NULL;

  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), GPOINTER_TO_INT (data) ? ADW_COLOR_SCHEME_FORCE_DARK : ADW_COLOR_SCHEME_FORCE_LIGHT);
  pair->folder = mmp_test_directory ();
  pair->path = g_build_filename (pair->folder, "code.png", NULL);
  pair->shown = mmp_account_make_invitation (stand->account, mmp_connection_get_profile (connection), &error);
  g_assert_no_error (error);
  pair->fingerprint = mmp_public_key_to_fingerprint (&pair->shown->listener);
  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.show-code", "s", mmp_connection_get_id (connection));
  mmp_test_await (get_dialog (stand) != NULL);
  mmp_settle ();
  g_setenv ("MMP_SHOTS", pair->folder, TRUE);
  g_assert_true (mmp_capture (stand->window, "code"));
  if (wanted != NULL)
    g_setenv ("MMP_SHOTS", wanted, TRUE);
  else
    g_unsetenv ("MMP_SHOTS");
  mmp_stand_free (stand);
  pair->stand = mmp_stand_new ();
}

static void
pair_tear_down (Pair *pair,
                gconstpointer data)
{
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_DEFAULT);
  mmp_stand_free (pair->stand);
  mmp_test_directory_free (pair->folder);
  g_free (pair->path);
  g_free (pair->fingerprint);
  mmp_invitation_free (pair->shown);
}

static GtkWidget *
ask_for_invitation (Pair *pair)
{
  mmp_window_import (pair->stand->window, NULL);
  mmp_test_await (get_dialog (pair->stand) != NULL);
  mmp_settle ();

  return GTK_WIDGET (get_dialog (pair->stand));
}

static void
await_review (Pair *pair)
{
  mmp_await (get_dialog (pair->stand), GTK_TYPE_LABEL, pair->fingerprint);
  adw_dialog_force_close (get_dialog (pair->stand));
  mmp_test_await (get_dialog (pair->stand) == NULL);
}

/* --- by whom the code is read --------------------------------------------------------------------------------------- */

/* A program that has nothing to do with ours reads from the picture what the invitation says. */
static void
test_another_program_reads_it (Pair *pair,
                               gconstpointer data)
{
  const char *const argv[] = { "zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", pair->path, NULL };
  g_autofree char *said = NULL;
  g_autofree char *program = g_find_program_in_path ("zbarimg");
  g_autofree char *uri = mmp_invitation_to_uri (pair->shown);
  int status;

  if (program == NULL)
    {
      g_test_skip ("zbarimg is not installed");
      return;
    }
  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &said, NULL, &status, NULL));
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpstr (g_strchomp (said), ==, uri);
}

static void
drop (GtkWidget *widget,
      GType type,
      gpointer object)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);
  g_auto (GValue) value = G_VALUE_INIT;

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);
      gboolean taken = FALSE;

      if (!GTK_IS_DROP_TARGET (controller))
        continue;
      g_value_init (&value, type);
      g_value_set_object (&value, object);
      g_signal_emit_by_name (controller, "drop", &value, 0.0, 0.0, &taken);
      g_assert_true (taken);
      return;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && !G_IS_VALUE (&value); child = gtk_widget_get_next_sibling (child))
    drop (child, type, object);
}

static void
test_dropped_pictures_are_read (Pair *pair,
                                gconstpointer data)
{
  g_autoptr (GFile) file = g_file_new_for_path (pair->path);
  g_autoptr (GdkTexture) texture = gdk_texture_new_from_filename (pair->path, NULL);

  drop (mmp_await (ask_for_invitation (pair), GTK_TYPE_SCROLLED_WINDOW, NULL), G_TYPE_FILE, file);
  await_review (pair);
  drop (mmp_await (ask_for_invitation (pair), GTK_TYPE_SCROLLED_WINDOW, NULL), GDK_TYPE_TEXTURE, texture);
  await_review (pair);
}

static void
test_copied_pictures_are_read (Pair *pair,
                               gconstpointer data)
{
  g_autoptr (GdkTexture) texture = gdk_texture_new_from_filename (pair->path, NULL);
  g_autofree char *uri = mmp_invitation_to_uri (pair->shown);
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (pair->stand->window));
  GtkWidget *dialog;

  gdk_clipboard_set_texture (clipboard, texture);
  dialog = ask_for_invitation (pair);
  /* It is not looked at before somebody says so. */
  g_assert_null (mmp_find (dialog, GTK_TYPE_LABEL, pair->fingerprint));
  mmp_click (dialog, "Paste");
  await_review (pair);
  gdk_clipboard_set_text (clipboard, uri);
  mmp_click (ask_for_invitation (pair), "Paste");
  await_review (pair);
}

static GtkWidget *
find_chooser (void)
{
  g_autoptr (GListModel) windows = g_object_ref (gtk_window_get_toplevels ());

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

      if (g_str_equal (G_OBJECT_TYPE_NAME (window), "GtkFileChooserDialog") && gtk_widget_get_mapped (window))
        return window;
    }

  return NULL;
}

static gboolean
has_chosen (GtkWidget *chooser,
            GFile *file)
{
  g_autoptr (GFile) chosen = NULL;

  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  chosen = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  G_GNUC_END_IGNORE_DEPRECATIONS

  return chosen != NULL && g_file_equal (chosen, file);
}

static void
test_chosen_pictures_are_read (Pair *pair,
                               gconstpointer data)
{
  g_autoptr (GFile) file = g_file_new_for_path (pair->path);
  g_autoptr (GFile) folder = g_file_get_parent (file);
  g_autofree char *name = g_file_get_basename (folder);
  GtkWidget *chooser = NULL;

  mmp_click (ask_for_invitation (pair), "Choose _Image…");
  mmp_test_await ((chooser = find_chooser ()) != NULL);
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  g_assert_true (gtk_file_chooser_set_file (GTK_FILE_CHOOSER (chooser), file, NULL));
  mmp_test_await (has_chosen (chooser, file));
  /* GTK 4.18 takes it amiss if the dialog goes before the names above its list are there. */
  mmp_await (chooser, GTK_TYPE_LABEL, name);
  gtk_dialog_response (GTK_DIALOG (chooser), GTK_RESPONSE_ACCEPT);
  G_GNUC_END_IGNORE_DEPRECATIONS
  await_review (pair);
}

static void
test_screenshots_are_read (Pair *pair,
                           gconstpointer data)
{
  MmpMock *mock = mmp_mock_new ("portals");
  g_autofree char *uri = g_filename_to_uri (pair->path, NULL, NULL);

  mmp_mock_set (mock, "picture", uri);
  mmp_click (ask_for_invitation (pair), "Take _Screenshot…");
  await_review (pair);
  g_assert_true (mmp_mock_was_asked (mock, "screenshot interactive"));
  mmp_mock_free (mock);
}

static void
test_missing_screenshots_are_explained (Pair *pair,
                                        gconstpointer data)
{
  static const struct
  {
    const char *kinds;
    const char *answer;
    const char *sentence;
  } cases[] = {
    { "portals", "cancel", "No screenshot was taken. Try again, choose an image, or paste the invitation." },
    { "portals", "no", "The desktop did not allow a screenshot. Choose an image or paste the invitation." },
    { "portals", "yes", "The screenshot cannot be read. Choose an image or paste the invitation." },
    { "bare", "yes", "This desktop takes no screenshots for apps. Take one with its own tool, then choose that image." },
    { "none", "yes", "This desktop takes no screenshots for apps. Take one with its own tool, then choose that image." },
  };
  GtkWidget *dialog = ask_for_invitation (pair);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      MmpMock *mock = mmp_mock_new (cases[i].kinds);

      mmp_mock_set (mock, "picture", "file:///nowhere.png");
      mmp_mock_set (mock, "screenshot", cases[i].answer);
      mmp_click (dialog, "Take _Screenshot…");
      mmp_await (dialog, GTK_TYPE_LABEL, cases[i].sentence);
      mmp_mock_free (mock);
    }
  mmp_capture (pair->stand->window, "screenshot-missing");
}

/* One dialog at a time: links that come meanwhile wait, each once, and not without end. */
static void
test_links_queue (Pair *pair,
                  gconstpointer data)
{
  g_autofree char *first = mmp_invitation_to_uri (pair->shown);
  g_autofree char *second = NULL;
  g_autofree char *long_link = g_strnfill (MMP_URI_SIZE_MAX + 1, 'x');

  g_set_str (&pair->shown->name, "Attic");
  second = mmp_invitation_to_uri (pair->shown);
  mmp_window_import (pair->stand->window, first);
  mmp_window_import (pair->stand->window, second);
  mmp_window_import (pair->stand->window, first);
  mmp_window_import (pair->stand->window, second);
  mmp_window_import (pair->stand->window, long_link);
  mmp_await (pair->stand->window, GTK_TYPE_LABEL, "The link is too long to be an invitation");
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (mmp_await (get_dialog (pair->stand), ADW_TYPE_ENTRY_ROW, "Name"))), ==, "Office");
  adw_dialog_force_close (get_dialog (pair->stand));
  mmp_test_await (get_dialog (pair->stand) != NULL);
  mmp_settle ();
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (mmp_await (get_dialog (pair->stand), ADW_TYPE_ENTRY_ROW, "Name"))), ==, "Attic");
  adw_dialog_force_close (get_dialog (pair->stand));
  mmp_settle ();
  g_assert_null (get_dialog (pair->stand));
  g_assert_cmpuint (g_list_model_get_n_items (mmp_account_get_connections (pair->stand->account)), ==, 0);
}

int
main (int argc,
      char *argv[])
{
  if (!mmp_stand_init (&argc, &argv))
    return 77;

#define ADD(path, dark, test) g_test_add ("/import/" path, Pair, GINT_TO_POINTER (dark), pair_set_up, test, pair_tear_down)
  ADD ("another-program-reads-light", FALSE, test_another_program_reads_it);
  ADD ("another-program-reads-dark", TRUE, test_another_program_reads_it);
  ADD ("dropped-pictures-are-read", FALSE, test_dropped_pictures_are_read);
  ADD ("dropped-dark-pictures-are-read", TRUE, test_dropped_pictures_are_read);
  ADD ("copied-pictures-are-read", FALSE, test_copied_pictures_are_read);
  ADD ("chosen-pictures-are-read", FALSE, test_chosen_pictures_are_read);
  ADD ("screenshots-are-read", TRUE, test_screenshots_are_read);
  ADD ("missing-screenshots-are-explained", FALSE, test_missing_screenshots_are_explained);
  ADD ("links-queue", FALSE, test_links_queue);

  return g_test_run ();
}
