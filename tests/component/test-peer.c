/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-context.h"
#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "mmp-test.h"
#include "rtc/mmp-peer.h"

#include <string.h>

/* Real peer connections over loopback, two or four in one process. */

#define N_CHANNELS 4
#define N_MESSAGES 20000

typedef struct _End End;

/* What a test does with what one end has to say, before the other end gets it. Returns (transfer full) (nullable). */
typedef char *(*Filter) (const char *text,
                         gpointer user_data);

struct _End
{
  MmpPeer *peer;
  End *other;
  Filter filter; /* of this end's descriptions */
  gpointer filter_data;

  gboolean described;
  gboolean verified;
  guint n_candidates;
  gboolean end_of_candidates;
  gboolean destroyed;
  gboolean close_on_failure;
  MmpCandidatePair pair;
  GError *error;

  /* I/O thread */
  guint32 sent[N_CHANNELS];
  guint32 received[N_CHANNELS];
  guint32 limit;
  gboolean wrong;
  gint n_received; /* atomic */
  gint closed; /* atomic */
};

typedef struct
{
  MmpIoThread *io;
  End a;
  End b;
} Pair;

static void
parse_fingerprint (const char *sdp,
                   guint8 fingerprint[MMP_DTLS_FINGERPRINT_SIZE])
{
  const char *text = strstr (sdp, "a=fingerprint:sha-256 ");

  g_assert_nonnull (text);
  text += strlen ("a=fingerprint:sha-256 ");
  for (guint i = 0; i < MMP_DTLS_FINGERPRINT_SIZE; i++)
    fingerprint[i] = (guint8) (g_ascii_xdigit_value (text[3 * i]) * 16 + g_ascii_xdigit_value (text[3 * i + 1]));
}

static void
on_description (MmpPeer *peer,
                const char *sdp,
                gpointer user_data)
{
  End *end = user_data;
  g_autofree char *filtered = end->filter != NULL ? end->filter (sdp, end->filter_data) : g_strdup (sdp);
  guint8 fingerprint[MMP_DTLS_FINGERPRINT_SIZE];

  g_assert_null (end->error);
  end->described = TRUE;
  if (filtered == NULL || end->other == NULL || end->other->peer == NULL)
    return;
  parse_fingerprint (filtered, fingerprint);
  mmp_peer_set_remote (end->other->peer, filtered, fingerprint);
}

static void
on_candidate (MmpPeer *peer,
              const char *candidate,
              gpointer user_data)
{
  End *end = user_data;

  g_assert_true (end->described);
  g_assert_null (end->error);
  end->n_candidates++;
  if (*candidate == '\0')
    end->end_of_candidates = TRUE;
  g_assert_null (strstr (candidate, "fe80"));
  if (end->other != NULL && end->other->peer != NULL)
    mmp_peer_add_candidate (end->other->peer, candidate);
}

static void
on_verified (MmpPeer *peer,
             const MmpCandidatePair *pair,
             gpointer user_data)
{
  End *end = user_data;

  g_assert_false (end->verified);
  end->verified = TRUE;
  end->pair = *pair;
}

static void
on_failed (MmpPeer *peer,
           const GError *error,
           gpointer user_data)
{
  End *end = user_data;

  g_assert_null (end->error);
  end->error = g_error_copy (error);
  if (end->close_on_failure)
    {
      mmp_peer_close (peer);
      g_assert_false (end->destroyed);
    }
}

static void
on_destroyed (gpointer user_data)
{
  End *end = user_data;

  end->destroyed = TRUE;
}

static const MmpPeerFuncs funcs = { on_description, on_candidate, on_verified, on_failed };

/* A message: 0 to 1,000 bytes of filling after its number. */
static GBytes *
make_message (guint channel,
              guint32 number)
{
  gsize size = sizeof number + (number * 7 + channel * 131) % 1000;
  guint8 *data = g_malloc (size);

  memset (data, (int) (number ^ channel), size);
  memcpy (data, &number, sizeof number);

  return g_bytes_new_take (data, size);
}

static void
send_some (End *end)
{
  for (guint i = 0; i < N_CHANNELS; i++)
    {
      while (end->sent[i] < end->limit && mmp_peer_get_buffered (end->peer, i) < MMP_PEER_BUFFERED_MAX)
        {
          g_autoptr (GBytes) message = make_message (i, end->sent[i]);

          if (!mmp_peer_send (end->peer, i, message, NULL))
            return;
          end->sent[i]++;
        }
    }
}

