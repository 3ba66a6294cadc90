/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-session"

#include "session/mmp-reception.h"

#include <string.h>

#include "base/mmp-limits.h"
#include "crypto/mmp-crypto.h"
#include "crypto/mmp-noise.h"
#include "session/mmp-greeting-guard.h"
#include "session/mmp-guest-list.h"
#include "session/mmp-request-book.h"
#include "session/mmp-topics.h"

#define SESSIONS_MAX 32

/* What is said to devices that may not come in now, in seconds */
#define BUSY_RETRY 60
#define PENDING_RETRY 60
#define BLOCKED_RETRY 3600

/* The initiator greets anew before the session is too old; the listener gives it a little longer. */
#define AGE_MAX (MMP_SESSION_AGE_MAX + MMP_SECONDS (60))

struct _MmpReception
{
  MmpAcceptor *acceptor; /* owns this */
  const MmpAcceptorConfig *config;
  MmpAcceptorFuncs funcs; /* all NULL: closed */
  gpointer user_data;
  MmpSignaling *signaling;
  MmpClock *clock;
  char *rendezvous;

  MmpGreetingGuard *guard;
  MmpRequestBook *requests;
  MmpGuestList *guests;
};

static void
send_status (MmpGuest *guest,
             MmpSignalStatus status,
             guint retry)
{
  g_autoptr (MmpSignal) signal = mmp_signal_new (MMP_SIGNAL_STATUS);

  signal->status = status;
  signal->retry = retry;
  mmp_session_send_signal (guest->session, signal);
}

static void
send_bye (MmpGuest *guest)
{
  g_autoptr (MmpSignal) signal = mmp_signal_new (MMP_SIGNAL_BYE);

  mmp_session_send_signal (guest->session, signal);
}

static void
send_hello (MmpReception *self,
            MmpGuest *guest)
{
  g_autoptr (MmpSignal) signal = mmp_signal_new (MMP_SIGNAL_HELLO);

  memcpy (signal->link_name, guest->link_name, MMP_LINK_NAME_SIZE);
  signal->resumed = guest->resumed;
  signal->name = g_strdup (self->config->name);
  mmp_session_send_signal (guest->session, signal);
}

static void
remove_guest (MmpReception *self,
              MmpGuest *guest)
{
  mmp_clock_remove (self->clock, &guest->timer);
  mmp_session_set_events (guest->session, NULL, NULL);
  mmp_signaling_remove_session (self->signaling, guest->topic_in);
  mmp_greeting_guard_forget (self->guard, &guest->ephemeral);
  mmp_guest_list_remove (self->guests, guest);
}

static void
dismiss_guest (MmpReception *self,
               MmpGuest *guest)
{
  send_bye (guest);
  remove_guest (self, guest);
}

static void
turn_away (MmpReception *self,
           MmpGuest *guest,
           MmpSignalStatus status,
           guint retry)
{
  send_status (guest, status, retry);
  dismiss_guest (self, guest);
}

/* A request is not shown any more. */
static void
withdraw_request (MmpReception *self,
                  const MmpPublicKey *device)
{
  if (mmp_request_book_remove (self->requests, device) && self->funcs.request_gone != NULL)
    self->funcs.request_gone (self->acceptor, device, self->user_data);
}

static void
on_guest_due (gpointer user_data)
{
  MmpGuest *guest = user_data;
  MmpReception *self = guest->owner;
  gint64 due = MIN (guest->since + AGE_MAX, guest->heard + MMP_LINK_FORGET_AFTER);

  guest->timer = 0;
  if (guest->phase == MMP_GUEST_LEAVING)
    remove_guest (self, guest);
  else if (mmp_clock_now (self->clock) < due)
    guest->timer = mmp_clock_add (self->clock, due, on_guest_due, guest);
  else
    dismiss_guest (self, guest);
}

