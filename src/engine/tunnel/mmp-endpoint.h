/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "link/mmp-direct.h"
#include "session/mmp-acceptor.h"
#include "session/mmp-dialer.h"
#include "tunnel/mmp-status.h"

G_BEGIN_DECLS

/* A service that the other side may open streams to */
typedef struct
{
  char *name; /* 1..63 bytes of printable ASCII without space; "default" */
  char *host;
  guint port;
} MmpService;

/* A local port whose connections go to a service of the other side */
typedef struct
{
  char *address; /* literal or name, "*" for all; "127.0.0.1" */
  guint port; /* 0: any free one */
  char *service;
} MmpForward;

/**
 * MmpRelayMode:
 *
 * Whether the bytes of streams may go through the broker where there is no direct path.
 */
typedef enum
{
  MMP_RELAY_LIMITED, /* a little: the broker is somebody else's */
  MMP_RELAY_UNLIMITED, /* the broker is one's own */
  MMP_RELAY_NEVER,
} MmpRelayMode;

/**
 * MmpPathMemory:
 * @needs_turn: whether only a TURN server helped the last time
 * @set_turn: whether only a TURN server helped this time, though a direct path was looked for first
 * @seen: it is there now
 *
 * What is remembered of a device until the program runs again. On control.
 */
typedef struct
{
  gboolean (*needs_turn) (const MmpPublicKey *device, gpointer user_data);
  void (*set_turn) (const MmpPublicKey *device, gboolean turn, gpointer user_data);
  void (*seen) (const MmpPublicKey *device, gpointer user_data);
} MmpPathMemory;

/**
 * MmpEndpointConfig:
 *
 * Everything an initiator or a listener needs to run. Owned by whoever made it; endpoints copy it.
 */
typedef struct
{
  GPtrArray *brokers; /* MmpMqttBroker */
  char *prefix; /* "sig" */
  MmpKeyPair *key_pair;
  char *name; /* what this device calls itself */
  GPtrArray *services; /* MmpService, at most MMP_SERVICES_MAX */
  GPtrArray *forwards; /* MmpForward, at most MMP_SERVICES_MAX */
  MmpIceConfig *ice;
  gboolean allow_direct; /* --path */
  MmpRelayMode relay; /* --relay */
  gint64 hold; /* microseconds that streams outlive all carriers */
  const MmpPathMemory *paths; /* nullable; outlives the endpoint, as does its argument */
  gpointer paths_data;

  MmpPublicKey listener; /* initiator: whom to call */
  guint8 *invitation; /* initiator, nullable: MMP_INVITATION_SIZE bytes */

  MmpTrust *trust; /* listener */
  MmpTrustMode mode; /* listener */
  gboolean classic; /* for the hub: who runs it talks to the thesis's own programs */
  guint sessions_max; /* listener: how many devices at a time; 0: 32 */
} MmpEndpointConfig;

gboolean mmp_service_name_is_valid (const char *name);
const MmpService *mmp_services_find (GPtrArray *services,
                                     const char *name);
MmpEndpointConfig *mmp_endpoint_config_new (void);
MmpEndpointConfig *mmp_endpoint_config_copy (const MmpEndpointConfig *self);
void mmp_endpoint_config_free (MmpEndpointConfig *self);
gboolean mmp_endpoint_config_add_service (MmpEndpointConfig *self,
                                          const char *name,
                                          const char *host,
                                          guint port,
                                          GError **error);
gboolean mmp_endpoint_config_add_forward (MmpEndpointConfig *self,
                                          const char *address,
                                          guint port,
                                          const char *service,
                                          GError **error);
void mmp_endpoint_config_recall_path (MmpEndpointConfig *self,
                                      const MmpPublicKey *device);
void mmp_endpoint_config_note_path (const MmpEndpointConfig *self,
                                    const MmpPublicKey *device,
                                    gboolean turn);
void mmp_endpoint_config_note_seen (const MmpEndpointConfig *self,
                                    const MmpPublicKey *device);

/**
 * MmpEndpointFuncs:
 * @status: a state changed, or figures did (at most 4 times a second for each link). @status is valid during the call
 * @gone: listener: this device's link is forgotten
 * @listening: a forward's port is open (@port is the real one)
 * @forward_failed: a forward's port could not be opened (PORT_IN_USE, PORT_DENIED, ADDRESS_INVALID), which is tried again
 *   every few seconds; or its service cannot be used (NO_SERVICE, SERVICE_REFUSED …). Once for each change of the cause
 * @stream: a stream opened (@open) or is over; @service is its name
 * @rtt: a round trip on the carrier that is sent on, milliseconds
 * @request, @request_gone, @invited: as in MmpAcceptorFuncs
 *
 * All on control.
 */
typedef struct
{
  void (*status) (gpointer endpoint, const MmpStatus *status, gpointer user_data);
  void (*gone) (gpointer endpoint, const MmpPublicKey *device, gpointer user_data);
  void (*listening) (gpointer endpoint, const char *address, guint port, const char *service, gpointer user_data);
  void (*forward_failed) (gpointer endpoint, const GError *error, gpointer user_data);
  void (*stream) (gpointer endpoint, guint32 id, const char *service, gboolean open, guint64 sent, guint64 received, gpointer user_data);
  void (*rtt) (gpointer endpoint, const MmpPublicKey *device, double rtt, gpointer user_data);
  void (*request) (gpointer endpoint, const MmpPublicKey *device, const char *name, gpointer user_data);
  void (*request_gone) (gpointer endpoint, const MmpPublicKey *device, gpointer user_data);
  void (*invited) (gpointer endpoint, const MmpPublicKey *device, const char *name, gpointer user_data);
} MmpEndpointFuncs;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpEndpointConfig, mmp_endpoint_config_free)

G_END_DECLS
