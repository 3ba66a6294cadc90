/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-rtc"

#include "rtc/mmp-data-channels.h"
#include "rtc/mmp-data-channel-private.h"

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "rtc/mmp-channel-bin.h"
#include "rtc/mmp-peer-event.h"

/* See mmp_data_channels_get_pause() */
#define REUSE_AFTER MMP_MSEC (3)

/* The elements of a channel hold a plain pointer to it, and are taken down some time after it was closed. */
#define GRAVE_KEPT MMP_SECONDS (2)

/* A channel that is over */
typedef struct
{
  MmpDataChannel *channel;
  gint64 since;
} Grave;

static void
grave_free (gpointer data)
{
  Grave *grave = data;

  mmp_data_channel_unref (grave->channel);
  g_free (grave);
}

static void
on_broken (const GError *cause,
           gpointer user_data)
{
  MmpDataChannels *self = user_data;

  if (self->first != NULL)
    g_debug ("a data channel broke: %s", cause->message);
  else
    g_async_queue_push (self->events, mmp_peer_event_new_error (MMP_PEER_EVENT_ERROR, g_error_new (MMP_ERROR, MMP_ERROR_NO_DIRECT_PATH, "a data channel broke: %s", cause->message)));
}

/* The label of one of those that there are from the beginning */
static char *
label_of (MmpDataChannels *self,
          guint number)
{
  return self->first != NULL ? g_strdup (self->first) : g_strdup_printf ("%u", number);
}

/* Returns: whether a channel of this label may be taken, and by what number */
static gboolean
find_number (MmpDataChannels *self,
             const char *label,
             guint *number)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->first != NULL)
    {
      if (g_hash_table_size (self->channels) >= MMP_PEER_OPEN_CHANNELS_MAX)
        return FALSE;
      *number = g_hash_table_size (self->channels) == 0 && self->last_number == 0 ? 0 : (guint) g_atomic_int_add (&self->last_number, 1) + 1;
      return TRUE;
    }

  for (guint i = 0; i < self->n_channels; i++)
    {
      g_autofree char *name = label_of (self, i);

      *number = i;
      if (g_strcmp0 (label, name) == 0)
        return !g_hash_table_contains (self->channels, GUINT_TO_POINTER (i));
    }

  return FALSE;
}

/* Returns: (transfer full) (nullable) */
static GstWebRTCDataChannel *
dup_object (MmpDataChannels *self,
            guint number)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  MmpDataChannel *channel = g_hash_table_lookup (self->channels, GUINT_TO_POINTER (number));

  return channel != NULL ? g_object_ref (channel->object) : NULL;
}

static gboolean
create (MmpDataChannels *self,
        guint number,
        const char *label,
        GError **error)
{
  g_autoptr (GstWebRTCDataChannel) object = NULL;

  g_signal_emit_by_name (self->webrtcbin, "create-data-channel", label, NULL, &object);
  if (object == NULL)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_FAILED, "webrtcbin makes no data channels; is GStreamer's SCTP plugin installed?");
      return FALSE;
    }
  mmp_data_channel_watch_open (mmp_data_channel_take (self, number, object));

  return TRUE;
}

/**
 * mmp_data_channels_new:
 * @n_channels: how many, at most %MMP_PEER_CHANNELS_MAX
 * @first: (nullable): for channels that come and go: the label of the one that there is from the beginning; @n_channels is 1
 *   then, and what happens to channels is told to @data as well
 * @events: gets channel-opened and channel-closed events, from any thread
 * @data: gets data and writable events, from any thread
 *
 * Returns: (transfer full): no channels yet
 */
MmpDataChannels *
mmp_data_channels_new (guint n_channels,
                       const char *first,
                       GAsyncQueue *events,
                       MmpMailbox *data)
{
  MmpDataChannels *self = g_new0 (MmpDataChannels, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->events = g_async_queue_ref (events);
  self->data = mmp_mailbox_ref (data);
  self->n_channels = n_channels;
  self->first = g_strdup (first);
  self->channels = g_hash_table_new_full (NULL, NULL, NULL, mmp_data_channel_unref);

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
  g_hash_table_unref (self->channels);
  g_free (self->first);
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
  self->webrtcbin = webrtcbin;
  for (guint i = 0; i < self->n_channels; i++)
    {
      g_autofree char *label = label_of (self, i);

      if (!create (self, i, label, error))
        return FALSE;
    }

  return TRUE;
}

/**
 * mmp_data_channels_get_next_number:
 *
 * Any thread.
 *
 * Returns: the number of the next channel that is opened here, of those that come and go
 */
guint
mmp_data_channels_get_next_number (MmpDataChannels *self)
{
  return (guint) g_atomic_int_add (&self->last_number, 1) + 1;
}

/**
 * mmp_data_channels_add:
 * @number: from mmp_data_channels_get_next_number()
 * @label: what the other side knows it by
 *
 * Opens one more channel at the offerer, when the gate is open; events and data are told of it, or that it is over at once
 * if it cannot be made. Not before mmp_data_channels_get_pause() is over.
 */
void
mmp_data_channels_add (MmpDataChannels *self,
                       guint number,
                       const char *label)
{
  g_autoptr (GError) error = NULL;

  if (create (self, number, label, &error))
    return;

  g_debug ("%s", error->message);
  mmp_mailbox_push (self->data, mmp_peer_event_new_channel (MMP_PEER_EVENT_CHANNEL_CLOSED, number), 0);
}

/**
 * mmp_data_channels_remove:
 *
 * Closes a channel: what was sent on it still goes out. To be called when it is open; before, webrtcbin would not do it.
 * Says nothing of a channel that is not there.
 */
void
mmp_data_channels_remove (MmpDataChannels *self,
                          guint number)
{
  g_autoptr (GstWebRTCDataChannel) object = dup_object (self, number);

  if (object != NULL)
    gst_webrtc_data_channel_close (object);
}

/**
 * mmp_data_channels_forget:
 *
 * To be called when a channel is over, so that nothing of it stays. On the thread of mmp_data_channels_add().
 */
void
mmp_data_channels_forget (MmpDataChannels *self,
                          guint number)
{
  gint64 now = g_get_monotonic_time ();
  gpointer stolen = NULL;
  Grave *grave;

  g_mutex_lock (&self->lock);
  g_hash_table_steal_extended (self->channels, GUINT_TO_POINTER (number), NULL, &stolen);
  g_mutex_unlock (&self->lock);
  if (stolen == NULL)
    return;

  g_signal_handlers_disconnect_by_data (((MmpDataChannel *) stolen)->object, stolen);
  grave = g_new0 (Grave, 1);
  grave->channel = stolen;
  grave->since = now;
  g_queue_push_tail (&self->graves, grave);
  while ((grave = g_queue_peek_head (&self->graves)) != NULL && now - grave->since > GRAVE_KEPT)
    grave_free (g_queue_pop_head (&self->graves));
}

/**
 * mmp_data_channels_get_pause:
 *
 * webrtcbin gives the number of a stream (RFC 8831) that was closed to the next channel at once. The other end may still be
 * closing its side then, and the new channel would be dead from the beginning; it needs a few milliseconds.
 *
 * Returns: microseconds to wait before the next channel is opened, 0 at best
 */
gint64
mmp_data_channels_get_pause (MmpDataChannels *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->closed_at == 0)
    return 0;

  return MAX (0, self->closed_at + REUSE_AFTER - g_get_monotonic_time ());
}

