/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-application.h"
#include "mmp-window.h"

/* What the keys are said to do, in the window of shortcuts and in the help */
static const struct
{
  const char *key;
  const char *action;
} shortcuts[] = {
  { "<Control>n", "win.new-initiator" },
  { "<Control><Shift>n", "win.new-listener" },
  { "<Control><Shift>v", "win.import" },
  { "<Control><Shift>s", "win.scan" },
  { "<Control>f", "win.search" },
  { "<Control>Return", "win.toggle-shown" },
  { "<Control>d", "win.show-code-shown" },
  { "F2", "win.edit-shown" },
  { "<Control>Delete", "win.delete-shown" },
  { "<Control>comma", "win.preferences" },
  { "F1", "win.help" },
  { "<Alt>Up", "win.previous" },
  { "<Alt>Down", "win.next" },
  { "<Control>w", "window.close" },
  { "<Control>q", "app.quit" },
};

static gboolean
window_has (const char *wanted)
{
  GtkWidgetClass *widget_class = g_type_class_ref (MMP_TYPE_WINDOW);
  const GVariantType *type;
  const char *name, *property;
  GType owner;
  gboolean found = g_str_equal (wanted, "window.close"); /* GTK's own */

  for (guint i = 0; !found && gtk_widget_class_query_action (widget_class, i, &owner, &name, &type, &property); i++)
    found = g_str_equal (name, wanted);
  g_type_class_unref (widget_class);

  return found;
}

/* Each key has an action, and each action is one that there is. */
static void
test_keys_have_actions (void)
{
  g_autoptr (MmpApplication) application = mmp_application_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (g_application_register (G_APPLICATION (application), NULL, &error));
  g_assert_no_error (error);
  for (gsize i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    {
      g_auto (GStrv) actions = gtk_application_get_actions_for_accel (GTK_APPLICATION (application), shortcuts[i].key);

      g_test_message ("%s", shortcuts[i].key);
      g_assert_true (g_strv_contains ((const char *const *) actions, shortcuts[i].action));
      g_assert_cmpuint (g_strv_length (actions), ==, 1);
      if (g_str_has_prefix (shortcuts[i].action, "app."))
        g_assert_true (g_action_group_has_action (G_ACTION_GROUP (application), shortcuts[i].action + strlen ("app.")));
      else
        g_assert_true (window_has (shortcuts[i].action));
    }
  g_application_quit (G_APPLICATION (application));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  if (!gtk_init_check ())
    return 77;

  g_test_add_func ("/shortcuts/keys-have-actions", test_keys_have_actions);

  return g_test_run ();
}
