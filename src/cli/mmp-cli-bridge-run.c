/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-bridge-run.h"

#include <string.h>

#include "mmp-cli-event.h"
#include "mmp-cli-run.h"
#include "mmp-cli-text.h"

typedef struct
{
  MmpCliRun *run;
  MmpBridge *bridge;
  gboolean json;
  gboolean verbose;
  MmpBridgeStatus *said; /* nullable: the last one */
  MmpCliBridgeRulesFunc rules;
  gpointer user_data;
} Bridging;

static const char *const state_names[] = {
  [MMP_MQTT_STATE_STOPPED] = "stopped",
  [MMP_MQTT_STATE_CONNECTING] = "connecting",
  [MMP_MQTT_STATE_ONLINE] = "online",
  [MMP_MQTT_STATE_WAITING] = "reconnecting",
};

static void
say_state (Bridging *self,
           const MmpBridgeStatus *status)
{
  g_autoptr (JsonBuilder) builder = mmp_cli_event_new ("state");

  mmp_cli_event_add_string (builder, "local", state_names[status->local]);
  mmp_cli_event_add_string (builder, "remote", state_names[status->remote]);
  if (status->cause != NULL)
    {
      g_autofree char *text = mmp_cli_text_explain (status->cause);

      mmp_cli_event_add_string (builder, "code", mmp_error_get_name (status->cause->code));
      mmp_cli_event_add_string (builder, "message", text);
    }
  mmp_cli_event_say (builder);
}

/**
 * mmp_cli_bridge_say_stats:
 *
 * Says to programs what became of messages.
 */
void
mmp_cli_bridge_say_stats (const MmpBridgeStatus *status)
{
  g_autoptr (JsonBuilder) builder = mmp_cli_event_new ("stats");

  for (guint i = 0; i < MMP_BRIDGE_COUNTS; i++)
    mmp_cli_event_add_int (builder, mmp_bridge_count_get_name (i), status->counts[i]);
  mmp_cli_event_add_int (builder, "waiting", status->waiting);
  mmp_cli_event_add_int (builder, "waiting-bytes", status->waiting_bytes);
  if (status->went_back != NULL)
    mmp_cli_event_add_string (builder, "went-back-sender", status->went_back);
  mmp_cli_event_say (builder);
}

static gboolean
is_new_cause (const MmpBridgeStatus *status,
              const MmpBridgeStatus *before)
{
  if (status->cause == NULL || before == NULL || before->cause == NULL)
    return status->cause != NULL;

  return !g_str_equal (status->cause->message, before->cause->message);
}

static void
tell_people (Bridging *self,
             const MmpBridgeStatus *status,
             const MmpBridgeStatus *before)
{
  MmpCliEvents *events = mmp_cli_run_get_events (self->run);

  if (is_new_cause (status, before))
    mmp_cli_complain_about (status->cause);
  if (status->ready && (before == NULL || !before->ready))
    mmp_cli_events_note (events, _ ("Ready. Stop with Ctrl-C."));
  for (guint i = 0; i < MMP_BRIDGE_COUNTS; i++)
    if (i != MMP_BRIDGE_FORWARDED && i != MMP_BRIDGE_OPENED && status->counts[i] > 0 && (before == NULL || before->counts[i] == 0))
      mmp_cli_events_note (events, _ ("Some messages were not passed on: %s (“mmp --help” and the manual say more)"), mmp_bridge_count_get_name (i));
  if (status->went_back != NULL && (before == NULL || g_strcmp0 (status->went_back, before->went_back) != 0))
    mmp_cli_events_note (events, _ ("The clock or the backup of sender %s went back; what it sends is refused. Start again with “--accept-again %s” if that is right."), status->went_back, status->went_back);
}

static void
on_status (MmpBridge *bridge,
           const MmpBridgeStatus *status,
           gpointer user_data)
{
  Bridging *self = user_data;
  g_autoptr (MmpBridgeStatus) before = g_steal_pointer (&self->said);

  self->said = mmp_bridge_status_copy (status);
  if (!self->json)
    {
      tell_people (self, status, before);
      return;
    }

  if (before == NULL || before->local != status->local || before->remote != status->remote || is_new_cause (status, before))
    say_state (self, status);
  if (status->ready && (before == NULL || !before->ready))
    {
      g_autoptr (JsonBuilder) builder = mmp_cli_event_new ("ready");

      mmp_cli_event_say (builder);
    }
  if (before == NULL || memcmp (before->counts, status->counts, sizeof status->counts) != 0 || before->waiting != status->waiting)
    mmp_cli_bridge_say_stats (status);
}

/* The rules may have changed; what stays is not touched. */
static void
on_hangup (gpointer user_data)
{
  Bridging *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rules = self->rules (self->user_data, &error);

  if (rules == NULL || !mmp_bridge_set_rules (self->bridge, rules, &error))
    mmp_cli_events_trouble (mmp_cli_run_get_events (self->run), error);
  else if (self->json)
    {
      g_autoptr (JsonBuilder) builder = mmp_cli_event_new ("rules");

      mmp_cli_event_add_int (builder, "rules", rules->len);
      mmp_cli_event_say (builder);
    }
}

/**
 * mmp_cli_bridge_run:
 * @rules: (nullable): called at SIGHUP
 *
 * Runs a bridge until it is stopped by a signal.
 *
 * Returns: the exit code
 */
MmpCliExit
mmp_cli_bridge_run (MmpCliBridge *options,
                    const MmpBridgeConfig *config,
                    MmpCliBridgeRulesFunc rules,
                    gpointer user_data)
{
  Bridging self = { .json = options->json, .verbose = options->verbose, .rules = rules, .user_data = user_data };
  g_autoptr (MmpCliEvents) events = mmp_cli_events_new (options->json, options->verbose);
  g_autoptr (GError) error = NULL;
  g_autoptr (MmpCliRun) run = mmp_cli_run_new (events, &error);
  MmpCliExit exit;

  if (run == NULL)
    return mmp_cli_complain_about (error);

  self.run = run;
  self.bridge = mmp_hub_start_bridge (mmp_cli_run_get_hub (run), config, on_status, &self, &error);
  if (self.bridge == NULL)
    return mmp_cli_complain_about (error);
  if (options->accept_again != NULL)
    mmp_bridge_accept_again (self.bridge, options->accept_again);
  if (rules != NULL)
    mmp_cli_run_set_hangup (run, on_hangup, &self);
  exit = mmp_cli_run_wait (run);
  mmp_hub_stop (mmp_cli_run_get_hub (run), self.bridge);
  g_clear_pointer (&self.said, mmp_bridge_status_free);

  return exit;
}
