/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/mmp-limits.h"
#include "mmp-fake-script.h"
#include "mmp-mosquitto.h"
#include "mmp-mqtt-probe.h"
#include "mmp-test.h"
#include "rtt/mmp-rtt-analyzer.h"
#include "rtt/mmp-rtt-mirror.h"

/* As in the thesis, Figure 2.14 */
#define THERE "tunnelBridge/RTTEvaluation"
#define BACK "tunnelBridge/RTTRelay"

typedef struct
{
  MmpMosquitto *mosquitto;
  MmpMqttBroker *broker;
  MmpRttAnalyzer *analyzer;
  MmpRttFigures figures;
  guint n_measured;
  guint n_lost;
  gint64 last; /* newest timestamp that was told */
  gboolean done;
  GError *failed;
  gboolean online; /* the analyzer or the mirror that was started last */
} Rig;

static void
on_state_changed (MmpMqttState state,
                  const GError *cause,
                  gpointer user_data)
{
  Rig *rig = user_data;

  rig->online = state == MMP_MQTT_STATE_ONLINE;
}

static void
on_measured (gint64 timestamp,
             gint64 rtt,
             gpointer user_data)
{
  Rig *rig = user_data;

  rig->n_measured += rtt >= 0;
  rig->n_lost += rtt < 0;
  rig->last = timestamp;
}

static void
on_failed (const GError *error,
           gpointer user_data)
{
  Rig *rig = user_data;

  g_clear_error (&rig->failed);
  rig->failed = g_error_copy (error);
}

static void
on_done (gpointer user_data)
{
  Rig *rig = user_data;

  rig->done = TRUE;
}

static const MmpRttAnalyzerFuncs analyzer_funcs = {
  .state_changed = on_state_changed,
  .measured = on_measured,
  .failed = on_failed,
  .done = on_done,
};

static const MmpRttMirrorFuncs mirror_funcs = { .state_changed = on_state_changed, .failed = on_failed };

static Rig *
rig_new (void)
{
  Rig *rig;

  if (!mmp_mosquitto_is_here ())
    return NULL;

  rig = g_new0 (Rig, 1);
  rig->mosquitto = mmp_mosquitto_new (NULL);
  mmp_mosquitto_start (rig->mosquitto);
  rig->broker = mmp_test_broker (mmp_mosquitto_get_port (rig->mosquitto), FALSE);

  return rig;
}

static void
rig_free (Rig *rig)
{
  g_clear_pointer (&rig->analyzer, mmp_rtt_analyzer_free);
  mmp_mqtt_broker_unref (rig->broker);
  mmp_mosquitto_free (rig->mosquitto);
  g_clear_error (&rig->failed);
  g_free (rig);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Rig, rig_free)

static MmpRttMirror *
start_mirror (Rig *rig)
{
  MmpRttMirror *mirror = mmp_rtt_mirror_new (NULL, rig->broker, THERE, BACK, &mirror_funcs, rig, NULL);

  rig->online = FALSE;
  mmp_test_await (rig->online);

  return mirror;
}

static void
start_analyzer (Rig *rig,
                gint64 wait,
                guint64 count)
{
  const MmpRttAnalyzerConfig config = {
    .broker = rig->broker,
    .subscribe = BACK,
    .publish = THERE,
    .interval = MMP_MSEC (2),
    .wait = wait,
    .count = count,
  };

  rig->analyzer = mmp_rtt_analyzer_new (NULL, &config, &analyzer_funcs, rig, NULL);
}

static void
look (Rig *rig)
{
  mmp_rtt_analyzer_get_figures (rig->analyzer, &rig->figures);
}

static void
test_every_message_is_measured (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autoptr (MmpRttMirror) mirror = NULL;
  MmpSeriesSummary summary;
  MmpRttMirrorFigures mirrored;

  if (rig == NULL)
    return;

  mirror = start_mirror (rig);
  start_analyzer (rig, MMP_SECONDS (30), 200);
  mmp_test_await (rig->done);

  mmp_series_summarize (mmp_rtt_analyzer_get_series (rig->analyzer), &summary);
  look (rig);
  mmp_rtt_mirror_get_figures (mirror, &mirrored);
  g_assert_cmpuint (rig->figures.sent, ==, 200);
  g_assert_cmpuint (rig->figures.lost, ==, 0);
  g_assert_cmpuint (summary.count, ==, 200);
  g_assert_cmpuint (rig->n_measured, ==, 200);
  g_assert_cmpuint (mirrored.mirrored, ==, 200);
  g_assert_cmpfloat (summary.min, >, 0);
  g_assert_cmpfloat (summary.median, >=, summary.min);
  g_assert_cmpfloat (summary.p99, >=, summary.p95);
  g_assert_cmpfloat (summary.max, >=, summary.p99);
}

