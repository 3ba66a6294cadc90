/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-code-dialog.h"

#include "mmp-file-text.h"
#include "mmp-qr-paintable.h"
#include "mmp-text.h"

#define INVITATION_MINUTES 10
#define IMAGE_SCALE 10

struct _MmpCodeDialog
{
  AdwDialog parent_instance;

  MmpAccount *account;
  MmpInvitation *invitation; /* NULL: only a public key is shown */
  char *text; /* what is copied */

  AdwToastOverlay *toast_overlay;
  GtkPicture *picture;
  GtkLabel *fingerprint_label;
  GtkLabel *hint_label;
  GtkWidget *once_group;
  AdwSwitchRow *once_row;
  GtkButton *copy_button;
};

G_DEFINE_FINAL_TYPE (MmpCodeDialog, mmp_code_dialog, ADW_TYPE_DIALOG)

static void
toast (MmpCodeDialog *self,
       const char *text)
{
  AdwToast *made = adw_toast_new (text);

  adw_toast_set_use_markup (made, FALSE);
  adw_toast_overlay_add_toast (self->toast_overlay, made);
}

static void
show (MmpCodeDialog *self,
      const char *code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkPaintable) paintable = mmp_qr_paintable_new (code, &error);

  if (paintable == NULL)
    {
      toast (self, error->message);
      return;
    }
  gtk_picture_set_paintable (self->picture, paintable);
}

static void
show_invitation (MmpCodeDialog *self)
{
  g_autofree char *code = mmp_invitation_to_uri (self->invitation);

  g_free (self->text);
  self->text = mmp_invitation_to_uri (self->invitation);
  show (self, code);
}

static void
on_once_changed (MmpCodeDialog *self)
{
  g_autoptr (GError) error = NULL;

  if (self->invitation == NULL)
    return;
  self->invitation->has_secret = FALSE;
  if (adw_switch_row_get_active (self->once_row) && !mmp_hub_invite (mmp_account_get_hub (self->account), self->invitation, INVITATION_MINUTES, &error))
    {
      g_autofree char *text = mmp_text_explain (error);

      toast (self, text);
    }
  show_invitation (self);
}

static void
on_copy_clicked (MmpCodeDialog *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->text);
  toast (self, self->invitation != NULL ? _ ("Invitation copied") : _ ("Public key copied"));
}

static void
on_file_chosen (GObject *source,
                GAsyncResult *result,
                gpointer user_data)
{
  g_autoptr (MmpCodeDialog) self = user_data;
  g_autoptr (GFile) file = gtk_file_dialog_save_finish (GTK_FILE_DIALOG (source), result, NULL);
  g_autoptr (GdkTexture) texture = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  if (file == NULL)
    return;
  texture = mmp_qr_paintable_get_texture (MMP_QR_PAINTABLE (gtk_picture_get_paintable (self->picture)), IMAGE_SCALE);
  bytes = gdk_texture_save_to_png_bytes (texture);
  if (g_file_replace_contents (file, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL, FALSE, G_FILE_CREATE_NONE, NULL, NULL, &error))
    text = g_strdup (_ ("Image saved"));
  else
    text = mmp_file_text_explain (error);
  toast (self, text);
}

static void
on_save_clicked (MmpCodeDialog *self)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();

  gtk_file_dialog_set_initial_name (dialog, "message-portal.png");
  gtk_file_dialog_save (dialog, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL, on_file_chosen, g_object_ref (self));
}

static void
mmp_code_dialog_dispose (GObject *object)
{
  MmpCodeDialog *self = MMP_CODE_DIALOG (object);

  gtk_widget_dispose_template (GTK_WIDGET (object), MMP_TYPE_CODE_DIALOG);
  g_clear_object (&self->account);
  g_clear_pointer (&self->invitation, mmp_invitation_free);
  g_clear_pointer (&self->text, g_free);

  G_OBJECT_CLASS (mmp_code_dialog_parent_class)->dispose (object);
}

