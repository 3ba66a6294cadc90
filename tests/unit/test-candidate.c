/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/mmp-candidate.h"

#include "base/mmp-limits.h"
#include "mmp-vectors.h"

static const char *const good[] = {
  "",
  /* as webrtcbin makes them */
  "candidate:1 1 UDP 2015363327 2001:db8::7 47553 typ host",
  "candidate:2 1 TCP 1015021823 2001:db8::7 9 typ host tcptype active",
  "candidate:3 1 TCP 1010827519 2001:db8::7 39607 typ host tcptype passive",
  "candidate:4 1 UDP 2015363583 192.0.2.7 48367 typ host",
  "candidate:13 1 UDP 1677722111 198.51.100.9 61234 typ srflx raddr 192.0.2.7 rport 48367",
  "candidate:21 1 UDP 1023 203.0.113.5 49160 typ relay raddr 198.51.100.9 rport 61234",
  "candidate:14 1 TCP 847249663 198.51.100.9 9 typ srflx raddr 192.0.2.7 rport 9 tcptype active",
  /* as browsers and others make them */
  "a=candidate:842163049 1 udp 1677729535 198.51.100.9 61234 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag EEtu network-id 3 network-cost 10",
  "842163049 1 udp 1677729535 198.51.100.9 61234 typ prflx",
  "candidate:a+/Z 1 tcp 2147483647 fd00::1 65535 typ host tcptype so",
};

static const char *const bad[] = {
  /* addresses that are not to be reached */
  "candidate:1 1 UDP 1 127.0.0.1 5000 typ host",
  "candidate:1 1 UDP 1 127.255.0.9 5000 typ host",
  "candidate:1 1 UDP 1 ::1 5000 typ host",
  "candidate:1 1 UDP 1 0.0.0.0 5000 typ host",
  "candidate:1 1 UDP 1 0.1.2.3 5000 typ host",
  "candidate:1 1 UDP 1 :: 5000 typ host",
  "candidate:1 1 UDP 1 169.254.3.4 5000 typ host",
  "candidate:1 1 UDP 1 fe80::b43f:1aff:fe1b:11cf 5000 typ host",
  "candidate:1 1 UDP 1 febf::1 5000 typ host",
  "candidate:1 1 UDP 1 224.0.0.251 5000 typ host",
  "candidate:1 1 UDP 1 239.255.255.250 5000 typ host",
  "candidate:1 1 UDP 1 240.0.0.1 5000 typ host",
  "candidate:1 1 UDP 1 255.255.255.255 5000 typ host",
  "candidate:1 1 UDP 1 ff02::fb 5000 typ host",
  /* the same in another dress */
  "candidate:1 1 UDP 1 ::ffff:127.0.0.1 5000 typ host",
  "candidate:1 1 UDP 1 ::ffff:c000:0207 5000 typ host",
  "candidate:1 1 UDP 1 ::7f00:1 5000 typ host",
  "candidate:1 1 UDP 1 ::192.0.2.7 5000 typ host",
  "candidate:1 1 UDP 1 0:0:0:0:0:0:0:1 5000 typ host",
  "candidate:1 1 UDP 1 2130706433 5000 typ host",
  "candidate:1 1 UDP 1 0x7f000001 5000 typ host",
  "candidate:1 1 UDP 1 127.1 5000 typ host",
  "candidate:1 1 UDP 1 0300.0.2.7 5000 typ host",
  "candidate:1 1 UDP 1 192.0.2.07 5000 typ host",
  "candidate:1 1 UDP 1 2001:db8::7%eth0 5000 typ host",
  "candidate:1 1 UDP 1 [2001:db8::7] 5000 typ host",
  /* names */
  "candidate:1 1 UDP 1 6a9b1b5a-1f6d-4f0b-9d2f-5b8b0a5c3f6e.local 5000 typ host",
  "candidate:1 1 UDP 1 example.org 5000 typ host",
  "candidate:1 1 UDP 1 localhost 5000 typ host",
  "candidate:1 1 UDP 1 198.51.100.9 5000 typ srflx raddr printer.local rport 9",
  /* ports */
  "candidate:1 1 UDP 1 192.0.2.7 0 typ host",
  "candidate:1 1 UDP 1 192.0.2.7 65536 typ host",
  "candidate:1 1 UDP 1 192.0.2.7 -1 typ host",
  "candidate:1 1 UDP 1 192.0.2.7 +1 typ host",
  "candidate:1 1 UDP 1 192.0.2.7 99999999999999999999999 typ host",
  "candidate:1 1 UDP 1 192.0.2.7  typ host",
  "candidate:1 1 UDP 1 198.51.100.9 5000 typ srflx raddr 192.0.2.7 rport 65536",
  /* grammar */
  "candidate:",
  "candidate:1",
  "candidate:1 1 UDP 1 192.0.2.7 5000 typ",
  "candidate:1 1 UDP 1 192.0.2.7 5000 type host",
  "candidate:1 1 UDP 1 192.0.2.7 5000 typ guest",
  "candidate: 1 UDP 1 192.0.2.7 5000 typ host",
  "candidate:1 2 UDP 1 192.0.2.7 5000 typ host",
  "candidate:1 1 SCTP 1 192.0.2.7 5000 typ host",
  "candidate:1 1 UDP 0 192.0.2.7 5000 typ host",
  "candidate:1 1 UDP 2147483648 192.0.2.7 5000 typ host",
  "candidate:1 1 UDP 1 192.0.2.7 5000 typ host ",
  "candidate:1  1 UDP 1 192.0.2.7 5000 typ host",
  " candidate:1 1 UDP 1 192.0.2.7 5000 typ host",
  "candidate:1 1 UDP 1 192.0.2.7 5000 typ host raddr",
  "candidate:1 1 UDP 1 192.0.2.7 5000 typ host generation",
  "candidate:1 1 UDP 1 192.0.2.7 5000 typ host generation 0 ",
  "candidate:1 1 UDP 1 192.0.2.7 5000 typ host tcptype active",
  "candidate:1 1 TCP 1 192.0.2.7 9 typ host",
  "candidate:1 1 TCP 1 192.0.2.7 9 typ host tcptype",
  "candidate:1 1 TCP 1 192.0.2.7 9 typ host tcptype both",
  "candidate:1 1 TCP 1 192.0.2.7 9 typ host tcptype active tcptype passive",
  "candidate:012345678901234567890123456789012 1 UDP 1 192.0.2.7 5000 typ host",
  "candidate:1@ 1 UDP 1 192.0.2.7 5000 typ host",
  /* lines in a line */
  "candidate:1 1 UDP 1 192.0.2.7 5000 typ host\r\na=candidate:1 1 UDP 1 127.0.0.1 5000 typ host",
  "candidate:1 1 UDP 1 192.0.2.7 5000 typ host\n",
  "candidate:1 1 UDP 1 192.0.2.7 5000 typ host x \x1b[31m",
  "candidate:1 1 UDP 1 192.0.2.7 5000 typ host x \xc3\xa9",
};

