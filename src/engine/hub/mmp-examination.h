/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "diagnose/mmp-check-result.h"
#include "hub/mmp-connection.h"

G_BEGIN_DECLS

/* What is looked at, in the order in which a connection is made */
typedef enum
{
  MMP_EXAMINED_NETWORK,
  MMP_EXAMINED_BROKER,
  MMP_EXAMINED_DEVICE,
  MMP_EXAMINED_NAT,
  MMP_EXAMINED_SERVERS, /* STUN and TURN */
  MMP_EXAMINED_PATH,
  MMP_EXAMINED_SERVICE,
  MMP_EXAMINED_N,
} MmpExamined;

typedef enum
{
  MMP_FINDING_NONE, /* not checked, or there is nothing to check */
  MMP_FINDING_UNDER_WAY,
  MMP_FINDING_PASSED,
  MMP_FINDING_WARNING,
  MMP_FINDING_FAILED,
} MmpFinding;

#define MMP_TYPE_EXAMINATION (mmp_examination_get_type ())

G_DECLARE_FINAL_TYPE (MmpExamination, mmp_examination, MMP, EXAMINATION, GObject)

/**
 * MmpExamination:
 *
 * Looks why a connection does not come up, or not as well as it might; one that is stopped, too. The signal `changed` says
 * that something was found, or is looked at now. Belongs to its connection; control thread.
 */
MmpExamination *mmp_connection_get_examination (MmpConnection *connection);
void mmp_examination_start (MmpExamination *self);
void mmp_examination_cancel (MmpExamination *self);
gboolean mmp_examination_is_running (MmpExamination *self);
guint mmp_examination_count_done (MmpExamination *self);
MmpFinding mmp_examination_get_finding (MmpExamination *self,
                                        MmpExamined examined);
GPtrArray *mmp_examination_list_results (MmpExamination *self,
                                         MmpExamined examined);
MmpCheckResult *mmp_examination_find_result (MmpExamination *self,
                                             MmpCheck check);
MmpCheckResult *mmp_examination_get_worst (MmpExamination *self,
                                           MmpExamined examined);
const char *mmp_finding_get_name (MmpFinding finding);
const char *mmp_examined_get_name (MmpExamined examined);
char *mmp_examination_report (MmpExamination *self,
                              gboolean with_addresses);

G_END_DECLS
