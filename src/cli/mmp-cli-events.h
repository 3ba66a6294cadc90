/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-cli.h"

G_BEGIN_DECLS

/**
 * MmpCliEvents:
 *
 * What a running listener or initiator says on standard output: a line for each change, for people or (`--json`) for
 * programs. The names in the latter are stable.
 */
typedef struct _MmpCliEvents MmpCliEvents;

MmpCliEvents *mmp_cli_events_new (gboolean json,
                                  gboolean verbose);
void mmp_cli_events_free (MmpCliEvents *self);
gboolean mmp_cli_events_is_json (MmpCliEvents *self);
void mmp_cli_events_note (MmpCliEvents *self,
                          const char *format,
                          ...) G_GNUC_PRINTF (2, 3);
void mmp_cli_events_ready (MmpCliEvents *self,
                           const char *address,
                           guint port,
                           const char *service);
void mmp_cli_events_status (MmpCliEvents *self,
                            const MmpStatus *status);
void mmp_cli_events_gone (MmpCliEvents *self,
                          const MmpPublicKey *device);
void mmp_cli_events_rtt (MmpCliEvents *self,
                         const MmpPublicKey *device,
                         double rtt);
void mmp_cli_events_stream (MmpCliEvents *self,
                            guint32 id,
                            const char *service,
                            gboolean open,
                            guint64 sent,
                            guint64 received);
void mmp_cli_events_request (MmpCliEvents *self,
                             const MmpPublicKey *device,
                             const char *name);
void mmp_cli_events_request_gone (MmpCliEvents *self,
                                  const MmpPublicKey *device);
void mmp_cli_events_trusted (MmpCliEvents *self,
                             const MmpPublicKey *device,
                             const char *name);
void mmp_cli_events_error (MmpCliEvents *self,
                           const GError *error);
void mmp_cli_events_invitation (MmpCliEvents *self,
                                const char *uri,
                                guint minutes);
void mmp_cli_events_trouble (MmpCliEvents *self,
                             const GError *error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpCliEvents, mmp_cli_events_free)

G_END_DECLS
