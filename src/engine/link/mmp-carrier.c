/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-link"

#include "link/mmp-carrier.h"

#include "base/mmp-limits.h"

enum
{
  PROP_0,
  PROP_KIND,
  PROP_GENERATION,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

typedef struct
{
  MmpCarrierKind kind;
  guint64 generation;
  MmpCarrierFuncs funcs; /* all NULL: nobody listens */
  gpointer user_data;
} MmpCarrierPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (MmpCarrier, mmp_carrier, G_TYPE_OBJECT)

static void
mmp_carrier_get_property (GObject *object,
                          guint prop_id,
                          GValue *value,
                          GParamSpec *pspec)
{
  MmpCarrierPrivate *priv = mmp_carrier_get_instance_private (MMP_CARRIER (object));

  switch (prop_id)
    {
    case PROP_KIND:
      g_value_set_int (value, (int) priv->kind);
      break;
    case PROP_GENERATION:
      g_value_set_uint64 (value, priv->generation);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
mmp_carrier_set_property (GObject *object,
                          guint prop_id,
                          const GValue *value,
                          GParamSpec *pspec)
{
  MmpCarrierPrivate *priv = mmp_carrier_get_instance_private (MMP_CARRIER (object));

  switch (prop_id)
    {
    case PROP_KIND:
      priv->kind = (MmpCarrierKind) g_value_get_int (value);
      break;
    case PROP_GENERATION:
      priv->generation = g_value_get_uint64 (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
mmp_carrier_class_init (MmpCarrierClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = mmp_carrier_get_property;
  object_class->set_property = mmp_carrier_set_property;

  properties[PROP_KIND] = g_param_spec_int ("kind", NULL, NULL,
                                            MMP_CARRIER_RELAY, MMP_CARRIER_DIRECT, MMP_CARRIER_RELAY,
                                            G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  properties[PROP_GENERATION] = g_param_spec_uint64 ("generation", NULL, NULL,
                                                     0, G_MAXUINT64, 0,
                                                     G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
mmp_carrier_init (MmpCarrier *self)
{
}

/**
 * mmp_carrier_get_kind:
 *
 * Returns: direct or relay; it decides how long the link waits and which carrier it prefers
 */
MmpCarrierKind
mmp_carrier_get_kind (MmpCarrier *self)
{
  MmpCarrierPrivate *priv = mmp_carrier_get_instance_private (self);

  g_return_val_if_fail (MMP_IS_CARRIER (self), MMP_CARRIER_RELAY);

  return priv->kind;
}

/**
 * mmp_carrier_get_generation:
 *
 * Of two carriers of one kind the one with the higher number is the newer. For direct carriers both sides number alike
 * (the attempt's `gen`); for relays the number is the session's, which rises in this process.
 */
guint64
mmp_carrier_get_generation (MmpCarrier *self)
{
  MmpCarrierPrivate *priv = mmp_carrier_get_instance_private (self);

  g_return_val_if_fail (MMP_IS_CARRIER (self), 0);

  return priv->generation;
}

/**
 * mmp_carrier_set_funcs:
 * @funcs: (nullable): copied; %NULL to hear nothing any more
 * @user_data: (nullable): for @funcs
 *
 * Says who hears from the carrier. After a call with %NULL nothing is called, so its owner may die.
 */
void
mmp_carrier_set_funcs (MmpCarrier *self,
                       const MmpCarrierFuncs *funcs,
                       gpointer user_data)
{
  MmpCarrierPrivate *priv = mmp_carrier_get_instance_private (self);

  g_return_if_fail (MMP_IS_CARRIER (self));

  priv->funcs = funcs != NULL ? *funcs : (MmpCarrierFuncs) { NULL };
  priv->user_data = funcs != NULL ? user_data : NULL;
}

/**
 * mmp_carrier_send:
 * @lane: 0 to 3
 * @message: at most %MMP_LINK_MESSAGE_MAX bytes
 *
 * Gives a message to the carrier. Never blocks and cannot fail: what the carrier cannot take is lost, as on any network,
 * and the link repeats it.
 */
void
mmp_carrier_send (MmpCarrier *self,
                  guint lane,
                  GBytes *message)
{
  g_return_if_fail (MMP_IS_CARRIER (self));

  MMP_CARRIER_GET_CLASS (self)->send (self, lane, message);
}

/**
 * mmp_carrier_get_space:
 * @lane: 0 to 3
 *
 * Returns: how many bytes @lane takes now without queueing more than it should. The link sends while this is above 0, so
 *   a carrier may be given one message more than it said
 */
gsize
mmp_carrier_get_space (MmpCarrier *self,
                       guint lane)
{
  g_return_val_if_fail (MMP_IS_CARRIER (self), 0);

  return MMP_CARRIER_GET_CLASS (self)->get_space (self, lane);
}

/**
 * mmp_carrier_get_message_max:
 *
 * Returns: how many bytes a message may have so that it can pass, 0 to %MMP_LINK_MESSAGE_MAX
 */
gsize
mmp_carrier_get_message_max (MmpCarrier *self)
{
  MmpCarrierClass *klass;

  g_return_val_if_fail (MMP_IS_CARRIER (self), 0);

  klass = MMP_CARRIER_GET_CLASS (self);

  return klass->get_message_max != NULL ? klass->get_message_max (self) : MMP_LINK_MESSAGE_MAX;
}

/**
 * mmp_carrier_close:
 *
 * Ends the carrier. None of the #MmpCarrierFuncs is called afterwards.
 */
void
mmp_carrier_close (MmpCarrier *self)
{
  g_return_if_fail (MMP_IS_CARRIER (self));

  mmp_carrier_set_funcs (self, NULL, NULL);
  MMP_CARRIER_GET_CLASS (self)->close (self);
}

/**
 * mmp_carrier_emit_received:
 * @message: what came, as the other side gave it to mmp_carrier_send()
 *
 * For implementations, on the link's thread, never from inside the carrier's virtual functions.
 */
void
mmp_carrier_emit_received (MmpCarrier *self,
                           GBytes *message)
{
  MmpCarrierPrivate *priv = mmp_carrier_get_instance_private (self);

  g_return_if_fail (MMP_IS_CARRIER (self));

  if (priv->funcs.received != NULL)
    priv->funcs.received (self, message, priv->user_data);
}

/**
 * mmp_carrier_emit_writable:
 *
 * For implementations: a lane that had no space has some again.
 */
void
mmp_carrier_emit_writable (MmpCarrier *self)
{
  MmpCarrierPrivate *priv = mmp_carrier_get_instance_private (self);

  g_return_if_fail (MMP_IS_CARRIER (self));

  if (priv->funcs.writable != NULL)
    priv->funcs.writable (self, priv->user_data);
}

/**
 * mmp_carrier_emit_renewed:
 *
 * For implementations: it was broken and works again, without what was sent lately.
 */
void
mmp_carrier_emit_renewed (MmpCarrier *self)
{
  MmpCarrierPrivate *priv = mmp_carrier_get_instance_private (self);

  g_return_if_fail (MMP_IS_CARRIER (self));

  if (priv->funcs.renewed != NULL)
    priv->funcs.renewed (self, priv->user_data);
}

/**
 * mmp_carrier_emit_closed:
 *
 * For implementations: the carrier is dead for good. Nothing must be emitted after it.
 */
void
mmp_carrier_emit_closed (MmpCarrier *self)
{
  MmpCarrierPrivate *priv = mmp_carrier_get_instance_private (self);

  g_return_if_fail (MMP_IS_CARRIER (self));

  if (priv->funcs.closed != NULL)
    priv->funcs.closed (self, priv->user_data);
}