/* What still arrives through the older session of the same link is read for a while. */
static void
retire_guest (MmpReception *self,
              MmpGuest *guest)
{
  guest->phase = MMP_GUEST_LEAVING;
  mmp_clock_remove (self->clock, &guest->timer);
  guest->timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + MMP_OLD_RELAY_READ_FOR, on_guest_due, guest);
}

static void
link_guest (MmpReception *self,
            MmpGuest *guest)
{
  g_autoptr (MmpSession) session = g_object_ref (guest->session);
  gint64 now = mmp_clock_now (self->clock);
  MmpGuest *replaced;
  MmpGuest *leaving;
  gboolean resumed;

  if (!mmp_guest_list_find_room (self->guests, guest, now, &leaving))
    {
      turn_away (self, guest, MMP_SIGNAL_BUSY, BUSY_RETRY);
      return;
    }
  if (leaving != NULL)
    turn_away (self, leaving, MMP_SIGNAL_BUSY, BUSY_RETRY);
  replaced = mmp_guest_list_find_replaced (self->guests, guest);
  if (replaced != NULL)
    retire_guest (self, replaced);

  resumed = self->funcs.resume != NULL && self->funcs.resume (self->acceptor, &guest->device, guest->link_name, self->user_data);
  guest->resumed = resumed;
  guest->phase = MMP_GUEST_LINKED;
  guest->timer = mmp_clock_add (self->clock, now + MMP_LINK_FORGET_AFTER, on_guest_due, guest);
  mmp_session_introduce (session, guest->link_name, guest->name);
  mmp_session_admit (session);
  send_hello (self, guest);
  if (self->funcs.session != NULL)
    self->funcs.session (self->acceptor, session, resumed, self->user_data);
}

static void
ask_about_guest (MmpReception *self,
                 MmpGuest *guest)
{
  MmpGuest *older = mmp_guest_list_find_asking (self->guests, &guest->device);
  MmpRequestVerdict verdict = mmp_request_book_ask (self->requests, &guest->device);

  if (verdict == MMP_REQUEST_REFUSED)
    {
      turn_away (self, guest, MMP_SIGNAL_BUSY, BUSY_RETRY);
      return;
    }

  if (older != NULL)
    remove_guest (self, older);
  guest->phase = MMP_GUEST_ASKING;
  send_status (guest, MMP_SIGNAL_PENDING, PENDING_RETRY);
  if (verdict == MMP_REQUEST_NEW && self->funcs.request != NULL)
    self->funcs.request (self->acceptor, &guest->device, guest->name, self->user_data);
}

static gboolean
use_invitation (MmpReception *self,
                MmpGuest *guest)
{
  return guest->invitation != NULL && mmp_trust_use_invitation (self->config->trust, guest->invitation, &guest->device, guest->name);
}

/* The first valid DATA: now it is certain that the device is there and that this is no replay. Whom to let in is looked up
 * anew, for much may have happened since the greeting. */
static void
receive_guest (MmpReception *self,
               MmpGuest *guest,
               const MmpSignal *hello)
{
  MmpStanding standing = mmp_trust_get_standing (self->config->trust, &guest->device);
  MmpPublicKey device = guest->device;
  g_autofree char *name = g_strdup (hello->name != NULL ? hello->name : "");
  gboolean invited;

  mmp_greeting_guard_settled (self->guard, &guest->ephemeral);
  memcpy (guest->link_name, hello->link_name, MMP_LINK_NAME_SIZE);
  g_set_str (&guest->name, name);

  invited = standing == MMP_STANDING_UNKNOWN && use_invitation (self, guest);
  if (standing == MMP_STANDING_TRUSTED || invited)
    {
      guest->stranger = FALSE;
      link_guest (self, guest);
    }
  else if (standing == MMP_STANDING_UNKNOWN && self->config->mode == MMP_TRUST_ANYONE)
    {
      guest->stranger = TRUE;
      link_guest (self, guest);
    }
  else if (standing == MMP_STANDING_UNKNOWN && self->config->mode == MMP_TRUST_ASK)
    {
      ask_about_guest (self, guest);
    }
  else
    {
      remove_guest (self, guest);
    }

  if (invited && self->funcs.invited != NULL)
    self->funcs.invited (self->acceptor, &device, name, self->user_data);
}

