/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-diagnose"

#include "diagnose/mmp-diagnosis-private.h"

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "diagnose/mmp-nat-probe.h"

/* How long a TCP connection may take that only shows whether the network lets it out */
#define TCP_PATIENCE MMP_SECONDS (3)

/* The servers, and what each says over IPv4 and over IPv6 */
typedef struct
{
  guint n;
  const MmpIceServer *servers[MMP_DIAGNOSIS_SERVERS_MAX];
  GError *errors[MMP_DIAGNOSIS_SERVERS_MAX]; /* nullable: the name cannot be looked up */
  MmpStunQuestion v4[MMP_DIAGNOSIS_SERVERS_MAX]; /* those without an address have a `to` of NULL */
  MmpStunQuestion v6[MMP_DIAGNOSIS_SERVERS_MAX];
  GError *unsendable; /* nullable: why nothing could be sent */
} Survey;

static void
survey_clear (Survey *self)
{
  for (guint i = 0; i < self->n; i++)
    {
      g_clear_error (&self->errors[i]);
      mmp_stun_question_clear (&self->v4[i]);
      mmp_stun_question_clear (&self->v6[i]);
    }
  g_clear_error (&self->unsendable);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Survey, survey_clear)

static GSocketAddress *
first_of_family (GList *addresses,
                 GSocketFamily family,
                 guint port)
{
  for (GList *l = addresses; l != NULL; l = l->next)
    if (g_inet_address_get_family (l->data) == family)
      return g_inet_socket_address_new (l->data, (guint16) port);

  return NULL;
}

static void
look_up_servers (MmpDiagnosis *self,
                 Survey *survey)
{
  for (guint i = 0; i < self->config->stun->len && !mmp_diagnosis_is_over (self); i++)
    {
      const MmpIceServer *server = g_ptr_array_index (self->config->stun, i);
      g_autoptr (GSocketAddress) v4 = NULL;
      g_autoptr (GSocketAddress) v6 = NULL;
      GList *addresses = mmp_diagnosis_look_up (self, server->host, &survey->errors[i]);

      survey->n = i + 1;
      survey->servers[i] = server;
      v4 = first_of_family (addresses, G_SOCKET_FAMILY_IPV4, server->port);
      v6 = first_of_family (addresses, G_SOCKET_FAMILY_IPV6, server->port);
      if (v4 != NULL)
        mmp_stun_question_init (&survey->v4[i], v4, MMP_STUN_BINDING);
      if (v6 != NULL)
        mmp_stun_question_init (&survey->v6[i], v6, MMP_STUN_BINDING);
      g_list_free_full (addresses, g_object_unref);
    }
}

/* Without a way to it, an address need not be waited for. */
static gboolean
has_way (MmpStunProbe *probe,
         GSocketAddress *to)
{
  g_autoptr (GSocketAddress) local = to != NULL && probe != NULL ? mmp_stun_probe_get_local_address (probe, to) : NULL;

  return local != NULL;
}

/* Asks those that have an address of the probe's family, all at once. */
static gboolean
ask_servers (Survey *survey,
             MmpStunProbe *probe,
             MmpStunQuestion *questions)
{
  MmpStunQuestion asked[MMP_DIAGNOSIS_SERVERS_MAX];
  guint index[MMP_DIAGNOSIS_SERVERS_MAX];
  guint n = 0;
  gboolean any;

  for (guint i = 0; i < survey->n; i++)
    if (has_way (probe, questions[i].to))
      {
        index[n] = i;
        asked[n++] = questions[i];
      }
  if (n == 0)
    return FALSE;

  g_clear_error (&survey->unsendable);
  any = mmp_stun_probe_ask (probe, asked, n, &survey->unsendable);
  for (guint i = 0; i < n; i++)
    questions[index[i]] = asked[i];
  if (g_error_matches (survey->unsendable, MMP_ERROR, MMP_ERROR_STUN_SILENT))
    g_clear_error (&survey->unsendable);

  return any;
}

static const MmpStunQuestion *
get_answered (const Survey *survey,
              guint i)
{
  if (survey->v4[i].answer != NULL)
    return &survey->v4[i];

  return survey->v6[i].answer != NULL ? &survey->v6[i] : NULL;
}

static void
insert_address (GVariantDict *values,
                const char *name,
                GSocketAddress *address)
{
  if (address != NULL)
    g_variant_dict_insert_value (values, name, g_variant_new_take_string (g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address))));
}

