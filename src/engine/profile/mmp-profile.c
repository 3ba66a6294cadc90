/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-profile"

#include "profile/mmp-profile.h"
#include "profile/mmp-profile-bridge-private.h"
#include "profile/mmp-profile-private.h"

#include <string.h>

#include "base/mmp-error.h"
#include "profile/mmp-profile-kind.h"

#define DEFAULT_PREFIX "sig"
#define DEFAULT_STUN "stun:stun.l.google.com:19302"
#define DEFAULT_HOLD 60

#define SERVICE_GROUP "Service"
#define FORWARD_GROUP "Forward"

static const char *const kinds[] = { "listener", "initiator", "bridge", "portal", NULL };
static const char *const accesses[] = { "trusted", "ask", "anyone", NULL };
static const char *const relays[] = { "limited", "unlimited", "never", NULL };
static const char *const paths[] = { "auto", "direct", "relay", "turn", NULL };

G_DEFINE_BOXED_TYPE (MmpProfile, mmp_profile, mmp_profile_copy, mmp_profile_free)

static gboolean
fail (GError **error,
      const char *message)
{
  g_set_error_literal (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, message);

  return FALSE;
}

static void
port_free (gpointer data)
{
  MmpProfilePort *port = data;

  g_free (port->service);
  g_free (port->address);
  g_free (port);
}

static MmpProfilePort *
port_new (const char *service,
          const char *address,
          guint number)
{
  MmpProfilePort *port = g_new0 (MmpProfilePort, 1);

  port->service = g_strdup (service);
  port->address = g_strdup (address);
  port->port = number;

  return port;
}

static gpointer
port_copy (gconstpointer data,
           gpointer user_data)
{
  const MmpProfilePort *port = data;

  return port_new (port->service, port->address, port->port);
}

static GPtrArray *
ports_copy (GPtrArray *ports)
{
  GPtrArray *copy = g_ptr_array_copy (ports, (GCopyFunc) port_copy, NULL);

  g_ptr_array_set_free_func (copy, port_free);

  return copy;
}

/**
 * mmp_profile_new:
 *
 * Returns: (transfer full): a profile with the defaults of everything, and nothing that a person has to say
 */
MmpProfile *
mmp_profile_new (MmpProfileKind kind)
{
  MmpProfile *self = g_new0 (MmpProfile, 1);

  self->id = g_strdup ("");
  self->kind = kind;
  self->name = g_strdup ("");
  self->key_pair = g_strdup ("");
  self->broker = g_strdup ("");
  self->prefix = g_strdup (DEFAULT_PREFIX);
  self->services = g_ptr_array_new_with_free_func (port_free);
  self->forwards = g_ptr_array_new_with_free_func (port_free);
  self->access = MMP_PROFILE_ACCESS_ASK;
  self->stun = g_strdup (DEFAULT_STUN);
  self->turn = g_new0 (char *, 1);
  self->classic_devices = g_new0 (char *, 1);
  self->turn_user = g_strdup ("");
  self->turn_ca_file = g_strdup ("");
  self->hold = DEFAULT_HOLD;
  self->bridge = mmp_profile_bridge_new ();

  return self;
}

/**
 * mmp_profile_copy:
 *
 * Returns: (transfer full): a copy that shares nothing
 */
MmpProfile *
mmp_profile_copy (const MmpProfile *self)
{
  MmpProfile *copy = g_memdup2 (self, sizeof *self);

  copy->id = g_strdup (self->id);
  copy->name = g_strdup (self->name);
  copy->key_pair = g_strdup (self->key_pair);
  copy->broker = g_strdup (self->broker);
  copy->prefix = g_strdup (self->prefix);
  copy->services = ports_copy (self->services);
  copy->forwards = ports_copy (self->forwards);
  copy->stun = g_strdup (self->stun);
  copy->bridge = mmp_profile_bridge_copy (self->bridge);
  copy->turn = g_strdupv (self->turn);
  copy->classic_devices = g_strdupv (self->classic_devices);
  copy->turn_user = g_strdup (self->turn_user);
  copy->turn_ca_file = g_strdup (self->turn_ca_file);

  return copy;
}

