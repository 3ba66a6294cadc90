/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "mmp-test-end.h"
#include "mmp-test.h"

#include <stdlib.h>
#include <string.h>

/* Real peer connections over loopback, in one process. */

static void
test_messages_arrive_in_order (void)
{
  g_autoptr (MmpTestEnds) ends = mmp_test_ends_new ();

  mmp_test_ends_connect (ends);
  g_assert_cmpstr (ends->a.pair.local_address, !=, "");
  g_assert_cmpstr (ends->a.pair.remote_address, !=, "");
  g_test_message ("%s to %s, %s", ends->a.pair.local_address, ends->a.pair.remote_address, ends->a.pair.tcp ? "TCP" : "UDP");

  mmp_test_ends_exchange (ends, 5000);
}

/* What an end says gets to the other one with another fingerprint. */
static void
say_altered (MmpTestEnd *end,
             const char *sdp,
             const char *candidate)
{
  g_autofree char *fingerprint = NULL;
  g_autofree char *altered = NULL;

  if (sdp != NULL)
    {
      fingerprint = mmp_test_sdp_dup_fingerprint (sdp);
      fingerprint[0] = fingerprint[0] == '0' ? '1' : '0';
      altered = mmp_test_sdp_set_fingerprint (sdp, fingerprint);
    }
  mmp_test_end_hear (end->other, altered, candidate);
}

/* An end that was given a wrong fingerprint says so; none is ever verified and nothing arrives. */
static void
run_altered (gboolean alter_offer,
             gboolean alter_answer)
{
  g_autoptr (MmpTestEnds) ends = mmp_test_ends_new ();

  ends->a.say = alter_offer ? say_altered : NULL;
  ends->b.say = alter_answer ? say_altered : NULL;
  mmp_test_ends_begin (ends, 25);
  mmp_peer_start (ends->a.peer);
  mmp_test_await (((!alter_answer || ends->a.error != NULL) && (!alter_offer || ends->b.error != NULL)) || ends->a.n_received > 0 || ends->b.n_received > 0);
  if (alter_answer)
    g_assert_error (ends->a.error, MMP_ERROR, MMP_ERROR_IDENTITY_MISMATCH);
  if (alter_offer)
    g_assert_error (ends->b.error, MMP_ERROR, MMP_ERROR_IDENTITY_MISMATCH);

  /* The end that failed is gone when its teardown is over; what the other end may have heard of it is heard now. */
  mmp_peer_wait_for_teardowns ();
  mmp_test_ends_settle (ends);
  g_assert_false (ends->a.verified);
  g_assert_false (ends->b.verified);
  g_assert_cmpint (ends->a.n_received, ==, 0);
  g_assert_cmpint (ends->b.n_received, ==, 0);
  if (g_test_slow ())
    {
      mmp_test_await (ends->a.error != NULL && ends->b.error != NULL);
      mmp_test_await (g_atomic_int_get (&ends->a.closed) && g_atomic_int_get (&ends->b.closed));
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
          MmpTestEnd end = { 0 };

          mmp_test_end_init (&end, role, io, NULL);
          mmp_peer_start (end.peer);
          mmp_test_await (role == MMP_PEER_ROLE_ANSWERER || end.described);
          mmp_peer_set_remote (end.peer, table[i], fingerprint);
          mmp_test_await (end.error != NULL);
          g_test_message ("%zu, %s: %s", i, role == MMP_PEER_ROLE_OFFERER ? "answer" : "offer", end.error->message);
          g_assert_false (end.verified);
          mmp_test_end_clear (&end);
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
  g_autoptr (MmpTestEnds) ends = mmp_test_ends_new ();

  /* Before the description, beyond any number, and after it. */
  for (gsize i = 0; i < 3 * G_N_ELEMENTS (table); i++)
    mmp_peer_add_candidate (ends->b.peer, table[i % G_N_ELEMENTS (table)]);
  mmp_peer_start (ends->a.peer);
  mmp_test_await (ends->a.described && ends->b.described);
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    mmp_peer_add_candidate (ends->a.peer, table[i]);
  mmp_test_await (ends->a.verified && ends->b.verified);
  for (gsize i = 0; i < 10 * MMP_CANDIDATES_MAX; i++)
    mmp_peer_add_candidate (ends->a.peer, table[i % G_N_ELEMENTS (table)]);
  mmp_test_ends_exchange (ends, 25);
  g_assert_no_error (ends->a.error);
  g_assert_no_error (ends->b.error);
}

/* What a test waits for before it closes one end or both. */
typedef gboolean (*Stage) (MmpTestEnds *ends);

static gboolean
stage_made (MmpTestEnds *ends)
{
  return TRUE;
}

static gboolean
stage_described (MmpTestEnds *ends)
{
  return ends->a.described;
}

static gboolean
stage_answered (MmpTestEnds *ends)
{
  return ends->b.described;
}

static gboolean
stage_candidates (MmpTestEnds *ends)
{
  return ends->b.n_candidates > 0;
}

static gboolean
stage_verified (MmpTestEnds *ends)
{
  return ends->a.verified;
}

static gboolean
stage_sending (MmpTestEnds *ends)
{
  return g_atomic_int_get (&ends->a.n_received) > 100 && g_atomic_int_get (&ends->b.n_received) > 100;
}

static void
test_closing_works_at_every_stage (void)
{
  static const Stage stages[] = { stage_made, stage_described, stage_answered, stage_candidates, stage_verified, stage_sending };

  for (gsize i = 0; i < 2 * G_N_ELEMENTS (stages); i++)
    {
      g_autoptr (MmpTestEnds) ends = mmp_test_ends_new ();
      MmpTestEnd *first = i % 2 == 0 ? &ends->a : &ends->b;

      mmp_peer_start (ends->a.peer);
      if (stages[i / 2] == stage_sending)
        {
          mmp_test_await (ends->a.verified && ends->b.verified);
          mmp_test_ends_begin (ends, G_MAXUINT32);
        }
      mmp_test_await (stages[i / 2](ends));
      mmp_test_end_clear (first);
      mmp_test_ends_settle (ends);
    }
}

static void
test_a_peer_may_be_closed_when_it_fails (void)
{
  g_autoptr (MmpIoThread) io = mmp_io_thread_new ();
  static const guint8 fingerprint[MMP_DTLS_FINGERPRINT_SIZE];
  MmpTestEnd end = { 0 };

  mmp_test_end_init (&end, MMP_PEER_ROLE_ANSWERER, io, NULL);
  end.close_on_failure = TRUE;
  mmp_peer_set_remote (end.peer, "junk", fingerprint);
  mmp_test_await (end.destroyed);
  mmp_test_end_clear (&end);
  mmp_peer_wait_for_teardowns ();
}

/* How many cycles the leak test makes; what it says of memory needs 200. */
#define CYCLES_VARIABLE "MMP_TEST_CYCLES"
#define CYCLES_WARM_UP 5
#define MEMORY_GROWTH_MAX (2 * 1024) /* KiB, from cycle 50 to cycle 200 */

static guint
count_entries (const char *path)
{
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  guint n = 0;

  g_assert_nonnull (directory);
  while (g_dir_read_name (directory) != NULL)
    n++;

  return n;
}

static int
resident_memory (void)
{
  g_autofree char *status = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));

  return atoi (strstr (status, "VmRSS:") + strlen ("VmRSS:"));
}

