/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "profile/mmp-profile-kind.h"
#include "profile/mmp-profile-private.h"

#define UUID "6a2f41a3-c54c-4f63-8c1a-0d8f4f8f2f1e"
#define OTHER "1b2f41a3-c54c-4f63-8c1a-0d8f4f8f2f1e"
#define KEY "RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ"
#define ID "AAAQEAYEAUDAOCAJBIFQYDIOB4"
#define BRIDGE "[Profile]\nKind=bridge\nName=a\nBroker=" UUID "\n[Bridge]\nLocal=" OTHER "\n"
#define PORTAL "[Profile]\nKind=portal\nName=a\nKeyPair=" UUID "\nBroker=" UUID "\n[Bridge]\nLocal=" OTHER "\n"
#define FILE_SECRET "Secret=file\nKeyFile=/k\n"
#define RULE "[Rule 1]\nFilter=a/#\n"
#define TOKENS "Topics=tokens\n"

static MmpProfile *
parse (const char *text,
       GError **error)
{
  g_autoptr (GKeyFile) key_file = g_key_file_new ();

  g_assert_true (g_key_file_load_from_data (key_file, text, (gsize) -1, G_KEY_FILE_NONE, NULL));

  return mmp_profile_from_key_file (key_file, UUID, error);
}

static MmpProfileRule *
make_rule (void)
{
  MmpProfileRule *rule = mmp_profile_rule_new ("fields/#", MMP_PROFILE_FLOW_BOTH);

  g_set_str (&rule->map, "prepend:home");
  rule->topics = MMP_PROFILE_TOPICS_TOKENS;
  rule->sealed = FALSE;
  rule->qos = 0;
  rule->retain = TRUE;
  rule->max_age = 77;

  return rule;
}

static void
test_everything_is_kept (void)
{
  g_autoptr (MmpProfile) profile = mmp_profile_new (MMP_PROFILE_PORTAL);
  g_autoptr (GKeyFile) key_file = g_key_file_new ();
  g_autoptr (MmpProfile) copy = NULL;
  g_autoptr (MmpProfile) again = NULL;
  g_autoptr (GError) error = NULL;
  const MmpProfileRule *rule;

  g_set_str (&profile->name, "Farm");
  g_set_str (&profile->key_pair, UUID);
  g_set_str (&profile->broker, UUID);
  g_set_str (&profile->bridge->local, OTHER);
  g_set_str (&profile->bridge->via, UUID);
  g_set_str (&profile->bridge->prefix, "sealed");
  g_set_str (&profile->bridge->bridge_id, ID);
  g_set_str (&profile->bridge->secret_id, OTHER);
  g_set_str (&profile->bridge->key_file, "/k");
  profile->bridge->secret = MMP_PROFILE_SECRET_PASSWORD;
  profile->bridge->fall_back = TRUE;
  profile->bridge->patience = 9;
  profile->bridge->go_back = FALSE;
  g_ptr_array_add (profile->bridge->rules, make_rule ());
  g_ptr_array_add (profile->bridge->rules, mmp_profile_rule_new ("b", MMP_PROFILE_FLOW_IN));
  copy = mmp_profile_copy (profile);
  mmp_profile_to_key_file (copy, key_file);
  again = mmp_profile_from_key_file (key_file, UUID, &error);
  g_assert_no_error (error);
  g_assert_true (mmp_profile_has_rules (again) && mmp_profile_is_called (again));
  g_assert_cmpstr (again->bridge->local, ==, OTHER);
  g_assert_cmpstr (again->bridge->via, ==, UUID);
  g_assert_cmpstr (again->bridge->prefix, ==, "sealed");
  g_assert_cmpstr (again->bridge->bridge_id, ==, ID);
  g_assert_cmpstr (again->bridge->secret_id, ==, OTHER);
  g_assert_cmpstr (again->bridge->key_file, ==, "/k");
  g_assert_cmpint (again->bridge->secret, ==, MMP_PROFILE_SECRET_PASSWORD);
  g_assert_true (again->bridge->fall_back && !again->bridge->go_back);
  g_assert_cmpuint (again->bridge->patience, ==, 9);
  g_assert_cmpuint (again->bridge->rules->len, ==, 2);
  rule = g_ptr_array_index (again->bridge->rules, 0);
  g_assert_cmpstr (rule->filter, ==, "fields/#");
  g_assert_cmpstr (rule->map, ==, "prepend:home");
  g_assert_cmpint (rule->flow, ==, MMP_PROFILE_FLOW_BOTH);
  g_assert_cmpint (rule->topics, ==, MMP_PROFILE_TOPICS_TOKENS);
  g_assert_true (!rule->sealed && rule->retain);
  g_assert_cmpuint (rule->qos, ==, 0);
  g_assert_cmpuint (rule->max_age, ==, 77);

  /* One rule less is one group less. */
  g_ptr_array_set_size (copy->bridge->rules, 1);
  mmp_profile_to_key_file (copy, key_file);
  g_assert_false (g_key_file_has_group (key_file, "Rule 2"));
}

