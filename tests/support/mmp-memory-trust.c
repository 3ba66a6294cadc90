/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-memory-trust.h"

#include <string.h>

struct _MmpMemoryTrust
{
  GObject parent_instance;

  GHashTable *standings; /* MmpPublicKey -> MmpStanding */
  guint8 *invitation; /* nullable */
};

static MmpStanding
mmp_memory_trust_get_standing (MmpTrust *trust,
                               const MmpPublicKey *device)
{
  MmpMemoryTrust *self = MMP_MEMORY_TRUST (trust);

  return GPOINTER_TO_UINT (g_hash_table_lookup (self->standings, device));
}

static gboolean
mmp_memory_trust_has_invitation (MmpTrust *trust)
{
  return MMP_MEMORY_TRUST (trust)->invitation != NULL;
}

static gboolean
mmp_memory_trust_check_invitation (MmpTrust *trust,
                                   const guint8 invitation[MMP_INVITATION_SIZE])
{
  MmpMemoryTrust *self = MMP_MEMORY_TRUST (trust);

  return self->invitation != NULL && memcmp (self->invitation, invitation, MMP_INVITATION_SIZE) == 0;
}

static gboolean
mmp_memory_trust_use_invitation (MmpTrust *trust,
                                 const guint8 invitation[MMP_INVITATION_SIZE],
                                 const MmpPublicKey *device,
                                 const char *name)
{
  MmpMemoryTrust *self = MMP_MEMORY_TRUST (trust);

  if (!mmp_memory_trust_check_invitation (trust, invitation))
    return FALSE;
  g_clear_pointer (&self->invitation, g_free);
  mmp_memory_trust_set (self, device, MMP_STANDING_TRUSTED);

  return TRUE;
}

static void
mmp_memory_trust_init_trust (MmpTrustInterface *iface)
{
  iface->get_standing = mmp_memory_trust_get_standing;
  iface->has_invitation = mmp_memory_trust_has_invitation;
  iface->check_invitation = mmp_memory_trust_check_invitation;
  iface->use_invitation = mmp_memory_trust_use_invitation;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (MmpMemoryTrust, mmp_memory_trust, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (MMP_TYPE_TRUST, mmp_memory_trust_init_trust))

static void
mmp_memory_trust_finalize (GObject *object)
{
  MmpMemoryTrust *self = MMP_MEMORY_TRUST (object);

  g_hash_table_unref (self->standings);
  g_free (self->invitation);

  G_OBJECT_CLASS (mmp_memory_trust_parent_class)->finalize (object);
}

static void
mmp_memory_trust_class_init (MmpMemoryTrustClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mmp_memory_trust_finalize;
}

static void
mmp_memory_trust_init (MmpMemoryTrust *self)
{
  self->standings = g_hash_table_new_full (mmp_public_key_hash, mmp_public_key_equal, (GDestroyNotify) mmp_public_key_free, NULL);
}

/**
 * mmp_memory_trust_new:
 *
 * Returns: (transfer full): an empty list
 */
MmpMemoryTrust *
mmp_memory_trust_new (void)
{
  return g_object_new (MMP_TYPE_MEMORY_TRUST, NULL);
}

/**
 * mmp_memory_trust_set:
 */
void
mmp_memory_trust_set (MmpMemoryTrust *self,
                      const MmpPublicKey *device,
                      MmpStanding standing)
{
  g_hash_table_insert (self->standings, mmp_public_key_copy (device), GUINT_TO_POINTER (standing));
}

/**
 * mmp_memory_trust_invite:
 *
 * Makes an invitation valid once, instead of the one before.
 */
void
mmp_memory_trust_invite (MmpMemoryTrust *self,
                         const guint8 invitation[MMP_INVITATION_SIZE])
{
  g_free (self->invitation);
  self->invitation = g_memdup2 (invitation, MMP_INVITATION_SIZE);
}
