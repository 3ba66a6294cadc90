/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "diagnose/mmp-stun-probe.h"

#include "base/mmp-error.h"
#include "base/mmp-limits.h"

/* When a request is sent again, from the first time on, and when nothing is expected any more. RFC 8489 would go on for 40 s;
 * this is for a person who waits, and still has an answer on a path of 1 s that loses every second packet. */
static const gint64 send_times[] = { 0, MMP_MSEC (300), MMP_MSEC (800), MMP_MSEC (1500) };
#define SILENT_AFTER MMP_MSEC (2800)

struct _MmpStunProbe
{
  GSocket *socket;
  GSocketFamily family;
  MmpClock *clock;
  MmpWaiter *waiter;
  GSource *source;
  MmpStunQuestion *questions; /* nullable: what is being asked */
  guint n_questions;
  gint64 start;
};

/**
 * mmp_stun_question_init:
 */
void
mmp_stun_question_init (MmpStunQuestion *self,
                        GSocketAddress *to,
                        MmpStunMethod method)
{
  *self = (MmpStunQuestion) { .to = g_object_ref (to), .method = method };
}

/**
 * mmp_stun_question_clear:
 */
void
mmp_stun_question_clear (MmpStunQuestion *self)
{
  g_clear_object (&self->to);
  g_clear_pointer (&self->request, mmp_stun_request_free);
  g_clear_pointer (&self->answer, mmp_stun_answer_free);
}

/* Anybody can send to the socket, and a server that does not know RFC 5780 may answer from where it was asked, whatever it was
 * asked for. */
static gboolean
comes_from_the_right_place (const MmpStunQuestion *question,
                            GSocketAddress *from)
{
  GInetSocketAddress *asked = G_INET_SOCKET_ADDRESS (question->to);
  GInetSocketAddress *heard = G_INET_SOCKET_ADDRESS (from);
  gboolean same_address = g_inet_address_equal (g_inet_socket_address_get_address (asked), g_inet_socket_address_get_address (heard));
  gboolean same_port = g_inet_socket_address_get_port (asked) == g_inet_socket_address_get_port (heard);

  switch (question->method)
    {
    case MMP_STUN_BINDING_OTHER_ADDRESS:
      return !same_address;
    case MMP_STUN_BINDING_OTHER_PORT:
      return same_address && !same_port;
    case MMP_STUN_BINDING:
    case MMP_STUN_ALLOCATE:
    case MMP_STUN_RELEASE:
    default:
      return same_address && same_port;
    }
}

static void
take (MmpStunProbe *self,
      const guint8 *data,
      gsize size,
      GSocketAddress *from)
{
  for (guint i = 0; i < self->n_questions; i++)
    {
      MmpStunQuestion *question = &self->questions[i];

      if (question->answer != NULL || !comes_from_the_right_place (question, from))
        continue;
      question->answer = mmp_stun_answer_decode (question->request, data, size, NULL);
      if (question->answer != NULL)
        {
          question->ms = (double) (mmp_clock_now (self->clock) - self->start) / 1000.0;
          mmp_waiter_wake (self->waiter);
          return;
        }
    }
}

static gboolean
on_incoming (GSocket *socket,
             GIOCondition condition,
             gpointer user_data)
{
  MmpStunProbe *self = user_data;
  guint8 buffer[MMP_STUN_MESSAGE_MAX + 1];
  g_autoptr (GSocketAddress) from = NULL;
  gssize size = g_socket_receive_from (socket, &from, (char *) buffer, sizeof buffer, NULL, NULL);

  if (size > 0 && from != NULL && G_IS_INET_SOCKET_ADDRESS (from))
    take (self, buffer, (gsize) size, from);

  return G_SOURCE_CONTINUE;
}

/**
 * mmp_stun_probe_new:
 * @family: IPv4 or IPv6
 * @waiter: of the fiber that asks
 * @error: return location
 *
 * Returns: (transfer full) (nullable): a socket with a port of its own
 */
MmpStunProbe *
mmp_stun_probe_new (GSocketFamily family,
                    MmpClock *clock,
                    MmpWaiter *waiter,
                    GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new (family, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, error);
  g_autoptr (GInetAddress) any = g_inet_address_new_any (family);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (any, 0);
  MmpStunProbe *self;

  if (socket == NULL || !g_socket_bind (socket, address, FALSE, error))
    return NULL;

  self = g_new0 (MmpStunProbe, 1);
  g_socket_set_blocking (socket, FALSE);
  self->socket = g_steal_pointer (&socket);
  self->family = family;
  self->clock = mmp_clock_ref (clock);
  self->waiter = waiter;
  self->source = g_socket_create_source (self->socket, G_IO_IN, NULL);
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_incoming), self, NULL);
  g_source_attach (self->source, NULL);

  return self;
}

