/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "diagnose/mmp-diagnosis.h"

#include <string.h>

#include "mmp-fake-stun.h"
#include "mmp-mosquitto.h"
#include "mmp-test.h"

/* What a diagnosis said, as lines "check status [cause] [value…]" */
typedef struct
{
  GPtrArray *results; /* (element-type MmpCheckResult) */
  gboolean done;
  gboolean usable;
} Said;

static void
on_result (MmpCheckResult *result,
           gpointer user_data)
{
  Said *said = user_data;
  g_autofree char *values = g_variant_print (mmp_check_result_get_values (result), FALSE);
  const GError *cause = mmp_check_result_get_cause (result);

  g_test_message ("%s %s %s %s %s", mmp_check_get_name (mmp_check_result_get_check (result)), mmp_check_result_get_subject (result),
                  mmp_check_status_get_name (mmp_check_result_get_status (result)), cause != NULL ? cause->message : "", values);
  g_ptr_array_add (said->results, mmp_check_result_ref (result));
}

static void
on_done (gboolean usable,
         gpointer user_data)
{
  Said *said = user_data;

  said->done = TRUE;
  said->usable = usable;
}

static const MmpDiagnosisFuncs funcs = { .result = on_result, .done = on_done };

static void
said_clear (Said *said)
{
  g_ptr_array_unref (said->results);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Said, said_clear)

static void
run (Said *said,
     MmpDiagnosisConfig *config)
{
  g_autoptr (MmpDiagnosis) diagnosis = NULL;

  said->results = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_check_result_unref);
  diagnosis = mmp_diagnosis_new (config, &funcs, said);
  mmp_test_await (said->done);
}

static MmpCheckResult *
find (Said *said,
      MmpCheck check)
{
  for (guint i = 0; i < said->results->len; i++)
    if (mmp_check_result_get_check (said->results->pdata[i]) == check)
      return said->results->pdata[i];

  return NULL;
}

static void
assert_result (Said *said,
               MmpCheck check,
               MmpCheckStatus status,
               int cause)
{
  MmpCheckResult *result = find (said, check);

  g_assert_nonnull (result);
  g_assert_cmpstr (mmp_check_status_get_name (mmp_check_result_get_status (result)), ==, mmp_check_status_get_name (status));
  if (cause < 0)
    g_assert_no_error (mmp_check_result_get_cause (result));
  else
    g_assert_error (mmp_check_result_get_cause (result), MMP_ERROR, cause);
}

static const char *
get_text (Said *said,
          MmpCheck check,
          const char *name)
{
  MmpCheckResult *result = find (said, check);
  const char *text = NULL;

  g_assert_nonnull (result);
  g_variant_lookup (mmp_check_result_get_values (result), name, "&s", &text);

  return text;
}

static MmpDiagnosisConfig *
config_for (MmpFakeStun *stun)
{
  MmpDiagnosisConfig *config = mmp_diagnosis_config_new ();
  g_autofree char *uri = mmp_fake_stun_get_uri (stun);

  g_assert_true (mmp_diagnosis_config_add_stun (config, uri, NULL));

  return config;
}

/* One of several diagnoses side by side: each takes its time to be sure. */
typedef struct
{
  MmpFakeStun *stun;
  MmpDiagnosis *diagnosis;
  Said said;
} Pass;

static void
pass_start (Pass *pass)
{
  g_autoptr (MmpDiagnosisConfig) config = NULL;

  *pass = (Pass) { .stun = mmp_fake_stun_new () };
  config = config_for (pass->stun);
  pass->said.results = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_check_result_unref);
  pass->diagnosis = mmp_diagnosis_new (config, &funcs, &pass->said);
}

static void
pass_clear (Pass *pass)
{
  mmp_diagnosis_free (pass->diagnosis);
  mmp_fake_stun_free (pass->stun);
  said_clear (&pass->said);
}

