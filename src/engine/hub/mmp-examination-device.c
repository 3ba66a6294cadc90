/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-hub"

#include "base/mmp-error.h"
#include "hub/mmp-examination-private.h"
#include "profile/mmp-profile-kind.h"

/* For an answer and a direct attempt or two */
#define PATIENCE_SECONDS 30

static void
report_device (MmpExamination *self,
               const MmpStatus *status)
{
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (&status->device);
  GVariantDict values;

  g_variant_dict_init (&values, NULL);
  if (status->has_device)
    g_variant_dict_insert (&values, "fingerprint", "s", fingerprint);
  if (status->device_name != NULL && status->device_name[0] != '\0')
    g_variant_dict_insert (&values, "name", "s", status->device_name);
  mmp_examination_add (self, MMP_CHECK_DEVICE, "", MMP_CHECK_STATUS_OK, NULL, g_variant_dict_end (&values));
}

static void
report_path (MmpExamination *self,
             const MmpStatus *status,
             gboolean names)
{
  gboolean direct = status->path != MMP_PATH_RELAY;
  g_autoptr (GError) cause = NULL;
  GVariantDict values;

  g_variant_dict_init (&values, NULL);
  g_variant_dict_insert (&values, "path", "s", mmp_path_get_name (status->path));
  if (status->local_candidate != NULL)
    g_variant_dict_insert (&values, "here", "s", status->local_candidate);
  if (status->remote_candidate != NULL)
    g_variant_dict_insert (&values, "there", "s", status->remote_candidate);
  if (status->rtt >= 0)
    g_variant_dict_insert (&values, "ms", "d", status->rtt);
  if (names && status->device_name != NULL)
    g_variant_dict_insert (&values, "name", "s", status->device_name);
  if (!direct)
    g_set_error_literal (&cause, MMP_ERROR, MMP_ERROR_NO_DIRECT_PATH, status->cause != NULL ? status->cause->message : "no direct path was found in time");
  mmp_examination_add (self, MMP_CHECK_PATH, "", direct ? MMP_CHECK_STATUS_OK : MMP_CHECK_STATUS_WARNING, cause, g_variant_dict_end (&values));
}

/* Whether the other side, not the way to it, is why there is no connection */
static gboolean
is_about_device (const GError *cause)
{
  switch (cause->domain == MMP_ERROR ? cause->code : MMP_ERROR_FAILED)
    {
    case MMP_ERROR_NO_ANSWER:
    case MMP_ERROR_PENDING:
    case MMP_ERROR_DENIED:
    case MMP_ERROR_BUSY:
    case MMP_ERROR_IDENTITY_MISMATCH:
    case MMP_ERROR_PROTOCOL:
    case MMP_ERROR_MESSAGE_INVALID:
    case MMP_ERROR_INVITATION_INVALID:
    case MMP_ERROR_NO_DIRECT_PATH:
      return TRUE;
    default:
      return FALSE;
    }
}

static void
end_watch (MmpExamination *self)
{
  mmp_examination_unwatch_device (self);
  mmp_examination_probe_services (self);
}

/* Goes on as soon as enough is known. */
static void
look (MmpExamination *self,
      gboolean late)
{
  /* A portal has a status of its own for its tunnel. */
  gboolean portal = self->connection->profile != NULL && self->connection->profile->kind == MMP_PROFILE_PORTAL;
  const MmpStatus *now = portal ? self->connection->tunnel_status : self->connection->status;
  const MmpStatus *status = self->trial != NULL ? self->trial_status : now;

  if (status == NULL)
    return;
  if (status->state == MMP_STATE_CONNECTED)
    {
      if (mmp_examination_find_result (self, MMP_CHECK_DEVICE) == NULL)
        report_device (self, status);
      mmp_examination_begin (self, MMP_EXAMINED_PATH);
      if (status->path != MMP_PATH_RELAY || status->cause != NULL || late)
        {
          report_path (self, status, FALSE);
          end_watch (self);
        }
    }
  else if (status->cause != NULL && is_about_device (status->cause))
    {
      gboolean waits = g_error_matches (status->cause, MMP_ERROR, MMP_ERROR_PENDING);

      mmp_examination_add (self, MMP_CHECK_DEVICE, "", waits ? MMP_CHECK_STATUS_WARNING : MMP_CHECK_STATUS_FAILED, status->cause, NULL);
      end_watch (self);
    }
}

