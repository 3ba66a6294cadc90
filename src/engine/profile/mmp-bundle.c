/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-profile"

#include "profile/mmp-bundle.h"
#include "profile/mmp-bundle-private.h"

#include <string.h>

#include "base/mmp-error.h"
#include "crypto/mmp-crypto.h"
#include "crypto/mmp-password-box.h"
#include "profile/mmp-device-store-private.h"
#include "profile/mmp-profile-private.h"
#include "profile/mmp-profile-store.h"
#include "profile/mmp-secrets.h"
#include "profile/mmp-shared-file.h"

/* [Export] Version=1 and perhaps Sealed; [Files]: the texts of the files that are in it, each as on disk */
#define MAIN_GROUP "Export"
#define SEALED_KEY "Sealed"
#define FILES_GROUP "Files"
#define PROFILE_PREFIX "profile/"
#define DEVICES_NAME "devices.ini"
#define DEVICES_GROUP "Devices"
#define SECRETS_MAX (4 * MMP_PROFILES_MAX)
#define SECRET_TEXT_MAX 4096

static gboolean
fail (GError **error,
      const char *message)
{
  g_set_error_literal (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, message);

  return FALSE;
}

/**
 * mmp_bundle_new:
 *
 * Returns: (transfer full): an empty one
 */
MmpBundle *
mmp_bundle_new (void)
{
  MmpBundle *self = g_new0 (MmpBundle, 1);

  self->profiles = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_profile_free);
  self->brokers = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_broker_entry_free);
  self->keys = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_key_entry_free);
  self->devices = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_device_free);
  self->secrets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) mmp_secret_unref);

  return self;
}

/**
 * mmp_bundle_free:
 */
void
mmp_bundle_free (MmpBundle *self)
{
  g_ptr_array_unref (self->profiles);
  g_ptr_array_unref (self->brokers);
  g_ptr_array_unref (self->keys);
  g_ptr_array_unref (self->devices);
  g_hash_table_unref (self->secrets);
  g_clear_pointer (&self->sealed, g_bytes_unref);
  g_free (self);
}

/* --- writing -------------------------------------------------------------------------------------------------------- */

static void
add_file (GKeyFile *bundle,
          const char *name,
          const char *group,
          GKeyFile *file)
{
  g_autofree char *text = NULL;

  g_key_file_set_integer (file, group, "Version", 1);
  text = g_key_file_to_data (file, NULL, NULL);
  g_key_file_set_string (bundle, FILES_GROUP, name, text);
}

static void
add_entries (GKeyFile *bundle,
             GPtrArray *entries,
             const MmpEntryKind *kind)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();

  for (guint i = 0; i < entries->len; i++)
    kind->unparse (g_ptr_array_index (entries, i), file);
  add_file (bundle, kind->file_name, kind->main_group, file);
}

static void
add_devices (GKeyFile *bundle,
             GPtrArray *devices)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();

  for (guint i = 0; i < devices->len; i++)
    {
      const MmpDevice *device = g_ptr_array_index (devices, i);
      g_autofree char *key = mmp_public_key_to_short_text (&device->key);

      g_key_file_set_string (file, key, "Standing", device->standing == MMP_STANDING_TRUSTED ? "trusted" : "blocked");
      g_key_file_set_string (file, key, "Name", device->name);
    }
  add_file (bundle, DEVICES_NAME, DEVICES_GROUP, file);
}

/* A line for each: its id, a tab, and its bytes in Base64 */
static MmpSecret *
encode_secrets (GHashTable *secrets)
{
  GString *text = g_string_new (NULL);
  GHashTableIter iter;
  gpointer id;
  gpointer value;
  MmpSecret *result;

  g_hash_table_iter_init (&iter, secrets);
  while (g_hash_table_iter_next (&iter, &id, &value))
    {
      gsize size;
      const char *data = mmp_secret_get_data (value, &size);
      char *base64 = g_base64_encode ((const guchar *) data, size);

      g_string_append_printf (text, "%s\t%s\n", (const char *) id, base64);
      mmp_crypto_wipe (base64, strlen (base64));
      g_free (base64);
    }
  result = mmp_secret_new (text->str, text->len);
  mmp_crypto_wipe (text->str, text->len);
  g_string_free (text, TRUE);

  return result;
}

static gboolean
add_secrets (GKeyFile *bundle,
             GHashTable *secrets,
             const char *password,
             GError **error)
{
  g_autoptr (MmpSecret) plain = encode_secrets (secrets);
  g_autoptr (GBytes) box = mmp_password_box_seal (plain, password, error);
  g_autofree char *text = NULL;

  if (box == NULL)
    return FALSE;
  text = g_base64_encode (g_bytes_get_data (box, NULL), g_bytes_get_size (box));
  g_key_file_set_string (bundle, MAIN_GROUP, SEALED_KEY, text);

  return TRUE;
}

