/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-ask.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_SIZE 256
/* What is typed so soon after the question changed by itself was meant for the one before. */
#define THINKING_TIME (G_USEC_PER_SEC)

typedef struct
{
  MmpPublicKey device;
  char *name;
} Request;

struct _MmpCliAsk
{
  MmpCliAskFunc func;
  gpointer user_data;
  GQueue requests; /* Request; the first is the one asked about */
  guint source;
  gint64 changed_at; /* when a question was taken back */
};

static void
request_free (gpointer data)
{
  Request *request = data;

  g_free (request->name);
  g_free (request);
}

/**
 * mmp_cli_ask_is_possible:
 *
 * Returns: whether there is somebody to ask
 */
gboolean
mmp_cli_ask_is_possible (void)
{
  return isatty (STDIN_FILENO) && isatty (STDOUT_FILENO);
}

static void
prompt (MmpCliAsk *self)
{
  const Request *request = g_queue_peek_head (&self->requests);
  g_autofree char *fingerprint = NULL;

  if (request == NULL)
    return;

  fingerprint = mmp_public_key_to_fingerprint (&request->device);
  g_print (_ ("Trust “%s” (%s)? Compare the fingerprint first. [y]es, [n]ot now, [b]lock: "), request->name, fingerprint);
  fflush (stdout);
}

static void
answer (MmpCliAsk *self,
        MmpAnswer answer)
{
  Request *request = g_queue_pop_head (&self->requests);

  self->func (&request->device, request->name, answer, self->user_data);
  request_free (request);
  prompt (self);
}

static void
take_line (MmpCliAsk *self,
           const char *line)
{
  if (g_queue_is_empty (&self->requests))
    return;
  if (g_get_monotonic_time () - self->changed_at < THINKING_TIME)
    {
      prompt (self);
      return;
    }

  switch (g_ascii_tolower (line[0]))
    {
    case 'y':
      answer (self, MMP_ANSWER_TRUST);
      break;
    case 'n':
      answer (self, MMP_ANSWER_NOT_NOW);
      break;
    case 'b':
      answer (self, MMP_ANSWER_BLOCK);
      break;
    default:
      prompt (self);
    }
}

static gboolean
on_stdin_ready (int fd,
                GIOCondition condition,
                gpointer user_data)
{
  MmpCliAsk *self = user_data;
  char line[LINE_MAX_SIZE];
  /* A terminal gives whole lines; of a longer one the rest makes another answer that is none. */
  gssize size = read (fd, line, sizeof line - 1);

  if (size <= 0)
    {
      self->source = 0;
      return G_SOURCE_REMOVE;
    }
  line[size] = '\0';
  take_line (self, g_strstrip (line));

  return G_SOURCE_CONTINUE;
}

/**
 * mmp_cli_ask_new:
 * @func: hears the answers
 *
 * Returns: (transfer full): nothing to ask yet
 */
MmpCliAsk *
mmp_cli_ask_new (MmpCliAskFunc func,
                 gpointer user_data)
{
  MmpCliAsk *self = g_new0 (MmpCliAsk, 1);

  self->func = func;
  self->user_data = user_data;
  g_queue_init (&self->requests);
  self->source = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, on_stdin_ready, self);

  return self;
}

/**
 * mmp_cli_ask_free:
 */
void
mmp_cli_ask_free (MmpCliAsk *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
  g_queue_clear_full (&self->requests, request_free);
  g_free (self);
}

/**
 * mmp_cli_ask_add:
 * @name: what the stranger calls itself
 *
 * Asks about @device as soon as it is its turn.
 */
void
mmp_cli_ask_add (MmpCliAsk *self,
                 const MmpPublicKey *device,
                 const char *name)
{
  Request *request = g_new0 (Request, 1);

  request->device = *device;
  request->name = g_strdup (name);
  g_queue_push_tail (&self->requests, request);
  if (g_queue_get_length (&self->requests) == 1)
    prompt (self);
}

/**
 * mmp_cli_ask_remove:
 *
 * @device does not wait any more.
 */
void
mmp_cli_ask_remove (MmpCliAsk *self,
                    const MmpPublicKey *device)
{
  for (GList *item = self->requests.head; item != NULL; item = item->next)
    {
      Request *request = item->data;
      gboolean asked = item == self->requests.head;

      if (!mmp_public_key_equal (&request->device, device))
        continue;

      g_queue_delete_link (&self->requests, item);
      if (asked)
        {
          g_print ("\n%s\n", _ ("It does not wait any more."));
          self->changed_at = g_get_monotonic_time ();
          prompt (self);
        }
      request_free (request);
      return;
    }
}
