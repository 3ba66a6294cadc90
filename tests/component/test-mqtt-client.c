/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "mmp-mosquitto.h"
#include "mmp-mqtt-probe.h"
#include "mmp-test.h"

static MmpMosquitto *
start_mosquitto (void)
{
  MmpMosquitto *mosquitto;

  if (!mmp_mosquitto_is_here ())
    return NULL;

  mosquitto = mmp_mosquitto_new (NULL);
  mmp_mosquitto_start (mosquitto);

  return mosquitto;
}

static MmpMqttProbe *
probe_for (MmpMosquitto *mosquitto,
           const char *user,
           const char *password)
{
  g_autoptr (MmpMqttBroker) open = mmp_test_broker (mmp_mosquitto_get_port (mosquitto), FALSE);
  g_autoptr (MmpMqttBroker) broker = mmp_mqtt_broker_with_login (open, user, password);

  return mmp_mqtt_probe_new (broker, NULL);
}

static void
test_messages_arrive (void)
{
  g_autoptr (MmpMosquitto) mosquitto = start_mosquitto ();
  g_autoptr (MmpMqttProbe) probe = NULL;

  if (mosquitto == NULL)
    return;

  probe = probe_for (mosquitto, NULL, NULL);
  mmp_mqtt_probe_subscribe (probe, "a/+", 1);
  g_assert_cmpstr (probe->states->str, ==, "CO");
  g_assert_true (mmp_mqtt_client_is_v5 (probe->client));

  mmp_mqtt_probe_publish (probe, "a/b", "one", 1);
  mmp_mqtt_probe_publish (probe, "a/c", "", 0);
  g_assert_cmpstr (mmp_mqtt_probe_get_message (probe, 0), ==, "a/b one");
  g_assert_cmpstr (mmp_mqtt_probe_get_message (probe, 1), ==, "a/c ");
  mmp_test_await (probe->done == 3);
  g_assert_cmpuint (mmp_mqtt_client_get_queued (probe->client), ==, 0);

  mmp_mqtt_client_unsubscribe (probe->client, "a/+");
  mmp_mqtt_probe_subscribe (probe, "b", 0);
  mmp_mqtt_probe_publish (probe, "a/b", "unheard", 1);
  mmp_mqtt_probe_publish (probe, "b", "heard", 1);
  g_assert_cmpstr (mmp_mqtt_probe_get_message (probe, 2), ==, "b heard");
}

static void
test_retained_messages_are_marked (void)
{
  g_autoptr (MmpMosquitto) mosquitto = start_mosquitto ();
  g_autoptr (MmpMqttProbe) probe = NULL;
  g_autoptr (GBytes) payload = g_bytes_new_static ("kept", 4);

  if (mosquitto == NULL)
    return;

  probe = probe_for (mosquitto, NULL, NULL);
  mmp_mqtt_probe_subscribe (probe, "other", 1);
  g_assert_true (mmp_mqtt_client_publish (probe->client, "kept", payload, 1, TRUE, 0, mmp_mqtt_probe_on_done, probe, NULL));
  mmp_test_await (probe->done == 2);
  mmp_mqtt_probe_subscribe (probe, "kept", 1);
  g_assert_cmpstr (mmp_mqtt_probe_get_message (probe, 0), ==, "kept kept retained");
}

static void
test_no_local_gives_no_echo (void)
{
  g_autoptr (MmpMosquitto) mosquitto = start_mosquitto ();
  g_autoptr (MmpMqttProbe) probe = NULL;

  if (mosquitto == NULL)
    return;

  probe = probe_for (mosquitto, NULL, NULL);
  mmp_mqtt_client_subscribe (probe->client, "quiet", 1, TRUE, mmp_mqtt_probe_on_done, probe);
  mmp_mqtt_probe_subscribe (probe, "loud", 1);
  mmp_mqtt_probe_publish (probe, "quiet", "1", 1);
  mmp_mqtt_probe_publish (probe, "loud", "2", 1);
  g_assert_cmpstr (mmp_mqtt_probe_get_message (probe, 0), ==, "loud 2");
}

