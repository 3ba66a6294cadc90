/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef enum
{
  MMP_CARRIER_RELAY,
  MMP_CARRIER_DIRECT,
} MmpCarrierKind;

#define MMP_TYPE_CARRIER (mmp_carrier_get_type ())

G_DECLARE_DERIVABLE_TYPE (MmpCarrier, mmp_carrier, MMP, CARRIER, GObject)

/**
 * MmpCarrierFuncs:
 * @received: a message came
 * @writable: a lane that had no space has some again
 * @renewed: the carrier was broken and works again: what was sent lately is lost, most likely
 * @closed: the carrier is dead for good
 *
 * What a link hears from a carrier, on the I/O thread, never from inside a call that the link makes to the carrier.
 */
typedef struct
{
  void (*received) (MmpCarrier *self, GBytes *message, gpointer user_data);
  void (*writable) (MmpCarrier *self, gpointer user_data);
  void (*renewed) (MmpCarrier *self, gpointer user_data);
  void (*closed) (MmpCarrier *self, gpointer user_data);
} MmpCarrierFuncs;

/**
 * MmpCarrierClass:
 * @send: gives a message to a lane. Never blocks. A message that the carrier cannot take now is lost, as on any network; the
 *   link repeats it. The link keeps to get_space() but for lane 0 and unnumbered messages
 * @get_space: how many bytes @lane takes now without queueing more than it should
 * @get_message_max: (nullable): how many bytes a message may have now so that it can pass at all, at most
 *   %MMP_LINK_MESSAGE_MAX; 0: no stream can use it, or it is not known now. Without it: that most
 * @close: ends it; no callback afterwards
 *
 * A way for link messages to the other side: each arrives whole or not at all, perhaps late, twice or out of order.
 */
struct _MmpCarrierClass
{
  GObjectClass parent_class;

  void (*send) (MmpCarrier *self, guint lane, GBytes *message);
  gsize (*get_space) (MmpCarrier *self, guint lane);
  gsize (*get_message_max) (MmpCarrier *self);
  void (*close) (MmpCarrier *self);
};

MmpCarrierKind mmp_carrier_get_kind (MmpCarrier *self); /* construct-only property "kind" */
/* Direct: of two, the higher is the newer; both sides number alike (the attempt's gen). Relay: a number of the session, rising */
guint64 mmp_carrier_get_generation (MmpCarrier *self); /* construct-only property "generation" */
void mmp_carrier_set_funcs (MmpCarrier *self, const MmpCarrierFuncs *funcs, gpointer user_data); /* NULL: detach */
void mmp_carrier_send (MmpCarrier *self, guint lane, GBytes *message);
gsize mmp_carrier_get_space (MmpCarrier *self, guint lane);
gsize mmp_carrier_get_message_max (MmpCarrier *self);
void mmp_carrier_close (MmpCarrier *self);

/* for implementations */
void mmp_carrier_emit_received (MmpCarrier *self, GBytes *message);
void mmp_carrier_emit_writable (MmpCarrier *self);
void mmp_carrier_emit_renewed (MmpCarrier *self);
void mmp_carrier_emit_closed (MmpCarrier *self);

G_END_DECLS
