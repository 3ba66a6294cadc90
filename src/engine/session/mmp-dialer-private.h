/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-clock.h"
#include "session/mmp-dialer.h"

G_BEGIN_DECLS

MmpDialer *mmp_dialer_new_with_clock (const MmpDialerConfig *config,
                                      MmpClock *clock,
                                      GMainContext *io,
                                      const MmpDialerFuncs *funcs,
                                      gpointer user_data);

G_END_DECLS
