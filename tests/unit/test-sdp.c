/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/mmp-sdp.h"

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "mmp-test.h"
#include "mmp-vectors.h"

/* Values in tests/data/webrtcbin-offer.sdp, which a webrtcbin of GStreamer 1.26 made */
#define UFRAG "E9w2iLf7hgwd9uCOwUOactFDGWJXWmVh"
#define FIRST "60"

static const guint8 expected_fingerprint[MMP_SDP_FINGERPRINT_SIZE] = {
  0x60, 0xfa, 0xf4, 0xd3, 0x9b, 0x18, 0xe5, 0x20, 0xbd, 0xd9, 0x4e, 0x02, 0x16, 0xe0, 0x08, 0xb1,
  0x99, 0x7c, 0x50, 0x32, 0xb6, 0xb9, 0xe8, 0x8f, 0x4c, 0xf8, 0xa8, 0x07, 0x9e, 0xe6, 0x4b, 0xfe
};

/* What is changed in the real offer, and makes one that is refused */
static const struct
{
  const char *part;
  const char *replacement;
} refused[] = {
  /* sections */
  { "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n", "" },
  { "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n", "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n" },
  { "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n", "m=application 9 DTLS/SCTP 5000\r\n" },
  { "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel x\r\n" },
  { "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n", "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" },
  { "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n" },
  { "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n" },
  /* fingerprints */
  { "a=fingerprint:", "a=x:" },
  { "a=fingerprint:sha-256 ", "a=fingerprint:sha-1 " },
  { "a=fingerprint:sha-256 ", "a=fingerprint:sha-256  " },
  { "a=fingerprint:sha-256 ", "a=fingerprint:sha-256 00:" },
  { "a=fingerprint:sha-256 " FIRST ":", "a=fingerprint:sha-256 " },
  { "a=fingerprint:sha-256 " FIRST ":", "a=fingerprint:sha-256 " FIRST "-" },
  { "a=fingerprint:sha-256 " FIRST ":", "a=fingerprint:sha-256 0x:" },
  { "t=0 0\r\n", "t=0 0\r\na=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n" },
  { "t=0 0\r\n", "t=0 0\r\na=fingerprint:sha-1 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33\r\n" },
  /* who begins */
  { "a=setup:actpass\r\n", "" },
  { "a=setup:actpass\r\n", "a=setup:active\r\n" },
  { "a=setup:actpass\r\n", "a=setup:holdconn\r\n" },
  { "a=setup:actpass\r\n", "a=setup:actpass\r\na=setup:passive\r\n" },
  /* ICE */
  { "a=ice-ufrag:" UFRAG "\r\n", "" },
  { "a=ice-ufrag:" UFRAG "\r\n", "a=ice-ufrag:abc\r\n" },
  { "a=ice-ufrag:" UFRAG "\r\n", "a=ice-ufrag:\r\n" },
  { "a=ice-ufrag:" UFRAG "\r\n", "a=ice-ufrag:ab cd\r\n" },
  { "a=ice-ufrag:" UFRAG "\r\n", "a=ice-ufrag:abcd\r\na=ice-ufrag:efgh\r\n" },
  { "a=ice-ufrag:" UFRAG "\r\n", "a=ice-ufrag:ab\xc3\xa4\r\n" },
  { "a=ice-pwd:", "a=ice-pwd:%" },
  { "a=ice-pwd:", "a=x:" },
  { "a=ice-pwd:", "a=ice-pwd:0123456789\r\na=y:" },
  /* other values */
  { "a=mid:application0\r\n", "" },
  { "a=mid:application0\r\n", "a=mid:\r\n" },
  { "a=mid:application0\r\n", "a=mid:a b\r\n" },
  { "a=mid:application0\r\n", "a=mid:0123456789012345678901234567890123456789012345678901234567890123x\r\n" },
  { "a=sctp-port:5000\r\n", "a=sctp-port:0\r\n" },
  { "a=sctp-port:5000\r\n", "a=sctp-port:65536\r\n" },
  { "a=sctp-port:5000\r\n", "a=sctp-port: 5000\r\n" },
  { "a=sctp-port:5000\r\n", "a=sctp-port:-1\r\n" },
  { "a=sctp-port:5000\r\n", "a=sctp-port:5000\r\na=max-message-size:16383\r\n" },
  { "a=sctp-port:5000\r\n", "a=sctp-port:5000\r\na=max-message-size:18446744073709551616\r\n" },
  { "a=sctp-port:5000\r\n", "a=sctp-port:5000\r\na=max-message-size:x\r\n" },
  /* lines */
  { "t=0 0\r\n", "t=0 0\r\n\r\n" },
  { "t=0 0\r\n", "t=0 0\r\nhello\r\n" },
  { "t=0 0\r\n", "t=0 0\r\nT=0\r\n" },
  { "t=0 0\r\n", "t=0 0\ra=x:y\r\n" },
  { "t=0 0\r\n", "t=0 0\r\na=x:\x01\r\n" },
};