static void
test_many_messages_keep_their_order (gconstpointer data)
{
  const int qos = GPOINTER_TO_INT (data);
  g_autoptr (MmpMosquitto) mosquitto = NULL;
  g_autoptr (MmpMqttProbe) probe = NULL;

  if (!mmp_mosquitto_is_here ())
    return;

  mosquitto = mmp_mosquitto_new ("allow_anonymous true\nmax_queued_messages 10000\n");
  mmp_mosquitto_start (mosquitto);
  probe = probe_for (mosquitto, NULL, NULL);
  mmp_mqtt_probe_subscribe (probe, "n", qos);
  for (guint i = 0; i < 2000; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);

      mmp_mqtt_probe_publish (probe, "n", text, qos);
    }
  mmp_test_await (probe->messages->len == 2000 && probe->done == 2001);
  for (guint i = 0; i < 2000; i++)
    {
      g_autofree char *expected = g_strdup_printf ("n %u", i);

      g_assert_cmpstr (g_ptr_array_index (probe->messages, i), ==, expected);
    }
  g_assert_cmpuint (mmp_mqtt_client_get_queued (probe->client), ==, 0);
}

static void
test_queue_is_bounded (void)
{
  g_autoptr (MmpMosquitto) mosquitto = start_mosquitto ();
  g_autoptr (MmpMqttProbe) probe = NULL;
  g_autofree char *text = g_strnfill (20000, 'x');
  g_autoptr (GBytes) large = g_bytes_new (text, 20000);
  g_autoptr (GBytes) small = g_bytes_new_static ("x", 1);
  g_autoptr (GBytes) oversize = NULL;
  g_autoptr (GError) error = NULL;
  guint taken = 0;

  if (mosquitto == NULL)
    return;

  probe = probe_for (mosquitto, NULL, NULL);
  g_assert_false (mmp_mqtt_client_publish (probe->client, "q", small, 1, FALSE, 0, NULL, NULL, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_BROKER_LOST);
  g_clear_error (&error);
  mmp_test_await (mmp_mqtt_probe_is_online (probe));

  while (mmp_mqtt_client_publish (probe->client, "q", large, 1, FALSE, 0, NULL, NULL, &error))
    taken++;
  g_assert_error (error, MMP_ERROR, MMP_ERROR_BROKER_LIMIT);
  g_clear_error (&error);
  g_assert_cmpuint (taken, ==, 1024 * 1024 / 20000);
  g_assert_cmpuint (mmp_mqtt_client_get_queued (probe->client), ==, taken * 20000);
  mmp_test_await (mmp_mqtt_client_get_queued (probe->client) == 0);

  g_assert_cmpuint (mmp_mqtt_client_count_free (probe->client), ==, 256);
  for (taken = 0; mmp_mqtt_client_publish (probe->client, "q", small, 0, FALSE, 0, NULL, NULL, &error); taken++)
    ;
  g_assert_error (error, MMP_ERROR, MMP_ERROR_BROKER_LIMIT);
  g_clear_error (&error);
  g_assert_cmpuint (taken, ==, 256);
  g_assert_cmpuint (mmp_mqtt_client_count_free (probe->client), ==, 0);

  oversize = g_bytes_new_take (g_strnfill (20480, 'x'), 20480);
  g_assert_false (mmp_mqtt_client_publish (probe->client, "q", oversize, 1, FALSE, 0, NULL, NULL, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_BROKER_LIMIT);
  g_clear_error (&error);
  g_assert_false (mmp_mqtt_client_publish (probe->client, "q/#", small, 1, FALSE, 0, NULL, NULL, &error));
  g_assert_true (error->code == MMP_ERROR_ADDRESS_INVALID || error->code == MMP_ERROR_BROKER_LIMIT);
}

static guint
count_open_files (void)
{
  g_autoptr (GDir) directory = g_dir_open ("/proc/self/fd", 0, NULL);
  guint count = 0;

  while (g_dir_read_name (directory) != NULL)
    count++;

  return count;
}

static void
test_survives_a_restart_of_the_broker (void)
{
  g_autoptr (MmpMosquitto) mosquitto = start_mosquitto ();
  g_autoptr (MmpMqttProbe) probe = NULL;
  guint files;

  if (mosquitto == NULL)
    return;

  probe = probe_for (mosquitto, NULL, NULL);
  mmp_mqtt_probe_subscribe (probe, "r", 1);
  files = count_open_files ();

  mmp_mqtt_probe_publish (probe, "r", "lost", 1);
  mmp_mosquitto_stop (mosquitto);
  mmp_test_await (probe->done == 2 && probe->cause != NULL);
  g_assert_error (probe->error, MMP_ERROR, MMP_ERROR_BROKER_LOST);
  mmp_mqtt_probe_assert_cause (probe, MMP_ERROR_BROKER_LOST, "closed");
  mmp_mosquitto_start (mosquitto);
  mmp_test_await (mmp_mqtt_probe_is_online (probe));
  mmp_mqtt_probe_subscribe (probe, "sync", 1);
  mmp_mqtt_probe_publish (probe, "r", "again", 1);
  g_assert_cmpstr (mmp_mqtt_probe_get_message (probe, 0), ==, "r again");
  g_assert_true (g_str_has_prefix (probe->states->str, "COWC"));
  g_assert_true (g_str_has_suffix (probe->states->str, "CO"));
  mmp_test_await (count_open_files () == files);
}

static void
test_broker_may_come_later (void)
{
  g_autoptr (MmpMosquitto) mosquitto = NULL;
  g_autoptr (MmpMqttProbe) probe = NULL;

  if (!mmp_mosquitto_is_here ())
    return;

  mosquitto = mmp_mosquitto_new (NULL);
  probe = probe_for (mosquitto, NULL, NULL);
  mmp_mqtt_client_subscribe (probe->client, "l", 1, FALSE, mmp_mqtt_probe_on_done, probe);
  mmp_test_await (probe->cause != NULL);
  mmp_mqtt_probe_assert_cause (probe, MMP_ERROR_BROKER_UNREACHABLE, "nothing listens");
  g_assert_cmpstr (probe->states->str, ==, "CW");
  g_assert_cmpuint (probe->done, ==, 0);
  mmp_mosquitto_start (mosquitto);
  mmp_mqtt_client_kick (probe->client);
  mmp_test_await (probe->done == 1);
  g_assert_no_error (probe->error);
  g_assert_cmpstr (probe->states->str, ==, "CWCO");
}

static void
test_kick_makes_a_new_connection (void)
{
  g_autoptr (MmpMosquitto) mosquitto = start_mosquitto ();
  g_autoptr (MmpMqttProbe) probe = NULL;

  if (mosquitto == NULL)
    return;

  probe = probe_for (mosquitto, NULL, NULL);
  mmp_mqtt_probe_subscribe (probe, "k", 1);
  mmp_mqtt_probe_publish (probe, "k", "lost", 1);
  mmp_mqtt_client_kick (probe->client);
  g_assert_cmpuint (probe->done, ==, 2);
  g_assert_error (probe->error, MMP_ERROR, MMP_ERROR_BROKER_LOST);
  g_assert_cmpstr (probe->states->str, ==, "COC");
  mmp_test_await (mmp_mqtt_probe_is_online (probe));
  mmp_mqtt_probe_publish (probe, "k", "2", 1);
  mmp_test_await (probe->messages->len > 0);
  g_assert_cmpstr (mmp_mqtt_probe_get_message (probe, probe->messages->len - 1), ==, "k 2");
}

static void
test_stop_sends_what_waits (void)
{
  g_autoptr (MmpMosquitto) mosquitto = start_mosquitto ();
  g_autoptr (MmpMqttProbe) leaving = NULL;
  g_autoptr (MmpMqttProbe) staying = NULL;

  if (mosquitto == NULL)
    return;

  staying = probe_for (mosquitto, NULL, NULL);
  leaving = probe_for (mosquitto, NULL, NULL);
  mmp_mqtt_probe_subscribe (staying, "s", 1);
  mmp_test_await (mmp_mqtt_probe_is_online (leaving));
  mmp_mqtt_probe_publish (leaving, "s", "bye", 0);
  mmp_mqtt_probe_publish (leaving, "s", "bye bye", 1);
  mmp_mqtt_client_stop (leaving->client);
  g_assert_cmpuint (leaving->done, ==, 2);
  g_assert_error (leaving->error, MMP_ERROR, MMP_ERROR_CANCELLED);
  mmp_test_await (g_str_equal (leaving->states->str, "COS"));
  g_assert_cmpstr (mmp_mqtt_probe_get_message (staying, 0), ==, "s bye");
  g_assert_cmpstr (mmp_mqtt_probe_get_message (staying, 1), ==, "s bye bye");

  mmp_mqtt_client_start (leaving->client);
  mmp_test_await (mmp_mqtt_probe_is_online (leaving));
  mmp_mqtt_client_stop (leaving->client);
  mmp_mqtt_client_start (leaving->client);
  mmp_mqtt_probe_subscribe (leaving, "t", 1);
}

typedef enum
{
  IN_STATE,
  IN_MESSAGE,
  IN_SUBSCRIBED,
  IN_PUBLISHED,
  IN_WRITTEN,
  PLACES,
} Place;

typedef struct
{
  MmpMqttClient *client;
  Place place;
  gboolean gone;
  guint answers;
} Leaver;

/* Detaches and drops the last reference in one of the callbacks. */
static void
leave_in (Leaver *leaver,
          Place place)
{
  g_assert_false (leaver->gone && place < IN_SUBSCRIBED);
  if (leaver->place != place || leaver->gone)
    return;

  leaver->gone = TRUE;
  if (place % 2 == 0)
    mmp_mqtt_client_detach (leaver->client);
  g_clear_object (&leaver->client);
}

static void
on_leaver_state (MmpMqttClient *client,
                 MmpMqttState state,
                 const GError *cause,
                 gpointer user_data)
{
  if (state == MMP_MQTT_STATE_ONLINE)
    leave_in (user_data, IN_STATE);
}

static void
on_leaver_message (MmpMqttClient *client,
                   const MmpMqttMessage *message,
                   gpointer user_data)
{
  leave_in (user_data, IN_MESSAGE);
}

static void
on_leaver_published (MmpMqttClient *client,
                     const GError *error,
                     gpointer user_data)
{
  Leaver *leaver = user_data;

  leaver->answers++;
  leave_in (leaver, IN_PUBLISHED);
}

static void
on_leaver_written (MmpMqttClient *client,
                   const GError *error,
                   gpointer user_data)
{
  Leaver *leaver = user_data;

  leaver->answers++;
  leave_in (leaver, IN_WRITTEN);
}

static void
on_leaver_subscribed (MmpMqttClient *client,
                      const GError *error,
                      gpointer user_data)
{
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);
  Leaver *leaver = user_data;

  leaver->answers++;
  leave_in (leaver, IN_SUBSCRIBED);
  if (leaver->gone)
    return;
  g_assert_true (mmp_mqtt_client_publish (client, "x", payload, 0, FALSE, 0, on_leaver_written, leaver, NULL));
  g_assert_true (mmp_mqtt_client_publish (client, "x", payload, 1, FALSE, 0, on_leaver_published, leaver, NULL));
}

static void
test_callbacks_may_drop_the_client (void)
{
  static const MmpMqttClientFuncs funcs = { on_leaver_state, on_leaver_message };
  static const guint answers[PLACES] = { 1, 3, 1, 3, 3 };
  g_autoptr (MmpMosquitto) mosquitto = start_mosquitto ();
  g_autoptr (MmpMqttBroker) broker = NULL;

  if (mosquitto == NULL)
    return;

  broker = mmp_test_broker (mmp_mosquitto_get_port (mosquitto), FALSE);
  for (Place place = 0; place < PLACES; place++)
    {
      Leaver leaver = { .place = place };
      gpointer weak;

      leaver.client = mmp_mqtt_client_new (NULL, broker, &funcs, &leaver);
      weak = leaver.client;
      g_object_add_weak_pointer (weak, &weak);
      mmp_mqtt_client_subscribe (leaver.client, "x", 1, FALSE, on_leaver_subscribed, &leaver);
      mmp_mqtt_client_start (leaver.client);
      mmp_test_await (leaver.gone && weak == NULL);
      g_assert_cmpuint (leaver.answers, ==, answers[place]);
    }
}

static void
test_wrong_login_is_told (void)
{
  g_autoptr (MmpMosquitto) mosquitto = NULL;
  g_autoptr (MmpMqttProbe) probe = NULL;

  if (!mmp_mosquitto_is_here ())
    return;

  mosquitto = mmp_mosquitto_new ("password_file @/passwords\n");
  mmp_mosquitto_write (mosquitto, "passwords", "");
  mmp_mosquitto_start (mosquitto);
  probe = probe_for (mosquitto, "me", "very secret");
  mmp_test_await (probe->cause != NULL);
  mmp_mqtt_probe_assert_cause (probe, MMP_ERROR_BROKER_LOGIN, "login");
  g_assert_null (strstr (probe->cause->message, "secret"));
  g_assert_true (mmp_mqtt_client_is_v5 (probe->client));
}

static void
test_refused_topics_are_told (void)
{
  g_autoptr (MmpMosquitto) mosquitto = NULL;
  g_autoptr (MmpMqttProbe) probe = NULL;
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);

  if (!mmp_mosquitto_is_here ())
    return;

  mosquitto = mmp_mosquitto_new ("allow_anonymous true\nacl_file @/acl\n");
  mmp_mosquitto_write (mosquitto, "acl", "topic readwrite free/#\n");
  mmp_mosquitto_start (mosquitto);
  probe = probe_for (mosquitto, NULL, NULL);
  mmp_mqtt_probe_subscribe (probe, "free/x", 1);
  mmp_test_await (mmp_mqtt_client_publish (probe->client, "secret/x", payload, 1, FALSE, 0, mmp_mqtt_probe_on_done, probe, NULL));
  mmp_test_await (probe->done == 2);
  g_assert_error (probe->error, MMP_ERROR, MMP_ERROR_BROKER_PUBLISH);
  g_assert_true (mmp_mqtt_probe_is_online (probe));
}

