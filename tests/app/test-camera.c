/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <gst/gst.h>
#include <unistd.h>

#include "mmp-import-dialog.h"
#include "mmp-mock.h"
#include "mmp-qr-paintable.h"
#include "mmp-stand.h"
#include "mmp-test.h"

#define PICTURE_WIDTH 640
#define PICTURE_HEIGHT 480

/* --- a camera that is not there ------------------------------------------------------------------------------------- */

static char *pictures; /* what it shows, as text for GStreamer */
static int problem; /* -1: it can be had */
static int borrowed; /* a file descriptor that was lent to it */

static void
open_async (GtkWidget *parent,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (parent, cancellable, callback, user_data);

  if (problem >= 0)
    g_task_return_new_error_literal (task, G_IO_ERROR, problem, "because");
  else
    g_task_return_boolean (task, TRUE);
}

static char *
open_finish (GAsyncResult *result,
             int *fd,
             GError **error)
{
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  borrowed = *fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);

  return g_strdup (pictures);
}

static const MmpCameraSource source = { .patience = 20000, .open_async = open_async, .open_finish = open_finish };
static const MmpCameraSource impatient = { .patience = 100, .open_async = open_async, .open_finish = open_finish };

/* A code in a room: on a grey wall, not in the middle. Light and dark change places if @inverted. */
static void
take_picture (const char *path,
              const char *text,
              gboolean inverted)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkPaintable) paintable = mmp_qr_paintable_new (text, &error);
  g_autoptr (GdkTexture) code = NULL;
  g_autoptr (GdkTexture) picture = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autofree guint8 *code_pixels = NULL;
  guint8 *pixels = g_malloc (PICTURE_WIDTH * PICTURE_HEIGHT * 4);
  gsize size;

  g_assert_no_error (error);
  code = mmp_qr_paintable_get_texture (MMP_QR_PAINTABLE (paintable), 5);
  size = (gsize) gdk_texture_get_width (code);
  g_assert_cmpuint (size, <, PICTURE_HEIGHT - 40);
  code_pixels = g_malloc (size * size * 4);
  gdk_texture_download (code, code_pixels, size * 4);
  memset (pixels, 0x77, PICTURE_WIDTH * PICTURE_HEIGHT * 4);
  for (gsize y = 0; y < size; y++)
    for (gsize x = 0; x < size * 4; x++)
      pixels[(y + 30) * PICTURE_WIDTH * 4 + 200 + x] = code_pixels[y * size * 4 + x] ^ (inverted ? 0xff : 0);
  bytes = g_bytes_new_take (pixels, PICTURE_WIDTH * PICTURE_HEIGHT * 4);
  picture = gdk_memory_texture_new (PICTURE_WIDTH, PICTURE_HEIGHT, GDK_MEMORY_B8G8R8X8, bytes, PICTURE_WIDTH * 4);
  g_assert_true (gdk_texture_save_to_png (picture, path));
}

static char *
make_invitation (void)
{
  g_autoptr (MmpInvitation) invitation = g_new0 (MmpInvitation, 1);

  invitation->listener = *mmp_stand_get_peer ();
  invitation->broker = mmp_mqtt_broker_new ("broker.example.org", 8883, TRUE, NULL);
  invitation->prefix = g_strdup ("sig");
  invitation->name = g_strdup ("Office");

  return mmp_invitation_to_uri (invitation);
}

static void
see (const char *folder,
     const char *text,
     gboolean inverted)
{
  g_autofree char *path = g_build_filename (folder, "picture.png", NULL);

  take_picture (path, text, inverted);
  g_free (pictures);
  pictures = g_strdup_printf ("filesrc location=\"%s\" ! pngdec ! imagefreeze is-live=true ! video/x-raw,framerate=15/1", path);
}

static GtkWidget *
scan (MmpStand *stand,
      const MmpCameraSource *with)
{
  GtkWidget *dialog;

  mmp_window_import (stand->window, NULL);
  dialog = mmp_await_dialog (stand->window);
  mmp_import_dialog_scan (MMP_IMPORT_DIALOG (dialog), with);

  return dialog;
}

static gboolean
has (const char *const *elements)
{
  gst_init (NULL, NULL);
  for (gsize i = 0; elements[i] != NULL; i++)
    {
      g_autoptr (GstElementFactory) factory = gst_element_factory_find (elements[i]);
      g_autofree char *reason = g_strdup_printf ("GStreamer has no %s here", elements[i]);

      if (factory == NULL)
        {
          g_test_skip (reason);
          return FALSE;
        }
    }

  return TRUE;
}

static gboolean
has_pictures (void)
{
  return has ((const char *const[]) { "pngdec", "imagefreeze", "videotestsrc", NULL });
}

/* --- tests ---------------------------------------------------------------------------------------------------------- */