/* Replaces a part of the real offer of webrtcbin; "" removes it */
static char *
change (const char *part,
        const char *replacement)
{
  g_autofree char *offer = mmp_test_data ("webrtcbin-offer.sdp", NULL);
  g_autoptr (GString) text = g_string_new (offer);

  g_assert_cmpuint (g_string_replace (text, part, replacement, 0), >, 0);

  return g_string_free_and_steal (g_steal_pointer (&text));
}

static void
assert_refused (const char *sdp,
                MmpSdpType type)
{
  guint8 fingerprint[MMP_SDP_FINGERPRINT_SIZE] = { 0xa5 };
  g_autoptr (GError) error = NULL;

  g_assert_null (mmp_sdp_rebuild (sdp, type, fingerprint, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID);
  g_test_message ("%s", error->message);
  g_assert_cmpuint (fingerprint[0], ==, 0xa5);
}

static char *
rebuild (const char *sdp,
         MmpSdpType type)
{
  guint8 fingerprint[MMP_SDP_FINGERPRINT_SIZE];
  g_autoptr (GError) error = NULL;
  char *rebuilt = mmp_sdp_rebuild (sdp, type, fingerprint, &error);

  g_assert_no_error (error);
  g_assert_cmpmem (fingerprint, sizeof fingerprint, expected_fingerprint, sizeof expected_fingerprint);

  return rebuilt;
}

static void
test_what_webrtcbin_makes_is_kept (void)
{
  g_autofree char *offer = mmp_test_data ("webrtcbin-offer.sdp", NULL);
  g_autofree char *answer = mmp_test_data ("webrtcbin-answer.sdp", NULL);
  g_autofree char *new_offer = rebuild (offer, MMP_SDP_OFFER);
  g_autofree char *new_answer = rebuild (answer, MMP_SDP_ANSWER);
  g_auto (GStrv) lines = g_strsplit (offer, "\r\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (!g_str_has_prefix (lines[i], "o="))
        g_assert_nonnull (strstr (new_offer, lines[i]));
    }
  g_assert_nonnull (strstr (new_answer, "\r\na=setup:active\r\n"));

  assert_refused (offer, MMP_SDP_ANSWER);
  assert_refused (answer, MMP_SDP_OFFER);
}

static void
test_what_was_rebuilt_stays_the_same (void)
{
  g_autofree char *offer = mmp_test_data ("webrtcbin-offer.sdp", NULL);
  g_autofree char *once = rebuild (offer, MMP_SDP_OFFER);
  g_autofree char *twice = rebuild (once, MMP_SDP_OFFER);

  g_assert_cmpstr (once, ==, twice);
}

static void
test_other_lines_do_not_come_through (void)
{
  static const char *const lines[] = {
    "a=candidate:1 1 UDP 2015363327 2001:db8::7 47553 typ host",
    "a=end-of-candidates",
    "a=ice-lite",
    "a=ice-options:ice2 renomination",
    "a=identity:eyJ",
    "a=msid-semantic: WMS",
    "b=AS:30",
    "a=tls-id:abc",
    "a=rtcp-mux",
    "k=clear:secret",
  };
  g_autofree char *offer = mmp_test_data ("webrtcbin-offer.sdp", NULL);
  g_autofree char *plain = rebuild (offer, MMP_SDP_OFFER);

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autofree char *text = g_strconcat (offer, lines[i], "\r\n", NULL);
      g_autofree char *rebuilt = rebuild (text, MMP_SDP_OFFER);

      g_assert_cmpstr (rebuilt, ==, plain);
    }
}

