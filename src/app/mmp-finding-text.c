/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-finding-text.h"

#include "mmp-describe.h"
#include "mmp-text.h"

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

/* What a kind of network means for a person, and what it is called */
static const struct
{
  const char *sentence;
  const char *name;
} kinds[] = {
  [MMP_NAT_UNKNOWN] = { N_ ("It cannot be told which kind of router is in the way"), N_ ("not known") },
  [MMP_NAT_NONE] = { N_ ("A public address: direct connections work"), N_ ("a public address that takes everything") },
  [MMP_NAT_PUBLIC] = { N_ ("A public address, perhaps behind a firewall"), N_ ("a public address; whether there is a firewall is not known") },
  [MMP_NAT_FIREWALL] = { N_ ("A firewall that lets answers in: direct connections should work"), N_ ("a public address behind a firewall that lets answers in only") },
  [MMP_NAT_FULL_CONE] = { N_ ("An open router: direct connections work"), N_ ("an open router (full cone NAT)") },
  [MMP_NAT_RESTRICTED] = { N_ ("A router as in most homes: direct connections should work"), N_ ("a router that lets in whom it wrote to (restricted NAT)") },
  [MMP_NAT_PORT_RESTRICTED] = { N_ ("A router as in most homes: direct connections should work"), N_ ("a router as in most homes (port restricted NAT)") },
  [MMP_NAT_CONE] = { N_ ("A router as in most homes: direct connections should work"), N_ ("a router that keeps one public port (cone NAT); what it lets in is not known") },
  [MMP_NAT_SYMMETRIC] = { N_ ("A strict router: direct works only if the other side’s is not"), N_ ("a router with another public port for every destination (symmetric NAT)") },
  [MMP_NAT_UDP_BLOCKED] = { N_ ("UDP is blocked: data goes over TCP or a relay"), N_ ("a network that lets no UDP out") },
  [MMP_NAT_WEB_ONLY] = { N_ ("Only the web is let out: data goes over a relay"), N_ ("a network that lets only the web out") },
  [MMP_NAT_IPV6_ONLY] = { N_ ("IPv6 only: direct works with others that have IPv6"), N_ ("IPv6 only") },
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
get_string (MmpCheckResult *result,
            const char *name)
{
  const char *text = "";

  g_variant_lookup (mmp_check_result_get_values (result), name, "&s", &text);

  return text;
}

static MmpNatKind
find_kind (MmpCheckResult *result)
{
  for (guint kind = 0; kind < MMP_NAT_N_KINDS; kind++)
    {
      if (g_str_equal (mmp_nat_kind_get_name (kind), get_string (result, "kind")))
        return kind;
    }

  return MMP_NAT_UNKNOWN;
}

static const char *
describe_rule (MmpCheckResult *result,
               gboolean filtering)
{
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      if (g_str_equal (rules[i].rule, get_string (result, "rule")))
        return filtering ? _ (rules[i].filtering) : _ (rules[i].mapping);
    }

  return _ ("not known");
}

static char *
describe_path (MmpCheckResult *result)
{
  g_autoptr (MmpStatus) status = mmp_status_new (MMP_STATE_CONNECTED);
  const char *here = get_string (result, "here");
  const char *there = get_string (result, "there");

  for (MmpPath path = MMP_PATH_DIRECT_UDP; path <= MMP_PATH_RELAY; path++)
    {
      if (g_str_equal (mmp_path_get_name (path), get_string (result, "path")))
        status->path = path;
    }
  status->local_candidate = here[0] != '\0' ? here : NULL;
  status->remote_candidate = there[0] != '\0' ? there : NULL;

  return status->path == MMP_PATH_RELAY ? g_strdup (_ ("Through the broker")) : mmp_describe_path (status);
}

/* --- a line of details ---------------------------------------------------------------------------------------------- */

/**
 * mmp_finding_text_get_label:
 *
 * Returns: (transfer full): what was looked at
 */
