/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* accept4 */
#define G_LOG_DOMAIN "mmp-tunnel"

#include "tunnel/mmp-forward-port.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"

#define RETRY_AFTER MMP_SECONDS (3)
#define EXHAUSTED_PAUSE MMP_SECONDS (1) /* no descriptor is left: accept again after this */
#define ADDRESSES_MAX 8 /* of one name */
#define ACCEPTS_MAX 16 /* in one turn of the context, so that a flood leaves time for the bytes of others */
#define BACKLOG 128

typedef struct
{
  GSource source;
  MmpForwardPort *port;
  gpointer tag;
  int fd;
} ListenSource;

struct _MmpForwardPort
{
  GObject parent_instance;

  MmpClock *clock;
  GMainContext *context;
  char *address;
  guint port; /* what was asked for; once open, what it was then */
  const MmpForwardPortFuncs *funcs;
  gpointer user_data;

  gboolean wanted;
  GPtrArray *sources; /* ListenSource, one an address; empty: closed */
  GCancellable *resolving; /* NULL: no look-up runs */
  guint retry;
  GError *reported; /* the failure that was reported last */
};

G_DEFINE_FINAL_TYPE (MmpForwardPort, mmp_forward_port, G_TYPE_OBJECT)

static void
listen_source_free (gpointer data)
{
  GSource *source = data;

  g_source_destroy (source);
  close (((ListenSource *) source)->fd);
  g_source_unref (source);
}

static gboolean
is_exhaustion (int code)
{
  return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
}

