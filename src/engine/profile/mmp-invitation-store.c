/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-profile"

#include "profile/mmp-invitation-store.h"
#include "profile/mmp-invitation-store-private.h"

#include <gio/gio.h>
#include <string.h>

#include "base/mmp-error.h"
#include "crypto/mmp-base32.h"
#include "crypto/mmp-crypto.h"
#include "profile/mmp-shared-file.h"

/* [Invitations] Version=1, then a group for each invitation, named by its BLAKE2b-256 in Base32 */
#define FILE_NAME "invitations.ini"
#define MAIN_GROUP "Invitations"
#define PROFILE_KEY "Profile"
#define SECONDS_KEY "Seconds"
#define WALL_KEY "MadeAt"
#define BOOT_KEY "Boot"
#define UPTIME_KEY "MadeAtUptime"
#define USED_KEY "Used"

#define PROFILE_LENGTH_MAX 64
/* One outstanding in each profile */
#define INVITATIONS_MAX 256

typedef struct
{
  guint8 hash[MMP_CRYPTO_HASH_SIZE];
  char *profile;
  MmpMoment made;
  gint64 seconds;
  gboolean used;
} Entry;

struct _MmpInvitationStore
{
  GObject parent_instance;

  char *profile;
  MmpSharedFile *file;
  GPtrArray *entries; /* Entry, of all profiles */
  MmpMoment (*get_now) (void);
};

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (MmpInvitationStore, mmp_invitation_store, G_TYPE_OBJECT)

/* What one call does */
typedef struct
{
  MmpInvitationStore *store;
  const guint8 *hash;
  gint64 seconds;
} Edit;

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->profile);
  g_free (entry);
}

static gboolean
is_profile (const char *profile)
{
  gsize length = strnlen (profile, PROFILE_LENGTH_MAX + 1);

  if (length < 1 || length > PROFILE_LENGTH_MAX)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isgraph (profile[i]))
        return FALSE;
    }

  return TRUE;
}

static Entry *
parse_entry (GKeyFile *key_file,
             const char *group)
{
  Entry *entry = g_new0 (Entry, 1);
  g_autofree char *boot = g_key_file_get_string (key_file, group, BOOT_KEY, NULL);

  entry->profile = g_key_file_get_string (key_file, group, PROFILE_KEY, NULL);
  entry->seconds = g_key_file_get_int64 (key_file, group, SECONDS_KEY, NULL);
  entry->made.wall = g_key_file_get_int64 (key_file, group, WALL_KEY, NULL);
  entry->made.uptime = g_key_file_get_int64 (key_file, group, UPTIME_KEY, NULL);
  entry->used = g_key_file_get_boolean (key_file, group, USED_KEY, NULL);
  if (!mmp_base32_decode (group, strlen (group), MMP_BASE32_BARE, entry->hash, sizeof entry->hash)
      || entry->profile == NULL || !is_profile (entry->profile)
      || entry->seconds < 1 || entry->seconds > MMP_INVITATION_SECONDS_MAX
      || entry->made.wall < 0 || entry->made.uptime < 0
      || (boot != NULL && g_strlcpy (entry->made.boot, boot, MMP_BOOT_SIZE) >= MMP_BOOT_SIZE))
    {
      entry_free (entry);
      return NULL;
    }

  return entry;
}

static gboolean
is_open (MmpInvitationStore *self,
         const Entry *entry,
         const MmpMoment *now)
{
  return !entry->used && strcmp (entry->profile, self->profile) == 0 && mmp_moment_is_within (now, &entry->made, entry->seconds);
}

/* Looks at every entry in full, so that the time this takes tells nothing. */
static gboolean
holds (MmpInvitationStore *self,
       GPtrArray *entries,
       const guint8 hash[MMP_CRYPTO_HASH_SIZE])
{
  MmpMoment now = self->get_now ();
  gboolean found = FALSE;

  for (guint i = 0; i < entries->len; i++)
    {
      const Entry *entry = g_ptr_array_index (entries, i);
      gboolean same = mmp_crypto_equal (entry->hash, hash, MMP_CRYPTO_HASH_SIZE);

      found |= is_open (self, entry, &now) & same;
    }

  return found;
}

/* Takes over what the file says now. If that cannot be read nothing is open any more: better one invitation too few. */
static gboolean
reload (MmpInvitationStore *self,
        GError **error)
{
  g_autoptr (GKeyFile) key_file = mmp_shared_file_load (self->file, error);
  g_autoptr (GPtrArray) entries = key_file != NULL ? mmp_invitation_store_parse (key_file, error) : NULL;
  gboolean good = entries != NULL;

  if (key_file != NULL && !good)
    mmp_shared_file_prefix_error (self->file, error);
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  self->entries = good ? g_steal_pointer (&entries) : g_ptr_array_new ();
  g_signal_emit (self, signals[CHANGED], 0);

  return good;
}

static void
on_file_changed (gpointer user_data)
{
  g_autoptr (MmpInvitationStore) self = g_object_ref (user_data);
  g_autoptr (GError) error = NULL;

  if (!reload (self, &error))
    g_debug ("no invitation counts: %s", error->message);
}

