/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rtc/mmp-turn-dial.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "base/mmp-error.h"

/* How long name look-up, TCP and TLS may take together, in seconds */
#define TIMEOUT 10

typedef struct
{
  GTlsDatabase *database; /* nullable: the system's */
  GTlsConnection *tls; /* nullable: asked what was wrong with the certificate */
} Dial;

static const struct
{
  GTlsCertificateFlags flag;
  const char *clause;
} certificates[] = {
  /* Trust first: whoever signs with a key of their own can also write any name and date. */
  { G_TLS_CERTIFICATE_UNKNOWN_CA, "its certificate is not signed by an authority that is trusted here" },
  { G_TLS_CERTIFICATE_REVOKED, "its certificate was revoked" },
  { G_TLS_CERTIFICATE_INSECURE, "its certificate uses methods that are not secure any more" },
  { G_TLS_CERTIFICATE_BAD_IDENTITY, "its certificate is for another name" },
  { G_TLS_CERTIFICATE_EXPIRED, "its certificate has expired" },
  { G_TLS_CERTIFICATE_NOT_ACTIVATED, "its certificate is not valid yet; is this machine's clock right" },
  { G_TLS_CERTIFICATE_VALIDATE_ALL, "its certificate cannot be verified" },
};

static void
dial_free (gpointer data)
{
  Dial *self = data;

  g_clear_object (&self->database);
  g_clear_object (&self->tls);
  g_free (self);
}

static void
on_event (GSocketClient *client,
          GSocketClientEvent event,
          GSocketConnectable *connectable,
          GIOStream *connection,
          gpointer user_data)
{
  Dial *dial = user_data;

  if (event != G_SOCKET_CLIENT_TLS_HANDSHAKING)
    return;

  g_set_object (&dial->tls, G_TLS_CONNECTION (connection));
  if (dial->database != NULL)
    g_tls_connection_set_database (dial->tls, dial->database);
  g_tls_connection_set_require_close_notify (dial->tls, FALSE);
}

static GError *
explain (const Dial *dial,
         const GError *cause)
{
  GTlsCertificateFlags flags = dial->tls != NULL ? g_tls_connection_get_peer_certificate_errors (dial->tls) : 0;

  for (guint i = 0; flags != 0 && i < G_N_ELEMENTS (certificates); i++)
    if ((flags & certificates[i].flag) != 0)
      return g_error_new_literal (MMP_ERROR, MMP_ERROR_TURN_TLS, certificates[i].clause);

  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_error_new_literal (MMP_ERROR, MMP_ERROR_CANCELLED, "it was stopped");
  if (cause->domain == G_RESOLVER_ERROR)
    return g_error_new_literal (MMP_ERROR, MMP_ERROR_TURN_NAME, "the TURN server's name does not exist or cannot be looked up now");
  if (dial->tls != NULL || cause->domain == G_TLS_ERROR)
    return g_error_new (MMP_ERROR, MMP_ERROR_TURN_TLS, "the TLS handshake failed: %s", cause->message);
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    return g_error_new_literal (MMP_ERROR, MMP_ERROR_TURN_UNREACHABLE, "nothing listens at its address and port over TCP");
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return g_error_new_literal (MMP_ERROR, MMP_ERROR_TURN_UNREACHABLE, "its address does not answer over TCP");

  return g_error_new_literal (MMP_ERROR, MMP_ERROR_TURN_UNREACHABLE, cause->message);
}

static void
on_connected (GObject *object,
              GAsyncResult *result,
              gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection = g_socket_client_connect_finish (G_SOCKET_CLIENT (object), result, &error);

  if (connection == NULL)
    {
      g_task_return_error (task, explain (g_task_get_task_data (task), error));
      return;
    }

  /* Media of a tunnel do not wait for more of it; best effort. */
  g_socket_set_option (g_socket_connection_get_socket (connection), IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  g_socket_set_timeout (g_socket_connection_get_socket (connection), 0);
  g_task_return_pointer (task, g_steal_pointer (&connection), g_object_unref);
}

/* The database does not say whether it found any certificate in the file, so that is looked at before. */
static gboolean
load_authorities (Dial *dial,
                  const char *path,
                  GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL); /* the database takes no other */
  g_autoptr (GError) cause = NULL;
  GList *list = g_tls_certificate_list_new_from_file (path, &cause);

  if (list != NULL)
    dial->database = g_tls_file_database_new (absolute, &cause);
  g_list_free_full (list, g_object_unref);
  if (dial->database == NULL)
    g_set_error (error, MMP_ERROR, MMP_ERROR_TURN_TLS, "the file of trusted certificates %s cannot be used: %s", path,
                 cause != NULL ? cause->message : "it holds no certificate");

  return dial->database != NULL;
}

/**
 * mmp_turn_dial_async:
 * @host: name or address of the TURN server; its certificate must be for it
 * @port: 1 to 65535
 * @tls: whether to speak TLS
 * @ca_file: (nullable): a PEM file with the certificates to trust instead of the system's
 *
 * Connects to a TURN server over TCP, on the thread's default context, directly and not through a proxy.
 */
void
mmp_turn_dial_async (const char *host,
                     guint port,
                     gboolean tls,
                     const char *ca_file,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (GSocketConnectable) address = g_network_address_new (host, (guint16) port);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  Dial *dial = g_new0 (Dial, 1);
  GError *error = NULL;

  g_task_set_source_tag (task, mmp_turn_dial_async);
  g_task_set_task_data (task, dial, dial_free);
  if (tls && ca_file != NULL && !load_authorities (dial, ca_file, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_set_timeout (client, TIMEOUT);
  g_socket_client_set_tls (client, tls);
  g_signal_connect (client, "event", G_CALLBACK (on_event), dial);
  g_socket_client_connect_async (client, address, cancellable, on_connected, g_object_ref (task));
}

/**
 * mmp_turn_dial_finish:
 * @error: return location
 *
 * Returns: (transfer full): the connection, with the server's certificate found good if TLS was asked for; %NULL with
 *   %MMP_ERROR_TURN_NAME, _UNREACHABLE, _TLS or %MMP_ERROR_CANCELLED
 */
GIOStream *
mmp_turn_dial_finish (GAsyncResult *result,
                      GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
