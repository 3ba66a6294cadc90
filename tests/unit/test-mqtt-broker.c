/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "mqtt/mmp-mqtt-broker.h"

static void
test_text (void)
{
  static const struct
  {
    const char *host;
    guint port;
    gboolean tls;
    const char *text;
  } cases[] = {
    { "broker.example", 8883, TRUE, "mqtts://broker.example:8883" },
    { "localhost", 1883, FALSE, "mqtt://localhost:1883" },
    { "192.0.2.1", 65535, FALSE, "mqtt://192.0.2.1:65535" },
    { "2001:db8::1", 1, TRUE, "mqtts://[2001:db8::1]:1" },
    { "fe80::1%eth0", 1883, FALSE, "mqtt://[fe80::1%eth0]:1883" },
    { "b\xc3\xbc"
      "cher.example",
      8883, TRUE, "mqtts://xn--bcher-kva.example:8883" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MmpMqttBroker) broker = mmp_mqtt_broker_new (cases[i].host, cases[i].port, cases[i].tls, &error);
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      text = mmp_mqtt_broker_to_text (broker);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_odd_addresses_are_refused (void)
{
  g_autofree char *endless = g_strnfill (300, 'a');
  const struct
  {
    const char *host;
    guint port;
  } cases[] = {
    { "", 1883 },
    { " ", 1883 },
    { "a b", 1883 },
    { "user@host", 1883 },
    { "host/path", 1883 },
    { "[::1]", 1883 },
    { "-option", 1883 },
    { "host\n", 1883 },
    { "\xff\xfe", 1883 },
    { endless, 1883 },
    { "host", 0 },
    { "host", 65536 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (mmp_mqtt_broker_new (cases[i].host, cases[i].port, TRUE, &error));
      g_assert_error (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID);
    }
}

static void
test_copies_differ_in_one_thing (void)
{
  g_autoptr (MmpMqttBroker) plain = mmp_mqtt_broker_new ("host", 1883, FALSE, NULL);
  g_autoptr (MmpMqttBroker) login = mmp_mqtt_broker_with_login (plain, "me", "secret");
  g_autoptr (MmpMqttBroker) file = mmp_mqtt_broker_with_ca_file (login, "/ca.pem");
  g_autoptr (MmpMqttBroker) anonymous = mmp_mqtt_broker_with_login (file, NULL, NULL);
  g_autofree char *text = mmp_mqtt_broker_to_text (file);

  g_assert_null (mmp_mqtt_broker_get_user (plain));
  g_assert_null (mmp_mqtt_broker_get_ca_file (login));
  g_assert_cmpstr (mmp_mqtt_broker_get_user (file), ==, "me");
  g_assert_cmpstr (mmp_mqtt_broker_get_password (file), ==, "secret");
  g_assert_cmpstr (mmp_mqtt_broker_get_ca_file (file), ==, "/ca.pem");
  g_assert_cmpstr (mmp_mqtt_broker_get_host (file), ==, "host");
  g_assert_cmpuint (mmp_mqtt_broker_get_port (file), ==, 1883);
  g_assert_false (mmp_mqtt_broker_get_tls (file));
  g_assert_cmpstr (text, ==, "mqtt://host:1883");
  g_assert_null (mmp_mqtt_broker_get_password (anonymous));
  g_assert_cmpstr (mmp_mqtt_broker_get_ca_file (anonymous), ==, "/ca.pem");
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/mqtt-broker/text", test_text);
  g_test_add_func ("/mqtt-broker/odd-addresses-are-refused", test_odd_addresses_are_refused);
  g_test_add_func ("/mqtt-broker/copies-differ-in-one-thing", test_copies_differ_in_one_thing);

  return g_test_run ();
}
