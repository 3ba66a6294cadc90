/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-fake-guest.h"

#define READ_SIZE 4096

struct _MmpFakeGuest
{
  MmpFakeGuestFuncs funcs;
  gpointer user_data;
  GIOStream *stream;
  GCancellable *cancellable; /* cancelled: it was dropped */
  GPtrArray *filters;
  GByteArray *in;
  GByteArray *out;
  guint8 *writing; /* nullable: what a write under way writes from */
  gboolean v5;
  gboolean paused;
  gboolean closing; /* as soon as all is written */
  guint16 last_id;
  guint8 read_buffer[READ_SIZE];
};

static void
mmp_fake_guest_clear (gpointer data)
{
  MmpFakeGuest *guest = data;

  g_clear_object (&guest->stream);
  g_clear_object (&guest->cancellable);
  g_ptr_array_unref (guest->filters);
  g_byte_array_unref (guest->in);
  g_byte_array_unref (guest->out);
  g_free (guest->writing);
}

static void
mmp_fake_guest_unref (gpointer data)
{
  g_rc_box_release_full (data, mmp_fake_guest_clear);
}

static gboolean
is_here (MmpFakeGuest *guest)
{
  return !g_cancellable_is_cancelled (guest->cancellable);
}

static gboolean
matches (const char *filter,
         const char *topic)
{
  g_auto (GStrv) wanted = g_strsplit (filter, "/", -1);
  g_auto (GStrv) given = g_strsplit (topic, "/", -1);
  guint i;

  for (i = 0; wanted[i] != NULL; i++)
    {
      if (g_str_equal (wanted[i], "#"))
        return TRUE;
      if (given[i] == NULL || (!g_str_equal (wanted[i], "+") && !g_str_equal (wanted[i], given[i])))
        return FALSE;
    }

  return given[i] == NULL;
}

static void
on_written (GObject *object,
            GAsyncResult *result,
            gpointer user_data);

static void
write_more (MmpFakeGuest *guest)
{
  gsize size;

  if (guest->writing != NULL || guest->out->len == 0 || !is_here (guest))
    return;

  guest->writing = g_byte_array_steal (guest->out, &size);
  g_output_stream_write_all_async (g_io_stream_get_output_stream (guest->stream), guest->writing, size, G_PRIORITY_DEFAULT,
                                   guest->cancellable, on_written, g_rc_box_acquire (guest));
}

static void
on_written (GObject *object,
            GAsyncResult *result,
            gpointer user_data)
{
  MmpFakeGuest *guest = user_data;

  g_clear_pointer (&guest->writing, g_free);
  if (g_output_stream_write_all_finish (G_OUTPUT_STREAM (object), result, NULL, NULL))
    write_more (guest);
  if (guest->closing)
    mmp_fake_guest_close (guest);
  mmp_fake_guest_unref (guest);
}

/* Takes whole packets off the front of what came. */
static void
take_packets (MmpFakeGuest *guest)
{
  while (is_here (guest) && !guest->closing && guest->in->len >= 2)
    {
      const guint8 *data = guest->in->data;
      gsize length = 0;
      guint used = 1;

      do
        length |= (gsize) (data[used] & 0x7f) << (7 * (used - 1));
      while ((data[used++] & 0x80) != 0 && used < 5 && used < guest->in->len);
      if ((data[used - 1] & 0x80) != 0 || guest->in->len < used + length)
        return;

      guest->funcs.packet (guest, data[0], data + used, length, guest->user_data);
      g_byte_array_remove_range (guest->in, 0, used + (guint) length);
    }
}

static void
on_read (GObject *object,
         GAsyncResult *result,
         gpointer user_data);

static void
read_more (MmpFakeGuest *guest)
{
  g_input_stream_read_async (g_io_stream_get_input_stream (guest->stream), guest->read_buffer, sizeof guest->read_buffer,
                             G_PRIORITY_DEFAULT, guest->cancellable, on_read, g_rc_box_acquire (guest));
}

static void
on_read (GObject *object,
         GAsyncResult *result,
         gpointer user_data)
{
  MmpFakeGuest *guest = user_data;
  gssize got = g_input_stream_read_finish (G_INPUT_STREAM (object), result, NULL);

  if (got > 0 && is_here (guest))
    {
      g_byte_array_append (guest->in, guest->read_buffer, (guint) got);
      take_packets (guest);
    }
  else if (is_here (guest))
    {
      /* Nobody is there to write to. */
      g_byte_array_set_size (guest->out, 0);
      mmp_fake_guest_close (guest);
    }
  if (is_here (guest) && !guest->paused && !guest->closing)
    read_more (guest);
  mmp_fake_guest_unref (guest);
}

