/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <math.h>

#include "mmp-cli-event.h"
#include "mmp-cli-options.h"
#include "mmp-cli-rtt.h"
#include "mmp-cli-text.h"

#define LOG_FILE "rtt-analyzer.log"
#define DEFAULT_INTERVAL 1.0 /* seconds */
#define INTERVAL_MIN 0.001
#define INTERVAL_MAX 86400.0
#define LOST_AFTER MMP_SECONDS (10)

typedef struct
{
  MmpCliRtt *common;
  FILE *csv; /* nullable */
  gboolean csv_failed;
} Analyzer;

static void
on_state_changed (MmpMqttState state,
                  const GError *cause,
                  gpointer user_data)
{
  Analyzer *self = user_data;

  mmp_cli_rtt_tell_state (self->common, state, cause);
}

static void
write_csv (Analyzer *self,
           gint64 timestamp,
           gint64 rtt)
{
  char seconds[G_ASCII_DTOSTR_BUF_SIZE] = "";

  if (rtt >= 0)
    g_ascii_formatd (seconds, sizeof seconds, "%.6f", (double) rtt / G_USEC_PER_SEC);
  if (fprintf (self->csv, "%" G_GINT64_FORMAT ".%06" G_GINT64_FORMAT ",%s\n", timestamp / G_USEC_PER_SEC, timestamp % G_USEC_PER_SEC, seconds) < 0)
    self->csv_failed = TRUE;
}

static void
print_event (gint64 timestamp,
             gint64 rtt)
{
  char milliseconds[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (milliseconds, sizeof milliseconds, "%.3f", (double) rtt / 1000);
  if (rtt >= 0)
    g_print ("{\"event\":\"rtt\",\"ms\":%s}\n", milliseconds);
  else
    g_print ("{\"event\":\"lost\",\"timestamp\":%" G_GINT64_FORMAT ".%06" G_GINT64_FORMAT "}\n", timestamp / G_USEC_PER_SEC, timestamp % G_USEC_PER_SEC);
}

static void
on_measured (gint64 timestamp,
             gint64 rtt,
             gpointer user_data)
{
  Analyzer *self = user_data;
  char seconds[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree char *text = rtt >= 0 ? g_strdup_printf ("RTT %s s", g_ascii_formatd (seconds, sizeof seconds, "%.6f", (double) rtt / G_USEC_PER_SEC)) : g_strdup ("lost");

  if (self->csv != NULL)
    write_csv (self, timestamp, rtt);
  if (self->common->json)
    print_event (timestamp, rtt);
  mmp_cli_rtt_write_log (self->common, timestamp, text);
}

static void
on_failed (const GError *error,
           gpointer user_data)
{
  Analyzer *self = user_data;

  mmp_cli_rtt_fail (self->common, error);
}

static void
on_done (gpointer user_data)
{
  Analyzer *self = user_data;

  g_main_loop_quit (self->common->loop);
}

static const MmpRttAnalyzerFuncs funcs = {
  .state_changed = on_state_changed,
  .measured = on_measured,
  .failed = on_failed,
  .done = on_done,
};

static void
print_json (const MmpSeriesSummary *summary,
            const MmpRttFigures *figures)
{
  const struct
  {
    const char *name;
    double value;
  } times[] = {
    { "mean", summary->mean },
    { "min", summary->min },
    { "max", summary->max },
    { "median", summary->median },
    { "p95", summary->p95 },
    { "p99", summary->p99 },
  };
  const struct
  {
    const char *name;
    guint64 value;
  } counters[] = {
    { "sent", figures->sent },
    { "received", summary->count },
    { "lost", figures->lost },
    { "late", figures->late },
    { "repeated", figures->repeated },
    { "foreign", figures->foreign },
    { "malformed", figures->malformed },
  };
  g_autoptr (JsonBuilder) builder = mmp_cli_event_new ("stats");

  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    mmp_cli_event_add_double (builder, times[i].name, times[i].value);
  for (guint i = 0; i < G_N_ELEMENTS (counters); i++)
    mmp_cli_event_add_int (builder, counters[i].name, counters[i].value);
  mmp_cli_event_add_boolean (builder, "exact", summary->exact);
  mmp_cli_event_say (builder);
}

static void
print_figures (Analyzer *self,
               MmpRttAnalyzer *analyzer)
{
  MmpSeriesSummary summary;
  MmpRttFigures figures;

  mmp_series_summarize (mmp_rtt_analyzer_get_series (analyzer), &summary);
  mmp_rtt_analyzer_get_figures (analyzer, &figures);
  if (self->common->json)
    {
      print_json (&summary, &figures);
      return;
    }

  g_print (_ ("Sent: %" PRIu64 ", came back: %" PRIu64 ", lost: %" PRIu64 "\n"), figures.sent, summary.count, figures.lost);
  if (figures.repeated + figures.foreign + figures.malformed > 0)
    g_print (_ ("Not counted: %" PRIu64 " repeated, %" PRIu64 " of others, %" PRIu64 " that make no sense\n"),
             figures.repeated, figures.foreign, figures.malformed);
  if (summary.count == 0)
    return;

  g_print (_ ("Round trip in ms: mean %.3f, min %.3f, max %.3f, median %.3f, p95 %.3f, p99 %.3f\n"),
           summary.mean, summary.min, summary.max, summary.median, summary.p95, summary.p99);
  if (!summary.exact)
    g_print (_ ("(The run was long: median, p95 and p99 are within 1 %%.)\n"));
}

static gboolean
open_csv (Analyzer *self,
          const char *path,
          GError **error)
{
  self->csv = fopen (path, "we");
  if (self->csv == NULL)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "cannot write %s: %s", path, g_strerror (errno));
      return FALSE;
    }
  setvbuf (self->csv, NULL, _IOLBF, 0);
  fputs ("timestamp,rtt\n", self->csv);

  return TRUE;
}

