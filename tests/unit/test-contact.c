/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/mmp-contact.h"

#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "crypto/mmp-crypto.h"
#include "crypto/mmp-transport-private.h"

#include "mmp-test.h"

#define HELLO "{\"type\":\"hello\",\"v\":1,\"link\":\"00112233445566778899aabbccddeeff\",\"resumed\":true,\"name\":\"Office\"}"
#define PENDING "{\"type\":\"status\",\"code\":\"pending\",\"retry\":60}"
#define DENIED "{\"type\":\"status\",\"code\":\"denied\",\"retry\":600}"
#define BUSY "{\"type\":\"status\",\"code\":\"busy\",\"retry\":60}"
#define BYE "{\"type\":\"bye\"}"

/* There is no broker; what the other side says is given to the session directly. Control and I/O are one thread. */
typedef struct
{
  MmpClock *clock;
  MmpSignaling *signaling;
  MmpContact *contact;
  MmpTransport *peer;
  guint n_changed;
} Fixture;

static void
on_greeting (const char *topic,
             GBytes *message,
             gpointer user_data)
{
}

static void
on_trouble (const GError *cause,
            gpointer user_data)
{
}

static const MmpSignalingFuncs signaling_funcs = {
  .greeting = on_greeting,
  .lost = on_trouble,
  .refused = on_trouble,
};

static void
on_changed (gpointer user_data)
{
  ((Fixture *) user_data)->n_changed++;
}

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
set_up (Fixture *f,
        gconstpointer data)
{
  static const guint8 key_1[MMP_TRANSPORT_KEY_SIZE] = { 1 };
  static const guint8 key_2[MMP_TRANSPORT_KEY_SIZE] = { 2 };
  static const MmpPublicKey listener = { { 3 } };
  g_autoptr (GPtrArray) brokers = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_mqtt_broker_unref);

  g_ptr_array_add (brokers, mmp_mqtt_broker_new ("127.0.0.1", 1, FALSE, NULL));
  f->clock = mmp_clock_new_virtual ();
  f->signaling = mmp_signaling_new (brokers, (MmpRouterGreeting) { .type = 0x02, .size = 49 }, FALSE, NULL, &signaling_funcs, f);
  f->peer = mmp_transport_new (key_2, key_1);
  f->contact = mmp_contact_new (f->signaling, f->clock, &listener, "in", "out", mmp_transport_new (key_1, key_2), on_changed, f);
  settle ();
}

static void
tear_down (Fixture *f,
           gconstpointer data)
{
  gpointer session = g_object_ref (f->contact->session);

  mmp_contact_free (f->contact);
  mmp_signaling_free (f->signaling);
  settle ();
  mmp_test_await_finalize (session);
  mmp_transport_free (f->peer);
  mmp_clock_unref (f->clock);
}

static void
pass (Fixture *f,
      gint64 duration)
{
  gint64 until = mmp_clock_now (f->clock) + duration;

  while (mmp_clock_step (f->clock, until))
    ;
}

static void
receive (Fixture *f,
         const char *json)
{
  g_autoptr (GBytes) sealed = mmp_transport_seal (f->peer, MMP_CONTENT_JSON, json, strlen (json), NULL);

  mmp_session_receive (f->contact->session, sealed);
  settle ();
}

static void
test_silence_is_asked_about_and_then_believed (Fixture *f,
                                               gconstpointer data)
{
  static const guint8 link_name[MMP_LINK_NAME_SIZE];

  receive (f, HELLO);
  g_assert_cmpuint (f->n_changed, >, 0);
  g_assert_true (f->contact->hello && f->contact->resumed);
  g_assert_cmpstr (f->contact->name, ==, "Office");
  g_assert_cmpint (mmp_contact_get_next (f->contact), ==, MMP_SECONDS (10));

  pass (f, MMP_SECONDS (10));
  mmp_contact_say_hello (f->contact, link_name, "Bob");
  g_assert_cmpint (mmp_contact_get_next (f->contact), ==, MMP_SECONDS (12));
  pass (f, MMP_SECONDS (5) - 1);
  g_assert_true (mmp_contact_is_good (f->contact));
  pass (f, 1);
  g_assert_false (mmp_contact_is_heard (f->contact));
  g_assert_false (mmp_contact_is_good (f->contact));
  g_assert_true (mmp_contact_check (f->contact, NULL));

  /* It was only slow. */
  receive (f, HELLO);
  g_assert_true (mmp_contact_is_good (f->contact));
}

