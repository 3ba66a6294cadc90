/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-diagnose"

#include "diagnose/mmp-diagnosis-private.h"

#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "base/mmp-series.h"
#include "mqtt/mmp-mqtt-client.h"
#include "mqtt/mmp-mqtt-dial.h"
#include "mqtt/mmp-mqtt-error.h"

#define QOS 1
#define ECHOES 5
/* A broker that has acknowledged a message and not delivered it by then will not. */
#define ECHO_PATIENCE MMP_SECONDS (5)

/* What the callbacks of one visit at the broker leave for the fiber */
typedef struct
{
  MmpDiagnosis *diagnosis;
  MmpMqttBroker *broker; /* not owned */
  char *subject;
  /* TLS */
  gboolean dialed;
  GIOStream *stream; /* nullable */
  GError *error; /* nullable: of the dial, or why the client is not online */
  /* MQTT */
  gboolean online;
  gboolean answered; /* the request under way */
  GError *refusal; /* nullable: of that request */
  guint expected; /* number of the echo under way */
  guint received;
  gint64 received_at;
} Visit;

static void
visit_clear (Visit *visit)
{
  g_free (visit->subject);
  g_clear_object (&visit->stream);
  g_clear_error (&visit->error);
  g_clear_error (&visit->refusal);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Visit, visit_clear)

static void
report (Visit *visit,
        MmpCheck check,
        const GError *cause,
        GVariantDict *values)
{
  mmp_diagnosis_report (visit->diagnosis, check, visit->subject, cause == NULL ? MMP_CHECK_STATUS_OK : MMP_CHECK_STATUS_FAILED, cause, values);
}

/* Waits until *@flag is set by a callback. */
static gboolean
wait_for (Visit *visit,
          const gboolean *flag,
          gint64 patience)
{
  MmpDiagnosis *self = visit->diagnosis;
  gint64 end = mmp_clock_now (self->clock) + patience;

  while (!*flag && !mmp_diagnosis_is_over (self) && mmp_clock_now (self->clock) < end)
    mmp_waiter_wait (self->waiter, end);

  return *flag;
}

static gboolean
check_name (Visit *visit)
{
  MmpDiagnosis *self = visit->diagnosis;
  g_auto (GVariantDict) values = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) texts = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) cause = NULL;
  gint64 start = mmp_clock_now (self->clock);
  GList *addresses;

  mmp_diagnosis_begin (self, MMP_CHECK_BROKER_NAME, visit->subject);
  addresses = mmp_diagnosis_look_up (self, mmp_mqtt_broker_get_host (visit->broker), &error);
  if (mmp_diagnosis_is_over (self))
    {
      g_list_free_full (addresses, g_object_unref);
      return FALSE;
    }

  if (g_error_matches (error, MMP_ERROR, MMP_ERROR_TIMED_OUT))
    g_set_error_literal (&cause, MMP_ERROR, MMP_ERROR_BROKER_NAME, "the look-up of the broker's name does not answer");
  else if (error != NULL)
    cause = mmp_mqtt_error_new_for_io (error, MMP_ERROR_BROKER_NAME);
  for (GList *l = addresses; l != NULL; l = l->next)
    g_strv_builder_take (builder, g_inet_address_to_string (l->data));
  g_list_free_full (addresses, g_object_unref);
  texts = g_strv_builder_end (builder);
  if (cause == NULL)
    {
      g_variant_dict_insert (&values, "ms", "d", mmp_diagnosis_since (self, start));
      g_variant_dict_insert_value (&values, "addresses", g_variant_new_strv ((const char *const *) texts, -1));
    }
  report (visit, MMP_CHECK_BROKER_NAME, cause, &values);

  return cause == NULL;
}

