/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-rtc"

#include "rtc/mmp-webrtc.h"

#include <gst/gst.h>
#include <gst/sdp/sdp.h>
#include <gst/webrtc/webrtc.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "rtc/mmp-certificate.h"
#include "rtc/mmp-ice-agent.h"
#include "rtc/mmp-peer-event.h"

/* What a waiting message costs beside its bytes, so that many tiny ones count too. */
#define MESSAGE_OVERHEAD 256

/* An SCTP association's number in this process, unique among those that live: with two alike both ends hang. */
#define ASSOCIATION_FIRST 1
#define ASSOCIATION_LAST 65534

typedef struct
{
  MmpWebrtc *webrtc; /* not a reference; what is connected to a channel's signals holds one */
  guint index;
  GstWebRTCDataChannel *channel;
} Channel;

struct _MmpWebrtc
{
  gatomicrefcount ref_count;
  MmpPeerRole role;
  MmpIceConfig *config;
  GAsyncQueue *events;
  MmpMailbox *data;
  gint gate; /* atomic; whether messages pass */

  GstElement *pipeline;
  GstElement *webrtcbin;
  GstWebRTCDTLSTransport *dtls;
  GstPad *sctp_pad; /* held up until the gate opens for the first time */
  gulong sctp_probe;
  guint association;

  GMutex lock; /* held while sending, so that nothing is sent into a pipeline that is taken down */
  guint n_channels;
  Channel channels[MMP_PEER_CHANNELS_MAX];
};

static GMutex association_lock;
static guint8 association_used[ASSOCIATION_LAST + 1];
static guint association_last = ASSOCIATION_FIRST - 1;

static guint
claim_association (void)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&association_lock);

  for (guint i = ASSOCIATION_FIRST; i <= ASSOCIATION_LAST; i++)
    {
      association_last = association_last >= ASSOCIATION_LAST ? ASSOCIATION_FIRST : association_last + 1;
      if (!association_used[association_last])
        {
          association_used[association_last] = TRUE;
          return association_last;
        }
    }

  return 0;
}

static void
release_association (guint association)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&association_lock);

  association_used[association] = FALSE;
}

static void
push (MmpWebrtc *self,
      MmpPeerEvent *event)
{
  g_async_queue_push (self->events, event);
}

static void
push_error (MmpWebrtc *self,
            MmpError code,
            const char *what,
            const GError *cause)
{
  GError *error = g_error_new (MMP_ERROR, (int) code, "%s%s%s", what, cause != NULL ? ": " : "", cause != NULL ? cause->message : "");

  push (self, mmp_peer_event_new_error (MMP_PEER_EVENT_ERROR, error));
}

static void
release_closure (gpointer data,
                 GClosure *closure)
{
  mmp_webrtc_unref (data);
}

static void
release_channel_closure (gpointer data,
                         GClosure *closure)
{
  mmp_webrtc_unref (((Channel *) data)->webrtc);
}

static void
connect_signal (MmpWebrtc *self,
                gpointer instance,
                const char *signal,
                GCallback callback)
{
  g_signal_connect_data (instance, signal, callback, mmp_webrtc_ref (self), release_closure, G_CONNECT_DEFAULT);
}

static void
connect_channel_signal (Channel *channel,
                        const char *signal,
                        GCallback callback)
{
  mmp_webrtc_ref (channel->webrtc);
  g_signal_connect_data (channel->channel, signal, callback, channel, release_channel_closure, G_CONNECT_DEFAULT);
}

static GError *
dup_promise_error (GstPromise *promise)
{
  const GstStructure *reply = NULL;
  GError *error = NULL;

  if (gst_promise_wait (promise) != GST_PROMISE_RESULT_REPLIED)
    return g_error_new_literal (MMP_ERROR, MMP_ERROR_CANCELLED, "the peer connection was closed");
  reply = gst_promise_get_reply (promise);
  if (reply != NULL && gst_structure_has_field (reply, "error"))
    gst_structure_get (reply, "error", G_TYPE_ERROR, &error, NULL);

  return error;
}

