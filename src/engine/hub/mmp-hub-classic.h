/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "classic/mmp-classic-topics.h"
#include "hub/mmp-hub.h"

G_BEGIN_DECLS

/* The classic mode as the hub starts it: what talks to the thesis's own programs. The only place outside of its folder that
 * knows of it. */

gboolean mmp_hub_classic_check (const MmpEndpointConfig *config,
                                GError **error);
gpointer mmp_hub_classic_start_listener (MmpHub *self,
                                         const MmpEndpointConfig *config,
                                         const MmpEndpointFuncs *funcs,
                                         gpointer user_data);
gpointer mmp_hub_classic_start_initiator (MmpHub *self,
                                          const MmpEndpointConfig *config,
                                          const MmpEndpointFuncs *funcs,
                                          gpointer user_data);

G_END_DECLS
