/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-import-dialog.h"

#include <string.h>

#include "mmp-code-finder.h"
#include "mmp-saver.h"
#include "mmp-text.h"

#define DEFAULT_SERVICE "default"
#define LOCAL_ADDRESS "127.0.0.1"
#define FIRST_PORT 1884
#define PORTS_TRIED 100

struct _MmpImportDialog
{
  AdwDialog parent_instance;

  MmpAccount *account;
  MmpInvitation *invitation; /* what is under review */
  MmpCodeFinder *finder;

  AdwToastOverlay *toast_overlay;
  AdwNavigationView *navigation;
  GtkWidget *drop_box;
  GtkEditable *text_row;
  GtkLabel *error_label;
  GtkWidget *continue_button;
  MmpCameraPage *camera_page;
  GtkLabel *fingerprint_label;
  GtkEditable *name_row;
  AdwActionRow *broker_row;
  AdwSpinRow *port_row;
  GtkLabel *known_label;
  GtkWidget *add_button;
};

enum
{
  IMPORTED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (MmpImportDialog, mmp_import_dialog, ADW_TYPE_DIALOG)

/* A port that nobody listens on and no profile wants; somebody may still take it meanwhile, which is said then. */
static guint
find_port (MmpImportDialog *self)
{
  GListModel *model = mmp_account_get_connections (self->account);

  for (guint port = FIRST_PORT; port < FIRST_PORT + PORTS_TRIED; port++)
    {
      g_autoptr (GSocketListener) listener = g_socket_listener_new ();
      gboolean wanted = FALSE;

      for (guint i = 0; i < g_list_model_get_n_items (model); i++)
        {
          g_autoptr (MmpConnection) connection = g_list_model_get_item (model, i);
          const MmpProfile *profile = mmp_connection_get_profile (connection);

          for (guint j = 0; profile != NULL && j < profile->forwards->len; j++)
            wanted |= ((MmpProfilePort *) g_ptr_array_index (profile->forwards, j))->port == port;
        }
      if (!wanted && g_socket_listener_add_inet_port (listener, (guint16) port, NULL, NULL))
        return port;
    }

  return FIRST_PORT;
}

/* --- review --------------------------------------------------------------------------------------------------------- */

static const char *
find_known (MmpImportDialog *self)
{
  GListModel *model = mmp_account_get_connections (self->account);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (MmpConnection) connection = g_list_model_get_item (model, i);
      const MmpProfile *profile = mmp_connection_get_profile (connection);

      if (profile != NULL && profile->has_device && mmp_public_key_equal (&profile->device, &self->invitation->listener))
        return profile->name;
    }

  return NULL;
}

static void
on_review_changed (MmpImportDialog *self)
{
  gtk_widget_set_sensitive (self->add_button, gtk_editable_get_text (self->name_row)[0] != '\0');
}

/* Takes @invitation. */
static void
review (MmpImportDialog *self,
        MmpInvitation *invitation)
{
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (&invitation->listener);
  g_autofree char *broker = mmp_mqtt_broker_to_text (invitation->broker);
  g_autofree char *known_text = NULL;
  const char *known;

  g_clear_pointer (&self->invitation, mmp_invitation_free);
  self->invitation = invitation;
  if (mmp_account_has_key (self->account, &invitation->listener))
    {
      mmp_code_finder_say (self->finder, _ ("This is an invitation of your own. Open it on the other device."));
      return;
    }
  known = find_known (self);
  known_text = known != NULL ? g_strdup_printf (_ ("You already have this device as “%s”."), known) : NULL;
  gtk_label_set_text (self->known_label, known_text != NULL ? known_text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->known_label), known != NULL);
  gtk_label_set_text (self->fingerprint_label, fingerprint);
  gtk_editable_set_text (self->name_row, invitation->name != NULL && invitation->name[0] != '\0' ? invitation->name : mmp_mqtt_broker_get_host (invitation->broker));
  adw_action_row_set_subtitle (self->broker_row, broker);
  adw_spin_row_set_value (self->port_row, find_port (self));
  on_review_changed (self);
  mmp_code_finder_say (self->finder, NULL);
  adw_dialog_set_default_widget (ADW_DIALOG (self), self->add_button);
  adw_navigation_view_push_by_tag (self->navigation, "review");
}

