/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-rtc"

#include "rtc/mmp-data-channel-private.h"

#include <string.h>

#include "base/mmp-limits.h"
#include "rtc/mmp-peer-event.h"

/* What a waiting message costs beside its bytes, so that many tiny ones count too. */
#define MESSAGE_OVERHEAD 256

static void
channel_free (gpointer data)
{
  MmpDataChannel *channel = data;

  g_clear_object (&channel->object);
}

/**
 * mmp_data_channel_unref:
 *
 * Any thread.
 */
void
mmp_data_channel_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, channel_free);
}

static void
release_closure (gpointer data,
                 GClosure *closure)
{
  mmp_data_channels_unref (((MmpDataChannel *) data)->all);
  mmp_data_channel_unref (data);
}

static void
connect_signal (MmpDataChannel *channel,
                const char *signal,
                GCallback callback)
{
  mmp_data_channels_ref (channel->all);
  g_signal_connect_data (channel->object, signal, callback, g_atomic_rc_box_acquire (channel), release_closure, G_CONNECT_DEFAULT);
}

static void
push (MmpDataChannel *channel,
      MmpPeerEventType type)
{
  g_async_queue_push (channel->all->events, mmp_peer_event_new_channel (type, channel->number));
}

/* To I/O, in the order in which it happened, and without a limit: there are few of these. */
static void
tell (MmpDataChannel *channel,
      MmpPeerEventType type,
      const char *label)
{
  MmpPeerEvent *event = mmp_peer_event_new_channel (type, channel->number);

  event->text = g_strdup (label);
  mmp_mailbox_push (channel->all->data, event, 0);
}

/* The handlers run on threads of GStreamer, and never call into webrtcbin: from the one of messages it would hang. */

static void
on_open (GstWebRTCDataChannel *object,
         gpointer user_data)
{
  MmpDataChannel *channel = user_data;

  if (!g_atomic_int_compare_and_exchange (&channel->opened, FALSE, TRUE))
    return;

  push (channel, MMP_PEER_EVENT_CHANNEL_OPENED);
  if (channel->all->first != NULL)
    tell (channel, MMP_PEER_EVENT_CHANNEL_OPENED, NULL);
}

static void
on_close (GstWebRTCDataChannel *object,
          gpointer user_data)
{
  MmpDataChannel *channel = user_data;
  MmpDataChannels *self = channel->all;

  if (self->first == NULL)
    {
      push (channel, MMP_PEER_EVENT_CHANNEL_CLOSED);
      return;
    }

  g_mutex_lock (&self->lock);
  self->closed_at = g_get_monotonic_time ();
  g_mutex_unlock (&self->lock);
  push (channel, MMP_PEER_EVENT_CHANNEL_CLOSED);
  tell (channel, MMP_PEER_EVENT_CHANNEL_CLOSED, NULL);
}

static void
take_message (MmpDataChannel *channel,
              GBytes *message)
{
  MmpPeerEvent *event;

  if (!g_atomic_int_get (&channel->all->gate) || g_atomic_int_get (&channel->overflowed))
    return;

  event = mmp_peer_event_new_channel (MMP_PEER_EVENT_DATA, channel->number);
  event->message = g_bytes_ref (message);
  if (mmp_mailbox_push (channel->all->data, event, g_bytes_get_size (message) + MESSAGE_OVERHEAD))
    return;

  g_debug ("A message was dropped, since too much waits");
  if (channel->all->first != NULL)
    {
      g_atomic_int_set (&channel->overflowed, TRUE);
      tell (channel, MMP_PEER_EVENT_CHANNEL_OVERFLOWED, NULL);
    }
}

static void
take_empty (MmpDataChannel *channel)
{
  g_autoptr (GBytes) message = g_bytes_new_static ("", 0);

  if (channel->all->first != NULL)
    take_message (channel, message);
}

static void
on_message_data (GstWebRTCDataChannel *object,
                 GBytes *message,
                 gpointer user_data)
{
  if (message != NULL)
    take_message (user_data, message);
  else
    take_empty (user_data);
}

/* An empty message of bytes comes here: webrtcbin takes it for an empty text, and has %NULL for that. */
static void
on_message_string (GstWebRTCDataChannel *object,
                   const char *text,
                   gpointer user_data)
{
  g_autoptr (GBytes) message = NULL;

  if (text == NULL)
    {
      take_empty (user_data);
      return;
    }
  message = g_bytes_new (text, strlen (text));
  take_message (user_data, message);
}

static void
on_buffered_amount_low (GstWebRTCDataChannel *object,
                        gpointer user_data)
{
  MmpDataChannel *channel = user_data;

  mmp_mailbox_push (channel->all->data, mmp_peer_event_new_channel (MMP_PEER_EVENT_WRITABLE, channel->number), 0);
}

/**
 * mmp_data_channel_take:
 * @self: gets the channel
 *
 * Returns: (transfer none): the channel that @object is from now on
 */
MmpDataChannel *
mmp_data_channel_take (MmpDataChannels *self,
                       guint number,
                       GstWebRTCDataChannel *object)
{
  MmpDataChannel *channel = g_atomic_rc_box_new0 (MmpDataChannel);

  channel->all = self;
  channel->number = number;
  channel->object = g_object_ref (object);
  g_mutex_lock (&self->lock);
  g_hash_table_insert (self->channels, GUINT_TO_POINTER (number), channel);
  g_mutex_unlock (&self->lock);
  g_object_set (object, "buffered-amount-low-threshold", (guint64) (MMP_PEER_BUFFERED_MAX / 2), NULL);
  connect_signal (channel, "on-message-data", G_CALLBACK (on_message_data));
  if (self->first != NULL)
    connect_signal (channel, "on-message-string", G_CALLBACK (on_message_string));
  connect_signal (channel, "on-buffered-amount-low", G_CALLBACK (on_buffered_amount_low));
  connect_signal (channel, "on-close", G_CALLBACK (on_close));

  return channel;
}

/**
 * mmp_data_channel_watch_open:
 *
 * For one that was made here: says when it is open.
 */
void
mmp_data_channel_watch_open (MmpDataChannel *self)
{
  GstWebRTCDataChannelState state;

  connect_signal (self, "on-open", G_CALLBACK (on_open));
  /* On a connection that stands it may have been open before anybody could hear of it. */
  g_object_get (self->object, "ready-state", &state, NULL);
  if (state == GST_WEBRTC_DATA_CHANNEL_STATE_OPEN)
    on_open (self->object, self);
}

/**
 * mmp_data_channel_say_opened:
 * @label: (nullable): what it is called
 *
 * For one that the other side made.
 */
void
mmp_data_channel_say_opened (MmpDataChannel *self,
                             const char *label)
{
  push (self, MMP_PEER_EVENT_CHANNEL_OPENED);
  if (self->all->first != NULL)
    tell (self, MMP_PEER_EVENT_CHANNEL_OPENED, label != NULL ? label : "");
}
