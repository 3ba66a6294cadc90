/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-device-dialog.h"

#include <string.h>

#include "mmp-code-finder.h"
#include "mmp-device-change.h"
#include "mmp-device-text.h"
#include "mmp-text.h"
#include "mmp-validate.h"

struct _MmpDeviceDialog
{
  AdwDialog parent_instance;

  MmpAccount *account;
  GtkWidget *parent; /* below it the dialog is; it stays longer */
  MmpCodeFinder *finder;

  AdwNavigationView *navigation;
  GtkWidget *drop_box;
  GtkEditable *key_row;
  GtkLabel *error_label;
  GtkWidget *found_box;
  GtkLabel *fingerprint_label;
  GtkLabel *known_label;
  GtkEditable *name_row;
  GtkWidget *trust_button;
  GtkWidget *scan_group;
  MmpCameraPage *camera_page;
};

G_DEFINE_FINAL_TYPE (MmpDeviceDialog, mmp_device_dialog, ADW_TYPE_DIALOG)

/* Spaces and case do not matter. */
static gboolean
parse_key (const char *text,
           MmpPublicKey *key)
{
  g_autofree char *clean = mmp_validate_clean_key (text);

  return mmp_public_key_from_text (clean, key, NULL);
}

/* What is wrong with the key, or with trusting it; NULL: nothing */
static char *
find_problem (MmpDeviceDialog *self,
              MmpPublicKey *key)
{
  const char *text = gtk_editable_get_text (self->key_row);
  gboolean good = parse_key (text, key);
  g_autofree char *problem = mmp_validate_explain_key (text, good, good && mmp_account_has_key (self->account, key));
  g_autoptr (MmpDevice) known = good ? mmp_device_store_find (mmp_account_get_devices (self->account), key) : NULL;

  if (problem != NULL)
    return g_steal_pointer (&problem);
  if (known != NULL && known->standing == MMP_STANDING_TRUSTED)
    return g_strdup_printf (_ ("You already trust this device as “%s”."), mmp_device_text_name (known));

  return good && strlen (gtk_editable_get_text (self->name_row)) > MMP_DEVICE_NAME_MAX ? g_strdup (_ ("The name is too long")) : NULL;
}

static void
show_known (MmpDeviceDialog *self,
            const MmpPublicKey *key)
{
  g_autoptr (MmpDevice) known = mmp_device_store_find (mmp_account_get_devices (self->account), key);
  g_autofree char *text = known != NULL ? g_strdup_printf (_ ("You blocked this device as “%s”. It is unblocked if you trust it."), mmp_device_text_name (known)) : NULL;

  gtk_label_set_text (self->known_label, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->known_label), text != NULL);
}

static void
show_problem (MmpDeviceDialog *self,
              const char *problem)
{
  mmp_code_finder_say (self->finder, problem);
  mmp_validate_mark (self->key_row, problem == NULL);
  gtk_widget_set_visible (self->found_box, FALSE);
  gtk_widget_set_visible (self->scan_group, TRUE);
  gtk_widget_set_sensitive (self->trust_button, FALSE);
}

static void
on_changed (MmpDeviceDialog *self)
{
  MmpPublicKey key;
  g_autofree char *problem = find_problem (self, &key);
  g_autofree char *fingerprint = NULL;

  if (problem != NULL || gtk_editable_get_text (self->key_row)[0] == '\0')
    {
      show_problem (self, problem);
      return;
    }
  fingerprint = mmp_public_key_to_fingerprint (&key);
  mmp_code_finder_say (self->finder, NULL);
  mmp_validate_mark (self->key_row, TRUE);
  gtk_label_set_text (self->fingerprint_label, fingerprint);
  show_known (self, &key);
  gtk_widget_set_visible (self->found_box, TRUE);
  gtk_widget_set_visible (self->scan_group, FALSE);
  gtk_widget_set_sensitive (self->trust_button, gtk_editable_get_text (self->name_row)[0] != '\0');
}

static gboolean
is_invitation (const char *text)
{
  return g_ascii_strncasecmp (text, "mmp:", strlen ("mmp:")) == 0;
}

