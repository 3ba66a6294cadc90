/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-hub"

#include "hub/mmp-log.h"

/* What must not leave the machine by way of a bug report, and what stands in its place. Longer patterns come first. */
static const struct
{
  const char *pattern;
  const char *replacement;
} redactions[] = {
  { "mmp:[^\\s]*", "[invitation]" },
  { "\\b[A-Z2-7]{52}(====)?\\b", "[key]" },
  { "\\b[A-Z2-7]{4}([ -][A-Z2-7]{4}){3,}\\b", "[fingerprint]" },
  { "\\b\\d{1,3}(\\.\\d{1,3}){3}\\b", "[address]" },
  { "(?<![\\w:])(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}(?![\\w:])", "[address]" },
  { "(?<![\\w:])[0-9a-fA-F:]*::[0-9a-fA-F:]*(?![\\w:])", "[address]" },
  { "\\b[\\w-]+(\\.[\\w-]+)*\\.[a-z]{2,}\\b", "[host]" },
  { "(?<=[:/])/?home/[^\\s/]+|/home/[^\\s/]+", "[home]" },
};

struct _MmpLog
{
  GQueue lines; /* char * */
};

/**
 * mmp_log_new:
 *
 * Returns: (transfer full): an empty one
 */
MmpLog *
mmp_log_new (void)
{
  return g_new0 (MmpLog, 1);
}

/**
 * mmp_log_free:
 */
void
mmp_log_free (MmpLog *self)
{
  g_queue_clear_full (&self->lines, g_free);
  g_free (self);
}

/**
 * mmp_log_add:
 *
 * Adds a line with the time of day.
 */
void
mmp_log_add (MmpLog *self,
             const char *format,
             ...)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *time = g_date_time_format (now, "%F %T");
  g_autofree char *line = NULL;
  va_list args;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  g_queue_push_tail (&self->lines, g_strdup_printf ("%s  %s", time, line));
  if (g_queue_get_length (&self->lines) > MMP_LOG_MAX)
    g_free (g_queue_pop_head (&self->lines));
}

/**
 * mmp_log_get_size:
 *
 * Returns: how many lines there are, at most %MMP_LOG_MAX
 */
guint
mmp_log_get_size (MmpLog *self)
{
  return g_queue_get_length (&self->lines);
}

/**
 * mmp_log_to_text:
 *
 * Returns: (transfer full): all lines, with keys, fingerprints, addresses, hosts and invitations taken out
 */
char *
mmp_log_to_text (MmpLog *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (GList *line = self->lines.head; line != NULL; line = line->next)
    g_string_append_printf (text, "%s\n", (const char *) line->data);

  return mmp_log_redact (text->str);
}

/**
 * mmp_log_redact:
 *
 * Returns: (transfer full): @text with what tells who and where taken out
 */
char *
mmp_log_redact (const char *text)
{
  g_autofree char *result = g_utf8_make_valid (text, -1);

  for (gsize i = 0; i < G_N_ELEMENTS (redactions); i++)
    {
      g_autoptr (GRegex) regex = g_regex_new (redactions[i].pattern, G_REGEX_OPTIMIZE, G_REGEX_MATCH_DEFAULT, NULL);
      char *next = g_regex_replace_literal (regex, result, -1, 0, redactions[i].replacement, G_REGEX_MATCH_DEFAULT, NULL);

      g_free (result);
      result = next;
    }

  return g_steal_pointer (&result);
}
