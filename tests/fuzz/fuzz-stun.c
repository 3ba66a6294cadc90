/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rtc/mmp-stun-private.h"

#include <string.h>

#define KINDS 3

int LLVMFuzzerTestOneInput (const guint8 *data,
                            size_t size);

/* A binding, an allocation, and what a signed request makes of a challenge that was taken. The transaction id is always
 * the one that is waited for: without it all would be refused at the door. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t size)
{
  g_autoptr (MmpStunRequest) request = NULL;
  g_autoptr (MmpStunAnswer) first = NULL;
  g_autoptr (MmpStunAnswer) second = NULL;
  gsize measured;

  if (size < 1)
    return 0;

  request = mmp_stun_request_new (data[0] % KINDS == 0 ? MMP_STUN_BINDING : MMP_STUN_ALLOCATE, NULL, NULL, NULL);
  data++;
  size--;
  if (size >= 4 + MMP_STUN_ID_SIZE)
    mmp_stun_request_set_id (request, data + 4);
  first = mmp_stun_answer_decode (request, data, size, NULL);
  second = mmp_stun_answer_decode (request, data, size, NULL);
  g_assert ((first != NULL) == (second != NULL));
  measured = mmp_stun_measure (data, size);
  g_assert (first == NULL || measured == size);
  if (first != NULL)
    {
      g_autoptr (MmpStunRequest) next = mmp_stun_request_new (MMP_STUN_ALLOCATE, "user", "password", first);
      g_autoptr (MmpStunAnswer) third = next != NULL ? mmp_stun_answer_decode (next, data, size, NULL) : NULL;

      g_assert (third == NULL); /* it answers another transaction */
    }

  return 0;
}
