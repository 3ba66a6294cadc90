/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-limits.h"
#include "base/mmp-series.h"
#include "link/mmp-allowance.h"
#include "link/mmp-lane.h"
#include "link/mmp-link.h"
#include "link/mmp-stream-private.h"

G_BEGIN_DECLS

#define MMP_NEVER G_MAXINT64

/* An attached carrier */
typedef struct
{
  MmpCarrier *carrier;
  guint serial;
  MmpCarrierKind kind;
  guint64 generation;
  gint64 attached_at;
  gint64 pinged_at;
  gint64 heard_at; /* last PONG, or first contact; -1: nothing came yet */
  gint64 rtt; /* -1: no PONG yet */
  MmpSeries *rtts; /* the newest */
  gboolean stalled; /* no PONG in time; until one comes */
  gboolean deaf; /* belongs to a past that was forgotten */
  gboolean report; /* tell the owner that it stalled */
} MmpPath;

/* What waits to be sent in a lane */
typedef struct
{
  GQueue small; /* streams with control frames or little data: first */
  GQueue bulk; /* streams with much data */
  GArray *resets; /* MmpReset */
  GQueue finished; /* stream ids whose FIN is not acknowledged, in the order of their messages */
  guint32 last_opened; /* highest stream id that the other side opened here */
} MmpSchedule;

typedef struct
{
  guint32 stream;
  guint code;
} MmpReset;

struct _MmpLink
{
  GObject parent_instance;

  MmpLinkRole role;
  MmpClock *clock;
  MmpLinkFuncs funcs;
  gpointer user_data;
  gboolean closed;
  guint epoch; /* changes when streams and numbers begin anew: whoever called out checks it before going on */

  guint timer;
  gint64 timer_due;
  gboolean turning; /* in its turn, which sets the timer at its end */
  gboolean again; /* another turn is wanted at once */

  GPtrArray *paths; /* MmpPath */
  MmpPath *current; /* what is sent on; NULL: none is alive */
  guint last_serial;
  guint told; /* serial number of the path that the owner knows as current; 0: none */
  int peer_path;
  gint64 probed_at; /* -1: never */
  gint64 relays_since; /* when streams began to need them */

  MmpLane *lanes[MMP_LINK_LANES];
  MmpSchedule schedules[MMP_LINK_LANES];
  GQueue json; /* char *, for lane 0 */
  MmpAllowance *allowance;
  gint64 paid_at; /* when a message went out that only acknowledges */
  guint paid_lane; /* which lane is the next to be looked at for that */
  gboolean limited; /* something had to wait for the allowance or for space */

  GHashTable *streams; /* id -> MmpStream */
  guint32 last_stream; /* id of the last one opened here */
  gint64 streams_since; /* when the first of them came */
  GArray *ended; /* ids of streams to look at: they may be over */
  MmpPool *pool;

  gint64 hold;
  gint64 outage_since; /* when the last carrier died */

  guint64 bytes_sent;
  guint64 bytes_received;
};

/* mmp-link.c */
gint64 mmp_link_now (MmpLink *self);
void mmp_link_wake (MmpLink *self,
                    gint64 due);
void mmp_link_break (MmpLink *self,
                     const char *reason);
void mmp_link_add_stream (MmpLink *self,
                          MmpStream *stream);
void mmp_link_remove_stream (MmpLink *self,
                             MmpStream *stream);
void mmp_link_check_stream (MmpLink *self,
                            MmpStream *stream);

/* mmp-link-paths.c */
void mmp_path_free (gpointer data);
MmpPath *mmp_link_find_path (MmpLink *self,
                             MmpCarrier *carrier);
void mmp_link_note_contact (MmpLink *self,
                            MmpPath *path);
void mmp_link_note_pong (MmpLink *self,
                         MmpPath *path,
                         guint64 sent_at);
gint64 mmp_link_get_rtt (MmpLink *self);
void mmp_link_turn_paths (MmpLink *self);
gint64 mmp_link_get_paths_due (MmpLink *self);

/* mmp-link-send.c */
void mmp_schedule_init (MmpSchedule *self);
void mmp_schedule_clear (MmpSchedule *self);
void mmp_link_send_bare (MmpLink *self,
                         MmpPath *path,
                         guint lane);
void mmp_link_send_probe (MmpLink *self,
                          MmpPath *path,
                          MmpFrameType type,
                          guint64 value);
void mmp_link_queue_stream (MmpLink *self,
                            MmpStream *stream);
void mmp_link_queue_reset (MmpLink *self,
                           guint lane,
                           guint32 stream,
                           guint code);
void mmp_link_owe (MmpLink *self,
                   guint lane,
                   gsize size);
void mmp_link_restart_lanes (MmpLink *self);
void mmp_link_turn_lanes (MmpLink *self);
gint64 mmp_link_get_lanes_due (MmpLink *self);

/* mmp-link-receive.c */
void mmp_link_receive (MmpLink *self,
                       MmpPath *path,
                       GBytes *bytes);

G_END_DECLS
