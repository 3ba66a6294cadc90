/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "profile/mmp-invitation-store-private.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

#include "base/mmp-error.h"
#include "crypto/mmp-base32.h"
#include "mmp-test.h"
#include "mmp-vectors.h"

#define MINUTES 60

typedef struct
{
  char *directory;
  char *path;
  MmpInvitationStore *store;
} Fixture;

static MmpMoment test_now;

static MmpMoment
get_test_now (void)
{
  return test_now;
}

static MmpInvitationStore *
open_store (const char *directory,
            const char *profile)
{
  g_autoptr (GError) error = NULL;
  MmpInvitationStore *store = mmp_invitation_store_new (directory, profile, &error);

  g_assert_no_error (error);
  mmp_invitation_store_set_time (store, get_test_now);

  return store;
}

static void
set_up (Fixture *fixture,
        gconstpointer user_data)
{
  test_now = (MmpMoment) { .boot = "0123", .uptime = 1000, .wall = 1750000000 };
  fixture->directory = mmp_test_directory ();
  fixture->path = g_build_filename (fixture->directory, "invitations.ini", NULL);
  fixture->store = open_store (fixture->directory, "default");
}

static void
tear_down (Fixture *fixture,
           gconstpointer user_data)
{
  g_object_unref (fixture->store);
  mmp_test_directory_free (fixture->directory);
  g_free (fixture->path);
}

static void
make (MmpInvitationStore *store,
      guint8 invitation[MMP_INVITATION_SIZE])
{
  g_autoptr (GError) error = NULL;

  mmp_invitation_store_make (store, 10 * MINUTES, invitation, &error);
  g_assert_no_error (error);
}

