/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-load"

#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* What the bench sends through each tunnel: a service, and clients that measure what they see.
 *
 *   mmp-load serve ADDRESS PORT             answers the others
 *   mmp-load bulk ADDRESS PORT SECONDS [N]  sends as fast as it goes, at most N blocks of 64 KiB: {"bytes":…,"seconds":…}
 *   mmp-load ping ADDRESS PORT SECONDS MS   64 bytes there and back, MS of rest between: percentiles in µs
 *   mmp-load first ADDRESS PORT COUNT       new connections, from connect to the first byte back: percentiles in µs
 *   mmp-load many ADDRESS PORT COUNT N      COUNT connections with one byte there and back, N at a time: {"seconds":…,"failed":…}
 *
 * A connection begins with a byte that tells what it is. A bulk transfer consists of blocks, each behind a byte that tells
 * whether it is the last one, so that it does not depend on half-close; its end counts when the service has read all of it. */

enum
{
  WHAT_ECHO = 'E',
  WHAT_BULK = 'B',
  BLOCK_MORE = 0,
  BLOCK_LAST = 1,
};

#define BLOCK_SIZE (64 * 1024)
#define PING_SIZE 64
#define ANSWER_SECONDS 30 /* a tunnel that is silent for so long has failed */
#define SERVE_FILES 8192

typedef struct
{
  struct sockaddr_in address;
  gint left;
  gint failed;
} Many;

static double
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return (double) time.tv_sec + (double) time.tv_nsec * 1e-9;
}

static gboolean
send_all (int fd, const void *data, gsize size)
{
  const guint8 *bytes = data;

  for (gsize sent = 0; sent < size;)
    {
      gssize n = send (fd, bytes + sent, size - sent, MSG_NOSIGNAL);

      if (n <= 0)
        return FALSE;
      sent += (gsize) n;
    }
  return TRUE;
}

static gboolean
receive_all (int fd, void *data, gsize size)
{
  guint8 *bytes = data;

  for (gsize received = 0; received < size;)
    {
      gssize n = recv (fd, bytes + received, size - received, MSG_WAITALL);

      if (n <= 0)
        return FALSE;
      received += (gsize) n;
    }
  return TRUE;
}

static gboolean
parse_address (const char *host, const char *port, struct sockaddr_in *address)
{
  guint64 number = g_ascii_strtoull (port, NULL, 10);

  *address = (struct sockaddr_in) { .sin_family = AF_INET, .sin_port = htons ((guint16) number) };
  return number > 0 && number <= G_MAXUINT16 && inet_aton (host, &address->sin_addr) == 1;
}

static void
set_no_delay (int fd)
{
  const int on = 1;

  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* Returns: a connected socket, or -1 */
static int
dial (const struct sockaddr_in *address)
{
  const struct timeval patience = { .tv_sec = ANSWER_SECONDS };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  set_no_delay (fd);
  if (connect (fd, (const struct sockaddr *) address, sizeof *address) == 0)
    return fd;
  close (fd);
  return -1;
}

static int
fail (const char *what)
{
  g_printerr ("mmp-load: %s failed: %s\n", what, g_strerror (errno));
  return EXIT_FAILURE;
}

static int
compare_doubles (const void *a, const void *b)
{
  const double x = *(const double *) a;
  const double y = *(const double *) b;

  return (x > y) - (x < y);
}

/* @times: (element-type double): seconds */
static int
print_percentiles (GArray *times)
{
  const double *sorted = (const double *) (gpointer) times->data;
  double sum = 0;

  if (times->len == 0)
    return fail ("every measurement");
  qsort (times->data, times->len, sizeof (double), compare_doubles);
  for (guint i = 0; i < times->len; i++)
    sum += sorted[i];
  g_print ("{\"count\":%u,\"mean\":%.1f,\"p50\":%.1f,\"p99\":%.1f,\"max\":%.1f}\n",
           times->len, sum / times->len * 1e6,
           sorted[times->len / 2] * 1e6,
           sorted[(guint) ceil (times->len * 0.99) - 1] * 1e6,
           sorted[times->len - 1] * 1e6);
  return EXIT_SUCCESS;
}

static void
serve_bulk (int fd)
{
  g_autofree guint8 *block = g_malloc (1 + BLOCK_SIZE);
  guint64 total = 0;

  do
    {
      if (!receive_all (fd, block, 1 + BLOCK_SIZE))
        return;
      total += BLOCK_SIZE;
    }
  while (block[0] == BLOCK_MORE);
  send_all (fd, &total, sizeof total);
}

static void
serve_echo (int fd)
{
  guint8 buffer[4096];
  gssize n;

  while ((n = recv (fd, buffer, sizeof buffer, 0)) > 0 && send_all (fd, buffer, (gsize) n))
    ;
}

static gpointer
serve_thread (gpointer data)
{
  const int fd = GPOINTER_TO_INT (data);
  guint8 what = 0;

  set_no_delay (fd);
  if (receive_all (fd, &what, 1))
    {
      if (what == WHAT_BULK)
        serve_bulk (fd);
      else if (what == WHAT_ECHO)
        serve_echo (fd);
    }
  close (fd);
  return NULL;
}

static int
serve (const struct sockaddr_in *address)
{
  const struct rlimit files = { SERVE_FILES, SERVE_FILES };
  const int on = 1;
  int listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  setrlimit (RLIMIT_NOFILE, &files);
  setsockopt (listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind (listener, (const struct sockaddr *) address, sizeof *address) < 0 || listen (listener, 1024) < 0)
    return fail ("listening");
  for (;;)
    {
      int fd = accept4 (listener, NULL, NULL, SOCK_CLOEXEC);

      if (fd >= 0)
        g_thread_unref (g_thread_new ("connection", serve_thread, GINT_TO_POINTER (fd)));
    }
}

static int
bulk (const struct sockaddr_in *address, double seconds, guint n_blocks)
{
  g_autofree guint8 *block = g_malloc0 (1 + BLOCK_SIZE);
  const guint8 what = WHAT_BULK;
  guint64 total = 0;
  int fd = dial (address);
  guint sent = 0;
  double begin;

  /* Not zeros: a tunnel may compress. */
  for (gsize i = 1; i <= BLOCK_SIZE; i++)
    block[i] = (guint8) g_random_int ();
  if (fd < 0 || !send_all (fd, &what, 1))
    return fail ("connecting");
  begin = now ();
  do
    {
      block[0] = now () - begin < seconds && ++sent < n_blocks ? BLOCK_MORE : BLOCK_LAST;
      if (!send_all (fd, block, 1 + BLOCK_SIZE))
        return fail ("sending");
    }
  while (block[0] == BLOCK_MORE);
  if (!receive_all (fd, &total, sizeof total))
    return fail ("waiting for the end");
  g_print ("{\"bytes\":%" G_GUINT64_FORMAT ",\"seconds\":%.4f}\n", total, now () - begin);
  close (fd);
  return EXIT_SUCCESS;
}

static int
ping (const struct sockaddr_in *address, double seconds, gulong rest_ms)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (double));
  guint8 message[PING_SIZE] = { WHAT_ECHO };
  int fd = dial (address);
  double begin;

  /* The first trip opens the way and is not counted. */
  if (fd < 0 || !send_all (fd, message, 2) || !receive_all (fd, message, 1))
    return fail ("the first echo");
  begin = now ();
  while (now () - begin < seconds)
    {
      double sent = now ();
      double took;

      if (!send_all (fd, message, sizeof message) || !receive_all (fd, message, sizeof message))
        return fail ("an echo");
      took = now () - sent;
      g_array_append_val (times, took);
      g_usleep (rest_ms * 1000);
    }
  close (fd);
  return print_percentiles (times);
}

