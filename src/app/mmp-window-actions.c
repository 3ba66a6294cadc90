/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-window-private.h"

#include "mmp-application.h"
#include "mmp-bridge-dialog.h"
#include "mmp-code-dialog.h"
#include "mmp-file-text.h"
#include "mmp-help.h"
#include "mmp-import-dialog.h"
#include "mmp-preferences.h"
#include "mmp-profile-dialog.h"
#include "mmp-request-dialog.h"
#include "mmp-text.h"

/* Whoever follows more links than this at once is not a person. */
#define LINKS_MAX 8

/* What a toast needs to take a deletion back */
typedef struct
{
  MmpWindow *window; /* that of the toast */
  MmpAccount *account;
  char *id;
  gboolean was_running;
  gboolean undone;
} Deletion;

static void
deletion_free (gpointer data,
               GClosure *closure)
{
  Deletion *deletion = data;

  if (!deletion->undone)
    mmp_profile_store_purge (mmp_account_get_profiles (deletion->account), deletion->id);
  g_object_unref (deletion->account);
  g_free (deletion->id);
  g_free (deletion);
}

static void
toast_error (MmpWindow *self,
             const GError *error)
{
  g_autofree char *text = mmp_text_explain (error);

  mmp_window_toast (self, text);
}

static MmpConnection *
get_connection (GtkWidget *widget,
                GVariant *parameter)
{
  MmpAccount *account = mmp_window_get_account (MMP_WINDOW (widget));

  return account != NULL ? mmp_account_find_connection (account, g_variant_get_string (parameter, NULL)) : NULL;
}

