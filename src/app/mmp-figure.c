/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-figure.h"

struct _MmpFigure
{
  GtkBox parent_instance;

  GtkLabel *title_label;
  GtkLabel *text_label;
};

enum
{
  PROP_TITLE = 1,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (MmpFigure, mmp_figure, GTK_TYPE_BOX)

static void
describe (MmpFigure *self)
{
  g_autofree char *label = g_strdup_printf ("%s: %s", gtk_label_get_text (self->title_label), gtk_label_get_text (self->text_label));

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
mmp_figure_set_property (GObject *object,
                         guint prop_id,
                         const GValue *value,
                         GParamSpec *pspec)
{
  MmpFigure *self = MMP_FIGURE (object);

  gtk_label_set_text (self->title_label, g_value_get_string (value));
  describe (self);
}

static void
mmp_figure_class_init (MmpFigureClass *klass)
{
  G_OBJECT_CLASS (klass)->set_property = mmp_figure_set_property;
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, "", G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, properties);
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
mmp_figure_init (MmpFigure *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  self->title_label = GTK_LABEL (gtk_label_new (""));
  self->text_label = GTK_LABEL (gtk_label_new ("–"));
  gtk_label_set_xalign (self->title_label, 0);
  gtk_label_set_xalign (self->text_label, 0);
  gtk_widget_add_css_class (GTK_WIDGET (self->title_label), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->title_label), "dimmed");
  gtk_widget_add_css_class (GTK_WIDGET (self->text_label), "numeric");
  gtk_box_append (GTK_BOX (self), GTK_WIDGET (self->title_label));
  gtk_box_append (GTK_BOX (self), GTK_WIDGET (self->text_label));
}

/**
 * mmp_figure_set_text:
 * @text: the number, with its unit
 */
void
mmp_figure_set_text (MmpFigure *self,
                     const char *text)
{
  if (g_str_equal (text, gtk_label_get_text (self->text_label)))
    return;
  gtk_label_set_text (self->text_label, text);
  describe (self);
}