static gboolean
check_tcp (Visit *visit)
{
  MmpDiagnosis *self = visit->diagnosis;
  g_autoptr (GSocketConnectable) address = g_network_address_new (mmp_mqtt_broker_get_host (visit->broker), (guint16) mmp_mqtt_broker_get_port (visit->broker));
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (DexFuture) future = NULL;
  g_auto (GVariantDict) values = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GSocketAddress) remote = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) cause = NULL;
  gint64 start = mmp_clock_now (self->clock);

  mmp_diagnosis_begin (self, MMP_CHECK_BROKER_TCP, visit->subject);
  g_socket_client_set_enable_proxy (client, FALSE);
  future = dex_socket_client_connect (client, address);
  if (mmp_diagnosis_await (self, dex_ref (future), MMP_DIAGNOSIS_PATIENCE, &error))
    connection = dex_await_object (dex_ref (future), NULL);
  if (mmp_diagnosis_is_over (self))
    return FALSE;

  if (g_error_matches (error, MMP_ERROR, MMP_ERROR_TIMED_OUT))
    g_set_error_literal (&cause, MMP_ERROR, MMP_ERROR_BROKER_UNREACHABLE, "the broker's address does not answer");
  else if (error != NULL)
    cause = mmp_mqtt_error_new_for_io (error, MMP_ERROR_BROKER_UNREACHABLE);
  if (connection != NULL)
    {
      remote = g_socket_connection_get_remote_address (connection, NULL);
      g_variant_dict_insert (&values, "ms", "d", mmp_diagnosis_since (self, start));
      if (remote != NULL)
        g_variant_dict_insert_value (&values, "address", g_variant_new_take_string (g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (remote))));
    }
  if (connection != NULL && (self->broker_port == 0 || mmp_diagnosis_is_web_port (self->broker_port)))
    self->broker_port = mmp_mqtt_broker_get_port (visit->broker);
  report (visit, MMP_CHECK_BROKER_TCP, cause, &values);

  return cause == NULL;
}

static void
on_dialed (GIOStream *stream,
           const GError *error,
           gpointer user_data)
{
  Visit *visit = user_data;

  visit->dialed = TRUE;
  g_set_object (&visit->stream, stream);
  visit->error = error != NULL ? g_error_copy (error) : NULL;
  mmp_waiter_wake (visit->diagnosis->waiter);
}

static void
insert_days (GVariantDict *values,
             GIOStream *stream)
{
  GTlsCertificate *certificate = G_IS_TLS_CONNECTION (stream) ? g_tls_connection_get_peer_certificate (G_TLS_CONNECTION (stream)) : NULL;
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (GDateTime) end = certificate != NULL ? g_tls_certificate_get_not_valid_after (certificate) : NULL;

  if (end != NULL)
    g_variant_dict_insert (values, "days", "i", (gint32) (g_date_time_difference (end, now) / G_TIME_SPAN_DAY));
}

/* With the code that connects the tunnel, so that what is good here is good there. */
static gboolean
check_tls (Visit *visit)
{
  MmpDiagnosis *self = visit->diagnosis;
  g_auto (GVariantDict) values = G_VARIANT_DICT_INIT (NULL);
  gint64 start = mmp_clock_now (self->clock);
  MmpMqttDial *dial;

  if (!mmp_mqtt_broker_get_tls (visit->broker))
    {
      mmp_diagnosis_report (self, MMP_CHECK_BROKER_TLS, visit->subject, MMP_CHECK_STATUS_SKIPPED, NULL, NULL);
      return TRUE;
    }

  mmp_diagnosis_begin (self, MMP_CHECK_BROKER_TLS, visit->subject);
  dial = mmp_mqtt_dial_new (NULL, visit->broker, on_dialed, visit);
  if (!wait_for (visit, &visit->dialed, MMP_DIAGNOSIS_PATIENCE))
    visit->error = mmp_mqtt_dial_get_delay (dial);
  mmp_mqtt_dial_cancel (dial);
  if (mmp_diagnosis_is_over (self))
    return FALSE;

  if (visit->stream != NULL)
    {
      g_variant_dict_insert (&values, "ms", "d", mmp_diagnosis_since (self, start));
      insert_days (&values, visit->stream);
    }
  report (visit, MMP_CHECK_BROKER_TLS, visit->error, &values);

  return visit->error == NULL;
}

static void
on_state (MmpMqttClient *client,
          MmpMqttState state,
          const GError *cause,
          gpointer user_data)
{
  Visit *visit = user_data;

  visit->online = state == MMP_MQTT_STATE_ONLINE;
  if (cause != NULL && visit->error == NULL)
    visit->error = g_error_copy (cause);
  visit->answered = visit->answered || visit->online || cause != NULL;
  mmp_waiter_wake (visit->diagnosis->waiter);
}

