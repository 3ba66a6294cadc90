/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-validate.h"

#include <glib/gi18n.h>
#include <string.h>

#define KEY_LENGTH 52

/* A shorter number may be the beginning of a longer one that is still being typed. */
#define PORT_DIGITS_MIN 4

/**
 * mmp_validate_mark:
 *
 * Shows whether what is in a row is right, also to those who cannot see it.
 *
 * Returns: @good
 */
gboolean
mmp_validate_mark (gpointer row,
                   gboolean good)
{
  if (good)
    gtk_widget_remove_css_class (row, "error");
  else
    gtk_widget_add_css_class (row, "error");
  gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_INVALID, good ? GTK_ACCESSIBLE_INVALID_FALSE : GTK_ACCESSIBLE_INVALID_TRUE, -1);

  return good;
}

/**
 * mmp_validate_host:
 *
 * Returns: whether @text can be a host name or an address
 */
gboolean
mmp_validate_host (const char *text)
{
  if (text[0] == '\0')
    return FALSE;
  for (const char *c = text; *c != '\0'; c++)
    {
      if (!g_ascii_isgraph (*c) || strchr ("/@[]\"'\\", *c) != NULL)
        return FALSE;
    }

  return TRUE;
}

/**
 * mmp_validate_clean_key:
 * @text: a key as people copy it: with spaces, in any case
 *
 * Returns: (transfer full): the key itself
 */
char *
mmp_validate_clean_key (const char *text)
{
  GString *clean = g_string_new (NULL);

  for (const char *c = text; *c != '\0'; c++)
    {
      if (!g_ascii_isspace (*c))
        g_string_append_c (clean, g_ascii_toupper (*c));
    }

  return g_string_free (clean, FALSE);
}

/**
 * mmp_validate_explain_key:
 * @text: what was entered
 * @good: whether that is a public key
 * @own: whether it is one of this account's own
 *
 * Returns: (transfer full) (nullable): what is wrong with it; %NULL: nothing, or nothing is entered yet
 */
char *
mmp_validate_explain_key (const char *text,
                          gboolean good,
                          gboolean own)
{
  g_autofree char *clean = mmp_validate_clean_key (text);
  gsize length = strlen (clean);

  if (own)
    return g_strdup (_ ("This is a key of your own. Paste the one that the other device shows."));
  if (good || length == 0)
    return NULL;
  if (length < KEY_LENGTH)
    return g_strdup_printf (_ ("The key is incomplete: %u of %u characters"), (guint) length, KEY_LENGTH);

  return g_strdup (_ ("This is not a public key. Copy it again from the other device."));
}

/**
 * mmp_validate_split_port:
 *
 * People paste `host:port` as well: takes it apart.
 *
 * Returns: whether there was a port; then both rows have changed
 */
gboolean
mmp_validate_split_port (GtkEditable *host_row,
                         AdwSpinRow *port_row)
{
  g_auto (GStrv) parts = g_strsplit (gtk_editable_get_text (host_row), ":", 3);
  guint64 port;

  if (g_strv_length (parts) != 2 || parts[0][0] == '\0' || strlen (parts[1]) < PORT_DIGITS_MIN || !g_ascii_string_to_unsigned (parts[1], 10, 1, G_MAXUINT16, &port, NULL))
    return FALSE;
  adw_spin_row_set_value (port_row, (double) port);
  gtk_editable_set_text (host_row, parts[0]);

  return TRUE;
}
