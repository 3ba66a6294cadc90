/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-options.h"

#include <string.h>

#include "mmp-cli-secret.h"
#include "mmp-test.h"

static const MmpCliCommand command = {
  .name = "test",
  .arguments = "A B",
  .summary = "",
  .description = "",
};

/* Parses a line of words; returns positionals, the key's path and the user. */
static GStrv
parse (const char *line,
       char **key,
       char **user,
       GError **error)
{
  const GOptionEntry entries[] = {
    { "privatekey", 0, 0, G_OPTION_ARG_FILENAME, key, "", "FILE" },
    { "siguser", 'u', 0, G_OPTION_ARG_STRING, user, "", "USER" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = mmp_cli_options_new (&command);
  g_auto (GStrv) argv = g_strsplit (line, " ", -1);

  g_option_context_add_main_entries (context, entries, NULL);

  return mmp_cli_options_parse (context, (int) g_strv_length (argv), argv, error);
}

static void
test_every_form_of_an_option_is_taken (void)
{
  static const char *const lines[] = {
    "test -pk k -u anna one two",
    "test one two -pk k -u anna",
    "test one -pk k two -u anna",
    "test --privatekey=k one --siguser anna two",
    "test --privatekey k --siguser=anna -- one two",
    "test one -u anna --privatekey k -- two",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autofree char *key = NULL;
      g_autofree char *user = NULL;
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) positionals = parse (lines[i], &key, &user, &error);

      g_test_message ("%s", lines[i]);
      g_assert_no_error (error);
      g_assert_cmpstr (key, ==, "k");
      g_assert_cmpstr (user, ==, "anna");
      g_assert_cmpuint (g_strv_length (positionals), ==, 2);
      g_assert_cmpstr (positionals[0], ==, "one");
      g_assert_cmpstr (positionals[1], ==, "two");
    }
}

static void
test_two_dashes_end_the_options (void)
{
  g_autofree char *key = NULL;
  g_autofree char *user = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) positionals = parse ("test -- -pk -u", &key, &user, &error);

  g_assert_no_error (error);
  g_assert_null (key);
  g_assert_cmpuint (g_strv_length (positionals), ==, 2);
  g_assert_cmpstr (positionals[0], ==, "-pk");
}

static void
test_what_is_no_option_is_refused (void)
{
  static const char *const lines[] = { "test --nonsense", "test -x", "test one --siguser", "test -pk" };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autofree char *key = NULL;
      g_autofree char *user = NULL;
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) positionals = parse (lines[i], &key, &user, &error);

      g_assert_null (positionals);
      g_assert_true (error != NULL && error->domain == G_OPTION_ERROR);
    }
}

