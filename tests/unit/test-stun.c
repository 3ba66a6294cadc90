/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "rtc/mmp-stun-private.h"

#include <stun/stunagent.h>
#include <string.h>

/* One byte a line would be hard to compare. */
/* clang-format off */

/* RFC 5769, section 2.2: an answer over IPv4 */
static const guint8 answer_v4[] = {
  0x01, 0x01, 0x00, 0x3c, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae,
  0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63, 0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x08,
  0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43, 0x00, 0x08, 0x00, 0x14, 0x2b, 0x91, 0xf5, 0x99, 0xfd, 0x9e, 0x90, 0xc3,
  0x8c, 0x74, 0x89, 0xf9, 0x2a, 0xf9, 0xba, 0x53, 0xf0, 0x6b, 0xe7, 0xd7, 0x80, 0x28, 0x00, 0x04, 0xc0, 0x7d, 0x4c, 0x96,
};

/* RFC 5769, section 2.3: an answer over IPv6 */
static const guint8 answer_v6[] = {
  0x01, 0x01, 0x00, 0x48, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae,
  0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63, 0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x14,
  0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9,
  0x00, 0x08, 0x00, 0x14, 0xa3, 0x82, 0x95, 0x4e, 0x4b, 0xe6, 0x7b, 0xf1, 0x17, 0x84, 0xc9, 0x7c, 0x82, 0x92, 0xc2, 0x75,
  0xbf, 0xe3, 0xed, 0x41, 0x80, 0x28, 0x00, 0x04, 0xc8, 0xfb, 0x0b, 0x4c,
};

/* RFC 5769, section 2.4: a request signed with the long-term mechanism */
static const guint8 request_long_term[] = {
  0x00, 0x01, 0x00, 0x60, 0x21, 0x12, 0xa4, 0x42, 0x78, 0xad, 0x34, 0x33, 0xc6, 0xad, 0x72, 0xc0, 0x29, 0xda, 0x41, 0x2e,
  0x00, 0x06, 0x00, 0x12, 0xe3, 0x83, 0x9e, 0xe3, 0x83, 0x88, 0xe3, 0x83, 0xaa, 0xe3, 0x83, 0x83, 0xe3, 0x82, 0xaf, 0xe3,
  0x82, 0xb9, 0x00, 0x00, 0x00, 0x15, 0x00, 0x1c, 0x66, 0x2f, 0x2f, 0x34, 0x39, 0x39, 0x6b, 0x39, 0x35, 0x34, 0x64, 0x36,
  0x4f, 0x4c, 0x33, 0x34, 0x6f, 0x4c, 0x39, 0x46, 0x53, 0x54, 0x76, 0x79, 0x36, 0x34, 0x73, 0x41, 0x00, 0x14, 0x00, 0x0b,
  0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0x2e, 0x6f, 0x72, 0x67, 0x00, 0x00, 0x08, 0x00, 0x14, 0xf6, 0x70, 0x24, 0x65,
  0x6d, 0xd6, 0x4a, 0x3e, 0x02, 0xb8, 0xe0, 0x71, 0x2e, 0x85, 0xc9, 0xa2, 0x8c, 0xa8, 0x96, 0x66,
};

/* clang-format on */

static const uint16_t no_attributes[] = { 0 };
static const uint16_t login_attributes[] = {
  STUN_ATTRIBUTE_USERNAME,
  STUN_ATTRIBUTE_REALM,
  STUN_ATTRIBUTE_NONCE,
  STUN_ATTRIBUTE_MESSAGE_INTEGRITY,
  STUN_ATTRIBUTE_REQUESTED_TRANSPORT,
  STUN_ATTRIBUTE_LIFETIME,
  0,
};

static char *
to_text (GSocketAddress *address)
{
  return address != NULL ? g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address)) : g_strdup ("nothing");
}

static MmpStunRequest *
request_like (const guint8 *answer)
{
  MmpStunRequest *request = mmp_stun_request_new (MMP_STUN_BINDING, NULL, NULL, NULL);

  mmp_stun_request_set_id (request, answer + 4);

  return request;
}

static void
assert_mapped (const guint8 *bytes,
               gsize size,
               const char *expected)
{
  g_autoptr (MmpStunRequest) request = request_like (bytes);
  g_autoptr (GError) error = NULL;
  g_autoptr (MmpStunAnswer) answer = mmp_stun_answer_decode (request, bytes, size, &error);
  g_autofree char *mapped = NULL;

  g_assert_no_error (error);
  mapped = to_text (answer->mapped);
  g_assert_cmpstr (mapped, ==, expected);
  g_assert_cmpuint (answer->error, ==, 0);
  g_assert_null (answer->other);
}