/* A full disk shows here at the latest, and must not pass as a complete file. */
static MmpCliExit
close_csv (Analyzer *self,
           const char *path,
           MmpCliExit exit)
{
  gboolean failed;

  if (self->csv == NULL)
    return exit;

  failed = fclose (self->csv) != 0 || self->csv_failed;
  self->csv = NULL;
  if (!failed)
    return exit;

  mmp_cli_complain (_ ("The file %s is not complete. Check the space on its disk."), path);

  return exit != MMP_CLI_OK ? exit : MMP_CLI_FILE;
}

static MmpCliExit
measure (Analyzer *self,
         const MmpCliCommand *command,
         const MmpRttAnalyzerConfig *config,
         const char *csv)
{
  g_autoptr (MmpRttAnalyzer) analyzer = NULL;
  g_autoptr (GError) error = NULL;
  MmpCliExit exit;

  if (!mmp_cli_rtt_open_log (self->common, LOG_FILE, &error) || (csv != NULL && !open_csv (self, csv, &error)))
    return mmp_cli_rtt_complain (command, error);
  analyzer = mmp_rtt_analyzer_new (NULL, config, &funcs, self, &error);
  if (analyzer == NULL)
    return close_csv (self, csv, mmp_cli_rtt_complain (command, error));

  exit = mmp_cli_rtt_wait (self->common);
  print_figures (self, analyzer);

  return close_csv (self, csv, exit);
}

static MmpCliExit
run (const MmpCliCommand *command,
     int argc,
     char *argv[])
{
  g_autoptr (MmpCliRtt) common = mmp_cli_rtt_new ();
  g_autofree char *csv = NULL;
  double interval = DEFAULT_INTERVAL;
  gint64 count = 0;
  const GOptionEntry entries[] = {
    { "message_interval", 0, 0, G_OPTION_ARG_DOUBLE, &interval, N_ ("Time from message to message (default: 1)"), N_ ("SECONDS") },
    { "message-interval", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_DOUBLE, &interval, NULL, NULL },
    { "count", 0, 0, G_OPTION_ARG_INT64, &count, N_ ("End after so many messages (default: when it is stopped)"), N_ ("N") },
    { "csv", 0, 0, G_OPTION_ARG_FILENAME, &csv, N_ ("Write each round trip to FILE, in seconds; empty if the message was lost"), N_ ("FILE") },
    { NULL },
  };
  g_autoptr (GOptionContext) context = mmp_cli_options_new (command);
  g_auto (GStrv) positionals = NULL;
  g_autoptr (MmpMqttBroker) broker = NULL;
  g_autoptr (GError) error = NULL;
  Analyzer self = { .common = common };
  MmpRttAnalyzerConfig config;

  g_option_context_add_main_entries (context, entries, NULL);
  mmp_cli_rtt_add_options (common, context);
  positionals = mmp_cli_options_parse (context, argc, argv, &error);
  broker = positionals != NULL ? mmp_cli_rtt_settle (common, positionals, argc, argv, &error) : NULL;
  if (broker == NULL)
    return mmp_cli_rtt_complain (command, error);
  /* Written so that what is no number is refused, too */
  if (!(interval >= INTERVAL_MIN && interval <= INTERVAL_MAX))
    g_set_error (&error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--message_interval” takes seconds from 0.001 to 86400"));
  else if (count < 0)
    g_set_error (&error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--count” takes a number from 0, for no end, on"));
  if (error != NULL)
    return mmp_cli_rtt_complain (command, error);

  config = (MmpRttAnalyzerConfig) {
    .broker = broker,
    .subscribe = positionals[2],
    .publish = positionals[3],
    .interval = llround (interval * G_USEC_PER_SEC),
    .wait = LOST_AFTER,
    .count = (guint64) count,
  };

  return measure (&self, command, &config, csv);
}

const MmpCliCommand mmp_cli_rtt_analyzer = {
  .name = "rtt-analyzer",
  .arguments = "BROKER PORT S_TOPIC P_TOPIC",
  .summary = N_ ("Measure round trips over MQTT"),
  .description = N_ ("Publishes messages to P_TOPIC at the broker BROKER:PORT and takes the time until “mmp rtt-mirror”, wherever it runs,\n"
                     "has sent them back to S_TOPIC. A message that is not back after 10 seconds counts as lost."),
  .run = run,
};