/* Emits one of webrtcbin's action signals that answer by a promise. */
static void
emit_with_promise (MmpWebrtc *self,
                   const char *signal,
                   gpointer argument,
                   GstPromiseChangeFunc func)
{
  GstPromise *promise = gst_promise_new_with_change_func (func, mmp_webrtc_ref (self), (GDestroyNotify) mmp_webrtc_unref);

  g_signal_emit_by_name (self->webrtcbin, signal, argument, promise);
  gst_promise_unref (promise);
}

/* The handlers below run on GStreamer's threads. None calls back into webrtcbin but on_description_created(), from where
 * that is allowed and gives the order that is needed: description first, then its candidates. */

static void
on_local_description_set (GstPromise *promise,
                          gpointer user_data)
{
  g_autoptr (GError) error = dup_promise_error (promise);

  if (error != NULL)
    push_error (user_data, MMP_ERROR_FAILED, "the local description was not accepted", error);
}

static void
on_description_created (GstPromise *promise,
                        gpointer user_data)
{
  MmpWebrtc *self = user_data;
  g_autoptr (GError) error = dup_promise_error (promise);
  g_autoptr (GstWebRTCSessionDescription) description = NULL;
  g_autofree char *text = NULL;

  if (error == NULL && gst_promise_get_reply (promise) != NULL)
    gst_structure_get (gst_promise_get_reply (promise),
                       self->role == MMP_PEER_ROLE_OFFERER ? "offer" : "answer",
                       GST_TYPE_WEBRTC_SESSION_DESCRIPTION,
                       &description,
                       NULL);
  if (description == NULL || (text = gst_sdp_message_as_text (description->sdp)) == NULL)
    {
      push_error (self, MMP_ERROR_PROTOCOL, "no description could be made", error);
      return;
    }

  push (self, mmp_peer_event_new_text (MMP_PEER_EVENT_LOCAL_DESCRIPTION, text));
  emit_with_promise (self, "set-local-description", description, on_local_description_set);
}

static void
on_remote_description_set (GstPromise *promise,
                           gpointer user_data)
{
  g_autoptr (GError) error = dup_promise_error (promise);

  if (error != NULL)
    push_error (user_data, MMP_ERROR_PROTOCOL, "the other side's description was not accepted", error);
  else
    push (user_data, mmp_peer_event_new (MMP_PEER_EVENT_REMOTE_SET));
}

static void
on_ice_candidate (GstElement *webrtcbin,
                  guint line,
                  const char *candidate,
                  gpointer user_data)
{
  push (user_data, mmp_peer_event_new_text (MMP_PEER_EVENT_LOCAL_CANDIDATE, candidate != NULL ? candidate : ""));
}

static void
on_connection_state (GObject *webrtcbin,
                     GParamSpec *property,
                     gpointer user_data)
{
  push (user_data, mmp_peer_event_new (MMP_PEER_EVENT_CONNECTION_STATE));
}

static void
on_remote_certificate (GObject *dtls,
                       GParamSpec *property,
                       gpointer user_data)
{
  MmpWebrtc *self = user_data;

  g_atomic_int_set (&self->gate, FALSE);
  push (self, mmp_peer_event_new (MMP_PEER_EVENT_CERTIFICATE));
}

static void
on_channel_open (GstWebRTCDataChannel *object,
                 gpointer user_data)
{
  Channel *channel = user_data;

  push (channel->webrtc, mmp_peer_event_new_channel (MMP_PEER_EVENT_CHANNEL_OPENED, channel->index));
}

static void
on_channel_close (GstWebRTCDataChannel *object,
                  gpointer user_data)
{
  Channel *channel = user_data;

  push (channel->webrtc, mmp_peer_event_new_channel (MMP_PEER_EVENT_CHANNEL_CLOSED, channel->index));
}