/**
 * mmp_fake_guest_new:
 *
 * Returns: (transfer full): a guest; give it to mmp_fake_guest_drop()
 */
MmpFakeGuest *
mmp_fake_guest_new (GIOStream *stream,
                    const MmpFakeGuestFuncs *funcs,
                    gpointer user_data)
{
  MmpFakeGuest *guest = g_rc_box_new0 (MmpFakeGuest);

  guest->funcs = *funcs;
  guest->user_data = user_data;
  guest->stream = g_object_ref (stream);
  guest->cancellable = g_cancellable_new ();
  guest->filters = g_ptr_array_new_with_free_func (g_free);
  guest->in = g_byte_array_new ();
  guest->out = g_byte_array_new ();
  read_more (guest);

  return guest;
}

/**
 * mmp_fake_guest_drop:
 * @guest: (transfer full): a guest
 *
 * Closes its connection at once and never calls the funcs again.
 */
void
mmp_fake_guest_drop (gpointer guest)
{
  MmpFakeGuest *self = guest;

  /* Pending operations hold a reference each. */
  g_cancellable_cancel (self->cancellable);
  mmp_fake_guest_unref (self);
}

/**
 * mmp_fake_guest_set_v5:
 * @v5: whether it greeted with MQTT 5
 */
void
mmp_fake_guest_set_v5 (MmpFakeGuest *guest,
                       gboolean v5)
{
  guest->v5 = v5;
}

/**
 * mmp_fake_guest_is_v5:
 *
 * Returns: whether it greeted with MQTT 5
 */
gboolean
mmp_fake_guest_is_v5 (MmpFakeGuest *guest)
{
  return guest->v5;
}

/**
 * mmp_fake_guest_subscribe:
 *
 * Notes a filter.
 */
void
mmp_fake_guest_subscribe (MmpFakeGuest *guest,
                          const char *filter)
{
  mmp_fake_guest_unsubscribe (guest, filter);
  g_ptr_array_add (guest->filters, g_strdup (filter));
}

/**
 * mmp_fake_guest_unsubscribe:
 *
 * Forgets a filter.
 */
void
mmp_fake_guest_unsubscribe (MmpFakeGuest *guest,
                            const char *filter)
{
  guint found;

  if (g_ptr_array_find_with_equal_func (guest->filters, filter, g_str_equal, &found))
    g_ptr_array_remove_index (guest->filters, found);
}

/**
 * mmp_fake_guest_is_subscribed:
 *
 * Returns: whether one of its filters fits a topic
 */
gboolean
mmp_fake_guest_is_subscribed (MmpFakeGuest *guest,
                              const char *topic)
{
  for (guint i = 0; i < guest->filters->len; i++)
    {
      if (matches (g_ptr_array_index (guest->filters, i), topic))
        return TRUE;
    }

  return FALSE;
}

/**
 * mmp_fake_guest_make_id:
 *
 * Returns: a packet id for a message to it
 */
guint16
mmp_fake_guest_make_id (MmpFakeGuest *guest)
{
  if (++guest->last_id == 0)
    guest->last_id = 1;

  return guest->last_id;
}

/**
 * mmp_fake_guest_send:
 *
 * Sends any bytes.
 */
void
mmp_fake_guest_send (MmpFakeGuest *guest,
                     gconstpointer data,
                     gsize size)
{
  g_byte_array_append (guest->out, data, (guint) size);
  write_more (guest);
}

/**
 * mmp_fake_guest_send_packet:
 * @first: the first byte
 *
 * Sends a packet with a right length.
 */
void
mmp_fake_guest_send_packet (MmpFakeGuest *guest,
                            guint8 first,
                            gconstpointer body,
                            gsize size)
{
  guint8 header[5] = { first };
  guint used = 1;
  gsize rest = size;

  do
    {
      header[used] = (guint8) ((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
      rest >>= 7;
      used++;
    }
  while (rest > 0);
  g_byte_array_append (guest->out, header, used);
  mmp_fake_guest_send (guest, body, size);
}

/**
 * mmp_fake_guest_pause:
 *
 * Reads nothing more from it.
 */
void
mmp_fake_guest_pause (MmpFakeGuest *guest)
{
  guest->paused = TRUE;
}

/**
 * mmp_fake_guest_close:
 *
 * Closes its connection when what was sent is written.
 */
void
mmp_fake_guest_close (MmpFakeGuest *guest)
{
  guest->closing = TRUE;
  if (is_here (guest) && guest->writing == NULL)
    guest->funcs.closed (guest, guest->user_data);
}