/**
 * mmp_bundle_encode:
 * @password: (nullable): seals the secrets; without one they are left out
 * @error: SECRETS: the password is too short
 *
 * Blocks for up to a second if there is a password.
 *
 * Returns: (transfer full): the content of a file
 */
char *
mmp_bundle_encode (const MmpBundle *self,
                   const char *password,
                   GError **error)
{
  g_autoptr (GKeyFile) bundle = g_key_file_new ();

  g_key_file_set_integer (bundle, MAIN_GROUP, "Version", 1);
  if (password != NULL && !add_secrets (bundle, self->secrets, password, error))
    return NULL;

  add_entries (bundle, self->brokers, &mmp_broker_entry_kind);
  add_entries (bundle, self->keys, &mmp_key_entry_kind);
  add_devices (bundle, self->devices);
  for (guint i = 0; i < self->profiles->len; i++)
    {
      const MmpProfile *profile = g_ptr_array_index (self->profiles, i);
      g_autofree char *name = g_strconcat (PROFILE_PREFIX, profile->id, NULL);
      g_autoptr (GKeyFile) file = g_key_file_new ();

      mmp_profile_to_key_file (profile, file);
      add_file (bundle, name, MMP_PROFILE_GROUP, file);
    }

  return g_key_file_to_data (bundle, NULL, NULL);
}

/* --- reading -------------------------------------------------------------------------------------------------------- */

static GKeyFile *
get_file (GKeyFile *bundle,
          const char *name,
          const char *group,
          GError **error)
{
  g_autofree char *text = g_key_file_get_string (bundle, FILES_GROUP, name, NULL);
  GKeyFile *file;

  if (text == NULL)
    {
      fail (error, "a part is missing");
      return NULL;
    }
  file = mmp_shared_file_parse (text, strlen (text), group, error);
  if (file == NULL)
    g_prefix_error (error, "the part %.60s: ", name);

  return file;
}

static gboolean
get_entries (GKeyFile *bundle,
             const MmpEntryKind *kind,
             GPtrArray *into,
             GError **error)
{
  g_autoptr (GKeyFile) file = get_file (bundle, kind->file_name, kind->main_group, error);
  g_autoptr (GHashTable) entries = file != NULL ? mmp_entry_store_parse (file, kind, error) : NULL;
  GHashTableIter iter;
  gpointer entry;

  if (entries == NULL)
    return FALSE;
  g_hash_table_iter_init (&iter, entries);
  while (g_hash_table_iter_next (&iter, NULL, &entry))
    {
      g_ptr_array_add (into, entry);
      g_hash_table_iter_steal (&iter);
    }

  return TRUE;
}

static gboolean
get_devices (GKeyFile *bundle,
             GPtrArray *into,
             GError **error)
{
  g_autoptr (GKeyFile) file = get_file (bundle, DEVICES_NAME, DEVICES_GROUP, error);
  g_autoptr (GHashTable) devices = file != NULL ? mmp_device_store_parse (file, error) : NULL;
  GHashTableIter iter;
  gpointer device;

  if (devices == NULL)
    return FALSE;
  g_hash_table_iter_init (&iter, devices);
  while (g_hash_table_iter_next (&iter, NULL, &device))
    {
      g_ptr_array_add (into, device);
      g_hash_table_iter_steal (&iter);
    }

  return TRUE;
}

static gboolean
has_profile (GPtrArray *profiles,
             const char *id)
{
  for (guint i = 0; i < profiles->len; i++)
    if (g_str_equal (((const MmpProfile *) g_ptr_array_index (profiles, i))->id, id))
      return TRUE;

  return FALSE;
}

static gboolean
get_profiles (GKeyFile *bundle,
              GPtrArray *into,
              GError **error)
{
  g_auto (GStrv) names = g_key_file_get_keys (bundle, FILES_GROUP, NULL, NULL);

  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      const char *id = names[i] + strlen (PROFILE_PREFIX);
      g_autoptr (GKeyFile) file = NULL;
      MmpProfile *profile;

      if (!g_str_has_prefix (names[i], PROFILE_PREFIX))
        continue;
      if (!g_uuid_string_is_valid (id) || into->len >= MMP_PROFILES_MAX)
        return fail (error, "there are too many profiles in it, or one has no proper name");
      /* GKeyFile names a key as often as it stands there. */
      if (has_profile (into, id))
        return fail (error, "a profile is in it twice");
      file = get_file (bundle, names[i], MMP_PROFILE_GROUP, error);
      profile = file != NULL ? mmp_profile_from_key_file (file, id, error) : NULL;
      if (profile == NULL)
        return FALSE;
      g_ptr_array_add (into, profile);
    }

  return TRUE;
}

