/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* What rows of a form may hold. */

gboolean mmp_validate_mark (gpointer row,
                            gboolean good);
gboolean mmp_validate_host (const char *text);
char *mmp_validate_clean_key (const char *text);
char *mmp_validate_explain_key (const char *text,
                                gboolean good,
                                gboolean own);
gboolean mmp_validate_split_port (GtkEditable *host_row,
                                  AdwSpinRow *port_row);

G_END_DECLS
