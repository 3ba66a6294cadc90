/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mqtt/mmp-mqtt-error.h"

#include <mosquitto.h>
#include <mqtt_protocol.h>

#include "base/mmp-error.h"

#define OTHER (-1)

typedef struct
{
  MmpMqttAnswer answer;
  int value;
  MmpError code;
  const char *clause;
} Entry;

/* Everything that can be said about a broker's no. The line with OTHER closes each kind. */
static const Entry answers[] = {
  { MMP_MQTT_ANSWER_CONNACK_3, CONNACK_REFUSED_PROTOCOL_VERSION, MMP_ERROR_BROKER_PROTOCOL, "the broker speaks neither MQTT 5 nor MQTT 3.1.1" },
  { MMP_MQTT_ANSWER_CONNACK_3, CONNACK_REFUSED_IDENTIFIER_REJECTED, MMP_ERROR_BROKER_REFUSED, "the broker does not accept the client id" },
  { MMP_MQTT_ANSWER_CONNACK_3, CONNACK_REFUSED_SERVER_UNAVAILABLE, MMP_ERROR_BROKER_REFUSED, "the broker is not available now" },
  { MMP_MQTT_ANSWER_CONNACK_3, CONNACK_REFUSED_BAD_USERNAME_PASSWORD, MMP_ERROR_BROKER_LOGIN, "the broker does not accept the user name or password" },
  { MMP_MQTT_ANSWER_CONNACK_3, CONNACK_REFUSED_NOT_AUTHORIZED, MMP_ERROR_BROKER_LOGIN, "the broker does not accept this login" },
  { MMP_MQTT_ANSWER_CONNACK_3, OTHER, MMP_ERROR_BROKER_REFUSED, "the broker refused the connection" },

  { MMP_MQTT_ANSWER_CONNACK_5, MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION, MMP_ERROR_BROKER_PROTOCOL, "the broker speaks neither MQTT 5 nor MQTT 3.1.1" },
  { MMP_MQTT_ANSWER_CONNACK_5, MQTT_RC_MALFORMED_PACKET, MMP_ERROR_BROKER_PROTOCOL, "the broker does not understand our greeting" },
  { MMP_MQTT_ANSWER_CONNACK_5, MQTT_RC_PROTOCOL_ERROR, MMP_ERROR_BROKER_PROTOCOL, "the broker does not understand our greeting" },
  { MMP_MQTT_ANSWER_CONNACK_5, MQTT_RC_CLIENTID_NOT_VALID, MMP_ERROR_BROKER_REFUSED, "the broker does not accept the client id" },
  { MMP_MQTT_ANSWER_CONNACK_5, MQTT_RC_BAD_USERNAME_OR_PASSWORD, MMP_ERROR_BROKER_LOGIN, "the broker does not accept the user name or password" },
  { MMP_MQTT_ANSWER_CONNACK_5, MQTT_RC_NOT_AUTHORIZED, MMP_ERROR_BROKER_LOGIN, "the broker does not accept this login" },
  { MMP_MQTT_ANSWER_CONNACK_5, MQTT_RC_BAD_AUTHENTICATION_METHOD, MMP_ERROR_BROKER_LOGIN, "the broker wants another way to log in" },
  { MMP_MQTT_ANSWER_CONNACK_5, MQTT_RC_SERVER_UNAVAILABLE, MMP_ERROR_BROKER_REFUSED, "the broker is not available now" },
  { MMP_MQTT_ANSWER_CONNACK_5, MQTT_RC_SERVER_BUSY, MMP_ERROR_BROKER_REFUSED, "the broker is busy" },
  { MMP_MQTT_ANSWER_CONNACK_5, MQTT_RC_BANNED, MMP_ERROR_BROKER_REFUSED, "the broker has banned this client" },
  { MMP_MQTT_ANSWER_CONNACK_5, MQTT_RC_QUOTA_EXCEEDED, MMP_ERROR_BROKER_LIMIT, "a quota of the broker is used up" },
  { MMP_MQTT_ANSWER_CONNACK_5, MQTT_RC_CONNECTION_RATE_EXCEEDED, MMP_ERROR_BROKER_LIMIT, "the broker takes no more connections for now" },
  { MMP_MQTT_ANSWER_CONNACK_5, MQTT_RC_USE_ANOTHER_SERVER, MMP_ERROR_BROKER_REFUSED, "the broker asks to use another broker" },
  { MMP_MQTT_ANSWER_CONNACK_5, MQTT_RC_SERVER_MOVED, MMP_ERROR_BROKER_REFUSED, "the broker has moved to another address" },
  { MMP_MQTT_ANSWER_CONNACK_5, OTHER, MMP_ERROR_BROKER_REFUSED, "the broker refused the connection" },

  { MMP_MQTT_ANSWER_SUBACK, MQTT_RC_NOT_AUTHORIZED, MMP_ERROR_BROKER_SUBSCRIBE, "the broker does not allow this login to subscribe" },
  { MMP_MQTT_ANSWER_SUBACK, MQTT_RC_TOPIC_FILTER_INVALID, MMP_ERROR_BROKER_SUBSCRIBE, "the broker does not take such a topic filter" },
  { MMP_MQTT_ANSWER_SUBACK, MQTT_RC_QUOTA_EXCEEDED, MMP_ERROR_BROKER_SUBSCRIBE, "the broker takes no more subscriptions" },
  { MMP_MQTT_ANSWER_SUBACK, MQTT_RC_WILDCARD_SUBS_NOT_SUPPORTED, MMP_ERROR_BROKER_SUBSCRIBE, "the broker does not take wildcards in subscriptions" },
  { MMP_MQTT_ANSWER_SUBACK, OTHER, MMP_ERROR_BROKER_SUBSCRIBE, "the broker refused the subscription" },

  { MMP_MQTT_ANSWER_PUBACK, MQTT_RC_NOT_AUTHORIZED, MMP_ERROR_BROKER_PUBLISH, "the broker does not allow this login to publish" },
  { MMP_MQTT_ANSWER_PUBACK, MQTT_RC_TOPIC_NAME_INVALID, MMP_ERROR_BROKER_PUBLISH, "the broker does not take such a topic" },
  { MMP_MQTT_ANSWER_PUBACK, MQTT_RC_QUOTA_EXCEEDED, MMP_ERROR_BROKER_PUBLISH, "the broker takes no more messages" },
  { MMP_MQTT_ANSWER_PUBACK, OTHER, MMP_ERROR_BROKER_PUBLISH, "the broker refused the message" },

  { MMP_MQTT_ANSWER_DISCONNECT, MQTT_RC_NOT_AUTHORIZED, MMP_ERROR_BROKER_REFUSED, "the broker ended the connection: not allowed" },
  { MMP_MQTT_ANSWER_DISCONNECT, MQTT_RC_SERVER_SHUTTING_DOWN, MMP_ERROR_BROKER_LOST, "the broker is shutting down" },
  { MMP_MQTT_ANSWER_DISCONNECT, MQTT_RC_SERVER_BUSY, MMP_ERROR_BROKER_LOST, "the broker is busy" },
  { MMP_MQTT_ANSWER_DISCONNECT, MQTT_RC_KEEP_ALIVE_TIMEOUT, MMP_ERROR_BROKER_LOST, "the broker heard nothing from us" },
  { MMP_MQTT_ANSWER_DISCONNECT, MQTT_RC_SESSION_TAKEN_OVER, MMP_ERROR_BROKER_LOST, "another client took our client id" },
  { MMP_MQTT_ANSWER_DISCONNECT, MQTT_RC_MALFORMED_PACKET, MMP_ERROR_BROKER_PROTOCOL, "the broker did not understand us" },
  { MMP_MQTT_ANSWER_DISCONNECT, MQTT_RC_PROTOCOL_ERROR, MMP_ERROR_BROKER_PROTOCOL, "the broker did not understand us" },
  { MMP_MQTT_ANSWER_DISCONNECT, MQTT_RC_PACKET_TOO_LARGE, MMP_ERROR_BROKER_LIMIT, "a message was too large for the broker" },
  { MMP_MQTT_ANSWER_DISCONNECT, MQTT_RC_MESSAGE_RATE_TOO_HIGH, MMP_ERROR_BROKER_LIMIT, "too many messages for the broker" },
  { MMP_MQTT_ANSWER_DISCONNECT, MQTT_RC_QUOTA_EXCEEDED, MMP_ERROR_BROKER_LIMIT, "a quota of the broker is used up" },
  { MMP_MQTT_ANSWER_DISCONNECT, MQTT_RC_ADMINISTRATIVE_ACTION, MMP_ERROR_BROKER_LOST, "the broker's administrator ended the connection" },
  { MMP_MQTT_ANSWER_DISCONNECT, MQTT_RC_USE_ANOTHER_SERVER, MMP_ERROR_BROKER_REFUSED, "the broker asks to use another broker" },
  { MMP_MQTT_ANSWER_DISCONNECT, MQTT_RC_SERVER_MOVED, MMP_ERROR_BROKER_REFUSED, "the broker has moved to another address" },
  { MMP_MQTT_ANSWER_DISCONNECT, OTHER, MMP_ERROR_BROKER_LOST, "the broker ended the connection" },

  { MMP_MQTT_ANSWER_END, MOSQ_ERR_NO_CONN, MMP_ERROR_BROKER_LOST, "the connection to the broker is gone" },
  { MMP_MQTT_ANSWER_END, MOSQ_ERR_CONN_LOST, MMP_ERROR_BROKER_LOST, "the broker closed the connection" },
  { MMP_MQTT_ANSWER_END, MOSQ_ERR_KEEPALIVE, MMP_ERROR_BROKER_LOST, "the broker does not answer any more" },
  { MMP_MQTT_ANSWER_END, MOSQ_ERR_NOMEM, MMP_ERROR_FAILED, "there is not enough memory" },
  { MMP_MQTT_ANSWER_END, OTHER, MMP_ERROR_BROKER_PROTOCOL, "the broker breaks the rules of MQTT" },

  { MMP_MQTT_ANSWER_REQUEST, MOSQ_ERR_INVAL, MMP_ERROR_ADDRESS_INVALID, "the topic is not valid" },
  { MMP_MQTT_ANSWER_REQUEST, MOSQ_ERR_MALFORMED_UTF8, MMP_ERROR_ADDRESS_INVALID, "the topic is not valid" },
  { MMP_MQTT_ANSWER_REQUEST, MOSQ_ERR_NO_CONN, MMP_ERROR_BROKER_LOST, "the connection to the broker is gone" },
  { MMP_MQTT_ANSWER_REQUEST, MOSQ_ERR_PAYLOAD_SIZE, MMP_ERROR_BROKER_LIMIT, "the message is too large for the broker" },
  { MMP_MQTT_ANSWER_REQUEST, MOSQ_ERR_OVERSIZE_PACKET, MMP_ERROR_BROKER_LIMIT, "the message is too large for the broker" },
  { MMP_MQTT_ANSWER_REQUEST, MOSQ_ERR_QOS_NOT_SUPPORTED, MMP_ERROR_BROKER_PUBLISH, "the broker takes no messages with acknowledgement" },
  { MMP_MQTT_ANSWER_REQUEST, MOSQ_ERR_NOMEM, MMP_ERROR_FAILED, "there is not enough memory" },
  { MMP_MQTT_ANSWER_REQUEST, OTHER, MMP_ERROR_FAILED, "libmosquitto does not take the request" },
};

