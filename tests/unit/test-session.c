/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/mmp-session-private.h"

#include <string.h>

#include "base/mmp-limits.h"
#include "crypto/mmp-crypto.h"
#include "crypto/mmp-transport-private.h"

#include "mmp-test.h"

#define LINK "00112233445566778899aabbccddeeff"
#define HELLO "{\"type\":\"hello\",\"v\":1,\"link\":\"" LINK "\",\"name\":\"Bob\"}"

/* Here control and I/O are one thread. */
typedef struct
{
  MmpSession *session;
  MmpTransport *own; /* the session's */
  MmpTransport *peer;
  GObject *outlet;
  GPtrArray *published; /* GBytes, sealed */
  gsize space;
  gsize packet_max;
  gboolean takes;
  gboolean stream; /* what was published last has bytes of streams */

  guint n_signals;
  MmpSignalType last_signal;
  guint n_heard;
  guint n_worn;
  GPtrArray *messages; /* char * */
  guint n_writable;
  guint n_renewed;
  guint n_closed;
} Fixture;

static Fixture *fixture; /* what the outlet belongs to */

static gboolean
publish (gpointer outlet,
         const char *topic,
         GBytes *message,
         gboolean stream)
{
  g_assert_true (outlet == fixture->outlet);
  fixture->stream = stream;
  g_assert_cmpstr (topic, ==, "there");
  if (fixture->takes)
    g_ptr_array_add (fixture->published, g_bytes_ref (message));

  return fixture->takes;
}

static gsize
get_space (gpointer outlet)
{
  return fixture->space;
}

static gsize
get_packet_max (gpointer outlet)
{
  return fixture->packet_max;
}

static const MmpSessionOutlet outlet_funcs = {
  .publish = publish,
  .get_space = get_space,
  .get_packet_max = get_packet_max,
};

static void
on_signal (MmpSession *session,
           const MmpSignal *signal,
           gpointer user_data)
{
  Fixture *f = user_data;

  f->n_signals++;
  f->last_signal = signal->type;
}

static void
on_heard (MmpSession *session,
          gpointer user_data)
{
  ((Fixture *) user_data)->n_heard++;
}

static void
on_worn (MmpSession *session,
         gpointer user_data)
{
  ((Fixture *) user_data)->n_worn++;
}

static const MmpSessionEvents events = {
  .signal = on_signal,
  .heard = on_heard,
  .worn = on_worn,
};

static void
on_message (MmpSession *session,
            GBytes *message,
            gpointer user_data)
{
  g_ptr_array_add (((Fixture *) user_data)->messages, g_strndup (g_bytes_get_data (message, NULL), g_bytes_get_size (message)));
}

static void
on_writable (MmpSession *session,
             gpointer user_data)
{
  ((Fixture *) user_data)->n_writable++;
}

static void
on_renewed (MmpSession *session,
            gpointer user_data)
{
  ((Fixture *) user_data)->n_renewed++;
}

static void
on_closed (MmpSession *session,
           gpointer user_data)
{
  ((Fixture *) user_data)->n_closed++;
}

static const MmpSessionFuncs funcs = {
  .message = on_message,
  .writable = on_writable,
  .renewed = on_renewed,
  .closed = on_closed,
};

static void
set_up_as (Fixture *f,
           MmpSessionRole role)
{
  static const guint8 key_1[MMP_TRANSPORT_KEY_SIZE] = { 1 };
  static const guint8 key_2[MMP_TRANSPORT_KEY_SIZE] = { 2 };
  static const MmpPublicKey device = { { 3 } };

  fixture = f;
  f->own = mmp_transport_new (key_1, key_2);
  f->peer = mmp_transport_new (key_2, key_1);
  f->outlet = g_object_new (G_TYPE_OBJECT, NULL);
  f->published = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  f->messages = g_ptr_array_new_with_free_func (g_free);
  f->takes = TRUE;
  f->space = 1000;
  f->session = mmp_session_new (role, &device, "there", f->own, NULL, &outlet_funcs, f->outlet);
  mmp_session_set_events (f->session, &events, f);
}