/* Takes out what is of no use any more and all of the profile; returns how many are left */
static guint
remove_entries (MmpInvitationStore *self,
                GKeyFile *key_file,
                GPtrArray *entries)
{
  MmpMoment now = self->get_now ();
  guint left = entries->len;

  for (guint i = 0; i < entries->len; i++)
    {
      const Entry *entry = g_ptr_array_index (entries, i);
      g_autofree char *group = mmp_base32_encode (entry->hash, sizeof entry->hash, MMP_BASE32_BARE);

      if (strcmp (entry->profile, self->profile) == 0 || entry->used || !mmp_moment_is_within (&now, &entry->made, entry->seconds))
        left -= g_key_file_remove_group (key_file, group, NULL);
    }

  return left;
}

static gboolean
edit_make (GKeyFile *key_file,
           gpointer user_data,
           GError **error)
{
  const Edit *edit = user_data;
  g_autoptr (GPtrArray) entries = mmp_invitation_store_parse (key_file, error);
  g_autofree char *group = mmp_base32_encode (edit->hash, MMP_CRYPTO_HASH_SIZE, MMP_BASE32_BARE);
  MmpMoment now = edit->store->get_now ();

  if (entries == NULL)
    return FALSE;
  if (remove_entries (edit->store, key_file, entries) >= INVITATIONS_MAX)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_LIMIT, "there are %d invitations already", INVITATIONS_MAX);
      return FALSE;
    }
  g_key_file_set_string (key_file, group, PROFILE_KEY, edit->store->profile);
  g_key_file_set_int64 (key_file, group, SECONDS_KEY, edit->seconds);
  g_key_file_set_int64 (key_file, group, WALL_KEY, now.wall);
  g_key_file_set_string (key_file, group, BOOT_KEY, now.boot);
  g_key_file_set_int64 (key_file, group, UPTIME_KEY, now.uptime);

  return TRUE;
}

static gboolean
edit_cancel (GKeyFile *key_file,
             gpointer user_data,
             GError **error)
{
  const Edit *edit = user_data;
  g_autoptr (GPtrArray) entries = mmp_invitation_store_parse (key_file, error);

  if (entries == NULL)
    return FALSE;
  remove_entries (edit->store, key_file, entries);

  return TRUE;
}

static gboolean
edit_use (GKeyFile *key_file,
          gpointer user_data,
          GError **error)
{
  const Edit *edit = user_data;
  g_autoptr (GPtrArray) entries = mmp_invitation_store_parse (key_file, error);
  g_autofree char *group = mmp_base32_encode (edit->hash, MMP_CRYPTO_HASH_SIZE, MMP_BASE32_BARE);

  if (entries == NULL)
    return FALSE;
  if (!holds (edit->store, entries, edit->hash))
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_INVITATION_INVALID, "the invitation is used or over");
      return FALSE;
    }
  g_key_file_set_boolean (key_file, group, USED_KEY, TRUE);

  return TRUE;
}

static gboolean
apply (MmpInvitationStore *self,
       MmpSharedFileEditFunc func,
       const guint8 *hash,
       gint64 seconds,
       GError **error)
{
  Edit edit = { .store = self, .hash = hash, .seconds = seconds };

  return mmp_shared_file_edit (self->file, func, &edit, error) && reload (self, error);
}

static void
mmp_invitation_store_finalize (GObject *object)
{
  MmpInvitationStore *self = MMP_INVITATION_STORE (object);

  g_clear_pointer (&self->file, mmp_shared_file_free);
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  g_free (self->profile);

  G_OBJECT_CLASS (mmp_invitation_store_parent_class)->finalize (object);
}

static void
mmp_invitation_store_class_init (MmpInvitationStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mmp_invitation_store_finalize;

  /**
   * MmpInvitationStore::changed:
   *
   * Invitations may have been made, used or cancelled, through this object or another process. That one's time is over
   * brings no signal.
   */
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
mmp_invitation_store_init (MmpInvitationStore *self)
{
  self->get_now = mmp_moment_now;
}

/**
 * mmp_invitation_store_parse:
 * @key_file: what the file says
 * @error: return location
 *
 * Returns: (transfer full): the invitations of all profiles; %NULL with %MMP_ERROR_FILE_INVALID
 */
GPtrArray *
mmp_invitation_store_parse (GKeyFile *key_file,
                            GError **error)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (entry_free);
  gsize n_groups;
  g_auto (GStrv) groups = g_key_file_get_groups (key_file, &n_groups);

  if (n_groups > INVITATIONS_MAX + 1)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "the list of invitations holds more than %d", INVITATIONS_MAX);
      return NULL;
    }
  for (gsize i = 0; i < n_groups; i++)
    {
      Entry *entry;

      if (strcmp (groups[i], MAIN_GROUP) == 0)
        continue;
      entry = parse_entry (key_file, groups[i]);
      if (entry == NULL)
        {
          g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "the group %.60s is not an invitation", groups[i]);
          return NULL;
        }
      g_ptr_array_add (entries, entry);
    }

  return g_steal_pointer (&entries);
}