static void
on_channel_message (GstWebRTCDataChannel *object,
                    GBytes *message,
                    gpointer user_data)
{
  Channel *channel = user_data;
  MmpWebrtc *self = channel->webrtc;
  MmpPeerEvent *event;

  if (message == NULL || !g_atomic_int_get (&self->gate))
    return;

  event = mmp_peer_event_new_channel (MMP_PEER_EVENT_DATA, channel->index);
  event->message = g_bytes_ref (message);
  if (!mmp_mailbox_push (self->data, event, g_bytes_get_size (message) + MESSAGE_OVERHEAD))
    g_debug ("A message was dropped, since too much waits");
}

static void
on_channel_buffered_amount_low (GstWebRTCDataChannel *object,
                                gpointer user_data)
{
  Channel *channel = user_data;

  mmp_mailbox_push (channel->webrtc->data, mmp_peer_event_new_channel (MMP_PEER_EVENT_WRITABLE, channel->index), 0);
}

static void
adopt_channel (Channel *channel,
               GstWebRTCDataChannel *object)
{
  channel->channel = g_object_ref (object);
  g_object_set (object, "buffered-amount-low-threshold", (guint64) (MMP_PEER_BUFFERED_MAX / 2), NULL);
  connect_channel_signal (channel, "on-message-data", G_CALLBACK (on_channel_message));
  connect_channel_signal (channel, "on-buffered-amount-low", G_CALLBACK (on_channel_buffered_amount_low));
  connect_channel_signal (channel, "on-close", G_CALLBACK (on_channel_close));
}

static Channel *
find_free_channel (MmpWebrtc *self,
                   const char *label)
{
  for (guint i = 0; i < self->n_channels; i++)
    {
      char name[8];

      g_snprintf (name, sizeof name, "%u", i);
      if (g_strcmp0 (label, name) == 0)
        return self->channels[i].channel == NULL ? &self->channels[i] : NULL;
    }

  return NULL;
}

/* A channel that the other side opened; it is open already, and nothing of its data was handed out yet. */
static void
on_data_channel (GstElement *webrtcbin,
                 GstWebRTCDataChannel *object,
                 gpointer user_data)
{
  MmpWebrtc *self = user_data;
  g_autofree char *label = NULL;
  gboolean ordered;
  int retransmits;
  int lifetime;
  Channel *channel;

  g_object_get (object, "label", &label, "ordered", &ordered, "max-retransmits", &retransmits, "max-packet-lifetime", &lifetime, NULL);
  channel = self->role == MMP_PEER_ROLE_ANSWERER ? find_free_channel (self, label) : NULL;
  if (channel == NULL || !ordered || retransmits != -1 || lifetime != -1)
    {
      push_error (self, MMP_ERROR_PROTOCOL, "the other side opened a data channel that should not be", NULL);
      return;
    }

  adopt_channel (channel, object);
  on_channel_open (object, channel);
}

static GstPadProbeReturn
on_sctp_packet (GstPad *pad,
                GstPadProbeInfo *info,
                gpointer user_data)
{
  return GST_PAD_PROBE_OK; /* for a blocking probe: stay */
}

/* Nothing of an unverified peer reaches SCTP: its packets wait. So SCTP's own parser is not open to strangers, and an end
 * that finds a wrong certificate never lets the other end's channels open. */
static void
hold_up_sctp (MmpWebrtc *self,
              GstElement *decoder)
{
  g_return_if_fail (self->sctp_pad == NULL);

  self->sctp_pad = gst_element_get_static_pad (decoder, "sink");
  self->sctp_probe = gst_pad_add_probe (self->sctp_pad, GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_sctp_packet, NULL, NULL);
}

static void
let_sctp_pass (MmpWebrtc *self)
{
  if (self->sctp_probe != 0)
    gst_pad_remove_probe (self->sctp_pad, self->sctp_probe);
  self->sctp_probe = 0;
}