static void
test_addresses (void)
{
  static const struct
  {
    const char *text;
    const char *host; /* NULL: refused */
    guint port;
  } cases[] = {
    { "127.0.0.1:1883", "127.0.0.1", 1883 },
    { "broker.example.org:1", "broker.example.org", 1 },
    { "[2001:db8::1]:65535", "2001:db8::1", 65535 },
    { "host:0", NULL, 0 },
    { "host:65536", NULL, 0 },
    { "host:-1", NULL, 0 },
    { "host:", NULL, 0 },
    { "host", NULL, 0 },
    { ":1883", NULL, 0 },
    { "::1:1883", NULL, 0 },
    { "[]:1883", NULL, 0 },
    { "host:1883x", NULL, 0 },
    { "", NULL, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *host = NULL;
      guint port = 0;
      gboolean good = mmp_cli_options_parse_address (cases[i].text, FALSE, &host, &port, &error);

      g_test_message ("“%s”", cases[i].text);
      g_assert_cmpint (good, ==, cases[i].host != NULL);
      g_assert_cmpint (good, ==, error == NULL);
      g_assert_cmpstr (host, ==, cases[i].host);
      if (good)
        g_assert_cmpuint (port, ==, cases[i].port);
    }
}

static void
test_services_and_forwards (void)
{
  g_autoptr (MmpEndpointConfig) config = mmp_endpoint_config_new ();
  g_autoptr (GError) error = NULL;
  static const char *const wrong_services[] = { "ssh", "=h:1", "ssh=", "ssh=host", "ssh=host:0", "with space=h:1" };
  static const char *const wrong_forwards[] = { "h:1", "h:1=", "=ssh", "h=ssh", "h:99999=ssh" };
  const MmpService *service;
  const MmpForward *forward;

  g_assert_true (mmp_cli_options_parse_service ("ssh=[::1]:22", config, &error));
  g_assert_no_error (error);
  service = g_ptr_array_index (config->services, 0);
  g_assert_cmpstr (service->name, ==, "ssh");
  g_assert_cmpstr (service->host, ==, "::1");
  g_assert_cmpuint (service->port, ==, 22);

  g_assert_true (mmp_cli_options_parse_forward ("127.0.0.1:0=ssh", config, &error));
  g_assert_no_error (error);
  forward = g_ptr_array_index (config->forwards, 0);
  g_assert_cmpstr (forward->address, ==, "127.0.0.1");
  g_assert_cmpuint (forward->port, ==, 0);
  g_assert_cmpstr (forward->service, ==, "ssh");

  for (gsize i = 0; i < G_N_ELEMENTS (wrong_services); i++)
    g_assert_false (mmp_cli_options_parse_service (wrong_services[i], config, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (wrong_forwards); i++)
    g_assert_false (mmp_cli_options_parse_forward (wrong_forwards[i], config, NULL));
  g_assert_cmpuint (config->services->len, ==, 1);
  g_assert_cmpuint (config->forwards->len, ==, 1);
}

static void
test_a_slip_in_a_key_is_named_and_not_corrected (void)
{
  g_autoptr (GError) error = NULL;
  MmpPublicKey key;

  g_assert_false (mmp_cli_options_parse_key ("RVC45WSASZAGKAJZT24NC3GTCEENN7FCZ03QC7Z5S2ZSQ0L22UXQ====", &key, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_KEY_INVALID);
  g_assert_nonnull (strstr (error->message, "RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ===="));
}

static void
test_secrets_leave_the_arguments (void)
{
  char alone[] = "verysecret";
  char joined[] = "--sigpassword=verysecret";
  char glued[] = "-pverysecret";
  char other[] = "very";
  char *argv[] = { alone, joined, glued, other };

  mmp_cli_secret_wipe_arguments ("verysecret", G_N_ELEMENTS (argv), argv);
  g_assert_cmpstr (alone, ==, "");
  g_assert_cmpstr (joined, ==, "--sigpassword=");
  g_assert_cmpstr (glued, ==, "-p");
  g_assert_cmpstr (other, ==, "very");
}

static void
test_a_password_file (void)
{
  static const struct
  {
    const char *content;
    const char *password;
  } cases[] = {
    { "secret\n", "secret" },
    { "secret\r\nsecond line\n", "secret" },
    { "no end of line", "no end of line" },
    { "", "" },
  };
  char *directory = mmp_test_directory ();
  g_autofree char *path = g_build_filename (directory, "password", NULL);
  g_autofree char *large = g_strnfill (5000, 'x');
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      char *password;

      g_assert_true (g_file_set_contents (path, cases[i].content, -1, NULL));
      password = mmp_cli_secret_read (path, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (password, ==, cases[i].password);
      mmp_cli_secret_free (password);
    }

  g_assert_true (g_file_set_contents (path, large, -1, NULL));
  g_assert_null (mmp_cli_secret_read (path, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID);
  g_clear_error (&error);
  g_assert_null (mmp_cli_secret_read ("/nonexistent/password", &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID);
  mmp_test_directory_free (directory);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/cli-options/every-form-of-an-option-is-taken", test_every_form_of_an_option_is_taken);
  g_test_add_func ("/cli-options/two-dashes-end-the-options", test_two_dashes_end_the_options);
  g_test_add_func ("/cli-options/what-is-no-option-is-refused", test_what_is_no_option_is_refused);
  g_test_add_func ("/cli-options/addresses", test_addresses);
  g_test_add_func ("/cli-options/services-and-forwards", test_services_and_forwards);
  g_test_add_func ("/cli-options/a-slip-in-a-key-is-named-and-not-corrected", test_a_slip_in_a_key_is_named_and_not_corrected);
  g_test_add_func ("/cli-options/secrets-leave-the-arguments", test_secrets_leave_the_arguments);
  g_test_add_func ("/cli-options/a-password-file", test_a_password_file);

  return g_test_run ();
}
