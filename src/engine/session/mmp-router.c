/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-session"

#include "session/mmp-router.h"

#include "base/mmp-clock.h"
#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "session/mmp-relay-limit.h"

#define TYPE_DATA 0x03

#define QOS 1
#define EXPIRY 30 /* seconds that a broker may keep a message for */

/* What sessions may have on the way to the broker together. Handshakes and signals may go beyond it. */
#define SESSIONS_QUEUE_MAX (128 * 1024)

/* So many messages may still be published when streams have used up their share: signals, acknowledgements and pings. */
#define MESSAGES_RESERVED 64

/* How long streams leave a broker alone that said it was too much */
#define PAUSE MMP_SECONDS (10)

struct _MmpRouter
{
  GObject parent_instance;

  GMainContext *io;
  MmpRouterGreeting greeting;
  gboolean closed; /* then there is no client and no session any more */
  MmpRouterFuncs funcs;
  gpointer user_data;

  MmpMqttClient *client; /* nullable: connecting or online */
  gboolean ready; /* @client is subscribed to what sessions need */
  guint attempt; /* what @client is called on control */
  GHashTable *sessions; /* topic -> MmpSession */
  guint turn; /* which session is told first that it may write */

  gboolean limited;
  MmpRelayLimit limit;
  MmpClock *clock;
  guint limit_timer;
};

G_DEFINE_FINAL_TYPE (MmpRouter, mmp_router, G_TYPE_OBJECT)

static void
drop_client (MmpRouter *self)
{
  g_autoptr (MmpMqttClient) client = g_steal_pointer (&self->client);

  if (client != NULL)
    mmp_mqtt_client_detach (client);
}

static gboolean
is_online (MmpRouter *self)
{
  return self->client != NULL && mmp_mqtt_client_get_state (self->client) == MMP_MQTT_STATE_ONLINE;
}

/* Each time another session is the first, since the first may take all the space there is. What a session hears may make it
 * close others, or itself. */
static void
tell_sessions (MmpRouter *self,
               void (*tell) (MmpSession *session))
{
  g_autoptr (GPtrArray) sessions = NULL;

  if (g_hash_table_size (self->sessions) == 0)
    return;

  sessions = g_hash_table_get_values_as_ptr_array (self->sessions);
  g_ptr_array_foreach (sessions, (GFunc) (void (*) (void)) g_object_ref, NULL);
  g_ptr_array_set_free_func (sessions, g_object_unref);
  self->turn++;
  for (guint i = 0; i < sessions->len; i++)
    tell (g_ptr_array_index (sessions, (self->turn + i) % sessions->len));
}

static void
on_limit_due (gpointer user_data)
{
  g_autoptr (MmpRouter) self = g_object_ref (user_data);

  self->limit_timer = 0;
  tell_sessions (self, mmp_session_emit_writable);
}

/* Whoever finds no space is told when there is some again. */
static gsize
get_limit_space (MmpRouter *self)
{
  gint64 now = mmp_clock_now (self->clock);
  gsize space = self->limited ? mmp_relay_limit_get_space (&self->limit, now) : G_MAXSIZE;

  if (space == 0 && self->limit_timer == 0)
    self->limit_timer = mmp_clock_add (self->clock, mmp_relay_limit_get_due (&self->limit, now), on_limit_due, self);

  return space;
}

static void
on_state_changed (MmpMqttClient *client,
                  MmpMqttState state,
                  const GError *cause,
                  gpointer user_data)
{
  g_autoptr (MmpRouter) self = g_object_ref (user_data);

  if (client != self->client)
    return;

  if (state == MMP_MQTT_STATE_ONLINE)
    {
      self->funcs.online (self->attempt, self->user_data);
    }
  else if (state == MMP_MQTT_STATE_WAITING)
    {
      /* When and where to try again is decided on control. */
      drop_client (self);
      self->funcs.offline (self->attempt, cause, self->user_data);
    }
}

