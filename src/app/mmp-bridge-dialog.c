/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-bridge-dialog.h"

#include <string.h>

#include "mmp-broker-group.h"
#include "mmp-discard.h"
#include "mmp-rule-text.h"
#include "mmp-saver.h"
#include "mmp-text.h"
#include "mmp-validate.h"

/* As in role_row and secret_row */
enum
{
  ROLE_CALLS,
  ROLE_IS_CALLED,
};

enum
{
  SECRET_PASSWORD,
  SECRET_KEY,
  SECRET_NONE,
};

struct _MmpBridgeDialog
{
  AdwDialog parent_instance;

  MmpAccount *account;
  MmpProfile *profile; /* as it was; what is not shown stays */
  MmpBridgeKey *key; /* a new one */
  gboolean filling;
  gboolean dirty;
  gboolean saving;

  AdwToastOverlay *toast_overlay;
  GtkButton *save_button;
  GtkEditable *name_row;
  AdwPreferencesGroup *device_group;
  AdwComboRow *role_row;
  GtkEditable *key_row;
  AdwActionRow *fingerprint_row;
  MmpBrokerGroup *local_group;
  MmpBrokerGroup *far_group;
  AdwPreferencesGroup *topics_group;
  GtkEditable *filter_row;
  AdwComboRow *flow_row;
  GtkWidget *fall_back_group;
  AdwSwitchRow *fall_back_row;
  AdwPreferencesGroup *secret_group;
  AdwComboRow *secret_row;
  GtkEditable *password_row;
  AdwActionRow *key_file_row;
  GtkEditable *bridge_id_row;
};

enum
{
  SAVED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (MmpBridgeDialog, mmp_bridge_dialog, ADW_TYPE_DIALOG)

static void
toast_error (MmpBridgeDialog *self,
             const GError *error)
{
  g_autofree char *text = mmp_text_explain (error);
  AdwToast *made = adw_toast_new (text);

  adw_toast_set_use_markup (made, FALSE);
  adw_toast_overlay_add_toast (self->toast_overlay, made);
}

static gboolean
is_portal (MmpBridgeDialog *self)
{
  return self->profile->kind == MMP_PROFILE_PORTAL;
}

static gboolean
is_called (MmpBridgeDialog *self)
{
  return adw_combo_row_get_selected (self->role_row) == ROLE_IS_CALLED;
}

static gboolean
needs_secret (MmpBridgeDialog *self)
{
  return is_portal (self) ? adw_switch_row_get_active (self->fall_back_row) : adw_combo_row_get_selected (self->secret_row) != SECRET_NONE;
}

/* --- what is right -------------------------------------------------------------------------------------------------- */

static gboolean
read_device (MmpBridgeDialog *self,
             MmpPublicKey *key)
{
  const char *text = gtk_editable_get_text (self->key_row);
  g_autoptr (MmpInvitation) invitation = g_ascii_strncasecmp (text, "mmp:", 4) == 0 ? mmp_invitation_parse (text, NULL) : NULL;
  g_autofree char *clean = mmp_validate_clean_key (text);

  if (invitation == NULL)
    return mmp_public_key_from_text (clean, key, NULL);
  *key = invitation->listener;

  return TRUE;
}

static gboolean
check_device (MmpBridgeDialog *self)
{
  MmpPublicKey key;
  gboolean empty = gtk_editable_get_text (self->key_row)[0] == '\0';
  gboolean good = read_device (self, &key);
  g_autofree char *fingerprint = good ? mmp_public_key_to_fingerprint (&key) : NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->key_row), !is_called (self));
  gtk_widget_set_visible (GTK_WIDGET (self->fingerprint_row), good && !is_called (self));
  adw_action_row_set_subtitle (self->fingerprint_row, fingerprint != NULL ? fingerprint : "");
  if (is_called (self))
    adw_preferences_group_set_description (self->device_group, _ ("Show it the code of this portal after adding it"));
  else if (!good && !empty)
    adw_preferences_group_set_description (self->device_group, _ ("This is not a public key. Copy it again from the other device."));
  else
    adw_preferences_group_set_description (self->device_group, _ ("The other device shows it under Show Code"));
  mmp_validate_mark (self->key_row, good || empty || is_called (self));

  return good || is_called (self);
}

