/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "link/mmp-stream.h"
#include "tunnel/mmp-service-error.h"

static void
test_each_code_has_its_cause (void)
{
  const struct
  {
    guint code;
    int error; /* -1: none */
  } cases[] = {
    { 0, -1 },
    { MMP_STREAM_NO_SERVICE, MMP_ERROR_NO_SERVICE },
    { MMP_STREAM_REFUSED, MMP_ERROR_SERVICE_REFUSED },
    { MMP_STREAM_UNREACHABLE, MMP_ERROR_SERVICE_UNREACHABLE },
    { MMP_STREAM_TIME_OUT, MMP_ERROR_SERVICE_UNREACHABLE },
    { MMP_STREAM_DENIED, MMP_ERROR_DENIED },
    { MMP_STREAM_OVERLOAD, MMP_ERROR_BUSY },
    { MMP_STREAM_IO, -1 },
    { 8, -1 },
    { G_MAXUINT, -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = mmp_service_error_new (cases[i].code, "web");

      if (cases[i].error < 0)
        g_assert_null (error);
      else
        g_assert_error (error, MMP_ERROR, cases[i].error);
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/service-error/each-code-has-its-cause", test_each_code_has_its_cause);

  return g_test_run ();
}
