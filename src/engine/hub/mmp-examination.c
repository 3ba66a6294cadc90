/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-hub"

#include "hub/mmp-examination.h"
#include "hub/mmp-examination-private.h"

#include "base/mmp-error.h"
#include "hub/mmp-checkup.h"
#include "hub/mmp-connection-config.h"
#include "hub/mmp-log.h"
#include "profile/mmp-profile-kind.h"

/* What a profile asks if nobody chose another; a second one, of another owner, shows what one alone cannot. */
#define USUAL_STUN "stun://stun.l.google.com:19302"
#define SECOND_STUN "stun:stun.cloudflare.com:3478"

static guint changed_signal;

G_DEFINE_FINAL_TYPE (MmpExamination, mmp_examination, G_TYPE_OBJECT)

static const char *const examined_names[] = { "network", "broker", "device", "nat", "servers", "path", "service" };
static const char *const finding_names[] = { "not checked", "under way", "passed", "warning", "failed" };

/* --- what was found ------------------------------------------------------------------------------------------------- */

static MmpExamined
get_examined (MmpCheck check)
{
  switch (check)
    {
    case MMP_CHECK_NETWORK:
      return MMP_EXAMINED_NETWORK;
    case MMP_CHECK_DEVICE:
      return MMP_EXAMINED_DEVICE;
    case MMP_CHECK_UDP:
    case MMP_CHECK_TCP:
    case MMP_CHECK_IPV6:
    case MMP_CHECK_NAT_MAPPING:
    case MMP_CHECK_NAT_FILTERING:
    case MMP_CHECK_NAT:
      return MMP_EXAMINED_NAT;
    case MMP_CHECK_STUN:
    case MMP_CHECK_TURN:
      return MMP_EXAMINED_SERVERS;
    case MMP_CHECK_DIRECT:
    case MMP_CHECK_PATH:
      return MMP_EXAMINED_PATH;
    case MMP_CHECK_SERVICE:
      return MMP_EXAMINED_SERVICE;
    case MMP_CHECK_BROKER_NAME:
    case MMP_CHECK_BROKER_TCP:
    case MMP_CHECK_BROKER_TLS:
    case MMP_CHECK_BROKER_LOGIN:
    case MMP_CHECK_BROKER_SUBSCRIBE:
    case MMP_CHECK_BROKER_PUBLISH:
    case MMP_CHECK_BROKER_ECHO:
    default:
      return MMP_EXAMINED_BROKER;
    }
}

static void
emit_changed (MmpExamination *self)
{
  g_signal_emit (self, changed_signal, 0);
}

/* Says what is looked at now. */
void
mmp_examination_begin (MmpExamination *self,
                       MmpExamined examined)
{
  if (self->current == examined)
    return;
  self->current = examined;
  emit_changed (self);
}

/* Takes a result of the examination's own. */
void
mmp_examination_add (MmpExamination *self,
                     MmpCheck check,
                     const char *subject,
                     MmpCheckStatus status,
                     const GError *cause,
                     GVariant *values)
{
  g_ptr_array_add (self->results, mmp_check_result_new (check, subject, status, cause, values));
  emit_changed (self);
}

/* --- one step after the other --------------------------------------------------------------------------------------- */

static void
end_steps (MmpExamination *self)
{
  self->attempt++;
  self->running = FALSE;
  mmp_examination_unwatch_device (self);
  g_cancellable_cancel (self->probing);
  g_clear_object (&self->probing);
  if (self->diagnosis != NULL && self->connection != NULL && self->connection->runner->examine_end != NULL)
    self->connection->runner->examine_end (self->connection->runner->data, self->diagnosis);
  else
    mmp_diagnosis_free (self->diagnosis);
  self->diagnosis = NULL;
  g_clear_pointer (&self->config, mmp_endpoint_config_free);
}

void
mmp_examination_finish (MmpExamination *self)
{
  end_steps (self);
  self->complete = TRUE;
  emit_changed (self);
}

static void
on_began (MmpCheck check,
          const char *subject,
          gpointer user_data)
{
  mmp_examination_begin (user_data, get_examined (check));
}

static void
on_result (MmpCheckResult *result,
           gpointer user_data)
{
  MmpExamination *self = user_data;

  g_ptr_array_add (self->results, mmp_check_result_ref (result));
  emit_changed (self);
}

static void
on_done (gboolean usable,
         gpointer user_data)
{
  MmpExamination *self = user_data;

  /* Where nobody can meet, looking for the other device would only say so again. */
  if (usable)
    mmp_examination_watch_device (self);
  else
    mmp_examination_probe_services (self);
}

