/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "mmp.h"

G_BEGIN_DECLS

/* Takes the key of a bridge to the other side: asks for a file and writes it, then says so. */
void mmp_key_saver_run (GtkWidget *parent,
                        MmpSecrets *secrets,
                        const MmpProfile *profile);

G_END_DECLS
