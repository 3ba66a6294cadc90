/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MMP_TYPE_FIGURE (mmp_figure_get_type ())

G_DECLARE_FINAL_TYPE (MmpFigure, mmp_figure, MMP, FIGURE, GtkBox)

/**
 * MmpFigure:
 *
 * A number with its name above.
 */
void mmp_figure_set_text (MmpFigure *self,
                          const char *text);

G_END_DECLS