static void
on_deep_element_added (GstBin *bin,
                       GstBin *parent,
                       GstElement *element,
                       gpointer user_data)
{
  MmpWebrtc *self = user_data;
  const char *type = G_OBJECT_TYPE_NAME (element);

  if (g_str_equal (type, "GstSctpEnc") || g_str_equal (type, "GstSctpDec"))
    g_object_set (element, "sctp-association-id", self->association, NULL);
  if (g_str_equal (type, "GstSctpDec"))
    hold_up_sctp (self, element);
}

static GstBusSyncReply
on_bus_message (GstBus *bus,
                GstMessage *message,
                gpointer user_data)
{
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    {
      g_autoptr (GError) error = NULL;

      gst_message_parse_error (message, &error, NULL);
      push_error (user_data, MMP_ERROR_NO_DIRECT_PATH, "the peer connection broke", error);
    }
  gst_message_unref (message);

  return GST_BUS_DROP;
}

static gboolean
build (MmpWebrtc *self,
       GError **error)
{
  const MmpIceConfig *config = self->config;
  g_autoptr (GstBus) bus = NULL;

  self->association = claim_association ();
  self->webrtcbin = gst_element_factory_make ("webrtcbin", NULL);
  if (self->association == 0 || self->webrtcbin == NULL)
    {
      g_clear_pointer (&self->webrtcbin, gst_object_unref);
      g_set_error (error, MMP_ERROR, MMP_ERROR_FAILED, "GStreamer's webrtcbin is not installed");
      return FALSE;
    }
  gst_object_ref_sink (self->webrtcbin);

  self->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  bus = gst_element_get_bus (self->pipeline);
  gst_bus_set_sync_handler (bus, on_bus_message, mmp_webrtc_ref (self), (GDestroyNotify) mmp_webrtc_unref);
  connect_signal (self, self->pipeline, "deep-element-added", G_CALLBACK (on_deep_element_added));

  g_object_set (self->webrtcbin, "bundle-policy", GST_WEBRTC_BUNDLE_POLICY_MAX_BUNDLE, NULL);
  if (config->relay_only)
    g_object_set (self->webrtcbin, "ice-transport-policy", GST_WEBRTC_ICE_TRANSPORT_POLICY_RELAY, NULL);
  if (config->stun_server != NULL)
    g_object_set (self->webrtcbin, "stun-server", config->stun_server, NULL);
  mmp_ice_agent_configure (self->webrtcbin, config);
  connect_signal (self, self->webrtcbin, "on-ice-candidate", G_CALLBACK (on_ice_candidate));
  connect_signal (self, self->webrtcbin, "on-data-channel", G_CALLBACK (on_data_channel));
  connect_signal (self, self->webrtcbin, "notify::connection-state", G_CALLBACK (on_connection_state));

  return gst_bin_add (GST_BIN (self->pipeline), self->webrtcbin);
}

/* Channels have to exist before the offer is made, or it has no place for them, and webrtcbin must be READY to make them. */
static gboolean
open_channels (MmpWebrtc *self,
               GError **error)
{
  for (guint i = 0; i < self->n_channels; i++)
    {
      g_autoptr (GstWebRTCDataChannel) channel = NULL;
      char label[8];

      g_snprintf (label, sizeof label, "%u", i);
      g_signal_emit_by_name (self->webrtcbin, "create-data-channel", label, NULL, &channel);
      if (channel == NULL)
        {
          g_set_error (error, MMP_ERROR, MMP_ERROR_FAILED, "webrtcbin makes no data channels; is GStreamer's SCTP plugin installed?");
          return FALSE;
        }
      adopt_channel (&self->channels[i], channel);
      connect_channel_signal (&self->channels[i], "on-open", G_CALLBACK (on_channel_open));
    }

  return TRUE;
}

