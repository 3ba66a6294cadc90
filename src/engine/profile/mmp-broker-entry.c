/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-profile"

#include "profile/mmp-broker-entry.h"

#include <string.h>

#include "base/mmp-error.h"

#define TEXT_MAX 1024

/**
 * mmp_broker_entry_new:
 *
 * Returns: (transfer full): a broker without login
 */
MmpBrokerEntry *
mmp_broker_entry_new (const char *host,
                      guint port,
                      gboolean tls)
{
  MmpBrokerEntry *self = g_new0 (MmpBrokerEntry, 1);

  self->id = g_strdup ("");
  self->host = g_strdup (host);
  self->port = port;
  self->tls = tls;
  self->user = g_strdup ("");
  self->ca_file = g_strdup ("");

  return self;
}

/**
 * mmp_broker_entry_copy:
 *
 * Returns: (transfer full): a copy
 */
MmpBrokerEntry *
mmp_broker_entry_copy (const MmpBrokerEntry *self)
{
  MmpBrokerEntry *copy = mmp_broker_entry_new (self->host, self->port, self->tls);

  g_set_str (&copy->id, self->id);
  g_set_str (&copy->user, self->user);
  g_set_str (&copy->ca_file, self->ca_file);

  return copy;
}

/**
 * mmp_broker_entry_free:
 */
void
mmp_broker_entry_free (MmpBrokerEntry *self)
{
  g_free (self->id);
  g_free (self->host);
  g_free (self->user);
  g_free (self->ca_file);
  g_free (self);
}

/**
 * mmp_broker_entry_get_secret_id:
 *
 * Returns: (transfer full): under which its password is among the secrets
 */
char *
mmp_broker_entry_get_secret_id (const char *id)
{
  return g_strconcat ("broker/", id, NULL);
}

static gboolean
is_good (const char *text)
{
  return text == NULL || (strlen (text) <= TEXT_MAX && strpbrk (text, "\r\n") == NULL);
}

static gpointer
parse (GKeyFile *key_file,
       const char *id,
       GError **error)
{
  g_autofree char *host = g_key_file_get_string (key_file, id, "Host", NULL);
  g_autofree char *user = g_key_file_get_string (key_file, id, "User", NULL);
  g_autofree char *ca_file = g_key_file_get_string (key_file, id, "CAFile", NULL);
  int port = g_key_file_get_integer (key_file, id, "Port", NULL);
  g_autoptr (GError) tls_error = NULL;
  gboolean tls = g_key_file_get_boolean (key_file, id, "TLS", &tls_error);
  MmpBrokerEntry *self;

  if (host == NULL || host[0] == '\0' || !is_good (host) || !is_good (user) || !is_good (ca_file) || port < 1 || port > G_MAXUINT16)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "the group %.60s is not a broker", id);
      return NULL;
    }

  /* Without a word about it, the safe one */
  self = mmp_broker_entry_new (host, (guint) port, tls_error != NULL || tls);
  g_set_str (&self->id, id);
  g_set_str (&self->user, user != NULL ? user : "");
  g_set_str (&self->ca_file, ca_file != NULL ? ca_file : "");

  return self;
}

static void
unparse (gconstpointer entry,
         GKeyFile *key_file)
{
  const MmpBrokerEntry *self = entry;

  g_key_file_set_string (key_file, self->id, "Host", self->host);
  g_key_file_set_integer (key_file, self->id, "Port", (int) self->port);
  g_key_file_set_boolean (key_file, self->id, "TLS", self->tls);
  g_key_file_set_string (key_file, self->id, "User", self->user);
  g_key_file_set_string (key_file, self->id, "CAFile", self->ca_file);
}

const MmpEntryKind mmp_broker_entry_kind = {
  .file_name = "brokers.ini",
  .main_group = "Brokers",
  .parse = parse,
  .unparse = unparse,
  .free = (GDestroyNotify) mmp_broker_entry_free,
};
