/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-classic"

#include "classic/mmp-classic-initiator.h"

#include "base/mmp-backoff.h"
#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "classic/mmp-classic-line.h"
#include "classic/mmp-classic-post.h"

struct _MmpClassicInitiator
{
  GObject parent_instance;

  MmpEndpointConfig *config;
  GMainContext *io;
  const MmpEndpointFuncs *funcs;
  gpointer user_data;

  MmpClassicPost *post; /* NULL: stopped */
  MmpClassicLine *line; /* NULL: stopped */
  MmpStatus *status;
  MmpClock *clock;
  MmpBackoff backoff;
  guint retry; /* timer */
  gboolean silenced; /* it is over for good, until a person changes something */
};

G_DEFINE_FINAL_TYPE (MmpClassicInitiator, mmp_classic_initiator, G_TYPE_OBJECT)

static void
set_status (MmpClassicInitiator *self,
            MmpState state,
            const GError *cause,
            gint64 wait)
{
  if (!mmp_state_may_follow (self->status->state, state))
    return;

  self->status->state = state;
  self->status->retry = (guint) ((wait + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC);
  g_clear_error (&self->status->cause);
  self->status->cause = cause != NULL ? g_error_copy (cause) : NULL;
  mmp_classic_line_describe (self->line, self->status);
  self->funcs->status (self, self->status, self->user_data);
}

static void
call (MmpClassicInitiator *self)
{
  mmp_clock_remove (self->clock, &self->retry);
  if (self->silenced || !mmp_classic_post_is_ready (self->post) || mmp_classic_line_is_calling (self->line) || mmp_classic_line_is_up (self->line))
    return;

  /* So that the other side lets go of a connection that we know nothing of any more. */
  mmp_classic_post_send (self->post, &self->config->listener, MMP_CLASSIC_BYE, NULL);
  mmp_classic_line_offer (self->line);
}

static void
on_retry (gpointer user_data)
{
  MmpClassicInitiator *self = user_data;

  self->retry = 0;
  call (self);
}

static void
on_post_ready (gpointer user_data)
{
  call (user_data);
}

static void
on_post_lost (const GError *cause,
              gpointer user_data)
{
  MmpClassicInitiator *self = user_data;

  /* Who is connected needs no broker; who calls gets no answer without. */
  if (mmp_classic_line_is_up (self->line))
    return;

  mmp_clock_remove (self->clock, &self->retry);
  mmp_classic_line_hang_up (self->line);
  set_status (self, mmp_cause_needs_person (cause) ? MMP_STATE_ATTENTION : MMP_STATE_RECONNECTING, cause, 0);
}

static gboolean
on_post_may_talk (const MmpPublicKey *device,
                  gpointer user_data)
{
  return TRUE;
}

static void
on_post_message (const MmpPublicKey *device,
                 const MmpClassicMessage *message,
                 gpointer user_data)
{
  MmpClassicInitiator *self = user_data;

  if (message->type == MMP_CLASSIC_ANSWER)
    mmp_classic_line_answered (self->line, message->sdp);
  else
    mmp_classic_line_said_bye (self->line);
}

static const MmpClassicPostFuncs post_funcs = {
  .ready = on_post_ready,
  .lost = on_post_lost,
  .may_talk = on_post_may_talk,
  .message = on_post_message,
};

static void
on_line_described (MmpClassicLine *line,
                   const char *sdp,
                   gpointer user_data)
{
  MmpClassicInitiator *self = user_data;

  mmp_classic_post_send (self->post, &self->config->listener, MMP_CLASSIC_OFFER, sdp);
}

static void
on_line_up (MmpClassicLine *line,
            gpointer user_data)
{
  MmpClassicInitiator *self = user_data;

  mmp_backoff_reset (&self->backoff);
  set_status (self, MMP_STATE_CONNECTED, NULL, 0);
}

static void
on_line_down (MmpClassicLine *line,
              const GError *error,
              gpointer user_data)
{
  MmpClassicInitiator *self = user_data;
  gint64 wait;

  /* Somebody else on the path is nothing that goes away by trying. */
  self->silenced = g_error_matches (error, MMP_ERROR, MMP_ERROR_IDENTITY_MISMATCH);
  if (self->silenced)
    {
      set_status (self, MMP_STATE_ATTENTION, error, 0);
      return;
    }

  wait = mmp_backoff_next (&self->backoff);
  mmp_clock_remove (self->clock, &self->retry);
  self->retry = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + wait, on_retry, self);
  set_status (self, MMP_STATE_RECONNECTING, error, wait);
}

