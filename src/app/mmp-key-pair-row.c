/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-key-pair-row.h"

#include "mmp-text.h"

struct _MmpKeyPairRow
{
  AdwComboRow parent_instance;

  GPtrArray *all; /* MmpKeyEntry */
  GPtrArray *shown; /* of these, as in the list; in classic mode one more follows there for a new one */
  char *current; /* what the profile has */
  gboolean was_classic; /* for which mode it has that */
  gboolean classic;
};

G_DEFINE_FINAL_TYPE (MmpKeyPairRow, mmp_key_pair_row, ADW_TYPE_COMBO_ROW)

/* One that was used in the other mode is not offered. In classic mode one that nobody used is never the first choice: it may
 * be meant for something else. */
static void
show_keys (MmpKeyPairRow *self)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  guint chosen = G_MAXUINT;

  g_ptr_array_set_size (self->shown, 0);
  for (guint i = 0; i < self->all->len; i++)
    {
      MmpKeyEntry *key = g_ptr_array_index (self->all, i);
      gboolean is_current = g_str_equal (key->id, self->current) && self->was_classic == self->classic;

      if (key->use == (self->classic ? MMP_KEY_USE_V1 : MMP_KEY_USE_CLASSIC))
        continue;
      if (is_current || (chosen == G_MAXUINT && (!self->classic || key->use == MMP_KEY_USE_CLASSIC)))
        chosen = self->shown->len;
      g_ptr_array_add (self->shown, key);
      gtk_string_list_append (names, key->name);
    }
  if (self->classic)
    gtk_string_list_append (names, _ ("New Key Pair"));
  adw_combo_row_set_model (ADW_COMBO_ROW (self), G_LIST_MODEL (names));
  adw_combo_row_set_selected (ADW_COMBO_ROW (self), chosen != G_MAXUINT ? chosen : self->shown->len);
  gtk_widget_set_visible (GTK_WIDGET (self), g_list_model_get_n_items (G_LIST_MODEL (names)) > 1);
}

static void
mmp_key_pair_row_finalize (GObject *object)
{
  MmpKeyPairRow *self = MMP_KEY_PAIR_ROW (object);

  g_ptr_array_unref (self->shown);
  g_ptr_array_unref (self->all);
  g_free (self->current);

  G_OBJECT_CLASS (mmp_key_pair_row_parent_class)->finalize (object);
}

static void
mmp_key_pair_row_class_init (MmpKeyPairRowClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mmp_key_pair_row_finalize;
}

static void
mmp_key_pair_row_init (MmpKeyPairRow *self)
{
  self->all = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_key_entry_free);
  self->shown = g_ptr_array_new ();
  self->current = g_strdup ("");
}

/**
 * mmp_key_pair_row_fill:
 *
 * Offers the key pairs of @account, first that of @profile.
 */
void
mmp_key_pair_row_fill (MmpKeyPairRow *self,
                       MmpAccount *account,
                       const MmpProfile *profile)
{
  g_autoptr (GPtrArray) keys = mmp_entry_store_list (mmp_account_get_keys (account));

  g_ptr_array_set_size (self->all, 0);
  for (guint i = 0; i < keys->len; i++)
    g_ptr_array_add (self->all, mmp_key_entry_copy (g_ptr_array_index (keys, i)));
  g_set_str (&self->current, profile->key_pair);
  self->was_classic = profile->classic;
  self->classic = profile->classic;
  show_keys (self);
}

/**
 * mmp_key_pair_row_set_classic:
 *
 * Offers what may be used with the thesis's programs, or without them.
 */
void
mmp_key_pair_row_set_classic (MmpKeyPairRow *self,
                              gboolean classic)
{
  if (self->classic == classic)
    return;
  self->classic = classic;
  show_keys (self);
}

/**
 * mmp_key_pair_row_get_id:
 *
 * Returns: (transfer none): the id of the chosen one; "": one that is to be found, or made
 */
const char *
mmp_key_pair_row_get_id (MmpKeyPairRow *self)
{
  guint selected = adw_combo_row_get_selected (ADW_COMBO_ROW (self));

  return selected < self->shown->len ? ((MmpKeyEntry *) g_ptr_array_index (self->shown, selected))->id : "";
}
