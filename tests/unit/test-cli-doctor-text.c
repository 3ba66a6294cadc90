/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-doctor-text.h"
#include "words/mmp-check-words.h"

#include <string.h>

static char *
describe (MmpCheck check,
          MmpCheckStatus status,
          int code,
          const char *values)
{
  g_autoptr (GError) cause = code >= 0 ? g_error_new_literal (MMP_ERROR, code, "because") : NULL;
  g_autoptr (MmpCheckResult) result = mmp_check_result_new (check, "", status, cause, values != NULL ? g_variant_new_parsed (values) : NULL);

  return mmp_cli_doctor_text_describe (result);
}

static void
test_every_check_has_words (void)
{
  for (guint check = 0; check <= MMP_CHECK_DIRECT; check++)
    for (guint status = 0; status <= MMP_CHECK_STATUS_SKIPPED; status++)
      {
        gboolean bad = status == MMP_CHECK_STATUS_WARNING || status == MMP_CHECK_STATUS_FAILED;
        g_autofree char *text = describe (check, status, bad ? MMP_ERROR_TIMED_OUT : -1, NULL);

        g_test_message ("%s %s: %s", mmp_check_get_name (check), mmp_check_status_get_name (status), text);
        g_assert_cmpstr (mmp_check_words_get_label (check), !=, "");
        g_assert_true (*text != '\0' || check == MMP_CHECK_BROKER_NAME);
        g_assert_null (strstr (text, "(null)"));
        if (bad && check != MMP_CHECK_DIRECT)
          g_assert_nonnull (strstr (text, "It took too long (because). Check the network"));
      }
}

static void
test_says_what_was_found (void)
{
  static const struct
  {
    MmpCheck check;
    const char *values;
    const char *expected;
  } cases[] = {
    { MMP_CHECK_BROKER_NAME, "{'addresses': <['192.0.2.1', '2001:db8::1']>, 'ms': <2.04>}", "192.0.2.1, 2001:db8::1 (2.0 ms)" },
    { MMP_CHECK_BROKER_TLS, "{'days': <1>}", "good, for 1 more day" },
    { MMP_CHECK_BROKER_TLS, "{'days': <62>}", "good, for 62 more days" },
    { MMP_CHECK_NAT_MAPPING, "{'mapped': <'192.0.2.1:5'>, 'rule': <'endpoint-independent'>}", "192.0.2.1:5, the same for every destination" },
    { MMP_CHECK_NAT, "{'kind': <'symmetric'>}", "a router with another public port for every destination (symmetric NAT)" },
    { MMP_CHECK_TURN, "{'relayed': <'192.0.2.1:5'>, 'released': <false>}", "lends 192.0.2.1:5, but did not take it back" },
    { MMP_CHECK_DIRECT, "{'works': <['ipv6']>, 'fails': <@as []>}", "to be expected with networks with IPv6" },
    { MMP_CHECK_DIRECT, "{'works': <['none', 'full-cone']>, 'fails': <@as []>}", "to be expected with public addresses, open routers" },
    { MMP_CHECK_DIRECT, "{'works': <@as []>, 'fails': <['none']>}",
      "none to be expected; not with public addresses: data goes through a TURN server or the broker there" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = describe (cases[i].check, MMP_CHECK_STATUS_OK, -1, cases[i].values);

      g_assert_cmpstr (text, ==, cases[i].expected);
    }
}

static void
test_names_the_kind_before_the_cause (void)
{
  g_autofree char *text = describe (MMP_CHECK_NAT, MMP_CHECK_STATUS_WARNING, MMP_ERROR_UDP_BLOCKED, "{'kind': <'udp-blocked'>}");

  g_assert_true (g_str_has_prefix (text, "a network that lets no UDP out. This network lets no UDP through (because). "));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli-doctor-text/every-check-has-words", test_every_check_has_words);
  g_test_add_func ("/cli-doctor-text/says-what-was-found", test_says_what_was_found);
  g_test_add_func ("/cli-doctor-text/names-the-kind-before-the-cause", test_names_the_kind_before_the_cause);

  return g_test_run ();
}
