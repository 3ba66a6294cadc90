/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "hub/mmp-qr.h"

#include <qrencode.h>

#include "base/mmp-error.h"

struct _MmpQr
{
  QRcode *code;
};

/**
 * mmp_qr_new:
 * @text: UTF-8; upper-case letters, digits and `$%*+-./:` alone make a smaller code
 * @error: LIMIT if it does not fit into one code
 *
 * Returns: (transfer full): the smallest code with medium error correction
 */
MmpQr *
mmp_qr_new (const char *text,
            GError **error)
{
  QRcode *code = QRcode_encodeString (text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
  MmpQr *self;

  if (code == NULL)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_LIMIT, "the text does not fit into a QR code");
      return NULL;
    }

  self = g_new0 (MmpQr, 1);
  self->code = code;

  return self;
}

/**
 * mmp_qr_get_size:
 *
 * Returns: modules along one side, without the quiet zone
 */
guint
mmp_qr_get_size (MmpQr *self)
{
  return (guint) self->code->width;
}

/**
 * mmp_qr_is_dark:
 * @x: column, from 0
 * @y: row, from 0
 *
 * Returns: whether that module is dark; outside, where the quiet zone is, none is
 */
gboolean
mmp_qr_is_dark (MmpQr *self,
                int x,
                int y)
{
  int width = self->code->width;

  return x >= 0 && y >= 0 && x < width && y < width && (self->code->data[y * width + x] & 1) != 0;
}

/**
 * mmp_qr_free:
 */
void
mmp_qr_free (MmpQr *self)
{
  QRcode_free (self->code);
  g_free (self);
}
