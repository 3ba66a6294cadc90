/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "diagnose/mmp-nat-probe.h"

static gboolean
same_host (GSocketAddress *a,
           GSocketAddress *b)
{
  return g_inet_address_equal (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (a)),
                               g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (b)));
}

static gboolean
same_port (GSocketAddress *a,
           GSocketAddress *b)
{
  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (a)) == g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (b));
}

static gboolean
same_mapping (const MmpStunQuestion *a,
              const MmpStunQuestion *b)
{
  return same_host (a->answer->mapped, b->answer->mapped) && same_port (a->answer->mapped, b->answer->mapped);
}

static gboolean
was_mapped (const MmpStunQuestion *question)
{
  return question->answer != NULL && question->answer->mapped != NULL;
}

/**
 * mmp_nat_probe_has_other_address:
 * @server: a server that was asked for a binding
 *
 * Returns: whether it says that it answers from another address and port too, as RFC 5780 wants
 */
gboolean
mmp_nat_probe_has_other_address (const MmpStunQuestion *server)
{
  GSocketAddress *other = was_mapped (server) ? server->answer->other : NULL;

  return other != NULL && g_socket_address_get_family (other) == g_socket_address_get_family (server->to) && !same_host (other, server->to) && !same_port (other, server->to);
}

/* RFC 5780, section 4.3: the same server at its other address, then also at its other port. What is said is believed only as
 * far as somebody answers there. */
static MmpNatRule
compare_addresses_of_one (MmpStunProbe *probe,
                          const MmpStunQuestion *server)
{
  GInetSocketAddress *other = G_INET_SOCKET_ADDRESS (server->answer->other);
  guint port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (server->to));
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (g_inet_socket_address_get_address (other), (guint16) port);
  g_auto (MmpStunQuestion) second = { NULL };
  g_auto (MmpStunQuestion) third = { NULL };

  mmp_stun_question_init (&second, address, MMP_STUN_BINDING);
  if (!mmp_stun_probe_ask (probe, &second, 1, NULL) || !was_mapped (&second))
    return MMP_NAT_RULE_UNKNOWN;
  if (same_mapping (server, &second))
    return MMP_NAT_RULE_ENDPOINT_INDEPENDENT;

  mmp_stun_question_init (&third, G_SOCKET_ADDRESS (other), MMP_STUN_BINDING);
  if (mmp_stun_probe_ask (probe, &third, 1, NULL) && was_mapped (&third) && same_mapping (&second, &third))
    return MMP_NAT_RULE_ADDRESS_DEPENDENT;

  return MMP_NAT_RULE_ADDRESS_AND_PORT_DEPENDENT;
}

/* Whether only the port of the server plays a part cannot be told then, and makes no difference for a direct path. */
static MmpNatRule
compare_servers (const MmpStunQuestion *servers,
                 guint n_servers)
{
  MmpNatRule rule = MMP_NAT_RULE_UNKNOWN;

  for (guint i = 0; i < n_servers; i++)
    for (guint j = i + 1; j < n_servers; j++)
      {
        if (!was_mapped (&servers[i]) || !was_mapped (&servers[j]))
          continue;
        if (!same_mapping (&servers[i], &servers[j]))
          return MMP_NAT_RULE_ADDRESS_AND_PORT_DEPENDENT;
        if (!same_host (servers[i].to, servers[j].to))
          rule = MMP_NAT_RULE_ENDPOINT_INDEPENDENT;
      }

  return rule;
}

/**
 * mmp_nat_probe_mapping:
 * @servers: (array length=n_servers): servers that were asked for a binding through @probe
 *
 * In a fiber: finds out whether this machine has the same public address and port whomever it writes to.
 *
 * Returns: on what it depends
 */
MmpNatRule
mmp_nat_probe_mapping (MmpStunProbe *probe,
                       const MmpStunQuestion *servers,
                       guint n_servers)
{
  MmpNatRule rule = MMP_NAT_RULE_UNKNOWN;

  for (guint i = 0; i < n_servers && rule == MMP_NAT_RULE_UNKNOWN; i++)
    if (mmp_nat_probe_has_other_address (&servers[i]))
      rule = compare_addresses_of_one (probe, &servers[i]);

  return rule != MMP_NAT_RULE_UNKNOWN ? rule : compare_servers (servers, n_servers);
}

/**
 * mmp_nat_probe_filtering:
 * @server: one that answers from other addresses too
 *
 * In a fiber: finds out who may write to this machine (RFC 5780, section 4.4), from a port that nothing else went out of: a
 * router lets in whoever was written to before.
 *
 * Returns: on what it depends
 */
MmpNatRule
mmp_nat_probe_filtering (GSocketFamily family,
                         MmpClock *clock,
                         MmpWaiter *waiter,
                         GSocketAddress *server)
{
  g_autoptr (MmpStunProbe) probe = mmp_stun_probe_new (family, clock, waiter, NULL);
  g_auto (MmpStunQuestion) first = { NULL };
  g_auto (MmpStunQuestion) again = { NULL };
  MmpStunQuestion questions[2];
  MmpNatRule rule = MMP_NAT_RULE_ADDRESS_AND_PORT_DEPENDENT;

  mmp_stun_question_init (&first, server, MMP_STUN_BINDING);
  if (probe == NULL || !mmp_stun_probe_ask (probe, &first, 1, NULL))
    return MMP_NAT_RULE_UNKNOWN;

  mmp_stun_question_init (&questions[0], server, MMP_STUN_BINDING_OTHER_ADDRESS);
  mmp_stun_question_init (&questions[1], server, MMP_STUN_BINDING_OTHER_PORT);
  mmp_stun_probe_ask (probe, questions, G_N_ELEMENTS (questions), NULL);
  if (was_mapped (&questions[0]))
    rule = MMP_NAT_RULE_ENDPOINT_INDEPENDENT;
  else if (was_mapped (&questions[1]))
    rule = MMP_NAT_RULE_ADDRESS_DEPENDENT;
  mmp_stun_question_clear (&questions[0]);
  mmp_stun_question_clear (&questions[1]);

  /* Silence says something only if the server is still there. */
  mmp_stun_question_init (&again, server, MMP_STUN_BINDING);
  if (rule == MMP_NAT_RULE_ADDRESS_AND_PORT_DEPENDENT && !mmp_stun_probe_ask (probe, &again, 1, NULL))
    rule = MMP_NAT_RULE_UNKNOWN;

  return rule;
}