static void
test_reads_the_published_answers (void)
{
  assert_mapped (answer_v4, sizeof answer_v4, "192.0.2.1:32853");
  assert_mapped (answer_v6, sizeof answer_v6, "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
}

static bool
give_password (StunAgent *agent,
               StunMessage *message,
               uint8_t *username,
               uint16_t username_len,
               uint8_t **password,
               size_t *password_len,
               void *user_data)
{
  *password = user_data;
  *password_len = strlen (user_data);

  return true;
}

static StunValidationStatus
validate (const guint8 *bytes,
          gsize size,
          const char *password)
{
  StunAgent agent;
  StunMessage message;
  g_autofree guint8 *copy = g_memdup2 (bytes, size);

  stun_agent_init (&agent, login_attributes, STUN_COMPATIBILITY_RFC5389, STUN_AGENT_USAGE_LONG_TERM_CREDENTIALS);

  return stun_agent_validate (&agent, &message, copy, size, give_password, (void *) password);
}

static void
test_the_library_signs_as_published (void)
{
  g_assert_cmpint (validate (request_long_term, sizeof request_long_term, "TheMatrIX"), ==, STUN_VALIDATION_SUCCESS);
  g_assert_cmpint (validate (request_long_term, sizeof request_long_term, "TheMatrix"), ==, STUN_VALIDATION_UNAUTHORIZED);
}

static void
assert_refused (const guint8 *bytes,
                gsize size,
                const guint8 *id)
{
  g_autoptr (MmpStunRequest) request = request_like (id);
  g_autoptr (GError) error = NULL;
  MmpStunAnswer *answer = mmp_stun_answer_decode (request, bytes, size, &error);

  g_assert_null (answer);
  g_assert_error (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID);
}

static void
test_refuses_what_is_no_answer (void)
{
  guint8 changed[MMP_STUN_MESSAGE_MAX + 8] = { 0 };
  gsize size = sizeof answer_v4;

  for (gsize i = 0; i < size; i++)
    assert_refused (answer_v4, i, answer_v4); /* cut off anywhere */
  memcpy (changed, answer_v4, size);
  assert_refused (changed, size + 4, answer_v4); /* something behind it */
  assert_refused (changed, sizeof changed, answer_v4); /* longer than any */
  changed[8] ^= 1;
  assert_refused (changed, size, answer_v4); /* another transaction */
  changed[8] ^= 1;
  changed[4] ^= 1;
  assert_refused (changed, size, answer_v4); /* no magic cookie */
  changed[4] ^= 1;
  changed[0] = 0x00;
  assert_refused (changed, size, answer_v4); /* a request */
  changed[0] = 0x01;
  changed[1] = 0x03;
  assert_refused (changed, size, answer_v4); /* an answer to ALLOCATE */
  changed[1] = 0x01;
  changed[36] = 0x7f;
  assert_refused (changed, size, answer_v4); /* an attribute that one has to understand, and no address */
  changed[36] = 0x00;
  changed[41] = 0x03;
  assert_refused (changed, size, answer_v4); /* an address of no family */
}

static void
test_measures_a_stream (void)
{
  static const guint8 no_message[20] = { 0x47, 0x45, 0x54 };
  static const guint8 too_long[20] = { 0x01, 0x01, 0xff, 0xfc };
  static const guint8 odd[20] = { 0x01, 0x01, 0x00, 0x3d };

  for (gsize i = 0; i < 20; i++)
    g_assert_cmpuint (mmp_stun_measure (answer_v4, i), ==, 0);
  g_assert_cmpuint (mmp_stun_measure (answer_v4, 20), ==, sizeof answer_v4);
  g_assert_cmpuint (mmp_stun_measure (no_message, sizeof no_message), >, MMP_STUN_MESSAGE_MAX);
  g_assert_cmpuint (mmp_stun_measure (too_long, sizeof too_long), >, MMP_STUN_MESSAGE_MAX);
  g_assert_cmpuint (mmp_stun_measure (odd, sizeof odd), >, MMP_STUN_MESSAGE_MAX);
}

/* A server that asks for a login to @realm, then answers with a signature made with @password, or none */
static GBytes *
serve_realm (GBytes *request,
             StunError code,
             const char *realm,
             const char *password)
{
  StunAgent agent;
  StunMessage message;
  StunMessage response;
  guint8 buffer[MMP_STUN_MESSAGE_MAX];
  g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (request, NULL), g_bytes_get_size (request));
  struct sockaddr_in relayed = { .sin_family = AF_INET, .sin_port = g_htons (5000), .sin_addr = { .s_addr = g_htonl (0xcb007109) } };
  gsize size;

  stun_agent_init (&agent, login_attributes, STUN_COMPATIBILITY_RFC5389, STUN_AGENT_USAGE_LONG_TERM_CREDENTIALS | STUN_AGENT_USAGE_IGNORE_CREDENTIALS);
  g_assert_cmpint (stun_agent_validate (&agent, &message, copy, g_bytes_get_size (request), NULL, NULL), ==, STUN_VALIDATION_SUCCESS);
  if (code != 0)
    {
      g_assert_true (stun_agent_init_error (&agent, &response, buffer, sizeof buffer, &message, code));
      stun_message_append_string (&response, STUN_ATTRIBUTE_REALM, realm);
      stun_message_append_string (&response, STUN_ATTRIBUTE_NONCE, "once");
    }
  else
    {
      g_assert_true (stun_agent_init_response (&agent, &response, buffer, sizeof buffer, &message));
      stun_message_append_xor_addr (&response, STUN_ATTRIBUTE_XOR_RELAYED_ADDRESS, (struct sockaddr_storage *) &relayed, sizeof relayed);
      stun_message_append32 (&response, STUN_ATTRIBUTE_LIFETIME, 600);
    }
  if (password != NULL)
    {
      uint16_t length;
      const uint8_t *asked = stun_message_find (&message, STUN_ATTRIBUTE_REALM, &length);
      g_autofree char *text = g_strdup_printf ("me:%.*s:%s", (int) length, asked, password);
      g_autoptr (GChecksum) md5 = g_checksum_new (G_CHECKSUM_MD5);
      gsize digest_size = sizeof response.long_term_key;

      g_checksum_update (md5, (const guchar *) text, -1);
      g_checksum_get_digest (md5, response.long_term_key, &digest_size);
      response.long_term_valid = true;
    }
  size = stun_agent_finish_message (&agent, &response, (const uint8_t *) password, password != NULL ? strlen (password) : 0);
  g_assert_cmpuint (size, >, 0);

  return g_bytes_new (buffer, size);
}

