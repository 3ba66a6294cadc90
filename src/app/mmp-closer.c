/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-closer.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "mmp-portals.h"

/* Seconds that a desktop has to say no to closing the window */
#define PATIENCE 3

struct _MmpCloser
{
  GObject parent_instance;

  GApplication *application; /* (unowned) it owns this */
  MmpAccount *account; /* NULL: nothing runs */
  GSettings *settings;
  MmpBackground *background;
  GtkWindow *window;
  gboolean closing; /* the desktop was asked whether the app may go on */
  guint close_timeout;
};

G_DEFINE_FINAL_TYPE (MmpCloser, mmp_closer, G_TYPE_OBJECT)

static void
hide_window (MmpCloser *self)
{
  g_clear_handle_id (&self->close_timeout, g_source_remove);
  gtk_widget_set_visible (GTK_WIDGET (self->window), FALSE);
}

static void
on_explained (MmpCloser *self,
              const char *response)
{
  if (g_str_equal (response, "keep"))
    hide_window (self);
  else if (g_str_equal (response, "quit"))
    g_application_quit (self->application);
}

static char *
describe_background (MmpCloser *self,
                     gboolean listed)
{
  guint n_connected;
  guint n = mmp_closer_count_running (self->account, &n_connected);
  g_autofree char *stays_up = g_strdup_printf (ngettext ("%u connection stays up", "%u connections stay up", n), n);

  if (listed)
    return g_steal_pointer (&stays_up);

  /* translators: %s is “1 connection stays up” or the like. */
  return g_strdup_printf (_ ("%s. This desktop does not show apps that run without a window: open Message Portal again to come back to it or to quit."), stays_up);
}

/* The first time it is said that the app goes on: by a notification, or where there are none before the window goes. Where no
 * desktop lists apps without a window, it is said as well how to get back. */
static void
go_to_background (MmpCloser *self,
                  gboolean listed)
{
  gboolean explained = g_settings_get_boolean (self->settings, "background-explained");
  g_autofree char *body = describe_background (self, listed);

  g_settings_set_boolean (self->settings, "background-explained", TRUE);
  if (!explained && !mmp_portals_can_notify (g_application_get_dbus_connection (self->application)))
    {
      AdwDialog *dialog = adw_alert_dialog_new (_ ("Keep Running?"), body);

      adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "quit", _ ("_Quit"), "keep", _ ("_Keep Running"), NULL);
      adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "keep");
      g_signal_connect_object (dialog, "response", G_CALLBACK (on_explained), self, G_CONNECT_SWAPPED);
      adw_dialog_present (dialog, GTK_WIDGET (self->window));
      return;
    }
  hide_window (self);
  if (!explained)
    {
      g_autoptr (GNotification) notification = g_notification_new (_ ("Message Portal Keeps Running"));

      g_notification_set_body (notification, body);
      g_notification_add_button (notification, _ ("Quit"), "app.quit");
      g_application_send_notification (self->application, "background", notification);
    }
}

static void
on_close_response (MmpCloser *self,
                   const char *response)
{
  if (g_str_equal (response, "close"))
    g_application_quit (self->application);
}

static void
ask_before_stopping (MmpCloser *self,
                     const char *heading,
                     const char *body,
                     const char *button)
{
  AdwDialog *dialog = adw_alert_dialog_new (heading, body);

  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "cancel", _ ("_Cancel"), "close", button, NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "close", ADW_RESPONSE_DESTRUCTIVE);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "cancel");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_close_response), self, G_CONNECT_SWAPPED);
  adw_dialog_present (dialog, GTK_WIDGET (self->window));
}

static void
ask_before_closing (MmpCloser *self,
                    const char *body)
{
  guint n_connected;
  guint n = mmp_closer_count_running (self->account, &n_connected);
  g_autofree char *heading = g_strdup_printf (ngettext ("Stop %u Connection and Close?", "Stop %u Connections and Close?", n), n);

  ask_before_stopping (self, heading, body, _ ("_Stop and Close"));
}

static void
on_background_answered (GObject *source,
                        GAsyncResult *result,
                        gpointer user_data)
{
  g_autoptr (MmpCloser) self = user_data;
  MmpBackgroundAnswer answer = mmp_background_request_finish (result);
  gboolean late = self->closing && self->close_timeout == 0;
  guint n_connected;

  self->closing = FALSE;
  g_clear_handle_id (&self->close_timeout, g_source_remove);
  if (self->window == NULL || mmp_closer_count_running (self->account, &n_connected) == 0)
    return;
  if (answer == MMP_BACKGROUND_DENIED)
    {
      gtk_window_present (self->window);
      ask_before_closing (self, _ ("This desktop does not let Message Portal run without a window. Devices that use it lose their connections."));
    }
  else if (!late)
    go_to_background (self, answer == MMP_BACKGROUND_ALLOWED);
}

