/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-window.h"

G_BEGIN_DECLS

void mmp_help_set_topic (gpointer widget,
                         const char *topic);
const char *mmp_help_find_topic (MmpWindow *window);
void mmp_help_open (MmpWindow *window);

G_END_DECLS
