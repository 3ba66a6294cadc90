/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * MmpCameraSource:
 * @patience: how long the first picture may take to come, in milliseconds
 * @open_async: makes it ready, perhaps asking the person, whose wish came from a widget
 * @open_finish: (transfer full): what of GStreamer delivers the pictures, as text; a file descriptor that it needs until it is
 *   stopped is put into @fd. Errors of #GIOErrorEnum: NOT_FOUND: there is none; PERMISSION_DENIED; NOT_SUPPORTED: nobody can be
 *   asked for one
 *
 * Where pictures come from.
 */
typedef struct
{
  guint patience;
  void (*open_async) (GtkWidget *parent,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data);
  char *(*open_finish) (GAsyncResult *result,
                        int *fd,
                        GError **error);
} MmpCameraSource;

typedef enum
{
  MMP_CAMERA_STOPPED,
  MMP_CAMERA_ASKING,
  MMP_CAMERA_STARTING,
  MMP_CAMERA_RUNNING,
  MMP_CAMERA_FAILED,
} MmpCameraState;

#define MMP_TYPE_CAMERA (mmp_camera_get_type ())

G_DECLARE_FINAL_TYPE (MmpCamera, mmp_camera, MMP, CAMERA, GObject)

/**
 * MmpCamera:
 *
 * Looks for codes in what a camera sees. As a #GdkPaintable it is the picture, mirrored, so that it moves as the person does.
 * `changed` tells of a new state, `found` what a code says; the same one is told once until another one is seen. Both come in
 * the main context.
 */
MmpCamera *mmp_camera_new (const MmpCameraSource *source);
void mmp_camera_start (MmpCamera *self,
                       GtkWidget *parent);
void mmp_camera_stop (MmpCamera *self);
MmpCameraState mmp_camera_get_state (MmpCamera *self);
const GError *mmp_camera_get_error (MmpCamera *self);

extern const MmpCameraSource mmp_camera_portal;

G_END_DECLS
