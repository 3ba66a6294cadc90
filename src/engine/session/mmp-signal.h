/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MMP_SIGNAL_HELLO, /* session: link_name, name; from a listener also resumed */
  MMP_SIGNAL_STATUS, /* session: status, retry */
  MMP_SIGNAL_BYE, /* session */
  MMP_SIGNAL_OFFER, /* lane 0: gen, sdp, no_turn */
  MMP_SIGNAL_ANSWER, /* lane 0: gen, sdp */
  MMP_SIGNAL_CANDIDATE, /* lane 0: gen, candidate ("" = end) */
  MMP_SIGNAL_REOFFER, /* lane 0 */
  MMP_SIGNAL_LEAVE, /* lane 0: gen */
  MMP_SIGNAL_SERVICES, /* lane 0: names, no_relay */
} MmpSignalType;

typedef enum
{
  MMP_SIGNAL_PENDING,
  MMP_SIGNAL_DENIED,
  MMP_SIGNAL_BUSY,
} MmpSignalStatus;

/**
 * MmpSignal:
 *
 * One JSON object of a session or of lane 0. Only the fields of its type are set.
 */
typedef struct
{
  MmpSignalType type;
  guint8 link_name[16];
  gboolean resumed;
  char *name; /* cleaned: one line, at most MMP_DEVICE_NAME_MAX bytes, no control or bidirectional characters */
  MmpSignalStatus status;
  guint retry; /* seconds */
  guint64 gen;
  char *sdp;
  char *candidate;
  GStrv names;
  gboolean no_relay; /* streams may not go over the relay */
  gboolean no_turn; /* the attempt is for a path that no TURN server has a part in */
} MmpSignal;

MmpSignal *mmp_signal_new (MmpSignalType type);
MmpSignal *mmp_signal_decode (const char *text, gsize size, GError **error);
char *mmp_signal_encode (const MmpSignal *self);
void mmp_signal_free (MmpSignal *self);

char *mmp_device_name_clean (const char *name);
gboolean mmp_service_name_passes (const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpSignal, mmp_signal_free)

G_END_DECLS
