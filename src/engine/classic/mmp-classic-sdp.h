/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/mmp-sdp.h"

G_BEGIN_DECLS

/**
 * MmpClassicDescription:
 * @sdp: the description made anew by mmp_sdp_rebuild(), without candidates
 * @fingerprint: of the certificate that the other side announces
 * @candidates: those of it that may pass, at most %MMP_CANDIDATES_MAX
 * @legacy: whether it has the form that was a draft before RFC 8841, which aiortc still offers
 *
 * A complete description of the other side, taken apart.
 */
typedef struct
{
  char *sdp;
  guint8 fingerprint[MMP_SDP_FINGERPRINT_SIZE];
  GStrv candidates;
  gboolean legacy;
} MmpClassicDescription;

MmpClassicDescription *mmp_classic_description_parse (const char *sdp,
                                                      MmpSdpType type,
                                                      gboolean allow_loopback,
                                                      GError **error);
void mmp_classic_description_free (MmpClassicDescription *self);
char *mmp_classic_sdp_complete (const char *sdp,
                                GPtrArray *candidates,
                                gboolean legacy);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpClassicDescription, mmp_classic_description_free)

G_END_DECLS
