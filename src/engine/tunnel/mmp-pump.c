/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "tunnel/mmp-pump.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

struct _MmpPump
{
  const MmpPumpFarFuncs *far_funcs;
  gpointer far; /* the stream, or what stands in its place; NULL when it is over */
  MmpPumpOverFunc over;
  gpointer user_data;

  int fd; /* -1: not connected yet, or closed */
  GSource *source;
  gpointer tag; /* of the descriptor in the source; NULL: not watched */

  gboolean pulled; /* the stream pulls: it finds out by itself that the socket is empty */
  gboolean read_ended; /* the socket gave its end of file */
  gboolean write_broken; /* the socket takes nothing any more */
  gboolean finished; /* the stream will bring no more */
  gboolean shut; /* the socket was told so */
  gboolean failed; /* to be handled in the source, outside of the stream's callbacks */

  GByteArray *backlog; /* what the socket did not take yet, from @written on; NULL: nothing */
  gsize written;

  guint64 sent;
  guint64 received;
};

typedef struct
{
  GSource source;
  MmpPump *pump;
} PumpSource;

static gsize
backlog_size (MmpPump *self)
{
  return self->backlog != NULL ? self->backlog->len - self->written : 0;
}

static void
backlog_clear (MmpPump *self)
{
  g_clear_pointer (&self->backlog, g_byte_array_unref);
  self->written = 0;
}

/* The bytes stand in one array, whatever sizes they came in: many tiny messages must not cost more memory than the
 * window that was granted. */
static void
backlog_append (MmpPump *self,
                const guint8 *data,
                gsize size)
{
  if (self->backlog == NULL)
    self->backlog = g_byte_array_new ();
  if (self->written > self->backlog->len / 2)
    {
      g_byte_array_remove_range (self->backlog, 0, (guint) self->written);
      self->written = 0;
    }
  g_byte_array_append (self->backlog, data, (guint) size);
}

/* Poll reports a hang-up whether it was asked for or not. So a descriptor that has nothing to say that would be heard
 * now is not watched at all: else a closed socket whose stream waits for credit would spin. */
static void
watch (MmpPump *self,
       gboolean hung_up)
{
  GIOCondition condition = 0;

  if (self->fd < 0)
    return;
  if (!self->pulled && !self->read_ended)
    condition |= G_IO_IN;
  if (backlog_size (self) > 0)
    condition |= G_IO_OUT;

  if (condition == 0 && (hung_up || (self->read_ended && self->shut)))
    {
      if (self->tag != NULL)
        g_source_remove_unix_fd (self->source, g_steal_pointer (&self->tag));
    }
  else if (self->tag != NULL)
    {
      g_source_modify_unix_fd (self->source, self->tag, condition);
    }
  else
    {
      self->tag = g_source_add_unix_fd (self->source, self->fd, condition);
    }
}

static void
fail_later (MmpPump *self)
{
  self->failed = TRUE;
  g_source_set_ready_time (self->source, 0);
}

/* The last bytes that the socket has for us may still be read; how they end (end of file, error) does not matter then. */
static void
break_write (MmpPump *self)
{
  self->write_broken = TRUE;
  backlog_clear (self);
  if (self->read_ended)
    {
      fail_later (self);
    }
  else if (!self->pulled)
    {
      self->pulled = TRUE;
      self->far_funcs->set_ready (self->far);
    }
}

static void
shut_write (MmpPump *self)
{
  if (self->shut || self->fd < 0 || self->write_broken || !self->finished || backlog_size (self) > 0)
    return;

  self->shut = TRUE;
  shutdown (self->fd, SHUT_WR);
}

/* Returns how many bytes the socket took */
static gsize
write_some (MmpPump *self,
            const guint8 *data,
            gsize size)
{
  ssize_t n;

  do
    n = send (self->fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);

  if (n < 0 && errno != EAGAIN && errno != ENOBUFS)
    break_write (self);
  if (n <= 0)
    return 0;
  self->received += (gsize) n;

  return (gsize) n;
}

static void
let_go (MmpPump *self,
        gboolean reset)
{
  if (self->source != NULL)
    {
      g_source_destroy (self->source);
      g_clear_pointer (&self->source, g_source_unref);
      self->tag = NULL;
    }
  if (self->fd >= 0)
    {
      if (reset)
        mmp_socket_reset (self->fd);
      else
        close (self->fd);
      self->fd = -1;
    }
  backlog_clear (self);
}

