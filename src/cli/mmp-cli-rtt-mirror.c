/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>

#include "mmp-cli-options.h"
#include "mmp-cli-rtt.h"
#include "mmp-cli-text.h"

#define LOG_FILE "rtt-mirror.log"

static void
on_state_changed (MmpMqttState state,
                  const GError *cause,
                  gpointer user_data)
{
  mmp_cli_rtt_tell_state (user_data, state, cause);
}

static void
on_mirrored (gsize size,
             gpointer user_data)
{
  g_autofree char *text = g_strdup_printf ("mirrored %zu bytes", size);

  mmp_cli_rtt_write_log (user_data, g_get_real_time (), text);
}

static void
on_failed (const GError *error,
           gpointer user_data)
{
  mmp_cli_rtt_fail (user_data, error);
}

static const MmpRttMirrorFuncs funcs = {
  .state_changed = on_state_changed,
  .mirrored = on_mirrored,
  .failed = on_failed,
};

static void
print_figures (MmpCliRtt *self,
               MmpRttMirror *mirror)
{
  MmpRttMirrorFigures figures;

  mmp_rtt_mirror_get_figures (mirror, &figures);
  if (self->json)
    g_print ("{\"event\":\"stats\",\"mirrored\":%" G_GUINT64_FORMAT ",\"dropped\":%" G_GUINT64_FORMAT ",\"retained\":%" G_GUINT64_FORMAT "}\n",
             figures.mirrored, figures.dropped, figures.retained);
  else
    g_print (_ ("Mirrored: %" PRIu64 ", could not be sent back: %" PRIu64 "\n"), figures.mirrored, figures.dropped);
}

static MmpCliExit
run (const MmpCliCommand *command,
     int argc,
     char *argv[])
{
  g_autoptr (MmpCliRtt) self = mmp_cli_rtt_new ();
  g_autoptr (GOptionContext) context = mmp_cli_options_new (command);
  g_auto (GStrv) positionals = NULL;
  g_autoptr (MmpMqttBroker) broker = NULL;
  g_autoptr (MmpRttMirror) mirror = NULL;
  g_autoptr (GError) error = NULL;
  MmpCliExit exit;

  mmp_cli_rtt_add_options (self, context);
  positionals = mmp_cli_options_parse (context, argc, argv, &error);
  broker = positionals != NULL ? mmp_cli_rtt_settle (self, positionals, argc, argv, &error) : NULL;
  if (broker == NULL || !mmp_cli_rtt_open_log (self, LOG_FILE, &error))
    return mmp_cli_rtt_complain (command, error);
  mirror = mmp_rtt_mirror_new (NULL, broker, positionals[2], positionals[3], &funcs, self, &error);
  if (mirror == NULL)
    return mmp_cli_rtt_complain (command, error);

  exit = mmp_cli_rtt_wait (self);
  print_figures (self, mirror);

  return exit;
}

const MmpCliCommand mmp_cli_rtt_mirror = {
  .name = "rtt-mirror",
  .arguments = "BROKER PORT S_TOPIC P_TOPIC",
  .summary = N_ ("Send back what “mmp rtt-analyzer” sends"),
  .description = N_ ("Publishes to P_TOPIC, unchanged, every message that comes on S_TOPIC, at the broker BROKER:PORT, until it is stopped."),
  .run = run,
};