static void
test_good_ones_pass (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      mmp_test_case (good[i]);
      g_assert_true (mmp_candidate_passes (good[i], FALSE));
    }
}

static void
test_bad_ones_do_not_pass (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      mmp_test_case (bad[i]);
      g_assert_false (mmp_candidate_passes (bad[i], FALSE));
    }
}

static void
test_loopback_passes_where_it_is_allowed (void)
{
  static const char *const loopback[] = {
    "candidate:1 1 UDP 1 127.0.0.1 5000 typ host",
    "candidate:1 1 TCP 1 ::1 9 typ host tcptype active",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (loopback); i++)
    {
      g_assert_true (mmp_candidate_passes (loopback[i], TRUE));
      g_assert_false (mmp_candidate_passes (loopback[i], FALSE));
    }
  g_assert_false (mmp_candidate_passes ("candidate:1 1 UDP 1 ::ffff:127.0.0.1 5000 typ host", TRUE));
  g_assert_false (mmp_candidate_passes ("candidate:1 1 UDP 1 localhost 5000 typ host", TRUE));
}

static void
test_long_ones_do_not_pass (void)
{
  g_autofree char *value = g_strnfill (MMP_CANDIDATE_SIZE_MAX, 'x');
  g_autofree char *text = g_strconcat (good[4], " x ", value, NULL);

  g_assert_false (mmp_candidate_passes (text, FALSE));
  text[MMP_CANDIDATE_SIZE_MAX] = '\0';
  g_assert_true (mmp_candidate_passes (text, FALSE));
}

static void
test_what_was_lent_is_told_apart (void)
{
  static const struct
  {
    const char *candidate;
    const char *address; /* NULL: not lent */
  } table[] = {
    { "candidate:1 1 UDP 1 192.0.2.1 5000 typ relay raddr 198.51.100.1 rport 4000", "192.0.2.1:5000" },
    { "a=candidate:1 1 UDP 1 2001:db8::1 5000 typ relay", "[2001:db8::1]:5000" },
    { "1 1 UDP 1 192.0.2.1 5000 typ relay", "192.0.2.1:5000" },
    { "candidate:1 1 UDP 1 192.0.2.1 5000 typ host", NULL },
    { "candidate:1 1 UDP 1 192.0.2.1 5000 typ srflx raddr 198.51.100.1 rport 4000", NULL },
    { "candidate:1 1 UDP 1 192.0.2.1 5000 typ host x relay", NULL },
    { "", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autofree char *address = mmp_candidate_dup_lent_address (table[i].candidate);

      g_assert_true (mmp_candidate_passes (table[i].candidate, FALSE));
      g_assert_cmpstr (address, ==, table[i].address);
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/candidate/good-ones-pass", test_good_ones_pass);
  g_test_add_func ("/candidate/bad-ones-do-not-pass", test_bad_ones_do_not_pass);
  g_test_add_func ("/candidate/loopback-passes-where-it-is-allowed", test_loopback_passes_where_it_is_allowed);
  g_test_add_func ("/candidate/long-ones-do-not-pass", test_long_ones_do_not_pass);
  g_test_add_func ("/candidate/what-was-lent-is-told-apart", test_what_was_lent_is_told_apart);

  return g_test_run ();
}
