/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE

#include "base/mmp-error.h"
#include "mmp-test-end.h"
#include "mmp-test.h"

#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* Peers in several processes: a DTLS certificate is made once a process, so only another process has another one. A
 * process that is started with MODE_MIDDLE has two ends of its own and passes on between them what it gets. Signals go
 * over its standard input and output, a line each: the number of its end, `d` or `c`, and a description or candidate in
 * Base64. */

#define MODE_MIDDLE "--middle"
#define MODE_ALONE "--alone"

static char *program;

static void
print_said (MmpTestEnd *end,
            const char *sdp,
            const char *candidate)
{
  const char *text = sdp != NULL ? sdp : candidate;
  g_autofree char *base64 = g_base64_encode ((const guchar *) text, strlen (text));

  printf ("%d %c %s\n", GPOINTER_TO_INT (end->say_data), sdp != NULL ? 'd' : 'c', base64);
  fflush (stdout);
}

static void
hear_line (MmpTestEnd *ends[2],
           const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 3);
  g_autofree char *text = NULL;
  gsize size;

  g_assert_cmpuint (g_strv_length (words), ==, 3);
  text = (char *) g_base64_decode (words[2], &size);
  text = g_realloc (text, size + 1);
  text[size] = '\0';
  mmp_test_end_hear (ends[*words[0] == '1'], *words[1] == 'd' ? text : NULL, *words[1] == 'c' ? text : NULL);
}

static gboolean
on_input (GIOChannel *channel,
          GIOCondition condition,
          gpointer user_data)
{
  MmpTestEnds *ends = user_data;
  MmpTestEnd *by_number[2] = { &ends->b, &ends->a };
  g_autofree char *line = NULL;
  gsize end;

  if (g_io_channel_read_line (channel, &line, NULL, &end, NULL) != G_IO_STATUS_NORMAL)
    exit (0);
  line[end] = '\0';
  hear_line (by_number, line);

  return G_SOURCE_CONTINUE;
}

/* The other process: end 0 answers an offer, end 1 makes one. It ends when its input does. */
static void G_NORETURN
run_middle (void)
{
  MmpTestEnds *ends = mmp_test_ends_new ();
  g_autoptr (GIOChannel) channel = g_io_channel_unix_new (0);

  ends->b.say = ends->a.say = print_said;
  ends->b.say_data = GINT_TO_POINTER (0);
  ends->a.say_data = GINT_TO_POINTER (1);
  ends->b.bridge = ends->a.peer;
  ends->a.bridge = ends->b.peer;
  mmp_test_ends_begin (ends, 0);
  g_io_add_watch (channel, G_IO_IN | G_IO_HUP, on_input, ends);
  mmp_peer_start (ends->a.peer);
  while (TRUE)
    g_main_context_iteration (NULL, TRUE);
}

/* The other process, as it is seen from the test */
typedef struct
{
  GSubprocess *process;
  GDataInputStream *output;
  GOutputStream *input;
  MmpTestEnds *ends;
  gboolean ended;
  char *announced[2]; /* what the true ends said of themselves: a, b */
  char *forged[2]; /* what end 0 and end 1 of the middle said */
} Middle;

static void
middle_tell (Middle *self,
             int number,
             const char *sdp,
             const char *candidate)
{
  const char *text = sdp != NULL ? sdp : candidate;
  g_autofree char *base64 = g_base64_encode ((const guchar *) text, strlen (text));
  g_autofree char *line = g_strdup_printf ("%d %c %s\n", number, sdp != NULL ? 'd' : 'c', base64);

  g_output_stream_write_all (self->input, line, strlen (line), NULL, NULL, NULL);
}

/* An end gets the middle's description with the fingerprint that the other true end announced. */
static void
middle_pass_forged (Middle *self,
                    int number)
{
  MmpTestEnd *to = number == 0 ? &self->ends->a : &self->ends->b;
  g_autofree char *fingerprint = NULL;
  g_autofree char *sdp = NULL;

  if (self->forged[number] == NULL || self->announced[1 - number] == NULL)
    return;
  fingerprint = mmp_test_sdp_dup_fingerprint (self->announced[1 - number]);
  sdp = mmp_test_sdp_set_fingerprint (self->forged[number], fingerprint);
  mmp_test_end_hear (to, sdp, NULL);
}

static void
say_to_middle (MmpTestEnd *end,
               const char *sdp,
               const char *candidate)
{
  Middle *middle = end->say_data;
  int number = end == &middle->ends->a ? 0 : 1;

  middle_tell (middle, number, sdp, candidate);
  if (sdp != NULL)
    {
      middle->announced[number] = g_strdup (sdp);
      middle_pass_forged (middle, 1 - number);
    }
}

static void
on_middle_line (GObject *source,
                GAsyncResult *result,
                gpointer user_data)
{
  Middle *self = user_data;
  g_autofree char *line = g_data_input_stream_read_line_finish (self->output, result, NULL, NULL);
  g_auto (GStrv) words = NULL;
  MmpTestEnd *by_number[2] = { &self->ends->a, &self->ends->b };

  if (line == NULL)
    {
      self->ended = TRUE;
      return;
    }

  words = g_strsplit (line, " ", 3);
  if (*words[1] == 'd')
    {
      int number = *words[0] - '0';
      gsize size;
      g_autofree char *sdp = (char *) g_base64_decode (words[2], &size);

      self->forged[number] = g_strndup (sdp, size);
      middle_pass_forged (self, number);
    }
  else
    {
      hear_line (by_number, line);
    }
  g_data_input_stream_read_line_async (self->output, G_PRIORITY_DEFAULT, NULL, on_middle_line, self);
}

