/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "mqtt/mmp-mqtt-topic.h"

#include <string.h>

static const struct
{
  const char *text;
  gboolean name;
  gboolean filter;
} texts[] = {
  { "a", TRUE, TRUE },
  { "a/b/c", TRUE, TRUE },
  { "/", TRUE, TRUE },
  { "käse/°C", TRUE, TRUE },
  { "$SYS/a", TRUE, TRUE },
  { "a/#", FALSE, TRUE },
  { "#", FALSE, TRUE },
  { "+/a/+", FALSE, TRUE },
  { "", FALSE, FALSE },
  { "a#", FALSE, FALSE },
  { "a/#/b", FALSE, FALSE },
  { "a+", FALSE, FALSE },
  { "a\nb", FALSE, FALSE },
  { "\xff", FALSE, FALSE },
  { "\xed\xa0\x80", FALSE, FALSE },
  { "\xe1", FALSE, FALSE },
  { "a\xf0\x9f", FALSE, FALSE },
};

static void
test_texts (void)
{
  g_autofree char *deep = g_strnfill (201, '/');
  g_autofree char *zero = g_strdup ("a/b");

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_test_message ("%u", i);
      g_assert_cmpint (mmp_mqtt_topic_is_name (texts[i].text, strlen (texts[i].text)), ==, texts[i].name);
      g_assert_cmpint (mmp_mqtt_topic_is_filter (texts[i].text), ==, texts[i].filter);
    }
  g_assert_false (mmp_mqtt_topic_is_name ("\xe1\x85\x85", 1));
  zero[1] = '\0';
  g_assert_false (mmp_mqtt_topic_is_name (zero, 3));
  g_assert_true (mmp_mqtt_topic_is_name (deep, strlen (deep)));
  g_assert_false (mmp_mqtt_topic_is_welcome (deep, strlen (deep)));
  g_assert_false (mmp_mqtt_topic_is_welcome ("$a", 2));
  g_assert_true (mmp_mqtt_topic_is_welcome ("a$", 2));
}

static const struct
{
  const char *filter;
  const char *topic;
  gboolean matches;
} matches[] = {
  { "a/#", "a", TRUE },
  { "a/#", "a/b/c", TRUE },
  { "a/#", "ab", FALSE },
  { "a/+", "a/b", TRUE },
  { "a/+", "a/b/c", FALSE },
  { "+/b", "a/b", TRUE },
  { "#", "$SYS/a", FALSE },
};

static void
test_matches (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (matches); i++)
    g_assert_cmpint (mmp_mqtt_topic_matches (matches[i].filter, matches[i].topic), ==, matches[i].matches);
}

static const struct
{
  const char *filter;
  const char *other;
  gboolean overlap;
} pairs[] = {
  { "a/#", "a/#", TRUE },
  { "a/#", "a", TRUE },
  { "a/#", "a/b/c", TRUE },
  { "a/#", "ab/#", FALSE },
  { "a", "ab", FALSE },
  { "ab", "a", FALSE },
  { "a/+", "a/b", TRUE },
  { "a/+", "a/b/#", TRUE },
  { "a/+", "a/b/c", FALSE },
  { "+/b", "a/+", TRUE },
  { "+/b/#", "a/c/#", FALSE },
  { "#", "x", TRUE },
  { "a/b", "a/b/c", FALSE },
  { "a//b", "a/+/b", TRUE },
  { "a/", "a", FALSE },
  { "a/", "a/+", TRUE },
};

static void
test_overlaps (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_test_message ("%s %s", pairs[i].filter, pairs[i].other);
      g_assert_cmpint (mmp_mqtt_topic_overlaps (pairs[i].filter, pairs[i].other), ==, pairs[i].overlap);
      g_assert_cmpint (mmp_mqtt_topic_overlaps (pairs[i].other, pairs[i].filter), ==, pairs[i].overlap);
    }
}

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
      g_assert_cmpint (mmp_mqtt_topic_check_name (cases[i].text, &topic_error), ==, cases[i].topic);
      g_assert_cmpint (mmp_mqtt_topic_check_filter (cases[i].text, &filter_error), ==, cases[i].filter);
      if (!cases[i].topic)
        g_assert_error (topic_error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID);
      if (!cases[i].filter)
        g_assert_error (filter_error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID);
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mqtt-topic/names-and-filters", test_texts);
  g_test_add_func ("/mqtt-topic/matches", test_matches);
  g_test_add_func ("/mqtt-topic/overlaps", test_overlaps);

  g_test_add_func ("/mqtt-topic/what-a-person-wrote-is-checked", test_topics_and_filters_are_told_apart);

  return g_test_run ();
}
