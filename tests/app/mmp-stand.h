/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "hub/mmp-account-private.h"
#include "mmp-window.h"

G_BEGIN_DECLS

/* The rules that were started last, of a bridge or portal */
typedef struct
{
  MmpBridgeConfig *config; /* NULL: nothing runs */
  MmpBridgeFunc func;
  gpointer user_data;
  guint n_starts;
} MmpPlayedBridge;

/**
 * MmpStand:
 *
 * A window of the app on an account whose endpoints a test plays by hand: what a connection starts is written down here, and
 * the test calls its callbacks.
 */
typedef struct
{
  char *directory;
  MmpSecrets *secrets;
  MmpAccount *account;
  MmpWindow *window;
  GPtrArray *running; /* MmpPlayed */
  MmpPlayedBridge bridge; /* the newest */

  /* A look at the network that is under way: the test calls its functions */
  gboolean examining;
  MmpDiagnosisFuncs diagnosis;
  gpointer diagnosis_data;
  guint n_disconnected; /* devices that were sent away */
} MmpStand;

/* One endpoint that was started */
typedef struct
{
  MmpStand *stand;
  MmpProfileKind kind;
  MmpEndpointConfig *config;
  const MmpEndpointFuncs *funcs;
  gpointer user_data;
  MmpAnswer answer;
  gboolean answered;
} MmpPlayed;

gboolean mmp_stand_init (int *argc,
                         char ***argv);
MmpStand *mmp_stand_new (void);
MmpStand *mmp_stand_new_in (char *directory);
void mmp_stand_open (MmpStand *self);
void mmp_stand_free (MmpStand *self);
char *mmp_stand_add_key (MmpStand *self,
                         const char *name);
MmpConnection *mmp_stand_add (MmpStand *self,
                              MmpProfileKind kind,
                              const char *name);
MmpConnection *mmp_stand_add_rules (MmpStand *self,
                                    MmpProfileKind kind,
                                    const char *name);
void mmp_stand_say_bridge (MmpStand *self,
                           gboolean present,
                           guint unknown_key);
MmpPlayed *mmp_stand_start (MmpStand *self,
                            MmpConnection *connection);
void mmp_played_say (MmpPlayed *self,
                     MmpState state,
                     MmpPath path,
                     int code);
void mmp_played_measure (MmpPlayed *self,
                         guint n);
const MmpPublicKey *mmp_stand_get_peer (void);

/* What a person sees: mapped widgets only */
GtkWidget *mmp_find (gpointer root,
                     GType type,
                     const char *text);
GtkWidget *mmp_await (gpointer root,
                      GType type,
                      const char *text);
GtkWidget *mmp_await_dialog (gpointer window);
void mmp_await_no_dialog (gpointer window);
void mmp_close_dialog (gpointer window);
void mmp_settle (void);
void mmp_click (gpointer root,
                const char *label);
void mmp_type (gpointer root,
               const char *title,
               const char *text);
void mmp_type_broker (GtkWidget *dialog,
                      const char *group,
                      const char *host);
gboolean mmp_capture (gpointer window,
                      const char *name);

G_END_DECLS
