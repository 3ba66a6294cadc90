/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mqtt/mmp-mqtt-connection.h"

#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "mqtt/mmp-mqtt-dial.h"
#include "mqtt/mmp-mqtt-error.h"
#include "mqtt/mmp-mqtt-inbox.h"
#include "mqtt/mmp-mqtt-source-private.h"

#define DIAL_TIME_MAX MMP_SECONDS (10)
#define GREET_TIME_MAX MMP_SECONDS (10)
#define FINISH_TIME_MAX MMP_SECONDS (2)
#define TICK MMP_SECONDS (1)
#define PING_TICKS 10 /* well below the keep-alive, for a connection that is not read */
#define OUT_SIZE 32768
/* Reads and writes in one turn of the context, so that a flood leaves time for others. */
#define ROUNDS_MAX 16

typedef enum
{
  PHASE_DIALLING,
  PHASE_GREETING, /* CONNECT is on its way */
  PHASE_ONLINE,
  PHASE_FINISHING, /* DISCONNECT is on its way */
  PHASE_FINISHED, /* nothing more to write; the broker closes */
  PHASE_CLOSED,
} Phase;

struct _MmpMqttConnection
{
  GMainContext *context;
  MmpClock *clock;
  MmpMqttBroker *broker;
  MmpMqttOptions options;
  char *client_id;
  char *will_topic;
  gboolean v5;
  MmpMqttConnectionFuncs funcs;
  gpointer user_data;
  Phase phase;
  gboolean silent; /* the funcs are not called any more */
  gboolean heard; /* something came from the broker */
  gboolean wants_older;
  gboolean paused; /* the owner wants nothing more for now */
  guint unread_ticks;
  guint deadline_timer;
  guint tick_timer;
  MmpMqttDial *dial;
  GIOStream *stream;
  GSource *source; /* holds a reference to the connection */
  MmpMqttCodec *codec;
  MmpMqttInbox in;
  gsize out_start;
  gsize out_end;
  guint8 out[OUT_SIZE];
};

static void
mmp_mqtt_connection_clear (gpointer data)
{
  MmpMqttConnection *self = data;

  g_clear_pointer (&self->codec, mmp_mqtt_codec_free);
  g_clear_pointer (&self->clock, mmp_clock_unref);
  g_clear_pointer (&self->broker, mmp_mqtt_broker_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_free (self->client_id);
  g_free (self->will_topic);
  mmp_mqtt_inbox_clear (&self->in);
  explicit_bzero (self->out, sizeof self->out);
}

static void
mmp_mqtt_connection_unref (gpointer data)
{
  g_rc_box_release_full (data, mmp_mqtt_connection_clear);
}

static void
close_connection (MmpMqttConnection *self)
{
  self->phase = PHASE_CLOSED;
  mmp_clock_remove (self->clock, &self->deadline_timer);
  mmp_clock_remove (self->clock, &self->tick_timer);
  g_clear_pointer (&self->dial, mmp_mqtt_dial_cancel);
  g_clear_object (&self->stream);
  if (self->source != NULL)
    {
      g_autoptr (GSource) source = g_steal_pointer (&self->source);

      g_source_destroy (source);
    }
}

static void
end (MmpMqttConnection *self,
     const GError *cause)
{
  if (self->phase == PHASE_CLOSED)
    return;

  g_rc_box_acquire (self);
  close_connection (self);
  if (!self->silent)
    self->funcs.ended (cause, self->user_data);
  mmp_mqtt_connection_unref (self);
}

static void
on_deadline (gpointer user_data)
{
  MmpMqttConnection *self = user_data;
  g_autoptr (GError) error = NULL;

  self->deadline_timer = 0;
  if (self->phase == PHASE_DIALLING)
    error = mmp_mqtt_dial_get_delay (self->dial);
  else if (self->phase == PHASE_GREETING)
    error = g_error_new_literal (MMP_ERROR, MMP_ERROR_BROKER_UNREACHABLE, "the broker takes the connection but does not greet back");
  end (self, error);
}

static void
set_deadline (MmpMqttConnection *self,
              gint64 wait)
{
  mmp_clock_remove (self->clock, &self->deadline_timer);
  self->deadline_timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + wait, on_deadline, self);
}

static void
on_codec_greeted (gsize max_packet,
                  gboolean resumed,
                  gpointer user_data)
{
  MmpMqttConnection *self = user_data;

  self->phase = PHASE_ONLINE;
  mmp_clock_remove (self->clock, &self->deadline_timer);
  if (!self->silent)
    self->funcs.codec.greeted (max_packet, resumed, self->user_data);
}

static void
on_codec_message (const MmpMqttMessage *message,
                  gpointer user_data)
{
  MmpMqttConnection *self = user_data;

  if (message->id != 0 && (!self->options.manual || message->cut))
    mmp_mqtt_codec_acknowledge (self->codec, message->id);
  if (!self->silent)
    self->funcs.codec.message (message, self->user_data);
}

