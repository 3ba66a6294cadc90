/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-finding-text.h"

#include "mmp-describe.h"
#include "mmp-text.h"
#include "words/mmp-check-words.h"

/* What a kind of network means for a person */
static const char *const kinds[] = {
  [MMP_NAT_UNKNOWN] = N_ ("It cannot be told which kind of router is in the way"),
  [MMP_NAT_NONE] = N_ ("A public address: direct connections work"),
  [MMP_NAT_PUBLIC] = N_ ("A public address, perhaps behind a firewall"),
  [MMP_NAT_FIREWALL] = N_ ("A firewall that lets answers in: direct connections should work"),
  [MMP_NAT_FULL_CONE] = N_ ("An open router: direct connections work"),
  [MMP_NAT_RESTRICTED] = N_ ("A router as in most homes: direct connections should work"),
  [MMP_NAT_PORT_RESTRICTED] = N_ ("A router as in most homes: direct connections should work"),
  [MMP_NAT_CONE] = N_ ("A router as in most homes: direct connections should work"),
  [MMP_NAT_SYMMETRIC] = N_ ("A strict router: direct works only if the other side’s is not"),
  [MMP_NAT_UDP_BLOCKED] = N_ ("UDP is blocked: data goes over TCP or a relay"),
  [MMP_NAT_WEB_ONLY] = N_ ("Only the web is let out: data goes over a relay"),
  [MMP_NAT_IPV6_ONLY] = N_ ("IPv6 only: direct works with others that have IPv6"),
};

static char *
describe_path (MmpCheckResult *result)
{
  g_autoptr (MmpStatus) status = mmp_status_new (MMP_STATE_CONNECTED);
  const char *here = mmp_check_words_get_string (result, "here");
  const char *there = mmp_check_words_get_string (result, "there");

  for (MmpPath path = MMP_PATH_DIRECT_UDP; path <= MMP_PATH_RELAY; path++)
    {
      if (g_str_equal (mmp_path_get_name (path), mmp_check_words_get_string (result, "path")))
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
  const char *name = check == MMP_CHECK_PATH ? mmp_check_words_get_string (result, "name") : "";
  gboolean of_many = check == MMP_CHECK_STUN || check == MMP_CHECK_TURN || check == MMP_CHECK_SERVICE || check == MMP_CHECK_BROKER_NAME;

  if (of_many && subject[0] != '\0')
    return g_strdup_printf ("%s · %s", mmp_check_words_get_label (check), subject);
  if (name[0] != '\0')
    return g_strdup_printf ("%s · %s", mmp_check_words_get_label (check), name);

  return g_strdup (mmp_check_words_get_label (check));
}

static char *
describe_device (MmpCheckResult *result)
{
  const char *name = mmp_check_words_get_string (result, "name");
  const char *fingerprint = mmp_check_words_get_string (result, "fingerprint");
  guint32 devices;

  if (g_variant_lookup (mmp_check_result_get_values (result), "devices", "u", &devices))
    return g_strdup_printf (ngettext ("%u device connected", "%u devices connected", devices), devices);

  return g_strdup_printf ("%s%s%s", name, name[0] != '\0' && fingerprint[0] != '\0' ? "\n" : "", fingerprint);
}

static char *
describe_values (MmpCheckResult *result)
{
  char *words = mmp_check_words_describe (result);

  if (words != NULL)
    return words;

  switch ((guint) mmp_check_result_get_check (result))
    {
    case MMP_CHECK_STUN:
    case MMP_CHECK_IPV6:
      return g_strdup_printf (_ ("sees this computer as %s"), mmp_check_words_get_string (result, "mapped"));
    case MMP_CHECK_TURN:
      return g_strdup_printf (_ ("lends %s"), mmp_check_words_get_string (result, "relayed"));
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
    {
      const char *skipped = mmp_check_words_describe_skipped (check);

      return g_strdup (skipped != NULL ? skipped : _ ("not checked"));
    }
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
  const char *name = mmp_check_words_get_string (result, "name");

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
      return g_strdup (_ (kinds[mmp_nat_kind_from_name (mmp_check_words_get_string (result, "kind"))]));
    case MMP_CHECK_STUN:
      return g_strdup_printf (_ ("The public address is %s"), mmp_check_words_get_string (result, "mapped"));
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
