/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-context.h"
#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "link/mmp-direct.h"
#include "mmp-test.h"

#include <libdex.h>
#include <string.h>

/* Two links that only have the direct carriers which two MmpDirect make for them. Signals go from one to the other by the
 * default context; links live on an I/O thread. */

/* What the test's stream is given to send every 10 ms */
#define BUDGET (32 * 1024)

typedef struct _Side Side;

/* May change a signal of this side on its way; FALSE: it is lost */
typedef gboolean (*Filter) (MmpSignal *signal);

struct _Side
{
  GMainContext *io;
  MmpPeerRole role;
  Side *other;
  MmpDirect *direct;
  Filter filter;

  guint n_attached;
  guint n_failed;
  GError *error; /* of the last failure */
  guint n_offers;
  guint n_answers;
  guint n_wishes;
  guint64 gen; /* of the last offer or answer */

  /* I/O thread */
  MmpClock *clock;
  MmpLink *link;
  MmpStream *stream;
  guint tick;
  guint64 budget;
  guint64 sent;
  gboolean finishing;
  gint received; /* atomic, KiB */
  guint64 n_received;
  gint wrong; /* atomic */
  gint over; /* atomic */
  guint over_code;
};

typedef struct
{
  MmpIoThread *io;
  Side a; /* initiator */
  Side b; /* listener */
} Pair;

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
  Side *to;
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
side_count (Side *side,
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
  Side *side = user_data;
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
             const MmpCandidatePair *pair,
             gpointer user_data)
{
  Side *side = user_data;

  g_assert_true (pair->local_address[0] != '\0');
  side->n_attached++;
}

static void
on_failed (MmpDirect *direct,
           const GError *error,
           gpointer user_data)
{
  Side *side = user_data;

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
  Side *side = user_data;
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
  Side *side = user_data;

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
  Side *side = user_data;

  side->finishing = TRUE;
  mmp_stream_set_ready (stream);
}

static void
on_over (MmpStream *stream,
         guint code,
         gpointer user_data)
{
  Side *side = user_data;

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
  Side *side = user_data;

  side->stream = stream;
  mmp_stream_set_funcs (stream, &stream_funcs, side);

  return TRUE;
}

static void
on_link_closed (MmpLink *link,
                const GError *error,
                gpointer user_data)
{
  Side *side = user_data;

  g_atomic_int_set (&side->wrong, TRUE);
}

static const MmpLinkFuncs link_funcs = { .open = on_open, .closed = on_link_closed };

static void
do_make_link (gpointer data)
{
  Side *side = data;

  side->clock = mmp_clock_new (side->io);
  side->link = mmp_link_new (side->role == MMP_PEER_ROLE_OFFERER ? MMP_LINK_ROLE_INITIATOR : MMP_LINK_ROLE_LISTENER, side->clock, &link_funcs, side);
}

static gboolean
on_tick (gpointer user_data)
{
  Side *side = user_data;

  if (side->stream == NULL)
    return G_SOURCE_REMOVE;
  side->budget = BUDGET;
  mmp_stream_set_ready (side->stream);

  return G_SOURCE_CONTINUE;
}

static void
do_open_stream (gpointer data)
{
  Side *side = data;
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
  Side *side = data;

  side->finishing = TRUE;
  if (side->stream != NULL)
    mmp_stream_set_ready (side->stream);
}

static void
do_end_link (gpointer data)
{
  Side *side = data;

  mmp_link_close (side->link);
  g_object_unref (side->link);
  mmp_clock_unref (side->clock);
}

static void
side_init (Side *side,
           MmpPeerRole role,
           MmpIoThread *io,
           Side *other)
{
  g_autoptr (MmpIceConfig) config = mmp_ice_config_new ();

  config->loopback = TRUE;
  side->io = mmp_io_thread_get_context (io);
  side->role = role;
  side->other = other;
  run_on_io (side->io, do_make_link, side);
  side->direct = mmp_direct_new (role, config, side->link, side->io, &direct_funcs, side);
}

static void
side_stop (Side *side)
{
  if (side->direct == NULL)
    return;
  mmp_direct_stop (side->direct);
  mmp_test_await_finalize (g_steal_pointer (&side->direct));
}

