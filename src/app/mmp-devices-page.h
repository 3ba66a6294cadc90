/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_DEVICES_PAGE (mmp_devices_page_get_type ())

G_DECLARE_FINAL_TYPE (MmpDevicesPage, mmp_devices_page, MMP, DEVICES_PAGE, AdwNavigationPage)

/**
 * MmpDevicesPage:
 *
 * Who asks, who is trusted, who is blocked; for all listeners of the account.
 */
AdwNavigationPage *mmp_devices_page_new (MmpAccount *account);

G_END_DECLS
