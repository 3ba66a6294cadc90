/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "bridge/mmp-bridge.h"
#include "diagnose/mmp-diagnosis.h"
#include "hub/mmp-bridge-plan.h"
#include "hub/mmp-connection.h"
#include "hub/mmp-run-file.h"
#include "profile/mmp-secrets.h"
#include "tunnel/mmp-endpoint.h"

G_BEGIN_DECLS

/**
 * MmpRunner:
 * @configure: what the profile needs to run but secrets; %NULL with an error
 * @start: runs it; the callbacks come until @stop returned
 * @answer: answers a stranger
 * @plan: what the rules of the profile need to run but secrets; %NULL with an error
 * @start_bridge: runs them; @stop ends them, too
 * @set_rules: changes them while they run
 * @disconnect: says bye to one device of a listener
 * @examine: (nullable): looks at the network; %NULL: by mmp_diagnosis_new()
 * @examine_end: (nullable): frees what @examine made
 *
 * Who runs endpoints for connections: the account by its hub, a test by hand. All on control.
 */
typedef struct
{
  const char *directory;
  MmpSecrets *secrets;
  gpointer data;
  MmpEndpointConfig *(*configure) (gpointer data, const MmpProfile *profile, GError **error);
  gpointer (*start) (gpointer data, MmpProfileKind kind, const MmpEndpointConfig *config, const MmpEndpointFuncs *funcs, gpointer user_data);
  void (*stop) (gpointer data, gpointer endpoint);
  gboolean (*answer) (gpointer data, gpointer endpoint, const MmpPublicKey *device, const char *name, MmpAnswer answer, GError **error);
  MmpBridgePlan *(*plan) (gpointer data, const MmpProfile *profile, GError **error);
  gpointer (*start_bridge) (gpointer data, const MmpBridgeConfig *config, MmpBridgeFunc func, gpointer user_data, GError **error);
  gboolean (*set_rules) (gpointer data, gpointer bridge, GPtrArray *rules, GError **error);
  void (*disconnect) (gpointer data, gpointer endpoint, const MmpPublicKey *device);
  gpointer (*examine) (gpointer data, MmpDiagnosisConfig *config, const MmpDiagnosisFuncs *funcs, gpointer user_data);
  void (*examine_end) (gpointer data, gpointer diagnosis);
} MmpRunner;

struct _MmpConnection
{
  GObject parent_instance;

  const MmpRunner *runner;
  char *id;
  MmpProfile *profile; /* NULL: broken */
  GError *broken;

  gpointer endpoint; /* the runner's; NULL while secrets are looked up, or stopped */
  gpointer bridge; /* the runner's; of a bridge or portal */
  MmpBridgePlan *plan; /* once its secrets are there */
  MmpBridgeStatus *bridge_status; /* NULL: it has said nothing yet */
  MmpStatus *tunnel_status; /* of a portal, whose status is that of both together */
  gboolean running;
  guint attempt; /* rises with each start and stop; an answer to an older one counts for nothing */
  MmpRunFile *run_file;
  MmpStatus *status;
  GPtrArray *devices; /* MmpStatus, each of one device, in the order that they came */
  GPtrArray *requests; /* MmpRequest */
  GPtrArray *streams; /* MmpOpenStream */
  char *address;
  GError *forward_error;
  gint64 started; /* seconds since 1970 */
  MmpHistory *history;
  MmpLog *log;
  guint figures_source;
  guint tick_source;
  gpointer examination; /* MmpExamination; NULL until somebody asks for it */
};

extern const MmpEndpointFuncs mmp_connection_funcs;

MmpConnection *mmp_connection_new (const char *id,
                                   const MmpRunner *runner);
void mmp_connection_set_profile (MmpConnection *self,
                                 const MmpProfile *profile,
                                 const GError *broken);
void mmp_connection_halt (MmpConnection *self);
void mmp_connection_emit_changed (MmpConnection *self);
void mmp_connection_emit_device (MmpConnection *self,
                                 gboolean invited,
                                 const MmpPublicKey *device,
                                 const char *name);
void mmp_connection_emit_left (MmpConnection *self,
                               const MmpPublicKey *device);
void mmp_connection_queue_figures (MmpConnection *self);
gboolean mmp_connection_tick (gpointer user_data);
void mmp_connection_take_status (MmpConnection *self,
                                 MmpStatus *status);
void mmp_connection_log_status (MmpConnection *self,
                                const MmpStatus *status);
gboolean mmp_connection_status_differs (const MmpStatus *a,
                                        const MmpStatus *b);
void mmp_connection_drop_request (MmpConnection *self,
                                  const MmpPublicKey *device);

G_END_DECLS
