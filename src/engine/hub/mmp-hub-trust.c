/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-hub"

#include "hub/mmp-hub-trust.h"

#include <gio/gio.h>

#include "hub/mmp-key-list.h"

struct _MmpHubTrust
{
  GObject parent_instance;

  MmpDeviceStore *devices;
  MmpInvitationStore *invitations;
  char *path; /* of the file of trusted initiators; NULL: the device list counts */
  GHashTable *listed; /* MmpPublicKey */
  GFileMonitor *monitor;
};

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static MmpStanding
mmp_hub_trust_get_standing (MmpTrust *trust,
                            const MmpPublicKey *device)
{
  MmpHubTrust *self = MMP_HUB_TRUST (trust);
  MmpStanding standing = mmp_device_store_get_standing (self->devices, device);

  /* Blocked is blocked, whatever a file says. */
  if (self->path == NULL || standing == MMP_STANDING_BLOCKED)
    return standing;

  return g_hash_table_contains (self->listed, device) ? MMP_STANDING_TRUSTED : MMP_STANDING_UNKNOWN;
}

/* Who gave a file said by it exactly who may come: an invitation must not add to that. */
static gboolean
mmp_hub_trust_has_invitation (MmpTrust *trust)
{
  MmpHubTrust *self = MMP_HUB_TRUST (trust);

  return self->path == NULL && mmp_invitation_store_has_valid (self->invitations);
}

static gboolean
mmp_hub_trust_check_invitation (MmpTrust *trust,
                                const guint8 invitation[MMP_INVITATION_SIZE])
{
  MmpHubTrust *self = MMP_HUB_TRUST (trust);

  return self->path == NULL && mmp_invitation_store_check (self->invitations, invitation);
}

static gboolean
mmp_hub_trust_use_invitation (MmpTrust *trust,
                              const guint8 invitation[MMP_INVITATION_SIZE],
                              const MmpPublicKey *device,
                              const char *name)
{
  MmpHubTrust *self = MMP_HUB_TRUST (trust);
  g_autoptr (GError) error = NULL;

  if (self->path != NULL)
    return FALSE;
  if (mmp_invitation_store_use (self->invitations, invitation, &error) && mmp_device_store_trust (self->devices, device, name, &error))
    return TRUE;

  g_debug ("an invitation does not count: %s", error->message);

  return FALSE;
}

static void
mmp_hub_trust_iface_init (MmpTrustInterface *iface)
{
  iface->get_standing = mmp_hub_trust_get_standing;
  iface->has_invitation = mmp_hub_trust_has_invitation;
  iface->check_invitation = mmp_hub_trust_check_invitation;
  iface->use_invitation = mmp_hub_trust_use_invitation;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (MmpHubTrust, mmp_hub_trust, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (MMP_TYPE_TRUST, mmp_hub_trust_iface_init))

static void
on_devices_changed (MmpHubTrust *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

/* A half-written or broken file changes nothing: neither lets it somebody in nor locks everybody out. */
static void
on_file_changed (MmpHubTrust *self)
{
  g_autoptr (GError) error = NULL;
  GHashTable *listed = mmp_key_list_load (self->path, &error);

  if (listed == NULL)
    {
      g_debug ("the list of trusted devices stays as it was: %s", error->message);
      return;
    }
  g_hash_table_unref (self->listed);
  self->listed = listed;
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
mmp_hub_trust_finalize (GObject *object)
{
  MmpHubTrust *self = MMP_HUB_TRUST (object);

  g_clear_object (&self->monitor);
  g_clear_pointer (&self->listed, g_hash_table_unref);
  g_free (self->path);
  g_object_unref (self->invitations);
  g_object_unref (self->devices);

  G_OBJECT_CLASS (mmp_hub_trust_parent_class)->finalize (object);
}

static void
mmp_hub_trust_class_init (MmpHubTrustClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mmp_hub_trust_finalize;

  /**
   * MmpHubTrust::changed:
   *
   * Somebody may be trusted who was not, or the reverse.
   */
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
mmp_hub_trust_init (MmpHubTrust *self)
{
}

/**
 * mmp_hub_trust_new:
 *
 * Returns: (transfer full): trust as the device list and the invitations say
 */
MmpHubTrust *
mmp_hub_trust_new (MmpDeviceStore *devices,
                   MmpInvitationStore *invitations)
{
  MmpHubTrust *self = g_object_new (MMP_TYPE_HUB_TRUST, NULL);

  self->devices = g_object_ref (devices);
  self->invitations = g_object_ref (invitations);
  g_signal_connect_object (devices, "changed", G_CALLBACK (on_devices_changed), self, G_CONNECT_SWAPPED);

  return self;
}

/**
 * mmp_hub_trust_with_keys:
 * @keys: (array zero-terminated=1): public keys; what is none is left out
 *
 * Returns: (transfer full): trust of exactly those devices, but for those that are blocked here
 */
MmpHubTrust *
mmp_hub_trust_with_keys (MmpHubTrust *self,
                         const char *const *keys)
{
  MmpHubTrust *other = mmp_hub_trust_new (self->devices, self->invitations);

  other->path = g_strdup ("");
  other->listed = g_hash_table_new_full (mmp_public_key_hash, mmp_public_key_equal, (GDestroyNotify) mmp_public_key_free, NULL);
  for (guint i = 0; keys[i] != NULL; i++)
    {
      MmpPublicKey key;

      if (mmp_public_key_from_text (keys[i], &key, NULL))
        g_hash_table_add (other->listed, mmp_public_key_copy (&key));
    }

  return other;
}

/**
 * mmp_hub_trust_set_file:
 * @path: a file as mmp_key_list_parse() reads it
 * @error: FILE_INVALID
 *
 * From now on exactly the devices in @path are trusted (but for blocked ones) and no invitation is taken. The file is
 * read again whenever it changes; while it cannot be read, what it said before counts.
 */
gboolean
mmp_hub_trust_set_file (MmpHubTrust *self,
                        const char *path,
                        GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  GHashTable *listed = mmp_key_list_load (path, error);

  if (listed == NULL)
    return FALSE;

  g_clear_pointer (&self->listed, g_hash_table_unref);
  self->listed = listed;
  g_set_str (&self->path, path);
  g_clear_object (&self->monitor);
  self->monitor = g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  if (self->monitor != NULL)
    g_signal_connect_object (self->monitor, "changed", G_CALLBACK (on_file_changed), self, G_CONNECT_SWAPPED);
  g_signal_emit (self, signals[CHANGED], 0);

  return TRUE;
}