static const MmpDiagnosisFuncs funcs = { .began = on_began, .result = on_result, .done = on_done };

static MmpDiagnosisConfig *
make_config (const MmpEndpointConfig *endpoint,
             GError **error)
{
  g_autoptr (MmpDiagnosisConfig) config = mmp_diagnosis_config_new ();
  const MmpIceConfig *ice = endpoint->ice;

  for (guint i = 0; i < endpoint->brokers->len; i++)
    mmp_diagnosis_config_add_broker (config, g_ptr_array_index (endpoint->brokers, i));
  if (!mmp_checkup_set_topics (config, endpoint->prefix, error))
    return NULL;
  if (ice->stun_server != NULL && !mmp_diagnosis_config_add_stun (config, ice->stun_server, error))
    return NULL;
  if (g_strcmp0 (ice->stun_server, USUAL_STUN) == 0 && !mmp_diagnosis_config_add_stun (config, SECOND_STUN, error))
    return NULL;
  for (guint i = 0; ice->turn_servers != NULL && ice->turn_servers[i] != NULL; i++)
    {
      if (!mmp_diagnosis_config_add_turn (config, ice->turn_servers[i], NULL, NULL, error))
        return NULL;
    }
  mmp_diagnosis_config_set_turn_ca_file (config, ice->turn_ca_file);

  return g_steal_pointer (&config);
}

/* What is wrong with the profile or its secrets stands before everything else. */
static void
give_up (MmpExamination *self,
         const GError *error)
{
  mmp_examination_add (self, MMP_CHECK_BROKER_LOGIN, "", MMP_CHECK_STATUS_FAILED, error, NULL);
  mmp_examination_finish (self);
}

/* Servers that a profile names are only used with a password. */
static void
look_for_password (MmpExamination *self)
{
  const MmpProfile *profile = self->connection->profile;
  g_autoptr (GError) cause = g_error_new_literal (MMP_ERROR, MMP_ERROR_TURN_LOGIN, "there is no password for it");

  if (profile != NULL && profile->turn[0] != NULL && self->config->ice->turn_servers == NULL)
    mmp_examination_add (self, MMP_CHECK_TURN, profile->turn[0], MMP_CHECK_STATUS_FAILED, cause, NULL);
}

static void
diagnose (MmpExamination *self)
{
  const MmpRunner *runner = self->connection->runner;
  g_autoptr (GError) error = NULL;
  g_autoptr (MmpDiagnosisConfig) config = make_config (self->config, &error);

  if (config == NULL)
    {
      give_up (self, error);
      return;
    }
  look_for_password (self);
  self->diagnosis = runner->examine != NULL ? runner->examine (runner->data, config, &funcs, self) : mmp_diagnosis_new (config, &funcs, self);
}

typedef struct
{
  MmpProfile *profile;
  MmpEndpointConfig *config;
  MmpSecrets *secrets;
  guint attempt;
} Preparation;

static void
preparation_free (gpointer data)
{
  Preparation *preparation = data;

  mmp_profile_free (preparation->profile);
  g_clear_pointer (&preparation->config, mmp_endpoint_config_free);
  g_object_unref (preparation->secrets);
  g_free (preparation);
}

