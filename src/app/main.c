/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <locale.h>

#include <glib/gi18n.h>

#include "mmp-application.h"

int
main (int argc,
      char *argv[])
{
  const char *directory = g_getenv ("TEXTDOMAINDIR");
  g_autoptr (MmpApplication) application = NULL;

  setlocale (LC_ALL, "");
  /* as the tools of gettext have it, to run from the build folder */
  bindtextdomain (GETTEXT_PACKAGE, directory != NULL ? directory : MMP_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_application_name (_ ("Message Portal"));
  application = mmp_application_new ();

  return g_application_run (G_APPLICATION (application), argc, argv);
}
