/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-diagnose"

#include "diagnose/mmp-diagnosis-private.h"

#include "base/mmp-error.h"
#include "diagnose/mmp-stun-probe.h"
#include "rtc/mmp-turn-dial.h"

/* RFC 8656, section 7.4 and RFC 8489, section 9.2 */
#define CODE_UNAUTHENTICATED 401
#define CODE_FORBIDDEN 403
#define CODE_STALE_NONCE 438
#define CODE_QUOTA 486
#define CODE_CAPACITY 508

/* The way to one server: a UDP socket, or a connection */
typedef struct
{
  MmpDiagnosis *diagnosis;
  const MmpIceServer *server;
  MmpIceTransport transport;
  MmpStunProbe *probe; /* UDP */
  GSocketAddress *address; /* UDP */
  GIOStream *stream; /* TCP, TLS */
} Way;

static void
way_clear (Way *self)
{
  g_clear_pointer (&self->probe, mmp_stun_probe_free);
  g_clear_object (&self->address);
  g_clear_object (&self->stream);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Way, way_clear)

static gboolean
fail (GError **error,
      MmpError code,
      const char *clause)
{
  g_set_error_literal (error, MMP_ERROR, (int) code, clause);

  return FALSE;
}

static gboolean
open_udp (Way *self,
          GError **error)
{
  g_autoptr (GError) cause = NULL;
  GList *addresses = mmp_diagnosis_look_up (self->diagnosis, self->server->host, &cause);
  GSocketFamily family;

  if (addresses == NULL)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_TURN_NAME, cause->message);
      return FALSE;
    }
  family = g_inet_address_get_family (addresses->data);
  self->address = g_inet_socket_address_new (addresses->data, (guint16) self->server->port);
  self->probe = mmp_stun_probe_new (family, self->diagnosis->clock, self->diagnosis->waiter, &cause);
  g_list_free_full (addresses, g_object_unref);
  if (self->probe == NULL)
    g_set_error_literal (error, MMP_ERROR, MMP_ERROR_TURN_UNREACHABLE, cause->message);

  return self->probe != NULL;
}

static void
on_dialed (GObject *object,
           GAsyncResult *result,
           gpointer user_data)
{
  g_autoptr (DexPromise) promise = user_data;
  GError *error = NULL;
  GIOStream *stream = mmp_turn_dial_finish (result, &error);

  if (stream != NULL)
    dex_promise_resolve_object (promise, stream);
  else
    dex_promise_reject (promise, error);
}

static gboolean
open_stream (Way *self,
             GError **error)
{
  g_autoptr (DexPromise) promise = dex_promise_new_cancellable ();
  gboolean tls = self->transport == MMP_ICE_TRANSPORT_TLS;

  mmp_turn_dial_async (self->server->host, self->server->port, tls, tls ? self->diagnosis->config->turn_ca_file : NULL,
                       dex_promise_get_cancellable (promise), on_dialed, dex_ref (promise));
  if (!mmp_diagnosis_await (self->diagnosis, dex_ref (DEX_FUTURE (promise)), MMP_DIAGNOSIS_PATIENCE, error))
    {
      g_cancellable_cancel (dex_promise_get_cancellable (promise));
      if (g_error_matches (*error, MMP_ERROR, MMP_ERROR_TIMED_OUT))
        (*error)->code = MMP_ERROR_TURN_UNREACHABLE;
      return FALSE;
    }
  self->stream = dex_await_object (dex_ref (DEX_FUTURE (promise)), NULL);

  return TRUE;
}

