/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib/gi18n.h>

#include "mmp.h"

G_BEGIN_DECLS

/* How a state looks; never by colour alone: there is an icon and a word with it. */
typedef enum
{
  MMP_TONE_NEUTRAL,
  MMP_TONE_SUCCESS,
  MMP_TONE_WARNING,
  MMP_TONE_ERROR,
} MmpTone;

const char *mmp_text_name (MmpConnection *connection);
char *mmp_text_state (MmpConnection *connection);
char *mmp_text_state_line (MmpConnection *connection);
char *mmp_text_detail (MmpConnection *connection);
const char *mmp_text_state_icon (MmpConnection *connection);
MmpTone mmp_text_tone (MmpConnection *connection);
const char *mmp_text_tone_class (MmpTone tone);
gboolean mmp_text_is_busy (MmpConnection *connection);
const char *mmp_text_path (MmpPath path);
char *mmp_text_rtt (double rtt);
char *mmp_text_explain (const GError *error);
char *mmp_text_ago (gint64 seconds_since_1970);
char *mmp_text_short_fingerprint (const MmpPublicKey *key);

G_END_DECLS
