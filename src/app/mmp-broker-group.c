/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-broker-group.h"

#include <string.h>

#include "mmp-text.h"
#include "mmp-validate.h"

#define PORT_TLS 8883
#define PORT_PLAIN 1883

struct _MmpBrokerGroup
{
  AdwPreferencesGroup parent_instance;

  GPtrArray *brokers; /* MmpBrokerEntry, as in saved_row; one more follows there for a new one */
  gboolean is_private;
  gboolean filling;

  AdwComboRow *saved_row;
  GtkEditable *host_row;
  AdwSwitchRow *tls_row;
  AdwSpinRow *port_row;
  GtkEditable *user_row;
  GtkEditable *password_row;
  GtkEditable *ca_file_row; /* mmp_broker_group_set_ca_file_row() may have made it another one */
};

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (MmpBrokerGroup, mmp_broker_group, ADW_TYPE_PREFERENCES_GROUP)

static const MmpBrokerEntry *
get_selected (MmpBrokerGroup *self)
{
  guint selected = adw_combo_row_get_selected (self->saved_row);

  return selected < self->brokers->len ? g_ptr_array_index (self->brokers, selected) : NULL;
}

static void
show_ca_file (MmpBrokerGroup *self)
{
  if (gtk_widget_is_ancestor (GTK_WIDGET (self->ca_file_row), GTK_WIDGET (self)))
    gtk_widget_set_visible (GTK_WIDGET (self->ca_file_row), adw_switch_row_get_active (self->tls_row));
}

static void
fill_rows (MmpBrokerGroup *self,
           const MmpBrokerEntry *broker)
{
  gboolean filling = self->filling;
  gboolean tls = broker != NULL ? broker->tls : !self->is_private;

  self->filling = TRUE;
  gtk_editable_set_text (self->host_row, broker != NULL ? broker->host : self->is_private ? "localhost"
                                                                                          : "");
  adw_switch_row_set_active (self->tls_row, tls);
  adw_spin_row_set_value (self->port_row, broker != NULL ? broker->port : tls ? PORT_TLS
                                                                              : PORT_PLAIN);
  gtk_editable_set_text (self->user_row, broker != NULL ? broker->user : "");
  gtk_editable_set_text (self->password_row, "");
  gtk_editable_set_text (self->ca_file_row, broker != NULL ? broker->ca_file : "");
  show_ca_file (self);
  self->filling = filling;
}

static void
on_changed (MmpBrokerGroup *self)
{
  if (!self->filling)
    g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_saved_selected (MmpBrokerGroup *self)
{
  if (self->filling)
    return;
  fill_rows (self, get_selected (self));
  on_changed (self);
}

static void
on_tls_changed (MmpBrokerGroup *self)
{
  gboolean tls = adw_switch_row_get_active (self->tls_row);
  guint port = (guint) adw_spin_row_get_value (self->port_row);

  show_ca_file (self);
  if (!self->filling && port == (tls ? PORT_PLAIN : PORT_TLS))
    adw_spin_row_set_value (self->port_row, tls ? PORT_TLS : PORT_PLAIN);
  on_changed (self);
}

/* People paste `mqtts://host:port` or `host:port`, which say several rows at once. */
static void
on_host_changed (MmpBrokerGroup *self)
{
  const char *text = gtk_editable_get_text (self->host_row);
  gboolean tls = g_str_has_prefix (text, "mqtts://");
  g_autoptr (GUri) uri = tls || g_str_has_prefix (text, "mqtt://") ? g_uri_parse (text, G_URI_FLAGS_NONE, NULL) : NULL;

  if (uri != NULL && g_uri_get_port (uri) > 0)
    {
      g_autofree char *host = g_strdup (g_uri_get_host (uri));

      adw_switch_row_set_active (self->tls_row, tls);
      adw_spin_row_set_value (self->port_row, g_uri_get_port (uri));
      gtk_editable_set_text (self->host_row, host);
      return;
    }
  if (self->filling || !mmp_validate_split_port (self->host_row, self->port_row))
    on_changed (self);
}

static void
mmp_broker_group_dispose (GObject *object)
{
  MmpBrokerGroup *self = MMP_BROKER_GROUP (object);

  gtk_widget_dispose_template (GTK_WIDGET (object), MMP_TYPE_BROKER_GROUP);
  g_clear_pointer (&self->brokers, g_ptr_array_unref);

  G_OBJECT_CLASS (mmp_broker_group_parent_class)->dispose (object);
}

static void
mmp_broker_group_class_init (MmpBrokerGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = mmp_broker_group_dispose;
  signals[CHANGED] = g_signal_new ("changed", MMP_TYPE_BROKER_GROUP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, MMP_RESOURCES "ui/mmp-broker-group.ui");
  gtk_widget_class_bind_template_child (widget_class, MmpBrokerGroup, saved_row);
  gtk_widget_class_bind_template_child (widget_class, MmpBrokerGroup, host_row);
  gtk_widget_class_bind_template_child (widget_class, MmpBrokerGroup, tls_row);
  gtk_widget_class_bind_template_child (widget_class, MmpBrokerGroup, port_row);
  gtk_widget_class_bind_template_child (widget_class, MmpBrokerGroup, user_row);
  gtk_widget_class_bind_template_child (widget_class, MmpBrokerGroup, password_row);
  gtk_widget_class_bind_template_child (widget_class, MmpBrokerGroup, ca_file_row);
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_saved_selected);
  gtk_widget_class_bind_template_callback (widget_class, on_host_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_tls_changed);
}

