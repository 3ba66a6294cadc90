/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-fake-stun.h"

#include <stun/stunagent.h>
#include <string.h>

#define OTHER_ADDRESS 0x802c
#define CHANGE_ADDRESS 0x4
#define CHANGE_PORT 0x2
#define SIZE_MAX_OF_ANSWER 4096
/* Ports that a NAT gives out are told apart by these. */
#define PORT_STEP 7
#define ADDRESS_STEP 100
#define PUBLIC_ADDRESS 0xc6336407 /* 198.51.100.7 */

static const uint16_t known_attributes[] = { STUN_ATTRIBUTE_CHANGE_REQUEST, 0 };
static const char *const addresses[] = { "127.0.0.1", "127.0.0.2" };

/* Sockets 0 and 1 have the first address, 2 and 3 the second; even ones the first port, odd ones the second. */
#define ADDRESS_OF(i) ((i) / 2)
#define PORT_OF(i) ((i) % 2)

static struct sockaddr_in
get_name (GSocket *socket)
{
  g_autoptr (GSocketAddress) address = g_socket_get_local_address (socket, NULL);
  struct sockaddr_in native = { 0 };

  g_assert_true (g_socket_address_to_native (address, &native, sizeof native, NULL));

  return native;
}

static struct sockaddr_in
get_mapped (MmpFakeStun *self,
            guint at,
            GSocketAddress *from)
{
  struct sockaddr_in mapped = { 0 };
  guint port;

  g_assert_true (g_socket_address_to_native (from, &mapped, sizeof mapped, NULL));
  if (!self->translated)
    return mapped;

  port = g_ntohs (mapped.sin_port);
  if (self->mapping != MMP_NAT_RULE_ENDPOINT_INDEPENDENT)
    port += ADDRESS_STEP * ADDRESS_OF (at);
  if (self->mapping == MMP_NAT_RULE_ADDRESS_AND_PORT_DEPENDENT)
    port += PORT_STEP * PORT_OF (at);
  mapped.sin_port = g_htons ((guint16) port);
  mapped.sin_addr.s_addr = g_htonl (PUBLIC_ADDRESS);

  return mapped;
}

/* From which socket the answer goes out, -1 if it would not come through */
static int
choose_socket (MmpFakeStun *self,
               guint at,
               uint32_t change)
{
  guint address = ADDRESS_OF (at) ^ ((change & CHANGE_ADDRESS) != 0);
  guint port = PORT_OF (at) ^ ((change & CHANGE_PORT) != 0);

  if (self->lies_about_it || change == 0)
    return (int) at;
  if (!self->two_addresses || (address != ADDRESS_OF (at) && self->filtering != MMP_NAT_RULE_ENDPOINT_INDEPENDENT) || self->filtering == MMP_NAT_RULE_ADDRESS_AND_PORT_DEPENDENT)
    return -1;

  return (int) (2 * address + port);
}

static void
send_to (GSocket *socket,
         GSocketAddress *to,
         const guint8 *data,
         gsize size)
{
  g_socket_send_to (socket, to, (const char *) data, size, NULL, NULL);
}

static void
send_answer (MmpFakeStun *self,
             GSocket *socket,
             GSocketAddress *to,
             guint8 *data,
             gsize size)
{
  guint8 changed[SIZE_MAX_OF_ANSWER] = { 0 };
  gboolean noisy = self->manner == MMP_FAKE_STUN_NOISY;

  memcpy (changed, data, size);
  if (noisy || self->manner == MMP_FAKE_STUN_WRONG_ID)
    {
      changed[19] ^= 1;
      send_to (socket, to, changed, size);
      changed[19] ^= 1;
    }
  if (noisy || self->manner == MMP_FAKE_STUN_TRUNCATED)
    {
      send_to (socket, to, changed, size - 4);
      send_to (socket, to, changed, 3);
    }
  if (noisy || self->manner == MMP_FAKE_STUN_OVERSIZE)
    send_to (socket, to, changed, sizeof changed);
  if (noisy)
    send_to (socket, to, (const guint8 *) "HTTP/1.1 400 Bad Request", 24);
  if (noisy || self->manner == MMP_FAKE_STUN_HONEST || self->manner == MMP_FAKE_STUN_ADDRESSLESS || (self->manner == MMP_FAKE_STUN_DEAF_AT_FIRST && self->requests % 3 == 0))
    send_to (socket, to, data, size);
}

