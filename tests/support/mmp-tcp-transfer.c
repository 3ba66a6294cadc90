/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-tcp-transfer.h"

#include "mmp-test.h"

static gpointer
send_in_pieces (gpointer user_data)
{
  MmpTcpTransfer *self = user_data;
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  const char *data = g_bytes_get_data (self->data, NULL);
  gsize left = g_bytes_get_size (self->data);

  while (left > 0)
    {
      gsize size = (gsize) 1 << g_rand_int_range (random, 0, 17);

      size = MIN (size, left);
      if (!mmp_tcp_send (self->socket, data, size))
        break;
      data += size;
      left -= size;
    }
  if (left == 0)
    g_socket_shutdown (self->socket, FALSE, TRUE, NULL);
  g_atomic_int_set (&self->done, TRUE);

  return NULL;
}

static gpointer
receive (gpointer user_data)
{
  MmpTcpTransfer *self = user_data;

  self->data = mmp_tcp_receive_all (self->socket, NULL);
  g_atomic_int_set (&self->done, TRUE);

  return NULL;
}

/**
 * mmp_tcp_transfer_begin_sending:
 *
 * Sends @data in pieces of 1 byte to 64 KiB, and the end.
 */
void
mmp_tcp_transfer_begin_sending (MmpTcpTransfer *self,
                                GSocket *socket,
                                GBytes *data)
{
  *self = (MmpTcpTransfer) { .socket = socket, .data = data };
  self->thread = g_thread_new ("send", send_in_pieces, self);
}

/**
 * mmp_tcp_transfer_begin_receiving:
 *
 * Receives until the end.
 */
void
mmp_tcp_transfer_begin_receiving (MmpTcpTransfer *self,
                                  GSocket *socket)
{
  *self = (MmpTcpTransfer) { .socket = socket };
  self->thread = g_thread_new ("receive", receive, self);
}

/**
 * mmp_tcp_transfer_finish:
 *
 * Runs the default context until it is done.
 */
void
mmp_tcp_transfer_finish (MmpTcpTransfer *self)
{
  mmp_test_await (g_atomic_int_get (&self->done));
  g_thread_join (g_steal_pointer (&self->thread));
}

/**
 * mmp_tcp_transfer_finish_with:
 * @expected: (nullable): what must have come; %NULL: the connection must have been reset
 */
void
mmp_tcp_transfer_finish_with (MmpTcpTransfer *self,
                              GBytes *expected)
{
  mmp_tcp_transfer_finish (self);
  if (expected == NULL)
    {
      g_assert_null (self->data);
      return;
    }
  g_assert_nonnull (self->data);
  g_assert_true (g_bytes_equal (self->data, expected));
  g_clear_pointer (&self->data, g_bytes_unref);
}

/**
 * mmp_tcp_transfer_check_echo:
 * @socket: leads to mmp_tcp_echo()
 *
 * Sends @data and the end, and expects the same back.
 */
void
mmp_tcp_transfer_check_echo (GSocket *socket,
                             GBytes *data)
{
  MmpTcpTransfer sending, receiving;

  mmp_tcp_transfer_begin_sending (&sending, socket, data);
  mmp_tcp_transfer_begin_receiving (&receiving, socket);
  mmp_tcp_transfer_finish_with (&receiving, data);
  mmp_tcp_transfer_finish (&sending);
}

/**
 * mmp_test_make_data:
 * @size: a multiple of 4
 *
 * Returns: (transfer full): bytes by chance, the same for the same @seed
 */
GBytes *
mmp_test_make_data (gsize size,
                    guint32 seed)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  guint32 *words = g_malloc (size);

  g_assert_cmpuint (size % sizeof *words, ==, 0);
  for (gsize i = 0; i < size / sizeof *words; i++)
    words[i] = g_rand_int (random);

  return g_bytes_new_take (words, size);
}
