/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-hub"

#include "hub/mmp-connection-private.h"

#include "base/mmp-error.h"
#include "hub/mmp-connection-bridge-private.h"
#include "hub/mmp-connection-config.h"
#include "profile/mmp-profile-kind.h"
#include "profile/mmp-profile-private.h"

#define TICK_SECONDS 1

typedef struct
{
  MmpProfile *profile;
  MmpEndpointConfig *config; /* NULL: a bridge */
  MmpBridgePlan *plan; /* NULL: a tunnel */
  MmpSecrets *secrets;
  guint attempt;
} Start;

static void
start_free (gpointer data)
{
  Start *start = data;

  g_clear_pointer (&start->profile, mmp_profile_free);
  g_clear_pointer (&start->config, mmp_endpoint_config_free);
  g_clear_pointer (&start->plan, mmp_bridge_plan_free);
  g_clear_object (&start->secrets);
  g_free (start);
}

/* Nothing runs, and a person has to do something about it. */
static void
fail_start (MmpConnection *self,
            const GError *error)
{
  MmpStatus *status = mmp_status_new (MMP_STATE_ATTENTION);

  status->cause = g_error_copy (error);
  mmp_connection_log_status (self, status);
  mmp_connection_take_status (self, status);
  g_clear_pointer (&self->run_file, mmp_run_file_free);
  mmp_connection_emit_changed (self);
}

static void
start_thread (GTask *task,
              gpointer source,
              gpointer data,
              GCancellable *cancellable)
{
  Start *start = data;
  GError *error = NULL;

  if ((start->config == NULL || mmp_connection_config_add_secrets (start->config, start->profile, start->secrets, &error)) && (start->plan == NULL || mmp_bridge_plan_add_secrets (start->plan, start->secrets, &error)))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_secrets_there (GObject *source,
                  GAsyncResult *result,
                  gpointer user_data)
{
  MmpConnection *self = MMP_CONNECTION (source);
  Start *start = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  gboolean there = g_task_propagate_boolean (G_TASK (result), &error);

  if (start->attempt != self->attempt)
    return;
  if (!there)
    {
      fail_start (self, error);
      return;
    }
  self->tick_source = g_timeout_add_seconds (TICK_SECONDS, mmp_connection_tick, self);
  self->plan = g_steal_pointer (&start->plan);
  if (self->plan != NULL && !mmp_bridge_plan_needs_tunnel (self->plan) && !mmp_connection_bridge_start (self, NULL, 0, &error))
    fail_start (self, error);
  else if (start->config != NULL)
    self->endpoint = self->runner->start (self->runner->data, mmp_profile_is_called (start->profile) ? MMP_PROFILE_LISTENER : MMP_PROFILE_INITIATOR, start->config, &mmp_connection_funcs, self);
}

/* What it needs to run but secrets */
static gboolean
configure (MmpConnection *self,
           Start *start,
           GError **error)
{
  const MmpRunner *runner = self->runner;

  if (mmp_profile_has_rules (self->profile) && (start->plan = runner->plan (runner->data, self->profile, error)) == NULL)
    return FALSE;
  if (mmp_profile_has_tunnel (self->profile) && (start->config = runner->configure (runner->data, self->profile, error)) == NULL)
    return FALSE;

  return TRUE;
}

/**
 * mmp_connection_start:
 *
 * Runs it until mmp_connection_stop(), and tries again by itself where that can help. What is wrong, the status says.
 */
void
mmp_connection_start (MmpConnection *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GTask) task = NULL;
  Start *start;

  if (self->running || self->profile == NULL)
    return;

  self->running = TRUE;
  self->attempt++;
  self->started = g_get_real_time () / G_USEC_PER_SEC;
  mmp_log_add (self->log, "started");
  self->run_file = mmp_run_file_take (self->runner->directory, self->id, &error);
  if (self->run_file == NULL)
    {
      fail_start (self, error);
      return;
    }

  start = g_new0 (Start, 1);
  if (!configure (self, start, &error))
    {
      start_free (start);
      fail_start (self, error);
      return;
    }
  start->profile = mmp_profile_copy (self->profile);
  start->secrets = g_object_ref (self->runner->secrets);
  start->attempt = self->attempt;
  mmp_connection_take_status (self, mmp_status_new (MMP_STATE_CONNECTING));
  mmp_connection_emit_changed (self);
  task = g_task_new (self, NULL, on_secrets_there, NULL);
  g_task_set_task_data (task, start, start_free);
  g_task_run_in_thread (task, start_thread);
}

