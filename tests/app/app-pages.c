/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-stand.h"

#include <stdio.h>
#include <string.h>

#include "mmp-devices-page.h"
#include "mmp-test.h"

/* app-pages: shows what a line on standard input names, and answers with "ready", for who reads the accessible tree from
 * outside. "tooltips" lists buttons that show no word and have no tooltip. */

typedef struct
{
  MmpStand *stand;
  MmpConnection *listener;
  MmpConnection *initiator;
} Pages;

static void
say_device (MmpPlayed *played,
            guint8 number,
            const char *name,
            MmpPath path,
            double rtt)
{
  g_autoptr (MmpStatus) status = mmp_status_new (MMP_STATE_CONNECTED);

  status->path = path;
  status->has_device = TRUE;
  memset (&status->device, number, sizeof status->device);
  status->device_name = g_strdup (name);
  status->rtt = rtt;
  status->bytes_sent = 2000000;
  status->bytes_received = 1000000;
  played->funcs->status (played, status, played->user_data);
}

/* --- what can be shown ---------------------------------------------------------------------------------------------- */

static MmpPlayed *
start_again (Pages *pages,
             MmpConnection *connection)
{
  mmp_connection_stop (connection);

  return mmp_stand_start (pages->stand, connection);
}

static void
show_initiator (Pages *pages)
{
  MmpPlayed *played = start_again (pages, pages->initiator);
  MmpHistory *history = mmp_connection_get_history (pages->initiator);
  gint64 now = g_get_monotonic_time ();

  mmp_played_say (played, MMP_STATE_CONNECTED, MMP_PATH_DIRECT_UDP, -1);
  played->funcs->listening (played, "127.0.0.1", 1884, "default", played->user_data);
  for (guint i = 1; i <= 4; i++)
    mmp_history_add (history, now - 4 + i, i < 4 ? 10.0 * i : -1, MMP_PATH_DIRECT_UDP);
  played->funcs->stream (played, 3, "default", TRUE, 0, 0, played->user_data);
  mmp_window_open (pages->stand->window, mmp_connection_get_id (pages->initiator));
}

static void
show_stopped (Pages *pages)
{
  mmp_connection_stop (pages->initiator);
  mmp_window_open (pages->stand->window, mmp_connection_get_id (pages->initiator));
}

static void
show_failed (Pages *pages)
{
  mmp_played_say (start_again (pages, pages->initiator), MMP_STATE_ATTENTION, MMP_PATH_NONE, MMP_ERROR_BROKER_LOGIN);
  mmp_window_open (pages->stand->window, mmp_connection_get_id (pages->initiator));
}

static void
show_listener (Pages *pages)
{
  MmpPlayed *played = start_again (pages, pages->listener);
  MmpPublicKey first;

  mmp_played_say (played, MMP_STATE_WAITING, MMP_PATH_NONE, -1);
  say_device (played, 17, "workshop", MMP_PATH_DIRECT_UDP, 12.3);
  say_device (played, 34, "greenhouse", MMP_PATH_RELAY, 48);
  memset (&first, 17, sizeof first);
  played->funcs->rtt (played, &first, 12.3, played->user_data);
  mmp_window_open (pages->stand->window, mmp_connection_get_id (pages->listener));
}

static void
show_request (Pages *pages)
{
  MmpPlayed *played = g_ptr_array_index (pages->stand->running, pages->stand->running->len - 1);

  played->funcs->request (played, mmp_stand_get_peer (), "attic", played->user_data);
  gtk_widget_activate_action (GTK_WIDGET (pages->stand->window), "win.review", "s", mmp_connection_get_id (pages->listener));
}

static void
show_devices (Pages *pages)
{
  MmpDeviceStore *store = mmp_account_get_devices (pages->stand->account);
  MmpPublicKey blocked;

  memset (&blocked, 51, sizeof blocked);
  g_assert_true (mmp_device_store_trust (store, mmp_stand_get_peer (), "Workshop", NULL));
  g_assert_true (mmp_device_store_block (store, &blocked, "Stranger", NULL));
  mmp_window_open_page (pages->stand->window, "devices");
}

static void
show_device (Pages *pages)
{
  show_devices (pages);
  mmp_click (pages->stand->window, "Workshop");
}

static void
ask_for_device (Pages *pages)
{
  show_devices (pages);
  gtk_widget_activate_action (mmp_await (pages->stand->window, MMP_TYPE_DEVICES_PAGE, NULL), "devices.add", NULL);
  mmp_type (mmp_await_dialog (pages->stand->window), "Public Key or Invitation", "GWAHFVRWLCANDLXKGKNN7EJBHA4FD3JBUKHDW5PJMXINFTIWMJKA");
}

static void
show_keys (Pages *pages)
{
  mmp_window_open_page (pages->stand->window, "keys");
}

static void
fill (Pages *pages)
{
  pages->listener = mmp_stand_add (pages->stand, MMP_PROFILE_LISTENER, "Office Broker");
  pages->initiator = mmp_stand_add (pages->stand, MMP_PROFILE_INITIATOR, "To the Office");
}

