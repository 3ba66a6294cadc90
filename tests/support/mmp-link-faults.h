/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "link/mmp-link.h"

G_BEGIN_DECLS

/* When faults end, and a last carrier comes soon after */
#define MMP_LINK_FAULTS_END (70 * G_USEC_PER_SEC)

/**
 * MmpLinkFaultsConfig:
 * @loss, @reorder, @duplicate: of relays, see #MmpLoopbackConfig
 * @direct_loss: a direct carrier that loses: the link does not rely on it
 * @sessions: relays are replaced
 * @relay_at_the_end: the last carrier is a relay
 */
typedef struct
{
  double loss;
  double reorder;
  double duplicate;
  double direct_loss;
  gboolean sessions;
  gboolean relay_at_the_end;
} MmpLinkFaultsConfig;

/**
 * MmpLinkFaults:
 *
 * What happens to two links in a hostile network: direct attempts that appear, skewed, and die in one or both directions,
 * freeze and come back, or fail; relays that lose, reorder, repeat, and are replaced.
 */
typedef struct _MmpLinkFaults MmpLinkFaults;

MmpLinkFaults *mmp_link_faults_new (const MmpLinkFaultsConfig *config,
                                    GRand *random,
                                    MmpClock *clock,
                                    MmpLink *links[2]);
void mmp_link_faults_free (MmpLinkFaults *self);
gint64 mmp_link_faults_get_due (MmpLinkFaults *self);
void mmp_link_faults_act (MmpLinkFaults *self);

G_END_DECLS
