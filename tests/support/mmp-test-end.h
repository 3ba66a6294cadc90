/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-context.h"
#include "rtc/mmp-peer.h"

G_BEGIN_DECLS

#define MMP_TEST_CHANNELS 4

typedef struct _MmpTestEnd MmpTestEnd;

/**
 * MmpTestEndFunc:
 * @sdp: (nullable): the end's description, or
 * @candidate: (nullable): a candidate of it
 *
 * What an end has to say to the other side.
 */
typedef void (*MmpTestEndFunc) (MmpTestEnd *self,
                                const char *sdp,
                                const char *candidate);

/**
 * MmpTestEnd:
 *
 * A peer and what was heard of it. What it says goes to `other`, or to `say` if that is set. On its data side it sends
 * `limit` numbered messages on each channel and checks what comes, or hands all of it to `bridge`.
 */
struct _MmpTestEnd
{
  MmpPeer *peer;
  MmpTestEnd *other;
  MmpTestEndFunc say;
  gpointer say_data;

  gboolean described;
  gboolean verified;
  gboolean destroyed;
  gboolean close_on_failure;
  guint n_candidates;
  MmpCandidatePair pair;
  GError *error;

  /* I/O thread */
  GMainContext *io;
  MmpPeer *bridge;
  guint32 limit;
  guint32 sent[MMP_TEST_CHANNELS];
  guint32 received[MMP_TEST_CHANNELS];
  gint n_received; /* atomic */
  gint wrong; /* atomic */
  gint closed; /* atomic */
};

void mmp_test_end_init (MmpTestEnd *self,
                        MmpPeerRole role,
                        MmpIoThread *io,
                        MmpTestEnd *other);
void mmp_test_end_clear (MmpTestEnd *self);
void mmp_test_end_hear (MmpTestEnd *self,
                        const char *sdp,
                        const char *candidate);
void mmp_test_end_begin (MmpTestEnd *self,
                         guint32 limit);
void mmp_test_end_settle (MmpTestEnd *self);

char *mmp_test_sdp_dup_fingerprint (const char *sdp);
char *mmp_test_sdp_set_fingerprint (const char *sdp,
                                    const char *fingerprint);

/**
 * MmpTestEnds:
 *
 * Two ends that talk to each other: @a offers.
 */
typedef struct
{
  MmpIoThread *io;
  MmpTestEnd a;
  MmpTestEnd b;
} MmpTestEnds;

MmpTestEnds *mmp_test_ends_new (void);
void mmp_test_ends_free (MmpTestEnds *self);
void mmp_test_ends_connect (MmpTestEnds *self);
void mmp_test_ends_begin (MmpTestEnds *self,
                          guint32 limit);
void mmp_test_ends_exchange (MmpTestEnds *self,
                             guint32 limit);
void mmp_test_ends_settle (MmpTestEnds *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpTestEnds, mmp_test_ends_free)

G_END_DECLS
