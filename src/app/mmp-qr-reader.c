/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-qr-reader.h"

#include <zbar.h>

/* A photo of 50 megapixels is read; what is larger is no picture of a code. */
#define PIXELS_MAX (64 * 1024 * 1024)

/* Luminance of each pixel, upside down in brightness if @inverted */
static guint8 *
to_grey (GdkTexture *texture,
         gboolean inverted)
{
  int width = gdk_texture_get_width (texture);
  int height = gdk_texture_get_height (texture);
  g_autoptr (GdkTextureDownloader) downloader = gdk_texture_downloader_new (texture);
  g_autoptr (GBytes) bytes = NULL;
  const guint8 *rgb;
  guint8 *grey;
  gsize stride;

  gdk_texture_downloader_set_format (downloader, GDK_MEMORY_R8G8B8);
  bytes = gdk_texture_downloader_download_bytes (downloader, &stride);
  rgb = g_bytes_get_data (bytes, NULL);
  grey = g_malloc ((gsize) width * (gsize) height);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      {
        const guint8 *pixel = rgb + (gsize) y * stride + (gsize) x * 3;
        guint8 value = (guint8) ((pixel[0] * 77 + pixel[1] * 151 + pixel[2] * 28) >> 8);

        grey[(gsize) y * (gsize) width + (gsize) x] = inverted ? (guint8) (255 - value) : value;
      }

  return grey;
}

static char *
scan (GdkTexture *texture,
      gboolean inverted)
{
  guint width = (guint) gdk_texture_get_width (texture);
  guint height = (guint) gdk_texture_get_height (texture);
  g_autofree guint8 *grey = to_grey (texture, inverted);
  zbar_image_scanner_t *scanner = zbar_image_scanner_create ();
  zbar_image_t *image = zbar_image_create ();
  const zbar_symbol_t *symbol;
  char *text = NULL;

  zbar_image_scanner_set_config (scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
  zbar_image_scanner_set_config (scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
  zbar_image_set_format (image, zbar_fourcc ('Y', '8', '0', '0'));
  zbar_image_set_size (image, width, height);
  zbar_image_set_data (image, grey, (unsigned long) width * height, NULL);
  zbar_scan_image (scanner, image);
  symbol = zbar_image_first_symbol (image);
  if (symbol != NULL)
    text = g_utf8_make_valid (zbar_symbol_get_data (symbol), zbar_symbol_get_data_length (symbol));
  zbar_image_destroy (image);
  zbar_image_scanner_destroy (scanner);

  return text;
}

/**
 * mmp_qr_reader_read:
 *
 * Blocks for some milliseconds a megapixel. Also reads codes that are light on dark.
 *
 * Returns: (transfer full) (nullable): what the first QR code in the picture says; %NULL: there is none
 */
char *
mmp_qr_reader_read (GdkTexture *texture)
{
  char *text;

  if ((gint64) gdk_texture_get_width (texture) * gdk_texture_get_height (texture) > PIXELS_MAX)
    return NULL;
  text = scan (texture, FALSE);

  return text != NULL ? text : scan (texture, TRUE);
}
