/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "classic/mmp-classic-guard.h"
#include "classic/mmp-classic-message.h"
#include "classic/mmp-classic-sdp.h"
#include "classic/mmp-classic-topics.h"
#include "crypto/mmp-key-pair.h"

#include <string.h>

static MmpClassicMessage *
decode (const char *text,
        GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  return mmp_classic_message_decode (bytes, error);
}

static void
test_messages_are_written_as_python_writes_them (void)
{
  g_autoptr (MmpClassicMessage) offer = mmp_classic_message_new (MMP_CLASSIC_OFFER, "v=0\r\n");
  g_autoptr (MmpClassicMessage) bye = mmp_classic_message_new (MMP_CLASSIC_BYE, NULL);
  g_autofree char *offer_text = mmp_classic_message_encode (offer);
  g_autofree char *bye_text = mmp_classic_message_encode (bye);
  g_autoptr (MmpClassicMessage) back = decode (offer_text, NULL);

  g_assert_cmpstr (offer_text, ==, "{\"sdp\": \"v=0\\r\\n\", \"type\": \"offer\"}");
  g_assert_cmpstr (bye_text, ==, "{\"type\": \"bye\"}");
  g_assert_cmpint (back->type, ==, MMP_CLASSIC_OFFER);
  g_assert_cmpstr (back->sdp, ==, "v=0\r\n");
}

static void
test_messages_that_make_no_sense_are_refused (void)
{
  g_autofree char *huge = g_strdup_printf ("{\"type\": \"bye\", \"x\": \"%*s\"}", MMP_JSON_SIZE_MAX, "");
  g_autofree char *nested = g_strnfill (1000, '[');
  const char *const cases[] = { "", "x", "{}", "[]", "{\"type\": 1}", "{\"type\": \"offer\"}", "{\"type\": \"answer\", \"sdp\": 1}", "{\"type\": \"candidate\", \"sdp\": \"x\"}", "{\"type\": \"bye\"} {}", "{\"type\": \"bye\", }", "\xff", huge, nested };
  g_autoptr (MmpClassicMessage) bye = decode ("{\"type\": \"bye\", \"sdp\": \"left over\", \"more\": [1]}", NULL);

  g_assert_cmpint (bye->type, ==, MMP_CLASSIC_BYE);
  g_assert_null (bye->sdp);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("case %u", i);
      g_assert_null (decode (cases[i], &error));
      g_assert_error (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID);
    }
}

static void
test_topics_name_both_devices (void)
{
  g_autoptr (MmpKeyPair) l = mmp_key_pair_generate ();
  g_autoptr (MmpKeyPair) i = mmp_key_pair_generate ();
  const MmpPublicKey *listener = mmp_key_pair_get_public (l);
  const MmpPublicKey *initiator = mmp_key_pair_get_public (i);
  g_autofree char *listener_text = mmp_public_key_to_text (listener);
  g_autofree char *initiator_text = mmp_public_key_to_text (initiator);
  g_autofree char *expected = g_strdup_printf ("sig/x/%s/%s/conn1/o", listener_text, initiator_text);
  g_autofree char *topic = mmp_classic_topics_build ("sig/x", listener, initiator, "conn1", MMP_CLASSIC_OFFERS);
  g_autofree char *answer = mmp_classic_topics_build ("sig/x", listener, initiator, "conn1", MMP_CLASSIC_ANSWERS);
  g_autofree char *longer = g_strconcat (topic, "/o", NULL);
  g_autofree char *lower = g_ascii_strdown (topic, -1);
  MmpPublicKey found;

  g_assert_cmpstr (topic, ==, expected);
  g_assert_true (mmp_classic_topics_parse (topic, "sig/x", listener, "conn1", &found));
  g_assert_true (mmp_public_key_equal (&found, initiator));
  g_assert_false (mmp_classic_topics_parse (topic, "sig", listener, "conn1", &found));
  g_assert_false (mmp_classic_topics_parse (topic, "sig/x", initiator, "conn1", &found));
  g_assert_false (mmp_classic_topics_parse (topic, "sig/x", listener, "conn2", &found));
  g_assert_false (mmp_classic_topics_parse (answer, "sig/x", listener, "conn1", &found));
  g_assert_false (mmp_classic_topics_parse (longer, "sig/x", listener, "conn1", &found));
  g_assert_false (mmp_classic_topics_parse (lower, "sig/x", listener, "conn1", &found));
  g_assert_false (mmp_classic_topics_parse ("", "sig/x", listener, "conn1", &found));

  g_assert_true (mmp_classic_topics_check (MMP_CLASSIC_PREFIX, MMP_CLASSIC_CHANNEL, NULL));
  g_assert_false (mmp_classic_topics_check ("a/#", "conn1", NULL));
  g_assert_false (mmp_classic_topics_check ("$SYS", "conn1", NULL));
  g_assert_false (mmp_classic_topics_check ("a", "conn/1", NULL));
  g_assert_false (mmp_classic_topics_check ("a", "", NULL));
}

