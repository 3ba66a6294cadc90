/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-application.h"

#include <glib-unix.h>
#include <signal.h>

#include "mmp-background.h"
#include "mmp-closer.h"
#include "mmp-demo.h"
#include "mmp-text.h"
#include "mmp-window.h"

struct _MmpApplication
{
  AdwApplication parent_instance;

  MmpAccount *account;
  GError *broken; /* why there is none */
  GSettings *settings;
  MmpBackground *background;
  MmpCloser *closer;
  MmpWindow *window;
  MmpDemo *demo;
  MmpWindow *demo_window;
  gboolean hidden; /* started without a window */
  gboolean held; /* goes on without one */
  GHashTable *troubled; /* ids of connections that a notification was sent for */
};

G_DEFINE_FINAL_TYPE (MmpApplication, mmp_application, ADW_TYPE_APPLICATION)

/* --- what runs ------------------------------------------------------------------------------------------------------ */

static void
tell_desktop (MmpApplication *self)
{
  guint n_connected;
  guint n = mmp_closer_count_running (self->account, &n_connected);
  g_autofree char *text = g_strdup_printf (ngettext ("%u connection runs, %u device connected", "%u connections run, %u devices connected", n), n, n_connected);

  mmp_background_set_status (self->background, text);
}

static void
start_automatic (MmpApplication *self)
{
  GListModel *model = mmp_account_get_connections (self->account);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (MmpConnection) connection = g_list_model_get_item (model, i);
      const MmpProfile *profile = mmp_connection_get_profile (connection);

      if (profile != NULL && profile->autostart)
        mmp_connection_start (connection);
    }
}

/* --- notifications -------------------------------------------------------------------------------------------------- */

static void
on_requested (MmpApplication *self,
              const MmpPublicKey *device,
              const char *name,
              MmpConnection *connection)
{
  g_autoptr (GNotification) notification = NULL;
  g_autofree char *body = NULL;
  g_autofree char *id = NULL;

  if (!g_settings_get_boolean (self->settings, "notify-requests") || (self->window != NULL && gtk_window_is_active (GTK_WINDOW (self->window))))
    return;
  notification = g_notification_new (_ ("Unknown Device Wants to Connect"));
  body = g_strdup_printf (_ ("It wants to use “%s”. Compare its fingerprint before you trust it."), mmp_connection_get_name (connection));
  id = g_strconcat ("request-", mmp_connection_get_id (connection), NULL);
  g_notification_set_body (notification, body);
  g_notification_set_default_action_and_target (notification, "app.review", "s", mmp_connection_get_id (connection));
  g_notification_add_button_with_target (notification, _ ("Review"), "app.review", "s", mmp_connection_get_id (connection));
  g_application_send_notification (G_APPLICATION (self), id, notification);
}

static void
tell_trouble (MmpApplication *self,
              MmpConnection *connection)
{
  const MmpStatus *status = mmp_connection_get_status (connection);
  const char *id = mmp_connection_get_id (connection);
  g_autoptr (GNotification) notification = NULL;
  g_autofree char *title = NULL;
  g_autofree char *body = NULL;

  if (status->state != MMP_STATE_ATTENTION)
    {
      if (g_hash_table_remove (self->troubled, id))
        g_application_withdraw_notification (G_APPLICATION (self), id);
      return;
    }
  if (g_hash_table_contains (self->troubled, id))
    return;
  g_hash_table_insert (self->troubled, g_strdup (id), NULL);
  if (status->cause == NULL || !g_settings_get_boolean (self->settings, "notify-trouble") || (self->window != NULL && gtk_window_is_active (GTK_WINDOW (self->window))))
    return;
  title = g_strdup_printf (_ ("“%s” Needs Attention"), mmp_connection_get_name (connection));
  body = mmp_text_explain (status->cause);
  notification = g_notification_new (title);
  g_notification_set_body (notification, body);
  g_notification_set_default_action_and_target (notification, "app.show", "s", id);
  g_application_send_notification (G_APPLICATION (self), id, notification);
}