static gboolean
set_state (MmpWebrtc *self,
           GstState state,
           GError **error)
{
  if (gst_element_set_state (self->pipeline, state) != GST_STATE_CHANGE_FAILURE)
    return TRUE;

  g_set_error (error, MMP_ERROR, MMP_ERROR_FAILED, "webrtcbin does not start; are GStreamer's nice, DTLS and SRTP plugins installed?");

  return FALSE;
}

/**
 * mmp_webrtc_new:
 * @n_channels: data channels that the offerer opens, at most %MMP_PEER_CHANNELS_MAX
 * @events: where #MmpPeerEvent objects go, from any thread
 * @data: where messages and notes of free space go, from any thread
 *
 * Returns: (transfer full): a peer connection that is not started
 */
MmpWebrtc *
mmp_webrtc_new (MmpPeerRole role,
                const MmpIceConfig *config,
                guint n_channels,
                GAsyncQueue *events,
                MmpMailbox *data)
{
  MmpWebrtc *self = g_new0 (MmpWebrtc, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->role = role;
  self->config = mmp_ice_config_copy (config);
  self->n_channels = n_channels;
  self->events = g_async_queue_ref (events);
  self->data = mmp_mailbox_ref (data);
  for (guint i = 0; i < n_channels; i++)
    self->channels[i] = (Channel) { .webrtc = self, .index = i };

  return self;
}

/**
 * mmp_webrtc_ref:
 *
 * Returns: (transfer full): @self
 */
MmpWebrtc *
mmp_webrtc_ref (MmpWebrtc *self)
{
  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

/**
 * mmp_webrtc_unref:
 *
 * May be called from any thread.
 */
void
mmp_webrtc_unref (MmpWebrtc *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  mmp_ice_config_free (self->config);
  g_async_queue_unref (self->events);
  mmp_mailbox_unref (self->data);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * mmp_webrtc_start:
 *
 * Builds the pipeline and runs it. Loads GStreamer at the first time, which may take a second. Must be followed by
 * mmp_webrtc_close() in any case.
 *
 * Returns: %FALSE with %MMP_ERROR_FAILED if parts of GStreamer are missing
 */
gboolean
mmp_webrtc_start (MmpWebrtc *self,
                  GError **error)
{
  g_return_val_if_fail (self->pipeline == NULL, FALSE);

  if (!gst_init_check (NULL, NULL, error) || !build (self, error) || !set_state (self, GST_STATE_READY, error))
    return FALSE;
  if (self->role == MMP_PEER_ROLE_OFFERER && !open_channels (self, error))
    return FALSE;
  for (guint i = 0; self->config->turn_servers != NULL && self->config->turn_servers[i] != NULL; i++)
    {
      gboolean added = FALSE;

      g_signal_emit_by_name (self->webrtcbin, "add-turn-server", self->config->turn_servers[i], &added);
      if (!added)
        g_debug ("TURN server %u was not accepted", i);
    }

  return set_state (self, GST_STATE_PLAYING, error);
}

/**
 * mmp_webrtc_close:
 *
 * Takes the pipeline down; blocks for some milliseconds. Nothing is pushed any more for what happens after it returned.
 */
void
mmp_webrtc_close (MmpWebrtc *self)
{
  g_mutex_lock (&self->lock);
  g_atomic_int_set (&self->gate, FALSE);
  g_mutex_unlock (&self->lock);

  /* Before the state changes: a candidate that comes meanwhile is leaked by webrtcbin. */
  if (self->webrtcbin != NULL)
    g_signal_handlers_disconnect_by_data (self->webrtcbin, self);
  if (self->dtls != NULL)
    g_signal_handlers_disconnect_by_data (self->dtls, self);
  for (guint i = 0; i < self->n_channels; i++)
    if (self->channels[i].channel != NULL)
      g_signal_handlers_disconnect_by_data (self->channels[i].channel, &self->channels[i]);

  if (self->pipeline != NULL)
    {
      g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);

      gst_element_set_state (self->pipeline, GST_STATE_NULL);
      gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
      g_signal_handlers_disconnect_by_data (self->pipeline, self);
    }

  /* Only now: a channel's elements hold a plain pointer to it as long as they run. */
  for (guint i = 0; i < self->n_channels; i++)
    g_clear_object (&self->channels[i].channel);
  g_clear_object (&self->dtls);
  gst_clear_object (&self->sctp_pad);
  gst_clear_object (&self->webrtcbin);
  gst_clear_object (&self->pipeline);
  if (self->association != 0)
    release_association (self->association);
  self->association = 0;
}

/**
 * mmp_webrtc_describe:
 *
 * Makes the offer or the answer and sets it: a local-description event follows, then candidates; or an error event.
 */
void
mmp_webrtc_describe (MmpWebrtc *self)
{
  emit_with_promise (self, self->role == MMP_PEER_ROLE_OFFERER ? "create-offer" : "create-answer", NULL, on_description_created);
}

/* @sdp was rebuilt by the session already; this only keeps webrtcbin from waiting for ever on something else. */
static GstSDPMessage *
parse_description (const char *sdp)
{
  GstSDPMessage *message = NULL;

  if (*sdp == '\0' || strlen (sdp) > MMP_SDP_SIZE_MAX)
    return NULL;
  if (gst_sdp_message_new_from_text (sdp, &message) == GST_SDP_OK && gst_sdp_message_medias_len (message) == 1 && g_strcmp0 (gst_sdp_media_get_media (gst_sdp_message_get_media (message, 0)), "application") == 0)
    return message;
  g_clear_pointer (&message, gst_sdp_message_free);

  return NULL;
}

/**
 * mmp_webrtc_set_remote:
 * @sdp: the other side's answer or offer
 *
 * A remote-set or an error event follows.
 *
 * Returns: %FALSE with %MMP_ERROR_PROTOCOL if @sdp is none
 */
gboolean
mmp_webrtc_set_remote (MmpWebrtc *self,
                       const char *sdp,
                       GError **error)
{
  g_autoptr (GstWebRTCSessionDescription) description = NULL;
  GstWebRTCSDPType type = self->role == MMP_PEER_ROLE_OFFERER ? GST_WEBRTC_SDP_TYPE_ANSWER : GST_WEBRTC_SDP_TYPE_OFFER;
  GstSDPMessage *message = parse_description (sdp);

  if (message == NULL)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_PROTOCOL, "the other side's description is not one of a data channel connection");
      return FALSE;
    }
  description = gst_webrtc_session_description_new (type, message);
  emit_with_promise (self, "set-remote-description", description, on_remote_description_set);

  return TRUE;
}

