/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-context.h"
#include "mmp-mosquitto.h"
#include "mmp-tcp-service.h"
#include "mmp-test-trust.h"
#include "tunnel/mmp-initiator.h"
#include "tunnel/mmp-listener.h"

G_BEGIN_DECLS

/* What an endpoint told */
typedef struct
{
  MmpStatus *own; /* of the endpoint itself: an initiator's only one */
  GHashTable *devices; /* listener: MmpPublicKey -> MmpStatus */
  guint port; /* of its forward */
  guint n_listening;
  guint n_gone;
  guint n_opened;
  guint n_over;
  guint n_rtt;
  guint n_requests;
  MmpPublicKey asks; /* the last request */
} MmpTold;

/**
 * MmpStage:
 *
 * A real broker, an I/O thread, an echo service and a listener that offers it as "echo".
 */
typedef struct
{
  MmpMosquitto *broker;
  MmpIoThread *io;
  MmpTcpService *echo;
  MmpTestTrust *trust;
  MmpKeyPair *listener_key;
  MmpTrustMode mode; /* of the next mmp_stage_start_listener() */
  MmpListener *listener;
  MmpTold told;
} MmpStage;

/* An initiator with a forward to "echo" */
typedef struct
{
  MmpInitiator *initiator;
  MmpPublicKey key;
  MmpTold told;
} MmpCaller;

void mmp_stage_start_listener (MmpStage *self,
                               guint forward);
void mmp_stage_set_up (MmpStage *self);
void mmp_stage_await_ready (MmpStage *self);
void mmp_stage_stop_listener (MmpStage *self);
void mmp_stage_tear_down (MmpStage *self);
MmpEndpointConfig *mmp_stage_make_caller_config (MmpStage *self,
                                                 MmpCaller *caller);
void mmp_stage_start_caller (MmpStage *self,
                             MmpCaller *caller,
                             const MmpEndpointConfig *config);
void mmp_stage_call (MmpStage *self,
                     MmpCaller *caller);
void mmp_caller_hang_up (MmpCaller *caller);
gboolean mmp_told_is_connected (const MmpStatus *status,
                                MmpPath path);
MmpStatus *mmp_stage_find_device (MmpStage *self,
                                  MmpCaller *caller);
void mmp_stage_await_direct (MmpStage *self,
                             MmpCaller *caller);
void mmp_caller_check_echo (MmpCaller *caller,
                            gsize size);

G_END_DECLS