static void
test_without_a_mirror_all_is_lost (void)
{
  g_autoptr (Rig) rig = rig_new ();

  if (rig == NULL)
    return;

  start_analyzer (rig, MMP_MSEC (20), 5);
  mmp_test_await (rig->done);
  look (rig);
  g_assert_cmpuint (rig->figures.sent, ==, 5);
  g_assert_cmpuint (rig->figures.lost, ==, 5);
  g_assert_cmpuint (rig->n_lost, ==, 5);
  g_assert_cmpuint (rig->n_measured, ==, 0);
}

/* A second mirror repeats what the first one has sent already. */
static void
test_a_second_mirror_changes_nothing (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autoptr (MmpRttMirror) first = NULL;
  g_autoptr (MmpRttMirror) second = NULL;

  if (rig == NULL)
    return;

  first = start_mirror (rig);
  second = start_mirror (rig);
  start_analyzer (rig, MMP_SECONDS (30), 0);
  mmp_test_await ((look (rig), rig->figures.repeated >= 50));
  g_assert_cmpuint (rig->n_measured, ==, mmp_series_get_count (mmp_rtt_analyzer_get_series (rig->analyzer)));
  g_assert_cmpuint (rig->n_measured, <=, rig->figures.sent);
  g_assert_cmpuint (rig->figures.foreign + rig->figures.malformed, ==, 0);
}

/* Whatever others publish to the analyzer's topic, its figures are those of its own messages. */
static void
test_messages_of_others_are_not_measured (void)
{
  static const char *const malformed[] = { "", "x", "{}", "[1]", "{\"timestamp\": NaN}", "{\"timestamp\": -1}", "{\"timestamp\": \"1\"}", "{\"timestamp\": 1e300}" };
  static const char *const foreign[] = { "{\"timestamp\": 1}", "{\"timestamp\": 1758000000.5}", "{\"timestamp\": 4000000000.5}" };
  g_autoptr (GBytes) kept = g_bytes_new_static ("{\"timestamp\": 2}", 16);
  g_autofree char *huge = g_strnfill (19000, '{');
  g_autoptr (Rig) rig = rig_new ();
  g_autoptr (MmpRttMirror) mirror = NULL;
  g_autoptr (MmpMqttProbe) probe = NULL;

  if (rig == NULL)
    return;

  probe = mmp_mqtt_probe_new (rig->broker, NULL);
  mmp_mqtt_probe_subscribe (probe, "ready", 1);
  mmp_mqtt_client_publish (probe->client, BACK, kept, 1, TRUE, 0, NULL, NULL, NULL);
  mirror = start_mirror (rig);
  start_analyzer (rig, MMP_SECONDS (30), 0);
  mmp_test_await (rig->n_measured > 3);

  for (guint i = 0; i < G_N_ELEMENTS (malformed); i++)
    mmp_mqtt_probe_publish (probe, BACK, malformed[i], 1);
  mmp_mqtt_probe_publish (probe, BACK, huge, 1);
  for (guint i = 0; i < G_N_ELEMENTS (foreign); i++)
    mmp_mqtt_probe_publish (probe, BACK, foreign[i], 1);
  mmp_test_await ((look (rig), rig->figures.foreign == G_N_ELEMENTS (foreign)));

  /* The one that the broker kept counts here as well. */
  g_assert_cmpuint (rig->figures.malformed, ==, G_N_ELEMENTS (malformed) + 2);
  g_assert_cmpuint (rig->figures.repeated, ==, 0);
  g_assert_cmpuint (rig->n_measured, ==, mmp_series_get_count (mmp_rtt_analyzer_get_series (rig->analyzer)));
  g_assert_cmpfloat (mmp_series_get_max (mmp_rtt_analyzer_get_series (rig->analyzer)), <, 60000);
}

