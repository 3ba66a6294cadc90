/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-rules-list.h"

#include "mmp-rule-dialog.h"
#include "mmp-rule-text.h"
#include "mmp-text.h"
#include "mmp-window.h"

struct _MmpRulesList
{
  AdwPreferencesGroup parent_instance;

  MmpAccount *account;
  MmpProfile *profile; /* as it is shown */
  GPtrArray *rows;
  GtkWidget *add_row;
};

/* What a toast needs to put a rule back */
typedef struct
{
  MmpAccount *account;
  char *id;
  MmpProfileRule *rule;
  guint index;
} Removal;

G_DEFINE_FINAL_TYPE (MmpRulesList, mmp_rules_list, ADW_TYPE_PREFERENCES_GROUP)

static void
removal_free (gpointer data,
              GClosure *closure)
{
  Removal *removal = data;

  g_object_unref (removal->account);
  g_free (removal->id);
  mmp_profile_rule_free (removal->rule);
  g_free (removal);
}

/* --- rows ----------------------------------------------------------------------------------------------------------- */

static void
add_detail (AdwExpanderRow *row,
            const char *title,
            const char *value)
{
  GtkWidget *detail = adw_action_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (detail), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (detail), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (detail), value);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (detail), 0);
  gtk_widget_add_css_class (detail, "property");
  adw_expander_row_add_row (row, detail);
}

static void
add_item (GMenu *menu,
          const char *label,
          const char *action,
          guint index)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, action, "u", index);
  g_menu_append_item (menu, item);
}

static GtkWidget *
make_menu_button (MmpRulesList *self,
                  guint index)
{
  GtkWidget *button = gtk_menu_button_new ();
  g_autoptr (GMenu) menu = g_menu_new ();

  add_item (menu, _ ("_Edit…"), "rules.edit", index);
  if (index > 0)
    add_item (menu, _ ("Move _Up"), "rules.up", index);
  if (index + 1 < self->profile->bridge->rules->len)
    add_item (menu, _ ("Move _Down"), "rules.down", index);
  add_item (menu, _ ("_Remove"), "rules.remove", index);
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), G_MENU_MODEL (menu));
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "view-more-symbolic");
  gtk_widget_set_tooltip_text (button, _ ("Rule Menu"));
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");

  return button;
}

static GtkWidget *
make_row (MmpRulesList *self,
          guint index)
{
  const MmpProfileRule *rule = g_ptr_array_index (self->profile->bridge->rules, index);
  GtkWidget *row = adw_expander_row_new ();
  g_autofree char *summary = mmp_rule_text_summary (self->profile, rule);
  g_autofree char *map = mmp_rule_text_map (rule);
  g_autofree char *age = mmp_rule_text_age (rule);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), rule->filter);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (row), summary);
  adw_expander_row_set_subtitle_lines (ADW_EXPANDER_ROW (row), 0);
  adw_expander_row_add_suffix (ADW_EXPANDER_ROW (row), make_menu_button (self, index));
  add_detail (ADW_EXPANDER_ROW (row), _ ("Topics on the Way"), map);
  add_detail (ADW_EXPANDER_ROW (row), _ ("Quality of Service"), mmp_rule_text_qos (rule));
  add_detail (ADW_EXPANDER_ROW (row), _ ("Messages Taken"), age);
  add_detail (ADW_EXPANDER_ROW (row), _ ("Public Broker Sees"), mmp_rule_text_topics (self->profile, rule));
  add_detail (ADW_EXPANDER_ROW (row), _ ("Public Broker Keeps Retained Messages"), rule->retain ? _ ("Yes") : _ ("No"));

  return row;
}

static char *
describe (const MmpProfile *profile)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < profile->bridge->rules->len; i++)
    {
      const MmpProfileRule *rule = g_ptr_array_index (profile->bridge->rules, i);

      g_string_append_printf (text, "%s\n%s\n%d %d %d %u %d %u\n", rule->filter, rule->map, rule->flow, rule->sealed, rule->topics, rule->qos, rule->retain, rule->max_age);
    }

  return g_string_free (text, FALSE);
}

