/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-doctor-text.h"

#include "mmp-cli-text.h"

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

/* What a kind of network is called here, and at the other side */
static const struct
{
  const char *here;
  const char *there;
} kinds[] = {
  [MMP_NAT_UNKNOWN] = { N_ ("not known"), "" },
  [MMP_NAT_NONE] = { N_ ("a public address that takes everything"), N_ ("public addresses") },
  [MMP_NAT_PUBLIC] = { N_ ("a public address; whether there is a firewall is not known"), "" },
  [MMP_NAT_FIREWALL] = { N_ ("a public address behind a firewall that lets answers in only"), "" },
  [MMP_NAT_FULL_CONE] = { N_ ("an open router (full cone NAT)"), N_ ("open routers") },
  [MMP_NAT_RESTRICTED] = { N_ ("a router that lets in whom it wrote to (restricted NAT)"), N_ ("restricted routers") },
  [MMP_NAT_PORT_RESTRICTED] = { N_ ("a router as in most homes (port restricted NAT)"), N_ ("home routers (port restricted)") },
  [MMP_NAT_CONE] = { N_ ("a router that keeps one public port (cone NAT); what it lets in is not known"), "" },
  [MMP_NAT_SYMMETRIC] = { N_ ("a router with another public port for every destination (symmetric NAT)"), N_ ("symmetric routers, as in companies and mobile networks") },
  [MMP_NAT_UDP_BLOCKED] = { N_ ("a network that lets no UDP out"), N_ ("networks without UDP") },
  [MMP_NAT_WEB_ONLY] = { N_ ("a network that lets only the web out"), "" },
  [MMP_NAT_IPV6_ONLY] = { N_ ("IPv6 only"), "" },
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

static const char *
get_string (GVariant *values,
            const char *name)
{
  const char *text = "";

  g_variant_lookup (values, name, "&s", &text);

  return text;
}

static MmpNatKind
find_kind (const char *name)
{
  for (guint kind = 0; kind < MMP_NAT_N_KINDS; kind++)
    if (g_str_equal (mmp_nat_kind_get_name (kind), name))
      return kind;

  return MMP_NAT_UNKNOWN;
}

static const char *
describe_other_side (const char *name)
{
  return g_str_equal (name, "ipv6") ? _ ("networks with IPv6") : _ (kinds[find_kind (name)].there);
}

static const char *
describe_rule (const char *name,
               gboolean filtering)
{
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    if (g_str_equal (rules[i].rule, name))
      return filtering ? _ (rules[i].filtering) : _ (rules[i].mapping);

  return _ ("not known");
}

static char *
join_kinds (GVariant *values,
            const char *name)
{
  g_autofree const char **names = NULL;
  g_autoptr (GPtrArray) texts = g_ptr_array_new ();

  if (g_variant_lookup (values, name, "^a&s", &names))
    for (guint i = 0; names[i] != NULL; i++)
      g_ptr_array_add (texts, (gpointer) describe_other_side (names[i]));
  g_ptr_array_add (texts, NULL);

  return g_strjoinv (_ (", "), (char **) texts->pdata);
}

static void
describe_direct (GVariant *values,
                 GString *text)
{
  g_autofree char *works = join_kinds (values, "works");
  g_autofree char *fails = join_kinds (values, "fails");

  if (*works != '\0')
    g_string_append_printf (text, _ ("to be expected with %s"), works);
  else
    g_string_append (text, _ ("none to be expected"));
  if (*fails != '\0')
    g_string_append_printf (text, _ ("; not with %s: data goes through a TURN server or the broker there"), fails);
}

static void
describe_turn (GVariant *values,
               GString *text)
{
  gboolean released = FALSE;

  g_variant_lookup (values, "released", "b", &released);
  g_string_append_printf (text, _ ("lends %s"), get_string (values, "relayed"));
  if (!released)
    g_string_append (text, _ (", but did not take it back"));
}

static void
describe_addresses (GVariant *values,
                    GString *text)
{
  g_autofree const char **addresses = NULL;
  g_autofree char *joined = NULL;

  if (!g_variant_lookup (values, "addresses", "^a&s", &addresses))
    return;
  joined = g_strjoinv (_ (", "), (char **) addresses);
  g_string_append (text, joined);
}

static void
describe_certificate (GVariant *values,
                      GString *text)
{
  gint32 days;

  g_string_append (text, _ ("good"));
  if (g_variant_lookup (values, "days", "i", &days))
    g_string_append_printf (text, ngettext (", for %d more day", ", for %d more days", (gulong) days), days);
}

/* What was found, where all is well */
static void
describe_values (MmpCheck check,
                 GVariant *values,
                 GString *text)
{
  guint32 port = 0;

  switch (check)
    {
    case MMP_CHECK_BROKER_NAME:
      describe_addresses (values, text);
      break;
    case MMP_CHECK_BROKER_TCP:
      g_string_append_printf (text, _ ("open at %s"), get_string (values, "address"));
      break;
    case MMP_CHECK_BROKER_TLS:
      describe_certificate (values, text);
      break;
    case MMP_CHECK_BROKER_LOGIN:
      g_string_append_printf (text, _ ("accepted, MQTT %s"), get_string (values, "protocol"));
      break;
    case MMP_CHECK_BROKER_SUBSCRIBE:
    case MMP_CHECK_BROKER_PUBLISH:
      g_string_append (text, _ ("allowed"));
      break;
    case MMP_CHECK_BROKER_ECHO:
      g_string_append (text, _ ("come back"));
      break;
    case MMP_CHECK_STUN:
    case MMP_CHECK_IPV6:
      g_string_append_printf (text, _ ("sees this machine as %s"), get_string (values, "mapped"));
      break;
    case MMP_CHECK_UDP:
      g_string_append (text, _ ("gets out, and answers come in"));
      break;
    case MMP_CHECK_TCP:
      g_variant_lookup (values, "port", "u", &port);
      g_string_append_printf (text, _ ("gets out, also to port %u"), port);
      break;
    case MMP_CHECK_NAT_MAPPING:
      g_string_append_printf (text, _ ("%s, %s"), get_string (values, "mapped"), describe_rule (get_string (values, "rule"), FALSE));
      break;
    case MMP_CHECK_NAT_FILTERING:
      g_string_append (text, describe_rule (get_string (values, "rule"), TRUE));
      break;
    case MMP_CHECK_NAT:
      g_string_append (text, _ (kinds[find_kind (get_string (values, "kind"))].here));
      break;
    case MMP_CHECK_TURN:
      describe_turn (values, text);
      break;
    case MMP_CHECK_DIRECT:
    default:
      describe_direct (values, text);
      break;
    }
}

static const char *
describe_skipped (MmpCheck check)
{
  switch (check)
    {
    case MMP_CHECK_BROKER_TLS:
      return _ ("not asked for; what the devices say is encrypted anyway");
    case MMP_CHECK_IPV6:
      return _ ("not here");
    case MMP_CHECK_DIRECT:
      return _ ("cannot be told");
    case MMP_CHECK_BROKER_NAME:
    case MMP_CHECK_BROKER_TCP:
    case MMP_CHECK_BROKER_LOGIN:
    case MMP_CHECK_BROKER_SUBSCRIBE:
    case MMP_CHECK_BROKER_PUBLISH:
    case MMP_CHECK_BROKER_ECHO:
    case MMP_CHECK_STUN:
    case MMP_CHECK_UDP:
    case MMP_CHECK_TCP:
    case MMP_CHECK_NAT_MAPPING:
    case MMP_CHECK_NAT_FILTERING:
    case MMP_CHECK_NAT:
    case MMP_CHECK_TURN:
    default:
      return _ ("not looked at");
    }
}

/* Why it is not as it should be, and what to do next */
static char *
describe_cause (MmpCheck check,
                const GError *cause)
{
  if (check == MMP_CHECK_DIRECT)
    return g_strdup (_ ("A TURN server at either side helps: “--turn”."));

  return mmp_cli_text_explain (cause);
}

/**
 * mmp_cli_doctor_text_get_label:
 *
 * Returns: (transfer none): what @check looks at
 */
const char *
mmp_cli_doctor_text_get_label (MmpCheck check)
{
  return _ (labels[check]);
}

/**
 * mmp_cli_doctor_text_describe:
 *
 * Returns: (transfer full): what came out, in a line: what was found, or the cause and the next step
 */
char *
mmp_cli_doctor_text_describe (MmpCheckResult *result)
{
  MmpCheck check = mmp_check_result_get_check (result);
  const GError *cause = mmp_check_result_get_cause (result);
  GVariant *values = mmp_check_result_get_values (result);
  g_autoptr (GString) text = g_string_new (NULL);
  double ms;

  if (cause == NULL && mmp_check_result_get_status (result) == MMP_CHECK_STATUS_SKIPPED)
    return g_strdup (describe_skipped (check));

  /* Where something is known in spite of the cause, that comes first. */
  if (cause == NULL || check == MMP_CHECK_NAT || check == MMP_CHECK_DIRECT)
    describe_values (check, values, text);
  if (cause == NULL && g_variant_lookup (values, "ms", "d", &ms))
    g_string_append_printf (text, _ (" (%.1f ms)"), ms);
  if (cause != NULL)
    {
      g_autofree char *explanation = describe_cause (check, cause);

      g_string_append_printf (text, "%s%s", text->len > 0 ? ". " : "", explanation);
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}