static void
test_cycles_leave_nothing_behind (void)
{
  const char *variable = g_getenv (CYCLES_VARIABLE);
  const int cycles = variable != NULL ? atoi (variable) : 20;
  guint threads = 0;
  guint files = 0;
  int memory = 0;

  for (int i = 1; i <= cycles; i++)
    {
      g_autoptr (MmpTestEnds) ends = mmp_test_ends_new ();

      mmp_test_ends_connect (ends);
      mmp_test_ends_exchange (ends, 10);
      g_clear_pointer (&ends, mmp_test_ends_free);
      if (i == CYCLES_WARM_UP)
        {
          threads = count_entries ("/proc/self/task");
          files = count_entries ("/proc/self/fd");
        }
      if (i == 50)
        memory = resident_memory ();
      if (i == 200)
        g_assert_cmpint (resident_memory () - memory, <=, MEMORY_GROWTH_MAX);
      if (i % 50 == 0)
        g_test_message ("cycle %d: %d KiB, %u threads, %u files", i, resident_memory (), count_entries ("/proc/self/task"), count_entries ("/proc/self/fd"));
    }
  mmp_test_await (count_entries ("/proc/self/task") <= threads);
  g_assert_cmpuint (count_entries ("/proc/self/fd"), <=, files);
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
  g_test_add_func ("/peer/cycles-leave-nothing-behind", test_cycles_leave_nothing_behind);

  return g_test_run ();
}
