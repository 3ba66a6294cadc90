/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-test-sides.h"

#include "base/mmp-limits.h"
#include "mmp-test.h"

#include <string.h>

/* What the stream is given to send every 10 ms */
#define BUDGET (32 * 1024)

typedef struct
{
  MmpContextFunc func;
  gpointer data;
  gint done;
} Errand;

static void
on_errand (gpointer user_data)
{
  Errand *errand = user_data;

  errand->func (errand->data);
  g_atomic_int_set (&errand->done, TRUE);
}

/* Runs @func on the I/O thread and waits for it. */
static void
run_on_io (GMainContext *io,
           MmpContextFunc func,
           gpointer data)
{
  Errand errand = { func, data, FALSE };

  mmp_context_invoke (io, on_errand, &errand, NULL);
  mmp_test_await (g_atomic_int_get (&errand.done));
}

typedef struct
{
  MmpTestSide *to;
  char *text;
} Letter;

static void
letter_free (gpointer data)
{
  Letter *letter = data;

  g_free (letter->text);
  g_free (letter);
}

static void
on_letter (gpointer user_data)
{
  Letter *letter = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MmpSignal) signal = mmp_signal_decode (letter->text, strlen (letter->text), &error);

  g_assert_no_error (error);
  if (letter->to->direct != NULL)
    mmp_direct_receive (letter->to->direct, signal);
}

static void
side_count (MmpTestSide *side,
            const MmpSignal *signal)
{
  if (signal->type == MMP_SIGNAL_OFFER || signal->type == MMP_SIGNAL_ANSWER)
    {
      g_assert_cmpuint (signal->gen, >, side->gen);
      side->gen = signal->gen;
    }
  side->n_offers += signal->type == MMP_SIGNAL_OFFER;
  side->n_answers += signal->type == MMP_SIGNAL_ANSWER;
  side->n_wishes += signal->type == MMP_SIGNAL_REOFFER;
}

static void
on_send (MmpDirect *direct,
         const MmpSignal *signal,
         gpointer user_data)
{
  MmpTestSide *side = user_data;
  g_autofree char *text = mmp_signal_encode (signal);
  g_autoptr (MmpSignal) copy = mmp_signal_decode (text, strlen (text), NULL);
  Letter *letter;

  side_count (side, signal);
  if (side->filter != NULL && !side->filter (copy))
    return;

  letter = g_new0 (Letter, 1);
  letter->to = side->other;
  letter->text = mmp_signal_encode (copy);
  mmp_context_invoke (NULL, on_letter, letter, letter_free);
}

static void
on_attached (MmpDirect *direct,
             const MmpCandidatePair *sides,
             gboolean direct_first,
             gpointer user_data)
{
  MmpTestSide *side = user_data;

  g_assert_true (sides->local_address[0] != '\0');
  side->n_attached++;
  side->direct_first = direct_first;
  side->n_turn += mmp_candidate_pair_goes_over_turn (sides);
}

static void
on_failed (MmpDirect *direct,
           const GError *error,
           gpointer user_data)
{
  MmpTestSide *side = user_data;

  side->n_failed++;
  g_clear_error (&side->error);
  side->error = g_error_copy (error);
}

static const MmpDirectFuncs direct_funcs = { on_send, on_attached, on_failed };

static guint8
pattern (guint64 offset)
{
  return (guint8) (offset * 31 + offset / 251);
}

static gsize
on_pull (MmpStream *stream,
         guint8 *buffer,
         gsize size,
         gpointer user_data)
{
  MmpTestSide *side = user_data;
  gsize n = (gsize) MIN (size, side->budget);

  if (side->finishing)
    {
      mmp_stream_finish (stream);
      return 0;
    }
  for (gsize i = 0; i < n; i++)
    buffer[i] = pattern (side->sent + i);
  side->sent += n;
  side->budget -= n;

  return n;
}

static void
on_deliver (MmpStream *stream,
            const guint8 *data,
            gsize size,
            gpointer user_data)
{
  MmpTestSide *side = user_data;

  for (gsize i = 0; i < size; i++)
    if (data[i] != pattern (side->n_received + i))
      g_atomic_int_set (&side->wrong, TRUE);
  side->n_received += size;
  g_atomic_int_set (&side->received, (int) (side->n_received / 1024));
  mmp_stream_consumed (stream, size);
}

static void
on_finished (MmpStream *stream,
             gpointer user_data)
{
  MmpTestSide *side = user_data;

  side->finishing = TRUE;
  mmp_stream_set_ready (stream);
}

static void
on_over (MmpStream *stream,
         guint code,
         gpointer user_data)
{
  MmpTestSide *side = user_data;

  side->stream = NULL;
  side->over_code = code;
  g_atomic_int_set (&side->over, TRUE);
}

static const MmpStreamFuncs stream_funcs = { on_pull, on_deliver, on_finished, on_over };

