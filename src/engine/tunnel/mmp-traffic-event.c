/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "tunnel/mmp-traffic-event.h"

/**
 * mmp_traffic_event_free:
 *
 * Any thread.
 */
void
mmp_traffic_event_free (MmpTrafficEvent *self)
{
  g_clear_pointer (&self->signal, mmp_signal_free);
  g_clear_error (&self->error);
  g_free (self);
}

/**
 * mmp_traffic_event_may_be_lost:
 *
 * Returns: whether nothing goes wrong if this event never arrives: a later one says the same, or only a log misses a line
 */
gboolean
mmp_traffic_event_may_be_lost (const MmpTrafficEvent *self)
{
  return self->type == MMP_TRAFFIC_FIGURES || self->type == MMP_TRAFFIC_RTT || self->type == MMP_TRAFFIC_SIGNAL
         || self->type == MMP_TRAFFIC_STREAM;
}

/**
 * mmp_traffic_event_tell:
 * @config: the configuration that the event is about
 * @device: the other side
 * @endpoint: the first argument of @funcs
 *
 * Tells the user of an endpoint about an event, in the terms of the configuration. Events that are part of the status are
 * not told.
 */
void
mmp_traffic_event_tell (const MmpTrafficEvent *self,
                        const MmpEndpointConfig *config,
                        const MmpPublicKey *device,
                        const MmpEndpointFuncs *funcs,
                        gpointer endpoint,
                        gpointer user_data)
{
  const MmpForward *forward = NULL;

  switch (self->type)
    {
    case MMP_TRAFFIC_RTT:
      if (funcs->rtt != NULL)
        funcs->rtt (endpoint, device, (double) self->rtt / 1000, user_data);
      break;
    case MMP_TRAFFIC_LISTENING:
      forward = g_ptr_array_index (config->forwards, self->forward);
      if (funcs->listening != NULL)
        funcs->listening (endpoint, forward->address, self->port, forward->service, user_data);
      break;
    case MMP_TRAFFIC_FORWARD_FAILED:
      if (funcs->forward_failed != NULL)
        funcs->forward_failed (endpoint, self->error, user_data);
      break;
    case MMP_TRAFFIC_STREAM:
      if (funcs->stream != NULL)
        funcs->stream (endpoint, self->stream, self->service, self->open, self->sent, self->received, user_data);
      break;
    case MMP_TRAFFIC_CARRIER:
    case MMP_TRAFFIC_FIGURES:
    case MMP_TRAFFIC_LOST:
    case MMP_TRAFFIC_SIGNAL:
    case MMP_TRAFFIC_CLOSED:
    default:
      break;
    }
}
