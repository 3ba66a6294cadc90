/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "hub/mmp-checkup.h"

#include "crypto/mmp-key-pair.h"
#include "session/mmp-topics.h"

G_STATIC_ASSERT (MMP_EPHEMERAL_SIZE == MMP_PUBLIC_KEY_SIZE);

/**
 * mmp_checkup_set_topics:
 * @prefix: (nullable): first part of the topics; %NULL for the usual one
 * @error: return location
 *
 * Brokers are looked at as a listener and an initiator would use them: on topics of the same shape, with keys that nobody
 * has.
 *
 * Returns: %TRUE, or %FALSE if @prefix cannot be one
 */
gboolean
mmp_checkup_set_topics (MmpDiagnosisConfig *config,
                        const char *prefix,
                        GError **error)
{
  g_autoptr (MmpKeyPair) listener = mmp_key_pair_generate ();
  g_autoptr (MmpKeyPair) initiator = mmp_key_pair_generate ();
  g_autofree char *rendezvous = mmp_public_key_to_rendezvous (mmp_key_pair_get_public (listener));
  const char *first = prefix != NULL ? prefix : MMP_TOPICS_DEFAULT_PREFIX;
  g_autofree char *filter = NULL;
  g_autofree char *topic = NULL;

  if (!mmp_topics_check_prefix (first, error))
    return FALSE;

  filter = mmp_topics_get_filter (first, rendezvous);
  topic = mmp_topics_build (first, rendezvous, mmp_key_pair_get_public (initiator)->bytes, MMP_TOPIC_OFFER);
  mmp_diagnosis_config_set_topics (config, filter, topic);

  return TRUE;
}