/* Who called before names nobody any more. */
static void
test_who_is_called_names_no_device (void)
{
  g_autoptr (MmpProfile) profile = parse (PORTAL, NULL);
  g_autoptr (GKeyFile) key_file = g_key_file_new ();

  profile->has_device = mmp_public_key_from_text (KEY, &profile->device, NULL);
  mmp_profile_to_key_file (profile, key_file);
  g_assert_true (g_key_file_has_key (key_file, "Profile", "Device", NULL));
  profile->has_device = FALSE;
  mmp_profile_to_key_file (profile, key_file);
  g_assert_false (g_key_file_has_key (key_file, "Profile", "Device", NULL));
}

static void
test_parsing_is_strict (void)
{
  static const struct
  {
    const char *text;
    const char *problem; /* NULL: it is good */
  } cases[] = {
    { BRIDGE, NULL },
    { BRIDGE RULE "Form=plain\n", NULL },
    { BRIDGE FILE_SECRET RULE TOKENS, NULL },
    { BRIDGE FILE_SECRET "Id=" ID "\n" RULE, NULL },
    { BRIDGE "Secret=password\nSecretId=" OTHER "\nId=" ID "\n" RULE, NULL },
    { PORTAL, NULL },
    { PORTAL RULE, NULL },
    { PORTAL "FallBack=true\n" FILE_SECRET RULE TOKENS, NULL },
    { "[Profile]\nKind=bridge\nName=a\nBroker=" UUID "\n", "it says no local broker" },
    { "[Profile]\nKind=bridge\nName=a\n[Bridge]\nLocal=" OTHER "\n", "it says no broker" },
    { "[Profile]\nKind=portal\nName=a\nBroker=" UUID "\n[Bridge]\nLocal=" OTHER "\n", "it says no key pair" },
    { PORTAL "Via=../x\n", "it says no public broker" },
    { PORTAL "Patience=0\n", "it waits too long for the tunnel, or not at all" },
    { PORTAL "Patience=3601\n", "it waits too long for the tunnel, or not at all" },
    { PORTAL "Patience=-1\n", "what it does when the tunnel fails is wrong" },
    { PORTAL "FallBack=perhaps\n", "what it does when the tunnel fails is wrong" },
    { PORTAL "FallBack=true\n" RULE TOKENS, "it says no secret to seal with" },
    { PORTAL "FallBack=true\n" FILE_SECRET RULE, "it says no bridge id" },
    { BRIDGE RULE TOKENS, "it says no secret to seal with" },
    { BRIDGE "Secret=magic\n", "its secret is of a kind that this program does not know" },
    { BRIDGE "Secret=file\n", "it says no key file" },
    { BRIDGE "Secret=key\n", "it does not say which secret is its own" },
    { BRIDGE "Secret=key\nSecretId=../../etc\n", "it does not say which secret is its own" },
    { BRIDGE "Secret=password\nSecretId=" OTHER "\n", "it says no bridge id" },
    { BRIDGE "Id=AAAA\n", "its bridge id is wrong" },
    { BRIDGE FILE_SECRET RULE, "it says no bridge id" },
    { BRIDGE "Prefix=\n", "its first level of topics is wrong" },
    { BRIDGE "[Rule 1]\nFlow=out\n", "a rule has no topics, or too long ones" },
    { BRIDGE RULE "Map=\n", "a rule changes topics in a way that this program does not know" },
    { BRIDGE RULE "Flow=up\n", "rule 1 says what this program does not know" },
    { BRIDGE RULE "Form=open\n", "rule 1 says what this program does not know" },
    { BRIDGE RULE "Topics=secret\n", "rule 1 says what this program does not know" },
    { BRIDGE RULE "QoS=one\n", "rule 1 says what this program does not know" },
    { BRIDGE RULE "Retain=2\n", "rule 1 says what this program does not know" },
    { BRIDGE RULE "QoS=2\n", "a rule has a quality of service that is not 0 or 1" },
    { BRIDGE RULE "MaxAge=31536001\n", "a rule takes messages that are too old" },
    { BRIDGE RULE "MaxAge=99999999999\n", "rule 1 says what this program does not know" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MmpProfile) profile = parse (cases[i].text, &error);

      g_test_message ("%s", cases[i].text);
      g_assert_true ((profile != NULL) == (cases[i].problem == NULL));
      if (cases[i].problem == NULL)
        continue;
      g_assert_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID);
      g_assert_cmpstr (error->message, ==, cases[i].problem);
    }
}

static void
test_rules_are_limited (void)
{
  for (guint n = MMP_PROFILE_RULES_MAX; n <= MMP_PROFILE_RULES_MAX + 1; n++)
    {
      g_autoptr (GString) text = g_string_new (BRIDGE);
      g_autoptr (MmpProfile) profile = NULL;
      g_autoptr (GError) error = NULL;

      for (guint i = 1; i <= n; i++)
        g_string_append_printf (text, "[Rule %u]\nFilter=a/%u\nForm=plain\n", i, i);
      profile = parse (text->str, &error);
      g_assert_true ((profile != NULL) == (n == MMP_PROFILE_RULES_MAX));
      g_assert_true ((error != NULL) == (profile == NULL));
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/profile-bridge/everything-is-kept", test_everything_is_kept);
  g_test_add_func ("/profile-bridge/who-is-called-names-no-device", test_who_is_called_names_no_device);
  g_test_add_func ("/profile-bridge/parsing-is-strict", test_parsing_is_strict);
  g_test_add_func ("/profile-bridge/rules-are-limited", test_rules_are_limited);

  return g_test_run ();
}
