/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/mmp-invitation.h"

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "mmp-vectors.h"

#define KEY "RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ"
#define SECRET "AAAQEAYEAUDAOCAJBIFQYDIOB4"
#define BEGIN "mmp:?v=1&r=l&k=" KEY

static const struct
{
  const char *text;
  int code;
} refused[] = {
  /* no invitation at all */
  { "", MMP_ERROR_INVITATION_INVALID },
  { KEY, MMP_ERROR_INVITATION_INVALID },
  { "mmp", MMP_ERROR_INVITATION_INVALID },
  { "mmp:", MMP_ERROR_INVITATION_INVALID },
  { "mmp:?", MMP_ERROR_INVITATION_INVALID },
  { "https://example.org/?v=1", MMP_ERROR_INVITATION_INVALID },
  { "mmp://?v=1&r=l&k=" KEY "&b=mqtts://x", MMP_ERROR_INVITATION_INVALID },
  /* what must be there */
  { "mmp:?r=l&k=" KEY "&b=mqtts://x", MMP_ERROR_INVITATION_INVALID },
  { "mmp:?v=2&r=l&k=" KEY "&b=mqtts://x", MMP_ERROR_INVITATION_INVALID },
  { "mmp:?v=1&k=" KEY "&b=mqtts://x", MMP_ERROR_INVITATION_INVALID },
  { "mmp:?v=1&r=i&k=" KEY "&b=mqtts://x", MMP_ERROR_INVITATION_INVALID },
  { "mmp:?v=1&r=l&b=mqtts://x", MMP_ERROR_INVITATION_INVALID },
  { BEGIN, MMP_ERROR_INVITATION_INVALID },
  /* keys */
  { "mmp:?v=1&r=l&k=" KEY "====&b=mqtts://x", MMP_ERROR_INVITATION_INVALID },
  { "mmp:?v=1&r=l&k=RVC4&b=mqtts://x", MMP_ERROR_INVITATION_INVALID },
  { "mmp:?v=1&r=l&k=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&b=mqtts://x", MMP_ERROR_KEY_INVALID },
  { "mmp:?v=1&r=l&k=rvc45wsaszagkajzt24nc3gtceenn7fczo3qc7z5s2zsqol22uxq&b=mqtts://x", MMP_ERROR_KEY_INVALID },
  /* brokers */
  { BEGIN "&b=", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=x", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=http://x", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://:8883", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x:", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x:0", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x:65536", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x:+1", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x:1/", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://user:secret@x:1", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://user@x:1", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://2001:db8::7", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://[2001:db8::7", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://[2001:db8::7]x", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://a%20b", MMP_ERROR_INVITATION_INVALID },
  /* the rest */
  { BEGIN "&b=mqtts://x&t=", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x&t=a/%23", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x&t=$SYS", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x&s=", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x&s=a%20b", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x&i=", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x&i=" SECRET "A", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x&i=" SECRET "======", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x&i=AAAQEAYEAUDAOCAJBIFQYDIOB5", MMP_ERROR_INVITATION_INVALID },
  /* percent signs, characters, repetitions */
  { BEGIN "&b=mqtts://x&n=%", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x&n=%4", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x&n=%4g", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x&n=%00", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x&n=a%FF", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x&n=a b", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x&n=\xc3\xbc", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x#fragment", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x&k=" KEY, MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x&b=mqtts://y", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x&zz=1&zz=1", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x&", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x&&n=a", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x&n", MMP_ERROR_INVITATION_INVALID },
  { BEGIN "&b=mqtts://x&=n", MMP_ERROR_INVITATION_INVALID },
  /* the short form */
  { "MMP:1", MMP_ERROR_INVITATION_INVALID },
  { "MMP:2/L/" KEY "/X:8883", MMP_ERROR_INVITATION_INVALID },
  { "MMP:1/I/" KEY "/X:8883", MMP_ERROR_INVITATION_INVALID },
  { "MMP:1/L/" KEY, MMP_ERROR_INVITATION_INVALID },
  { "MMP:1/L/" KEY "/X", MMP_ERROR_INVITATION_INVALID },
  { "MMP:1/L/" KEY "/X:8883/", MMP_ERROR_INVITATION_INVALID },
  { "MMP:1/L/" KEY "/X:8883/" SECRET "/", MMP_ERROR_INVITATION_INVALID },
  { "MMP:1/L/" KEY "/X:8883/" SECRET "/X", MMP_ERROR_INVITATION_INVALID },
  { "MMP:1/L//X:8883", MMP_ERROR_INVITATION_INVALID },
};

static MmpInvitation *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  MmpInvitation *invitation = mmp_invitation_parse (text, &error);
  g_autofree char *key = NULL;

  g_assert_no_error (error);
  key = mmp_public_key_to_short_text (&invitation->listener);
  g_assert_cmpstr (key, ==, KEY);

  return invitation;
}

static void
assert_broker (const MmpInvitation *invitation,
               const char *text)
{
  g_autofree char *broker = mmp_mqtt_broker_to_text (invitation->broker);

  g_assert_cmpstr (broker, ==, text);
}

static void
assert_secret (const MmpInvitation *invitation)
{
  g_assert_true (invitation->has_secret);
  for (guint i = 0; i < MMP_INVITATION_SIZE; i++)
    g_assert_cmpuint (invitation->secret[i], ==, i);
}

static void
test_everything_is_read (void)
{
  g_autoptr (MmpInvitation) invitation = parse (BEGIN "&b=mqtts://broker.example:8884&t=home%2fsig&s=mqtt&n=B%C3%BCro%20Nord&i=" SECRET);

  assert_broker (invitation, "mqtts://broker.example:8884");
  g_assert_cmpstr (invitation->prefix, ==, "home/sig");
  g_assert_cmpstr (invitation->service, ==, "mqtt");
  g_assert_cmpstr (invitation->name, ==, "Büro Nord");
  assert_secret (invitation);
}

static void
test_most_may_be_left_out (void)
{
  g_autoptr (MmpInvitation) invitation = parse (" \n" BEGIN "&b=mqtt://192.0.2.7\r\n");

  assert_broker (invitation, "mqtt://192.0.2.7:1883");
  g_assert_cmpstr (invitation->prefix, ==, "sig");
  g_assert_null (invitation->service);
  g_assert_null (invitation->name);
  g_assert_false (invitation->has_secret);
}

static void
test_unknown_parameters_are_ignored (void)
{
  g_autoptr (MmpInvitation) invitation = parse ("MMP:?zz=&x=%25&k=" KEY "&r=l&v=1&b=MQTTS://[2001:db8::7]:1");

  assert_broker (invitation, "mqtts://[2001:db8::7]:1");
}

static void
test_short_form_is_read (void)
{
  g_autoptr (MmpInvitation) with_secret = parse ("MMP:1/L/" KEY "/BROKER.EXAMPLE:8883/" SECRET);
  g_autoptr (MmpInvitation) without = parse ("mmp:1/L/" KEY "/[2001:DB8::7]:8883");

  assert_broker (with_secret, "mqtts://broker.example:8883");
  g_assert_cmpstr (with_secret->prefix, ==, "sig");
  assert_secret (with_secret);
  assert_broker (without, "mqtts://[2001:db8::7]:8883");
  g_assert_false (without->has_secret);
}

static void
test_both_forms_are_written (void)
{
  static const struct
  {
    const char *text;
    const char *uri;
    const char *qr;
  } cases[] = {
    { BEGIN "&b=mqtts://broker.example:8883&t=sig&s=mqtt&n=Office&i=" SECRET, NULL, "MMP:1/L/" KEY "/BROKER.EXAMPLE:8883/" SECRET },
    { BEGIN "&b=mqtts://broker.example", BEGIN "&b=mqtts://broker.example:8883&t=sig", "MMP:1/L/" KEY "/BROKER.EXAMPLE:8883" },
    { BEGIN "&b=mqtts://[2001:db8::7]", BEGIN "&b=mqtts://%5B2001:db8::7%5D:8883&t=sig", "MMP:1/L/" KEY "/[2001:DB8::7]:8883" },
    { BEGIN "&b=mqtt://broker.example:1883&t=sig", NULL, NULL },
    { BEGIN "&b=mqtts://broker.example:8883&t=home/sig", NULL, NULL },
    { BEGIN "&b=mqtts://broker.example:8883&t=sig&n=a%26b%3Dc%25%2B", NULL, "MMP:1/L/" KEY "/BROKER.EXAMPLE:8883" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MmpInvitation) invitation = parse (cases[i].text);
      g_autofree char *uri = mmp_invitation_to_uri (invitation);
      g_autofree char *qr = mmp_invitation_to_qr_text (invitation);

      g_assert_cmpstr (uri, ==, cases[i].uri != NULL ? cases[i].uri : cases[i].text);
      g_assert_cmpstr (qr, ==, cases[i].qr);
      if (qr != NULL)
        mmp_invitation_free (parse (qr));
    }
}

static void
test_names_are_cleaned (void)
{
  g_autoptr (MmpInvitation) invitation = parse (BEGIN "&b=mqtts://x&n=%E2%80%AEa%0Ab");

  g_assert_cmpstr (invitation->name, ==, "a b");
}

static void
test_other_texts_are_refused (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;

      mmp_test_case (refused[i].text);
      g_assert_null (mmp_invitation_parse (refused[i].text, &error));
      g_assert_error (error, MMP_ERROR, refused[i].code);
    }
}

