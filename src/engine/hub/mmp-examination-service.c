/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-hub"

#include <gio/gio.h>

#include "base/mmp-error.h"
#include "hub/mmp-examination-private.h"
#include "profile/mmp-profile-kind.h"

#define CONNECT_SECONDS 5
/* Through the tunnel a connection is taken at once; if nothing answers behind it, it is closed soon. */
#define SILENCE_SECONDS 2

typedef struct
{
  MmpExamination *examination;
  GCancellable *cancellable;
  char *subject;
  GSocketConnection *connection;
  gboolean through; /* the tunnel */
  guint silence_source;
  char byte;
} Probe;

static void
probe_free (Probe *probe)
{
  g_clear_handle_id (&probe->silence_source, g_source_remove);
  g_object_unref (probe->examination);
  g_object_unref (probe->cancellable);
  g_clear_object (&probe->connection);
  g_free (probe->subject);
  g_free (probe);
}

static void probe_next (MmpExamination *self);

static void
end_probe (Probe *probe,
           const GError *cause)
{
  MmpExamination *self = probe->examination;

  /* One that was cancelled is nobody's any more. */
  if (self->probing == probe->cancellable)
    {
      mmp_examination_add (self, MMP_CHECK_SERVICE, probe->subject, cause == NULL ? MMP_CHECK_STATUS_OK : MMP_CHECK_STATUS_FAILED, cause, NULL);
      g_clear_object (&self->probing);
      self->n_probed++;
      probe_next (self);
    }
  probe_free (probe);
}

static gboolean
on_silence (gpointer user_data)
{
  Probe *probe = user_data;

  /* Nobody closed it: it waits for somebody to say something. The read that ends now ends the probe. */
  probe->silence_source = 0;
  g_cancellable_cancel (probe->cancellable);

  return G_SOURCE_REMOVE;
}

static void
on_read (GObject *source,
         GAsyncResult *result,
         gpointer user_data)
{
  Probe *probe = user_data;
  g_autoptr (GError) error = NULL;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);
  const GError *known = probe->examination->connection != NULL ? mmp_connection_get_forward_error (probe->examination->connection) : NULL;
  g_autoptr (GError) cause = NULL;

  if (n > 0 || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      end_probe (probe, NULL);
      return;
    }
  if (known != NULL)
    cause = g_error_copy (known);
  else
    g_set_error_literal (&cause, MMP_ERROR, MMP_ERROR_SERVICE_REFUSED, "the connection was closed at once");
  end_probe (probe, cause);
}

static void
on_connected (GObject *source,
              GAsyncResult *result,
              gpointer user_data)
{
  Probe *probe = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) cause = NULL;

  probe->connection = g_socket_client_connect_to_host_finish (G_SOCKET_CLIENT (source), result, &error);
  if (probe->connection == NULL)
    {
      gboolean refused = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);

      g_set_error_literal (&cause, MMP_ERROR, refused ? MMP_ERROR_SERVICE_REFUSED : MMP_ERROR_SERVICE_UNREACHABLE, error->message);
      end_probe (probe, cause);
      return;
    }
  if (!probe->through)
    {
      end_probe (probe, NULL);
      return;
    }
  probe->silence_source = g_timeout_add_seconds (SILENCE_SECONDS, on_silence, probe);
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (probe->connection)), &probe->byte, 1, G_PRIORITY_DEFAULT, probe->cancellable, on_read, probe);
}

static void
start_probe (MmpExamination *self,
             const char *address,
             gboolean through)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  Probe *probe = g_new0 (Probe, 1);

  self->probing = g_cancellable_new ();
  probe->examination = g_object_ref (self);
  probe->cancellable = g_object_ref (self->probing);
  probe->subject = g_strdup (address);
  probe->through = through;
  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_set_timeout (client, CONNECT_SECONDS);
  g_socket_client_connect_to_host_async (client, address, 0, probe->cancellable, on_connected, probe);
}

static char *
join (const char *host,
      guint port)
{
  return g_strdup_printf (g_strstr_len (host, -1, ":") != NULL ? "[%s]:%u" : "%s:%u", host, port);
}

/* Through a connection that stands its own door is used. */
static void
probe_other_side (MmpExamination *self)
{
  MmpConnection *connection = self->connection;
  const char *address = mmp_connection_get_address (connection);
  const GError *known = mmp_connection_get_forward_error (connection);
  g_autoptr (GSocketConnectable) parsed = address != NULL ? g_network_address_parse (address, 0, NULL) : NULL;
  g_autofree char *door = NULL;

  if (self->n_probed > 0 || connection->status->state != MMP_STATE_CONNECTED || (parsed == NULL && known == NULL))
    {
      if (self->n_probed == 0)
        mmp_examination_add (self, MMP_CHECK_SERVICE, "", MMP_CHECK_STATUS_SKIPPED, NULL, NULL);
      mmp_examination_finish (self);
      return;
    }
  if (parsed == NULL)
    {
      mmp_examination_add (self, MMP_CHECK_SERVICE, "", MMP_CHECK_STATUS_FAILED, known, NULL);
      mmp_examination_finish (self);
      return;
    }
  door = join (g_str_equal (g_network_address_get_hostname (G_NETWORK_ADDRESS (parsed)), "*") ? "localhost" : g_network_address_get_hostname (G_NETWORK_ADDRESS (parsed)), g_network_address_get_port (G_NETWORK_ADDRESS (parsed)));
  start_probe (self, door, TRUE);
}

static void
probe_next (MmpExamination *self)
{
  const MmpProfile *profile = self->connection->profile;
  const MmpProfilePort *port = profile != NULL && self->n_probed < profile->services->len ? g_ptr_array_index (profile->services, self->n_probed) : NULL;
  g_autofree char *address = port != NULL ? join (port->address, port->port) : NULL;

  if (address != NULL)
    start_probe (self, address, FALSE);
  else if (profile != NULL && !mmp_profile_is_called (profile) && profile->services->len == 0)
    probe_other_side (self);
  else
    mmp_examination_finish (self);
}

/* Looks whether what is shared answers. */
void
mmp_examination_probe_services (MmpExamination *self)
{
  mmp_examination_begin (self, MMP_EXAMINED_SERVICE);
  probe_next (self);
}
