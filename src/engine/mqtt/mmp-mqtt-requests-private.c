/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mqtt/mmp-mqtt-requests-private.h"

#include "base/mmp-error.h"
#include "mqtt/mmp-mqtt-error.h"

#define PUBLICATION_BYTES_MAX (1024 * 1024)

#define QOS_GRANTED_MAX 2

typedef struct
{
  char *filter;
  int qos;
  MmpMqttSubscribeFlags flags;
  int id; /* of the SUBSCRIBE under way; 0: none */
  gboolean granted; /* at least once */
  GError *refused; /* nullable: could not even be asked for */
  MmpMqttDoneFunc done; /* nullable: called already, or nobody asked */
  gpointer user_data;
} Subscription;

typedef struct
{
  gsize size;
  MmpMqttDoneFunc done; /* nullable */
  gpointer user_data;
} Publication;

struct _MmpMqttRequests
{
  MmpMqttClient *client; /* our owner */
  GPtrArray *subscriptions; /* Subscription */
  GHashTable *publications; /* packet id -> Publication */
  guint publications_max;
  gsize queued;
};

static void
subscription_free (gpointer data)
{
  Subscription *subscription = data;

  g_free (subscription->filter);
  g_clear_error (&subscription->refused);
  g_free (subscription);
}

static void
answer (MmpMqttRequests *self,
        Subscription *subscription,
        const GError *error)
{
  MmpMqttDoneFunc done = subscription->done;

  subscription->done = NULL;
  if (done != NULL)
    done (self->client, error, subscription->user_data);
}

/* Whatever was in the way, for the caller it is the subscription that does not work. */
static GError *
new_filter_error (const Subscription *subscription,
                  const GError *cause)
{
  return g_error_new (MMP_ERROR, MMP_ERROR_BROKER_SUBSCRIBE, "%s (%s)", cause->message, subscription->filter);
}

static gboolean
answer_one_refused (MmpMqttRequests *self)
{
  for (guint i = 0; i < self->subscriptions->len; i++)
    {
      Subscription *subscription = g_ptr_array_index (self->subscriptions, i);
      g_autoptr (GError) error = g_steal_pointer (&subscription->refused);

      if (error != NULL)
        {
          answer (self, subscription, error);
          return TRUE;
        }
    }

  return FALSE;
}

static gboolean
cancel_one_subscription (MmpMqttRequests *self,
                         const GError *error)
{
  for (guint i = 0; i < self->subscriptions->len; i++)
    {
      Subscription *subscription = g_ptr_array_index (self->subscriptions, i);

      subscription->id = 0;
      if (subscription->done != NULL)
        {
          answer (self, subscription, error);
          return TRUE;
        }
    }

  return FALSE;
}

static gboolean
fail_one_publication (MmpMqttRequests *self,
                      const GError *error)
{
  GHashTableIter iter;
  gpointer value;
  g_autofree Publication *publication = NULL;

  g_hash_table_iter_init (&iter, self->publications);
  if (!g_hash_table_iter_next (&iter, NULL, &value))
    return FALSE;

  publication = value;
  g_hash_table_iter_steal (&iter);
  self->queued -= publication->size;
  if (publication->done != NULL)
    publication->done (self->client, error, publication->user_data);

  return TRUE;
}

static void
request (Subscription *subscription,
         MmpMqttCodec *codec)
{
  g_autoptr (GError) error = NULL;

  subscription->id = 0;
  g_clear_error (&subscription->refused);
  if (!mmp_mqtt_codec_subscribe (codec, subscription->filter, subscription->qos, subscription->flags, &subscription->id, &error))
    subscription->refused = new_filter_error (subscription, error);
}

/**
 * mmp_mqtt_requests_new:
 * @client: what the callbacks are called with
 * @publications_max: how many messages may be under way at once
 *
 * Returns: (transfer full): no requests
 */
MmpMqttRequests *
mmp_mqtt_requests_new (MmpMqttClient *client,
                       guint publications_max)
{
  MmpMqttRequests *self = g_new0 (MmpMqttRequests, 1);

  self->client = client;
  self->publications_max = publications_max;
  self->subscriptions = g_ptr_array_new_with_free_func (subscription_free);
  self->publications = g_hash_table_new_full (NULL, NULL, NULL, g_free);

  return self;
}

