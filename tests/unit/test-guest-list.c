/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/mmp-guest-list.h"

#include <string.h>

#include "base/mmp-limits.h"

#define NOW MMP_SECONDS (1000)

static MmpPublicKey
key (guint32 number)
{
  MmpPublicKey result = { { 0 } };

  memcpy (result.bytes, &number, sizeof number);

  return result;
}

static MmpGuest *
add (MmpGuestList *list,
     guint32 ephemeral,
     guint32 device,
     guint8 link,
     gboolean stranger,
     gint64 silent_for)
{
  MmpPublicKey e = key (ephemeral);
  MmpPublicKey i = key (device);
  MmpGuest *guest = mmp_guest_list_add (list, &e, &i);

  guest->phase = MMP_GUEST_LINKED;
  guest->link_name[0] = link;
  guest->stranger = stranger;
  guest->heard = NOW - MMP_SECONDS (silent_for);

  return guest;
}

static void
test_guests_are_found (void)
{
  g_autoptr (MmpGuestList) list = mmp_guest_list_new (32);
  MmpGuest *one = add (list, 1, 100, 1, FALSE, 0);
  MmpGuest *two = add (list, 2, 100, 2, FALSE, 0);
  MmpGuest *three = add (list, 3, 101, 1, FALSE, 0);
  MmpGuest *again = add (list, 4, 100, 1, FALSE, 0);
  MmpPublicKey e = key (2);
  MmpPublicKey nobody = key (9);
  MmpPublicKey device = key (100);

  again->phase = MMP_GUEST_PENDING;
  g_assert_true (mmp_guest_list_find (list, &e) == two);
  g_assert_null (mmp_guest_list_find (list, &nobody));
  g_assert_null (mmp_guest_list_get_any (list, &nobody));
  g_assert_true (mmp_guest_list_get_any (list, &three->device) == three);
  g_assert_true (mmp_guest_list_find_replaced (list, again) == one);
  g_assert_null (mmp_guest_list_find_replaced (list, one));
  g_assert_null (mmp_guest_list_find_replaced (list, three));

  g_assert_null (mmp_guest_list_find_asking (list, &device));
  two->phase = MMP_GUEST_ASKING;
  g_assert_true (mmp_guest_list_find_asking (list, &device) == two);
  one->phase = MMP_GUEST_LEAVING;
  g_assert_null (mmp_guest_list_find_replaced (list, again));

  while (mmp_guest_list_get_any (list, &device) != NULL)
    mmp_guest_list_remove (list, mmp_guest_list_get_any (list, &device));
  g_assert_true (mmp_guest_list_get_any (list, NULL) == three);
}

/* Who is there, who comes, and what happens: nobody has to go, one has to, or there is no room. Devices from 200 on are
 * each another one; `silent` is in seconds, of the one that was not heard for longest. */
typedef enum
{
  ROOM,
  ONE_GOES,
  NO_ROOM,
} Outcome;

typedef struct
{
  const char *what;
  guint own; /* other links of the same device */
  guint trusted;
  guint strangers;
  gint64 silent;
  gboolean stranger; /* who comes */
  Outcome result;
  gboolean stranger_goes;
} RoomCase;

static void
check_leaving (const RoomCase *row,
               const MmpGuest *leaving,
               const MmpGuest *guest)
{
  g_assert_cmpint (leaving->stranger, ==, row->stranger_goes);
  g_assert_true (leaving != guest);
  if (row->own >= 4)
    g_assert_true (mmp_public_key_equal (&leaving->device, &guest->device));
  else if (row->silent > 0)
    g_assert_cmpint (leaving->heard, ==, NOW - MMP_SECONDS (row->silent));
}

static void
check_room (const RoomCase *row)
{
  g_autoptr (MmpGuestList) list = mmp_guest_list_new (32);
  guint32 e = 1;
  MmpGuest *leaving = NULL;
  MmpGuest *guest;

  g_test_message ("%s", row->what);
  for (guint i = 0; i < row->own; i++)
    add (list, e++, 100, (guint8) (10 + i), row->stranger, 0);
  for (guint i = 0; i < row->trusted; i++)
    add (list, e++, 200 + i, 1, FALSE, i == 0 ? row->silent : 0);
  for (guint i = 0; i < row->strangers; i++)
    add (list, e++, 300 + i, 1, TRUE, i == 0 ? row->silent : 0);
  guest = add (list, e, 100, 1, row->stranger, 0);
  guest->phase = MMP_GUEST_PENDING;

  g_assert_cmpint (mmp_guest_list_find_room (list, guest, NOW, &leaving), ==, row->result != NO_ROOM);
  g_assert_cmpint (leaving != NULL, ==, row->result == ONE_GOES);
  if (leaving != NULL)
    check_leaving (row, leaving, guest);
}