static GBytes *
serve (GBytes *request,
       StunError code,
       const char *password)
{
  return serve_realm (request, code, "example.org", password);
}

static MmpStunAnswer *
decode (const MmpStunRequest *request,
        GBytes *bytes)
{
  return mmp_stun_answer_decode (request, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL);
}

static void
test_logs_in_and_wants_a_signed_answer (void)
{
  g_autoptr (MmpStunRequest) first = mmp_stun_request_new (MMP_STUN_ALLOCATE, "me", "secret", NULL);
  g_autoptr (GBytes) challenge_bytes = serve (mmp_stun_request_get_bytes (first), STUN_ERROR_UNAUTHORIZED, NULL);
  g_autoptr (MmpStunAnswer) challenge = decode (first, challenge_bytes);
  g_autoptr (MmpStunRequest) second = NULL;
  g_autoptr (GBytes) signed_ = NULL;
  g_autoptr (GBytes) plain = NULL;
  g_autoptr (GBytes) forged = NULL;
  g_autoptr (GBytes) refusal = NULL;
  g_autoptr (MmpStunAnswer) answer = NULL;
  g_autoptr (MmpStunAnswer) refused = NULL;
  g_autofree char *relayed = NULL;
  GBytes *bytes;

  g_assert_nonnull (challenge);
  g_assert_cmpuint (challenge->error, ==, 401);

  second = mmp_stun_request_new (MMP_STUN_ALLOCATE, "me", "secret", challenge);
  bytes = mmp_stun_request_get_bytes (second);
  g_assert_cmpint (validate (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), "secret"), ==, STUN_VALIDATION_SUCCESS);
  g_assert_cmpint (validate (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), "Secret"), ==, STUN_VALIDATION_UNAUTHORIZED);

  signed_ = serve (bytes, 0, "secret");
  plain = serve (bytes, 0, NULL);
  forged = serve (bytes, 0, "other");
  refusal = serve (bytes, STUN_ERROR_UNAUTHORIZED, NULL);
  g_assert_null (decode (second, plain));
  g_assert_null (decode (second, forged));
  answer = decode (second, signed_);
  g_assert_nonnull (answer);
  relayed = to_text (answer->relayed);
  g_assert_cmpstr (relayed, ==, "203.0.113.9:5000");
  g_assert_cmpuint (answer->lifetime, ==, 600);
  refused = decode (second, refusal);
  g_assert_nonnull (refused);
  g_assert_cmpuint (refused->error, ==, 401);
}