static void
report_servers (MmpDiagnosis *self,
                const Survey *survey)
{
  for (guint i = 0; i < survey->n; i++)
    {
      g_autofree char *subject = mmp_ice_server_to_text (survey->servers[i]);
      const MmpStunQuestion *answered = get_answered (survey, i);
      g_auto (GVariantDict) values = G_VARIANT_DICT_INIT (NULL);
      g_autoptr (GError) cause = NULL;

      if (answered != NULL && answered->answer->mapped != NULL)
        {
          g_variant_dict_insert (&values, "ms", "d", answered->ms);
          insert_address (&values, "mapped", answered->answer->mapped);
          g_variant_dict_insert (&values, "other-address", "b", mmp_nat_probe_has_other_address (answered));
          mmp_diagnosis_report (self, MMP_CHECK_STUN, subject, MMP_CHECK_STATUS_OK, NULL, &values);
          continue;
        }

      if (survey->errors[i] != NULL)
        g_set_error (&cause, MMP_ERROR, MMP_ERROR_STUN_NAME, "%s", survey->errors[i]->message);
      else if (answered != NULL)
        g_set_error (&cause, MMP_ERROR, MMP_ERROR_STUN_SILENT, "it answers with the error %u", answered->answer->error);
      else if (survey->unsendable != NULL)
        g_set_error (&cause, MMP_ERROR, MMP_ERROR_STUN_SILENT, "nothing could be sent: %s", survey->unsendable->message);
      else
        g_set_error_literal (&cause, MMP_ERROR, MMP_ERROR_STUN_SILENT, "there was no answer over UDP");
      mmp_diagnosis_report (self, MMP_CHECK_STUN, subject, self->udp_works ? MMP_CHECK_STATUS_WARNING : MMP_CHECK_STATUS_FAILED, cause, NULL);
    }
}

/* Whether the network lets a TCP connection out: it stands, or somebody out there refused it. */
static gboolean
gets_out (MmpDiagnosis *self,
          const char *host,
          guint port,
          gboolean *connected)
{
  g_autoptr (GSocketConnectable) address = g_network_address_new (host, (guint16) port);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;

  g_socket_client_set_enable_proxy (client, FALSE);
  *connected = mmp_diagnosis_await (self, dex_socket_client_connect (client, address), TCP_PATIENCE, &error);

  return *connected || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
}

/**
 * mmp_diagnosis_is_web_port:
 *
 * Returns: whether networks that let nothing but the web out let this out
 */
gboolean
mmp_diagnosis_is_web_port (guint port)
{
  return port == 80 || port == 443;
}

static void
report_tcp (MmpDiagnosis *self,
            guint port)
{
  g_auto (GVariantDict) values = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&values, "port", "u", port);
  mmp_diagnosis_report (self, MMP_CHECK_TCP, "", MMP_CHECK_STATUS_OK, NULL, &values);
}

/* Looks for any TCP connection that is not to a port of the web. Returns whether one can be had; @alive says that one of the
 * STUN servers took one, and so is there. */
static gboolean
check_tcp (MmpDiagnosis *self,
           const Survey *survey,
           gboolean *alive)
{
  gboolean out = self->broker_port != 0 && !mmp_diagnosis_is_web_port (self->broker_port);
  guint port = self->broker_port;

  *alive = FALSE;
  mmp_diagnosis_begin (self, MMP_CHECK_TCP, "");
  for (guint i = 0; i < survey->n && (!out || !self->udp_works) && !*alive && !mmp_diagnosis_is_over (self); i++)
    {
      const MmpIceServer *server = survey->servers[i];

      if (survey->errors[i] != NULL || !gets_out (self, server->host, server->port, alive) || mmp_diagnosis_is_web_port (server->port))
        continue;
      out = TRUE;
      port = server->port;
    }
  if (out)
    report_tcp (self, port);

  return out;
}

static gboolean
check_web (MmpDiagnosis *self,
           const Survey *survey)
{
  gboolean connected;

  if (self->broker_port != 0)
    return TRUE;

  for (guint i = 0; i < survey->n; i++)
    if (survey->errors[i] == NULL && (gets_out (self, survey->servers[i]->host, 443, &connected) || gets_out (self, survey->servers[i]->host, 80, &connected)))
      return TRUE;

  return FALSE;
}

static guint
count_addresses (const Survey *survey)
{
  guint n = 0;

  for (guint i = 0; i < survey->n; i++)
    {
      gboolean known = FALSE;

      for (guint j = 0; j < i; j++)
        known = known || g_strcmp0 (survey->servers[i]->host, survey->servers[j]->host) == 0;
      if (!known && survey->errors[i] == NULL)
        n++;
    }

  return n;
}

