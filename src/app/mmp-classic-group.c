/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-classic-group.h"

#include "mmp-text.h"

struct _MmpClassicGroup
{
  AdwPreferencesGroup parent_instance;

  AdwActionRow *key_row;
};

G_DEFINE_FINAL_TYPE (MmpClassicGroup, mmp_classic_group, ADW_TYPE_PREFERENCES_GROUP)

static void
on_key_activated (MmpClassicGroup *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), adw_action_row_get_subtitle (self->key_row));
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", _ ("Public key copied"));
}

static void
mmp_classic_group_class_init (MmpClassicGroupClass *klass)
{
}

static void
mmp_classic_group_init (MmpClassicGroup *self)
{
  GtkWidget *icon = g_object_new (GTK_TYPE_IMAGE, "icon-name", "edit-copy-symbolic", "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);

  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (self), _ ("Compatible With applic-tunnel"));
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (self), _ ("Signaling has no forward secrecy, data never goes through the broker, and open connections do not outlive an outage."));
  self->key_row = ADW_ACTION_ROW (adw_action_row_new ());
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->key_row), _ ("Public Key of This Device"));
  adw_action_row_set_subtitle_lines (self->key_row, 0);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (self->key_row), TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->key_row), "property");
  adw_action_row_add_suffix (self->key_row, icon);
  g_signal_connect_swapped (self->key_row, "activated", G_CALLBACK (on_key_activated), self);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), GTK_WIDGET (self->key_row));
}

/**
 * mmp_classic_group_show:
 * @profile: (nullable): what it says; only one of the classic mode is shown
 */
void
mmp_classic_group_show (MmpClassicGroup *self,
                        MmpAccount *account,
                        const MmpProfile *profile)
{
  const MmpKeyEntry *key = profile != NULL ? mmp_entry_store_find (mmp_account_get_keys (account), profile->key_pair) : NULL;
  g_autofree char *text = key != NULL ? mmp_public_key_to_text (&key->public_key) : NULL;

  gtk_widget_set_visible (GTK_WIDGET (self), profile != NULL && profile->classic);
  gtk_widget_set_visible (GTK_WIDGET (self->key_row), text != NULL);
  adw_action_row_set_subtitle (self->key_row, text != NULL ? text : "");
}
