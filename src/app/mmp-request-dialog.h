/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-window.h"

G_BEGIN_DECLS

void mmp_request_dialog_present (MmpWindow *window,
                                 MmpConnection *connection,
                                 const MmpRequest *request);

G_END_DECLS