static void
on_line_figures (MmpClassicLine *line,
                 gpointer user_data)
{
  MmpClassicInitiator *self = user_data;

  if (self->status->state == MMP_STATE_CONNECTED)
    set_status (self, MMP_STATE_CONNECTED, NULL, 0);
}

static void
on_line_event (MmpClassicLine *line,
               const MmpClassicEvent *event,
               gpointer user_data)
{
  MmpClassicInitiator *self = user_data;

  mmp_classic_line_tell (event, self->config, self->funcs, self, self->user_data);
}

static const MmpClassicLineFuncs line_funcs = {
  .described = on_line_described,
  .up = on_line_up,
  .down = on_line_down,
  .figures = on_line_figures,
  .event = on_line_event,
};

static void
mmp_classic_initiator_dispose (GObject *object)
{
  mmp_classic_initiator_stop (MMP_CLASSIC_INITIATOR (object));

  G_OBJECT_CLASS (mmp_classic_initiator_parent_class)->dispose (object);
}

static void
mmp_classic_initiator_finalize (GObject *object)
{
  MmpClassicInitiator *self = MMP_CLASSIC_INITIATOR (object);

  mmp_endpoint_config_free (self->config);
  g_main_context_unref (self->io);
  mmp_clock_unref (self->clock);
  g_clear_pointer (&self->status, mmp_status_free);

  G_OBJECT_CLASS (mmp_classic_initiator_parent_class)->finalize (object);
}

static void
mmp_classic_initiator_class_init (MmpClassicInitiatorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = mmp_classic_initiator_dispose;
  object_class->finalize = mmp_classic_initiator_finalize;
}

static void
mmp_classic_initiator_init (MmpClassicInitiator *self)
{
  self->clock = mmp_clock_new (NULL);
  self->backoff = (MmpBackoff) { .first = MMP_SECONDS (1), .factor = 2, .max = MMP_SECONDS (60) };
}

/**
 * mmp_classic_initiator_new:
 * @config: whom to call, through which broker (the first), with which forwards; the service of the first of these is the
 *   channel. Copied
 * @io: the context of the I/O thread
 * @funcs: told what happens; each may be %NULL but @status
 *
 * Returns: (transfer full): an initiator that is stopped
 */
MmpClassicInitiator *
mmp_classic_initiator_new (const MmpEndpointConfig *config,
                           GMainContext *io,
                           const MmpEndpointFuncs *funcs,
                           gpointer user_data)
{
  MmpClassicInitiator *self = g_object_new (MMP_TYPE_CLASSIC_INITIATOR, NULL);

  self->config = mmp_endpoint_config_copy (config);
  self->io = g_main_context_ref (io);
  self->funcs = funcs;
  self->user_data = user_data;

  return self;
}

/**
 * mmp_classic_initiator_start:
 *
 * Begins to call. Nothing happens if it was started already.
 */
void
mmp_classic_initiator_start (MmpClassicInitiator *self)
{
  if (self->post != NULL)
    return;

  self->silenced = FALSE;
  mmp_backoff_reset (&self->backoff);
  g_clear_pointer (&self->status, mmp_status_free);
  self->status = mmp_status_new (MMP_STATE_CONNECTING);
  self->status->has_device = TRUE;
  self->status->device = self->config->listener;
  self->line = mmp_classic_line_new (MMP_PEER_ROLE_OFFERER, self->config, self->io, &line_funcs, self);
  self->post = mmp_classic_post_new (self->config, MMP_CLASSIC_OFFERS, mmp_classic_line_get_channel (self->config), self->io, &post_funcs, self);
  self->funcs->status (self, self->status, self->user_data);
}

/**
 * mmp_classic_initiator_stop:
 *
 * Says bye and closes everything; connections are reset. No callback is called after this. It may be started again.
 */
void
mmp_classic_initiator_stop (MmpClassicInitiator *self)
{
  if (self->post == NULL)
    return;

  mmp_clock_remove (self->clock, &self->retry);
  if (mmp_classic_post_is_ready (self->post))
    mmp_classic_post_send (self->post, &self->config->listener, MMP_CLASSIC_BYE, NULL);
  g_clear_pointer (&self->line, mmp_classic_line_free);
  g_clear_pointer (&self->post, mmp_classic_post_free);
}

/**
 * mmp_classic_initiator_kick:
 *
 * The network changed, or a person wants it tried again now. A connection that stands is left alone: there is no other way
 * to go on with it.
 */
void
mmp_classic_initiator_kick (MmpClassicInitiator *self)
{
  if (self->post == NULL)
    return;

  self->silenced = FALSE;
  mmp_backoff_reset (&self->backoff);
  mmp_classic_post_kick (self->post);
}