static void
test_tells_the_kind_of_a_nat (void)
{
  static const struct
  {
    gboolean translated;
    MmpNatRule mapping;
    MmpNatRule filtering;
    const char *kind;
    MmpCheckStatus direct;
  } cases[] = {
    { FALSE, MMP_NAT_RULE_ENDPOINT_INDEPENDENT, MMP_NAT_RULE_ENDPOINT_INDEPENDENT, "none", MMP_CHECK_STATUS_OK },
    { TRUE, MMP_NAT_RULE_ENDPOINT_INDEPENDENT, MMP_NAT_RULE_ENDPOINT_INDEPENDENT, "full-cone", MMP_CHECK_STATUS_OK },
    { TRUE, MMP_NAT_RULE_ENDPOINT_INDEPENDENT, MMP_NAT_RULE_ADDRESS_DEPENDENT, "restricted", MMP_CHECK_STATUS_OK },
    { TRUE, MMP_NAT_RULE_ENDPOINT_INDEPENDENT, MMP_NAT_RULE_ADDRESS_AND_PORT_DEPENDENT, "port-restricted", MMP_CHECK_STATUS_OK },
    { TRUE, MMP_NAT_RULE_ADDRESS_DEPENDENT, MMP_NAT_RULE_ENDPOINT_INDEPENDENT, "symmetric", MMP_CHECK_STATUS_WARNING },
    { TRUE, MMP_NAT_RULE_ADDRESS_AND_PORT_DEPENDENT, MMP_NAT_RULE_ENDPOINT_INDEPENDENT, "symmetric", MMP_CHECK_STATUS_WARNING },
  };

  Pass passes[G_N_ELEMENTS (cases)];

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      pass_start (&passes[i]);
      passes[i].stun->two_addresses = TRUE;
      passes[i].stun->translated = cases[i].translated;
      passes[i].stun->mapping = cases[i].mapping;
      passes[i].stun->filtering = cases[i].filtering;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Said *said = &passes[i].said;

      mmp_test_await (said->done);
      g_assert_true (said->usable);
      g_assert_cmpstr (get_text (said, MMP_CHECK_NAT, "kind"), ==, cases[i].kind);
      g_assert_cmpstr (get_text (said, MMP_CHECK_NAT_MAPPING, "rule"), ==, mmp_nat_rule_get_name (cases[i].mapping));
      g_assert_cmpstr (get_text (said, MMP_CHECK_NAT_FILTERING, "rule"), ==, mmp_nat_rule_get_name (cases[i].filtering));
      assert_result (said, MMP_CHECK_DIRECT, cases[i].direct, cases[i].direct == MMP_CHECK_STATUS_OK ? -1 : MMP_ERROR_NO_DIRECT_PATH);
      pass_clear (&passes[i]);
    }
}

static void
test_one_address_is_not_enough_to_tell (void)
{
  g_autoptr (MmpFakeStun) stun = mmp_fake_stun_new ();
  g_autoptr (MmpDiagnosisConfig) config = config_for (stun);
  g_auto (Said) said = { NULL };

  stun->translated = TRUE;
  run (&said, config);
  g_assert_cmpstr (get_text (&said, MMP_CHECK_NAT, "kind"), ==, "unknown");
  assert_result (&said, MMP_CHECK_NAT_MAPPING, MMP_CHECK_STATUS_WARNING, MMP_ERROR_STUN_FEW);
  assert_result (&said, MMP_CHECK_NAT_FILTERING, MMP_CHECK_STATUS_WARNING, MMP_ERROR_STUN_FEW);
  assert_result (&said, MMP_CHECK_NAT, MMP_CHECK_STATUS_WARNING, MMP_ERROR_STUN_FEW);
  assert_result (&said, MMP_CHECK_DIRECT, MMP_CHECK_STATUS_SKIPPED, -1);
}

