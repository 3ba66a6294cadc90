/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_CONNECTION_ROW (mmp_connection_row_get_type ())

G_DECLARE_FINAL_TYPE (MmpConnectionRow, mmp_connection_row, MMP, CONNECTION_ROW, GtkListBoxRow)

/**
 * MmpConnectionRow:
 *
 * A row of the sidebar: a connection with its state, or one of the pages for security. Its action `row.open` does what
 * activating it does, for those who cannot see it.
 */
GtkWidget *mmp_connection_row_new (MmpConnection *connection);
GtkWidget *mmp_connection_row_new_page (const char *page,
                                        const char *title,
                                        const char *icon_name);
MmpConnection *mmp_connection_row_get_connection (MmpConnectionRow *self);
const char *mmp_connection_row_get_page (MmpConnectionRow *self);
const char *mmp_connection_row_get_title (MmpConnectionRow *self);
void mmp_connection_row_set_subtitle (MmpConnectionRow *self,
                                      const char *subtitle);
void mmp_connection_row_set_count (MmpConnectionRow *self,
                                   guint count);

G_END_DECLS