static void
on_message (MmpMqttClient *client,
            const MmpMqttMessage *message,
            gpointer user_data)
{
  Visit *visit = user_data;
  guint32 number;

  if (g_bytes_get_size (message->payload) != sizeof number)
    return;
  memcpy (&number, g_bytes_get_data (message->payload, NULL), sizeof number);
  if (number != visit->expected)
    return;
  visit->received = number;
  visit->received_at = mmp_clock_now (visit->diagnosis->clock);
  mmp_waiter_wake (visit->diagnosis->waiter);
}

static void
on_request_done (MmpMqttClient *client,
                 const GError *error,
                 gpointer user_data)
{
  Visit *visit = user_data;

  visit->answered = TRUE;
  if (error != NULL && visit->refusal == NULL)
    visit->refusal = g_error_copy (error);
  mmp_waiter_wake (visit->diagnosis->waiter);
}

/* What a request came to: its own refusal, or the connection's end, or silence. */
static GError *
judge_request (Visit *visit,
               gboolean answered)
{
  if (visit->refusal != NULL && visit->refusal->code != MMP_ERROR_BROKER_LOST)
    return g_steal_pointer (&visit->refusal);
  if (visit->error != NULL)
    return g_error_copy (visit->error);
  if (visit->refusal != NULL)
    return g_steal_pointer (&visit->refusal);

  return answered ? NULL : g_error_new_literal (MMP_ERROR, MMP_ERROR_BROKER_LOST, "the broker does not answer");
}

static gboolean
check_login (Visit *visit,
             MmpMqttClient *client)
{
  MmpDiagnosis *self = visit->diagnosis;
  g_auto (GVariantDict) values = G_VARIANT_DICT_INIT (NULL);
  gint64 start = mmp_clock_now (self->clock);
  g_autoptr (GError) cause = NULL;

  mmp_diagnosis_begin (self, MMP_CHECK_BROKER_LOGIN, visit->subject);
  g_clear_error (&visit->error);
  visit->answered = FALSE;
  mmp_mqtt_client_start (client);
  cause = judge_request (visit, wait_for (visit, &visit->answered, 2 * MMP_DIAGNOSIS_PATIENCE));
  if (mmp_diagnosis_is_over (self))
    return FALSE;

  if (cause == NULL)
    {
      g_variant_dict_insert (&values, "ms", "d", mmp_diagnosis_since (self, start));
      g_variant_dict_insert (&values, "protocol", "s", mmp_mqtt_client_is_v5 (client) ? "5" : "3.1.1");
      g_variant_dict_insert (&values, "max-packet", "u", (guint32) MIN (mmp_mqtt_client_get_max_packet (client), G_MAXUINT32));
    }
  report (visit, MMP_CHECK_BROKER_LOGIN, cause, &values);

  return cause == NULL;
}

static gboolean
check_subscribe (Visit *visit,
                 MmpMqttClient *client)
{
  MmpDiagnosis *self = visit->diagnosis;
  g_autoptr (GError) cause = NULL;

  mmp_diagnosis_begin (self, MMP_CHECK_BROKER_SUBSCRIBE, visit->subject);
  visit->answered = FALSE;
  mmp_mqtt_client_subscribe (client, self->config->filter, QOS, FALSE, on_request_done, visit);
  cause = judge_request (visit, wait_for (visit, &visit->answered, MMP_DIAGNOSIS_PATIENCE));
  if (mmp_diagnosis_is_over (self))
    return FALSE;
  report (visit, MMP_CHECK_BROKER_SUBSCRIBE, cause, NULL);

  return cause == NULL;
}

/* Publishes one message and waits until the broker has acknowledged it. */
static GError *
publish (Visit *visit,
         MmpMqttClient *client,
         guint32 number)
{
  g_autoptr (GBytes) payload = g_bytes_new (&number, sizeof number);
  GError *error = NULL;

  visit->expected = number;
  visit->answered = FALSE;
  if (!mmp_mqtt_client_publish (client, visit->diagnosis->config->topic, payload, QOS, FALSE, 0, on_request_done, visit, &error))
    return error;

  return judge_request (visit, wait_for (visit, &visit->answered, MMP_DIAGNOSIS_PATIENCE));
}

