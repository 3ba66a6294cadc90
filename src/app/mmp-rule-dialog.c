/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-rule-dialog.h"

#include <string.h>

#include "mmp-discard.h"
#include "mmp-rule-text.h"
#include "mmp-validate.h"

/* As in map_row */
enum
{
  MAP_KEEP,
  MAP_PREPEND,
  MAP_REMOVE,
  MAP_REPLACE,
};

static const char *const maps[] = { "keep", "prepend:", "remove", "replace:" };

struct _MmpRuleDialog
{
  AdwDialog parent_instance;

  MmpProfile *profile;
  guint index; /* of the rule; the number of rules: a new one */
  gboolean filling;
  gboolean dirty;

  GtkButton *save_button;
  AdwPreferencesGroup *topics_group;
  GtkEditable *filter_row;
  AdwComboRow *flow_row;
  AdwSwitchRow *sealed_row;
  AdwComboRow *map_row;
  GtkEditable *level_row;
  AdwComboRow *qos_row;
  AdwSpinRow *age_row;
  AdwComboRow *mode_row;
  AdwSwitchRow *retain_row;
};

enum
{
  DONE,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (MmpRuleDialog, mmp_rule_dialog, ADW_TYPE_DIALOG)

static gboolean
needs_level (MmpRuleDialog *self)
{
  guint map = adw_combo_row_get_selected (self->map_row);

  return map == MAP_PREPEND || map == MAP_REPLACE;
}

static gboolean
check_all (MmpRuleDialog *self,
           GError **error)
{
  g_autoptr (MmpProfile) changed = mmp_profile_copy (self->profile);
  GPtrArray *rules = changed->bridge->rules;

  if (self->index < rules->len)
    g_ptr_array_remove_index (rules, self->index);
  g_ptr_array_insert (rules, (int) self->index, mmp_rule_dialog_make_rule (self));

  return mmp_hub_rules_check (changed, error) && mmp_profile_check (changed, error);
}

static gboolean
check (MmpRuleDialog *self)
{
  const char *filter = gtk_editable_get_text (self->filter_row);
  gboolean empty = filter[0] == '\0' || (needs_level (self) && gtk_editable_get_text (self->level_row)[0] == '\0');
  g_autoptr (GError) error = NULL;
  gboolean good = empty || check_all (self, &error);
  g_autofree char *problem = !good ? mmp_rule_text_problem (filter, error) : NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->level_row), needs_level (self));
  gtk_widget_set_sensitive (GTK_WIDGET (self->mode_row), self->profile->kind == MMP_PROFILE_PORTAL || adw_switch_row_get_active (self->sealed_row));
  adw_preferences_group_set_description (self->topics_group, problem != NULL ? problem : _ ("A + stands for one level, a # at the end for all below"));
  mmp_validate_mark (self->filter_row, good);

  return good && !empty;
}

static void
on_changed (MmpRuleDialog *self)
{
  if (self->filling)
    return;
  self->dirty = TRUE;
  gtk_widget_set_sensitive (GTK_WIDGET (self->save_button), check (self));
}

static void
fill (MmpRuleDialog *self,
      const MmpProfileRule *rule)
{
  const char *colon = strchr (rule->map, ':');

  self->filling = TRUE;
  gtk_editable_set_text (self->filter_row, rule->filter);
  adw_combo_row_set_selected (self->flow_row, rule->flow);
  adw_switch_row_set_active (self->sealed_row, rule->sealed);
  for (guint i = 0; i < G_N_ELEMENTS (maps); i++)
    if (g_str_has_prefix (rule->map, maps[i]))
      adw_combo_row_set_selected (self->map_row, i);
  gtk_editable_set_text (self->level_row, colon != NULL ? colon + 1 : "");
  adw_combo_row_set_selected (self->qos_row, rule->qos);
  adw_spin_row_set_value (self->age_row, rule->max_age);
  adw_combo_row_set_selected (self->mode_row, rule->topics);
  adw_switch_row_set_active (self->retain_row, rule->retain);
  gtk_widget_set_visible (GTK_WIDGET (self->sealed_row), self->profile->kind == MMP_PROFILE_BRIDGE);
  self->filling = FALSE;
  gtk_widget_set_sensitive (GTK_WIDGET (self->save_button), check (self));
}

