/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-code-finder.h"

#include "mmp-qr-reader.h"
#include "mmp-screenshot.h"
#include "mmp-text.h"

struct _MmpCodeFinder
{
  GObject parent_instance;

  GCancellable *cancellable;

  /* All of the dialog, which stops this before it goes */
  GtkWidget *dialog; /* NULL: it is gone */
  AdwNavigationView *navigation;
  MmpCameraPage *camera_page;
  GtkLabel *error_label;
};

enum
{
  FOUND,
  PASTED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (MmpCodeFinder, mmp_code_finder, G_TYPE_OBJECT)

static gboolean
is_scanning (MmpCodeFinder *self)
{
  return adw_navigation_view_get_visible_page (self->navigation) == ADW_NAVIGATION_PAGE (self->camera_page);
}

static void
take_code (MmpCodeFinder *self,
           const char *code)
{
  g_signal_emit (self, signals[FOUND], 0, code);
}

static void
take_texture (MmpCodeFinder *self,
              GdkTexture *texture)
{
  g_autofree char *text = mmp_qr_reader_read (texture);

  adw_navigation_view_pop_to_tag (self->navigation, "enter");
  if (text != NULL)
    take_code (self, text);
  else
    mmp_code_finder_say (self, _ ("There is no code in this image. Choose another one, or paste the invitation."));
}

static void
take_file (MmpCodeFinder *self,
           GFile *file)
{
  g_autoptr (GdkTexture) texture = gdk_texture_new_from_file (file, NULL);

  if (texture != NULL)
    {
      take_texture (self, texture);
      return;
    }
  adw_navigation_view_pop_to_tag (self->navigation, "enter");
  mmp_code_finder_say (self, _ ("This is not an image that can be read. Choose another one, or paste the invitation."));
}

static void
on_text_read (GObject *source,
              GAsyncResult *result,
              gpointer user_data)
{
  g_autoptr (MmpCodeFinder) self = user_data;
  g_autofree char *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, NULL);

  if (self->dialog == NULL)
    return;
  if (text != NULL)
    g_signal_emit (self, signals[PASTED], 0, g_strstrip (text));
  else
    mmp_code_finder_say (self, _ ("There is no invitation to paste. Copy it on the other device first."));
}

static void
on_texture_read (GObject *source,
                 GAsyncResult *result,
                 gpointer user_data)
{
  g_autoptr (MmpCodeFinder) self = user_data;
  g_autoptr (GdkTexture) texture = gdk_clipboard_read_texture_finish (GDK_CLIPBOARD (source), result, NULL);

  if (self->dialog == NULL)
    return;
  if (texture != NULL)
    take_texture (self, texture);
  else
    mmp_code_finder_say (self, _ ("There is no invitation to paste. Copy it on the other device first."));
}

static void
on_image_chosen (GObject *source,
                 GAsyncResult *result,
                 gpointer user_data)
{
  g_autoptr (MmpCodeFinder) self = user_data;
  g_autoptr (GFile) file = gtk_file_dialog_open_finish (GTK_FILE_DIALOG (source), result, NULL);

  if (file != NULL && self->dialog != NULL)
    take_file (self, file);
}

static void
choose_image (GSimpleAction *action,
              GVariant *parameter,
              gpointer user_data)
{
  MmpCodeFinder *self = user_data;
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

  gtk_file_filter_add_pixbuf_formats (filter);
  gtk_file_filter_set_name (filter, _ ("Images"));
  gtk_file_dialog_set_default_filter (dialog, filter);
  gtk_file_dialog_open (dialog, GTK_WINDOW (gtk_widget_get_root (self->dialog)), NULL, on_image_chosen, g_object_ref (self));
}

static void
on_screenshot_taken (GObject *source,
                     GAsyncResult *result,
                     gpointer user_data)
{
  g_autoptr (MmpCodeFinder) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkTexture) texture = mmp_screenshot_take_finish (result, &error);

  if (self->dialog == NULL)
    return;
  if (texture != NULL)
    {
      take_texture (self, texture);
      return;
    }
  adw_navigation_view_pop_to_tag (self->navigation, "enter");
  mmp_code_finder_say (self, error->message);
}

static void
take_screenshot (GSimpleAction *action,
                 GVariant *parameter,
                 gpointer user_data)
{
  MmpCodeFinder *self = user_data;

  mmp_code_finder_say (self, NULL);
  mmp_screenshot_take_async (self->dialog, self->cancellable, on_screenshot_taken, g_object_ref (self));
}

