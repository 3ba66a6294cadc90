/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_KEYS_PAGE (mmp_keys_page_get_type ())

G_DECLARE_FINAL_TYPE (MmpKeysPage, mmp_keys_page, MMP, KEYS_PAGE, AdwNavigationPage)

/**
 * MmpKeysPage:
 *
 * The key pairs of the account, and which connections use them.
 */
AdwNavigationPage *mmp_keys_page_new (MmpAccount *account);

G_END_DECLS