static void
report_kind (MmpDiagnosis *self,
             MmpNatKind kind,
             const GError *cause)
{
  g_auto (GVariantDict) values = G_VARIANT_DICT_INIT (NULL);

  self->nat = kind;
  g_variant_dict_insert (&values, "kind", "s", mmp_nat_kind_get_name (kind));
  mmp_diagnosis_report (self, MMP_CHECK_NAT, "", cause != NULL ? MMP_CHECK_STATUS_WARNING : MMP_CHECK_STATUS_OK, cause, &values);
}

/* One silent server may be switched off. That two are, or that one is there and answers over TCP only, is the network's doing. */
static void
explain_silence (MmpDiagnosis *self,
                 const Survey *survey)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GError) tcp_cause = NULL;
  gboolean alive;
  gboolean tcp = check_tcp (self, survey, &alive);
  gboolean web = !tcp && check_web (self, survey);
  guint n = count_addresses (survey);

  if (!tcp)
    {
      g_set_error_literal (&tcp_cause, MMP_ERROR, MMP_ERROR_UDP_BLOCKED,
                           web ? "only TCP to the ports 80 and 443 gets out" : "no TCP connection but to the broker gets out");
      mmp_diagnosis_report (self, MMP_CHECK_TCP, "", web ? MMP_CHECK_STATUS_WARNING : MMP_CHECK_STATUS_FAILED, tcp_cause, NULL);
    }

  if (n == 0)
    {
      g_set_error_literal (&cause, MMP_ERROR, MMP_ERROR_STUN_NAME, "no server could be asked");
      mmp_diagnosis_report (self, MMP_CHECK_UDP, "", MMP_CHECK_STATUS_SKIPPED, cause, NULL);
    }
  else if (alive || n >= 2 || (web && !tcp))
    {
      g_set_error_literal (&cause, MMP_ERROR, MMP_ERROR_UDP_BLOCKED,
                           alive ? "a server is there and answers over TCP, but not over UDP" : "no server answers over UDP");
      mmp_diagnosis_report (self, MMP_CHECK_UDP, "", MMP_CHECK_STATUS_FAILED, cause, NULL);
      report_kind (self, web && !tcp ? MMP_NAT_WEB_ONLY : MMP_NAT_UDP_BLOCKED, cause);
    }
  else
    {
      g_set_error_literal (&cause, MMP_ERROR, MMP_ERROR_STUN_SILENT, "the only server asked is silent; another one would show whether UDP gets through");
      mmp_diagnosis_report (self, MMP_CHECK_UDP, "", MMP_CHECK_STATUS_WARNING, cause, NULL);
    }
}

static void
report_rule (MmpDiagnosis *self,
             MmpCheck check,
             MmpNatRule rule,
             const char *ignorance,
             GVariantDict *values)
{
  g_autoptr (GError) cause = NULL;

  if (rule == MMP_NAT_RULE_UNKNOWN)
    g_set_error_literal (&cause, MMP_ERROR, MMP_ERROR_STUN_FEW, ignorance);
  g_variant_dict_insert (values, "rule", "s", mmp_nat_rule_get_name (rule));
  mmp_diagnosis_report (self, check, "", cause != NULL ? MMP_CHECK_STATUS_WARNING : MMP_CHECK_STATUS_OK, cause, values);
}

/* Whether this machine has a way to the internet's old part at all. Nothing is sent there. */
static gboolean
has_ipv4 (void)
{
  g_autoptr (GSocketAddress) example = g_inet_socket_address_new_from_string ("192.0.2.1", 9);
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);

  return socket != NULL && g_socket_connect (socket, example, NULL, NULL);
}

static MmpNatRule
check_filtering (MmpDiagnosis *self,
                 const Survey *survey,
                 const MmpStunQuestion *questions,
                 GSocketFamily family)
{
  MmpNatRule rule = MMP_NAT_RULE_UNKNOWN;
  g_auto (GVariantDict) values = G_VARIANT_DICT_INIT (NULL);

  mmp_diagnosis_begin (self, MMP_CHECK_NAT_FILTERING, "");
  for (guint i = 0; i < survey->n && rule == MMP_NAT_RULE_UNKNOWN && !mmp_diagnosis_is_over (self); i++)
    if (mmp_nat_probe_has_other_address (&questions[i]))
      rule = mmp_nat_probe_filtering (family, self->clock, self->waiter, questions[i].to);
  report_rule (self, MMP_CHECK_NAT_FILTERING, rule, "no STUN server answers from a second address (RFC 5780)", &values);

  return rule;
}

