/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/mmp-signal.h"

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "mmp-vectors.h"

#define LINK "000102030405060708090a0b0c0d0e0f"

static MmpSignal *
decode (const char *text)
{
  g_autoptr (GError) error = NULL;
  MmpSignal *signal = mmp_signal_decode (text, strlen (text), &error);

  g_assert_no_error (error);

  return signal;
}

static void
assert_refused (const char *text,
                gsize size)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mmp_signal_decode (text, size, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID);
}

static void
test_messages_have_the_agreed_form (void)
{
  static char *names[] = { "default", "ssh", NULL };
  const struct
  {
    MmpSignal signal;
    const char *text;
  } cases[] = {
    { { .type = MMP_SIGNAL_HELLO, .link_name = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 }, .name = "Bob's laptop" },
      "{\"type\":\"hello\",\"v\":1,\"link\":\"" LINK "\",\"resumed\":false,\"name\":\"Bob's laptop\"}" },
    { { .type = MMP_SIGNAL_HELLO, .resumed = TRUE },
      "{\"type\":\"hello\",\"v\":1,\"link\":\"00000000000000000000000000000000\",\"resumed\":true,\"name\":\"\"}" },
    { { .type = MMP_SIGNAL_STATUS, .status = MMP_SIGNAL_BUSY, .retry = 30 }, "{\"type\":\"status\",\"code\":\"busy\",\"retry\":30}" },
    { { .type = MMP_SIGNAL_STATUS, .status = MMP_SIGNAL_PENDING }, "{\"type\":\"status\",\"code\":\"pending\",\"retry\":0}" },
    { { .type = MMP_SIGNAL_STATUS, .status = MMP_SIGNAL_DENIED }, "{\"type\":\"status\",\"code\":\"denied\",\"retry\":0}" },
    { { .type = MMP_SIGNAL_BYE }, "{\"type\":\"bye\"}" },
    { { .type = MMP_SIGNAL_OFFER, .gen = 1, .sdp = "v=0\r\n" }, "{\"type\":\"offer\",\"gen\":1,\"sdp\":\"v=0\\r\\n\"}" },
    { { .type = MMP_SIGNAL_OFFER, .gen = 1, .sdp = "v=0", .no_turn = TRUE }, "{\"type\":\"offer\",\"gen\":1,\"sdp\":\"v=0\",\"turn\":false}" },
    { { .type = MMP_SIGNAL_ANSWER, .gen = 1, .sdp = "v=0", .no_turn = TRUE }, "{\"type\":\"answer\",\"gen\":1,\"sdp\":\"v=0\"}" },
    { { .type = MMP_SIGNAL_ANSWER, .gen = G_GUINT64_CONSTANT (1) << 53, .sdp = "v=0\r\n" },
      "{\"type\":\"answer\",\"gen\":9007199254740992,\"sdp\":\"v=0\\r\\n\"}" },
    { { .type = MMP_SIGNAL_CANDIDATE, .gen = 2, .candidate = "" }, "{\"type\":\"candidate\",\"gen\":2,\"candidate\":\"\",\"label\":0}" },
    { { .type = MMP_SIGNAL_REOFFER }, "{\"type\":\"reoffer\"}" },
    { { .type = MMP_SIGNAL_LEAVE, .gen = 9 }, "{\"type\":\"leave\",\"gen\":9}" },
    { { .type = MMP_SIGNAL_SERVICES, .names = names }, "{\"type\":\"services\",\"names\":[\"default\",\"ssh\"]}" },
    { { .type = MMP_SIGNAL_SERVICES }, "{\"type\":\"services\",\"names\":[]}" },
    { { .type = MMP_SIGNAL_SERVICES, .no_relay = TRUE }, "{\"type\":\"services\",\"names\":[],\"relay\":false}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = mmp_signal_encode (&cases[i].signal);
      g_autoptr (MmpSignal) back = decode (text);
      g_autofree char *again = mmp_signal_encode (back);

      g_assert_cmpstr (text, ==, cases[i].text);
      g_assert_cmpstr (again, ==, text);
    }
}

