/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rtc/mmp-turn-forwarder.h"

#include <string.h>
#include <sys/socket.h>

#include "base/mmp-context.h"
#include "base/mmp-error.h"
#include "rtc/mmp-turn-dial.h"

/* One agent makes a connection for each address of this machine. */
#define CROSSINGS_MAX 16

/* What the agent still sends when the server is gone is thrown away in such pieces, in bytes. */
#define SKIP_SIZE 4096

struct _MmpTurnForwarder
{
  GMainContext *context;
  char *host;
  guint port;
  gboolean tls;
  char *ca_file; /* nullable: the system's authorities */
  GSocket *listener;
  guint local_port;
  gint freed;
  MmpTurnForwarderFunc failed; /* nullable */
  gpointer user_data;

  /* On the context's thread only */
  GSource *source;
  GPtrArray *crossings; /* (element-type Crossing), not owned: each lives as long as something of it is under way */
};

/* One connection of the agent, and the one that it is led on to. Held by each operation under way. */
typedef struct
{
  MmpTurnForwarder *forwarder;
  GCancellable *over; /* all of it */
  GCancellable *cancellable; /* what has to do with the server */
  GIOStream *local;
  GIOStream *remote; /* nullable: not there yet, or not any more */
  guint n_splices; /* under way */
} Crossing;

static void
mmp_turn_forwarder_clear (gpointer data)
{
  MmpTurnForwarder *self = data;

  g_clear_pointer (&self->context, g_main_context_unref);
  g_free (self->host);
  g_free (self->ca_file);
  g_clear_object (&self->listener);
  g_clear_pointer (&self->crossings, g_ptr_array_unref);
}

static void
mmp_turn_forwarder_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, mmp_turn_forwarder_clear);
}

static void
crossing_clear (gpointer data)
{
  Crossing *crossing = data;

  g_ptr_array_remove_fast (crossing->forwarder->crossings, crossing);
  g_io_stream_close_async (crossing->local, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
  if (crossing->remote != NULL)
    g_io_stream_close_async (crossing->remote, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
  g_clear_object (&crossing->local);
  g_clear_object (&crossing->remote);
  g_clear_object (&crossing->cancellable);
  g_clear_object (&crossing->over);
  mmp_turn_forwarder_unref (crossing->forwarder);
}

static void
crossing_unref (Crossing *crossing)
{
  g_rc_box_release_full (crossing, crossing_clear);
}

static void wait_for_agent (Crossing *crossing);

static void
on_skipped (GObject *object,
            GAsyncResult *result,
            gpointer user_data)
{
  Crossing *crossing = user_data;

  if (g_input_stream_skip_finish (G_INPUT_STREAM (object), result, NULL) > 0)
    wait_for_agent (crossing);
  crossing_unref (crossing);
}

/* The agent must not see that the server closed the connection: when the socket under the pair in use goes while another
 * pair was nominated, libnice ends the process (0.1.22, an assertion in priv_prune_pending_checks(); seen each third time
 * that a server was stopped). That the path is dead, pings tell; the agent closes its end when its peer is closed. */
static void
wait_for_agent (Crossing *crossing)
{
  g_input_stream_skip_async (g_io_stream_get_input_stream (crossing->local), SKIP_SIZE, G_PRIORITY_DEFAULT, crossing->over, on_skipped, g_rc_box_acquire (crossing));
}

/* TURN knows no half-open connections: where one direction ends, so does the other. */
static void
on_spliced (GObject *object,
            GAsyncResult *result,
            gpointer user_data)
{
  Crossing *crossing = user_data;

  g_output_stream_splice_finish (G_OUTPUT_STREAM (object), result, NULL);
  g_cancellable_cancel (crossing->cancellable);
  if (--crossing->n_splices == 0)
    {
      g_io_stream_close_async (crossing->remote, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
      g_clear_object (&crossing->remote);
      wait_for_agent (crossing);
    }
  crossing_unref (crossing);
}

static void
splice (Crossing *crossing,
        GIOStream *from,
        GIOStream *to)
{
  crossing->n_splices++;
  g_output_stream_splice_async (g_io_stream_get_output_stream (to), g_io_stream_get_input_stream (from), G_OUTPUT_STREAM_SPLICE_NONE,
                                G_PRIORITY_DEFAULT, crossing->cancellable, on_spliced, g_rc_box_acquire (crossing));
}

static void
on_dialed (GObject *object,
           GAsyncResult *result,
           gpointer user_data)
{
  Crossing *crossing = user_data;
  MmpTurnForwarder *self = crossing->forwarder;
  g_autoptr (GError) error = NULL;

  crossing->remote = mmp_turn_dial_finish (result, &error);
  if (crossing->remote != NULL && !g_cancellable_is_cancelled (crossing->cancellable))
    {
      splice (crossing, crossing->local, crossing->remote);
      splice (crossing, crossing->remote, crossing->local);
    }
  else if (error != NULL && error->code != MMP_ERROR_CANCELLED && self->failed != NULL && !g_atomic_int_get (&self->freed))
    {
      self->failed (error, self->user_data);
    }
  crossing_unref (crossing);
}

static gboolean
equal (const struct sockaddr_storage *a,
       socklen_t a_length,
       const struct sockaddr_storage *b,
       socklen_t b_length)
{
  return a_length == b_length && memcmp (a, b, a_length) == 0;
}

/* Whether the other end of @accepted is a socket of this process too. Any user of the machine can connect to a port of the
 * loopback; a TURN server's address would be lent to somebody else's program. */
static gboolean
is_of_this_process (GSocket *accepted)
{
  struct sockaddr_storage ours = { 0 };
  struct sockaddr_storage theirs = { 0 };
  socklen_t ours_length = sizeof ours;
  socklen_t theirs_length = sizeof theirs;
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  const char *name;

  if (dir == NULL || getsockname (g_socket_get_fd (accepted), (struct sockaddr *) &ours, &ours_length) != 0 || getpeername (g_socket_get_fd (accepted), (struct sockaddr *) &theirs, &theirs_length) != 0)
    return FALSE;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      int fd = (int) g_ascii_strtoll (name, NULL, 10);
      struct sockaddr_storage local = { 0 };
      struct sockaddr_storage remote = { 0 };
      socklen_t local_length = sizeof local;
      socklen_t remote_length = sizeof remote;

      if (getsockname (fd, (struct sockaddr *) &local, &local_length) == 0 && equal (&local, local_length, &theirs, theirs_length) && getpeername (fd, (struct sockaddr *) &remote, &remote_length) == 0 && equal (&remote, remote_length, &ours, ours_length))
        return TRUE;
    }

  return FALSE;
}

static gboolean
on_incoming (GSocket *socket,
             GIOCondition condition,
             gpointer user_data)
{
  MmpTurnForwarder *self = user_data;
  g_autoptr (GSocket) accepted = g_socket_accept (socket, NULL, NULL);
  Crossing *crossing;

  if (accepted == NULL || self->crossings->len >= CROSSINGS_MAX || !is_of_this_process (accepted))
    return G_SOURCE_CONTINUE;

  crossing = g_rc_box_new0 (Crossing);
  crossing->forwarder = g_atomic_rc_box_acquire (self);
  crossing->over = g_cancellable_new ();
  crossing->cancellable = g_cancellable_new ();
  crossing->local = G_IO_STREAM (g_socket_connection_factory_create_connection (accepted));
  g_ptr_array_add (self->crossings, crossing);
  mmp_turn_dial_async (self->host, self->port, self->tls, self->ca_file, crossing->cancellable, on_dialed, crossing);

  return G_SOURCE_CONTINUE;
}

static void
begin (gpointer user_data)
{
  MmpTurnForwarder *self = user_data;

  if (g_atomic_int_get (&self->freed))
    return;

  self->source = g_socket_create_source (self->listener, G_IO_IN, NULL);
  g_source_set_static_name (self->source, "[mmp] TURN");
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_incoming), g_atomic_rc_box_acquire (self), mmp_turn_forwarder_unref);
  g_source_attach (self->source, self->context);
}

