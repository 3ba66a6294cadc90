/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-test-end.h"

#include "base/mmp-limits.h"
#include "mmp-test.h"

#include <string.h>

#define FINGERPRINT "a=fingerprint:sha-256 "
#define FINGERPRINT_LENGTH (3 * MMP_DTLS_FINGERPRINT_SIZE - 1)

/* A message: 0 to 1,000 bytes of filling after its number. */
static GBytes *
make_message (guint channel,
              guint32 number)
{
  gsize size = sizeof number + (number * 7 + channel * 131) % 1000;
  guint8 *data = g_malloc (size);

  memset (data, (int) (number ^ channel), size);
  memcpy (data, &number, sizeof number);

  return g_bytes_new_take (data, size);
}

static void
send_some (MmpTestEnd *self)
{
  for (guint i = 0; i < MMP_TEST_CHANNELS; i++)
    {
      while (self->sent[i] < self->limit && mmp_peer_get_buffered (self->peer, i) < MMP_PEER_BUFFERED_MAX)
        {
          g_autoptr (GBytes) message = make_message (i, self->sent[i]);

          if (!mmp_peer_send (self->peer, i, message, NULL))
            return;
          self->sent[i]++;
        }
    }
}

static void
on_data (MmpPeer *peer,
         guint channel,
         GBytes *message,
         gpointer user_data)
{
  MmpTestEnd *self = user_data;
  g_autoptr (GBytes) expected = NULL;

  if (self->bridge != NULL)
    {
      mmp_peer_send (self->bridge, channel, message, NULL);
    }
  else
    {
      expected = make_message (channel, self->received[channel]++);
      if (!g_bytes_equal (message, expected))
        g_atomic_int_set (&self->wrong, TRUE);
    }
  g_atomic_int_inc (&self->n_received);
}

static void
on_writable (MmpPeer *peer,
             guint channel,
             gpointer user_data)
{
  send_some (user_data);
}

static void
on_closed (MmpPeer *peer,
           gpointer user_data)
{
  MmpTestEnd *self = user_data;

  g_atomic_int_set (&self->closed, TRUE);
}

static const MmpPeerDataFuncs data_funcs = { on_data, on_writable, on_closed };

static void
do_begin (gpointer user_data)
{
  MmpTestEnd *self = user_data;

  mmp_peer_set_data_funcs (self->peer, &data_funcs, self);
  send_some (self);
}

static void
on_description (MmpPeer *peer,
                const char *sdp,
                gpointer user_data)
{
  MmpTestEnd *self = user_data;

  g_assert_null (self->error);
  self->described = TRUE;
  if (self->say != NULL)
    self->say (self, sdp, NULL);
  else if (self->other != NULL)
    mmp_test_end_hear (self->other, sdp, NULL);
}

static void
on_candidate (MmpPeer *peer,
              const char *candidate,
              gpointer user_data)
{
  MmpTestEnd *self = user_data;

  g_assert_true (self->described);
  g_assert_null (self->error);
  g_assert_null (strstr (candidate, "fe80"));
  self->n_candidates++;
  if (self->say != NULL)
    self->say (self, NULL, candidate);
  else if (self->other != NULL)
    mmp_test_end_hear (self->other, NULL, candidate);
}

static void
on_verified (MmpPeer *peer,
             const MmpCandidatePair *pair,
             gpointer user_data)
{
  MmpTestEnd *self = user_data;

  g_assert_false (self->verified);
  g_assert_null (self->error);
  self->verified = TRUE;
  self->pair = *pair;
  if (self->limit > 0)
    mmp_context_invoke (self->io, do_begin, self, NULL);
}

static void
on_failed (MmpPeer *peer,
           const GError *error,
           gpointer user_data)
{
  MmpTestEnd *self = user_data;

  g_assert_null (self->error);
  self->error = g_error_copy (error);
  if (self->close_on_failure)
    {
      mmp_peer_close (peer);
      g_assert_false (self->destroyed); /* not while a function of it runs */
    }
}

static void
on_destroyed (gpointer user_data)
{
  MmpTestEnd *self = user_data;

  self->destroyed = TRUE;
}

static const MmpPeerFuncs funcs = { on_description, on_candidate, on_verified, on_failed };

static void
do_settle (gpointer user_data)
{
  g_atomic_int_set ((gint *) user_data, TRUE);
}

/**
 * mmp_test_end_init:
 * @other: (nullable): who gets what it says, if its `say` is not set
 */
void
mmp_test_end_init (MmpTestEnd *self,
                   MmpPeerRole role,
                   MmpIoThread *io,
                   MmpTestEnd *other)
{
  g_autoptr (MmpIceConfig) config = mmp_ice_config_new ();
  g_autoptr (GError) error = NULL;

  config->loopback = TRUE;
  self->other = other;
  self->io = mmp_io_thread_get_context (io);
  self->peer = mmp_peer_new (role, config, MMP_TEST_CHANNELS, NULL, self->io, &funcs, self, on_destroyed, &error);
  g_assert_no_error (error);
}

/**
 * mmp_test_end_settle:
 *
 * What was said to the I/O thread and to this one before is handled.
 */
