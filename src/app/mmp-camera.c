/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-camera.h"

#include <gst/app/gstappsink.h>
#include <gst/video/video.h>
#include <unistd.h>

#include "mmp-qr-reader.h"

/* A code that is held up fills enough of so few pixels; more would only cost time. */
#define SIZE_MAX_PIXELS "1280"
#define READ_INTERVAL (120 * G_TIME_SPAN_MILLISECOND)
/* The square that a code belongs into, as a part of the smaller side; and its corners, as parts of the square */
#define FRAME_PART 0.62f
#define CORNER_PART 0.16f
#define CORNER_WIDTH_PART 0.022f
/* How large the picture wants to be shown, whatever the camera delivers */
#define PREVIEW_WIDTH 400
#define PREVIEW_HEIGHT 300

/* What GStreamer's thread hands over. It outlives the camera as long as that thread runs. */
typedef struct
{
  gatomicrefcount refs;
  GWeakRef camera;
  GMutex mutex;
  GdkTexture *texture; /* the newest picture that was not taken over yet */
  char *text; /* a code that was not told of yet */
  gboolean scheduled;
  gint64 last_read; /* of GStreamer's thread alone */
} Feed;

struct _MmpCamera
{
  GObject parent_instance;

  const MmpCameraSource *source;
  MmpCameraState state;
  GError *error;
  GCancellable *cancellable;
  GstElement *pipeline;
  guint bus_watch;
  guint deadline;
  int fd;
  Feed *feed;
  GdkTexture *texture;
  char *found; /* what was told of last */
};

