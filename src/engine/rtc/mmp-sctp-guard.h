/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * MmpSctpGuard:
 *
 * What the SCTP elements inside a webrtcbin need from outside: an association number that no other has, and to get
 * nothing of a peer that is not verified. A plain value, zero at the beginning.
 */
typedef struct
{
  guint association;
  GstPad *pad;
  gulong probe;
} MmpSctpGuard;

gboolean mmp_sctp_guard_init (MmpSctpGuard *self);
void mmp_sctp_guard_take (MmpSctpGuard *self,
                          GstElement *element);
void mmp_sctp_guard_open (MmpSctpGuard *self);
void mmp_sctp_guard_shut (MmpSctpGuard *self);
void mmp_sctp_guard_clear (MmpSctpGuard *self);

G_END_DECLS
