/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "tunnel/mmp-endpoint.h"

#define NAME_OF_63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz01234567890"

static void
test_services_are_checked (void)
{
  const struct
  {
    const char *name;
    const char *host;
    guint port;
    gboolean good;
  } cases[] = {
    { "default", "127.0.0.1", 1883, TRUE },
    { "mqtt/home~1", "::1", 1, TRUE },
    { "x", "broker.example.org", 65535, TRUE },
    { NAME_OF_63, "h", 80, TRUE },
    { NAME_OF_63 "a", "h", 80, FALSE },
    { "", "h", 80, FALSE },
    { NULL, "h", 80, FALSE },
    { "with space", "h", 80, FALSE },
    { "tab\t", "h", 80, FALSE },
    { "umläut", "h", 80, FALSE },
    { "line\n", "h", 80, FALSE },
    { "del\x7f", "h", 80, FALSE },
    { "ok", "", 80, FALSE },
    { "ok", NULL, 80, FALSE },
    { "ok", "two words", 80, FALSE },
    { "ok", "user@host", 80, FALSE },
    { "ok", "host/path", 80, FALSE },
    { "ok", "[::1]", 80, FALSE },
    { "ok", "h", 0, FALSE },
    { "ok", "h", 65536, FALSE },
    { "default", "h", 80, FALSE }, /* is there already */
  };
  g_autoptr (MmpEndpointConfig) config = mmp_endpoint_config_new ();
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean good = mmp_endpoint_config_add_service (config, cases[i].name, cases[i].host, cases[i].port, &error);

      g_assert_cmpint (good, ==, cases[i].good);
      if (!good)
        g_assert_error (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID);
      n += good ? 1 : 0;
      g_assert_cmpuint (config->services->len, ==, n);
    }
}

static void
test_forwards_are_checked (void)
{
  const struct
  {
    const char *address;
    guint port;
    const char *service;
    gboolean good;
  } cases[] = {
    { "127.0.0.1", 1884, "default", TRUE },
    { "127.0.0.1", 1885, "default", TRUE },
    { "::1", 1884, "default", TRUE },
    { "*", 0, "other", TRUE },
    { "*", 0, "other", TRUE }, /* two free ports */
    { "127.0.0.1", 1884, "other", FALSE }, /* is there already */
    { "127.0.0.1", 65536, "default", FALSE },
    { "", 1884, "default", FALSE },
    { "127.0.0.1", 1886, "", FALSE },
    { "127.0.0.1", 1886, "not good", FALSE },
  };
  g_autoptr (MmpEndpointConfig) config = mmp_endpoint_config_new ();
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean good = mmp_endpoint_config_add_forward (config, cases[i].address, cases[i].port, cases[i].service, &error);

      g_assert_cmpint (good, ==, cases[i].good);
      if (!good)
        g_assert_error (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID);
      n += good ? 1 : 0;
      g_assert_cmpuint (config->forwards->len, ==, n);
    }
}

static void
test_there_is_a_limit (void)
{
  g_autoptr (MmpEndpointConfig) config = mmp_endpoint_config_new ();
  g_autoptr (GError) services = NULL;
  g_autoptr (GError) forwards = NULL;

  for (guint i = 0; i < MMP_SERVICES_MAX; i++)
    {
      g_autofree char *name = g_strdup_printf ("service-%u", i);

      g_assert_true (mmp_endpoint_config_add_service (config, name, "localhost", 80, NULL));
      g_assert_true (mmp_endpoint_config_add_forward (config, "localhost", 8000 + i, name, NULL));
    }
  g_assert_false (mmp_endpoint_config_add_service (config, "one-more", "localhost", 80, &services));
  g_assert_error (services, MMP_ERROR, MMP_ERROR_LIMIT);
  g_assert_false (mmp_endpoint_config_add_forward (config, "localhost", 80, "one-more", &forwards));
  g_assert_error (forwards, MMP_ERROR, MMP_ERROR_LIMIT);
}

