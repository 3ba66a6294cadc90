/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mqtt/mmp-mqtt-join-private.h"

#include <errno.h>
#include <fcntl.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "base/mmp-error.h"
#include "mqtt/mmp-mqtt-error.h"

/* Seconds. Short, because a dead path to the broker should not stay unnoticed while nobody has anything to say. */
#define KEEP_ALIVE 20
/* What libmosquitto may write ahead of mmp_mqtt_codec_drain(), in bytes; the kernel doubles it. */
#define WRITE_AHEAD 16384

/* libmosquitto makes its CONNECT here, and keeps it until it is drained. */
static int
call_connect (struct mosquitto *mosquitto,
              const MmpMqttOptions *options,
              gboolean v5,
              const char *path)
{
  mosquitto_property *properties = NULL;
  int code;

  if (v5)
    {
      mosquitto_property_add_int32 (&properties, MQTT_PROP_MAXIMUM_PACKET_SIZE, (guint32) options->packet_max);
      mosquitto_property_add_int16 (&properties, MQTT_PROP_RECEIVE_MAXIMUM, options->receive_max);
      mosquitto_property_add_int32 (&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, options->session_expiry);
    }
  code = mosquitto_connect_bind_v5 (mosquitto, path, 0, KEEP_ALIVE, NULL, properties);
  mosquitto_property_free_all (&properties);

  return code;
}

static gboolean
meet_at (struct mosquitto *mosquitto,
         const MmpMqttOptions *options,
         gboolean v5,
         int *fd,
         int listener,
         const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  const int write_ahead = WRITE_AHEAD;

  if (g_strlcpy (address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path)
    {
      errno = ENAMETOOLONG;
      return FALSE;
    }
  if (bind (listener, (struct sockaddr *) &address, sizeof address) != 0 || listen (listener, 1) != 0)
    return FALSE;
  if (call_connect (mosquitto, options, v5, path) != MOSQ_ERR_SUCCESS)
    return FALSE;

  fcntl (mosquitto_socket (mosquitto), F_SETFD, FD_CLOEXEC);
  setsockopt (mosquitto_socket (mosquitto), SOL_SOCKET, SO_SNDBUF, &write_ahead, sizeof write_ahead);
  *fd = accept (listener, NULL, NULL);
  if (*fd < 0)
    return FALSE;
  fcntl (*fd, F_SETFD, FD_CLOEXEC);

  return TRUE;
}

static gboolean
set_will (struct mosquitto *mosquitto,
          const char *topic,
          GError **error)
{
  int code = mosquitto_will_set (mosquitto, topic, 0, NULL, 1, true);

  if (code != MOSQ_ERR_SUCCESS)
    g_propagate_error (error, mmp_mqtt_error_new (MMP_MQTT_ANSWER_REQUEST, code));

  return code == MOSQ_ERR_SUCCESS;
}

/**
 * mmp_mqtt_join:
 * @mosquitto: a client that is set up
 * @v5: %TRUE for MQTT 5, %FALSE for MQTT 3.1.1
 * @error: return location
 *
 * Lets libmosquitto say CONNECT into a socket of ours. It takes no socket that is connected already, so it connects to
 * one that we listen on. The name in the file system lives for the moment of this function, in a folder that nobody else
 * may enter.
 *
 * Returns: our end of the socket; -1 on failure
 */
int
mmp_mqtt_join (struct mosquitto *mosquitto,
               const MmpMqttOptions *options,
               gboolean v5,
               GError **error)
{
  g_autofree char *folder = NULL;
  g_autofree char *path = NULL;
  int listener;
  int fd = -1;
  gboolean joined;

  if (options->will_topic != NULL && !set_will (mosquitto, options->will_topic, error))
    return -1;
  folder = g_dir_make_tmp ("mmp-XXXXXX", error);
  if (folder == NULL)
    return -1;

  path = g_build_filename (folder, "mqtt", NULL);
  listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  joined = listener >= 0 && meet_at (mosquitto, options, v5, &fd, listener, path);
  if (!joined)
    g_set_error (error, MMP_ERROR, MMP_ERROR_FAILED, "libmosquitto cannot be joined at %s: %s", path, g_strerror (errno));
  if (listener >= 0)
    close (listener);
  g_unlink (path);
  g_rmdir (folder);

  return joined ? fd : -1;
}
