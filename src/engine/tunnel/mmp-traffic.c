/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-tunnel"

#include "tunnel/mmp-traffic.h"

#include <string.h>

#include "base/mmp-limits.h"
#include "link/mmp-direct-carrier.h"
#include "link/mmp-relays.h"
#include "tunnel/mmp-connector.h"
#include "tunnel/mmp-forward-port.h"
#include "tunnel/mmp-pump.h"
#include "tunnel/mmp-service-error.h"

#define FIGURES_EVERY MMP_MSEC (250)

typedef struct
{
  MmpTraffic *traffic;
  const MmpForward *config;
  guint index;
  MmpForwardPort *port;
  guint trouble; /* the code that its last stream failed with, if it was reported */
} Forward;

typedef struct
{
  MmpTraffic *traffic;
  MmpPump *pump;
  MmpConnector *connector; /* NULL: connected, or of a forward */
  Forward *forward; /* NULL: of a service */
  const char *service;
  guint32 stream;
} Connection;

struct _MmpTraffic
{
  MmpTrafficConfig config;
  GMainContext *context;
  MmpClock *clock;
  MmpTrafficFunc func; /* NULL: nothing is told any more */
  gpointer user_data;

  MmpLink *link;
  MmpRelays *relays;
  gboolean peer_relay; /* the other side lets streams through its relay too, as its services say */

  GPtrArray *forwards; /* Forward, one for each of the configuration */
  GHashTable *connections; /* set of Connection */
  gboolean forwarding; /* ports may be open */
  gboolean carrying; /* something alive carries streams */
  guint hold_timer;

  MmpLinkStatus told; /* the figures that were told last */
  guint figures_timer;
};

/* Takes over what @event owns */
static void
emit (MmpTraffic *self,
      const MmpTrafficEvent *event)
{
  g_autoptr (MmpTrafficEvent) copy = g_memdup2 (event, sizeof *event);

  if (self->func != NULL)
    self->func (self, g_steal_pointer (&copy), self->user_data);
}

static void
emit_figures (MmpTraffic *self,
              MmpTrafficEventType type)
{
  MmpTrafficEvent event = { .type = type, .carrying = self->carrying };
  MmpCarrier *carrier = mmp_link_get_carrier (self->link);

  if (carrier != NULL && mmp_carrier_get_kind (carrier) == MMP_CARRIER_DIRECT)
    event.generation = mmp_carrier_get_generation (carrier);
  if (carrier != NULL && MMP_IS_DIRECT_CARRIER (carrier))
    event.pair = *mmp_direct_carrier_get_pair (MMP_DIRECT_CARRIER (carrier));
  mmp_link_get_status (self->link, &event.figures);
  self->told = event.figures;
  emit (self, &event);
}

static void
on_figures_timer (gpointer user_data)
{
  MmpTraffic *self = user_data;
  MmpLinkStatus now = { 0 };

  self->figures_timer = 0;
  mmp_link_get_status (self->link, &now);
  if (now.bytes_sent == self->told.bytes_sent && now.bytes_received == self->told.bytes_received
      && now.n_streams == self->told.n_streams && now.rtt == self->told.rtt)
    return;

  self->figures_timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + FIGURES_EVERY, on_figures_timer, self);
  emit_figures (self, MMP_TRAFFIC_FIGURES);
}

/* The timer rests while nothing moves, and is woken by each round trip and each stream. */
static void
wake_figures (MmpTraffic *self)
{
  if (self->figures_timer == 0)
    self->figures_timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + FIGURES_EVERY, on_figures_timer, self);
}

static void
emit_stream (Connection *connection,
             gboolean open)
{
  const MmpTrafficEvent event = {
    .type = MMP_TRAFFIC_STREAM,
    .stream = connection->stream,
    .service = connection->service,
    .open = open,
    .sent = mmp_pump_get_sent (connection->pump),
    .received = mmp_pump_get_received (connection->pump),
  };

  emit (connection->traffic, &event);
  wake_figures (connection->traffic);
}

static void
connection_free (gpointer data)
{
  Connection *connection = data;

  emit_stream (connection, FALSE);
  if (connection->connector != NULL)
    mmp_connector_cancel (connection->connector);
  g_clear_object (&connection->connector);
  mmp_pump_free (connection->pump);
  g_free (connection);
}