char *
mmp_finding_text_get_label (MmpCheckResult *result)
{
  MmpCheck check = mmp_check_result_get_check (result);
  const char *subject = mmp_check_result_get_subject (result);
  const char *name = check == MMP_CHECK_PATH ? get_string (result, "name") : "";
  gboolean of_many = check == MMP_CHECK_STUN || check == MMP_CHECK_TURN || check == MMP_CHECK_SERVICE || check == MMP_CHECK_BROKER_NAME;

  if (of_many && subject[0] != '\0')
    return g_strdup_printf ("%s · %s", _ (labels[check]), subject);
  if (name[0] != '\0')
    return g_strdup_printf ("%s · %s", _ (labels[check]), name);

  return g_strdup (_ (labels[check]));
}

static char *
describe_device (MmpCheckResult *result)
{
  const char *name = get_string (result, "name");
  const char *fingerprint = get_string (result, "fingerprint");
  guint32 devices;

  if (g_variant_lookup (mmp_check_result_get_values (result), "devices", "u", &devices))
    return g_strdup_printf (ngettext ("%u device connected", "%u devices connected", devices), devices);

  return g_strdup_printf ("%s%s%s", name, name[0] != '\0' && fingerprint[0] != '\0' ? "\n" : "", fingerprint);
}

static char *
describe_certificate (MmpCheckResult *result)
{
  gint32 days;

  if (!g_variant_lookup (mmp_check_result_get_values (result), "days", "i", &days))
    return g_strdup (_ ("good"));

  return g_strdup_printf (ngettext ("good, for %d more day", "good, for %d more days", (gulong) days), days);
}

static char *
describe_values (MmpCheckResult *result)
{
  GVariant *values = mmp_check_result_get_values (result);
  g_autofree const char **addresses = NULL;
  guint32 port = 0;

  switch (mmp_check_result_get_check (result))
    {
    case MMP_CHECK_BROKER_NAME:
      return g_variant_lookup (values, "addresses", "^a&s", &addresses) ? g_strjoinv (_ (", "), (char **) addresses) : g_strdup (_ ("found"));
    case MMP_CHECK_BROKER_TCP:
      return g_strdup_printf (_ ("open at %s"), get_string (result, "address"));
    case MMP_CHECK_BROKER_TLS:
      return describe_certificate (result);
    case MMP_CHECK_BROKER_LOGIN:
      return g_strdup_printf (_ ("accepted, MQTT %s"), get_string (result, "protocol"));
    case MMP_CHECK_BROKER_SUBSCRIBE:
    case MMP_CHECK_BROKER_PUBLISH:
      return g_strdup (_ ("allowed"));
    case MMP_CHECK_BROKER_ECHO:
      return g_strdup (_ ("come back"));
    case MMP_CHECK_STUN:
    case MMP_CHECK_IPV6:
      return g_strdup_printf (_ ("sees this computer as %s"), get_string (result, "mapped"));
    case MMP_CHECK_UDP:
      return g_strdup (_ ("gets out, and answers come in"));
    case MMP_CHECK_TCP:
      g_variant_lookup (values, "port", "u", &port);
      return g_strdup_printf (_ ("gets out, also to port %u"), port);
    case MMP_CHECK_NAT_MAPPING:
      return g_strdup_printf (_ ("%s, %s"), get_string (result, "mapped"), describe_rule (result, FALSE));
    case MMP_CHECK_NAT_FILTERING:
      return g_strdup (describe_rule (result, TRUE));
    case MMP_CHECK_NAT:
      return g_strdup (_ (kinds[find_kind (result)].name));
    case MMP_CHECK_TURN:
      return g_strdup_printf (_ ("lends %s"), get_string (result, "relayed"));
    case MMP_CHECK_DEVICE:
      return describe_device (result);
    case MMP_CHECK_PATH:
      return describe_path (result);
    case MMP_CHECK_SERVICE:
      return g_strdup (_ ("answers"));
    case MMP_CHECK_NETWORK:
      return g_strdup (_ ("online"));
    case MMP_CHECK_DIRECT:
    default:
      return g_strdup (_ ("to be expected with most networks"));
    }
}