static void
check_nat (MmpDiagnosis *self,
           const Survey *survey,
           MmpStunProbe *probe,
           const MmpStunQuestion *questions,
           GSocketFamily family)
{
  const MmpStunQuestion *first = NULL;
  g_autoptr (GSocketAddress) local = NULL;
  g_auto (GVariantDict) values = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GError) ignorance = NULL;
  MmpNatRule mapping;
  MmpNatRule filtering;
  MmpNatKind kind;
  gboolean translated;

  for (guint i = 0; i < survey->n && first == NULL; i++)
    if (questions[i].answer != NULL && questions[i].answer->mapped != NULL)
      first = &questions[i];
  if (first == NULL)
    return;

  mmp_diagnosis_begin (self, MMP_CHECK_NAT_MAPPING, "");
  local = mmp_stun_probe_get_local_address (probe, first->to);
  translated = local == NULL || !g_inet_address_equal (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (local)), g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (first->answer->mapped)));
  mapping = mmp_nat_probe_mapping (probe, questions, survey->n);
  if (!translated && mapping == MMP_NAT_RULE_UNKNOWN)
    mapping = MMP_NAT_RULE_ENDPOINT_INDEPENDENT; /* nothing is mapped */
  insert_address (&values, "mapped", first->answer->mapped);
  insert_address (&values, "local", local);
  if (local != NULL)
    g_variant_dict_insert (&values, "port-kept", "b",
                           g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (local)) == g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (first->answer->mapped)));
  report_rule (self, MMP_CHECK_NAT_MAPPING, mapping, "a second STUN server, at another address, is needed to tell", &values);
  if (mmp_diagnosis_is_over (self))
    return;

  filtering = check_filtering (self, survey, questions, family);
  kind = family == G_SOCKET_FAMILY_IPV6 && !has_ipv4 () ? MMP_NAT_IPV6_ONLY : mmp_nat_kind_judge (translated, mapping, filtering);
  if (kind == MMP_NAT_UNKNOWN)
    g_set_error_literal (&ignorance, MMP_ERROR, MMP_ERROR_STUN_FEW, "the public address may or may not be another one for each destination");
  report_kind (self, kind, ignorance);
}

static void
report_ipv6 (MmpDiagnosis *self,
             const Survey *survey)
{
  for (guint i = 0; i < survey->n; i++)
    {
      g_auto (GVariantDict) values = G_VARIANT_DICT_INIT (NULL);

      if (survey->v6[i].answer == NULL || survey->v6[i].answer->mapped == NULL)
        continue;
      self->ipv6_works = TRUE;
      insert_address (&values, "mapped", survey->v6[i].answer->mapped);
      g_variant_dict_insert (&values, "ms", "d", survey->v6[i].ms);
      mmp_diagnosis_report (self, MMP_CHECK_IPV6, "", MMP_CHECK_STATUS_OK, NULL, &values);
      return;
    }
  mmp_diagnosis_report (self, MMP_CHECK_IPV6, "", MMP_CHECK_STATUS_SKIPPED, NULL, NULL);
}

/**
 * mmp_diagnosis_check_network:
 *
 * In the fiber: UDP, TCP, IPv6, and what kind of router is in the way.
 */
void
mmp_diagnosis_check_network (MmpDiagnosis *self)
{
  g_auto (Survey) survey = { 0 };
  g_autoptr (MmpStunProbe) v4 = NULL;
  g_autoptr (MmpStunProbe) v6 = NULL;
  gboolean v4_works;
  gboolean alive;

  if (self->config->stun->len == 0)
    return;

  mmp_diagnosis_begin (self, MMP_CHECK_STUN, "");
  look_up_servers (self, &survey);
  v4 = mmp_stun_probe_new (G_SOCKET_FAMILY_IPV4, self->clock, self->waiter, NULL);
  v6 = mmp_stun_probe_new (G_SOCKET_FAMILY_IPV6, self->clock, self->waiter, NULL);
  v4_works = ask_servers (&survey, v4, survey.v4);
  self->udp_works = ask_servers (&survey, v6, survey.v6) || v4_works;
  if (mmp_diagnosis_is_over (self))
    return;

  report_servers (self, &survey);
  if (!self->udp_works)
    {
      explain_silence (self, &survey);
      return;
    }
  mmp_diagnosis_report (self, MMP_CHECK_UDP, "", MMP_CHECK_STATUS_OK, NULL, NULL);
  if (!check_tcp (self, &survey, &alive))
    mmp_diagnosis_report (self, MMP_CHECK_TCP, "", MMP_CHECK_STATUS_SKIPPED, NULL, NULL);
  report_ipv6 (self, &survey);
  check_nat (self, &survey, v4_works ? v4 : v6, v4_works ? survey.v4 : survey.v6, v4_works ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);
}
