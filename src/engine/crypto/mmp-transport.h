/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MmpTransport:
 *
 * The sealed messages (type 0x03 DATA) of an established session: two keys, a counter, a sliding window of 1,024, padding to 256.
 * Single owner, not thread-safe (it lives on the I/O thread). Keys in guarded memory, wiped when freed.
 */
typedef struct _MmpTransport MmpTransport;

typedef enum
{
  MMP_CONTENT_JSON = 'J',
  MMP_CONTENT_MESSAGE = 'M',
} MmpContent;

GBytes *mmp_transport_seal (MmpTransport *self, MmpContent content, gconstpointer data, gsize size, GError **error);
GBytes *mmp_transport_open (MmpTransport *self, GBytes *message, MmpContent *content, GError **error);
guint64 mmp_transport_get_sent (MmpTransport *self);
void mmp_transport_free (MmpTransport *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpTransport, mmp_transport_free)

G_END_DECLS
