/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rtt/mmp-rtt-book.h"

/* What is known by its name still, to tell a message that is repeated or late from one of somebody else */
#define NAMES_MAX 65536

typedef struct
{
  gint64 timestamp; /* its name; first, since it is the key of the table */
  gint64 sent_at;
  gboolean back;
  gboolean lost;
} Message;

struct _MmpRttBook
{
  gint64 wait;
  gint64 last; /* newest timestamp */
  GQueue messages; /* of Message, the oldest first; owns them */
  GList *first_young; /* nullable: the oldest that is not yet judged */
  GHashTable *names; /* of Message by timestamp */
  guint n_outstanding;
};

static void
forget_oldest (MmpRttBook *self)
{
  Message *message = g_queue_pop_head (&self->messages);

  g_hash_table_remove (self->names, &message->timestamp);
  g_free (message);
}

/**
 * mmp_rtt_book_new:
 * @wait: microseconds after which a message that is not back counts as lost
 *
 * Returns: (transfer full): nothing on its way
 */
MmpRttBook *
mmp_rtt_book_new (gint64 wait)
{
  MmpRttBook *self = g_new0 (MmpRttBook, 1);

  self->wait = wait;
  g_queue_init (&self->messages);
  self->names = g_hash_table_new (g_int64_hash, g_int64_equal);

  return self;
}

/**
 * mmp_rtt_book_free:
 */
void
mmp_rtt_book_free (MmpRttBook *self)
{
  g_hash_table_unref (self->names);
  g_queue_clear_full (&self->messages, g_free);
  g_free (self);
}

/**
 * mmp_rtt_book_send:
 * @now: microseconds on a clock that never goes back
 * @real_time: microseconds since 1970
 *
 * Notes a message. Messages that were never judged because mmp_rtt_book_expire() was not called are forgotten when there
 * are too many.
 *
 * Returns: the timestamp to send: @real_time, or a little more if that was taken
 */
gint64
mmp_rtt_book_send (MmpRttBook *self,
                   gint64 now,
                   gint64 real_time)
{
  Message *message = g_new0 (Message, 1);

  self->last = MAX (self->last + 1, real_time);
  message->timestamp = self->last;
  message->sent_at = now;
  g_queue_push_tail (&self->messages, message);
  if (self->first_young == NULL)
    self->first_young = self->messages.tail;
  g_hash_table_add (self->names, message);
  self->n_outstanding++;

  while (self->messages.length > NAMES_MAX && self->messages.head != self->first_young)
    forget_oldest (self);

  return message->timestamp;
}

/**
 * mmp_rtt_book_take_back:
 * @timestamp: what mmp_rtt_book_send() returned last
 *
 * Strikes out a message that could not be sent after all.
 */
void
mmp_rtt_book_take_back (MmpRttBook *self,
                        gint64 timestamp)
{
  Message *message = g_queue_peek_tail (&self->messages);

  g_return_if_fail (message != NULL && message->timestamp == timestamp);

  if (self->first_young == self->messages.tail)
    self->first_young = NULL;
  g_queue_pop_tail (&self->messages);
  g_hash_table_remove (self->names, &message->timestamp);
  g_free (message);
  self->n_outstanding--;
}

/**
 * mmp_rtt_book_receive:
 * @now: as in mmp_rtt_book_send()
 * @timestamp: what came back
 * @rtt: (out): microseconds, if it is %MMP_RTT_BACK or %MMP_RTT_LATE
 *
 * Returns: what that message is
 */
MmpRttVerdict
mmp_rtt_book_receive (MmpRttBook *self,
                      gint64 now,
                      gint64 timestamp,
                      gint64 *rtt)
{
  Message *message = g_hash_table_lookup (self->names, &timestamp);

  if (message == NULL)
    return MMP_RTT_FOREIGN;
  if (message->back)
    return MMP_RTT_REPEATED;

  message->back = TRUE;
  *rtt = now - message->sent_at;
  if (message->lost)
    return MMP_RTT_LATE;

  self->n_outstanding--;

  return MMP_RTT_BACK;
}

/**
 * mmp_rtt_book_expire:
 * @now: as in mmp_rtt_book_send()
 * @lost: called for each message that is out for too long, the oldest first
 */
void
mmp_rtt_book_expire (MmpRttBook *self,
                     gint64 now,
                     MmpRttLostFunc lost,
                     gpointer user_data)
{
  while (self->first_young != NULL)
    {
      Message *message = self->first_young->data;

      if (!message->back && now - message->sent_at < self->wait)
        return;
      self->first_young = self->first_young->next;
      if (message->back)
        continue;

      message->lost = TRUE;
      self->n_outstanding--;
      lost (message->timestamp, user_data);
    }
}

/**
 * mmp_rtt_book_get_outstanding:
 *
 * Returns: how many messages are on their way
 */
guint
mmp_rtt_book_get_outstanding (MmpRttBook *self)
{
  return self->n_outstanding;
}