static const struct
{
  const char *name;
  void (*show) (Pages *pages);
} known[] = {
  { "fill", fill },
  { "initiator", show_initiator },
  { "stopped", show_stopped },
  { "failed", show_failed },
  { "listener", show_listener },
  { "request", show_request },
  { "devices", show_devices },
  { "device", show_device },
  { "add-device", ask_for_device },
  { "keys", show_keys },
};

/* --- tooltips ------------------------------------------------------------------------------------------------------- */

static gboolean
shows_words (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget) && gtk_label_get_text (GTK_LABEL (widget))[0] != '\0')
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      if (!GTK_IS_POPOVER (child) && shows_words (child))
        return TRUE;
    }

  return FALSE;
}

/* A button's own, or that of what it is a part of, such as a menu button */
static gboolean
has_tooltip (GtkWidget *widget)
{
  GtkWidget *parent = gtk_widget_get_parent (widget);
  const char *text = gtk_widget_get_tooltip_text (widget);

  return (text != NULL && text[0] != '\0') || (GTK_IS_MENU_BUTTON (parent) && has_tooltip (parent));
}

/* What the toolkit makes of a window's or dialog's frame and of a number's field, everybody knows; a button that leads back makes
 * its tooltip when it is asked for. */
static gboolean
is_of_toolkit (GtkWidget *widget)
{
  return GTK_IS_WINDOW_CONTROLS (widget) || GTK_IS_SPIN_BUTTON (widget) || g_str_equal (G_OBJECT_TYPE_NAME (widget), "AdwSheetControls") || g_str_equal (G_OBJECT_TYPE_NAME (widget), "AdwBackButton");
}

static void
list_without_tooltip (GtkWidget *widget)
{
  if (!gtk_widget_get_mapped (widget) || is_of_toolkit (widget))
    return;
  if (GTK_IS_BUTTON (widget) && !shows_words (widget) && !has_tooltip (widget))
    {
      const char *icon_name = gtk_button_get_icon_name (GTK_BUTTON (widget));

      printf ("%s “%s” in %s in %s\n", G_OBJECT_TYPE_NAME (widget), icon_name != NULL ? icon_name : "", G_OBJECT_TYPE_NAME (gtk_widget_get_parent (widget)), G_OBJECT_TYPE_NAME (gtk_widget_get_parent (gtk_widget_get_parent (widget))));
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    list_without_tooltip (child);
}

/* --- being told ----------------------------------------------------------------------------------------------------- */

static void
close_dialog (Pages *pages)
{
  AdwDialog *dialog = adw_application_window_get_visible_dialog (ADW_APPLICATION_WINDOW (pages->stand->window));

  if (dialog != NULL)
    adw_dialog_force_close (dialog);
  mmp_test_await (adw_application_window_get_visible_dialog (ADW_APPLICATION_WINDOW (pages->stand->window)) == NULL);
}

/* A name of the table; an action of the window; or an action and the connection it is for. */
static void
obey (Pages *pages,
      const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 2);

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    {
      if (g_str_equal (words[0], known[i].name))
        {
          close_dialog (pages);
          known[i].show (pages);
          return;
        }
    }
  if (g_str_equal (words[0], "tooltips"))
    list_without_tooltip (GTK_WIDGET (pages->stand->window));
  else if (g_str_equal (words[0], "close"))
    close_dialog (pages);
  else if (words[1] != NULL)
    gtk_widget_activate_action (GTK_WIDGET (pages->stand->window), words[0], "s", mmp_connection_get_id (g_str_equal (words[1], "listener") ? pages->listener : pages->initiator));
  else
    gtk_widget_activate_action (GTK_WIDGET (pages->stand->window), words[0], NULL);
}

/* Whoever goes away has seen enough. */
static gboolean
on_line (GIOChannel *channel,
         GIOCondition condition,
         gpointer user_data)
{
  char **line = user_data;

  if (g_io_channel_read_line (channel, line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL)
    *line = g_strdup ("quit");

  return G_SOURCE_REMOVE;
}

static char *
await_line (GIOChannel *channel)
{
  char *line = NULL;

  printf ("ready\n");
  fflush (stdout);
  g_io_add_watch (channel, G_IO_IN | G_IO_HUP, on_line, &line);
  while (line == NULL)
    g_main_context_iteration (NULL, TRUE);

  g_strchomp (line);

  return line;
}

int
main (int argc,
      char *argv[])
{
  g_autoptr (GIOChannel) channel = g_io_channel_unix_new (0);
  Pages pages = { 0 };
  char *line;

  if (!mmp_stand_init (&argc, &argv))
    return 77;

  pages.stand = mmp_stand_new ();
  while (!g_str_equal (line = await_line (channel), "quit"))
    {
      obey (&pages, line);
      mmp_settle ();
      g_free (line);
    }
  g_free (line);
  mmp_stand_free (pages.stand);

  return 0;
}