static gboolean
on_open (MmpLink *link,
         MmpStream *stream,
         const char *service,
         MmpStreamCode *code,
         gpointer user_data)
{
  MmpTestSide *side = user_data;

  side->stream = stream;
  mmp_stream_set_funcs (stream, &stream_funcs, side);

  return TRUE;
}

static void
on_link_closed (MmpLink *link,
                const GError *error,
                gpointer user_data)
{
  MmpTestSide *side = user_data;

  g_atomic_int_set (&side->wrong, TRUE);
}

static const MmpLinkFuncs link_funcs = { .open = on_open, .closed = on_link_closed };

static void
do_make_link (gpointer data)
{
  MmpTestSide *side = data;

  side->clock = mmp_clock_new (side->io);
  side->link = mmp_link_new (side->role == MMP_PEER_ROLE_OFFERER ? MMP_LINK_ROLE_INITIATOR : MMP_LINK_ROLE_LISTENER, side->clock, &link_funcs, side);
}

static gboolean
on_tick (gpointer user_data)
{
  MmpTestSide *side = user_data;

  if (side->stream == NULL)
    return G_SOURCE_REMOVE;
  side->budget = BUDGET;
  mmp_stream_set_ready (side->stream);

  return G_SOURCE_CONTINUE;
}

static void
do_open_stream (gpointer data)
{
  MmpTestSide *side = data;
  g_autoptr (GSource) source = g_timeout_source_new (10);

  side->stream = mmp_link_open (side->link, "default", NULL);
  g_assert_nonnull (side->stream);
  mmp_stream_set_funcs (side->stream, &stream_funcs, side);
  g_source_set_callback (source, on_tick, side, NULL);
  g_source_attach (source, side->io);
}

static void
do_finish (gpointer data)
{
  MmpTestSide *side = data;

  side->finishing = TRUE;
  if (side->stream != NULL)
    mmp_stream_set_ready (side->stream);
}

static void
do_end_link (gpointer data)
{
  MmpTestSide *side = data;

  mmp_link_close (side->link);
  g_object_unref (side->link);
  mmp_clock_unref (side->clock);
}

static void
side_init (MmpTestSide *side,
           MmpPeerRole role,
           MmpIoThread *io,
           MmpTestSide *other)
{
  g_autoptr (MmpIceConfig) config = mmp_ice_config_new ();

  config->loopback = TRUE;
  config->look_after = MMP_MSEC (100);
  side->io = mmp_io_thread_get_context (io);
  side->role = role;
  side->other = other;
  run_on_io (side->io, do_make_link, side);
  side->direct = mmp_direct_new (role, config, side->link, side->io, &direct_funcs, side);
}

static void
side_stop (MmpTestSide *side)
{
  if (side->direct == NULL)
    return;
  mmp_direct_stop (side->direct);
  mmp_test_await_finalize (g_steal_pointer (&side->direct));
}

/**
 * mmp_test_sides_new:
 *
 * Returns: (transfer full): two sides, not enabled
 */
MmpTestSides *
mmp_test_sides_new (void)
{
  MmpTestSides *sides = g_new0 (MmpTestSides, 1);

  sides->io = mmp_io_thread_new ();
  side_init (&sides->a, MMP_PEER_ROLE_OFFERER, sides->io, &sides->b);
  side_init (&sides->b, MMP_PEER_ROLE_ANSWERER, sides->io, &sides->a);

  return sides;
}

/**
 * mmp_test_sides_enable:
 */
void
mmp_test_sides_enable (MmpTestSides *sides)
{
  mmp_direct_set_enabled (sides->a.direct, TRUE);
  mmp_direct_set_enabled (sides->b.direct, TRUE);
}

/**
 * mmp_test_sides_free:
 *
 * Stops and ends all, and proves that it dies.
 */
void
mmp_test_sides_free (MmpTestSides *sides)
{
  side_stop (&sides->a);
  side_stop (&sides->b);
  run_on_io (sides->a.io, do_end_link, &sides->a);
  run_on_io (sides->b.io, do_end_link, &sides->b);
  while (g_main_context_iteration (NULL, FALSE)) /* carriers ask this thread to close their peers */
    ;
  mmp_peer_wait_for_teardowns ();
  mmp_io_thread_free (sides->io);
  while (g_main_context_iteration (NULL, FALSE)) /* letters on their way */
    ;
  g_assert_false (sides->a.wrong || sides->b.wrong);
  g_clear_error (&sides->a.error);
  g_clear_error (&sides->b.error);
  g_free (sides);
}

/**
 * mmp_test_side_begin_stream:
 *
 * Opens a stream to the other side and sends on it, some 3 MB/s.
 */
void
mmp_test_side_begin_stream (MmpTestSide *self)
{
  run_on_io (self->io, do_open_stream, self);
}

/**
 * mmp_test_side_finish_stream:
 *
 * Waits until the stream is over on both sides.
 */
void
mmp_test_side_finish_stream (MmpTestSide *self)
{
  run_on_io (self->io, do_finish, self);
  mmp_test_await (g_atomic_int_get (&self->over) && g_atomic_int_get (&self->other->over));
}
