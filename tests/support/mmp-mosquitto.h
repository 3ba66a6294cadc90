/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * MmpMosquitto:
 *
 * A real mosquitto on a free port of 127.0.0.1, with a folder of its own for its files.
 */
typedef struct _MmpMosquitto MmpMosquitto;

gboolean mmp_mosquitto_is_here (void);
MmpMosquitto *mmp_mosquitto_new (const char *settings);
void mmp_mosquitto_free (MmpMosquitto *self);
void mmp_mosquitto_start (MmpMosquitto *self);
void mmp_mosquitto_stop (MmpMosquitto *self);
guint mmp_mosquitto_get_port (MmpMosquitto *self);
char *mmp_mosquitto_get_path (MmpMosquitto *self,
                              const char *name);
void mmp_mosquitto_write (MmpMosquitto *self,
                          const char *name,
                          const char *content);
guint mmp_test_free_port (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpMosquitto, mmp_mosquitto_free)

G_END_DECLS
