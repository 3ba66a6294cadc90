/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-classic"

#include "classic/mmp-classic-listener.h"

#include "base/mmp-error.h"
#include "classic/mmp-classic-line.h"
#include "classic/mmp-classic-post.h"

#define GUESTS_MAX 32
#define PENDING_MAX 8 /* of them not connected yet */

/* A device that is connected, or may be soon */
typedef struct
{
  MmpClassicListener *listener;
  MmpPublicKey device;
  MmpClassicLine *line;
  MmpStatus *status;
  gboolean told; /* its status was, so that its going has to be as well */
} Guest;

struct _MmpClassicListener
{
  GObject parent_instance;

  MmpEndpointConfig *config;
  GMainContext *io;
  const MmpEndpointFuncs *funcs;
  gpointer user_data;

  MmpClassicPost *post; /* NULL: stopped */
  MmpStatus *status; /* of the listener itself; its devices have their own */
  GHashTable *guests; /* Guest by its device */
};

G_DEFINE_FINAL_TYPE (MmpClassicListener, mmp_classic_listener, G_TYPE_OBJECT)

static void
guest_free (gpointer data)
{
  Guest *guest = data;

  mmp_classic_line_free (guest->line);
  mmp_status_free (guest->status);
  g_free (guest);
}

static void
remove_guest (MmpClassicListener *self,
              Guest *guest)
{
  const MmpPublicKey device = guest->device;
  gboolean told = guest->told;

  g_hash_table_remove (self->guests, &device);
  if (told && self->funcs->gone != NULL)
    self->funcs->gone (self, &device, self->user_data);
}

static void
set_status (MmpClassicListener *self,
            MmpState state,
            const GError *cause)
{
  if (!mmp_state_may_follow (self->status->state, state))
    return;

  self->status->state = state;
  g_clear_error (&self->status->cause);
  self->status->cause = cause != NULL ? g_error_copy (cause) : NULL;
  self->funcs->status (self, self->status, self->user_data);
}

static void
tell_guest (Guest *guest)
{
  MmpClassicListener *self = guest->listener;

  guest->told = TRUE;
  guest->status->state = MMP_STATE_CONNECTED;
  mmp_endpoint_config_note_seen (self->config, &guest->status->device);
  mmp_classic_line_describe (guest->line, guest->status);
  self->funcs->status (self, guest->status, self->user_data);
}

static void
on_line_described (MmpClassicLine *line,
                   const char *sdp,
                   gpointer user_data)
{
  Guest *guest = user_data;

  mmp_classic_post_send (guest->listener->post, &guest->device, MMP_CLASSIC_ANSWER, sdp);
}

static void
on_line_up (MmpClassicLine *line,
            gpointer user_data)
{
  tell_guest (user_data);
}

static void
on_line_down (MmpClassicLine *line,
              const GError *error,
              gpointer user_data)
{
  Guest *guest = user_data;
  MmpClassicListener *self = guest->listener;

  /* That a device goes, or does not find its way, is its own business; that somebody else is on the path is not. */
  if (g_error_matches (error, MMP_ERROR, MMP_ERROR_IDENTITY_MISMATCH) && self->funcs->forward_failed != NULL)
    self->funcs->forward_failed (self, error, self->user_data);
  remove_guest (self, guest);
}

static void
on_line_figures (MmpClassicLine *line,
                 gpointer user_data)
{
  if (mmp_classic_line_is_up (line))
    tell_guest (user_data);
}

static void
on_line_event (MmpClassicLine *line,
               const MmpClassicEvent *event,
               gpointer user_data)
{
  MmpClassicListener *self = ((Guest *) user_data)->listener;

  mmp_classic_line_tell (event, self->config, self->funcs, self, self->user_data);
}

static const MmpClassicLineFuncs line_funcs = {
  .described = on_line_described,
  .up = on_line_up,
  .down = on_line_down,
  .figures = on_line_figures,
  .event = on_line_event,
};

static guint
count_pending (MmpClassicListener *self)
{
  GHashTableIter iter;
  gpointer value;
  guint n = 0;

  g_hash_table_iter_init (&iter, self->guests);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    n += mmp_classic_line_is_up (((Guest *) value)->line) ? 0 : 1;

  return n;
}

static Guest *
add_guest (MmpClassicListener *self,
           const MmpPublicKey *device)
{
  const guint max = self->config->sessions_max > 0 ? self->config->sessions_max : GUESTS_MAX;
  Guest *guest;

  if (g_hash_table_size (self->guests) >= max || count_pending (self) >= PENDING_MAX)
    {
      g_debug ("an offer is ignored: there are too many devices");
      return NULL;
    }

  guest = g_new0 (Guest, 1);
  guest->listener = self;
  guest->device = *device;
  guest->status = mmp_status_new (MMP_STATE_CONNECTING);
  guest->status->has_device = TRUE;
  guest->status->device = *device;
  guest->line = mmp_classic_line_new (MMP_PEER_ROLE_ANSWERER, self->config, self->io, &line_funcs, guest);
  g_hash_table_insert (self->guests, &guest->device, guest);

  return guest;
}

static void
on_post_ready (gpointer user_data)
{
  set_status (user_data, MMP_STATE_WAITING, NULL);
}

/* Connections that stand need no broker. */
static void
on_post_lost (const GError *cause,
              gpointer user_data)
{
  set_status (user_data, mmp_cause_needs_person (cause) ? MMP_STATE_ATTENTION : MMP_STATE_RECONNECTING, cause);
}