enum
{
  CHANGED,
  FOUND,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void mmp_camera_paintable_init (GdkPaintableInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MmpCamera, mmp_camera, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (GDK_TYPE_PAINTABLE, mmp_camera_paintable_init))

/* --- in GStreamer's thread ------------------------------------------------------------------------------------------ */

static Feed *
feed_new (MmpCamera *camera)
{
  Feed *feed = g_new0 (Feed, 1);

  g_atomic_ref_count_init (&feed->refs);
  g_weak_ref_init (&feed->camera, camera);
  g_mutex_init (&feed->mutex);

  return feed;
}

static Feed *
feed_ref (Feed *feed)
{
  g_atomic_ref_count_inc (&feed->refs);

  return feed;
}

static void
feed_unref (gpointer data)
{
  Feed *feed = data;

  if (!g_atomic_ref_count_dec (&feed->refs))
    return;
  g_weak_ref_clear (&feed->camera);
  g_mutex_clear (&feed->mutex);
  g_clear_object (&feed->texture);
  g_free (feed->text);
  g_free (feed);
}

static GdkTexture *
to_texture (GstSample *sample)
{
  GstVideoFrame frame;
  GstVideoInfo info;
  g_autoptr (GBytes) bytes = NULL;
  gsize stride;

  if (!gst_video_info_from_caps (&info, gst_sample_get_caps (sample)) || !gst_video_frame_map (&frame, &info, gst_sample_get_buffer (sample), GST_MAP_READ))
    return NULL;
  stride = (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0);
  bytes = g_bytes_new (GST_VIDEO_FRAME_PLANE_DATA (&frame, 0), stride * (gsize) GST_VIDEO_INFO_HEIGHT (&info));
  gst_video_frame_unmap (&frame);

  return gdk_memory_texture_new (GST_VIDEO_INFO_WIDTH (&info), GST_VIDEO_INFO_HEIGHT (&info), GDK_MEMORY_B8G8R8X8, bytes, stride);
}

static gboolean on_fed (gpointer data);

/* The next picture waits for this function; the queue before it drops those that come meanwhile. */
static GstFlowReturn
on_sample (GstAppSink *sink,
           gpointer data)
{
  Feed *feed = data;
  GstSample *sample = gst_app_sink_pull_sample (sink);
  GdkTexture *texture = sample != NULL ? to_texture (sample) : NULL;
  gint64 now = g_get_monotonic_time ();
  g_autofree char *text = NULL;
  gboolean schedule;

  g_clear_pointer (&sample, gst_sample_unref);
  if (texture == NULL)
    return GST_FLOW_OK;
  if (now - feed->last_read >= READ_INTERVAL)
    {
      text = mmp_qr_reader_read (texture);
      feed->last_read = g_get_monotonic_time ();
    }
  g_mutex_lock (&feed->mutex);
  g_set_object (&feed->texture, texture);
  if (text != NULL)
    g_set_str (&feed->text, text);
  schedule = !feed->scheduled;
  feed->scheduled = TRUE;
  g_mutex_unlock (&feed->mutex);
  g_object_unref (texture);
  if (schedule)
    g_idle_add_full (G_PRIORITY_DEFAULT, on_fed, feed_ref (feed), feed_unref);

  return GST_FLOW_OK;
}

/* --- in the main context -------------------------------------------------------------------------------------------- */

static void
change (MmpCamera *self,
        MmpCameraState state)
{
  if (self->state == state)
    return;
  self->state = state;
  g_signal_emit (self, signals[CHANGED], 0);
}

/* Stopping may take as long as the device wants. */
static void
stop_pipeline (GstElement *pipeline,
               gpointer data)
{
  int fd = GPOINTER_TO_INT (data);

  gst_element_set_state (pipeline, GST_STATE_NULL);
  if (fd >= 0)
    close (fd);
}

static void
tear_down (MmpCamera *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_handle_id (&self->deadline, g_source_remove);
  g_clear_handle_id (&self->bus_watch, g_source_remove);
  if (self->feed != NULL)
    g_weak_ref_set (&self->feed->camera, NULL);
  g_clear_pointer (&self->feed, feed_unref);
  if (self->pipeline != NULL)
    gst_element_call_async (self->pipeline, stop_pipeline, GINT_TO_POINTER (self->fd), NULL);
  else if (self->fd >= 0)
    close (self->fd);
  gst_clear_object (&self->pipeline);
  self->fd = -1;
}

/* Takes @error. */
static void
fail (MmpCamera *self,
      GError *error)
{
  tear_down (self);
  g_clear_error (&self->error);
  self->error = error;
  change (self, MMP_CAMERA_FAILED);
}

static gboolean
on_fed (gpointer data)
{
  Feed *feed = data;
  g_autoptr (MmpCamera) self = g_weak_ref_get (&feed->camera);
  g_autoptr (GdkTexture) texture = NULL;
  g_autofree char *text = NULL;

  g_mutex_lock (&feed->mutex);
  texture = g_steal_pointer (&feed->texture);
  text = g_steal_pointer (&feed->text);
  feed->scheduled = FALSE;
  g_mutex_unlock (&feed->mutex);
  if (self == NULL || texture == NULL)
    return G_SOURCE_REMOVE;
  g_clear_handle_id (&self->deadline, g_source_remove);
  g_set_object (&self->texture, texture);
  gdk_paintable_invalidate_contents (GDK_PAINTABLE (self));
  change (self, MMP_CAMERA_RUNNING);
  if (text != NULL && g_set_str (&self->found, text))
    g_signal_emit (self, signals[FOUND], 0, self->found);

  return G_SOURCE_REMOVE;
}

static gboolean
on_late (gpointer user_data)
{
  MmpCamera *self = user_data;

  self->deadline = 0;
  fail (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "no picture came"));

  return G_SOURCE_REMOVE;
}

static gboolean
on_message (GstBus *bus,
            GstMessage *message,
            gpointer user_data)
{
  MmpCamera *self = user_data;
  g_autoptr (GError) error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, "no more pictures come");
  else
    return G_SOURCE_CONTINUE;
  /* The watch goes with the return. */
  self->bus_watch = 0;
  fail (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, error->message));

  return G_SOURCE_REMOVE;
}

