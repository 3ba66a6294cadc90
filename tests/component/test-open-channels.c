/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-context.h"
#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "mmp-test.h"
#include "rtc/mmp-peer.h"

#include <string.h>

/* Two real peers in one process whose channels come and go. The answerer sends everything back. */

#define FIRST "dummy"

typedef struct _End End;

struct _End
{
  MmpPeer *peer;
  End *other;
  gboolean verified;
  GError *error;
  gboolean deaf; /* hears no data at first */

  /* I/O thread */
  GHashTable *open; /* number to label */
  guint n_opened;
  guint n_closed;
  guint n_overflowed;
  guint64 n_bytes;
  guint n_empty;
  guint n_messages;
};

typedef struct
{
  MmpIoThread *io;
  End a; /* offers */
  End b;
} Ends;

static void
on_description (MmpPeer *peer,
                const char *sdp,
                gpointer user_data)
{
  End *self = user_data;
  guint8 fingerprint[MMP_DTLS_FINGERPRINT_SIZE];
  const char *text = strstr (sdp, "a=fingerprint:sha-256 ") + strlen ("a=fingerprint:sha-256 ");

  for (guint i = 0; i < MMP_DTLS_FINGERPRINT_SIZE; i++)
    fingerprint[i] = (guint8) (g_ascii_xdigit_value (text[3 * i]) * 16 + g_ascii_xdigit_value (text[3 * i + 1]));
  mmp_peer_set_remote (self->other->peer, sdp, fingerprint);
}

static void
on_candidate (MmpPeer *peer,
              const char *candidate,
              gpointer user_data)
{
  End *self = user_data;

  mmp_peer_add_candidate (self->other->peer, candidate);
}

static void
on_verified (MmpPeer *peer,
             const MmpCandidatePair *pair,
             gpointer user_data)
{
  End *self = user_data;

  self->verified = TRUE;
}

static void
on_failed (MmpPeer *peer,
           const GError *error,
           gpointer user_data)
{
  End *self = user_data;

  self->error = g_error_copy (error);
}

static const MmpPeerFuncs funcs = { on_description, on_candidate, on_verified, on_failed };

static void
on_data (MmpPeer *peer,
         guint channel,
         GBytes *message,
         gpointer user_data)
{
  End *self = user_data;

  g_assert_true (g_hash_table_contains (self->open, GUINT_TO_POINTER (channel)));
  self->n_messages++;
  self->n_bytes += g_bytes_get_size (message);
  self->n_empty += g_bytes_get_size (message) == 0;
  if (self->deaf)
    return;
  if (g_hash_table_lookup (self->open, GUINT_TO_POINTER (channel)) != NULL)
    g_assert_true (mmp_peer_send (peer, channel, message, NULL));
}

static void
on_writable (MmpPeer *peer,
             guint channel,
             gpointer user_data)
{
}

static void
on_ended (MmpPeer *peer,
          gpointer user_data)
{
}

static void
on_channel_opened (MmpPeer *peer,
                   guint channel,
                   const char *label,
                   gpointer user_data)
{
  End *self = user_data;

  g_assert_true (g_hash_table_insert (self->open, GUINT_TO_POINTER (channel), g_strdup (label)));
  self->n_opened++;
}

static void
on_channel_closed (MmpPeer *peer,
                   guint channel,
                   gboolean overflowed,
                   gpointer user_data)
{
  End *self = user_data;

  if (overflowed)
    {
      self->n_overflowed++;
      return;
    }
  g_hash_table_remove (self->open, GUINT_TO_POINTER (channel));
  self->n_closed++;
}

static const MmpPeerDataFuncs data_funcs = {
  .data = on_data,
  .writable = on_writable,
  .closed = on_ended,
  .channel_opened = on_channel_opened,
  .channel_closed = on_channel_closed,
};

typedef struct
{
  Ends *ends;
  MmpContextFunc func;
  gint done; /* atomic */
} Job;

static void
run_job (gpointer user_data)
{
  Job *job = user_data;

  job->func (job->ends);
  g_atomic_int_set (&job->done, TRUE);
}

/* Runs something on the I/O thread and waits for it. */
static void
on_io (Ends *ends,
       MmpContextFunc func)
{
  Job job = { .ends = ends, .func = func };

  mmp_context_invoke (mmp_io_thread_get_context (ends->io), run_job, &job, NULL);
  mmp_test_await (g_atomic_int_get (&job.done));
}

static void
hear (gpointer user_data)
{
  Ends *ends = user_data;

  mmp_peer_set_data_funcs (ends->a.peer, &data_funcs, &ends->a);
  if (!ends->b.deaf)
    mmp_peer_set_data_funcs (ends->b.peer, &data_funcs, &ends->b);
}

static void
nothing (gpointer user_data)
{
}

/* Until what is asked for holds; looked at between two turns of the I/O thread. */
#define await_io(ends, condition)                        \
  G_STMT_START                                           \
  {                                                      \
    mmp_test_await ((on_io (ends, nothing), condition)); \
  }                                                      \
  G_STMT_END

static void
end_init (End *self,
          Ends *ends,
          MmpPeerRole role,
          End *other)
{
  g_autoptr (MmpIceConfig) config = mmp_ice_config_new ();

  config->loopback = TRUE;
  self->other = other;
  self->open = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->peer = mmp_peer_new_open (role, config, FIRST, NULL, mmp_io_thread_get_context (ends->io), &funcs, self, NULL, NULL);
}

