/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-doctor-text.h"

#include "mmp-cli-text.h"
#include "words/mmp-check-words.h"

/* What a kind of network is called at the other side */
static const char *const kinds[MMP_NAT_N_KINDS] = {
  [MMP_NAT_NONE] = N_ ("public addresses"),
  [MMP_NAT_FULL_CONE] = N_ ("open routers"),
  [MMP_NAT_RESTRICTED] = N_ ("restricted routers"),
  [MMP_NAT_PORT_RESTRICTED] = N_ ("home routers (port restricted)"),
  [MMP_NAT_SYMMETRIC] = N_ ("symmetric routers, as in companies and mobile networks"),
  [MMP_NAT_UDP_BLOCKED] = N_ ("networks without UDP"),
};

static const char *
describe_other_side (const char *name)
{
  const char *text = kinds[mmp_nat_kind_from_name (name)];

  if (g_str_equal (name, "ipv6"))
    return _ ("networks with IPv6");

  return text != NULL ? _ (text) : "";
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
describe_turn (MmpCheckResult *result,
               GString *text)
{
  gboolean released = FALSE;

  g_variant_lookup (mmp_check_result_get_values (result), "released", "b", &released);
  g_string_append_printf (text, _ ("lends %s"), mmp_check_words_get_string (result, "relayed"));
  if (!released)
    g_string_append (text, _ (", but did not take it back"));
}

/* What was found, where all is well */
static void
describe_values (MmpCheckResult *result,
                 GString *text)
{
  g_autofree char *words = mmp_check_words_describe (result);

  switch ((guint) mmp_check_result_get_check (result))
    {
    case MMP_CHECK_STUN:
    case MMP_CHECK_IPV6:
      g_string_append_printf (text, _ ("sees this machine as %s"), mmp_check_words_get_string (result, "mapped"));
      break;
    case MMP_CHECK_TURN:
      describe_turn (result, text);
      break;
    case MMP_CHECK_DIRECT:
      describe_direct (mmp_check_result_get_values (result), text);
      break;
    default:
      g_string_append (text, words != NULL ? words : "");
      break;
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
    {
      const char *skipped = mmp_check_words_describe_skipped (check);

      return g_strdup (skipped != NULL ? skipped : _ ("not looked at"));
    }

  /* Where something is known in spite of the cause, that comes first. */
  if (cause == NULL || check == MMP_CHECK_NAT || check == MMP_CHECK_DIRECT)
    describe_values (result, text);
  if (cause == NULL && g_variant_lookup (values, "ms", "d", &ms))
    g_string_append_printf (text, _ (" (%.1f ms)"), ms);
  if (cause != NULL)
    {
      g_autofree char *explanation = describe_cause (check, cause);

      g_string_append_printf (text, "%s%s", text->len > 0 ? ". " : "", explanation);
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}
