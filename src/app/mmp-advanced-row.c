/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-advanced-row.h"

#include <string.h>

#include "mmp-text.h"
#include "mmp-validate.h"

#define DEFAULT_SERVICE "default"
/* What applic-tunnel uses unless it is told otherwise */
#define CLASSIC_TOPIC "mqttsignaling"
#define CLASSIC_CHANNEL "conn1"

struct _MmpAdvancedRow
{
  AdwExpanderRow parent_instance;

  gboolean filling;
  gboolean listener;

  AdwComboRow *relay_row;
  GtkEditable *service_name_row;
  GtkEditable *topic_row;
  GtkEditable *ca_file_row;
  GtkEditable *stun_row;
  GtkEditable *turn_row;
  GtkEditable *turn_user_row;
  GtkEditable *turn_password_row;
  GtkEditable *turn_ca_file_row;
  AdwSwitchRow *classic_row;
  GtkWidget *lacks_row;
  GtkEditable *classic_devices_row;
};

static guint changed_signal;

G_DEFINE_FINAL_TYPE (MmpAdvancedRow, mmp_advanced_row, ADW_TYPE_EXPANDER_ROW)

/**
 * mmp_advanced_row_is_classic:
 *
 * Returns: whether it is for the thesis's programs
 */
gboolean
mmp_advanced_row_is_classic (MmpAdvancedRow *self)
{
  return adw_switch_row_get_active (self->classic_row);
}

static gboolean
has_turn (MmpAdvancedRow *self)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (self->turn_row)));

  return text[0] != '\0';
}

/* What belongs to servers that are not there would only be in the way. */
static void
show_turn (MmpAdvancedRow *self)
{
  GtkEditable *rows[] = { self->turn_user_row, self->turn_password_row, self->turn_ca_file_row };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    gtk_widget_set_visible (GTK_WIDGET (rows[i]), has_turn (self));
}

static void
show_classic (MmpAdvancedRow *self)
{
  gboolean classic = mmp_advanced_row_is_classic (self);

  gtk_widget_set_visible (GTK_WIDGET (self->relay_row), !classic);
  gtk_widget_set_visible (self->lacks_row, classic);
  gtk_widget_set_visible (GTK_WIDGET (self->classic_devices_row), classic && self->listener);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->service_name_row), classic ? _ ("Tunnel Name") : _ ("Service Name"));
}

static void
on_changed (MmpAdvancedRow *self)
{
  if (self->filling)
    return;
  show_turn (self);
  g_signal_emit (self, changed_signal, 0);
}

static void
swap (GtkEditable *row,
      const char *before,
      const char *after)
{
  if (g_str_equal (gtk_editable_get_text (row), before))
    gtk_editable_set_text (row, after);
}

/* Where nobody chose names, each side has its usual ones. */
static void
on_classic_changed (MmpAdvancedRow *self)
{
  gboolean classic = mmp_advanced_row_is_classic (self);

  if (self->filling)
    return;
  self->filling = TRUE;
  swap (self->topic_row, classic ? MMP_TOPICS_DEFAULT_PREFIX : CLASSIC_TOPIC, classic ? CLASSIC_TOPIC : MMP_TOPICS_DEFAULT_PREFIX);
  swap (self->service_name_row, classic ? DEFAULT_SERVICE : CLASSIC_CHANNEL, classic ? CLASSIC_CHANNEL : DEFAULT_SERVICE);
  show_classic (self);
  self->filling = FALSE;
  g_signal_emit (self, changed_signal, 0);
}

static void
mmp_advanced_row_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), MMP_TYPE_ADVANCED_ROW);

  G_OBJECT_CLASS (mmp_advanced_row_parent_class)->dispose (object);
}

static void
mmp_advanced_row_class_init (MmpAdvancedRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = mmp_advanced_row_dispose;
  changed_signal = g_signal_new ("changed", MMP_TYPE_ADVANCED_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, MMP_RESOURCES "ui/mmp-advanced-row.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, MmpAdvancedRow, name)
  BIND (relay_row);
  BIND (service_name_row);
  BIND (topic_row);
  BIND (ca_file_row);
  BIND (stun_row);
  BIND (turn_row);
  BIND (turn_user_row);
  BIND (turn_password_row);
  BIND (turn_ca_file_row);
  BIND (classic_row);
  BIND (lacks_row);
  BIND (classic_devices_row);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_classic_changed);
}

static void
mmp_advanced_row_init (MmpAdvancedRow *self)
{
  self->filling = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  self->filling = FALSE;
}

/**
 * mmp_advanced_row_fill:
 *
 * Shows what @profile says. No signal comes of it, nor of the others that fill in.
 */
