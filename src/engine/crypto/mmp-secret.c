/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-crypto"

#include "crypto/mmp-secret.h"

#include <string.h>

#include "crypto/mmp-crypto-private.h"

struct _MmpSecret
{
  char *data; /* guarded; a zero byte follows */
  gsize size;
};

G_DEFINE_BOXED_TYPE (MmpSecret, mmp_secret, mmp_secret_ref, mmp_secret_unref)

static void
mmp_secret_clear (gpointer data)
{
  MmpSecret *self = data;

  mmp_crypto_guarded_free (self->data);
}

/**
 * mmp_secret_new:
 * @data: (array length=size): what is secret; still the caller's to wipe
 * @size: its bytes, 0 to 1 MiB
 *
 * Returns: (transfer full): a copy in guarded memory
 */
MmpSecret *
mmp_secret_new (gconstpointer data,
                gsize size)
{
  MmpSecret *self = g_atomic_rc_box_new0 (MmpSecret);

  self->data = mmp_crypto_guarded_new (size + 1);
  if (size > 0)
    memcpy (self->data, data, size);
  self->data[size] = '\0';
  self->size = size;

  return self;
}

/**
 * mmp_secret_ref:
 *
 * Returns: (transfer full): @self
 */
MmpSecret *
mmp_secret_ref (MmpSecret *self)
{
  return g_atomic_rc_box_acquire (self);
}

/**
 * mmp_secret_unref:
 * @self: (transfer full): a secret
 */
void
mmp_secret_unref (MmpSecret *self)
{
  g_atomic_rc_box_release_full (self, mmp_secret_clear);
}

/**
 * mmp_secret_get_data:
 * @size: (out) (optional): its bytes
 *
 * Returns: (transfer none): the secret, with a zero byte behind, so that a password is a string
 */
const char *
mmp_secret_get_data (MmpSecret *self,
                     gsize *size)
{
  if (size != NULL)
    *size = self->size;

  return self->data;
}