static Pair *
pair_new (void)
{
  Pair *pair = g_new0 (Pair, 1);

  pair->io = mmp_io_thread_new ();
  side_init (&pair->a, MMP_PEER_ROLE_OFFERER, pair->io, &pair->b);
  side_init (&pair->b, MMP_PEER_ROLE_ANSWERER, pair->io, &pair->a);

  return pair;
}

static void
pair_enable (Pair *pair)
{
  mmp_direct_set_enabled (pair->a.direct, TRUE);
  mmp_direct_set_enabled (pair->b.direct, TRUE);
}

static void
pair_free (Pair *pair)
{
  side_stop (&pair->a);
  side_stop (&pair->b);
  run_on_io (pair->a.io, do_end_link, &pair->a);
  run_on_io (pair->b.io, do_end_link, &pair->b);
  while (g_main_context_iteration (NULL, FALSE)) /* carriers ask this thread to close their peers */
    ;
  mmp_peer_wait_for_teardowns ();
  mmp_io_thread_free (pair->io);
  while (g_main_context_iteration (NULL, FALSE)) /* letters on their way */
    ;
  g_assert_false (pair->a.wrong || pair->b.wrong);
  g_clear_error (&pair->a.error);
  g_clear_error (&pair->b.error);
  g_free (pair);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pair, pair_free)

/* Lets some time pass, to see that something does not happen in it. */
static gboolean
on_time_passed (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;

  return G_SOURCE_REMOVE;
}

static void
let_time_pass (guint milliseconds)
{
  gboolean passed = FALSE;

  g_timeout_add (milliseconds, on_time_passed, &passed);
  mmp_test_await (passed);
}

static void
test_ten_renewals_lose_nothing (void)
{
  g_autoptr (Pair) pair = pair_new ();
  int before;

  pair_enable (pair);
  mmp_test_await (pair->a.n_attached == 1 && pair->b.n_attached == 1);
  run_on_io (pair->a.io, do_open_stream, &pair->a);
  for (guint i = 1; i <= 10; i++)
    {
      before = g_atomic_int_get (&pair->b.received);
      mmp_direct_renew (pair->a.direct);
      mmp_test_await (pair->a.n_attached == i + 1 && pair->b.n_attached == i + 1);
      mmp_test_await (g_atomic_int_get (&pair->b.received) > before + 64);
    }
  run_on_io (pair->a.io, do_finish, &pair->a);
  mmp_test_await (g_atomic_int_get (&pair->a.over) && g_atomic_int_get (&pair->b.over));
  g_assert_cmpuint (pair->a.over_code, ==, 0);
  g_assert_cmpuint (pair->b.over_code, ==, 0);
  g_assert_cmpuint (pair->a.sent, ==, pair->b.n_received);
  g_assert_cmpuint (pair->a.n_failed + pair->b.n_failed, ==, 0);
  g_assert_cmpuint (pair->a.gen, ==, 11);
  g_test_message ("%" G_GUINT64_FORMAT " bytes over 11 carriers", pair->b.n_received);
}

static void
test_the_listener_asks_for_a_new_attempt (void)
{
  g_autoptr (Pair) pair = pair_new ();

  pair_enable (pair);
  mmp_test_await (pair->a.n_attached == 1 && pair->b.n_attached == 1);
  let_time_pass (2100); /* an attempt that has just begun would be enough for it */
  mmp_direct_renew (pair->b.direct);
  mmp_test_await (pair->a.n_attached == 2 && pair->b.n_attached == 2);
  g_assert_cmpuint (pair->b.n_wishes, ==, 1);

  /* Many wishes are one. */
  for (guint i = 0; i < 100; i++)
    mmp_direct_renew (pair->b.direct);
  mmp_test_await (pair->a.n_attached == 3 && pair->b.n_attached == 3);
  g_assert_cmpuint (pair->b.n_wishes, <=, 3);
  g_assert_cmpuint (pair->a.n_offers, ==, 3);
}