void
mmp_test_end_settle (MmpTestEnd *self)
{
  gint settled = FALSE;

  mmp_context_invoke (self->io, do_settle, &settled, NULL);
  mmp_test_await (g_atomic_int_get (&settled));
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/**
 * mmp_test_end_clear:
 *
 * Closes the peer, and proves that it dies. May be called again.
 */
void
mmp_test_end_clear (MmpTestEnd *self)
{
  if (self->peer != NULL)
    {
      mmp_peer_close (self->peer);
      g_assert_true (self->destroyed);
      mmp_test_end_settle (self); /* until then data is heard */
      mmp_test_await_finalize (g_steal_pointer (&self->peer));
    }
  g_clear_error (&self->error);
}

/**
 * mmp_test_end_hear:
 *
 * Gives an end what the other side said.
 */
void
mmp_test_end_hear (MmpTestEnd *self,
                   const char *sdp,
                   const char *candidate)
{
  guint8 fingerprint[MMP_DTLS_FINGERPRINT_SIZE];
  const char *text;

  if (self->peer == NULL)
    return;
  if (candidate != NULL)
    {
      mmp_peer_add_candidate (self->peer, candidate);
      return;
    }

  text = strstr (sdp, FINGERPRINT);
  g_assert_nonnull (text);
  text += strlen (FINGERPRINT);
  for (guint i = 0; i < MMP_DTLS_FINGERPRINT_SIZE; i++)
    fingerprint[i] = (guint8) (g_ascii_xdigit_value (text[3 * i]) * 16 + g_ascii_xdigit_value (text[3 * i + 1]));
  mmp_peer_set_remote (self->peer, sdp, fingerprint);
}

/**
 * mmp_test_end_begin:
 * @limit: how many messages to send on each channel
 *
 * Hears data from now on, and sends, now or when it is verified.
 */
void
mmp_test_end_begin (MmpTestEnd *self,
                    guint32 limit)
{
  self->limit = limit;
  mmp_context_invoke (self->io, do_begin, self, NULL);
}

/**
 * mmp_test_sdp_dup_fingerprint:
 *
 * Returns: (transfer full): the text of the fingerprint that a description announces
 */
char *
mmp_test_sdp_dup_fingerprint (const char *sdp)
{
  const char *text = strstr (sdp, FINGERPRINT);

  g_assert_nonnull (text);

  return g_strndup (text + strlen (FINGERPRINT), FINGERPRINT_LENGTH);
}

/**
 * mmp_test_sdp_set_fingerprint:
 *
 * Returns: (transfer full): the description with another fingerprint
 */
char *
mmp_test_sdp_set_fingerprint (const char *sdp,
                              const char *fingerprint)
{
  char *changed = g_strdup (sdp);

  memcpy (strstr (changed, FINGERPRINT) + strlen (FINGERPRINT), fingerprint, FINGERPRINT_LENGTH);

  return changed;
}

/**
 * mmp_test_ends_new:
 *
 * Returns: (transfer full): two ends, not started
 */
MmpTestEnds *
mmp_test_ends_new (void)
{
  MmpTestEnds *self = g_new0 (MmpTestEnds, 1);

  self->io = mmp_io_thread_new ();
  mmp_test_end_init (&self->a, MMP_PEER_ROLE_OFFERER, self->io, &self->b);
  mmp_test_end_init (&self->b, MMP_PEER_ROLE_ANSWERER, self->io, &self->a);

  return self;
}

/**
 * mmp_test_ends_free:
 */
void
mmp_test_ends_free (MmpTestEnds *self)
{
  mmp_test_end_clear (&self->a);
  mmp_test_end_clear (&self->b);
  mmp_peer_wait_for_teardowns ();
  mmp_io_thread_free (self->io);
  g_free (self);
}

/**
 * mmp_test_ends_connect:
 *
 * Waits until both ends are verified.
 */
void
mmp_test_ends_connect (MmpTestEnds *self)
{
  mmp_peer_start (self->a.peer);
  mmp_test_await ((self->a.verified && self->b.verified) || self->a.error != NULL || self->b.error != NULL);
  g_assert_no_error (self->a.error);
  g_assert_no_error (self->b.error);
}

/**
 * mmp_test_ends_begin:
 *
 * See mmp_test_end_begin().
 */
void
mmp_test_ends_begin (MmpTestEnds *self,
                     guint32 limit)
{
  mmp_test_end_begin (&self->a, limit);
  mmp_test_end_begin (&self->b, limit);
}

/**
 * mmp_test_ends_exchange:
 * @limit: how many messages on each channel, in each direction
 *
 * Waits until all have arrived, and proves that they are right.
 */
void
mmp_test_ends_exchange (MmpTestEnds *self,
                        guint32 limit)
{
  const int all = (int) limit * MMP_TEST_CHANNELS;

  mmp_test_ends_begin (self, limit);
  mmp_test_await (g_atomic_int_get (&self->a.n_received) == all && g_atomic_int_get (&self->b.n_received) == all);
  g_assert_false (g_atomic_int_get (&self->a.wrong) || g_atomic_int_get (&self->b.wrong));
}

/**
 * mmp_test_ends_settle:
 *
 * See mmp_test_end_settle().
 */
void
mmp_test_ends_settle (MmpTestEnds *self)
{
  mmp_test_end_settle (&self->a);
}
