/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mqtt/mmp-mqtt-broker.h"

#include <string.h>

#include "base/mmp-error.h"

/* The longest name that DNS knows (RFC 1035, section 2.3.4, as text). */
#define HOST_SIZE_MAX 253

struct _MmpMqttBroker
{
  char *host;
  guint port;
  gboolean tls;
  char *user;
  char *password;
  char *ca_file;
};

G_DEFINE_BOXED_TYPE (MmpMqttBroker, mmp_mqtt_broker, mmp_mqtt_broker_ref, mmp_mqtt_broker_unref)

static gboolean
is_host (const char *host)
{
  gsize size = strlen (host);

  if (size == 0 || size > HOST_SIZE_MAX || host[0] == '-')
    return FALSE;

  for (gsize i = 0; i < size; i++)
    {
      /* ':' and '%' are for IPv6 addresses with and without a scope. */
      if (!g_ascii_isalnum (host[i]) && strchr (".-_:%", host[i]) == NULL)
        return FALSE;
    }

  return TRUE;
}

static MmpMqttBroker *
mmp_mqtt_broker_copy (MmpMqttBroker *self)
{
  MmpMqttBroker *copy = g_atomic_rc_box_new0 (MmpMqttBroker);

  copy->host = g_strdup (self->host);
  copy->port = self->port;
  copy->tls = self->tls;
  copy->user = g_strdup (self->user);
  copy->password = g_strdup (self->password);
  copy->ca_file = g_strdup (self->ca_file);

  return copy;
}

static void
clear_password (MmpMqttBroker *self)
{
  if (self->password != NULL)
    explicit_bzero (self->password, strlen (self->password));
  g_clear_pointer (&self->password, g_free);
}

static void
mmp_mqtt_broker_clear (gpointer data)
{
  MmpMqttBroker *self = data;

  clear_password (self);
  g_clear_pointer (&self->host, g_free);
  g_clear_pointer (&self->user, g_free);
  g_clear_pointer (&self->ca_file, g_free);
}

/**
 * mmp_mqtt_broker_new:
 * @host: a host name, possibly with letters beyond ASCII, or an IPv4 or IPv6 address without brackets
 * @port: 1 to 65535
 * @tls: %TRUE to speak TLS and to verify the broker's certificate against @host
 *
 * Returns: (transfer full) (nullable): a broker without login; %NULL with %MMP_ERROR_ADDRESS_INVALID
 */
MmpMqttBroker *
mmp_mqtt_broker_new (const char *host,
                     guint port,
                     gboolean tls,
                     GError **error)
{
  g_autofree char *ascii = NULL;
  MmpMqttBroker *self;

  g_return_val_if_fail (host != NULL, NULL);

  ascii = g_hostname_to_ascii (host);
  if (ascii == NULL || !is_host (ascii))
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID, "the broker's address is not a host name or IP address");
      return NULL;
    }
  if (port == 0 || port > G_MAXUINT16)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID, "the broker's port is not between 1 and 65535");
      return NULL;
    }

  self = g_atomic_rc_box_new0 (MmpMqttBroker);
  self->host = g_steal_pointer (&ascii);
  self->port = port;
  self->tls = tls;

  return self;
}

/**
 * mmp_mqtt_broker_with_login:
 * @user: (nullable): the user name; %NULL for none
 * @password: (nullable): the password; %NULL for none
 *
 * Returns: (transfer full): a copy of @self with this login
 */
MmpMqttBroker *
mmp_mqtt_broker_with_login (MmpMqttBroker *self,
                            const char *user,
                            const char *password)
{
  MmpMqttBroker *copy = mmp_mqtt_broker_copy (self);

  clear_password (copy);
  g_set_str (&copy->user, user);
  copy->password = g_strdup (password);

  return copy;
}

/**
 * mmp_mqtt_broker_with_ca_file:
 * @path: (nullable): a PEM file with the certificates to trust instead of the system's; %NULL for the system's
 *
 * The file is read at each connection, so that a renewed one is noticed.
 *
 * Returns: (transfer full): a copy of @self that trusts this file
 */
MmpMqttBroker *
mmp_mqtt_broker_with_ca_file (MmpMqttBroker *self,
                              const char *path)
{
  MmpMqttBroker *copy = mmp_mqtt_broker_copy (self);

  g_set_str (&copy->ca_file, path);

  return copy;
}

/**
 * mmp_mqtt_broker_ref:
 *
 * May be called on any thread.
 *
 * Returns: (transfer full): @self
 */
MmpMqttBroker *
mmp_mqtt_broker_ref (MmpMqttBroker *self)
{
  return g_atomic_rc_box_acquire (self);
}

/**
 * mmp_mqtt_broker_unref:
 *
 * May be called on any thread. With the last reference the password is wiped.
 */
void
mmp_mqtt_broker_unref (MmpMqttBroker *self)
{
  g_atomic_rc_box_release_full (self, mmp_mqtt_broker_clear);
}

/**
 * mmp_mqtt_broker_get_host:
 *
 * Returns: (transfer none): the host name in its ASCII form, or an IP address
 */
const char *
mmp_mqtt_broker_get_host (MmpMqttBroker *self)
{
  return self->host;
}

/**
 * mmp_mqtt_broker_get_port:
 *
 * Returns: 1 to 65535
 */
guint
mmp_mqtt_broker_get_port (MmpMqttBroker *self)
{
  return self->port;
}

/**
 * mmp_mqtt_broker_get_tls:
 *
 * Returns: whether TLS is spoken with the broker
 */
gboolean
mmp_mqtt_broker_get_tls (MmpMqttBroker *self)
{
  return self->tls;
}

/**
 * mmp_mqtt_broker_get_user:
 *
 * Returns: (transfer none) (nullable): the user name
 */
const char *
mmp_mqtt_broker_get_user (MmpMqttBroker *self)
{
  return self->user;
}

/**
 * mmp_mqtt_broker_get_password:
 *
 * Returns: (transfer none) (nullable): the password; copy it nowhere that is not wiped
 */
const char *
mmp_mqtt_broker_get_password (MmpMqttBroker *self)
{
  return self->password;
}

/**
 * mmp_mqtt_broker_get_ca_file:
 *
 * Returns: (transfer none) (nullable): the path of the certificates to trust; %NULL for the system's
 */
const char *
mmp_mqtt_broker_get_ca_file (MmpMqttBroker *self)
{
  return self->ca_file;
}

/**
 * mmp_mqtt_broker_to_text:
 *
 * Returns: (transfer full): such as `mqtts://host:8883`, without the login
 */
char *
mmp_mqtt_broker_to_text (MmpMqttBroker *self)
{
  const char *scheme = self->tls ? "mqtts" : "mqtt";

  if (strchr (self->host, ':') != NULL)
    return g_strdup_printf ("%s://[%s]:%u", scheme, self->host, self->port);

  return g_strdup_printf ("%s://%s:%u", scheme, self->host, self->port);
}
