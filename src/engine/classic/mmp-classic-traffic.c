/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-classic"

#include "classic/mmp-classic-traffic.h"

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "classic/mmp-classic-connection.h"
#include "tunnel/mmp-connector.h"
#include "tunnel/mmp-forward-port.h"
#include "tunnel/mmp-service-error.h"

#define FIRST_CHANNEL 0
#define FIGURES_EVERY MMP_MSEC (250)
#define OPEN_WITHIN MMP_SECONDS (10)

/* Who offers closes a channel this long after both ends were said: what closes it may overtake the last message. Who
 * answers only if the other side has not for very long. */
#define CLOSE_AFTER MMP_MSEC (250)
#define CLOSE_AT_LAST_AFTER MMP_SECONDS (30)

/* A channel and, until it is over, the connection of it */
typedef struct
{
  MmpClassicTraffic *traffic;
  guint number;
  MmpClassicConnection *connection; /* nullable */
  MmpConnector *connector; /* nullable: the service is being reached */
  gboolean open;
  gboolean close; /* as soon as it is open */
  gboolean gone; /* it is over; only its connection goes on for a moment */
  guint timer;
} Channel;

typedef struct
{
  MmpClassicTraffic *traffic;
  guint index;
  MmpForwardPort *port;
} Forward;

struct _MmpClassicTraffic
{
  MmpPeerRole role;
  MmpService *service; /* nullable */
  GMainContext *context;
  MmpClock *clock;
  MmpClassicTrafficFunc func;
  gpointer user_data;
  MmpPeer *peer; /* nullable */
  GPtrArray *forwards; /* Forward */
  GHashTable *channels; /* Channel by its number */
  guint n_labels;
  guint n_connections;
  guint64 sent; /* by connections that are over */
  guint64 received;
  guint figures_timer;
};

/**
 * mmp_classic_event_free:
 */
void
mmp_classic_event_free (MmpClassicEvent *self)
{
  g_clear_error (&self->error);
  g_free (self);
}

/* Takes over what @event owns */
static void
emit (MmpClassicTraffic *self,
      const MmpClassicEvent *event)
{
  self->func (g_memdup2 (event, sizeof *event), self->user_data);
}

static void
emit_trouble (MmpClassicTraffic *self,
              GError *error)
{
  const MmpClassicEvent event = { .type = MMP_CLASSIC_TROUBLE, .error = error };

  emit (self, &event);
}

static void
emit_figures (MmpClassicTraffic *self)
{
  MmpClassicEvent event = { .type = MMP_CLASSIC_FIGURES, .n_connections = self->n_connections, .sent = self->sent, .received = self->received };
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->channels);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((Channel *) value)->connection != NULL)
      {
        event.sent += mmp_classic_connection_get_sent (((Channel *) value)->connection);
        event.received += mmp_classic_connection_get_received (((Channel *) value)->connection);
      }
  emit (self, &event);
}

static void
on_figures_timer (gpointer user_data)
{
  MmpClassicTraffic *self = user_data;

  self->figures_timer = 0;
  emit_figures (self);
}

static void
wake_figures (MmpClassicTraffic *self)
{
  if (self->figures_timer == 0)
    self->figures_timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + FIGURES_EVERY, on_figures_timer, self);
}

static void
emit_connection (Channel *channel,
                 gboolean open)
{
  const MmpClassicEvent event = {
    .type = MMP_CLASSIC_CONNECTION,
    .id = channel->number,
    .open = open,
    .sent = mmp_classic_connection_get_sent (channel->connection),
    .received = mmp_classic_connection_get_received (channel->connection),
  };

  emit (channel->traffic, &event);
  wake_figures (channel->traffic);
}

static void
drop_connector (Channel *channel)
{
  if (channel->connector != NULL)
    mmp_connector_cancel (channel->connector);
  g_clear_object (&channel->connector);
}