static gboolean
on_connection (GSource *source,
               GSourceFunc callback,
               gpointer user_data)
{
  ListenSource *listen_source = (ListenSource *) source;
  g_autoptr (MmpForwardPort) self = g_object_ref (listen_source->port);

  g_source_set_ready_time (source, -1);
  g_source_modify_unix_fd (source, listen_source->tag, G_IO_IN);
  for (guint i = 0; i < ACCEPTS_MAX && !g_source_is_destroyed (source); i++)
    {
      int fd = accept4 (listen_source->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

      if (fd >= 0)
        {
          self->funcs->accepted (self, fd, self->user_data);
        }
      else if (is_exhaustion (errno))
        {
          g_debug ("%s port %u: %s", self->address, self->port, g_strerror (errno));
          g_source_modify_unix_fd (source, listen_source->tag, 0);
          g_source_set_ready_time (source, g_get_monotonic_time () + EXHAUSTED_PAUSE);
          break;
        }
      else if (errno == EAGAIN)
        {
          break;
        }
    }

  return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = {
  .dispatch = on_connection,
};

static void
add_source (MmpForwardPort *self,
            int fd)
{
  GSource *source = g_source_new (&source_funcs, sizeof (ListenSource));
  ListenSource *listen_source = (ListenSource *) source;

  listen_source->port = self;
  listen_source->fd = fd;
  listen_source->tag = g_source_add_unix_fd (source, fd, G_IO_IN);
  g_source_set_static_name (source, "[mmp] forward port");
  g_source_attach (source, self->context);
  g_ptr_array_add (self->sources, source);
}

/* Returns a listening socket, or -1 with errno */
static int
listen_at (GInetAddress *address,
           guint port)
{
  g_autoptr (GSocketAddress) where = g_inet_socket_address_new (address, (guint16) port);
  struct sockaddr_storage native = { 0 };
  socklen_t size = (socklen_t) g_socket_address_get_native_size (where);
  const int on = 1;
  const int off = 0;
  int fd = socket (g_socket_address_get_family (where), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int code;

  if (fd < 0)
    return -1;
  /* So that opening again at once works although connections of the last time are in TIME-WAIT. Linux still refuses a
   * port that somebody listens on. */
  setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (g_inet_address_get_is_any (address) && g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (g_socket_address_to_native (where, &native, sizeof native, NULL)
      && bind (fd, (struct sockaddr *) &native, size) == 0 && listen (fd, BACKLOG) == 0)
    return fd;

  code = errno;
  close (fd);
  errno = code;

  return -1;
}

static guint
port_of (int fd)
{
  struct sockaddr_storage native = { 0 };
  socklen_t size = sizeof native;
  g_autoptr (GSocketAddress) address = NULL;

  if (getsockname (fd, (struct sockaddr *) &native, &size) == 0)
    address = g_socket_address_new_from_native (&native, size);

  return address != NULL ? g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)) : 0;
}

static void
set_error_from_errno (GError **error,
                      MmpForwardPort *self,
                      int code)
{
  switch (code)
    {
    case EADDRINUSE:
      g_set_error (error, MMP_ERROR, MMP_ERROR_PORT_IN_USE, "another program uses port %u of %s", self->port, self->address);
      break;
    case EACCES:
    case EPERM:
      g_set_error (error, MMP_ERROR, MMP_ERROR_PORT_DENIED, "there is no permission to open port %u of %s", self->port, self->address);
      break;
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
      g_set_error (error, MMP_ERROR, MMP_ERROR_PORT_DENIED, "%s is not an address of this device", self->address);
      break;
    default:
      g_set_error (error, MMP_ERROR, MMP_ERROR_PORT_DENIED, "port %u of %s cannot be opened: %s", self->port, self->address,
                   g_strerror (code));
      break;
    }
}

/* All addresses of a name share one port; the unspecified address stands for all. One that this machine does not have (::1 without IPv6) is passed over if
 * another one works; one that somebody else listens on is not, since clients would meet the wrong server. */
static gboolean
open_all (MmpForwardPort *self,
          GList *addresses,
          GError **error)
{
  guint port = self->port;
  int code = EADDRNOTAVAIL;
  guint n = 0;

  for (GList *l = addresses; l != NULL && n < ADDRESSES_MAX; l = l->next, n++)
    {
      int fd = listen_at (l->data, port);

      if (fd >= 0)
        {
          port = port_of (fd);
          add_source (self, fd);
          if (g_inet_address_get_is_any (l->data))
            break;
          continue;
        }
      code = errno;
      if (code != EADDRNOTAVAIL && code != EAFNOSUPPORT)
        {
          g_ptr_array_set_size (self->sources, 0);
          break;
        }
    }
  if (self->sources->len == 0)
    {
      set_error_from_errno (error, self, code);
      return FALSE;
    }
  self->port = port;

  return TRUE;
}

/* Returns an empty list for a name */
static GList *
literals_of (const char *address)
{
  GInetAddress *literal = NULL;

  if (g_str_equal (address, "*"))
    return g_list_append (g_list_append (NULL, g_inet_address_new_any (G_SOCKET_FAMILY_IPV6)),
                          g_inet_address_new_any (G_SOCKET_FAMILY_IPV4));
  literal = g_inet_address_new_from_string (address);

  return literal != NULL ? g_list_append (NULL, literal) : NULL;
}

static void
on_retry (gpointer user_data)
{
  MmpForwardPort *self = user_data;

  self->retry = 0;
  mmp_forward_port_open (self);
}

static void
settle (MmpForwardPort *self,
        const GError *error)
{
  gboolean is_news;

  if (error == NULL)
    {
      g_clear_error (&self->reported);
      self->funcs->listening (self, self->port, self->user_data);
      return;
    }

  self->retry = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + RETRY_AFTER, on_retry, self);
  is_news = self->reported == NULL || !g_str_equal (self->reported->message, error->message);
  if (is_news)
    {
      g_clear_error (&self->reported);
      self->reported = g_error_copy (error);
      self->funcs->failed (self, error, self->user_data);
    }
}

static void
on_resolved (GObject *resolver,
             GAsyncResult *result,
             gpointer user_data)
{
  g_autoptr (MmpForwardPort) self = user_data;
  g_autoptr (GError) cause = NULL;
  g_autoptr (GError) error = NULL;
  GList *addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (resolver), result, &cause);

  if (!g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED) && self->wanted && self->resolving != NULL)
    {
      g_clear_object (&self->resolving);
      if (addresses == NULL)
        g_set_error (&error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID, "the name %s cannot be looked up", self->address);
      else
        open_all (self, addresses, &error);
      settle (self, error);
    }
  g_resolver_free_addresses (addresses);
}