/* A desktop that does not answer is none that says no. */
static gboolean
on_close_late (gpointer user_data)
{
  MmpCloser *self = user_data;

  self->close_timeout = 0;
  if (self->window != NULL)
    go_to_background (self, FALSE);

  return G_SOURCE_REMOVE;
}

static gboolean
on_close_request (MmpCloser *self)
{
  guint n_connected;

  if (mmp_closer_count_running (self->account, &n_connected) == 0)
    return GDK_EVENT_PROPAGATE;
  if (!g_settings_get_boolean (self->settings, "run-in-background"))
    ask_before_closing (self, _ ("Devices that use them lose their connections."));
  else if (self->closing && self->close_timeout == 0)
    go_to_background (self, FALSE);
  else if (!self->closing)
    {
      self->closing = TRUE;
      self->close_timeout = g_timeout_add_seconds (PATIENCE, on_close_late, self);
      mmp_background_request_async (self->background, self->window, g_settings_get_boolean (self->settings, "start-at-login"), on_background_answered, g_object_ref (self));
    }

  return GDK_EVENT_STOP;
}

static void
mmp_closer_dispose (GObject *object)
{
  MmpCloser *self = MMP_CLOSER (object);

  g_clear_handle_id (&self->close_timeout, g_source_remove);
  g_clear_weak_pointer (&self->window);
  g_clear_object (&self->account);
  g_clear_object (&self->settings);
  g_clear_object (&self->background);

  G_OBJECT_CLASS (mmp_closer_parent_class)->dispose (object);
}

static void
mmp_closer_class_init (MmpCloserClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = mmp_closer_dispose;
}

static void
mmp_closer_init (MmpCloser *self)
{
}

/**
 * mmp_closer_new:
 * @application: outlives it
 * @account: (nullable): what runs
 *
 * Returns: (transfer full): what decides about closing and quitting
 */
MmpCloser *
mmp_closer_new (GApplication *application,
                MmpAccount *account,
                GSettings *settings,
                MmpBackground *background)
{
  MmpCloser *self = g_object_new (MMP_TYPE_CLOSER, NULL);

  self->application = application;
  g_set_object (&self->account, account);
  g_set_object (&self->settings, settings);
  g_set_object (&self->background, background);

  return self;
}

/**
 * mmp_closer_follow:
 *
 * From now on decides what closing @window means.
 */
void
mmp_closer_follow (MmpCloser *self,
                   GtkWindow *window)
{
  g_set_weak_pointer (&self->window, window);
  g_signal_connect_object (window, "close-request", G_CALLBACK (on_close_request), self, G_CONNECT_SWAPPED);
}

/**
 * mmp_closer_quit:
 *
 * Stops everything and quits, after asking whoever sees the window while something runs.
 */
void
mmp_closer_quit (MmpCloser *self)
{
  guint n_connected;
  guint n = mmp_closer_count_running (self->account, &n_connected);
  g_autofree char *heading = NULL;

  if (n == 0 || self->window == NULL || !gtk_widget_get_visible (GTK_WIDGET (self->window)))
    {
      g_application_quit (self->application);
      return;
    }
  heading = g_strdup_printf (ngettext ("Stop %u Connection and Quit?", "Stop %u Connections and Quit?", n), n);
  ask_before_stopping (self, heading, _ ("Devices that use them lose their connections."), _ ("_Stop and Quit"));
}

/**
 * mmp_closer_count_running:
 * @account: (nullable): where
 * @n_connected: (out): devices that are connected
 *
 * Returns: how many connections run
 */
guint
mmp_closer_count_running (MmpAccount *account,
                          guint *n_connected)
{
  GListModel *model = account != NULL ? mmp_account_get_connections (account) : NULL;
  guint n = 0;

  *n_connected = 0;
  for (guint i = 0; model != NULL && i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (MmpConnection) connection = g_list_model_get_item (model, i);

      n += mmp_connection_is_running (connection);
      *n_connected += mmp_connection_count_connected (connection);
    }

  return n;
}
