/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-secret.h"

G_BEGIN_DECLS

/* How long a person's password may be, in bytes */
#define MMP_PASSWORD_MIN 8
#define MMP_PASSWORD_MAX 1024

GBytes *mmp_password_box_seal (MmpSecret *content,
                               const char *password,
                               GError **error);
MmpSecret *mmp_password_box_open (GBytes *box,
                                  const char *password,
                                  GError **error);

G_END_DECLS