/* Two servers without a second address show how addresses are given out, not who gets in. */
static void
test_two_servers_tell_half (void)
{
  static const struct
  {
    MmpNatRule mapping;
    const char *kind;
  } cases[] = {
    { MMP_NAT_RULE_ENDPOINT_INDEPENDENT, "cone" },
    { MMP_NAT_RULE_ADDRESS_DEPENDENT, "symmetric" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MmpFakeStun) stun = mmp_fake_stun_new ();
      g_autoptr (MmpDiagnosisConfig) config = config_for (stun);
      g_autofree char *second = mmp_fake_stun_get_second_uri (stun);
      g_auto (Said) said = { NULL };

      g_assert_true (mmp_diagnosis_config_add_stun (config, second, NULL));
      stun->translated = TRUE;
      stun->mapping = cases[i].mapping;
      run (&said, config);
      g_assert_cmpstr (get_text (&said, MMP_CHECK_NAT, "kind"), ==, cases[i].kind);
      assert_result (&said, MMP_CHECK_NAT_FILTERING, MMP_CHECK_STATUS_WARNING, MMP_ERROR_STUN_FEW);
    }
}

/* It says that it has a second address, and answers from the first whatever it is asked for: a NAT must not look open
 * because of that. */
static void
test_believes_no_address_that_does_not_answer (void)
{
  g_autoptr (MmpFakeStun) stun = mmp_fake_stun_new ();
  g_autoptr (MmpDiagnosisConfig) config = config_for (stun);
  g_auto (Said) said = { NULL };

  stun->lies_about_it = TRUE;
  stun->translated = TRUE;
  run (&said, config);
  g_assert_cmpstr (get_text (&said, MMP_CHECK_NAT_FILTERING, "rule"), ==, "address-and-port-dependent");
}

static void
test_finds_the_answer_among_noise (void)
{
  static const MmpFakeStunManner manners[] = { MMP_FAKE_STUN_NOISY, MMP_FAKE_STUN_DEAF_AT_FIRST };

  for (gsize i = 0; i < G_N_ELEMENTS (manners); i++)
    {
      g_autoptr (MmpFakeStun) stun = mmp_fake_stun_new ();
      g_autoptr (MmpDiagnosisConfig) config = config_for (stun);
      g_auto (Said) said = { NULL };

      stun->manner = manners[i];
      run (&said, config);
      assert_result (&said, MMP_CHECK_STUN, MMP_CHECK_STATUS_OK, -1);
      assert_result (&said, MMP_CHECK_UDP, MMP_CHECK_STATUS_OK, -1);
    }
}

static void
test_takes_no_wrong_answer (void)
{
  static const MmpFakeStunManner manners[] = {
    MMP_FAKE_STUN_SILENT,
    MMP_FAKE_STUN_WRONG_ID,
    MMP_FAKE_STUN_TRUNCATED,
    MMP_FAKE_STUN_OVERSIZE,
    MMP_FAKE_STUN_ADDRESSLESS,
  };
  Pass passes[G_N_ELEMENTS (manners)];

  for (gsize i = 0; i < G_N_ELEMENTS (manners); i++)
    {
      pass_start (&passes[i]);
      passes[i].stun->manner = manners[i];
    }
  for (gsize i = 0; i < G_N_ELEMENTS (manners); i++)
    {
      Said *said = &passes[i].said;

      mmp_test_await (said->done);
      g_assert_false (said->usable);
      assert_result (said, MMP_CHECK_STUN, MMP_CHECK_STATUS_FAILED, MMP_ERROR_STUN_SILENT);
      assert_result (said, MMP_CHECK_UDP, MMP_CHECK_STATUS_WARNING, MMP_ERROR_STUN_SILENT);
      g_assert_cmpuint (passes[i].stun->requests, >=, 3); /* it was asked again */
      pass_clear (&passes[i]);
    }
}