/**
 * mmp_data_channels_adopt:
 * @channel: a GstWebRTCDataChannel that the other side opened; to be called from `on-data-channel`, when it is open and
 *   nothing of its data was handed out yet
 *
 * Returns: %FALSE if it is none that should be: its label is wrong or taken, or there are too many, or it is not ordered and
 *   reliable
 */
gboolean
mmp_data_channels_adopt (MmpDataChannels *self,
                         gpointer channel)
{
  g_autofree char *label = NULL;
  gboolean ordered;
  int retransmits;
  int lifetime;
  guint number;

  g_object_get (channel, "label", &label, "ordered", &ordered, "max-retransmits", &retransmits, "max-packet-lifetime", &lifetime, NULL);
  if (!ordered || retransmits != -1 || lifetime != -1 || !find_number (self, label, &number))
    return FALSE;

  mmp_data_channel_say_opened (mmp_data_channel_take (self, number, channel), label);

  return TRUE;
}

/**
 * mmp_data_channels_watch:
 * @element: any element that webrtcbin has made; if it is a channel's it is taken care of
 *
 * An error of one channel is the end of all where their number is fixed. Of channels that come and go it says no more than
 * that the other end closes this one, which is told anyway.
 */
void
mmp_data_channels_watch (MmpDataChannels *self,
                         GstElement *element)
{
  mmp_channel_bin_watch (element, on_broken, mmp_data_channels_ref (self), (GDestroyNotify) mmp_data_channels_unref);
  if (self->first != NULL)
    mmp_channel_bin_fill_empty (element);
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
 * @message: at most 65,536 bytes, and not empty but on channels that come and go
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
  MmpDataChannel *found = g_hash_table_lookup (self->channels, GUINT_TO_POINTER (channel));

  if (!g_atomic_int_get (&self->gate) || g_atomic_int_get (&self->stopped) || found == NULL)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_NO_DIRECT_PATH, "the peer connection is not open");
      return FALSE;
    }

  return gst_webrtc_data_channel_send_data_full (found->object, g_bytes_get_size (message) > 0 ? message : NULL, error);
}

/**
 * mmp_data_channels_nudge:
 *
 * Where channels come and go: sends a channel's acknowledgement (RFC 8832) once more, which means nothing to the other end.
 * When packets were lost while several channels sent at the same time, usrsctp sometimes keeps the last message of one
 * until something else is sent on it; so whoever stops sending should do this a little later. Any thread.
 */
void
mmp_data_channels_nudge (MmpDataChannels *self,
                         guint channel)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  MmpDataChannel *found = g_hash_table_lookup (self->channels, GUINT_TO_POINTER (channel));

  if (self->first != NULL && g_atomic_int_get (&self->gate) && !g_atomic_int_get (&self->stopped) && found != NULL)
    gst_webrtc_data_channel_send_string_full (found->object, NULL, NULL);
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
  MmpDataChannel *found = g_hash_table_lookup (self->channels, GUINT_TO_POINTER (channel));
  guint64 amount = 0;

  if (g_atomic_int_get (&self->gate) && !g_atomic_int_get (&self->stopped) && found != NULL)
    g_object_get (found->object, "buffered-amount", &amount, NULL);

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
  g_autoptr (GList) channels = NULL;

  g_mutex_lock (&self->lock);
  g_atomic_int_set (&self->stopped, TRUE);
  channels = g_hash_table_get_values (self->channels);
  g_mutex_unlock (&self->lock);

  for (GList *l = channels; l != NULL; l = l->next)
    g_signal_handlers_disconnect_by_data (((MmpDataChannel *) l->data)->object, l->data);
}

/**
 * mmp_data_channels_clear:
 *
 * After the pipeline was taken down, and not before: a channel's elements hold a plain pointer to it as long as they run.
 */
void
mmp_data_channels_clear (MmpDataChannels *self)
{
  g_hash_table_remove_all (self->channels);
  g_queue_clear_full (&self->graves, grave_free);
}