static gboolean
build (MmpCamera *self,
       const char *source,
       GError **error)
{
  g_autofree char *text = g_strdup_printf ("%s ! queue leaky=downstream max-size-buffers=2 max-size-bytes=0 max-size-time=0 ! videoconvert ! videoscale ! "
                                           "video/x-raw,format=BGRx,pixel-aspect-ratio=1/1,width=[1," SIZE_MAX_PIXELS "],height=[1," SIZE_MAX_PIXELS "] ! "
                                           "appsink name=sink max-buffers=1 drop=true sync=false",
                                           source);
  GstAppSinkCallbacks callbacks = { .new_sample = on_sample };
  GError *problem = NULL;
  GstElement *sink;
  GstBus *bus;

  if (!gst_init_check (NULL, NULL, error))
    return FALSE;
  self->pipeline = gst_parse_launch_full (text, NULL, GST_PARSE_FLAG_FATAL_ERRORS, &problem);
  if (self->pipeline == NULL)
    {
      gboolean missing = g_error_matches (problem, GST_PARSE_ERROR, GST_PARSE_ERROR_NO_SUCH_ELEMENT);

      g_set_error_literal (error, G_IO_ERROR, missing ? G_IO_ERROR_NOT_SUPPORTED : G_IO_ERROR_FAILED, problem->message);
      g_error_free (problem);
      return FALSE;
    }
  gst_object_ref_sink (self->pipeline);
  self->feed = feed_new (self);
  sink = gst_bin_get_by_name (GST_BIN (self->pipeline), "sink");
  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, feed_ref (self->feed), feed_unref);
  gst_object_unref (sink);
  bus = gst_element_get_bus (self->pipeline);
  self->bus_watch = gst_bus_add_watch (bus, on_message, self);
  gst_object_unref (bus);
  /* What goes wrong now is told on the bus. */
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);

  return TRUE;
}

static void
on_opened (GObject *source,
           GAsyncResult *result,
           gpointer user_data)
{
  g_autoptr (MmpCamera) self = user_data;
  GError *error = NULL;
  int fd = -1;
  g_autofree char *text = self->source->open_finish (result, &fd, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->state != MMP_CAMERA_ASKING || self->cancellable != g_task_get_cancellable (G_TASK (result)))
    {
      g_clear_error (&error);
      if (fd >= 0)
        close (fd);
      return;
    }
  self->fd = fd;
  if (text == NULL || !build (self, text, &error))
    {
      fail (self, error);
      return;
    }
  self->deadline = g_timeout_add (self->source->patience, on_late, self);
  change (self, MMP_CAMERA_STARTING);
}

/* --- the picture ---------------------------------------------------------------------------------------------------- */

/* Four corners of a square in the middle say where the code belongs. */
static void
draw_corners (GtkSnapshot *snapshot,
              float width,
              float height)
{
  const GdkRGBA white = { 1, 1, 1, 0.9f };
  float side = MIN (width, height) * FRAME_PART;
  float arm = side * CORNER_PART;
  float thick = MAX (side * CORNER_WIDTH_PART, 2);

  for (int i = 0; i < 4; i++)
    {
      float x = (width + (i % 2 == 0 ? -side : side)) / 2;
      float y = (height + (i / 2 == 0 ? -side : side)) / 2;
      float left = i % 2 == 0 ? x : x - arm;
      float top = i / 2 == 0 ? y : y - arm;

      gtk_snapshot_append_color (snapshot, &white, &GRAPHENE_RECT_INIT (left, i / 2 == 0 ? y : y - thick, arm, thick));
      gtk_snapshot_append_color (snapshot, &white, &GRAPHENE_RECT_INIT (i % 2 == 0 ? x : x - thick, i / 2 == 0 ? top + thick : top, thick, arm - thick));
    }
}

