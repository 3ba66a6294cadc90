/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MMP_CLASSIC_OFFER,
  MMP_CLASSIC_ANSWER,
  MMP_CLASSIC_BYE,
} MmpClassicType;

/**
 * MmpClassicMessage:
 * @sdp: a description with all candidates; %NULL for a bye
 *
 * What devices tell each other, before it is sealed.
 */
typedef struct
{
  MmpClassicType type;
  char *sdp;
} MmpClassicMessage;

MmpClassicMessage *mmp_classic_message_new (MmpClassicType type,
                                            const char *sdp);
void mmp_classic_message_free (MmpClassicMessage *self);
char *mmp_classic_message_encode (const MmpClassicMessage *self);
MmpClassicMessage *mmp_classic_message_decode (GBytes *text,
                                               GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpClassicMessage, mmp_classic_message_free)

G_END_DECLS
