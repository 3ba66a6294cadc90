/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-classic"

#include "classic/mmp-classic-connection.h"

#include "base/mmp-error.h"
#include "base/mmp-limits.h"

#define MESSAGE_SIZE 16384

/* After the other side has closed a channel on which nothing more will come, its last bytes may still go to the socket. */
#define DRAIN_FOR MMP_SECONDS (10)

/* See mmp_data_channels_nudge() */
static const gint64 nudge_after[] = { MMP_MSEC (100), MMP_SECONDS (1), MMP_SECONDS (3) };

struct _MmpClassicConnection
{
  MmpPeer *peer;
  guint channel;
  MmpClock *clock;
  MmpClassicConnectionFunc over;
  gpointer user_data;
  MmpPump *pump;

  gboolean open; /* the channel is */
  gboolean closed; /* by the other side: nothing can be sent any more */
  gboolean ready; /* the socket has, or may have, something */
  gboolean finished; /* the socket came to its end, and the other side was told */
  gboolean ended; /* the other side said that it sends no more */
  gsize waiting; /* bytes for the socket that it has not taken */
  GError *error;
  guint timer; /* it is over, or has to be soon */
  gint64 sent_at; /* when something was sent last */
  guint n_nudges; /* since then */
  guint nudge_timer;
};

static void
on_timer (gpointer user_data)
{
  MmpClassicConnection *self = user_data;
  gboolean whole = self->error == NULL && self->finished && self->ended && self->waiting == 0;

  self->timer = 0;
  mmp_pump_end (self->pump, whole ? 0 : MMP_STREAM_IO);
}

/* Not at once: what it is called from may be a function of the pump. */
static void
end_soon (MmpClassicConnection *self,
          gint64 wait)
{
  mmp_clock_remove (self->clock, &self->timer);
  self->timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + wait, on_timer, self);
}

static void
end_if_done (MmpClassicConnection *self)
{
  if (self->finished && self->ended && self->waiting == 0)
    end_soon (self, 0);
}

/**
 * mmp_classic_connection_fail:
 * @error: (transfer full): why
 *
 * Resets the socket, soon.
 */
void
mmp_classic_connection_fail (MmpClassicConnection *self,
                             GError *error)
{
  if (self->error != NULL)
    {
      g_error_free (error);
      return;
    }

  self->error = error;
  end_soon (self, 0);
}

static void
on_nudge_timer (gpointer user_data)
{
  MmpClassicConnection *self = user_data;

  self->nudge_timer = 0;
  if (mmp_clock_now (self->clock) >= self->sent_at + nudge_after[self->n_nudges])
    {
      mmp_peer_nudge (self->peer, self->channel);
      self->n_nudges++;
    }
  if (self->n_nudges < G_N_ELEMENTS (nudge_after))
    self->nudge_timer = mmp_clock_add (self->clock, self->sent_at + nudge_after[self->n_nudges], on_nudge_timer, self);
}

/* The timer that runs finds out by itself that something was sent meanwhile. */
static void
note_sent (MmpClassicConnection *self)
{
  self->sent_at = mmp_clock_now (self->clock);
  self->n_nudges = 0;
  if (self->nudge_timer == 0)
    self->nudge_timer = mmp_clock_add (self->clock, self->sent_at + nudge_after[0], on_nudge_timer, self);
}

static void
send_message (MmpClassicConnection *self,
              gconstpointer data,
              gsize size)
{
  g_autoptr (GBytes) message = g_bytes_new (data, size);
  GError *error = NULL;

  /* Where nobody listens any more, what the socket says is read and forgotten, until it has all that came for it. */
  if (self->closed)
    return;
  if (!mmp_peer_send (self->peer, self->channel, message, &error))
    mmp_classic_connection_fail (self, error);
  else
    note_sent (self);
}

/**
 * mmp_classic_connection_send:
 *
 * The channel has room: sends what the socket has, in messages of at most 16 KiB.
 */
void
mmp_classic_connection_send (MmpClassicConnection *self)
{
  guint8 buffer[MESSAGE_SIZE];

  while (self->ready && self->open && self->error == NULL && !self->finished
         && mmp_peer_get_buffered (self->peer, self->channel) < MMP_PEER_BUFFERED_MAX)
    {
      gsize size = mmp_pump_pull (self->pump, buffer, sizeof buffer);

      if (size == 0)
        self->ready = FALSE;
      else
        send_message (self, buffer, size);
    }
}

static void
on_far_set_ready (gpointer far)
{
  MmpClassicConnection *self = far;

  self->ready = TRUE;
  mmp_classic_connection_send (self);
}

static void
on_far_consumed (gpointer far,
                 gsize size)
{
  MmpClassicConnection *self = far;

  self->waiting -= size;
  end_if_done (self);
}

static void
on_far_finish (gpointer far)
{
  MmpClassicConnection *self = far;

  self->finished = TRUE;
  send_message (self, "", 0);
  end_if_done (self);
}

