/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-session"

#include "session/mmp-session-private.h"

#include <string.h>

#include "base/mmp-context.h"
#include "base/mmp-error.h"
#include "base/mmp-limits.h"

/* Signals that are taken: the device at the other end is who it is, and may be hostile all the same. */
#define SIGNALS_PER_SECOND 5
#define SIGNALS_BURST 20

/* Acknowledgements and pings in a second. An honest link has at most 3 of the first and 2 of the other. */
#define UPKEEP_PER_SECOND 6
#define UPKEEP_BURST 30

/* A broker that takes less than this in a packet is of no use to streams. What a packet has besides the link message and the
 * topic: MQTT's header and properties, the header and tag of DATA, the padding. */
#define PACKET_MIN 4096
#define PACKET_OVERHEAD 384

/* The numbers end at 2^32; long before that the initiator is told to greet anew. */
#define WORN_AT ((G_GUINT64_CONSTANT (1) << 32) - (1 << 20))

static guint64 last_number; /* control */

G_DEFINE_FINAL_TYPE (MmpSession, mmp_session, G_TYPE_OBJECT)

/* A signal on its way to I/O */
typedef struct
{
  MmpSession *session;
  char *json;
} Dispatch;

static void
dispatch_free (gpointer data)
{
  Dispatch *dispatch = data;

  g_free (dispatch->json);
  g_object_unref (dispatch->session);
  g_free (dispatch);
}

static void
on_is_worn (gpointer data)
{
  MmpSession *self = data;

  if (self->events.worn != NULL)
    self->events.worn (self, self->events_data);
}

static gboolean
seal_and_publish (MmpSession *self,
                  MmpContent content,
                  gconstpointer data,
                  gsize size,
                  gboolean stream)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) sealed = NULL;

  if (self->transport == NULL)
    return FALSE;

  sealed = mmp_transport_seal (self->transport, content, data, size, &error);
  if (sealed == NULL)
    {
      g_debug ("session %" G_GUINT64_FORMAT ": %s", self->number, error->message);
      return FALSE;
    }
  if (!self->worn && mmp_transport_get_sent (self->transport) >= WORN_AT)
    {
      self->worn = TRUE;
      mmp_context_invoke (NULL, on_is_worn, g_object_ref (self), g_object_unref);
    }

  return self->outlet->publish (self->outlet_object, self->topic_out, sealed, stream);
}

static void
run_send_signal (gpointer data)
{
  Dispatch *dispatch = data;

  seal_and_publish (dispatch->session, MMP_CONTENT_JSON, dispatch->json, strlen (dispatch->json), FALSE);
}

static void
run_admit (gpointer data)
{
  MMP_SESSION (data)->admitted = TRUE;
}

static void
run_deliver_held (gpointer data)
{
  MmpSession *self = data;
  GBytes *message;

  while ((message = g_queue_pop_head (&self->held)) != NULL)
    {
      if (self->funcs.message != NULL)
        self->funcs.message (self, message, self->user_data);
      g_bytes_unref (message);
    }
}

static void
emit_closed (MmpSession *self)
{
  MmpSessionFuncs funcs = self->funcs;

  self->funcs = (MmpSessionFuncs) { NULL };
  if (funcs.closed != NULL)
    funcs.closed (self, self->user_data);
}

static void
run_emit_closed (gpointer data)
{
  emit_closed (data);
}

static void
mmp_session_finalize (GObject *object)
{
  MmpSession *self = MMP_SESSION (object);

  g_queue_clear_full (&self->held, (GDestroyNotify) g_bytes_unref);
  g_clear_pointer (&self->transport, mmp_transport_free);
  g_clear_object (&self->outlet_object);
  g_clear_pointer (&self->device_name, g_free);
  g_clear_pointer (&self->topic_out, g_free);
  g_clear_pointer (&self->io, g_main_context_unref);

  G_OBJECT_CLASS (mmp_session_parent_class)->finalize (object);
}

static void
mmp_session_class_init (MmpSessionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mmp_session_finalize;
}

static void
mmp_session_init (MmpSession *self)
{
  self->number = ++last_number;
  self->device_name = g_strdup ("");
  self->signals = (MmpTokenBucket) { .rate = SIGNALS_PER_SECOND, .burst = SIGNALS_BURST };
  self->upkeep = (MmpTokenBucket) { .rate = UPKEEP_PER_SECOND, .burst = UPKEEP_BURST };
  self->heard = G_MININT64 / 2;
  g_queue_init (&self->held);
}