static const struct
{
  GTlsCertificateFlags flag;
  MmpError code;
  const char *clause;
} certificates[] = {
  /* Trust first: whoever signs with a key of their own can also write any name and date. */
  { G_TLS_CERTIFICATE_UNKNOWN_CA, MMP_ERROR_BROKER_TLS_TRUST, "the broker's certificate is not signed by an authority that is trusted here" },
  { G_TLS_CERTIFICATE_REVOKED, MMP_ERROR_BROKER_TLS_TRUST, "the broker's certificate was revoked" },
  { G_TLS_CERTIFICATE_INSECURE, MMP_ERROR_BROKER_TLS_TRUST, "the broker's certificate uses methods that are not secure any more" },
  { G_TLS_CERTIFICATE_BAD_IDENTITY, MMP_ERROR_BROKER_TLS_NAME, "the broker's certificate is for another name" },
  { G_TLS_CERTIFICATE_EXPIRED, MMP_ERROR_BROKER_TLS_EXPIRED, "the broker's certificate has expired" },
  { G_TLS_CERTIFICATE_NOT_ACTIVATED, MMP_ERROR_BROKER_TLS_EXPIRED, "the broker's certificate is not valid yet; is this machine's clock right" },
  { G_TLS_CERTIFICATE_VALIDATE_ALL, MMP_ERROR_BROKER_TLS_TRUST, "the broker's certificate cannot be verified" },
};

