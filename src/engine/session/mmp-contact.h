/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/mmp-signaling.h"

G_BEGIN_DECLS

/**
 * MmpContact:
 * @session: owned
 * @topic_in: where its messages come in
 * @since: when it was made
 * @probe_at: when to say hello again to see whether the other side is there
 * @silent_at: when it counts as silent, unless something is heard before
 * @confirmed: something was heard since the broker was away
 * @hello: the other side said hello
 * @resumed, @name: what it said, once @hello
 * @status, @retry: what it said last, once @has_status
 * @bye: it ended the session
 * @worn: the numbers are nearly used up
 *
 * One session with the listener as the dialer sees it, from HS2 on. Control thread; times in microseconds of @clock.
 */
typedef struct _MmpContact MmpContact;

/* Something changed */
typedef void (*MmpContactFunc) (gpointer user_data);

struct _MmpContact
{
  MmpSession *session;
  MmpSignaling *signaling;
  MmpClock *clock;
  char *topic_in;
  gint64 since;
  gint64 probe_at;
  gint64 silent_at;
  gboolean confirmed;
  gboolean hello;
  gboolean resumed;
  char *name;
  gboolean has_status;
  MmpSignalStatus status;
  guint retry;
  gboolean bye;
  gboolean worn;
  MmpContactFunc changed;
  gpointer user_data;
};

MmpContact *mmp_contact_new (MmpSignaling *signaling,
                             MmpClock *clock,
                             const MmpPublicKey *listener,
                             const char *topic_in,
                             const char *topic_out,
                             MmpTransport *transport,
                             MmpContactFunc changed,
                             gpointer user_data);
void mmp_contact_free (MmpContact *self);
void mmp_contact_say_hello (MmpContact *self,
                            const guint8 link_name[MMP_LINK_NAME_SIZE],
                            const char *name);
void mmp_contact_say_bye (MmpContact *self);
void mmp_contact_revive (MmpContact *self);
gboolean mmp_contact_is_heard (const MmpContact *self);
gboolean mmp_contact_is_good (const MmpContact *self);
gboolean mmp_contact_check (const MmpContact *self,
                            GError **error);
gboolean mmp_contact_is_over (const MmpContact *self);
gint64 mmp_contact_get_next (const MmpContact *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpContact, mmp_contact_free)

G_END_DECLS
