/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mqtt/mmp-mqtt-seam.h"

/**
 * mmp_mqtt_seam_pass:
 * @data: (array length=size): the next bytes of the stream
 */
void
mmp_mqtt_seam_pass (MmpMqttSeam *self,
                    const guint8 *data,
                    gsize size)
{
  for (gsize i = 0; i < size;)
    {
      if (self->header == 0 && self->body > 0)
        {
          gsize step = MIN (self->body, size - i);

          self->body -= step;
          i += step;
        }
      else if (self->header == 0)
        {
          self->header = 1;
          i++;
        }
      else
        {
          self->body |= (gsize) (data[i] & 0x7f) << (7 * (self->header - 1));
          self->header = (data[i] & 0x80) != 0 ? self->header + 1 : 0;
          i++;
        }
    }
}

/**
 * mmp_mqtt_seam_is_here:
 *
 * Returns: whether a packet ended with the last byte
 */
gboolean
mmp_mqtt_seam_is_here (const MmpMqttSeam *self)
{
  return self->header == 0 && self->body == 0;
}