/**
 * mmp_profile_free:
 */
void
mmp_profile_free (MmpProfile *self)
{
  g_free (self->id);
  g_free (self->name);
  g_free (self->key_pair);
  g_free (self->broker);
  g_free (self->prefix);
  g_ptr_array_unref (self->services);
  g_ptr_array_unref (self->forwards);
  g_free (self->stun);
  mmp_profile_bridge_free (self->bridge);
  g_strfreev (self->turn);
  g_strfreev (self->classic_devices);
  g_free (self->turn_user);
  g_free (self->turn_ca_file);
  g_free (self);
}

/**
 * mmp_profile_add_service:
 * @service: the name that the other side asks for
 * @host: where it is, as seen from here
 * @port: 1 to 65,535
 */
void
mmp_profile_add_service (MmpProfile *self,
                         const char *service,
                         const char *host,
                         guint port)
{
  g_ptr_array_add (self->services, port_new (service, host, port));
}

/**
 * mmp_profile_add_forward:
 * @address: where it opens here
 * @port: 0 (any free one) to 65,535
 * @service: the name of a service of the other side
 */
void
mmp_profile_add_forward (MmpProfile *self,
                         const char *address,
                         guint port,
                         const char *service)
{
  g_ptr_array_add (self->forwards, port_new (service, address, port));
}

gboolean
mmp_profile_is_line (const char *text,
                     gsize max)
{
  if (strlen (text) > max)
    return FALSE;
  for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c))
    {
      if (g_unichar_iscntrl (g_utf8_get_char (c)))
        return FALSE;
    }

  return TRUE;
}

/* What a person wrote with spaces, commas or new lines between the words */
GStrv
mmp_profile_split (const char *text)
{
  g_auto (GStrv) parts = g_strsplit_set (text, " ,;\t\r\n", -1);
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();

  for (guint i = 0; parts[i] != NULL; i++)
    {
      if (parts[i][0] != '\0')
        g_strv_builder_add (words, parts[i]);
    }

  return g_strv_builder_end (words);
}

static gboolean
check_ports (GPtrArray *ports,
             guint lowest,
             GError **error)
{
  if (ports->len > MMP_SERVICES_MAX)
    return fail (error, "there are too many services or local addresses");
  for (guint i = 0; i < ports->len; i++)
    {
      const MmpProfilePort *port = g_ptr_array_index (ports, i);

      if (port->service[0] == '\0' || !mmp_profile_is_line (port->service, MMP_SERVICE_NAME_MAX))
        return fail (error, "a service has no name");
      if (port->address[0] == '\0' || !mmp_profile_is_line (port->address, MMP_PROFILE_TEXT_MAX))
        return fail (error, "a service or local address has no address");
      if (port->port < lowest || port->port > G_MAXUINT16)
        return fail (error, "a service or local address has no port");
    }

  return TRUE;
}

/**
 * mmp_profile_check:
 * @error: FILE_INVALID: what is wrong, or missing
 *
 * Returns: whether it is complete; that what it refers to is there is another matter
 */
gboolean
mmp_profile_check (const MmpProfile *self,
                   GError **error)
{
  if (self->name[0] == '\0' || !mmp_profile_is_line (self->name, MMP_PROFILE_NAME_MAX))
    return fail (error, "it has no name, or one that is too long");
  if (mmp_profile_has_tunnel (self) && !g_uuid_string_is_valid (self->key_pair))
    return fail (error, "it says no key pair");
  if (!g_uuid_string_is_valid (self->broker))
    return fail (error, "it says no broker");
  if (self->prefix[0] == '\0' || !mmp_profile_is_line (self->prefix, MMP_TOPIC_PREFIX_MAX))
    return fail (error, "its topic is wrong");
  if (!mmp_profile_is_line (self->stun, MMP_PROFILE_TEXT_MAX))
    return fail (error, "its STUN server is wrong");
  if (!mmp_profile_check_turn (self, error) || !mmp_profile_check_classic (self, error))
    return FALSE;
  if (self->hold > MMP_PROFILE_HOLD_MAX)
    return fail (error, "its hold time is too long");
  if (self->kind == MMP_PROFILE_INITIATOR && !self->has_device)
    return fail (error, "it says no device to connect to");
  if (mmp_profile_has_rules (self) && !mmp_profile_bridge_check (self->bridge, self->kind == MMP_PROFILE_PORTAL, error))
    return FALSE;
  /* What leads to a portal's other broker follows from its rules. */
  if (!mmp_profile_has_rules (self) && self->services->len + self->forwards->len == 0)
    return fail (error, "it neither shares a service nor opens a local address");

  return check_ports (self->services, 1, error) && check_ports (self->forwards, 0, error);
}