static void
on_save_clicked (MmpRuleDialog *self)
{
  g_signal_emit (self, signals[DONE], 0);
  adw_dialog_force_close (ADW_DIALOG (self));
}

static void
on_close_attempt (MmpRuleDialog *self)
{
  if (self->dirty)
    mmp_discard_ask (ADW_DIALOG (self));
  else
    adw_dialog_force_close (ADW_DIALOG (self));
}

static void
mmp_rule_dialog_dispose (GObject *object)
{
  MmpRuleDialog *self = MMP_RULE_DIALOG (object);

  gtk_widget_dispose_template (GTK_WIDGET (object), MMP_TYPE_RULE_DIALOG);
  g_clear_pointer (&self->profile, mmp_profile_free);

  G_OBJECT_CLASS (mmp_rule_dialog_parent_class)->dispose (object);
}

static void
mmp_rule_dialog_class_init (MmpRuleDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = mmp_rule_dialog_dispose;
  signals[DONE] = g_signal_new ("done", MMP_TYPE_RULE_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, MMP_RESOURCES "ui/mmp-rule-dialog.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, MmpRuleDialog, name)
  BIND (save_button);
  BIND (topics_group);
  BIND (filter_row);
  BIND (flow_row);
  BIND (sealed_row);
  BIND (map_row);
  BIND (level_row);
  BIND (qos_row);
  BIND (age_row);
  BIND (mode_row);
  BIND (retain_row);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_save_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_close_attempt);
}

static void
mmp_rule_dialog_init (MmpRuleDialog *self)
{
  self->filling = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * mmp_rule_dialog_new:
 * @profile: whose rule it is
 * @index: which one; the number of rules: a new one
 *
 * Returns: (transfer floating): a dialog for it
 */
AdwDialog *
mmp_rule_dialog_new (const MmpProfile *profile,
                     guint index)
{
  MmpRuleDialog *self = g_object_new (MMP_TYPE_RULE_DIALOG, NULL);
  g_autoptr (MmpProfileRule) fresh = mmp_profile_rule_new ("", MMP_PROFILE_FLOW_BOTH);
  GPtrArray *rules = profile->bridge->rules;
  gboolean is_new = index >= rules->len;

  self->profile = mmp_profile_copy (profile);
  self->index = MIN (index, rules->len);
  fresh->sealed = profile->bridge->secret != MMP_PROFILE_SECRET_NONE;
  adw_dialog_set_title (ADW_DIALOG (self), is_new ? _ ("Add Rule") : _ ("Edit Rule"));
  gtk_button_set_label (self->save_button, is_new ? _ ("_Add") : _ ("_Save"));
  fill (self, is_new ? fresh : g_ptr_array_index (rules, index));

  return ADW_DIALOG (self);
}

/**
 * mmp_rule_dialog_make_rule:
 *
 * Returns: (transfer full): the rule as its rows say
 */
MmpProfileRule *
mmp_rule_dialog_make_rule (MmpRuleDialog *self)
{
  MmpProfileRule *rule = mmp_profile_rule_new (gtk_editable_get_text (self->filter_row), (MmpProfileFlow) adw_combo_row_get_selected (self->flow_row));
  const char *map = maps[adw_combo_row_get_selected (self->map_row)];

  g_free (rule->map);
  rule->map = g_strconcat (map, needs_level (self) ? gtk_editable_get_text (self->level_row) : "", NULL);
  rule->sealed = adw_switch_row_get_active (self->sealed_row);
  rule->topics = (MmpProfileTopics) adw_combo_row_get_selected (self->mode_row);
  rule->qos = adw_combo_row_get_selected (self->qos_row);
  rule->max_age = (guint) adw_spin_row_get_value (self->age_row);
  rule->retain = adw_switch_row_get_active (self->retain_row);

  return rule;
}
