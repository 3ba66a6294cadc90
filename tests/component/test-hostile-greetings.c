/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/mmp-limits.h"
#include "crypto/mmp-noise.h"
#include "mmp-attack.h"
#include "mmp-peak-memory.h"
#include "session/mmp-topics.h"

#define FLOOD 5000

static void
test_flood_of_junk (void)
{
  g_autoptr (MmpAttack) attack = mmp_attack_new (MMP_TRUST_ONLY_TRUSTED, NULL);
  glong before;

  mmp_session_pair_link (attack->pair);
  mmp_attack_exchange (attack, 0, 10);
  before = mmp_test_peak_memory ();
  for (guint i = 0; i < FLOOD; i++)
    {
      static const gsize sizes[] = { 0, 1, 49, 113, 8, 25, 300, 16000 };
      gsize size = i % 50 == 0 ? sizes[7] : sizes[g_rand_int_range (attack->rand, 0, 7)];
      g_autoptr (GBytes) junk = mmp_attack_make_junk (attack, (guint8) g_rand_int_range (attack->rand, 0, 5), size);

      mmp_fake_broker_deliver (attack->broker, attack->offers, junk, FALSE);
      mmp_fake_broker_deliver (attack->broker, attack->answers, junk, FALSE);
      if (i % 250 == 0)
        mmp_attack_exchange (attack, 100 + i, 1);
    }
  mmp_attack_exchange (attack, FLOOD + 100, 10);
  mmp_test_assert_memory (before);
  g_assert_cmpuint (attack->n_hs2, ==, 1);
  g_assert_cmpuint (attack->pair->ends[MMP_PAIR_LISTENER].sessions->len, ==, 1);
}

static void
test_junk_of_every_length (void)
{
  g_autoptr (MmpAttack) attack = mmp_attack_new (MMP_TRUST_ANYONE, NULL);

  mmp_session_pair_link (attack->pair);
  for (gsize size = 0; size <= 200; size++)
    {
      for (guint8 type = 0; type < 6; type++)
        {
          g_autoptr (GBytes) junk = mmp_attack_make_junk (attack, type < 5 ? type : 0xff, size);

          mmp_fake_broker_deliver (attack->broker, attack->offers, junk, FALSE);
          mmp_fake_broker_deliver (attack->broker, attack->answers, junk, FALSE);
        }
    }
  mmp_attack_exchange (attack, 0, 10);
  g_assert_cmpuint (attack->n_hs2, ==, 1);
}

