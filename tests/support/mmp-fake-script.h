/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-fake-broker.h"
#include "mmp-mqtt-probe.h"

G_BEGIN_DECLS

/* Types of packets that a client sends */
#define MMP_FAKE_CONNECT 1
#define MMP_FAKE_PUBLISH 3
#define MMP_FAKE_SUBSCRIBE 8

/**
 * MmpFakeScript:
 * @type: the type of packet that it is about
 * @answer: (nullable): what to send
 * @closes: whether to close the connection then
 * @only_v5: whether clients of MQTT 3.1.1 are treated well
 * @seen: how often it was followed
 *
 * What a fake broker does about one type of packet instead of what it should.
 */
typedef struct
{
  guint8 type;
  const guint8 *answer;
  gsize size;
  gboolean closes;
  gboolean only_v5;
  guint seen;
} MmpFakeScript;

gboolean mmp_fake_script_follow (MmpFakeBroker *broker,
                                 MmpFakeGuest *guest,
                                 guint8 first,
                                 GBytes *body,
                                 gpointer user_data);
MmpMqttProbe *mmp_fake_script_probe (MmpFakeBroker *broker,
                                     MmpClock *clock);

G_END_DECLS