static gboolean
count_turn (gpointer user_data)
{
  guint *turns = user_data;

  (*turns)++;

  return G_SOURCE_CONTINUE;
}

static void
test_dead_name_look_up_blocks_nothing (void)
{
  g_autoptr (MmpMqttBroker) broker = mmp_mqtt_broker_new ("no-such-host.invalid", 1883, FALSE, NULL);
  g_autoptr (MmpMqttProbe) probe = mmp_mqtt_probe_new (broker, NULL);
  guint turns = 0;
  guint timer = g_timeout_add (1, count_turn, &turns);

  /* Whether the system's look-up answers at once or not at all, the context goes on. */
  mmp_test_await (turns >= 20);
  mmp_test_await (probe->cause != NULL);
  g_assert_error (probe->cause, MMP_ERROR, MMP_ERROR_BROKER_NAME);
  g_source_remove (timer);
}

/* A port whose queue of connections is full: the kernel drops what else knocks. */
static GSocket *
open_black_hole (GSocket *fillers[],
                 guint count,
                 guint *port)
{
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) address = NULL;
  GSocket *listener = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

  g_socket_set_listen_backlog (listener, 0);
  g_assert_true (g_socket_bind (listener, any, TRUE, NULL));
  g_assert_true (g_socket_listen (listener, NULL));
  address = g_socket_get_local_address (listener, NULL);
  *port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
  for (guint i = 0; i < count; i++)
    {
      fillers[i] = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
      g_socket_set_blocking (fillers[i], FALSE);
      g_socket_connect (fillers[i], address, NULL, NULL);
    }

  return listener;
}

