/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-diagnose"

#include "diagnose/mmp-diagnosis-private.h"

#include "base/mmp-error.h"

/* The kinds of network at the other side of which a person may have heard */
static const MmpNatKind others[] = {
  MMP_NAT_NONE,
  MMP_NAT_FULL_CONE,
  MMP_NAT_RESTRICTED,
  MMP_NAT_PORT_RESTRICTED,
  MMP_NAT_SYMMETRIC,
  MMP_NAT_UDP_BLOCKED,
};

static void
mmp_diagnosis_clear (gpointer data)
{
  MmpDiagnosis *self = data;

  mmp_diagnosis_config_unref (self->config);
  g_clear_pointer (&self->waiter, mmp_waiter_free);
  g_clear_pointer (&self->clock, mmp_clock_unref);
}

static void
mmp_diagnosis_unref (gpointer data)
{
  g_rc_box_release_full (data, mmp_diagnosis_clear);
}

/**
 * mmp_diagnosis_is_over:
 *
 * Returns: whether nobody wants to know any more
 */
gboolean
mmp_diagnosis_is_over (MmpDiagnosis *self)
{
  return mmp_waiter_is_stopped (self->waiter);
}

/**
 * mmp_diagnosis_begin:
 *
 * Says that a check is under way.
 */
void
mmp_diagnosis_begin (MmpDiagnosis *self,
                     MmpCheck check,
                     const char *subject)
{
  if (self->funcs.began != NULL)
    self->funcs.began (check, subject, self->user_data);
}

/**
 * mmp_diagnosis_report:
 * @values: (nullable): what was measured; is empty afterwards
 *
 * Says what came out of a check.
 */
void
mmp_diagnosis_report (MmpDiagnosis *self,
                      MmpCheck check,
                      const char *subject,
                      MmpCheckStatus status,
                      const GError *cause,
                      GVariantDict *values)
{
  g_autoptr (MmpCheckResult) result = mmp_check_result_new (check, subject, status, cause, values != NULL ? g_variant_dict_end (values) : NULL);

  if (self->funcs.result != NULL)
    self->funcs.result (result, self->user_data);
}

/**
 * mmp_diagnosis_await:
 * @future: (transfer full): what to wait for
 * @patience: in microseconds
 * @error: return location
 *
 * Returns: whether @future resolved in time
 */
gboolean
mmp_diagnosis_await (MmpDiagnosis *self,
                     DexFuture *future,
                     gint64 patience,
                     GError **error)
{
  return mmp_waiter_await (self->waiter, future, patience, error);
}

/**
 * mmp_diagnosis_since:
 * @start: an earlier time of the clock
 *
 * Returns: milliseconds from then to now
 */
double
mmp_diagnosis_since (MmpDiagnosis *self,
                     gint64 start)
{
  return (double) (mmp_clock_now (self->clock) - start) / 1000.0;
}

/**
 * mmp_diagnosis_look_up:
 * @host: a name, or an address, which is its own answer
 * @error: return location
 *
 * Returns: (transfer full) (element-type GInetAddress): at least one address; %NULL with an error of GIO, or
 *   %MMP_ERROR_TIMED_OUT
 */
GList *
mmp_diagnosis_look_up (MmpDiagnosis *self,
                       const char *host,
                       GError **error)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  GInetAddress *address = g_inet_address_new_from_string (host);
  g_autoptr (DexFuture) future = NULL;
  GList *found;
  GList *copy = NULL;

  if (address != NULL)
    return g_list_prepend (NULL, address);

  future = dex_resolver_lookup_by_name (resolver, host);
  if (!mmp_diagnosis_await (self, dex_ref (future), MMP_DIAGNOSIS_PATIENCE, error))
    return NULL;
  found = dex_await_boxed (dex_ref (future), NULL);
  for (GList *l = found; l != NULL; l = l->next)
    copy = g_list_prepend (copy, g_object_ref (l->data));
  g_boxed_free (DEX_TYPE_INET_ADDRESS_LIST, found);

  return g_list_reverse (copy);
}

