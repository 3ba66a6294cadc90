/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/mmp-session.h"
#include "session/mmp-trust.h"

G_BEGIN_DECLS

typedef enum
{
  MMP_GUEST_PENDING, /* HS2 was sent, no valid DATA came yet */
  MMP_GUEST_ASKING, /* a person has to decide */
  MMP_GUEST_LINKED,
  MMP_GUEST_LEAVING, /* replaced by a newer session; read for a while */
} MmpGuestPhase;

/**
 * MmpGuest:
 * @ephemeral: E, which names the session
 * @stranger: @device is not known; may change with the hello
 * @session: (nullable): owned
 * @topic_in: where its messages come in
 * @invitation: (nullable): a valid one that HS1 carried, %MMP_INVITATION_SIZE bytes, wiped when freed
 * @link_name, @name: what the first hello said
 * @resumed: what the hello was answered with
 * @since, @heard: in microseconds
 * @timer, @owner: for the owner of the list
 *
 * One session at a listener, from HS2 on.
 */
typedef struct
{
  MmpPublicKey ephemeral;
  MmpPublicKey device;
  gboolean stranger;
  MmpGuestPhase phase;
  MmpSession *session;
  char *topic_in;
  guint8 *invitation;
  guint8 link_name[MMP_LINK_NAME_SIZE];
  char *name;
  gboolean resumed;
  gint64 since;
  gint64 heard;
  guint timer;
  gpointer owner;
} MmpGuest;

/**
 * MmpGuestList:
 *
 * The sessions of a listener, and which of them makes room for another. Pure: it closes nothing.
 */
typedef struct _MmpGuestList MmpGuestList;

MmpGuestList *mmp_guest_list_new (guint sessions_max);
void mmp_guest_list_free (MmpGuestList *self);
MmpGuest *mmp_guest_list_add (MmpGuestList *self,
                              const MmpPublicKey *ephemeral,
                              const MmpPublicKey *device);
void mmp_guest_list_remove (MmpGuestList *self,
                            MmpGuest *guest);
MmpGuest *mmp_guest_list_get_any (MmpGuestList *self,
                                  const MmpPublicKey *device);
MmpGuest *mmp_guest_list_find (MmpGuestList *self,
                               const MmpPublicKey *ephemeral);
MmpGuest *mmp_guest_list_find_asking (MmpGuestList *self,
                                      const MmpPublicKey *device);
MmpGuest *mmp_guest_list_find_replaced (MmpGuestList *self,
                                        const MmpGuest *guest);
gboolean mmp_guest_list_find_room (MmpGuestList *self,
                                   const MmpGuest *guest,
                                   gint64 now,
                                   MmpGuest **leaving);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpGuestList, mmp_guest_list_free)

G_END_DECLS
