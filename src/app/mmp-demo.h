/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_DEMO (mmp_demo_get_type ())

G_DECLARE_FINAL_TYPE (MmpDemo, mmp_demo, MMP, DEMO, GObject)

/**
 * MmpDemo:
 *
 * Everything on this computer, in an account of its own in a temporary folder: a broker, a listener that shares it, and an
 * initiator that reaches it through the tunnel. Nothing is left of it when it is dropped. The signal `ready` says that the
 * connections were started; `failed` why not.
 */
MmpDemo *mmp_demo_new (GError **error);
MmpAccount *mmp_demo_get_account (MmpDemo *self);

G_END_DECLS
