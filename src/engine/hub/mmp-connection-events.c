/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-hub"

#include "hub/mmp-connection-private.h"

#include "base/mmp-error.h"
#include "hub/mmp-connection-bridge-private.h"
#include "hub/mmp-connection-config.h"
#include "profile/mmp-profile-kind.h"

#define STREAMS_MAX 1024

void
mmp_connection_log_status (MmpConnection *self,
                           const MmpStatus *status)
{
  g_autofree char *device = status->has_device ? mmp_public_key_to_fingerprint (&status->device) : NULL;

  mmp_log_add (self->log, "%s%s%s%s%s%s", mmp_state_get_name (status->state),
               status->path != MMP_PATH_NONE ? ", " : "", status->path != MMP_PATH_NONE ? mmp_path_get_name (status->path) : "",
               device != NULL ? " " : "", device != NULL ? device : "",
               status->cause != NULL ? " because:" : "");
  if (status->cause != NULL)
    mmp_log_add (self->log, "  %s (%s)", status->cause->message, status->cause->domain == MMP_ERROR ? mmp_error_get_name (status->cause->code) : "failed");
}

static guint
find_device (MmpConnection *self,
             const MmpPublicKey *device)
{
  guint i = 0;

  while (i < self->devices->len && !mmp_public_key_equal (&((MmpStatus *) g_ptr_array_index (self->devices, i))->device, device))
    i++;

  return i;
}

/* Whether the difference is more than figures */
gboolean
mmp_connection_status_differs (const MmpStatus *a,
                               const MmpStatus *b)
{
  return a->state != b->state || a->path != b->path || a->retry != b->retry || (a->cause == NULL) != (b->cause == NULL) || (a->cause != NULL && a->cause->code != b->cause->code);
}

static void
keep_device (MmpConnection *self,
             const MmpStatus *status)
{
  guint at = find_device (self, &status->device);

  if (at < self->devices->len)
    {
      mmp_status_free (self->devices->pdata[at]);
      self->devices->pdata[at] = mmp_status_copy (status);
    }
  else
    {
      g_ptr_array_add (self->devices, mmp_status_copy (status));
    }
}

/* The invitation did its work: the other side knows this device now. */
static void
forget_invitation_thread (GTask *task,
                          gpointer source,
                          gpointer data,
                          GCancellable *cancellable)
{
  g_autofree char *id = mmp_connection_config_get_invitation_id (data);

  mmp_secrets_remove (MMP_SECRETS (source), id, NULL);
  g_task_return_boolean (task, TRUE);
}

static void
forget_invitation (MmpConnection *self)
{
  g_autoptr (GTask) task = g_task_new (self->runner->secrets, NULL, NULL, NULL);

  g_task_set_task_data (task, g_strdup (self->id), g_free);
  g_task_run_in_thread (task, forget_invitation_thread);
}

/* Of a portal, the tunnel alone */
static const MmpStatus *
get_own_status (MmpConnection *self)
{
  return self->profile != NULL && self->profile->kind == MMP_PROFILE_PORTAL ? self->tunnel_status : self->status;
}

static void
keep_own_status (MmpConnection *self,
                 const MmpStatus *status)
{
  if (self->profile->kind != MMP_PROFILE_PORTAL)
    {
      mmp_connection_take_status (self, mmp_status_copy (status));
      return;
    }
  mmp_status_free (self->tunnel_status);
  self->tunnel_status = mmp_status_copy (status);
  mmp_connection_bridge_update (self);
}

static void
on_status (gpointer endpoint,
           const MmpStatus *status,
           gpointer user_data)
{
  MmpConnection *self = user_data;
  gboolean of_device = mmp_profile_is_called (self->profile) && status->has_device;
  guint at = of_device ? find_device (self, &status->device) : 0;
  const MmpStatus *before = !of_device ? get_own_status (self) : at < self->devices->len ? g_ptr_array_index (self->devices, at)
                                                                                         : NULL;
  gboolean changed = before == NULL || mmp_connection_status_differs (before, status);
  gboolean came = status->state == MMP_STATE_CONNECTED && (before == NULL || before->state != MMP_STATE_CONNECTED);

  if (changed)
    mmp_connection_log_status (self, status);
  if (of_device)
    keep_device (self, status);
  else
    keep_own_status (self, status);
  if (came)
    mmp_history_await (self->history, g_get_monotonic_time ());
  if (came && !mmp_profile_is_called (self->profile))
    forget_invitation (self);
  if (changed)
    mmp_connection_emit_changed (self);
  else
    mmp_connection_queue_figures (self);
}

static void
on_gone (gpointer endpoint,
         const MmpPublicKey *device,
         gpointer user_data)
{
  MmpConnection *self = user_data;
  guint at = find_device (self, device);

  if (at < self->devices->len)
    g_ptr_array_remove_index (self->devices, at);
  mmp_connection_emit_changed (self);
  mmp_connection_emit_left (self, device);
}

static void
on_listening (gpointer endpoint,
              const char *address,
              guint port,
              const char *service,
              gpointer user_data)
{
  MmpConnection *self = user_data;
  const MmpProfilePort *first = self->profile->forwards->len > 0 ? g_ptr_array_index (self->profile->forwards, 0) : NULL;
  gboolean has_colon = g_strstr_len (address, -1, ":") != NULL;

  mmp_log_add (self->log, "port %u is open for “%s”", port, service);
  g_clear_error (&self->forward_error);
  if (self->address == NULL || (first != NULL && g_str_equal (first->service, service)))
    {
      g_free (self->address);
      self->address = g_strdup_printf (has_colon ? "[%s]:%u" : "%s:%u", address, port);
    }
  if (self->plan != NULL && mmp_bridge_plan_needs_tunnel (self->plan))
    mmp_connection_bridge_start (self, address, port, &self->forward_error);
  mmp_connection_emit_changed (self);
}