/* What aiortc 1.11 offers, shortened */
#define HEAD "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
#define TAIL                                                                                                                                       \
  "c=IN IP4 127.0.0.1\r\na=mid:0\r\na=max-message-size:65536\r\n"                                                                                  \
  "a=candidate:1 1 udp 2130706431 127.0.0.1 38378 typ host\r\na=candidate:2 1 udp 2130706431 198.51.100.7 38378 typ host\r\n"                      \
  "a=candidate:3 1 udp 2130706431 printer.local 38378 typ host\r\na=end-of-candidates\r\na=ice-ufrag:FEvY\r\na=ice-pwd:PpznUzI1AsRaOIGp0CrGVR\r\n" \
  "a=fingerprint:sha-256 C8:5D:EF:6D:E5:F6:44:21:70:16:F1:F8:91:0F:67:F9:0E:BB:CA:1F:08:01:D0:63:45:10:63:0C:4F:5F:24:94\r\n"                      \
  "a=fingerprint:sha-384 C1:22\r\na=setup:actpass\r\n"
#define LEGACY_MEDIA "m=application 38378 DTLS/SCTP 5000\r\na=sctpmap:5000 webrtc-datachannel 65535\r\n"
#define MEDIA "m=application 38378 UDP/DTLS/SCTP webrtc-datachannel\r\na=sctp-port:5000\r\n"

static void
test_complete_descriptions_are_taken_apart (void)
{
  static const char *const offers[] = { HEAD MEDIA TAIL, HEAD LEGACY_MEDIA TAIL };

  for (guint i = 0; i < G_N_ELEMENTS (offers); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MmpClassicDescription) near = mmp_classic_description_parse (offers[i], MMP_SDP_OFFER, TRUE, &error);
      g_autoptr (MmpClassicDescription) far = mmp_classic_description_parse (offers[i], MMP_SDP_OFFER, FALSE, NULL);

      g_assert_no_error (error);
      g_assert_cmpint (near->legacy, ==, i == 1);
      g_assert_cmpuint (near->fingerprint[0], ==, 0xc8);
      g_assert_cmpuint (g_strv_length (near->candidates), ==, 2);
      g_assert_cmpuint (g_strv_length (far->candidates), ==, 1);
      g_assert_nonnull (strstr (near->sdp, "UDP/DTLS/SCTP webrtc-datachannel"));
      g_assert_null (strstr (near->sdp, "candidate"));
    }
}

static void
test_descriptions_that_make_no_sense_are_refused (void)
{
  g_autofree char *endless = g_strnfill (MMP_JSON_SIZE_MAX + 1, 'a');
  const char *const cases[] = { "", "v=0\r\n", HEAD TAIL, HEAD MEDIA MEDIA TAIL, HEAD LEGACY_MEDIA MEDIA TAIL, "m=application x DTLS/SCTP y\r\n", endless };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_null (mmp_classic_description_parse (cases[i], MMP_SDP_OFFER, TRUE, NULL));
  g_assert_null (mmp_classic_description_parse (HEAD MEDIA TAIL, MMP_SDP_ANSWER, TRUE, NULL));
}

