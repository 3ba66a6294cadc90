/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* What is looked at, in this order; the values of each result are listed at mmp_check_result_get_values() */
typedef enum
{
  MMP_CHECK_BROKER_NAME,
  MMP_CHECK_BROKER_TCP,
  MMP_CHECK_BROKER_TLS,
  MMP_CHECK_BROKER_LOGIN,
  MMP_CHECK_BROKER_SUBSCRIBE,
  MMP_CHECK_BROKER_PUBLISH,
  MMP_CHECK_BROKER_ECHO,
  MMP_CHECK_STUN, /* once for each server */
  MMP_CHECK_UDP,
  MMP_CHECK_TCP, /* to other ports than those of the web */
  MMP_CHECK_IPV6,
  MMP_CHECK_NAT_MAPPING,
  MMP_CHECK_NAT_FILTERING,
  MMP_CHECK_NAT,
  MMP_CHECK_TURN, /* once for each server and way to it */
  MMP_CHECK_DIRECT, /* with which networks a direct path is to be expected */

  /* Of a connection, by MmpExamination */
  MMP_CHECK_NETWORK, /* whether there is one */
  MMP_CHECK_DEVICE, /* whether the other side is there, and trusts this one */
  MMP_CHECK_PATH, /* which way data goes */
  MMP_CHECK_SERVICE, /* once for each: whether it answers */
} MmpCheck;

typedef enum
{
  MMP_CHECK_STATUS_OK,
  MMP_CHECK_STATUS_WARNING, /* it works, but not as well as it might; or it is not known */
  MMP_CHECK_STATUS_FAILED,
  MMP_CHECK_STATUS_SKIPPED, /* not asked for, or it makes no sense after what failed before */
} MmpCheckStatus;

#define MMP_TYPE_CHECK_RESULT (mmp_check_result_get_type ())

/**
 * MmpCheckResult:
 *
 * What came out of one check. Immutable, reference counted atomically.
 */
typedef struct _MmpCheckResult MmpCheckResult;

const char *mmp_check_get_name (MmpCheck check);
const char *mmp_check_status_get_name (MmpCheckStatus status);

GType mmp_check_result_get_type (void) G_GNUC_CONST;
MmpCheckResult *mmp_check_result_new (MmpCheck check,
                                      const char *subject,
                                      MmpCheckStatus status,
                                      const GError *cause,
                                      GVariant *values);
MmpCheckResult *mmp_check_result_ref (MmpCheckResult *self);
void mmp_check_result_unref (MmpCheckResult *self);
MmpCheck mmp_check_result_get_check (MmpCheckResult *self);
const char *mmp_check_result_get_subject (MmpCheckResult *self);
MmpCheckStatus mmp_check_result_get_status (MmpCheckResult *self);
const GError *mmp_check_result_get_cause (MmpCheckResult *self);
GVariant *mmp_check_result_get_values (MmpCheckResult *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpCheckResult, mmp_check_result_unref)

G_END_DECLS
