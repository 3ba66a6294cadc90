/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-standing.h"
#include "crypto/mmp-public-key.h"

G_BEGIN_DECLS

#define MMP_DEVICES_MAX 4096

/**
 * MmpDevice:
 * @standing: trusted or blocked
 * @name: what it is called, one line; "" if nothing
 * @added: when it came into the list, in seconds since 1970; 0 if the list does not say
 * @trusted: when it was first trusted, likewise
 * @seen: when it was last there, likewise
 */
typedef struct
{
  MmpPublicKey key;
  MmpStanding standing;
  char *name;
  gint64 added;
  gint64 trusted;
  gint64 seen;
} MmpDevice;

MmpDevice *mmp_device_copy (const MmpDevice *self);
void mmp_device_free (MmpDevice *self);

#define MMP_TYPE_DEVICE_STORE (mmp_device_store_get_type ())

G_DECLARE_FINAL_TYPE (MmpDeviceStore, mmp_device_store, MMP, DEVICE_STORE, GObject)

/**
 * MmpDeviceStore:
 *
 * The list of trusted and blocked devices in `devices.ini`, which other processes may change meanwhile. Control thread.
 */
MmpDeviceStore *mmp_device_store_new (const char *directory,
                                      GError **error);
MmpStanding mmp_device_store_get_standing (MmpDeviceStore *self,
                                           const MmpPublicKey *key);
MmpDevice *mmp_device_store_find (MmpDeviceStore *self,
                                  const MmpPublicKey *key);
GPtrArray *mmp_device_store_list (MmpDeviceStore *self);
gboolean mmp_device_store_trust (MmpDeviceStore *self,
                                 const MmpPublicKey *key,
                                 const char *name,
                                 GError **error);
gboolean mmp_device_store_block (MmpDeviceStore *self,
                                 const MmpPublicKey *key,
                                 const char *name,
                                 GError **error);
gboolean mmp_device_store_rename (MmpDeviceStore *self,
                                  const MmpPublicKey *key,
                                  const char *name,
                                  GError **error);
gboolean mmp_device_store_remove (MmpDeviceStore *self,
                                  const MmpPublicKey *key,
                                  GError **error);
gboolean mmp_device_store_restore (MmpDeviceStore *self,
                                   const MmpDevice *device,
                                   GError **error);
void mmp_device_store_see (MmpDeviceStore *self,
                           const MmpPublicKey *key,
                           gint64 now);
void mmp_device_store_flush (MmpDeviceStore *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpDevice, mmp_device_free)

G_END_DECLS