static void
test_after_the_broker_was_away_it_has_to_show_itself (Fixture *f,
                                                      gconstpointer data)
{
  receive (f, HELLO);
  pass (f, MMP_SECONDS (1000));
  g_assert_false (mmp_contact_is_heard (f->contact));

  mmp_contact_revive (f->contact);
  g_assert_true (mmp_contact_is_good (f->contact));
  g_assert_false (f->contact->confirmed);
  g_assert_cmpint (mmp_contact_get_next (f->contact), ==, mmp_clock_now (f->clock));
  pass (f, MMP_SECONDS (5));
  g_assert_false (mmp_contact_is_heard (f->contact));

  mmp_contact_revive (f->contact);
  receive (f, HELLO);
  g_assert_true (f->contact->confirmed);
  pass (f, MMP_SECONDS (14));
  g_assert_true (mmp_contact_is_heard (f->contact));
}

static void
test_a_session_is_renewed_before_it_is_a_day_old (Fixture *f,
                                                  gconstpointer data)
{
  pass (f, MMP_SECONDS (23 * 3600));
  receive (f, HELLO);
  g_assert_true (mmp_contact_is_good (f->contact));
  pass (f, MMP_SECONDS (3599));
  receive (f, HELLO);
  g_assert_true (mmp_contact_is_heard (f->contact));
  g_assert_false (mmp_contact_is_good (f->contact));
  g_assert_false (mmp_contact_is_over (f->contact));
  pass (f, MMP_SECONDS (1));
  g_assert_true (mmp_contact_is_over (f->contact));
}

static void
test_what_the_other_side_says_has_a_cause (void)
{
  static const struct
  {
    const char *json[3];
    int code; /* -1: it is well */
  } table[] = {
    { { NULL }, -1 },
    { { HELLO }, -1 },
    { { PENDING }, -1 },
    { { PENDING, HELLO }, -1 },
    { { PENDING, DENIED }, MMP_ERROR_DENIED },
    { { DENIED, BYE }, MMP_ERROR_DENIED },
    { { BUSY, BYE }, MMP_ERROR_BUSY },
    { { HELLO, BUSY, BYE }, MMP_ERROR_BUSY },
    { { PENDING, BYE }, MMP_ERROR_PENDING },
    { { PENDING, HELLO, BYE }, MMP_ERROR_NO_ANSWER },
    { { HELLO, BYE }, MMP_ERROR_NO_ANSWER },
    { { BYE }, MMP_ERROR_NO_ANSWER },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (GError) error = NULL;
      Fixture f = { 0 };

      set_up (&f, NULL);
      for (gsize j = 0; j < 3 && table[i].json[j] != NULL; j++)
        receive (&f, table[i].json[j]);
      g_assert_cmpint (mmp_contact_check (f.contact, &error), ==, table[i].code == -1);
      g_assert_cmpint (mmp_contact_is_over (f.contact), ==, table[i].code != -1);
      if (table[i].code == -1)
        g_assert_no_error (error);
      else
        g_assert_error (error, MMP_ERROR, table[i].code);
      tear_down (&f, NULL);
    }
}

static void
test_the_first_hello_counts (Fixture *f,
                             gconstpointer data)
{
  receive (f, HELLO);
  receive (f, "{\"type\":\"hello\",\"v\":1,\"link\":\"00112233445566778899aabbccddeeff\",\"resumed\":false,\"name\":\"Other\"}");
  g_assert_true (f->contact->resumed);
  g_assert_cmpstr (f->contact->name, ==, "Office");
}

int
main (int argc,
      char *argv[])
{
  dex_init ();
  mmp_crypto_init ();
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add ("/contact/" path, Fixture, NULL, set_up, func, tear_down)
  ADD ("silence-is-asked-about-and-then-believed", test_silence_is_asked_about_and_then_believed);
  ADD ("after-the-broker-was-away-it-has-to-show-itself", test_after_the_broker_was_away_it_has_to_show_itself);
  ADD ("a-session-is-renewed-before-it-is-a-day-old", test_a_session_is_renewed_before_it_is_a_day_old);
  ADD ("the-first-hello-counts", test_the_first_hello_counts);
  g_test_add_func ("/contact/what-the-other-side-says-has-a-cause", test_what_the_other_side_says_has_a_cause);

  return g_test_run ();
}
