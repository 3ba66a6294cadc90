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
 *   mmp-path [--frames] NETNS NETNS DEVICE RATE_MBIT DELAY_MS QUEUE_BYTES [FAULT=VALUE…]
 *
 * makes a TUN device of that name in each namespace (paths like /proc/PID/ns/net), prints "ready", and carries packets from
 * one to the other until it ends. In each direction a packet waits until those before it have left at the rate, at most
 * QUEUE_BYTES of them, else it is dropped as a router would; then it travels for DELAY_MS. UDP and TCP alike.
 *
 * With --frames they are TAP devices, to be joined to bridges. Faults, in each direction by itself:
 *   jitter=MS          the delay differs by up to this much, in both directions of time; nothing overtakes for that
 *   loss=PERCENT       of packets that vanish
 *   reorder=PERCENT    of packets that do not wait for the delay and so overtake
 *   duplicate=PERCENT  of packets that arrive twice
 *   seed=NUMBER        of the dice: the same number, the same falls */

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
  GQueue overtaking; /* of Packet, by arrival: those that do not wait for the delay */
  gint64 idle_at; /* when the last packet of the queue will have left */
  gint64 last_arrival; /* of those that travel in order */
  guint64 carried;
  guint64 dropped;
} Direction;

typedef struct
{
  double ns_a_byte;
  double delay; /* ns, one way */
  gint64 queue_limit; /* ns that a packet may wait */
  double jitter; /* ns */
  double loss; /* percent, as those below */
  double reorder;
  double duplicate;
  GRand *dice;
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

/* Returns: the descriptor of a new TUN or TAP device in the namespace; ends the program on failure */
static int
open_device (const char *namespace, const char *device, int kind)
{
  struct ifreq request = { .ifr_flags = (short) (kind | IFF_NO_PI) };
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

static gboolean
happens (const Path *path, double percent)
{
  return percent > 0 && g_rand_double (path->dice) * 100 < percent;
}

static void
send_off (const Path *path, Direction *direction, const guint8 *bytes, gsize size)
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
  packet->arrival = direction->idle_at;
  packet->size = size;
  memcpy (packet->bytes, bytes, size);
  if (happens (path, path->reorder))
    g_queue_push_tail (&direction->overtaking, packet);
  else
    {
      double delay = path->delay;

      if (path->jitter > 0)
        delay = MAX (delay + g_rand_double_range (path->dice, -path->jitter, path->jitter), 0);
      packet->arrival = MAX (packet->arrival + (gint64) delay, direction->last_arrival);
      direction->last_arrival = packet->arrival;
      g_queue_push_tail (&direction->travelling, packet);
    }
}

static void
admit (const Path *path, Direction *direction, const guint8 *bytes, gsize size)
{
  if (happens (path, path->loss))
    {
      direction->dropped++;
      return;
    }
  send_off (path, direction, bytes, size);
  if (happens (path, path->duplicate))
    send_off (path, direction, bytes, size);
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
deliver (Direction *direction, GQueue *packets)
{
  const gint64 present = now ();
  Packet *packet;

  while ((packet = g_queue_peek_head (packets)) != NULL && packet->arrival <= present)
    {
      if (write (direction->to, packet->bytes, packet->size) == (gssize) packet->size)
        direction->carried++;
      else
        direction->dropped++; /* the device is down */
      g_free (g_queue_pop_head (packets));
    }
}

static gint64
next_arrival (Direction *direction, gint64 latest)
{
  const Packet *first = g_queue_peek_head (&direction->travelling);
  const Packet *other = g_queue_peek_head (&direction->overtaking);

  if (first != NULL)
    latest = MIN (latest, first->arrival);
  if (other != NULL)
    latest = MIN (latest, other->arrival);
  return latest;
}

static void
wait_for_work (Direction directions[2])
{
  struct pollfd fds[2];
  struct timespec timeout;
  gint64 next = now () + G_GINT64_CONSTANT (1000000000);
  gint64 rest;

  for (guint i = 0; i < 2; i++)
    {
      fds[i] = (struct pollfd) { .fd = directions[i].from, .events = POLLIN };
      next = next_arrival (&directions[i], next);
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
          deliver (&directions[i], &directions[i].overtaking);
          deliver (&directions[i], &directions[i].travelling);
        }
    }
  g_printerr ("mmp-path: carried %" G_GUINT64_FORMAT " and %" G_GUINT64_FORMAT ", dropped %" G_GUINT64_FORMAT " and %" G_GUINT64_FORMAT "\n",
              directions[0].carried, directions[1].carried, directions[0].dropped, directions[1].dropped);
  for (guint i = 0; i < 2; i++)
    {
      g_queue_clear_full (&directions[i].overtaking, g_free);
      g_queue_clear_full (&directions[i].travelling, g_free);
    }
}

G_NORETURN static void
usage (void)
{
  g_printerr ("Usage: mmp-path [--frames] NETNS NETNS DEVICE RATE_MBIT DELAY_MS QUEUE_BYTES [FAULT=VALUE…]\n");
  exit (2);
}

static void
set_fault (Path *path, const char *argument)
{
  const char *value = strchr (argument, '=');
  const double number = value != NULL ? g_ascii_strtod (value + 1, NULL) : -1;

  if (number < 0)
    usage ();
  else if (g_str_has_prefix (argument, "jitter="))
    path->jitter = number * 1e6;
  else if (g_str_has_prefix (argument, "loss="))
    path->loss = number;
  else if (g_str_has_prefix (argument, "reorder="))
    path->reorder = number;
  else if (g_str_has_prefix (argument, "duplicate="))
    path->duplicate = number;
  else if (g_str_has_prefix (argument, "seed="))
    g_rand_set_seed (path->dice, (guint32) number);
  else
    usage ();
}

int
main (int argc, char **argv)
{
  const struct sigaction action = { .sa_handler = on_signal };
  Direction directions[2] = { 0 };
  Path path = { .dice = g_rand_new () };
  int kind = IFF_TUN;
  double rate_mbit;

  if (argc > 1 && g_str_equal (argv[1], "--frames"))
    {
      kind = IFF_TAP;
      argc--;
      argv++;
    }
  if (argc < 7 || (rate_mbit = g_ascii_strtod (argv[4], NULL)) <= 0)
    usage ();
  path.ns_a_byte = 8000 / rate_mbit;
  path.delay = g_ascii_strtod (argv[5], NULL) * 1e6;
  path.queue_limit = (gint64) (g_ascii_strtod (argv[6], NULL) * path.ns_a_byte);
  for (int i = 7; i < argc; i++)
    set_fault (&path, argv[i]);
  sigaction (SIGTERM, &action, NULL);
  sigaction (SIGINT, &action, NULL);
  directions[0].from = directions[1].to = open_device (argv[1], argv[3], kind);
  directions[1].from = directions[0].to = open_device (argv[2], argv[3], kind);
  g_print ("ready\n");
  run (&path, directions);
  g_rand_free (path.dice);
  return EXIT_SUCCESS;
}