static char *
describe_skipped (MmpCheck check)
{
  switch (check)
    {
    case MMP_CHECK_BROKER_TLS:
      return g_strdup (_ ("not asked for; what the devices say is encrypted anyway"));
    case MMP_CHECK_IPV6:
      return g_strdup (_ ("not here"));
    case MMP_CHECK_DIRECT:
      return g_strdup (_ ("cannot be told"));
    default:
      return g_strdup (_ ("not checked"));
    }
}

static char *
describe_cause (MmpCheckResult *result)
{
  const GError *cause = mmp_check_result_get_cause (result);

  switch (mmp_check_result_get_check (result))
    {
    case MMP_CHECK_DIRECT:
      return g_strdup (_ ("Most other networks cannot be reached directly from this one. A TURN server at either side helps: add one under Advanced."));
    case MMP_CHECK_PATH:
      return g_strdup (_ ("No direct path was found. A TURN server at either side helps: add one under Advanced."));
    default:
      return mmp_text_explain (cause);
    }
}

/**
 * mmp_finding_text_describe_result:
 *
 * Returns: (transfer full): what came out of a check: the values, or the cause and the next step
 */
char *
mmp_finding_text_describe_result (MmpCheckResult *result)
{
  MmpCheck check = mmp_check_result_get_check (result);
  const GError *cause = mmp_check_result_get_cause (result);
  g_autofree char *values = NULL;
  g_autofree char *trip = NULL;
  double ms;

  if (cause == NULL && mmp_check_result_get_status (result) == MMP_CHECK_STATUS_SKIPPED)
    return describe_skipped (check);
  if (cause != NULL && check != MMP_CHECK_NAT && check != MMP_CHECK_PATH)
    return describe_cause (result);
  if (check == MMP_CHECK_NETWORK && mmp_check_result_get_status (result) != MMP_CHECK_STATUS_OK)
    return g_strdup (_ ("There is no way to the internet. It connects by itself when the network is back."));
  values = describe_values (result);
  if (cause != NULL)
    {
      g_autofree char *explanation = describe_cause (result);

      return g_strdup_printf ("%s\n%s", values, explanation);
    }
  if (!g_variant_lookup (mmp_check_result_get_values (result), "ms", "d", &ms))
    return g_steal_pointer (&values);
  trip = mmp_text_rtt (ms);

  return g_strdup_printf ("%s · %s", values, trip);
}

/* --- a row ---------------------------------------------------------------------------------------------------------- */

/**
 * mmp_finding_text_get_title:
 * @called: whether others call this side
 *
 * Returns: (transfer none): what is looked at
 */
const char *
mmp_finding_text_get_title (MmpExamined examined,
                            gboolean called)
{
  switch (examined)
    {
    case MMP_EXAMINED_NETWORK:
      return _ ("Network");
    case MMP_EXAMINED_BROKER:
      return _ ("Signaling Broker");
    case MMP_EXAMINED_DEVICE:
      return called ? _ ("Other Devices") : _ ("Other Device");
    case MMP_EXAMINED_NAT:
      return _ ("Router");
    case MMP_EXAMINED_SERVERS:
      return _ ("STUN and TURN");
    case MMP_EXAMINED_PATH:
      return _ ("Path");
    case MMP_EXAMINED_SERVICE:
    case MMP_EXAMINED_N:
    default:
      return _ ("Service");
    }
}

/**
 * mmp_finding_text_get_state:
 *
 * Returns: (transfer none): what a screen reader says for the icon
 */
const char *
mmp_finding_text_get_state (MmpFinding finding)
{
  switch (finding)
    {
    case MMP_FINDING_PASSED:
      return _ ("Passed");
    case MMP_FINDING_WARNING:
      return _ ("Passed, with a note");
    case MMP_FINDING_FAILED:
      return _ ("Failed");
    case MMP_FINDING_UNDER_WAY:
      return _ ("Under way");
    case MMP_FINDING_NONE:
    default:
      return _ ("Not checked");
    }
}

