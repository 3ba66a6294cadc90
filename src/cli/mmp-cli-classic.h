/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-cli-endpoint.h"
#include "mmp-cli-events.h"

G_BEGIN_DECLS

gboolean mmp_cli_classic_settle (MmpCliEndpoint *options,
                                 GError **error);
void mmp_cli_classic_introduce (MmpCliEvents *events);

G_END_DECLS