static void
answer (MmpFakeStun *self,
        guint at,
        guint8 *data,
        gsize size,
        GSocketAddress *from)
{
  guint8 buffer[SIZE_MAX_OF_ANSWER];
  StunAgent agent;
  StunMessage request;
  StunMessage response;
  uint32_t change = 0;
  struct sockaddr_in mapped = get_mapped (self, at, from);
  struct sockaddr_in other = get_name (self->sockets[3]);
  int out;

  stun_agent_init (&agent, known_attributes, STUN_COMPATIBILITY_RFC5389, STUN_AGENT_USAGE_IGNORE_CREDENTIALS);
  if (stun_agent_validate (&agent, &request, data, size, NULL, NULL) != STUN_VALIDATION_SUCCESS || stun_message_get_method (&request) != STUN_BINDING)
    return;

  self->requests++;
  stun_message_find32 (&request, STUN_ATTRIBUTE_CHANGE_REQUEST, &change);
  out = choose_socket (self, at, change);
  if (out < 0)
    return;
  stun_agent_init_response (&agent, &response, buffer, sizeof buffer, &request);
  if (self->manner != MMP_FAKE_STUN_ADDRESSLESS)
    stun_message_append_xor_addr (&response, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, (struct sockaddr_storage *) &mapped, sizeof mapped);
  if (self->two_addresses || self->lies_about_it)
    stun_message_append_addr (&response, (StunAttribute) OTHER_ADDRESS, (struct sockaddr *) &other, sizeof other);
  size = stun_agent_finish_message (&agent, &response, NULL, 0);
  send_answer (self, self->sockets[out], from, buffer, size);
}

static gboolean
on_incoming (GSocket *socket,
             GIOCondition condition,
             gpointer user_data)
{
  MmpFakeStun *self = user_data;
  guint8 buffer[SIZE_MAX_OF_ANSWER];
  g_autoptr (GSocketAddress) from = NULL;
  gssize size = g_socket_receive_from (socket, &from, (char *) buffer, sizeof buffer, NULL, NULL);

  for (guint at = 0; size > 0 && at < G_N_ELEMENTS (self->sockets); at++)
    if (self->sockets[at] == socket)
      answer (self, at, buffer, (gsize) size, from);

  return G_SOURCE_CONTINUE;
}

static GSocket *
open_socket (const char *host,
             guint port)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string (host, port);
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);

  if (!g_socket_bind (socket, address, FALSE, NULL))
    return NULL;
  g_socket_set_blocking (socket, FALSE);

  return g_steal_pointer (&socket);
}

/* Two ports, each free at both addresses */
static void
open_ports (MmpFakeStun *self)
{
  for (guint port = 0; port < 2; port++)
    while (self->sockets[2 + port] == NULL)
      {
        g_clear_object (&self->sockets[port]);
        self->sockets[port] = open_socket (addresses[0], 0);
        g_assert_nonnull (self->sockets[port]);
        self->sockets[2 + port] = open_socket (addresses[1], g_ntohs (get_name (self->sockets[port]).sin_port));
      }
}

/**
 * mmp_fake_stun_new:
 *
 * Returns: (transfer full): an honest server with one address, and no NAT in between
 */
MmpFakeStun *
mmp_fake_stun_new (void)
{
  MmpFakeStun *self = g_new0 (MmpFakeStun, 1);

  self->mapping = MMP_NAT_RULE_ENDPOINT_INDEPENDENT;
  self->filtering = MMP_NAT_RULE_ENDPOINT_INDEPENDENT;
  open_ports (self);
  for (guint i = 0; i < G_N_ELEMENTS (self->sockets); i++)
    {
      self->sources[i] = g_socket_create_source (self->sockets[i], G_IO_IN, NULL);
      g_source_set_callback (self->sources[i], G_SOURCE_FUNC (on_incoming), self, NULL);
      g_source_attach (self->sources[i], NULL);
    }

  return self;
}

/**
 * mmp_fake_stun_free:
 */
void
mmp_fake_stun_free (MmpFakeStun *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->sockets); i++)
    {
      g_source_destroy (self->sources[i]);
      g_source_unref (self->sources[i]);
      g_object_unref (self->sockets[i]);
    }
  g_free (self);
}

/**
 * mmp_fake_stun_get_uri:
 *
 * Returns: (transfer full): where it is
 */
char *
mmp_fake_stun_get_uri (MmpFakeStun *self)
{
  return g_strdup_printf ("stun:%s:%u", addresses[0], g_ntohs (get_name (self->sockets[0]).sin_port));
}

/**
 * mmp_fake_stun_get_second_uri:
 *
 * Returns: (transfer full): its second address, as if another server were there
 */
char *
mmp_fake_stun_get_second_uri (MmpFakeStun *self)
{
  return g_strdup_printf ("stun:%s:%u", addresses[1], g_ntohs (get_name (self->sockets[2]).sin_port));
}