static void
set_up_listener (Fixture *f,
                 gconstpointer data)
{
  set_up_as (f, MMP_SESSION_LISTENER);
}

static void
set_up_initiator (Fixture *f,
                  gconstpointer data)
{
  set_up_as (f, MMP_SESSION_INITIATOR);
}

static void
tear_down (Fixture *f,
           gconstpointer data)
{
  mmp_session_set_events (f->session, NULL, NULL);
  mmp_session_close (f->session);
  mmp_test_await_finalize (g_steal_pointer (&f->session));
  mmp_test_await_finalize (g_steal_pointer (&f->outlet));
  mmp_transport_free (f->peer);
  g_ptr_array_unref (f->published);
  g_ptr_array_unref (f->messages);
}

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static GBytes *
seal (Fixture *f,
      MmpContent content,
      const char *text)
{
  g_autoptr (GError) error = NULL;
  GBytes *sealed = mmp_transport_seal (f->peer, content, text, strlen (text), &error);

  g_assert_no_error (error);

  return sealed;
}

static void
receive (Fixture *f,
         MmpContent content,
         const char *text)
{
  g_autoptr (GBytes) sealed = seal (f, content, text);

  mmp_session_receive (f->session, sealed);
}

static gboolean
send_text (Fixture *f,
           const char *text)
{
  g_autoptr (GBytes) message = g_bytes_new_static (text, strlen (text));

  return mmp_session_send (f->session, message, MMP_SESSION_STREAM);
}

static void
test_only_signals_pass_before_the_hello (Fixture *f,
                                         gconstpointer data)
{
  static const struct
  {
    const char *json;
    gboolean passes;
  } table[] = {
    { HELLO, TRUE },
    { "{\"type\":\"status\",\"code\":\"busy\",\"retry\":1}", TRUE },
    { "{\"type\":\"bye\"}", TRUE },
    { "{\"type\":\"reoffer\"}", FALSE },
    { "{\"type\":\"services\",\"names\":[]}", FALSE },
    { "{\"type\":\"hello\"}", FALSE },
    { "{}", FALSE },
    { "", FALSE },
    { "[[[[", FALSE },
  };

  mmp_session_set_funcs (f->session, &funcs, f);
  receive (f, MMP_CONTENT_MESSAGE, "too early");
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      f->n_signals = 0;
      receive (f, MMP_CONTENT_JSON, table[i].json);
      settle ();
      g_assert_cmpuint (f->n_signals, ==, table[i].passes ? 1 : 0);
    }
  receive (f, MMP_CONTENT_MESSAGE, "too early");
  settle ();
  g_assert_cmpuint (f->messages->len, ==, 0);

  mmp_session_admit (f->session);
  settle ();
  receive (f, MMP_CONTENT_MESSAGE, "now");
  g_assert_cmpuint (f->messages->len, ==, 1);
}

static void
test_the_listeners_hello_opens_the_initiators_side (Fixture *f,
                                                    gconstpointer data)
{
  mmp_session_set_funcs (f->session, &funcs, f);
  receive (f, MMP_CONTENT_MESSAGE, "too early");
  receive (f, MMP_CONTENT_JSON, HELLO);
  receive (f, MMP_CONTENT_MESSAGE, "now");
  g_assert_cmpuint (f->messages->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (f->messages, 0), ==, "now");
}

static void
test_what_comes_before_somebody_listens_is_kept (Fixture *f,
                                                 gconstpointer data)
{
  mmp_session_admit (f->session);
  settle ();
  for (guint i = 0; i < 40; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);

      receive (f, MMP_CONTENT_MESSAGE, text);
    }
  mmp_session_set_funcs (f->session, &funcs, f);
  g_assert_cmpuint (f->messages->len, ==, 0);
  settle ();
  g_assert_cmpuint (f->messages->len, ==, 32);
  g_assert_cmpstr (g_ptr_array_index (f->messages, 0), ==, "0");
  g_assert_cmpstr (g_ptr_array_index (f->messages, 31), ==, "31");

  receive (f, MMP_CONTENT_MESSAGE, "later");
  g_assert_cmpstr (g_ptr_array_index (f->messages, 32), ==, "later");
}