/* What follows a message in the same packet belongs to nothing that was asked. */
static MmpStunAnswer *
read_answer (Way *self,
             const MmpStunRequest *request,
             GError **error)
{
  g_autoptr (GByteArray) received = g_byte_array_new ();
  gint64 end = mmp_clock_now (self->diagnosis->clock) + MMP_DIAGNOSIS_PATIENCE;

  for (;;)
    {
      gsize size = mmp_stun_measure (received->data, received->len);
      g_autoptr (DexFuture) future = NULL;
      g_autoptr (GBytes) bytes = NULL;

      if (size > MMP_STUN_MESSAGE_MAX)
        break;
      if (size > 0 && received->len >= size)
        return mmp_stun_answer_decode (request, received->data, size, error);

      future = dex_input_stream_read_bytes (g_io_stream_get_input_stream (self->stream), MMP_STUN_MESSAGE_MAX, G_PRIORITY_DEFAULT);
      if (!mmp_diagnosis_await (self->diagnosis, dex_ref (future), end - mmp_clock_now (self->diagnosis->clock), error))
        return NULL;
      bytes = dex_await_boxed (dex_ref (future), NULL);
      if (bytes == NULL || g_bytes_get_size (bytes) == 0)
        {
          fail (error, MMP_ERROR_TURN_UNREACHABLE, "the server closed the connection");
          return NULL;
        }
      g_byte_array_append (received, g_bytes_get_data (bytes, NULL), (guint) g_bytes_get_size (bytes));
    }
  fail (error, MMP_ERROR_TURN_UNREACHABLE, "what answers there does not speak TURN");

  return NULL;
}

static MmpStunAnswer *
ask (Way *self,
     MmpStunMethod method,
     const MmpStunAnswer *challenge,
     GError **error)
{
  g_autoptr (MmpStunRequest) request = mmp_stun_request_new (method, self->server->user, self->server->password, challenge);
  g_autoptr (GError) cause = NULL;
  MmpStunAnswer *answer = NULL;

  if (request == NULL)
    {
      fail (error, MMP_ERROR_TURN_LOGIN, "user name and password cannot be used with this server");
      return NULL;
    }

  if (self->transport == MMP_ICE_TRANSPORT_UDP)
    {
      g_auto (MmpStunQuestion) question = { NULL };

      mmp_stun_question_init (&question, self->address, method);
      question.request = g_steal_pointer (&request);
      if (mmp_stun_probe_ask (self->probe, &question, 1, &cause))
        answer = g_steal_pointer (&question.answer);
    }
  else
    {
      GBytes *bytes = mmp_stun_request_get_bytes (request);

      if (mmp_diagnosis_await (self->diagnosis, dex_output_stream_write_bytes (g_io_stream_get_output_stream (self->stream), bytes, G_PRIORITY_DEFAULT),
                               MMP_DIAGNOSIS_PATIENCE, &cause))
        answer = read_answer (self, request, &cause);
    }

  if (answer == NULL)
    fail (error, g_error_matches (cause, MMP_ERROR, MMP_ERROR_CANCELLED) ? MMP_ERROR_CANCELLED : MMP_ERROR_TURN_UNREACHABLE, cause->message);

  return answer;
}

static gboolean
explain_refusal (const Way *self,
                 const MmpStunAnswer *answer,
                 GError **error)
{
  switch (answer->error)
    {
    case CODE_UNAUTHENTICATED:
      if (self->server->user == NULL)
        return fail (error, MMP_ERROR_TURN_LOGIN, "the server wants a user name and a password");
      if (self->server->password == NULL)
        return fail (error, MMP_ERROR_TURN_LOGIN, "the server wants a password");
      return fail (error, MMP_ERROR_TURN_LOGIN, "the server does not accept the user name or password");
    case CODE_FORBIDDEN:
      return fail (error, MMP_ERROR_TURN_REFUSED, "the server does not allow it to this user");
    case CODE_QUOTA:
      return fail (error, MMP_ERROR_TURN_REFUSED, "this user has borrowed all the addresses that it may");
    case CODE_CAPACITY:
      return fail (error, MMP_ERROR_TURN_REFUSED, "the server has no address left");
    default:
      g_set_error (error, MMP_ERROR, MMP_ERROR_TURN_REFUSED, "the server answers with the error %u", answer->error);
      return FALSE;
    }
}

