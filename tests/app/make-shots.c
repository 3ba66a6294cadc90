/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-stand.h"

#include <locale.h>

#include "mmp-test.h"

/* make-shots FOLDER: the pictures of data/screenshots, of the real window with what a person would have in it: in English, in
 * the default style and size, with the shadow that a desktop gives to a window. `build-aux/dev screenshots` runs it. */

#define WIDTH 940
#define HEIGHT 660
/* as far as the shadow of a window reaches */
#define MARGIN 62

static const char *folder;

/* A widget's picture is cut at its edges; its shadow lies beyond. */
static GskRenderNode *
strip_clip (GskRenderNode *node)
{
  while (gsk_render_node_get_node_type (node) == GSK_CLIP_NODE)
    node = gsk_clip_node_get_child (node);

  return node;
}

static void
capture (MmpStand *stand,
         const char *name)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.png", folder, name);
  g_autoptr (GdkPaintable) paintable = NULL;
  g_autoptr (GtkSnapshot) snapshot = gtk_snapshot_new ();
  g_autoptr (GskRenderNode) node = NULL;
  g_autoptr (GdkTexture) texture = NULL;

  mmp_settle ();
  paintable = gtk_widget_paintable_new (GTK_WIDGET (stand->window));
  gdk_paintable_snapshot (paintable, snapshot, gtk_widget_get_width (GTK_WIDGET (stand->window)), gtk_widget_get_height (GTK_WIDGET (stand->window)));
  node = gtk_snapshot_free_to_node (g_steal_pointer (&snapshot));
  texture = gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (stand->window)), strip_clip (node),
                                         &GRAPHENE_RECT_INIT (-MARGIN, -MARGIN, WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN));
  g_assert_true (gdk_texture_save_to_png (texture, path));
  g_print ("%s\n", path);
}

static void
capture_dialog (MmpStand *stand,
                const char *name)
{
  mmp_await_dialog (stand->window);
  capture (stand, name);
  mmp_close_dialog (stand->window);
}

/* Five minutes of a good connection: some jitter, now and then somebody else's download */
static void
measure (MmpPlayed *played)
{
  MmpHistory *history = mmp_connection_get_history (MMP_CONNECTION (played->user_data));
  gint64 now = g_get_monotonic_time ();
  g_autoptr (GRand) chance = g_rand_new_with_seed (7);
  double last = 0;

  for (guint i = 0; i < 300; i++)
    {
      last = 18 + g_rand_double_range (chance, 0, 4) + (i % 37 < 2 ? g_rand_double_range (chance, 4, 14) : 0);
      mmp_history_add (history, now - (gint64) (300 - i) * G_USEC_PER_SEC, last, MMP_PATH_DIRECT_UDP);
    }
  played->funcs->rtt (played, mmp_stand_get_peer (), last, played->user_data);
}

static char *
connect_initiator (MmpStand *stand,
                   const char *name)
{
  MmpConnection *connection = mmp_stand_add (stand, MMP_PROFILE_INITIATOR, name);
  MmpPlayed *played = mmp_stand_start (stand, connection);

  mmp_played_say (played, MMP_STATE_CONNECTED, MMP_PATH_DIRECT_UDP, -1);
  played->funcs->listening (played, "127.0.0.1", 1884, "default", played->user_data);
  measure (played);

  return g_strdup (mmp_connection_get_id (connection));
}

static char *
share (MmpStand *stand,
       const char *name)
{
  MmpConnection *connection = mmp_stand_add (stand, MMP_PROFILE_LISTENER, name);
  MmpPlayed *played = mmp_stand_start (stand, connection);

  mmp_played_say (played, MMP_STATE_WAITING, MMP_PATH_NONE, -1);
  mmp_played_say (played, MMP_STATE_CONNECTED, MMP_PATH_DIRECT_UDP, -1);
  measure (played);

  return g_strdup (mmp_connection_get_id (connection));
}

static void
trust (MmpStand *stand)
{
  const char *const names[] = { "Workshop", "Phone", "Laptop" };
  MmpDeviceStore *devices = mmp_account_get_devices (stand->account);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (MmpKeyPair) pair = mmp_key_pair_generate ();
      MmpDevice device = { .standing = MMP_STANDING_TRUSTED, .name = (char *) names[i] };

      device.key = i == 0 ? *mmp_stand_get_peer () : *mmp_key_pair_get_public (pair);
      device.seen = g_get_real_time () / G_USEC_PER_SEC - i * 7500;
      g_assert_true (mmp_device_store_restore (devices, &device, NULL));
    }
}

static void
make_shots (void)
{
  MmpStand *stand = mmp_stand_new ();
  g_autofree char *greenhouse = NULL;
  g_autofree char *office = NULL;

  gtk_window_set_default_size (GTK_WINDOW (stand->window), WIDTH, HEIGHT);
  trust (stand);
  greenhouse = connect_initiator (stand, "Greenhouse");
  office = share (stand, "Office Broker");
  mmp_stand_add (stand, MMP_PROFILE_INITIATOR, "Weather Station at the Lake");
  mmp_window_open (stand->window, greenhouse);
  capture (stand, "connection");
  mmp_window_open (stand->window, office);
  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.show-code", "s", office);
  capture_dialog (stand, "invitation");
  mmp_window_open_page (stand->window, "devices");
  capture (stand, "devices");
  mmp_window_open (stand->window, greenhouse);
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_FORCE_DARK);
  capture (stand, "dark");
  mmp_stand_free (stand);
}

int
main (int argc,
      char *argv[])
{
  g_assert_cmpint (argc, ==, 2);
  folder = argv[1];
  argc = 1;
  if (!mmp_stand_init (&argc, &argv))
    return 77;
  make_shots ();

  return 0;
}