static void save (MmpImportDialog *self);

static void
on_saved (GObject *source,
          GAsyncResult *result,
          gpointer user_data)
{
  g_autoptr (MmpImportDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *id = mmp_saver_finish (result, &error);
  g_autofree char *text = NULL;
  AdwToast *toast;

  if (id != NULL)
    {
      g_signal_emit (self, signals[IMPORTED], 0, id);
      adw_dialog_force_close (ADW_DIALOG (self));
      return;
    }
  gtk_widget_set_sensitive (self->add_button, TRUE);
  if (g_error_matches (error, MMP_ERROR, MMP_ERROR_SECRETS))
    {
      mmp_saver_offer_key_files (GTK_WIDGET (self), self->account, error, G_CALLBACK (save), self);
      return;
    }
  text = mmp_text_explain (error);
  toast = adw_toast_new (text);
  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_overlay_add_toast (self->toast_overlay, toast);
}

static void
save (MmpImportDialog *self)
{
  MmpSaver *saver = g_new0 (MmpSaver, 1);
  MmpProfile *profile = mmp_profile_new (MMP_PROFILE_INITIATOR);
  const MmpInvitation *invitation = self->invitation;
  g_autofree char *secret = invitation->has_secret ? g_base64_encode (invitation->secret, MMP_INVITATION_SIZE) : NULL;

  g_set_str (&profile->name, gtk_editable_get_text (self->name_row));
  g_set_str (&profile->prefix, invitation->prefix);
  profile->has_device = TRUE;
  profile->device = invitation->listener;
  mmp_profile_add_forward (profile, LOCAL_ADDRESS, (guint) adw_spin_row_get_value (self->port_row), invitation->service != NULL ? invitation->service : DEFAULT_SERVICE);
  saver->profile = profile;
  saver->broker = mmp_broker_entry_new (mmp_mqtt_broker_get_host (invitation->broker), mmp_mqtt_broker_get_port (invitation->broker), mmp_mqtt_broker_get_tls (invitation->broker));
  saver->invitation = secret != NULL ? mmp_secret_new (secret, strlen (secret)) : NULL;
  gtk_widget_set_sensitive (self->add_button, FALSE);
  mmp_saver_run (saver, self->account, on_saved, g_object_ref (self));
}

static void
on_add_clicked (MmpImportDialog *self)
{
  save (self);
}

/* --- entering ------------------------------------------------------------------------------------------------------- */

static void
take_text (MmpImportDialog *self,
           const char *text)
{
  g_autoptr (GError) error = NULL;
  MmpInvitation *invitation = mmp_invitation_parse (text, &error);
  g_autofree char *problem = NULL;

  if (invitation != NULL)
    {
      review (self, invitation);
      return;
    }
  problem = mmp_text_explain (error);
  mmp_code_finder_say (self->finder, problem);
}

/* Codes are on everything that is for sale. */
static void
take_code (MmpImportDialog *self,
           const char *code)
{
  if (g_ascii_strncasecmp (code, "mmp:", strlen ("mmp:")) == 0)
    take_text (self, code);
  else
    mmp_code_finder_say (self->finder, _ ("This code is no invitation. Choose Show Code in Message Portal on the other device."));
}

static void
on_text_changed (MmpImportDialog *self)
{
  gtk_widget_set_sensitive (self->continue_button, gtk_editable_get_text (self->text_row)[0] != '\0');
  mmp_code_finder_say (self->finder, NULL);
}

static void
on_text_activated (MmpImportDialog *self)
{
  if (gtk_editable_get_text (self->text_row)[0] != '\0')
    take_text (self, gtk_editable_get_text (self->text_row));
}

static void
on_pasted (MmpImportDialog *self,
           const char *text)
{
  gtk_editable_set_text (self->text_row, text);
  take_text (self, text);
}

/* The clipboard is read when a person says so, never by itself. */
static void
on_paste_clicked (MmpImportDialog *self)
{
  mmp_code_finder_paste (self->finder);
}

static void
mmp_import_dialog_dispose (GObject *object)
{
  MmpImportDialog *self = MMP_IMPORT_DIALOG (object);

  if (self->finder != NULL)
    mmp_code_finder_stop (self->finder);
  g_clear_object (&self->finder);
  gtk_widget_dispose_template (GTK_WIDGET (object), MMP_TYPE_IMPORT_DIALOG);
  g_clear_object (&self->account);
  g_clear_pointer (&self->invitation, mmp_invitation_free);

  G_OBJECT_CLASS (mmp_import_dialog_parent_class)->dispose (object);
}

static void
mmp_import_dialog_class_init (MmpImportDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (MMP_TYPE_CAMERA_PAGE);
  G_OBJECT_CLASS (klass)->dispose = mmp_import_dialog_dispose;
  signals[IMPORTED] = g_signal_new ("imported", MMP_TYPE_IMPORT_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class, MMP_RESOURCES "ui/mmp-import-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, MmpImportDialog, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, MmpImportDialog, navigation);
  gtk_widget_class_bind_template_child (widget_class, MmpImportDialog, drop_box);
  gtk_widget_class_bind_template_child (widget_class, MmpImportDialog, text_row);
  gtk_widget_class_bind_template_child (widget_class, MmpImportDialog, error_label);
  gtk_widget_class_bind_template_child (widget_class, MmpImportDialog, continue_button);
  gtk_widget_class_bind_template_child (widget_class, MmpImportDialog, camera_page);
  gtk_widget_class_bind_template_child (widget_class, MmpImportDialog, fingerprint_label);
  gtk_widget_class_bind_template_child (widget_class, MmpImportDialog, name_row);
  gtk_widget_class_bind_template_child (widget_class, MmpImportDialog, broker_row);
  gtk_widget_class_bind_template_child (widget_class, MmpImportDialog, port_row);
  gtk_widget_class_bind_template_child (widget_class, MmpImportDialog, known_label);
  gtk_widget_class_bind_template_child (widget_class, MmpImportDialog, add_button);
  gtk_widget_class_bind_template_callback (widget_class, on_text_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_text_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_paste_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_review_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_add_clicked);
}

static void
mmp_import_dialog_init (MmpImportDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->finder = mmp_code_finder_new (ADW_DIALOG (self), self->navigation, self->camera_page, self->drop_box, self->error_label);
  g_signal_connect_object (self->finder, "found", G_CALLBACK (take_code), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->finder, "pasted", G_CALLBACK (on_pasted), self, G_CONNECT_SWAPPED);
  adw_dialog_set_focus (ADW_DIALOG (self), GTK_WIDGET (self->text_row));
}

/**
 * mmp_import_dialog_new:
 * @text: (nullable): an invitation that came by a link; %NULL: it is still to be pasted
 *
 * Returns: (transfer floating): a dialog
 */
AdwDialog *
mmp_import_dialog_new (MmpAccount *account,
                       const char *text)
{
  MmpImportDialog *self = g_object_new (MMP_TYPE_IMPORT_DIALOG, NULL);

  self->account = g_object_ref (account);
  if (text != NULL)
    {
      gtk_editable_set_text (self->text_row, text);
      take_text (self, text);
    }

  return ADW_DIALOG (self);
}

/**
 * mmp_import_dialog_scan:
 * @source: (nullable): where pictures come from instead of the desktop's camera
 *
 * Goes on to the camera.
 */
void
mmp_import_dialog_scan (MmpImportDialog *self,
                        const MmpCameraSource *source)
{
  if (source != NULL)
    mmp_camera_page_set_source (self->camera_page, source);
  gtk_widget_activate_action (GTK_WIDGET (self), "import.camera", NULL);
}