/* How many connections to the port wait for an answer (state 2, SYN_SENT). */
static guint
count_knocking (guint port)
{
  g_autofree char *table = NULL;
  g_autofree char *pattern = g_strdup_printf (":%04X 02 ", port);
  guint count = 0;

  g_assert_true (g_file_get_contents ("/proc/net/tcp", &table, NULL, NULL));
  for (const char *found = table; (found = strstr (found, pattern)) != NULL; found++)
    count++;

  return count;
}

static void
test_black_hole_times_out (void)
{
  GSocket *fillers[4];
  guint port;
  g_autoptr (GSocket) listener = open_black_hole (fillers, G_N_ELEMENTS (fillers), &port);
  g_autoptr (MmpClock) clock = mmp_clock_new_virtual ();
  g_autoptr (MmpMqttBroker) broker = mmp_test_broker (port, FALSE);
  const guint before = count_knocking (port);
  g_autoptr (MmpMqttProbe) probe = mmp_mqtt_probe_new (broker, clock);

  mmp_test_await (count_knocking (port) > before);
  while (mmp_clock_step (clock, G_USEC_PER_SEC * 99 / 10))
    ;
  g_assert_cmpstr (probe->states->str, ==, "C");
  mmp_clock_step (clock, G_USEC_PER_SEC * 10);
  mmp_mqtt_probe_assert_cause (probe, MMP_ERROR_BROKER_UNREACHABLE, "does not answer");
  g_assert_cmpstr (probe->states->str, ==, "CW");
  mmp_test_await (count_knocking (port) == before);
  for (guint i = 0; i < G_N_ELEMENTS (fillers); i++)
    g_object_unref (fillers[i]);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/mqtt-client/messages-arrive", test_messages_arrive);
  g_test_add_func ("/mqtt-client/retained-messages-are-marked", test_retained_messages_are_marked);
  g_test_add_func ("/mqtt-client/no-local-gives-no-echo", test_no_local_gives_no_echo);
  g_test_add_data_func ("/mqtt-client/many-messages-keep-their-order/qos-0", GINT_TO_POINTER (0), test_many_messages_keep_their_order);
  g_test_add_data_func ("/mqtt-client/many-messages-keep-their-order/qos-1", GINT_TO_POINTER (1), test_many_messages_keep_their_order);
  g_test_add_func ("/mqtt-client/queue-is-bounded", test_queue_is_bounded);
  g_test_add_func ("/mqtt-client/survives-a-restart-of-the-broker", test_survives_a_restart_of_the_broker);
  g_test_add_func ("/mqtt-client/broker-may-come-later", test_broker_may_come_later);
  g_test_add_func ("/mqtt-client/kick-makes-a-new-connection", test_kick_makes_a_new_connection);
  g_test_add_func ("/mqtt-client/stop-sends-what-waits", test_stop_sends_what_waits);
  g_test_add_func ("/mqtt-client/callbacks-may-drop-the-client", test_callbacks_may_drop_the_client);
  g_test_add_func ("/mqtt-client/wrong-login-is-told", test_wrong_login_is_told);
  g_test_add_func ("/mqtt-client/refused-topics-are-told", test_refused_topics_are_told);
  g_test_add_func ("/mqtt-client/dead-name-look-up-blocks-nothing", test_dead_name_look_up_blocks_nothing);
  g_test_add_func ("/mqtt-client/black-hole-times-out", test_black_hole_times_out);

  return g_test_run ();
}
