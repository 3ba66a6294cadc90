/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * MmpMock:
 *
 * A desktop that answers as the test says (mock-desktop.py).
 */
typedef struct
{
  GSubprocess *process;
  GDBusConnection *bus;
} MmpMock;

MmpMock *mmp_mock_new (const char *kinds);
void mmp_mock_free (MmpMock *self);
void mmp_mock_set (MmpMock *self,
                   const char *key,
                   const char *value);
gboolean mmp_mock_was_asked (MmpMock *self,
                             const char *text);

G_END_DECLS