static void
test_what_is_not_genuine_has_no_effect (Fixture *f,
                                        gconstpointer data)
{
  g_autoptr (GBytes) genuine = seal (f, MMP_CONTENT_JSON, HELLO);
  g_autoptr (GBytes) empty = g_bytes_new (NULL, 0);
  g_autoptr (GBytes) cut = g_bytes_new_from_bytes (genuine, 0, g_bytes_get_size (genuine) - 1);
  g_autofree guint8 *bytes = g_memdup2 (g_bytes_get_data (genuine, NULL), g_bytes_get_size (genuine));
  g_autoptr (GBytes) forged = NULL;

  bytes[20] ^= 1;
  forged = g_bytes_new (bytes, g_bytes_get_size (genuine));
  mmp_session_receive (f->session, empty);
  mmp_session_receive (f->session, cut);
  mmp_session_receive (f->session, forged);
  settle ();
  g_assert_cmpuint (f->n_heard + f->n_signals, ==, 0);

  mmp_session_receive (f->session, genuine);
  mmp_session_receive (f->session, genuine);
  settle ();
  g_assert_cmpuint (f->n_heard, ==, 1);
  g_assert_cmpuint (f->n_signals, ==, 1);
}

/* The other side is who it is, and floods us all the same. */
static void
test_a_flood_is_told_sparingly (Fixture *f,
                                gconstpointer data)
{
  for (guint i = 0; i < 200; i++)
    receive (f, MMP_CONTENT_JSON, HELLO);
  settle ();
  g_assert_cmpuint (f->n_signals, <=, 16);
  g_assert_cmpuint (f->n_signals, >, 0);
  g_assert_cmpuint (f->n_heard, <=, 2);
}

static void
test_signals_and_messages_are_sealed (Fixture *f,
                                      gconstpointer data)
{
  g_autoptr (MmpSignal) bye = mmp_signal_new (MMP_SIGNAL_BYE);
  g_autoptr (GBytes) plain = NULL;
  g_autoptr (GBytes) json = NULL;
  MmpContent content;

  g_assert_true (send_text (f, "something"));
  mmp_session_send_signal (f->session, bye);
  g_assert_cmpuint (f->published->len, ==, 1);
  settle ();
  g_assert_cmpuint (f->published->len, ==, 2);

  plain = mmp_transport_open (f->peer, g_ptr_array_index (f->published, 0), &content, NULL);
  g_assert_cmpint (content, ==, MMP_CONTENT_MESSAGE);
  g_assert_cmpmem (g_bytes_get_data (plain, NULL), g_bytes_get_size (plain), "something", 9);
  json = mmp_transport_open (f->peer, g_ptr_array_index (f->published, 1), &content, NULL);
  g_assert_cmpint (content, ==, MMP_CONTENT_JSON);
  g_assert_nonnull (json);
}

static void
test_who_had_no_space_is_told_of_new_space (Fixture *f,
                                            gconstpointer data)
{
  mmp_session_set_funcs (f->session, &funcs, f);
  g_assert_cmpuint (mmp_session_get_space (f->session), ==, 1000);
  mmp_session_emit_writable (f->session);
  g_assert_cmpuint (f->n_writable, ==, 0);

  f->space = 0;
  g_assert_cmpuint (mmp_session_get_space (f->session), ==, 0);
  mmp_session_emit_writable (f->session);
  g_assert_cmpuint (f->n_writable, ==, 0);
  f->space = 10;
  mmp_session_emit_writable (f->session);
  mmp_session_emit_writable (f->session);
  g_assert_cmpuint (f->n_writable, ==, 1);

  f->takes = FALSE;
  g_assert_false (send_text (f, "lost"));
  mmp_session_emit_writable (f->session);
  g_assert_cmpuint (f->n_writable, ==, 2);
}

