/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-events.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mmp-cli-event.h"
#include "mmp-cli-text.h"

#define STATS_INTERVAL G_USEC_PER_SEC

/* What was said last of one device (or of the listener as a whole), so that only changes are said */
typedef struct
{
  MmpState state;
  MmpPath path;
  int cause; /* -1: none */
  guint64 generation;
  gint64 stats_at;
  guint n_streams;
  guint64 bytes_sent;
  guint64 bytes_received;
} Said;

struct _MmpCliEvents
{
  gboolean json;
  gboolean verbose;
  GHashTable *said; /* fingerprint, "" for none -> Said */
};

/**
 * mmp_cli_events_new:
 * @json: lines for programs
 * @verbose: for people: streams and round trips too
 *
 * Returns: (transfer full): nothing said yet
 */
MmpCliEvents *
mmp_cli_events_new (gboolean json,
                    gboolean verbose)
{
  MmpCliEvents *self = g_new0 (MmpCliEvents, 1);

  self->json = json;
  self->verbose = verbose;
  self->said = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  return self;
}

/**
 * mmp_cli_events_free:
 */
void
mmp_cli_events_free (MmpCliEvents *self)
{
  g_hash_table_unref (self->said);
  g_free (self);
}

/**
 * mmp_cli_events_is_json:
 *
 * Returns: whether programs read this
 */
gboolean
mmp_cli_events_is_json (MmpCliEvents *self)
{
  return self->json;
}

static void
add_device (JsonBuilder *builder,
            const MmpPublicKey *device)
{
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (device);

  mmp_cli_event_add_string (builder, "device", fingerprint);
}

/* Every line goes out at once: who reads it waits for it. */
static void
say (const char *line)
{
  g_print ("%s\n", line);
  fflush (stdout);
}

/**
 * mmp_cli_events_note:
 *
 * A line for people only.
 */
void
mmp_cli_events_note (MmpCliEvents *self,
                     const char *format,
                     ...)
{
  g_autofree char *line = NULL;
  va_list args;

  if (self->json)
    return;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  say (line);
}

/**
 * mmp_cli_events_ready:
 * @address: the local address of a forward
 *
 * Connections to that port are taken from now on.
 */
void
mmp_cli_events_ready (MmpCliEvents *self,
                      const char *address,
                      guint port,
                      const char *service)
{
  g_autofree char *listen = g_strdup_printf (strchr (address, ':') != NULL ? "[%s]:%u" : "%s:%u", address, port);
  g_autoptr (JsonBuilder) builder = NULL;

  if (!self->json)
    {
      mmp_cli_events_note (self, _ ("Open: %s leads to “%s” at the other side."), listen, service);
      return;
    }

  builder = mmp_cli_event_new ("ready");
  mmp_cli_event_add_string (builder, "listen", listen);
  mmp_cli_event_add_string (builder, "service", service);
  mmp_cli_event_say (builder);
}

static const char *
describe_path (MmpPath path)
{
  switch (path)
    {
    case MMP_PATH_DIRECT_UDP:
      return _ ("directly (UDP)");
    case MMP_PATH_DIRECT_TCP:
      return _ ("directly (TCP)");
    case MMP_PATH_TURN:
      return _ ("through a TURN server");
    case MMP_PATH_RELAY:
      return _ ("through the broker");
    case MMP_PATH_BRIDGE:
      return _ ("by rules");
    case MMP_PATH_NONE:
    default:
      return _ ("without a path yet");
    }
}

static char *
describe_device (const MmpStatus *status)
{
  g_autofree char *fingerprint = NULL;

  if (!status->has_device)
    return g_strdup (status->path == MMP_PATH_BRIDGE ? _ ("both brokers") : _ ("the broker"));

  fingerprint = mmp_public_key_to_fingerprint (&status->device);
  if (status->device_name == NULL || status->device_name[0] == '\0')
    return g_strdup (fingerprint);

  return g_strdup_printf (_ ("“%s” (%s)"), status->device_name, fingerprint);
}

static void
say_state_to_people (MmpCliEvents *self,
                     const MmpStatus *status)
{
  g_autofree char *device = describe_device (status);
  g_autofree char *why = status->cause != NULL ? mmp_cli_text_explain (status->cause) : NULL;

  switch (status->state)
    {
    case MMP_STATE_CONNECTING:
      mmp_cli_events_note (self, why != NULL ? _ ("Connecting… %s") : _ ("Connecting…"), why);
      break;
    case MMP_STATE_WAITING:
      mmp_cli_events_note (self, _ ("Ready: waiting for devices."));
      break;
    case MMP_STATE_CONNECTED:
      mmp_cli_events_note (self, _ ("Connected with %s %s."), device, describe_path (status->path));
      break;
    case MMP_STATE_RECONNECTING:
      mmp_cli_events_note (self, _ ("Not connected with %s, trying again. %s"), device, why != NULL ? why : "");
      break;
    case MMP_STATE_ATTENTION:
      mmp_cli_events_note (self, _ ("Not connected with %s. %s"), device, why != NULL ? why : "");
      break;
    case MMP_STATE_STOPPED:
    default:
      break;
    }
}