/**
 * mmp_webrtc_add_candidate:
 * @candidate: a candidate of the other side; the empty string after the last one
 */
void
mmp_webrtc_add_candidate (MmpWebrtc *self,
                          const char *candidate)
{
  g_signal_emit_by_name (self->webrtcbin, "add-ice-candidate", 0u, candidate);
}

/**
 * mmp_webrtc_get_state:
 *
 * Returns: where the connection (ICE and DTLS) is
 */
MmpWebrtcState
mmp_webrtc_get_state (MmpWebrtc *self)
{
  GstWebRTCPeerConnectionState state;

  g_object_get (self->webrtcbin, "connection-state", &state, NULL);
  switch (state)
    {
    case GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED:
      return MMP_WEBRTC_CONNECTED;
    case GST_WEBRTC_PEER_CONNECTION_STATE_FAILED:
    case GST_WEBRTC_PEER_CONNECTION_STATE_CLOSED:
      return MMP_WEBRTC_FAILED;
    case GST_WEBRTC_PEER_CONNECTION_STATE_NEW:
    case GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTING:
    case GST_WEBRTC_PEER_CONNECTION_STATE_DISCONNECTED:
    default:
      return MMP_WEBRTC_CONNECTING;
    }
}

/**
 * mmp_webrtc_watch_certificate:
 *
 * From now on, if there is a DTLS transport already, a new certificate of the other end closes the gate and is a
 * certificate event. May be called again.
 */
