/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-rtc"

#include "rtc/mmp-ice-agent.h"

#include <gio/gnetworking.h>
#include <nice/agent.h>
#include <nice/interfaces.h>

/* How long an agent without a working pair waits before it gives up, in milliseconds: long enough for candidates of the other
 * side's TURN server, which come after 3 s. */
#define IDLE_TIMEOUT 3000

/* A TURN server answers the end of an allocation in a round trip or not at all. */
#define RELEASE_TIMEOUT G_TIME_SPAN_SECOND

/* Without it a fast sender overruns the socket: measured at 50 ms, a third of the throughput. The kernel cuts it to net.core.rmem_max. */
#define RECEIVE_BUFFER_SIZE (4 * 1024 * 1024)

/* webrtcbin with everything bundled has one stream with one component. */
#define STREAM_ID 1
#define COMPONENT_ID 1

static GObject *
dup_agent (GstElement *webrtcbin)
{
  g_autoptr (GObject) ice = NULL;
  GObject *agent = NULL;

  g_object_get (webrtcbin, "ice-agent", &ice, NULL);
  if (ice != NULL)
    g_object_get (ice, "agent", &agent, NULL);

  return agent;
}

/* libnice gathers on loopback only if it is told the addresses; then it gathers on no others, so all are given. */
static void
add_all_addresses (NiceAgent *agent)
{
  GList *addresses = nice_interfaces_get_local_ips (TRUE);

  for (GList *l = addresses; l != NULL; l = l->next)
    {
      g_autoptr (GInetAddress) address = g_inet_address_new_from_string (l->data);
      NiceAddress nice_address;

      nice_address_init (&nice_address);
      if (address != NULL && !g_inet_address_get_is_link_local (address) && nice_address_set_from_string (&nice_address, l->data))
        nice_agent_add_local_address (agent, &nice_address);
    }
  g_list_free_full (addresses, g_free);
}

static MmpCandidateType
candidate_type (const NiceCandidate *candidate)
{
  switch (candidate->type)
    {
    case NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE:
      return MMP_CANDIDATE_SERVER_REFLEXIVE;
    case NICE_CANDIDATE_TYPE_PEER_REFLEXIVE:
      return MMP_CANDIDATE_PEER_REFLEXIVE;
    case NICE_CANDIDATE_TYPE_RELAYED:
      return MMP_CANDIDATE_RELAYED;
    case NICE_CANDIDATE_TYPE_HOST:
    default:
      return MMP_CANDIDATE_HOST;
    }
}

static void
print_address (const NiceAddress *address,
               char *text,
               gsize size)
{
  char host[NICE_ADDRESS_STRING_LEN];

  nice_address_to_string (address, host);
  g_snprintf (text, size, nice_address_ip_version (address) == 6 ? "[%s]:%u" : "%s:%u", host, nice_address_get_port (address));
}

/**
 * mmp_ice_agent_configure:
 *
 * Sets what has to be set before the first description is made.
 */
void
mmp_ice_agent_configure (GstElement *webrtcbin,
                         const MmpIceConfig *config)
{
  g_autoptr (GObject) agent = dup_agent (webrtcbin);

  if (agent == NULL)
    return;

  g_object_set (agent,
                "upnp", config->upnp,
                "ice-tcp", TRUE,
                "idle-timeout", IDLE_TIMEOUT,
                NULL);
  if (config->loopback)
    add_all_addresses (NICE_AGENT (agent));
}

typedef struct
{
  GMutex lock;
  GCond cond;
  gboolean released;
} Release;

static void
release_clear (gpointer data)
{
  Release *release = data;

  g_mutex_clear (&release->lock);
  g_cond_clear (&release->cond);
}

static void
on_released (GObject *agent,
             GAsyncResult *result,
             gpointer user_data)
{
  Release *release = user_data;

  g_mutex_lock (&release->lock);
  release->released = TRUE;
  g_cond_signal (&release->cond);
  g_mutex_unlock (&release->lock);
  g_atomic_rc_box_release_full (release, release_clear);
}

/**
 * mmp_ice_agent_release:
 *
 * Gives the allocations at TURN servers back, which would stay for their 10 minutes and count against the user's quota. Blocks,
 * at most a second. To be called while the pipeline still runs, which reads the server's answer.
 */
void
mmp_ice_agent_release (GstElement *webrtcbin)
{
  g_autoptr (GObject) agent = dup_agent (webrtcbin);
  gint64 deadline = g_get_monotonic_time () + RELEASE_TIMEOUT;
  Release *release;

  if (agent == NULL)
    return;

  release = g_atomic_rc_box_new0 (Release);
  g_mutex_init (&release->lock);
  g_cond_init (&release->cond);
  nice_agent_close_async (NICE_AGENT (agent), on_released, g_atomic_rc_box_acquire (release));
  g_mutex_lock (&release->lock);
  while (!release->released && g_cond_wait_until (&release->cond, &release->lock, deadline))
    ;
  g_mutex_unlock (&release->lock);
  g_atomic_rc_box_release_full (release, release_clear);
}

/**
 * mmp_ice_agent_widen_sockets:
 *
 * Gives the UDP sockets a larger receive buffer, as far as the kernel allows.
 */
void
mmp_ice_agent_widen_sockets (GstElement *webrtcbin)
{
  g_autoptr (GObject) agent = dup_agent (webrtcbin);
  g_autoptr (GPtrArray) sockets = agent != NULL ? nice_agent_get_sockets (NICE_AGENT (agent), STREAM_ID, COMPONENT_ID) : NULL;

  for (guint i = 0; sockets != NULL && i < sockets->len; i++)
    {
      g_autoptr (GError) error = NULL;
      GSocket *socket = g_ptr_array_index (sockets, i);

      if (g_socket_get_socket_type (socket) == G_SOCKET_TYPE_DATAGRAM && !g_socket_set_option (socket, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_SIZE, &error))
        g_debug ("The receive buffer stays as it is: %s", error->message);
    }
}

/**
 * mmp_ice_agent_get_pair:
 * @pair: (out caller-allocates): the selected pair; all zero if there is none
 */
void
mmp_ice_agent_get_pair (GstElement *webrtcbin,
                        MmpCandidatePair *pair)
{
  g_autoptr (GObject) agent = dup_agent (webrtcbin);
  NiceCandidate *local = NULL;
  NiceCandidate *remote = NULL;

  *pair = (MmpCandidatePair) { 0 };
  if (agent == NULL || !nice_agent_get_selected_pair (NICE_AGENT (agent), STREAM_ID, COMPONENT_ID, &local, &remote))
    return;

  pair->local_type = candidate_type (local);
  pair->remote_type = candidate_type (remote);
  pair->tcp = local->transport != NICE_CANDIDATE_TRANSPORT_UDP;
  print_address (&local->addr, pair->local_address, sizeof pair->local_address);
  print_address (&remote->addr, pair->remote_address, sizeof pair->remote_address);
}