static void
on_data (MmpPeer *peer,
         guint channel,
         GBytes *message,
         gpointer user_data)
{
  End *end = user_data;
  g_autoptr (GBytes) expected = make_message (channel, end->received[channel]++);

  if (!g_bytes_equal (message, expected))
    end->wrong = TRUE;
  g_atomic_int_inc (&end->n_received);
}

static void
on_writable (MmpPeer *peer,
             guint channel,
             gpointer user_data)
{
  send_some (user_data);
}

static void
on_closed (MmpPeer *peer,
           gpointer user_data)
{
  End *end = user_data;

  g_atomic_int_set (&end->closed, TRUE);
}

static const MmpPeerDataFuncs data_funcs = { on_data, on_writable, on_closed };

static void
begin_on_io (gpointer user_data)
{
  End *end = user_data;

  mmp_peer_set_data_funcs (end->peer, &data_funcs, end);
  send_some (end);
}

static void
end_init (End *end,
          MmpPeerRole role,
          MmpIoThread *io,
          End *other)
{
  g_autoptr (MmpIceConfig) config = mmp_ice_config_new ();
  g_autoptr (GError) error = NULL;

  config->loopback = TRUE;
  end->other = other;
  end->peer = mmp_peer_new (role, config, N_CHANNELS, NULL, mmp_io_thread_get_context (io), &funcs, end, on_destroyed, &error);
  g_assert_no_error (error);
}

static void
end_clear (End *end)
{
  if (end->peer == NULL)
    return;
  mmp_peer_close (end->peer);
  g_assert_true (end->destroyed);
  mmp_test_await_finalize (g_steal_pointer (&end->peer));
  g_clear_error (&end->error);
}

static Pair *
pair_new (void)
{
  Pair *pair = g_new0 (Pair, 1);

  pair->io = mmp_io_thread_new ();
  end_init (&pair->a, MMP_PEER_ROLE_OFFERER, pair->io, &pair->b);
  end_init (&pair->b, MMP_PEER_ROLE_ANSWERER, pair->io, &pair->a);

  return pair;
}

static void
pair_free (Pair *pair)
{
  end_clear (&pair->a);
  end_clear (&pair->b);
  mmp_peer_wait_for_teardowns ();
  mmp_io_thread_free (pair->io);
  g_free (pair);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pair, pair_free)

static void
pair_begin (Pair *pair,
            guint32 n_each)
{
  pair->a.limit = pair->b.limit = n_each / N_CHANNELS;
  mmp_context_invoke (mmp_io_thread_get_context (pair->io), begin_on_io, &pair->a, NULL);
  mmp_context_invoke (mmp_io_thread_get_context (pair->io), begin_on_io, &pair->b, NULL);
}

static void
on_settled (gpointer user_data)
{
  g_atomic_int_set ((gint *) user_data, TRUE);
}

