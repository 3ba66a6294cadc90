/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Larger than any packet that a STUN or TURN server sends in answer to what is asked here */
#define MMP_STUN_MESSAGE_MAX 2048

/* What a server is asked */
typedef enum
{
  MMP_STUN_BINDING, /* from which address do you hear me (RFC 8489) */
  MMP_STUN_BINDING_OTHER_PORT, /* the same, answered from another port (RFC 5780) */
  MMP_STUN_BINDING_OTHER_ADDRESS, /* the same, answered from another address and port (RFC 5780) */
  MMP_STUN_ALLOCATE, /* lend me an address (RFC 8656) */
  MMP_STUN_RELEASE, /* take it back: REFRESH with a lifetime of 0 */
} MmpStunMethod;

/**
 * MmpStunAnswer:
 * @mapped: (nullable): where the server sees the request come from
 * @other: (nullable): the other address and port from which the server can answer; %NULL if it cannot
 * @relayed: (nullable): the address that it lends
 * @lifetime: for how long, in seconds
 * @error: 0, or the code of a refusal: 300 to 699
 * @bytes: the answer itself; a later request answers the challenge in it
 *
 * What a server said.
 */
typedef struct
{
  GSocketAddress *mapped;
  GSocketAddress *other;
  GSocketAddress *relayed;
  guint lifetime;
  guint error;
  GBytes *bytes;
} MmpStunAnswer;

void mmp_stun_answer_free (MmpStunAnswer *self);

/**
 * MmpStunRequest:
 *
 * One request, and all that is needed to tell its answer from other bytes: its transaction id and the key that signs it.
 * Immutable; the key is wiped when it is freed.
 */
typedef struct _MmpStunRequest MmpStunRequest;

MmpStunRequest *mmp_stun_request_new (MmpStunMethod method,
                                      const char *user,
                                      const char *password,
                                      const MmpStunAnswer *challenge);
void mmp_stun_request_free (MmpStunRequest *self);
GBytes *mmp_stun_request_get_bytes (const MmpStunRequest *self);

MmpStunAnswer *mmp_stun_answer_decode (const MmpStunRequest *request,
                                       const guint8 *data,
                                       gsize size,
                                       GError **error);
gsize mmp_stun_measure (const guint8 *data,
                        gsize size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpStunAnswer, mmp_stun_answer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpStunRequest, mmp_stun_request_free)

G_END_DECLS
