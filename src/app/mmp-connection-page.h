/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_CONNECTION_PAGE (mmp_connection_page_get_type ())

G_DECLARE_FINAL_TYPE (MmpConnectionPage, mmp_connection_page, MMP, CONNECTION_PAGE, AdwNavigationPage)

/**
 * MmpConnectionPage:
 *
 * Everything about one connection, as it is at the moment. What changes things is done by the window's actions.
 */
AdwNavigationPage *mmp_connection_page_new (MmpAccount *account,
                                            MmpConnection *connection);
MmpConnection *mmp_connection_page_get_connection (MmpConnectionPage *self);

G_END_DECLS
