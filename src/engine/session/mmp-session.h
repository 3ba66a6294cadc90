/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-public-key.h"
#include "crypto/mmp-transport.h"
#include "mqtt/mmp-mqtt-client.h"

G_BEGIN_DECLS

#define MMP_LINK_NAME_SIZE 16

#define MMP_TYPE_SESSION (mmp_session_get_type ())

G_DECLARE_FINAL_TYPE (MmpSession, mmp_session, MMP, SESSION, GObject)

/**
 * MmpSessionFuncs:
 * @message: a link message came (after the hello)
 * @writable: the broker connection took something and there is space again
 * @renewed: there is a new connection to the broker: what was sent before may be lost
 * @closed: the session is over (bye, replaced, too old, broker stopped); nothing is called after it
 */
typedef struct
{
  void (*message) (MmpSession *self, GBytes *message, gpointer user_data);
  void (*writable) (MmpSession *self, gpointer user_data);
  void (*renewed) (MmpSession *self, gpointer user_data);
  void (*closed) (MmpSession *self, gpointer user_data);
} MmpSessionFuncs;

/**
 * MmpSessionLoad:
 *
 * What a link message carries, by which it counts on a broker that is not ours.
 */
typedef enum
{
  MMP_SESSION_STREAM, /* bytes of streams: counts against the limit of the broker connection */
  MMP_SESSION_SIGNAL, /* signalling: rare, and always let through */
  MMP_SESSION_UPKEEP, /* acknowledgements and pings: let through up to a few in a second, more are lost */
} MmpSessionLoad;

/**
 * MmpSession:
 *
 * An established end-to-end session with one device through one broker connection. It is made by a dialer or an acceptor,
 * after hello, and is then used by the relay carrier. The functions here are for the I/O thread; the get_ functions of
 * immutable things may be called anywhere.
 */
const MmpPublicKey *mmp_session_get_device (MmpSession *self); /* the other side */
const guint8 *mmp_session_get_link_name (MmpSession *self); /* MMP_LINK_NAME_SIZE bytes */
const char *mmp_session_get_device_name (MmpSession *self); /* what the other side calls itself, already cleaned; "" if nothing */
guint64 mmp_session_get_number (MmpSession *self); /* rises in this process */

void mmp_session_set_funcs (MmpSession *self, const MmpSessionFuncs *funcs, gpointer user_data); /* NULL: detach */
gboolean mmp_session_send (MmpSession *self, GBytes *message, MmpSessionLoad load); /* FALSE: not sent (broker away, queue full, closed) */
gsize mmp_session_get_space (MmpSession *self); /* bytes of streams that the broker connection takes now */
gsize mmp_session_get_message_max (MmpSession *self); /* bytes that a link message may have for this broker */

G_END_DECLS
