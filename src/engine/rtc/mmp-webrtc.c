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
#include "rtc/mmp-dtls-certificate.h"
#include "rtc/mmp-ice-agent.h"
#include "rtc/mmp-peer-event.h"
#include "rtc/mmp-sctp-guard.h"

#define FINGERPRINT "a=fingerprint:sha-256 "
#define FINGERPRINT_LENGTH (3 * MMP_CERTIFICATE_FINGERPRINT_SIZE - 1)
#define PEM_END "-----END CERTIFICATE-----\n"

struct _MmpWebrtc
{
  gatomicrefcount ref_count;
  MmpPeerRole role;
  MmpIceConfig *config;
  char *certificate; /* nullable: of this end; else GStreamer makes one */
  GAsyncQueue *events;
  MmpDataChannels *channels;
  MmpSctpGuard sctp;
  GstElement *pipeline;
  GstElement *webrtcbin;
  gboolean turn_added;

  GMutex lock; /* for promises: they are made on two threads */
  GPtrArray *promises; /* GstPromise: all, to be answered in the end, since webrtcbin drops those that wait when it stops */
};

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
connect_signal (MmpWebrtc *self,
                gpointer instance,
                const char *signal,
                GCallback callback)
{
  g_signal_connect_data (instance, signal, callback, mmp_webrtc_ref (self), release_closure, G_CONNECT_DEFAULT);
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

/* Emits one of webrtcbin's action signals that answer by a promise. @func gets a reference and is called exactly once: a
 * promise that expires forgets its data, and would call a destroy function with %NULL. */
static void
emit_with_promise (MmpWebrtc *self,
                   const char *signal,
                   gpointer argument,
                   GstPromiseChangeFunc func)
{
  GstPromise *promise = gst_promise_new_with_change_func (func, mmp_webrtc_ref (self), NULL);

  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->promises, promise);
  g_mutex_unlock (&self->lock);
  g_signal_emit_by_name (self->webrtcbin, signal, argument, promise);
}

/* The handlers below run on GStreamer's threads. None calls back into webrtcbin but on_description_created(), from where
 * that is allowed and gives the order that is needed: description first, then its candidates. */

static void
on_local_description_set (GstPromise *promise,
                          gpointer user_data)
{
  g_autoptr (MmpWebrtc) self = user_data;
  g_autoptr (GError) error = dup_promise_error (promise);

  if (error != NULL)
    push_error (self, MMP_ERROR_FAILED, "the local description was not accepted", error);
}

/* webrtcbin makes the fingerprint from all that stands in the PEM of a certificate that was given to it, its key too. */
static void
correct_fingerprint (MmpWebrtc *self,
                     char *sdp)
{
  char *value = strstr (sdp, FINGERPRINT);
  const char *end = strstr (self->certificate, PEM_END);
  guint8 fingerprint[MMP_CERTIFICATE_FINGERPRINT_SIZE];

  if (value == NULL || strlen (value) < strlen (FINGERPRINT) + FINGERPRINT_LENGTH || end == NULL
      || !mmp_certificate_get_fingerprint (self->certificate, (gsize) (end - self->certificate) + strlen (PEM_END), fingerprint, NULL))
    return;

  value += strlen (FINGERPRINT);
  for (guint i = 0; i < sizeof fingerprint; i++)
    {
      char digits[3];

      g_snprintf (digits, sizeof digits, "%02X", fingerprint[i]);
      memcpy (value + 3 * i, digits, 2);
    }
}

static void
on_description_created (GstPromise *promise,
                        gpointer user_data)
{
  g_autoptr (MmpWebrtc) self = user_data;
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

  if (self->certificate != NULL)
    correct_fingerprint (self, text);
  /* This only queues it on the thread that is here now: before the other side's answer, which may come as soon as the
   * description is known, and its candidates do not come before this returns. */
  emit_with_promise (self, "set-local-description", description, on_local_description_set);
  push (self, mmp_peer_event_new_text (MMP_PEER_EVENT_LOCAL_DESCRIPTION, text));
}

