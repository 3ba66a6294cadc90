/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-mock.h"

#include "mmp-test.h"

#define BUS_NAME "io.github.messageportal.Mock"

static gboolean
has_owner (GDBusConnection *bus,
           const char *name)
{
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
                                                            g_variant_new ("(s)", name), G_VARIANT_TYPE ("(b)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  gboolean owned = FALSE;

  g_assert_nonnull (reply);
  g_variant_get (reply, "(b)", &owned);

  return owned;
}

static GVariant *
call (MmpMock *self,
      const char *method,
      GVariant *parameters)
{
  g_autoptr (GError) error = NULL;
  GVariant *reply = g_dbus_connection_call_sync (self->bus, BUS_NAME, "/mock", BUS_NAME, method, parameters, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);

  g_assert_no_error (error);

  return reply;
}

/**
 * mmp_mock_new:
 * @kinds: what the desktop has, as words: `portals`, `bare`, `notifications`, `secrets`
 *
 * Returns: (transfer full): a desktop that is there
 */
MmpMock *
mmp_mock_new (const char *kinds)
{
  MmpMock *self = g_new0 (MmpMock, 1);
  g_autofree char *line = g_strconcat (g_getenv ("MMP_MOCK_DESKTOP"), " ", kinds, NULL);
  g_auto (GStrv) command = g_strsplit (line, " ", -1);
  g_autoptr (GError) error = NULL;

  self->bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);
  g_assert_no_error (error);
  self->process = g_subprocess_newv ((const char *const *) command, G_SUBPROCESS_FLAGS_NONE, &error);
  g_assert_no_error (error);
  mmp_test_await (has_owner (self->bus, BUS_NAME));

  return self;
}

/**
 * mmp_mock_free:
 *
 * The desktop is gone afterwards.
 */
void
mmp_mock_free (MmpMock *self)
{
  g_subprocess_force_exit (self->process);
  g_subprocess_wait (self->process, NULL, NULL);
  mmp_test_await (!has_owner (self->bus, BUS_NAME));
  g_object_unref (self->process);
  g_object_unref (self->bus);
  g_free (self);
}

/**
 * mmp_mock_set:
 *
 * Tells it how to answer; what waits is answered.
 */
void
mmp_mock_set (MmpMock *self,
              const char *key,
              const char *value)
{
  g_variant_unref (call (self, "Set", g_variant_new ("(ss)", key, value)));
}

/**
 * mmp_mock_was_asked:
 *
 * Returns: whether @text is among what was asked for
 */
gboolean
mmp_mock_was_asked (MmpMock *self,
                    const char *text)
{
  g_autoptr (GVariant) reply = call (self, "Calls", NULL);
  g_autoptr (GVariant) calls = g_variant_get_child_value (reply, 0);
  g_autofree const char **words = g_variant_get_strv (calls, NULL);

  return g_strv_contains (words, text);
}