/* One line for each kind of trouble, not one for each of the connections that a client tries again and again. */
static void
note_outcome (Connection *connection,
              guint code)
{
  Forward *forward = connection->forward;
  MmpTrafficEvent event = { .type = MMP_TRAFFIC_FORWARD_FAILED };

  if (forward == NULL)
    return;
  if (code == 0 || mmp_pump_get_received (connection->pump) > 0)
    forward->trouble = 0;
  event.error = code != forward->trouble ? mmp_service_error_new (code, connection->service) : NULL;
  if (event.error == NULL)
    return;

  forward->trouble = code;
  event.forward = forward->index;
  emit (connection->traffic, &event);
}

static void
on_pump_over (MmpPump *pump,
              guint code,
              gpointer user_data)
{
  Connection *connection = user_data;

  note_outcome (connection, code);
  g_hash_table_remove (connection->traffic->connections, connection);
}

static Connection *
add_connection (MmpTraffic *self,
                MmpStream *stream,
                const char *service,
                Forward *forward)
{
  Connection *connection = g_new0 (Connection, 1);

  connection->traffic = self;
  connection->forward = forward;
  connection->service = service;
  connection->stream = mmp_stream_get_id (stream);
  connection->pump = mmp_pump_new (stream, on_pump_over, connection);
  g_hash_table_add (self->connections, connection);
  emit_stream (connection, TRUE);

  return connection;
}

static void
on_service_connected (MmpConnector *connector,
                      int fd,
                      MmpStreamCode code,
                      gpointer user_data)
{
  Connection *connection = user_data;

  g_clear_object (&connection->connector);
  if (fd >= 0)
    {
      mmp_pump_connect (connection->pump, fd, connection->traffic->context);
      return;
    }
  mmp_pump_abort (connection->pump, code);
  g_hash_table_remove (connection->traffic->connections, connection);
}

static gboolean
on_link_open (MmpLink *link,
              MmpStream *stream,
              const char *name,
              MmpStreamCode *code,
              gpointer user_data)
{
  MmpTraffic *self = user_data;
  const MmpService *service = mmp_services_find (self->config.services, name);
  Connection *connection;

  if (service == NULL)
    {
      *code = MMP_STREAM_NO_SERVICE;
      return FALSE;
    }

  connection = add_connection (self, stream, service->name, NULL);
  connection->connector = mmp_connector_new (self->clock, service->host, service->port, on_service_connected, connection);

  return TRUE;
}

static void
on_port_listening (MmpForwardPort *port,
                   guint number,
                   gpointer user_data)
{
  Forward *forward = user_data;
  const MmpTrafficEvent event = { .type = MMP_TRAFFIC_LISTENING, .forward = forward->index, .port = number };

  emit (forward->traffic, &event);
}

static void
on_port_failed (MmpForwardPort *port,
                const GError *error,
                gpointer user_data)
{
  Forward *forward = user_data;
  const MmpTrafficEvent event = {
    .type = MMP_TRAFFIC_FORWARD_FAILED,
    .forward = forward->index,
    .error = g_error_copy (error),
  };

  emit (forward->traffic, &event);
}

static void
on_port_accepted (MmpForwardPort *port,
                  int fd,
                  gpointer user_data)
{
  Forward *forward = user_data;
  MmpTraffic *self = forward->traffic;
  g_autoptr (GError) error = NULL;
  MmpStream *stream = mmp_link_open (self->link, forward->config->service, &error);

  if (stream == NULL)
    {
      g_debug ("a connection is refused: %s", error->message);
      mmp_socket_reset (fd);
      return;
    }

  mmp_pump_connect (add_connection (self, stream, forward->config->service, forward)->pump, fd, self->context);
}

static const MmpForwardPortFuncs port_funcs = {
  .listening = on_port_listening,
  .failed = on_port_failed,
  .accepted = on_port_accepted,
};

static void
forward_free (gpointer data)
{
  Forward *forward = data;

  mmp_forward_port_close (forward->port);
  g_object_unref (forward->port);
  g_free (forward);
}

/* An open port over a dead tunnel takes connections and loses what they bring. So ports are open exactly while streams
 * can be carried. */
static void
update_ports (MmpTraffic *self)
{
  for (guint i = 0; i < self->forwards->len; i++)
    {
      Forward *forward = g_ptr_array_index (self->forwards, i);

      if (self->carrying && self->forwarding)
        mmp_forward_port_open (forward->port);
      else
        mmp_forward_port_close (forward->port);
    }
}

static void
on_hold_timer (gpointer user_data)
{
  MmpTraffic *self = user_data;

  self->hold_timer = 0;
  g_debug ("no carrier for streams came back in time");
  g_hash_table_remove_all (self->connections);
}

