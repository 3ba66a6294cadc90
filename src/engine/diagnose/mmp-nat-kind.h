/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* On what the behaviour of a router depends (RFC 4787, sections 4.1 and 5): which public port it gives out, and what it lets in */
typedef enum
{
  MMP_NAT_RULE_UNKNOWN,
  MMP_NAT_RULE_ENDPOINT_INDEPENDENT,
  MMP_NAT_RULE_ADDRESS_DEPENDENT,
  MMP_NAT_RULE_ADDRESS_AND_PORT_DEPENDENT,
} MmpNatRule;

/* What stands between this machine and the internet */
typedef enum
{
  MMP_NAT_UNKNOWN,
  MMP_NAT_NONE, /* a public address that takes everything */
  MMP_NAT_PUBLIC, /* a public address; whether there is a firewall is not known */
  MMP_NAT_FIREWALL, /* a public address that takes answers only */
  MMP_NAT_FULL_CONE,
  MMP_NAT_RESTRICTED,
  MMP_NAT_PORT_RESTRICTED,
  MMP_NAT_CONE, /* one of the three; what it lets in is not known */
  MMP_NAT_SYMMETRIC, /* another public port for every destination */
  MMP_NAT_UDP_BLOCKED,
  MMP_NAT_WEB_ONLY, /* TCP to the ports 80 and 443, and nothing else */
  MMP_NAT_IPV6_ONLY, /* no IPv4; a direct path only to others that have IPv6 */
  MMP_NAT_N_KINDS,
} MmpNatKind;

const char *mmp_nat_rule_get_name (MmpNatRule rule);
const char *mmp_nat_kind_get_name (MmpNatKind kind);
MmpNatKind mmp_nat_kind_from_name (const char *name);
MmpNatKind mmp_nat_kind_judge (gboolean translated,
                               MmpNatRule mapping,
                               MmpNatRule filtering);
gboolean mmp_nat_kind_connects (MmpNatKind here,
                                MmpNatKind there);

G_END_DECLS