/* The mirror knows nothing of payloads: whatever comes goes back as it is. */
static void
test_a_mirror_changes_nothing (void)
{
  g_autoptr (GBytes) kept = g_bytes_new_static ("old", 3);
  g_autofree char *large = g_strnfill (15000, 'm');
  const char *const payloads[] = { "", "x", "{\"timestamp\": 1758000000.123456}", "{\"timestamp\":NaN}", large };
  g_autoptr (Rig) rig = rig_new ();
  g_autoptr (MmpRttMirror) mirror = NULL;
  g_autoptr (MmpMqttProbe) probe = NULL;
  MmpRttMirrorFigures figures;

  if (rig == NULL)
    return;

  probe = mmp_mqtt_probe_new (rig->broker, NULL);
  mmp_mqtt_probe_subscribe (probe, BACK, 1);
  mmp_mqtt_client_publish (probe->client, THERE, kept, 1, TRUE, 0, NULL, NULL, NULL);
  mirror = start_mirror (rig);
  mmp_test_await ((mmp_rtt_mirror_get_figures (mirror, &figures), figures.retained == 1));

  for (guint i = 0; i < G_N_ELEMENTS (payloads); i++)
    {
      g_autofree char *expected = g_strdup_printf ("%s %s", BACK, payloads[i]);

      mmp_mqtt_probe_publish (probe, THERE, payloads[i], 1);
      g_assert_cmpstr (mmp_mqtt_probe_get_message (probe, i), ==, expected);
    }
}

static void
test_topics_that_cannot_be_are_refused (void)
{
  static const struct
  {
    const char *subscribe;
    const char *publish;
  } cases[] = {
    { "a", "a" },
    { "#", "a" },
    { "a/+", "a/b" },
    { "a", "b/#" },
    { "a#", "b" },
    { "", "b" },
    { "a", "" },
  };
  g_autoptr (MmpMqttBroker) broker = mmp_test_broker (1, FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (mmp_rtt_mirror_new (NULL, broker, cases[i].subscribe, cases[i].publish, &mirror_funcs, NULL, &error));
      g_assert_error (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID);
    }
}

/* While there is no broker nothing is sent and nothing is lost by it; afterwards it goes on by itself. */
static void
test_it_goes_on_when_the_broker_is_back (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autoptr (MmpRttMirror) mirror = NULL;
  guint before;

  if (rig == NULL)
    return;

  mirror = start_mirror (rig);
  start_analyzer (rig, MMP_SECONDS (1), 0);
  mmp_test_await (rig->n_measured >= 5);
  mmp_mosquitto_stop (rig->mosquitto);
  mmp_test_await (!rig->online);
  before = rig->n_measured;
  mmp_mosquitto_start (rig->mosquitto);
  mmp_test_await (rig->n_measured >= before + 5);
}

static void
test_a_broker_that_forbids_it_is_named (void)
{
  static const guint8 refusal[] = { 0x90, 4, 0, 1, 0, 0x87 };
  MmpFakeScript script = { .type = MMP_FAKE_SUBSCRIBE, .answer = refusal, .size = sizeof refusal };
  g_autoptr (MmpFakeBroker) broker = mmp_fake_broker_new (NULL);
  g_autoptr (MmpMqttBroker) address = mmp_test_broker (mmp_fake_broker_get_port (broker), FALSE);
  Rig rig = { .broker = address };
  g_autoptr (MmpRttMirror) mirror = NULL;

  mmp_fake_broker_set_packet_func (broker, mmp_fake_script_follow, &script);
  start_analyzer (&rig, MMP_SECONDS (30), 0);
  mmp_test_await (rig.failed != NULL);
  g_assert_error (rig.failed, MMP_ERROR, MMP_ERROR_BROKER_SUBSCRIBE);
  g_clear_error (&rig.failed);
  mmp_rtt_analyzer_free (rig.analyzer);

  mirror = mmp_rtt_mirror_new (NULL, address, THERE, BACK, &mirror_funcs, &rig, NULL);
  mmp_test_await (rig.failed != NULL);
  g_assert_error (rig.failed, MMP_ERROR, MMP_ERROR_BROKER_SUBSCRIBE);
  g_clear_error (&rig.failed);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/rtt/every-message-is-measured", test_every_message_is_measured);
  g_test_add_func ("/rtt/without-a-mirror-all-is-lost", test_without_a_mirror_all_is_lost);
  g_test_add_func ("/rtt/a-second-mirror-changes-nothing", test_a_second_mirror_changes_nothing);
  g_test_add_func ("/rtt/messages-of-others-are-not-measured", test_messages_of_others_are_not_measured);
  g_test_add_func ("/rtt/a-mirror-changes-nothing", test_a_mirror_changes_nothing);
  g_test_add_func ("/rtt/topics-that-cannot-be-are-refused", test_topics_that_cannot_be_are_refused);
  g_test_add_func ("/rtt/it-goes-on-when-the-broker-is-back", test_it_goes_on_when_the_broker_is_back);
  g_test_add_func ("/rtt/a-broker-that-forbids-it-is-named", test_a_broker_that_forbids_it_is_named);

  return g_test_run ();
}
