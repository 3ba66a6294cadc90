/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-certificates.h"

#include "mmp-test.h"

struct _MmpCertificates
{
  char *folder;
  char *ca_file;
};

G_GNUC_PRINTF (2, 3)
static void
run (MmpCertificates *self,
     const char *format,
     ...)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *command = NULL;
  g_autofree char *errors = NULL;
  g_auto (GStrv) arguments = NULL;
  va_list values;

  va_start (values, format);
  command = g_strdup_vprintf (format, values);
  va_end (values);
  arguments = g_strsplit (command, " ", -1);
  g_subprocess_launcher_set_cwd (launcher, self->folder);
  process = g_subprocess_launcher_spawnv (launcher, (const char *const *) arguments, &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, NULL, &errors, &error);
  g_assert_no_error (error);
  if (!g_subprocess_get_successful (process))
    g_error ("%s: %s", command, errors);
}

static void
make_authority (MmpCertificates *self,
                const char *name)
{
  run (self, "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=%s -keyout %s.key -out %s.pem", name, name, name);
}

static void
make (MmpCertificates *self,
      const char *name,
      const char *subject,
      const char *authority,
      const char *dates)
{
  run (self, "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=broker -addext subjectAltName=%s -keyout %s.key -out %s.csr",
       subject, name, name);
  run (self, "openssl x509 -req -in %s.csr -CA %s.pem -CAkey %s.key -copy_extensions copy %s -out %s.pem", name, authority, authority, dates, name);
}

/**
 * mmp_certificates_new:
 *
 * Returns: (transfer full) (nullable): the certificates; %NULL if there is no openssl, and the test is marked as skipped
 */
MmpCertificates *
mmp_certificates_new (void)
{
  g_autofree char *program = g_find_program_in_path ("openssl");
  MmpCertificates *self;

  if (program == NULL)
    {
      g_test_skip ("openssl is not installed");
      return NULL;
    }

  self = g_new0 (MmpCertificates, 1);
  self->folder = mmp_test_directory ();
  self->ca_file = g_build_filename (self->folder, "ca.pem", NULL);
  make_authority (self, "ca");
  make_authority (self, "stranger");
  make (self, "good", "IP:127.0.0.1", "ca", "-days 30");
  make (self, "wrong-name", "DNS:broker.example", "ca", "-days 30");
  make (self, "expired", "IP:127.0.0.1", "ca", "-not_before 20200101000000Z -not_after 20200201000000Z");
  make (self, "untrusted", "IP:127.0.0.1", "stranger", "-days 30");

  return self;
}

/**
 * mmp_certificates_free:
 * @self: (nullable): certificates
 */
void
mmp_certificates_free (MmpCertificates *self)
{
  if (self == NULL)
    return;

  mmp_test_directory_free (self->folder);
  g_free (self->ca_file);
  g_free (self);
}

/**
 * mmp_certificates_get_ca_file:
 *
 * Returns: (transfer none): the authority to trust
 */
const char *
mmp_certificates_get_ca_file (MmpCertificates *self)
{
  return self->ca_file;
}

/**
 * mmp_certificates_get_file:
 * @suffix: `.pem` or `.key`
 *
 * Returns: (transfer full): a path
 */
char *
mmp_certificates_get_file (MmpCertificates *self,
                           const char *name,
                           const char *suffix)
{
  g_autofree char *file = g_strconcat (name, suffix, NULL);

  return g_build_filename (self->folder, file, NULL);
}

/**
 * mmp_certificates_load:
 *
 * Returns: (transfer full): a certificate with its private key
 */
GTlsCertificate *
mmp_certificates_load (MmpCertificates *self,
                       const char *name)
{
  g_autofree char *certificate = mmp_certificates_get_file (self, name, ".pem");
  g_autofree char *key = mmp_certificates_get_file (self, name, ".key");
  g_autoptr (GError) error = NULL;
  GTlsCertificate *loaded = g_tls_certificate_new_from_files (certificate, key, &error);

  g_assert_no_error (error);

  return loaded;
}
