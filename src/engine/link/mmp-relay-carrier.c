/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/mmp-relay-carrier.h"

#include "link/mmp-frame.h"

struct _MmpRelayCarrier
{
  MmpCarrier parent_instance;

  MmpSession *session; /* NULL once closed */
  gboolean streams;
};

G_DEFINE_FINAL_TYPE (MmpRelayCarrier, mmp_relay_carrier, MMP_TYPE_CARRIER)

static void
on_message (MmpSession *session,
            GBytes *message,
            gpointer user_data)
{
  mmp_carrier_emit_received (user_data, message);
}

static void
on_writable (MmpSession *session,
             gpointer user_data)
{
  mmp_carrier_emit_writable (user_data);
}

static void
on_renewed (MmpSession *session,
            gpointer user_data)
{
  mmp_carrier_emit_renewed (user_data);
}

static void
on_closed (MmpSession *session,
           gpointer user_data)
{
  mmp_carrier_emit_closed (user_data);
}

static const MmpSessionFuncs session_funcs = {
  .message = on_message,
  .writable = on_writable,
  .renewed = on_renewed,
  .closed = on_closed,
};

static void
let_go (MmpRelayCarrier *self)
{
  if (self->session != NULL)
    mmp_session_set_funcs (self->session, NULL, NULL);
  g_clear_object (&self->session);
}

static void
mmp_relay_carrier_send (MmpCarrier *carrier,
                        guint lane,
                        GBytes *message)
{
  MmpRelayCarrier *self = MMP_RELAY_CARRIER (carrier);

  MmpSessionLoad load = MMP_SESSION_SIGNAL;

  if (self->session == NULL)
    return;

  if (!mmp_message_is_numbered (message))
    load = MMP_SESSION_UPKEEP;
  else if (lane > 0)
    load = MMP_SESSION_STREAM;
  mmp_session_send (self->session, message, load);
}

static gsize
mmp_relay_carrier_get_message_max (MmpCarrier *carrier)
{
  MmpRelayCarrier *self = MMP_RELAY_CARRIER (carrier);

  return self->session != NULL ? mmp_session_get_message_max (self->session) : 0;
}

static gsize
mmp_relay_carrier_get_space (MmpCarrier *carrier,
                             guint lane)
{
  MmpRelayCarrier *self = MMP_RELAY_CARRIER (carrier);

  if (self->session == NULL || (lane > 0 && (!self->streams || mmp_session_get_message_max (self->session) == 0)))
    return 0;

  return mmp_session_get_space (self->session);
}

static void
mmp_relay_carrier_close (MmpCarrier *carrier)
{
  let_go (MMP_RELAY_CARRIER (carrier));
}

static void
mmp_relay_carrier_dispose (GObject *object)
{
  let_go (MMP_RELAY_CARRIER (object));

  G_OBJECT_CLASS (mmp_relay_carrier_parent_class)->dispose (object);
}

static void
mmp_relay_carrier_class_init (MmpRelayCarrierClass *klass)
{
  MmpCarrierClass *carrier_class = MMP_CARRIER_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = mmp_relay_carrier_dispose;
  carrier_class->send = mmp_relay_carrier_send;
  carrier_class->get_space = mmp_relay_carrier_get_space;
  carrier_class->get_message_max = mmp_relay_carrier_get_message_max;
  carrier_class->close = mmp_relay_carrier_close;
}

static void
mmp_relay_carrier_init (MmpRelayCarrier *self)
{
}

/**
 * mmp_relay_carrier_new:
 * @session: an established session; its callbacks are the carrier's from now on
 * @streams: whether the bytes of streams may take this way. If not there is never space in their lanes, and only
 *   signalling and what keeps the link alive travels
 *
 * Returns: (transfer full): a carrier of kind %MMP_CARRIER_RELAY, whose generation is the session's number. Closing it
 *   leaves the session to whoever made it
 */
MmpCarrier *
mmp_relay_carrier_new (MmpSession *session,
                       gboolean streams)
{
  MmpRelayCarrier *self = g_object_new (MMP_TYPE_RELAY_CARRIER,
                                        "kind", MMP_CARRIER_RELAY,
                                        "generation", mmp_session_get_number (session),
                                        NULL);

  self->session = g_object_ref (session);
  self->streams = streams;
  mmp_session_set_funcs (session, &session_funcs, self);

  return MMP_CARRIER (self);
}

/**
 * mmp_relay_carrier_set_streams:
 * @streams: as for mmp_relay_carrier_new()
 */
void
mmp_relay_carrier_set_streams (MmpRelayCarrier *self,
                               gboolean streams)
{
  g_return_if_fail (MMP_IS_RELAY_CARRIER (self));

  if (self->streams == streams)
    return;

  self->streams = streams;
  if (streams)
    mmp_carrier_emit_writable (MMP_CARRIER (self));
}