static void
on_hello (MmpReception *self,
          MmpGuest *guest,
          const MmpSignal *hello)
{
  switch (guest->phase)
    {
    case MMP_GUEST_PENDING:
      receive_guest (self, guest, hello);
      break;
    case MMP_GUEST_ASKING:
      send_status (guest, MMP_SIGNAL_PENDING, PENDING_RETRY);
      break;
    case MMP_GUEST_LINKED:
      send_hello (self, guest);
      break;
    case MMP_GUEST_LEAVING:
      break;
    }
}

static void
on_bye (MmpReception *self,
        MmpGuest *guest)
{
  MmpPublicKey device = guest->device;
  MmpGuestPhase phase = guest->phase;
  guint8 link_name[MMP_LINK_NAME_SIZE];

  memcpy (link_name, guest->link_name, MMP_LINK_NAME_SIZE);
  remove_guest (self, guest);
  if (phase == MMP_GUEST_ASKING)
    withdraw_request (self, &device);
  else if (phase == MMP_GUEST_LINKED && self->funcs.left != NULL)
    self->funcs.left (self->acceptor, &device, link_name, self->user_data);
}

static void
on_session_signal (MmpSession *session,
                   const MmpSignal *signal,
                   gpointer user_data)
{
  MmpGuest *guest = user_data;
  MmpReception *self = guest->owner;

  guest->heard = mmp_clock_now (self->clock);
  if (signal->type == MMP_SIGNAL_HELLO)
    on_hello (self, guest, signal);
  else if (signal->type == MMP_SIGNAL_BYE)
    on_bye (self, guest);
}

static void
on_session_heard (MmpSession *session,
                  gpointer user_data)
{
  MmpGuest *guest = user_data;
  MmpReception *self = guest->owner;

  guest->heard = mmp_clock_now (self->clock);
}

static void
on_session_worn (MmpSession *session,
                 gpointer user_data)
{
  MmpGuest *guest = user_data;

  dismiss_guest (guest->owner, guest);
}

static const MmpSessionEvents session_events = {
  .signal = on_session_signal,
  .heard = on_session_heard,
  .worn = on_session_worn,
};

static void
on_greeting_gone (const MmpPublicKey *ephemeral,
                  gpointer user_data)
{
  MmpReception *self = user_data;
  MmpGuest *guest = mmp_guest_list_find (self->guests, ephemeral);

  if (guest != NULL)
    remove_guest (self, guest);
}

static void
on_request_gone (const MmpPublicKey *device,
                 gpointer user_data)
{
  MmpReception *self = user_data;
  MmpGuest *guest = mmp_guest_list_find_asking (self->guests, device);

  if (guest != NULL)
    dismiss_guest (self, guest);
  if (self->funcs.request_gone != NULL)
    self->funcs.request_gone (self->acceptor, device, self->user_data);
}

/* A stranger that may not come gets nothing at all. */
static gboolean
may_stranger_come (MmpReception *self,
                   const MmpPublicKey *device,
                   gboolean invited)
{
  switch (self->config->mode)
    {
    case MMP_TRUST_ANYONE:
      return TRUE;
    case MMP_TRUST_ASK:
      return invited || !mmp_request_book_is_silenced (self->requests, device);
    case MMP_TRUST_ONLY_TRUSTED:
      break;
    }

  return invited;
}

/* Reads a greeting as far as its sender may come: who it says it is, then that this is true and what it brings.
 * @invitation is zero unless it brings a valid one that it needs. */