static void
test_says_nothing_after_its_end (void)
{
  g_autoptr (MmpFakeStun) stun = mmp_fake_stun_new ();
  g_autoptr (MmpDiagnosisConfig) config = config_for (stun);
  g_auto (Said) said = { g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_check_result_unref) };
  g_auto (Said) other = { NULL };
  MmpDiagnosis *diagnosis = mmp_diagnosis_new (config, &funcs, &said);

  stun->manner = MMP_FAKE_STUN_SILENT;
  mmp_test_await (stun->requests > 0);
  mmp_diagnosis_free (diagnosis);
  stun->manner = MMP_FAKE_STUN_HONEST;
  run (&other, config);
  g_assert_cmpuint (said.results->len, ==, 0);
  g_assert_false (said.done);
}

/* What a TCP server says to everybody before it closes */
typedef struct
{
  const char *text;
  gsize size;
} Speech;

static gboolean
on_connection (GSocketService *service,
               GSocketConnection *connection,
               GObject *source,
               gpointer user_data)
{
  const Speech *speech = user_data;

  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), speech->text, speech->size, NULL, NULL, NULL);

  return TRUE;
}

static void
test_takes_nonsense_for_no_turn_server (void)
{
  static const struct
  {
    Speech speech;
    const char *clause;
  } cases[] = {
    { { "", 0 }, "closed the connection" },
    { { "\1\23\0\0\x21\x12\xa4\x42", 8 }, "closed the connection" },
    { { "HTTP/1.1 400 Bad Request\r\n", 26 }, "does not speak TURN" },
    { { "\1\23\xff\xfc\x21\x12\xa4\x42\0\0\0\0\0\0\0\0\0\0\0\0", 20 }, "does not speak TURN" },
    { { "\1\23\0\0\x21\x12\xa4\x42\0\0\0\0\0\0\0\0\0\0\0\0", 20 }, "not the answer" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GSocketService) service = g_socket_service_new ();
      guint16 port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, NULL);
      g_autofree char *uri = g_strdup_printf ("turn:me:secret@127.0.0.1:%u?transport=tcp", port);
      g_autoptr (MmpDiagnosisConfig) config = mmp_diagnosis_config_new ();
      g_auto (Said) said = { NULL };

      g_signal_connect (service, "incoming", G_CALLBACK (on_connection), (gpointer) &cases[i].speech);
      g_assert_true (mmp_diagnosis_config_add_turn (config, uri, NULL, NULL, NULL));
      run (&said, config);
      g_assert_false (said.usable);
      assert_result (&said, MMP_CHECK_TURN, MMP_CHECK_STATUS_FAILED, MMP_ERROR_TURN_UNREACHABLE);
      g_assert_nonnull (strstr (mmp_check_result_get_cause (find (&said, MMP_CHECK_TURN))->message, cases[i].clause));
      g_socket_service_stop (service);
      g_socket_listener_close (G_SOCKET_LISTENER (service));
    }
}

typedef struct
{
  MmpDiagnosis *diagnosis;
  guint n_results;
} Impatient;

static void
on_first_result (MmpCheckResult *result,
                 gpointer user_data)
{
  Impatient *impatient = user_data;

  impatient->n_results++;
  g_clear_pointer (&impatient->diagnosis, mmp_diagnosis_free);
}

static void
test_may_be_ended_by_what_it_says (void)
{
  static const MmpDiagnosisFuncs impatient_funcs = { .result = on_first_result };
  g_autoptr (MmpFakeStun) stun = mmp_fake_stun_new ();
  g_autoptr (MmpDiagnosisConfig) config = config_for (stun);
  g_auto (Said) said = { NULL };
  Impatient impatient = { NULL };

  impatient.diagnosis = mmp_diagnosis_new (config, &impatient_funcs, &impatient);
  mmp_test_await (impatient.n_results > 0);
  run (&said, config); /* time enough for more */
  g_assert_cmpuint (impatient.n_results, ==, 1);
}