/* --- as a file ----------------------------------------------------------------------------------------------------- */

static char *
get_string (GKeyFile *key_file,
            const char *group,
            const char *key,
            const char *otherwise)
{
  char *value = g_key_file_get_string (key_file, group, key, NULL);

  return value != NULL ? value : g_strdup (otherwise);
}

/* A word of a list; -1: it is none of them; @otherwise: it is not there */
static int
get_word (GKeyFile *key_file,
          const char *key,
          const char *const *words,
          int otherwise)
{
  g_autofree char *value = g_key_file_get_string (key_file, MMP_PROFILE_GROUP, key, NULL);

  if (value == NULL)
    return otherwise;
  for (int i = 0; words[i] != NULL; i++)
    {
      if (g_str_equal (words[i], value))
        return i;
    }

  return -1;
}

static gboolean
get_boolean (GKeyFile *key_file,
             const char *key,
             gboolean otherwise)
{
  g_autoptr (GError) error = NULL;
  gboolean value = g_key_file_get_boolean (key_file, MMP_PROFILE_GROUP, key, &error);

  return error == NULL ? value : otherwise;
}

static void
get_ports (GKeyFile *key_file,
           const char *kind,
           GPtrArray *ports)
{
  for (guint i = 1; i <= MMP_SERVICES_MAX; i++)
    {
      g_autofree char *group = g_strdup_printf ("%s %u", kind, i);
      g_autofree char *service = NULL;
      g_autofree char *address = NULL;
      int port;

      if (!g_key_file_has_group (key_file, group))
        break;
      service = get_string (key_file, group, "Name", "");
      address = get_string (key_file, group, "Address", "");
      port = g_key_file_get_integer (key_file, group, "Port", NULL);
      g_ptr_array_add (ports, port_new (service, address, port >= 0 ? (guint) port : G_MAXUINT));
    }
}

static gboolean
get_device (GKeyFile *key_file,
            MmpProfile *self,
            GError **error)
{
  g_autofree char *text = g_key_file_get_string (key_file, MMP_PROFILE_GROUP, "Device", NULL);

  if (text == NULL)
    return TRUE;
  self->has_device = mmp_public_key_from_text (text, &self->device, NULL);

  return self->has_device || fail (error, "the device's key is wrong");
}

/**
 * mmp_profile_from_key_file:
 * @key_file: what a profile file says
 * @id: its UUID
 * @error: FILE_INVALID
 *
 * Returns: (transfer full): the profile, checked
 */