static gboolean
may_relay (MmpTraffic *self)
{
  return self->config.relay_streams && self->peer_relay;
}

static void
update_carrying (MmpTraffic *self)
{
  MmpCarrier *carrier = mmp_link_get_carrier (self->link);

  self->carrying = carrier != NULL && (may_relay (self) || mmp_carrier_get_kind (carrier) == MMP_CARRIER_DIRECT);
  /* The link gives up streams that no carrier is left for. That a relay stands which streams may not use, it cannot know. */
  if (self->carrying)
    mmp_clock_remove (self->clock, &self->hold_timer);
  else if (self->hold_timer == 0 && !may_relay (self))
    self->hold_timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + self->config.hold, on_hold_timer, self);

  emit_figures (self, MMP_TRAFFIC_CARRIER);
  update_ports (self);
}

static void
on_link_carrier (MmpLink *link,
                 MmpCarrier *carrier,
                 gpointer user_data)
{
  update_carrying (user_data);
}

static void
set_peer_relay (MmpTraffic *self,
                gboolean peer_relay)
{
  if (self->peer_relay == peer_relay)
    return;

  self->peer_relay = peer_relay;
  mmp_relays_set_streams (self->relays, may_relay (self));
  update_carrying (self);
}

static void
on_link_lost (MmpLink *link,
              MmpCarrier *carrier,
              gboolean stalled,
              gpointer user_data)
{
  MmpTraffic *self = user_data;
  MmpCarrier *current = mmp_link_get_carrier (link);
  MmpTrafficEvent event = { .type = MMP_TRAFFIC_LOST, .kind = mmp_carrier_get_kind (carrier), .stalled = stalled };

  if (mmp_relays_note_lost (self->relays, carrier, stalled))
    return;
  /* An older one that stalls after a newer took over is missed by nobody; a newer one is, though an older one carries again. */
  if (event.kind == MMP_CARRIER_DIRECT && current != NULL && mmp_carrier_get_kind (current) == MMP_CARRIER_DIRECT
      && mmp_carrier_get_generation (current) > mmp_carrier_get_generation (carrier))
    return;

  /* A relay that closed means a bye, most likely, and who is gone has no end of the direct path any more. When a path stalled,
   * the way over the broker is often as dead, and it is the first that can come back. */
  event.broker_doubtful = stalled && (event.kind == MMP_CARRIER_RELAY || mmp_link_is_relay_doubtful (link));
  mmp_link_probe (link);

  emit (self, &event);
}

static void
on_link_rtt (MmpLink *link,
             MmpCarrier *carrier,
             gint64 rtt,
             gpointer user_data)
{
  const MmpTrafficEvent event = { .type = MMP_TRAFFIC_RTT, .rtt = rtt };

  emit (user_data, &event);
  wake_figures (user_data);
}

static void
on_link_json (MmpLink *link,
              const char *text,
              gpointer user_data)
{
  MmpTrafficEvent event = { .type = MMP_TRAFFIC_SIGNAL };
  g_autoptr (GError) error = NULL;

  event.signal = mmp_signal_decode (text, strlen (text), &error);
  if (event.signal == NULL)
    {
      g_debug ("a signal is ignored: %s", error->message);
      return;
    }
  if (event.signal->type == MMP_SIGNAL_SERVICES)
    set_peer_relay (user_data, !event.signal->no_relay);
  emit (user_data, &event);
}

static void
on_link_closed (MmpLink *link,
                const GError *error,
                gpointer user_data)
{
  MmpTraffic *self = user_data;
  const MmpTrafficEvent event = { .type = MMP_TRAFFIC_CLOSED, .error = g_error_copy (error) };

  self->carrying = FALSE;
  update_ports (self);
  emit (self, &event);
  self->func = NULL;
}

static const MmpLinkFuncs link_funcs = {
  .json = on_link_json,
  .open = on_link_open,
  .carrier = on_link_carrier,
  .lost = on_link_lost,
  .rtt = on_link_rtt,
  .closed = on_link_closed,
};

static void
send_services (MmpTraffic *self)
{
  g_autoptr (MmpSignal) signal = mmp_signal_new (MMP_SIGNAL_SERVICES);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_autofree char *text = NULL;

  for (guint i = 0; i < self->config.services->len; i++)
    g_strv_builder_add (names, ((const MmpService *) g_ptr_array_index (self->config.services, i))->name);
  signal->names = g_strv_builder_end (names);
  signal->no_relay = !self->config.relay_streams;
  text = mmp_signal_encode (signal);
  mmp_link_send_json (self->link, text);
}