static void
test_codes_are_found (gconstpointer data)
{
  gboolean inverted = GPOINTER_TO_INT (data);
  MmpStand *stand;
  GtkWidget *dialog;
  g_autofree char *folder = mmp_test_directory ();
  g_autofree char *text = make_invitation ();
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (mmp_stand_get_peer ());

  if (!has_pictures ())
    return;
  stand = mmp_stand_new ();
  problem = -1;
  see (folder, text, inverted);
  dialog = scan (stand, &source);
  mmp_await (dialog, GTK_TYPE_LABEL, fingerprint);
  mmp_capture (stand->window, "camera-review");
  /* Whoever reviews is not filmed. */
  mmp_test_await (fcntl (borrowed, F_GETFD) < 0);
  /* Nothing is added by itself. */
  g_assert_cmpuint (g_list_model_get_n_items (mmp_account_get_connections (stand->account)), ==, 0);
  mmp_close_dialog (stand->window);
  mmp_stand_free (stand);
  mmp_test_directory_free (g_steal_pointer (&folder));
}

static void
test_other_codes_are_named (void)
{
  MmpStand *stand;
  GtkWidget *dialog;
  g_autofree char *folder = mmp_test_directory ();

  if (!has_pictures ())
    return;
  stand = mmp_stand_new ();
  problem = -1;
  see (folder, "https://www.example.org/", FALSE);
  dialog = scan (stand, &source);
  mmp_await (dialog, GTK_TYPE_LABEL, "This code is no invitation. Choose Show Code in Message Portal on the other device.");
  mmp_await (dialog, GTK_TYPE_PICTURE, NULL);
  mmp_capture (stand->window, "camera-other-code");
  /* It goes on looking; the camera goes off with the dialog. */
  g_assert_cmpint (fcntl (borrowed, F_GETFD), >=, 0);
  mmp_close_dialog (stand->window);
  mmp_test_await (fcntl (borrowed, F_GETFD) < 0);
  mmp_stand_free (stand);
  mmp_test_directory_free (g_steal_pointer (&folder));
}

/* Each reason has words, and each of the other ways is there. */
static void
test_problems_have_a_way_on (void)
{
  static const struct
  {
    int problem;
    const char *pictures;
    const char *title;
    gboolean is_lasting;
    const char *shot;
  } cases[] = {
    { G_IO_ERROR_NOT_FOUND, NULL, "No Camera Found", FALSE, "camera-none" },
    { G_IO_ERROR_PERMISSION_DENIED, NULL, "Camera Not Allowed", FALSE, "camera-denied" },
    { G_IO_ERROR_NOT_SUPPORTED, NULL, "Camera Cannot Be Used", TRUE, "camera-no-portal" },
    { -1, "nosuchelement", "Camera Cannot Be Used", TRUE, NULL },
    { -1, "appsrc is-live=true", "Camera Does Not Start", FALSE, "camera-late" },
    { -1, "videotestsrc is-live=true num-buffers=3", "Camera Stopped", FALSE, "camera-stopped" },
  };
  MmpStand *stand;

  if (!has_pictures ())
    return;
  stand = mmp_stand_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      GtkWidget *dialog;

      problem = cases[i].problem;
      g_set_str (&pictures, cases[i].pictures);
      dialog = scan (stand, g_strcmp0 (cases[i].shot, "camera-late") == 0 ? &impatient : &source);
      mmp_await (dialog, GTK_TYPE_LABEL, cases[i].title);
      mmp_await (dialog, GTK_TYPE_BUTTON, "Choose _Image…");
      mmp_await (dialog, GTK_TYPE_BUTTON, "Take _Screenshot…");
      if (cases[i].shot != NULL)
        mmp_capture (stand->window, cases[i].shot);
      g_set_str (&pictures, "videotestsrc is-live=true");
      problem = -1;
      if (cases[i].is_lasting)
        {
          g_assert_null (mmp_find (dialog, GTK_TYPE_BUTTON, "_Try Again"));
        }
      else
        {
          mmp_click (dialog, "_Try Again");
          mmp_await (dialog, GTK_TYPE_PICTURE, NULL);
        }
      mmp_close_dialog (stand->window);
    }
  mmp_stand_free (stand);
}

static void
test_another_way_is_taken (void)
{
  MmpStand *stand = mmp_stand_new ();
  GtkWidget *dialog;

  problem = G_IO_ERROR_NOT_FOUND;
  dialog = scan (stand, &source);
  mmp_click (dialog, "_Paste Invitation");
  mmp_await (dialog, ADW_TYPE_ENTRY_ROW, "Invitation");
  mmp_stand_free (stand);
}

/* --- the desktop's -------------------------------------------------------------------------------------------------- */

/* Programs of others that offer pictures to PipeWire, which is a desktop's way to cameras. The camera is a process of its own,
 * since pipewiresink may still write to memory that PipeWire has taken back when nobody looks any more. */
typedef struct
{
  GSubprocess *pipewire;
  GSubprocess *manager;
  GSubprocess *camera;
} Studio;

