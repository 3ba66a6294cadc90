/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-key-saver.h"

#include "mmp-text.h"

typedef struct
{
  GtkWidget *parent;
  MmpSecrets *secrets;
  MmpProfile *profile;
  char *path;
} Save;

static void
save_free (gpointer data)
{
  Save *save = data;

  g_object_unref (save->parent);
  g_object_unref (save->secrets);
  mmp_profile_free (save->profile);
  g_free (save->path);
  g_free (save);
}

/* The keyring may have to be unlocked. */
static void
save_thread (GTask *task,
             gpointer source,
             gpointer data,
             GCancellable *cancellable)
{
  Save *save = data;
  GError *error = NULL;
  g_autoptr (MmpBridgeKey) key = mmp_bridge_plan_load_key (save->profile->bridge, save->secrets, &error);

  /* The file dialog has asked before it gave the name of a file that is there. */
  if (key != NULL && mmp_bridge_key_save (key, save->path, TRUE, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_saved (GObject *source,
          GAsyncResult *result,
          gpointer user_data)
{
  Save *save = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  gboolean saved = g_task_propagate_boolean (G_TASK (result), &error);
  g_autofree char *text = saved ? g_strdup (_ ("Key file saved. Whoever has it can read all messages.")) : mmp_text_explain (error);

  gtk_widget_activate_action (save->parent, "win.toast", "s", text);
}

static void
on_file_chosen (GObject *source,
                GAsyncResult *result,
                gpointer user_data)
{
  Save *save = user_data;
  g_autoptr (GFile) file = gtk_file_dialog_save_finish (GTK_FILE_DIALOG (source), result, NULL);
  g_autoptr (GTask) task = NULL;

  save->path = file != NULL ? g_file_get_path (file) : NULL;
  if (save->path == NULL)
    {
      save_free (save);
      return;
    }
  task = g_task_new (NULL, NULL, on_saved, NULL);
  g_task_set_task_data (task, save, save_free);
  g_task_run_in_thread (task, save_thread);
}

/**
 * mmp_key_saver_run:
 * @profile: of a bridge or portal whose secret is a key
 */
void
mmp_key_saver_run (GtkWidget *parent,
                   MmpSecrets *secrets,
                   const MmpProfile *profile)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();
  Save *save = g_new0 (Save, 1);

  save->parent = g_object_ref (parent);
  save->secrets = g_object_ref (secrets);
  save->profile = mmp_profile_copy (profile);
  gtk_file_dialog_set_initial_name (dialog, "bridge.key");
  gtk_file_dialog_save (dialog, GTK_WINDOW (gtk_widget_get_root (parent)), NULL, on_file_chosen, save);
}