static void
test_copies_are_whole (void)
{
  const guint8 invitation[MMP_INVITATION_SIZE] = "0123456789abcde";
  MmpEndpointConfig *config = mmp_endpoint_config_new ();
  g_autoptr (MmpEndpointConfig) copy = NULL;
  const MmpService *service;
  const MmpForward *forward;
  MmpMqttBroker *broker = mmp_mqtt_broker_new ("broker.example.org", 8883, TRUE, NULL);

  g_ptr_array_add (config->brokers, broker);
  config->key_pair = mmp_key_pair_generate ();
  config->invitation = g_memdup2 (invitation, sizeof invitation);
  config->hold = MMP_SECONDS (5);
  g_assert_true (mmp_endpoint_config_add_service (config, "web", "localhost", 80, NULL));
  g_assert_true (mmp_endpoint_config_add_forward (config, "127.0.0.1", 0, "mqtt", NULL));
  copy = mmp_endpoint_config_copy (config);
  mmp_endpoint_config_free (config);

  g_assert_cmpuint (copy->brokers->len, ==, 1);
  g_assert_cmpstr (mmp_mqtt_broker_get_host (g_ptr_array_index (copy->brokers, 0)), ==, "broker.example.org");
  g_assert_nonnull (mmp_key_pair_get_public (copy->key_pair));
  g_assert_cmpmem (copy->invitation, MMP_INVITATION_SIZE, invitation, sizeof invitation);
  g_assert_cmpint (copy->hold, ==, MMP_SECONDS (5));
  g_assert_cmpstr (copy->prefix, ==, "sig");
  g_assert_true (copy->allow_direct);
  service = g_ptr_array_index (copy->services, 0);
  g_assert_cmpstr (service->name, ==, "web");
  g_assert_cmpstr (service->host, ==, "localhost");
  g_assert_cmpuint (service->port, ==, 80);
  forward = g_ptr_array_index (copy->forwards, 0);
  g_assert_cmpstr (forward->address, ==, "127.0.0.1");
  g_assert_cmpstr (forward->service, ==, "mqtt");
}

typedef struct
{
  MmpPublicKey device;
  guint n_asked;
  guint n_told;
  gboolean turn;
} Memory;

static gboolean
needs_turn (const MmpPublicKey *device,
            gpointer user_data)
{
  Memory *memory = user_data;

  memory->n_asked++;
  return memory->turn && mmp_public_key_equal (device, &memory->device);
}

static void
set_turn (const MmpPublicKey *device,
          gboolean turn,
          gpointer user_data)
{
  Memory *memory = user_data;

  memory->n_told++;
  memory->device = *device;
  memory->turn = turn;
}

static void
test_paths_are_remembered (void)
{
  const MmpPathMemory paths = { .needs_turn = needs_turn, .set_turn = set_turn };
  const MmpPublicKey device = { .bytes = { 1 } };
  const MmpPublicKey other = { .bytes = { 2 } };
  g_autoptr (MmpEndpointConfig) config = mmp_endpoint_config_new ();
  Memory memory = { .turn = FALSE };

  /* Without a memory nothing happens. */
  mmp_endpoint_config_note_path (config, &device, TRUE);
  mmp_endpoint_config_recall_path (config, &device);
  g_assert_false (config->ice->turn_at_once);

  config->paths = &paths;
  config->paths_data = &memory;
  mmp_endpoint_config_note_path (config, &device, TRUE);
  mmp_endpoint_config_recall_path (config, &other);
  g_assert_false (config->ice->turn_at_once);
  mmp_endpoint_config_recall_path (config, &device);
  g_assert_true (config->ice->turn_at_once);
  mmp_endpoint_config_note_path (config, &device, FALSE);
  g_assert_false (memory.turn);

  /* What a person wished says nothing of the network. */
  config->ice->relay_only = TRUE;
  mmp_endpoint_config_note_path (config, &device, TRUE);
  g_assert_false (memory.turn);
  g_assert_cmpuint (memory.n_told, ==, 2);
  g_assert_cmpuint (memory.n_asked, ==, 2);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/endpoint-config/services-are-checked", test_services_are_checked);
  g_test_add_func ("/endpoint-config/forwards-are-checked", test_forwards_are_checked);
  g_test_add_func ("/endpoint-config/there-is-a-limit", test_there_is_a_limit);
  g_test_add_func ("/endpoint-config/copies-are-whole", test_copies_are_whole);
  g_test_add_func ("/endpoint-config/paths-are-remembered", test_paths_are_remembered);

  return g_test_run ();
}