/**
 * mmp_mqtt_requests_free:
 *
 * Answers nobody; see mmp_mqtt_requests_cancel().
 */
void
mmp_mqtt_requests_free (MmpMqttRequests *self)
{
  g_hash_table_unref (self->publications);
  g_ptr_array_unref (self->subscriptions);
  g_free (self);
}

/**
 * mmp_mqtt_requests_subscribe:
 *
 * Notes a subscription. One with the same filter is replaced.
 */
void
mmp_mqtt_requests_subscribe (MmpMqttRequests *self,
                             const char *filter,
                             int qos,
                             MmpMqttSubscribeFlags flags,
                             MmpMqttDoneFunc done,
                             gpointer user_data)
{
  Subscription *subscription;

  mmp_mqtt_requests_unsubscribe (self, filter);
  subscription = g_new0 (Subscription, 1);
  subscription->filter = g_strdup (filter);
  subscription->qos = qos;
  subscription->flags = flags;
  subscription->done = done;
  subscription->user_data = user_data;
  g_ptr_array_add (self->subscriptions, subscription);
}

/**
 * mmp_mqtt_requests_unsubscribe:
 *
 * Forgets a subscription; if it waits for its answer, that is %MMP_ERROR_CANCELLED.
 *
 * Returns: whether there was one
 */
gboolean
mmp_mqtt_requests_unsubscribe (MmpMqttRequests *self,
                               const char *filter)
{
  g_autoptr (GError) error = g_error_new_literal (MMP_ERROR, MMP_ERROR_CANCELLED, "the subscription was removed");

  for (guint i = 0; i < self->subscriptions->len; i++)
    {
      Subscription *subscription = g_ptr_array_index (self->subscriptions, i);

      if (g_str_equal (subscription->filter, filter))
        {
          g_ptr_array_steal_index (self->subscriptions, i);
          answer (self, subscription, error);
          subscription_free (subscription);
          return TRUE;
        }
    }

  return FALSE;
}

/**
 * mmp_mqtt_requests_send:
 * @all: %TRUE for all subscriptions, %FALSE for the newest only
 * @known: leave out those that the broker granted before: it still has them
 *
 * Asks the broker. Answers nobody.
 *
 * Returns: %FALSE if some could not be asked for; call mmp_mqtt_requests_answer_refused() in another turn
 */
gboolean
mmp_mqtt_requests_send (MmpMqttRequests *self,
                        gboolean all,
                        gboolean known,
                        MmpMqttCodec *codec)
{
  gboolean sent = TRUE;

  for (guint i = all ? 0 : self->subscriptions->len - 1; i < self->subscriptions->len; i++)
    {
      Subscription *subscription = g_ptr_array_index (self->subscriptions, i);

      if (known && subscription->granted)
        continue;
      request (subscription, codec);
      sent &= subscription->refused == NULL;
    }

  return sent;
}

/**
 * mmp_mqtt_requests_subscribed:
 * @code: the granted QoS or a reason code
 *
 * Returns: (transfer full) (nullable): if the broker takes back a subscription that it granted before, the error to
 *   end the connection with; nobody else says that messages are missing
 */
GError *
mmp_mqtt_requests_subscribed (MmpMqttRequests *self,
                              int id,
                              int code)
{
  for (guint i = 0; i < self->subscriptions->len; i++)
    {
      Subscription *subscription = g_ptr_array_index (self->subscriptions, i);
      g_autoptr (GError) reason = NULL;
      g_autoptr (GError) error = NULL;

      if (subscription->id != id)
        continue;

      subscription->id = 0;
      if (code > QOS_GRANTED_MAX)
        {
          reason = mmp_mqtt_error_new (MMP_MQTT_ANSWER_SUBACK, code);
          error = new_filter_error (subscription, reason);
        }
      if (error != NULL && subscription->granted)
        return g_steal_pointer (&error);

      subscription->granted = error == NULL;
      answer (self, subscription, error);
      break;
    }

  return NULL;
}

/**
 * mmp_mqtt_requests_answer_refused:
 *
 * Answers those whose subscription could not be asked for.
 */
