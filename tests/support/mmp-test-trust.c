/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-test-trust.h"

#include <string.h>

#include "crypto/mmp-crypto.h"

struct _MmpTestTrust
{
  GObject parent_instance;

  GHashTable *standings; /* MmpPublicKey -> MmpStanding */
  gboolean invites;
  guint8 invitation[MMP_INVITATION_SIZE];
};

static MmpStanding
get_standing (MmpTrust *trust,
              const MmpPublicKey *device)
{
  MmpTestTrust *self = MMP_TEST_TRUST (trust);

  return (MmpStanding) GPOINTER_TO_INT (g_hash_table_lookup (self->standings, device));
}

static gboolean
has_invitation (MmpTrust *trust)
{
  return MMP_TEST_TRUST (trust)->invites;
}

static gboolean
check_invitation (MmpTrust *trust,
                  const guint8 invitation[MMP_INVITATION_SIZE])
{
  MmpTestTrust *self = MMP_TEST_TRUST (trust);

  return self->invites && mmp_crypto_equal (self->invitation, invitation, MMP_INVITATION_SIZE);
}

static gboolean
use_invitation (MmpTrust *trust,
                const guint8 invitation[MMP_INVITATION_SIZE],
                const MmpPublicKey *device,
                const char *name)
{
  MmpTestTrust *self = MMP_TEST_TRUST (trust);

  if (!check_invitation (trust, invitation))
    return FALSE;
  self->invites = FALSE;
  mmp_test_trust_set (self, device, MMP_STANDING_TRUSTED);

  return TRUE;
}

static void
trust_init (MmpTrustInterface *iface)
{
  iface->get_standing = get_standing;
  iface->has_invitation = has_invitation;
  iface->check_invitation = check_invitation;
  iface->use_invitation = use_invitation;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (MmpTestTrust, mmp_test_trust, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (MMP_TYPE_TRUST, trust_init))

static void
mmp_test_trust_finalize (GObject *object)
{
  g_hash_table_unref (MMP_TEST_TRUST (object)->standings);

  G_OBJECT_CLASS (mmp_test_trust_parent_class)->finalize (object);
}

static void
mmp_test_trust_class_init (MmpTestTrustClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mmp_test_trust_finalize;
}

static void
mmp_test_trust_init (MmpTestTrust *self)
{
  self->standings = g_hash_table_new_full (mmp_public_key_hash, mmp_public_key_equal, (GDestroyNotify) mmp_public_key_free, NULL);
}

/**
 * mmp_test_trust_new:
 *
 * Returns: (transfer full): a list that knows nobody
 */
MmpTestTrust *
mmp_test_trust_new (void)
{
  return g_object_new (MMP_TYPE_TEST_TRUST, NULL);
}

/**
 * mmp_test_trust_set:
 *
 * Says what is known of a device.
 */
void
mmp_test_trust_set (MmpTestTrust *self,
                    const MmpPublicKey *device,
                    MmpStanding standing)
{
  g_hash_table_replace (self->standings, mmp_public_key_copy (device), GINT_TO_POINTER (standing));
}

/**
 * mmp_test_trust_invite:
 *
 * From now on @invitation is the one that is outstanding.
 */
void
mmp_test_trust_invite (MmpTestTrust *self,
                       const guint8 invitation[MMP_INVITATION_SIZE])
{
  memcpy (self->invitation, invitation, MMP_INVITATION_SIZE);
  self->invites = TRUE;
}
