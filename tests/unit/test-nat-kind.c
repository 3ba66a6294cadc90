/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "diagnose/mmp-nat-kind.h"

#define EI MMP_NAT_RULE_ENDPOINT_INDEPENDENT
#define AD MMP_NAT_RULE_ADDRESS_DEPENDENT
#define APD MMP_NAT_RULE_ADDRESS_AND_PORT_DEPENDENT
#define NOT_KNOWN MMP_NAT_RULE_UNKNOWN

static void
test_judges_what_was_seen (void)
{
  static const struct
  {
    gboolean translated;
    MmpNatRule mapping;
    MmpNatRule filtering;
    MmpNatKind kind;
  } cases[] = {
    { FALSE, EI, EI, MMP_NAT_NONE },
    { FALSE, EI, AD, MMP_NAT_FIREWALL },
    { FALSE, EI, APD, MMP_NAT_FIREWALL },
    { FALSE, EI, NOT_KNOWN, MMP_NAT_PUBLIC },
    { TRUE, EI, EI, MMP_NAT_FULL_CONE },
    { TRUE, EI, AD, MMP_NAT_RESTRICTED },
    { TRUE, EI, APD, MMP_NAT_PORT_RESTRICTED },
    { TRUE, EI, NOT_KNOWN, MMP_NAT_CONE },
    { TRUE, AD, EI, MMP_NAT_SYMMETRIC },
    { TRUE, APD, APD, MMP_NAT_SYMMETRIC },
    { TRUE, APD, NOT_KNOWN, MMP_NAT_SYMMETRIC },
    { TRUE, NOT_KNOWN, EI, MMP_NAT_UNKNOWN },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpstr (mmp_nat_kind_get_name (mmp_nat_kind_judge (cases[i].translated, cases[i].mapping, cases[i].filtering)), ==,
                     mmp_nat_kind_get_name (cases[i].kind));
}

/* What was measured with the direct path of this program, STUN only, for each pair of these networks. Carrier-grade NATs
 * look, and behave, like the stricter one of their two routers. */
static void
test_predicts_what_was_measured (void)
{
  static const MmpNatKind kinds[] = {
    MMP_NAT_NONE,
    MMP_NAT_FULL_CONE,
    MMP_NAT_RESTRICTED,
    MMP_NAT_PORT_RESTRICTED,
    MMP_NAT_SYMMETRIC,
    MMP_NAT_UDP_BLOCKED,
    MMP_NAT_PORT_RESTRICTED, /* carrier-grade */
    MMP_NAT_SYMMETRIC, /* carrier-grade, symmetric */
  };
  static const char *const measured[] = {
    "yyyyyyyy",
    "yyyyyyyy",
    "yyyyynyy",
    "yyyynnyn",
    "yyynnnnn",
    "yynnnnnn",
    "yyyynnyn",
    "yyynnnnn",
  };
  guint direct = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (kinds); j++)
      {
        gboolean connects = mmp_nat_kind_connects (kinds[i], kinds[j]);

        g_assert_cmpint (connects, ==, measured[i][j] == 'y');
        g_assert_cmpint (connects, ==, mmp_nat_kind_connects (kinds[j], kinds[i]));
        direct += connects ? 1 : 0;
      }
  g_assert_cmpuint (direct, ==, 41);
}

static void
test_expects_no_more_than_is_known (void)
{
  static const MmpNatKind vague[] = { MMP_NAT_UNKNOWN, MMP_NAT_PUBLIC, MMP_NAT_CONE };
  static const MmpNatKind worst[] = { MMP_NAT_SYMMETRIC, MMP_NAT_FIREWALL, MMP_NAT_PORT_RESTRICTED };

  for (gsize i = 0; i < G_N_ELEMENTS (vague); i++)
    for (guint other = 0; other < MMP_NAT_N_KINDS; other++)
      g_assert_cmpint (mmp_nat_kind_connects (vague[i], other), ==, mmp_nat_kind_connects (worst[i], other));
  for (guint other = 0; other < MMP_NAT_N_KINDS; other++)
    g_assert_false (mmp_nat_kind_connects (MMP_NAT_WEB_ONLY, other));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nat-kind/judges-what-was-seen", test_judges_what_was_seen);
  g_test_add_func ("/nat-kind/predicts-what-was-measured", test_predicts_what_was_measured);
  g_test_add_func ("/nat-kind/expects-no-more-than-is-known", test_expects_no_more_than_is_known);

  return g_test_run ();
}
