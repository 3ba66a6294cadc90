/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_GRAPH (mmp_graph_get_type ())

G_DECLARE_FINAL_TYPE (MmpGraph, mmp_graph, MMP, GRAPH, GtkWidget)

/**
 * MmpGraph:
 *
 * The round trips of the last while as a line, with gaps where they were lost and a dashed line where the path changed. A
 * pointer or the arrow keys tell a value and its time.
 */
void mmp_graph_set_history (MmpGraph *self,
                            MmpHistory *history);
void mmp_graph_set_span (MmpGraph *self,
                         guint seconds);
void mmp_graph_refresh (MmpGraph *self);

G_END_DECLS