void
mmp_webrtc_watch_certificate (MmpWebrtc *self)
{
  g_autoptr (GstWebRTCSCTPTransport) sctp = NULL;

  if (self->dtls != NULL)
    return;

  g_object_get (self->webrtcbin, "sctp-transport", &sctp, NULL);
  if (sctp != NULL)
    g_object_get (sctp, "transport", &self->dtls, NULL);
  if (self->dtls != NULL)
    connect_signal (self, self->dtls, "notify::remote-certificate", G_CALLBACK (on_remote_certificate));
}

/**
 * mmp_webrtc_get_remote_fingerprint:
 * @fingerprint: (out caller-allocates): the SHA-256 of the certificate that the other end of DTLS has shown
 *
 * Returns: %FALSE with %MMP_ERROR_MESSAGE_INVALID and @fingerprint untouched if there is no certificate
 */
gboolean
mmp_webrtc_get_remote_fingerprint (MmpWebrtc *self,
                                   guint8 fingerprint[MMP_DTLS_FINGERPRINT_SIZE],
                                   GError **error)
{
  g_autofree char *pem = NULL;

  G_STATIC_ASSERT (MMP_DTLS_FINGERPRINT_SIZE == MMP_CERTIFICATE_FINGERPRINT_SIZE);

  if (self->dtls != NULL)
    g_object_get (self->dtls, "remote-certificate", &pem, NULL);
  if (pem == NULL)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID, "there is no certificate");
      return FALSE;
    }

  return mmp_certificate_get_fingerprint (pem, strlen (pem), fingerprint, error);
}

/**
 * mmp_webrtc_get_pair:
 * @pair: (out caller-allocates): the selected pair
 */
void
mmp_webrtc_get_pair (MmpWebrtc *self,
                     MmpCandidatePair *pair)
{
  mmp_ice_agent_get_pair (self->webrtcbin, pair);
}

/**
 * mmp_webrtc_widen_sockets:
 *
 * Larger receive buffers, to be asked for when it is connected.
 */
void
mmp_webrtc_widen_sockets (MmpWebrtc *self)
{
  mmp_ice_agent_widen_sockets (self->webrtcbin);
}

/**
 * mmp_webrtc_set_gate:
 * @open: whether messages pass. While not, what comes in is dropped unread and nothing can be sent
 */
void
mmp_webrtc_set_gate (MmpWebrtc *self,
                     gboolean open)
{
  g_atomic_int_set (&self->gate, open);
  if (open)
    let_sctp_pass (self);
}

/**
 * mmp_webrtc_send:
 * @message: 1 to 65,536 bytes
 *
 * Queues a message; never blocks. Any thread.
 *
 * Returns: %FALSE with an error if the channel or the gate is closed
 */
gboolean
mmp_webrtc_send (MmpWebrtc *self,
                 guint channel,
                 GBytes *message,
                 GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (!g_atomic_int_get (&self->gate) || self->channels[channel].channel == NULL)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_NO_DIRECT_PATH, "the peer connection is not open");
      return FALSE;
    }

  return gst_webrtc_data_channel_send_data_full (self->channels[channel].channel, message, error);
}

/**
 * mmp_webrtc_get_buffered:
 *
 * Any thread.
 *
 * Returns: bytes that wait in @channel
 */
gsize
mmp_webrtc_get_buffered (MmpWebrtc *self,
                         guint channel)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  guint64 amount = 0;

  if (g_atomic_int_get (&self->gate) && self->channels[channel].channel != NULL)
    g_object_get (self->channels[channel].channel, "buffered-amount", &amount, NULL);

  return (gsize) amount;
}