static void
snapshot_camera (GdkPaintable *paintable,
                 GdkSnapshot *snapshot,
                 double width,
                 double height)
{
  MmpCamera *self = MMP_CAMERA (paintable);
  double scale, w, h;

  if (self->texture == NULL)
    return;
  /* All of the place is filled; what stands out at two sides is cut off. */
  scale = MAX (width / gdk_texture_get_width (self->texture), height / gdk_texture_get_height (self->texture));
  w = scale * gdk_texture_get_width (self->texture);
  h = scale * gdk_texture_get_height (self->texture);
  gtk_snapshot_push_clip (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) (width + w) / 2, (float) (height - h) / 2));
  gtk_snapshot_scale (snapshot, -1, 1);
  gtk_snapshot_append_texture (snapshot, self->texture, &GRAPHENE_RECT_INIT (0, 0, (float) w, (float) h));
  gtk_snapshot_restore (snapshot);
  gtk_snapshot_pop (snapshot);
  draw_corners (snapshot, (float) width, (float) height);
}

static int
get_intrinsic_width (GdkPaintable *paintable)
{
  return PREVIEW_WIDTH;
}

static int
get_intrinsic_height (GdkPaintable *paintable)
{
  return PREVIEW_HEIGHT;
}

static void
mmp_camera_paintable_init (GdkPaintableInterface *iface)
{
  iface->snapshot = snapshot_camera;
  iface->get_intrinsic_width = get_intrinsic_width;
  iface->get_intrinsic_height = get_intrinsic_height;
}

/* --- the object ----------------------------------------------------------------------------------------------------- */

static void
mmp_camera_dispose (GObject *object)
{
  MmpCamera *self = MMP_CAMERA (object);

  tear_down (self);
  g_clear_error (&self->error);
  g_clear_object (&self->texture);
  g_clear_pointer (&self->found, g_free);

  G_OBJECT_CLASS (mmp_camera_parent_class)->dispose (object);
}

static void
mmp_camera_class_init (MmpCameraClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = mmp_camera_dispose;
  signals[CHANGED] = g_signal_new ("changed", MMP_TYPE_CAMERA, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[FOUND] = g_signal_new ("found", MMP_TYPE_CAMERA, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
mmp_camera_init (MmpCamera *self)
{
  self->fd = -1;
}

/**
 * mmp_camera_new:
 * @source: where the pictures come from
 *
 * Returns: (transfer full): a camera that is off
 */
MmpCamera *
mmp_camera_new (const MmpCameraSource *source)
{
  MmpCamera *self = g_object_new (MMP_TYPE_CAMERA, NULL);

  self->source = source;

  return self;
}

/**
 * mmp_camera_start:
 * @parent: where the person wished it
 *
 * Asks for the camera and turns it on; one that runs goes on.
 */
void
mmp_camera_start (MmpCamera *self,
                  GtkWidget *parent)
{
  if (self->state != MMP_CAMERA_STOPPED && self->state != MMP_CAMERA_FAILED)
    return;
  g_clear_error (&self->error);
  g_clear_pointer (&self->found, g_free);
  self->cancellable = g_cancellable_new ();
  change (self, MMP_CAMERA_ASKING);
  self->source->open_async (parent, self->cancellable, on_opened, g_object_ref (self));
}

/**
 * mmp_camera_stop:
 *
 * Turns it off, or takes the question back.
 */
void
mmp_camera_stop (MmpCamera *self)
{
  tear_down (self);
  change (self, MMP_CAMERA_STOPPED);
}

/**
 * mmp_camera_get_state:
 *
 * Returns: what it is doing
 */
MmpCameraState
mmp_camera_get_state (MmpCamera *self)
{
  return self->state;
}

/**
 * mmp_camera_get_error:
 *
 * Returns: (transfer none) (nullable): why it failed, of #GIOErrorEnum: NOT_FOUND, PERMISSION_DENIED, NOT_SUPPORTED, TIMED_OUT,
 *   CLOSED: it stopped
 */
const GError *
mmp_camera_get_error (MmpCamera *self)
{
  return self->error;
}