static void
on_connection_changed (MmpApplication *self,
                       MmpConnection *connection)
{
  g_autofree char *id = g_strconcat ("request-", mmp_connection_get_id (connection), NULL);

  tell_desktop (self);
  tell_trouble (self, connection);
  if (mmp_connection_get_requests (connection)->len == 0)
    g_application_withdraw_notification (G_APPLICATION (self), id);
}

static void
follow_connections (MmpApplication *self)
{
  GListModel *model = mmp_account_get_connections (self->account);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (MmpConnection) connection = g_list_model_get_item (model, i);

      if (g_signal_handler_find (connection, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL, self) != 0)
        continue;
      g_signal_connect_object (connection, "requested", G_CALLBACK (on_requested), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (connection, "changed", G_CALLBACK (on_connection_changed), self, G_CONNECT_SWAPPED);
    }
}

/* --- the window ----------------------------------------------------------------------------------------------------- */

static void
on_window_destroyed (MmpApplication *self)
{
  self->window = NULL;
}

static void
remember_window (MmpApplication *self)
{
  g_settings_bind (self->settings, "window-width", self->window, "default-width", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "window-height", self->window, "default-height", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "window-maximized", self->window, "maximized", G_SETTINGS_BIND_DEFAULT);
}

static void
present (MmpApplication *self)
{
  if (self->window == NULL)
    {
      if (self->account != NULL)
        self->window = mmp_window_new (GTK_APPLICATION (self), self->account);
      else
        self->window = mmp_window_new_broken (GTK_APPLICATION (self), self->broken);
      remember_window (self);
      mmp_closer_follow (self->closer, GTK_WINDOW (self->window));
      g_signal_connect_object (self->window, "destroy", G_CALLBACK (on_window_destroyed), self, G_CONNECT_SWAPPED);
    }
  /* From now on the window is what keeps the app. */
  if (self->held)
    g_application_release (G_APPLICATION (self));
  self->held = FALSE;
  gtk_window_present (GTK_WINDOW (self->window));
}

/* --- actions -------------------------------------------------------------------------------------------------------- */

static void
on_quit (GSimpleAction *action,
         GVariant *parameter,
         gpointer user_data)
{
  mmp_closer_quit (MMP_APPLICATION (user_data)->closer);
}

static void
on_about (GSimpleAction *action,
          GVariant *parameter,
          gpointer user_data)
{
  MmpApplication *self = user_data;
  AdwDialog *dialog = adw_about_dialog_new_from_appdata (MMP_RESOURCES MMP_APP_ID ".metainfo.xml", NULL);
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));

  adw_about_dialog_set_version (ADW_ABOUT_DIALOG (dialog), MMP_VERSION);
  /* Translators: your names, one a line, perhaps with an address */
  adw_about_dialog_set_translator_credits (ADW_ABOUT_DIALOG (dialog), _ ("translator-credits"));
  adw_dialog_present (dialog, GTK_WIDGET (window));
}

static void
on_review (GSimpleAction *action,
           GVariant *parameter,
           gpointer user_data)
{
  MmpApplication *self = user_data;

  present (self);
  gtk_widget_activate_action (GTK_WIDGET (self->window), "win.review", "s", g_variant_get_string (parameter, NULL));
}

static void
on_show (GSimpleAction *action,
         GVariant *parameter,
         gpointer user_data)
{
  MmpApplication *self = user_data;

  present (self);
  mmp_window_open (self->window, g_variant_get_string (parameter, NULL));
}

/* --- the demo ------------------------------------------------------------------------------------------------------- */

static void
on_demo_closed (MmpApplication *self)
{
  self->demo_window = NULL;
  g_clear_object (&self->demo);
}

static void
on_demo_failed (MmpApplication *self,
                const char *message)
{
  if (self->window != NULL)
    mmp_window_toast (self->window, message);
  g_clear_object (&self->demo);
}

static void
on_demo_ready (MmpApplication *self)
{
  self->demo_window = mmp_window_new (GTK_APPLICATION (self), mmp_demo_get_account (self->demo));
  gtk_window_set_title (GTK_WINDOW (self->demo_window), _ ("Message Portal Demo"));
  g_signal_connect_object (self->demo_window, "destroy", G_CALLBACK (on_demo_closed), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (self->demo_window));
  mmp_window_toast (self->demo_window, _ ("All of this is on this computer; close the window to remove it"));
}