/**
 * mmp_traffic_new:
 * @context: (nullable): the context of this thread, its default one
 * @func: is told what happens, never from inside mmp_traffic_new() and mmp_traffic_free()
 *
 * Returns: (transfer full): a link without a carrier; its ports stay closed until it has one
 */
MmpTraffic *
mmp_traffic_new (const MmpTrafficConfig *config,
                 GMainContext *context,
                 MmpTrafficFunc func,
                 gpointer user_data)
{
  MmpTraffic *self = g_new0 (MmpTraffic, 1);

  self->config = *config;
  g_ptr_array_ref (self->config.services);
  g_ptr_array_ref (self->config.forwards);
  self->context = g_main_context_ref (context != NULL ? context : g_main_context_default ());
  self->clock = mmp_clock_new (self->context);
  self->func = func;
  self->user_data = user_data;
  self->forwarding = TRUE;
  self->connections = g_hash_table_new_full (NULL, NULL, connection_free, NULL);
  self->forwards = g_ptr_array_new_with_free_func (forward_free);
  for (guint i = 0; i < config->forwards->len; i++)
    {
      Forward *forward = g_new0 (Forward, 1);

      forward->traffic = self;
      forward->config = g_ptr_array_index (config->forwards, i);
      forward->index = i;
      forward->port = mmp_forward_port_new (self->clock, self->context, forward->config->address, forward->config->port,
                                            &port_funcs, forward);
      g_ptr_array_add (self->forwards, forward);
    }
  self->link = mmp_link_new (config->role, self->clock, &link_funcs, self);
  mmp_link_set_hold (self->link, config->hold);
  self->relays = mmp_relays_new (self->link, self->clock);
  send_services (self);

  return self;
}

/**
 * mmp_traffic_free:
 *
 * Closes ports and carriers and resets all streams. Not to be called from inside a callback of the traffic.
 */
void
mmp_traffic_free (MmpTraffic *self)
{
  self->func = NULL;
  mmp_clock_remove (self->clock, &self->hold_timer);
  g_hash_table_unref (self->connections);
  g_ptr_array_unref (self->forwards);
  mmp_relays_free (self->relays);
  mmp_link_close (self->link);
  g_object_unref (self->link);
  mmp_clock_remove (self->clock, &self->figures_timer);
  mmp_clock_unref (self->clock);
  g_main_context_unref (self->context);
  g_ptr_array_unref (self->config.services);
  g_ptr_array_unref (self->config.forwards);
  g_free (self);
}

/**
 * mmp_traffic_get_link:
 *
 * Returns: (transfer none): the link, for carriers that others make
 */
MmpLink *
mmp_traffic_get_link (MmpTraffic *self)
{
  return self->link;
}

/**
 * mmp_traffic_add_session:
 * @session: a session that names this link
 * @resumed: %FALSE if the other side does not know the link (any more): then it begins anew
 *
 * Makes the session's relay the one that is sent on. The one before is read for 10 s more.
 */
void
mmp_traffic_add_session (MmpTraffic *self,
                         MmpSession *session,
                         gboolean resumed)
{
  mmp_relays_retire (self->relays);
  if (!resumed)
    {
      mmp_relays_end_old (self->relays);
      mmp_link_forget (self->link);
      set_peer_relay (self, FALSE);
      send_services (self);
    }
  mmp_relays_add (self->relays, session);
}

/**
 * mmp_traffic_send_json:
 * @text: an encoded signal
 *
 * Sends a signal in lane 0, over whatever carrier there is or will be.
 */
void
mmp_traffic_send_json (MmpTraffic *self,
                       const char *text)
{
  mmp_link_send_json (self->link, text);
}

/**
 * mmp_traffic_probe:
 *
 * The network changed: finds out at once what is still alive.
 */
void
mmp_traffic_probe (MmpTraffic *self)
{
  mmp_link_probe (self->link);
}

/**
 * mmp_traffic_set_forwarding:
 * @forwarding: %FALSE closes the ports of the forwards and leaves the connections that came through them
 *
 * For a listener, where only one of several devices can have the ports.
 */
void
mmp_traffic_set_forwarding (MmpTraffic *self,
                            gboolean forwarding)
{
  self->forwarding = forwarding;
  update_ports (self);
}