static void
on_message (MmpMqttClient *client,
            const MmpMqttMessage *message,
            gpointer user_data)
{
  MmpRouter *self = user_data;
  gsize size;
  const guint8 *bytes = g_bytes_get_data (message->payload, &size);

  if (client != self->client || message->retained || size == 0)
    return;

  if (bytes[0] == TYPE_DATA)
    {
      MmpSession *session = g_hash_table_lookup (self->sessions, message->topic);

      if (session != NULL)
        mmp_session_receive (session, message->payload);
    }
  else if (bytes[0] == self->greeting.type && size == self->greeting.size)
    {
      self->funcs.greeting (message->topic, message->payload, self->user_data);
    }
}

static const MmpMqttClientFuncs client_funcs = {
  .state_changed = on_state_changed,
  .message = on_message,
};

static void
on_subscribed (MmpMqttClient *client,
               const GError *error,
               gpointer user_data)
{
  g_autoptr (DexPromise) promise = user_data;

  if (error == NULL)
    dex_promise_resolve_boolean (promise, TRUE);
  else
    dex_promise_reject (promise, g_error_copy (error));
}

static void
on_published (MmpMqttClient *client,
              const GError *error,
              gpointer user_data)
{
  g_autoptr (MmpRouter) self = user_data;

  if (client != self->client)
    return;

  if (g_error_matches (error, MMP_ERROR, MMP_ERROR_BROKER_PUBLISH))
    self->funcs.refused (error, self->user_data);
  else if (g_error_matches (error, MMP_ERROR, MMP_ERROR_BROKER_LIMIT))
    mmp_relay_limit_pause (&self->limit, mmp_clock_now (self->clock) + PAUSE);
  tell_sessions (self, mmp_session_emit_writable);
}

static gboolean
publish (gpointer outlet,
         const char *topic,
         GBytes *message,
         gboolean stream)
{
  MmpRouter *self = outlet;
  g_autoptr (GError) error = NULL;

  if (!is_online (self))
    return FALSE;

  if (stream && self->limited)
    mmp_relay_limit_take (&self->limit, g_bytes_get_size (message), mmp_clock_now (self->clock));
  if (mmp_mqtt_client_publish (self->client, topic, message, QOS, FALSE, EXPIRY, on_published, g_object_ref (self), &error))
    return TRUE;
  g_object_unref (self);
  g_debug ("not published: %s", error->message);

  return FALSE;
}

static gsize
get_space (gpointer outlet)
{
  MmpRouter *self = outlet;
  gsize queued;

  if (!is_online (self) || !self->ready || mmp_mqtt_client_count_free (self->client) <= MESSAGES_RESERVED)
    return 0;
  queued = mmp_mqtt_client_get_queued (self->client);

  return queued < SESSIONS_QUEUE_MAX ? MIN (SESSIONS_QUEUE_MAX - queued, get_limit_space (self)) : 0;
}

static gsize
get_packet_max (gpointer outlet)
{
  MmpRouter *self = outlet;

  return is_online (self) ? mmp_mqtt_client_get_max_packet (self->client) : 0;
}

const MmpSessionOutlet mmp_router_outlet = {
  .publish = publish,
  .get_space = get_space,
  .get_packet_max = get_packet_max,
};

static void
mmp_router_finalize (GObject *object)
{
  MmpRouter *self = MMP_ROUTER (object);

  mmp_clock_remove (self->clock, &self->limit_timer);
  g_clear_pointer (&self->clock, mmp_clock_unref);
  g_clear_pointer (&self->sessions, g_hash_table_unref);
  g_clear_pointer (&self->io, g_main_context_unref);

  G_OBJECT_CLASS (mmp_router_parent_class)->finalize (object);
}

static void
mmp_router_class_init (MmpRouterClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mmp_router_finalize;
}

static void
mmp_router_init (MmpRouter *self)
{
  self->sessions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
}

/**
 * mmp_router_new:
 * @io: (nullable): the context of the I/O thread
 * @greeting: which messages go to @funcs
 * @limited: whether the broker is somebody else's, so that streams may use little of it (see #MmpRelayLimit)
 * @funcs: what to call
 * @user_data: for @funcs
 *
 * On any thread.
 *
 * Returns: (transfer full): a router without a connection
 */