/**
 * mmp_invitation_store_new:
 * @directory: where `invitations.ini` is; made if it is missing
 * @profile: whose invitations to make and to take: 1 to 64 printable characters without space
 * @error: return location
 *
 * Returns: (transfer full): the invitations, followed from now on; %NULL with %MMP_ERROR_FILE_INVALID if the file is broken.
 *   A broken file is never overwritten
 */
MmpInvitationStore *
mmp_invitation_store_new (const char *directory,
                          const char *profile,
                          GError **error)
{
  g_autoptr (MmpInvitationStore) self = NULL;

  g_return_val_if_fail (is_profile (profile), NULL);

  self = g_object_new (MMP_TYPE_INVITATION_STORE, NULL);
  self->profile = g_strdup (profile);
  self->file = mmp_shared_file_new (directory, FILE_NAME, MAIN_GROUP, error);
  if (self->file == NULL)
    return NULL;
  /* First watched, then read: a change in between is seen twice rather than not at all. */
  mmp_shared_file_watch (self->file, on_file_changed, self);
  if (!reload (self, error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * mmp_invitation_store_set_time:
 * @self: the invitations
 * @get_now: tells the time
 *
 * For tests: lets hours pass and machines restart.
 */
void
mmp_invitation_store_set_time (MmpInvitationStore *self,
                               MmpMoment (*get_now) (void))
{
  self->get_now = get_now;
}

/**
 * mmp_invitation_store_make:
 * @self: the invitations
 * @seconds: how long it can be used, 1 to %MMP_INVITATION_SECONDS_MAX
 * @invitation: (out caller-allocates): its secret, which is kept nowhere; untouched on failure
 * @error: return location
 *
 * Ends the older ones of the profile. Blocks until it is on the disk.
 *
 * Returns: FALSE with %MMP_ERROR_FILE_INVALID or %MMP_ERROR_LIMIT
 */
gboolean
mmp_invitation_store_make (MmpInvitationStore *self,
                           guint seconds,
                           guint8 invitation[MMP_INVITATION_SIZE],
                           GError **error)
{
  guint8 secret[MMP_INVITATION_SIZE];
  guint8 hash[MMP_CRYPTO_HASH_SIZE];
  gboolean made;

  g_return_val_if_fail (seconds >= 1 && seconds <= MMP_INVITATION_SECONDS_MAX, FALSE);

  mmp_crypto_random (secret, sizeof secret);
  mmp_crypto_hash ("", secret, sizeof secret, hash);
  made = apply (self, edit_make, hash, seconds, error);
  if (made)
    memcpy (invitation, secret, sizeof secret);
  mmp_crypto_wipe (secret, sizeof secret);

  return made;
}

/**
 * mmp_invitation_store_cancel:
 * @self: the invitations
 * @error: return location
 *
 * Ends all of the profile.
 *
 * Returns: FALSE with %MMP_ERROR_FILE_INVALID
 */
gboolean
mmp_invitation_store_cancel (MmpInvitationStore *self,
                             GError **error)
{
  return apply (self, edit_cancel, NULL, 0, error);
}

/**
 * mmp_invitation_store_has_valid:
 * @self: the invitations
 *
 * Returns: whether any of the profile could be used now; does not touch the disk
 */
gboolean
mmp_invitation_store_has_valid (MmpInvitationStore *self)
{
  MmpMoment now = self->get_now ();

  for (guint i = 0; i < self->entries->len; i++)
    {
      if (is_open (self, g_ptr_array_index (self->entries, i), &now))
        return TRUE;
    }

  return FALSE;
}

/**
 * mmp_invitation_store_check:
 * @self: the invitations
 * @invitation: what a stranger brought
 *
 * Uses nothing up. How long it takes does not depend on @invitation.
 *
 * Returns: whether it could be used now; does not touch the disk
 */
gboolean
mmp_invitation_store_check (MmpInvitationStore *self,
                            const guint8 invitation[MMP_INVITATION_SIZE])
{
  guint8 hash[MMP_CRYPTO_HASH_SIZE];

  mmp_crypto_hash ("", invitation, MMP_INVITATION_SIZE, hash);

  return holds (self, self->entries, hash);
}

/**
 * mmp_invitation_store_use:
 * @self: the invitations
 * @invitation: what a stranger brought
 * @error: return location
 *
 * Uses it up: of all processes and calls that try, one succeeds. Blocks until that is on the disk.
 *
 * Returns: FALSE with %MMP_ERROR_INVITATION_INVALID if it is unknown, used or over, or %MMP_ERROR_FILE_INVALID
 */
gboolean
mmp_invitation_store_use (MmpInvitationStore *self,
                          const guint8 invitation[MMP_INVITATION_SIZE],
                          GError **error)
{
  guint8 hash[MMP_CRYPTO_HASH_SIZE];

  mmp_crypto_hash ("", invitation, MMP_INVITATION_SIZE, hash);

  return apply (self, edit_use, hash, 0, error);
}
