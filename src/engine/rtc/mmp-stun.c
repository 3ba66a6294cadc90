/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rtc/mmp-stun-private.h"

#include <stun/stunagent.h>
#include <stun/usages/turn.h>
#include <string.h>

#include "base/mmp-error.h"

/* RFC 5780, section 7: what libnice has no name for */
#define ATTRIBUTE_OTHER_ADDRESS 0x802c
#define CHANGE_ADDRESS 0x4
#define CHANGE_PORT 0x2

#define HEADER_SIZE 20
#define LIFETIME 60 /* seconds: what is borrowed to see whether it can be had is given back at once */

struct _MmpStunRequest
{
  StunAgent agent; /* as it is after the request was made; answers are judged by a copy */
  GBytes *bytes;
  gboolean is_signed; /* an answer without a signature is none, but for the challenge */
  char *password; /* nullable: the agent points to it */
};

static const uint16_t known_attributes[] = {
  STUN_ATTRIBUTE_MAPPED_ADDRESS,
  STUN_ATTRIBUTE_USERNAME,
  STUN_ATTRIBUTE_MESSAGE_INTEGRITY,
  STUN_ATTRIBUTE_ERROR_CODE,
  STUN_ATTRIBUTE_UNKNOWN_ATTRIBUTES,
  STUN_ATTRIBUTE_LIFETIME,
  STUN_ATTRIBUTE_REALM,
  STUN_ATTRIBUTE_NONCE,
  STUN_ATTRIBUTE_XOR_RELAYED_ADDRESS,
  STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS,
  0,
};

/* A message that libnice looks into. It reads the length from the bytes, which @size has been compared with. */
static void
wrap (StunMessage *message,
      StunAgent *agent,
      gconstpointer data,
      gsize size)
{
  memset (message, 0, sizeof *message);
  message->agent = agent;
  message->buffer = (uint8_t *) data; /* only read */
  message->buffer_len = size;
}

static gsize
finish_binding (StunAgent *agent,
                StunMessage *message,
                guint8 *buffer,
                gsize size,
                guint32 change)
{
  stun_agent_init_request (agent, message, buffer, size, STUN_BINDING);
  if (change != 0)
    stun_message_append32 (message, STUN_ATTRIBUTE_CHANGE_REQUEST, change);

  return stun_agent_finish_message (agent, message, NULL, 0);
}

/* libnice wants bytes that it may write to, but writes to none of these. */
static gsize
finish_turn (MmpStunRequest *self,
             gboolean release,
             StunMessage *message,
             guint8 *buffer,
             gsize size,
             const char *user,
             const MmpStunAnswer *challenge)
{
  uint8_t *name = self->is_signed ? (uint8_t *) user : NULL;
  uint8_t *password = self->is_signed ? (uint8_t *) self->password : NULL;
  gsize name_length = self->is_signed ? strlen (user) : 0;
  gsize password_length = self->is_signed ? strlen (self->password) : 0;
  StunMessage previous;

  if (challenge != NULL)
    wrap (&previous, &self->agent, g_bytes_get_data (challenge->bytes, NULL), g_bytes_get_size (challenge->bytes));
  if (release)
    return stun_usage_turn_create_refresh (&self->agent, message, buffer, size, challenge != NULL ? &previous : NULL, 0, name, name_length,
                                           password, password_length, STUN_USAGE_TURN_COMPATIBILITY_RFC5766);

  return stun_usage_turn_create (&self->agent, message, buffer, size, challenge != NULL ? &previous : NULL,
                                 STUN_USAGE_TURN_REQUEST_PORT_NORMAL, -1, LIFETIME, name, name_length, password, password_length,
                                 STUN_USAGE_TURN_COMPATIBILITY_RFC5766);
}

/* libnice takes quotes from both ends and zeros from the end before it hashes, and runs past a text that has nothing else. */
static gboolean
has_substance (gconstpointer text,
               gsize size)
{
  const guint8 *bytes = text;

  for (gsize i = 0; i < size; i++)
    if (bytes[i] != '"' && bytes[i] != 0)
      return TRUE;

  return FALSE;
}

