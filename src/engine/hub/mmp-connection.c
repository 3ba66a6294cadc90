/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-hub"

#include "hub/mmp-connection.h"
#include "hub/mmp-connection-private.h"
#include "hub/mmp-examination-private.h"

#define FIGURES_INTERVAL (G_USEC_PER_SEC / 4)

enum
{
  CHANGED,
  FIGURES,
  REQUESTED,
  INVITED,
  LEFT,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (MmpConnection, mmp_connection, G_TYPE_OBJECT)

static void
request_free (gpointer data)
{
  MmpRequest *request = data;

  g_free (request->name);
  g_free (request);
}

static void
stream_free (gpointer data)
{
  MmpOpenStream *stream = data;

  g_free (stream->service);
  g_free (stream);
}

void
mmp_connection_emit_changed (MmpConnection *self)
{
  if (self->run_file != NULL)
    mmp_run_file_tell (self->run_file, mmp_state_get_name (self->status->state),
                       self->status->path != MMP_PATH_NONE ? mmp_path_get_name (self->status->path) : NULL, self->status->rtt);
  g_signal_emit (self, signals[CHANGED], 0);
}

static gboolean
on_figures_due (gpointer user_data)
{
  MmpConnection *self = user_data;

  self->figures_source = 0;
  g_signal_emit (self, signals[FIGURES], 0);

  return G_SOURCE_REMOVE;
}

void
mmp_connection_queue_figures (MmpConnection *self)
{
  g_autoptr (GSource) source = NULL;

  if (self->figures_source != 0)
    return;
  source = g_timeout_source_new (0);
  g_source_set_callback (source, on_figures_due, self, NULL);
  self->figures_source = g_source_attach (source, NULL);
  /* At the same moments for all connections, so that a window with many of them is not drawn more often than with one. */
  g_source_set_ready_time (source, (g_get_monotonic_time () / FIGURES_INTERVAL + 1) * FIGURES_INTERVAL);
}

void
mmp_connection_take_status (MmpConnection *self,
                            MmpStatus *status)
{
  mmp_status_free (self->status);
  self->status = status;
}

/* A stranger came, or one whom an invitation lets in. */
void
mmp_connection_emit_device (MmpConnection *self,
                            gboolean invited,
                            const MmpPublicKey *device,
                            const char *name)
{
  g_signal_emit (self, signals[invited ? INVITED : REQUESTED], 0, device, name);
}

void
mmp_connection_emit_left (MmpConnection *self,
                          const MmpPublicKey *device)
{
  g_signal_emit (self, signals[LEFT], 0, device);
}

static void
mmp_connection_dispose (GObject *object)
{
  MmpConnection *self = MMP_CONNECTION (object);

  if (self->examination != NULL)
    g_object_run_dispose (self->examination);
  g_clear_object (&self->examination);
  mmp_connection_halt (self);

  G_OBJECT_CLASS (mmp_connection_parent_class)->dispose (object);
}

static void
mmp_connection_finalize (GObject *object)
{
  MmpConnection *self = MMP_CONNECTION (object);

  g_clear_pointer (&self->profile, mmp_profile_free);
  g_clear_error (&self->broken);
  mmp_status_free (self->status);
  mmp_status_free (self->tunnel_status);
  g_ptr_array_unref (self->devices);
  g_ptr_array_unref (self->requests);
  g_ptr_array_unref (self->streams);
  mmp_history_free (self->history);
  mmp_log_free (self->log);
  g_free (self->id);

  G_OBJECT_CLASS (mmp_connection_parent_class)->finalize (object);
}

static void
mmp_connection_class_init (MmpConnectionClass *klass)
{
  GType type = MMP_TYPE_CONNECTION;

  G_OBJECT_CLASS (klass)->dispose = mmp_connection_dispose;
  G_OBJECT_CLASS (klass)->finalize = mmp_connection_finalize;
  signals[CHANGED] = g_signal_new ("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[FIGURES] = g_signal_new ("figures", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[REQUESTED] = g_signal_new ("requested", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, MMP_TYPE_PUBLIC_KEY, G_TYPE_STRING);
  signals[INVITED] = g_signal_new ("invited", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, MMP_TYPE_PUBLIC_KEY, G_TYPE_STRING);
  signals[LEFT] = g_signal_new ("left", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, MMP_TYPE_PUBLIC_KEY);
}

static void
mmp_connection_init (MmpConnection *self)
{
  self->status = mmp_status_new (MMP_STATE_STOPPED);
  self->tunnel_status = mmp_status_new (MMP_STATE_STOPPED);
  self->devices = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_status_free);
  self->requests = g_ptr_array_new_with_free_func (request_free);
  self->streams = g_ptr_array_new_with_free_func (stream_free);
  self->history = mmp_history_new ();
  self->log = mmp_log_new ();
}

/**
 * mmp_connection_new:
 * @id: the profile's
 * @runner: who runs it; must outlive what runs
 *
 * Returns: (transfer full): a stopped one, whose profile is still to be set
 */
MmpConnection *
mmp_connection_new (const char *id,
                    const MmpRunner *runner)
{
  MmpConnection *self = g_object_new (MMP_TYPE_CONNECTION, NULL);

  self->id = g_strdup (id);
  self->runner = runner;

  return self;
}

/**
 * mmp_connection_get_id:
 *
 * Returns: (transfer none): the profile's id
 */
const char *
mmp_connection_get_id (MmpConnection *self)
{
  return self->id;
}

/**
 * mmp_connection_get_profile:
 *
 * Returns: (transfer none) (nullable): what a person set up; %NULL: its file is broken
 */
const MmpProfile *
mmp_connection_get_profile (MmpConnection *self)
{
  return self->profile;
}

/**
 * mmp_connection_get_broken:
 *
 * Returns: (transfer none) (nullable): what is wrong with its file
 */
const GError *
mmp_connection_get_broken (MmpConnection *self)
{
  return self->broken;
}

/**
 * mmp_connection_get_name:
 *
 * Returns: (transfer none): what a person calls it; of a broken one the beginning of its file's name
 */
const char *
mmp_connection_get_name (MmpConnection *self)
{
  return self->profile != NULL ? self->profile->name : self->id;
}

/**
 * mmp_connection_is_running:
 *
 * Returns: whether it was started, whatever became of it
 */
gboolean
mmp_connection_is_running (MmpConnection *self)
{
  return self->running;
}

/**
 * mmp_connection_get_status:
 *
 * Returns: (transfer none): an initiator's state, or that of a listener towards its broker, until the next change
 */
const MmpStatus *
mmp_connection_get_status (MmpConnection *self)
{
  return self->status;
}

/**
 * mmp_connection_get_devices:
 *
 * Returns: (transfer none) (element-type MmpStatus): a listener's devices, until the next change
 */
GPtrArray *
mmp_connection_get_devices (MmpConnection *self)
{
  return self->devices;
}

/**
 * mmp_connection_count_connected:
 *
 * Returns: how many devices are connected
 */
guint
mmp_connection_count_connected (MmpConnection *self)
{
  guint n = self->status->has_device && self->status->state == MMP_STATE_CONNECTED;

  for (guint i = 0; i < self->devices->len; i++)
    n += ((MmpStatus *) g_ptr_array_index (self->devices, i))->state == MMP_STATE_CONNECTED;

  return n;
}

/**
 * mmp_connection_get_requests:
 *
 * Returns: (transfer none) (element-type MmpRequest): who asks, until the next change
 */
GPtrArray *
mmp_connection_get_requests (MmpConnection *self)
{
  return self->requests;
}

/**
 * mmp_connection_get_streams:
 *
 * Returns: (transfer none) (element-type MmpOpenStream): what is open, until the next change
 */
GPtrArray *
mmp_connection_get_streams (MmpConnection *self)
{
  return self->streams;
}

/**
 * mmp_connection_get_address:
 *
 * Returns: (transfer none) (nullable): host and port that are open here
 */
const char *
mmp_connection_get_address (MmpConnection *self)
{
  return self->address;
}

/**
 * mmp_connection_get_forward_error:
 *
 * Returns: (transfer none) (nullable): why a local address is not open
 */
const GError *
mmp_connection_get_forward_error (MmpConnection *self)
{
  return self->forward_error;
}

/**
 * mmp_connection_get_started:
 *
 * Returns: when it was started last, in seconds since 1970; 0: never
 */
gint64
mmp_connection_get_started (MmpConnection *self)
{
  return self->started;
}

/**
 * mmp_connection_get_history:
 *
 * Returns: (transfer none): the round trips since it was started
 */
MmpHistory *
mmp_connection_get_history (MmpConnection *self)
{
  return self->history;
}

/**
 * mmp_connection_get_log:
 *
 * Returns: (transfer none): what happened to it
 */
MmpLog *
mmp_connection_get_log (MmpConnection *self)
{
  return self->log;
}

/**
 * mmp_connection_get_examination:
 *
 * Returns: (transfer none): what is the matter with it, once somebody lets it be looked at
 */
MmpExamination *
mmp_connection_get_examination (MmpConnection *self)
{
  if (self->examination == NULL)
    self->examination = mmp_examination_new (self);

  return self->examination;
}
