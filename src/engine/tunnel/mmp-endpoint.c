/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "tunnel/mmp-endpoint.h"

#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"

#define DEFAULT_PREFIX "sig"
#define DEFAULT_HOLD MMP_SECONDS (60)
#define HOST_SIZE_MAX 253 /* RFC 1035 */

static void
service_free (gpointer data)
{
  MmpService *service = data;

  g_free (service->name);
  g_free (service->host);
  g_free (service);
}

static void
forward_free (gpointer data)
{
  MmpForward *forward = data;

  g_free (forward->address);
  g_free (forward->service);
  g_free (forward);
}

static gpointer
service_copy (gconstpointer data,
              gpointer user_data)
{
  const MmpService *service = data;
  MmpService *copy = g_new0 (MmpService, 1);

  copy->name = g_strdup (service->name);
  copy->host = g_strdup (service->host);
  copy->port = service->port;

  return copy;
}

static gpointer
forward_copy (gconstpointer data,
              gpointer user_data)
{
  const MmpForward *forward = data;
  MmpForward *copy = g_new0 (MmpForward, 1);

  copy->address = g_strdup (forward->address);
  copy->port = forward->port;
  copy->service = g_strdup (forward->service);

  return copy;
}

static gpointer
broker_copy (gconstpointer data,
             gpointer user_data)
{
  return mmp_mqtt_broker_ref ((gpointer) data);
}

static gboolean
check_service_name (const char *name,
                    GError **error)
{
  if (mmp_service_name_is_valid (name))
    return TRUE;

  g_set_error (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID,
               "a service name has 1 to %d letters, digits or signs without spaces", MMP_SERVICE_NAME_MAX);

  return FALSE;
}

static gboolean
check_host (const char *host,
            GError **error)
{
  gsize size = host != NULL ? strlen (host) : 0;
  gboolean good = size >= 1 && size <= HOST_SIZE_MAX;

  for (gsize i = 0; good && i < size; i++)
    good = g_ascii_isgraph (host[i]) && strchr ("/@[]\"'\\", host[i]) == NULL;
  if (!good)
    g_set_error_literal (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID, "the address is not a host name or an IP address");

  return good;
}

static gboolean
check_port (guint port,
            guint lowest,
            GError **error)
{
  if (port >= lowest && port <= G_MAXUINT16)
    return TRUE;

  g_set_error (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID, "a port is a number from %u to %u", lowest, G_MAXUINT16);

  return FALSE;
}

/**
 * mmp_service_name_is_valid:
 * @name: (nullable): a name
 *
 * Returns: whether @name can name a service: 1 to %MMP_SERVICE_NAME_MAX bytes of printable ASCII without space
 */
gboolean
mmp_service_name_is_valid (const char *name)
{
  gsize size = name != NULL ? strlen (name) : 0;

  if (size < 1 || size > MMP_SERVICE_NAME_MAX)
    return FALSE;
  for (gsize i = 0; i < size; i++)
    {
      if (!g_ascii_isgraph (name[i]))
        return FALSE;
    }

  return TRUE;
}

/**
 * mmp_services_find:
 * @services: (element-type MmpService): some services
 * @name: a name, perhaps from outside
 *
 * Returns: (transfer none) (nullable): the service of this name
 */
const MmpService *
mmp_services_find (GPtrArray *services,
                   const char *name)
{
  for (guint i = 0; i < services->len; i++)
    {
      const MmpService *service = g_ptr_array_index (services, i);

      if (g_str_equal (service->name, name))
        return service;
    }

  return NULL;
}

/**
 * mmp_endpoint_config_new:
 *
 * Returns: (transfer full): a configuration without brokers, keys, services and forwards, and with the defaults of
 *   everything else
 */
MmpEndpointConfig *
mmp_endpoint_config_new (void)
{
  MmpEndpointConfig *self = g_new0 (MmpEndpointConfig, 1);

  self->brokers = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_mqtt_broker_unref);
  self->prefix = g_strdup (DEFAULT_PREFIX);
  self->name = g_strdup ("");
  self->services = g_ptr_array_new_with_free_func (service_free);
  self->forwards = g_ptr_array_new_with_free_func (forward_free);
  self->ice = mmp_ice_config_new ();
  self->allow_direct = TRUE;
  self->relay = MMP_RELAY_LIMITED;
  self->hold = DEFAULT_HOLD;
  self->mode = MMP_TRUST_ONLY_TRUSTED;

  return self;
}

/**
 * mmp_endpoint_config_copy:
 *
 * Returns: (transfer full): a copy; brokers, key pair and trust list are shared, as they are immutable or an interface
 */
MmpEndpointConfig *
mmp_endpoint_config_copy (const MmpEndpointConfig *self)
{
  MmpEndpointConfig *copy = g_memdup2 (self, sizeof *self);

  copy->brokers = g_ptr_array_copy (self->brokers, (GCopyFunc) broker_copy, NULL);
  g_ptr_array_set_free_func (copy->brokers, (GDestroyNotify) mmp_mqtt_broker_unref);
  copy->prefix = g_strdup (self->prefix);
  copy->key_pair = self->key_pair != NULL ? mmp_key_pair_ref (self->key_pair) : NULL;
  copy->name = g_strdup (self->name);
  copy->services = g_ptr_array_copy (self->services, (GCopyFunc) service_copy, NULL);
  g_ptr_array_set_free_func (copy->services, service_free);
  copy->forwards = g_ptr_array_copy (self->forwards, (GCopyFunc) forward_copy, NULL);
  g_ptr_array_set_free_func (copy->forwards, forward_free);
  copy->ice = mmp_ice_config_copy (self->ice);
  copy->invitation = self->invitation != NULL ? g_memdup2 (self->invitation, MMP_INVITATION_SIZE) : NULL;
  if (copy->trust != NULL)
    g_object_ref (copy->trust);

  return copy;
}

