/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/mmp-topics.h"

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "mmp-vectors.h"

#define RENDEZVOUS "ZHL7TKB3GLBQSOYQQQFMFPWPFE3HKJEQEVVFEGJNCHQNR6LTARXQ===="
#define EPHEMERAL "AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYPQ===="

static void
test_topics_are_the_agreed_ones (void)
{
  guint8 ephemeral[MMP_EPHEMERAL_SIZE];
  g_autofree char *offer = NULL;
  g_autofree char *answer = NULL;
  g_autofree char *filter = mmp_topics_get_filter ("sig", RENDEZVOUS);

  for (guint i = 0; i < sizeof ephemeral; i++)
    ephemeral[i] = (guint8) i;
  offer = mmp_topics_build ("sig", RENDEZVOUS, ephemeral, MMP_TOPIC_OFFER);
  answer = mmp_topics_build ("home/sig", RENDEZVOUS, ephemeral, MMP_TOPIC_ANSWER);
  g_assert_cmpstr (filter, ==, "sig/" RENDEZVOUS "/+/1/o");
  g_assert_cmpstr (offer, ==, "sig/" RENDEZVOUS "/" EPHEMERAL "/1/o");
  g_assert_cmpstr (answer, ==, "home/sig/" RENDEZVOUS "/" EPHEMERAL "/1/a");
}

static void
test_built_topics_are_read (void)
{
  static const char *const prefixes[] = { "sig", "a/b/c", "/", "schlüssel" };

  for (gsize i = 0; i < G_N_ELEMENTS (prefixes); i++)
    {
      guint8 ephemeral[MMP_EPHEMERAL_SIZE] = { 1, 2, 3 };
      guint8 back[MMP_EPHEMERAL_SIZE] = { 0 };
      g_autofree char *topic = mmp_topics_build (prefixes[i], RENDEZVOUS, ephemeral, MMP_TOPIC_OFFER);

      g_assert_true (mmp_topics_parse (topic, prefixes[i], RENDEZVOUS, MMP_TOPIC_OFFER, back));
      g_assert_cmpmem (back, sizeof back, ephemeral, sizeof ephemeral);
      g_assert_false (mmp_topics_parse (topic, prefixes[i], RENDEZVOUS, MMP_TOPIC_ANSWER, back));
    }
}

static void
test_other_topics_are_refused (void)
{
  static const char *const topics[] = {
    "",
    "sig",
    "sig/" RENDEZVOUS,
    "sig/" RENDEZVOUS "/",
    "sig/" RENDEZVOUS "/" EPHEMERAL,
    "sig/" RENDEZVOUS "/" EPHEMERAL "/1",
    "sig/" RENDEZVOUS "/" EPHEMERAL "/1/",
    "sig/" RENDEZVOUS "/" EPHEMERAL "/1/a",
    "sig/" RENDEZVOUS "/" EPHEMERAL "/1/oo",
    "sig/" RENDEZVOUS "/" EPHEMERAL "/1/o/",
    "sig/" RENDEZVOUS "/" EPHEMERAL "/2/o",
    "sig/" RENDEZVOUS "/" EPHEMERAL "//o",
    "sig//" RENDEZVOUS "/" EPHEMERAL "/1/o",
    "sig/" EPHEMERAL "/" EPHEMERAL "/1/o",
    "xig/" RENDEZVOUS "/" EPHEMERAL "/1/o",
    "sig/" RENDEZVOUS "/AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYPQ/1/o", /* no padding */
    "sig/" RENDEZVOUS "/AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYPR====/1/o", /* stray bits */
    "sig/" RENDEZVOUS "/aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypq====/1/o",
    "sig/" RENDEZVOUS "/+/1/o",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (topics); i++)
    {
      guint8 back[MMP_EPHEMERAL_SIZE] = { 0xa5 };

      mmp_test_case (topics[i]);
      g_assert_false (mmp_topics_parse (topics[i], "sig", RENDEZVOUS, MMP_TOPIC_OFFER, back));
      g_assert_cmpuint (back[0], ==, 0xa5);
    }
}

static void
test_prefixes_are_checked (void)
{
  g_autofree char *longest = g_strnfill (MMP_TOPIC_PREFIX_MAX, 'x');
  g_autofree char *too_long = g_strnfill (MMP_TOPIC_PREFIX_MAX + 1, 'x');
  const struct
  {
    const char *prefix;
    gboolean good;
  } cases[] = {
    { "sig", TRUE },
    { "mqttsignaling", TRUE },
    { "home/kitchen", TRUE },
    { "a$b", TRUE },
    { "schlüssel", TRUE },
    { longest, TRUE },
    { too_long, FALSE },
    { "", FALSE },
    { "$SYS", FALSE },
    { "$share/x/sig", FALSE },
    { "sig/#", FALSE },
    { "+", FALSE },
    { "a+b", FALSE },
    { "si\ng", FALSE },
    { "sig\x7f", FALSE },
    { "sig\xff", FALSE },
    { "sig\xed\xa0\x80", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      mmp_test_case (cases[i].prefix);
      g_assert_cmpint (mmp_topics_check_prefix (cases[i].prefix, &error), ==, cases[i].good);
      if (cases[i].good)
        g_assert_no_error (error);
      else
        g_assert_error (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID);
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/topics/topics-are-the-agreed-ones", test_topics_are_the_agreed_ones);
  g_test_add_func ("/topics/built-topics-are-read", test_built_topics_are_read);
  g_test_add_func ("/topics/other-topics-are-refused", test_other_topics_are_refused);
  g_test_add_func ("/topics/prefixes-are-checked", test_prefixes_are_checked);

  return g_test_run ();
}
