/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "mqtt/mmp-mqtt-filter.h"

static void
test_topics_and_filters_are_told_apart (void)
{
  g_autofree char *endless = g_strnfill (70000, 'a');
  const struct
  {
    const char *text;
    gboolean topic;
    gboolean filter;
  } cases[] = {
    { "a", TRUE, TRUE },
    { "a/b/c", TRUE, TRUE },
    { "/", TRUE, TRUE },
    { "$SYS/load", TRUE, TRUE },
    { "gr\xc3\xbcn/1", TRUE, TRUE },
    { "a/+/c", FALSE, TRUE },
    { "a/#", FALSE, TRUE },
    { "#", FALSE, TRUE },
    { "a#", FALSE, FALSE },
    { "#/a", FALSE, FALSE },
    { "a+/b", FALSE, FALSE },
    { "", FALSE, FALSE },
    { "\xff", FALSE, FALSE },
    { endless, FALSE, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) topic_error = NULL;
      g_autoptr (GError) filter_error = NULL;

      g_test_message ("case %u", i);
      g_assert_cmpint (mmp_mqtt_topic_check (cases[i].text, &topic_error), ==, cases[i].topic);
      g_assert_cmpint (mmp_mqtt_filter_check (cases[i].text, &filter_error), ==, cases[i].filter);
      if (!cases[i].topic)
        g_assert_error (topic_error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID);
      if (!cases[i].filter)
        g_assert_error (filter_error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID);
    }
}

static void
test_filters_match (void)
{
  static const struct
  {
    const char *filter;
    const char *topic;
    gboolean matches;
  } cases[] = {
    { "a/b", "a/b", TRUE },
    { "a/b", "a/B", FALSE },
    { "a/+", "a/b", TRUE },
    { "a/+", "a/b/c", FALSE },
    { "a/#", "a/b/c", TRUE },
    { "a/#", "a", TRUE },
    { "#", "a/b", TRUE },
    { "#", "$SYS/load", FALSE },
    { "+/b", "/b", TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (mmp_mqtt_filter_matches (cases[i].filter, cases[i].topic), ==, cases[i].matches);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/mqtt-filter/topics-and-filters-are-told-apart", test_topics_and_filters_are_told_apart);
  g_test_add_func ("/mqtt-filter/filters-match", test_filters_match);

  return g_test_run ();
}