static void
test_values_may_stand_anywhere_and_twice (void)
{
  g_autofree char *text = change ("t=0 0\r\n", "t=0 0\na=ice-ufrag:" UFRAG "\n");
  g_autofree char *rebuilt = rebuild (text, MMP_SDP_OFFER);

  g_assert_nonnull (strstr (rebuilt, "\r\na=ice-ufrag:" UFRAG "\r\n"));
}

static void
test_missing_numbers_have_their_defaults (void)
{
  static const struct
  {
    const char *line;
    const char *result;
  } cases[] = {
    { "", "\r\na=sctp-port:5000\r\na=max-message-size:65536\r\n" },
    { "a=sctp-port:6000\r\n", "\r\na=sctp-port:6000\r\n" },
    { "a=max-message-size:0\r\n", "\r\na=max-message-size:65536\r\n" },
    { "a=max-message-size:16384\r\n", "\r\na=max-message-size:16384\r\n" },
    { "a=max-message-size:18446744073709551615\r\n", "\r\na=max-message-size:65536\r\n" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = change ("a=sctp-port:5000\r\n", cases[i].line);
      g_autofree char *rebuilt = rebuild (text, MMP_SDP_OFFER);

      g_assert_nonnull (strstr (rebuilt, cases[i].result));
    }
}

static void
test_other_descriptions_are_refused (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autofree char *text = change (refused[i].part, refused[i].replacement);

      mmp_test_case (refused[i].replacement);
      assert_refused (text, MMP_SDP_OFFER);
    }
  assert_refused ("", MMP_SDP_OFFER);
  assert_refused ("v=0", MMP_SDP_OFFER);
}

static void
test_answers_must_choose (void)
{
  static const struct
  {
    const char *setup;
    gboolean good;
  } cases[] = {
    { "active", TRUE },
    { "passive", TRUE },
    { "actpass", FALSE },
    { "holdconn", FALSE },
    { "ACTIVE", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *line = g_strconcat ("a=setup:", cases[i].setup, "\r\n", NULL);
      g_autofree char *text = change ("a=setup:actpass\r\n", line);

      if (cases[i].good)
        g_free (rebuild (text, MMP_SDP_ANSWER));
      else
        assert_refused (text, MMP_SDP_ANSWER);
    }
}

static void
test_long_descriptions_are_refused (void)
{
  g_autofree char *offer = mmp_test_data ("webrtcbin-offer.sdp", NULL);
  g_autofree char *filling = g_strnfill (MMP_SDP_SIZE_MAX - strlen (offer) - strlen ("a=\r\n"), 'x');
  g_autofree char *longest = g_strconcat (offer, "a=", filling, "\r\n", NULL);
  g_autofree char *too_long = g_strconcat (offer, "a=x", filling, "\r\n", NULL);

  g_free (rebuild (longest, MMP_SDP_OFFER));
  assert_refused (too_long, MMP_SDP_OFFER);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/sdp/what-webrtcbin-makes-is-kept", test_what_webrtcbin_makes_is_kept);
  g_test_add_func ("/sdp/what-was-rebuilt-stays-the-same", test_what_was_rebuilt_stays_the_same);
  g_test_add_func ("/sdp/other-lines-do-not-come-through", test_other_lines_do_not_come_through);
  g_test_add_func ("/sdp/values-may-stand-anywhere-and-twice", test_values_may_stand_anywhere_and_twice);
  g_test_add_func ("/sdp/missing-numbers-have-their-defaults", test_missing_numbers_have_their_defaults);
  g_test_add_func ("/sdp/other-descriptions-are-refused", test_other_descriptions_are_refused);
  g_test_add_func ("/sdp/answers-must-choose", test_answers_must_choose);
  g_test_add_func ("/sdp/long-descriptions-are-refused", test_long_descriptions_are_refused);

  return g_test_run ();
}
