/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-limits.h"
#include "crypto/mmp-public-key.h"
#include "profile/mmp-profile-bridge.h"

G_BEGIN_DECLS

#define MMP_PROFILE_NAME_MAX 128
#define MMP_PROFILE_HOLD_MAX 3600
#define MMP_PROFILE_TURN_MAX 4
#define MMP_PROFILE_CLASSIC_DEVICES_MAX 64

typedef enum
{
  MMP_PROFILE_LISTENER,
  MMP_PROFILE_INITIATOR,
  MMP_PROFILE_BRIDGE,
  MMP_PROFILE_PORTAL,
} MmpProfileKind;

/* What a listener does with devices that it does not know */
typedef enum
{
  MMP_PROFILE_ACCESS_TRUSTED,
  MMP_PROFILE_ACCESS_ASK,
  MMP_PROFILE_ACCESS_ANYONE,
} MmpProfileAccess;

typedef enum
{
  MMP_PROFILE_PATH_AUTO,
  MMP_PROFILE_PATH_DIRECT,
  MMP_PROFILE_PATH_RELAY,
  MMP_PROFILE_PATH_TURN,
} MmpProfilePath;

/* One thing that is shared (address is where it is), or one local address (address is where it opens). */
typedef struct
{
  char *service; /* the name that both sides use */
  char *address;
  guint port;
} MmpProfilePort;

/* Whether data may go through the broker where there is no direct path */
typedef enum
{
  MMP_PROFILE_RELAY_LIMITED, /* a little: the broker is somebody else's */
  MMP_PROFILE_RELAY_UNLIMITED, /* the broker is one's own */
  MMP_PROFILE_RELAY_NEVER,
} MmpProfileRelay;

#define MMP_TYPE_PROFILE (mmp_profile_get_type ())

/**
 * MmpProfile:
 *
 * What a person set up: everything about one listener, initiator, bridge or portal but its secrets. A plain structure of
 * strings that its owner may change; mmp_profile_check() says whether it can run.
 */
typedef struct
{
  char *id; /* a UUID; "" until it is saved */
  MmpProfileKind kind;
  char *name;
  char *key_pair; /* its id in the key store */
  char *broker; /* its id in the broker store; of a bridge the public one */
  char *prefix; /* of the topics */
  gboolean has_device;
  MmpPublicKey device; /* initiator: whom it calls; so does a portal that has one, another one is called */
  GPtrArray *services; /* MmpProfilePort, at most MMP_SERVICES_MAX */
  GPtrArray *forwards; /* MmpProfilePort, at most MMP_SERVICES_MAX; port 0: any */
  MmpProfileAccess access; /* listener */
  MmpProfilePath path;
  MmpProfileRelay relay;
  char *stun; /* stun:HOST:PORT; "" asks nobody */
  GStrv turn; /* turn:HOST:PORT, turns:HOST:PORT, at most MMP_PROFILE_TURN_MAX; no password stands in there */
  char *turn_user; /* at all of them; "" without servers */
  char *turn_ca_file; /* authorities of turns: servers; "": the system's */
  gboolean classic; /* for the thesis's own programs */
  GStrv classic_devices; /* listener: the public keys that may connect then */
  guint hold; /* seconds that open connections outlive an outage */
  gboolean autostart;
  MmpProfileBridge *bridge; /* of bridges and portals */
} MmpProfile;

GType mmp_profile_get_type (void) G_GNUC_CONST;
MmpProfile *mmp_profile_new (MmpProfileKind kind);
MmpProfile *mmp_profile_copy (const MmpProfile *self);
void mmp_profile_free (MmpProfile *self);
void mmp_profile_add_service (MmpProfile *self,
                              const char *service,
                              const char *host,
                              guint port);
void mmp_profile_add_forward (MmpProfile *self,
                              const char *address,
                              guint port,
                              const char *service);
gboolean mmp_profile_set_turn (MmpProfile *self,
                               const char *text,
                               GError **error);
gboolean mmp_profile_set_classic_devices (MmpProfile *self,
                                          const char *text,
                                          GError **error);
char *mmp_profile_get_turn_secret_id (const char *id);
gboolean mmp_profile_check (const MmpProfile *self,
                            GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpProfile, mmp_profile_free)

G_END_DECLS
