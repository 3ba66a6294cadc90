/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MMP_REPLAY_WINDOW_SIZE 1024

/**
 * MmpReplayWindow:
 *
 * Which numbers came already, remembered for the newest 1,024: every number passes once, in any order within the window.
 * A plain value, all zeros to begin with. The fields are private.
 */
typedef struct
{
  guint64 next; /* the highest number seen, plus one */
  guint64 seen[MMP_REPLAY_WINDOW_SIZE / 64 + 1]; /* a ring of bits; the word more than needed lets whole words be cleared */
} MmpReplayWindow;

gboolean mmp_replay_window_is_new (const MmpReplayWindow *self,
                                   guint64 number);
void mmp_replay_window_mark (MmpReplayWindow *self,
                             guint64 number);

G_END_DECLS