static void
use_camera (GSimpleAction *action,
            GVariant *parameter,
            gpointer user_data)
{
  MmpCodeFinder *self = user_data;

  mmp_code_finder_say (self, NULL);
  if (!is_scanning (self))
    adw_navigation_view_push_by_tag (self->navigation, "camera");
}

static gboolean
on_drop (MmpCodeFinder *self,
         const GValue *value)
{
  if (G_VALUE_HOLDS (value, GDK_TYPE_TEXTURE))
    take_texture (self, g_value_get_object (value));
  else if (G_VALUE_HOLDS (value, G_TYPE_FILE))
    take_file (self, g_value_get_object (value));
  else
    return FALSE;

  return TRUE;
}

static void
mmp_code_finder_finalize (GObject *object)
{
  g_object_unref (MMP_CODE_FINDER (object)->cancellable);

  G_OBJECT_CLASS (mmp_code_finder_parent_class)->finalize (object);
}

static void
mmp_code_finder_class_init (MmpCodeFinderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mmp_code_finder_finalize;
  signals[FOUND] = g_signal_new ("found", MMP_TYPE_CODE_FINDER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[PASTED] = g_signal_new ("pasted", MMP_TYPE_CODE_FINDER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
mmp_code_finder_init (MmpCodeFinder *self)
{
  self->cancellable = g_cancellable_new ();
}

/**
 * mmp_code_finder_new:
 * @dialog: whose finder it is; calls mmp_code_finder_stop() when it is disposed of
 * @navigation: of the dialog; its first page has the tag `enter`
 * @camera_page: another one of its pages
 * @drop_box: where pictures may be dropped
 * @error_label: says what went wrong while the camera is not shown
 *
 * Returns: (transfer full): a finder
 */
MmpCodeFinder *
mmp_code_finder_new (AdwDialog *dialog,
                     AdwNavigationView *navigation,
                     MmpCameraPage *camera_page,
                     GtkWidget *drop_box,
                     GtkLabel *error_label)
{
  static const GActionEntry actions[] = {
    { .name = "camera", .activate = use_camera },
    { .name = "screenshot", .activate = take_screenshot },
    { .name = "image", .activate = choose_image },
  };
  MmpCodeFinder *self = g_object_new (MMP_TYPE_CODE_FINDER, NULL);
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();
  GtkDropTarget *target = gtk_drop_target_new (G_TYPE_INVALID, GDK_ACTION_COPY);

  self->dialog = GTK_WIDGET (dialog);
  self->navigation = navigation;
  self->camera_page = camera_page;
  self->error_label = error_label;
  g_action_map_add_action_entries (G_ACTION_MAP (group), actions, G_N_ELEMENTS (actions), self);
  gtk_widget_insert_action_group (self->dialog, "import", G_ACTION_GROUP (group));
  gtk_drop_target_set_gtypes (target, (GType[]) { GDK_TYPE_TEXTURE, G_TYPE_FILE }, 2);
  g_signal_connect_object (target, "drop", G_CALLBACK (on_drop), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (drop_box, GTK_EVENT_CONTROLLER (target));
  g_signal_connect_object (camera_page, "found", G_CALLBACK (take_code), self, G_CONNECT_SWAPPED);

  return self;
}

/**
 * mmp_code_finder_say:
 * @problem: (nullable): what is wrong; %NULL: nothing
 *
 * Says it where a person looks.
 */
void
mmp_code_finder_say (MmpCodeFinder *self,
                     const char *problem)
{
  if (is_scanning (self))
    {
      mmp_camera_page_say (self->camera_page, problem);
      return;
    }
  gtk_label_set_text (self->error_label, problem != NULL ? problem : "");
  gtk_widget_set_visible (GTK_WIDGET (self->error_label), problem != NULL);
}

/**
 * mmp_code_finder_paste:
 *
 * Reads the clipboard; to be called when a person says so, never else.
 */
void
mmp_code_finder_paste (MmpCodeFinder *self)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (self->dialog);

  if (gdk_content_formats_contain_gtype (gdk_clipboard_get_formats (clipboard), GDK_TYPE_TEXTURE))
    gdk_clipboard_read_texture_async (clipboard, NULL, on_texture_read, g_object_ref (self));
  else
    gdk_clipboard_read_text_async (clipboard, NULL, on_text_read, g_object_ref (self));
}

/**
 * mmp_code_finder_stop:
 *
 * The dialog goes: what is under way finds nothing any more.
 */
void
mmp_code_finder_stop (MmpCodeFinder *self)
{
  g_cancellable_cancel (self->cancellable);
  if (self->dialog != NULL)
    gtk_widget_insert_action_group (self->dialog, "import", NULL);
  self->dialog = NULL;
}