static void
end (MmpPump *self,
     guint code)
{
  self->far = NULL;
  let_go (self, code != 0);
  self->over (self, code, self->user_data);
}

static void
fail (MmpPump *self)
{
  self->far_funcs->reset (self->far, MMP_STREAM_IO);
  end (self, MMP_STREAM_IO);
}

static void
flush_backlog (MmpPump *self)
{
  gsize taken = write_some (self, self->backlog->data + self->written, backlog_size (self));

  self->written += taken;
  if (backlog_size (self) == 0)
    backlog_clear (self);
  shut_write (self);
  if (taken > 0)
    self->far_funcs->consumed (self->far, taken);
}

static gboolean
on_socket_ready (GSource *source,
                 GSourceFunc callback,
                 gpointer user_data)
{
  MmpPump *self = ((PumpSource *) source)->pump;
  GIOCondition condition = self->tag != NULL ? g_source_query_unix_fd (source, self->tag) : 0;
  gboolean hung_up = (condition & (G_IO_HUP | G_IO_ERR)) != 0;

  if (self->failed || (hung_up && self->read_ended))
    {
      fail (self);
      return G_SOURCE_CONTINUE;
    }

  if ((condition & G_IO_OUT) != 0 && backlog_size (self) > 0)
    flush_backlog (self);
  if ((hung_up || (condition & G_IO_IN) != 0) && !self->pulled && !self->read_ended)
    {
      self->pulled = TRUE;
      self->far_funcs->set_ready (self->far);
    }
  watch (self, hung_up);

  return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = {
  .dispatch = on_socket_ready,
};

/**
 * mmp_pump_pull:
 * @buffer: where bytes go
 * @size: its size, at least 1
 *
 * For a far end that is no stream: takes what came on the socket, once it was told that the pump is ready.
 *
 * Returns: how many bytes; 0: nothing now. The pump says when it is ready again, or has said that it is at its end
 */
gsize
mmp_pump_pull (MmpPump *self,
               guint8 *buffer,
               gsize size)
{
  ssize_t n;

  if (self->fd < 0 || self->failed || self->read_ended)
    return 0;
  do
    n = recv (self->fd, buffer, size, MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  if (n > 0)
    {
      self->sent += (gsize) n;
      return (gsize) n;
    }

  self->pulled = FALSE;
  if (n == 0 && !self->write_broken)
    self->read_ended = TRUE;
  else if (n == 0 || errno != EAGAIN)
    fail_later (self);
  watch (self, FALSE);
  if (self->read_ended)
    self->far_funcs->finish (self->far);

  return 0;
}

/**
 * mmp_pump_deliver:
 * @data: bytes for the socket
 * @size: how many
 *
 * For a far end that is no stream: takes all of them. The pump says when the socket has them.
 */
void
mmp_pump_deliver (MmpPump *self,
                  const guint8 *data,
                  gsize size)
{
  gsize taken = 0;

  if (self->fd >= 0 && backlog_size (self) == 0 && !self->write_broken)
    taken = write_some (self, data, size);
  if (self->write_broken)
    return;
  if (taken < size)
    {
      backlog_append (self, data + taken, size - taken);
      watch (self, FALSE);
    }
  if (taken > 0)
    self->far_funcs->consumed (self->far, taken);
}

/**
 * mmp_pump_finish:
 *
 * For a far end that is no stream: nothing more will be delivered.
 */
void
mmp_pump_finish (MmpPump *self)
{
  self->finished = TRUE;
  shut_write (self);
  watch (self, FALSE);
}

/**
 * mmp_pump_end:
 * @code: 0 if both directions came to their end, else why not
 *
 * For a far end that is no stream: it is over. Calls the pump's callback, from where it may be freed.
 */
void
mmp_pump_end (MmpPump *self,
              guint code)
{
  end (self, code);
}

static gsize
on_pull (MmpStream *stream,
         guint8 *buffer,
         gsize size,
         gpointer user_data)
{
  return mmp_pump_pull (user_data, buffer, size);
}

static void
on_deliver (MmpStream *stream,
            const guint8 *data,
            gsize size,
            gpointer user_data)
{
  mmp_pump_deliver (user_data, data, size);
}

static void
on_finished (MmpStream *stream,
             gpointer user_data)
{
  mmp_pump_finish (user_data);
}

static void
on_over (MmpStream *stream,
         guint code,
         gpointer user_data)
{
  MmpPump *self = user_data;

  end (self, code);
}

static const MmpStreamFuncs stream_funcs = {
  .pull = on_pull,
  .deliver = on_deliver,
  .finished = on_finished,
  .over = on_over,
};

static void
stream_set_ready (gpointer far)
{
  mmp_stream_set_ready (far);
}

static void
stream_consumed (gpointer far,
                 gsize size)
{
  mmp_stream_consumed (far, size);
}

static void
stream_finish (gpointer far)
{
  mmp_stream_finish (far);
}

static void
stream_reset (gpointer far,
              MmpStreamCode code)
{
  mmp_stream_reset (far, code);
}

static const MmpPumpFarFuncs stream_far_funcs = {
  .set_ready = stream_set_ready,
  .consumed = stream_consumed,
  .finish = stream_finish,
  .reset = stream_reset,
};

/**
 * mmp_socket_reset:
 * @fd: (transfer full): a TCP socket
 *
 * Closes a socket so that its other side sees a connection that was reset (RST), not one that came to its end.
 */
void
mmp_socket_reset (int fd)
{
  const struct linger linger = { .l_onoff = 1, .l_linger = 0 };

  setsockopt (fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  close (fd);
}

/**
 * mmp_pump_new:
 * @stream: (transfer none): a stream that is open; its callbacks are the pump's from now on
 * @over: called once, but not after mmp_pump_abort() or mmp_pump_free()
 *
 * Takes a stream for which there is no socket yet. What it brings is kept; the window of the stream is the bound.
 *
 * Returns: (transfer full): a pump that waits for mmp_pump_connect()
 */
MmpPump *
mmp_pump_new (MmpStream *stream,
              MmpPumpOverFunc over,
              gpointer user_data)
{
  MmpPump *self = mmp_pump_new_to (&stream_far_funcs, stream, over, user_data);

  mmp_stream_set_funcs (stream, &stream_funcs, self);

  return self;
}

/**
 * mmp_pump_new_to:
 * @far_funcs: what the pump says to its far end, which is none of a link
 * @far: their argument
 *
 * As mmp_pump_new(). What is delivered before there is a socket is kept without a bound.
 *
 * Returns: (transfer full): a pump that waits for mmp_pump_connect()
 */
MmpPump *
mmp_pump_new_to (const MmpPumpFarFuncs *far_funcs,
                 gpointer far,
                 MmpPumpOverFunc over,
                 gpointer user_data)
{
  MmpPump *self = g_new0 (MmpPump, 1);

  self->far_funcs = far_funcs;
  self->far = far;
  self->over = over;
  self->user_data = user_data;
  self->fd = -1;

  return self;
}

/**
 * mmp_pump_free:
 *
 * A pump that is not over is aborted with %MMP_STREAM_IO.
 */
void
mmp_pump_free (MmpPump *self)
{
  mmp_pump_abort (self, MMP_STREAM_IO);
  g_free (self);
}

/**
 * mmp_pump_connect:
 * @fd: (transfer full): a connected TCP socket
 * @context: (nullable): the context of this thread
 *
 * Gives the socket; from now on bytes flow. To be called once.
 */
void
mmp_pump_connect (MmpPump *self,
                  int fd,
                  GMainContext *context)
{
  const int on = 1;

  g_return_if_fail (self->fd < 0 && self->source == NULL && self->far != NULL);

  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  self->fd = fd;
  self->source = g_source_new (&source_funcs, sizeof (PumpSource));
  ((PumpSource *) self->source)->pump = self;
  g_source_set_static_name (self->source, "[mmp] pump");
  shut_write (self);
  watch (self, FALSE);
  g_source_attach (self->source, context);
}

/**
 * mmp_pump_abort:
 * @code: what the other side of the stream is told
 *
 * Resets stream and socket. The callback is not called.
 */
void
mmp_pump_abort (MmpPump *self,
                MmpStreamCode code)
{
  if (self->far != NULL)
    self->far_funcs->reset (g_steal_pointer (&self->far), code);
  let_go (self, TRUE);
}

/**
 * mmp_pump_get_sent:
 *
 * Returns: bytes that were read from the socket
 */
guint64
mmp_pump_get_sent (MmpPump *self)
{
  return self->sent;
}

/**
 * mmp_pump_get_received:
 *
 * Returns: bytes that were written to the socket
 */
guint64
mmp_pump_get_received (MmpPump *self)
{
  return self->received;
}