static void
test_a_message_that_is_too_long_is_not_sent (Fixture *f,
                                             gconstpointer data)
{
  g_autoptr (GBytes) long_one = g_bytes_new_take (g_malloc0 (MMP_LINK_MESSAGE_MAX + 1), MMP_LINK_MESSAGE_MAX + 1);
  g_autoptr (GBytes) longest = g_bytes_new_from_bytes (long_one, 0, MMP_LINK_MESSAGE_MAX);

  g_assert_false (mmp_session_send (f->session, long_one, MMP_SESSION_STREAM));
  g_assert_true (mmp_session_send (f->session, longest, MMP_SESSION_STREAM));
  g_assert_cmpuint (g_bytes_get_size (g_ptr_array_index (f->published, 0)), <=, MMP_DATA_SIZE_MAX);
}

static void
test_what_a_message_carries_decides_what_it_counts_as (Fixture *f,
                                                       gconstpointer data)
{
  g_autoptr (GBytes) message = g_bytes_new_static ("text", 4);
  guint n_sent = 0;

  g_assert_true (mmp_session_send (f->session, message, MMP_SESSION_STREAM));
  g_assert_true (f->stream);
  g_assert_true (mmp_session_send (f->session, message, MMP_SESSION_SIGNAL));
  g_assert_false (f->stream);

  /* Who asks for an answer to each of a flood of pings does not get a flood of answers. */
  for (guint i = 0; i < 1000; i++)
    n_sent += mmp_session_send (f->session, message, MMP_SESSION_UPKEEP) ? 1 : 0;
  g_assert_cmpuint (n_sent, >=, 20);
  g_assert_cmpuint (n_sent, <=, 60);
  g_assert_false (f->stream);
  g_assert_true (mmp_session_send (f->session, message, MMP_SESSION_SIGNAL));
}

static void
test_the_broker_decides_how_long_a_message_may_be (Fixture *f,
                                                   gconstpointer data)
{
  g_autoptr (GBytes) longest = NULL;
  gsize max;

  f->packet_max = 20480;
  g_assert_cmpuint (mmp_session_get_message_max (f->session), ==, MMP_LINK_MESSAGE_MAX);
  f->packet_max = 0;
  g_assert_cmpuint (mmp_session_get_message_max (f->session), ==, 0);
  f->packet_max = 2000;
  g_assert_cmpuint (mmp_session_get_message_max (f->session), ==, 0);

  f->packet_max = 8192;
  max = mmp_session_get_message_max (f->session);
  g_assert_cmpuint (max, >, 7000);
  longest = g_bytes_new_take (g_malloc0 (max), max);
  g_assert_true (mmp_session_send (f->session, longest, MMP_SESSION_STREAM));
  /* the fixed header, the topic with its length, the packet id, the expiry */
  g_assert_cmpuint (g_bytes_get_size (g_ptr_array_index (f->published, 0)) + 5 + strlen ("there") + 2 + 2 + 6, <=, 8192);
}

static void
test_a_new_connection_is_told (Fixture *f,
                               gconstpointer data)
{
  mmp_session_set_funcs (f->session, &funcs, f);
  mmp_session_emit_renewed (f->session);
  g_assert_cmpuint (f->n_renewed, ==, 1);
  mmp_session_close (f->session);
  mmp_session_emit_renewed (f->session);
  g_assert_cmpuint (f->n_renewed, ==, 1);
}

