/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "mmp-closer.h"
#include "mmp-mock.h"
#include "mmp-stand.h"
#include "mmp-test.h"

#define LISTED "1 connection stays up"
#define UNLISTED "1 connection stays up. This desktop does not show apps that run without a window: open Message Portal again to come back to it or to quit."
#define NOTIFICATION "notification Message Portal Keeps Running: "

/* A window with a connection that runs, on a desktop of KINDS (NULL: nothing answers) */
typedef struct
{
  MmpMock *mock;
  MmpStand *stand;
  GSettings *settings;
  MmpBackground *background;
  MmpCloser *closer;
} Scene;

static void
scene_set_up (Scene *scene,
              gconstpointer kinds)
{
  scene->mock = kinds != NULL ? mmp_mock_new (kinds) : NULL;
  scene->stand = mmp_stand_new ();
  scene->settings = g_settings_new (MMP_APP_ID);
  g_settings_reset (scene->settings, "background-explained");
  scene->background = mmp_background_new ();
  scene->closer = mmp_closer_new (g_application_get_default (), scene->stand->account, scene->settings, scene->background);
  mmp_closer_follow (scene->closer, GTK_WINDOW (scene->stand->window));
  mmp_stand_start (scene->stand, mmp_stand_add (scene->stand, MMP_PROFILE_LISTENER, "Office"));
}

static void
scene_tear_down (Scene *scene,
                 gconstpointer kinds)
{
  mmp_test_await_finalize (scene->closer);
  mmp_test_await_finalize (scene->background);
  g_object_unref (scene->settings);
  mmp_stand_free (scene->stand);
  g_clear_pointer (&scene->mock, mmp_mock_free);
}

static gboolean
is_shown (Scene *scene)
{
  return gtk_widget_get_visible (GTK_WIDGET (scene->stand->window));
}

static AdwAlertDialog *
close_and_await_dialog (Scene *scene)
{
  gtk_window_close (GTK_WINDOW (scene->stand->window));

  return ADW_ALERT_DIALOG (mmp_await_dialog (scene->stand->window));
}

static void
close_and_await_notification (Scene *scene,
                              const char *body)
{
  g_autofree char *call = g_strconcat (NOTIFICATION, body, NULL);

  gtk_window_close (GTK_WINDOW (scene->stand->window));
  mmp_test_await (!is_shown (scene));
  mmp_test_await (mmp_mock_was_asked (scene->mock, call));
}

/* Nobody lists the app and nobody notifies: the window itself says how to get back, once. */
static void
test_nothing_answers (Scene *scene,
                      gconstpointer kinds)
{
  AdwAlertDialog *dialog = close_and_await_dialog (scene);

  g_assert_true (is_shown (scene));
  g_assert_cmpstr (adw_alert_dialog_get_body (dialog), ==, UNLISTED);
  mmp_capture (scene->stand->window, "keep-running");
  mmp_click (scene->stand->window, "_Keep Running");
  mmp_test_await (!is_shown (scene));
  gtk_window_present (GTK_WINDOW (scene->stand->window));
  gtk_window_close (GTK_WINDOW (scene->stand->window));
  mmp_test_await (!is_shown (scene));
}

static void
test_no_portals (Scene *scene,
                 gconstpointer kinds)
{
  close_and_await_notification (scene, UNLISTED);
}

static void
test_portals (Scene *scene,
              gconstpointer kinds)
{
  close_and_await_notification (scene, LISTED);
}

/* The window stays while the desktop thinks; closing it again asks no second time. */
static void
test_desktop_is_slow (Scene *scene,
                      gconstpointer kinds)
{
  mmp_mock_set (scene->mock, "background", "wait");
  gtk_window_close (GTK_WINDOW (scene->stand->window));
  mmp_test_await (mmp_mock_was_asked (scene->mock, "background autostart=0 message-portal --background"));
  gtk_window_close (GTK_WINDOW (scene->stand->window));
  mmp_settle ();
  g_assert_true (is_shown (scene));
  mmp_mock_set (scene->mock, "background", "yes");
  mmp_test_await (!is_shown (scene));
}

static void
test_denied (Scene *scene,
             gconstpointer kinds)
{
  AdwAlertDialog *dialog;

  mmp_mock_set (scene->mock, "background", "no");
  dialog = close_and_await_dialog (scene);
  g_assert_true (is_shown (scene));
  g_assert_nonnull (strstr (adw_alert_dialog_get_body (dialog), "does not let Message Portal run without a window"));
  mmp_close_dialog (scene->stand->window);
}

int
main (int argc,
      char *argv[])
{
  if (!mmp_stand_init (&argc, &argv))
    return 77;
  g_test_add ("/closer/nothing-answers", Scene, NULL, scene_set_up, test_nothing_answers, scene_tear_down);
  g_test_add ("/closer/no-portals", Scene, "notifications", scene_set_up, test_no_portals, scene_tear_down);
  g_test_add ("/closer/portals-without-background", Scene, "bare notifications", scene_set_up, test_no_portals, scene_tear_down);
  g_test_add ("/closer/portals", Scene, "portals notifications", scene_set_up, test_portals, scene_tear_down);
  g_test_add ("/closer/desktop-is-slow", Scene, "portals notifications", scene_set_up, test_desktop_is_slow, scene_tear_down);
  g_test_add ("/closer/denied", Scene, "portals", scene_set_up, test_denied, scene_tear_down);

  return g_test_run ();
}
