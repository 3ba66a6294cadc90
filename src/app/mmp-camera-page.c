/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-camera-page.h"

#include <glib/gi18n.h>

struct _MmpCameraPage
{
  AdwNavigationPage parent_instance;

  MmpCamera *camera;

  GtkStack *stack;
  GtkPicture *picture;
  GtkLabel *error_label;
  AdwStatusPage *status_page;
  GtkWidget *again_button;
};

enum
{
  FOUND,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (MmpCameraPage, mmp_camera_page, ADW_TYPE_NAVIGATION_PAGE)

/* What a person may do about each reason why there is no picture */
static const struct
{
  int code;
  const char *icon;
  const char *title;
  const char *text;
} problems[] = {
  { G_IO_ERROR_NOT_FOUND, "camera-hardware-disabled-symbolic", N_ ("No Camera Found"), N_ ("Connect a camera and try again, or read the code in another way.") },
  { G_IO_ERROR_PERMISSION_DENIED, "camera-disabled-symbolic", N_ ("Camera Not Allowed"), N_ ("Allow Message Portal to use the camera in the settings of your desktop, or read the code in another way.") },
  { G_IO_ERROR_NOT_SUPPORTED, "camera-disabled-symbolic", N_ ("Camera Cannot Be Used"), N_ ("This desktop offers no cameras to apps. Read the code in another way.") },
  { G_IO_ERROR_TIMED_OUT, "camera-disabled-symbolic", N_ ("Camera Does Not Start"), N_ ("Perhaps another app uses it. Close that app and try again, or read the code in another way.") },
  { G_IO_ERROR_CLOSED, "camera-disabled-symbolic", N_ ("Camera Stopped"), N_ ("Perhaps it was unplugged. Connect it and try again, or read the code in another way.") },
};

static void
show_problem (MmpCameraPage *self,
              const GError *error)
{
  gsize i = 0;

  while (i < G_N_ELEMENTS (problems) - 1 && !g_error_matches (error, G_IO_ERROR, problems[i].code))
    i++;
  g_debug ("the camera failed: %s", error->message);
  adw_status_page_set_icon_name (self->status_page, problems[i].icon);
  adw_status_page_set_title (self->status_page, _ (problems[i].title));
  adw_status_page_set_description (self->status_page, _ (problems[i].text));
  gtk_accessible_announce (GTK_ACCESSIBLE (self), _ (problems[i].title), GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
}

static void
show_waiting (MmpCameraPage *self,
              const char *title,
              const char *text)
{
  g_autoptr (GdkPaintable) spinner = GDK_PAINTABLE (adw_spinner_paintable_new (GTK_WIDGET (self->status_page)));

  adw_status_page_set_paintable (self->status_page, spinner);
  adw_status_page_set_title (self->status_page, title);
  adw_status_page_set_description (self->status_page, text);
}

/* A desktop without cameras for apps does not become another one. */
static gboolean
can_try_again (MmpCameraPage *self)
{
  return mmp_camera_get_state (self->camera) == MMP_CAMERA_FAILED && !g_error_matches (mmp_camera_get_error (self->camera), G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
}

static void
on_changed (MmpCameraPage *self)
{
  MmpCameraState state = mmp_camera_get_state (self->camera);

  gtk_stack_set_visible_child_name (self->stack, state == MMP_CAMERA_RUNNING ? "picture" : "status");
  gtk_widget_set_visible (self->again_button, can_try_again (self));
  switch (state)
    {
    case MMP_CAMERA_ASKING:
      show_waiting (self, _ ("Waiting for Permission"), _ ("Your desktop asks whether Message Portal may use the camera."));
      break;

    case MMP_CAMERA_STARTING:
      show_waiting (self, _ ("Starting the Camera"), "");
      break;

    case MMP_CAMERA_FAILED:
      show_problem (self, mmp_camera_get_error (self->camera));
      break;

    case MMP_CAMERA_STOPPED:
    case MMP_CAMERA_RUNNING:
    default:
      break;
    }
}

static void
on_found (MmpCameraPage *self,
          const char *text)
{
  g_signal_emit (self, signals[FOUND], 0, text);
}

static void
on_again_clicked (MmpCameraPage *self)
{
  mmp_camera_start (self->camera, GTK_WIDGET (self));
}

/* The camera is on only while a person sees its picture. */
static void
mmp_camera_page_showing (AdwNavigationPage *page)
{
  MmpCameraPage *self = MMP_CAMERA_PAGE (page);

  mmp_camera_page_say (self, NULL);
  mmp_camera_start (self->camera, GTK_WIDGET (self));
}

static void
mmp_camera_page_hiding (AdwNavigationPage *page)
{
  mmp_camera_stop (MMP_CAMERA_PAGE (page)->camera);
}

static void
mmp_camera_page_dispose (GObject *object)
{
  MmpCameraPage *self = MMP_CAMERA_PAGE (object);

  if (self->camera != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->camera, self);
      mmp_camera_stop (self->camera);
    }
  gtk_widget_dispose_template (GTK_WIDGET (object), MMP_TYPE_CAMERA_PAGE);
  g_clear_object (&self->camera);

  G_OBJECT_CLASS (mmp_camera_page_parent_class)->dispose (object);
}

static void
mmp_camera_page_class_init (MmpCameraPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = mmp_camera_page_dispose;
  ADW_NAVIGATION_PAGE_CLASS (klass)->showing = mmp_camera_page_showing;
  ADW_NAVIGATION_PAGE_CLASS (klass)->hiding = mmp_camera_page_hiding;
  signals[FOUND] = g_signal_new ("found", MMP_TYPE_CAMERA_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class, MMP_RESOURCES "ui/mmp-camera-page.ui");
  gtk_widget_class_bind_template_child (widget_class, MmpCameraPage, stack);
  gtk_widget_class_bind_template_child (widget_class, MmpCameraPage, picture);
  gtk_widget_class_bind_template_child (widget_class, MmpCameraPage, error_label);
  gtk_widget_class_bind_template_child (widget_class, MmpCameraPage, status_page);
  gtk_widget_class_bind_template_child (widget_class, MmpCameraPage, again_button);
  gtk_widget_class_bind_template_callback (widget_class, on_again_clicked);
}

static void
mmp_camera_page_init (MmpCameraPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->picture), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("What the camera sees"), -1);
  mmp_camera_page_set_source (self, &mmp_camera_portal);
}

/**
 * mmp_camera_page_set_source:
 * @source: where pictures come from instead of the desktop's camera
 */
void
mmp_camera_page_set_source (MmpCameraPage *self,
                            const MmpCameraSource *source)
{
  if (self->camera != NULL)
    g_signal_handlers_disconnect_by_data (self->camera, self);
  g_clear_object (&self->camera);
  self->camera = mmp_camera_new (source);
  g_signal_connect_swapped (self->camera, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect_swapped (self->camera, "found", G_CALLBACK (on_found), self);
  gtk_picture_set_paintable (self->picture, GDK_PAINTABLE (self->camera));
}

/**
 * mmp_camera_page_say:
 * @problem: (nullable): what is the matter with the code that was found
 */
void
mmp_camera_page_say (MmpCameraPage *self,
                     const char *problem)
{
  gtk_label_set_text (self->error_label, problem != NULL ? problem : "");
  gtk_widget_set_visible (GTK_WIDGET (self->error_label), problem != NULL);
}
