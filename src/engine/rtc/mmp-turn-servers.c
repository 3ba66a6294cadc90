/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-rtc"

#include "rtc/mmp-turn-servers.h"

#include "base/mmp-context.h"
#include "rtc/mmp-turn-forwarder.h"

/* What went wrong last; written on I/O, read on control */
typedef struct
{
  GMutex lock;
  GError *error;
} Trouble;

struct _MmpTurnServers
{
  GPtrArray *forwarders;
  GMainContext *io;
  Trouble *trouble;
};

static void
trouble_clear (gpointer data)
{
  Trouble *trouble = data;

  g_mutex_clear (&trouble->lock);
  g_clear_error (&trouble->error);
}

static void
trouble_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, trouble_clear);
}

static void
on_failed (const GError *error,
           gpointer user_data)
{
  Trouble *trouble = user_data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&trouble->lock);

  g_clear_error (&trouble->error);
  trouble->error = g_error_copy (error);
}

static void
on_forwarders_ended (gpointer data)
{
}

/* Returns: (transfer full): @uri for libnice, with another address */
static char *
make_address (GUri *uri,
              const char *host,
              guint port,
              const char *query)
{
  return g_uri_join_with_user (G_URI_FLAGS_NONE, "turn", g_uri_get_user (uri), g_uri_get_password (uri), NULL, host, (int) port, "", query, NULL);
}

/* Returns: (transfer full) (nullable): the local port that leads to a server, as an address for libnice; %NULL if there is none */
static char *
lead_over_tcp (MmpTurnServers *self,
               const MmpIceConfig *config,
               GUri *uri)
{
  gboolean tls = g_str_equal (g_uri_get_scheme (uri), "turns");
  g_autoptr (GError) error = NULL;
  MmpTurnForwarder *forwarder;

  forwarder = mmp_turn_forwarder_new (self->io, g_uri_get_host (uri), (guint) g_uri_get_port (uri), tls, config->turn_ca_file, on_failed, self->trouble, &error);
  if (forwarder == NULL)
    {
      g_debug ("a TURN server is left out: %s", error->message);
      return NULL;
    }
  g_ptr_array_add (self->forwarders, forwarder);

  return make_address (uri, "127.0.0.1", mmp_turn_forwarder_get_port (forwarder), "transport=tcp");
}

static void
add_server (MmpTurnServers *self,
            const MmpIceConfig *config,
            const char *server,
            GStrvBuilder *servers)
{
  g_autoptr (GUri) uri = g_uri_parse (server, G_URI_FLAGS_HAS_PASSWORD, NULL);
  char *led;

  if (uri == NULL)
    return;

  if (g_str_equal (g_uri_get_scheme (uri), "turn") && g_strcmp0 (g_uri_get_query (uri), "transport=tcp") != 0)
    g_strv_builder_take (servers, make_address (uri, g_uri_get_host (uri), (guint) g_uri_get_port (uri), "transport=udp"));
  if (g_strcmp0 (g_uri_get_query (uri), "transport=udp") != 0 && (led = lead_over_tcp (self, config, uri)) != NULL)
    g_strv_builder_take (servers, led);
}

/**
 * mmp_turn_servers_new:
 * @config: its servers are replaced where they are reached over TCP, by local ports that lead to them
 * @io: (nullable): the context of the I/O thread
 *
 * Returns: (transfer full): to be kept as long as @config is used
 */
MmpTurnServers *
mmp_turn_servers_new (MmpIceConfig *config,
                      GMainContext *io)
{
  MmpTurnServers *self = g_new0 (MmpTurnServers, 1);
  g_autoptr (GStrvBuilder) servers = g_strv_builder_new ();

  self->io = g_main_context_ref (io != NULL ? io : g_main_context_default ());
  self->trouble = g_atomic_rc_box_new0 (Trouble);
  g_mutex_init (&self->trouble->lock);
  self->forwarders = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_turn_forwarder_free);
  if (config->turn_servers == NULL)
    return self;

  for (guint i = 0; config->turn_servers[i] != NULL; i++)
    add_server (self, config, config->turn_servers[i], servers);
  g_strfreev (config->turn_servers);
  config->turn_servers = g_strv_builder_end (servers);

  return self;
}

/**
 * mmp_turn_servers_free:
 */
void
mmp_turn_servers_free (MmpTurnServers *self)
{
  g_ptr_array_unref (self->forwarders);
  /* Forwarders end on I/O, and tell of failures there until then. */
  mmp_context_invoke (self->io, on_forwarders_ended, self->trouble, trouble_unref);
  g_main_context_unref (self->io);
  g_free (self);
}

/**
 * mmp_turn_servers_dup_error:
 *
 * Returns: (transfer full) (nullable): why the last server could not be reached, %MMP_ERROR_TURN_NAME, _UNREACHABLE or _TLS;
 *   %NULL if nothing was wrong since mmp_turn_servers_clear_error()
 */
GError *
mmp_turn_servers_dup_error (MmpTurnServers *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->trouble->lock);

  return self->trouble->error != NULL ? g_error_copy (self->trouble->error) : NULL;
}

/**
 * mmp_turn_servers_clear_error:
 */
void
mmp_turn_servers_clear_error (MmpTurnServers *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->trouble->lock);

  g_clear_error (&self->trouble->error);
}