MmpProfile *
mmp_profile_from_key_file (GKeyFile *key_file,
                           const char *id,
                           GError **error)
{
  int kind = get_word (key_file, "Kind", kinds, -1);
  int access = get_word (key_file, "Access", accesses, MMP_PROFILE_ACCESS_ASK);
  int path = get_word (key_file, "Path", paths, MMP_PROFILE_PATH_AUTO);
  int relay = get_word (key_file, "Relay", relays, MMP_PROFILE_RELAY_LIMITED);
  g_autoptr (MmpProfile) self = NULL;
  int hold;

  if (kind < 0 || access < 0 || path < 0 || relay < 0)
    {
      fail (error, "it is of a kind that this program does not know");
      return NULL;
    }

  self = mmp_profile_new ((MmpProfileKind) kind);
  self->access = (MmpProfileAccess) access;
  self->path = (MmpProfilePath) path;
  g_set_str (&self->id, id);
  g_free (self->name);
  self->name = get_string (key_file, MMP_PROFILE_GROUP, "Name", "");
  g_free (self->key_pair);
  self->key_pair = get_string (key_file, MMP_PROFILE_GROUP, "KeyPair", "");
  g_free (self->broker);
  self->broker = get_string (key_file, MMP_PROFILE_GROUP, "Broker", "");
  g_free (self->prefix);
  self->prefix = get_string (key_file, MMP_PROFILE_GROUP, "Topic", DEFAULT_PREFIX);
  g_free (self->stun);
  self->stun = get_string (key_file, MMP_PROFILE_GROUP, "Stun", DEFAULT_STUN);
  mmp_profile_read_turn (self, key_file);
  mmp_profile_read_classic (self, key_file);
  self->relay = (MmpProfileRelay) relay;
  self->autostart = get_boolean (key_file, "Autostart", FALSE);
  hold = g_key_file_has_key (key_file, MMP_PROFILE_GROUP, "Hold", NULL) ? g_key_file_get_integer (key_file, MMP_PROFILE_GROUP, "Hold", NULL) : DEFAULT_HOLD;
  self->hold = hold >= 0 ? (guint) hold : G_MAXUINT;
  get_ports (key_file, SERVICE_GROUP, self->services);
  get_ports (key_file, FORWARD_GROUP, self->forwards);
  if (mmp_profile_has_rules (self) && !mmp_profile_bridge_read (self->bridge, key_file, error))
    return NULL;
  if (!get_device (key_file, self, error) || !mmp_profile_check (self, error))
    return NULL;

  return g_steal_pointer (&self);
}

/* In place, so that what a newer program wrote into a group stays there. */
static void
set_ports (GKeyFile *key_file,
           const char *kind,
           GPtrArray *ports)
{
  for (guint i = 1; i <= MMP_SERVICES_MAX; i++)
    {
      g_autofree char *group = g_strdup_printf ("%s %u", kind, i);

      if (i <= ports->len)
        {
          const MmpProfilePort *port = g_ptr_array_index (ports, i - 1);

          g_key_file_set_string (key_file, group, "Name", port->service);
          g_key_file_set_string (key_file, group, "Address", port->address);
          g_key_file_set_integer (key_file, group, "Port", (int) port->port);
        }
      else
        {
          g_key_file_remove_group (key_file, group, NULL);
        }
    }
}

/**
 * mmp_profile_to_key_file:
 * @self: a profile that passes mmp_profile_check()
 * @key_file: (inout): a profile file's content, perhaps with more in it than this program knows; that stays
 */
void
mmp_profile_to_key_file (const MmpProfile *self,
                         GKeyFile *key_file)
{
  const char *group = MMP_PROFILE_GROUP;

  g_key_file_set_string (key_file, group, "Kind", kinds[self->kind]);
  g_key_file_set_string (key_file, group, "Name", self->name);
  g_key_file_set_string (key_file, group, "KeyPair", self->key_pair);
  g_key_file_set_string (key_file, group, "Broker", self->broker);
  g_key_file_set_string (key_file, group, "Topic", self->prefix);
  g_key_file_set_string (key_file, group, "Access", accesses[self->access]);
  g_key_file_set_string (key_file, group, "Path", paths[self->path]);
  g_key_file_set_string (key_file, group, "Relay", relays[self->relay]);
  g_key_file_set_string (key_file, group, "Stun", self->stun);
  g_key_file_set_integer (key_file, group, "Hold", (int) self->hold);
  g_key_file_set_boolean (key_file, group, "Autostart", self->autostart);
  mmp_profile_write_turn (self, key_file);
  mmp_profile_write_classic (self, key_file);
  if (self->has_device)
    {
      g_autofree char *device = mmp_public_key_to_short_text (&self->device);

      g_key_file_set_string (key_file, group, "Device", device);
    }
  else
    {
      /* The end of a portal that is called is the one that names no device. */
      g_key_file_remove_key (key_file, group, "Device", NULL);
    }
  set_ports (key_file, SERVICE_GROUP, self->services);
  set_ports (key_file, FORWARD_GROUP, self->forwards);
  if (mmp_profile_has_rules (self))
    mmp_profile_bridge_write (self->bridge, self->kind == MMP_PROFILE_PORTAL, key_file);
}
