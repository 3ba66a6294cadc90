/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-tunnel"

#include "tunnel/mmp-connector.h"

#include <errno.h>
#include <fcntl.h>

#include "base/mmp-limits.h"

/* For name look-up and all addresses together. */
#define CONNECT_TIME_OUT MMP_SECONDS (10)

struct _MmpConnector
{
  GObject parent_instance;

  MmpClock *clock;
  GCancellable *cancellable;
  MmpConnectorFunc done; /* NULL: called, or cancelled */
  gpointer user_data;
  guint time_out;
};

G_DEFINE_FINAL_TYPE (MmpConnector, mmp_connector, G_TYPE_OBJECT)

static MmpStreamCode
code_from_error (const GError *error)
{
  if (error->domain == G_RESOLVER_ERROR)
    return MMP_STREAM_UNREACHABLE;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    return MMP_STREAM_REFUSED;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return MMP_STREAM_TIME_OUT;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES))
    return MMP_STREAM_OVERLOAD;

  return MMP_STREAM_UNREACHABLE;
}

static void
report (MmpConnector *self,
        int fd,
        MmpStreamCode code)
{
  MmpConnectorFunc done = g_steal_pointer (&self->done);

  mmp_clock_remove (self->clock, &self->time_out);
  if (done != NULL)
    done (self, fd, code, self->user_data);
}

static void
on_time_out (gpointer user_data)
{
  g_autoptr (MmpConnector) self = g_object_ref (user_data);

  self->time_out = 0;
  report (self, -1, MMP_STREAM_TIME_OUT);
  g_cancellable_cancel (self->cancellable);
}

static void
on_connected (GObject *client,
              GAsyncResult *result,
              gpointer user_data)
{
  g_autoptr (MmpConnector) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection = g_socket_client_connect_finish (G_SOCKET_CLIENT (client), result, &error);
  int fd = -1;

  if (connection != NULL && self->done != NULL)
    {
      /* The connection closes its own descriptor; the duplicate is the same socket. */
      fd = fcntl (g_socket_get_fd (g_socket_connection_get_socket (connection)), F_DUPFD_CLOEXEC, 0);
      report (self, fd, fd < 0 ? MMP_STREAM_OVERLOAD : 0);
    }
  else if (connection == NULL)
    {
      g_debug ("a service cannot be reached: %s", error->message);
      report (self, -1, code_from_error (error));
    }
}

static void
mmp_connector_finalize (GObject *object)
{
  MmpConnector *self = MMP_CONNECTOR (object);

  mmp_clock_unref (self->clock);
  g_object_unref (self->cancellable);

  G_OBJECT_CLASS (mmp_connector_parent_class)->finalize (object);
}

static void
mmp_connector_class_init (MmpConnectorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mmp_connector_finalize;
}

static void
mmp_connector_init (MmpConnector *self)
{
  self->cancellable = g_cancellable_new ();
}

/**
 * mmp_connector_new:
 * @clock: of this thread, whose context is the thread's default one
 * @host: a name or a literal address; of several addresses the first that answers is taken (RFC 8305)
 * @port: 1 to 65,535
 * @done: is told the outcome, after 10 s at the latest
 *
 * Returns: (transfer full): an attempt that runs. To forget it, call mmp_connector_cancel() and drop the reference
 */
MmpConnector *
mmp_connector_new (MmpClock *clock,
                   const char *host,
                   guint port,
                   MmpConnectorFunc done,
                   gpointer user_data)
{
  MmpConnector *self = g_object_new (MMP_TYPE_CONNECTOR, NULL);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnectable) address = g_network_address_new (host, (guint16) port);

  self->clock = mmp_clock_ref (clock);
  self->done = done;
  self->user_data = user_data;
  self->time_out = mmp_clock_add (clock, mmp_clock_now (clock) + CONNECT_TIME_OUT, on_time_out, self);
  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_connect_async (client, address, self->cancellable, on_connected, g_object_ref (self));

  return self;
}

/**
 * mmp_connector_cancel:
 *
 * Ends the attempt; its callback is not called any more.
 */
void
mmp_connector_cancel (MmpConnector *self)
{
  self->done = NULL;
  mmp_clock_remove (self->clock, &self->time_out);
  g_cancellable_cancel (self->cancellable);
}