static void
on_remote_description_set (GstPromise *promise,
                           gpointer user_data)
{
  g_autoptr (MmpWebrtc) self = user_data;
  g_autoptr (GError) error = dup_promise_error (promise);

  if (error != NULL)
    push_error (self, MMP_ERROR_PROTOCOL, "the other side's description was not accepted", error);
  else
    push (self, mmp_peer_event_new (MMP_PEER_EVENT_REMOTE_SET));
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

/* What the other end shows is taken here, on the thread that has just set it: the property has no lock and is set more than
 * once in a handshake, so that any other thread might read what is being freed. The transport object of webrtcbin, which
 * has the same certificate, does not tell of changes. */
static void
on_peer_certificate (GObject *decoder,
                     GParamSpec *property,
                     gpointer user_data)
{
  MmpWebrtc *self = user_data;
  MmpPeerEvent *event = mmp_peer_event_new (MMP_PEER_EVENT_CERTIFICATE);
  g_autofree char *pem = NULL;
  guint8 fingerprint[MMP_CERTIFICATE_FINGERPRINT_SIZE];

  G_STATIC_ASSERT (MMP_CERTIFICATE_FINGERPRINT_SIZE == MMP_DTLS_FINGERPRINT_SIZE);

  mmp_data_channels_set_gate (self->channels, FALSE);
  g_object_get (decoder, "peer-pem", &pem, NULL);
  if (pem != NULL && mmp_certificate_get_fingerprint (pem, strlen (pem), fingerprint, NULL))
    event->fingerprint = g_memdup2 (fingerprint, sizeof fingerprint);
  push (self, event);
}

static void
on_data_channel (GstElement *webrtcbin,
                 GObject *channel,
                 gpointer user_data)
{
  MmpWebrtc *self = user_data;

  if (self->role != MMP_PEER_ROLE_ANSWERER || !mmp_data_channels_adopt (self->channels, channel))
    push_error (self, MMP_ERROR_PROTOCOL, "the other side opened a data channel that should not be", NULL);
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

static void
on_deep_element_added (GstBin *bin,
                       GstBin *parent,
                       GstElement *element,
                       gpointer user_data)
{
  MmpWebrtc *self = user_data;

  mmp_sctp_guard_take (&self->sctp, element);
  mmp_data_channels_watch (self->channels, element);
  if (!g_str_equal (G_OBJECT_TYPE_NAME (element), "GstDtlsDec"))
    return;
  connect_signal (self, element, "notify::peer-pem", G_CALLBACK (on_peer_certificate));
  if (self->certificate != NULL)
    g_object_set (element, "pem", self->certificate, NULL);
}

static gboolean
build (MmpWebrtc *self,
       GError **error)
{
  const MmpIceConfig *config = self->config;
  g_autoptr (GstBus) bus = NULL;

  if (!mmp_sctp_guard_init (&self->sctp))
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_LIMIT, "there are too many direct connections");
      return FALSE;
    }
  self->webrtcbin = gst_element_factory_make ("webrtcbin", NULL);
  if (self->webrtcbin == NULL)
    {
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
 * @n_channels, @first_channel: as in mmp_data_channels_new()
 * @events: where #MmpPeerEvent objects go, from any thread
 * @data: where messages and notes of free space go, from any thread
 *
 * Returns: (transfer full): a peer connection that is not started
 */
MmpWebrtc *
mmp_webrtc_new (MmpPeerRole role,
                const MmpIceConfig *config,
                guint n_channels,
                const char *first_channel,
                GAsyncQueue *events,
                MmpMailbox *data)
{
  MmpWebrtc *self = g_new0 (MmpWebrtc, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->role = role;
  self->config = mmp_ice_config_copy (config);
  if (first_channel != NULL)
    self->certificate = mmp_dtls_certificate_new ();
  self->events = g_async_queue_ref (events);
  self->channels = mmp_data_channels_new (n_channels, first_channel, events, data);
  self->promises = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_promise_unref);
  g_mutex_init (&self->lock);

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
  mmp_dtls_certificate_free (self->certificate);
  g_async_queue_unref (self->events);
  mmp_data_channels_unref (self->channels);
  g_ptr_array_unref (self->promises);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * mmp_webrtc_add_turn:
 *
 * Asks the TURN servers of the settings for an allocation each, at any time after the start: more candidates follow. Once.
 */
void
mmp_webrtc_add_turn (MmpWebrtc *self)
{
  if (self->turn_added)
    return;

  for (guint i = 0; self->config->turn_servers != NULL && self->config->turn_servers[i] != NULL; i++)
    {
      gboolean added = FALSE;

      g_signal_emit_by_name (self->webrtcbin, "add-turn-server", self->config->turn_servers[i], &added);
      if (!added)
        g_debug ("TURN server %u was not accepted", i);
      self->turn_added |= added;
    }
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
  if (self->role == MMP_PEER_ROLE_OFFERER && !mmp_data_channels_open (self->channels, self->webrtcbin, error))
    return FALSE;
  if (self->config->turn_at_once || self->config->relay_only)
    mmp_webrtc_add_turn (self);

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
  /* Before the state changes: a candidate that comes meanwhile is leaked by webrtcbin. */
  mmp_data_channels_stop (self->channels);
  if (self->webrtcbin != NULL)
    g_signal_handlers_disconnect_by_data (self->webrtcbin, self);

  if (self->pipeline != NULL)
    {
      g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);

      mmp_sctp_guard_shut (&self->sctp);
      if (self->turn_added)
        mmp_ice_agent_release (self->webrtcbin);
      gst_element_set_state (self->pipeline, GST_STATE_NULL);
      gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
      g_signal_handlers_disconnect_by_data (self->pipeline, self);
    }

  for (guint i = 0; i < self->promises->len; i++)
    gst_promise_expire (g_ptr_array_index (self->promises, i));
  g_ptr_array_set_size (self->promises, 0);
  mmp_data_channels_clear (self->channels);
  mmp_sctp_guard_clear (&self->sctp);
  gst_clear_object (&self->webrtcbin);
  gst_clear_object (&self->pipeline);
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
 * @open: whether messages pass. It is closed at first, and SCTP gets nothing at all before it was opened once
 */
void
mmp_webrtc_set_gate (MmpWebrtc *self,
                     gboolean open)
{
  mmp_data_channels_set_gate (self->channels, open);
  if (open)
    mmp_sctp_guard_open (&self->sctp);
}

/**
 * mmp_webrtc_get_channels:
 *
 * Any thread.
 *
 * Returns: (transfer none): its data channels
 */
MmpDataChannels *
mmp_webrtc_get_channels (MmpWebrtc *self)
{
  return self->channels;
}