/**
 * mmp_endpoint_config_free:
 */
void
mmp_endpoint_config_free (MmpEndpointConfig *self)
{
  g_ptr_array_unref (self->brokers);
  g_free (self->prefix);
  g_clear_pointer (&self->key_pair, mmp_key_pair_unref);
  g_free (self->name);
  g_ptr_array_unref (self->services);
  g_ptr_array_unref (self->forwards);
  mmp_ice_config_free (self->ice);
  if (self->invitation != NULL)
    explicit_bzero (self->invitation, MMP_INVITATION_SIZE);
  g_free (self->invitation);
  g_clear_object (&self->trust);
  g_free (self);
}

/**
 * mmp_endpoint_config_add_service:
 * @name: what the other side asks for, see mmp_service_name_is_valid()
 * @host: a host name or a literal address, as seen from here
 * @port: 1 to 65,535
 *
 * Offers one more service. Errors: %MMP_ERROR_ADDRESS_INVALID (a part is wrong, or the name is there already) and
 * %MMP_ERROR_LIMIT (there are %MMP_SERVICES_MAX).
 *
 * Returns: whether it was added
 */
gboolean
mmp_endpoint_config_add_service (MmpEndpointConfig *self,
                                 const char *name,
                                 const char *host,
                                 guint port,
                                 GError **error)
{
  const MmpService service = { .name = (char *) name, .host = (char *) host, .port = port };

  if (!check_service_name (name, error) || !check_host (host, error) || !check_port (port, 1, error))
    return FALSE;
  if (mmp_services_find (self->services, name) != NULL)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID, "the service “%s” is given twice", name);
      return FALSE;
    }
  if (self->services->len >= MMP_SERVICES_MAX)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_LIMIT, "there can be at most %d services", MMP_SERVICES_MAX);
      return FALSE;
    }
  g_ptr_array_add (self->services, service_copy (&service, NULL));

  return TRUE;
}

/**
 * mmp_endpoint_config_add_forward:
 * @address: where to listen: a host name, a literal address, or `*` for all addresses of this machine
 * @port: 0 (any free one) to 65,535
 * @service: the service of the other side, see mmp_service_name_is_valid()
 *
 * Opens one more local port. Errors: %MMP_ERROR_ADDRESS_INVALID (a part is wrong, or address and port are there already)
 * and %MMP_ERROR_LIMIT (there are %MMP_SERVICES_MAX).
 *
 * Returns: whether it was added
 */
gboolean
mmp_endpoint_config_add_forward (MmpEndpointConfig *self,
                                 const char *address,
                                 guint port,
                                 const char *service,
                                 GError **error)
{
  const MmpForward forward = { .address = (char *) address, .port = port, .service = (char *) service };

  if (!check_service_name (service, error) || !check_host (address, error) || !check_port (port, 0, error))
    return FALSE;
  for (guint i = 0; i < self->forwards->len; i++)
    {
      const MmpForward *other = g_ptr_array_index (self->forwards, i);

      if (port != 0 && other->port == port && g_ascii_strcasecmp (other->address, address) == 0)
        {
          g_set_error (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID, "the port %u is given twice", port);
          return FALSE;
        }
    }
  if (self->forwards->len >= MMP_SERVICES_MAX)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_LIMIT, "there can be at most %d forwards", MMP_SERVICES_MAX);
      return FALSE;
    }
  g_ptr_array_add (self->forwards, forward_copy (&forward, NULL));

  return TRUE;
}

/**
 * mmp_endpoint_config_recall_path:
 * @device: whom a tunnel is made to
 *
 * Lets the first attempt ask the TURN servers at once, where only these helped the last time that the program ran.
 */
void
mmp_endpoint_config_recall_path (MmpEndpointConfig *self,
                                 const MmpPublicKey *device)
{
  if (self->paths != NULL && self->paths->needs_turn (device, self->paths_data))
    self->ice->turn_at_once = TRUE;
}

/**
 * mmp_endpoint_config_note_path:
 * @device: whom an attempt reached
 * @turn: whether over a TURN server, after a direct path was looked for
 *
 * Remembers it, unless it was a person's wish that nothing but TURN is used.
 */
void
mmp_endpoint_config_note_path (const MmpEndpointConfig *self,
                               const MmpPublicKey *device,
                               gboolean turn)
{
  if (self->paths != NULL && !self->ice->relay_only)
    self->paths->set_turn (device, turn, self->paths_data);
}

/**
 * mmp_endpoint_config_note_seen:
 * @device: who is connected, or answered just now
 *
 * Remembers when it was last there. May be called often.
 */
void
mmp_endpoint_config_note_seen (const MmpEndpointConfig *self,
                               const MmpPublicKey *device)
{
  if (self->paths != NULL)
    self->paths->seen (device, self->paths_data);
}