static void
on_demo (GSimpleAction *action,
         GVariant *parameter,
         gpointer user_data)
{
  MmpApplication *self = user_data;
  g_autoptr (GError) error = NULL;

  if (self->demo_window != NULL)
    gtk_window_present (GTK_WINDOW (self->demo_window));
  if (self->demo != NULL)
    return;
  self->demo = mmp_demo_new (&error);
  if (self->demo == NULL)
    {
      on_demo_failed (self, error->message);
      return;
    }
  g_signal_connect_object (self->demo, "ready", G_CALLBACK (on_demo_ready), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->demo, "failed", G_CALLBACK (on_demo_failed), self, G_CONNECT_SWAPPED);
}

static const GActionEntry actions[] = {
  { .name = "quit", .activate = on_quit },
  { .name = "about", .activate = on_about },
  { .name = "review", .activate = on_review, .parameter_type = "s" },
  { .name = "show", .activate = on_show, .parameter_type = "s" },
  { .name = "demo", .activate = on_demo },
};

/* --- the object ----------------------------------------------------------------------------------------------------- */

static void
set_shortcuts (MmpApplication *self)
{
  static const struct
  {
    const char *action;
    const char *keys[3];
  } shortcuts[] = {
    { "app.quit", { "<Control>q" } },
    { "window.close", { "<Control>w" } },
    { "win.new-initiator", { "<Control>n" } },
    { "win.new-listener", { "<Control><Shift>n" } },
    { "win.import", { "<Control><Shift>v" } },
    { "win.scan", { "<Control><Shift>s" } },
    { "win.search", { "<Control>f" } },
    { "win.preferences", { "<Control>comma" } },
    { "win.help", { "F1" } },
    { "win.toggle-shown", { "<Control>Return", "<Control>KP_Enter" } },
    { "win.edit-shown", { "F2" } },
    { "win.show-code-shown", { "<Control>d" } },
    { "win.delete-shown", { "<Control>Delete" } },
    { "win.next", { "<Alt>Down" } },
    { "win.previous", { "<Alt>Up" } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (self), shortcuts[i].action, (const char *const *) shortcuts[i].keys);
}

static void
on_login_answered (GObject *source,
                   GAsyncResult *result,
                   gpointer user_data)
{
  g_autoptr (MmpApplication) self = user_data;
  const char *text = _ ("This desktop does not start Message Portal at login");
  AdwDialog *dialog = self->window != NULL ? adw_application_window_get_visible_dialog (ADW_APPLICATION_WINDOW (self->window)) : NULL;

  if (mmp_background_request_finish (result) == MMP_BACKGROUND_ALLOWED || !g_settings_get_boolean (self->settings, "start-at-login"))
    return;
  g_settings_set_boolean (self->settings, "start-at-login", FALSE);
  if (ADW_IS_PREFERENCES_DIALOG (dialog))
    adw_preferences_dialog_add_toast (ADW_PREFERENCES_DIALOG (dialog), adw_toast_new (text));
  else if (self->window != NULL)
    mmp_window_toast (self->window, text);
}

static void
on_login_changed (MmpApplication *self)
{
  mmp_background_request_async (self->background, GTK_WINDOW (self->window), g_settings_get_boolean (self->settings, "start-at-login"), on_login_answered, g_object_ref (self));
}

/* At the end of the session too, the other sides are told. */
static gboolean
on_stop_signal (gpointer user_data)
{
  g_application_quit (user_data);

  return G_SOURCE_REMOVE;
}

static void
mmp_application_startup (GApplication *application)
{
  MmpApplication *self = MMP_APPLICATION (application);

  G_APPLICATION_CLASS (mmp_application_parent_class)->startup (application);
  self->settings = g_settings_new (MMP_APP_ID);
  self->background = mmp_background_new ();
  self->troubled = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->account = mmp_account_new (NULL, NULL, &self->broken);
  self->closer = mmp_closer_new (application, self->account, self->settings, self->background);
  set_shortcuts (self);
  g_unix_signal_add (SIGINT, on_stop_signal, self);
  g_unix_signal_add (SIGTERM, on_stop_signal, self);
  g_signal_connect_object (self->settings, "changed::start-at-login", G_CALLBACK (on_login_changed), self, G_CONNECT_SWAPPED);
  if (self->account == NULL)
    return;
  g_signal_connect_object (mmp_account_get_connections (self->account), "items-changed", G_CALLBACK (follow_connections), self, G_CONNECT_SWAPPED);
  follow_connections (self);
  start_automatic (self);
}

static void
mmp_application_shutdown (GApplication *application)
{
  MmpApplication *self = MMP_APPLICATION (application);

  if (self->window != NULL)
    gtk_window_destroy (GTK_WINDOW (self->window));
  g_clear_object (&self->demo);
  g_clear_object (&self->closer);
  /* Whoever still holds it: the other sides are told before the process ends. */
  if (self->account != NULL)
    g_object_run_dispose (G_OBJECT (self->account));
  g_clear_object (&self->account);
  g_clear_object (&self->background);

  G_APPLICATION_CLASS (mmp_application_parent_class)->shutdown (application);
}

static void
mmp_application_activate (GApplication *application)
{
  MmpApplication *self = MMP_APPLICATION (application);
  guint n_connected;

  if (self->hidden)
    {
      self->hidden = FALSE;
      /* Without a window and without anything to do there is no reason to stay. */
      if (mmp_closer_count_running (self->account, &n_connected) > 0)
        {
          g_application_hold (application);
          self->held = TRUE;
          return;
        }
      g_application_quit (application);
      return;
    }
  present (self);
}

/* Links are shown for review, one after the other; a link never connects and never trusts. */
static void
mmp_application_open (GApplication *application,
                      GFile **files,
                      int n_files,
                      const char *hint)
{
  MmpApplication *self = MMP_APPLICATION (application);

  present (self);
  for (int i = 0; i < n_files; i++)
    {
      g_autofree char *uri = g_file_get_uri (files[i]);

      mmp_window_import (self->window, uri);
    }
}

static int
mmp_application_handle_local_options (GApplication *application,
                                      GVariantDict *options)
{
  MmpApplication *self = MMP_APPLICATION (application);

  if (g_variant_dict_contains (options, "version"))
    {
      g_print ("Message Portal %s\n", MMP_VERSION);
      return 0;
    }
  self->hidden = g_variant_dict_contains (options, "background");
  if (self->hidden && g_application_register (application, NULL, NULL) && g_application_get_is_remote (application))
    return 0;

  return -1;
}

static void
mmp_application_finalize (GObject *object)
{
  MmpApplication *self = MMP_APPLICATION (object);

  g_clear_object (&self->settings);
  g_clear_error (&self->broken);
  g_clear_pointer (&self->troubled, g_hash_table_unref);

  G_OBJECT_CLASS (mmp_application_parent_class)->finalize (object);
}

static void
mmp_application_class_init (MmpApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = mmp_application_finalize;
  application_class->startup = mmp_application_startup;
  application_class->shutdown = mmp_application_shutdown;
  application_class->activate = mmp_application_activate;
  application_class->open = mmp_application_open;
  application_class->handle_local_options = mmp_application_handle_local_options;
}

static void
mmp_application_init (MmpApplication *self)
{
  static const GOptionEntry entries[] = {
    { "background", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Start connections without a window"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Show the version"), NULL },
    { NULL },
  };

  g_application_add_main_option_entries (G_APPLICATION (self), entries);
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
}

/**
 * mmp_application_new:
 *
 * Returns: (transfer full): the app
 */
MmpApplication *
mmp_application_new (void)
{
  return g_object_new (MMP_TYPE_APPLICATION,
                       "application-id", MMP_APP_ID,
                       "flags", G_APPLICATION_HANDLES_OPEN | G_APPLICATION_CAN_OVERRIDE_APP_ID,
                       "resource-base-path", MMP_RESOURCE_BASE,
                       NULL);
}