/* Of what passed, the most telling check speaks for the row. */
static MmpCheckResult *
find_main (MmpExamination *examination,
           MmpExamined examined,
           MmpCheckResult *worst)
{
  static const MmpCheck telling[] = {
    [MMP_EXAMINED_NETWORK] = MMP_CHECK_NETWORK,
    [MMP_EXAMINED_BROKER] = MMP_CHECK_BROKER_NAME,
    [MMP_EXAMINED_DEVICE] = MMP_CHECK_DEVICE,
    [MMP_EXAMINED_NAT] = MMP_CHECK_NAT,
    [MMP_EXAMINED_SERVERS] = MMP_CHECK_STUN,
    [MMP_EXAMINED_PATH] = MMP_CHECK_PATH,
    [MMP_EXAMINED_SERVICE] = MMP_CHECK_SERVICE,
  };
  MmpCheckResult *result = mmp_examination_find_result (examination, telling[examined]);

  return result != NULL && mmp_check_result_get_status (result) == MMP_CHECK_STATUS_OK ? result : worst;
}

static char *
describe_passed (MmpCheckResult *result)
{
  const char *subject = mmp_check_result_get_subject (result);
  const char *name = get_string (result, "name");

  switch (mmp_check_result_get_check (result))
    {
    case MMP_CHECK_NETWORK:
      return g_strdup (_ ("Online"));
    case MMP_CHECK_BROKER_NAME:
    case MMP_CHECK_BROKER_TCP:
    case MMP_CHECK_BROKER_LOGIN:
      return g_strdup_printf (_ ("%s takes and delivers messages"), subject);
    case MMP_CHECK_DEVICE:
      if (g_variant_lookup (mmp_check_result_get_values (result), "devices", "u", NULL))
        return describe_device (result);
      return name[0] != '\0' ? g_strdup_printf (_ ("“%s” answers"), name) : g_strdup (_ ("It answers"));
    case MMP_CHECK_NAT:
      return g_strdup (_ (kinds[find_kind (result)].sentence));
    case MMP_CHECK_STUN:
      return g_strdup_printf (_ ("The public address is %s"), get_string (result, "mapped"));
    case MMP_CHECK_PATH:
      return describe_path (result);
    case MMP_CHECK_DIRECT:
      return g_strdup (_ ("Direct connections should work from here"));
    case MMP_CHECK_SERVICE:
      return g_strdup_printf (_ ("%s answers"), subject);
    default:
      return describe_values (result);
    }
}

static char *
describe_none (MmpExamination *examination,
               MmpExamined examined,
               MmpCheckResult *worst)
{
  if (mmp_examination_count_done (examination) < MMP_EXAMINED_N)
    return g_strdup (_ ("Not checked"));
  if (examined == MMP_EXAMINED_SERVERS)
    return g_strdup (_ ("None is set up"));
  if (examined == MMP_EXAMINED_DEVICE && worst != NULL && g_variant_lookup (mmp_check_result_get_values (worst), "devices", "u", NULL))
    return g_strdup (_ ("No device is connected at the moment"));
  if (examined == MMP_EXAMINED_SERVICE || examined == MMP_EXAMINED_DEVICE)
    return g_strdup (_ ("Not checked; start the connection first"));

  return g_strdup (_ ("Not checked"));
}

/**
 * mmp_finding_text_describe:
 *
 * Returns: (transfer full): one plain sentence: what came out, or the cause and the next step
 */
char *
mmp_finding_text_describe (MmpExamination *examination,
                           MmpExamined examined)
{
  MmpFinding finding = mmp_examination_get_finding (examination, examined);
  MmpCheckResult *worst = mmp_examination_get_worst (examination, examined);

  switch (finding)
    {
    case MMP_FINDING_UNDER_WAY:
      return g_strdup (_ ("Checking…"));
    case MMP_FINDING_PASSED:
      return describe_passed (find_main (examination, examined, worst));
    case MMP_FINDING_WARNING:
      if (examined == MMP_EXAMINED_NAT && mmp_check_result_get_check (worst) == MMP_CHECK_NAT)
        return describe_passed (worst);
      return mmp_check_result_get_cause (worst) != NULL ? describe_cause (worst) : mmp_finding_text_describe_result (worst);
    case MMP_FINDING_FAILED:
      return mmp_check_result_get_cause (worst) != NULL ? describe_cause (worst) : mmp_finding_text_describe_result (worst);
    case MMP_FINDING_NONE:
    default:
      return describe_none (examination, examined, worst);
    }
}