static void
on_codec_subscribed (int id,
                     int code,
                     gpointer user_data)
{
  MmpMqttConnection *self = user_data;

  if (!self->silent)
    self->funcs.codec.subscribed (id, code, self->user_data);
}

static void
on_codec_published (int id,
                    int code,
                    gpointer user_data)
{
  MmpMqttConnection *self = user_data;

  if (!self->silent)
    self->funcs.codec.published (id, code, self->user_data);
}

static const MmpMqttCodecFuncs codec_funcs = {
  .greeted = on_codec_greeted,
  .message = on_codec_message,
  .subscribed = on_codec_subscribed,
  .published = on_codec_published,
};

static GError *
error_for_broken_stream (MmpMqttConnection *self,
                         const GError *cause)
{
  if (cause != NULL && g_error_matches (cause, G_TLS_ERROR, G_TLS_ERROR_CERTIFICATE_REQUIRED))
    return mmp_mqtt_error_new_for_io (cause, MMP_ERROR_BROKER_TLS);

  if (self->phase == PHASE_GREETING && !self->heard)
    {
      /* Some brokers that know MQTT 3 only answer MQTT 5 like this. */
      self->wants_older = self->v5;
      return g_error_new_literal (MMP_ERROR, MMP_ERROR_BROKER_PROTOCOL,
                                  mmp_mqtt_broker_get_tls (self->broker)
                                      ? "the broker closed the connection without a greeting"
                                      : "the broker closed the connection without a greeting; is this a port for TLS");
    }

  return g_error_new_literal (MMP_ERROR, MMP_ERROR_BROKER_LOST,
                              g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ? "the broker does not answer any more" : "the broker closed the connection");
}

static void
shut_down_writing (MmpMqttConnection *self)
{
  g_autoptr (GIOStream) base = NULL;

  self->phase = PHASE_FINISHED;
  if (G_IS_TLS_CONNECTION (self->stream))
    g_object_get (self->stream, "base-io-stream", &base, NULL);
  else
    base = g_object_ref (self->stream);
  g_socket_shutdown (g_socket_connection_get_socket (G_SOCKET_CONNECTION (base)), FALSE, TRUE, NULL);
}

/* Fills the empty buffer. FALSE with no error: there is nothing to write. */
static gboolean
refill_output (MmpMqttConnection *self,
               GError **error)
{
  gssize got = mmp_mqtt_codec_drain (self->codec, self->out, sizeof self->out, error);

  self->out_start = 0;
  self->out_end = (gsize) MAX (got, 0);
  if (got < 0 && self->phase == PHASE_FINISHING)
    {
      g_clear_error (error);
      shut_down_writing (self);
    }

  return got > 0;
}

static gboolean
push_output (MmpMqttConnection *self,
             GError **error)
{
  GPollableOutputStream *output = G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (self->stream));

  for (guint i = 0; i < ROUNDS_MAX && self->phase < PHASE_FINISHED; i++)
    {
      g_autoptr (GError) cause = NULL;
      gssize written;

      if (self->out_start == self->out_end && !refill_output (self, &cause))
        {
          if (cause == NULL)
            return TRUE;
          g_propagate_error (error, g_steal_pointer (&cause));
          return FALSE;
        }
      /* A callback of the codec may have ended the connection. */
      if (self->phase == PHASE_CLOSED)
        return TRUE;

      written = g_pollable_output_stream_write_nonblocking (output, self->out + self->out_start, self->out_end - self->out_start, NULL, &cause);
      if (written < 0 && g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        return TRUE;
      if (written < 0)
        {
          g_propagate_error (error, error_for_broken_stream (self, cause));
          return FALSE;
        }
      self->out_start += (gsize) written;
      /* The login went through here. */
      if (self->out_start == self->out_end)
        explicit_bzero (self->out, self->out_end);
    }

  return TRUE;
}

static gboolean
take_greeting (MmpMqttConnection *self,
               const guint8 *data,
               gsize size,
               const MmpMqttPacket *packet,
               GError **error)
{
  int reason = mmp_mqtt_packet_get_reason (data, packet);

  if (reason == 0)
    return mmp_mqtt_codec_feed (self->codec, data, size, packet, error);

  /* 1 is the same in the form of MQTT 3. */
  self->wants_older = self->v5 && (reason == 0x84 || reason == 1);
  if (reason < 0)
    g_set_error_literal (error, MMP_ERROR, MMP_ERROR_BROKER_PROTOCOL, "the broker's greeting is too short");
  else
    g_propagate_error (error, mmp_mqtt_error_new (reason < 0x80 ? MMP_MQTT_ANSWER_CONNACK_3 : MMP_MQTT_ANSWER_CONNACK_5, reason));

  return FALSE;
}

