/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/mmp-carrier.h"
#include "mmp-test.h"

/* The smallest carrier: it notes what is asked of it. */
G_DECLARE_FINAL_TYPE (TestCarrier, test_carrier, TEST, CARRIER, MmpCarrier)

struct _TestCarrier
{
  MmpCarrier parent_instance;
  guint n_sent;
  guint n_closed;
};

G_DEFINE_FINAL_TYPE (TestCarrier, test_carrier, MMP_TYPE_CARRIER)

static void
test_carrier_send (MmpCarrier *carrier,
                   guint lane,
                   GBytes *message)
{
  TEST_CARRIER (carrier)->n_sent++;
}

static gsize
test_carrier_get_space (MmpCarrier *carrier,
                        guint lane)
{
  return 100 + lane;
}

static void
test_carrier_close (MmpCarrier *carrier)
{
  TEST_CARRIER (carrier)->n_closed++;
}

static void
test_carrier_class_init (TestCarrierClass *klass)
{
  MmpCarrierClass *carrier_class = MMP_CARRIER_CLASS (klass);

  carrier_class->send = test_carrier_send;
  carrier_class->get_space = test_carrier_get_space;
  carrier_class->close = test_carrier_close;
}

static void
test_carrier_init (TestCarrier *self)
{
}

static void
on_received (MmpCarrier *carrier,
             GBytes *message,
             gpointer user_data)
{
  g_string_append_printf (user_data, "received %" G_GSIZE_FORMAT ";", g_bytes_get_size (message));
}

static void
on_writable (MmpCarrier *carrier,
             gpointer user_data)
{
  g_string_append (user_data, "writable;");
}

static void
on_closed (MmpCarrier *carrier,
           gpointer user_data)
{
  g_string_append (user_data, "closed;");
}

static const MmpCarrierFuncs log_funcs = {
  .received = on_received,
  .writable = on_writable,
  .closed = on_closed,
};

static TestCarrier *
make_carrier (void)
{
  return g_object_new (test_carrier_get_type (), "kind", MMP_CARRIER_DIRECT, "generation", (guint64) 7, NULL);
}

static void
test_knows_its_kind_and_generation (void)
{
  g_autoptr (TestCarrier) carrier = make_carrier ();

  g_assert_cmpint (mmp_carrier_get_kind (MMP_CARRIER (carrier)), ==, MMP_CARRIER_DIRECT);
  g_assert_cmpuint (mmp_carrier_get_generation (MMP_CARRIER (carrier)), ==, 7);
  g_assert_cmpuint (mmp_carrier_get_space (MMP_CARRIER (carrier), 3), ==, 103);
}

static void
test_its_listener_hears_until_it_detaches (void)
{
  g_autoptr (TestCarrier) carrier = make_carrier ();
  g_autoptr (GString) log = g_string_new (NULL);
  g_autoptr (GBytes) message = g_bytes_new_static ("hello", 5);

  mmp_carrier_emit_received (MMP_CARRIER (carrier), message);
  mmp_carrier_set_funcs (MMP_CARRIER (carrier), &log_funcs, log);
  mmp_carrier_emit_received (MMP_CARRIER (carrier), message);
  mmp_carrier_emit_writable (MMP_CARRIER (carrier));
  mmp_carrier_emit_closed (MMP_CARRIER (carrier));
  mmp_carrier_set_funcs (MMP_CARRIER (carrier), NULL, NULL);
  mmp_carrier_emit_received (MMP_CARRIER (carrier), message);

  g_assert_cmpstr (log->str, ==, "received 5;writable;closed;");
}

static void
test_says_nothing_after_it_was_closed (void)
{
  TestCarrier *carrier = make_carrier ();
  g_autoptr (GString) log = g_string_new (NULL);

  mmp_carrier_set_funcs (MMP_CARRIER (carrier), &log_funcs, log);
  mmp_carrier_close (MMP_CARRIER (carrier));
  g_assert_cmpuint (carrier->n_closed, ==, 1);
  mmp_carrier_emit_closed (MMP_CARRIER (carrier));
  g_assert_cmpstr (log->str, ==, "");

  mmp_test_await_finalize (carrier);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/carrier/knows-its-kind-and-generation", test_knows_its_kind_and_generation);
  g_test_add_func ("/carrier/its-listener-hears-until-it-detaches", test_its_listener_hears_until_it_detaches);
  g_test_add_func ("/carrier/says-nothing-after-it-was-closed", test_says_nothing_after_it_was_closed);

  return g_test_run ();
}
