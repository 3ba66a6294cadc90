/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-profile-dialog.h"

#include <string.h>

#include "mmp-advanced-row.h"
#include "mmp-broker-group.h"
#include "mmp-discard.h"
#include "mmp-key-pair-row.h"
#include "mmp-saver.h"
#include "mmp-text.h"
#include "mmp-validate.h"

#define DEFAULT_ADDRESS "127.0.0.1"

struct _MmpProfileDialog
{
  AdwDialog parent_instance;

  MmpAccount *account;
  MmpProfile *profile; /* as it was; what is not shown stays */
  MmpSecret *invitation;
  gboolean filling;
  gboolean dirty;
  gboolean saving;

  AdwToastOverlay *toast_overlay;
  GtkButton *save_button;
  GtkEditable *name_row;
  MmpKeyPairRow *key_pair_row;
  GtkWidget *service_group;
  GtkEditable *service_host_row;
  AdwSpinRow *service_port_row;
  AdwPreferencesGroup *device_group;
  GtkEditable *key_row;
  AdwActionRow *fingerprint_row;
  GtkWidget *local_group;
  GtkEditable *local_host_row;
  AdwSpinRow *local_port_row;
  MmpBrokerGroup *broker_group;
  MmpAdvancedRow *advanced_row;
};

enum
{
  SAVED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (MmpProfileDialog, mmp_profile_dialog, ADW_TYPE_DIALOG)

static void
toast (MmpProfileDialog *self,
       const char *text)
{
  AdwToast *made = adw_toast_new (text);

  adw_toast_set_use_markup (made, FALSE);
  adw_toast_overlay_add_toast (self->toast_overlay, made);
}

static gboolean
is_listener (MmpProfileDialog *self)
{
  return self->profile->kind == MMP_PROFILE_LISTENER;
}

/* --- what is right -------------------------------------------------------------------------------------------------- */

/* Says below the heading what is wrong with the key, and shows whose it is if nothing is. */
static gboolean
check_key (MmpProfileDialog *self,
           MmpPublicKey *key)
{
  g_autofree char *text = mmp_validate_clean_key (gtk_editable_get_text (self->key_row));
  gboolean good = mmp_public_key_from_text (text, key, NULL);
  gboolean own = good && mmp_account_has_key (self->account, key);
  g_autofree char *fingerprint = good ? mmp_public_key_to_fingerprint (key) : NULL;
  g_autofree char *problem = mmp_validate_explain_key (text, good, own);

  adw_preferences_group_set_description (self->device_group, problem != NULL ? problem : _ ("The other device shows it under Show Code"));
  gtk_widget_set_visible (GTK_WIDGET (self->fingerprint_row), good && !own);
  if (good)
    adw_action_row_set_subtitle (self->fingerprint_row, fingerprint);
  mmp_validate_mark (self->key_row, problem == NULL);

  return good && !own;
}

static gboolean
check (MmpProfileDialog *self)
{
  const char *host = gtk_editable_get_text (is_listener (self) ? self->service_host_row : self->local_host_row);
  gboolean good = gtk_editable_get_text (self->name_row)[0] != '\0';
  MmpPublicKey key;

  good &= mmp_advanced_row_check (self->advanced_row);
  good &= is_listener (self) || check_key (self, &key);
  good &= mmp_broker_group_check (self->broker_group);
  mmp_validate_mark (is_listener (self) ? self->service_host_row : self->local_host_row, host[0] == '\0' || mmp_validate_host (host));

  return good && mmp_validate_host (host);
}

static void
on_changed (MmpProfileDialog *self)
{
  if (self->filling)
    return;
  self->dirty = TRUE;
  gtk_widget_set_sensitive (GTK_WIDGET (self->save_button), check (self) && !self->saving);
}

/* --- filling in ----------------------------------------------------------------------------------------------------- */

static void
split_port (MmpProfileDialog *self,
            GtkEditable *host_row,
            AdwSpinRow *port_row)
{
  if (!mmp_validate_split_port (host_row, port_row))
    on_changed (self);
}

static void
on_service_host_changed (MmpProfileDialog *self)
{
  split_port (self, self->service_host_row, self->service_port_row);
}

static void
on_local_host_changed (MmpProfileDialog *self)
{
  split_port (self, self->local_host_row, self->local_port_row);
}

static void
fill_from_invitation (MmpProfileDialog *self,
                      const MmpInvitation *invitation)
{
  g_autofree char *key = mmp_public_key_to_short_text (&invitation->listener);
  g_autoptr (MmpBrokerEntry) broker = mmp_broker_entry_new (mmp_mqtt_broker_get_host (invitation->broker), mmp_mqtt_broker_get_port (invitation->broker), mmp_mqtt_broker_get_tls (invitation->broker));
  g_autofree char *secret = invitation->has_secret ? g_base64_encode (invitation->secret, MMP_INVITATION_SIZE) : NULL;

  self->filling = TRUE;
  gtk_editable_set_text (self->key_row, key);
  if (gtk_editable_get_text (self->name_row)[0] == '\0' && invitation->name != NULL)
    gtk_editable_set_text (self->name_row, invitation->name);
  mmp_broker_group_fill_new (self->broker_group, broker);
  mmp_advanced_row_fill_names (self->advanced_row, invitation->prefix, invitation->service);
  self->filling = FALSE;
  g_clear_pointer (&self->invitation, mmp_secret_unref);
  if (secret != NULL)
    self->invitation = mmp_secret_new (secret, strlen (secret));
}

static void
on_key_changed (MmpProfileDialog *self)
{
  const char *text = gtk_editable_get_text (self->key_row);
  g_autoptr (MmpInvitation) invitation = g_ascii_strncasecmp (text, "mmp:", 4) == 0 ? mmp_invitation_parse (text, NULL) : NULL;

  if (invitation != NULL)
    fill_from_invitation (self, invitation);
  on_changed (self);
}

static void
on_advanced_changed (MmpProfileDialog *self)
{
  if (self->filling)
    return;
  mmp_key_pair_row_set_classic (self->key_pair_row, mmp_advanced_row_is_classic (self->advanced_row));
  on_changed (self);
}

/* Most people have one broker, so a new connection begins with the first. */
static void
fill_broker (MmpProfileDialog *self)
{
  g_autoptr (GPtrArray) brokers = mmp_entry_store_list (mmp_account_get_brokers (self->account));
  const char *id = self->profile->broker;

  if (id[0] == '\0' && brokers->len > 0)
    id = ((const MmpBrokerEntry *) g_ptr_array_index (brokers, 0))->id;
  mmp_broker_group_set_ca_file_row (self->broker_group, mmp_advanced_row_get_ca_file_row (self->advanced_row));
  mmp_broker_group_fill (self->broker_group, self->account, id, FALSE);
}

static void
fill (MmpProfileDialog *self)
{
  const MmpProfile *profile = self->profile;
  GPtrArray *ports = is_listener (self) ? profile->services : profile->forwards;
  const MmpProfilePort *port = ports->len > 0 ? g_ptr_array_index (ports, 0) : NULL;

  self->filling = TRUE;
  gtk_editable_set_text (self->name_row, profile->name);
  mmp_advanced_row_fill (self->advanced_row, profile);
  mmp_key_pair_row_fill (self->key_pair_row, self->account, profile);
  fill_broker (self);
  gtk_editable_set_text (self->service_host_row, is_listener (self) && port != NULL ? port->address : "localhost");
  gtk_editable_set_text (self->local_host_row, !is_listener (self) && port != NULL ? port->address : DEFAULT_ADDRESS);
  if (port != NULL && port->port != 0)
    adw_spin_row_set_value (is_listener (self) ? self->service_port_row : self->local_port_row, port->port);
  if (profile->has_device)
    {
      g_autofree char *key = mmp_public_key_to_short_text (&profile->device);

      gtk_editable_set_text (self->key_row, key);
    }
  gtk_widget_set_visible (self->service_group, is_listener (self));
  gtk_widget_set_visible (GTK_WIDGET (self->device_group), !is_listener (self));
  gtk_widget_set_visible (self->local_group, !is_listener (self));
  self->filling = FALSE;
  gtk_widget_set_sensitive (GTK_WIDGET (self->save_button), check (self));
}

/* --- saving --------------------------------------------------------------------------------------------------------- */

static void on_save_clicked (MmpProfileDialog *self);

static void
on_saved (GObject *source,
          GAsyncResult *result,
          gpointer user_data)
{
  g_autoptr (MmpProfileDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *id = mmp_saver_finish (result, &error);
  g_autofree char *text = NULL;

  self->saving = FALSE;
  if (id != NULL)
    {
      g_signal_emit (self, signals[SAVED], 0, id, self->profile->id[0] == '\0');
      adw_dialog_force_close (ADW_DIALOG (self));
      return;
    }
  gtk_widget_set_sensitive (GTK_WIDGET (self->save_button), TRUE);
  if (g_error_matches (error, MMP_ERROR, MMP_ERROR_SECRETS))
    {
      mmp_saver_offer_key_files (GTK_WIDGET (self), self->account, error, G_CALLBACK (on_save_clicked), self);
      return;
    }
  text = mmp_text_explain (error);
  toast (self, text);
}

static void
set_port (GPtrArray *ports,
          MmpProfile *profile,
          gboolean service,
          const char *name,
          const char *address,
          guint number)
{
  MmpProfilePort *port;

  if (ports->len == 0)
    {
      if (service)
        mmp_profile_add_service (profile, name, address, number);
      else
        mmp_profile_add_forward (profile, address, number, name);
      return;
    }
  port = g_ptr_array_index (ports, 0);
  g_set_str (&port->service, name);
  g_set_str (&port->address, address);
  port->port = number;
}

static MmpProfile *
make_profile (MmpProfileDialog *self)
{
  MmpProfile *profile = mmp_profile_copy (self->profile);
  const char *service = mmp_advanced_row_get_service (self->advanced_row);

  g_set_str (&profile->name, gtk_editable_get_text (self->name_row));
  mmp_advanced_row_apply (self->advanced_row, profile);
  g_set_str (&profile->key_pair, mmp_key_pair_row_get_id (self->key_pair_row));
  if (is_listener (self))
    {
      set_port (profile->services, profile, TRUE, service, gtk_editable_get_text (self->service_host_row), (guint) adw_spin_row_get_value (self->service_port_row));
    }
  else
    {
      profile->has_device = check_key (self, &profile->device);
      set_port (profile->forwards, profile, FALSE, service, gtk_editable_get_text (self->local_host_row), (guint) adw_spin_row_get_value (self->local_port_row));
    }

  return profile;
}

static void
on_save_clicked (MmpProfileDialog *self)
{
  MmpSaver *saver = g_new0 (MmpSaver, 1);

  self->saving = TRUE;
  gtk_widget_set_sensitive (GTK_WIDGET (self->save_button), FALSE);
  saver->profile = make_profile (self);
  saver->broker = mmp_broker_group_make_entry (self->broker_group);
  saver->password = mmp_broker_group_get_password (self->broker_group);
  saver->turn_password = mmp_advanced_row_get_turn_password (self->advanced_row);
  saver->invitation = self->invitation != NULL ? mmp_secret_ref (self->invitation) : NULL;
  mmp_saver_run (saver, self->account, on_saved, g_object_ref (self));
}

static void
on_close_attempt (MmpProfileDialog *self)
{
  if (self->dirty)
    mmp_discard_ask (ADW_DIALOG (self));
  else
    adw_dialog_force_close (ADW_DIALOG (self));
}

static void
mmp_profile_dialog_dispose (GObject *object)
{
  MmpProfileDialog *self = MMP_PROFILE_DIALOG (object);

  gtk_widget_dispose_template (GTK_WIDGET (object), MMP_TYPE_PROFILE_DIALOG);
  g_clear_object (&self->account);
  g_clear_pointer (&self->profile, mmp_profile_free);
  g_clear_pointer (&self->invitation, mmp_secret_unref);

  G_OBJECT_CLASS (mmp_profile_dialog_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, MmpProfileDialog, name)
  BIND (toast_overlay);
  BIND (save_button);
  BIND (name_row);
  BIND (key_pair_row);
  BIND (service_group);
  BIND (service_host_row);
  BIND (service_port_row);
  BIND (device_group);
  BIND (key_row);
  BIND (fingerprint_row);
  BIND (local_group);
  BIND (local_host_row);
  BIND (local_port_row);
  BIND (broker_group);
  BIND (advanced_row);
#undef BIND
}

static void
mmp_profile_dialog_class_init (MmpProfileDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = mmp_profile_dialog_dispose;
  g_type_ensure (MMP_TYPE_ADVANCED_ROW);
  g_type_ensure (MMP_TYPE_BROKER_GROUP);
  g_type_ensure (MMP_TYPE_KEY_PAIR_ROW);
  signals[SAVED] = g_signal_new ("saved", MMP_TYPE_PROFILE_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
  gtk_widget_class_set_template_from_resource (widget_class, MMP_RESOURCES "ui/mmp-profile-dialog.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_advanced_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_key_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_service_host_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_local_host_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_save_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_close_attempt);
}

static void
mmp_profile_dialog_init (MmpProfileDialog *self)
{
  self->filling = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * mmp_profile_dialog_new:
 * @profile: what to start from; one without an id is new
 *
 * Returns: (transfer floating): a dialog to set it up
 */
AdwDialog *
mmp_profile_dialog_new (MmpAccount *account,
                        const MmpProfile *profile)
{
  MmpProfileDialog *self = g_object_new (MMP_TYPE_PROFILE_DIALOG, NULL);
  gboolean is_new = profile->id[0] == '\0';

  self->account = g_object_ref (account);
  self->profile = mmp_profile_copy (profile);
  if (is_new)
    adw_dialog_set_title (ADW_DIALOG (self), is_listener (self) ? _ ("Share a Service") : _ ("New Connection"));
  else
    adw_dialog_set_title (ADW_DIALOG (self), _ ("Edit Connection"));
  gtk_button_set_label (self->save_button, is_new ? _ ("_Add") : _ ("_Save"));
  fill (self);

  return ADW_DIALOG (self);
}
