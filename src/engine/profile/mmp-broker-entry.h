/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "profile/mmp-entry-store.h"

G_BEGIN_DECLS

/**
 * MmpBrokerEntry:
 *
 * A broker that a person saved, without its password, in `brokers.ini`. A plain structure.
 */
typedef struct
{
  char *id; /* a UUID; "" until it is saved */
  char *host;
  guint port;
  gboolean tls;
  char *user; /* "": no login */
  char *ca_file; /* "": this machine's authorities */
} MmpBrokerEntry;

extern const MmpEntryKind mmp_broker_entry_kind;

MmpBrokerEntry *mmp_broker_entry_new (const char *host,
                                      guint port,
                                      gboolean tls);
MmpBrokerEntry *mmp_broker_entry_copy (const MmpBrokerEntry *self);
void mmp_broker_entry_free (MmpBrokerEntry *self);
char *mmp_broker_entry_get_secret_id (const char *id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpBrokerEntry, mmp_broker_entry_free)

G_END_DECLS
