/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-session-pair.h"

#include <string.h>

#include "base/mmp-limits.h"
#include "crypto/mmp-crypto.h"
#include "mmp-mqtt-probe.h"
#include "session/mmp-acceptor-private.h"
#include "session/mmp-dialer-private.h"

/* Virtual time to real time, and how much at once at most, should the machine stumble */
#define HASTE 5
#define TURN_MAX MMP_MSEC (100)

static GBytes *
make_message (MmpPairSide side,
              guint number)
{
  gsize size = 8 + number * 37 % 1500;
  guint8 *data = g_malloc (size);

  memset (data, (int) (number * 7 + side), size);
  memcpy (data, &side, 4);
  memcpy (data + 4, &number, 4);

  return g_bytes_new_take (data, size);
}

static void
on_message (MmpSession *session,
            GBytes *message,
            gpointer user_data)
{
  MmpPairEnd *end = user_data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&end->mutex);
  g_autoptr (GBytes) expected = NULL;
  guint number;
  gpointer times;

  if (g_bytes_get_size (message) < 8)
    {
      end->wrong++;
      return;
    }

  memcpy (&number, (const guint8 *) g_bytes_get_data (message, NULL) + 4, 4);
  expected = make_message (end->side == MMP_PAIR_INITIATOR ? MMP_PAIR_LISTENER : MMP_PAIR_INITIATOR, number);
  if (!g_bytes_equal (message, expected))
    end->wrong++;
  times = g_hash_table_lookup (end->received, GUINT_TO_POINTER (number));
  g_hash_table_insert (end->received, GUINT_TO_POINTER (number), GUINT_TO_POINTER (GPOINTER_TO_UINT (times) + 1));
}

/* I/O */
static void
send_unsent (gpointer user_data)
{
  MmpPairEnd *end = user_data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&end->mutex);

  while (end->session != NULL && end->unsent.length > 0)
    {
      g_autoptr (GBytes) message = make_message (end->side, GPOINTER_TO_UINT (g_queue_peek_head (&end->unsent)));

      if (!mmp_session_send (end->session, message, MMP_SESSION_STREAM))
        return;
      g_queue_pop_head (&end->unsent);
    }
}

typedef struct
{
  MmpPairEnd *end;
  MmpSession *session;
} Arrival;

/* I/O */
static void
use_session (gpointer user_data)
{
  static const MmpSessionFuncs funcs = { .message = on_message };
  Arrival *arrival = user_data;

  mmp_session_set_funcs (arrival->session, &funcs, arrival->end);
  g_mutex_lock (&arrival->end->mutex);
  arrival->end->session = arrival->session;
  g_mutex_unlock (&arrival->end->mutex);
}

/* I/O */
static void
leave_sessions (gpointer user_data)
{
  MmpPairEnd *end = user_data;

  for (guint i = 0; i < end->sessions->len; i++)
    mmp_session_set_funcs (g_ptr_array_index (end->sessions, i), NULL, NULL);
}

static void
add_session (MmpPairEnd *end,
             MmpSession *session)
{
  Arrival *arrival = g_new0 (Arrival, 1);

  g_ptr_array_add (end->sessions, g_object_ref (session));
  arrival->end = end;
  arrival->session = session;
  mmp_context_invoke (end->io, use_session, arrival, g_free);
}

static void
on_acceptor_state (MmpAcceptor *acceptor,
                   MmpAcceptorState state,
                   const GError *cause,
                   guint retry,
                   gpointer user_data)
{
  MmpSessionPair *self = user_data;

  self->acceptor_state = state;
}

static gboolean
on_acceptor_resume (MmpAcceptor *acceptor,
                    const MmpPublicKey *device,
                    const guint8 *link_name,
                    gpointer user_data)
{
  return TRUE;
}

static void
on_acceptor_session (MmpAcceptor *acceptor,
                     MmpSession *session,
                     gboolean resumed,
                     gpointer user_data)
{
  MmpSessionPair *self = user_data;

  /* Nobody but the initiator may ever come as far as this. */
  g_assert_true (mmp_public_key_equal (mmp_session_get_device (session), mmp_key_pair_get_public (self->initiator_key)));
  add_session (&self->ends[MMP_PAIR_LISTENER], session);
}

