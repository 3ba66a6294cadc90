/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "bridge/mmp-bridge-status.h"
#include "bridge/mmp-outbox.h"
#include "bridge/mmp-rule.h"
#include "bridge/mmp-sender-book.h"

G_BEGIN_DECLS

/* It may pass. */
#define MMP_PASSAGE_OPEN (-1)

/**
 * MmpPassage:
 * @rule: of the way it went
 * @has_mark: whether it was sealed by somebody
 * @mark: by whom
 *
 * What is remembered of a message while it is on its way; the user_data of its #MmpOutboxItem.
 */
typedef struct
{
  MmpRuleDirection direction;
  gboolean has_mark;
  MmpSenderMark mark;
} MmpPassage;

int mmp_passage_out (const MmpRule *rule,
                     const MmpMqttMessage *message,
                     MmpSenderBook *book,
                     gint64 now,
                     MmpOutboxItem **item);
MmpOutboxItem *mmp_passage_seal_item (const MmpRule *rule,
                                      const MmpOutboxItem *item,
                                      MmpSenderBook *book,
                                      gint64 now);
int mmp_passage_in (GPtrArray *rules,
                    const MmpMqttMessage *message,
                    MmpSenderBook *book,
                    gint64 now,
                    guint64 *sender,
                    MmpOutboxItem **item);

G_END_DECLS