static gboolean
take_packet (MmpMqttConnection *self,
             const guint8 *data,
             gsize size,
             const MmpMqttPacket *packet,
             GError **error)
{
  if (packet->type == MMP_MQTT_PACKET_CONNACK)
    return take_greeting (self, data, size, packet, error);

  if (packet->type == MMP_MQTT_PACKET_DISCONNECT)
    {
      g_propagate_error (error, mmp_mqtt_error_new (MMP_MQTT_ANSWER_DISCONNECT, mmp_mqtt_packet_get_reason (data, packet)));
      return FALSE;
    }

  return mmp_mqtt_codec_feed (self->codec, data, size, packet, error);
}

/* Only whole packets go on, so that a broker's drip or sudden end leaves nothing half-done behind. */
static gboolean
take_packets (MmpMqttConnection *self,
              GError **error)
{
  while (self->phase < PHASE_FINISHING)
    {
      MmpMqttPacket packet;
      const guint8 *data;
      gsize size;

      if (!mmp_mqtt_inbox_next (&self->in, self->phase == PHASE_ONLINE, &packet, &data, &size, error))
        return FALSE;
      if (data == NULL)
        return TRUE;
      if (!take_packet (self, data, size, &packet, error))
        return FALSE;
    }

  /* What comes after our own DISCONNECT is not for anybody. */
  mmp_mqtt_inbox_drop (&self->in);

  return TRUE;
}

/* A broker that sends and never reads would make acknowledgements pile up. */
static gboolean
is_choked (MmpMqttConnection *self)
{
  return mmp_mqtt_codec_count_acknowledgements (self->codec) >= MMP_MQTT_RECEIVE_MAX;
}

static gboolean
may_read (MmpMqttConnection *self)
{
  return self->phase != PHASE_CLOSED && !is_choked (self) && (!self->paused || self->phase != PHASE_ONLINE);
}

static gboolean
pull_input (MmpMqttConnection *self,
            GError **error)
{
  for (guint i = 0; i < ROUNDS_MAX && may_read (self); i++)
    {
      GPollableInputStream *input = G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (self->stream));
      g_autoptr (GError) cause = NULL;
      gsize room;
      guint8 *into = mmp_mqtt_inbox_prepare (&self->in, &room);
      gssize got = g_pollable_input_stream_read_nonblocking (input, into, room, NULL, &cause);

      if (got < 0 && g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        return TRUE;
      if (got <= 0)
        {
          g_propagate_error (error, error_for_broken_stream (self, cause));
          return FALSE;
        }
      self->heard = TRUE;
      mmp_mqtt_inbox_add (&self->in, (gsize) got);
      if (!take_packets (self, error) || (self->phase != PHASE_CLOSED && is_choked (self) && !push_output (self, error)))
        return FALSE;
      if ((gsize) got < room)
        break;
    }

  return TRUE;
}

static void
watch (MmpMqttConnection *self)
{
  gboolean pending = self->out_start < self->out_end;

  mmp_mqtt_source_watch (self->source, may_read (self), pending);
  if (!pending && mmp_mqtt_codec_has_output (self->codec))
    mmp_mqtt_source_wake (self->source);
}

static gboolean
on_ready (gpointer user_data)
{
  MmpMqttConnection *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!push_output (self, &error) || !pull_input (self, &error) || (self->phase != PHASE_CLOSED && !push_output (self, &error)))
    end (self, self->phase >= PHASE_FINISHING ? NULL : error);
  if (self->phase == PHASE_CLOSED)
    return G_SOURCE_REMOVE;
  watch (self);

  return G_SOURCE_CONTINUE;
}

static void
on_tick (gpointer user_data)
{
  MmpMqttConnection *self = user_data;
  g_autoptr (GError) error = NULL;

  self->tick_timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + TICK, on_tick, self);
  if (self->phase != PHASE_ONLINE)
    return;
  /* Its answer to a ping is not read, so it must not be missed either. */
  if (self->paused && ++self->unread_ticks % PING_TICKS == 0)
    mmp_mqtt_codec_ping (self->codec);
  if (!self->paused && !mmp_mqtt_codec_tick (self->codec, &error))
    end (self, error);
  else
    mmp_mqtt_source_wake (self->source);
}

