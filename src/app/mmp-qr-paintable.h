/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MMP_TYPE_QR_PAINTABLE (mmp_qr_paintable_get_type ())

G_DECLARE_FINAL_TYPE (MmpQrPaintable, mmp_qr_paintable, MMP, QR_PAINTABLE, GObject)

/**
 * MmpQrPaintable:
 *
 * A QR code with its light border, black on white whatever the style, in whole pixels a module.
 */
GdkPaintable *mmp_qr_paintable_new (const char *text,
                                    GError **error);
GdkTexture *mmp_qr_paintable_get_texture (MmpQrPaintable *self,
                                          int scale);

G_END_DECLS