static void
test_nothing_begins_before_it_is_enabled (void)
{
  g_autoptr (Pair) pair = pair_new ();

  mmp_direct_renew (pair->a.direct);
  mmp_direct_renew (pair->b.direct);
  let_time_pass (300);
  g_assert_cmpuint (pair->a.n_offers, ==, 0);
  g_assert_cmpuint (pair->b.n_wishes, ==, 0);

  mmp_direct_set_enabled (pair->a.direct, TRUE);
  mmp_test_await (pair->a.n_attached == 1 && pair->b.n_attached == 1);
}

static gboolean
spoil_answer (MmpSignal *signal)
{
  if (signal->type == MMP_SIGNAL_ANSWER && signal->gen == 1)
    g_set_str (&signal->sdp, "v=0\r\n");

  return TRUE;
}

static void
test_a_failure_is_tried_again (void)
{
  g_autoptr (Pair) pair = pair_new ();

  pair->b.filter = spoil_answer;
  pair_enable (pair);
  mmp_test_await (pair->a.n_failed == 1);
  g_assert_error (pair->a.error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID);
  mmp_test_await (pair->a.n_attached == 1 && pair->b.n_attached == 1);
  g_assert_cmpuint (pair->a.gen, ==, 2);
}

static gboolean
lose_offers (MmpSignal *signal)
{
  return signal->type != MMP_SIGNAL_OFFER;
}

static void
test_an_offer_without_answer_fails (void)
{
  g_autoptr (Pair) pair = pair_new ();

  pair->a.filter = lose_offers;
  pair_enable (pair);
  mmp_test_await (pair->a.n_failed == 1);
  g_assert_error (pair->a.error, MMP_ERROR, MMP_ERROR_NO_ANSWER);
  pair->a.filter = NULL;
  mmp_test_await (pair->a.n_attached == 1 && pair->b.n_attached == 1);
}

static gboolean
lose_candidates (MmpSignal *signal)
{
  return signal->type != MMP_SIGNAL_CANDIDATE;
}

static void
test_an_attempt_without_candidates_fails (void)
{
  g_autoptr (Pair) pair = pair_new ();

  pair->a.filter = lose_candidates;
  pair->b.filter = lose_candidates;
  pair_enable (pair);
  mmp_test_await (pair->a.n_failed == 1 && pair->b.n_failed == 1);
  g_assert_error (pair->a.error, MMP_ERROR, MMP_ERROR_NO_DIRECT_PATH);
  g_assert_error (pair->b.error, MMP_ERROR, MMP_ERROR_NO_DIRECT_PATH);
}

static void
alter_fingerprint (MmpSignal *signal)
{
  char *text = strstr (signal->sdp, "a=fingerprint:sha-256 ") + strlen ("a=fingerprint:sha-256 ");

  *text = *text == '0' ? '1' : '0';
}

static gboolean
alter_answer (MmpSignal *signal)
{
  if (signal->type == MMP_SIGNAL_ANSWER)
    alter_fingerprint (signal);

  return TRUE;
}

static void
test_a_wrong_certificate_waits_for_somebody (void)
{
  g_autoptr (Pair) pair = pair_new ();

  pair->b.filter = alter_answer;
  pair_enable (pair);
  mmp_test_await (pair->a.n_failed == 1);
  g_assert_error (pair->a.error, MMP_ERROR, MMP_ERROR_IDENTITY_MISMATCH);

  /* Neither time, nor the broker's coming back, nor the other side makes a second attempt. */
  let_time_pass (2500);
  mmp_direct_set_enabled (pair->a.direct, FALSE);
  mmp_direct_set_enabled (pair->a.direct, TRUE);
  mmp_direct_renew (pair->b.direct);
  mmp_test_await (pair->b.n_wishes == 1);
  let_time_pass (300);
  g_assert_cmpuint (pair->a.n_offers, ==, 1);
  g_assert_cmpuint (pair->a.n_attached + pair->b.n_attached, ==, 0);

  pair->b.filter = NULL;
  mmp_direct_renew (pair->a.direct);
  mmp_test_await (pair->a.n_attached == 1 && pair->b.n_attached == 1);
}