/**
 * mmp_stun_probe_free:
 * @self: (nullable): a probe that nobody asks with
 */
void
mmp_stun_probe_free (MmpStunProbe *self)
{
  if (self == NULL)
    return;

  g_source_destroy (self->source);
  g_source_unref (self->source);
  g_object_unref (self->socket);
  mmp_clock_unref (self->clock);
  g_free (self);
}

static gboolean
all_answered (const MmpStunProbe *self)
{
  for (guint i = 0; i < self->n_questions; i++)
    if (self->questions[i].answer == NULL)
      return FALSE;

  return TRUE;
}

/* What cannot be sent now is sent again anyway; the first reason is worth telling if nothing ever comes back. */
static void
send_again (MmpStunProbe *self,
            GError **error)
{
  for (guint i = 0; i < self->n_questions; i++)
    {
      const MmpStunQuestion *question = &self->questions[i];
      GBytes *bytes = mmp_stun_request_get_bytes (question->request);

      if (question->answer == NULL)
        g_socket_send_to (self->socket, question->to, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL,
                          error != NULL && *error == NULL ? error : NULL);
    }
}

/**
 * mmp_stun_probe_ask:
 * @questions: (array length=n_questions): what to ask, all at once; of the family of the probe
 * @error: return location
 *
 * In a fiber: asks, and asks again, until all have answered or must be taken for silent.
 *
 * Returns: whether there was any answer; %FALSE with an error of GIO if nothing could be sent, else %MMP_ERROR_STUN_SILENT
 *   or %MMP_ERROR_CANCELLED
 */
gboolean
mmp_stun_probe_ask (MmpStunProbe *self,
                    MmpStunQuestion *questions,
                    guint n_questions,
                    GError **error)
{
  g_autoptr (GError) cause = NULL;
  gboolean any = FALSE;
  guint sent = 0;

  for (guint i = 0; i < n_questions; i++)
    if (questions[i].request == NULL)
      questions[i].request = mmp_stun_request_new (questions[i].method, NULL, NULL, NULL);
  self->questions = questions;
  self->n_questions = n_questions;
  self->start = mmp_clock_now (self->clock);
  while (!all_answered (self) && !mmp_waiter_is_stopped (self->waiter) && mmp_clock_now (self->clock) < self->start + SILENT_AFTER)
    {
      if (sent < G_N_ELEMENTS (send_times) && mmp_clock_now (self->clock) >= self->start + send_times[sent])
        {
          send_again (self, &cause);
          sent++;
        }
      mmp_waiter_wait (self->waiter, self->start + (sent < G_N_ELEMENTS (send_times) ? send_times[sent] : SILENT_AFTER));
    }
  self->questions = NULL;
  self->n_questions = 0;

  for (guint i = 0; i < n_questions; i++)
    any = any || questions[i].answer != NULL;
  if (!any && mmp_waiter_is_stopped (self->waiter))
    g_set_error_literal (error, MMP_ERROR, MMP_ERROR_CANCELLED, "it was stopped");
  else if (!any && cause != NULL)
    g_propagate_error (error, g_steal_pointer (&cause));
  else if (!any)
    g_set_error_literal (error, MMP_ERROR, MMP_ERROR_STUN_SILENT, "there was no answer over UDP");

  return any;
}

/**
 * mmp_stun_probe_get_local_address:
 * @server: where packets go
 *
 * Returns: (transfer full) (nullable): the address and port of this machine that packets to @server carry when they leave it
 */
GSocketAddress *
mmp_stun_probe_get_local_address (MmpStunProbe *self,
                                  GSocketAddress *server)
{
  g_autoptr (GSocket) other = g_socket_new (self->family, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
  g_autoptr (GSocketAddress) bound = g_socket_get_local_address (self->socket, NULL);
  g_autoptr (GSocketAddress) route = NULL;

  /* Connecting a UDP socket sends nothing; it only lets the system choose. */
  if (other == NULL || bound == NULL || !g_socket_connect (other, server, NULL, NULL))
    return NULL;
  route = g_socket_get_local_address (other, NULL);
  if (route == NULL)
    return NULL;

  return g_inet_socket_address_new (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (route)),
                                    g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
}
