/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "diagnose/mmp-check-result.h"

struct _MmpCheckResult
{
  MmpCheck check;
  char *subject;
  MmpCheckStatus status;
  GError *cause; /* nullable */
  GVariant *values;
};

G_DEFINE_BOXED_TYPE (MmpCheckResult, mmp_check_result, mmp_check_result_ref, mmp_check_result_unref)

static const char *const checks[] = {
  [MMP_CHECK_BROKER_NAME] = "broker-name",
  [MMP_CHECK_BROKER_TCP] = "broker-tcp",
  [MMP_CHECK_BROKER_TLS] = "broker-tls",
  [MMP_CHECK_BROKER_LOGIN] = "broker-login",
  [MMP_CHECK_BROKER_SUBSCRIBE] = "broker-subscribe",
  [MMP_CHECK_BROKER_PUBLISH] = "broker-publish",
  [MMP_CHECK_BROKER_ECHO] = "broker-echo",
  [MMP_CHECK_STUN] = "stun",
  [MMP_CHECK_UDP] = "udp",
  [MMP_CHECK_TCP] = "tcp",
  [MMP_CHECK_IPV6] = "ipv6",
  [MMP_CHECK_NAT_MAPPING] = "nat-mapping",
  [MMP_CHECK_NAT_FILTERING] = "nat-filtering",
  [MMP_CHECK_NAT] = "nat",
  [MMP_CHECK_TURN] = "turn",
  [MMP_CHECK_DIRECT] = "direct",
  [MMP_CHECK_NETWORK] = "network",
  [MMP_CHECK_DEVICE] = "device",
  [MMP_CHECK_PATH] = "path",
  [MMP_CHECK_SERVICE] = "service",
};

static const char *const statuses[] = {
  [MMP_CHECK_STATUS_OK] = "ok",
  [MMP_CHECK_STATUS_WARNING] = "warning",
  [MMP_CHECK_STATUS_FAILED] = "failed",
  [MMP_CHECK_STATUS_SKIPPED] = "skipped",
};

/**
 * mmp_check_get_name:
 *
 * Returns: (transfer none): the stable name of @check, such as `broker-login`
 */
const char *
mmp_check_get_name (MmpCheck check)
{
  return checks[check];
}

/**
 * mmp_check_status_get_name:
 *
 * Returns: (transfer none): the stable name of @status
 */
const char *
mmp_check_status_get_name (MmpCheckStatus status)
{
  return statuses[status];
}

/**
 * mmp_check_result_new:
 * @subject: what was looked at: a broker, a server; "" if the check says all
 * @cause: (nullable): why it is not as it should be
 * @values: (nullable) (transfer floating): what was measured, `a{sv}`
 *
 * Returns: (transfer full): a result
 */
MmpCheckResult *
mmp_check_result_new (MmpCheck check,
                      const char *subject,
                      MmpCheckStatus status,
                      const GError *cause,
                      GVariant *values)
{
  MmpCheckResult *self = g_atomic_rc_box_new0 (MmpCheckResult);

  self->check = check;
  self->subject = g_strdup (subject);
  self->status = status;
  self->cause = cause != NULL ? g_error_copy (cause) : NULL;
  self->values = g_variant_ref_sink (values != NULL ? values : g_variant_new ("a{sv}", NULL));

  return self;
}

static void
mmp_check_result_clear (gpointer data)
{
  MmpCheckResult *self = data;

  g_free (self->subject);
  g_clear_error (&self->cause);
  g_variant_unref (self->values);
}

/**
 * mmp_check_result_ref:
 *
 * Returns: (transfer full): @self
 */
MmpCheckResult *
mmp_check_result_ref (MmpCheckResult *self)
{
  return g_atomic_rc_box_acquire (self);
}

/**
 * mmp_check_result_unref:
 */
void
mmp_check_result_unref (MmpCheckResult *self)
{
  g_atomic_rc_box_release_full (self, mmp_check_result_clear);
}

/**
 * mmp_check_result_get_check:
 */
MmpCheck
mmp_check_result_get_check (MmpCheckResult *self)
{
  return self->check;
}

/**
 * mmp_check_result_get_subject:
 *
 * Returns: (transfer none): the broker or server that was looked at, without a login; "" if the check says all
 */
const char *
mmp_check_result_get_subject (MmpCheckResult *self)
{
  return self->subject;
}

/**
 * mmp_check_result_get_status:
 */
MmpCheckStatus
mmp_check_result_get_status (MmpCheckResult *self)
{
  return self->status;
}

/**
 * mmp_check_result_get_cause:
 *
 * Returns: (transfer none) (nullable): an #MmpError that says why it is not as it should be
 */
const GError *
mmp_check_result_get_cause (MmpCheckResult *self)
{
  return self->cause;
}

/**
 * mmp_check_result_get_values:
 *
 * What was measured; what is not known is left out.
 *
 * - everywhere: `ms` (double), how long it took
 * - broker-name: `addresses` (as); broker-tcp: `address` (s)
 * - broker-tls: `days` (i), how long the certificate is valid
 * - broker-login: `protocol` (s), the version of MQTT; `max-packet` (u), the largest packet that may be published,
 *   in bytes
 * - broker-echo: `ms` is the median, `sent` and `received` (u) messages
 * - stun: `mapped` (s), this machine as the server sees it; `other-address` (b), whether it can answer from another address
 * - tcp: `port` (u)
 * - ipv6: `mapped` (s)
 * - nat-mapping: `rule` (s), `mapped` (s), `local` (s), `port-kept` (b); nat-filtering: `rule` (s)
 * - nat: `kind` (s), see mmp_nat_kind_get_name()
 * - turn: `transport` (s), `relayed` (s), the address that it lent; `released` (b)
 * - direct: `works` and `fails` (as), kinds of network at the other side; among them `ipv6`, any with IPv6
 * - device: `name` and `fingerprint` (s); at a listener `devices` (u), how many are connected
 * - path: `path` (s), see mmp_path_get_name(); `here` and `there` (s), the kinds of the pair's candidates; `name` (s) of the
 *   device at a listener
 *
 * Returns: (transfer none): `a{sv}`
 */
GVariant *
mmp_check_result_get_values (MmpCheckResult *self)
{
  return self->values;
}