static void
on_dialer_state (MmpDialer *dialer,
                 MmpDialerState state,
                 const GError *cause,
                 guint retry,
                 gpointer user_data)
{
  MmpSessionPair *self = user_data;

  self->dialer_state = state;
  if (cause != NULL)
    g_test_message ("initiator: %s", cause->message);
}

static void
on_dialer_session (MmpDialer *dialer,
                   MmpSession *session,
                   gboolean resumed,
                   gpointer user_data)
{
  MmpSessionPair *self = user_data;

  add_session (&self->ends[MMP_PAIR_INITIATOR], session);
}

static const MmpAcceptorFuncs acceptor_funcs = {
  .state = on_acceptor_state,
  .resume = on_acceptor_resume,
  .session = on_acceptor_session,
};

static const MmpDialerFuncs dialer_funcs = {
  .state = on_dialer_state,
  .session = on_dialer_session,
};

static void
end_init (MmpPairEnd *end,
          MmpPairSide side,
          GMainContext *io)
{
  end->side = side;
  end->io = io;
  end->sessions = g_ptr_array_new_with_free_func (g_object_unref);
  end->received = g_hash_table_new (NULL, NULL);
  g_mutex_init (&end->mutex);
  g_queue_init (&end->unsent);
}

static void
end_clear (MmpPairEnd *end)
{
  g_ptr_array_unref (end->sessions);
  g_hash_table_unref (end->received);
  g_queue_clear (&end->unsent);
  g_mutex_clear (&end->mutex);
}

/**
 * mmp_session_pair_new:
 * @port: of a broker at 127.0.0.1
 *
 * Returns: (transfer full): a pair that begins to look for each other
 */
MmpSessionPair *
mmp_session_pair_new (guint port,
                      MmpTrustMode mode)
{
  MmpSessionPair *self = g_new0 (MmpSessionPair, 1);
  g_autoptr (GPtrArray) brokers = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_mqtt_broker_unref);
  MmpAcceptorConfig acceptor = { .brokers = brokers, .prefix = (char *) "sig", .mode = mode, .name = (char *) "Office" };
  MmpDialerConfig dialer = { .brokers = brokers, .prefix = (char *) "sig", .name = (char *) "Laptop" };
  GMainContext *io;

  g_ptr_array_add (brokers, mmp_test_broker (port, FALSE));
  self->thread = mmp_io_thread_new ();
  io = mmp_io_thread_get_context (self->thread);
  self->clock = mmp_clock_new_virtual ();
  self->listener_key = mmp_key_pair_generate ();
  self->initiator_key = mmp_key_pair_generate ();
  self->trust = mmp_test_trust_new ();
  mmp_test_trust_set (self->trust, mmp_key_pair_get_public (self->initiator_key), MMP_STANDING_TRUSTED);
  end_init (&self->ends[MMP_PAIR_INITIATOR], MMP_PAIR_INITIATOR, io);
  end_init (&self->ends[MMP_PAIR_LISTENER], MMP_PAIR_LISTENER, io);

  acceptor.key_pair = self->listener_key;
  acceptor.trust = MMP_TRUST (self->trust);
  self->acceptor = mmp_acceptor_new_with_clock (&acceptor, self->clock, io, &acceptor_funcs, self);
  dialer.key_pair = self->initiator_key;
  dialer.listener = *mmp_key_pair_get_public (self->listener_key);
  mmp_crypto_random (dialer.link_name, sizeof dialer.link_name);
  self->dialer = mmp_dialer_new_with_clock (&dialer, self->clock, io, &dialer_funcs, self);
  mmp_acceptor_start (self->acceptor);
  mmp_session_pair_await (self, self->acceptor_state == MMP_ACCEPTOR_READY);
  mmp_dialer_start (self->dialer);

  return self;
}

