/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/mmp-session.h"
#include "session/mmp-signal.h"
#include "session/mmp-token-bucket.h"

G_BEGIN_DECLS

/**
 * MmpSessionOutlet:
 * @publish: gives a sealed message to the broker; FALSE if it cannot be taken now. @stream: it has bytes of streams, which
 *   count against a limit
 * @get_space: bytes of streams that may be given now
 * @get_packet_max: bytes that an MQTT packet may have on this connection; 0: there is none
 *
 * Where a session's messages go, on the I/O thread.
 */
typedef struct
{
  gboolean (*publish) (gpointer outlet, const char *topic, GBytes *message, gboolean stream);
  gsize (*get_space) (gpointer outlet);
  gsize (*get_packet_max) (gpointer outlet);
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

/* mmp-session.c sends and owns it, mmp-session-receive.c receives. */
struct _MmpSession
{
  GObject parent_instance;

  /* never change */
  guint64 number;
  MmpSessionRole role;
  MmpPublicKey device;
  char *topic_out;
  GMainContext *io;
  const MmpSessionOutlet *outlet;

  /* control; the two names are set once, before anybody else sees the session */
  guint8 link_name[MMP_LINK_NAME_SIZE];
  char *device_name;
  MmpSessionEvents events; /* all NULL: nobody listens */
  gpointer events_data;

  /* I/O */
  MmpTransport *transport; /* NULL: closed */
  GObject *outlet_object;
  gboolean admitted; /* the hello is over, link messages may pass */
  gboolean had_funcs;
  MmpSessionFuncs funcs; /* all NULL: nobody listens */
  gpointer user_data;
  GQueue held; /* GBytes, until somebody listens */
  gboolean starved; /* somebody waits for space */
  gint64 heard; /* when that was told */
  gboolean worn; /* was told */
  MmpTokenBucket signals;
  MmpTokenBucket upkeep;

  /* both, atomic */
  int signals_waiting;
};

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
void mmp_session_emit_renewed (MmpSession *self);
void mmp_session_close (MmpSession *self);

G_END_DECLS