static GSubprocess *
spawn (const char *const *argv,
       const char *socket)
{
  g_autofree char *path = socket != NULL ? g_build_filename (g_get_user_runtime_dir (), socket, NULL) : NULL;
  GSubprocess *process = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL);

  if (process != NULL && path != NULL)
    mmp_test_await (g_file_test (path, G_FILE_TEST_EXISTS));

  return process;
}

static gboolean
studio_open (Studio *self)
{
  g_autofree char *text = g_strdup_printf ("gst-launch-1.0 -q %s ! videoconvert ! video/x-raw,format=YUY2 ! pipewiresink mode=provide client-name=studio "
                                           "stream-properties=p,media.class=Video/Source,media.role=Camera,node.name=studio,node.description=Studio",
                                           pictures);
  g_auto (GStrv) camera = NULL;

  if (!has ((const char *const[]) { "pipewiresrc", "pipewiresink", NULL }))
    return FALSE;
  g_assert_true (g_shell_parse_argv (text, NULL, &camera, NULL));
  self->pipewire = spawn ((const char *const[]) { "pipewire", NULL }, "pipewire-0");
  self->manager = spawn ((const char *const[]) { "wireplumber", NULL }, NULL);
  self->camera = spawn ((const char *const *) camera, NULL);
  if (self->pipewire != NULL && self->manager != NULL && self->camera != NULL)
    return TRUE;
  g_test_skip ("pipewire, wireplumber or gst-launch-1.0 is not installed");

  return FALSE;
}

static void
studio_close (Studio *self)
{
  GSubprocess **processes[] = { &self->camera, &self->manager, &self->pipewire };

  for (gsize i = 0; i < G_N_ELEMENTS (processes); i++)
    {
      if (*processes[i] != NULL)
        g_subprocess_force_exit (*processes[i]);
      g_clear_object (processes[i]);
    }
}

static void
test_desktop_camera_is_used (void)
{
  Studio studio = { NULL };
  MmpStand *stand;
  MmpMock *mock;
  GtkWidget *dialog;
  g_autofree char *folder = mmp_test_directory ();
  g_autofree char *text = make_invitation ();
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (mmp_stand_get_peer ());

  if (!has_pictures ())
    return;
  see (folder, text, FALSE);
  if (studio_open (&studio))
    {
      stand = mmp_stand_new ();
      mock = mmp_mock_new ("portals");
      mmp_mock_set (mock, "camera", "wait");
      dialog = scan (stand, NULL);
      mmp_await (dialog, GTK_TYPE_LABEL, "Waiting for Permission");
      mmp_test_await (mmp_mock_was_asked (mock, "camera"));
      mmp_capture (stand->window, "camera-asking");
      mmp_mock_set (mock, "camera", "yes");
      mmp_await (dialog, GTK_TYPE_LABEL, fingerprint);
      mmp_mock_free (mock);
      mmp_stand_free (stand);
    }
  studio_close (&studio);
  mmp_test_directory_free (g_steal_pointer (&folder));
}

static void
test_desktop_says_no (void)
{
  static const struct
  {
    const char *kind;
    const char *key;
    const char *value;
    const char *title;
  } cases[] = {
    { "portals", "cameras", "no", "No Camera Found" },
    { "portals", "camera", "cancel", "Camera Not Allowed" },
    { "portals", "camera", "no", "Camera Not Allowed" },
    { "bare", "camera", "yes", "Camera Cannot Be Used" },
    { "none", "camera", "yes", "Camera Cannot Be Used" },
  };
  MmpStand *stand = mmp_stand_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      MmpMock *mock = mmp_mock_new (cases[i].kind);

      mmp_mock_set (mock, cases[i].key, cases[i].value);
      mmp_await (scan (stand, NULL), GTK_TYPE_LABEL, cases[i].title);
      mmp_close_dialog (stand->window);
      mmp_mock_free (mock);
    }
  mmp_stand_free (stand);
}

int
main (int argc,
      char *argv[])
{
  int status;

  if (!mmp_stand_init (&argc, &argv))
    return 77;

  g_test_add_data_func ("/camera/codes-are-found", GINT_TO_POINTER (FALSE), test_codes_are_found);
  g_test_add_data_func ("/camera/inverted-codes-are-found", GINT_TO_POINTER (TRUE), test_codes_are_found);
  g_test_add_func ("/camera/other-codes-are-named", test_other_codes_are_named);
  g_test_add_func ("/camera/problems-have-a-way-on", test_problems_have_a_way_on);
  g_test_add_func ("/camera/another-way-is-taken", test_another_way_is_taken);
  g_test_add_func ("/camera/desktop-camera-is-used", test_desktop_camera_is_used);
  g_test_add_func ("/camera/desktop-says-no", test_desktop_says_no);
  status = g_test_run ();
  g_free (pictures);

  return status;
}
