/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/mmp-candidate.h"

G_BEGIN_DECLS

typedef enum
{
  MMP_SDP_OFFER,
  MMP_SDP_ANSWER,
} MmpSdpType;

#define MMP_SDP_FINGERPRINT_SIZE 32

char *mmp_sdp_rebuild (const char *sdp,
                       MmpSdpType type,
                       guint8 fingerprint[MMP_SDP_FINGERPRINT_SIZE],
                       GError **error);

G_END_DECLS