static gboolean
on_post_may_talk (const MmpPublicKey *device,
                  gpointer user_data)
{
  MmpClassicListener *self = user_data;
  MmpStanding standing = mmp_trust_get_standing (self->config->trust, device);

  return standing == MMP_STANDING_TRUSTED || (standing == MMP_STANDING_UNKNOWN && self->config->mode == MMP_TRUST_ANYONE);
}

static void
on_post_message (const MmpPublicKey *device,
                 const MmpClassicMessage *message,
                 gpointer user_data)
{
  MmpClassicListener *self = user_data;
  Guest *guest = g_hash_table_lookup (self->guests, device);

  if (message->type == MMP_CLASSIC_BYE)
    {
      if (guest != NULL)
        mmp_classic_line_said_bye (guest->line);
      return;
    }

  if (guest == NULL)
    guest = add_guest (self, device);
  if (guest != NULL)
    mmp_classic_line_offered (guest->line, message->sdp);
}

static const MmpClassicPostFuncs post_funcs = {
  .ready = on_post_ready,
  .lost = on_post_lost,
  .may_talk = on_post_may_talk,
  .message = on_post_message,
};

static void
mmp_classic_listener_dispose (GObject *object)
{
  mmp_classic_listener_stop (MMP_CLASSIC_LISTENER (object));

  G_OBJECT_CLASS (mmp_classic_listener_parent_class)->dispose (object);
}

static void
mmp_classic_listener_finalize (GObject *object)
{
  MmpClassicListener *self = MMP_CLASSIC_LISTENER (object);

  g_hash_table_unref (self->guests);
  mmp_endpoint_config_free (self->config);
  g_main_context_unref (self->io);
  g_clear_pointer (&self->status, mmp_status_free);

  G_OBJECT_CLASS (mmp_classic_listener_parent_class)->finalize (object);
}

static void
mmp_classic_listener_class_init (MmpClassicListenerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = mmp_classic_listener_dispose;
  object_class->finalize = mmp_classic_listener_finalize;
}

static void
mmp_classic_listener_init (MmpClassicListener *self)
{
  self->guests = g_hash_table_new_full (mmp_public_key_hash, mmp_public_key_equal, NULL, guest_free);
}

/**
 * mmp_classic_listener_new:
 * @config: whom to trust, through which broker (the first), with which service: the first, whose name is the channel.
 *   Copied. A stranger is never asked about: nothing proves that an offer is not an old one that somebody sends again
 * @io: the context of the I/O thread
 * @funcs: told what happens; each may be %NULL but @status
 *
 * Returns: (transfer full): a listener that is stopped
 */
MmpClassicListener *
mmp_classic_listener_new (const MmpEndpointConfig *config,
                          GMainContext *io,
                          const MmpEndpointFuncs *funcs,
                          gpointer user_data)
{
  MmpClassicListener *self = g_object_new (MMP_TYPE_CLASSIC_LISTENER, NULL);

  self->config = mmp_endpoint_config_copy (config);
  self->io = g_main_context_ref (io);
  self->funcs = funcs;
  self->user_data = user_data;

  return self;
}

/**
 * mmp_classic_listener_start:
 *
 * Begins to wait for devices. Nothing happens if it was started already.
 */
void
mmp_classic_listener_start (MmpClassicListener *self)
{
  if (self->post != NULL)
    return;

  g_clear_pointer (&self->status, mmp_status_free);
  self->status = mmp_status_new (MMP_STATE_CONNECTING);
  self->post = mmp_classic_post_new (self->config, MMP_CLASSIC_ANSWERS, mmp_classic_line_get_channel (self->config), self->io, &post_funcs, self);
  self->funcs->status (self, self->status, self->user_data);
}

static void
say_bye (MmpClassicListener *self,
         const Guest *guest)
{
  if (mmp_classic_post_is_ready (self->post))
    mmp_classic_post_send (self->post, &guest->device, MMP_CLASSIC_BYE, NULL);
}

/**
 * mmp_classic_listener_stop:
 *
 * Says bye to all devices and closes everything; connections are reset. No callback is called after this. It may be
 * started again.
 */
void
mmp_classic_listener_stop (MmpClassicListener *self)
{
  GHashTableIter iter;
  gpointer value;

  if (self->post == NULL)
    return;

  g_hash_table_iter_init (&iter, self->guests);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    say_bye (self, value);
  g_hash_table_remove_all (self->guests);
  g_clear_pointer (&self->post, mmp_classic_post_free);
}

/**
 * mmp_classic_listener_kick:
 *
 * The network changed, or a person wants it tried again now: connects to the broker anew.
 */
void
mmp_classic_listener_kick (MmpClassicListener *self)
{
  if (self->post != NULL)
    mmp_classic_post_kick (self->post);
}

/**
 * mmp_classic_listener_disconnect:
 *
 * Says bye to a device and resets its connections. It is trusted as before, so it may come back.
 */
void
mmp_classic_listener_disconnect (MmpClassicListener *self,
                                 const MmpPublicKey *device)
{
  Guest *guest = g_hash_table_lookup (self->guests, device);

  if (guest == NULL)
    return;
  say_bye (self, guest);
  remove_guest (self, guest);
}

/**
 * mmp_classic_listener_trust_changed:
 *
 * The trust list changed: devices that are not trusted any more are sent away.
 */
void
mmp_classic_listener_trust_changed (MmpClassicListener *self)
{
  g_autoptr (GList) guests = g_hash_table_get_values (self->guests);

  for (GList *l = guests; l != NULL; l = l->next)
    {
      Guest *guest = l->data;

      if (!on_post_may_talk (&guest->device, self))
        {
          say_bye (self, guest);
          remove_guest (self, guest);
        }
    }
}
