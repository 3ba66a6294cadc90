/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-crypto"

#include "crypto/mmp-replay-window.h"

#define WORDS (MMP_REPLAY_WINDOW_SIZE / 64 + 1)

static gsize
word_of (guint64 number)
{
  return number / 64 % WORDS;
}

static guint64
bit_of (guint64 number)
{
  return G_GUINT64_CONSTANT (1) << (number % 64);
}

/**
 * mmp_replay_window_is_new:
 * @self: a window
 * @number: a message's number, below 2^63
 *
 * Changes nothing, so that a number can be looked at before the message is known to be genuine.
 *
 * Returns: FALSE if @number came already, or is too old to know
 */
gboolean
mmp_replay_window_is_new (const MmpReplayWindow *self,
                          guint64 number)
{
  if (number >= self->next)
    return TRUE;

  return self->next - number <= MMP_REPLAY_WINDOW_SIZE && (self->seen[word_of (number)] & bit_of (number)) == 0;
}

/**
 * mmp_replay_window_mark:
 * @self: a window
 * @number: a number for which mmp_replay_window_is_new() is TRUE
 *
 * Remembers it. A number above all before moves the window (the ring of RFC 6479).
 */
void
mmp_replay_window_mark (MmpReplayWindow *self,
                        guint64 number)
{
  if (number >= self->next)
    {
      guint64 first = (self->next + 63) / 64;
      guint64 last = number / 64;

      for (guint64 word = first; word <= last && word - first < WORDS; word++)
        self->seen[word % WORDS] = 0;
      self->next = number + 1;
    }
  self->seen[word_of (number)] |= bit_of (number);
}
