/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-clock.h"
#include "profile/mmp-device-store.h"

G_BEGIN_DECLS

/* The group of the file that holds its version */
#define MMP_DEVICES_GROUP "Devices"

/* When devices were seen is written so long after the first of them, since more may come, */
#define MMP_DEVICES_SETTLE (G_GINT64_CONSTANT (10) * G_USEC_PER_SEC)
/* and then no more often than this: a card wears out. Both in microseconds. */
#define MMP_DEVICES_SAVE_EVERY (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

gboolean mmp_device_is_name (const char *name);
void mmp_device_write (const MmpDevice *self,
                       GKeyFile *key_file);
void mmp_device_write_seen (const MmpDevice *self,
                            GKeyFile *key_file);
void mmp_device_store_set_clock (MmpDeviceStore *self,
                                 MmpClock *clock);
GHashTable *mmp_device_store_parse (GKeyFile *key_file,
                                    GError **error);

G_END_DECLS
