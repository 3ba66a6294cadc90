/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "rtc/mmp-ice-config.h"

static void
test_candidates_are_chosen_by_their_address (void)
{
  static const struct
  {
    const char *candidate;
    gboolean wanted;
    gboolean wanted_with_loopback;
  } table[] = {
    { "", TRUE, TRUE },
    { "candidate:1 1 UDP 2015363327 192.0.2.1 40000 typ host", TRUE, TRUE },
    { "candidate:1 1 TCP 1015021823 192.0.2.1 9 typ host tcptype active", TRUE, TRUE },
    { "candidate:1 1 UDP 2015363327 2001:db8::1 40000 typ host", TRUE, TRUE },
    { "candidate:1 1 UDP 2015363327 127.0.0.1 40000 typ host", FALSE, TRUE },
    { "candidate:1 1 UDP 2015363327 ::1 40000 typ host", FALSE, TRUE },
    { "candidate:1 1 UDP 2015363327 fe80::1 40000 typ host", FALSE, FALSE },
    { "candidate:1 1 UDP 2015363327 FE80::1 40000 typ host", FALSE, FALSE },
    { "candidate:1 1 UDP 2015363327 febf::1 40000 typ host", FALSE, FALSE },
    { "candidate:1 1 UDP 2015363327 169.254.1.1 40000 typ host", FALSE, FALSE },
    { "candidate:1 1 UDP 2015363327 0e9b4a2c.local 40000 typ host", FALSE, FALSE },
    { "candidate:1 1 UDP 2015363327 example.com 40000 typ host", FALSE, FALSE },
    { "candidate:1 1 UDP 2015363327  40000 typ host", FALSE, FALSE },
    { "candidate:1 1 UDP 2015363327 192.0.2.1", FALSE, FALSE },
    { "candidate:1 1 UDP 2015363327 192.0.2.1 40000 typ host\r\na=setup:active", FALSE, FALSE },
    { "nonsense", FALSE, FALSE },
    { " ", FALSE, FALSE },
  };
  g_autoptr (MmpIceConfig) config = mmp_ice_config_new ();
  g_autofree char *padding = g_strnfill (1000, 'a');
  g_autofree char *huge = g_strdup_printf ("candidate:1 1 UDP 2015363327 192.0.2.1 40000 typ host %s", padding);

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      config->loopback = FALSE;
      g_assert_cmpint (mmp_ice_config_wants_candidate (config, table[i].candidate), ==, table[i].wanted);
      config->loopback = TRUE;
      g_assert_cmpint (mmp_ice_config_wants_candidate (config, table[i].candidate), ==, table[i].wanted_with_loopback);
    }
  g_assert_false (mmp_ice_config_wants_candidate (config, huge));
}

static void
test_a_look_for_a_direct_path_has_no_turn (void)
{
  static const struct
  {
    const char *candidate;
    gboolean wanted;
  } table[] = {
    { "", TRUE },
    { "candidate:1 1 UDP 2015363327 192.0.2.1 40000 typ host", TRUE },
    { "candidate:1 1 TCP 1015021823 192.0.2.1 9 typ host tcptype active", TRUE },
    { "candidate:1 1 UDP 1677721855 192.0.2.1 40000 typ srflx raddr 192.0.2.9 rport 40000", TRUE },
    { "candidate:1 1 UDP 2013266431 192.0.2.1 49160 typ relay raddr 192.0.2.9 rport 40000", FALSE },
    { "candidate:1 1 UDP 2013266431 192.0.2.1 49160", FALSE },
  };
  g_autoptr (MmpIceConfig) config = mmp_ice_config_new ();
  g_autoptr (MmpIceConfig) direct = NULL;

  g_assert_true (mmp_ice_config_add_turn (config, "turn:turn.example", "anna", "secret", NULL));
  config->stun_server = g_strdup ("stun://stun.example:3478");
  config->turn_at_once = TRUE;
  direct = mmp_ice_config_copy_direct (config);
  g_assert_cmpstr (direct->stun_server, ==, config->stun_server);
  g_assert_null (direct->turn_servers);
  g_assert_false (direct->turn_at_once);
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    g_assert_cmpint (mmp_ice_config_wants_candidate (direct, table[i].candidate), ==, table[i].wanted);
  g_assert_true (mmp_ice_config_wants_candidate (config, table[4].candidate));
}

static void
check (const char *stun,
       const char *turn,
       gboolean good)
{
  const char *const servers[] = { turn, NULL };
  g_autoptr (MmpIceConfig) config = mmp_ice_config_new ();
  g_autoptr (MmpIceConfig) copy = NULL;
  g_autoptr (GError) error = NULL;

  config->stun_server = g_strdup (stun);
  config->turn_servers = g_strdupv ((GStrv) servers);
  copy = mmp_ice_config_copy (config);
  g_assert_cmpint (mmp_ice_config_check (copy, &error), ==, good);
  if (!good)
    {
      g_assert_error (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID);
      g_assert_null (strstr (error->message, "secret"));
    }
}