static void
middle_begin (Middle *self)
{
  g_autoptr (GError) error = NULL;

  self->ends = mmp_test_ends_new ();
  self->ends->a.say = self->ends->b.say = say_to_middle;
  self->ends->a.say_data = self->ends->b.say_data = self;
  self->process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, MODE_MIDDLE, NULL);
  g_assert_no_error (error);
  self->input = g_subprocess_get_stdin_pipe (self->process);
  self->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));
  g_data_input_stream_read_line_async (self->output, G_PRIORITY_DEFAULT, NULL, on_middle_line, self);
}

static void
middle_end (Middle *self)
{
  mmp_test_ends_free (self->ends);
  g_subprocess_force_exit (self->process);
  mmp_test_await (self->ended);
  g_assert_true (g_subprocess_wait (self->process, NULL, NULL));
  g_object_unref (self->output);
  g_object_unref (self->process);
  for (guint i = 0; i < 2; i++)
    {
      g_free (self->announced[i]);
      g_free (self->forged[i]);
    }
}

/* Somebody in the middle: what each end announced of itself is true, but DTLS ends in another process, which would pass
 * on all that it gets. */
static void
test_a_certificate_in_the_middle_is_noticed (void)
{
  Middle middle = { 0 };
  MmpTestEnd *a;
  MmpTestEnd *b;

  middle_begin (&middle);
  a = &middle.ends->a;
  b = &middle.ends->b;
  mmp_test_ends_begin (middle.ends, 25);
  mmp_peer_start (a->peer);
  mmp_test_await ((a->error != NULL && b->error != NULL) || (a->n_received > 0 && b->n_received > 0));
  g_assert_error (a->error, MMP_ERROR, MMP_ERROR_IDENTITY_MISMATCH);
  g_assert_error (b->error, MMP_ERROR, MMP_ERROR_IDENTITY_MISMATCH);
  mmp_test_ends_settle (middle.ends);
  g_assert_false (a->verified || b->verified);
  g_assert_cmpint (a->n_received + b->n_received, ==, 0);
  middle_end (&middle);
}

static void
say_truth_to_middle (MmpTestEnd *end,
                     const char *sdp,
                     const char *candidate)
{
  Middle *middle = end->say_data;

  if (end == &middle->ends->a)
    middle_tell (middle, 0, sdp, candidate);
}

/* The path goes silent: libnice gives up when nothing was answered for 30 s. Who wants to know earlier has to ask, as the
 * link does. */
static void
test_a_killed_process_is_noticed (void)
{
  Middle middle = { 0 };
  MmpTestEnd *a;

  if (!g_test_slow ())
    {
      g_test_skip ("takes half a minute; run with -m slow");
      return;
    }

  middle_begin (&middle);
  a = &middle.ends->a;
  a->say = say_truth_to_middle;
  mmp_peer_start (a->peer);
  mmp_test_await (middle.forged[0] != NULL);
  mmp_test_end_hear (a, middle.forged[0], NULL);
  mmp_test_await (a->verified);
  mmp_test_end_begin (a, 25);
  g_subprocess_send_signal (middle.process, SIGKILL);
  mmp_test_await (a->error != NULL && g_atomic_int_get (&a->closed));
  g_assert_error (a->error, MMP_ERROR, MMP_ERROR_NO_DIRECT_PATH);
  middle_end (&middle);
}

static gboolean
bring_loopback_up (void)
{
  struct ifreq request = { .ifr_name = "lo" };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  gboolean up;

  request.ifr_flags = IFF_UP;
  up = fd >= 0 && ioctl (fd, SIOCSIFFLAGS, &request) == 0;
  if (fd >= 0)
    close (fd);

  return up;
}

/* The other process, in a network of its own that has nothing but loopback */
static int
run_alone (void)
{
  g_autoptr (MmpTestEnds) ends = NULL;

  if (!bring_loopback_up ())
    return 1;
  ends = mmp_test_ends_new ();
  mmp_test_ends_connect (ends);
  mmp_test_ends_exchange (ends, 25);

  return 0;
}

static int
run_in_new_network (const char *command,
                    const char *mode)
{
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;

  process = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, "unshare", "--user", "--map-root-user", "--net", command, mode, NULL);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait (process, NULL, NULL));

  return g_subprocess_get_if_exited (process) ? g_subprocess_get_exit_status (process) : -1;
}

static void
test_loopback_alone_is_enough (void)
{
  g_autofree char *unshare = g_find_program_in_path ("unshare");

  if (unshare == NULL || run_in_new_network ("true", NULL) != 0)
    {
      g_test_skip ("no network of one's own can be made here");
      return;
    }
  g_assert_cmpint (run_in_new_network (program, MODE_ALONE), ==, 0);
}

int
main (int argc,
      char *argv[])
{
  program = argv[0];
  if (argc == 2 && g_str_equal (argv[1], MODE_MIDDLE))
    run_middle ();
  if (argc == 2 && g_str_equal (argv[1], MODE_ALONE))
    return run_alone ();

  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/peer-processes/a-certificate-in-the-middle-is-noticed", test_a_certificate_in_the_middle_is_noticed);
  g_test_add_func ("/peer-processes/loopback-alone-is-enough", test_loopback_alone_is_enough);
  g_test_add_func ("/peer-processes/a-killed-process-is-noticed", test_a_killed_process_is_noticed);

  return g_test_run ();
}
