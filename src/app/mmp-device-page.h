/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_DEVICE_PAGE (mmp_device_page_get_type ())

G_DECLARE_FINAL_TYPE (MmpDevicePage, mmp_device_page, MMP, DEVICE_PAGE, AdwNavigationPage)

/**
 * MmpDevicePage:
 *
 * A trusted device: its name and fingerprint, since when, what it has to do with which connection, and what to do with it.
 * It goes when the device is not trusted any more.
 */
AdwNavigationPage *mmp_device_page_new (MmpAccount *account,
                                        const MmpPublicKey *key);
void mmp_device_page_refresh (MmpDevicePage *self);

G_END_DECLS
