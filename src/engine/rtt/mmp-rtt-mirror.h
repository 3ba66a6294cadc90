/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mqtt/mmp-mqtt-client.h"

G_BEGIN_DECLS

/**
 * MmpRttMirror:
 *
 * Publishes to one topic, unchanged, what it receives on another: the far end of a measurement of round trips. All happens
 * on its context.
 */
typedef struct _MmpRttMirror MmpRttMirror;

/**
 * MmpRttMirrorFuncs:
 * @state_changed: (nullable): the connection to the broker; @cause as in #MmpMqttClientFuncs
 * @mirrored: (nullable): a message of @size bytes was sent back
 * @failed: (nullable): the broker does not allow it; nothing will be mirrored
 *
 * None of them may free the mirror.
 */
typedef struct
{
  void (*state_changed) (MmpMqttState state,
                         const GError *cause,
                         gpointer user_data);
  void (*mirrored) (gsize size,
                    gpointer user_data);
  void (*failed) (const GError *error,
                  gpointer user_data);
} MmpRttMirrorFuncs;

/**
 * MmpRttMirrorFigures:
 * @mirrored: messages that were sent back
 * @dropped: messages that could not be, because the broker does not take them as fast or refuses their size
 * @retained: messages that the broker had kept: they are of another time, so they are left alone
 */
typedef struct
{
  guint64 mirrored;
  guint64 dropped;
  guint64 retained;
} MmpRttMirrorFigures;

MmpRttMirror *mmp_rtt_mirror_new (GMainContext *context,
                                  MmpMqttBroker *broker,
                                  const char *subscribe,
                                  const char *publish,
                                  const MmpRttMirrorFuncs *funcs,
                                  gpointer user_data,
                                  GError **error);
void mmp_rtt_mirror_free (MmpRttMirror *self);
void mmp_rtt_mirror_get_figures (MmpRttMirror *self,
                                 MmpRttMirrorFigures *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpRttMirror, mmp_rtt_mirror_free)

G_END_DECLS