static void
mmp_forward_port_dispose (GObject *object)
{
  MmpForwardPort *self = MMP_FORWARD_PORT (object);

  mmp_forward_port_close (self);

  G_OBJECT_CLASS (mmp_forward_port_parent_class)->dispose (object);
}

static void
mmp_forward_port_finalize (GObject *object)
{
  MmpForwardPort *self = MMP_FORWARD_PORT (object);

  g_ptr_array_unref (self->sources);
  g_clear_error (&self->reported);
  g_free (self->address);
  mmp_clock_unref (self->clock);
  g_main_context_unref (self->context);

  G_OBJECT_CLASS (mmp_forward_port_parent_class)->finalize (object);
}

static void
mmp_forward_port_class_init (MmpForwardPortClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = mmp_forward_port_dispose;
  object_class->finalize = mmp_forward_port_finalize;
}

static void
mmp_forward_port_init (MmpForwardPort *self)
{
  self->sources = g_ptr_array_new_with_free_func (listen_source_free);
}

/**
 * mmp_forward_port_new:
 * @clock: of this thread
 * @context: (nullable): the context of this thread, its default one
 * @address: a literal address, a name, or `*` for all addresses of this machine
 * @port: 0 (any free one, and then the same each time) to 65,535
 *
 * Returns: (transfer full): a port that is closed
 */
MmpForwardPort *
mmp_forward_port_new (MmpClock *clock,
                      GMainContext *context,
                      const char *address,
                      guint port,
                      const MmpForwardPortFuncs *funcs,
                      gpointer user_data)
{
  MmpForwardPort *self = g_object_new (MMP_TYPE_FORWARD_PORT, NULL);

  self->clock = mmp_clock_ref (clock);
  self->context = g_main_context_ref (context != NULL ? context : g_main_context_default ());
  self->address = g_strdup (address);
  self->port = port;
  self->funcs = funcs;
  self->user_data = user_data;

  return self;
}

/**
 * mmp_forward_port_open:
 *
 * Opens the port, or tries again at once if that failed before. Nothing happens to one that is open. A literal address is
 * open, or has failed, when this returns; a name is looked up first.
 */
void
mmp_forward_port_open (MmpForwardPort *self)
{
  g_autolist (GInetAddress) literals = NULL;
  g_autoptr (GError) error = NULL;

  self->wanted = TRUE;
  if (self->sources->len > 0 || self->resolving != NULL)
    return;
  mmp_clock_remove (self->clock, &self->retry);

  literals = literals_of (self->address);
  if (literals != NULL)
    {
      open_all (self, literals, &error);
      settle (self, error);
    }
  else
    {
      g_autoptr (GResolver) resolver = g_resolver_get_default ();

      self->resolving = g_cancellable_new ();
      g_resolver_lookup_by_name_async (resolver, self->address, self->resolving, on_resolved, g_object_ref (self));
    }
}

/**
 * mmp_forward_port_close:
 *
 * Closes the port, and resets connections that nobody accepted yet. Connections that were accepted know nothing of it.
 */
void
mmp_forward_port_close (MmpForwardPort *self)
{
  self->wanted = FALSE;
  mmp_clock_remove (self->clock, &self->retry);
  if (self->resolving != NULL)
    {
      g_cancellable_cancel (self->resolving);
      g_clear_object (&self->resolving);
    }
  g_ptr_array_set_size (self->sources, 0);
}
