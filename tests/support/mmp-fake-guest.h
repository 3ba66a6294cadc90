/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * MmpFakeGuest:
 *
 * A client that is connected to a fake broker: what it sent and subscribed to, and what is on its way to it.
 */
typedef struct _MmpFakeGuest MmpFakeGuest;

/**
 * MmpFakeGuestFuncs:
 * @packet: a whole packet came; @data is what follows the fixed header
 * @closed: it is gone, or was closed by mmp_fake_guest_close()
 */
typedef struct
{
  void (*packet) (MmpFakeGuest *guest,
                  guint8 first,
                  const guint8 *data,
                  gsize size,
                  gpointer user_data);
  void (*closed) (MmpFakeGuest *guest,
                  gpointer user_data);
} MmpFakeGuestFuncs;

MmpFakeGuest *mmp_fake_guest_new (GIOStream *stream,
                                  const MmpFakeGuestFuncs *funcs,
                                  gpointer user_data);
void mmp_fake_guest_drop (gpointer guest);
void mmp_fake_guest_set_v5 (MmpFakeGuest *guest,
                            gboolean v5);
gboolean mmp_fake_guest_is_v5 (MmpFakeGuest *guest);
void mmp_fake_guest_subscribe (MmpFakeGuest *guest,
                               const char *filter);
void mmp_fake_guest_unsubscribe (MmpFakeGuest *guest,
                                 const char *filter);
gboolean mmp_fake_guest_is_subscribed (MmpFakeGuest *guest,
                                       const char *topic);
guint16 mmp_fake_guest_make_id (MmpFakeGuest *guest);
void mmp_fake_guest_send (MmpFakeGuest *guest,
                          gconstpointer data,
                          gsize size);
void mmp_fake_guest_send_packet (MmpFakeGuest *guest,
                                 guint8 first,
                                 gconstpointer body,
                                 gsize size);
void mmp_fake_guest_pause (MmpFakeGuest *guest);
void mmp_fake_guest_close (MmpFakeGuest *guest);

G_END_DECLS