/* The add button stays the last. */
static void
make_rows (MmpRulesList *self,
           GHashTable *expanded)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (self);
  GPtrArray *rules = self->profile->bridge->rules;

  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (group, g_ptr_array_index (self->rows, i));
  g_ptr_array_set_size (self->rows, 0);
  adw_preferences_group_remove (group, self->add_row);
  for (guint i = 0; i < rules->len; i++)
    {
      GtkWidget *row = make_row (self, i);

      adw_expander_row_set_expanded (ADW_EXPANDER_ROW (row), g_hash_table_contains (expanded, ((MmpProfileRule *) g_ptr_array_index (rules, i))->filter));
      g_ptr_array_add (self->rows, row);
      adw_preferences_group_add (group, row);
    }
  adw_preferences_group_add (group, self->add_row);
  gtk_widget_set_visible (self->add_row, rules->len < MMP_PROFILE_RULES_MAX);
}

/* --- what a person does --------------------------------------------------------------------------------------------- */

static gboolean
save (GtkWidget *widget,
      MmpAccount *account,
      MmpProfile *profile)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if (mmp_profile_store_save (mmp_account_get_profiles (account), profile, &error))
    return TRUE;
  text = mmp_text_explain (error);
  gtk_widget_activate_action (widget, "win.toast", "s", text);

  return FALSE;
}

static void
on_done (MmpRulesList *self,
         MmpRuleDialog *dialog)
{
  g_autoptr (MmpProfile) changed = mmp_profile_copy (self->profile);
  guint index = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (dialog), "index"));

  if (index < changed->bridge->rules->len)
    g_ptr_array_remove_index (changed->bridge->rules, index);
  index = MIN (index, changed->bridge->rules->len);
  g_ptr_array_insert (changed->bridge->rules, (int) index, mmp_rule_dialog_make_rule (dialog));
  save (GTK_WIDGET (self), self->account, changed);
}

static void
present (MmpRulesList *self,
         guint index)
{
  AdwDialog *dialog = mmp_rule_dialog_new (self->profile, index);

  g_object_set_data (G_OBJECT (dialog), "index", GUINT_TO_POINTER (index));
  g_signal_connect_object (dialog, "done", G_CALLBACK (on_done), self, G_CONNECT_SWAPPED);
  adw_dialog_present (dialog, GTK_WIDGET (self));
}

static void
add_rule (GtkWidget *widget,
          const char *action_name,
          GVariant *parameter)
{
  MmpRulesList *self = MMP_RULES_LIST (widget);

  present (self, self->profile->bridge->rules->len);
}

static void
edit_rule (GtkWidget *widget,
           const char *action_name,
           GVariant *parameter)
{
  present (MMP_RULES_LIST (widget), g_variant_get_uint32 (parameter));
}

static void
move_rule (GtkWidget *widget,
           const char *action_name,
           GVariant *parameter)
{
  MmpRulesList *self = MMP_RULES_LIST (widget);
  g_autoptr (MmpProfile) changed = mmp_profile_copy (self->profile);
  gpointer *rules = changed->bridge->rules->pdata;
  guint index = g_variant_get_uint32 (parameter) - (g_str_equal (action_name, "rules.up") ? 1 : 0);
  gpointer moved;

  if (index + 1 >= changed->bridge->rules->len)
    return;
  moved = rules[index];
  rules[index] = rules[index + 1];
  rules[index + 1] = moved;
  save (widget, self->account, changed);
}

static void
on_undo (AdwToast *toast,
         Removal *removal)
{
  const MmpProfile *profile = mmp_profile_store_get (mmp_account_get_profiles (removal->account), removal->id, NULL);
  g_autoptr (MmpProfile) changed = profile != NULL ? mmp_profile_copy (profile) : NULL;

  if (changed == NULL)
    return;
  g_ptr_array_insert (changed->bridge->rules, (int) MIN (removal->index, changed->bridge->rules->len), mmp_profile_rule_copy (removal->rule));
  mmp_profile_store_save (mmp_account_get_profiles (removal->account), changed, NULL);
}

