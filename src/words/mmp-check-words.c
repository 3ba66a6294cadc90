/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "words/mmp-check-words.h"

#include <glib/gi18n.h>

static const char *const labels[] = {
  [MMP_CHECK_BROKER_NAME] = N_ ("Broker’s name"),
  [MMP_CHECK_BROKER_TCP] = N_ ("Broker’s port"),
  [MMP_CHECK_BROKER_TLS] = N_ ("Broker’s certificate"),
  [MMP_CHECK_BROKER_LOGIN] = N_ ("Login at the broker"),
  [MMP_CHECK_BROKER_SUBSCRIBE] = N_ ("Subscribing there"),
  [MMP_CHECK_BROKER_PUBLISH] = N_ ("Publishing there"),
  [MMP_CHECK_BROKER_ECHO] = N_ ("Messages through it"),
  [MMP_CHECK_STUN] = N_ ("STUN server"),
  [MMP_CHECK_UDP] = N_ ("UDP"),
  [MMP_CHECK_TCP] = N_ ("TCP"),
  [MMP_CHECK_IPV6] = N_ ("IPv6"),
  [MMP_CHECK_NAT_MAPPING] = N_ ("Public address"),
  [MMP_CHECK_NAT_FILTERING] = N_ ("Who gets in"),
  [MMP_CHECK_NAT] = N_ ("Kind of network"),
  [MMP_CHECK_TURN] = N_ ("TURN server"),
  [MMP_CHECK_DIRECT] = N_ ("Direct paths"),
  [MMP_CHECK_NETWORK] = N_ ("Network"),
  [MMP_CHECK_DEVICE] = N_ ("Other device"),
  [MMP_CHECK_PATH] = N_ ("Path"),
  [MMP_CHECK_SERVICE] = N_ ("Service"),
};

static const char *const kinds[] = {
  [MMP_NAT_UNKNOWN] = N_ ("not known"),
  [MMP_NAT_NONE] = N_ ("a public address that takes everything"),
  [MMP_NAT_PUBLIC] = N_ ("a public address; whether there is a firewall is not known"),
  [MMP_NAT_FIREWALL] = N_ ("a public address behind a firewall that lets answers in only"),
  [MMP_NAT_FULL_CONE] = N_ ("an open router (full cone NAT)"),
  [MMP_NAT_RESTRICTED] = N_ ("a router that lets in whom it wrote to (restricted NAT)"),
  [MMP_NAT_PORT_RESTRICTED] = N_ ("a router as in most homes (port restricted NAT)"),
  [MMP_NAT_CONE] = N_ ("a router that keeps one public port (cone NAT); what it lets in is not known"),
  [MMP_NAT_SYMMETRIC] = N_ ("a router with another public port for every destination (symmetric NAT)"),
  [MMP_NAT_UDP_BLOCKED] = N_ ("a network that lets no UDP out"),
  [MMP_NAT_WEB_ONLY] = N_ ("a network that lets only the web out"),
  [MMP_NAT_IPV6_ONLY] = N_ ("IPv6 only"),
};

static const struct
{
  const char *rule;
  const char *mapping;
  const char *filtering;
} rules[] = {
  { "endpoint-independent", N_ ("the same for every destination"), N_ ("everybody who knows the port") },
  { "address-dependent", N_ ("another one for every address"), N_ ("only addresses that were written to") },
  { "address-and-port-dependent", N_ ("another one for every destination"), N_ ("only addresses and ports that were written to") },
};

/**
 * mmp_check_words_get_label:
 *
 * Returns: (transfer none): what @check looks at
 */
const char *
mmp_check_words_get_label (MmpCheck check)
{
  return _ (labels[check]);
}

/**
 * mmp_check_words_get_string:
 * @name: of a value
 *
 * Returns: (transfer none): the value, "" if there is none
 */
const char *
mmp_check_words_get_string (MmpCheckResult *result,
                            const char *name)
{
  const char *text = "";

  g_variant_lookup (mmp_check_result_get_values (result), name, "&s", &text);

  return text;
}

static const char *
describe_rule (MmpCheckResult *result,
               gboolean filtering)
{
  const char *name = mmp_check_words_get_string (result, "rule");

  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      if (g_str_equal (rules[i].rule, name))
        return filtering ? _ (rules[i].filtering) : _ (rules[i].mapping);
    }

  return _ ("not known");
}

static char *
describe_addresses (GVariant *values)
{
  g_autofree const char **addresses = NULL;

  return g_variant_lookup (values, "addresses", "^a&s", &addresses) ? g_strjoinv (_ (", "), (char **) addresses) : g_strdup (_ ("found"));
}

static char *
describe_certificate (GVariant *values)
{
  gint32 days;

  if (!g_variant_lookup (values, "days", "i", &days))
    return g_strdup (_ ("good"));

  return g_strdup_printf (ngettext ("good, for %d more day", "good, for %d more days", (gulong) days), days);
}

/**
 * mmp_check_words_describe:
 *
 * Returns: (transfer full) (nullable): what was found where all is well; %NULL where each front has words of its own
 */
char *
mmp_check_words_describe (MmpCheckResult *result)
{
  GVariant *values = mmp_check_result_get_values (result);
  guint32 port = 0;

  switch ((guint) mmp_check_result_get_check (result))
    {
    case MMP_CHECK_BROKER_NAME:
      return describe_addresses (values);
    case MMP_CHECK_BROKER_TCP:
      return g_strdup_printf (_ ("open at %s"), mmp_check_words_get_string (result, "address"));
    case MMP_CHECK_BROKER_TLS:
      return describe_certificate (values);
    case MMP_CHECK_BROKER_LOGIN:
      return g_strdup_printf (_ ("accepted, MQTT %s"), mmp_check_words_get_string (result, "protocol"));
    case MMP_CHECK_BROKER_SUBSCRIBE:
    case MMP_CHECK_BROKER_PUBLISH:
      return g_strdup (_ ("allowed"));
    case MMP_CHECK_BROKER_ECHO:
      return g_strdup (_ ("come back"));
    case MMP_CHECK_UDP:
      return g_strdup (_ ("gets out, and answers come in"));
    case MMP_CHECK_TCP:
      g_variant_lookup (values, "port", "u", &port);
      return g_strdup_printf (_ ("gets out, also to port %u"), port);
    case MMP_CHECK_NAT_MAPPING:
      return g_strdup_printf (_ ("%s, %s"), mmp_check_words_get_string (result, "mapped"), describe_rule (result, FALSE));
    case MMP_CHECK_NAT_FILTERING:
      return g_strdup (describe_rule (result, TRUE));
    case MMP_CHECK_NAT:
      return g_strdup (_ (kinds[mmp_nat_kind_from_name (mmp_check_words_get_string (result, "kind"))]));
    default:
      return NULL;
    }
}

/**
 * mmp_check_words_describe_skipped:
 *
 * Returns: (transfer none) (nullable): why @check was left out; %NULL: nothing that could be said of it
 */
const char *
mmp_check_words_describe_skipped (MmpCheck check)
{
  switch ((guint) check)
    {
    case MMP_CHECK_BROKER_TLS:
      return _ ("not asked for; what the devices say is encrypted anyway");
    case MMP_CHECK_IPV6:
      return _ ("not here");
    case MMP_CHECK_DIRECT:
      return _ ("cannot be told");
    default:
      return NULL;
    }
}
