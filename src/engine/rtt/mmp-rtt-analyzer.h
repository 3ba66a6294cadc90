/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-series.h"
#include "mqtt/mmp-mqtt-client.h"

G_BEGIN_DECLS

/**
 * MmpRttAnalyzer:
 *
 * Sends messages to a mirror and takes the time until they are back. All happens on its context.
 */
typedef struct _MmpRttAnalyzer MmpRttAnalyzer;

/**
 * MmpRttAnalyzerConfig:
 * @broker: the broker
 * @subscribe: topic that the mirror publishes to
 * @publish: topic that the mirror listens to
 * @interval: microseconds from message to message, at least 1,000
 * @wait: microseconds after which a message counts as lost
 * @count: how many messages to send; 0: without end
 */
typedef struct
{
  MmpMqttBroker *broker;
  const char *subscribe;
  const char *publish;
  gint64 interval;
  gint64 wait;
  guint64 count;
} MmpRttAnalyzerConfig;

/**
 * MmpRttAnalyzerFuncs:
 * @state_changed: (nullable): the connection to the broker; @cause as in #MmpMqttClientFuncs
 * @measured: (nullable): a message is back after @rtt microseconds, or lost: then @rtt is -1. @timestamp is what it was
 *   sent with, microseconds since 1970
 * @failed: (nullable): the broker does not allow it; nothing will be measured
 * @done: (nullable): all @count messages are back or lost
 *
 * None of them may free the analyzer.
 */
typedef struct
{
  void (*state_changed) (MmpMqttState state,
                         const GError *cause,
                         gpointer user_data);
  void (*measured) (gint64 timestamp,
                    gint64 rtt,
                    gpointer user_data);
  void (*failed) (const GError *error,
                  gpointer user_data);
  void (*done) (gpointer user_data);
} MmpRttAnalyzerFuncs;

/**
 * MmpRttFigures:
 * @sent: messages that went out
 * @lost: of these, how many were not back in time
 * @late: of the lost ones, how many came after all
 * @repeated: messages that came again
 * @foreign: messages with a timestamp that was not sent from here
 * @malformed: messages that are none of an analyzer, or that the broker had kept
 */
typedef struct
{
  guint64 sent;
  guint64 lost;
  guint64 late;
  guint64 repeated;
  guint64 foreign;
  guint64 malformed;
} MmpRttFigures;

MmpRttAnalyzer *mmp_rtt_analyzer_new (GMainContext *context,
                                      const MmpRttAnalyzerConfig *config,
                                      const MmpRttAnalyzerFuncs *funcs,
                                      gpointer user_data,
                                      GError **error);
void mmp_rtt_analyzer_free (MmpRttAnalyzer *self);
MmpSeries *mmp_rtt_analyzer_get_series (MmpRttAnalyzer *self);
void mmp_rtt_analyzer_get_figures (MmpRttAnalyzer *self,
                                   MmpRttFigures *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpRttAnalyzer, mmp_rtt_analyzer_free)

G_END_DECLS