static void
test_members_are_read (void)
{
  g_autoptr (MmpSignal) hello = decode ("{\"v\":1,\"link\":\"FFfe0000000000000000000000000001\",\"name\":\"A\\u202eB\\u0007\\nC\",\"resumed\":true,\"type\":\"hello\"}");
  g_autoptr (MmpSignal) offer = decode ("{\"type\":\"offer\",\"gen\":7,\"sdp\":\"v=0\"}");
  g_autoptr (MmpSignal) any = decode ("{\"type\":\"offer\",\"gen\":7,\"sdp\":\"v=0\",\"turn\":true}");
  g_autoptr (MmpSignal) candidate = decode ("{\"type\":\"candidate\",\"gen\":8,\"candidate\":\"candidate:1\"}");
  g_autoptr (MmpSignal) services = decode ("{\"type\":\"services\",\"names\":[\"a\",\"b\"]}");

  g_assert_cmpint (hello->type, ==, MMP_SIGNAL_HELLO);
  g_assert_cmpuint (hello->link_name[0], ==, 0xff);
  g_assert_cmpuint (hello->link_name[1], ==, 0xfe);
  g_assert_cmpuint (hello->link_name[15], ==, 1);
  g_assert_true (hello->resumed);
  g_assert_cmpstr (hello->name, ==, "AB C");
  g_assert_cmpuint (offer->gen, ==, 7);
  g_assert_cmpstr (offer->sdp, ==, "v=0");
  g_assert_false (offer->no_turn);
  g_assert_false (any->no_turn);
  g_assert_cmpstr (candidate->candidate, ==, "candidate:1");
  g_assert_cmpuint (g_strv_length (services->names), ==, 2);
}

static void
test_unknown_members_are_ignored (void)
{
  g_autoptr (MmpSignal) bye = decode (" {\"type\":\"bye\",\"new\":{\"a\":[1,2,{\"b\":null}]},\"name\":5}\n");
  g_autoptr (MmpSignal) hello = decode ("{\"type\":\"hello\",\"v\":1,\"link\":\"" LINK "\",\"gen\":\"x\"}");

  g_assert_cmpint (bye->type, ==, MMP_SIGNAL_BYE);
  g_assert_cmpstr (hello->name, ==, "");
  g_assert_false (hello->resumed);
}

