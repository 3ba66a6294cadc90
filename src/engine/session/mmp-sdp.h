/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MMP_SDP_OFFER,
  MMP_SDP_ANSWER,
} MmpSdpType;

#define MMP_SDP_FINGERPRINT_SIZE 32

/* A description from outside: checked, and made anew from the few things that may pass. MESSAGE_INVALID otherwise */
char *mmp_sdp_rebuild (const char *sdp, MmpSdpType type, guint8 fingerprint[MMP_SDP_FINGERPRINT_SIZE], GError **error);

/* Whether a candidate may pass, in either direction: a literal address that is not loopback (unless allowed), multicast, unspecified or
 * link-local, a port ≥ 1, a known transport and type, no control characters. "" (end of candidates) passes */
gboolean mmp_candidate_passes (const char *candidate, gboolean allow_loopback);

G_END_DECLS