static void
prepare_thread (GTask *task,
                gpointer source,
                gpointer data,
                GCancellable *cancellable)
{
  Preparation *preparation = data;
  GError *error = NULL;

  if (mmp_connection_config_add_secrets (preparation->config, preparation->profile, preparation->secrets, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_prepared (GObject *source,
             GAsyncResult *result,
             gpointer user_data)
{
  MmpExamination *self = MMP_EXAMINATION (source);
  Preparation *preparation = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  gboolean good = g_task_propagate_boolean (G_TASK (result), &error);

  if (preparation->attempt != self->attempt)
    return;
  self->config = g_steal_pointer (&preparation->config);
  if (good)
    diagnose (self);
  else
    give_up (self, error);
}

static void
prepare (MmpExamination *self)
{
  const MmpRunner *runner = self->connection->runner;
  g_autoptr (GError) error = NULL;
  MmpEndpointConfig *config = runner->configure (runner->data, self->connection->profile, &error);
  g_autoptr (GTask) task = NULL;
  Preparation *preparation;

  if (config == NULL)
    {
      give_up (self, error);
      return;
    }
  preparation = g_new0 (Preparation, 1);
  preparation->config = config;
  preparation->profile = mmp_profile_copy (self->connection->profile);
  preparation->secrets = g_object_ref (runner->secrets);
  preparation->attempt = self->attempt;
  task = g_task_new (self, NULL, on_prepared, NULL);
  g_task_set_task_data (task, preparation, preparation_free);
  g_task_run_in_thread (task, prepare_thread);
}

/* --- the object ----------------------------------------------------------------------------------------------------- */

static void
mmp_examination_dispose (GObject *object)
{
  MmpExamination *self = MMP_EXAMINATION (object);

  end_steps (self);
  g_clear_weak_pointer (&self->connection);

  G_OBJECT_CLASS (mmp_examination_parent_class)->dispose (object);
}

static void
mmp_examination_finalize (GObject *object)
{
  g_ptr_array_unref (MMP_EXAMINATION (object)->results);

  G_OBJECT_CLASS (mmp_examination_parent_class)->finalize (object);
}

static void
mmp_examination_class_init (MmpExaminationClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = mmp_examination_dispose;
  G_OBJECT_CLASS (klass)->finalize = mmp_examination_finalize;
  changed_signal = g_signal_new ("changed", MMP_TYPE_EXAMINATION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
mmp_examination_init (MmpExamination *self)
{
  self->results = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_check_result_unref);
}

MmpExamination *
mmp_examination_new (MmpConnection *connection)
{
  MmpExamination *self = g_object_new (MMP_TYPE_EXAMINATION, NULL);

  g_set_weak_pointer (&self->connection, connection);

  return self;
}

/**
 * mmp_examination_start:
 *
 * Begins anew, unless it is under way, or there is no tunnel. A connection that is stopped is tried for a moment, without
 * opening a port. Takes up to a minute.
 */
void
mmp_examination_start (MmpExamination *self)
{
  gboolean online = g_network_monitor_get_network_available (g_network_monitor_get_default ());

  if (self->running || self->connection == NULL || self->connection->profile == NULL || !mmp_profile_has_tunnel (self->connection->profile))
    return;
  self->running = TRUE;
  self->complete = FALSE;
  self->current = MMP_EXAMINED_BROKER;
  self->n_probed = 0;
  g_ptr_array_set_size (self->results, 0);
  mmp_examination_add (self, MMP_CHECK_NETWORK, "", online ? MMP_CHECK_STATUS_OK : MMP_CHECK_STATUS_WARNING, NULL, NULL);
  prepare (self);
}

/**
 * mmp_examination_cancel:
 *
 * Ends it; what was found so far stays.
 */
void
mmp_examination_cancel (MmpExamination *self)
{
  if (!self->running)
    return;
  end_steps (self);
  emit_changed (self);
}

/**
 * mmp_examination_is_running:
 */
gboolean
mmp_examination_is_running (MmpExamination *self)
{
  return self->running;
}

/**
 * mmp_examination_count_done:
 *
 * Returns: how many of the %MMP_EXAMINED_N things were looked at; all of them when it is over
 */
guint
mmp_examination_count_done (MmpExamination *self)
{
  guint n = 0;

  if (self->complete)
    return MMP_EXAMINED_N;
  for (MmpExamined examined = 0; examined < MMP_EXAMINED_N; examined++)
    n += mmp_examination_get_finding (self, examined) >= MMP_FINDING_PASSED ? 1 : 0;

  return n;
}

/* Which way data goes says more than which way it might. */
static gboolean
counts (MmpExamination *self,
        MmpCheckResult *result)
{
  return mmp_check_result_get_check (result) != MMP_CHECK_DIRECT || mmp_examination_find_result (self, MMP_CHECK_PATH) == NULL;
}

/* Of several STUN servers one that is silent is no harm. */
static MmpFinding
judge (MmpExamination *self,
       MmpCheckResult *result)
{
  switch (mmp_check_result_get_status (result))
    {
    case MMP_CHECK_STATUS_OK:
      return MMP_FINDING_PASSED;
    case MMP_CHECK_STATUS_WARNING:
      return MMP_FINDING_WARNING;
    case MMP_CHECK_STATUS_FAILED:
      for (guint i = 0; mmp_check_result_get_check (result) == MMP_CHECK_STUN && i < self->results->len; i++)
        {
          MmpCheckResult *other = g_ptr_array_index (self->results, i);

          if (mmp_check_result_get_check (other) == MMP_CHECK_STUN && mmp_check_result_get_status (other) == MMP_CHECK_STATUS_OK)
            return MMP_FINDING_WARNING;
        }
      return MMP_FINDING_FAILED;
    case MMP_CHECK_STATUS_SKIPPED:
    default:
      return MMP_FINDING_NONE;
    }
}

/**
 * mmp_examination_get_worst:
 *
 * Returns: (transfer none) (nullable): the first of the worst results of @examined
 */
MmpCheckResult *
mmp_examination_get_worst (MmpExamination *self,
                           MmpExamined examined)
{
  MmpCheckResult *worst = NULL;

  for (guint i = 0; i < self->results->len; i++)
    {
      MmpCheckResult *result = g_ptr_array_index (self->results, i);

      if (get_examined (mmp_check_result_get_check (result)) != examined || !counts (self, result))
        continue;
      if (worst == NULL || judge (self, result) > judge (self, worst))
        worst = result;
    }

  return worst;
}

/**
 * mmp_examination_get_finding:
 *
 * Returns: what came out of all that belongs to @examined
 */
MmpFinding
mmp_examination_get_finding (MmpExamination *self,
                             MmpExamined examined)
{
  MmpCheckResult *worst = mmp_examination_get_worst (self, examined);

  if (self->running && self->current == examined)
    return MMP_FINDING_UNDER_WAY;

  return worst != NULL ? judge (self, worst) : MMP_FINDING_NONE;
}

/**
 * mmp_examination_list_results:
 *
 * Returns: (transfer container) (element-type MmpCheckResult): all that belongs to @examined
 */
GPtrArray *
mmp_examination_list_results (MmpExamination *self,
                              MmpExamined examined)
{
  GPtrArray *results = g_ptr_array_new ();

  for (guint i = 0; i < self->results->len; i++)
    {
      MmpCheckResult *result = g_ptr_array_index (self->results, i);

      if (get_examined (mmp_check_result_get_check (result)) == examined)
        g_ptr_array_add (results, result);
    }

  return results;
}

/**
 * mmp_examination_find_result:
 *
 * Returns: (transfer none) (nullable): the first result of @check
 */
MmpCheckResult *
mmp_examination_find_result (MmpExamination *self,
                             MmpCheck check)
{
  for (guint i = 0; i < self->results->len; i++)
    {
      MmpCheckResult *result = g_ptr_array_index (self->results, i);

      if (mmp_check_result_get_check (result) == check)
        return result;
    }

  return NULL;
}

/**
 * mmp_finding_get_name:
 *
 * Returns: (transfer none): the stable name of @finding
 */
const char *
mmp_finding_get_name (MmpFinding finding)
{
  return finding_names[finding];
}

/**
 * mmp_examined_get_name:
 *
 * Returns: (transfer none): the stable name of @examined
 */
const char *
mmp_examined_get_name (MmpExamined examined)
{
  return examined_names[examined];
}

static void
report_result (MmpCheckResult *result,
               gboolean with_addresses,
               GString *text)
{
  const GError *cause = mmp_check_result_get_cause (result);
  const char *subject = mmp_check_result_get_subject (result);
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_string_append_printf (text, "  %s: %s", mmp_check_get_name (mmp_check_result_get_check (result)), mmp_check_status_get_name (mmp_check_result_get_status (result)));
  if (subject[0] != '\0')
    g_string_append_printf (text, " [%s]", with_addresses ? subject : "…");
  g_variant_iter_init (&iter, mmp_check_result_get_values (result));
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    {
      g_autofree char *printed = g_variant_print (value, FALSE);

      /* A name is what a person calls a device. */
      g_string_append_printf (text, " %s=%s", name, with_addresses || !g_str_equal (name, "name") ? printed : "…");
    }
  if (cause != NULL)
    g_string_append_printf (text, " because: %s (%s)", cause->message, cause->domain == MMP_ERROR ? mmp_error_get_name (cause->code) : "failed");
  g_string_append_c (text, '\n');
}

/**
 * mmp_examination_report:
 * @with_addresses: also what tells who and where: addresses, hosts, fingerprints, names
 *
 * Returns: (transfer full): all that was found, for somebody who helps
 */
char *
mmp_examination_report (MmpExamination *self,
                        gboolean with_addresses)
{
  g_autoptr (GString) text = g_string_new ("Message Portal diagnostics\n");

  for (MmpExamined examined = 0; examined < MMP_EXAMINED_N; examined++)
    {
      g_autoptr (GPtrArray) results = mmp_examination_list_results (self, examined);

      g_string_append_printf (text, "%s: %s\n", examined_names[examined], finding_names[mmp_examination_get_finding (self, examined)]);
      for (guint i = 0; i < results->len; i++)
        report_result (g_ptr_array_index (results, i), with_addresses, text);
    }

  return with_addresses ? g_string_free (g_steal_pointer (&text), FALSE) : mmp_log_redact (text->str);
}