static void
on_connection_changed (MmpExamination *self)
{
  /* Somebody started it, or stopped it: what was watched is another thing now. */
  if (mmp_connection_is_running (self->connection) == (self->trial != NULL))
    {
      mmp_examination_unwatch_device (self);
      mmp_examination_watch_device (self);
      return;
    }
  if (self->trial == NULL)
    look (self, FALSE);
}

static gboolean
on_patience_over (gpointer user_data)
{
  MmpExamination *self = user_data;
  g_autoptr (GError) cause = NULL;

  self->patience_source = 0;
  look (self, TRUE);
  if (self->watching)
    {
      g_set_error_literal (&cause, MMP_ERROR, MMP_ERROR_NO_ANSWER, "the other device did not answer in time");
      if (mmp_examination_find_result (self, MMP_CHECK_DEVICE) == NULL)
        mmp_examination_add (self, MMP_CHECK_DEVICE, "", MMP_CHECK_STATUS_FAILED, cause, NULL);
      end_watch (self);
    }

  return G_SOURCE_REMOVE;
}

static void
on_trial_status (gpointer endpoint,
                 const MmpStatus *status,
                 gpointer user_data)
{
  MmpExamination *self = user_data;

  /* The first one comes while it is being started. */
  g_clear_pointer (&self->trial_status, mmp_status_free);
  self->trial_status = mmp_status_copy (status);
  if (self->trial != NULL)
    look (self, FALSE);
}

static const MmpEndpointFuncs trial_funcs = { .status = on_trial_status };

/* As the connection would be, but that no port is opened and nothing is shared */
static void
start_trial (MmpExamination *self)
{
  const MmpRunner *runner = self->connection->runner;
  g_autoptr (MmpEndpointConfig) config = mmp_endpoint_config_copy (self->config);

  g_ptr_array_set_size (config->services, 0);
  g_ptr_array_set_size (config->forwards, 0);
  self->trial = runner->start (runner->data, MMP_PROFILE_INITIATOR, config, &trial_funcs, self);
}

static void
report_listener (MmpExamination *self)
{
  GPtrArray *devices = self->connection->devices;
  guint n = mmp_connection_count_connected (self->connection);
  gboolean running = mmp_connection_is_running (self->connection);
  GVariantDict values;

  g_variant_dict_init (&values, NULL);
  if (running)
    g_variant_dict_insert (&values, "devices", "u", n);
  mmp_examination_add (self, MMP_CHECK_DEVICE, "", n > 0 ? MMP_CHECK_STATUS_OK : MMP_CHECK_STATUS_SKIPPED, NULL, g_variant_dict_end (&values));
  for (guint i = 0; i < devices->len; i++)
    {
      const MmpStatus *status = g_ptr_array_index (devices, i);

      if (status->state == MMP_STATE_CONNECTED)
        report_path (self, status, TRUE);
    }
}

/* Looks whether the other side is there, and which way data goes. */
void
mmp_examination_watch_device (MmpExamination *self)
{
  mmp_examination_begin (self, MMP_EXAMINED_DEVICE);
  if (self->connection->profile == NULL || mmp_profile_is_called (self->connection->profile))
    {
      if (self->connection->profile != NULL)
        report_listener (self);
      mmp_examination_probe_services (self);
      return;
    }
  if (self->config->classic && !mmp_connection_is_running (self->connection))
    {
      /* Its channel is one of what would be opened: it cannot be tried without. */
      mmp_examination_add (self, MMP_CHECK_DEVICE, "", MMP_CHECK_STATUS_SKIPPED, NULL, NULL);
      mmp_examination_probe_services (self);
      return;
    }
  self->watching = TRUE;
  self->patience_source = g_timeout_add_seconds (PATIENCE_SECONDS, on_patience_over, self);
  g_signal_connect_swapped (self->connection, "changed", G_CALLBACK (on_connection_changed), self);
  if (!mmp_connection_is_running (self->connection))
    start_trial (self);
  look (self, FALSE);
}

/* May be called at any time. */
void
mmp_examination_unwatch_device (MmpExamination *self)
{
  g_clear_handle_id (&self->patience_source, g_source_remove);
  if (self->watching && self->connection != NULL)
    g_signal_handlers_disconnect_by_func (self->connection, on_connection_changed, self);
  self->watching = FALSE;
  if (self->trial != NULL && self->connection != NULL)
    self->connection->runner->stop (self->connection->runner->data, self->trial);
  self->trial = NULL;
  g_clear_pointer (&self->trial_status, mmp_status_free);
}
