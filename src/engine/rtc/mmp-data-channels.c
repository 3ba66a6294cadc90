/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-rtc"

#include "rtc/mmp-data-channels.h"

#include <gst/webrtc/webrtc.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "rtc/mmp-peer-event.h"

/* What a waiting message costs beside its bytes, so that many tiny ones count too. */
#define MESSAGE_OVERHEAD 256

typedef struct
{
  MmpDataChannels *all; /* not a reference; what is connected to a channel's signals holds one */
  guint index;
  GstWebRTCDataChannel *object;
} Channel;

struct _MmpDataChannels
{
  gatomicrefcount ref_count;
  GAsyncQueue *events; /* MmpPeerEvent */
  MmpMailbox *data; /* MmpPeerEvent */
  gint gate; /* atomic; closed for good once it is stopped */
  gint stopped; /* atomic */
  GMutex lock; /* held while sending, so that nothing is sent into a pipeline that is taken down */
  guint n_channels;
  Channel channels[MMP_PEER_CHANNELS_MAX];
};

static void
release_closure (gpointer data,
                 GClosure *closure)
{
  mmp_data_channels_unref (((Channel *) data)->all);
}

static void
connect_signal (Channel *channel,
                const char *signal,
                GCallback callback)
{
  mmp_data_channels_ref (channel->all);
  g_signal_connect_data (channel->object, signal, callback, channel, release_closure, G_CONNECT_DEFAULT);
}

static void
push (Channel *channel,
      MmpPeerEventType type)
{
  g_async_queue_push (channel->all->events, mmp_peer_event_new_channel (type, channel->index));
}

/* The handlers run on threads of GStreamer, and never call into webrtcbin: from the one of messages it would hang. */

static void
on_open (GstWebRTCDataChannel *object,
         gpointer user_data)
{
  push (user_data, MMP_PEER_EVENT_CHANNEL_OPENED);
}

static void
on_close (GstWebRTCDataChannel *object,
          gpointer user_data)
{
  push (user_data, MMP_PEER_EVENT_CHANNEL_CLOSED);
}

static void
on_message_data (GstWebRTCDataChannel *object,
                 GBytes *message,
                 gpointer user_data)
{
  Channel *channel = user_data;
  MmpPeerEvent *event;

  if (message == NULL || !g_atomic_int_get (&channel->all->gate))
    return;

  event = mmp_peer_event_new_channel (MMP_PEER_EVENT_DATA, channel->index);
  event->message = g_bytes_ref (message);
  if (!mmp_mailbox_push (channel->all->data, event, g_bytes_get_size (message) + MESSAGE_OVERHEAD))
    g_debug ("A message was dropped, since too much waits");
}

static void
on_buffered_amount_low (GstWebRTCDataChannel *object,
                        gpointer user_data)
{
  Channel *channel = user_data;

  mmp_mailbox_push (channel->all->data, mmp_peer_event_new_channel (MMP_PEER_EVENT_WRITABLE, channel->index), 0);
}

static void
take (Channel *channel,
      GstWebRTCDataChannel *object)
{
  channel->object = g_object_ref (object);
  g_object_set (object, "buffered-amount-low-threshold", (guint64) (MMP_PEER_BUFFERED_MAX / 2), NULL);
  connect_signal (channel, "on-message-data", G_CALLBACK (on_message_data));
  connect_signal (channel, "on-buffered-amount-low", G_CALLBACK (on_buffered_amount_low));
  connect_signal (channel, "on-close", G_CALLBACK (on_close));
}

/* The bin around an element of a channel */
typedef struct
{
  GstBin *bin; /* not a reference: its bus holds this */
  MmpDataChannels *all;
} ChannelBin;

static void
channel_bin_free (gpointer data)
{
  ChannelBin *self = data;

  mmp_data_channels_unref (self->all);
  g_free (self);
}

static GstBusSyncReply
on_bin_message (GstBus *bus,
                GstMessage *message,
                gpointer user_data)
{
  ChannelBin *self = user_data;
  g_autoptr (GError) cause = NULL;

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_ERROR)
    {
      GST_BIN_GET_CLASS (self->bin)->handle_message (self->bin, message);
      return GST_BUS_DROP;
    }

  gst_message_parse_error (message, &cause, NULL);
  g_async_queue_push (self->all->events, mmp_peer_event_new_error (MMP_PEER_EVENT_ERROR, g_error_new (MMP_ERROR, MMP_ERROR_NO_DIRECT_PATH, "a data channel broke: %s", cause->message)));
  gst_message_unref (message);

  return GST_BUS_DROP;
}

static Channel *
find_free (MmpDataChannels *self,
           const char *label)
{
  for (guint i = 0; i < self->n_channels; i++)
    {
      char name[8];

      g_snprintf (name, sizeof name, "%u", i);
      if (g_strcmp0 (label, name) == 0)
        return self->channels[i].object == NULL ? &self->channels[i] : NULL;
    }

  return NULL;
}

/**
 * mmp_data_channels_new:
 * @n_channels: how many, at most %MMP_PEER_CHANNELS_MAX
 * @events: gets channel-opened and channel-closed events, from any thread
 * @data: gets data and writable events, from any thread
 *
 * Returns: (transfer full): no channels yet
 */