static void
predict (MmpDiagnosis *self)
{
  g_auto (GVariantDict) values = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GStrvBuilder) works = g_strv_builder_new ();
  g_autoptr (GStrvBuilder) fails = g_strv_builder_new ();
  g_autoptr (GError) cause = NULL;
  g_auto (GStrv) working = NULL;
  g_auto (GStrv) failing = NULL;
  MmpCheckStatus status = MMP_CHECK_STATUS_OK;

  if (self->nat == MMP_NAT_UNKNOWN)
    {
      mmp_diagnosis_report (self, MMP_CHECK_DIRECT, "", MMP_CHECK_STATUS_SKIPPED, NULL, NULL);
      return;
    }

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    g_strv_builder_add (mmp_nat_kind_connects (self->nat, others[i]) ? works : fails, mmp_nat_kind_get_name (others[i]));
  if (self->ipv6_works)
    g_strv_builder_add (works, "ipv6");
  working = g_strv_builder_end (works);
  failing = g_strv_builder_end (fails);
  if (!mmp_nat_kind_connects (self->nat, MMP_NAT_PORT_RESTRICTED))
    {
      /* Most homes are behind such a router. */
      status = MMP_CHECK_STATUS_WARNING;
      g_set_error_literal (&cause, MMP_ERROR, MMP_ERROR_NO_DIRECT_PATH, self->nat == MMP_NAT_IPV6_ONLY ? "only networks with IPv6 can be reached from here" : "most other networks cannot be reached from this one");
    }
  g_variant_dict_insert_value (&values, "works", g_variant_new_strv ((const char *const *) working, -1));
  g_variant_dict_insert_value (&values, "fails", g_variant_new_strv ((const char *const *) failing, -1));
  mmp_diagnosis_report (self, MMP_CHECK_DIRECT, "", status, cause, &values);
}

static DexFuture *
diagnose_fiber (gpointer user_data)
{
  MmpDiagnosis *self = user_data;

  mmp_diagnosis_check_brokers (self);
  if (!mmp_diagnosis_is_over (self))
    mmp_diagnosis_check_network (self);
  if (!mmp_diagnosis_is_over (self))
    mmp_diagnosis_check_turn (self);
  if (!mmp_diagnosis_is_over (self) && self->config->stun->len > 0)
    predict (self);
  if (self->funcs.done != NULL)
    self->funcs.done (self->config->brokers->len > 0 ? self->broker_works : self->udp_works || self->turn_works, self->user_data);

  return dex_future_new_for_boolean (TRUE);
}

/**
 * mmp_diagnosis_new:
 * @config: what to look at; not to be changed any more
 *
 * Begins; the functions are called on the default main context, never inside this call.
 *
 * Returns: (transfer full): a diagnosis under way
 */
MmpDiagnosis *
mmp_diagnosis_new (MmpDiagnosisConfig *config,
                   const MmpDiagnosisFuncs *funcs,
                   gpointer user_data)
{
  MmpDiagnosis *self = g_rc_box_new0 (MmpDiagnosis);

  dex_init ();
  self->config = mmp_diagnosis_config_ref (config);
  self->funcs = *funcs;
  self->user_data = user_data;
  self->clock = mmp_clock_new (NULL);
  self->waiter = mmp_waiter_new (self->clock);
  dex_future_disown (dex_scheduler_spawn (NULL, 0, diagnose_fiber, g_rc_box_acquire (self), mmp_diagnosis_unref));

  return self;
}

/**
 * mmp_diagnosis_free:
 * @self: (nullable): a diagnosis
 *
 * Ends it if it is under way; none of its functions is called any more.
 */
void
mmp_diagnosis_free (MmpDiagnosis *self)
{
  if (self == NULL)
    return;

  self->funcs = (MmpDiagnosisFuncs) { NULL };
  mmp_waiter_stop (self->waiter);
  mmp_diagnosis_unref (self);
}