static gboolean
read_greeting (MmpReception *self,
               MmpNoise *noise,
               GBytes *hs1,
               MmpPublicKey *device,
               gboolean *stranger,
               guint8 invitation[MMP_INVITATION_SIZE])
{
  MmpStanding standing;
  gboolean invited;

  if (!mmp_noise_read_identity (noise, hs1, device, NULL))
    return FALSE;
  standing = mmp_trust_get_standing (self->config->trust, device);
  if (standing == MMP_STANDING_BLOCKED)
    return FALSE;
  *stranger = standing != MMP_STANDING_TRUSTED;
  invited = *stranger && mmp_trust_has_invitation (self->config->trust);
  if (*stranger && !may_stranger_come (self, device, invited))
    return FALSE;

  if (!mmp_noise_read_payload (noise, invitation, NULL))
    return FALSE;
  invited = invited && mmp_trust_check_invitation (self->config->trust, invitation);
  if (!invited)
    mmp_crypto_wipe (invitation, MMP_INVITATION_SIZE);

  return !*stranger || may_stranger_come (self, device, invited);
}

static void
add_guest (MmpReception *self,
           const MmpPublicKey *ephemeral,
           const MmpPublicKey *device,
           gboolean stranger,
           const guint8 invitation[MMP_INVITATION_SIZE],
           MmpTransport *transport,
           GBytes *hs2)
{
  static const guint8 none[MMP_INVITATION_SIZE];
  g_autofree char *topic_out = mmp_topics_build (self->config->prefix, self->rendezvous, ephemeral->bytes, MMP_TOPIC_ANSWER);
  MmpGuest *guest = mmp_guest_list_add (self->guests, ephemeral, device);

  guest->owner = self;
  guest->stranger = stranger;
  guest->topic_in = mmp_topics_build (self->config->prefix, self->rendezvous, ephemeral->bytes, MMP_TOPIC_OFFER);
  guest->since = mmp_clock_now (self->clock);
  guest->heard = guest->since;
  if (!mmp_crypto_equal (invitation, none, sizeof none))
    guest->invitation = g_memdup2 (invitation, MMP_INVITATION_SIZE);
  guest->session = mmp_signaling_add_session (self->signaling, MMP_SESSION_LISTENER, device, guest->topic_in, topic_out, transport);
  mmp_session_set_events (guest->session, &session_events, guest);
  mmp_signaling_publish (self->signaling, topic_out, hs2);
}

static void
receive_greeting (MmpReception *self,
                  const MmpPublicKey *ephemeral,
                  GBytes *hs1)
{
  g_autoptr (MmpNoise) noise = mmp_noise_new_listener (self->config->key_pair);
  g_autoptr (GBytes) hs2 = NULL;
  guint8 invitation[MMP_INVITATION_SIZE] = { 0 };
  MmpTransport *transport = NULL;
  MmpPublicKey device;
  gboolean stranger;

  if (read_greeting (self, noise, hs1, &device, &stranger, invitation)
      && mmp_greeting_guard_admit (self->guard, &device, stranger)
      && (hs2 = mmp_noise_write_hs2 (noise, &transport, NULL)) != NULL)
    {
      mmp_greeting_guard_answered (self->guard, ephemeral, &device, stranger, hs1, hs2);
      add_guest (self, ephemeral, &device, stranger, invitation, transport, hs2);
    }
  mmp_crypto_wipe (invitation, sizeof invitation);
}

/**
 * mmp_reception_new:
 * @acceptor: for @funcs
 * @config: not copied; lives as long as the reception
 * @signaling: likewise
 * @clock: for all limits
 * @funcs: @state is not called
 * @user_data: for @funcs
 *
 * Returns: (transfer full): a reception where nobody is
 */
MmpReception *
mmp_reception_new (MmpAcceptor *acceptor,
                   const MmpAcceptorConfig *config,
                   MmpSignaling *signaling,
                   MmpClock *clock,
                   const MmpAcceptorFuncs *funcs,
                   gpointer user_data)
{
  MmpReception *self = g_new0 (MmpReception, 1);

  self->acceptor = acceptor;
  self->config = config;
  self->signaling = signaling;
  self->clock = mmp_clock_ref (clock);
  self->funcs = *funcs;
  self->user_data = user_data;
  self->rendezvous = mmp_public_key_to_rendezvous (mmp_key_pair_get_public (config->key_pair));
  self->guard = mmp_greeting_guard_new (clock, on_greeting_gone, self);
  self->requests = mmp_request_book_new (clock, on_request_gone, self);
  self->guests = mmp_guest_list_new (config->sessions_max > 0 ? config->sessions_max : SESSIONS_MAX);

  return self;
}