/* The connection is over; its channel may stay a little longer. */
static void
drop_connection (Channel *channel)
{
  MmpClassicTraffic *self = channel->traffic;

  drop_connector (channel);
  if (channel->connection == NULL)
    return;

  emit_connection (channel, FALSE);
  self->n_connections--;
  self->sent += mmp_classic_connection_get_sent (channel->connection);
  self->received += mmp_classic_connection_get_received (channel->connection);
  g_clear_pointer (&channel->connection, mmp_classic_connection_free);
}

static void
channel_free (gpointer data)
{
  Channel *channel = data;

  mmp_clock_remove (channel->traffic->clock, &channel->timer);
  drop_connection (channel);
  g_free (channel);
}

static void
close_channel (Channel *channel)
{
  channel->close = TRUE;
  if (channel->open)
    mmp_peer_close_channel (channel->traffic->peer, channel->number);
}

static void
on_channel_timer (gpointer user_data)
{
  Channel *channel = user_data;

  channel->timer = 0;
  if (channel->open)
    close_channel (channel);
  else
    mmp_classic_connection_fail (channel->connection, g_error_new_literal (MMP_ERROR, MMP_ERROR_NO_ANSWER, "the other side does not open a channel for a connection"));
}

static void
set_timer (Channel *channel,
           gint64 wait)
{
  MmpClock *clock = channel->traffic->clock;

  mmp_clock_remove (clock, &channel->timer);
  channel->timer = mmp_clock_add (clock, mmp_clock_now (clock) + wait, on_channel_timer, channel);
}

static void
on_connection_over (MmpClassicConnection *connection,
                    const GError *error,
                    gpointer user_data)
{
  Channel *channel = user_data;
  MmpClassicTraffic *self = channel->traffic;
  gboolean whole = error == NULL;

  if (g_error_matches (error, MMP_ERROR, MMP_ERROR_LIMIT) || g_error_matches (error, MMP_ERROR, MMP_ERROR_NO_ANSWER))
    emit_trouble (self, g_error_copy (error));
  mmp_clock_remove (self->clock, &channel->timer);
  drop_connection (channel);
  if (channel->gone)
    g_hash_table_remove (self->channels, GUINT_TO_POINTER (channel->number));
  else if (!whole)
    close_channel (channel);
  else
    set_timer (channel, self->role == MMP_PEER_ROLE_OFFERER ? CLOSE_AFTER : CLOSE_AT_LAST_AFTER);
}

static Channel *
add_channel (MmpClassicTraffic *self,
             guint number)
{
  Channel *channel = g_new0 (Channel, 1);

  channel->traffic = self;
  channel->number = number;
  channel->connection = mmp_classic_connection_new (self->peer, number, self->clock, on_connection_over, channel);
  g_hash_table_insert (self->channels, GUINT_TO_POINTER (number), channel);
  self->n_connections++;
  emit_connection (channel, TRUE);

  return channel;
}

static void
on_service_connected (MmpConnector *connector,
                      int fd,
                      MmpStreamCode code,
                      gpointer user_data)
{
  Channel *channel = user_data;
  MmpClassicTraffic *self = channel->traffic;
  GError *error;

  g_clear_object (&channel->connector);
  if (fd >= 0)
    {
      mmp_classic_connection_connect (channel->connection, fd, self->context);
      return;
    }

  /* The form has no word for it: the other side only sees the channel closed. So it is said here. */
  error = mmp_service_error_new (code, self->service->name);
  if (error != NULL)
    emit_trouble (self, error);
  drop_connection (channel);
  if (channel->gone)
    g_hash_table_remove (self->channels, GUINT_TO_POINTER (channel->number));
  else
    close_channel (channel);
}

static void
on_port_listening (MmpForwardPort *port,
                   guint number,
                   gpointer user_data)
{
  Forward *forward = user_data;
  const MmpClassicEvent event = { .type = MMP_CLASSIC_LISTENING, .forward = forward->index, .port = number };

  emit (forward->traffic, &event);
}

static void
on_port_failed (MmpForwardPort *port,
                const GError *error,
                gpointer user_data)
{
  Forward *forward = user_data;

  emit_trouble (forward->traffic, g_error_copy (error));
}