static void
test_other_texts_are_refused (void)
{
  static const char *const texts[] = {
    /* not JSON, or not an object */
    "", " ", "null", "1", "\"bye\"", "[]", "[{\"type\":\"bye\"}]", "{", "}", "{\"type\":\"bye\"",
    "{\"type\":\"bye\"}{\"type\":\"bye\"}", "{\"type\":\"bye\"} 1", "{\"type\":\"bye\",}", "{type:\"bye\"}", "{'type':'bye'}",
    "/* x */{\"type\":\"bye\"}", "{\"type\":\"bye\"}// x", "var x = {\"type\":\"bye\"};", "{\"type\":\"b\xffye\"}",
    "{\"type\":\"bye\",\"x\":01}", "{\"type\":\"bye\",\"x\":\"\t\"}",
    /* the type */
    "{}", "{\"type\":null}", "{\"type\":1}", "{\"type\":\"\"}", "{\"type\":\"Bye\"}", "{\"type\":\"goodbye, goodbye, goodbye\"}", "{\"type\":[\"bye\"]}", "{\"type\":{\"bye\":1}}",
    /* hello */
    "{\"type\":\"hello\",\"link\":\"" LINK "\"}",
    "{\"type\":\"hello\",\"v\":2,\"link\":\"" LINK "\"}",
    "{\"type\":\"hello\",\"v\":1.0,\"link\":\"" LINK "\"}",
    "{\"type\":\"hello\",\"v\":\"1\",\"link\":\"" LINK "\"}",
    "{\"type\":\"hello\",\"v\":true,\"link\":\"" LINK "\"}",
    "{\"type\":\"hello\",\"v\":1}",
    "{\"type\":\"hello\",\"v\":1,\"link\":\"\"}",
    "{\"type\":\"hello\",\"v\":1,\"link\":\"" LINK "00\"}",
    "{\"type\":\"hello\",\"v\":1,\"link\":\"g00102030405060708090a0b0c0d0e0f\"}",
    "{\"type\":\"hello\",\"v\":1,\"link\":null}",
    "{\"type\":\"hello\",\"v\":1,\"link\":\"" LINK "\",\"name\":5}",
    "{\"type\":\"hello\",\"v\":1,\"link\":\"" LINK "\",\"name\":null}",
    "{\"type\":\"hello\",\"v\":1,\"link\":\"" LINK "\",\"resumed\":1}",
    "{\"type\":\"hello\",\"v\":1,\"link\":\"" LINK "\",\"resumed\":\"true\"}",
    /* status */
    "{\"type\":\"status\"}", "{\"type\":\"status\",\"code\":\"fine\"}", "{\"type\":\"status\",\"code\":0}",
    "{\"type\":\"status\",\"code\":\"busy\",\"retry\":-1}", "{\"type\":\"status\",\"code\":\"busy\",\"retry\":86401}",
    "{\"type\":\"status\",\"code\":\"busy\",\"retry\":1e3}", "{\"type\":\"status\",\"code\":\"busy\",\"retry\":\"1\"}",
    /* descriptions and candidates */
    "{\"type\":\"offer\",\"gen\":1}", "{\"type\":\"offer\",\"sdp\":\"v=0\"}", "{\"type\":\"offer\",\"gen\":1,\"sdp\":1}",
    "{\"type\":\"offer\",\"gen\":0,\"sdp\":\"v=0\"}", "{\"type\":\"offer\",\"gen\":-1,\"sdp\":\"v=0\"}",
    "{\"type\":\"offer\",\"gen\":9007199254740993,\"sdp\":\"v=0\"}", "{\"type\":\"offer\",\"gen\":99999999999999999999,\"sdp\":\"v=0\"}",
    "{\"type\":\"offer\",\"gen\":1.5,\"sdp\":\"v=0\"}", "{\"type\":\"answer\",\"gen\":\"1\",\"sdp\":\"v=0\"}",
    "{\"type\":\"offer\",\"gen\":1,\"sdp\":\"v=0\",\"turn\":0}", "{\"type\":\"offer\",\"gen\":1,\"sdp\":\"v=0\",\"turn\":null}",
    "{\"type\":\"candidate\",\"gen\":1}", "{\"type\":\"candidate\",\"gen\":1,\"candidate\":null}",
    "{\"type\":\"candidate\",\"gen\":1,\"candidate\":\"\",\"label\":1}", "{\"type\":\"candidate\",\"gen\":1,\"candidate\":\"\",\"label\":\"0\"}",
    /* services */
    "{\"type\":\"leave\"}", "{\"type\":\"leave\",\"gen\":-1}", "{\"type\":\"services\"}", "{\"type\":\"services\",\"names\":\"a\"}", "{\"type\":\"services\",\"names\":{\"a\":1}}",
    "{\"type\":\"services\",\"names\":[],\"relay\":\"never\"}", "{\"type\":\"services\",\"names\":[1]}", "{\"type\":\"services\",\"names\":[\"\"]}", "{\"type\":\"services\",\"names\":[\"a b\"]}",
    "{\"type\":\"services\",\"names\":[\"a\\u0007\"]}", "{\"type\":\"services\",\"names\":[[\"a\"]]}",
    "{\"type\":\"services\",\"names\":[\"0123456789012345678901234567890123456789012345678901234567890123\"]}"
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      mmp_test_case (texts[i]);
      assert_refused (texts[i], strlen (texts[i]));
    }
  assert_refused ("{\"type\":\"bye\"}\0", 15);
  assert_refused ("{\"type\":\"b\0ye\"}", 15);
}

static char *
make_nested (guint depth,
             char open,
             char close)
{
  g_autofree char *opens = g_strnfill (depth, open);
  g_autofree char *closes = g_strnfill (depth, close);

  return g_strconcat ("{\"type\":\"bye\",\"x\":", opens, closes, "}", NULL);
}

static void
test_deep_nesting_is_refused (void)
{
  g_autofree char *deepest = make_nested (MMP_JSON_DEPTH_MAX - 1, '[', ']');
  g_autofree char *too_deep = make_nested (MMP_JSON_DEPTH_MAX, '[', ']');
  g_autofree char *abyss = g_strnfill (MMP_JSON_SIZE_MAX, '[');
  g_autoptr (MmpSignal) bye = decode (deepest);
  g_autoptr (MmpSignal) brackets_in_a_string = decode ("{\"type\":\"bye\",\"x\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[\"}");

  assert_refused (too_deep, strlen (too_deep));
  assert_refused (abyss, MMP_JSON_SIZE_MAX);
}

