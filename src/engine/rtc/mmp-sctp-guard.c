/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rtc/mmp-sctp-guard.h"

#define ASSOCIATION_FIRST 1
#define ASSOCIATION_LAST 65534

static GMutex lock;
static guint8 used[ASSOCIATION_LAST + 1];
static guint last = ASSOCIATION_FIRST - 1;

static guint
claim_association (void)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  for (guint i = ASSOCIATION_FIRST; i <= ASSOCIATION_LAST; i++)
    {
      last = last >= ASSOCIATION_LAST ? ASSOCIATION_FIRST : last + 1;
      if (!used[last])
        {
          used[last] = TRUE;
          return last;
        }
    }

  return 0;
}

static void
release_association (guint association)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  used[association] = FALSE;
}

#define PACKET_PROBE (GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST)

static GstPadProbeReturn
on_early_packet (GstPad *pad,
                 GstPadProbeInfo *info,
                 gpointer user_data)
{
  return GST_PAD_PROBE_OK; /* for a blocking probe: stay */
}

static GstPadProbeReturn
on_late_packet (GstPad *pad,
                GstPadProbeInfo *info,
                gpointer user_data)
{
  return GST_PAD_PROBE_DROP;
}

/**
 * mmp_sctp_guard_init:
 *
 * Takes a number for the association. webrtcbin draws one of 65,535 by chance; of two alike in a process the second never
 * opens, and both hang when they are taken down.
 *
 * Returns: %FALSE if all are taken
 */
gboolean
mmp_sctp_guard_init (MmpSctpGuard *self)
{
  *self = (MmpSctpGuard) { .association = claim_association () };

  return self->association != 0;
}

/**
 * mmp_sctp_guard_take:
 * @element: any element that webrtcbin has made; if it is of SCTP it is taken care of. These elements have no factory
 *   that could be asked, so the name of the type decides
 *
 * Packets that come for SCTP wait from now on. So its parser is not open to strangers; and an end that has found a wrong
 * certificate never answers, so that the channels of the other end do not open either.
 */
void
mmp_sctp_guard_take (MmpSctpGuard *self,
                     GstElement *element)
{
  const gboolean encoder = g_str_equal (G_OBJECT_TYPE_NAME (element), "GstSctpEnc");
  const gboolean decoder = g_str_equal (G_OBJECT_TYPE_NAME (element), "GstSctpDec");

  if (encoder || decoder)
    g_object_set (element, "sctp-association-id", self->association, NULL);
  if (decoder && self->pad == NULL)
    {
      self->pad = gst_element_get_static_pad (element, "sink");
      self->probe = gst_pad_add_probe (self->pad, GST_PAD_PROBE_TYPE_BLOCK | PACKET_PROBE, on_early_packet, NULL, NULL);
    }
}

/**
 * mmp_sctp_guard_open:
 *
 * Lets through what waits and what comes. May be called again.
 */
void
mmp_sctp_guard_open (MmpSctpGuard *self)
{
  if (self->probe != 0)
    gst_pad_remove_probe (self->pad, self->probe);
  self->probe = 0;
}

/**
 * mmp_sctp_guard_shut:
 *
 * Before the elements are stopped: nothing gets in any more, and the last packet is through when this returns. One that
 * opens a stream while sctpdec stops would make it use a pad that is gone.
 */
void
mmp_sctp_guard_shut (MmpSctpGuard *self)
{
  if (self->pad == NULL || self->probe != 0)
    return;

  gst_pad_add_probe (self->pad, PACKET_PROBE, on_late_packet, NULL, NULL);
  GST_PAD_STREAM_LOCK (self->pad);
  GST_PAD_STREAM_UNLOCK (self->pad);
}

/**
 * mmp_sctp_guard_clear:
 *
 * To be called when the elements are stopped.
 */
void
mmp_sctp_guard_clear (MmpSctpGuard *self)
{
  gst_clear_object (&self->pad);
  if (self->association != 0)
    release_association (self->association);
  self->association = 0;
}
