/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rtc/mmp-channel-bin.h"

#include <gst/sctp/sctpsendmeta.h>

#define PPID_CONTROL 50 /* RFC 8831, 8 */
#define PPID_BINARY_EMPTY 57
#define CONTROL_ACK 2 /* RFC 8832, 8.2.2 */

/* What webrtcbin has for an empty text. The number is the one of empty bytes. */
#define PPID_TEXT_EMPTY_OF_WEBRTCBIN 57

/* The bin around an element of a channel */
typedef struct
{
  GstBin *bin; /* not a reference: its bus holds this */
  MmpChannelBinFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
} ChannelBin;

static void
channel_bin_free (gpointer data)
{
  ChannelBin *self = data;

  self->destroy (self->user_data);
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
  self->func (cause, self->user_data);
  gst_message_unref (message);

  return GST_BUS_DROP;
}

/**
 * mmp_channel_bin_watch:
 * @element: any element that webrtcbin has made; nothing happens if it is not a data channel's
 * @func: called when something in it fails
 * @destroy: frees @user_data
 *
 * When an element of a channel fails, because the other end has gone, webrtcbin closes the channel and leaks the message
 * with the element that it is about. So it is taken before it gets there.
 */
void
mmp_channel_bin_watch (GstElement *element,
                       MmpChannelBinFunc func,
                       gpointer user_data,
                       GDestroyNotify destroy)
{
  ChannelBin *watched;

  if (!g_str_equal (G_OBJECT_TYPE_NAME (element), "WebRTCErrorIgnoreBin"))
    {
      destroy (user_data);
      return;
    }

  watched = g_new0 (ChannelBin, 1);
  watched->bin = GST_BIN (element);
  watched->func = func;
  watched->user_data = user_data;
  watched->destroy = destroy;
  gst_bus_set_sync_handler (watched->bin->child_bus, on_bin_message, watched, channel_bin_free);
}

static GstPadProbeReturn
on_outgoing_message (GstPad *pad,
                     GstPadProbeInfo *info,
                     gpointer user_data)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstSctpSendMeta *meta = gst_sctp_buffer_get_send_meta (buffer);
  guint8 *byte;

  if (gst_buffer_get_size (buffer) > 0 || meta == NULL)
    return GST_PAD_PROBE_OK;

  byte = g_malloc0 (1);
  buffer = gst_buffer_make_writable (buffer);
  meta = gst_sctp_buffer_get_send_meta (buffer);
  if (meta->ppid == PPID_TEXT_EMPTY_OF_WEBRTCBIN)
    {
      meta->ppid = PPID_CONTROL;
      *byte = CONTROL_ACK;
    }
  else
    {
      meta->ppid = PPID_BINARY_EMPTY;
    }
  gst_buffer_append_memory (buffer, gst_memory_new_wrapped (0, byte, 1, 0, 1, byte, g_free));
  GST_PAD_PROBE_INFO_DATA (info) = buffer;

  return GST_PAD_PROBE_OK;
}

/**
 * mmp_channel_bin_fill_empty:
 * @element: any element that webrtcbin has made; nothing happens if it is not the source of a data channel
 *
 * SCTP carries no empty message, so RFC 8831 (6.6) has one byte sent that a protocol identifier declares to be none. webrtcbin
 * forgets the byte, whereupon the channel breaks, and takes the identifiers of empty text and empty bytes one for the other.
 * Both are set right here. An empty text, which nobody sends otherwise, goes out as what mmp_data_channels_nudge() wants.
 */
void
mmp_channel_bin_fill_empty (GstElement *element)
{
  g_autoptr (GstPad) pad = NULL;

  if (!g_str_equal (G_OBJECT_TYPE_NAME (element), "GstAppSrc"))
    return;

  pad = gst_element_get_static_pad (element, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_outgoing_message, NULL, NULL);
}