/* Who pastes an invitation means the device that it is from. */
static void
take_invitation (MmpDeviceDialog *self,
                 const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MmpInvitation) invitation = mmp_invitation_parse (text, &error);
  g_autofree char *key = NULL;

  if (invitation == NULL)
    {
      g_autofree char *problem = mmp_text_explain (error);

      show_problem (self, problem);
      return;
    }
  key = mmp_public_key_to_short_text (&invitation->listener);
  if (gtk_editable_get_text (self->name_row)[0] == '\0' && invitation->name != NULL)
    gtk_editable_set_text (self->name_row, invitation->name);
  gtk_editable_set_text (self->key_row, key);
}

static void
on_key_changed (MmpDeviceDialog *self)
{
  const char *text = gtk_editable_get_text (self->key_row);

  if (is_invitation (text))
    take_invitation (self, text);
  else
    on_changed (self);
}

static void
on_pasted (MmpDeviceDialog *self,
           const char *text)
{
  adw_navigation_view_pop_to_tag (self->navigation, "enter");
  gtk_editable_set_text (self->key_row, text);
  if (gtk_widget_get_visible (self->found_box))
    gtk_widget_grab_focus (GTK_WIDGET (self->name_row));
}

/* Codes are on everything that is for sale. */
static void
on_found (MmpDeviceDialog *self,
          const char *code)
{
  MmpPublicKey key;

  if (is_invitation (code) || parse_key (code, &key))
    on_pasted (self, code);
  else
    mmp_code_finder_say (self->finder, _ ("This code is no public key. Open a key pair under Key Pairs in Message Portal on the other device."));
}

static void
on_paste_clicked (MmpDeviceDialog *self)
{
  mmp_code_finder_paste (self->finder);
}

static void
on_trust_clicked (MmpDeviceDialog *self)
{
  MmpPublicKey key;
  g_autofree char *problem = find_problem (self, &key);
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (self->name_row)));
  g_autoptr (GError) error = NULL;

  if (problem == NULL && mmp_device_change (self->parent, self->account, &key, MMP_STANDING_TRUSTED, name, &error))
    {
      adw_dialog_force_close (ADW_DIALOG (self));
      return;
    }
  if (problem == NULL)
    problem = mmp_text_explain (error);
  mmp_code_finder_say (self->finder, problem);
}

static void
mmp_device_dialog_dispose (GObject *object)
{
  MmpDeviceDialog *self = MMP_DEVICE_DIALOG (object);

  if (self->finder != NULL)
    mmp_code_finder_stop (self->finder);
  g_clear_object (&self->finder);
  gtk_widget_dispose_template (GTK_WIDGET (object), MMP_TYPE_DEVICE_DIALOG);
  g_clear_object (&self->account);
  g_clear_object (&self->parent);

  G_OBJECT_CLASS (mmp_device_dialog_parent_class)->dispose (object);
}

static void
mmp_device_dialog_class_init (MmpDeviceDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (MMP_TYPE_CAMERA_PAGE);
  G_OBJECT_CLASS (klass)->dispose = mmp_device_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, MMP_RESOURCES "ui/mmp-device-dialog.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, MmpDeviceDialog, name)
  BIND (navigation);
  BIND (drop_box);
  BIND (key_row);
  BIND (error_label);
  BIND (found_box);
  BIND (fingerprint_label);
  BIND (known_label);
  BIND (name_row);
  BIND (trust_button);
  BIND (scan_group);
  BIND (camera_page);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_key_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_paste_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_trust_clicked);
}

static void
mmp_device_dialog_init (MmpDeviceDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->finder = mmp_code_finder_new (ADW_DIALOG (self), self->navigation, self->camera_page, self->drop_box, self->error_label);
  g_signal_connect_object (self->finder, "found", G_CALLBACK (on_found), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->finder, "pasted", G_CALLBACK (on_pasted), self, G_CONNECT_SWAPPED);
  adw_dialog_set_focus (ADW_DIALOG (self), GTK_WIDGET (self->key_row));
}

/**
 * mmp_device_dialog_new:
 * @parent: over which it is shown
 *
 * Returns: (transfer floating): a dialog
 */
AdwDialog *
mmp_device_dialog_new (MmpAccount *account,
                       GtkWidget *parent)
{
  MmpDeviceDialog *self = g_object_new (MMP_TYPE_DEVICE_DIALOG, NULL);

  self->account = g_object_ref (account);
  self->parent = g_object_ref (parent);

  return ADW_DIALOG (self);
}
