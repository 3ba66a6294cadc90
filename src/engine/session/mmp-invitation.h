/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-public-key.h"
#include "mqtt/mmp-mqtt-broker.h"
#include "session/mmp-trust.h"

G_BEGIN_DECLS

/**
 * MmpInvitation:
 *
 * What an `mmp:` URI or a QR code says: who listens, where to meet, and perhaps a single-use secret. Opening one never
 * connects and never trusts.
 */
typedef struct
{
  MmpPublicKey listener;
  MmpMqttBroker *broker;
  char *prefix; /* "sig" if not given */
  char *service; /* nullable */
  char *name; /* nullable, cleaned */
  gboolean has_secret;
  guint8 secret[MMP_INVITATION_SIZE];
} MmpInvitation;

MmpInvitation *mmp_invitation_parse (const char *text, GError **error);
char *mmp_invitation_to_uri (const MmpInvitation *self);
char *mmp_invitation_to_qr_text (const MmpInvitation *self);
void mmp_invitation_free (MmpInvitation *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpInvitation, mmp_invitation_free)

G_END_DECLS
