/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "bridge/mmp-bridge.h"
#include "mmp-fake-broker.h"
#include "mmp-mqtt-probe.h"
#include "mmp-test.h"

#define SUBSCRIBE 8
#define UNSUBSCRIBE 10

typedef struct
{
  MmpFakeBroker *local;
  MmpFakeBroker *remote;
  MmpBridge *bridge;
  guint subscribed; /* at the local broker */
  guint unsubscribed;
  gboolean ready;
  GString *passed; /* topics of what came to the remote one, and a space behind each */
} Rig;

static gboolean
on_packet (MmpFakeBroker *broker,
           MmpFakeGuest *guest,
           guint8 first,
           GBytes *body,
           gpointer user_data)
{
  Rig *rig = user_data;

  rig->subscribed += first >> 4 == SUBSCRIBE;
  rig->unsubscribed += first >> 4 == UNSUBSCRIBE;

  return FALSE;
}

static void
on_route (MmpFakeBroker *broker,
          const char *topic,
          GBytes *payload,
          gpointer user_data)
{
  Rig *rig = user_data;

  g_string_append_printf (rig->passed, "%s ", topic);
}

static void
on_status (MmpBridge *bridge,
           const MmpBridgeStatus *status,
           gpointer user_data)
{
  Rig *rig = user_data;

  rig->ready = status->ready;
}

static void
add_rule (MmpBridgeConfig *config,
          const char *filter,
          MmpRuleWhen when)
{
  MmpRule *rule = mmp_rule_new (MMP_RULE_OUT, MMP_RULE_PLAIN, filter, NULL);

  rule->when = when;
  g_ptr_array_add (config->rules, rule);
}

static Rig *
rig_new (void)
{
  Rig *rig = g_new0 (Rig, 1);
  g_autoptr (MmpMqttBroker) local = NULL;
  g_autoptr (MmpMqttBroker) remote = NULL;
  g_autoptr (MmpBridgeConfig) config = NULL;
  g_autoptr (GError) error = NULL;

  rig->passed = g_string_new (NULL);
  rig->local = mmp_fake_broker_new (NULL);
  rig->remote = mmp_fake_broker_new (NULL);
  mmp_fake_broker_set_packet_func (rig->local, on_packet, rig);
  mmp_fake_broker_set_route_func (rig->remote, on_route, rig);
  local = mmp_test_broker (mmp_fake_broker_get_port (rig->local), FALSE);
  remote = mmp_test_broker (mmp_fake_broker_get_port (rig->remote), FALSE);
  config = mmp_bridge_config_new (local, remote);
  add_rule (config, "always/#", MMP_RULE_ALWAYS);
  add_rule (config, "present/#", MMP_RULE_WHILE_PRESENT);
  add_rule (config, "away/#", MMP_RULE_WHILE_AWAY);
  rig->bridge = mmp_bridge_new (g_main_context_default (), config, on_status, rig, &error);
  g_assert_no_error (error);
  mmp_test_await (rig->ready);

  return rig;
}

static void
rig_free (Rig *rig)
{
  mmp_bridge_stop (rig->bridge);
  mmp_test_await_finalize (g_steal_pointer (&rig->bridge));
  mmp_test_await (mmp_fake_broker_count_guests (rig->local) == 0 && mmp_fake_broker_count_guests (rig->remote) == 0);
  mmp_fake_broker_free (rig->local);
  mmp_fake_broker_free (rig->remote);
  g_string_free (rig->passed, TRUE);
  g_free (rig);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Rig, rig_free)

/* What passes of one message for each rule; the last one always does. */
static void
check_passed (Rig *rig,
              const char *expected)
{
  static const char *const topics[] = { "present/1", "away/1", "always/1" };
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);

  g_string_truncate (rig->passed, 0);
  for (guint i = 0; i < G_N_ELEMENTS (topics); i++)
    mmp_fake_broker_deliver (rig->local, topics[i], payload, FALSE);
  mmp_test_await (strstr (rig->passed->str, "always/1") != NULL);
  g_assert_cmpstr (rig->passed->str, ==, expected);
}

/* Rules begin and end with the presence of the other device; the others and the connections go on. */
static void
test_follows_presence (void)
{
  g_autoptr (Rig) rig = rig_new ();

  g_assert_cmpuint (rig->subscribed, ==, 2);
  check_passed (rig, "away/1 always/1 ");

  for (guint i = 1; i <= 2; i++)
    {
      mmp_bridge_set_present (rig->bridge, TRUE);
      mmp_test_await (rig->subscribed == 2 * i + 1 && rig->unsubscribed == 2 * i - 1);
      check_passed (rig, "present/1 always/1 ");
      /* Once more changes nothing. */
      mmp_bridge_set_present (rig->bridge, TRUE);
      mmp_bridge_set_present (rig->bridge, FALSE);
      mmp_test_await (rig->subscribed == 2 * i + 2 && rig->unsubscribed == 2 * i);
      check_passed (rig, "away/1 always/1 ");
    }
  g_assert_cmpuint (mmp_fake_broker_count_visits (rig->local), ==, 1);
  g_assert_cmpuint (mmp_fake_broker_count_visits (rig->remote), ==, 1);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bridge/rules-follow-the-presence-of-the-other-device", test_follows_presence);

  return g_test_run ();
}
