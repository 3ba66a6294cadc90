/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-classic.h"

#include <string.h>

/**
 * mmp_cli_classic_settle:
 *
 * Gives the options that were not given the defaults of the thesis's program, and refuses those that its form cannot do.
 * Does nothing without `--classic`.
 */
gboolean
mmp_cli_classic_settle (MmpCliEndpoint *options,
                        GError **error)
{
  if (!options->classic)
    return TRUE;

  if (options->services != NULL || options->forwards != NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--classic” has one service only, so neither “--service” nor “--forward” can be added"));
  else if (options->relay != NULL || (options->path != NULL && strcmp (options->path, "relay") == 0))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--classic” never sends data through the broker"));
  else
    {
      if (options->topic == NULL)
        options->topic = g_strdup (MMP_CLASSIC_PREFIX);
      if (options->tunnel == NULL)
        options->tunnel = g_strdup (MMP_CLASSIC_CHANNEL);
      return TRUE;
    }

  return FALSE;
}

/**
 * mmp_cli_classic_introduce:
 *
 * Says what the classic mode lacks.
 */
void
mmp_cli_classic_introduce (MmpCliEvents *events)
{
  mmp_cli_events_note (events, _ ("Classic mode, compatible with applic-tunnel. It lacks: forward secrecy of the signalling (whoever gets a private key later\n"
                                  "can read what was recorded), a way through the broker where no direct one exists, and connections that outlive an outage."));
}
