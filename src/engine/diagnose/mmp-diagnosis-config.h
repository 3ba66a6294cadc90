/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mqtt/mmp-mqtt-broker.h"

G_BEGIN_DECLS

/**
 * MmpDiagnosisConfig:
 *
 * What to look at: brokers and the topics there, STUN servers, TURN servers.
 */
typedef struct _MmpDiagnosisConfig MmpDiagnosisConfig;

MmpDiagnosisConfig *mmp_diagnosis_config_new (void);
MmpDiagnosisConfig *mmp_diagnosis_config_ref (MmpDiagnosisConfig *self);
void mmp_diagnosis_config_unref (MmpDiagnosisConfig *self);
void mmp_diagnosis_config_add_broker (MmpDiagnosisConfig *self,
                                      MmpMqttBroker *broker);
void mmp_diagnosis_config_set_topics (MmpDiagnosisConfig *self,
                                      const char *filter,
                                      const char *topic);
gboolean mmp_diagnosis_config_add_stun (MmpDiagnosisConfig *self,
                                        const char *uri,
                                        GError **error);
gboolean mmp_diagnosis_config_add_turn (MmpDiagnosisConfig *self,
                                        const char *uri,
                                        const char *user,
                                        const char *password,
                                        GError **error);
void mmp_diagnosis_config_set_turn_ca_file (MmpDiagnosisConfig *self,
                                            const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpDiagnosisConfig, mmp_diagnosis_config_unref)

G_END_DECLS
