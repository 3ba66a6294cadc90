/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "rtc/mmp-ice-server.h"

static void
test_reads_what_people_write (void)
{
  static const struct
  {
    const char *text;
    const char *plain;
    const char *user;
    const char *password;
    MmpIceTransport transport;
  } cases[] = {
    { "stun:stun.example", "stun:stun.example:3478", NULL, NULL, MMP_ICE_TRANSPORT_UDP },
    { "stun://stun.example:19302", "stun:stun.example:19302", NULL, NULL, MMP_ICE_TRANSPORT_UDP },
    { "stun:[2001:db8::1]:5000", "stun:[2001:db8::1]:5000", NULL, NULL, MMP_ICE_TRANSPORT_UDP },
    { "turn:me:a%40b@turn.example", "turn:turn.example:3478", "me", "a@b", MMP_ICE_TRANSPORT_ANY },
    { "turn://me@turn.example:80?transport=TCP", "turn:turn.example:80?transport=tcp", "me", NULL, MMP_ICE_TRANSPORT_TCP },
    { "turn:turn.example?transport=udp", "turn:turn.example:3478?transport=udp", NULL, NULL, MMP_ICE_TRANSPORT_UDP },
    { "turns:me@192.0.2.1", "turns:192.0.2.1:5349", "me", NULL, MMP_ICE_TRANSPORT_TLS },
    { "turns:me@192.0.2.1:443?transport=tcp", "turns:192.0.2.1:443", "me", NULL, MMP_ICE_TRANSPORT_TLS },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MmpIceServer) server = mmp_ice_server_parse (cases[i].text, &error);
      g_autofree char *plain = NULL;

      g_assert_no_error (error);
      plain = mmp_ice_server_to_text (server);
      g_assert_cmpstr (plain, ==, cases[i].plain);
      g_assert_cmpstr (server->user, ==, cases[i].user);
      g_assert_cmpstr (server->password, ==, cases[i].password);
      g_assert_cmpint (server->transport, ==, cases[i].transport);
      g_assert_cmpint (server->turn, ==, cases[i].text[0] == 't');
    }
}

static void
test_refuses_what_is_no_server (void)
{
  static const char *const texts[] = {
    "",
    "stun.example:3478",
    "stun:",
    "stun://:3478",
    "http://stun.example",
    "stun:stun.example:0",
    "stun:stun.example:65536",
    "stun:stun.example/path",
    "stun:stun.example?transport=udp",
    "turn:me:secret@turn.example?transport=sctp",
    "turns:me@turn.example?transport=udp",
    "turn:me@turn example",
    "turn::secret@turn.example",
    "turn:%22:secret@turn.example",
    "turn:me:%22%22@turn.example",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MmpIceServer) server = mmp_ice_server_parse (texts[i], &error);

      g_test_message ("“%s”", texts[i]);
      g_assert_null (server);
      g_assert_error (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID);
      g_assert_null (strstr (error->message, "secret"));
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ice-server/reads-what-people-write", test_reads_what_people_write);
  g_test_add_func ("/ice-server/refuses-what-is-no-server", test_refuses_what_is_no_server);

  return g_test_run ();
}