static MmpDiagnosisConfig *
config_for_broker (MmpMosquitto *mosquitto)
{
  MmpDiagnosisConfig *config = mmp_diagnosis_config_new ();
  g_autoptr (MmpMqttBroker) broker = mmp_mqtt_broker_new ("127.0.0.1", mmp_mosquitto_get_port (mosquitto), FALSE, NULL);

  mmp_diagnosis_config_add_broker (config, broker);
  mmp_diagnosis_config_set_topics (config, "sig/me/+/1/o", "sig/me/you/1/o");

  return config;
}

static void
test_a_good_broker_is_good (void)
{
  g_autoptr (MmpMosquitto) mosquitto = NULL;
  g_autoptr (MmpDiagnosisConfig) config = NULL;
  g_auto (Said) said = { NULL };
  guint32 received = 0;

  if (!mmp_mosquitto_is_here ())
    return;

  mosquitto = mmp_mosquitto_new ("allow_anonymous true\n");
  mmp_mosquitto_start (mosquitto);
  config = config_for_broker (mosquitto);
  run (&said, config);
  g_assert_true (said.usable);
  g_assert_cmpuint (said.results->len, ==, 7);
  assert_result (&said, MMP_CHECK_BROKER_TLS, MMP_CHECK_STATUS_SKIPPED, -1);
  assert_result (&said, MMP_CHECK_BROKER_ECHO, MMP_CHECK_STATUS_OK, -1);
  g_assert_cmpstr (get_text (&said, MMP_CHECK_BROKER_LOGIN, "protocol"), ==, "5");
  g_assert_true (g_variant_lookup (mmp_check_result_get_values (find (&said, MMP_CHECK_BROKER_ECHO)), "received", "u", &received));
  g_assert_cmpuint (received, ==, 6);
}

static void
test_a_broker_that_delivers_nothing_is_useless (void)
{
  g_autoptr (MmpMosquitto) mosquitto = NULL;
  g_autoptr (MmpDiagnosisConfig) config = NULL;
  g_auto (Said) said = { NULL };

  if (!mmp_mosquitto_is_here ())
    return;

  mosquitto = mmp_mosquitto_new ("allow_anonymous true\nacl_file @/acl\n");
  mmp_mosquitto_write (mosquitto, "acl", "topic write sig/#\n");
  mmp_mosquitto_start (mosquitto);
  config = config_for_broker (mosquitto);
  run (&said, config);
  g_assert_false (said.usable);
  assert_result (&said, MMP_CHECK_BROKER_PUBLISH, MMP_CHECK_STATUS_OK, -1);
  assert_result (&said, MMP_CHECK_BROKER_ECHO, MMP_CHECK_STATUS_FAILED, MMP_ERROR_BROKER_SUBSCRIBE);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/diagnosis/tells-the-kind-of-a-nat", test_tells_the_kind_of_a_nat);
  g_test_add_func ("/diagnosis/one-address-is-not-enough-to-tell", test_one_address_is_not_enough_to_tell);
  g_test_add_func ("/diagnosis/two-servers-tell-half", test_two_servers_tell_half);
  g_test_add_func ("/diagnosis/believes-no-address-that-does-not-answer", test_believes_no_address_that_does_not_answer);
  g_test_add_func ("/diagnosis/finds-the-answer-among-noise", test_finds_the_answer_among_noise);
  g_test_add_func ("/diagnosis/takes-no-wrong-answer", test_takes_no_wrong_answer);
  g_test_add_func ("/diagnosis/says-nothing-after-its-end", test_says_nothing_after_its_end);
  g_test_add_func ("/diagnosis/may-be-ended-by-what-it-says", test_may_be_ended_by_what_it_says);
  g_test_add_func ("/diagnosis/takes-nonsense-for-no-turn-server", test_takes_nonsense_for_no_turn_server);
  g_test_add_func ("/diagnosis/a-good-broker-is-good", test_a_good_broker_is_good);
  g_test_add_func ("/diagnosis/a-broker-that-delivers-nothing-is-useless", test_a_broker_that_delivers_nothing_is_useless);

  return g_test_run ();
}