static Ends *
ends_new (gboolean deaf)
{
  Ends *ends = g_new0 (Ends, 1);

  ends->io = mmp_io_thread_new ();
  end_init (&ends->a, ends, MMP_PEER_ROLE_OFFERER, &ends->b);
  end_init (&ends->b, ends, MMP_PEER_ROLE_ANSWERER, &ends->a);
  ends->b.deaf = deaf;
  mmp_peer_start (ends->a.peer);
  mmp_test_await ((ends->a.verified && ends->b.verified) || ends->a.error != NULL || ends->b.error != NULL);
  g_assert_no_error (ends->a.error);
  g_assert_no_error (ends->b.error);
  on_io (ends, hear);
  await_io (ends, ends->a.n_opened == 1 && (deaf || ends->b.n_opened == 1));

  return ends;
}

static void
end_clear (End *self,
           Ends *ends)
{
  mmp_peer_close (self->peer);
  on_io (ends, nothing);
  mmp_test_await_finalize (g_steal_pointer (&self->peer));
  g_clear_error (&self->error);
  g_hash_table_unref (self->open);
}

static void
ends_free (Ends *ends)
{
  end_clear (&ends->a, ends);
  end_clear (&ends->b, ends);
  mmp_peer_wait_for_teardowns ();
  mmp_io_thread_free (ends->io);
  g_free (ends);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Ends, ends_free)

static guint opened[500];
static guint n_wanted;

static void
open_channels (gpointer user_data)
{
  Ends *ends = user_data;

  for (guint i = 0; i < n_wanted; i++)
    {
      g_autofree char *label = g_strdup_printf ("channel%u", i + 1);

      opened[i] = mmp_peer_open_channel (ends->a.peer, label);
    }
}

static void
send_on_all (gpointer user_data)
{
  Ends *ends = user_data;
  g_autoptr (GBytes) message = g_bytes_new_static ("hello", 5);
  g_autoptr (GBytes) end = g_bytes_new_static ("", 0);

  for (guint i = 0; i < n_wanted; i++)
    {
      g_assert_true (mmp_peer_send (ends->a.peer, opened[i], message, NULL));
      g_assert_true (mmp_peer_send (ends->a.peer, opened[i], end, NULL));
    }
}

static void
close_all (gpointer user_data)
{
  Ends *ends = user_data;

  for (guint i = 0; i < n_wanted; i++)
    mmp_peer_close_channel (ends->a.peer, opened[i]);
}

/* As many as are allowed at a time; what was sent, empty messages among it, comes back on each; and all can go again. */
static void
test_five_hundred_channels (void)
{
  g_autoptr (Ends) ends = ends_new (FALSE);

  g_assert_cmpstr (g_hash_table_lookup (ends->b.open, GUINT_TO_POINTER (0)), ==, FIRST);
  n_wanted = G_N_ELEMENTS (opened);
  on_io (ends, open_channels);
  await_io (ends, ends->a.n_opened == n_wanted + 1);
  on_io (ends, send_on_all);
  await_io (ends, ends->a.n_messages == 2 * n_wanted);
  g_assert_cmpuint (ends->b.n_opened, ==, n_wanted + 1);
  g_assert_cmpuint (ends->b.n_empty, ==, n_wanted);
  g_assert_cmpuint (ends->a.n_empty, ==, n_wanted);
  g_assert_cmpuint (ends->a.n_bytes, ==, 5 * n_wanted);
  on_io (ends, close_all);
  await_io (ends, ends->a.n_closed == n_wanted && ends->b.n_closed == n_wanted);
  g_assert_cmpuint (g_hash_table_size (ends->b.open), ==, 1);
}

/* The number of a stream that was closed is used again at once: each new channel must work all the same. */
static void
test_channels_follow_each_other (void)
{
  g_autoptr (Ends) ends = ends_new (FALSE);
  const guint rounds = 60;

  n_wanted = 1;
  for (guint i = 1; i <= rounds; i++)
    {
      on_io (ends, open_channels);
      await_io (ends, ends->a.n_opened == i + 1);
      on_io (ends, send_on_all);
      await_io (ends, ends->a.n_messages == 2 * i);
      on_io (ends, close_all);
      await_io (ends, ends->a.n_closed == i);
    }
  await_io (ends, ends->b.n_closed == rounds);
}

static void
flood (gpointer user_data)
{
  Ends *ends = user_data;
  g_autoptr (GBytes) message = g_bytes_new_take (g_malloc0 (16384), 16384);

  for (guint i = 0; i < MMP_PEER_OPEN_WAITING_MAX / 12000; i++)
    g_assert_true (mmp_peer_send (ends->a.peer, opened[0], message, NULL));
}

static void
hear_late (gpointer user_data)
{
  Ends *ends = user_data;

  mmp_peer_set_data_funcs (ends->b.peer, &data_funcs, &ends->b);
}

static gboolean
is_sent (Ends *ends)
{
  return mmp_peer_get_buffered (ends->a.peer, opened[0]) == 0;
}

/* What does not fit ends its channel, and says so; it is not missing in the middle. */
static void
test_too_much_ends_the_channel (void)
{
  g_autoptr (Ends) ends = ends_new (TRUE);

  n_wanted = 1;
  on_io (ends, open_channels);
  await_io (ends, ends->a.n_opened == 2);
  on_io (ends, flood);
  await_io (ends, is_sent (ends));
  on_io (ends, hear_late);
  await_io (ends, ends->b.n_overflowed == 1);
  g_assert_cmpuint (ends->b.n_bytes, <=, MMP_PEER_OPEN_WAITING_MAX);
  g_assert_cmpuint (ends->b.n_bytes, >, MMP_PEER_OPEN_WAITING_MAX / 2);
  g_assert_no_error (ends->b.error);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/open-channels/five-hundred-channels", test_five_hundred_channels);
  g_test_add_func ("/open-channels/channels-follow-each-other", test_channels_follow_each_other);
  g_test_add_func ("/open-channels/too-much-ends-the-channel", test_too_much_ends_the_channel);

  return g_test_run ();
}
