/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-stand.h"

#include <glib/gstdio.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "mmp-test.h"

/* app-figures PART [NUMBER…]: measures the window with an account whose endpoints are played, and prints figures as JSON. Run
 * by tests/bench/app.py, which explains them; each part in a process of its own. */

#define SCROLL_FRAMES 300
#define HOUR 3600
#define WARM_UP 600
#define REDRAW_SECONDS 10
#define FIGURES_PER_SECOND 20

typedef struct
{
  gint64 begin; /* of the frame that is being made */
  GArray *work; /* microseconds that each frame took to make */
  GArray *times; /* when each was shown */
} Frames;

/* --- frames --------------------------------------------------------------------------------------------------------- */

static void
on_before_paint (GdkFrameClock *clock,
                 Frames *frames)
{
  frames->begin = g_get_monotonic_time ();
}

static void
on_after_paint (GdkFrameClock *clock,
                Frames *frames)
{
  gint64 now = g_get_monotonic_time ();
  gint64 work = now - frames->begin;

  g_array_append_val (frames->work, work);
  g_array_append_val (frames->times, now);
}

static Frames *
frames_new (MmpStand *stand)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (stand->window));
  Frames *frames = g_new0 (Frames, 1);

  frames->work = g_array_new (FALSE, FALSE, sizeof (gint64));
  frames->times = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_signal_connect (clock, "before-paint", G_CALLBACK (on_before_paint), frames);
  g_signal_connect (clock, "after-paint", G_CALLBACK (on_after_paint), frames);

  return frames;
}

static void
frames_free (Frames *frames,
             MmpStand *stand)
{
  g_signal_handlers_disconnect_by_data (gtk_widget_get_frame_clock (GTK_WIDGET (stand->window)), frames);
  g_array_unref (frames->work);
  g_array_unref (frames->times);
  g_free (frames);
}

static int
compare (gconstpointer a,
         gconstpointer b)
{
  gint64 first = *(const gint64 *) a;
  gint64 second = *(const gint64 *) b;

  return first < second ? -1 : first > second;
}

static void
print_frames (const char *what,
              Frames *frames)
{
  GArray *work = frames->work;
  guint n = work->len;
  guint late = 0;

  for (guint i = 1; i < n; i++)
    late += g_array_index (frames->times, gint64, i) - g_array_index (frames->times, gint64, i - 1) > 25000;
  g_array_sort (work, compare);
  printf ("{\"what\":\"%s\",\"frames\":%u,\"p50\":%.2f,\"p99\":%.2f,\"max\":%.2f,\"late\":%u}\n", what, n, (double) g_array_index (work, gint64, n / 2) / 1e3, (double) g_array_index (work, gint64, n * 99 / 100) / 1e3, (double) g_array_index (work, gint64, n - 1) / 1e3, late);
}

/* --- a long list ---------------------------------------------------------------------------------------------------- */

static void
write_file (const char *directory,
            const char *name,
            const char *text)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, &error);
  g_assert_no_error (error);
}

static char *
random_key (void)
{
  g_autoptr (MmpKeyPair) pair = mmp_key_pair_generate ();

  return mmp_public_key_to_short_text (mmp_key_pair_get_public (pair));
}

static void
write_profiles (const char *directory,
                guint n,
                const char *key_id,
                const char *broker_id)
{
  g_autofree char *folder = g_build_filename (directory, "profiles", NULL);
  g_autofree char *device = random_key ();

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = g_uuid_string_random ();
      g_autofree char *name = g_strconcat (id, ".profile", NULL);
      g_autofree char *text = NULL;

      if (i % 2 == 0)
        text = g_strdup_printf ("[Profile]\nVersion=1\nKind=initiator\nName=Connection %u\nKeyPair=%s\nBroker=%s\nDevice=%s\n[Forward 1]\nName=default\nAddress=127.0.0.1\nPort=%u\n", i, key_id, broker_id, device, 20000 + i);
      else
        text = g_strdup_printf ("[Profile]\nVersion=1\nKind=listener\nName=Connection %u\nKeyPair=%s\nBroker=%s\n[Service 1]\nName=default\nAddress=localhost\nPort=1883\n", i, key_id, broker_id);
      write_file (folder, name, text);
    }
}

static void
write_devices (const char *directory,
               guint n)
{
  g_autoptr (GString) text = g_string_new ("[Devices]\nVersion=1\n");

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *key = random_key ();

      g_string_append_printf (text, "[%s]\nStanding=%s\nName=Device %u\n", key, i % 10 == 9 ? "blocked" : "trusted", i);
    }
  write_file (directory, "devices.ini", text->str);
}

