/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-link-pair.h"

#include "base/mmp-error.h"
#include "mmp-test.h"

static void
on_json (MmpLink *link,
         const char *text,
         gpointer user_data)
{
  MmpLinkSide *side = user_data;

  g_string_append_printf (side->log, "json %s;", text);
}

static gboolean
on_open (MmpLink *link,
         MmpStream *stream,
         const char *service,
         MmpStreamCode *code,
         gpointer user_data)
{
  MmpLinkSide *side = user_data;

  g_string_append_printf (side->log, "open %s;", service);
  if (side->refuse != 0)
    {
      *code = side->refuse;
      return FALSE;
    }

  g_ptr_array_add (side->came, mmp_test_stream_new (stream, FALSE, side->answer));

  return TRUE;
}

static const char *
kind_name (MmpCarrier *carrier)
{
  if (carrier == NULL)
    return "none";

  return mmp_carrier_get_kind (carrier) == MMP_CARRIER_DIRECT ? "direct" : "relay";
}

static void
on_carrier (MmpLink *link,
            MmpCarrier *carrier,
            gpointer user_data)
{
  MmpLinkSide *side = user_data;

  g_assert_true (mmp_link_get_carrier (link) == carrier);
  g_string_append_printf (side->log, "carrier %s;", kind_name (carrier));
}

static void
on_lost (MmpLink *link,
         MmpCarrier *carrier,
         gboolean stalled,
         gpointer user_data)
{
  MmpLinkSide *side = user_data;

  g_string_append_printf (side->log, "lost %s%s;", kind_name (carrier), stalled ? " stalled" : "");
}

static void
on_rtt (MmpLink *link,
        MmpCarrier *carrier,
        gint64 rtt,
        gpointer user_data)
{
  MmpLinkSide *side = user_data;

  side->n_rtts++;
}

static void
on_closed (MmpLink *link,
           const GError *error,
           gpointer user_data)
{
  MmpLinkSide *side = user_data;

  g_assert_error (error, MMP_ERROR, MMP_ERROR_PROTOCOL);
  g_string_append (side->log, "closed;");
}

static const MmpLinkFuncs link_funcs = {
  .json = on_json,
  .open = on_open,
  .carrier = on_carrier,
  .lost = on_lost,
  .rtt = on_rtt,
  .closed = on_closed,
};

static void
side_init (MmpLinkSide *side,
           MmpClock *clock,
           MmpLinkRole role)
{
  side->log = g_string_new (NULL);
  side->came = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_test_stream_free);
  side->opened = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_test_stream_free);
  side->link = mmp_link_new (role, clock, &link_funcs, side);
}

static void
side_clear (MmpLinkSide *side)
{
  mmp_link_close (side->link);
  mmp_test_await_finalize (g_steal_pointer (&side->link));
  g_ptr_array_unref (side->came);
  g_ptr_array_unref (side->opened);
  g_string_free (side->log, TRUE);
}

const MmpLoopbackConfig mmp_link_pair_direct = { .kind = MMP_CARRIER_DIRECT, .delay = MMP_MSEC (10) };
const MmpLoopbackConfig mmp_link_pair_relay = { .kind = MMP_CARRIER_RELAY, .delay = MMP_MSEC (50) };

void
mmp_link_pair_set_up (MmpLinkPair *self,
                      gconstpointer data)
{
  self->clock = mmp_clock_new_virtual ();
  side_init (&self->sides[0], self->clock, MMP_LINK_ROLE_INITIATOR);
  side_init (&self->sides[1], self->clock, MMP_LINK_ROLE_LISTENER);
}

/**
 * mmp_link_pair_tear_down:
 *
 * Closes the links and proves that nothing keeps them.
 */
void
mmp_link_pair_tear_down (MmpLinkPair *self,
                         gconstpointer data)
{
  for (guint i = 0; i < 2; i++)
    side_clear (&self->sides[i]);
  mmp_clock_unref (self->clock);
}

/**
 * mmp_link_pair_run_for:
 * @duration: microseconds of virtual time
 */
void
mmp_link_pair_run_for (MmpLinkPair *self,
                       gint64 duration)
{
  gint64 until = mmp_clock_now (self->clock) + duration;

  while (mmp_clock_step (self->clock, until))
    ;
}

/**
 * mmp_link_pair_attach:
 * @config: of the carrier; its generation is set
 * @ends: (out) (optional) (transfer none): its ends, which belong to the links
 *
 * Attaches a new carrier to both links.
 */
void
mmp_link_pair_attach (MmpLinkPair *self,
                      const MmpLoopbackConfig *config,
                      MmpCarrier *ends[2])
{
  MmpLoopbackConfig copy = *config;
  g_autoptr (MmpCarrier) first = NULL;
  g_autoptr (MmpCarrier) second = NULL;

  copy.generation = ++self->generation;
  mmp_loopback_carrier_new_pair (self->clock, &copy, &first, &second);
  mmp_link_attach (self->sides[0].link, first);
  mmp_link_attach (self->sides[1].link, second);
  if (ends != NULL)
    {
      ends[0] = first;
      ends[1] = second;
    }
}

/**
 * mmp_link_side_open:
 * @to_send: how many bytes it sends before it ends its direction
 *
 * Returns: (transfer none): the user of a new stream
 */
MmpTestStream *
mmp_link_side_open (MmpLinkSide *self,
                    const char *service,
                    guint64 to_send)
{
  g_autoptr (GError) error = NULL;
  MmpStream *stream = mmp_link_open (self->link, service, &error);
  MmpTestStream *user;

  g_assert_no_error (error);
  user = mmp_test_stream_new (stream, TRUE, to_send);
  g_ptr_array_add (self->opened, user);

  return user;
}

/**
 * mmp_link_side_get_stream:
 *
 * Returns: (transfer none): the user of the stream that came as number @i, from 0
 */
MmpTestStream *
mmp_link_side_get_stream (MmpLinkSide *self,
                          guint i)
{
  g_assert_cmpuint (self->came->len, >, i);

  return g_ptr_array_index (self->came, i);
}

/**
 * mmp_link_side_clear_log:
 *
 * Forgets what was called so far.
 */
void
mmp_link_side_clear_log (MmpLinkSide *self)
{
  g_string_truncate (self->log, 0);
}