static void
test_a_session_that_wears_out_says_so_once (Fixture *f,
                                            gconstpointer data)
{
  const guint64 end = G_GUINT64_CONSTANT (1) << 32;

  g_assert_true (send_text (f, "one"));
  settle ();
  g_assert_cmpuint (f->n_worn, ==, 0);
  mmp_transport_set_sent (f->own, end - (1 << 20));
  g_assert_true (send_text (f, "two"));
  g_assert_true (send_text (f, "three"));
  settle ();
  g_assert_cmpuint (f->n_worn, ==, 1);
  mmp_transport_set_sent (f->own, end);
  g_assert_false (send_text (f, "four"));
}

static void
test_the_end_is_told_once (Fixture *f,
                           gconstpointer data)
{
  mmp_session_set_funcs (f->session, &funcs, f);
  mmp_session_close (f->session);
  mmp_session_close (f->session);
  g_assert_cmpuint (f->n_closed, ==, 1);
  g_assert_false (send_text (f, "late"));
  g_assert_cmpuint (mmp_session_get_space (f->session), ==, 0);
  receive (f, MMP_CONTENT_JSON, HELLO);
  settle ();
  g_assert_cmpuint (f->n_signals, ==, 0);
  g_assert_cmpuint (f->published->len, ==, 0);
}

static void
test_who_listens_too_late_hears_the_end (Fixture *f,
                                         gconstpointer data)
{
  mmp_session_close (f->session);
  mmp_session_set_funcs (f->session, &funcs, f);
  g_assert_cmpuint (f->n_closed, ==, 0);
  settle ();
  g_assert_cmpuint (f->n_closed, ==, 1);
}

static void
test_nothing_is_told_to_who_does_not_listen (Fixture *f,
                                             gconstpointer data)
{
  mmp_session_admit (f->session);
  settle ();
  mmp_session_set_funcs (f->session, &funcs, f);
  receive (f, MMP_CONTENT_JSON, HELLO);
  mmp_session_set_events (f->session, NULL, NULL);
  mmp_session_set_funcs (f->session, NULL, NULL);
  receive (f, MMP_CONTENT_MESSAGE, "nobody");
  mmp_session_close (f->session);
  settle ();
  g_assert_cmpuint (f->n_signals + f->n_heard + f->messages->len + f->n_closed, ==, 0);
}

int
main (int argc,
      char *argv[])
{
  mmp_crypto_init ();
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add ("/session/" path, Fixture, NULL, set_up_listener, func, tear_down)
  ADD ("only-signals-pass-before-the-hello", test_only_signals_pass_before_the_hello);
  g_test_add ("/session/the-listeners-hello-opens-the-initiators-side", Fixture, NULL, set_up_initiator, test_the_listeners_hello_opens_the_initiators_side, tear_down);
  ADD ("what-comes-before-somebody-listens-is-kept", test_what_comes_before_somebody_listens_is_kept);
  ADD ("what-is-not-genuine-has-no-effect", test_what_is_not_genuine_has_no_effect);
  ADD ("a-flood-is-told-sparingly", test_a_flood_is_told_sparingly);
  ADD ("signals-and-messages-are-sealed", test_signals_and_messages_are_sealed);
  ADD ("who-had-no-space-is-told-of-new-space", test_who_had_no_space_is_told_of_new_space);
  ADD ("a-message-that-is-too-long-is-not-sent", test_a_message_that_is_too_long_is_not_sent);
  ADD ("what-a-message-carries-decides-what-it-counts-as", test_what_a_message_carries_decides_what_it_counts_as);
  ADD ("the-broker-decides-how-long-a-message-may-be", test_the_broker_decides_how_long_a_message_may_be);
  ADD ("a-new-connection-is-told", test_a_new_connection_is_told);
  ADD ("a-session-that-wears-out-says-so-once", test_a_session_that_wears_out_says_so_once);
  ADD ("the-end-is-told-once", test_the_end_is_told_once);
  ADD ("who-listens-too-late-hears-the-end", test_who_listens_too_late_hears_the_end);
  ADD ("nothing-is-told-to-who-does-not-listen", test_nothing_is_told_to_who_does_not_listen);

  return g_test_run ();
}