static void
test_our_descriptions_say_all_at_once (void)
{
  g_autoptr (GPtrArray) candidates = g_ptr_array_new ();
  g_autofree char *modern = NULL;
  g_autofree char *legacy = NULL;

  g_ptr_array_add (candidates, (gpointer) "candidate:1 1 UDP 1 198.51.100.7 9 typ host");
  modern = mmp_classic_sdp_complete (HEAD MEDIA, candidates, FALSE);
  legacy = mmp_classic_sdp_complete (HEAD MEDIA, candidates, TRUE);
  g_assert_cmpstr (modern, ==, HEAD MEDIA "a=candidate:1 1 UDP 1 198.51.100.7 9 typ host\r\na=end-of-candidates\r\n");
  g_assert_cmpstr (legacy, ==, HEAD LEGACY_MEDIA "a=candidate:1 1 UDP 1 198.51.100.7 9 typ host\r\na=end-of-candidates\r\n");
}

static GBytes *
make_sealed (guint number)
{
  guint8 data[MMP_BOX_OVERHEAD + 2] = { 0 };

  memcpy (data, &number, sizeof number);

  return g_bytes_new (data, sizeof data);
}

static void
test_a_message_is_taken_once (void)
{
  g_autoptr (MmpClassicGuard) guard = mmp_classic_guard_new ();
  g_autoptr (MmpKeyPair) pair = mmp_key_pair_generate ();
  const MmpPublicKey *device = mmp_key_pair_get_public (pair);
  g_autoptr (GBytes) first = make_sealed (1);
  g_autoptr (GBytes) longer = g_bytes_new_take (g_malloc0 (MMP_JSON_SIZE_MAX + MMP_BOX_OVERHEAD + 1), MMP_JSON_SIZE_MAX + MMP_BOX_OVERHEAD + 1);
  g_autoptr (GBytes) shorter = g_bytes_new_static ("x", 1);

  g_assert_true (mmp_classic_guard_may_open (guard, device, first, 0));
  mmp_classic_guard_note (guard, first);
  mmp_classic_guard_note (guard, first);
  g_assert_false (mmp_classic_guard_may_open (guard, device, first, 0));
  g_assert_false (mmp_classic_guard_may_open (guard, device, longer, 0));
  g_assert_false (mmp_classic_guard_may_open (guard, device, shorter, 0));
  for (guint i = 2; i < 20000; i++)
    {
      g_autoptr (GBytes) other = make_sealed (i);

      mmp_classic_guard_note (guard, other);
      g_assert_false (mmp_classic_guard_may_open (guard, device, other, 0));
    }
}

static void
test_floods_are_cut_off (void)
{
  g_autoptr (MmpClassicGuard) guard = mmp_classic_guard_new ();
  g_autoptr (MmpKeyPair) loud = mmp_key_pair_generate ();
  g_autoptr (MmpKeyPair) quiet = mmp_key_pair_generate ();
  g_autoptr (GBytes) last = make_sealed (9999);
  guint taken = 0;

  for (guint i = 0; i < 1000; i++)
    {
      g_autoptr (GBytes) sealed = make_sealed (i);

      taken += mmp_classic_guard_may_open (guard, mmp_key_pair_get_public (loud), sealed, 0);
    }
  g_assert_cmpuint (taken, ==, 8);
  g_assert_true (mmp_classic_guard_may_open (guard, mmp_key_pair_get_public (quiet), last, 0));
  g_assert_true (mmp_classic_guard_may_open (guard, mmp_key_pair_get_public (loud), last, MMP_SECONDS (10)));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/classic-forms/messages-are-written-as-python-writes-them", test_messages_are_written_as_python_writes_them);
  g_test_add_func ("/classic-forms/messages-that-make-no-sense-are-refused", test_messages_that_make_no_sense_are_refused);
  g_test_add_func ("/classic-forms/topics-name-both-devices", test_topics_name_both_devices);
  g_test_add_func ("/classic-forms/complete-descriptions-are-taken-apart", test_complete_descriptions_are_taken_apart);
  g_test_add_func ("/classic-forms/descriptions-that-make-no-sense-are-refused", test_descriptions_that_make_no_sense_are_refused);
  g_test_add_func ("/classic-forms/our-descriptions-say-all-at-once", test_our_descriptions_say_all_at_once);
  g_test_add_func ("/classic-forms/a-message-is-taken-once", test_a_message_is_taken_once);
  g_test_add_func ("/classic-forms/floods-are-cut-off", test_floods_are_cut_off);

  return g_test_run ();
}
