/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-session"

#include "session/mmp-guest-list.h"

#include <string.h>

#include "base/mmp-limits.h"
#include "crypto/mmp-crypto.h"

#define LINKS_PER_DEVICE_MAX 4
#define STRANGERS_MAX 8

/* A living initiator is heard every 15 s; one that was silent for so long gives its place to others of its kind. */
#define GONE_AFTER MMP_SECONDS (60)

struct _MmpGuestList
{
  guint sessions_max;
  GHashTable *guests; /* MmpPublicKey in MmpGuest, E -> MmpGuest */
};

static void
guest_free (gpointer data)
{
  MmpGuest *guest = data;

  g_clear_object (&guest->session);
  if (guest->invitation != NULL)
    mmp_crypto_wipe (guest->invitation, MMP_INVITATION_SIZE);
  g_free (guest->invitation);
  g_free (guest->name);
  g_free (guest->topic_in);
  g_free (guest);
}

/**
 * mmp_guest_list_new:
 * @sessions_max: how many may be linked at a time
 *
 * Returns: (transfer full): an empty list
 */
MmpGuestList *
mmp_guest_list_new (guint sessions_max)
{
  MmpGuestList *self = g_new0 (MmpGuestList, 1);

  self->sessions_max = sessions_max;
  self->guests = g_hash_table_new_full (mmp_public_key_hash, mmp_public_key_equal, NULL, guest_free);

  return self;
}

/**
 * mmp_guest_list_free:
 * @self: (nullable): a list
 */
void
mmp_guest_list_free (MmpGuestList *self)
{
  if (self == NULL)
    return;

  g_hash_table_unref (self->guests);
  g_free (self);
}

/**
 * mmp_guest_list_add:
 * @ephemeral: E, not in the list yet
 * @device: whose session it is
 *
 * Returns: (transfer none): a new pending guest
 */
MmpGuest *
mmp_guest_list_add (MmpGuestList *self,
                    const MmpPublicKey *ephemeral,
                    const MmpPublicKey *device)
{
  MmpGuest *guest = g_new0 (MmpGuest, 1);

  guest->ephemeral = *ephemeral;
  guest->device = *device;
  guest->phase = MMP_GUEST_PENDING;
  g_hash_table_insert (self->guests, &guest->ephemeral, guest);

  return guest;
}

/**
 * mmp_guest_list_remove:
 * @guest: (transfer full): one of the list
 */
void
mmp_guest_list_remove (MmpGuestList *self,
                       MmpGuest *guest)
{
  g_hash_table_remove (self->guests, &guest->ephemeral);
}

/**
 * mmp_guest_list_get_any:
 * @device: (nullable): whose; %NULL for anybody's
 *
 * Returns: (transfer none) (nullable): one of them, whatever its phase
 */
MmpGuest *
mmp_guest_list_get_any (MmpGuestList *self,
                        const MmpPublicKey *device)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->guests);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      MmpGuest *guest = value;

      if (device == NULL || mmp_public_key_equal (&guest->device, device))
        return guest;
    }

  return NULL;
}

/**
 * mmp_guest_list_find:
 * @ephemeral: E
 *
 * Returns: (transfer none) (nullable): the session with this E
 */
MmpGuest *
mmp_guest_list_find (MmpGuestList *self,
                     const MmpPublicKey *ephemeral)
{
  return g_hash_table_lookup (self->guests, ephemeral);
}

/**
 * mmp_guest_list_find_asking:
 * @device: who may wait for an answer
 *
 * Returns: (transfer none) (nullable): its session that waits; there is one at most
 */
MmpGuest *
mmp_guest_list_find_asking (MmpGuestList *self,
                            const MmpPublicKey *device)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->guests);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      MmpGuest *guest = value;

      if (guest->phase == MMP_GUEST_ASKING && mmp_public_key_equal (&guest->device, device))
        return guest;
    }

  return NULL;
}

static gboolean
is_same_link (const MmpGuest *a,
              const MmpGuest *b)
{
  return mmp_public_key_equal (&a->device, &b->device) && memcmp (a->link_name, b->link_name, MMP_LINK_NAME_SIZE) == 0;
}

/**
 * mmp_guest_list_find_replaced:
 * @guest: one that said hello
 *
 * Returns: (transfer none) (nullable): the older session of the same link, which @guest takes over from
 */
MmpGuest *
mmp_guest_list_find_replaced (MmpGuestList *self,
                              const MmpGuest *guest)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->guests);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      MmpGuest *other = value;

      if (other != guest && other->phase == MMP_GUEST_LINKED && is_same_link (other, guest))
        return other;
    }

  return NULL;
}

/* Of some of the linked guests: how many, and which was not heard for longest */
typedef struct
{
  guint n;
  MmpGuest *oldest;
} Group;

static void
group_add (Group *group,
           MmpGuest *guest)
{
  group->n++;
  if (group->oldest == NULL || guest->heard < group->oldest->heard)
    group->oldest = guest;
}

static gboolean
is_gone (const Group *group,
         gint64 now)
{
  return group->oldest != NULL && now - group->oldest->heard >= GONE_AFTER;
}

/**
 * mmp_guest_list_find_room:
 * @guest: one that said hello and may come in; @stranger is right
 * @now: the time
 * @leaving: (out) (nullable) (transfer none): who has to go for it; set in any case
 *
 * A device has at most four links; of more, the one not heard for longest goes. Strangers have eight places and never take
 * one from a trusted device that lives; a trusted device may take a stranger's. The session that @guest replaces does not
 * count.
 *
 * Returns: whether there is room for @guest
 */
gboolean
mmp_guest_list_find_room (MmpGuestList *self,
                          const MmpGuest *guest,
                          gint64 now,
                          MmpGuest **leaving)
{
  const MmpGuest *replaced = mmp_guest_list_find_replaced (self, guest);
  Group device = { 0 };
  Group strangers = { 0 };
  Group trusted = { 0 };
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->guests);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      MmpGuest *other = value;

      if (other == guest || other == replaced || other->phase != MMP_GUEST_LINKED)
        continue;
      if (mmp_public_key_equal (&other->device, &guest->device))
        group_add (&device, other);
      group_add (other->stranger ? &strangers : &trusted, other);
    }

  *leaving = NULL;
  if (device.n >= LINKS_PER_DEVICE_MAX)
    *leaving = device.oldest;
  else if (guest->stranger && strangers.n >= STRANGERS_MAX)
    *leaving = is_gone (&strangers, now) ? strangers.oldest : NULL;
  else if (strangers.n + trusted.n < self->sessions_max)
    return TRUE;
  else if (guest->stranger)
    *leaving = is_gone (&strangers, now) ? strangers.oldest : NULL;
  else if (strangers.n > 0)
    *leaving = strangers.oldest;
  else
    *leaving = is_gone (&trusted, now) ? trusted.oldest : NULL;

  return *leaving != NULL;
}