MmpRouter *
mmp_router_new (GMainContext *io,
                MmpRouterGreeting greeting,
                gboolean limited,
                const MmpRouterFuncs *funcs,
                gpointer user_data)
{
  MmpRouter *self = g_object_new (MMP_TYPE_ROUTER, NULL);

  self->io = g_main_context_ref (io != NULL ? io : g_main_context_default ());
  self->greeting = greeting;
  self->limited = limited;
  self->clock = mmp_clock_new (self->io);
  self->funcs = *funcs;
  self->user_data = user_data;

  return self;
}

/**
 * mmp_router_connect:
 * @broker: where to
 * @attempt: a number of the caller, given back to @online and @offline
 *
 * Gives the present connection up, without a word, and makes a new one.
 */
void
mmp_router_connect (MmpRouter *self,
                    MmpMqttBroker *broker,
                    guint attempt)
{
  drop_client (self);
  if (self->closed)
    return;

  self->attempt = attempt;
  self->ready = FALSE;
  self->client = mmp_mqtt_client_new (self->io, broker, &client_funcs, self);
  mmp_mqtt_client_start (self->client);
}

/**
 * mmp_router_set_ready:
 *
 * The connection has all the subscriptions that the sessions need. From now on they may use it; what they sent through the
 * one before may be lost.
 */
void
mmp_router_set_ready (MmpRouter *self)
{
  if (!is_online (self) || self->ready)
    return;

  self->ready = TRUE;
  tell_sessions (self, mmp_session_emit_renewed);
}

/**
 * mmp_router_disconnect:
 *
 * Gives the connection up, without a word. What was published is still sent.
 */
void
mmp_router_disconnect (MmpRouter *self)
{
  drop_client (self);
}

/**
 * mmp_router_subscribe:
 * @filter: a topic filter
 * @promise: resolved when the broker granted it, rejected with the cause when not
 */
void
mmp_router_subscribe (MmpRouter *self,
                      const char *filter,
                      DexPromise *promise)
{
  if (is_online (self))
    mmp_mqtt_client_subscribe (self->client, filter, QOS, TRUE, on_subscribed, dex_ref (promise));
  else
    dex_promise_reject (promise, g_error_new_literal (MMP_ERROR, MMP_ERROR_BROKER_LOST, "there is no connection to the broker"));
}

/**
 * mmp_router_unsubscribe:
 * @filter: a topic filter
 */
void
mmp_router_unsubscribe (MmpRouter *self,
                        const char *filter)
{
  if (is_online (self))
    mmp_mqtt_client_unsubscribe (self->client, filter);
}

/**
 * mmp_router_publish:
 * @topic: where to
 * @message: a handshake message; lost if there is no connection
 */
void
mmp_router_publish (MmpRouter *self,
                    const char *topic,
                    GBytes *message)
{
  publish (self, topic, message, FALSE);
}

/**
 * mmp_router_add:
 * @topic: where the session's messages come in
 * @session: a session
 *
 * Gives DATA of @topic to @session, until mmp_router_remove().
 */
void
mmp_router_add (MmpRouter *self,
                const char *topic,
                MmpSession *session)
{
  if (self->closed)
    mmp_session_close (session);
  else
    g_hash_table_replace (self->sessions, g_strdup (topic), g_object_ref (session));
}

/**
 * mmp_router_remove:
 * @topic: of mmp_router_add(); an unknown one is ignored
 *
 * Closes the session.
 */
void
mmp_router_remove (MmpRouter *self,
                   const char *topic)
{
  g_autoptr (MmpSession) session = NULL;
  g_autofree char *key = NULL;

  if (g_hash_table_steal_extended (self->sessions, topic, (gpointer *) &key, (gpointer *) &session))
    mmp_session_close (session);
}

/**
 * mmp_router_close:
 *
 * Closes all sessions and the connection. What was published before is still sent.
 */
void
mmp_router_close (MmpRouter *self)
{
  g_autoptr (GHashTable) sessions = g_steal_pointer (&self->sessions);
  GHashTableIter iter;
  gpointer session;

  self->sessions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->closed = TRUE;
  mmp_clock_remove (self->clock, &self->limit_timer);
  g_hash_table_iter_init (&iter, sessions);
  while (g_hash_table_iter_next (&iter, NULL, &session))
    mmp_session_close (session);
  drop_client (self);
}