static gboolean
has_secret (MmpBridgeDialog *self)
{
  MmpProfileSecretKind kept = self->profile->bridge->secret;

  if (adw_combo_row_get_selected (self->secret_row) == SECRET_PASSWORD)
    return gtk_editable_get_text (self->password_row)[0] != '\0' || kept == MMP_PROFILE_SECRET_PASSWORD;

  return self->key != NULL || kept == MMP_PROFILE_SECRET_KEY || kept == MMP_PROFILE_SECRET_FILE;
}

static gboolean
check_secret (MmpBridgeDialog *self)
{
  guint8 id[MMP_BRIDGE_ID_SIZE];
  gboolean needed = needs_secret (self);
  gboolean password = adw_combo_row_get_selected (self->secret_row) == SECRET_PASSWORD;
  gboolean good = mmp_validate_mark (self->bridge_id_row, !needed || mmp_bridge_id_parse (gtk_editable_get_text (self->bridge_id_row), id, NULL));

  gtk_widget_set_visible (GTK_WIDGET (self->secret_group), !is_portal (self) || needed);
  gtk_widget_set_visible (GTK_WIDGET (self->password_row), needed && password);
  gtk_widget_set_visible (GTK_WIDGET (self->key_file_row), needed && !password);
  gtk_widget_set_visible (GTK_WIDGET (self->bridge_id_row), needed);
  if (!needed)
    adw_preferences_group_set_description (self->secret_group, _ ("Whoever can read the public broker reads the messages"));
  else if (!good)
    adw_preferences_group_set_description (self->secret_group, _ ("A bridge ID has 26 letters and digits. Copy it from the other side."));
  else
    adw_preferences_group_set_description (self->secret_group, _ ("Both sides need the same secret and the same bridge ID"));

  return good && (!needed || has_secret (self));
}

static MmpProfile *make_profile (MmpBridgeDialog *self);

static gboolean
check_topics (MmpBridgeDialog *self)
{
  const char *filter = gtk_editable_get_text (self->filter_row);
  g_autoptr (MmpProfile) profile = make_profile (self);
  g_autoptr (GError) error = NULL;
  gboolean good = mmp_hub_rules_check (profile, &error);
  g_autofree char *problem = !good ? mmp_rule_text_problem (filter, error) : NULL;

  adw_preferences_group_set_description (self->topics_group, problem != NULL ? problem : _ ("For example fields/#; more rules can be added later"));

  return mmp_validate_mark (self->filter_row, good);
}

/* What can be said of both brokers together; what is wrong with one its own rows show */
static gboolean
check_brokers (MmpBridgeDialog *self)
{
  g_autoptr (MmpBrokerEntry) local = mmp_broker_group_make_entry (self->local_group);
  g_autoptr (MmpBrokerEntry) far = mmp_broker_group_make_entry (self->far_group);
  gboolean plain = !is_portal (self) || !is_called (self) || !local->tls;
  gboolean apart = is_portal (self) || local->port != far->port || g_ascii_strcasecmp (local->host, far->host) != 0;
  const char *text = is_portal (self) ? _ ("Any MQTT broker that both devices reach; it sees sealed messages only") : _ ("The broker that all sides reach; it sees sealed messages only");

  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (self->local_group), plain ? _ ("Your own broker; messages are readable there") : _ ("The other end cannot use TLS here. The tunnel is encrypted itself; choose the broker’s port without TLS."));
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (self->far_group), apart ? text : _ ("Both are the same broker. A bridge needs two."));

  return plain && apart;
}

static gboolean
check (MmpBridgeDialog *self)
{
  gboolean good = gtk_editable_get_text (self->name_row)[0] != '\0';

  good &= mmp_broker_group_check (self->local_group);
  good &= mmp_broker_group_check (self->far_group);
  good &= check_brokers (self);
  good &= !is_portal (self) || check_device (self);
  good &= check_secret (self);
  good &= check_topics (self);

  return good;
}