static void
test_long_texts_are_refused (void)
{
  g_autofree char *filling = g_strnfill (MMP_URI_SIZE_MAX - strlen (BEGIN "&b=mqtts://x&z="), 'x');
  g_autofree char *longest = g_strconcat (BEGIN "&b=mqtts://x&z=", filling, NULL);
  g_autofree char *too_long = g_strconcat (longest, "x", NULL);
  g_autoptr (GError) error = NULL;

  mmp_invitation_free (parse (longest));
  g_assert_null (mmp_invitation_parse (too_long, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_INVITATION_INVALID);
}

static void
test_errors_do_not_quote_the_secret (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mmp_invitation_parse (BEGIN "&b=mqtts://x&i=SECRETSECRETSECRETSECRETSE1", &error));
  g_assert_null (strstr (error->message, "SECRET"));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/invitation/everything-is-read", test_everything_is_read);
  g_test_add_func ("/invitation/most-may-be-left-out", test_most_may_be_left_out);
  g_test_add_func ("/invitation/unknown-parameters-are-ignored", test_unknown_parameters_are_ignored);
  g_test_add_func ("/invitation/short-form-is-read", test_short_form_is_read);
  g_test_add_func ("/invitation/both-forms-are-written", test_both_forms_are_written);
  g_test_add_func ("/invitation/names-are-cleaned", test_names_are_cleaned);
  g_test_add_func ("/invitation/other-texts-are-refused", test_other_texts_are_refused);
  g_test_add_func ("/invitation/long-texts-are-refused", test_long_texts_are_refused);
  g_test_add_func ("/invitation/errors-do-not-quote-the-secret", test_errors_do_not_quote_the_secret);

  return g_test_run ();
}
