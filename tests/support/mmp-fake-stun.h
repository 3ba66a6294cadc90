/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "diagnose/mmp-nat-kind.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  MMP_FAKE_STUN_HONEST,
  MMP_FAKE_STUN_SILENT,
  MMP_FAKE_STUN_WRONG_ID, /* answers another transaction */
  MMP_FAKE_STUN_TRUNCATED,
  MMP_FAKE_STUN_OVERSIZE,
  MMP_FAKE_STUN_ADDRESSLESS, /* a good answer without an address */
  MMP_FAKE_STUN_NOISY, /* all of these at once, then the right answer */
  MMP_FAKE_STUN_DEAF_AT_FIRST, /* answers the third time */
} MmpFakeStunManner;

/**
 * MmpFakeStun:
 * @manner: how it answers
 * @two_addresses: whether it has a second address (127.0.0.2) and port and says so
 * @lies_about_it: says so, but answers from where it was asked
 * @translated: whether it behaves as if a NAT stood in between, which it does by
 * @mapping: the addresses that it tells, and by
 * @filtering: the answers that it holds back
 *
 * A STUN server on loopback, RFC 5780 included. The settings may be changed at any time.
 */
typedef struct
{
  MmpFakeStunManner manner;
  gboolean two_addresses;
  gboolean lies_about_it;
  gboolean translated;
  MmpNatRule mapping;
  MmpNatRule filtering;
  guint requests;
  /* private */
  GSocket *sockets[4];
  GSource *sources[4];
} MmpFakeStun;

MmpFakeStun *mmp_fake_stun_new (void);
void mmp_fake_stun_free (MmpFakeStun *self);
char *mmp_fake_stun_get_uri (MmpFakeStun *self);
char *mmp_fake_stun_get_second_uri (MmpFakeStun *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpFakeStun, mmp_fake_stun_free)

G_END_DECLS