static const struct
{
  int value;
  MmpError code;
  const char *clause;
} transports[] = {
  { G_IO_ERROR_CONNECTION_REFUSED, MMP_ERROR_BROKER_UNREACHABLE, "nothing listens at the broker's address and port" },
  { G_IO_ERROR_HOST_UNREACHABLE, MMP_ERROR_BROKER_UNREACHABLE, "there is no way to the broker's address" },
  { G_IO_ERROR_NETWORK_UNREACHABLE, MMP_ERROR_BROKER_UNREACHABLE, "there is no network" },
  { G_IO_ERROR_HOST_NOT_FOUND, MMP_ERROR_BROKER_NAME, "the broker's name does not exist" },
  { G_IO_ERROR_PERMISSION_DENIED, MMP_ERROR_BROKER_UNREACHABLE, "a firewall of this machine forbids the connection" },
  { G_IO_ERROR_TIMED_OUT, MMP_ERROR_BROKER_UNREACHABLE, "the broker's address does not answer" },
};

static GError *
error_for_tls (int value)
{
  switch (value)
    {
    case G_TLS_ERROR_UNAVAILABLE:
      return g_error_new_literal (MMP_ERROR, MMP_ERROR_BROKER_TLS, "this system has no TLS for GLib (glib-networking)");
    case G_TLS_ERROR_NOT_TLS:
      return g_error_new_literal (MMP_ERROR, MMP_ERROR_BROKER_TLS, "the broker's port answers without TLS");
    case G_TLS_ERROR_EOF:
      return g_error_new_literal (MMP_ERROR, MMP_ERROR_BROKER_TLS, "the broker ended the TLS handshake; is this a port without TLS");
    case G_TLS_ERROR_CERTIFICATE_REQUIRED:
      return g_error_new_literal (MMP_ERROR, MMP_ERROR_BROKER_TLS, "the broker wants a client certificate");
    default:
      return g_error_new_literal (MMP_ERROR, MMP_ERROR_BROKER_TLS, "TLS with the broker failed");
    }
}

