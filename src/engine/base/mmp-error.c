/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"

#include <errno.h>

/* clang-format would put spaces into the name. */
/* clang-format off */
G_DEFINE_QUARK (mmp-error-quark, mmp_error)
/* clang-format on */

static const char *const names[] = {
  [MMP_ERROR_FAILED] = "failed",
  [MMP_ERROR_CANCELLED] = "cancelled",
  [MMP_ERROR_TIMED_OUT] = "timed-out",
  [MMP_ERROR_KEY_INVALID] = "key-invalid",
  [MMP_ERROR_KEY_USE] = "key-use",
  [MMP_ERROR_KEY_FILE] = "key-file",
  [MMP_ERROR_FILE_INVALID] = "file-invalid",
  [MMP_ERROR_INVITATION_INVALID] = "invitation-invalid",
  [MMP_ERROR_ADDRESS_INVALID] = "address-invalid",
  [MMP_ERROR_PORT_IN_USE] = "port-in-use",
  [MMP_ERROR_PORT_DENIED] = "port-denied",
  [MMP_ERROR_BROKER_NAME] = "broker-name",
  [MMP_ERROR_BROKER_UNREACHABLE] = "broker-unreachable",
  [MMP_ERROR_BROKER_TLS_TRUST] = "broker-tls-trust",
  [MMP_ERROR_BROKER_TLS_NAME] = "broker-tls-name",
  [MMP_ERROR_BROKER_TLS_EXPIRED] = "broker-tls-expired",
  [MMP_ERROR_BROKER_TLS] = "broker-tls",
  [MMP_ERROR_BROKER_LOGIN] = "broker-login",
  [MMP_ERROR_BROKER_REFUSED] = "broker-refused",
  [MMP_ERROR_BROKER_PROTOCOL] = "broker-protocol",
  [MMP_ERROR_BROKER_SUBSCRIBE] = "broker-subscribe",
  [MMP_ERROR_BROKER_PUBLISH] = "broker-publish",
  [MMP_ERROR_BROKER_LIMIT] = "broker-limit",
  [MMP_ERROR_BROKER_LOST] = "broker-lost",
  [MMP_ERROR_NO_ANSWER] = "no-answer",
  [MMP_ERROR_PENDING] = "pending",
  [MMP_ERROR_DENIED] = "denied",
  [MMP_ERROR_BUSY] = "busy",
  [MMP_ERROR_IDENTITY_MISMATCH] = "identity-mismatch",
  [MMP_ERROR_NO_DIRECT_PATH] = "no-direct-path",
  [MMP_ERROR_PROTOCOL] = "protocol",
  [MMP_ERROR_MESSAGE_INVALID] = "message-invalid",
  [MMP_ERROR_NO_SERVICE] = "no-service",
  [MMP_ERROR_SERVICE_REFUSED] = "service-refused",
  [MMP_ERROR_SERVICE_UNREACHABLE] = "service-unreachable",
  [MMP_ERROR_RULE] = "rule",
  [MMP_ERROR_LIMIT] = "limit",
  [MMP_ERROR_LINK_LOST] = "link-lost",
  [MMP_ERROR_STUN_NAME] = "stun-name",
  [MMP_ERROR_STUN_SILENT] = "stun-silent",
  [MMP_ERROR_STUN_FEW] = "stun-few",
  [MMP_ERROR_UDP_BLOCKED] = "udp-blocked",
  [MMP_ERROR_TURN_NAME] = "turn-name",
  [MMP_ERROR_TURN_UNREACHABLE] = "turn-unreachable",
  [MMP_ERROR_TURN_TLS] = "turn-tls",
  [MMP_ERROR_TURN_LOGIN] = "turn-login",
  [MMP_ERROR_TURN_REFUSED] = "turn-refused",
  [MMP_ERROR_SECRETS] = "secrets",
  [MMP_ERROR_RUNNING] = "running",
  [MMP_ERROR_DISK_FULL] = "disk-full",
  [MMP_ERROR_NOT_WRITABLE] = "not-writable",
  [MMP_ERROR_INCOMPLETE] = "incomplete",
};

/**
 * mmp_error_get_name:
 * @code: an #MmpError
 *
 * Returns: (transfer none): the stable machine-readable name of @code, such as `identity-mismatch`; `failed` for a
 *   number that is no code
 */
const char *
mmp_error_get_name (int code)
{
  if (code < 0 || code >= (int) G_N_ELEMENTS (names))
    return names[MMP_ERROR_FAILED];

  return names[code];
}

/**
 * mmp_error_from_write:
 * @code: what `errno` says of an attempt to write or make a file
 *
 * Returns: what a person can do about it: make room, or see to the permissions
 */
MmpError
mmp_error_from_write (int code)
{
  return code == ENOSPC || code == EDQUOT || code == EFBIG ? MMP_ERROR_DISK_FULL : MMP_ERROR_NOT_WRITABLE;
}
