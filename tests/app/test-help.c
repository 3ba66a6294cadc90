/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-stand.h"

#include <glib/gstdio.h>

#include "mmp-help.h"
#include "mmp-test.h"

#define MISSING "There is no help viewer. Install Yelp and try again."

static void
assert_topic (MmpStand *stand,
              const char *topic)
{
  const char *pages = g_getenv ("MMP_TEST_HELP");
  g_autofree char *name = g_strconcat (topic, ".page", NULL);
  g_autofree char *path = NULL;

  g_assert_nonnull (pages);
  path = g_build_filename (pages, name, NULL);
  mmp_settle ();
  g_assert_cmpstr (mmp_help_find_topic (stand->window), ==, topic);
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
}

/* The help opens at the page about what is in front, and each such page is there. */
static void
test_topic_follows_what_is_open (void)
{
  MmpStand *stand = mmp_stand_new ();
  const char *id = mmp_connection_get_id (mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office"));
  static const struct
  {
    const char *action;
    const char *topic;
  } cases[] = {
    { "win.new-listener", "share" },
    { "win.new-initiator", "reach" },
    { "win.new-bridge", "bridge" },
    { "win.new-portal", "portal" },
    { "win.import", "scan" },
    { "win.preferences", "background" },
  };

  assert_topic (stand, "index");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gtk_widget_activate_action (GTK_WIDGET (stand->window), cases[i].action, NULL);
      mmp_await_dialog (stand->window);
      assert_topic (stand, cases[i].topic);
      mmp_close_dialog (stand->window);
    }
  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.show-code", "s", id);
  assert_topic (stand, "share");
  mmp_close_dialog (stand->window);

  mmp_window_open (stand->window, id);
  gtk_widget_grab_focus (mmp_await (stand->window, GTK_TYPE_BUTTON, "_Start"));
  assert_topic (stand, "share");
  gtk_widget_grab_focus (mmp_await (stand->window, GTK_TYPE_BUTTON, "_Run Checks"));
  assert_topic (stand, "trouble");
  mmp_stand_free (stand);
}

static void
test_missing_viewer_is_said (void)
{
  g_autoptr (GAppInfo) viewer = g_app_info_get_default_for_uri_scheme ("help");
  MmpStand *stand;

  if (viewer != NULL)
    {
      g_test_skip ("this machine has a help viewer");
      return;
    }
  stand = mmp_stand_new ();
  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.help", NULL);
  mmp_await (stand->window, GTK_TYPE_LABEL, MISSING);
  mmp_stand_free (stand);
}

static void
write_file (const char *folder,
            const char *name,
            const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* A viewer that writes down what it is to show */
static void
install_viewer (const char *shown)
{
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "applications", NULL);
  g_autofree char *entry = g_strdup_printf ("[Desktop Entry]\nType=Application\nName=Viewer\nMimeType=x-scheme-handler/help;\n"
                                            "Exec=sh -c 'printf %%%%s \"$1\" >%s' viewer %%u\n",
                                            shown);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  write_file (folder, "viewer.desktop", entry);
  write_file (folder, "mimeinfo.cache", "[MIME Cache]\nx-scheme-handler/help=viewer.desktop;\n");
  write_file (folder, "mimeapps.list", "[Default Applications]\nx-scheme-handler/help=viewer.desktop\n");
}

static gboolean
has_shown (const char *path,
           const char *uri)
{
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) && g_str_equal (text, uri);
}

static gboolean
has_viewer (void)
{
  g_autoptr (GAppInfo) viewer = g_app_info_get_default_for_uri_scheme ("help");

  return viewer != NULL && g_strcmp0 (g_app_info_get_id (viewer), "viewer.desktop") == 0;
}

static void
test_viewer_gets_the_page (void)
{
  g_autofree char *shown = g_build_filename (g_get_user_data_dir (), "shown", NULL);
  MmpStand *stand = mmp_stand_new ();

  install_viewer (shown);
  mmp_test_await (has_viewer ());
  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.import", NULL);
  mmp_await_dialog (stand->window);
  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.help", NULL);
  mmp_test_await (has_shown (shown, "help:message-portal/scan"));
  mmp_stand_free (stand);
}

int
main (int argc,
      char *argv[])
{
  char *folder = mmp_test_directory ();
  int status;

  g_setenv ("XDG_DATA_HOME", folder, TRUE);
  if (!mmp_stand_init (&argc, &argv))
    return 77;
  g_test_add_func ("/help/topic-follows-what-is-open", test_topic_follows_what_is_open);
  g_test_add_func ("/help/missing-viewer-is-said", test_missing_viewer_is_said);
  g_test_add_func ("/help/viewer-gets-the-page", test_viewer_gets_the_page);
  status = g_test_run ();
  mmp_test_directory_free (folder);

  return status;
}