static void
test_signs_only_with_what_is_there (void)
{
  static const struct
  {
    const char *user;
    const char *password;
    const char *realm;
    gboolean is_signed;
  } cases[] = {
    { "me", "secret", "example.org", TRUE },
    { "\"me\"", "\"secret\"", "\"example.org\"", TRUE },
    { "\"\"m", "s\"\"", "e", TRUE },
    { "", "secret", "example.org", FALSE },
    { "me", "", "example.org", FALSE },
    { "me", "secret", "", FALSE },
    { "\"", "secret", "example.org", FALSE },
    { "me", "\"\"", "example.org", FALSE },
    { "me", "secret", "\"\"\"\"\"", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MmpStunRequest) first = mmp_stun_request_new (MMP_STUN_ALLOCATE, NULL, NULL, NULL);
      g_autoptr (GBytes) bytes = serve_realm (mmp_stun_request_get_bytes (first), STUN_ERROR_UNAUTHORIZED, cases[i].realm, NULL);
      g_autoptr (MmpStunAnswer) challenge = decode (first, bytes);
      g_autoptr (MmpStunRequest) second = NULL;

      g_assert_nonnull (challenge);
      second = mmp_stun_request_new (MMP_STUN_ALLOCATE, cases[i].user, cases[i].password, challenge);
      g_assert_cmpint (second != NULL, ==, cases[i].is_signed);
    }
}

static void
test_a_release_asks_for_no_more_time (void)
{
  g_autoptr (MmpStunRequest) request = mmp_stun_request_new (MMP_STUN_RELEASE, NULL, NULL, NULL);
  GBytes *bytes = mmp_stun_request_get_bytes (request);
  g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  StunAgent agent;
  StunMessage message;
  uint32_t lifetime = 1;

  stun_agent_init (&agent, login_attributes, STUN_COMPATIBILITY_RFC5389, STUN_AGENT_USAGE_IGNORE_CREDENTIALS);
  g_assert_cmpint (stun_agent_validate (&agent, &message, copy, g_bytes_get_size (bytes), NULL, NULL), ==, STUN_VALIDATION_SUCCESS);
  g_assert_cmpint (stun_message_get_method (&message), ==, STUN_REFRESH);
  g_assert_cmpint (stun_message_find32 (&message, STUN_ATTRIBUTE_LIFETIME, &lifetime), ==, STUN_MESSAGE_RETURN_SUCCESS);
  g_assert_cmpuint (lifetime, ==, 0);
}

static void
test_asks_for_answers_from_elsewhere (void)
{
  static const struct
  {
    MmpStunMethod method;
    guint32 change;
  } cases[] = {
    { MMP_STUN_BINDING_OTHER_PORT, 0x2 },
    { MMP_STUN_BINDING_OTHER_ADDRESS, 0x6 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MmpStunRequest) request = mmp_stun_request_new (cases[i].method, NULL, NULL, NULL);
      GBytes *bytes = mmp_stun_request_get_bytes (request);
      StunMessage message = { .buffer = (uint8_t *) g_bytes_get_data (bytes, NULL), .buffer_len = g_bytes_get_size (bytes) };
      StunAgent agent;
      uint32_t change = 0;

      stun_agent_init (&agent, no_attributes, STUN_COMPATIBILITY_RFC5389, 0);
      message.agent = &agent;
      g_assert_cmpint (stun_message_find32 (&message, STUN_ATTRIBUTE_CHANGE_REQUEST, &change), ==, STUN_MESSAGE_RETURN_SUCCESS);
      g_assert_cmphex (change, ==, cases[i].change);
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stun/signs-only-with-what-is-there", test_signs_only_with_what_is_there);
  g_test_add_func ("/stun/reads-the-published-answers", test_reads_the_published_answers);
  g_test_add_func ("/stun/the-library-signs-as-published", test_the_library_signs_as_published);
  g_test_add_func ("/stun/refuses-what-is-no-answer", test_refuses_what_is_no_answer);
  g_test_add_func ("/stun/measures-a-stream", test_measures_a_stream);
  g_test_add_func ("/stun/logs-in-and-wants-a-signed-answer", test_logs_in_and_wants_a_signed_answer);
  g_test_add_func ("/stun/a-release-asks-for-no-more-time", test_a_release_asks_for_no_more_time);
  g_test_add_func ("/stun/asks-for-answers-from-elsewhere", test_asks_for_answers_from_elsewhere);

  return g_test_run ();
}
