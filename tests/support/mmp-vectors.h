/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * MmpVectors:
 *
 * A JSON file of test vectors below tests/data. Members are found by path, as "$.vectors[0].init_static".
 */
typedef struct _MmpVectors MmpVectors;

MmpVectors *mmp_vectors_load (const char *name);
char *mmp_vectors_get_text (MmpVectors *self,
                            const char *path);
GBytes *mmp_vectors_get_bytes (MmpVectors *self,
                               const char *path);
void mmp_vectors_free (MmpVectors *self);

void mmp_test_case (const char *text);
GBytes *mmp_test_flip (GBytes *bytes,
                       gsize bit);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpVectors, mmp_vectors_free)

G_END_DECLS
