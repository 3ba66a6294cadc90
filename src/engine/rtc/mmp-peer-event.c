/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rtc/mmp-peer-event.h"

/**
 * mmp_peer_event_new:
 *
 * Returns: (transfer full): an event without details
 */
MmpPeerEvent *
mmp_peer_event_new (MmpPeerEventType type)
{
  MmpPeerEvent *self = g_new0 (MmpPeerEvent, 1);

  self->type = type;

  return self;
}

/**
 * mmp_peer_event_new_text:
 *
 * Returns: (transfer full): an event with a copy of @text
 */
MmpPeerEvent *
mmp_peer_event_new_text (MmpPeerEventType type,
                         const char *text)
{
  MmpPeerEvent *self = mmp_peer_event_new (type);

  self->text = g_strdup (text);

  return self;
}

/**
 * mmp_peer_event_new_channel:
 *
 * Returns: (transfer full): an event of a channel
 */
MmpPeerEvent *
mmp_peer_event_new_channel (MmpPeerEventType type,
                            guint channel)
{
  MmpPeerEvent *self = mmp_peer_event_new (type);

  self->channel = channel;

  return self;
}

/**
 * mmp_peer_event_new_error:
 * @error: (transfer full): why
 *
 * Returns: (transfer full): an event with @error
 */
MmpPeerEvent *
mmp_peer_event_new_error (MmpPeerEventType type,
                          GError *error)
{
  MmpPeerEvent *self = mmp_peer_event_new (type);

  self->error = error;

  return self;
}

/**
 * mmp_peer_event_free:
 * @self: (nullable): an event
 */
void
mmp_peer_event_free (MmpPeerEvent *self)
{
  if (self == NULL)
    return;

  g_free (self->text);
  g_free (self->fingerprint);
  g_free (self->pair);
  g_clear_pointer (&self->message, g_bytes_unref);
  g_clear_error (&self->error);
  g_free (self);
}
