/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "tunnel/mmp-service-error.h"

#include "base/mmp-error.h"
#include "link/mmp-stream.h"

/**
 * mmp_service_error_new:
 * @code: what a stream ended with: 0, an #MmpStreamCode, or any other number that came from outside
 * @service: the service that it was opened for
 *
 * Returns: (transfer full) (nullable): why the service cannot be used; %NULL for an end that says nothing about the
 *   service, such as a connection that was reset in its course
 */
GError *
mmp_service_error_new (guint code,
                       const char *service)
{
  switch (code)
    {
    case MMP_STREAM_NO_SERVICE:
      return g_error_new (MMP_ERROR, MMP_ERROR_NO_SERVICE, "the other side offers no service “%s”", service);
    case MMP_STREAM_REFUSED:
      return g_error_new (MMP_ERROR, MMP_ERROR_SERVICE_REFUSED, "nothing listens where the service “%s” of the other side should be",
                          service);
    case MMP_STREAM_UNREACHABLE:
      return g_error_new (MMP_ERROR, MMP_ERROR_SERVICE_UNREACHABLE, "the other side cannot reach its service “%s”", service);
    case MMP_STREAM_TIME_OUT:
      return g_error_new (MMP_ERROR, MMP_ERROR_SERVICE_UNREACHABLE, "the service “%s” of the other side does not answer", service);
    case MMP_STREAM_DENIED:
      return g_error_new (MMP_ERROR, MMP_ERROR_DENIED, "the other side does not let this device use its service “%s”", service);
    case MMP_STREAM_OVERLOAD:
      return g_error_new_literal (MMP_ERROR, MMP_ERROR_BUSY, "the other side has no room for more connections");
    default:
      return NULL;
    }
}