/* What was said to the I/O thread and to this one before is handled. */
static void
pair_settle (Pair *pair)
{
  gint settled = FALSE;

  mmp_context_invoke (mmp_io_thread_get_context (pair->io), on_settled, &settled, NULL);
  mmp_test_await (g_atomic_int_get (&settled));
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
pair_exchange (Pair *pair,
               guint32 n_each)
{
  pair_begin (pair, n_each);
  mmp_test_await (g_atomic_int_get (&pair->a.n_received) == (int) n_each && g_atomic_int_get (&pair->b.n_received) == (int) n_each);
  g_assert_false (pair->a.wrong);
  g_assert_false (pair->b.wrong);
}

static void
test_messages_arrive_in_order (void)
{
  g_autoptr (Pair) pair = pair_new ();

  mmp_peer_start (pair->a.peer);
  mmp_test_await (pair->a.verified && pair->b.verified);
  g_assert_no_error (pair->a.error);
  g_assert_no_error (pair->b.error);
  g_assert_true (g_str_has_prefix (pair->a.pair.local_address, "127.") || *pair->a.pair.local_address != '\0');
  g_test_message ("%s to %s, %s", pair->a.pair.local_address, pair->a.pair.remote_address, pair->a.pair.tcp ? "TCP" : "UDP");

  pair_exchange (pair, N_MESSAGES);
}

#define FINGERPRINT_PREFIX "a=fingerprint:sha-256 "
#define FINGERPRINT_LENGTH (3 * MMP_DTLS_FINGERPRINT_SIZE - 1)

static char *
dup_fingerprint (const char *sdp)
{
  return g_strndup (strstr (sdp, FINGERPRINT_PREFIX) + strlen (FINGERPRINT_PREFIX), FINGERPRINT_LENGTH);
}

static char *
replace_fingerprint (const char *sdp,
                     const char *fingerprint)
{
  char *replaced = g_strdup (sdp);

  memcpy (strstr (replaced, FINGERPRINT_PREFIX) + strlen (FINGERPRINT_PREFIX), fingerprint, FINGERPRINT_LENGTH);

  return replaced;
}

static char *
alter_fingerprint (const char *sdp,
                   gpointer user_data)
{
  g_autofree char *fingerprint = dup_fingerprint (sdp);

  fingerprint[0] = fingerprint[0] == '0' ? '1' : '0';

  return replace_fingerprint (sdp, fingerprint);
}

/* An end that was given a wrong fingerprint says so; none is ever verified and nothing arrives. */
static void
run_altered (gboolean alter_offer,
             gboolean alter_answer)
{
  g_autoptr (Pair) pair = pair_new ();

  pair->a.filter = alter_offer ? alter_fingerprint : NULL;
  pair->b.filter = alter_answer ? alter_fingerprint : NULL;
  pair_begin (pair, 100);
  mmp_peer_start (pair->a.peer);
  mmp_test_await ((!alter_answer || pair->a.error != NULL) && (!alter_offer || pair->b.error != NULL));
  if (alter_answer)
    g_assert_error (pair->a.error, MMP_ERROR, MMP_ERROR_IDENTITY_MISMATCH);
  if (alter_offer)
    g_assert_error (pair->b.error, MMP_ERROR, MMP_ERROR_IDENTITY_MISMATCH);

  /* The end that failed is gone when its teardown is over; what the other end may have heard of it is heard now. */
  mmp_peer_wait_for_teardowns ();
  pair_settle (pair);
  g_assert_false (pair->a.verified);
  g_assert_false (pair->b.verified);
  g_assert_cmpint (pair->a.n_received, ==, 0);
  g_assert_cmpint (pair->b.n_received, ==, 0);
  if (g_test_slow ())
    {
      mmp_test_await (pair->a.error != NULL && pair->b.error != NULL);
      mmp_test_await (g_atomic_int_get (&pair->a.closed) && g_atomic_int_get (&pair->b.closed));
    }
}

static void
test_an_altered_offer_is_noticed (void)
{
  run_altered (TRUE, FALSE);
}

static void
test_an_altered_answer_is_noticed (void)
{
  run_altered (FALSE, TRUE);
}

static void
test_alterations_both_ways_are_noticed (void)
{
  run_altered (TRUE, TRUE);
}

/* A description that cannot be used is a failure of its own, and of nothing else. */
static void
test_junk_descriptions_fail (void)
{
  static const char *const table[] = {
    "",
    "junk",
    "v=0\r\n",
    "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n",
    "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\n",
  };
  static const guint8 fingerprint[MMP_DTLS_FINGERPRINT_SIZE];

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      for (MmpPeerRole role = MMP_PEER_ROLE_OFFERER; role <= MMP_PEER_ROLE_ANSWERER; role++)
        {
          g_autoptr (MmpIoThread) io = mmp_io_thread_new ();
          End end = { 0 };

          end_init (&end, role, io, NULL);
          mmp_peer_start (end.peer);
          mmp_test_await (role == MMP_PEER_ROLE_ANSWERER || end.described);
          mmp_peer_set_remote (end.peer, table[i], fingerprint);
          mmp_test_await (end.error != NULL);
          g_test_message ("%zu, %s: %s", i, role == MMP_PEER_ROLE_OFFERER ? "answer" : "offer", end.error->message);
          g_assert_false (end.verified);
          end_clear (&end);
        }
    }
  mmp_peer_wait_for_teardowns ();
}