static gboolean
can_sign (MmpStunRequest *self,
          const char *user,
          const MmpStunAnswer *challenge)
{
  StunMessage message;
  uint16_t size = 0;
  const void *realm;

  wrap (&message, &self->agent, g_bytes_get_data (challenge->bytes, NULL), g_bytes_get_size (challenge->bytes));
  realm = stun_message_find (&message, STUN_ATTRIBUTE_REALM, &size);

  return realm != NULL && has_substance (realm, size) && has_substance (user, strlen (user)) && has_substance (self->password, strlen (self->password));
}

/**
 * mmp_stun_request_new:
 * @user: (nullable): user name; only with @password and @challenge
 * @password: (nullable): password
 * @challenge: (nullable): the answer with the realm and nonce to use
 *
 * Makes a request with a transaction id of its own. With a login it is signed with the long-term mechanism of RFC 8489, and
 * so must its answer be.
 *
 * Returns: (transfer full) (nullable): the request; %NULL if user name, realm or nonce are longer than they may be, or if
 *   user name, password or realm hold nothing to sign with
 */
MmpStunRequest *
mmp_stun_request_new (MmpStunMethod method,
                      const char *user,
                      const char *password,
                      const MmpStunAnswer *challenge)
{
  g_autoptr (MmpStunRequest) self = g_new0 (MmpStunRequest, 1);
  guint8 buffer[MMP_STUN_MESSAGE_MAX];
  StunMessage message;
  gsize size;

  self->is_signed = user != NULL && password != NULL && challenge != NULL;
  self->password = self->is_signed ? g_strdup (password) : NULL;
  if (self->is_signed && !can_sign (self, user, challenge))
    return NULL;

  stun_agent_init (&self->agent, known_attributes, STUN_COMPATIBILITY_RFC5389,
                   STUN_AGENT_USAGE_LONG_TERM_CREDENTIALS | (self->is_signed ? 0 : STUN_AGENT_USAGE_IGNORE_CREDENTIALS));
  switch (method)
    {
    case MMP_STUN_BINDING_OTHER_PORT:
      size = finish_binding (&self->agent, &message, buffer, sizeof buffer, CHANGE_PORT);
      break;
    case MMP_STUN_BINDING_OTHER_ADDRESS:
      size = finish_binding (&self->agent, &message, buffer, sizeof buffer, CHANGE_ADDRESS | CHANGE_PORT);
      break;
    case MMP_STUN_ALLOCATE:
    case MMP_STUN_RELEASE:
      size = finish_turn (self, method == MMP_STUN_RELEASE, &message, buffer, sizeof buffer, user, challenge);
      break;
    case MMP_STUN_BINDING:
    default:
      size = finish_binding (&self->agent, &message, buffer, sizeof buffer, 0);
      break;
    }
  if (size == 0)
    return NULL;
  self->bytes = g_bytes_new (buffer, size);

  return g_steal_pointer (&self);
}

/**
 * mmp_stun_request_set_id:
 * @id: the first %MMP_STUN_ID_SIZE bytes behind type and length of the answer that is to be taken
 *
 * For published examples, whose transaction id is given.
 */
void
mmp_stun_request_set_id (MmpStunRequest *self,
                         const guint8 id[MMP_STUN_ID_SIZE])
{
  for (guint i = 0; i < STUN_AGENT_MAX_SAVED_IDS; i++)
    if (self->agent.sent_ids[i].valid)
      memcpy (self->agent.sent_ids[i].id, id, MMP_STUN_ID_SIZE);
}

/**
 * mmp_stun_request_free:
 * @self: (nullable): a request
 */
void
mmp_stun_request_free (MmpStunRequest *self)
{
  if (self == NULL)
    return;

  explicit_bzero (&self->agent, sizeof self->agent);
  if (self->password != NULL)
    explicit_bzero (self->password, strlen (self->password));
  g_free (self->password);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_free (self);
}

/**
 * mmp_stun_request_get_bytes:
 *
 * Returns: (transfer none): what to send, as often as needed
 */
GBytes *
mmp_stun_request_get_bytes (const MmpStunRequest *self)
{
  return self->bytes;
}

/**
 * mmp_stun_answer_free:
 * @self: (nullable): an answer
 */
void
mmp_stun_answer_free (MmpStunAnswer *self)
{
  if (self == NULL)
    return;

  g_clear_object (&self->mapped);
  g_clear_object (&self->other);
  g_clear_object (&self->relayed);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_free (self);
}