static void
mmp_broker_group_init (MmpBrokerGroup *self)
{
  self->filling = TRUE;
  self->brokers = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_broker_entry_free);
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * mmp_broker_group_fill:
 * @id: the broker to begin with; "": a new one
 * @is_private: whether a new one is supposed on this computer, without TLS
 */
void
mmp_broker_group_fill (MmpBrokerGroup *self,
                       MmpAccount *account,
                       const char *id,
                       gboolean is_private)
{
  g_autoptr (GPtrArray) brokers = mmp_entry_store_list (mmp_account_get_brokers (account));
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  guint selected = brokers->len;

  self->filling = TRUE;
  self->is_private = is_private;
  g_ptr_array_set_size (self->brokers, 0);
  for (guint i = 0; i < brokers->len; i++)
    {
      const MmpBrokerEntry *broker = g_ptr_array_index (brokers, i);
      g_autofree char *name = broker->user[0] != '\0' ? g_strdup_printf ("%s:%u (%s)", broker->host, broker->port, broker->user) : g_strdup_printf ("%s:%u", broker->host, broker->port);

      g_ptr_array_add (self->brokers, mmp_broker_entry_copy (broker));
      gtk_string_list_append (names, name);
      if (g_str_equal (broker->id, id))
        selected = i;
    }
  gtk_string_list_append (names, _ ("New Broker…"));
  adw_combo_row_set_model (self->saved_row, G_LIST_MODEL (names));
  adw_combo_row_set_selected (self->saved_row, selected);
  gtk_widget_set_visible (GTK_WIDGET (self->saved_row), self->brokers->len > 0);
  fill_rows (self, get_selected (self));
  self->filling = FALSE;
}

/**
 * mmp_broker_group_fill_new:
 * @broker: what is known of a broker, perhaps one that is not there yet
 */
void
mmp_broker_group_fill_new (MmpBrokerGroup *self,
                           const MmpBrokerEntry *broker)
{
  self->filling = TRUE;
  adw_combo_row_set_selected (self->saved_row, self->brokers->len);
  fill_rows (self, broker);
  self->filling = FALSE;
}

/**
 * mmp_broker_group_set_ca_file_row:
 * @row: a row of the form that stands elsewhere and outlives this one
 *
 * Uses @row for the file with the certificate authority, which few people need.
 */
void
mmp_broker_group_set_ca_file_row (MmpBrokerGroup *self,
                                  GtkEditable *row)
{
  gtk_widget_set_visible (GTK_WIDGET (self->ca_file_row), FALSE);
  self->ca_file_row = row;
}

/**
 * mmp_broker_group_check:
 *
 * Marks what is wrong.
 *
 * Returns: whether it says a broker
 */
gboolean
mmp_broker_group_check (MmpBrokerGroup *self)
{
  const char *host = gtk_editable_get_text (self->host_row);

  mmp_validate_mark (self->host_row, host[0] == '\0' || mmp_validate_host (host));

  return mmp_validate_host (host);
}

/**
 * mmp_broker_group_make_entry:
 *
 * Returns: (transfer full): the broker; one without an id is new
 */
MmpBrokerEntry *
mmp_broker_group_make_entry (MmpBrokerGroup *self)
{
  const MmpBrokerEntry *selected = get_selected (self);
  MmpBrokerEntry *broker = mmp_broker_entry_new (gtk_editable_get_text (self->host_row), (guint) adw_spin_row_get_value (self->port_row), adw_switch_row_get_active (self->tls_row));

  if (selected != NULL)
    g_set_str (&broker->id, selected->id);
  g_set_str (&broker->user, gtk_editable_get_text (self->user_row));
  g_set_str (&broker->ca_file, gtk_widget_get_visible (GTK_WIDGET (self->ca_file_row)) ? gtk_editable_get_text (self->ca_file_row) : "");

  return broker;
}

/**
 * mmp_broker_group_get_password:
 *
 * Returns: (transfer full) (nullable): its password; %NULL: what is kept stays
 */
MmpSecret *
mmp_broker_group_get_password (MmpBrokerGroup *self)
{
  const char *password = gtk_editable_get_text (self->password_row);

  return password[0] != '\0' ? mmp_secret_new (password, strlen (password)) : NULL;
}