/* What a hostile or confused device may send on lane 0. */
static void
test_strange_signals_are_ignored (void)
{
  static const MmpSignalType types[] = { MMP_SIGNAL_OFFER, MMP_SIGNAL_ANSWER, MMP_SIGNAL_CANDIDATE, MMP_SIGNAL_REOFFER };
  static const guint64 gens[] = { 0, 1, 2, 1000, G_MAXINT64 };
  g_autoptr (Pair) pair = pair_new ();

  pair_enable (pair);
  mmp_test_await (pair->a.n_attached == 1 && pair->b.n_attached == 1);
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    {
      for (gsize j = 0; j < G_N_ELEMENTS (gens); j++)
        {
          g_autoptr (MmpSignal) signal = mmp_signal_new (types[i]);

          signal->gen = gens[j];
          signal->sdp = g_strdup ("v=0\r\n");
          signal->candidate = g_strdup ("candidate:junk");
          mmp_direct_receive (pair->a.direct, signal); /* offers are not for it */
          if (types[i] != MMP_SIGNAL_OFFER || gens[j] <= 1)
            mmp_direct_receive (pair->b.direct, signal);
        }
    }
  let_time_pass (300);
  g_assert_cmpuint (pair->a.n_offers, ==, 1);
  g_assert_cmpuint (pair->b.n_answers, ==, 1);
  g_assert_cmpuint (pair->a.n_failed + pair->b.n_failed, ==, 0);
}

static void
test_a_flood_of_offers_costs_one_attempt (void)
{
  g_autoptr (Pair) pair = pair_new ();

  for (guint i = 1; i <= 1000; i++)
    {
      g_autoptr (MmpSignal) signal = mmp_signal_new (MMP_SIGNAL_OFFER);
      g_autoptr (MmpSignal) candidate = mmp_signal_new (MMP_SIGNAL_CANDIDATE);

      signal->gen = i;
      signal->sdp = g_strdup ("v=0\r\n");
      mmp_direct_receive (pair->b.direct, signal);
      candidate->gen = i;
      candidate->candidate = g_strdup ("candidate:1 1 UDP 1 127.0.0.1 9 typ host");
      for (guint j = 0; j < 100; j++)
        mmp_direct_receive (pair->b.direct, candidate);
    }
  mmp_test_await (pair->b.n_failed == 1);
  g_assert_error (pair->b.error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID);
  let_time_pass (300);
  g_assert_cmpuint (pair->b.n_failed, ==, 1);
  g_assert_cmpuint (pair->b.n_answers, ==, 0);
}

static gboolean
never (Pair *pair)
{
  return TRUE;
}

static gboolean
offered (Pair *pair)
{
  return pair->a.n_offers > 0;
}

static gboolean
answered (Pair *pair)
{
  return pair->b.n_answers > 0;
}

static gboolean
attached (Pair *pair)
{
  return pair->a.n_attached > 0;
}

static void
test_it_stops_at_every_stage (void)
{
  static gboolean (*const stages[]) (Pair *pair) = { never, offered, answered, attached };

  for (gsize i = 0; i < G_N_ELEMENTS (stages); i++)
    {
      g_autoptr (Pair) pair = pair_new ();

      pair_enable (pair);
      mmp_test_await (stages[i](pair));
    }
}

int
main (int argc,
      char *argv[])
{
  dex_init ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/direct/ten-renewals-lose-nothing", test_ten_renewals_lose_nothing);
  g_test_add_func ("/direct/the-listener-asks-for-a-new-attempt", test_the_listener_asks_for_a_new_attempt);
  g_test_add_func ("/direct/nothing-begins-before-it-is-enabled", test_nothing_begins_before_it_is_enabled);
  g_test_add_func ("/direct/a-failure-is-tried-again", test_a_failure_is_tried_again);
  g_test_add_func ("/direct/an-offer-without-answer-fails", test_an_offer_without_answer_fails);
  g_test_add_func ("/direct/an-attempt-without-candidates-fails", test_an_attempt_without_candidates_fails);
  g_test_add_func ("/direct/a-wrong-certificate-waits-for-somebody", test_a_wrong_certificate_waits_for_somebody);
  g_test_add_func ("/direct/strange-signals-are-ignored", test_strange_signals_are_ignored);
  g_test_add_func ("/direct/a-flood-of-offers-costs-one-attempt", test_a_flood_of_offers_costs_one_attempt);
  g_test_add_func ("/direct/it-stops-at-every-stage", test_it_stops_at_every_stage);

  return g_test_run ();
}
