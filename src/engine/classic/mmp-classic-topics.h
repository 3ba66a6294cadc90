/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-public-key.h"

G_BEGIN_DECLS

#define MMP_CLASSIC_PREFIX "mqttsignaling"
#define MMP_CLASSIC_CHANNEL "conn1"

/* Who sends on a topic */
typedef enum
{
  MMP_CLASSIC_OFFERS = 'o', /* the initiator */
  MMP_CLASSIC_ANSWERS = 'a', /* the listener */
} MmpClassicSide;

gboolean mmp_classic_topics_check (const char *prefix,
                                   const char *channel,
                                   GError **error);
char *mmp_classic_topics_get_filter (const char *prefix,
                                     const MmpPublicKey *listener,
                                     const char *channel);
char *mmp_classic_topics_build (const char *prefix,
                                const MmpPublicKey *listener,
                                const MmpPublicKey *initiator,
                                const char *channel,
                                MmpClassicSide side);
gboolean mmp_classic_topics_parse (const char *topic,
                                   const char *prefix,
                                   const MmpPublicKey *listener,
                                   const char *channel,
                                   MmpPublicKey *initiator);

G_END_DECLS
