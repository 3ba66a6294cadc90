/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libdex.h>

#include "base/mmp-waiter.h"
#include "diagnose/mmp-diagnosis.h"
#include "diagnose/mmp-nat-kind.h"
#include "rtc/mmp-ice-server.h"

G_BEGIN_DECLS

#define MMP_DIAGNOSIS_SERVERS_MAX 4
/* How long a name look-up, a connection, a broker's or a TURN server's answer may take */
#define MMP_DIAGNOSIS_PATIENCE (10 * (gint64) G_USEC_PER_SEC)

struct _MmpDiagnosisConfig
{
  GPtrArray *brokers; /* (element-type MmpMqttBroker) */
  char *filter;
  char *topic;
  GPtrArray *stun; /* (element-type MmpIceServer) */
  GPtrArray *turn; /* (element-type MmpIceServer) */
  char *turn_ca_file; /* nullable */
};

struct _MmpDiagnosis
{
  MmpDiagnosisConfig *config;
  MmpDiagnosisFuncs funcs; /* all NULL: freed by its owner */
  gpointer user_data;
  MmpClock *clock;
  MmpWaiter *waiter;

  /* What has been found so far, for later checks */
  guint broker_port; /* a TCP port that was reached, one that is not of the web if there is any; 0: none */
  gboolean broker_works; /* at least one */
  gboolean udp_works;
  gboolean turn_works;
  gboolean ipv6_works;
  MmpNatKind nat;
};

/* A fiber's view; the functions below are called in it. */
gboolean mmp_diagnosis_is_over (MmpDiagnosis *self);
void mmp_diagnosis_begin (MmpDiagnosis *self,
                          MmpCheck check,
                          const char *subject);
void mmp_diagnosis_report (MmpDiagnosis *self,
                           MmpCheck check,
                           const char *subject,
                           MmpCheckStatus status,
                           const GError *cause,
                           GVariantDict *values);
gboolean mmp_diagnosis_await (MmpDiagnosis *self,
                              DexFuture *future,
                              gint64 patience,
                              GError **error);
GList *mmp_diagnosis_look_up (MmpDiagnosis *self,
                              const char *host,
                              GError **error);
double mmp_diagnosis_since (MmpDiagnosis *self,
                            gint64 start);

gboolean mmp_diagnosis_is_web_port (guint port);

void mmp_diagnosis_check_brokers (MmpDiagnosis *self);
void mmp_diagnosis_check_network (MmpDiagnosis *self);
void mmp_diagnosis_check_turn (MmpDiagnosis *self);

G_END_DECLS
