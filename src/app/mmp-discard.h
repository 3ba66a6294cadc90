/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Before what a person entered is lost */
void mmp_discard_ask (AdwDialog *form);

G_END_DECLS