void
mmp_mqtt_requests_answer_refused (MmpMqttRequests *self)
{
  while (answer_one_refused (self))
    ;
}

static gboolean
has_room (MmpMqttRequests *self,
          gsize size,
          int id,
          GError **error)
{
  const char *clause = NULL;

  if (g_hash_table_size (self->publications) >= self->publications_max || self->queued + size > PUBLICATION_BYTES_MAX)
    clause = "too many messages wait for the broker";
  /* Packet ids come round; a broker may have left one message unanswered all the while. */
  else if (g_hash_table_contains (self->publications, GINT_TO_POINTER (id)))
    clause = "the broker does not acknowledge messages";
  if (clause == NULL)
    return TRUE;

  g_set_error_literal (error, MMP_ERROR, MMP_ERROR_BROKER_LIMIT, clause);

  return FALSE;
}

/**
 * mmp_mqtt_requests_publish:
 *
 * Publishes, if there is room in the queue.
 *
 * Returns: %FALSE with %MMP_ERROR_BROKER_LIMIT or an error of mmp_mqtt_codec_publish(); @done is not called then
 */
gboolean
mmp_mqtt_requests_publish (MmpMqttRequests *self,
                           MmpMqttCodec *codec,
                           const MmpMqttMessage *message,
                           MmpMqttDoneFunc done,
                           gpointer user_data,
                           GError **error)
{
  gsize size = g_bytes_get_size (message->payload);
  Publication *publication;
  int id;

  if (!has_room (self, size, mmp_mqtt_codec_get_next_id (codec), error))
    return FALSE;
  if (!mmp_mqtt_codec_publish (codec, message, &id, error))
    return FALSE;

  publication = g_new0 (Publication, 1);
  publication->size = size;
  publication->done = done;
  publication->user_data = user_data;
  g_hash_table_insert (self->publications, GINT_TO_POINTER (id), publication);
  self->queued += size;

  return TRUE;
}

/**
 * mmp_mqtt_requests_published:
 * @code: a reason code
 *
 * Answers whoever published this.
 */
void
mmp_mqtt_requests_published (MmpMqttRequests *self,
                             int id,
                             int code)
{
  gpointer value;
  g_autofree Publication *publication = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_hash_table_steal_extended (self->publications, GINT_TO_POINTER (id), NULL, &value))
    return;

  publication = value;
  self->queued -= publication->size;
  if (code >= 0x80)
    error = mmp_mqtt_error_new (MMP_MQTT_ANSWER_PUBACK, code);
  if (publication->done != NULL)
    publication->done (self->client, error, publication->user_data);
}

/**
 * mmp_mqtt_requests_get_queued:
 *
 * Returns: bytes of payload that were given and not yet answered
 */
gsize
mmp_mqtt_requests_get_queued (MmpMqttRequests *self)
{
  return self->queued;
}

/**
 * mmp_mqtt_requests_count_free:
 *
 * Returns: how many messages may be published before the first of those under way is answered
 */
guint
mmp_mqtt_requests_count_free (MmpMqttRequests *self)
{
  guint used = g_hash_table_size (self->publications);

  return self->publications_max - MIN (used, self->publications_max);
}

/**
 * mmp_mqtt_requests_lose:
 * @clause: why
 *
 * Answers all publications with %MMP_ERROR_BROKER_LOST. Subscriptions go on waiting: they are asked for again.
 */
void
mmp_mqtt_requests_lose (MmpMqttRequests *self,
                        const char *clause)
{
  g_autoptr (GError) error = g_error_new_literal (MMP_ERROR, MMP_ERROR_BROKER_LOST, clause);

  while (fail_one_publication (self, error))
    ;
}

/**
 * mmp_mqtt_requests_cancel:
 *
 * Answers all who wait with %MMP_ERROR_CANCELLED.
 */
void
mmp_mqtt_requests_cancel (MmpMqttRequests *self)
{
  g_autoptr (GError) error = g_error_new_literal (MMP_ERROR, MMP_ERROR_CANCELLED, "the connection to the broker was stopped");

  while (fail_one_publication (self, error))
    ;
  /* Not for ever, should somebody answer by subscribing again. */
  for (guint left = self->subscriptions->len; left > 0 && cancel_one_subscription (self, error); left--)
    ;
}