static void
remove_rule (GtkWidget *widget,
             const char *action_name,
             GVariant *parameter)
{
  MmpRulesList *self = MMP_RULES_LIST (widget);
  g_autoptr (MmpProfile) changed = mmp_profile_copy (self->profile);
  guint index = g_variant_get_uint32 (parameter);
  GtkRoot *window = gtk_widget_get_root (widget);
  g_autofree char *text = NULL;
  Removal *removal;
  AdwToast *toast;

  if (index >= changed->bridge->rules->len)
    return;
  removal = g_new0 (Removal, 1);
  removal->account = g_object_ref (self->account);
  removal->id = g_strdup (changed->id);
  removal->rule = mmp_profile_rule_copy (g_ptr_array_index (changed->bridge->rules, index));
  removal->index = index;
  g_ptr_array_remove_index (changed->bridge->rules, index);
  text = g_strdup_printf (_ ("Rule for “%s” removed"), removal->rule->filter);
  if (!save (widget, self->account, changed) || !MMP_IS_WINDOW (window))
    {
      removal_free (removal, NULL);
      return;
    }
  toast = mmp_window_toast (MMP_WINDOW (window), text);
  adw_toast_set_button_label (toast, _ ("_Undo"));
  g_signal_connect_data (toast, "button-clicked", G_CALLBACK (on_undo), removal, removal_free, 0);
}

/* --- the object ----------------------------------------------------------------------------------------------------- */

static void
mmp_rules_list_dispose (GObject *object)
{
  MmpRulesList *self = MMP_RULES_LIST (object);

  g_clear_object (&self->account);
  g_clear_object (&self->add_row);

  G_OBJECT_CLASS (mmp_rules_list_parent_class)->dispose (object);
}

static void
mmp_rules_list_finalize (GObject *object)
{
  MmpRulesList *self = MMP_RULES_LIST (object);

  g_clear_pointer (&self->profile, mmp_profile_free);
  g_ptr_array_unref (self->rows);

  G_OBJECT_CLASS (mmp_rules_list_parent_class)->finalize (object);
}

static void
mmp_rules_list_class_init (MmpRulesListClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = mmp_rules_list_dispose;
  G_OBJECT_CLASS (klass)->finalize = mmp_rules_list_finalize;
  gtk_widget_class_install_action (widget_class, "rules.add", NULL, add_rule);
  gtk_widget_class_install_action (widget_class, "rules.edit", "u", edit_rule);
  gtk_widget_class_install_action (widget_class, "rules.up", "u", move_rule);
  gtk_widget_class_install_action (widget_class, "rules.down", "u", move_rule);
  gtk_widget_class_install_action (widget_class, "rules.remove", "u", remove_rule);
}

static void
mmp_rules_list_init (MmpRulesList *self)
{
  GtkWidget *row = adw_button_row_new ();

  self->rows = g_ptr_array_new ();
  self->add_row = g_object_ref_sink (row);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ ("_Add Rule…"));
  adw_preferences_row_set_use_underline (ADW_PREFERENCES_ROW (row), TRUE);
  adw_button_row_set_start_icon_name (ADW_BUTTON_ROW (row), "list-add-symbolic");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (row), "rules.add");
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), row);
}

/**
 * mmp_rules_list_set_account:
 */
void
mmp_rules_list_set_account (MmpRulesList *self,
                            MmpAccount *account)
{
  g_set_object (&self->account, account);
}

/**
 * mmp_rules_list_show:
 * @profile: of a bridge or portal, as it is now
 *
 * Rows are made anew only if rules changed, and what was open stays open.
 */
void
mmp_rules_list_show (MmpRulesList *self,
                     const MmpProfile *profile)
{
  g_autofree char *before = self->profile != NULL ? describe (self->profile) : NULL;
  g_autofree char *after = describe (profile);
  g_autoptr (GHashTable) expanded = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < self->rows->len; i++)
    {
      AdwExpanderRow *row = g_ptr_array_index (self->rows, i);
      char *filter = adw_expander_row_get_expanded (row) ? g_strdup (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row))) : NULL;

      if (filter != NULL)
        g_hash_table_add (expanded, filter);
    }
  g_clear_pointer (&self->profile, mmp_profile_free);
  self->profile = mmp_profile_copy (profile);
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (self), profile->bridge->rules->len == 0 ? _ ("Nothing is carried yet") : NULL);
  if (g_strcmp0 (before, after) != 0)
    make_rows (self, expanded);
}