static char *
make_account (guint n_profiles,
              guint n_devices)
{
  char *directory = mmp_test_directory ();
  g_autofree char *key_id = g_uuid_string_random ();
  g_autofree char *broker_id = g_uuid_string_random ();
  g_autofree char *key = random_key ();
  g_autofree char *keys = g_strdup_printf ("[Keys]\nVersion=1\n[%s]\nName=This Device\nPublic=%s\n", key_id, key);
  g_autofree char *brokers = g_strdup_printf ("[Brokers]\nVersion=1\n[%s]\nHost=broker.example.org\nPort=8883\nTLS=true\n", broker_id);

  write_file (directory, "keys.ini", keys);
  write_file (directory, "brokers.ini", brokers);
  write_profiles (directory, n_profiles, key_id, broker_id);
  write_devices (directory, n_devices);

  return directory;
}

/* --- opening -------------------------------------------------------------------------------------------------------- */

static MmpConnection *
get_initiator (MmpStand *stand,
               guint number)
{
  GListModel *model = mmp_account_get_connections (stand->account);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (MmpConnection) connection = g_list_model_get_item (model, i);

      if (mmp_connection_get_profile (connection)->kind == MMP_PROFILE_INITIATOR && number-- == 0)
        return connection;
    }

  return NULL;
}

/* One that is connected; its secrets are not asked for. */
static MmpPlayed *
play (MmpStand *stand,
      MmpConnection *connection)
{
  const MmpProfile *profile = mmp_connection_get_profile (connection);
  g_autoptr (MmpKeyPair) pair = mmp_key_pair_generate ();
  g_autoptr (MmpSecret) secret = mmp_key_pair_to_secret (pair);
  g_autofree char *id = mmp_key_entry_get_secret_id (profile->key_pair);
  MmpPlayed *played;

  g_assert_true (mmp_secrets_store (stand->secrets, id, "key", secret, NULL));
  played = mmp_stand_start (stand, connection);
  mmp_played_say (played, MMP_STATE_CONNECTED, MMP_PATH_DIRECT_UDP, -1);

  return played;
}

/* From the files to the first frame on the screen, with one connection that has run for long */
static void
measure_open (guint n_profiles,
              guint n_devices,
              guint n_samples)
{
  char *directory = make_account (n_profiles, n_devices);
  gint64 begin = g_get_monotonic_time ();
  MmpStand *stand = mmp_stand_new_in (directory);
  gint64 read = g_get_monotonic_time () - begin;
  Frames *frames;

  if (n_samples > 0)
    mmp_played_measure (play (stand, get_initiator (stand, 0)), n_samples);
  begin = g_get_monotonic_time ();
  mmp_stand_open (stand);
  frames = frames_new (stand);
  if (n_samples > 0)
    mmp_window_open (stand->window, mmp_connection_get_id (get_initiator (stand, 0)));
  mmp_test_await (frames->times->len > 0);
  printf ("{\"what\":\"open\",\"read\":%.1f,\"window\":%.1f}\n", (double) read / 1e3, (double) (g_array_index (frames->times, gint64, 0) - begin) / 1e3);
  frames_free (frames, stand);
  mmp_settle ();
  begin = g_get_monotonic_time ();
  mmp_window_open_page (stand->window, "devices");
  frames = frames_new (stand);
  mmp_test_await (frames->times->len > 0);
  printf ("{\"what\":\"devices\",\"page\":%.1f}\n", (double) (g_array_index (frames->times, gint64, 0) - begin) / 1e3);
  frames_free (frames, stand);
  mmp_stand_free (stand);
}

/* --- scrolling ------------------------------------------------------------------------------------------------------ */

static GtkAdjustment *
find_adjustment (gpointer root,
                 GType above)
{
  GtkWidget *inner = mmp_await (root, above, NULL);
  GtkWidget *scrolled = g_type_is_a (above, GTK_TYPE_LIST_BOX) ? gtk_widget_get_ancestor (inner, GTK_TYPE_SCROLLED_WINDOW) : mmp_await (inner, GTK_TYPE_SCROLLED_WINDOW, NULL);

  return gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled));
}

static gboolean
on_scroll_frame (GtkWidget *widget,
                 GdkFrameClock *clock,
                 gpointer user_data)
{
  GtkAdjustment *adjustment = user_data;
  double end = gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment);

  /* 30 rows a second, as with a finger, or to the end */
  gtk_adjustment_set_value (adjustment, MIN (gtk_adjustment_get_value (adjustment) + MIN (30, MAX (end / SCROLL_FRAMES, 1)), end));

  return G_SOURCE_CONTINUE;
}

static void
measure_scroll (MmpStand *stand,
                const char *what,
                GType above)
{
  GtkAdjustment *adjustment = find_adjustment (stand->window, above);
  Frames *frames;
  guint tick;

  mmp_settle ();
  g_assert_cmpfloat (gtk_adjustment_get_upper (adjustment), >, gtk_adjustment_get_page_size (adjustment));
  frames = frames_new (stand);
  tick = gtk_widget_add_tick_callback (GTK_WIDGET (stand->window), on_scroll_frame, adjustment, NULL);
  mmp_test_await (frames->work->len >= SCROLL_FRAMES);
  gtk_widget_remove_tick_callback (GTK_WIDGET (stand->window), tick);
  print_frames (what, frames);
  frames_free (frames, stand);
}