static gboolean
get_sealed (GKeyFile *bundle,
            MmpBundle *self,
            GError **error)
{
  g_autofree char *text = g_key_file_get_string (bundle, MAIN_GROUP, SEALED_KEY, NULL);
  gsize size;
  guchar *data;

  if (text == NULL)
    return TRUE;
  if (text[0] == '\0')
    return fail (error, "the sealed part is empty");
  data = g_base64_decode (text, &size);
  self->sealed = g_bytes_new_take (data, size);

  return TRUE;
}

/**
 * mmp_bundle_decode:
 * @text: (array length=size): the content of a file, from anywhere
 * @error: FILE_INVALID
 *
 * Returns: (transfer full): what is in it; the secrets, if any, are still sealed
 */
MmpBundle *
mmp_bundle_decode (const char *text,
                   gsize size,
                   GError **error)
{
  g_autoptr (GKeyFile) bundle = mmp_shared_file_parse (text, size, MAIN_GROUP, error);
  g_autoptr (MmpBundle) self = mmp_bundle_new ();

  if (bundle == NULL || !get_entries (bundle, &mmp_broker_entry_kind, self->brokers, error) || !get_entries (bundle, &mmp_key_entry_kind, self->keys, error) || !get_devices (bundle, self->devices, error) || !get_profiles (bundle, self->profiles, error) || !get_sealed (bundle, self, error))
    return NULL;

  return g_steal_pointer (&self);
}

static gboolean
decode_secret (const char *line,
               gsize size,
               GHashTable *into)
{
  const char *tab = memchr (line, '\t', size);
  g_autofree char *id = tab != NULL ? g_strndup (line, (gsize) (tab - line)) : NULL;
  char *base64;
  guchar *data;
  gsize data_size;

  if (tab == NULL || !mmp_secret_id_is_valid (id) || size > SECRET_TEXT_MAX || g_hash_table_size (into) >= SECRETS_MAX)
    return FALSE;
  base64 = g_strndup (tab + 1, size - (gsize) (tab + 1 - line));
  data = base64[0] != '\0' ? g_base64_decode (base64, &data_size) : NULL;
  mmp_crypto_wipe (base64, strlen (base64));
  g_free (base64);
  if (data == NULL)
    return FALSE;
  g_hash_table_replace (into, g_steal_pointer (&id), mmp_secret_new (data, data_size));
  mmp_crypto_wipe (data, data_size);
  g_free (data);

  return TRUE;
}

/**
 * mmp_bundle_decode_secrets:
 * @text: (array length=size): what was sealed
 * @error: FILE_INVALID
 *
 * Returns: (transfer full): id -> #MmpSecret
 */
GHashTable *
mmp_bundle_decode_secrets (const char *text,
                           gsize size,
                           GError **error)
{
  g_autoptr (GHashTable) secrets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) mmp_secret_unref);
  const char *end = text + size;

  while (text < end)
    {
      const char *newline = memchr (text, '\n', (gsize) (end - text));

      if (newline == NULL || !decode_secret (text, (gsize) (newline - text), secrets))
        {
          fail (error, "the sealed part makes no sense");
          return NULL;
        }
      text = newline + 1;
    }

  return g_steal_pointer (&secrets);
}

/**
 * mmp_bundle_unlock:
 * @error: SECRETS: the password is wrong; FILE_INVALID
 *
 * Opens the sealed part. Blocks for up to some seconds.
 */
gboolean
mmp_bundle_unlock (MmpBundle *self,
                   const char *password,
                   GError **error)
{
  g_autoptr (MmpSecret) plain = NULL;
  GHashTable *secrets;
  const char *text;
  gsize size;

  if (self->sealed == NULL)
    return TRUE;
  plain = mmp_password_box_open (self->sealed, password, error);
  if (plain == NULL)
    return FALSE;
  text = mmp_secret_get_data (plain, &size);
  secrets = mmp_bundle_decode_secrets (text, size, error);
  if (secrets == NULL)
    return FALSE;
  g_hash_table_unref (self->secrets);
  self->secrets = secrets;
  g_clear_pointer (&self->sealed, g_bytes_unref);

  return TRUE;
}