/* Without telling anybody */
void
mmp_connection_halt (MmpConnection *self)
{
  self->attempt++;
  self->running = FALSE;
  if (self->endpoint != NULL)
    self->runner->stop (self->runner->data, g_steal_pointer (&self->endpoint));
  mmp_connection_bridge_halt (self);
  g_clear_handle_id (&self->tick_source, g_source_remove);
  g_clear_handle_id (&self->figures_source, g_source_remove);
  g_clear_pointer (&self->run_file, mmp_run_file_free);
  g_clear_pointer (&self->address, g_free);
  g_clear_error (&self->forward_error);
  g_ptr_array_set_size (self->devices, 0);
  g_ptr_array_set_size (self->requests, 0);
  g_ptr_array_set_size (self->streams, 0);
  mmp_history_clear (self->history);
}

/**
 * mmp_connection_stop:
 *
 * Ends it; the other side is told.
 */
void
mmp_connection_stop (MmpConnection *self)
{
  if (!self->running)
    return;
  mmp_connection_halt (self);
  mmp_log_add (self->log, "stopped");
  mmp_connection_take_status (self, mmp_status_new (MMP_STATE_STOPPED));
  mmp_connection_emit_changed (self);
}

/**
 * mmp_connection_answer:
 * @name: what a person calls the device
 * @error: FILE_INVALID
 *
 * Answers a stranger's request; trusting and blocking are remembered.
 */
gboolean
mmp_connection_answer (MmpConnection *self,
                       const MmpPublicKey *device,
                       const char *name,
                       MmpAnswer answer,
                       GError **error)
{
  const MmpPublicKey copy = *device; /* it may be the request's */

  if (self->endpoint == NULL)
    return TRUE;
  if (!self->runner->answer (self->runner->data, self->endpoint, &copy, name, answer, error))
    return FALSE;
  mmp_connection_drop_request (self, &copy);

  return TRUE;
}

/**
 * mmp_connection_disconnect:
 * @device: one of mmp_connection_get_devices()
 *
 * Says bye to one device of a listener. It is trusted as before, so it may come back.
 */
void
mmp_connection_disconnect (MmpConnection *self,
                           const MmpPublicKey *device)
{
  const MmpPublicKey copy = *device; /* it may be the status's */

  if (self->endpoint == NULL)
    return;
  mmp_log_add (self->log, "a device was disconnected");
  self->runner->disconnect (self->runner->data, self->endpoint, &copy);
}

/* What of a profile matters to one that runs */
static char *
describe (const MmpProfile *profile,
          gboolean with_rules)
{
  g_autoptr (MmpProfile) copy = mmp_profile_copy (profile);
  g_autoptr (GKeyFile) key_file = g_key_file_new ();

  g_set_str (&copy->name, "");
  copy->autostart = FALSE;
  if (!with_rules)
    g_ptr_array_set_size (copy->bridge->rules, 0);
  mmp_profile_to_key_file (copy, key_file);

  return g_key_file_to_data (key_file, NULL, NULL);
}

static gboolean
is_same (const MmpProfile *a,
         const MmpProfile *b,
         gboolean with_rules)
{
  g_autofree char *before = describe (a, with_rules);
  g_autofree char *after = describe (b, with_rules);

  return g_str_equal (before, after);
}

static gboolean
needs_restart (MmpConnection *self,
               const MmpProfile *profile)
{
  if (is_same (self->profile, profile, TRUE))
    return FALSE;

  return !is_same (self->profile, profile, FALSE) || !mmp_connection_bridge_change_rules (self, profile);
}

/**
 * mmp_connection_set_profile:
 * @profile: (nullable): what its file says now; %NULL: it is broken
 * @broken: (nullable): then why
 *
 * One that runs starts again if that matters to it. A file that became broken stops nothing.
 */
void
mmp_connection_set_profile (MmpConnection *self,
                            const MmpProfile *profile,
                            const GError *broken)
{
  gboolean again = self->running && profile != NULL && self->profile != NULL && needs_restart (self, profile);

  g_clear_error (&self->broken);
  self->broken = broken != NULL ? g_error_copy (broken) : NULL;
  if (again)
    mmp_connection_stop (self);
  if (profile != NULL || !self->running)
    {
      g_clear_pointer (&self->profile, mmp_profile_free);
      self->profile = profile != NULL ? mmp_profile_copy (profile) : NULL;
    }
  if (again)
    mmp_connection_start (self);
  else
    mmp_connection_emit_changed (self);
}
