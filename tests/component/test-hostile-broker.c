/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/mmp-limits.h"
#include "mmp-attack.h"

#define HELD 8

static void
deliver_some_seen (MmpAttack *self,
                   guint count)
{
  for (guint i = 0; i < count; i++)
    mmp_attack_deliver (self, g_ptr_array_index (self->seen, (guint) g_rand_int_range (self->rand, 0, (gint32) self->seen->len)));
}

static const char *
get_other_topic (MmpAttack *self,
                 const char *topic)
{
  return g_strcmp0 (topic, self->offers) == 0 ? self->answers : self->offers;
}

static void
duplicate (MmpAttack *self,
           const MmpAttackMessage *message)
{
  for (guint i = 0; i < 3; i++)
    mmp_attack_deliver (self, message);
}

static void
replay (MmpAttack *self,
        const MmpAttackMessage *message)
{
  mmp_attack_deliver (self, message);
  deliver_some_seen (self, 10);
}

static void
reflect (MmpAttack *self,
         const MmpAttackMessage *message)
{
  const char *other = get_other_topic (self, message->topic);

  if (other != NULL)
    mmp_fake_broker_deliver (self->broker, other, message->payload, FALSE);
  mmp_attack_deliver (self, message);
}

static void
swap_topics (MmpAttack *self,
             const MmpAttackMessage *message)
{
  const char *other = get_other_topic (self, message->topic);

  if (other != NULL)
    mmp_fake_broker_deliver (self->broker, other, message->payload, FALSE);
}

static void
retain (MmpAttack *self,
        const MmpAttackMessage *message)
{
  mmp_fake_broker_deliver (self->broker, message->topic, message->payload, TRUE);
}

static void
drop_some (MmpAttack *self,
           const MmpAttackMessage *message)
{
  if (g_rand_int_range (self->rand, 0, 10) >= 3)
    mmp_attack_deliver (self, message);
}

/* First with one bit changed, cut short or made longer, then as it is. */
static void
alter (MmpAttack *self,
       const MmpAttackMessage *message)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (message->payload, &size);

  for (guint i = 0; i < 20; i++)
    {
      guint8 *copy = g_malloc0 (size + 16);
      gsize length = i < 16 ? size : (gsize) g_rand_int_range (self->rand, 0, (gint32) size + 16);
      g_autoptr (GBytes) altered = NULL;

      memcpy (copy, data, size);
      if (i < 16)
        copy[g_rand_int_range (self->rand, 0, (gint32) size)] ^= (guint8) (1 << g_rand_int_range (self->rand, 0, 8));
      altered = g_bytes_new_take (copy, length);
      if (!g_bytes_equal (altered, message->payload))
        mmp_fake_broker_deliver (self->broker, message->topic, altered, FALSE);
    }
  mmp_attack_deliver (self, message);
}

/* In bundles, the last one first; greetings at once, so that there is something to bundle. */
static void
reorder (MmpAttack *self,
         const MmpAttackMessage *message)
{
  if (mmp_attack_get_type (message->payload) != MMP_ATTACK_DATA || self->pair->ends[MMP_PAIR_LISTENER].sessions->len == 0)
    {
      mmp_attack_deliver (self, message);
      return;
    }

  g_ptr_array_add (self->held, mmp_attack_message_new (message->topic, message->payload));
  if (self->held->len < HELD)
    return;
  while (self->held->len > 0)
    {
      mmp_attack_deliver (self, g_ptr_array_index (self->held, self->held->len - 1));
      g_ptr_array_remove_index (self->held, self->held->len - 1);
    }
}

typedef struct
{
  MmpAttack *attack;
  MmpAttackMessage *message;
} Late;

static gboolean
on_late (gpointer user_data)
{
  Late *late = user_data;

  mmp_attack_deliver (late->attack, late->message);
  g_ptr_array_remove_fast (late->attack->held, late->message);

  return G_SOURCE_REMOVE;
}

static void
delay (MmpAttack *self,
       const MmpAttackMessage *message)
{
  Late *late = g_new0 (Late, 1);

  late->attack = self;
  late->message = mmp_attack_message_new (message->topic, message->payload);
  g_ptr_array_add (self->held, late->message);
  g_timeout_add_full (G_PRIORITY_DEFAULT, (guint) g_rand_int_range (self->rand, 0, 200), on_late, late, g_free);
}

