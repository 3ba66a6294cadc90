/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "bridge/mmp-sender-book.h"

#include "crypto/mmp-crypto.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

static void
use (MmpSenderBook *book)
{
  MmpSenderMark mark = { .sender = 1, .run = G_MAXUINT64, .number = 5 };
  g_autoptr (GBytes) encoded = NULL;
  g_autoptr (MmpSenderBook) again = NULL;

  if (mmp_sender_book_judge (book, &mark, 0) == MMP_SENDER_NEW)
    {
      mmp_sender_book_pass (book, &mark, 0);
      mmp_sender_book_settle (book, &mark);
      g_assert (mmp_sender_book_judge (book, &mark, 0) == MMP_SENDER_REPEATED);
    }
  encoded = mmp_sender_book_encode (book);
  again = mmp_sender_book_decode (encoded, 0, NULL);
  g_assert (again != NULL && mmp_sender_book_get_size (again) == mmp_sender_book_get_size (book));
}

/* The file as it is, and with its hash put right. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autoptr (GBytes) raw = g_bytes_new_static (data, size);
  g_autoptr (MmpSenderBook) book = mmp_sender_book_decode (raw, 0, NULL);
  g_autoptr (MmpSenderBook) righted = NULL;
  g_autoptr (GBytes) changed = NULL;
  guint8 *copy = g_malloc (size + MMP_CRYPTO_HASH_SIZE);

  if (size > 0)
    memcpy (copy, data, size);
  mmp_crypto_hash ("mmp1 bridge state", copy, size, copy + size);
  changed = g_bytes_new_take (copy, size + MMP_CRYPTO_HASH_SIZE);
  righted = mmp_sender_book_decode (changed, 0, NULL);
  if (book != NULL)
    use (book);
  if (righted != NULL)
    use (righted);

  return 0;
}