static void
end (gpointer user_data)
{
  MmpTurnForwarder *self = user_data;

  for (guint i = 0; i < self->crossings->len; i++)
    {
      Crossing *crossing = g_ptr_array_index (self->crossings, i);

      g_cancellable_cancel (crossing->over);
      g_cancellable_cancel (crossing->cancellable);
    }
  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  g_socket_close (self->listener, NULL);
}

static GSocket *
listen_here (GError **error)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);

  if (socket == NULL || !g_socket_bind (socket, address, FALSE, error) || !g_socket_listen (socket, error))
    return NULL;
  g_socket_set_blocking (socket, FALSE);

  return g_steal_pointer (&socket);
}

/**
 * mmp_turn_forwarder_new:
 * @context: (nullable): runs on the thread where all bytes are moved, as its default context; %NULL for the global one
 * @host: name or address of the TURN server, with TLS as its certificate has it
 * @port: 1 to 65535
 * @tls: whether to speak TLS to it
 * @ca_file: (nullable): a PEM file with the certificates to trust instead of the system's
 * @failed: (nullable): told of each connection that failed
 * @error: return location
 *
 * Opens the port; the server is reached when the agent connects. May be called from any thread.
 *
 * Returns: (transfer full): a forwarder that listens; %NULL with %MMP_ERROR_FAILED if this machine has no port left
 */
MmpTurnForwarder *
mmp_turn_forwarder_new (GMainContext *context,
                        const char *host,
                        guint port,
                        gboolean tls,
                        const char *ca_file,
                        MmpTurnForwarderFunc failed,
                        gpointer user_data,
                        GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GSocket) listener = listen_here (&cause);
  g_autoptr (GSocketAddress) address = listener != NULL ? g_socket_get_local_address (listener, &cause) : NULL;
  MmpTurnForwarder *self;

  if (address == NULL)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_FAILED, "no local port for the way to the TURN server: %s", cause->message);
      return NULL;
    }

  self = g_atomic_rc_box_new0 (MmpTurnForwarder);
  self->context = context != NULL ? g_main_context_ref (context) : g_main_context_ref (g_main_context_default ());
  self->host = g_strdup (host);
  self->port = port;
  self->tls = tls;
  self->ca_file = g_strdup (ca_file);
  self->listener = g_steal_pointer (&listener);
  self->local_port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
  self->failed = failed;
  self->user_data = user_data;
  self->crossings = g_ptr_array_new ();
  mmp_context_invoke (self->context, begin, g_atomic_rc_box_acquire (self), mmp_turn_forwarder_unref);

  return self;
}

/**
 * mmp_turn_forwarder_get_port:
 *
 * May be called from any thread.
 *
 * Returns: the port on 127.0.0.1 to give to the agent
 */
guint
mmp_turn_forwarder_get_port (MmpTurnForwarder *self)
{
  return self->local_port;
}

/**
 * mmp_turn_forwarder_free:
 * @self: (nullable) (transfer full): a forwarder
 *
 * Closes the port and all connections, a little later and on the context's thread. May be called from any thread; when
 * that is not the context's, a call of the function for failures may just be under way.
 */
void
mmp_turn_forwarder_free (MmpTurnForwarder *self)
{
  if (self == NULL)
    return;

  g_atomic_int_set (&self->freed, TRUE);
  mmp_context_invoke (self->context, end, self, mmp_turn_forwarder_unref);
}