static gboolean
greet (const struct sockaddr_in *address)
{
  guint8 hello[2] = { WHAT_ECHO, 0 };
  int fd = dial (address);
  gboolean good = fd >= 0 && send_all (fd, hello, sizeof hello) && receive_all (fd, hello, 1);

  if (fd >= 0)
    close (fd);
  return good;
}

static int
first (const struct sockaddr_in *address, guint count)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (double));

  for (guint i = 0; i < count; i++)
    {
      double begin = now ();
      double took;

      if (!greet (address))
        return fail ("a new connection");
      took = now () - begin;
      g_array_append_val (times, took);
    }
  return print_percentiles (times);
}

static gpointer
many_thread (gpointer data)
{
  Many *self = data;

  while (g_atomic_int_add (&self->left, -1) > 0)
    {
      if (!greet (&self->address))
        g_atomic_int_inc (&self->failed);
    }
  return NULL;
}

static int
many (const struct sockaddr_in *address, guint count, guint n_threads)
{
  Many self = { .address = *address, .left = (gint) count };
  g_autofree GThread **threads = g_new (GThread *, n_threads);
  double begin = now ();

  for (guint i = 0; i < n_threads; i++)
    threads[i] = g_thread_new ("client", many_thread, &self);
  for (guint i = 0; i < n_threads; i++)
    g_thread_join (threads[i]);
  g_print ("{\"count\":%u,\"failed\":%d,\"seconds\":%.4f}\n", count, self.failed, now () - begin);
  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  struct sockaddr_in address;
  double first_number = argc > 4 ? g_ascii_strtod (argv[4], NULL) : 0;
  guint second_number = argc > 5 ? (guint) g_ascii_strtoull (argv[5], NULL, 10) : 0;

  if (argc >= 4 && parse_address (argv[2], argv[3], &address))
    {
      if (argc == 4 && g_str_equal (argv[1], "serve"))
        return serve (&address);
      if ((argc == 5 || argc == 6) && g_str_equal (argv[1], "bulk"))
        return bulk (&address, first_number, argc == 6 ? second_number : G_MAXUINT);
      if (argc == 6 && g_str_equal (argv[1], "ping"))
        return ping (&address, first_number, second_number);
      if (argc == 5 && g_str_equal (argv[1], "first"))
        return first (&address, (guint) first_number);
      if (argc == 6 && g_str_equal (argv[1], "many"))
        return many (&address, (guint) first_number, MAX (second_number, 1));
    }
  g_printerr ("Usage: mmp-load serve|bulk|ping|first|many ADDRESS PORT [NUMBER [NUMBER]]\n");
  return 2;
}