static void
on_changed (MmpBridgeDialog *self)
{
  if (self->filling)
    return;
  self->dirty = TRUE;
  gtk_widget_set_sensitive (GTK_WIDGET (self->save_button), check (self) && !self->saving);
}

/* --- keys ----------------------------------------------------------------------------------------------------------- */

static void
show_key (MmpBridgeDialog *self)
{
  g_autofree char *fingerprint = self->key != NULL ? mmp_bridge_key_to_fingerprint (self->key) : NULL;

  if (fingerprint != NULL)
    adw_action_row_set_subtitle (self->key_file_row, fingerprint);
  else if (self->profile->bridge->secret == MMP_PROFILE_SECRET_FILE)
    adw_action_row_set_subtitle (self->key_file_row, self->profile->bridge->key_file);
  else
    adw_action_row_set_subtitle (self->key_file_row, self->profile->bridge->secret == MMP_PROFILE_SECRET_KEY ? _ ("The one that is kept") : _ ("Open the other side’s key file, or make a new key"));
}

static void
take_key (MmpBridgeDialog *self,
          MmpBridgeKey *key)
{
  g_clear_pointer (&self->key, mmp_bridge_key_unref);
  self->key = key;
  show_key (self);
  on_changed (self);
}

static void
on_new_key_clicked (MmpBridgeDialog *self)
{
  take_key (self, mmp_bridge_key_generate ());
}

static void
on_key_file_chosen (GObject *source,
                    GAsyncResult *result,
                    gpointer user_data)
{
  g_autoptr (MmpBridgeDialog) self = user_data;
  g_autoptr (GFile) file = gtk_file_dialog_open_finish (GTK_FILE_DIALOG (source), result, NULL);
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
  g_autoptr (GError) error = NULL;
  MmpBridgeKey *key;

  if (path == NULL)
    return;
  key = mmp_bridge_key_load (path, &error);
  if (key != NULL)
    take_key (self, key);
  else
    toast_error (self, error);
}

static void
on_open_key_clicked (MmpBridgeDialog *self)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();

  gtk_file_dialog_open (dialog, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL, on_key_file_chosen, g_object_ref (self));
}

/* --- filling in ----------------------------------------------------------------------------------------------------- */

static void
fill_secret (MmpBridgeDialog *self)
{
  const MmpProfileBridge *bridge = self->profile->bridge;
  g_autoptr (GtkStringList) kinds = gtk_string_list_new (NULL);
  gboolean is_new = self->profile->id[0] == '\0' && bridge->secret == MMP_PROFILE_SECRET_NONE;
  guint8 id[MMP_BRIDGE_ID_SIZE];
  g_autofree char *fresh = NULL;

  gtk_string_list_append (kinds, _ ("A password"));
  gtk_string_list_append (kinds, _ ("A key"));
  if (!is_portal (self))
    gtk_string_list_append (kinds, _ ("Nothing"));
  adw_combo_row_set_model (self->secret_row, G_LIST_MODEL (kinds));
  if (bridge->secret == MMP_PROFILE_SECRET_KEY || bridge->secret == MMP_PROFILE_SECRET_FILE)
    adw_combo_row_set_selected (self->secret_row, SECRET_KEY);
  else if (bridge->secret == MMP_PROFILE_SECRET_NONE && !is_new && !is_portal (self))
    adw_combo_row_set_selected (self->secret_row, SECRET_NONE);
  mmp_bridge_id_generate (id);
  fresh = mmp_bridge_id_to_text (id);
  gtk_editable_set_text (self->bridge_id_row, bridge->bridge_id[0] != '\0' ? bridge->bridge_id : fresh);
  show_key (self);
}