void
mmp_advanced_row_fill (MmpAdvancedRow *self,
                       const MmpProfile *profile)
{
  GPtrArray *ports = profile->kind == MMP_PROFILE_LISTENER ? profile->services : profile->forwards;
  const MmpProfilePort *port = ports->len > 0 ? g_ptr_array_index (ports, 0) : NULL;
  g_autofree char *turn = g_strjoinv (" ", profile->turn);
  g_autofree char *devices = g_strjoinv (" ", profile->classic_devices);

  self->filling = TRUE;
  self->listener = profile->kind == MMP_PROFILE_LISTENER;
  adw_switch_row_set_active (self->classic_row, profile->classic);
  gtk_editable_set_text (self->classic_devices_row, devices);
  gtk_widget_set_visible (GTK_WIDGET (self->classic_row), profile->services->len + profile->forwards->len <= 1);
  adw_combo_row_set_selected (self->relay_row, profile->relay);
  gtk_editable_set_text (self->service_name_row, port != NULL ? port->service : DEFAULT_SERVICE);
  gtk_editable_set_text (self->topic_row, profile->prefix);
  gtk_editable_set_text (self->stun_row, profile->stun);
  gtk_editable_set_text (self->turn_row, turn);
  gtk_editable_set_text (self->turn_user_row, profile->turn_user);
  gtk_editable_set_text (self->turn_ca_file_row, profile->turn_ca_file);
  show_turn (self);
  show_classic (self);
  self->filling = FALSE;
}

/**
 * mmp_advanced_row_fill_names:
 * @service: (nullable): the usual one
 *
 * Takes over what an invitation says.
 */
void
mmp_advanced_row_fill_names (MmpAdvancedRow *self,
                             const char *topic,
                             const char *service)
{
  self->filling = TRUE;
  gtk_editable_set_text (self->topic_row, topic);
  gtk_editable_set_text (self->service_name_row, service != NULL ? service : DEFAULT_SERVICE);
  self->filling = FALSE;
}

/**
 * mmp_advanced_row_check:
 *
 * Marks what is wrong.
 *
 * Returns: whether nothing is
 */
gboolean
mmp_advanced_row_check (MmpAdvancedRow *self)
{
  const char *stun = gtk_editable_get_text (self->stun_row);
  g_autoptr (MmpProfile) probe = mmp_profile_new (MMP_PROFILE_INITIATOR);
  gboolean good = TRUE;

  good &= mmp_validate_mark (self->service_name_row, mmp_service_name_is_valid (gtk_editable_get_text (self->service_name_row)));
  good &= mmp_validate_mark (self->topic_row, mmp_topics_check_prefix (gtk_editable_get_text (self->topic_row), NULL));
  good &= mmp_validate_mark (self->stun_row, stun[0] == '\0' || (g_str_has_prefix (stun, "stun:") && strlen (stun) > strlen ("stun:")));
  good &= mmp_validate_mark (self->turn_row, mmp_profile_set_turn (probe, gtk_editable_get_text (self->turn_row), NULL));
  good &= mmp_validate_mark (self->classic_devices_row, mmp_profile_set_classic_devices (probe, gtk_editable_get_text (self->classic_devices_row), NULL));
  good &= mmp_validate_mark (self->turn_user_row, !has_turn (self) || gtk_editable_get_text (self->turn_user_row)[0] != '\0');

  return good;
}

/**
 * mmp_advanced_row_apply:
 *
 * Puts what a person set up into @profile, but for the service's name.
 */
void
mmp_advanced_row_apply (MmpAdvancedRow *self,
                        MmpProfile *profile)
{
  g_set_str (&profile->prefix, gtk_editable_get_text (self->topic_row));
  g_set_str (&profile->stun, gtk_editable_get_text (self->stun_row));
  profile->relay = (MmpProfileRelay) adw_combo_row_get_selected (self->relay_row);
  profile->classic = mmp_advanced_row_is_classic (self);
  if (profile->classic && profile->access == MMP_PROFILE_ACCESS_ASK)
    profile->access = MMP_PROFILE_ACCESS_TRUSTED;
  mmp_profile_set_classic_devices (profile, profile->classic ? gtk_editable_get_text (self->classic_devices_row) : "", NULL);
  mmp_profile_set_turn (profile, gtk_editable_get_text (self->turn_row), NULL);
  g_set_str (&profile->turn_user, has_turn (self) ? gtk_editable_get_text (self->turn_user_row) : "");
  g_set_str (&profile->turn_ca_file, has_turn (self) ? gtk_editable_get_text (self->turn_ca_file_row) : "");
}

/**
 * mmp_advanced_row_get_service:
 *
 * Returns: (transfer none): the service's name
 */
const char *
mmp_advanced_row_get_service (MmpAdvancedRow *self)
{
  return gtk_editable_get_text (self->service_name_row);
}

/**
 * mmp_advanced_row_get_ca_file_row:
 *
 * Returns: (transfer none): the row about the broker's certificate authority, which whoever fills in the broker uses
 */
GtkEditable *
mmp_advanced_row_get_ca_file_row (MmpAdvancedRow *self)
{
  return self->ca_file_row;
}

/**
 * mmp_advanced_row_get_turn_password:
 *
 * Returns: (transfer full) (nullable): a new password; %NULL: what is kept stays
 */
MmpSecret *
mmp_advanced_row_get_turn_password (MmpAdvancedRow *self)
{
  const char *password = gtk_editable_get_text (self->turn_password_row);

  return has_turn (self) && password[0] != '\0' ? mmp_secret_new (password, strlen (password)) : NULL;
}
