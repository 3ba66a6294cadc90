/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "bridge/mmp-bridge.h"
#include "hub/mmp-hub-trust.h"
#include "session/mmp-invitation.h"
#include "tunnel/mmp-initiator.h"
#include "tunnel/mmp-listener.h"

G_BEGIN_DECLS

/**
 * MmpHub:
 *
 * Everything of this account that runs in this process: the I/O thread, the files under
 * `$XDG_DATA_HOME/message-portal`, and the listeners, initiators and
 * bridges. One a process; control thread.
 */
typedef struct _MmpHub MmpHub;

MmpHub *mmp_hub_new (const char *directory,
                     GError **error);
void mmp_hub_free (MmpHub *self);
MmpDeviceStore *mmp_hub_get_devices (MmpHub *self);
MmpHubTrust *mmp_hub_get_trust (MmpHub *self);
MmpKeyPair *mmp_hub_load_key_pair (MmpHub *self,
                                   GError **error);

MmpListener *mmp_hub_start_listener (MmpHub *self,
                                     const MmpEndpointConfig *config,
                                     const MmpEndpointFuncs *funcs,
                                     gpointer user_data);
MmpInitiator *mmp_hub_start_initiator (MmpHub *self,
                                       const MmpEndpointConfig *config,
                                       const MmpEndpointFuncs *funcs,
                                       gpointer user_data);
MmpBridge *mmp_hub_start_bridge (MmpHub *self,
                                 const MmpBridgeConfig *config,
                                 MmpBridgeFunc func,
                                 gpointer user_data,
                                 GError **error);
void mmp_hub_stop (MmpHub *self,
                   gpointer endpoint);
void mmp_hub_disconnect (MmpHub *self,
                         gpointer endpoint,
                         const MmpPublicKey *device);
void mmp_hub_kick (MmpHub *self);
void mmp_hub_set_direct (MmpHub *self,
                         gboolean direct);
gboolean mmp_hub_answer (MmpHub *self,
                         MmpListener *listener,
                         const MmpPublicKey *device,
                         const char *name,
                         MmpAnswer answer,
                         GError **error);

gboolean mmp_hub_remember_listener (MmpHub *self,
                                    const MmpEndpointConfig *config,
                                    GError **error);
MmpInvitation *mmp_hub_recall_listener (MmpHub *self,
                                        GError **error);
gboolean mmp_hub_invite (MmpHub *self,
                         MmpInvitation *invitation,
                         guint minutes,
                         GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpHub, mmp_hub_free)

G_END_DECLS