static void
assert_not_usable (MmpInvitationStore *store,
                   const guint8 invitation[MMP_INVITATION_SIZE])
{
  g_autoptr (GError) error = NULL;

  g_assert_false (mmp_invitation_store_check (store, invitation));
  g_assert_false (mmp_invitation_store_use (store, invitation, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_INVITATION_INVALID);
}

static void
test_invitation_is_good_once (Fixture *fixture,
                              gconstpointer user_data)
{
  guint8 invitation[MMP_INVITATION_SIZE];
  g_autoptr (GError) error = NULL;

  g_assert_false (mmp_invitation_store_has_valid (fixture->store));
  make (fixture->store, invitation);
  g_assert_true (mmp_invitation_store_has_valid (fixture->store));
  g_assert_true (mmp_invitation_store_check (fixture->store, invitation));
  g_assert_true (mmp_invitation_store_check (fixture->store, invitation));
  mmp_invitation_store_use (fixture->store, invitation, &error);
  g_assert_no_error (error);
  g_assert_false (mmp_invitation_store_has_valid (fixture->store));
  assert_not_usable (fixture->store, invitation);
}

static void
test_others_are_refused (Fixture *fixture,
                         gconstpointer user_data)
{
  static const guint8 zeros[MMP_INVITATION_SIZE];
  guint8 invitation[MMP_INVITATION_SIZE];

  make (fixture->store, invitation);
  assert_not_usable (fixture->store, zeros);
  for (guint bit = 0; bit < MMP_INVITATION_SIZE * 8; bit++)
    {
      guint8 other[MMP_INVITATION_SIZE];

      memcpy (other, invitation, sizeof other);
      other[bit / 8] ^= (guint8) (1 << bit % 8);
      g_assert_false (mmp_invitation_store_check (fixture->store, other));
    }
  g_assert_true (mmp_invitation_store_check (fixture->store, invitation));
}

static void
test_new_one_ends_the_older (Fixture *fixture,
                             gconstpointer user_data)
{
  g_autoptr (MmpInvitationStore) other = open_store (fixture->directory, "workshop");
  guint8 first[MMP_INVITATION_SIZE];
  guint8 second[MMP_INVITATION_SIZE];
  guint8 of_another_profile[MMP_INVITATION_SIZE];

  make (other, of_another_profile);
  make (fixture->store, first);
  make (fixture->store, second);
  assert_not_usable (fixture->store, first);
  g_assert_true (mmp_invitation_store_check (fixture->store, second));
  g_assert_true (mmp_invitation_store_check (other, of_another_profile));

  /* Each profile knows its own only. */
  assert_not_usable (fixture->store, of_another_profile);
  g_assert_true (mmp_invitation_store_use (other, of_another_profile, NULL));
}

static void
test_cancel_ends_all_of_the_profile (Fixture *fixture,
                                     gconstpointer user_data)
{
  guint8 invitation[MMP_INVITATION_SIZE];
  g_autoptr (GError) error = NULL;

  make (fixture->store, invitation);
  g_assert_true (mmp_invitation_store_cancel (fixture->store, &error));
  g_assert_no_error (error);
  g_assert_false (mmp_invitation_store_has_valid (fixture->store));
  assert_not_usable (fixture->store, invitation);
}

static void
test_time_ends_it (Fixture *fixture,
                   gconstpointer user_data)
{
  guint8 invitation[MMP_INVITATION_SIZE];

  make (fixture->store, invitation);
  test_now.uptime += 10 * MINUTES - 1;
  g_assert_true (mmp_invitation_store_check (fixture->store, invitation));
  test_now.uptime += 1;
  g_assert_false (mmp_invitation_store_has_valid (fixture->store));
  assert_not_usable (fixture->store, invitation);

  /* Setting the clock back does not bring it to life. */
  test_now.wall -= 60 * MINUTES;
  assert_not_usable (fixture->store, invitation);
}

static void
test_restart_of_the_machine_ends_it (Fixture *fixture,
                                     gconstpointer user_data)
{
  g_autoptr (MmpInvitationStore) again = NULL;
  guint8 invitation[MMP_INVITATION_SIZE];

  make (fixture->store, invitation);
  again = open_store (fixture->directory, "default");
  g_assert_true (mmp_invitation_store_check (again, invitation));
  g_strlcpy (test_now.boot, "4567", sizeof test_now.boot);
  assert_not_usable (again, invitation);
}

static void
test_file_holds_no_secret (Fixture *fixture,
                           gconstpointer user_data)
{
  guint8 invitation[MMP_INVITATION_SIZE];
  g_autofree char *text = NULL;
  g_autofree char *base32 = NULL;
  gsize size;
  GStatBuf info;

  make (fixture->store, invitation);
  base32 = mmp_base32_encode (invitation, sizeof invitation, MMP_BASE32_BARE);
  g_assert_true (g_file_get_contents (fixture->path, &text, &size, NULL));
  g_assert_null (strstr (text, base32));
  g_assert_null (memmem (text, size, invitation, sizeof invitation));
  g_assert_no_errno (g_stat (fixture->path, &info));
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
}

/* `mmp invite` is another process than the listener; here it is another store. */
static void
test_invitations_of_others_are_seen (Fixture *fixture,
                                     gconstpointer user_data)
{
  g_autoptr (MmpInvitationStore) listener = open_store (fixture->directory, "default");
  guint8 invitation[MMP_INVITATION_SIZE];

  make (fixture->store, invitation);
  mmp_test_await (mmp_invitation_store_has_valid (listener));
  g_assert_true (mmp_invitation_store_use (listener, invitation, NULL));
  mmp_test_await (!mmp_invitation_store_has_valid (fixture->store));
}

/* What was used elsewhere is refused although nobody told us yet. */
static void
test_use_asks_the_file (Fixture *fixture,
                        gconstpointer user_data)
{
  g_autoptr (MmpInvitationStore) other = NULL;
  guint8 invitation[MMP_INVITATION_SIZE];
  g_autoptr (GError) error = NULL;

  make (fixture->store, invitation);
  other = open_store (fixture->directory, "default");
  g_assert_true (mmp_invitation_store_use (other, invitation, NULL));
  g_assert_true (mmp_invitation_store_check (fixture->store, invitation));
  g_assert_false (mmp_invitation_store_use (fixture->store, invitation, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_INVITATION_INVALID);
}

typedef struct
{
  const char *directory;
  const guint8 *invitation;
  gint n_used;
} Race;

static gpointer
use_it (gpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (MmpInvitationStore) store = NULL;
  Race *race = data;

  g_main_context_push_thread_default (context);
  store = open_store (race->directory, "default");
  if (mmp_invitation_store_use (store, race->invitation, NULL))
    g_atomic_int_inc (&race->n_used);
  g_clear_object (&store);
  g_main_context_pop_thread_default (context);

  return NULL;
}

static void
test_of_racing_stores_one_wins (Fixture *fixture,
                                gconstpointer user_data)
{
  guint8 invitation[MMP_INVITATION_SIZE];
  Race race = { .directory = fixture->directory, .invitation = invitation };
  GThread *threads[8];

  make (fixture->store, invitation);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("racer", use_it, &race);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (race.n_used, ==, 1);
}

static void
test_broken_files_are_not_touched (Fixture *fixture,
                                   gconstpointer user_data)
{
  static const char *const texts[] = {
    "",
    "[Invitations]\nVersion=2\n",
    "[Invitations]\nVersion=1\n[x]\n",
    "[Invitations]\nVersion=1\n[AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYPQ]\nSeconds=600\n",
    "[Invitations]\nVersion=1\n[AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYPQ]\nProfile=default\n",
    "[Invitations]\nVersion=1\n[AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYPQ]\nProfile=default\nSeconds=86401\n",
    "[Invitations]\nVersion=1\n[AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYPQ]\nProfile=default\nSeconds=600\nMadeAt=-1\n",
    "[Invitations]\nVersion=1\n[AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYPQ]\nProfile=a b\nSeconds=600\n",
  };
  guint8 invitation[MMP_INVITATION_SIZE];

  make (fixture->store, invitation);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = NULL;
      guint8 other[MMP_INVITATION_SIZE] = { 0xa5 };

      mmp_test_case (texts[i]);
      g_assert_true (g_file_set_contents (fixture->path, texts[i], -1, NULL));
      g_assert_null (mmp_invitation_store_new (fixture->directory, "default", &error));
      g_assert_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID);
      g_assert_nonnull (strstr (error->message, fixture->path));
      g_clear_error (&error);
      g_assert_false (mmp_invitation_store_make (fixture->store, 10 * MINUTES, other, &error));
      g_assert_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID);
      g_assert_nonnull (strstr (error->message, fixture->path));
      g_assert_cmpuint (other[0], ==, 0xa5);
      g_assert_true (g_file_get_contents (fixture->path, &text, NULL, NULL));
      g_assert_cmpstr (text, ==, texts[i]);
    }

  /* Unlike the list of devices nothing counts while the file is broken. */
  mmp_test_await (!mmp_invitation_store_has_valid (fixture->store));
}

static void
test_store_dies (Fixture *fixture,
                 gconstpointer user_data)
{
  mmp_test_await_finalize (open_store (fixture->directory, "default"));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, test) g_test_add ("/invitation-store/" path, Fixture, NULL, set_up, test, tear_down)
  ADD ("invitation-is-good-once", test_invitation_is_good_once);
  ADD ("others-are-refused", test_others_are_refused);
  ADD ("new-one-ends-the-older", test_new_one_ends_the_older);
  ADD ("cancel-ends-all-of-the-profile", test_cancel_ends_all_of_the_profile);
  ADD ("time-ends-it", test_time_ends_it);
  ADD ("restart-of-the-machine-ends-it", test_restart_of_the_machine_ends_it);
  ADD ("file-holds-no-secret", test_file_holds_no_secret);
  ADD ("invitations-of-others-are-seen", test_invitations_of_others_are_seen);
  ADD ("use-asks-the-file", test_use_asks_the_file);
  ADD ("of-racing-stores-one-wins", test_of_racing_stores_one_wins);
  ADD ("broken-files-are-not-touched", test_broken_files_are_not_touched);
  ADD ("store-dies", test_store_dies);

  return g_test_run ();
}