static void
mmp_code_dialog_class_init (MmpCodeDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = mmp_code_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, MMP_RESOURCES "ui/mmp-code-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, MmpCodeDialog, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, MmpCodeDialog, picture);
  gtk_widget_class_bind_template_child (widget_class, MmpCodeDialog, fingerprint_label);
  gtk_widget_class_bind_template_child (widget_class, MmpCodeDialog, hint_label);
  gtk_widget_class_bind_template_child (widget_class, MmpCodeDialog, once_group);
  gtk_widget_class_bind_template_child (widget_class, MmpCodeDialog, once_row);
  gtk_widget_class_bind_template_child (widget_class, MmpCodeDialog, copy_button);
  gtk_widget_class_bind_template_callback (widget_class, on_once_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_copy_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_save_clicked);
}

static void
mmp_code_dialog_init (MmpCodeDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static AdwDialog *
show_key (MmpAccount *account,
          const MmpPublicKey *key,
          const char *hint)
{
  MmpCodeDialog *self = g_object_new (MMP_TYPE_CODE_DIALOG, NULL);
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (key);

  self->account = g_object_ref (account);
  self->text = mmp_public_key_to_short_text (key);
  gtk_label_set_text (self->fingerprint_label, fingerprint);
  gtk_label_set_text (self->hint_label, hint);
  gtk_button_set_label (self->copy_button, _ ("_Copy Public Key"));
  gtk_widget_set_visible (self->once_group, FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->picture), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("QR code with the public key"), -1);
  show (self, self->text);

  return ADW_DIALOG (self);
}

/**
 * mmp_code_dialog_new_for_key:
 *
 * Returns: (transfer floating): a dialog with the public key
 */
AdwDialog *
mmp_code_dialog_new_for_key (MmpAccount *account,
                             const MmpKeyEntry *key)
{
  return show_key (account, &key->public_key, _ ("This is how the other device knows this one"));
}

/**
 * mmp_code_dialog_new_for_device:
 * @key: of a device that this one trusts
 *
 * Returns: (transfer floating): a dialog with the public key, by which a third device can trust it as well
 */
AdwDialog *
mmp_code_dialog_new_for_device (MmpAccount *account,
                                const MmpPublicKey *key)
{
  AdwDialog *dialog = show_key (account, key, _ ("Scan this code under Trusted Devices on another computer that is to trust this device too"));

  adw_dialog_set_title (dialog, _ ("Code of the Device"));

  return dialog;
}

/**
 * mmp_code_dialog_new:
 *
 * Returns: (transfer floating): a dialog with the invitation to a listener, or with an initiator's public key
 */
AdwDialog *
mmp_code_dialog_new (MmpAccount *account,
                     const MmpProfile *profile)
{
  const MmpKeyEntry *key = mmp_entry_store_find (mmp_account_get_keys (account), profile->key_pair);
  MmpCodeDialog *self;
  g_autoptr (MmpInvitation) invitation = NULL;
  g_autofree char *fingerprint = NULL;
  g_autoptr (GError) error = NULL;

  if (!mmp_profile_is_called (profile) && key != NULL)
    return mmp_code_dialog_new_for_key (account, key);

  self = g_object_new (MMP_TYPE_CODE_DIALOG, NULL);
  self->account = g_object_ref (account);
  invitation = mmp_account_make_invitation (account, profile, &error);
  if (invitation == NULL)
    {
      g_autofree char *text = mmp_text_explain (error);

      gtk_label_set_text (self->hint_label, text);
      gtk_widget_set_sensitive (GTK_WIDGET (self->copy_button), FALSE);
      gtk_widget_set_sensitive (self->once_group, FALSE);
      return ADW_DIALOG (self);
    }
  fingerprint = mmp_public_key_to_fingerprint (&invitation->listener);
  gtk_label_set_text (self->fingerprint_label, fingerprint);
  gtk_label_set_text (self->hint_label, _ ("Scan this code with Message Portal on the other device, or paste the invitation there, and compare the fingerprint"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->picture), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("QR code with the invitation"), -1);
  self->invitation = g_steal_pointer (&invitation);
  show_invitation (self);

  return ADW_DIALOG (self);
}