static void
say_state_to_programs (const MmpStatus *status)
{
  g_autoptr (JsonBuilder) builder = mmp_cli_event_new ("state");

  mmp_cli_event_add_string (builder, "state", mmp_state_get_name (status->state));
  if (status->state == MMP_STATE_CONNECTED)
    mmp_cli_event_add_string (builder, "path", mmp_path_get_name (status->path));
  if (status->has_device)
    add_device (builder, &status->device);
  if (status->device_name != NULL)
    mmp_cli_event_add_string (builder, "name", status->device_name);
  if (status->cause != NULL)
    mmp_cli_event_add_string (builder, "cause", status->cause->domain == MMP_ERROR ? mmp_error_get_name (status->cause->code) : "failed");
  if (status->retry > 0)
    mmp_cli_event_add_int (builder, "retry", status->retry);
  mmp_cli_event_say (builder);
}

static void
say_stats (const MmpStatus *status)
{
  g_autoptr (JsonBuilder) builder = mmp_cli_event_new ("stats");

  if (status->has_device)
    add_device (builder, &status->device);
  mmp_cli_event_add_int (builder, "streams", status->n_streams);
  mmp_cli_event_add_int (builder, "sent", status->bytes_sent);
  mmp_cli_event_add_int (builder, "received", status->bytes_received);
  if (status->rtt >= 0)
    {
      mmp_cli_event_add_double (builder, "median", status->rtt_median);
      mmp_cli_event_add_double (builder, "p95", status->rtt_p95);
    }
  mmp_cli_event_say (builder);
}

static void
say_direct (const MmpStatus *status)
{
  g_autoptr (JsonBuilder) builder = mmp_cli_event_new ("direct");

  mmp_cli_event_add_int (builder, "generation", status->generation);
  add_device (builder, &status->device);
  if (status->local_candidate != NULL && status->remote_candidate != NULL)
    {
      mmp_cli_event_add_string (builder, "local", status->local_candidate);
      mmp_cli_event_add_string (builder, "remote", status->remote_candidate);
    }
  mmp_cli_event_say (builder);
}

static Said *
find_said (MmpCliEvents *self,
           const MmpPublicKey *device)
{
  g_autofree char *key = device != NULL ? mmp_public_key_to_fingerprint (device) : g_strdup ("");
  Said *said = g_hash_table_lookup (self->said, key);

  if (said == NULL)
    {
      said = g_new0 (Said, 1);
      said->state = MMP_STATE_STOPPED;
      said->cause = -1;
      g_hash_table_insert (self->said, g_steal_pointer (&key), said);
    }

  return said;
}

/**
 * mmp_cli_events_status:
 *
 * Says what changed: the state at once, figures at most once a second and to programs only.
 */
void
mmp_cli_events_status (MmpCliEvents *self,
                       const MmpStatus *status)
{
  Said *said = find_said (self, status->has_device ? &status->device : NULL);
  int cause = status->cause != NULL ? status->cause->code : -1;
  gint64 now = g_get_monotonic_time ();

  /* Between two tries there is no cause for a moment: that is nothing new. */
  if (said->state != status->state || said->path != status->path || (cause != -1 && cause != said->cause))
    {
      if (self->json)
        say_state_to_programs (status);
      else
        say_state_to_people (self, status);
      if (cause != said->cause && status->cause != NULL)
        mmp_cli_events_error (self, status->cause);
      said->state = status->state;
      said->path = status->path;
      said->cause = cause;
    }

  if (said->generation != status->generation)
    {
      if (self->json && status->generation != 0)
        say_direct (status);
      said->generation = status->generation;
    }

  if (self->json && now - said->stats_at >= STATS_INTERVAL && (said->n_streams != status->n_streams || said->bytes_sent != status->bytes_sent || said->bytes_received != status->bytes_received))
    {
      say_stats (status);
      said->stats_at = now;
      said->n_streams = status->n_streams;
      said->bytes_sent = status->bytes_sent;
      said->bytes_received = status->bytes_received;
    }
}

/**
 * mmp_cli_events_gone:
 *
 * A device's link is over.
 */
void
mmp_cli_events_gone (MmpCliEvents *self,
                     const MmpPublicKey *device)
{
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (device);

  g_hash_table_remove (self->said, fingerprint);
  if (self->json)
    {
      g_autoptr (JsonBuilder) builder = mmp_cli_event_new ("gone");

      mmp_cli_event_add_string (builder, "device", fingerprint);
      mmp_cli_event_say (builder);
    }
  else
    mmp_cli_events_note (self, _ ("%s went away."), fingerprint);
}

/**
 * mmp_cli_events_rtt:
 * @rtt: milliseconds
 *
 * The time to @device and back, while it is connected.
 */