static void
measure_scrolling (guint n_profiles,
                   guint n_devices)
{
  MmpStand *stand = mmp_stand_new_in (make_account (n_profiles, n_devices));

  mmp_stand_open (stand);
  mmp_settle ();
  measure_scroll (stand, "sidebar", GTK_TYPE_LIST_BOX);
  mmp_window_open_page (stand->window, "devices");
  measure_scroll (stand, "devices", ADW_TYPE_PREFERENCES_PAGE);
  mmp_stand_free (stand);
}

/* --- an hour -------------------------------------------------------------------------------------------------------- */

static guint
read_rss (void)
{
  g_autofree char *status = NULL;

  g_file_get_contents ("/proc/self/status", &status, NULL, NULL);

  return (guint) atoi (strstr (status, "VmRSS:") + strlen ("VmRSS:"));
}

/* The callbacks that the engine calls every second; then what they queue, at once. */
static void
play_second (MmpPlayed *played,
             guint second)
{
  played->funcs->rtt (played, mmp_stand_get_peer (), 10 + second % 37, played->user_data);
  mmp_played_say (played, MMP_STATE_CONNECTED, MMP_PATH_DIRECT_UDP, -1);
  g_signal_emit_by_name (played->user_data, "figures");
}

static void
measure_memory (void)
{
  MmpStand *stand = mmp_stand_new_in (make_account (6, 10));
  MmpPlayed *played[3];
  Frames *frames;

  mmp_stand_open (stand);
  mmp_settle ();
  for (guint i = 0; i < G_N_ELEMENTS (played); i++)
    played[i] = play (stand, get_initiator (stand, i));
  mmp_window_open (stand->window, mmp_connection_get_id (played[0]->user_data));
  frames = frames_new (stand);
  for (guint second = 0; second <= HOUR + WARM_UP; second++)
    {
      guint n = frames->times->len;

      for (guint i = 0; i < G_N_ELEMENTS (played); i++)
        play_second (played[i], second);
      mmp_test_await (frames->times->len > n);
      if (second % WARM_UP == 0)
        {
          struct mallinfo2 info = mallinfo2 ();

          printf ("{\"what\":\"memory\",\"second\":%u,\"rss\":%u,\"heap\":%zu}\n", second, read_rss (), (info.uordblks + info.hblkhd) / 1024);
        }
    }
  frames_free (frames, stand);
  mmp_stand_free (stand);
}

/* --- redraws -------------------------------------------------------------------------------------------------------- */

static gboolean
on_figure_due (gpointer user_data)
{
  MmpPlayed *played = user_data;

  played->funcs->rtt (played, mmp_stand_get_peer (), g_random_double_range (10, 30), played->user_data);
  mmp_played_say (played, MMP_STATE_CONNECTED, MMP_PATH_DIRECT_UDP, -1);

  return G_SOURCE_CONTINUE;
}

static gboolean
on_time_over (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;

  return G_SOURCE_REMOVE;
}

/* Figures come more often than they may be drawn, of three connections at once. */
static void
measure_redraws (void)
{
  MmpStand *stand = mmp_stand_new_in (make_account (6, 10));
  gboolean over = FALSE;
  guint sources[3];
  Frames *frames;

  mmp_stand_open (stand);
  mmp_settle ();
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    sources[i] = g_timeout_add (1000 / FIGURES_PER_SECOND + i, on_figure_due, play (stand, get_initiator (stand, i)));
  mmp_window_open (stand->window, mmp_connection_get_id (get_initiator (stand, 0)));
  mmp_settle ();
  frames = frames_new (stand);
  g_timeout_add_seconds (REDRAW_SECONDS, on_time_over, &over);
  mmp_test_await (over);
  printf ("{\"what\":\"redraws\",\"per_second\":%.2f}\n", (double) frames->times->len / REDRAW_SECONDS);
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    g_source_remove (sources[i]);
  frames_free (frames, stand);
  mmp_stand_free (stand);
}

int
main (int argc,
      char *argv[])
{
  guint numbers[3] = { 0 };
  const char *part = argc > 1 ? argv[1] : "";

  for (int i = 2; i < argc && i < 5; i++)
    numbers[i - 2] = (guint) strtoul (argv[i], NULL, 10);
  argc = 1;
  if (!mmp_stand_init (&argc, &argv))
    return 77;

  if (g_str_equal (part, "open"))
    measure_open (numbers[0], numbers[1], numbers[2]);
  else if (g_str_equal (part, "scroll"))
    measure_scrolling (numbers[0], numbers[1]);
  else if (g_str_equal (part, "memory"))
    measure_memory ();
  else if (g_str_equal (part, "redraws"))
    measure_redraws ();
  else
    return 2;

  return 0;
}