static gboolean
check_publish (Visit *visit,
               MmpMqttClient *client)
{
  MmpDiagnosis *self = visit->diagnosis;
  g_autoptr (GError) cause = NULL;

  mmp_diagnosis_begin (self, MMP_CHECK_BROKER_PUBLISH, visit->subject);
  cause = publish (visit, client, 1);
  if (mmp_diagnosis_is_over (self))
    return FALSE;
  report (visit, MMP_CHECK_BROKER_PUBLISH, cause, NULL);

  return cause == NULL;
}

static gboolean
wait_for_echo (Visit *visit)
{
  MmpDiagnosis *self = visit->diagnosis;
  gint64 end = mmp_clock_now (self->clock) + ECHO_PATIENCE;

  while (visit->received != visit->expected && visit->error == NULL && !mmp_diagnosis_is_over (self) && mmp_clock_now (self->clock) < end)
    mmp_waiter_wait (self->waiter, end);

  return visit->received == visit->expected;
}

/* The message that was published to see whether that is allowed is the first to come back. Many brokers grant any subscription
 * and then deliver nothing that the login may not read; with MQTT 3.1.1 they cannot even say that they took no message. */
static gboolean
check_echo (Visit *visit,
            MmpMqttClient *client)
{
  MmpDiagnosis *self = visit->diagnosis;
  g_auto (GVariantDict) values = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (MmpSeries) series = mmp_series_new (ECHOES);
  g_autoptr (GError) cause = NULL;
  gboolean came = wait_for_echo (visit);
  guint32 sent = 1;

  mmp_diagnosis_begin (self, MMP_CHECK_BROKER_ECHO, visit->subject);
  for (; came && sent < 1 + ECHOES; sent++)
    {
      gint64 start = mmp_clock_now (self->clock);

      cause = publish (visit, client, sent + 1);
      came = cause == NULL && wait_for_echo (visit);
      if (came)
        mmp_series_add (series, (double) (visit->received_at - start) / 1000.0);
    }
  if (mmp_diagnosis_is_over (self))
    return FALSE;

  if (!came && cause == NULL)
    cause = visit->error != NULL ? g_error_copy (visit->error)
                                 : g_error_new_literal (MMP_ERROR, MMP_ERROR_BROKER_SUBSCRIBE, "the broker takes messages, but does not deliver them to this login");
  if (mmp_series_get_count (series) > 0)
    g_variant_dict_insert (&values, "ms", "d", mmp_series_get_quantile (series, 0.5));
  g_variant_dict_insert (&values, "sent", "u", sent);
  g_variant_dict_insert (&values, "received", "u", visit->received);
  report (visit, MMP_CHECK_BROKER_ECHO, cause, &values);

  return came;
}

static gboolean
check_mqtt (Visit *visit)
{
  static const MmpMqttClientFuncs funcs = { .state_changed = on_state, .message = on_message };
  g_autoptr (MmpMqttClient) client = mmp_mqtt_client_new (NULL, visit->broker, &funcs, visit);
  gboolean works = check_login (visit, client) && check_subscribe (visit, client) && check_publish (visit, client) && check_echo (visit, client);

  mmp_mqtt_client_detach (client);

  return works;
}

/**
 * mmp_diagnosis_check_brokers:
 *
 * In the fiber: everything about each broker, up to the first thing that fails.
 */
void
mmp_diagnosis_check_brokers (MmpDiagnosis *self)
{
  for (guint i = 0; i < self->config->brokers->len && !mmp_diagnosis_is_over (self); i++)
    {
      MmpMqttBroker *broker = g_ptr_array_index (self->config->brokers, i);
      g_auto (Visit) visit = { .diagnosis = self, .broker = broker, .subject = mmp_mqtt_broker_to_text (broker) };

      if (check_name (&visit) && check_tcp (&visit) && check_tls (&visit) && check_mqtt (&visit))
        self->broker_works = TRUE;
    }
}