static GSocketAddress *
find_address (StunMessage *message,
              StunAttribute type,
              gboolean xored)
{
  struct sockaddr_storage storage = { 0 };
  socklen_t length = sizeof storage;
  StunMessageReturn found;

  if (xored)
    found = stun_message_find_xor_addr (message, type, &storage, &length);
  else
    found = stun_message_find_addr (message, type, &storage, &length);

  return found == STUN_MESSAGE_RETURN_SUCCESS ? g_socket_address_new_from_native (&storage, length) : NULL;
}

static MmpStunAnswer *
read_answer (StunMessage *message)
{
  MmpStunAnswer *answer = g_new0 (MmpStunAnswer, 1);
  uint32_t lifetime = 0;
  int code = 0;

  answer->bytes = g_bytes_new (message->buffer, stun_message_length (message));
  if (stun_message_get_class (message) == STUN_ERROR)
    {
      if (stun_message_find_error (message, &code) == STUN_MESSAGE_RETURN_SUCCESS)
        answer->error = (guint) code;
      return answer;
    }

  answer->mapped = find_address (message, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, TRUE);
  if (answer->mapped == NULL)
    answer->mapped = find_address (message, STUN_ATTRIBUTE_MAPPED_ADDRESS, FALSE);
  answer->other = find_address (message, (StunAttribute) ATTRIBUTE_OTHER_ADDRESS, FALSE);
  answer->relayed = find_address (message, STUN_ATTRIBUTE_XOR_RELAYED_ADDRESS, TRUE);
  if (stun_message_find32 (message, STUN_ATTRIBUTE_LIFETIME, &lifetime) == STUN_MESSAGE_RETURN_SUCCESS)
    answer->lifetime = lifetime;

  return answer;
}

/* An answer says what was asked, or why not. */
static gboolean
is_complete (const MmpStunAnswer *answer,
             StunMessage *message)
{
  if (stun_message_get_class (message) == STUN_ERROR)
    return answer->error != 0;

  switch (stun_message_get_method (message))
    {
    case STUN_BINDING:
      return answer->mapped != NULL;
    case STUN_ALLOCATE:
      return answer->relayed != NULL;
    default:
      return TRUE;
    }
}

/**
 * mmp_stun_answer_decode:
 * @request: what was asked
 * @data: (array length=size): bytes that came, nobody knows from whom
 *
 * Bytes that are no valid answer to this very request are no reason to give up: the answer may still come.
 *
 * Returns: (transfer full): the answer; %NULL with %MMP_ERROR_MESSAGE_INVALID
 */
MmpStunAnswer *
mmp_stun_answer_decode (const MmpStunRequest *request,
                        const guint8 *data,
                        gsize size,
                        GError **error)
{
  g_autoptr (MmpStunAnswer) answer = NULL;
  StunAgent agent = request->agent;
  guint8 buffer[MMP_STUN_MESSAGE_MAX];
  StunMessage message;
  gboolean valid = FALSE;

  if (size >= HEADER_SIZE && size <= sizeof buffer && mmp_stun_measure (data, size) == size)
    {
      memcpy (buffer, data, size);
      valid = stun_agent_validate (&agent, &message, buffer, size, NULL, NULL) == STUN_VALIDATION_SUCCESS;
      valid = valid && (stun_message_get_class (&message) == STUN_RESPONSE || stun_message_get_class (&message) == STUN_ERROR);
    }
  if (valid)
    answer = read_answer (&message);
  valid = valid && is_complete (answer, &message);
  explicit_bzero (&agent, sizeof agent);
  if (!valid)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID, "this is not the answer to the request");
      return NULL;
    }

  return g_steal_pointer (&answer);
}

/**
 * mmp_stun_measure:
 * @data: (array length=size): the beginning of a message, from a connection that has no packets
 *
 * Returns: the size of the message that begins there, 0 if more bytes are needed to know, %MMP_STUN_MESSAGE_MAX + 1 if it is
 *   none or too large
 */
gsize
mmp_stun_measure (const guint8 *data,
                  gsize size)
{
  gsize length;

  if (size < HEADER_SIZE)
    return 0;

  /* The first two bits of a message are 0, and its attributes end on a multiple of 4 (RFC 8489, section 5). */
  length = ((gsize) data[2] << 8) | data[3];
  if ((data[0] & 0xc0) != 0 || length % 4 != 0 || HEADER_SIZE + length > MMP_STUN_MESSAGE_MAX)
    return MMP_STUN_MESSAGE_MAX + 1;

  return HEADER_SIZE + length;
}
