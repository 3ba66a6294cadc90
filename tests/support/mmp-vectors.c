/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-vectors.h"

#include <json-glib/json-glib.h>

#include "mmp-test.h"

struct _MmpVectors
{
  JsonParser *parser;
};

/**
 * mmp_vectors_load:
 * @name: a JSON file below tests/data
 *
 * Returns: (transfer full): its vectors
 */
MmpVectors *
mmp_vectors_load (const char *name)
{
  g_autofree char *text = mmp_test_data (name, NULL);
  g_autoptr (GError) error = NULL;
  MmpVectors *self = g_new0 (MmpVectors, 1);

  self->parser = json_parser_new ();
  json_parser_load_from_data (self->parser, text, -1, &error);
  g_assert_no_error (error);

  return self;
}

/**
 * mmp_vectors_get_text:
 * @self: vectors
 * @path: a JSONPath to one string
 *
 * Returns: (transfer full): the string
 */
char *
mmp_vectors_get_text (MmpVectors *self,
                      const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) found = json_path_query (path, json_parser_get_root (self->parser), &error);

  g_assert_no_error (error);
  g_assert_cmpuint (json_array_get_length (json_node_get_array (found)), ==, 1);

  return g_strdup (json_array_get_string_element (json_node_get_array (found), 0));
}

/**
 * mmp_vectors_get_bytes:
 * @self: vectors
 * @path: a JSONPath to one string of hexadecimal digits
 *
 * Returns: (transfer full): the bytes
 */
GBytes *
mmp_vectors_get_bytes (MmpVectors *self,
                       const char *path)
{
  g_autofree char *text = mmp_vectors_get_text (self, path);
  gsize size = strlen (text) / 2;
  guint8 *bytes = g_malloc (size);

  g_assert_cmpuint (strlen (text) % 2, ==, 0);
  for (gsize i = 0; i < size; i++)
    {
      g_assert_true (g_ascii_isxdigit (text[2 * i]) && g_ascii_isxdigit (text[2 * i + 1]));
      bytes[i] = (guint8) (g_ascii_xdigit_value (text[2 * i]) << 4 | g_ascii_xdigit_value (text[2 * i + 1]));
    }

  return g_bytes_new_take (bytes, size);
}

/**
 * mmp_vectors_free:
 * @self: vectors
 */
void
mmp_vectors_free (MmpVectors *self)
{
  g_object_unref (self->parser);
  g_free (self);
}

/**
 * mmp_test_case:
 * @text: the input of a case, hostile or not
 *
 * Says in the log which case of a table is tried, on one line whatever is in it.
 */
void
mmp_test_case (const char *text)
{
  g_autofree char *escaped = g_strescape (text, NULL);

  g_test_message ("%s", escaped);
}

/**
 * mmp_test_flip:
 * @bytes: a message
 * @bit: which bit
 *
 * Returns: (transfer full): the message with one bit inverted
 */
GBytes *
mmp_test_flip (GBytes *bytes,
               gsize bit)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);
  guint8 *copy = g_memdup2 (data, size);

  copy[bit / 8] ^= (guint8) (1 << bit % 8);

  return g_bytes_new_take (copy, size);
}
