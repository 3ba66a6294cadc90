/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-fake-script.h"

/**
 * mmp_fake_script_follow:
 * @user_data: a #MmpFakeScript
 *
 * To be given to mmp_fake_broker_set_packet_func().
 */
gboolean
mmp_fake_script_follow (MmpFakeBroker *broker,
                        MmpFakeGuest *guest,
                        guint8 first,
                        GBytes *body,
                        gpointer user_data)
{
  MmpFakeScript *self = user_data;
  gsize size;
  const guint8 *data = g_bytes_get_data (body, &size);

  if (first >> 4 != self->type)
    return FALSE;
  if (self->only_v5 && self->type == MMP_FAKE_CONNECT && data[6] != 5)
    return FALSE;

  self->seen++;
  if (self->answer != NULL)
    mmp_fake_guest_send (guest, self->answer, self->size);
  if (self->closes)
    mmp_fake_guest_close (guest);

  return TRUE;
}

/**
 * mmp_fake_script_probe:
 * @clock: (nullable): a virtual clock for the client
 *
 * Returns: (transfer full): a client of @broker
 */
MmpMqttProbe *
mmp_fake_script_probe (MmpFakeBroker *broker,
                       MmpClock *clock)
{
  g_autoptr (MmpMqttBroker) address = mmp_test_broker (mmp_fake_broker_get_port (broker), FALSE);

  return mmp_mqtt_probe_new (address, clock);
}