MmpDataChannels *
mmp_data_channels_new (guint n_channels,
                       GAsyncQueue *events,
                       MmpMailbox *data)
{
  MmpDataChannels *self = g_new0 (MmpDataChannels, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->events = g_async_queue_ref (events);
  self->data = mmp_mailbox_ref (data);
  self->n_channels = n_channels;
  for (guint i = 0; i < n_channels; i++)
    self->channels[i] = (Channel) { .all = self, .index = i };

  return self;
}

/**
 * mmp_data_channels_ref:
 *
 * Returns: (transfer full): @self
 */
MmpDataChannels *
mmp_data_channels_ref (MmpDataChannels *self)
{
  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

/**
 * mmp_data_channels_unref:
 *
 * Any thread.
 */
void
mmp_data_channels_unref (MmpDataChannels *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_async_queue_unref (self->events);
  mmp_mailbox_unref (self->data);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * mmp_data_channels_open:
 * @webrtcbin: in READY, which has not made its offer: without channels the offer would have no place for them
 *
 * Makes all of them; each is a channel-opened event when it is open.
 *
 * Returns: %FALSE with %MMP_ERROR_FAILED if that does not work here
 */
gboolean
mmp_data_channels_open (MmpDataChannels *self,
                        GstElement *webrtcbin,
                        GError **error)
{
  for (guint i = 0; i < self->n_channels; i++)
    {
      g_autoptr (GstWebRTCDataChannel) object = NULL;
      char label[8];

      g_snprintf (label, sizeof label, "%u", i);
      g_signal_emit_by_name (webrtcbin, "create-data-channel", label, NULL, &object);
      if (object == NULL)
        {
          g_set_error (error, MMP_ERROR, MMP_ERROR_FAILED, "webrtcbin makes no data channels; is GStreamer's SCTP plugin installed?");
          return FALSE;
        }
      take (&self->channels[i], object);
      connect_signal (&self->channels[i], "on-open", G_CALLBACK (on_open));
    }

  return TRUE;
}

/**
 * mmp_data_channels_adopt:
 * @channel: a GstWebRTCDataChannel that the other side opened; to be called from `on-data-channel`, when it is open and
 *   nothing of its data was handed out yet
 *
 * Returns: %FALSE if it is none that should be: its label is wrong or taken, or it is not ordered and reliable
 */
gboolean
mmp_data_channels_adopt (MmpDataChannels *self,
                         gpointer channel)
{
  g_autofree char *label = NULL;
  gboolean ordered;
  int retransmits;
  int lifetime;
  Channel *free_one;

  g_object_get (channel, "label", &label, "ordered", &ordered, "max-retransmits", &retransmits, "max-packet-lifetime", &lifetime, NULL);
  free_one = find_free (self, label);
  if (free_one == NULL || !ordered || retransmits != -1 || lifetime != -1)
    return FALSE;

  take (free_one, channel);
  push (free_one, MMP_PEER_EVENT_CHANNEL_OPENED);

  return TRUE;
}

/**
 * mmp_data_channels_watch:
 * @element: any element that webrtcbin has made; if it is a channel's it is taken care of
 *
 * When an element of a channel fails, because the other end has gone, webrtcbin closes the channel and leaks the message
 * with the element that it is about. An error of one channel is the end of all here, so it is taken before it gets there.
 */
void
mmp_data_channels_watch (MmpDataChannels *self,
                         GstElement *element)
{
  ChannelBin *watched;

  if (!g_str_equal (G_OBJECT_TYPE_NAME (element), "WebRTCErrorIgnoreBin"))
    return;

  watched = g_new0 (ChannelBin, 1);
  watched->bin = GST_BIN (element);
  watched->all = mmp_data_channels_ref (self);
  gst_bus_set_sync_handler (watched->bin->child_bus, on_bin_message, watched, channel_bin_free);
}

/**
 * mmp_data_channels_set_gate:
 * @open: whether messages pass
 *
 * Any thread.
 */
void
mmp_data_channels_set_gate (MmpDataChannels *self,
                            gboolean open)
{
  g_atomic_int_set (&self->gate, open);
}

/**
 * mmp_data_channels_send:
 * @message: 1 to 65,536 bytes
 *
 * Queues a message; never blocks. Any thread.
 *
 * Returns: %FALSE with an error if the channel or the gate is closed
 */
gboolean
mmp_data_channels_send (MmpDataChannels *self,
                        guint channel,
                        GBytes *message,
                        GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (!g_atomic_int_get (&self->gate) || g_atomic_int_get (&self->stopped) || self->channels[channel].object == NULL)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_NO_DIRECT_PATH, "the peer connection is not open");
      return FALSE;
    }

  return gst_webrtc_data_channel_send_data_full (self->channels[channel].object, message, error);
}

/**
 * mmp_data_channels_get_buffered:
 *
 * Any thread.
 *
 * Returns: bytes that wait in @channel
 */
gsize
mmp_data_channels_get_buffered (MmpDataChannels *self,
                                guint channel)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  guint64 amount = 0;

  if (g_atomic_int_get (&self->gate) && !g_atomic_int_get (&self->stopped) && self->channels[channel].object != NULL)
    g_object_get (self->channels[channel].object, "buffered-amount", &amount, NULL);

  return (gsize) amount;
}

/**
 * mmp_data_channels_stop:
 *
 * Before the pipeline is taken down: nothing is under way when this returns, and nothing is pushed any more.
 */
void
mmp_data_channels_stop (MmpDataChannels *self)
{
  g_mutex_lock (&self->lock);
  g_atomic_int_set (&self->stopped, TRUE);
  g_mutex_unlock (&self->lock);

  for (guint i = 0; i < self->n_channels; i++)
    if (self->channels[i].object != NULL)
      g_signal_handlers_disconnect_by_data (self->channels[i].object, &self->channels[i]);
}

/**
 * mmp_data_channels_clear:
 *
 * After the pipeline was taken down, and not before: a channel's elements hold a plain pointer to it as long as they run.
 */
void
mmp_data_channels_clear (MmpDataChannels *self)
{
  for (guint i = 0; i < self->n_channels; i++)
    g_clear_object (&self->channels[i].object);
}
