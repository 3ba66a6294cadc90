/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-limits.h"
#include "link/mmp-link.h"
#include "mmp-loopback-carrier.h"
#include "mmp-test-stream.h"

G_BEGIN_DECLS

/**
 * MmpLinkSide:
 * @log: what the link called, but `rtt`: "carrier relay;open service;lost direct stalled;…"
 * @came, @opened: the users of streams that the other side, and this side, opened
 * @refuse: 0: take streams
 * @answer: how many bytes each stream that comes is answered with
 */
typedef struct
{
  MmpLink *link;
  GString *log;
  GPtrArray *came; /* MmpTestStream */
  GPtrArray *opened; /* MmpTestStream */
  MmpStreamCode refuse;
  guint64 answer;
  guint n_rtts;
} MmpLinkSide;

/**
 * MmpLinkPair:
 *
 * Two links in virtual time; side 0 is the initiator's. A fixture for g_test_add().
 */
typedef struct
{
  MmpClock *clock;
  MmpLinkSide sides[2];
  guint64 generation;
} MmpLinkPair;

extern const MmpLoopbackConfig mmp_link_pair_direct; /* 10 ms one way */
extern const MmpLoopbackConfig mmp_link_pair_relay; /* 50 ms one way */

void mmp_link_pair_set_up (MmpLinkPair *self,
                           gconstpointer data);
void mmp_link_pair_tear_down (MmpLinkPair *self,
                              gconstpointer data);
void mmp_link_pair_run_for (MmpLinkPair *self,
                            gint64 duration);
void mmp_link_pair_attach (MmpLinkPair *self,
                           const MmpLoopbackConfig *config,
                           MmpCarrier *ends[2]);
MmpTestStream *mmp_link_side_open (MmpLinkSide *self,
                                   const char *service,
                                   guint64 to_send);
MmpTestStream *mmp_link_side_get_stream (MmpLinkSide *self,
                                         guint i);
void mmp_link_side_clear_log (MmpLinkSide *self);

G_END_DECLS
