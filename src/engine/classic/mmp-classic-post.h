/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "classic/mmp-classic-message.h"
#include "classic/mmp-classic-topics.h"
#include "tunnel/mmp-endpoint.h"

G_BEGIN_DECLS

/**
 * MmpClassicPost:
 *
 * Sealed messages between one device and others through the signalling broker. Control thread, where they are sealed and
 * opened, for there are few of them and how many are looked at is limited; the MQTT client is on the I/O thread.
 */
typedef struct _MmpClassicPost MmpClassicPost;

/**
 * MmpClassicPostFuncs:
 * @ready: messages come and go from now on; at each connection anew
 * @lost: there is no connection, and why; it is tried again by itself
 * @may_talk: whether messages of a device are to be opened at all
 * @message: a message of a device came: of the type that its side may send, and for the first time
 */
typedef struct
{
  void (*ready) (gpointer user_data);
  void (*lost) (const GError *cause, gpointer user_data);
  gboolean (*may_talk) (const MmpPublicKey *device, gpointer user_data);
  void (*message) (const MmpPublicKey *device, const MmpClassicMessage *message, gpointer user_data);
} MmpClassicPostFuncs;

MmpClassicPost *mmp_classic_post_new (const MmpEndpointConfig *config,
                                      MmpClassicSide side,
                                      const char *channel,
                                      GMainContext *io,
                                      const MmpClassicPostFuncs *funcs,
                                      gpointer user_data);
void mmp_classic_post_free (MmpClassicPost *self);
gboolean mmp_classic_post_is_ready (MmpClassicPost *self);
void mmp_classic_post_kick (MmpClassicPost *self);
void mmp_classic_post_send (MmpClassicPost *self,
                            const MmpPublicKey *device,
                            MmpClassicType type,
                            const char *sdp);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpClassicPost, mmp_classic_post_free)

G_END_DECLS
