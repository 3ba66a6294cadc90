/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/mmp-error.h"
#include "mqtt/mmp-mqtt-error.h"

static void
test_every_answer_has_a_meaning (void)
{
  for (MmpMqttAnswer answer = MMP_MQTT_ANSWER_CONNACK_3; answer <= MMP_MQTT_ANSWER_REQUEST; answer++)
    {
      for (int value = -5; value < 300; value++)
        {
          g_autoptr (GError) error = mmp_mqtt_error_new (answer, value);

          g_assert_true (error->domain == MMP_ERROR);
          g_assert_cmpint (error->code, !=, MMP_ERROR_CANCELLED);
          g_assert_cmpuint (strlen (error->message), >, 10);
          g_assert_false (g_str_has_suffix (error->message, "."));
        }
    }
}

static void
test_same_number_in_different_places (void)
{
  static const struct
  {
    MmpMqttAnswer answer;
    int value;
    MmpError code;
  } cases[] = {
    { MMP_MQTT_ANSWER_CONNACK_3, 5, MMP_ERROR_BROKER_LOGIN },
    { MMP_MQTT_ANSWER_CONNACK_5, 0x86, MMP_ERROR_BROKER_LOGIN },
    { MMP_MQTT_ANSWER_CONNACK_5, 0x87, MMP_ERROR_BROKER_LOGIN },
    { MMP_MQTT_ANSWER_SUBACK, 0x87, MMP_ERROR_BROKER_SUBSCRIBE },
    { MMP_MQTT_ANSWER_PUBACK, 0x87, MMP_ERROR_BROKER_PUBLISH },
    { MMP_MQTT_ANSWER_DISCONNECT, 0x87, MMP_ERROR_BROKER_REFUSED },
    { MMP_MQTT_ANSWER_END, 7, MMP_ERROR_BROKER_LOST },
    { MMP_MQTT_ANSWER_END, 3, MMP_ERROR_BROKER_PROTOCOL },
    { MMP_MQTT_ANSWER_REQUEST, 3, MMP_ERROR_ADDRESS_INVALID },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = mmp_mqtt_error_new (cases[i].answer, cases[i].value);

      g_assert_error (error, MMP_ERROR, (int) cases[i].code);
    }
}

static void
test_worst_about_a_certificate_is_told (void)
{
  static const struct
  {
    GTlsCertificateFlags flags;
    MmpError code;
  } cases[] = {
    { G_TLS_CERTIFICATE_EXPIRED, MMP_ERROR_BROKER_TLS_EXPIRED },
    { G_TLS_CERTIFICATE_NOT_ACTIVATED, MMP_ERROR_BROKER_TLS_EXPIRED },
    { G_TLS_CERTIFICATE_BAD_IDENTITY, MMP_ERROR_BROKER_TLS_NAME },
    { G_TLS_CERTIFICATE_UNKNOWN_CA, MMP_ERROR_BROKER_TLS_TRUST },
    { G_TLS_CERTIFICATE_GENERIC_ERROR, MMP_ERROR_BROKER_TLS_TRUST },
    { G_TLS_CERTIFICATE_EXPIRED | G_TLS_CERTIFICATE_BAD_IDENTITY, MMP_ERROR_BROKER_TLS_NAME },
    { G_TLS_CERTIFICATE_VALIDATE_ALL, MMP_ERROR_BROKER_TLS_TRUST },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = mmp_mqtt_error_new_for_certificate (cases[i].flags);

      g_assert_error (error, MMP_ERROR, (int) cases[i].code);
    }
}

static void
test_transport (void)
{
  const struct
  {
    GQuark domain;
    int value;
    MmpError code;
  } cases[] = {
    { G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED, MMP_ERROR_BROKER_UNREACHABLE },
    { G_IO_ERROR, G_IO_ERROR_TIMED_OUT, MMP_ERROR_BROKER_UNREACHABLE },
    { G_IO_ERROR, G_IO_ERROR_FAILED, MMP_ERROR_BROKER_LOST },
    { G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, MMP_ERROR_BROKER_NAME },
    { G_RESOLVER_ERROR, G_RESOLVER_ERROR_TEMPORARY_FAILURE, MMP_ERROR_BROKER_NAME },
    { G_TLS_ERROR, G_TLS_ERROR_NOT_TLS, MMP_ERROR_BROKER_TLS },
    { G_TLS_ERROR, G_TLS_ERROR_UNAVAILABLE, MMP_ERROR_BROKER_TLS },
    { MMP_ERROR, MMP_ERROR_BROKER_TLS_NAME, MMP_ERROR_BROKER_TLS_NAME },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) cause = g_error_new_literal (cases[i].domain, cases[i].value, "cause");
      g_autoptr (GError) error = mmp_mqtt_error_new_for_io (cause, MMP_ERROR_BROKER_LOST);

      g_assert_error (error, MMP_ERROR, (int) cases[i].code);
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/mqtt-error/every-answer-has-a-meaning", test_every_answer_has_a_meaning);
  g_test_add_func ("/mqtt-error/same-number-in-different-places", test_same_number_in_different_places);
  g_test_add_func ("/mqtt-error/worst-about-a-certificate-is-told", test_worst_about_a_certificate_is_told);
  g_test_add_func ("/mqtt-error/transport", test_transport);

  return g_test_run ();
}
