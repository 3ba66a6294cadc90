/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "diagnose/mmp-check-result.h"
#include "diagnose/mmp-diagnosis-config.h"

G_BEGIN_DECLS

/**
 * MmpDiagnosisFuncs:
 * @began: (nullable): a check is under way; @subject is valid during the call
 * @result: (nullable): a check is over
 * @done: all checks are over; @usable says whether a tunnel can work: two devices find each other at a broker, or, if
 *   none was to be looked at, there is some way to the internet for it. The diagnosis may be freed in here
 */
typedef struct
{
  void (*began) (MmpCheck check,
                 const char *subject,
                 gpointer user_data);
  void (*result) (MmpCheckResult *result,
                  gpointer user_data);
  void (*done) (gboolean usable,
                gpointer user_data);
} MmpDiagnosisFuncs;

/**
 * MmpDiagnosis:
 *
 * Looks at the broker and the network, one thing after the other, and tells each result as it comes. Nothing blocks; each
 * check has a deadline. Control thread.
 */
typedef struct _MmpDiagnosis MmpDiagnosis;

MmpDiagnosis *mmp_diagnosis_new (MmpDiagnosisConfig *config,
                                 const MmpDiagnosisFuncs *funcs,
                                 gpointer user_data);
void mmp_diagnosis_free (MmpDiagnosis *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpDiagnosis, mmp_diagnosis_free)

G_END_DECLS