/**
 * mmp_reception_close:
 *
 * Says bye to everybody. Nothing is called any more.
 */
void
mmp_reception_close (MmpReception *self)
{
  MmpGuest *guest;

  self->funcs = (MmpAcceptorFuncs) { NULL };
  while ((guest = mmp_guest_list_get_any (self->guests, NULL)) != NULL)
    dismiss_guest (self, guest);
}

/**
 * mmp_reception_free:
 * @self: (nullable): a closed reception
 */
void
mmp_reception_free (MmpReception *self)
{
  if (self == NULL)
    return;

  mmp_guest_list_free (self->guests);
  mmp_request_book_free (self->requests);
  mmp_greeting_guard_free (self->guard);
  mmp_clock_unref (self->clock);
  g_free (self->rendezvous);
  g_free (self);
}

/**
 * mmp_reception_get_filter:
 *
 * Returns: (transfer full): what to subscribe to
 */
char *
mmp_reception_get_filter (MmpReception *self)
{
  return mmp_topics_get_filter (self->config->prefix, self->rendezvous);
}

/**
 * mmp_reception_greet:
 * @topic: where it came
 * @message: what came, not retained
 *
 * Somebody sent a greeting, or something like it.
 */
void
mmp_reception_greet (MmpReception *self,
                     const char *topic,
                     GBytes *message)
{
  MmpPublicKey ephemeral;
  GBytes *hs2 = NULL;

  if (!mmp_topics_parse (topic, self->config->prefix, self->rendezvous, MMP_TOPIC_OFFER, ephemeral.bytes))
    return;

  switch (mmp_greeting_guard_check (self->guard, &ephemeral, message, &hs2))
    {
    case MMP_GREETING_DROP:
      break;
    case MMP_GREETING_READ:
      receive_greeting (self, &ephemeral, message);
      break;
    case MMP_GREETING_REPEAT:
      {
        g_autofree char *topic_out = mmp_topics_build (self->config->prefix, self->rendezvous, ephemeral.bytes, MMP_TOPIC_ANSWER);

        mmp_signaling_publish (self->signaling, topic_out, hs2);
      }
      break;
    }
}

/**
 * mmp_reception_answer:
 * @device: who asked
 * @answer: what the person said; the list of devices is up to date already
 */
void
mmp_reception_answer (MmpReception *self,
                      const MmpPublicKey *device,
                      MmpAnswer answer)
{
  MmpGuest *guest = mmp_guest_list_find_asking (self->guests, device);
  guint retry = BLOCKED_RETRY;

  mmp_request_book_remove (self->requests, device);
  if (answer == MMP_ANSWER_NOT_NOW)
    retry = mmp_request_book_silence (self->requests, device);
  if (guest == NULL)
    return;

  if (answer == MMP_ANSWER_TRUST && mmp_trust_get_standing (self->config->trust, device) == MMP_STANDING_TRUSTED)
    {
      guest->stranger = FALSE;
      link_guest (self, guest);
    }
  else
    {
      turn_away (self, guest, MMP_SIGNAL_DENIED, retry);
    }
}

/**
 * mmp_reception_drop:
 * @device: who is not trusted any more
 */
void
mmp_reception_drop (MmpReception *self,
                    const MmpPublicKey *device)
{
  MmpPublicKey copy = *device;
  MmpGuest *guest;

  while ((guest = mmp_guest_list_get_any (self->guests, &copy)) != NULL)
    dismiss_guest (self, guest);
  withdraw_request (self, &copy);
}