/**
 * mmp_session_new:
 * @role: our role in the handshake
 * @device: the other side
 * @topic_out: where its messages go
 * @transport: (transfer full): the keys
 * @io: (nullable): the context of the I/O thread
 * @outlet: the broker connection; a constant
 * @outlet_object: for @outlet
 *
 * On control. From now on @transport belongs to the I/O thread.
 *
 * Returns: (transfer full): a session before its hello
 */
MmpSession *
mmp_session_new (MmpSessionRole role,
                 const MmpPublicKey *device,
                 const char *topic_out,
                 MmpTransport *transport,
                 GMainContext *io,
                 const MmpSessionOutlet *outlet,
                 GObject *outlet_object)
{
  MmpSession *self = g_object_new (MMP_TYPE_SESSION, NULL);

  self->role = role;
  self->device = *device;
  self->topic_out = g_strdup (topic_out);
  self->transport = transport;
  self->io = g_main_context_ref (io != NULL ? io : g_main_context_default ());
  self->outlet = outlet;
  self->outlet_object = g_object_ref (outlet_object);

  return self;
}

/**
 * mmp_session_set_events:
 * @events: (nullable): copied; %NULL to hear nothing any more
 * @user_data: for @events
 *
 * On control. After a call with %NULL nothing is called, so the owner may die.
 */
void
mmp_session_set_events (MmpSession *self,
                        const MmpSessionEvents *events,
                        gpointer user_data)
{
  g_return_if_fail (MMP_IS_SESSION (self));

  self->events = events != NULL ? *events : (MmpSessionEvents) { NULL };
  self->events_data = user_data;
}

/**
 * mmp_session_introduce:
 * @link_name: the link that the session belongs to
 * @device_name: (nullable): what the other side calls itself, cleaned
 *
 * On control, once, before the session is given to anybody else.
 */
void
mmp_session_introduce (MmpSession *self,
                       const guint8 link_name[MMP_LINK_NAME_SIZE],
                       const char *device_name)
{
  g_return_if_fail (MMP_IS_SESSION (self));

  memcpy (self->link_name, link_name, MMP_LINK_NAME_SIZE);
  g_set_str (&self->device_name, device_name != NULL ? device_name : "");
}

/**
 * mmp_session_send_signal:
 * @signal: a hello, status or bye
 *
 * On control. It is sealed and published on the I/O thread, in the order of these calls; it is lost if the broker is away.
 */
void
mmp_session_send_signal (MmpSession *self,
                         const MmpSignal *signal)
{
  Dispatch *dispatch;

  g_return_if_fail (MMP_IS_SESSION (self));

  dispatch = g_new0 (Dispatch, 1);
  dispatch->session = g_object_ref (self);
  dispatch->json = mmp_signal_encode (signal);
  mmp_context_invoke (self->io, run_send_signal, dispatch, dispatch_free);
}

/**
 * mmp_session_admit:
 *
 * On control, at the listener: the hello is over, so link messages that come from now on are let through.
 */
void
mmp_session_admit (MmpSession *self)
{
  g_return_if_fail (MMP_IS_SESSION (self));

  mmp_context_invoke (self->io, run_admit, g_object_ref (self), g_object_unref);
}

/**
 * mmp_session_emit_writable:
 *
 * On I/O: the broker connection took something.
 */
void
mmp_session_emit_writable (MmpSession *self)
{
  if (!self->starved || self->transport == NULL || mmp_session_get_space (self) == 0)
    return;

  self->starved = FALSE;
  if (self->funcs.writable != NULL)
    self->funcs.writable (self, self->user_data);
}

/**
 * mmp_session_emit_renewed:
 *
 * On I/O: there is a new connection to the broker, through which both directions pass.
 */
void
mmp_session_emit_renewed (MmpSession *self)
{
  self->starved = FALSE;
  if (self->transport != NULL && self->funcs.renewed != NULL)
    self->funcs.renewed (self, self->user_data);
}

/**
 * mmp_session_close:
 *
 * On I/O: forgets the keys and says so to whoever uses the session.
 */
void
mmp_session_close (MmpSession *self)
{
  g_autoptr (MmpSession) held = g_object_ref (self);

  if (self->transport == NULL)
    return;

  g_clear_pointer (&self->transport, mmp_transport_free);
  g_clear_object (&self->outlet_object);
  g_queue_clear_full (&self->held, (GDestroyNotify) g_bytes_unref);
  emit_closed (self);
}

