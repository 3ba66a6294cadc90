/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The light border that a reader needs around the code, in modules (ISO/IEC 18004) */
#define MMP_QR_QUIET_ZONE 4

/**
 * MmpQr:
 *
 * A QR code: a square of dark and light modules. Immutable.
 */
typedef struct _MmpQr MmpQr;

MmpQr *mmp_qr_new (const char *text,
                   GError **error);
guint mmp_qr_get_size (MmpQr *self);
gboolean mmp_qr_is_dark (MmpQr *self,
                         int x,
                         int y);
void mmp_qr_free (MmpQr *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpQr, mmp_qr_free)

G_END_DECLS
