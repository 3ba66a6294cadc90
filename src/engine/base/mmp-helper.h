/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

GSubprocessLauncher *mmp_helper_launcher_new (GSubprocessFlags flags);

G_END_DECLS