static void
test_servers_are_checked (void)
{
  check (NULL, NULL, TRUE);
  check ("stun://stun.example:3478", NULL, TRUE);
  check ("stun://[2001:db8::1]:3478", "turn://user:secret@turn.example:3478?transport=tcp", TRUE);
  check ("stun:stun.example:3478", NULL, FALSE);
  check ("stun.example", NULL, FALSE);
  check ("http://stun.example", NULL, FALSE);
  check ("stun://", NULL, FALSE);
  check ("", NULL, FALSE);
  check (NULL, "turns://user:secret@turn.example", FALSE);
  check (NULL, "turn:user:secret", FALSE);
}

static void
test_turn_servers_are_taken_in_the_forms_that_people_use (void)
{
  static const struct
  {
    const char *uri;
    const char *user;
    const char *password;
    const char *server; /* NULL: refused */
  } table[] = {
    { "turn:turn.example", "anna", "secret", "turn://anna:secret@turn.example:3478" },
    { "turn:turn.example:443?transport=tcp", "anna", "secret", "turn://anna:secret@turn.example:443?transport=tcp" },
    { "turn://turn.example:5000?transport=udp", "anna", "secret", "turn://anna:secret@turn.example:5000?transport=udp" },
    { "turn:[2001:db8::1]:3478", "anna", "secret", "turn://anna:secret@[2001:db8::1]:3478" },
    { "turn://bob:own@turn.example:3478", "anna", "secret", "turn://bob:own@turn.example:3478" },
    { "turn:bob:own@turn.example:3478", NULL, NULL, "turn://bob:own@turn.example:3478" },
    /* What has a meaning in a URI is told apart from it. */
    { "turn:turn.example", "1700000000:anna@home", "s/ec:r?et", "turn://1700000000%3Aanna%40home:s%2Fec:r%3Fet@turn.example:3478" },
    { "turns:turn.example", "anna", "secret", "turns://anna:secret@turn.example:5349?transport=tcp" },
    { "turns:turn.example:443?transport=tcp", "anna", "secret", "turns://anna:secret@turn.example:443?transport=tcp" },
    { "turns:turn.example?transport=udp", "anna", "secret", NULL },
    { "turn:turn.example", NULL, "secret", NULL },
    { "turn:turn.example", "anna", NULL, NULL },
    { "turn:turn.example", "anna", "", NULL },
    { "turn:turn.example?transport=sctp", "anna", "secret", NULL },
    { "turn:turn.example?transport=tcp&x=secret", "anna", "secret", NULL },
    { "turn:turn.example:70000", "anna", "secret", NULL },
    { "turn:", "anna", "secret", NULL },
    { "turn://:3478", "anna", "secret", NULL },
    { "stun:turn.example", "anna", "secret", NULL },
    { "turn.example:3478", "anna", "secret", NULL },
    { "", "anna", "secret", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (MmpIceConfig) config = mmp_ice_config_new ();
      g_autoptr (GError) error = NULL;
      gboolean taken = mmp_ice_config_add_turn (config, table[i].uri, table[i].user, table[i].password, &error);

      g_assert_cmpint (taken, ==, table[i].server != NULL);
      if (taken)
        {
          g_assert_cmpstr (config->turn_servers[0], ==, table[i].server);
          /* libnice would speak plain text. */
          g_assert_cmpint (mmp_ice_config_check (config, NULL), ==, g_str_has_prefix (table[i].server, "turn:"));
          g_assert_true (mmp_ice_config_add_turn (config, "turn:second.example", "a", "b", NULL));
          g_assert_cmpuint (g_strv_length (config->turn_servers), ==, 2);
          g_assert_cmpstr (config->turn_servers[0], ==, table[i].server);
        }
      else
        {
          g_assert_error (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID);
          g_assert_null (strstr (error->message, "secret"));
          g_assert_null (config->turn_servers);
        }
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/ice-config/candidates-are-chosen-by-their-address", test_candidates_are_chosen_by_their_address);
  g_test_add_func ("/ice-config/a-look-for-a-direct-path-has-no-turn", test_a_look_for_a_direct_path_has_no_turn);
  g_test_add_func ("/ice-config/servers-are-checked", test_servers_are_checked);

  g_test_add_func ("/ice-config/turn-servers-are-taken-in-the-forms-that-people-use", test_turn_servers_are_taken_in_the_forms_that_people_use);

  return g_test_run ();
}
