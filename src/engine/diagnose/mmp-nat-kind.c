/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "diagnose/mmp-nat-kind.h"

/* How hard it is to get in, as far as it matters for a direct path. Of what is not known the worst is taken. */
typedef enum
{
  DOOR_OPEN, /* everybody who knows the port gets in */
  DOOR_HOST, /* only from an address that was written to */
  DOOR_PORT, /* only from an address and port that was written to */
  DOOR_MOVING, /* and nobody knows the port beforehand */
  DOOR_TCP, /* no UDP; outgoing TCP */
  DOOR_SHUT,
} Door;

static const struct
{
  const char *name;
  Door door;
} kinds[MMP_NAT_N_KINDS] = {
  [MMP_NAT_UNKNOWN] = { "unknown", DOOR_MOVING },
  [MMP_NAT_NONE] = { "none", DOOR_OPEN },
  [MMP_NAT_PUBLIC] = { "public", DOOR_PORT },
  [MMP_NAT_FIREWALL] = { "firewall", DOOR_PORT },
  [MMP_NAT_FULL_CONE] = { "full-cone", DOOR_OPEN },
  [MMP_NAT_RESTRICTED] = { "restricted", DOOR_HOST },
  [MMP_NAT_PORT_RESTRICTED] = { "port-restricted", DOOR_PORT },
  [MMP_NAT_CONE] = { "cone", DOOR_PORT },
  [MMP_NAT_SYMMETRIC] = { "symmetric", DOOR_MOVING },
  [MMP_NAT_UDP_BLOCKED] = { "udp-blocked", DOOR_TCP },
  [MMP_NAT_WEB_ONLY] = { "web-only", DOOR_SHUT },
  [MMP_NAT_IPV6_ONLY] = { "ipv6-only", DOOR_SHUT },
};

static const char *const rules[] = {
  [MMP_NAT_RULE_UNKNOWN] = "unknown",
  [MMP_NAT_RULE_ENDPOINT_INDEPENDENT] = "endpoint-independent",
  [MMP_NAT_RULE_ADDRESS_DEPENDENT] = "address-dependent",
  [MMP_NAT_RULE_ADDRESS_AND_PORT_DEPENDENT] = "address-and-port-dependent",
};

/**
 * mmp_nat_rule_get_name:
 *
 * Returns: (transfer none): the stable name, as in RFC 4787
 */
const char *
mmp_nat_rule_get_name (MmpNatRule rule)
{
  return rules[rule];
}

/**
 * mmp_nat_kind_get_name:
 *
 * Returns: (transfer none): the stable name
 */
const char *
mmp_nat_kind_get_name (MmpNatKind kind)
{
  return kinds[kind].name;
}

/**
 * mmp_nat_kind_from_name:
 *
 * Returns: the kind with this stable name; %MMP_NAT_UNKNOWN if there is none
 */
MmpNatKind
mmp_nat_kind_from_name (const char *name)
{
  for (guint kind = 0; kind < MMP_NAT_N_KINDS; kind++)
    {
      if (g_str_equal (kinds[kind].name, name))
        return kind;
    }

  return MMP_NAT_UNKNOWN;
}

/**
 * mmp_nat_kind_judge:
 * @translated: whether servers see another address than this machine has
 * @mapping: on what the public port depends
 * @filtering: on what it depends whether a packet is let in
 *
 * Returns: the usual name of that behaviour
 */
MmpNatKind
mmp_nat_kind_judge (gboolean translated,
                    MmpNatRule mapping,
                    MmpNatRule filtering)
{
  if (translated && mapping == MMP_NAT_RULE_UNKNOWN)
    return MMP_NAT_UNKNOWN;
  if (translated && mapping != MMP_NAT_RULE_ENDPOINT_INDEPENDENT)
    return MMP_NAT_SYMMETRIC;

  switch (filtering)
    {
    case MMP_NAT_RULE_ENDPOINT_INDEPENDENT:
      return translated ? MMP_NAT_FULL_CONE : MMP_NAT_NONE;
    case MMP_NAT_RULE_ADDRESS_DEPENDENT:
      return translated ? MMP_NAT_RESTRICTED : MMP_NAT_FIREWALL;
    case MMP_NAT_RULE_ADDRESS_AND_PORT_DEPENDENT:
      return translated ? MMP_NAT_PORT_RESTRICTED : MMP_NAT_FIREWALL;
    case MMP_NAT_RULE_UNKNOWN:
    default:
      return translated ? MMP_NAT_CONE : MMP_NAT_PUBLIC;
    }
}

/**
 * mmp_nat_kind_connects:
 *
 * Whether a direct path without TURN comes about over IPv4 between two kinds of network. Both sides try UDP at once and TCP
 * besides; measured for all pairs with the direct path of this program. Over IPv6 it does wherever both have that.
 *
 * Returns: %TRUE if it does
 */
gboolean
mmp_nat_kind_connects (MmpNatKind here,
                       MmpNatKind there)
{
  Door easy = MIN (kinds[here].door, kinds[there].door);
  Door hard = MAX (kinds[here].door, kinds[there].door);

  switch (easy)
    {
    case DOOR_OPEN: /* the other side only has to get out */
      return hard <= DOOR_TCP;
    case DOOR_HOST: /* lets in whichever port the other side comes from */
      return hard <= DOOR_MOVING;
    case DOOR_PORT: /* both ports have to be known */
      return hard == DOOR_PORT;
    case DOOR_MOVING:
    case DOOR_TCP:
    case DOOR_SHUT:
    default:
      return FALSE;
    }
}
