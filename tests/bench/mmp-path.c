/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-path"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* A path with a rate, a delay and a queue, between two network namespaces:
 *
 *   mmp-path NETNS NETNS DEVICE RATE_MBIT DELAY_MS QUEUE_BYTES
 *
 * makes a TUN device of that name in each namespace (paths like /proc/PID/ns/net), prints "ready", and carries packets from
 * one to the other until it ends. In each direction a packet waits until those before it have left at the rate, at most
 * QUEUE_BYTES of them, else it is dropped as a router would; then it travels for DELAY_MS. UDP and TCP alike. */

#define PACKET_MAX 2048
#define READS_A_TURN 256 /* packets of one direction, before the other one gets its turn */

typedef struct
{
  gint64 arrival; /* ns */
  gsize size;
  guint8 bytes[];
} Packet;

typedef struct
{
  int from;
  int to;
  GQueue travelling; /* of Packet, by arrival */
  gint64 idle_at; /* when the last packet of the queue will have left */
  guint64 carried;
  guint64 dropped;
} Direction;

typedef struct
{
  double ns_a_byte;
  gint64 delay; /* ns, one way */
  gint64 queue_limit; /* ns that a packet may wait */
} Path;

static volatile sig_atomic_t stopping;

static void
on_signal (int number)
{
  stopping = number;
}

static gint64
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return time.tv_sec * G_GINT64_CONSTANT (1000000000) + time.tv_nsec;
}

/* Returns: the descriptor of a new TUN device in the namespace; ends the program on failure */
static int
open_tun (const char *namespace, const char *device)
{
  struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
  int netns = open (namespace, O_RDONLY | O_CLOEXEC);
  int fd;

  g_strlcpy (request.ifr_name, device, sizeof request.ifr_name);
  if (netns < 0 || setns (netns, CLONE_NEWNET) < 0)
    g_error ("%s cannot be entered: %s", namespace, g_strerror (errno));
  fd = open ("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0 || ioctl (fd, TUNSETIFF, &request) < 0)
    g_error ("no TUN device: %s", g_strerror (errno));
  close (netns);
  return fd;
}

static void
admit (const Path *path, Direction *direction, const guint8 *bytes, gsize size)
{
  const gint64 present = now ();
  const gint64 start = MAX (direction->idle_at, present);
  Packet *packet;

  if (start - present > path->queue_limit)
    {
      direction->dropped++;
      return;
    }
  direction->idle_at = start + (gint64) ((double) size * path->ns_a_byte);
  packet = g_malloc (sizeof *packet + size);
  packet->arrival = direction->idle_at + path->delay;
  packet->size = size;
  memcpy (packet->bytes, bytes, size);
  g_queue_push_tail (&direction->travelling, packet);
}

static void
take_in (const Path *path, Direction *direction)
{
  guint8 buffer[PACKET_MAX];

  for (guint i = 0; i < READS_A_TURN; i++)
    {
      gssize size = read (direction->from, buffer, sizeof buffer);

      if (size <= 0)
        return;
      admit (path, direction, buffer, (gsize) size);
    }
}

static void
deliver (Direction *direction)
{
  const gint64 present = now ();
  Packet *packet;

  while ((packet = g_queue_peek_head (&direction->travelling)) != NULL && packet->arrival <= present)
    {
      if (write (direction->to, packet->bytes, packet->size) == (gssize) packet->size)
        direction->carried++;
      else
        direction->dropped++; /* the device is down */
      g_free (g_queue_pop_head (&direction->travelling));
    }
}

static void
wait_for_work (Direction directions[2])
{
  struct pollfd fds[2];
  struct timespec timeout = { .tv_sec = 1 };
  gint64 next = now () + G_GINT64_CONSTANT (1000000000);
  gint64 rest;

  for (guint i = 0; i < 2; i++)
    {
      const Packet *packet = g_queue_peek_head (&directions[i].travelling);

      fds[i] = (struct pollfd) { .fd = directions[i].from, .events = POLLIN };
      if (packet != NULL)
        next = MIN (next, packet->arrival);
    }
  rest = MAX (next - now (), 0);
  timeout.tv_sec = rest / 1000000000;
  timeout.tv_nsec = rest % 1000000000;
  ppoll (fds, G_N_ELEMENTS (fds), &timeout, NULL);
}

static void
run (const Path *path, Direction directions[2])
{
  while (!stopping)
    {
      wait_for_work (directions);
      for (guint i = 0; i < 2; i++)
        {
          take_in (path, &directions[i]);
          deliver (&directions[i]);
        }
    }
  g_printerr ("mmp-path: carried %" G_GUINT64_FORMAT " and %" G_GUINT64_FORMAT ", dropped %" G_GUINT64_FORMAT " and %" G_GUINT64_FORMAT "\n",
              directions[0].carried, directions[1].carried, directions[0].dropped, directions[1].dropped);
  for (guint i = 0; i < 2; i++)
    g_queue_clear_full (&directions[i].travelling, g_free);
}

int
main (int argc, char **argv)
{
  const struct sigaction action = { .sa_handler = on_signal };
  Direction directions[2] = { 0 };
  Path path;
  double rate_mbit;

  if (argc != 7 || (rate_mbit = g_ascii_strtod (argv[4], NULL)) <= 0)
    {
      g_printerr ("Usage: mmp-path NETNS NETNS DEVICE RATE_MBIT DELAY_MS QUEUE_BYTES\n");
      return 2;
    }
  path.ns_a_byte = 8000 / rate_mbit;
  path.delay = (gint64) (g_ascii_strtod (argv[5], NULL) * 1e6);
  path.queue_limit = (gint64) (g_ascii_strtod (argv[6], NULL) * path.ns_a_byte);
  sigaction (SIGTERM, &action, NULL);
  sigaction (SIGINT, &action, NULL);
  directions[0].from = directions[1].to = open_tun (argv[1], argv[3]);
  directions[1].from = directions[0].to = open_tun (argv[2], argv[3]);
  g_print ("ready\n");
  run (&path, directions);
  return EXIT_SUCCESS;
}
