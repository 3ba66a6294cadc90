/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gst/gst.h>

#include "rtc/mmp-peer.h"

G_BEGIN_DECLS

/* The NiceAgent inside a webrtcbin: what cannot be set or read through webrtcbin itself. */

void mmp_ice_agent_configure (GstElement *webrtcbin,
                              const MmpIceConfig *config);
void mmp_ice_agent_release (GstElement *webrtcbin);
void mmp_ice_agent_widen_sockets (GstElement *webrtcbin);
void mmp_ice_agent_get_pair (GstElement *webrtcbin,
                             MmpCandidatePair *pair);

G_END_DECLS
