/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-noise-state.h"
#include "crypto/mmp-noise.h"

G_BEGIN_DECLS

void mmp_noise_set_ephemeral (MmpNoise *self,
                              const guint8 secret[MMP_NOISE_KEY_SIZE]);

G_END_DECLS
