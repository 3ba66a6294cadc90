/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mqtt/mmp-mqtt-dial.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "base/mmp-context.h"
#include "base/mmp-error.h"
#include "mqtt/mmp-mqtt-error.h"

/* How long sent bytes may stay without an answer of the kernel at the other end, in milliseconds. */
#define UNANSWERED_MAX 20000
/* How many bytes the kernel may hold that are not even sent: what waits there is out of our control. */
#define UNSENT_MAX 32768

typedef enum
{
  STAGE_NAME,
  STAGE_TCP,
  STAGE_TLS,
} Stage;

struct _MmpMqttDial
{
  /* Written before the thread starts */
  GMainContext *context;
  MmpMqttBroker *broker;
  GCancellable *cancellable;
  /* The caller's, touched on the context only */
  MmpMqttDialFunc func;
  gpointer user_data;
  /* A Stage, for whoever loses patience */
  gint stage;
  /* The thread's until it hands over */
  GAsyncResult *result;
  GIOStream *stream;
  GError *error;
};

static void
mmp_mqtt_dial_clear (gpointer data)
{
  MmpMqttDial *self = data;

  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_pointer (&self->broker, mmp_mqtt_broker_unref);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->result);
  g_clear_object (&self->stream);
  g_clear_error (&self->error);
}

static void
mmp_mqtt_dial_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, mmp_mqtt_dial_clear);
}

static void
on_client_event (GSocketClient *client,
                 GSocketClientEvent event,
                 GSocketConnectable *connectable,
                 GIOStream *connection,
                 gpointer user_data)
{
  MmpMqttDial *self = user_data;

  if (event == G_SOCKET_CLIENT_RESOLVED)
    g_atomic_int_set (&self->stage, STAGE_TCP);
}

static void
on_connected (GObject *object,
              GAsyncResult *result,
              gpointer user_data)
{
  MmpMqttDial *self = user_data;

  self->result = g_object_ref (result);
}

static void
set_socket_options (GSocketConnection *connection)
{
  GSocket *socket = g_socket_connection_get_socket (connection);

  /* Best effort: without them things are slower, not wrong. */
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_USER_TIMEOUT, UNANSWERED_MAX, NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_MAX, NULL);
  g_socket_set_keepalive (socket, TRUE);
}

/* The asynchronous call in a loop of its own instead of the blocking one: only it tries the addresses of a name side by
 * side, so that a dead IPv6 route does not use up the time. */
static GIOStream *
connect_tcp (MmpMqttDial *self,
             GSocketConnectable *address,
             GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  GSocketConnection *connection;

  g_main_context_push_thread_default (context);
  g_socket_client_set_enable_proxy (client, FALSE);
  g_signal_connect (client, "event", G_CALLBACK (on_client_event), self);
  g_socket_client_connect_async (client, address, self->cancellable, on_connected, self);
  while (self->result == NULL)
    g_main_context_iteration (context, TRUE);
  connection = g_socket_client_connect_finish (client, self->result, error);
  g_main_context_pop_thread_default (context);
  if (connection == NULL)
    return NULL;
  set_socket_options (connection);

  return G_IO_STREAM (connection);
}

static GTlsDatabase *
load_ca_file (const char *path,
              GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL); /* the database takes no other */
  g_autoptr (GError) cause = NULL;
  GList *certificates = g_tls_certificate_list_new_from_file (path, &cause);
  GTlsDatabase *database = NULL;

  if (certificates != NULL)
    database = g_tls_file_database_new (absolute, &cause);
  g_list_free_full (certificates, g_object_unref);
  if (database == NULL)
    g_set_error (error, MMP_ERROR, MMP_ERROR_BROKER_TLS, "the file of trusted certificates %s cannot be used: %s",
                 path, cause != NULL ? cause->message : "it holds no certificate");

  return database;
}