/* Borrows an address and gives it back. The first answer is a challenge, unless the server wants no login; a challenge that has
 * become stale meanwhile is followed by a fresh one, once. */
static gboolean
borrow (Way *self,
        GVariantDict *values,
        GError **error)
{
  g_autoptr (MmpStunAnswer) challenge = NULL;
  g_autoptr (MmpStunAnswer) answer = ask (self, MMP_STUN_ALLOCATE, NULL, error);
  g_autoptr (MmpStunAnswer) released = NULL;

  for (guint i = 0; i < 2 && answer != NULL && self->server->user != NULL && self->server->password != NULL; i++)
    {
      if (answer->error != (i == 0 ? CODE_UNAUTHENTICATED : CODE_STALE_NONCE))
        break;
      g_clear_pointer (&challenge, mmp_stun_answer_free);
      challenge = g_steal_pointer (&answer);
      answer = ask (self, MMP_STUN_ALLOCATE, challenge, error);
    }
  if (answer == NULL)
    return FALSE;
  if (answer->error != 0)
    return explain_refusal (self, answer, error);

  g_variant_dict_insert_value (values, "relayed", g_variant_new_take_string (g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (answer->relayed))));
  released = ask (self, MMP_STUN_RELEASE, challenge, NULL);
  g_variant_dict_insert (values, "released", "b", released != NULL && released->error == 0);

  return TRUE;
}

static const char *
get_transport_name (MmpIceTransport transport)
{
  switch (transport)
    {
    case MMP_ICE_TRANSPORT_TCP:
      return "tcp";
    case MMP_ICE_TRANSPORT_TLS:
      return "tls";
    case MMP_ICE_TRANSPORT_UDP:
    case MMP_ICE_TRANSPORT_ANY:
    default:
      return "udp";
    }
}

static void
check_way (MmpDiagnosis *self,
           const MmpIceServer *server,
           MmpIceTransport transport)
{
  g_auto (Way) way = { .diagnosis = self, .server = server, .transport = transport };
  g_auto (GVariantDict) values = G_VARIANT_DICT_INIT (NULL);
  MmpIceServer described = *server;
  g_autofree char *subject = NULL;
  g_autoptr (GError) error = NULL;
  gint64 start = mmp_clock_now (self->clock);
  gboolean opened;

  described.transport = transport;
  subject = mmp_ice_server_to_text (&described);
  mmp_diagnosis_begin (self, MMP_CHECK_TURN, subject);
  opened = transport == MMP_ICE_TRANSPORT_UDP ? open_udp (&way, &error) : open_stream (&way, &error);
  if (opened && borrow (&way, &values, &error))
    self->turn_works = TRUE;
  if (mmp_diagnosis_is_over (self))
    return;

  g_variant_dict_insert (&values, "transport", "s", get_transport_name (transport));
  g_variant_dict_insert (&values, "ms", "d", mmp_diagnosis_since (self, start));
  mmp_diagnosis_report (self, MMP_CHECK_TURN, subject, error == NULL ? MMP_CHECK_STATUS_OK : MMP_CHECK_STATUS_FAILED, error, &values);
}

/**
 * mmp_diagnosis_check_turn:
 *
 * In the fiber: borrows an address of each TURN server and gives it back at once.
 */
void
mmp_diagnosis_check_turn (MmpDiagnosis *self)
{
  for (guint i = 0; i < self->config->turn->len && !mmp_diagnosis_is_over (self); i++)
    {
      const MmpIceServer *server = g_ptr_array_index (self->config->turn, i);

      if (server->transport != MMP_ICE_TRANSPORT_ANY)
        {
          check_way (self, server, server->transport);
          continue;
        }
      check_way (self, server, MMP_ICE_TRANSPORT_UDP);
      if (!mmp_diagnosis_is_over (self))
        check_way (self, server, MMP_ICE_TRANSPORT_TCP);
    }
}