static void
fill (MmpBridgeDialog *self)
{
  const MmpProfile *profile = self->profile;
  gboolean is_new = profile->id[0] == '\0';

  self->filling = TRUE;
  gtk_editable_set_text (self->name_row, profile->name);
  mmp_broker_group_fill (self->local_group, self->account, profile->bridge->local, TRUE);
  mmp_broker_group_fill (self->far_group, self->account, profile->broker, FALSE);
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (self->far_group), is_portal (self) ? _ ("Signaling Broker") : _ ("Public Broker"));
  if (profile->has_device)
    {
      g_autofree char *key = mmp_public_key_to_short_text (&profile->device);

      gtk_editable_set_text (self->key_row, key);
    }
  adw_combo_row_set_selected (self->role_row, is_new || profile->has_device ? ROLE_CALLS : ROLE_IS_CALLED);
  adw_switch_row_set_active (self->fall_back_row, profile->bridge->fall_back);
  adw_combo_row_set_selected (self->flow_row, MMP_PROFILE_FLOW_BOTH);
  fill_secret (self);
  gtk_widget_set_visible (GTK_WIDGET (self->device_group), is_portal (self));
  gtk_widget_set_visible (self->fall_back_group, is_portal (self));
  gtk_widget_set_visible (GTK_WIDGET (self->topics_group), is_new && profile->bridge->rules->len == 0);
  self->filling = FALSE;
  gtk_widget_set_sensitive (GTK_WIDGET (self->save_button), check (self));
}

/* --- saving --------------------------------------------------------------------------------------------------------- */

static void on_save_clicked (MmpBridgeDialog *self);