static void
test_room_is_made_by_the_rules (void)
{
  static const RoomCase table[] = {
    { "the first", 0, 0, 0, 0, FALSE, ROOM, FALSE },
    { "the last place", 0, 31, 0, 0, FALSE, ROOM, FALSE },
    { "all trusted, all alive", 0, 32, 0, 0, FALSE, NO_ROOM, FALSE },
    { "all trusted, one nearly gone", 0, 32, 0, 59, FALSE, NO_ROOM, FALSE },
    { "all trusted, one gone", 0, 32, 0, 60, FALSE, ONE_GOES, FALSE },
    { "a trusted one takes a stranger's place", 0, 31, 1, 0, FALSE, ONE_GOES, TRUE },
    { "four links of one device", 3, 0, 0, 0, FALSE, ROOM, FALSE },
    { "five links of one device", 4, 0, 0, 0, FALSE, ONE_GOES, FALSE },
    { "five links of one device, full", 4, 28, 0, 0, FALSE, ONE_GOES, FALSE },
    { "the eighth stranger", 0, 0, 7, 0, TRUE, ROOM, FALSE },
    { "the ninth stranger", 0, 0, 8, 0, TRUE, NO_ROOM, FALSE },
    { "the ninth stranger, one gone", 0, 0, 8, 60, TRUE, ONE_GOES, TRUE },
    { "a stranger, full of trusted ones", 0, 32, 0, 0, TRUE, NO_ROOM, FALSE },
    { "a stranger, full of trusted ones, one gone", 0, 32, 0, 600, TRUE, NO_ROOM, FALSE },
    { "a stranger, full, a stranger gone", 0, 31, 1, 60, TRUE, ONE_GOES, TRUE },
  };

  for (gsize t = 0; t < G_N_ELEMENTS (table); t++)
    check_room (&table[t]);
}

static void
test_taking_over_needs_no_room (void)
{
  g_autoptr (MmpGuestList) list = mmp_guest_list_new (2);
  MmpGuest *leaving;
  MmpGuest *again;

  add (list, 1, 100, 1, FALSE, 0);
  add (list, 2, 101, 1, FALSE, 0);
  again = add (list, 3, 100, 1, FALSE, 0);
  again->phase = MMP_GUEST_PENDING;
  g_assert_true (mmp_guest_list_find_room (list, again, NOW, &leaving));
  g_assert_null (leaving);
  again->link_name[0] = 2;
  g_assert_false (mmp_guest_list_find_room (list, again, NOW, &leaving));
}

static void
test_those_who_are_not_linked_take_no_room (void)
{
  g_autoptr (MmpGuestList) list = mmp_guest_list_new (1);
  MmpGuest *leaving;
  MmpGuest *guest;

  add (list, 1, 100, 1, FALSE, 0)->phase = MMP_GUEST_LEAVING;
  add (list, 2, 101, 1, TRUE, 0)->phase = MMP_GUEST_ASKING;
  add (list, 3, 102, 1, TRUE, 0)->phase = MMP_GUEST_PENDING;
  guest = add (list, 4, 103, 1, FALSE, 0);
  guest->phase = MMP_GUEST_PENDING;
  g_assert_true (mmp_guest_list_find_room (list, guest, NOW, &leaving));
  g_assert_null (leaving);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add_func ("/guest-list/" path, func)
  ADD ("guests-are-found", test_guests_are_found);
  ADD ("room-is-made-by-the-rules", test_room_is_made_by_the_rules);
  ADD ("taking-over-needs-no-room", test_taking_over_needs_no_room);
  ADD ("those-who-are-not-linked-take-no-room", test_those_who_are_not_linked_take_no_room);

  return g_test_run ();
}