static void
on_port_accepted (MmpForwardPort *port,
                  int fd,
                  gpointer user_data)
{
  MmpClassicTraffic *self = ((Forward *) user_data)->traffic;
  g_autofree char *label = NULL;
  Channel *channel;

  if (self->peer == NULL || g_hash_table_size (self->channels) >= MMP_CLASSIC_CONNECTIONS_MAX)
    {
      g_debug ("a connection is refused: there are too many");
      mmp_socket_reset (fd);
      return;
    }

  label = g_strdup_printf ("channel%u", ++self->n_labels);
  channel = add_channel (self, mmp_peer_open_channel (self->peer, label));
  set_timer (channel, OPEN_WITHIN);
  mmp_classic_connection_connect (channel->connection, fd, self->context);
}

static const MmpForwardPortFuncs port_funcs = {
  .listening = on_port_listening,
  .failed = on_port_failed,
  .accepted = on_port_accepted,
};

static void
on_data (MmpPeer *peer,
         guint number,
         GBytes *message,
         gpointer user_data)
{
  MmpClassicTraffic *self = user_data;
  Channel *channel = g_hash_table_lookup (self->channels, GUINT_TO_POINTER (number));

  if (channel == NULL || channel->connection == NULL)
    return;
  mmp_classic_connection_receive (channel->connection, message);
  wake_figures (self);
}

static void
on_writable (MmpPeer *peer,
             guint number,
             gpointer user_data)
{
  MmpClassicTraffic *self = user_data;
  Channel *channel = g_hash_table_lookup (self->channels, GUINT_TO_POINTER (number));

  if (channel == NULL || channel->connection == NULL)
    return;
  mmp_classic_connection_send (channel->connection);
  wake_figures (self);
}

static void
on_peer_closed (MmpPeer *peer,
                gpointer user_data)
{
  const MmpClassicEvent event = { .type = MMP_CLASSIC_ENDED };

  emit (user_data, &event);
}

/* One that the other side opened: behind it is a connection to the service. */
static void
take_channel (MmpClassicTraffic *self,
              guint number)
{
  Channel *channel;

  if (self->service == NULL || g_hash_table_size (self->channels) >= MMP_CLASSIC_CONNECTIONS_MAX)
    {
      mmp_peer_close_channel (self->peer, number);
      return;
    }

  channel = add_channel (self, number);
  channel->open = TRUE;
  mmp_classic_connection_open (channel->connection);
  channel->connector = mmp_connector_new (self->clock, self->service->host, self->service->port, on_service_connected, channel);
}

static void
on_channel_opened (MmpPeer *peer,
                   guint number,
                   const char *label,
                   gpointer user_data)
{
  MmpClassicTraffic *self = user_data;
  Channel *channel = g_hash_table_lookup (self->channels, GUINT_TO_POINTER (number));

  if (number == FIRST_CHANNEL)
    return;
  if (label != NULL)
    {
      take_channel (self, number);
      return;
    }
  if (channel == NULL)
    {
      mmp_peer_close_channel (peer, number);
      return;
    }

  channel->open = TRUE;
  if (channel->close || channel->connection == NULL)
    {
      close_channel (channel);
      return;
    }
  mmp_clock_remove (self->clock, &channel->timer);
  mmp_classic_connection_open (channel->connection);
}

static void
on_channel_closed (MmpPeer *peer,
                   guint number,
                   gboolean overflowed,
                   gpointer user_data)
{
  MmpClassicTraffic *self = user_data;
  Channel *channel = g_hash_table_lookup (self->channels, GUINT_TO_POINTER (number));

  if (number == FIRST_CHANNEL && !overflowed)
    on_peer_closed (peer, self);
  if (channel == NULL)
    return;

  if (channel->connection != NULL)
    {
      channel->gone |= !overflowed;
      mmp_clock_remove (self->clock, &channel->timer);
      mmp_classic_connection_closed (channel->connection, overflowed);
    }
  else if (!overflowed)
    {
      g_hash_table_remove (self->channels, GUINT_TO_POINTER (number));
    }
}

