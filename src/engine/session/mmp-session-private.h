/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/mmp-session.h"
#include "session/mmp-signal.h"

G_BEGIN_DECLS

/**
 * MmpSessionOutlet:
 * @publish: gives a sealed message to the broker; FALSE if it cannot be taken now
 * @get_space: bytes that may be given now
 *
 * Where a session's messages go, on the I/O thread.
 */
typedef struct
{
  gboolean (*publish) (gpointer outlet, const char *topic, GBytes *message);
  gsize (*get_space) (gpointer outlet);
} MmpSessionOutlet;

/**
 * MmpSessionEvents:
 * @signal: a hello, status or bye came
 * @heard: valid DATA came; told at most once a second
 * @worn: the numbers of this session are nearly used up
 *
 * What the owner of a session hears of it, on control.
 */
typedef struct
{
  void (*signal) (MmpSession *self, const MmpSignal *signal, gpointer user_data);
  void (*heard) (MmpSession *self, gpointer user_data);
  void (*worn) (MmpSession *self, gpointer user_data);
} MmpSessionEvents;

typedef enum
{
  MMP_SESSION_INITIATOR,
  MMP_SESSION_LISTENER,
} MmpSessionRole;

/* control */
MmpSession *mmp_session_new (MmpSessionRole role,
                             const MmpPublicKey *device,
                             const char *topic_out,
                             MmpTransport *transport,
                             GMainContext *io,
                             const MmpSessionOutlet *outlet,
                             GObject *outlet_object);
void mmp_session_set_events (MmpSession *self,
                             const MmpSessionEvents *events,
                             gpointer user_data);
void mmp_session_introduce (MmpSession *self,
                            const guint8 link_name[MMP_LINK_NAME_SIZE],
                            const char *device_name);
void mmp_session_send_signal (MmpSession *self,
                              const MmpSignal *signal);
void mmp_session_admit (MmpSession *self);

/* I/O */
void mmp_session_receive (MmpSession *self,
                          GBytes *message);
void mmp_session_emit_writable (MmpSession *self);
void mmp_session_close (MmpSession *self);

G_END_DECLS
