/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-password-box.h"

G_BEGIN_DECLS

#define MMP_PASSWORD_SALT_SIZE 16
#define MMP_PASSWORD_NONCE_SIZE 24

/**
 * MmpPasswordBox:
 *
 * The parts of a sealed box. A plain value; the pointers are into what was decoded.
 */
typedef struct
{
  guint32 passes;
  guint32 memory; /* KiB */
  const guint8 *salt;
  const guint8 *nonce;
  const guint8 *sealed;
  gsize sealed_size;
} MmpPasswordBox;

gboolean mmp_password_box_decode (const guint8 *data,
                                  gsize size,
                                  MmpPasswordBox *out,
                                  GError **error);

G_END_DECLS
