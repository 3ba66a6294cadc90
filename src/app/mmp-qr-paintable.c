/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-qr-paintable.h"

#include <string.h>

#include "mmp.h"

/* A code is about as large as a hand can hold still in front of, and no module is smaller than 4 pixels. */
#define SIZE_WANTED 260
#define MODULE_MIN 4

struct _MmpQrPaintable
{
  GObject parent_instance;

  MmpQr *qr;
  GdkTexture *texture; /* a pixel a module */
  int size; /* modules, with the border */
};

static void mmp_qr_paintable_iface_init (GdkPaintableInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MmpQrPaintable, mmp_qr_paintable, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (GDK_TYPE_PAINTABLE, mmp_qr_paintable_iface_init))

static void
mmp_qr_paintable_snapshot (GdkPaintable *paintable,
                           GdkSnapshot *snapshot,
                           double width,
                           double height)
{
  MmpQrPaintable *self = MMP_QR_PAINTABLE (paintable);
  int space = (int) MIN (width, height);
  /* A pixel of the border may be missing, so that rounding does not cost one for each module. */
  int module = MAX ((space + 1) / self->size, 1);
  float side = (float) (module * self->size);
  graphene_rect_t bounds = GRAPHENE_RECT_INIT ((float) (int) ((width - side) / 2), (float) (int) ((height - side) / 2), side, side);

  gtk_snapshot_append_scaled_texture (snapshot, self->texture, GSK_SCALING_FILTER_NEAREST, &bounds);
}

static int
mmp_qr_paintable_get_intrinsic_size (GdkPaintable *paintable)
{
  int size = MMP_QR_PAINTABLE (paintable)->size;

  return size * MAX (SIZE_WANTED / size, MODULE_MIN);
}

static void
mmp_qr_paintable_iface_init (GdkPaintableInterface *iface)
{
  iface->snapshot = mmp_qr_paintable_snapshot;
  iface->get_intrinsic_width = mmp_qr_paintable_get_intrinsic_size;
  iface->get_intrinsic_height = mmp_qr_paintable_get_intrinsic_size;
}

static void
mmp_qr_paintable_finalize (GObject *object)
{
  MmpQrPaintable *self = MMP_QR_PAINTABLE (object);

  g_clear_pointer (&self->qr, mmp_qr_free);
  g_clear_object (&self->texture);

  G_OBJECT_CLASS (mmp_qr_paintable_parent_class)->finalize (object);
}

static void
mmp_qr_paintable_class_init (MmpQrPaintableClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mmp_qr_paintable_finalize;
}

static void
mmp_qr_paintable_init (MmpQrPaintable *self)
{
}

/**
 * mmp_qr_paintable_get_texture:
 * @scale: pixels a module
 *
 * Returns: (transfer full): the code as an image
 */
GdkTexture *
mmp_qr_paintable_get_texture (MmpQrPaintable *self,
                              int scale)
{
  int side = self->size * scale;
  guint8 *pixels = g_malloc ((gsize) side * side);
  g_autoptr (GBytes) bytes = g_bytes_new_take (pixels, (gsize) side * side);

  for (int y = 0; y < side; y++)
    for (int x = 0; x < side; x++)
      pixels[y * side + x] = mmp_qr_is_dark (self->qr, x / scale - MMP_QR_QUIET_ZONE, y / scale - MMP_QR_QUIET_ZONE) ? 0 : 255;

  return gdk_memory_texture_new (side, side, GDK_MEMORY_G8, bytes, side);
}

/**
 * mmp_qr_paintable_new:
 * @text: what the code says
 * @error: what is wrong with it
 *
 * Returns: (transfer full): the code
 */
GdkPaintable *
mmp_qr_paintable_new (const char *text,
                      GError **error)
{
  MmpQr *qr = mmp_qr_new (text, error);
  MmpQrPaintable *self;

  if (qr == NULL)
    return NULL;
  self = g_object_new (MMP_TYPE_QR_PAINTABLE, NULL);
  self->qr = qr;
  self->size = (int) mmp_qr_get_size (qr) + 2 * MMP_QR_QUIET_ZONE;
  self->texture = mmp_qr_paintable_get_texture (self, 1);

  return GDK_PAINTABLE (self);
}
