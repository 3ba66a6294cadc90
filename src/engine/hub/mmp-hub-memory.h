/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "profile/mmp-device-store.h"
#include "tunnel/mmp-endpoint.h"

G_BEGIN_DECLS

/**
 * MmpHubMemory:
 *
 * What endpoints keep of their devices until the program runs again: which way led to them, and when they were last there.
 */
typedef struct _MmpHubMemory MmpHubMemory;

MmpHubMemory *mmp_hub_memory_new (const char *directory,
                                  MmpDeviceStore *devices,
                                  GError **error);
void mmp_hub_memory_free (MmpHubMemory *self);
MmpEndpointConfig *mmp_hub_memory_add (MmpHubMemory *self,
                                       const MmpEndpointConfig *config);

G_END_DECLS
