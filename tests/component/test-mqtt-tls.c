/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include <glib/gstdio.h>

#include "mmp-certificates.h"
#include "mmp-mosquitto.h"
#include "mmp-mqtt-probe.h"
#include "mmp-test.h"

static MmpCertificates *certificates; /* nullable: made once, because making keys takes time */

static MmpMosquitto *
start_mosquitto (const char *name)
{
  g_autofree char *certificate = mmp_certificates_get_file (certificates, name, ".pem");
  g_autofree char *key = mmp_certificates_get_file (certificates, name, ".key");
  g_autofree char *settings = g_strdup_printf ("allow_anonymous true\ncertfile %s\nkeyfile %s\n", certificate, key);
  MmpMosquitto *mosquitto = mmp_mosquitto_new (settings);

  mmp_mosquitto_start (mosquitto);

  return mosquitto;
}

static MmpMqttProbe *
probe_for (MmpMosquitto *mosquitto,
           gboolean tls,
           const char *ca_file)
{
  g_autoptr (MmpMqttBroker) plain = mmp_test_broker (mmp_mosquitto_get_port (mosquitto), tls);
  g_autoptr (MmpMqttBroker) broker = mmp_mqtt_broker_with_ca_file (plain, ca_file);

  return mmp_mqtt_probe_new (broker, NULL);
}

static gboolean
can_run (void)
{
  if (certificates == NULL)
    g_test_skip ("openssl is not installed");

  return certificates != NULL && mmp_mosquitto_is_here ();
}

static void
test_messages_arrive (void)
{
  g_autoptr (MmpMosquitto) mosquitto = NULL;
  g_autoptr (MmpMqttProbe) probe = NULL;

  if (!can_run ())
    return;

  mosquitto = start_mosquitto ("good");
  probe = probe_for (mosquitto, TRUE, mmp_certificates_get_ca_file (certificates));
  mmp_mqtt_probe_subscribe (probe, "n", 1);
  for (guint i = 0; i < 2000; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);

      mmp_mqtt_probe_publish (probe, "n", text, (int) i % 2);
    }
  mmp_test_await (probe->messages->len == 2000 && probe->done == 2001);
  g_assert_cmpstr (mmp_mqtt_probe_get_message (probe, 0), ==, "n 0");
  g_assert_cmpstr (probe->states->str, ==, "CO");
}

static void
test_survives_a_restart_of_the_broker (void)
{
  g_autoptr (MmpMosquitto) mosquitto = NULL;
  g_autoptr (MmpMqttProbe) probe = NULL;

  if (!can_run ())
    return;

  mosquitto = start_mosquitto ("good");
  probe = probe_for (mosquitto, TRUE, mmp_certificates_get_ca_file (certificates));
  mmp_mqtt_probe_subscribe (probe, "r", 1);
  mmp_mosquitto_stop (mosquitto);
  mmp_test_await (probe->cause != NULL);
  mmp_mqtt_probe_assert_cause (probe, MMP_ERROR_BROKER_LOST, "closed");
  mmp_mosquitto_start (mosquitto);
  mmp_test_await (mmp_mqtt_probe_is_online (probe));
  mmp_mqtt_probe_publish (probe, "r", "again", 1);
  g_assert_cmpstr (mmp_mqtt_probe_get_message (probe, 0), ==, "r again");
}

typedef struct
{
  const char *name;
  MmpError code;
  const char *part;
} Case;

static void
test_bad_certificate (gconstpointer data)
{
  const Case *wrong = data;
  g_autoptr (MmpMosquitto) mosquitto = NULL;
  g_autoptr (MmpMqttProbe) probe = NULL;

  if (!can_run ())
    return;

  mosquitto = start_mosquitto (wrong->name);
  probe = probe_for (mosquitto, TRUE, mmp_certificates_get_ca_file (certificates));
  mmp_test_await (probe->cause != NULL);
  mmp_mqtt_probe_assert_cause (probe, wrong->code, wrong->part);
  g_assert_cmpstr (probe->states->str, ==, "CW");
}