void
mmp_cli_events_rtt (MmpCliEvents *self,
                    const MmpPublicKey *device,
                    double rtt)
{
  g_autoptr (JsonBuilder) builder = NULL;

  if (find_said (self, device)->state != MMP_STATE_CONNECTED)
    return;
  if (!self->json)
    {
      if (self->verbose)
        mmp_cli_events_note (self, _ ("Round trip: %.1f ms"), rtt);
      return;
    }

  builder = mmp_cli_event_new ("rtt");
  mmp_cli_event_add_double (builder, "ms", rtt);
  add_device (builder, device);
  mmp_cli_event_say (builder);
}

/**
 * mmp_cli_events_stream:
 * @sent: bytes
 * @received: bytes
 *
 * A TCP connection came or is over.
 */
void
mmp_cli_events_stream (MmpCliEvents *self,
                       guint32 id,
                       const char *service,
                       gboolean open,
                       guint64 sent,
                       guint64 received)
{
  g_autoptr (JsonBuilder) builder = NULL;

  if (!self->json)
    {
      if (self->verbose && open)
        mmp_cli_events_note (self, _ ("Connection %u to “%s” opened."), id, service);
      else if (self->verbose)
        mmp_cli_events_note (self, _ ("Connection %u to “%s” closed: %" PRIu64 " bytes sent, %" PRIu64 " received."), id, service, sent, received);
      return;
    }

  builder = mmp_cli_event_new ("stream");
  mmp_cli_event_add_int (builder, "id", id);
  mmp_cli_event_add_string (builder, "service", service);
  mmp_cli_event_add_string (builder, "state", open ? "open" : "closed");
  mmp_cli_event_add_int (builder, "sent", sent);
  mmp_cli_event_add_int (builder, "received", received);
  mmp_cli_event_say (builder);
}

static void
say_device_event (const char *event,
                  const MmpPublicKey *device,
                  const char *name)
{
  g_autoptr (JsonBuilder) builder = mmp_cli_event_new (event);
  g_autofree char *key = mmp_public_key_to_short_text (device);

  add_device (builder, device);
  mmp_cli_event_add_string (builder, "key", key);
  if (name != NULL)
    mmp_cli_event_add_string (builder, "name", name);
  mmp_cli_event_say (builder);
}

/**
 * mmp_cli_events_request:
 *
 * A stranger asks to be trusted.
 */
void
mmp_cli_events_request (MmpCliEvents *self,
                        const MmpPublicKey *device,
                        const char *name)
{
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (device);

  if (self->json)
    say_device_event ("request", device, name);
  else
    mmp_cli_events_note (self, _ ("A device that calls itself “%s” asks to connect. Its fingerprint: %s"), name, fingerprint);
}

/**
 * mmp_cli_events_request_gone:
 *
 * The stranger does not wait any more.
 */
void
mmp_cli_events_request_gone (MmpCliEvents *self,
                             const MmpPublicKey *device)
{
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (device);

  if (self->json)
    say_device_event ("request-gone", device, NULL);
  else
    mmp_cli_events_note (self, _ ("%s does not ask any more."), fingerprint);
}

/**
 * mmp_cli_events_trusted:
 *
 * A device became trusted, by an invitation or because somebody said so.
 */
void
mmp_cli_events_trusted (MmpCliEvents *self,
                        const MmpPublicKey *device,
                        const char *name)
{
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (device);

  if (self->json)
    say_device_event ("trusted", device, name);
  else
    mmp_cli_events_note (self, _ ("“%s” (%s) is trusted from now on. “mmp trust remove” takes it back."), name, fingerprint);
}

/**
 * mmp_cli_events_invitation:
 *
 * An invitation was made; people see it otherwise.
 */
void
mmp_cli_events_invitation (MmpCliEvents *self,
                           const char *uri,
                           guint minutes)
{
  g_autoptr (JsonBuilder) builder = NULL;

  if (!self->json)
    return;

  builder = mmp_cli_event_new ("invitation");
  mmp_cli_event_add_string (builder, "uri", uri);
  mmp_cli_event_add_int (builder, "minutes", minutes);
  mmp_cli_event_say (builder);
}

/**
 * mmp_cli_events_trouble:
 *
 * Tells what went wrong while everything else goes on.
 */
void
mmp_cli_events_trouble (MmpCliEvents *self,
                        const GError *error)
{
  if (self->json)
    mmp_cli_events_error (self, error);
  else
    mmp_cli_complain_about (error);
}

/**
 * mmp_cli_events_error:
 *
 * Tells programs what went wrong; people are told by the state or on standard error.
 */
void
mmp_cli_events_error (MmpCliEvents *self,
                      const GError *error)
{
  g_autoptr (JsonBuilder) builder = NULL;
  g_autofree char *message = NULL;

  if (!self->json)
    return;

  builder = mmp_cli_event_new ("error");
  message = mmp_cli_text_explain (error);
  mmp_cli_event_add_string (builder, "code", error->domain == MMP_ERROR ? mmp_error_get_name (error->code) : "failed");
  mmp_cli_event_add_string (builder, "message", message);
  mmp_cli_event_say (builder);
}