static GIOStream *
start_tls (MmpMqttDial *self,
           GIOStream *base,
           GSocketConnectable *address,
           GError **error)
{
  const char *ca_file = mmp_mqtt_broker_get_ca_file (self->broker);
  g_autoptr (GIOStream) stream = g_tls_client_connection_new (base, address, error);
  g_autoptr (GTlsDatabase) database = NULL;
  GTlsCertificateFlags flags;

  if (stream == NULL)
    return NULL;

  if (ca_file != NULL)
    {
      database = load_ca_file (ca_file, error);
      if (database == NULL)
        return NULL;
      g_tls_connection_set_database (G_TLS_CONNECTION (stream), database);
    }
  /* MQTT says itself when it ends; brokers often close without TLS's own good-bye. */
  g_tls_connection_set_require_close_notify (G_TLS_CONNECTION (stream), FALSE);
  if (g_tls_connection_handshake (G_TLS_CONNECTION (stream), self->cancellable, error))
    return g_steal_pointer (&stream);

  flags = g_tls_connection_get_peer_certificate_errors (G_TLS_CONNECTION (stream));
  if (flags != 0)
    {
      g_clear_error (error);
      g_propagate_error (error, mmp_mqtt_error_new_for_certificate (flags));
    }

  return NULL;
}

static void
on_done (gpointer user_data)
{
  MmpMqttDial *self = user_data;

  if (self->func != NULL)
    self->func (self->stream, self->error, self->user_data);
}

static gpointer
dial_thread_main (gpointer data)
{
  MmpMqttDial *self = data;
  g_autoptr (GSocketConnectable) address = g_network_address_new (mmp_mqtt_broker_get_host (self->broker),
                                                                  (guint16) mmp_mqtt_broker_get_port (self->broker));
  g_autoptr (GIOStream) tcp = NULL;
  g_autoptr (GError) error = NULL;

  tcp = connect_tcp (self, address, &error);
  if (tcp == NULL)
    {
      self->error = mmp_mqtt_error_new_for_io (error, MMP_ERROR_BROKER_UNREACHABLE);
    }
  else if (!mmp_mqtt_broker_get_tls (self->broker))
    {
      self->stream = g_steal_pointer (&tcp);
    }
  else
    {
      g_atomic_int_set (&self->stage, STAGE_TLS);
      self->stream = start_tls (self, tcp, address, &error);
      if (self->stream == NULL)
        self->error = mmp_mqtt_error_new_for_io (error, MMP_ERROR_BROKER_TLS);
    }
  mmp_context_invoke (self->context, on_done, self, mmp_mqtt_dial_unref);

  return NULL;
}

/**
 * mmp_mqtt_dial_new:
 * @context: where @func is called
 *
 * Begins an attempt. It has no time limit of its own: cancel it.
 *
 * Returns: (transfer full): the attempt; give it to mmp_mqtt_dial_cancel(), also after @func was called
 */
MmpMqttDial *
mmp_mqtt_dial_new (GMainContext *context,
                   MmpMqttBroker *broker,
                   MmpMqttDialFunc func,
                   gpointer user_data)
{
  MmpMqttDial *self = g_atomic_rc_box_new0 (MmpMqttDial);
  MmpMqttDial *held = g_atomic_rc_box_acquire (self);
  GThread *thread;

  self->context = context != NULL ? g_main_context_ref (context) : NULL;
  self->broker = mmp_mqtt_broker_ref (broker);
  self->cancellable = g_cancellable_new ();
  self->func = func;
  self->user_data = user_data;
  thread = g_thread_try_new ("mmp-mqtt-dial", dial_thread_main, held, &self->error);
  if (thread != NULL)
    g_thread_unref (thread);
  else
    mmp_context_invoke (context, on_done, held, mmp_mqtt_dial_unref);

  return self;
}

/**
 * mmp_mqtt_dial_cancel:
 * @self: (transfer full): an attempt
 *
 * Leaves the attempt to itself. It ends soon, or when the system's name look-up returns.
 */
void
mmp_mqtt_dial_cancel (MmpMqttDial *self)
{
  self->func = NULL;
  g_cancellable_cancel (self->cancellable);
  mmp_mqtt_dial_unref (self);
}

/**
 * mmp_mqtt_dial_get_delay:
 *
 * Returns: (transfer full): for an attempt that takes too long, what it waits for
 */
GError *
mmp_mqtt_dial_get_delay (MmpMqttDial *self)
{
  switch ((Stage) g_atomic_int_get (&self->stage))
    {
    case STAGE_NAME:
      return g_error_new_literal (MMP_ERROR, MMP_ERROR_BROKER_NAME, "the look-up of the broker's name does not answer");
    case STAGE_TCP:
      return g_error_new_literal (MMP_ERROR, MMP_ERROR_BROKER_UNREACHABLE, "the broker's address does not answer");
    case STAGE_TLS:
    default:
      return g_error_new_literal (MMP_ERROR, MMP_ERROR_BROKER_TLS, "the broker does not finish the TLS handshake");
    }
}
