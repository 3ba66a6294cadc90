/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "classic/mmp-classic-traffic.h"

G_BEGIN_DECLS

/**
 * MmpClassicLine:
 *
 * What there is with one other device: the connection that stands, the one that is being made, and the traffic. A new
 * connection takes the place of the old one when it is verified, not before: so an old offer that somebody sends again
 * takes nothing away. Control thread.
 */
typedef struct _MmpClassicLine MmpClassicLine;

/**
 * MmpClassicLineFuncs:
 * @described: an offer or answer to be sent
 * @up: a connection stands
 * @down: there is none any more, and none is being made; the line may be freed from inside of this one only
 * @figures: what mmp_classic_line_describe() says has changed
 * @event: listening, trouble, connection
 */
typedef struct
{
  void (*described) (MmpClassicLine *self, const char *sdp, gpointer user_data);
  void (*up) (MmpClassicLine *self, gpointer user_data);
  void (*down) (MmpClassicLine *self, const GError *error, gpointer user_data);
  void (*figures) (MmpClassicLine *self, gpointer user_data);
  void (*event) (MmpClassicLine *self, const MmpClassicEvent *event, gpointer user_data);
} MmpClassicLineFuncs;

MmpClassicLine *mmp_classic_line_new (MmpPeerRole role,
                                      const MmpEndpointConfig *config,
                                      GMainContext *io,
                                      const MmpClassicLineFuncs *funcs,
                                      gpointer user_data);
void mmp_classic_line_free (MmpClassicLine *self);
void mmp_classic_line_offer (MmpClassicLine *self);
void mmp_classic_line_answered (MmpClassicLine *self,
                                const char *sdp);
void mmp_classic_line_offered (MmpClassicLine *self,
                               const char *sdp);
void mmp_classic_line_said_bye (MmpClassicLine *self);
void mmp_classic_line_hang_up (MmpClassicLine *self);
gboolean mmp_classic_line_is_calling (MmpClassicLine *self);
gboolean mmp_classic_line_is_up (MmpClassicLine *self);
void mmp_classic_line_describe (MmpClassicLine *self,
                                MmpStatus *status);

const char *mmp_classic_line_get_channel (const MmpEndpointConfig *config);
void mmp_classic_line_tell (const MmpClassicEvent *event,
                            const MmpEndpointConfig *config,
                            const MmpEndpointFuncs *funcs,
                            gpointer endpoint,
                            gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpClassicLine, mmp_classic_line_free)

G_END_DECLS