static void
test_sizes_are_limited (void)
{
  static const struct
  {
    const char *begin;
    gsize limit;
    const char *end;
  } cases[] = {
    { "{\"type\":\"offer\",\"gen\":1,\"sdp\":\"", MMP_SDP_SIZE_MAX, "\"}" },
    { "{\"type\":\"candidate\",\"gen\":1,\"candidate\":\"", MMP_CANDIDATE_SIZE_MAX, "\"}" },
    { "{\"type\":\"services\",\"names\":[\"", MMP_SERVICE_NAME_MAX, "\"]}" },
    { "{\"type\":\"bye\",\"x\":\"", MMP_JSON_SIZE_MAX - 21, "\"}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *filling = g_strnfill (cases[i].limit, 'x');
      g_autofree char *longest = g_strconcat (cases[i].begin, filling, cases[i].end, NULL);
      g_autofree char *too_long = g_strconcat (cases[i].begin, "x", filling, cases[i].end, NULL);

      mmp_signal_free (decode (longest));
      assert_refused (too_long, strlen (too_long));
    }
}

static void
test_services_are_limited (void)
{
  for (guint n = MMP_SERVICES_MAX; n <= MMP_SERVICES_MAX + 1; n++)
    {
      g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
      MmpSignal signal = { .type = MMP_SIGNAL_SERVICES };
      g_auto (GStrv) owned = NULL;
      g_autofree char *text = NULL;

      for (guint i = 0; i < n; i++)
        g_strv_builder_add (names, "service");
      owned = g_strv_builder_end (names);
      signal.names = owned;
      text = mmp_signal_encode (&signal);
      if (n <= MMP_SERVICES_MAX)
        mmp_signal_free (decode (text));
      else
        assert_refused (text, strlen (text));
    }
}

static void
test_names_of_devices_are_cleaned (void)
{
  static const struct
  {
    const char *name;
    const char *cleaned;
  } cases[] = {
    { NULL, "" },
    { "", "" },
    { "Bob's laptop", "Bob's laptop" },
    { "Büro – 台所 🏠", "Büro – 台所 🏠" },
    { "👩‍🔧", "👩‍🔧" },
    { "  a \t\r\n b  ", "a b" },
    { "a\u2028b\u2029c", "a b c" },
    { "a\x1b[31mb\x07", "a[31mb" },
    { "a\xc2\x9b"
      "31mb",
      "a31mb" },
    { "\u202egnp.exe\u202c", "gnp.exe" },
    { "\u2066a\u2069\u200e\u200f\u061c", "a" },
    { "a\u200b\ufeff"
      "b",
      "ab" },
    { "a\U000e0041", "a" },
    { "a\ue000", "a" },
    { "a\xff"
      "b",
      "a\ufffd"
      "b" },
    { "\n\n\n", "" },
    { "0123456789012345678901234567890123456789012345678901234567890123456789", "0123456789012345678901234567890123456789012345678901234567890123" },
    { "012345678901234567890123456789012345678901234567890123456789012ü", "012345678901234567890123456789012345678901234567890123456789012" },
    { "012345678901234567890123456789012345678901234567890123456789012 ü", "012345678901234567890123456789012345678901234567890123456789012" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *cleaned = mmp_device_name_clean (cases[i].name);
      g_autofree char *again = mmp_device_name_clean (cleaned);

      g_assert_cmpstr (cleaned, ==, cases[i].cleaned);
      g_assert_cmpstr (again, ==, cleaned);
      g_assert_cmpuint (strlen (cleaned), <=, MMP_DEVICE_NAME_MAX);
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/signal/messages-have-the-agreed-form", test_messages_have_the_agreed_form);
  g_test_add_func ("/signal/members-are-read", test_members_are_read);
  g_test_add_func ("/signal/unknown-members-are-ignored", test_unknown_members_are_ignored);
  g_test_add_func ("/signal/other-texts-are-refused", test_other_texts_are_refused);
  g_test_add_func ("/signal/deep-nesting-is-refused", test_deep_nesting_is_refused);
  g_test_add_func ("/signal/sizes-are-limited", test_sizes_are_limited);
  g_test_add_func ("/signal/services-are-limited", test_services_are_limited);
  g_test_add_func ("/signal/names-of-devices-are-cleaned", test_names_of_devices_are_cleaned);

  return g_test_run ();
}
