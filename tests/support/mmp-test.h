/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Runs the default context until *flag is TRUE; the test fails after some generous seconds. */
#define mmp_test_await(condition)                                    \
  G_STMT_START                                                       \
  {                                                                  \
    MmpTestDeadline deadline_ = mmp_test_deadline ();                \
    while (!(condition))                                             \
      mmp_test_iterate (&deadline_, #condition, __FILE__, __LINE__); \
  }                                                                  \
  G_STMT_END

typedef struct
{
  gint64 end;
} MmpTestDeadline;

MmpTestDeadline mmp_test_deadline (void);
void mmp_test_iterate (MmpTestDeadline *deadline,
                       const char *what,
                       const char *file,
                       int line);
void mmp_test_await_finalize (gpointer object);
char *mmp_test_data (const char *name,
                     gsize *size);
char *mmp_test_directory (void);
void mmp_test_directory_free (char *path);

G_END_DECLS