/**
 * mmp_session_pair_free:
 *
 * Ends both and proves that nothing of them is left.
 */
void
mmp_session_pair_free (MmpSessionPair *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->ends); i++)
    mmp_context_invoke (self->ends[i].io, leave_sessions, &self->ends[i], NULL);
  mmp_dialer_stop (self->dialer);
  mmp_acceptor_stop (self->acceptor);
  mmp_test_await_finalize (self->dialer);
  mmp_test_await_finalize (self->acceptor);
  mmp_io_thread_free (self->thread);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  end_clear (&self->ends[MMP_PAIR_INITIATOR]);
  end_clear (&self->ends[MMP_PAIR_LISTENER]);
  g_object_unref (self->trust);
  mmp_key_pair_unref (self->initiator_key);
  mmp_key_pair_unref (self->listener_key);
  mmp_clock_unref (self->clock);
  g_free (self);
}

/**
 * mmp_session_pair_begin_turn:
 *
 * Virtual time begins to pass. Used by mmp_session_pair_await().
 */
void
mmp_session_pair_begin_turn (MmpSessionPair *self)
{
  self->turned = g_get_monotonic_time ();
}

/**
 * mmp_session_pair_end_turn:
 *
 * Lets virtual time pass, and sends what did not go out before. Used by mmp_session_pair_await().
 */
void
mmp_session_pair_end_turn (MmpSessionPair *self)
{
  gint64 now = g_get_monotonic_time ();
  gint64 until = mmp_clock_now (self->clock) + MIN (HASTE * (now - self->turned), TURN_MAX);

  self->turned = now;
  while (mmp_clock_step (self->clock, until))
    ;
  for (guint i = 0; i < G_N_ELEMENTS (self->ends); i++)
    mmp_context_invoke (self->ends[i].io, send_unsent, &self->ends[i], NULL);
}

static gboolean
is_used (MmpPairEnd *end)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&end->mutex);

  return end->session != NULL;
}

/**
 * mmp_session_pair_link:
 *
 * Waits until both have their first session and listen to it on I/O: a session holds only a few messages before that.
 */
void
mmp_session_pair_link (MmpSessionPair *self)
{
  mmp_session_pair_await (self, is_used (&self->ends[0]) && is_used (&self->ends[1]));
}

/**
 * mmp_session_pair_send:
 * @side: who sends
 * @first: the number of the first message
 *
 * Sends as soon as there is room.
 */
void
mmp_session_pair_send (MmpSessionPair *self,
                       MmpPairSide side,
                       guint first,
                       guint count)
{
  MmpPairEnd *end = &self->ends[side];

  g_mutex_lock (&end->mutex);
  for (guint i = 0; i < count; i++)
    g_queue_push_tail (&end->unsent, GUINT_TO_POINTER (first + i));
  g_mutex_unlock (&end->mutex);
  mmp_context_invoke (end->io, send_unsent, end, NULL);
}

/**
 * mmp_session_pair_has:
 * @side: who should have got it
 *
 * Returns: whether all of these messages came
 */
gboolean
mmp_session_pair_has (MmpSessionPair *self,
                      MmpPairSide side,
                      guint first,
                      guint count)
{
  MmpPairEnd *end = &self->ends[side];
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&end->mutex);

  for (guint i = 0; i < count; i++)
    {
      if (!g_hash_table_contains (end->received, GUINT_TO_POINTER (first + i)))
        return FALSE;
    }

  return TRUE;
}

/**
 * mmp_session_pair_check:
 *
 * Fails the test if anything came twice, or was not sent by the other side.
 */
void
mmp_session_pair_check (MmpSessionPair *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->ends); i++)
    {
      MmpPairEnd *end = &self->ends[i];
      g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&end->mutex);
      GHashTableIter iter;
      gpointer times;

      g_assert_cmpuint (end->wrong, ==, 0);
      g_hash_table_iter_init (&iter, end->received);
      while (g_hash_table_iter_next (&iter, NULL, &times))
        g_assert_cmpuint (GPOINTER_TO_UINT (times), ==, 1);
    }
}