static void
test_junk_candidates_do_no_harm (void)
{
  static const char *const table[] = {
    "junk",
    "candidate:",
    "candidate:1 1 UDP 1 127.0.0.1 0 typ host",
    "candidate:1 1 UDP 1 127.0.0.1 99999 typ host",
    "candidate:1 1 UDP 1 127.0.0.1 9 typ nothing",
    "candidate:1 2 UDP 1 127.0.0.1 9 typ host",
    "candidate:1 1 SCTP 1 127.0.0.1 9 typ host",
    "candidate:1 1 UDP 1 no.such.name.invalid 9 typ host",
    "candidate:1 1 UDP 1 fe80::1 9 typ host",
    "candidate:1 1 UDP 99999999999999999999 127.0.0.1 9 typ host",
    "candidate:1 1 UDP 1 127.0.0.1 9 typ srflx raddr junk rport junk",
  };
  g_autoptr (Pair) pair = pair_new ();

  /* Before the description, beyond any number, and after it. */
  for (gsize i = 0; i < 3 * G_N_ELEMENTS (table); i++)
    mmp_peer_add_candidate (pair->b.peer, table[i % G_N_ELEMENTS (table)]);
  mmp_peer_start (pair->a.peer);
  mmp_test_await (pair->a.described && pair->b.described);
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    mmp_peer_add_candidate (pair->a.peer, table[i]);
  mmp_test_await (pair->a.verified && pair->b.verified);
  for (gsize i = 0; i < 10 * MMP_CANDIDATES_MAX; i++)
    mmp_peer_add_candidate (pair->a.peer, table[i % G_N_ELEMENTS (table)]);
  pair_exchange (pair, 100);
  g_assert_no_error (pair->a.error);
  g_assert_no_error (pair->b.error);
}

/* What a test waits for before it closes one end or both. */
typedef gboolean (*Stage) (Pair *pair);

static gboolean
stage_made (Pair *pair)
{
  return TRUE;
}

static gboolean
stage_described (Pair *pair)
{
  return pair->a.described;
}

static gboolean
stage_answered (Pair *pair)
{
  return pair->b.described;
}

static gboolean
stage_candidates (Pair *pair)
{
  return pair->b.n_candidates > 0;
}

static gboolean
stage_verified (Pair *pair)
{
  return pair->a.verified;
}

static gboolean
stage_sending (Pair *pair)
{
  return g_atomic_int_get (&pair->a.n_received) > 100 && g_atomic_int_get (&pair->b.n_received) > 100;
}

static void
test_closing_works_at_every_stage (void)
{
  static const Stage stages[] = { stage_made, stage_described, stage_answered, stage_candidates, stage_verified, stage_sending };

  for (gsize i = 0; i < 2 * G_N_ELEMENTS (stages); i++)
    {
      g_autoptr (Pair) pair = pair_new ();
      End *first = i % 2 == 0 ? &pair->a : &pair->b;

      mmp_peer_start (pair->a.peer);
      if (stages[i / 2] == stage_sending)
        {
          mmp_test_await (pair->a.verified && pair->b.verified);
          pair_begin (pair, G_MAXUINT32);
        }
      mmp_test_await (stages[i / 2](pair));
      end_clear (first);
      pair_settle (pair);
    }
}

static void
test_a_peer_may_be_closed_when_it_fails (void)
{
  g_autoptr (MmpIoThread) io = mmp_io_thread_new ();
  static const guint8 fingerprint[MMP_DTLS_FINGERPRINT_SIZE];
  End end = { 0 };

  end_init (&end, MMP_PEER_ROLE_ANSWERER, io, NULL);
  end.close_on_failure = TRUE;
  mmp_peer_set_remote (end.peer, "junk", fingerprint);
  mmp_test_await (end.destroyed);
  end_clear (&end);
  mmp_peer_wait_for_teardowns ();
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/peer/messages-arrive-in-order", test_messages_arrive_in_order);
  g_test_add_func ("/peer/an-altered-offer-is-noticed", test_an_altered_offer_is_noticed);
  g_test_add_func ("/peer/an-altered-answer-is-noticed", test_an_altered_answer_is_noticed);
  g_test_add_func ("/peer/alterations-both-ways-are-noticed", test_alterations_both_ways_are_noticed);
  g_test_add_func ("/peer/junk-descriptions-fail", test_junk_descriptions_fail);
  g_test_add_func ("/peer/junk-candidates-do-no-harm", test_junk_candidates_do_no_harm);
  g_test_add_func ("/peer/closing-works-at-every-stage", test_closing_works_at_every_stage);
  g_test_add_func ("/peer/a-peer-may-be-closed-when-it-fails", test_a_peer_may_be_closed_when_it_fails);

  return g_test_run ();
}
