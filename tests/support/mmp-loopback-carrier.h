/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-clock.h"
#include "link/mmp-carrier.h"

G_BEGIN_DECLS

/**
 * MmpLoopbackConfig:
 * @delay: microseconds from one end to the other
 * @jitter: up to so much more, by chance; a direct carrier keeps the order of each lane all the same
 * @rate: bytes a second in each direction; 0: no limit
 * @buffer: bytes a lane that may wait for the rate before get_space() is 0; 0: 128 KiB
 * @loss, @reorder, @duplicate: relay only: how likely a message is lost, comes up to a second later, or comes again up to
 *   30 s later
 * @seed: of the chance
 */
typedef struct
{
  MmpCarrierKind kind;
  guint64 generation;
  gint64 delay;
  gint64 jitter;
  guint64 rate;
  gsize buffer;
  double loss;
  double reorder;
  double duplicate;
  guint32 seed;
} MmpLoopbackConfig;

#define MMP_TYPE_LOOPBACK_CARRIER (mmp_loopback_carrier_get_type ())

G_DECLARE_FINAL_TYPE (MmpLoopbackCarrier, mmp_loopback_carrier, MMP, LOOPBACK_CARRIER, MmpCarrier)

/**
 * MmpLoopbackCarrier:
 *
 * One end of a carrier inside the process. A direct one brings every message in the order of its lane as long as it
 * works; a relay may do anything. Whatever is done to an end is about what that end sends.
 */
void mmp_loopback_carrier_new_pair (MmpClock *clock,
                                    const MmpLoopbackConfig *config,
                                    MmpCarrier **first,
                                    MmpCarrier **second);
void mmp_loopback_carrier_cut (MmpCarrier *carrier);
void mmp_loopback_carrier_freeze (MmpCarrier *carrier);
void mmp_loopback_carrier_thaw (MmpCarrier *carrier);
void mmp_loopback_carrier_fail (MmpCarrier *carrier);
void mmp_loopback_carrier_set_noise (MmpCarrier *carrier,
                                     double loss,
                                     double reorder,
                                     double duplicate);
guint mmp_loopback_carrier_get_n_sent (MmpCarrier *carrier);
guint64 mmp_loopback_carrier_get_bytes_sent (MmpCarrier *carrier);

G_END_DECLS
