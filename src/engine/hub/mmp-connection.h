/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "hub/mmp-history.h"
#include "hub/mmp-log.h"
#include "profile/mmp-profile.h"
#include "session/mmp-acceptor.h"

G_BEGIN_DECLS

/* A stranger who asks to be let in */
typedef struct
{
  MmpPublicKey device;
  char *name; /* what it calls itself, cleaned; "" if nothing */
  gint64 since; /* seconds since 1970 */
  guint tries;
} MmpRequest;

/* One TCP connection that is open through the tunnel */
typedef struct
{
  guint32 id;
  char *service;
  gint64 since; /* seconds since 1970 */
} MmpOpenStream;

#define MMP_TYPE_CONNECTION (mmp_connection_get_type ())

G_DECLARE_FINAL_TYPE (MmpConnection, mmp_connection, MMP, CONNECTION, GObject)

/**
 * MmpConnection:
 *
 * A profile and what becomes of it: started or not, its state, its devices, who asks, its round trips and its log. The
 * signal `changed` says that anything did but figures; `figures` that those did, at most 4 times a second; `requested`
 * that a stranger came; `invited` that an invitation was taken, with the device and its name; `left` that a device of a
 * listener is gone. Control thread.
 */
const char *mmp_connection_get_id (MmpConnection *self);
const MmpProfile *mmp_connection_get_profile (MmpConnection *self);
const GError *mmp_connection_get_broken (MmpConnection *self);
const char *mmp_connection_get_name (MmpConnection *self);
gboolean mmp_connection_is_running (MmpConnection *self);
void mmp_connection_start (MmpConnection *self);
void mmp_connection_stop (MmpConnection *self);
const MmpStatus *mmp_connection_get_status (MmpConnection *self);
GPtrArray *mmp_connection_get_devices (MmpConnection *self);
guint mmp_connection_count_connected (MmpConnection *self);
GPtrArray *mmp_connection_get_requests (MmpConnection *self);
gboolean mmp_connection_answer (MmpConnection *self,
                                const MmpPublicKey *device,
                                const char *name,
                                MmpAnswer answer,
                                GError **error);
void mmp_connection_disconnect (MmpConnection *self,
                                const MmpPublicKey *device);
GPtrArray *mmp_connection_get_streams (MmpConnection *self);
const char *mmp_connection_get_address (MmpConnection *self);
const GError *mmp_connection_get_forward_error (MmpConnection *self);
gint64 mmp_connection_get_started (MmpConnection *self);
MmpHistory *mmp_connection_get_history (MmpConnection *self);
MmpLog *mmp_connection_get_log (MmpConnection *self);

G_END_DECLS
