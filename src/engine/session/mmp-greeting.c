/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-session"

#include "session/mmp-greeting.h"

#include "crypto/mmp-noise.h"
#include "session/mmp-token-bucket.h"
#include "session/mmp-topics.h"

/* Anybody can send what looks like HS2. */
#define TRIES_PER_SECOND 50

struct _MmpGreeting
{
  MmpNoise *noise;
  GBytes *hs1;
  char *topic_in;
  char *topic_out;
  MmpTokenBucket tries;
};

/**
 * mmp_greeting_new:
 * @config: whom to greet, as whom, and with which invitation
 * @error: return location
 *
 * Returns: (transfer full): a greeting with a new E; %NULL with %MMP_ERROR_KEY_INVALID if the listener's key is the own one
 *   or cannot be used
 */
MmpGreeting *
mmp_greeting_new (const MmpDialerConfig *config,
                  GError **error)
{
  static const guint8 nothing[MMP_NOISE_PAYLOAD_SIZE];
  g_autoptr (MmpGreeting) self = g_new0 (MmpGreeting, 1);
  g_autofree char *rendezvous = mmp_public_key_to_rendezvous (&config->listener);
  const guint8 *ephemeral;

  self->noise = mmp_noise_new_initiator (config->key_pair, &config->listener, error);
  if (self->noise == NULL)
    return NULL;
  self->hs1 = mmp_noise_write_hs1 (self->noise, config->invitation != NULL ? config->invitation : nothing, error);
  if (self->hs1 == NULL)
    return NULL;

  ephemeral = mmp_noise_get_ephemeral (self->noise);
  self->topic_in = mmp_topics_build (config->prefix, rendezvous, ephemeral, MMP_TOPIC_ANSWER);
  self->topic_out = mmp_topics_build (config->prefix, rendezvous, ephemeral, MMP_TOPIC_OFFER);
  self->tries = (MmpTokenBucket) { .rate = TRIES_PER_SECOND, .burst = TRIES_PER_SECOND };

  return g_steal_pointer (&self);
}

/**
 * mmp_greeting_free:
 * @self: (nullable): a greeting
 */
void
mmp_greeting_free (MmpGreeting *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->noise, mmp_noise_free);
  g_clear_pointer (&self->hs1, g_bytes_unref);
  g_free (self->topic_in);
  g_free (self->topic_out);
  g_free (self);
}

/**
 * mmp_greeting_get_hs1:
 *
 * Returns: (transfer none): what to publish, the same bytes each time
 */
GBytes *
mmp_greeting_get_hs1 (MmpGreeting *self)
{
  return self->hs1;
}

/**
 * mmp_greeting_get_topic_in:
 *
 * Returns: (transfer none): where the answer comes
 */
const char *
mmp_greeting_get_topic_in (MmpGreeting *self)
{
  return self->topic_in;
}

/**
 * mmp_greeting_get_topic_out:
 *
 * Returns: (transfer none): where HS1 goes
 */
const char *
mmp_greeting_get_topic_out (MmpGreeting *self)
{
  return self->topic_out;
}

/**
 * mmp_greeting_try_answer:
 * @topic: where it came
 * @message: what came
 * @now: the time, in microseconds
 *
 * What is not the listener's HS2 changes nothing, so that the first good one wins; so many a second are tried.
 *
 * Returns: (transfer full) (nullable): the session's keys; then the greeting is over
 */
MmpTransport *
mmp_greeting_try_answer (MmpGreeting *self,
                         const char *topic,
                         GBytes *message,
                         gint64 now)
{
  if (!g_str_equal (topic, self->topic_in) || !mmp_token_bucket_take (&self->tries, now))
    return NULL;

  return mmp_noise_read_hs2 (self->noise, message, NULL);
}