static void
open_connection (GtkWidget *widget,
                 const char *action_name,
                 GVariant *parameter)
{
  mmp_window_open (MMP_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
toggle (GtkWidget *widget,
        const char *action_name,
        GVariant *parameter)
{
  MmpConnection *connection = get_connection (widget, parameter);

  if (connection == NULL)
    return;
  if (mmp_connection_is_running (connection))
    mmp_connection_stop (connection);
  else
    mmp_connection_start (connection);
}

/* Whoever has the keys is asked again, and asks the person in turn. */
static void
retry (GtkWidget *widget,
       const char *action_name,
       GVariant *parameter)
{
  MmpConnection *connection = get_connection (widget, parameter);

  if (connection == NULL)
    return;
  mmp_connection_stop (connection);
  mmp_connection_start (connection);
}

static void
on_profile_saved (MmpWindow *self,
                  const char *id,
                  gboolean is_new)
{
  MmpConnection *connection = mmp_account_find_connection (mmp_window_get_account (self), id);
  g_autofree char *text = NULL;

  if (connection == NULL || !is_new)
    return;
  mmp_window_open (self, id);
  text = g_strdup_printf (_ ("“%s” added"), mmp_text_name (connection));
  mmp_window_toast (self, text);
}

static void
present_profile (MmpWindow *self,
                 const MmpProfile *profile)
{
  static const char *const topics[] = { "share", "reach", "bridge", "portal" };
  AdwDialog *dialog = (mmp_profile_has_rules (profile) ? mmp_bridge_dialog_new : mmp_profile_dialog_new) (mmp_window_get_account (self), profile);

  mmp_help_set_topic (dialog, topics[profile->kind]);
  g_signal_connect_object (dialog, "saved", G_CALLBACK (on_profile_saved), self, G_CONNECT_SWAPPED);
  adw_dialog_present (dialog, GTK_WIDGET (self));
}

static void
edit (GtkWidget *widget,
      const char *action_name,
      GVariant *parameter)
{
  MmpConnection *connection = get_connection (widget, parameter);

  if (connection != NULL && mmp_connection_get_profile (connection) != NULL)
    present_profile (MMP_WINDOW (widget), mmp_connection_get_profile (connection));
}

static void
duplicate (GtkWidget *widget,
           const char *action_name,
           GVariant *parameter)
{
  MmpConnection *connection = get_connection (widget, parameter);
  g_autoptr (MmpProfile) copy = NULL;

  if (connection == NULL || mmp_connection_get_profile (connection) == NULL)
    return;
  copy = mmp_profile_copy (mmp_connection_get_profile (connection));
  g_set_str (&copy->id, "");
  g_free (copy->name);
  copy->name = g_strdup_printf (_ ("%s (copy)"), mmp_text_name (connection));
  present_profile (MMP_WINDOW (widget), copy);
}

static void
new_profile (GtkWidget *widget,
             const char *action_name,
             GVariant *parameter)
{
  static const char *const names[] = {
    [MMP_PROFILE_LISTENER] = "win.new-listener",
    [MMP_PROFILE_INITIATOR] = "win.new-initiator",
    [MMP_PROFILE_BRIDGE] = "win.new-bridge",
    [MMP_PROFILE_PORTAL] = "win.new-portal",
  };
  g_autoptr (MmpProfile) profile = NULL;
  guint kind = 0;

  while (!g_str_equal (action_name, names[kind]))
    kind++;
  profile = mmp_profile_new ((MmpProfileKind) kind);
  present_profile (MMP_WINDOW (widget), profile);
}

static void
show_code (GtkWidget *widget,
           const char *action_name,
           GVariant *parameter)
{
  MmpConnection *connection = get_connection (widget, parameter);
  const MmpProfile *profile = connection != NULL ? mmp_connection_get_profile (connection) : NULL;
  AdwDialog *dialog;

  /* The thesis's programs know no codes. */
  if (profile == NULL || !mmp_profile_has_tunnel (profile) || profile->classic)
    return;
  dialog = mmp_code_dialog_new (mmp_window_get_account (MMP_WINDOW (widget)), profile);
  mmp_help_set_topic (dialog, "share");
  adw_dialog_present (dialog, widget);
}

static void
on_log_file_chosen (GObject *source,
                    GAsyncResult *result,
                    gpointer user_data)
{
  g_autoptr (GFile) file = gtk_file_dialog_save_finish (GTK_FILE_DIALOG (source), result, NULL);
  g_autoptr (MmpWindow) self = user_data;
  const char *text = g_object_get_data (source, "log");
  g_autofree char *said = NULL;
  g_autoptr (GError) error = NULL;

  if (file == NULL)
    return;
  if (g_file_replace_contents (file, text, strlen (text), NULL, FALSE, G_FILE_CREATE_NONE, NULL, NULL, &error))
    said = g_strdup (_ ("Log saved without addresses and keys"));
  else
    said = mmp_file_text_explain (error);
  mmp_window_toast (self, said);
}

static void
save_log (GtkWidget *widget,
          const char *action_name,
          GVariant *parameter)
{
  MmpConnection *connection = get_connection (widget, parameter);
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();

  if (connection == NULL)
    return;
  g_object_set_data_full (G_OBJECT (dialog), "log", mmp_log_to_text (mmp_connection_get_log (connection)), g_free);
  gtk_file_dialog_set_initial_name (dialog, "message-portal.log");
  gtk_file_dialog_save (dialog, GTK_WINDOW (widget), NULL, on_log_file_chosen, g_object_ref (widget));
}

static void
on_undo_deletion (AdwToast *toast,
                  Deletion *deletion)
{
  MmpConnection *connection;
  g_autoptr (GError) error = NULL;

  /* One that does not come back now stays put aside. */
  deletion->undone = TRUE;
  if (!mmp_profile_store_restore (mmp_account_get_profiles (deletion->account), deletion->id, &error))
    toast_error (deletion->window, error);
  connection = mmp_account_find_connection (deletion->account, deletion->id);
  if (connection != NULL && deletion->was_running)
    mmp_connection_start (connection);
}

static void delete (GtkWidget *widget,
                    const char *action_name,
                    GVariant *parameter)
{
  MmpWindow *self = MMP_WINDOW (widget);
  MmpConnection *connection = get_connection (widget, parameter);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  Deletion *deletion;
  AdwToast *toast;

  if (connection == NULL)
    return;
  deletion = g_new0 (Deletion, 1);
  deletion->window = self;
  deletion->account = g_object_ref (mmp_window_get_account (self));
  deletion->id = g_strdup (mmp_connection_get_id (connection));
  deletion->was_running = mmp_connection_is_running (connection);
  text = g_strdup_printf (_ ("“%s” deleted"), mmp_text_name (connection));
  if (!mmp_profile_store_remove (mmp_account_get_profiles (deletion->account), deletion->id, &error))
    {
      deletion->undone = TRUE;
      deletion_free (deletion, NULL);
      toast_error (self, error);
      return;
    }
  toast = mmp_window_toast (self, text);
  adw_toast_set_button_label (toast, _ ("_Undo"));
  g_signal_connect_data (toast, "button-clicked", G_CALLBACK (on_undo_deletion), deletion, deletion_free, 0);
}

static void
review (GtkWidget *widget,
        const char *action_name,
        GVariant *parameter)
{
  MmpConnection *connection = get_connection (widget, parameter);

  if (connection == NULL)
    return;
  mmp_window_open (MMP_WINDOW (widget), mmp_connection_get_id (connection));
  if (mmp_connection_get_requests (connection)->len > 0)
    mmp_request_dialog_present (MMP_WINDOW (widget), connection, g_ptr_array_index (mmp_connection_get_requests (connection), 0));
}

static void
toast_text (GtkWidget *widget,
            const char *action_name,
            GVariant *parameter)
{
  mmp_window_toast (MMP_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
import (GtkWidget *widget,
        const char *action_name,
        GVariant *parameter)
{
  mmp_window_import (MMP_WINDOW (widget), NULL);
}

static void
scan (GtkWidget *widget,
      const char *action_name,
      GVariant *parameter)
{
  AdwDialog *dialog;

  mmp_window_import (MMP_WINDOW (widget), NULL);
  dialog = adw_application_window_get_visible_dialog (ADW_APPLICATION_WINDOW (widget));
  if (MMP_IS_IMPORT_DIALOG (dialog))
    mmp_import_dialog_scan (MMP_IMPORT_DIALOG (dialog), NULL);
}

static void
on_imported (MmpWindow *self,
             const char *id)
{
  on_profile_saved (self, id, TRUE);
}

static void
free_links (gpointer links)
{
  g_queue_free_full (links, g_free);
}

static void open_import (MmpWindow *self,
                         const char *text);

/* Links that came while a dialog was open; the first is the one that is open. */
static GQueue *
get_links (MmpWindow *self)
{
  GQueue *links = g_object_get_data (G_OBJECT (self), "mmp-links");

  if (links == NULL)
    {
      links = g_queue_new ();
      g_object_set_data_full (G_OBJECT (self), "mmp-links", links, free_links);
    }

  return links;
}

static void
on_import_closed (MmpWindow *self)
{
  g_autofree char *done = g_queue_pop_head (get_links (self));
  const char *next = g_queue_peek_head (get_links (self));

  if (next != NULL && !gtk_widget_in_destruction (GTK_WIDGET (self)))
    open_import (self, next);
}

/* Takes its place in the queue also without a link, so that one that comes meanwhile waits. */
static void
open_import (MmpWindow *self,
             const char *text)
{
  AdwDialog *dialog = mmp_import_dialog_new (mmp_window_get_account (self), text[0] != '\0' ? text : NULL);

  mmp_help_set_topic (dialog, "scan");
  g_signal_connect_object (dialog, "imported", G_CALLBACK (on_imported), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (dialog, "closed", G_CALLBACK (on_import_closed), self, G_CONNECT_SWAPPED);
  adw_dialog_present (dialog, GTK_WIDGET (self));
}

/**
 * mmp_window_import:
 * @text: (nullable): an invitation to review; %NULL: it is still to be pasted
 *
 * At most one such dialog is open; a link that comes meanwhile is shown afterwards, each once.
 */
void
mmp_window_import (MmpWindow *self,
                   const char *text)
{
  GQueue *links = get_links (self);

  if (mmp_window_get_account (self) == NULL)
    return;
  if (text != NULL && strlen (text) > MMP_URI_SIZE_MAX)
    {
      mmp_window_toast (self, _ ("The link is too long to be an invitation"));
      return;
    }
  if (text == NULL && !g_queue_is_empty (links))
    return;
  if (text != NULL && (g_queue_find_custom (links, text, (GCompareFunc) strcmp) != NULL || g_queue_get_length (links) >= LINKS_MAX))
    return;
  g_queue_push_tail (links, g_strdup (text != NULL ? text : ""));
  if (g_queue_get_length (links) == 1)
    open_import (self, g_queue_peek_head (links));
}

static void
preferences (GtkWidget *widget,
             const char *action_name,
             GVariant *parameter)
{
  MmpAccount *account = mmp_window_get_account (MMP_WINDOW (widget));
  AdwDialog *dialog;

  if (account == NULL)
    return;
  dialog = mmp_preferences_new (account);
  mmp_help_set_topic (dialog, "background");
  adw_dialog_present (dialog, widget);
}

static void
help (GtkWidget *widget,
      const char *action_name,
      GVariant *parameter)
{
  mmp_help_open (MMP_WINDOW (widget));
}

static void
search (GtkWidget *widget,
        const char *action_name,
        GVariant *parameter)
{
  mmp_window_search (MMP_WINDOW (widget));
}

static void
step (GtkWidget *widget,
      const char *action_name,
      GVariant *parameter)
{
  mmp_window_step (MMP_WINDOW (widget), g_str_equal (action_name, "win.next") ? 1 : -1);
}

/* The shortcuts mean the connection whose page is shown. */
static void
do_with_shown (GtkWidget *widget,
               const char *action_name,
               GVariant *parameter)
{
  MmpConnection *connection = mmp_window_get_shown (MMP_WINDOW (widget));
  g_autofree char *name = g_strndup (action_name, strlen (action_name) - strlen ("-shown"));

  if (connection != NULL)
    gtk_widget_activate_action (widget, name, "s", mmp_connection_get_id (connection));
}

static void
demo (GtkWidget *widget,
      const char *action_name,
      GVariant *parameter)
{
  g_action_group_activate_action (G_ACTION_GROUP (g_application_get_default ()), "demo", NULL);
}

/**
 * mmp_window_class_install_actions:
 *
 * What the window does, for menus, shortcuts, rows, pages and whoever reads the accessible tree.
 */
void
mmp_window_class_install_actions (GtkWidgetClass *widget_class)
{
  static const struct
  {
    const char *name;
    const char *parameter_type;
    GtkWidgetActionActivateFunc activate;
  } actions[] = {
    { "win.open", "s", open_connection },
    { "win.toggle", "s", toggle },
    { "win.retry", "s", retry },
    { "win.edit", "s", edit },
    { "win.duplicate", "s", duplicate },
    { "win.show-code", "s", show_code },
    { "win.save-log", "s", save_log },
    { "win.delete", "s", delete },
    { "win.review", "s", review },
    { "win.toast", "s", toast_text },
    { "win.import", NULL, import },
    { "win.scan", NULL, scan },
    { "win.new-listener", NULL, new_profile },
    { "win.new-initiator", NULL, new_profile },
    { "win.new-bridge", NULL, new_profile },
    { "win.new-portal", NULL, new_profile },
    { "win.demo", NULL, demo },
    { "win.preferences", NULL, preferences },
    { "win.help", NULL, help },
    { "win.search", NULL, search },
    { "win.next", NULL, step },
    { "win.previous", NULL, step },
    { "win.toggle-shown", NULL, do_with_shown },
    { "win.edit-shown", NULL, do_with_shown },
    { "win.show-code-shown", NULL, do_with_shown },
    { "win.delete-shown", NULL, do_with_shown },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_install_action (widget_class, actions[i].name, actions[i].parameter_type, actions[i].activate);
}

static void
on_invited (MmpWindow *self,
            const MmpPublicKey *device,
            const char *name)
{
  g_autofree char *text = g_strdup_printf (_ ("“%s” is now trusted"), name);

  mmp_window_toast (self, text);
}

/**
 * mmp_window_follow:
 *
 * Says what happens to @connection on its own.
 */
void
mmp_window_follow (MmpWindow *self,
                   MmpConnection *connection)
{
  g_signal_connect_object (connection, "invited", G_CALLBACK (on_invited), self, G_CONNECT_SWAPPED);
}