static const MmpPeerDataFuncs data_funcs = {
  .data = on_data,
  .writable = on_writable,
  .closed = on_peer_closed,
  .channel_opened = on_channel_opened,
  .channel_closed = on_channel_closed,
};

static void
forward_free (gpointer data)
{
  Forward *forward = data;

  mmp_forward_port_close (forward->port);
  g_object_unref (forward->port);
  g_free (forward);
}

/**
 * mmp_classic_traffic_new:
 * @config: who offers takes its forwards, who answers its first service; copied
 * @context: (nullable): of this thread
 *
 * Returns: (transfer full): without a peer
 */
MmpClassicTraffic *
mmp_classic_traffic_new (MmpPeerRole role,
                         const MmpEndpointConfig *config,
                         GMainContext *context,
                         MmpClassicTrafficFunc func,
                         gpointer user_data)
{
  MmpClassicTraffic *self = g_new0 (MmpClassicTraffic, 1);

  self->role = role;
  self->context = g_main_context_ref (context != NULL ? context : g_main_context_default ());
  self->clock = mmp_clock_new (self->context);
  self->func = func;
  self->user_data = user_data;
  self->channels = g_hash_table_new_full (NULL, NULL, NULL, channel_free);
  self->forwards = g_ptr_array_new_with_free_func (forward_free);
  if (role == MMP_PEER_ROLE_ANSWERER && config->services->len > 0)
    {
      const MmpService *service = g_ptr_array_index (config->services, 0);

      self->service = g_new0 (MmpService, 1);
      self->service->name = g_strdup (service->name);
      self->service->host = g_strdup (service->host);
      self->service->port = service->port;
    }
  for (guint i = 0; role == MMP_PEER_ROLE_OFFERER && i < config->forwards->len; i++)
    {
      const MmpForward *settings = g_ptr_array_index (config->forwards, i);
      Forward *forward = g_new0 (Forward, 1);

      forward->traffic = self;
      forward->index = i;
      forward->port = mmp_forward_port_new (self->clock, self->context, settings->address, settings->port, &port_funcs, forward);
      g_ptr_array_add (self->forwards, forward);
    }

  return self;
}

/**
 * mmp_classic_traffic_free:
 *
 * As mmp_classic_traffic_detach().
 */
void
mmp_classic_traffic_free (MmpClassicTraffic *self)
{
  mmp_classic_traffic_detach (self);
  mmp_clock_remove (self->clock, &self->figures_timer);
  g_ptr_array_unref (self->forwards);
  g_hash_table_unref (self->channels);
  if (self->service != NULL)
    {
      g_free (self->service->name);
      g_free (self->service->host);
      g_free (self->service);
    }
  mmp_clock_unref (self->clock);
  g_main_context_unref (self->context);
  g_free (self);
}

/**
 * mmp_classic_traffic_attach:
 * @peer: one that is verified. The one before is detached
 *
 * Connections go through @peer from now on; local ports are opened.
 */
void
mmp_classic_traffic_attach (MmpClassicTraffic *self,
                            MmpPeer *peer)
{
  mmp_classic_traffic_detach (self);
  self->peer = g_object_ref (peer);
  self->n_labels = 0;
  mmp_peer_set_data_funcs (peer, &data_funcs, self);
  for (guint i = 0; i < self->forwards->len; i++)
    mmp_forward_port_open (((Forward *) g_ptr_array_index (self->forwards, i))->port);
}

/**
 * mmp_classic_traffic_detach:
 *
 * Closes local ports and resets all connections: there is no way to go on with them over another peer.
 */
void
mmp_classic_traffic_detach (MmpClassicTraffic *self)
{
  if (self->peer == NULL)
    return;

  for (guint i = 0; i < self->forwards->len; i++)
    mmp_forward_port_close (((Forward *) g_ptr_array_index (self->forwards, i))->port);
  mmp_peer_set_data_funcs (self->peer, NULL, NULL);
  g_hash_table_remove_all (self->channels);
  g_clear_object (&self->peer);
}