/**
 * mmp_session_get_device:
 *
 * Any thread.
 *
 * Returns: (transfer none): the other side, proved by the handshake
 */
const MmpPublicKey *
mmp_session_get_device (MmpSession *self)
{
  g_return_val_if_fail (MMP_IS_SESSION (self), NULL);

  return &self->device;
}

/**
 * mmp_session_get_link_name:
 *
 * Any thread.
 *
 * Returns: (transfer none): %MMP_LINK_NAME_SIZE bytes that name the link among those of the initiator
 */
const guint8 *
mmp_session_get_link_name (MmpSession *self)
{
  g_return_val_if_fail (MMP_IS_SESSION (self), NULL);

  return self->link_name;
}

/**
 * mmp_session_get_device_name:
 *
 * Any thread. It is the other side's claim: show it as such.
 *
 * Returns: (transfer none): what the other side calls itself, cleaned; empty if it does not say
 */
const char *
mmp_session_get_device_name (MmpSession *self)
{
  g_return_val_if_fail (MMP_IS_SESSION (self), NULL);

  return self->device_name;
}

/**
 * mmp_session_get_number:
 *
 * Any thread.
 *
 * Returns: of two sessions of this process, the newer has the higher number
 */
guint64
mmp_session_get_number (MmpSession *self)
{
  g_return_val_if_fail (MMP_IS_SESSION (self), 0);

  return self->number;
}

/**
 * mmp_session_set_funcs:
 * @funcs: (nullable): copied; %NULL: hear nothing any more
 * @user_data: for @funcs
 *
 * On I/O. What came before the first call is given out in a later turn, at most 32 messages; so is the end if the
 * session is closed already.
 */
void
mmp_session_set_funcs (MmpSession *self,
                       const MmpSessionFuncs *funcs,
                       gpointer user_data)
{
  g_return_if_fail (MMP_IS_SESSION (self));

  self->funcs = funcs != NULL ? *funcs : (MmpSessionFuncs) { NULL };
  self->user_data = user_data;
  self->had_funcs = TRUE;
  if (funcs != NULL && self->transport == NULL)
    mmp_context_invoke (self->io, run_emit_closed, g_object_ref (self), g_object_unref);
  else if (self->held.length > 0)
    mmp_context_invoke (self->io, run_deliver_held, g_object_ref (self), g_object_unref);
}

/**
 * mmp_session_send:
 * @message: a link message, at most mmp_session_get_message_max() bytes
 * @load: what it carries
 *
 * On I/O.
 *
 * Returns: %FALSE if it was not sent: the session is closed, the broker is away or its queue is full, or it is one of too many
 *   that are only upkeep
 */
gboolean
mmp_session_send (MmpSession *self,
                  GBytes *message,
                  MmpSessionLoad load)
{
  g_return_val_if_fail (MMP_IS_SESSION (self), FALSE);

  if (load == MMP_SESSION_UPKEEP && !mmp_token_bucket_take (&self->upkeep, g_get_monotonic_time ()))
    return FALSE;
  if (seal_and_publish (self, MMP_CONTENT_MESSAGE, g_bytes_get_data (message, NULL), g_bytes_get_size (message), load == MMP_SESSION_STREAM))
    return TRUE;
  self->starved = TRUE;

  return FALSE;
}

/**
 * mmp_session_get_space:
 *
 * On I/O. Signals and upkeep may go beyond it.
 *
 * Returns: bytes of streams that the broker connection takes now without queueing more than it should, and without more than
 *   a foreign broker is asked to carry
 */
gsize
mmp_session_get_space (MmpSession *self)
{
  gsize space;

  g_return_val_if_fail (MMP_IS_SESSION (self), 0);

  space = self->transport != NULL ? self->outlet->get_space (self->outlet_object) : 0;
  if (space == 0)
    self->starved = TRUE;

  return space;
}

/**
 * mmp_session_get_message_max:
 *
 * On I/O.
 *
 * Returns: bytes that a link message may have at most, so that the broker takes it sealed; 0 if it takes none worth sending
 */
gsize
mmp_session_get_message_max (MmpSession *self)
{
  gsize packet;

  g_return_val_if_fail (MMP_IS_SESSION (self), 0);

  packet = self->transport != NULL ? self->outlet->get_packet_max (self->outlet_object) : 0;
  if (packet < PACKET_MIN)
    return 0;

  return MIN (packet - strlen (self->topic_out) - PACKET_OVERHEAD, MMP_LINK_MESSAGE_MAX);
}
