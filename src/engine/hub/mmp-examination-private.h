/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "hub/mmp-connection-private.h"
#include "hub/mmp-examination.h"

G_BEGIN_DECLS

struct _MmpExamination
{
  GObject parent_instance;

  MmpConnection *connection; /* its owner; NULL once that is gone */
  GPtrArray *results; /* MmpCheckResult, as they came */
  gboolean running;
  gboolean complete; /* all was looked at that there is */
  MmpExamined current;
  guint attempt; /* rises with each start and end; an answer to an older one counts for nothing */
  gpointer diagnosis; /* the runner's */

  /* The other device: the connection itself is watched, or, if it is stopped, one that lives for the examination only */
  MmpEndpointConfig *config;
  gpointer trial; /* the runner's */
  MmpStatus *trial_status;
  gboolean watching;
  guint patience_source;

  /* Services */
  GCancellable *probing;
  guint n_probed;
};

MmpExamination *mmp_examination_new (MmpConnection *connection);

/* Each of these ends with the next one. */
void mmp_examination_watch_device (MmpExamination *self);
void mmp_examination_unwatch_device (MmpExamination *self);
void mmp_examination_probe_services (MmpExamination *self);
void mmp_examination_finish (MmpExamination *self);

void mmp_examination_begin (MmpExamination *self,
                            MmpExamined examined);
void mmp_examination_add (MmpExamination *self,
                          MmpCheck check,
                          const char *subject,
                          MmpCheckStatus status,
                          const GError *cause,
                          GVariant *values);

G_END_DECLS