static void
test_odd_topics (void)
{
  g_autoptr (MmpAttack) attack = mmp_attack_new (MMP_TRUST_ONLY_TRUSTED, NULL);
  g_autoptr (GBytes) hs1 = NULL;
  g_auto (GStrv) levels = NULL;
  static const char *const slots[] = { "", "A", "a/b", "..", "%s%n", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA====" };

  mmp_session_pair_link (attack->pair);
  hs1 = g_bytes_ref (((MmpAttackMessage *) g_ptr_array_index (attack->seen, 0))->payload);
  g_assert_cmpuint (mmp_attack_get_type (hs1), ==, MMP_ATTACK_HS1);
  levels = g_strsplit (attack->offers, "/", -1);
  for (guint i = 0; i < G_N_ELEMENTS (slots); i++)
    {
      g_autofree char *topic = g_strdup_printf ("%s/%s/%s/1/o", levels[0], levels[1], slots[i]);

      mmp_fake_broker_deliver (attack->broker, topic, hs1, FALSE);
    }
  for (char *letter = levels[2]; *letter != '\0'; letter++)
    {
      g_autofree char *topic = NULL;
      const char right = *letter;

      *letter = right == 'A' ? 'B' : 'A';
      topic = g_strjoinv ("/", levels);
      mmp_fake_broker_deliver (attack->broker, topic, hs1, FALSE);
      *letter = g_ascii_tolower (right);
      g_free (topic);
      topic = g_strjoinv ("/", levels);
      mmp_fake_broker_deliver (attack->broker, topic, hs1, FALSE);
      *letter = right;
    }
  mmp_attack_exchange (attack, 0, 10);
  g_assert_cmpuint (attack->n_hs2, ==, 1);
}

/* The greeting over and over, and nothing of what follows it. */
static void
repeat_greeting (MmpAttack *self,
                 const MmpAttackMessage *message)
{
  if (mmp_attack_get_type (message->payload) == MMP_ATTACK_DATA)
    return;

  for (guint i = 0; i < 100; i++)
    mmp_attack_deliver (self, message);
}

static void
test_repeated_greetings_are_answered_seldom (void)
{
  g_autoptr (MmpAttack) attack = mmp_attack_new (MMP_TRUST_ONLY_TRUSTED, repeat_greeting);
  const gint64 begin = mmp_clock_now (attack->pair->clock);

  /* One session is tried meanwhile, and its greeting is answered once a second at most. */
  mmp_session_pair_await (attack->pair, mmp_clock_now (attack->pair->clock) > begin + MMP_SECONDS (12));
  g_assert_cmpuint (attack->n_hs1, >, 0);
  g_assert_cmpuint (attack->n_hs2, >, 0);
  g_assert_cmpuint (attack->n_hs2, <=, 13);
  g_assert_cmpuint (attack->pair->ends[MMP_PAIR_LISTENER].sessions->len, ==, 0);
  mmp_attack_recover (attack);
}

static void
test_greetings_of_strangers (gconstpointer data)
{
  const MmpTrustMode mode = (MmpTrustMode) GPOINTER_TO_INT (data);
  static const guint8 none[MMP_NOISE_PAYLOAD_SIZE];
  g_autoptr (MmpAttack) attack = mmp_attack_new (mode, NULL);
  const MmpPublicKey *listener = mmp_key_pair_get_public (attack->pair->listener_key);
  g_autofree char *rendezvous = mmp_public_key_to_rendezvous (listener);
  gint64 begin;

  mmp_session_pair_link (attack->pair);
  begin = mmp_clock_now (attack->pair->clock);
  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (MmpKeyPair) stranger = mmp_key_pair_generate ();
      g_autoptr (MmpNoise) noise = mmp_noise_new_initiator (stranger, listener, NULL);
      g_autoptr (GBytes) hs1 = mmp_noise_write_hs1 (noise, none, NULL);
      g_autofree char *topic = mmp_topics_build ("sig", rendezvous, mmp_noise_get_ephemeral (noise), MMP_TOPIC_OFFER);

      mmp_fake_broker_deliver (attack->broker, topic, hs1, FALSE);
    }
  mmp_attack_exchange (attack, 0, 10);
  if (mode == MMP_TRUST_ANYONE)
    {
      guint seconds;

      /* A burst of 8, then two a second; the pair's own was one. Answers come by way of control, so not in step with DATA. */
      mmp_session_pair_await (attack->pair, attack->n_hs2 >= 1 + 8);
      seconds = (guint) ((mmp_clock_now (attack->pair->clock) - begin) / G_USEC_PER_SEC) + 1;
      g_assert_cmpuint (attack->n_hs2, <=, 1 + 8 + 2 * seconds);
    }
  else
    {
      g_assert_cmpuint (attack->n_hs2, ==, 1);
    }
  g_assert_cmpuint (attack->pair->ends[MMP_PAIR_LISTENER].sessions->len, ==, 1);
}

/* Greetings that nobody can open cost the listener little: it reads so many a second, and goes on. */
static void
test_greetings_of_nobody (void)
{
  g_autoptr (MmpAttack) attack = mmp_attack_new (MMP_TRUST_ANYONE, NULL);
  g_autofree char *rendezvous = mmp_public_key_to_rendezvous (mmp_key_pair_get_public (attack->pair->listener_key));
  glong before;

  mmp_session_pair_link (attack->pair);
  before = mmp_test_peak_memory ();
  for (guint i = 0; i < FLOOD; i++)
    {
      g_autoptr (GBytes) hs1 = mmp_attack_make_junk (attack, MMP_ATTACK_HS1, MMP_NOISE_HS1_SIZE);
      const guint8 *bytes = g_bytes_get_data (hs1, NULL);
      g_autofree char *topic = mmp_topics_build ("sig", rendezvous, bytes + 1, MMP_TOPIC_OFFER);

      mmp_fake_broker_deliver (attack->broker, topic, hs1, FALSE);
      if (i % 250 == 0)
        mmp_attack_exchange (attack, i, 1);
    }
  mmp_attack_exchange (attack, FLOOD, 10);
  mmp_test_assert_memory (before);
  g_assert_cmpuint (attack->n_hs2, ==, 1);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/hostile-greetings/flood-of-junk", test_flood_of_junk);
  g_test_add_func ("/hostile-greetings/junk-of-every-length", test_junk_of_every_length);
  g_test_add_func ("/hostile-greetings/odd-topics", test_odd_topics);
  g_test_add_func ("/hostile-greetings/repeated-greetings-are-answered-seldom", test_repeated_greetings_are_answered_seldom);
  g_test_add_data_func ("/hostile-greetings/greetings-of-strangers/only-trusted", GINT_TO_POINTER (MMP_TRUST_ONLY_TRUSTED), test_greetings_of_strangers);
  g_test_add_data_func ("/hostile-greetings/greetings-of-strangers/anyone", GINT_TO_POINTER (MMP_TRUST_ANYONE), test_greetings_of_strangers);
  g_test_add_func ("/hostile-greetings/greetings-of-nobody", test_greetings_of_nobody);

  return g_test_run ();
}
