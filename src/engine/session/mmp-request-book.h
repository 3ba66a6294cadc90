/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-clock.h"
#include "crypto/mmp-public-key.h"

G_BEGIN_DECLS

typedef enum
{
  MMP_REQUEST_NEW, /* show it */
  MMP_REQUEST_WAITING, /* it is shown already */
  MMP_REQUEST_REFUSED, /* too many wait, or this one was told "not now" */
} MmpRequestVerdict;

/* Nobody answered @device in time */
typedef void (*MmpRequestGoneFunc) (const MmpPublicKey *device,
                                    gpointer user_data);

/**
 * MmpRequestBook:
 *
 * Which strangers wait for a person's answer, and who was told "not now". One thread, that of its clock.
 */
typedef struct _MmpRequestBook MmpRequestBook;

MmpRequestBook *mmp_request_book_new (MmpClock *clock,
                                      MmpRequestGoneFunc gone,
                                      gpointer user_data);
void mmp_request_book_free (MmpRequestBook *self);
MmpRequestVerdict mmp_request_book_ask (MmpRequestBook *self,
                                        const MmpPublicKey *device);
gboolean mmp_request_book_remove (MmpRequestBook *self,
                                  const MmpPublicKey *device);
guint mmp_request_book_silence (MmpRequestBook *self,
                                const MmpPublicKey *device);
gboolean mmp_request_book_is_silenced (MmpRequestBook *self,
                                       const MmpPublicKey *device);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpRequestBook, mmp_request_book_free)

G_END_DECLS
