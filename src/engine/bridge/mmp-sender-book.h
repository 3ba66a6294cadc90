/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "crypto/mmp-bridge-key.h"

G_BEGIN_DECLS

/**
 * MmpSenderBook:
 *
 * Who this bridge is when it seals, and what it has of each other sender, so that nothing passes twice. Kept in a file.
 *
 * What has passed is noted twice: at once in memory, and for the file only when the far broker has it; so a crash between
 * the two lets the message come again instead of losing it. Belongs to one thread.
 */
typedef struct _MmpSenderBook MmpSenderBook;

typedef enum
{
  MMP_SENDER_NEW, /* pass it */
  MMP_SENDER_REPEATED, /* it came before, or is too old to know */
  MMP_SENDER_WENT_BACK, /* of a run before the one that is known */
  MMP_SENDER_SELF, /* our own */
  MMP_SENDER_CLONE, /* of somebody who has our state: both must not go on under one name */
} MmpSenderVerdict;

/* What one message is known by */
typedef struct
{
  guint8 key_id[MMP_BRIDGE_KEY_ID_SIZE];
  guint64 sender;
  guint64 run;
  guint64 number;
} MmpSenderMark;

MmpSenderBook *mmp_sender_book_new (gint64 now);
MmpSenderBook *mmp_sender_book_decode (GBytes *bytes,
                                       gint64 now,
                                       GError **error);
GBytes *mmp_sender_book_encode (MmpSenderBook *self);
void mmp_sender_book_free (MmpSenderBook *self);

guint64 mmp_sender_book_get_self (MmpSenderBook *self);
guint64 mmp_sender_book_get_run (MmpSenderBook *self);
guint64 mmp_sender_book_get_tag (MmpSenderBook *self);
guint64 mmp_sender_book_next (MmpSenderBook *self);
void mmp_sender_book_renew (MmpSenderBook *self,
                            gint64 now);

MmpSenderVerdict mmp_sender_book_judge (MmpSenderBook *self,
                                        const MmpSenderMark *mark,
                                        gint64 time);
void mmp_sender_book_pass (MmpSenderBook *self,
                           const MmpSenderMark *mark,
                           gint64 now);
void mmp_sender_book_settle (MmpSenderBook *self,
                             const MmpSenderMark *mark);
gboolean mmp_sender_book_forget (MmpSenderBook *self,
                                 guint64 sender);
guint mmp_sender_book_get_size (MmpSenderBook *self);
gboolean mmp_sender_book_is_changed (MmpSenderBook *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpSenderBook, mmp_sender_book_free)

G_END_DECLS