static void
on_forward_failed (gpointer endpoint,
                   const GError *error,
                   gpointer user_data)
{
  MmpConnection *self = user_data;

  mmp_log_add (self->log, "%s (%s)", error->message, error->domain == MMP_ERROR ? mmp_error_get_name (error->code) : "failed");
  g_clear_error (&self->forward_error);
  self->forward_error = g_error_copy (error);
  mmp_connection_emit_changed (self);
}

static void
on_stream (gpointer endpoint,
           guint32 id,
           const char *service,
           gboolean open,
           guint64 sent,
           guint64 received,
           gpointer user_data)
{
  MmpConnection *self = user_data;

  if (open && self->streams->len < STREAMS_MAX)
    {
      MmpOpenStream *stream = g_new0 (MmpOpenStream, 1);

      stream->id = id;
      stream->service = g_strdup (service);
      stream->since = g_get_real_time () / G_USEC_PER_SEC;
      g_ptr_array_add (self->streams, stream);
    }
  for (guint i = 0; !open && i < self->streams->len; i++)
    {
      const MmpOpenStream *stream = g_ptr_array_index (self->streams, i);

      if (stream->id == id && g_str_equal (stream->service, service))
        {
          g_ptr_array_remove_index (self->streams, i);
          break;
        }
    }
  mmp_connection_queue_figures (self);
}

/* Of a listener with many devices the one that has been there longest is measured. */
static const MmpStatus *
get_measured (MmpConnection *self)
{
  if (self->profile == NULL || !mmp_profile_is_called (self->profile))
    return get_own_status (self);

  return self->devices->len > 0 ? g_ptr_array_index (self->devices, 0) : get_own_status (self);
}

static void
on_rtt (gpointer endpoint,
        const MmpPublicKey *device,
        double rtt,
        gpointer user_data)
{
  MmpConnection *self = user_data;
  const MmpStatus *measured = get_measured (self);

  if (measured->state != MMP_STATE_CONNECTED || (measured->has_device && !mmp_public_key_equal (&measured->device, device)))
    return;
  mmp_history_add (self->history, g_get_monotonic_time (), rtt, measured->path);
  if (self->run_file != NULL)
    mmp_run_file_tell (self->run_file, mmp_state_get_name (self->status->state), mmp_path_get_name (measured->path), rtt);
  mmp_connection_queue_figures (self);
}

/* Every second while it runs */
gboolean
mmp_connection_tick (gpointer user_data)
{
  MmpConnection *self = user_data;
  const MmpStatus *measured = get_measured (self);

  if (measured->state == MMP_STATE_CONNECTED)
    mmp_history_miss (self->history, g_get_monotonic_time (), measured->path, measured->n_streams > 0);
  mmp_connection_queue_figures (self);

  return G_SOURCE_CONTINUE;
}

static guint
find_request (MmpConnection *self,
              const MmpPublicKey *device)
{
  guint i = 0;

  while (i < self->requests->len && !mmp_public_key_equal (&((MmpRequest *) g_ptr_array_index (self->requests, i))->device, device))
    i++;

  return i;
}

static void
on_request (gpointer endpoint,
            const MmpPublicKey *device,
            const char *name,
            gpointer user_data)
{
  MmpConnection *self = user_data;
  guint at = find_request (self, device);
  MmpRequest *request;

  if (at < self->requests->len)
    {
      request = g_ptr_array_index (self->requests, at);
      request->tries++;
      mmp_connection_emit_changed (self);
      return;
    }
  request = g_new0 (MmpRequest, 1);
  request->device = *device;
  request->name = g_strdup (name != NULL ? name : "");
  request->since = g_get_real_time () / G_USEC_PER_SEC;
  request->tries = 1;
  g_ptr_array_add (self->requests, request);
  mmp_log_add (self->log, "a device that is not known asks to connect");
  mmp_connection_emit_changed (self);
  mmp_connection_emit_device (self, FALSE, device, request->name);
}

void
mmp_connection_drop_request (MmpConnection *self,
                             const MmpPublicKey *device)
{
  guint at = find_request (self, device);

  if (at < self->requests->len)
    {
      g_ptr_array_remove_index (self->requests, at);
      mmp_connection_emit_changed (self);
    }
}

static void
on_request_gone (gpointer endpoint,
                 const MmpPublicKey *device,
                 gpointer user_data)
{
  mmp_connection_drop_request (user_data, device);
}

static void
on_invited (gpointer endpoint,
            const MmpPublicKey *device,
            const char *name,
            gpointer user_data)
{
  MmpConnection *self = user_data;

  mmp_log_add (self->log, "an invitation was taken");
  mmp_connection_emit_device (self, TRUE, device, name);
}

const MmpEndpointFuncs mmp_connection_funcs = {
  .status = on_status,
  .gone = on_gone,
  .listening = on_listening,
  .forward_failed = on_forward_failed,
  .stream = on_stream,
  .rtt = on_rtt,
  .request = on_request,
  .request_gone = on_request_gone,
  .invited = on_invited,
};