/* All messages arrive once, whatever else does. */
static void
test_all_arrive (gconstpointer data)
{
  g_autoptr (MmpAttack) attack = mmp_attack_new (MMP_TRUST_ONLY_TRUSTED, *(const MmpAttackFunc *) data);

  mmp_session_pair_link (attack->pair);
  mmp_attack_exchange (attack, 0, 100);
  mmp_attack_recover (attack);
  mmp_session_pair_await (attack->pair, attack->held->len == 0);
  g_assert_cmpuint (attack->pair->ends[MMP_PAIR_LISTENER].sessions->len, ==, 1);
  /* No more than were asked for. */
  g_assert_cmpuint (attack->n_hs2, <=, attack->n_hs1);
}

/* Nothing wrong arrives, and all is well when the attack is over. */
static void
test_nothing_wrong_arrives (gconstpointer data)
{
  g_autoptr (MmpAttack) attack = mmp_attack_new (MMP_TRUST_ONLY_TRUSTED, NULL);
  const gint64 begin = mmp_clock_now (attack->pair->clock);

  mmp_session_pair_link (attack->pair);
  attack->func = *(const MmpAttackFunc *) data;
  mmp_session_pair_send (attack->pair, MMP_PAIR_INITIATOR, 0, 100);
  mmp_session_pair_send (attack->pair, MMP_PAIR_LISTENER, 0, 100);
  mmp_session_pair_await (attack->pair, mmp_clock_now (attack->pair->clock) > begin + MMP_SECONDS (10));
  mmp_attack_recover (attack);
}

static gboolean
has_any (MmpSessionPair *pair)
{
  for (guint i = 0; i < 20; i++)
    {
      if (mmp_session_pair_has (pair, MMP_PAIR_INITIATOR, i, 1) || mmp_session_pair_has (pair, MMP_PAIR_LISTENER, i, 1))
        return TRUE;
    }

  return FALSE;
}

/* What a broker kept is old, however good it looks. */
static void
test_retained_messages_count_for_nothing (void)
{
  g_autoptr (MmpAttack) attack = mmp_attack_new (MMP_TRUST_ONLY_TRUSTED, NULL);
  const gint64 begin = mmp_clock_now (attack->pair->clock);
  guint seen;

  mmp_session_pair_link (attack->pair);
  seen = attack->seen->len;
  attack->func = retain;
  mmp_session_pair_send (attack->pair, MMP_PAIR_INITIATOR, 0, 20);
  mmp_session_pair_send (attack->pair, MMP_PAIR_LISTENER, 0, 20);
  mmp_session_pair_await (attack->pair, attack->seen->len >= seen + 40 && mmp_clock_now (attack->pair->clock) > begin + MMP_SECONDS (5));
  g_assert_false (has_any (attack->pair));
  mmp_attack_recover (attack);
}

static void
test_oversize_message (void)
{
  g_autoptr (MmpAttack) attack = mmp_attack_new (MMP_TRUST_ONLY_TRUSTED, NULL);
  g_autoptr (GBytes) large = NULL;
  g_autoptr (GBytes) huge = NULL;

  mmp_session_pair_link (attack->pair);
  large = mmp_attack_make_junk (attack, MMP_ATTACK_DATA, 20000);
  huge = mmp_attack_make_junk (attack, MMP_ATTACK_DATA, 1024 * 1024);
  mmp_fake_broker_deliver (attack->broker, attack->offers, large, FALSE);
  mmp_fake_broker_deliver (attack->broker, attack->answers, large, FALSE);
  mmp_attack_exchange (attack, 0, 10);
  g_assert_cmpuint (mmp_fake_broker_count_visits (attack->broker), ==, 2);

  /* More than was announced: both leave the broker, and come back. */
  mmp_fake_broker_deliver (attack->broker, attack->offers, huge, FALSE);
  mmp_fake_broker_deliver (attack->broker, attack->answers, huge, FALSE);
  mmp_session_pair_await (attack->pair, mmp_fake_broker_count_visits (attack->broker) >= 4);
  mmp_attack_recover (attack);
}

