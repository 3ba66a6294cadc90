/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-clock.h"
#include "session/mmp-acceptor.h"

G_BEGIN_DECLS

MmpAcceptor *mmp_acceptor_new_with_clock (const MmpAcceptorConfig *config,
                                          MmpClock *clock,
                                          GMainContext *io,
                                          const MmpAcceptorFuncs *funcs,
                                          gpointer user_data);

G_END_DECLS