static void
on_dialled (GIOStream *stream,
            const GError *cause,
            gpointer user_data)
{
  MmpMqttConnection *self = user_data;
  g_autoptr (GError) error = NULL;

  if (stream == NULL)
    {
      end (self, cause);
      return;
    }

  g_clear_pointer (&self->dial, mmp_mqtt_dial_cancel);
  self->codec = mmp_mqtt_codec_new (self->broker, &self->options, self->v5, &codec_funcs, self, &error);
  if (self->codec == NULL)
    {
      end (self, error);
      return;
    }

  self->phase = PHASE_GREETING;
  self->stream = g_object_ref (stream);
  self->source = mmp_mqtt_source_new (stream);
  g_source_set_callback (self->source, on_ready, g_rc_box_acquire (self), mmp_mqtt_connection_unref);
  g_source_attach (self->source, self->context);
  mmp_mqtt_source_wake (self->source);
  set_deadline (self, GREET_TIME_MAX);
  self->tick_timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + TICK, on_tick, self);
}

/**
 * mmp_mqtt_connection_new:
 * @context: (nullable): where everything happens; %NULL for the global default one
 * @clock: a clock for the time limits
 * @options: with a client id
 * @v5: %TRUE for MQTT 5, %FALSE for MQTT 3.1.1
 *
 * Begins to dial.
 *
 * Returns: (transfer full): a connection; give it to mmp_mqtt_connection_leave() or mmp_mqtt_connection_abandon(), also
 *   after it ended
 */
MmpMqttConnection *
mmp_mqtt_connection_new (GMainContext *context,
                         MmpClock *clock,
                         MmpMqttBroker *broker,
                         const MmpMqttOptions *options,
                         gboolean v5,
                         const MmpMqttConnectionFuncs *funcs,
                         gpointer user_data)
{
  MmpMqttConnection *self = g_rc_box_new0 (MmpMqttConnection);

  self->context = context != NULL ? g_main_context_ref (context) : NULL;
  self->clock = mmp_clock_ref (clock);
  self->broker = mmp_mqtt_broker_ref (broker);
  self->options = *options;
  self->options.client_id = self->client_id = g_strdup (options->client_id);
  self->options.will_topic = self->will_topic = g_strdup (options->will_topic);
  mmp_mqtt_inbox_init (&self->in, options->packet_max, options->manual);
  self->v5 = v5;
  self->funcs = *funcs;
  self->user_data = user_data;
  self->dial = mmp_mqtt_dial_new (context, broker, on_dialled, self);
  set_deadline (self, DIAL_TIME_MAX);

  return self;
}

/**
 * mmp_mqtt_connection_finish:
 *
 * Sends what waits, then DISCONNECT, and waits shortly for the broker to close; then the connection is over. Does
 * nothing unless the broker greeted.
 */
void
mmp_mqtt_connection_finish (MmpMqttConnection *self)
{
  if (self->phase != PHASE_ONLINE)
    return;

  self->phase = PHASE_FINISHING;
  mmp_mqtt_codec_disconnect (self->codec);
  mmp_mqtt_source_wake (self->source);
  set_deadline (self, FINISH_TIME_MAX);
}

/**
 * mmp_mqtt_connection_leave:
 * @self: (transfer full): a connection
 *
 * Lets the connection finish by itself and never calls the funcs again.
 */
void
mmp_mqtt_connection_leave (MmpMqttConnection *self)
{
  self->silent = TRUE;
  mmp_mqtt_connection_finish (self);
  if (self->phase < PHASE_FINISHING)
    close_connection (self);
  mmp_mqtt_connection_unref (self);
}

/**
 * mmp_mqtt_connection_abandon:
 * @self: (transfer full): a connection
 *
 * Closes it at once, without a word, and never calls the funcs again.
 */
void
mmp_mqtt_connection_abandon (MmpMqttConnection *self)
{
  self->silent = TRUE;
  close_connection (self);
  mmp_mqtt_connection_unref (self);
}

/**
 * mmp_mqtt_connection_wants_older:
 *
 * Returns: for a connection that ended: whether it may be because the broker does not know MQTT 5
 */
gboolean
mmp_mqtt_connection_wants_older (MmpMqttConnection *self)
{
  return self->wants_older;
}

/**
 * mmp_mqtt_connection_was_answered:
 *
 * Returns: whether anything came from the broker
 */
gboolean
mmp_mqtt_connection_was_answered (MmpMqttConnection *self)
{
  return self->heard;
}

/**
 * mmp_mqtt_connection_set_paused:
 *
 * Stops or goes on reading from the broker, which then feels it by itself. Our own end is kept alive meanwhile.
 */
void
mmp_mqtt_connection_set_paused (MmpMqttConnection *self,
                                gboolean paused)
{
  self->paused = paused;
  if (self->source != NULL)
    mmp_mqtt_source_wake (self->source);
}

/**
 * mmp_mqtt_connection_use:
 *
 * Returns: (transfer none): the codec, for one request that is to be sent in the next turn of the context; only while
 *   the connection is online
 */
MmpMqttCodec *
mmp_mqtt_connection_use (MmpMqttConnection *self)
{
  mmp_mqtt_source_wake (self->source);

  return self->codec;
}