/* Two pairs at one broker; what is for one goes to the other, too. */
static void
test_messages_of_others (void)
{
  g_autoptr (MmpAttack) attack = mmp_attack_new (MMP_TRUST_ONLY_TRUSTED, NULL);
  g_autoptr (MmpSessionPair) other = NULL;
  g_autofree char *offers = NULL;
  g_autofree char *answers = NULL;
  guint n;

  mmp_session_pair_link (attack->pair);
  mmp_attack_exchange (attack, 0, 20);
  offers = g_strdup (attack->offers);
  answers = g_strdup (attack->answers);
  n = attack->seen->len;
  other = mmp_session_pair_new (mmp_fake_broker_get_port (attack->broker), MMP_TRUST_ANYONE);
  mmp_session_pair_link (other);
  g_assert_cmpstr (offers, !=, attack->offers);

  for (guint i = 0; i < n; i++)
    {
      const MmpAttackMessage *message = g_ptr_array_index (attack->seen, i);

      mmp_fake_broker_deliver (attack->broker, attack->offers, message->payload, FALSE);
      mmp_fake_broker_deliver (attack->broker, attack->answers, message->payload, FALSE);
    }
  for (guint i = n; i < attack->seen->len; i++)
    {
      const MmpAttackMessage *message = g_ptr_array_index (attack->seen, i);

      mmp_fake_broker_deliver (attack->broker, offers, message->payload, FALSE);
      mmp_fake_broker_deliver (attack->broker, answers, message->payload, FALSE);
    }
  mmp_session_pair_send (other, MMP_PAIR_INITIATOR, 500, 1);
  mmp_session_pair_await (other, mmp_session_pair_has (other, MMP_PAIR_LISTENER, 500, 1));
  mmp_session_pair_check (other);
  mmp_attack_exchange (attack, 500, 10);
  g_assert_cmpuint (attack->n_hs2, ==, 2);
}

static void
test_broker_that_breaks_off (void)
{
  g_autoptr (MmpAttack) attack = mmp_attack_new (MMP_TRUST_ONLY_TRUSTED, NULL);

  mmp_session_pair_link (attack->pair);
  for (guint i = 0; i < 5; i++)
    {
      guint visits = mmp_fake_broker_count_visits (attack->broker);

      mmp_attack_exchange (attack, 100 * i, 10);
      mmp_fake_broker_close_all (attack->broker);
      mmp_session_pair_await (attack->pair, mmp_fake_broker_count_visits (attack->broker) >= visits + 2 && attack->pair->dialer_state == MMP_DIALER_LINKED
                                                && attack->pair->acceptor_state == MMP_ACCEPTOR_READY);
    }
  mmp_attack_recover (attack);
}

int
main (int argc,
      char *argv[])
{
  static const MmpAttackFunc duplicates = duplicate;
  static const MmpAttackFunc replays = replay;
  static const MmpAttackFunc reflects = reflect;
  static const MmpAttackFunc alters = alter;
  static const MmpAttackFunc reorders = reorder;
  static const MmpAttackFunc delays = delay;
  static const MmpAttackFunc drops = drop_some;
  static const MmpAttackFunc swaps = swap_topics;

  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/hostile-broker/duplicates", &duplicates, test_all_arrive);
  g_test_add_data_func ("/hostile-broker/replays", &replays, test_all_arrive);
  g_test_add_data_func ("/hostile-broker/reflects", &reflects, test_all_arrive);
  g_test_add_data_func ("/hostile-broker/alters", &alters, test_all_arrive);
  g_test_add_data_func ("/hostile-broker/delays", &delays, test_all_arrive);
  g_test_add_data_func ("/hostile-broker/reorders", &reorders, test_nothing_wrong_arrives);
  g_test_add_data_func ("/hostile-broker/drops", &drops, test_nothing_wrong_arrives);
  g_test_add_data_func ("/hostile-broker/swaps-topics", &swaps, test_nothing_wrong_arrives);
  g_test_add_func ("/hostile-broker/retained-messages-count-for-nothing", test_retained_messages_count_for_nothing);
  g_test_add_func ("/hostile-broker/oversize-message", test_oversize_message);
  g_test_add_func ("/hostile-broker/messages-of-others", test_messages_of_others);
  g_test_add_func ("/hostile-broker/breaks-off", test_broker_that_breaks_off);

  return g_test_run ();
}