static void
test_own_authority_is_unknown_to_the_system (void)
{
  g_autoptr (MmpMosquitto) mosquitto = NULL;
  g_autoptr (MmpMqttProbe) probe = NULL;

  if (!can_run ())
    return;

  mosquitto = start_mosquitto ("good");
  probe = probe_for (mosquitto, TRUE, NULL);
  mmp_test_await (probe->cause != NULL);
  mmp_mqtt_probe_assert_cause (probe, MMP_ERROR_BROKER_TLS_TRUST, "not signed by an authority");
}

static void
test_authority_file_that_cannot_be_used (void)
{
  g_autoptr (MmpMosquitto) mosquitto = NULL;
  g_autofree char *empty = NULL;
  g_autofree char *noise = NULL;
  const char *paths[] = { "/nonexistent/ca.pem", NULL, NULL };

  if (!can_run ())
    return;

  mosquitto = start_mosquitto ("good");
  mmp_mosquitto_write (mosquitto, "empty", "");
  mmp_mosquitto_write (mosquitto, "noise", "-----BEGIN CERTIFICATE-----\nnoise\n-----END CERTIFICATE-----\n");
  paths[1] = empty = mmp_mosquitto_get_path (mosquitto, "empty");
  paths[2] = noise = mmp_mosquitto_get_path (mosquitto, "noise");
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (MmpMqttProbe) probe = probe_for (mosquitto, TRUE, paths[i]);

      mmp_test_await (probe->cause != NULL);
      mmp_mqtt_probe_assert_cause (probe, MMP_ERROR_BROKER_TLS, paths[i]);
    }
}

static void
test_tls_to_a_plain_port (void)
{
  g_autoptr (MmpMosquitto) mosquitto = NULL;
  g_autoptr (MmpMqttProbe) probe = NULL;

  if (!can_run ())
    return;

  mosquitto = mmp_mosquitto_new (NULL);
  mmp_mosquitto_start (mosquitto);
  probe = probe_for (mosquitto, TRUE, mmp_certificates_get_ca_file (certificates));
  mmp_test_await (probe->cause != NULL);
  mmp_mqtt_probe_assert_cause (probe, MMP_ERROR_BROKER_TLS, "without TLS");
}

static void
test_plain_to_a_tls_port (void)
{
  g_autoptr (MmpMosquitto) mosquitto = NULL;
  g_autoptr (MmpMqttProbe) probe = NULL;

  if (!can_run ())
    return;

  mosquitto = start_mosquitto ("good");
  probe = probe_for (mosquitto, FALSE, NULL);
  mmp_test_await (probe->cause != NULL);
  g_assert_true (probe->cause->code == MMP_ERROR_BROKER_TLS || probe->cause->code == MMP_ERROR_BROKER_PROTOCOL);
  g_assert_nonnull (strstr (probe->cause->message, "TLS"));
}

int
main (int argc,
      char *argv[])
{
  static const Case wrong_name = { "wrong-name", MMP_ERROR_BROKER_TLS_NAME, "another name" };
  static const Case expired = { "expired", MMP_ERROR_BROKER_TLS_EXPIRED, "expired" };
  static const Case untrusted = { "untrusted", MMP_ERROR_BROKER_TLS_TRUST, "not signed by an authority" };
  int status;

  g_test_init (&argc, &argv, NULL);
  certificates = mmp_certificates_new ();

  g_test_add_func ("/mqtt-tls/messages-arrive", test_messages_arrive);
  g_test_add_func ("/mqtt-tls/survives-a-restart-of-the-broker", test_survives_a_restart_of_the_broker);
  g_test_add_data_func ("/mqtt-tls/certificate/wrong-name", &wrong_name, test_bad_certificate);
  g_test_add_data_func ("/mqtt-tls/certificate/expired", &expired, test_bad_certificate);
  g_test_add_data_func ("/mqtt-tls/certificate/untrusted", &untrusted, test_bad_certificate);
  g_test_add_func ("/mqtt-tls/own-authority-is-unknown-to-the-system", test_own_authority_is_unknown_to_the_system);
  g_test_add_func ("/mqtt-tls/authority-file-that-cannot-be-used", test_authority_file_that_cannot_be_used);
  g_test_add_func ("/mqtt-tls/tls-to-a-plain-port", test_tls_to_a_plain_port);
  g_test_add_func ("/mqtt-tls/plain-to-a-tls-port", test_plain_to_a_tls_port);

  status = g_test_run ();
  mmp_certificates_free (certificates);

  return status;
}
