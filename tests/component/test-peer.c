/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-context.h"
#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "mmp-test.h"
#include "rtc/mmp-peer.h"

#include <string.h>

/* Real peer connections over loopback, two or four in one process. */

#define N_CHANNELS 4
#define N_MESSAGES 20000

typedef struct _End End;

/* What a test does with what one end has to say, before the other end gets it. Returns (transfer full) (nullable). */
typedef char *(*Filter) (const char *text,
                         gpointer user_data);

struct _End
{
  MmpPeer *peer;
  End *other;
  Filter filter; /* of this end's descriptions */
  gpointer filter_data;

  gboolean described;
  gboolean verified;
  guint n_candidates;
  gboolean end_of_candidates;
  gboolean destroyed;
  MmpCandidatePair pair;
  GError *error;

  /* I/O thread */
  guint32 sent[N_CHANNELS];
  guint32 received[N_CHANNELS];
  guint32 limit;
  gboolean wrong;
  gint n_received; /* atomic */
  gint closed; /* atomic */
};

typedef struct
{
  MmpIoThread *io;
  End a;
  End b;
} Pair;

static void
parse_fingerprint (const char *sdp,
                   guint8 fingerprint[MMP_DTLS_FINGERPRINT_SIZE])
{
  const char *text = strstr (sdp, "a=fingerprint:sha-256 ");

  g_assert_nonnull (text);
  text += strlen ("a=fingerprint:sha-256 ");
  for (guint i = 0; i < MMP_DTLS_FINGERPRINT_SIZE; i++)
    fingerprint[i] = (guint8) (g_ascii_xdigit_value (text[3 * i]) * 16 + g_ascii_xdigit_value (text[3 * i + 1]));
}

static void
on_description (MmpPeer *peer,
                const char *sdp,
                gpointer user_data)
{
  End *end = user_data;
  g_autofree char *filtered = end->filter != NULL ? end->filter (sdp, end->filter_data) : g_strdup (sdp);
  guint8 fingerprint[MMP_DTLS_FINGERPRINT_SIZE];

  g_assert_null (end->error);
  end->described = TRUE;
  if (filtered == NULL || end->other == NULL || end->other->peer == NULL)
    return;
  parse_fingerprint (filtered, fingerprint);
  mmp_peer_set_remote (end->other->peer, filtered, fingerprint);
}

static void
on_candidate (MmpPeer *peer,
              const char *candidate,
              gpointer user_data)
{
  End *end = user_data;

  g_assert_true (end->described);
  g_assert_null (end->error);
  end->n_candidates++;
  if (*candidate == '\0')
    end->end_of_candidates = TRUE;
  g_assert_null (strstr (candidate, "fe80"));
  if (end->other != NULL && end->other->peer != NULL)
    mmp_peer_add_candidate (end->other->peer, candidate);
}

static void
on_verified (MmpPeer *peer,
             const MmpCandidatePair *pair,
             gpointer user_data)
{
  End *end = user_data;

  g_assert_false (end->verified);
  end->verified = TRUE;
  end->pair = *pair;
}

static void
on_failed (MmpPeer *peer,
           const GError *error,
           gpointer user_data)
{
  End *end = user_data;

  g_assert_null (end->error);
  end->error = g_error_copy (error);
}

static void
on_destroyed (gpointer user_data)
{
  End *end = user_data;

  end->destroyed = TRUE;
}

static const MmpPeerFuncs funcs = { on_description, on_candidate, on_verified, on_failed };

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
send_some (End *end)
{
  for (guint i = 0; i < N_CHANNELS; i++)
    {
      while (end->sent[i] < end->limit && mmp_peer_get_buffered (end->peer, i) < MMP_PEER_BUFFERED_MAX)
        {
          g_autoptr (GBytes) message = make_message (i, end->sent[i]);

          if (!mmp_peer_send (end->peer, i, message, NULL))
            return;
          end->sent[i]++;
        }
    }
}

static void
on_data (MmpPeer *peer,
         guint channel,
         GBytes *message,
         gpointer user_data)
{
  End *end = user_data;
  g_autoptr (GBytes) expected = make_message (channel, end->received[channel]++);

  if (!g_bytes_equal (message, expected))
    end->wrong = TRUE;
  g_atomic_int_inc (&end->n_received);
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
  End *end = user_data;

  g_atomic_int_set (&end->closed, TRUE);
}

static const MmpPeerDataFuncs data_funcs = { on_data, on_writable, on_closed };

static void
begin_on_io (gpointer user_data)
{
  End *end = user_data;

  mmp_peer_set_data_funcs (end->peer, &data_funcs, end);
  send_some (end);
}

static void
end_init (End *end,
          MmpPeerRole role,
          MmpIoThread *io,
          End *other)
{
  g_autoptr (MmpIceConfig) config = mmp_ice_config_new ();
  g_autoptr (GError) error = NULL;

  config->loopback = TRUE;
  end->other = other;
  end->peer = mmp_peer_new (role, config, N_CHANNELS, NULL, mmp_io_thread_get_context (io), &funcs, end, on_destroyed, &error);
  g_assert_no_error (error);
}

static void
end_clear (End *end)
{
  if (end->peer == NULL)
    return;
  mmp_peer_close (end->peer);
  g_assert_true (end->destroyed);
  mmp_test_await_finalize (g_steal_pointer (&end->peer));
  g_clear_error (&end->error);
}

static Pair *
pair_new (void)
{
  Pair *pair = g_new0 (Pair, 1);

  pair->io = mmp_io_thread_new ();
  end_init (&pair->a, MMP_PEER_ROLE_OFFERER, pair->io, &pair->b);
  end_init (&pair->b, MMP_PEER_ROLE_ANSWERER, pair->io, &pair->a);

  return pair;
}

static void
pair_free (Pair *pair)
{
  end_clear (&pair->a);
  end_clear (&pair->b);
  mmp_peer_wait_for_teardowns ();
  mmp_io_thread_free (pair->io);
  g_free (pair);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pair, pair_free)

static void
pair_exchange (Pair *pair,
               guint32 n_each)
{
  pair->a.limit = pair->b.limit = n_each / N_CHANNELS;
  mmp_context_invoke (mmp_io_thread_get_context (pair->io), begin_on_io, &pair->a, NULL);
  mmp_context_invoke (mmp_io_thread_get_context (pair->io), begin_on_io, &pair->b, NULL);
  mmp_test_await (g_atomic_int_get (&pair->a.n_received) == (int) n_each && g_atomic_int_get (&pair->b.n_received) == (int) n_each);
  g_assert_false (pair->a.wrong);
  g_assert_false (pair->b.wrong);
}

static void
test_messages_arrive_in_order (void)
{
  g_autoptr (Pair) pair = pair_new ();

  mmp_peer_start (pair->a.peer);
  mmp_test_await (pair->a.verified && pair->b.verified);
  g_assert_no_error (pair->a.error);
  g_assert_no_error (pair->b.error);
  g_assert_true (g_str_has_prefix (pair->a.pair.local_address, "127.") || *pair->a.pair.local_address != '\0');
  g_test_message ("%s to %s, %s", pair->a.pair.local_address, pair->a.pair.remote_address, pair->a.pair.tcp ? "TCP" : "UDP");

  pair_exchange (pair, N_MESSAGES);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/peer/messages-arrive-in-order", test_messages_arrive_in_order);

  return g_test_run ();
}