/**
 * mmp_mqtt_error_new:
 * @answer: where @value comes from
 * @value: a reason code, return code or error number that does not mean success
 *
 * Returns: (transfer full): what it means, in our words
 */
GError *
mmp_mqtt_error_new (MmpMqttAnswer answer,
                    int value)
{
  const Entry *entry = answers;

  while (entry->answer != answer || (entry->value != value && entry->value != OTHER))
    entry++;

  return g_error_new_literal (MMP_ERROR, (int) entry->code, entry->clause);
}

/**
 * mmp_mqtt_error_new_for_certificate:
 * @flags: what is wrong with a certificate, not 0
 *
 * Returns: (transfer full): the worst of it
 */
GError *
mmp_mqtt_error_new_for_certificate (GTlsCertificateFlags flags)
{
  guint i = 0;

  while (i + 1 < G_N_ELEMENTS (certificates) && (flags & certificates[i].flag) == 0)
    i++;

  return g_error_new_literal (MMP_ERROR, (int) certificates[i].code, certificates[i].clause);
}

/**
 * mmp_mqtt_error_new_for_io:
 * @cause: what GIO says about a name look-up, a connection or TLS
 * @otherwise: the #MmpError for a cause without an entry of its own
 *
 * Returns: (transfer full): what it means, in our words where we have some
 */
GError *
mmp_mqtt_error_new_for_io (const GError *cause,
                           int otherwise)
{
  if (cause->domain == MMP_ERROR)
    return g_error_copy (cause);

  if (cause->domain == G_TLS_ERROR)
    return error_for_tls (cause->code);

  if (cause->domain == G_RESOLVER_ERROR)
    return g_error_new_literal (MMP_ERROR, MMP_ERROR_BROKER_NAME,
                                cause->code == G_RESOLVER_ERROR_TEMPORARY_FAILURE
                                    ? "the broker's name cannot be looked up now"
                                    : "the broker's name does not exist");

  for (guint i = 0; cause->domain == G_IO_ERROR && i < G_N_ELEMENTS (transports); i++)
    {
      if (transports[i].value == cause->code)
        return g_error_new_literal (MMP_ERROR, (int) transports[i].code, transports[i].clause);
    }

  return g_error_new_literal (MMP_ERROR, otherwise, cause->message);
}
