/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-fake-broker.h"
#include "mmp-session-pair.h"

G_BEGIN_DECLS

/* First bytes of what goes through the broker */
#define MMP_ATTACK_HS1 0x01
#define MMP_ATTACK_HS2 0x02
#define MMP_ATTACK_DATA 0x03

typedef struct
{
  char *topic;
  GBytes *payload;
} MmpAttackMessage;

typedef struct _MmpAttack MmpAttack;

/* What the broker does with a message that is to be delivered. */
typedef void (*MmpAttackFunc) (MmpAttack *self,
                               const MmpAttackMessage *message);

/**
 * MmpAttack:
 * @broker: who is hostile
 * @pair: who has to live with it
 * @func: (nullable): what the broker does; %NULL: it is honest
 * @rand: from the test's seed
 * @seen: (element-type MmpAttackMessage): the last messages of the pair
 * @held: (element-type MmpAttackMessage): for @func
 * @offers: (nullable): the topic of what the initiator last sent
 * @answers: (nullable): the topic of what the listener last sent
 * @n_hs1: how many greetings the initiator sent
 * @n_hs2: how many answers to greetings the listener sent
 *
 * A hostile broker between two who trust each other.
 */
struct _MmpAttack
{
  MmpFakeBroker *broker;
  MmpSessionPair *pair;
  MmpAttackFunc func;
  GRand *rand;
  GPtrArray *seen;
  GPtrArray *held;
  char *offers;
  char *answers;
  guint n_hs1;
  guint n_hs2;
};

MmpAttackMessage *mmp_attack_message_new (const char *topic,
                                          GBytes *payload);
guint8 mmp_attack_get_type (GBytes *payload);
MmpAttack *mmp_attack_new (MmpTrustMode mode,
                           MmpAttackFunc func);
void mmp_attack_free (MmpAttack *self);
void mmp_attack_deliver (MmpAttack *self,
                         const MmpAttackMessage *message);
void mmp_attack_exchange (MmpAttack *self,
                          guint first,
                          guint count);
void mmp_attack_recover (MmpAttack *self);
GBytes *mmp_attack_make_junk (MmpAttack *self,
                              guint8 type,
                              gsize size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpAttack, mmp_attack_free)

G_END_DECLS
