/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-attack.h"

#define SEEN_MAX 400

/**
 * mmp_attack_message_new:
 *
 * Returns: (transfer full): a copy, for @held
 */
MmpAttackMessage *
mmp_attack_message_new (const char *topic,
                        GBytes *payload)
{
  MmpAttackMessage *message = g_new0 (MmpAttackMessage, 1);

  message->topic = g_strdup (topic);
  message->payload = g_bytes_ref (payload);

  return message;
}

static void
mmp_attack_message_free (gpointer data)
{
  MmpAttackMessage *message = data;

  g_free (message->topic);
  g_bytes_unref (message->payload);
  g_free (message);
}

/**
 * mmp_attack_get_type:
 *
 * Returns: the first byte, 0 if there is none
 */
guint8
mmp_attack_get_type (GBytes *payload)
{
  return g_bytes_get_size (payload) > 0 ? *(const guint8 *) g_bytes_get_data (payload, NULL) : 0;
}

/**
 * mmp_attack_deliver:
 *
 * Does what an honest broker would.
 */
void
mmp_attack_deliver (MmpAttack *self,
                    const MmpAttackMessage *message)
{
  mmp_fake_broker_deliver (self->broker, message->topic, message->payload, FALSE);
}

static void
on_route (MmpFakeBroker *broker,
          const char *topic,
          GBytes *payload,
          gpointer user_data)
{
  MmpAttack *self = user_data;
  MmpAttackMessage *message = mmp_attack_message_new (topic, payload);

  self->n_hs1 += mmp_attack_get_type (payload) == MMP_ATTACK_HS1 ? 1 : 0;
  self->n_hs2 += mmp_attack_get_type (payload) == MMP_ATTACK_HS2 ? 1 : 0;
  g_set_str (g_str_has_suffix (topic, "/o") ? &self->offers : &self->answers, topic);
  if (self->seen->len == SEEN_MAX)
    g_ptr_array_remove_index (self->seen, 0);
  g_ptr_array_add (self->seen, message);
  if (self->func != NULL)
    self->func (self, message);
  else
    mmp_attack_deliver (self, message);
}

/**
 * mmp_attack_new:
 * @mode: whom the listener lets in
 * @func: (nullable): what the broker does from the beginning
 *
 * Returns: (transfer full): a pair that begins to look for each other
 */
MmpAttack *
mmp_attack_new (MmpTrustMode mode,
                MmpAttackFunc func)
{
  MmpAttack *self = g_new0 (MmpAttack, 1);
  guint32 seed = (guint32) g_test_rand_int ();

  g_test_message ("seed %u", seed);
  self->rand = g_rand_new_with_seed (seed);
  self->seen = g_ptr_array_new_with_free_func (mmp_attack_message_free);
  self->held = g_ptr_array_new_with_free_func (mmp_attack_message_free);
  self->func = func;
  self->broker = mmp_fake_broker_new (NULL);
  mmp_fake_broker_set_route_func (self->broker, on_route, self);
  self->pair = mmp_session_pair_new (mmp_fake_broker_get_port (self->broker), mode);

  return self;
}

/**
 * mmp_attack_free:
 *
 * Checks once more that nothing wrong arrived, and that nothing of the pair is left.
 */
void
mmp_attack_free (MmpAttack *self)
{
  mmp_session_pair_check (self->pair);
  mmp_session_pair_free (self->pair);
  mmp_fake_broker_free (self->broker);
  g_ptr_array_unref (self->seen);
  g_ptr_array_unref (self->held);
  g_rand_free (self->rand);
  g_free (self->offers);
  g_free (self->answers);
  g_free (self);
}

/**
 * mmp_attack_exchange:
 * @first: the number of the first message
 *
 * Both sides send, and all has to arrive.
 */
void
mmp_attack_exchange (MmpAttack *self,
                     guint first,
                     guint count)
{
  mmp_session_pair_send (self->pair, MMP_PAIR_INITIATOR, first, count);
  mmp_session_pair_send (self->pair, MMP_PAIR_LISTENER, first, count);
  mmp_session_pair_await (self->pair, mmp_session_pair_has (self->pair, MMP_PAIR_LISTENER, first, count)
                                          && mmp_session_pair_has (self->pair, MMP_PAIR_INITIATOR, first, count));
  mmp_session_pair_check (self->pair);
}

static gboolean
send_anew (MmpAttack *self,
           guint *next)
{
  if (mmp_session_pair_has (self->pair, MMP_PAIR_LISTENER, *next, 1) && mmp_session_pair_has (self->pair, MMP_PAIR_INITIATOR, *next, 1))
    return TRUE;

  (*next)++;
  mmp_session_pair_send (self->pair, MMP_PAIR_INITIATOR, *next, 1);
  mmp_session_pair_send (self->pair, MMP_PAIR_LISTENER, *next, 1);

  return FALSE;
}

/**
 * mmp_attack_recover:
 *
 * The broker is honest again: sooner or later, perhaps through a new session, messages go both ways.
 */
void
mmp_attack_recover (MmpAttack *self)
{
  guint next = 1000000;
  guint turn = 0;

  self->func = NULL;
  mmp_session_pair_await (self->pair, turn++ % 20 != 0 ? FALSE : send_anew (self, &next));
  mmp_session_pair_check (self->pair);
}

/**
 * mmp_attack_make_junk:
 * @type: its first byte
 * @size: how long it is
 *
 * Returns: (transfer full): a message that means nothing
 */
GBytes *
mmp_attack_make_junk (MmpAttack *self,
                      guint8 type,
                      gsize size)
{
  guint8 *data = g_malloc (MAX (size, 1));

  for (gsize i = 0; i < size; i++)
    data[i] = (guint8) g_rand_int_range (self->rand, 0, 256);
  if (size > 0)
    data[0] = type;

  return g_bytes_new_take (data, size);
}
