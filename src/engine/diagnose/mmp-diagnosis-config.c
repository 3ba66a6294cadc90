/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "diagnose/mmp-diagnosis-config.h"

#include "base/mmp-error.h"
#include "diagnose/mmp-diagnosis-private.h"

/**
 * mmp_diagnosis_config_new:
 *
 * Returns: (transfer full): nothing to look at yet
 */
MmpDiagnosisConfig *
mmp_diagnosis_config_new (void)
{
  MmpDiagnosisConfig *self = g_rc_box_new0 (MmpDiagnosisConfig);

  self->brokers = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_mqtt_broker_unref);
  self->stun = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_ice_server_free);
  self->turn = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_ice_server_free);

  return self;
}

/**
 * mmp_diagnosis_config_ref:
 *
 * Returns: (transfer full): @self
 */
MmpDiagnosisConfig *
mmp_diagnosis_config_ref (MmpDiagnosisConfig *self)
{
  return g_rc_box_acquire (self);
}

static void
mmp_diagnosis_config_clear (gpointer data)
{
  MmpDiagnosisConfig *self = data;

  g_ptr_array_unref (self->brokers);
  g_free (self->filter);
  g_free (self->topic);
  g_ptr_array_unref (self->stun);
  g_ptr_array_unref (self->turn);
  g_free (self->turn_ca_file);
}

/**
 * mmp_diagnosis_config_unref:
 */
void
mmp_diagnosis_config_unref (MmpDiagnosisConfig *self)
{
  g_rc_box_release_full (self, mmp_diagnosis_config_clear);
}

/**
 * mmp_diagnosis_config_add_broker:
 *
 * Looks at one more broker; mmp_diagnosis_config_set_topics() says on which topics.
 */
void
mmp_diagnosis_config_add_broker (MmpDiagnosisConfig *self,
                                 MmpMqttBroker *broker)
{
  g_ptr_array_add (self->brokers, mmp_mqtt_broker_ref (broker));
}

/**
 * mmp_diagnosis_config_set_topics:
 * @filter: what a listener subscribes to at a broker
 * @topic: a topic of @filter that nobody else uses
 */
void
mmp_diagnosis_config_set_topics (MmpDiagnosisConfig *self,
                                 const char *filter,
                                 const char *topic)
{
  g_set_str (&self->filter, filter);
  g_set_str (&self->topic, topic);
}

static gboolean
add (GPtrArray *servers,
     gboolean turn,
     const char *uri,
     const char *user,
     const char *password,
     GError **error)
{
  g_autoptr (MmpIceServer) server = mmp_ice_server_parse (uri, error);

  if (server == NULL)
    return FALSE;
  if (server->turn != turn)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID, "a %s server is needed here, and this is a %s server", turn ? "TURN" : "STUN",
                   turn ? "STUN" : "TURN");
      return FALSE;
    }
  if (servers->len == MMP_DIAGNOSIS_SERVERS_MAX)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_LIMIT, "at most %d servers of a kind", MMP_DIAGNOSIS_SERVERS_MAX);
      return FALSE;
    }
  if (server->user == NULL)
    server->user = g_strdup (user);
  if (server->password == NULL)
    server->password = g_strdup (password);
  g_ptr_array_add (servers, g_steal_pointer (&server));

  return TRUE;
}

/**
 * mmp_diagnosis_config_add_stun:
 * @uri: such as `stun:host:3478`
 *
 * Asks one more STUN server. Two at different addresses, or one that can answer from two, are needed to tell the kind of
 * a NAT.
 *
 * Returns: %TRUE, or %FALSE with %MMP_ERROR_ADDRESS_INVALID or %MMP_ERROR_LIMIT
 */
gboolean
mmp_diagnosis_config_add_stun (MmpDiagnosisConfig *self,
                               const char *uri,
                               GError **error)
{
  return add (self->stun, FALSE, uri, NULL, NULL, error);
}

/**
 * mmp_diagnosis_config_add_turn:
 * @uri: such as `turn:user@host:3478?transport=tcp` or `turns:user@host`
 * @user: (nullable): used if @uri has none
 * @password: (nullable): likewise
 *
 * Asks one more TURN server.
 *
 * Returns: %TRUE, or %FALSE with %MMP_ERROR_ADDRESS_INVALID or %MMP_ERROR_LIMIT
 */
gboolean
mmp_diagnosis_config_add_turn (MmpDiagnosisConfig *self,
                               const char *uri,
                               const char *user,
                               const char *password,
                               GError **error)
{
  return add (self->turn, TRUE, uri, user, password, error);
}

/**
 * mmp_diagnosis_config_set_turn_ca_file:
 * @path: (nullable): a PEM file with the certificates to trust for `turns:` instead of the system's
 */
void
mmp_diagnosis_config_set_turn_ca_file (MmpDiagnosisConfig *self,
                                       const char *path)
{
  g_set_str (&self->turn_ca_file, path);
}
