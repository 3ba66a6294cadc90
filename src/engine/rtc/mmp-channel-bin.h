/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* An element of a data channel failed; on a thread of GStreamer */
typedef void (*MmpChannelBinFunc) (const GError *cause,
                                   gpointer user_data);

void mmp_channel_bin_watch (GstElement *element,
                            MmpChannelBinFunc func,
                            gpointer user_data,
                            GDestroyNotify destroy);
void mmp_channel_bin_fill_empty (GstElement *element);

G_END_DECLS
