/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-hub"

#include "hub/mmp-hub-classic.h"

#include "base/mmp-error.h"
#include "classic/mmp-classic-initiator.h"
#include "classic/mmp-classic-line.h"
#include "classic/mmp-classic-listener.h"
#include "hub/mmp-hub-private.h"

static void
listener_stop (gpointer endpoint)
{
  mmp_classic_listener_stop (endpoint);
}

static void
listener_kick (gpointer endpoint)
{
  mmp_classic_listener_kick (endpoint);
}

static void
listener_trust_changed (gpointer endpoint)
{
  mmp_classic_listener_trust_changed (endpoint);
}

static void
listener_disconnect (gpointer endpoint,
                     const MmpPublicKey *device)
{
  mmp_classic_listener_disconnect (endpoint, device);
}

static void
initiator_stop (gpointer endpoint)
{
  mmp_classic_initiator_stop (endpoint);
}

static void
initiator_kick (gpointer endpoint)
{
  mmp_classic_initiator_kick (endpoint);
}

static const MmpHubKind listener_kind = { .stop = listener_stop, .kick = listener_kick, .trust_changed = listener_trust_changed, .disconnect = listener_disconnect };
static const MmpHubKind initiator_kind = { .stop = initiator_stop, .kick = initiator_kick };

/**
 * mmp_hub_classic_check:
 * @config: of a listener or an initiator
 *
 * Returns: %FALSE with %MMP_ERROR_ADDRESS_INVALID or %MMP_ERROR_LIMIT if it asks for what the classic mode has not
 */
gboolean
mmp_hub_classic_check (const MmpEndpointConfig *config,
                       GError **error)
{
  if (config->services->len + config->forwards->len > 1)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_LIMIT, "a tunnel of the classic mode has one service");
      return FALSE;
    }

  return mmp_classic_topics_check (config->prefix, mmp_classic_line_get_channel (config), error);
}

/**
 * mmp_hub_classic_start_listener:
 *
 * As mmp_hub_start_listener(), for initiators of the thesis's program, with a configuration that mmp_hub_classic_check()
 * lets pass.
 *
 * Returns: (transfer none): a listener that runs until mmp_hub_stop()
 */
gpointer
mmp_hub_classic_start_listener (MmpHub *self,
                                const MmpEndpointConfig *config,
                                const MmpEndpointFuncs *funcs,
                                gpointer user_data)
{
  g_autoptr (MmpEndpointConfig) own = mmp_hub_add_memory (self, config);
  MmpClassicListener *listener = mmp_classic_listener_new (own, mmp_hub_ensure_io (self), funcs, user_data);

  mmp_hub_add (self, listener, &listener_kind);
  mmp_classic_listener_start (listener);

  return listener;
}

/**
 * mmp_hub_classic_start_initiator:
 *
 * As mmp_hub_start_initiator(), for a listener of the thesis's program, with a configuration that mmp_hub_classic_check()
 * lets pass.
 *
 * Returns: (transfer none): an initiator that runs until mmp_hub_stop()
 */
gpointer
mmp_hub_classic_start_initiator (MmpHub *self,
                                 const MmpEndpointConfig *config,
                                 const MmpEndpointFuncs *funcs,
                                 gpointer user_data)
{
  MmpClassicInitiator *initiator = mmp_classic_initiator_new (config, mmp_hub_ensure_io (self), funcs, user_data);

  mmp_hub_add (self, initiator, &initiator_kind);
  mmp_classic_initiator_start (initiator);

  return initiator;
}
