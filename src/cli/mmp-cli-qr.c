/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-qr.h"

/* Black on white, whatever the terminal's own colours are */
#define COLOURS_ON "\033[30;107m"
#define COLOURS_OFF "\033[0m"

/**
 * mmp_cli_qr_draw:
 * @colours: the terminal understands colours; without, light modules are drawn and dark ones left out, as a reader
 *   needs it on a dark background
 *
 * Draws two rows of modules as one row of half blocks, with the quiet zone.
 *
 * Returns: (transfer full): lines of text
 */
char *
mmp_cli_qr_draw (MmpQr *qr,
                 gboolean colours)
{
  static const char *const blocks[2][2] = { { " ", "▄" }, { "▀", "█" } };
  int end = (int) mmp_qr_get_size (qr) + MMP_QR_QUIET_ZONE;
  g_autoptr (GString) text = g_string_new (NULL);

  for (int y = -MMP_QR_QUIET_ZONE; y < end; y += 2)
    {
      if (colours)
        g_string_append (text, COLOURS_ON);
      for (int x = -MMP_QR_QUIET_ZONE; x < end; x++)
        {
          gboolean upper = mmp_qr_is_dark (qr, x, y) == colours;
          gboolean lower = mmp_qr_is_dark (qr, x, y + 1) == colours;

          g_string_append (text, blocks[upper ? 1 : 0][lower ? 1 : 0]);
        }
      g_string_append (text, colours ? COLOURS_OFF "\n" : "\n");
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}