static void
on_far_reset (gpointer far,
              MmpStreamCode code)
{
  /* The pump is over next. The channel is closed then, without an end. */
}

static const MmpPumpFarFuncs far_funcs = {
  .set_ready = on_far_set_ready,
  .consumed = on_far_consumed,
  .finish = on_far_finish,
  .reset = on_far_reset,
};

static void
on_pump_over (MmpPump *pump,
              guint code,
              gpointer user_data)
{
  MmpClassicConnection *self = user_data;

  if (code != 0 && self->error == NULL)
    self->error = g_error_new_literal (MMP_ERROR, MMP_ERROR_FAILED, "a connection broke");
  self->over (self, self->error, self->user_data);
}

/**
 * mmp_classic_connection_new:
 * @peer: the peer
 * @channel: a channel of it that is open, or that will be
 * @clock: of this thread
 * @over: told once, but not after mmp_classic_connection_free()
 *
 * Returns: (transfer full): a connection without its socket; what comes for it is kept
 */
MmpClassicConnection *
mmp_classic_connection_new (MmpPeer *peer,
                            guint channel,
                            MmpClock *clock,
                            MmpClassicConnectionFunc over,
                            gpointer user_data)
{
  MmpClassicConnection *self = g_new0 (MmpClassicConnection, 1);

  self->peer = g_object_ref (peer);
  self->channel = channel;
  self->clock = mmp_clock_ref (clock);
  self->over = over;
  self->user_data = user_data;
  self->pump = mmp_pump_new_to (&far_funcs, self, on_pump_over, self);

  return self;
}

/**
 * mmp_classic_connection_free:
 *
 * A connection that is not over is reset.
 */
void
mmp_classic_connection_free (MmpClassicConnection *self)
{
  mmp_clock_remove (self->clock, &self->timer);
  mmp_clock_remove (self->clock, &self->nudge_timer);
  mmp_pump_free (self->pump);
  mmp_clock_unref (self->clock);
  g_object_unref (self->peer);
  g_clear_error (&self->error);
  g_free (self);
}

/**
 * mmp_classic_connection_connect:
 * @fd: (transfer full): a connected TCP socket
 * @context: (nullable): the context of this thread
 */
void
mmp_classic_connection_connect (MmpClassicConnection *self,
                                int fd,
                                GMainContext *context)
{
  mmp_pump_connect (self->pump, fd, context);
}

/**
 * mmp_classic_connection_open:
 *
 * The channel is open.
 */
void
mmp_classic_connection_open (MmpClassicConnection *self)
{
  self->open = TRUE;
  mmp_classic_connection_send (self);
}

/**
 * mmp_classic_connection_receive:
 * @message: what came on the channel
 */
void
mmp_classic_connection_receive (MmpClassicConnection *self,
                                GBytes *message)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (message, &size);

  if (self->ended || self->error != NULL)
    return;
  if (size == 0)
    {
      self->ended = TRUE;
      mmp_pump_finish (self->pump);
      end_if_done (self);
      return;
    }

  self->waiting += size;
  if (self->waiting > MMP_CLASSIC_BACKLOG_MAX)
    mmp_classic_connection_fail (self, g_error_new_literal (MMP_ERROR, MMP_ERROR_LIMIT, "a connection was closed because its reader was too slow for the other side; the classic mode cannot make the other side wait"));
  else
    mmp_pump_deliver (self->pump, data, size);
}

/**
 * mmp_classic_connection_closed:
 * @overflowed: not closed, but more came than was taken, so that some is missing
 *
 * The channel is over. If the other side had said its end before, the socket still gets what came; else it is reset, since
 * nobody knows whether something is missing.
 */
void
mmp_classic_connection_closed (MmpClassicConnection *self,
                               gboolean overflowed)
{
  if (overflowed)
    {
      mmp_classic_connection_fail (self, g_error_new_literal (MMP_ERROR, MMP_ERROR_LIMIT, "a connection was closed because more came for it than this device could take"));
    }
  else if (!self->ended)
    {
      mmp_classic_connection_fail (self, g_error_new_literal (MMP_ERROR, MMP_ERROR_FAILED, "the other side closed a connection in its course"));
    }
  else if (!self->closed)
    {
      self->closed = TRUE;
      if (self->timer == 0)
        end_soon (self, DRAIN_FOR);
      mmp_classic_connection_send (self);
    }
}

/**
 * mmp_classic_connection_get_channel:
 *
 * Returns: the number of its channel
 */
guint
mmp_classic_connection_get_channel (MmpClassicConnection *self)
{
  return self->channel;
}

/**
 * mmp_classic_connection_get_sent:
 *
 * Returns: bytes that were read from the socket
 */
guint64
mmp_classic_connection_get_sent (MmpClassicConnection *self)
{
  return mmp_pump_get_sent (self->pump);
}

/**
 * mmp_classic_connection_get_received:
 *
 * Returns: bytes that were written to the socket
 */
guint64
mmp_classic_connection_get_received (MmpClassicConnection *self)
{
  return mmp_pump_get_received (self->pump);
}