static void
on_saved (GObject *source,
          GAsyncResult *result,
          gpointer user_data)
{
  g_autoptr (MmpBridgeDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *id = mmp_saver_finish (result, &error);

  self->saving = FALSE;
  if (id != NULL)
    {
      g_signal_emit (self, signals[SAVED], 0, id, self->profile->id[0] == '\0');
      adw_dialog_force_close (ADW_DIALOG (self));
      return;
    }
  gtk_widget_set_sensitive (GTK_WIDGET (self->save_button), TRUE);
  if (g_error_matches (error, MMP_ERROR, MMP_ERROR_SECRETS))
    mmp_saver_offer_key_files (GTK_WIDGET (self), self->account, error, G_CALLBACK (on_save_clicked), self);
  else
    toast_error (self, error);
}

static void
set_secret (MmpBridgeDialog *self,
            MmpProfileBridge *bridge)
{
  guint kind = adw_combo_row_get_selected (self->secret_row);
  gboolean is_fresh = kind == SECRET_PASSWORD ? gtk_editable_get_text (self->password_row)[0] != '\0' : self->key != NULL;

  g_set_str (&bridge->bridge_id, needs_secret (self) ? gtk_editable_get_text (self->bridge_id_row) : "");
  if (!needs_secret (self))
    {
      bridge->secret = MMP_PROFILE_SECRET_NONE;
      return;
    }
  if (!is_fresh)
    return;
  /* Another id: whoever else has the old secret keeps it, and what runs starts again with the new one. */
  bridge->secret = kind == SECRET_PASSWORD ? MMP_PROFILE_SECRET_PASSWORD : MMP_PROFILE_SECRET_KEY;
  g_free (bridge->secret_id);
  bridge->secret_id = g_uuid_string_random ();
}

static MmpProfile *
make_profile (MmpBridgeDialog *self)
{
  MmpProfile *profile = mmp_profile_copy (self->profile);
  const char *filter = gtk_editable_get_text (self->filter_row);

  g_set_str (&profile->name, gtk_editable_get_text (self->name_row));
  if (is_portal (self))
    {
      profile->has_device = !is_called (self) && read_device (self, &profile->device);
      profile->bridge->fall_back = adw_switch_row_get_active (self->fall_back_row);
    }
  set_secret (self, profile->bridge);
  if (filter[0] != '\0')
    {
      MmpProfileRule *rule = mmp_profile_rule_new (filter, (MmpProfileFlow) adw_combo_row_get_selected (self->flow_row));

      rule->sealed = needs_secret (self);
      g_ptr_array_add (profile->bridge->rules, rule);
    }

  return profile;
}

static MmpSecret *
make_secret (MmpBridgeDialog *self)
{
  const char *password = gtk_editable_get_text (self->password_row);

  if (!needs_secret (self))
    return NULL;
  if (adw_combo_row_get_selected (self->secret_row) == SECRET_PASSWORD)
    return password[0] != '\0' ? mmp_secret_new (password, strlen (password)) : NULL;

  return self->key != NULL ? mmp_bridge_key_to_secret (self->key) : NULL;
}

static void
on_save_clicked (MmpBridgeDialog *self)
{
  MmpSaver *saver = g_new0 (MmpSaver, 1);

  self->saving = TRUE;
  gtk_widget_set_sensitive (GTK_WIDGET (self->save_button), FALSE);
  saver->profile = make_profile (self);
  saver->local = mmp_broker_group_make_entry (self->local_group);
  saver->local_password = mmp_broker_group_get_password (self->local_group);
  saver->broker = mmp_broker_group_make_entry (self->far_group);
  saver->password = mmp_broker_group_get_password (self->far_group);
  saver->secret = make_secret (self);
  mmp_saver_run (saver, self->account, on_saved, g_object_ref (self));
}

static void
on_close_attempt (MmpBridgeDialog *self)
{
  if (self->dirty)
    mmp_discard_ask (ADW_DIALOG (self));
  else
    adw_dialog_force_close (ADW_DIALOG (self));
}

static void
mmp_bridge_dialog_dispose (GObject *object)
{
  MmpBridgeDialog *self = MMP_BRIDGE_DIALOG (object);

  gtk_widget_dispose_template (GTK_WIDGET (object), MMP_TYPE_BRIDGE_DIALOG);
  g_clear_object (&self->account);
  g_clear_pointer (&self->profile, mmp_profile_free);
  g_clear_pointer (&self->key, mmp_bridge_key_unref);

  G_OBJECT_CLASS (mmp_bridge_dialog_parent_class)->dispose (object);
}

static void
mmp_bridge_dialog_class_init (MmpBridgeDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = mmp_bridge_dialog_dispose;
  signals[SAVED] = g_signal_new ("saved", MMP_TYPE_BRIDGE_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
  g_type_ensure (MMP_TYPE_BROKER_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class, MMP_RESOURCES "ui/mmp-bridge-dialog.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, MmpBridgeDialog, name)
  BIND (toast_overlay);
  BIND (save_button);
  BIND (name_row);
  BIND (device_group);
  BIND (role_row);
  BIND (key_row);
  BIND (fingerprint_row);
  BIND (local_group);
  BIND (far_group);
  BIND (topics_group);
  BIND (filter_row);
  BIND (flow_row);
  BIND (fall_back_group);
  BIND (fall_back_row);
  BIND (secret_group);
  BIND (secret_row);
  BIND (password_row);
  BIND (key_file_row);
  BIND (bridge_id_row);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_open_key_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_new_key_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_save_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_close_attempt);
}

static void
mmp_bridge_dialog_init (MmpBridgeDialog *self)
{
  self->filling = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * mmp_bridge_dialog_new:
 * @profile: of a bridge or portal; one without an id is new
 *
 * Returns: (transfer floating): a dialog to set it up
 */
AdwDialog *
mmp_bridge_dialog_new (MmpAccount *account,
                       const MmpProfile *profile)
{
  MmpBridgeDialog *self = g_object_new (MMP_TYPE_BRIDGE_DIALOG, NULL);
  gboolean is_new = profile->id[0] == '\0';

  self->account = g_object_ref (account);
  self->profile = mmp_profile_copy (profile);
  if (is_portal (self))
    adw_dialog_set_title (ADW_DIALOG (self), is_new ? _ ("New Portal") : _ ("Edit Portal"));
  else
    adw_dialog_set_title (ADW_DIALOG (self), is_new ? _ ("New Bridge") : _ ("Edit Bridge"));
  gtk_button_set_label (self->save_button, is_new ? _ ("_Add") : _ ("_Save"));
  fill (self);

  return ADW_DIALOG (self);
}
