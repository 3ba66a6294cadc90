/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-text.h"

#include <string.h>

#include "mmp-cli-cause.h"

/* Further off than this, a word is another word and no slip. */
#define DISTANCE_MAX 2
#define WORD_MAX 32

typedef struct
{
  const char *sentence; /* without its period: the cause follows in parentheses */
  const char *next_step;
  MmpCliExit exit;
} Text;

/* Every cause that a person can meet, in the words of the command line. A sentence that says all by itself has a
 * next step of "". */
static const Text texts[] = {
  [MMP_ERROR_FAILED] = { N_ ("It did not work"), N_ ("Run it again with “-v” to see more."), MMP_CLI_FAILED },
  [MMP_ERROR_CANCELLED] = { N_ ("It was stopped"), "", MMP_CLI_FAILED },
  [MMP_ERROR_TIMED_OUT] = { N_ ("It took too long"), N_ ("Check the network and try again."), MMP_CLI_FAILED },
  [MMP_ERROR_KEY_INVALID] = { N_ ("The key is wrong"), N_ ("Copy it again from the other device; it has 52 letters and digits, perhaps with “====” behind."), MMP_CLI_FILE },
  [MMP_ERROR_KEY_USE] = { N_ ("A key pair that is used in the classic mode is never used without it, and the reverse"), N_ ("Choose another key pair."), MMP_CLI_FILE },
  [MMP_ERROR_KEY_FILE] = { N_ ("The key file cannot be used"), N_ ("Check its path and its permissions, or make a key pair with “mmp keygen”."), MMP_CLI_FILE },
  [MMP_ERROR_FILE_INVALID] = { N_ ("A file cannot be used"), N_ ("Correct it or move it away; it is not overwritten."), MMP_CLI_FILE },
  [MMP_ERROR_INVITATION_INVALID] = { N_ ("The invitation is wrong"), N_ ("Copy all of it again, in quotes, or ask for a new one."), MMP_CLI_USAGE },
  [MMP_ERROR_ADDRESS_INVALID] = { N_ ("An address is wrong"), N_ ("Write a name or an address, and a port from 1 to 65535."), MMP_CLI_USAGE },
  [MMP_ERROR_PORT_IN_USE] = { N_ ("The local port is in use by another program"), N_ ("Choose another port, or 0 for any free one."), MMP_CLI_FAILED },
  [MMP_ERROR_PORT_DENIED] = { N_ ("The local port cannot be opened"), N_ ("Use an address of this machine and a port from 1024 on."), MMP_CLI_FAILED },
  [MMP_ERROR_BROKER_NAME] = { N_ ("The broker's name cannot be looked up"), N_ ("Check the spelling and this machine's network."), MMP_CLI_FAILED },
  [MMP_ERROR_BROKER_UNREACHABLE] = { N_ ("The broker cannot be reached"), N_ ("Check its address and port, and this machine's network."), MMP_CLI_FAILED },
  [MMP_ERROR_BROKER_TLS_TRUST] = { N_ ("The broker's certificate is not signed by an authority that this machine trusts"), N_ ("If the broker is yours, give its authority's certificate with “--cafile”."), MMP_CLI_FAILED },
  [MMP_ERROR_BROKER_TLS_NAME] = { N_ ("The broker's certificate is for another name"), N_ ("Use the name in the certificate to reach the broker."), MMP_CLI_FAILED },
  [MMP_ERROR_BROKER_TLS_EXPIRED] = { N_ ("The broker's certificate is not valid now"), N_ ("Check this machine's clock; otherwise the broker's owner has to renew it."), MMP_CLI_FAILED },
  [MMP_ERROR_BROKER_TLS] = { N_ ("No encrypted connection with the broker"), N_ ("Check that this port speaks TLS (usually 8883); for one that does not there is “--notls”."), MMP_CLI_FAILED },
  [MMP_ERROR_BROKER_LOGIN] = { N_ ("The broker refused the user name or password"), N_ ("Check “-u” and the password."), MMP_CLI_FAILED },
  [MMP_ERROR_BROKER_REFUSED] = { N_ ("The broker refused the connection"), N_ ("Ask the broker's owner, or use another broker."), MMP_CLI_FAILED },
  [MMP_ERROR_BROKER_PROTOCOL] = { N_ ("What answers there is not an MQTT broker"), N_ ("Check the port: 8883 is usual with TLS, 1883 with “--notls”."), MMP_CLI_FAILED },
  [MMP_ERROR_BROKER_SUBSCRIBE] = { N_ ("The broker does not let this login read the topics"), N_ ("Choose a topic that it allows with “-t”, on both sides."), MMP_CLI_FAILED },
  [MMP_ERROR_BROKER_PUBLISH] = { N_ ("The broker does not let this login write to the topics"), N_ ("Choose a topic that it allows with “-t”, on both sides."), MMP_CLI_FAILED },
  [MMP_ERROR_BROKER_LIMIT] = { N_ ("The broker does not take messages fast enough"), N_ ("Use another broker if this lasts."), MMP_CLI_FAILED },
  [MMP_ERROR_BROKER_LOST] = { N_ ("The connection to the broker broke"), N_ ("Check the network if this lasts."), MMP_CLI_FAILED },
  [MMP_ERROR_NO_ANSWER] = { N_ ("No answer"), N_ ("The other device may be off, use another broker or topic, or not trust this one."), MMP_CLI_FAILED },
  [MMP_ERROR_PENDING] = { N_ ("Somebody has to answer at the other device"), N_ ("Compare the fingerprint with the one shown there."), MMP_CLI_FAILED },
  [MMP_ERROR_DENIED] = { N_ ("The other device said no"), N_ ("Ask its owner to trust this one."), MMP_CLI_REFUSED },
  [MMP_ERROR_BUSY] = { N_ ("The other device has no room for one more"), N_ ("Try again later."), MMP_CLI_FAILED },
  [MMP_ERROR_IDENTITY_MISMATCH] = { N_ ("Somebody else answered on the direct path than the other device"), N_ ("Do not use this network for it; the connection was closed before any data went out."), MMP_CLI_REFUSED },
  [MMP_ERROR_NO_DIRECT_PATH] = { N_ ("There is no direct path between the two networks"), N_ ("It is tried again; check that both sides may send UDP."), MMP_CLI_FAILED },
  [MMP_ERROR_PROTOCOL] = { N_ ("The other side broke the rules of the protocol"), N_ ("Check that both sides have the same version of this program."), MMP_CLI_FAILED },
  [MMP_ERROR_MESSAGE_INVALID] = { N_ ("What came from the other side makes no sense"), N_ ("Check that both sides have the same version of this program."), MMP_CLI_FAILED },
  [MMP_ERROR_NO_SERVICE] = { N_ ("The other side offers no such service"), N_ ("Use the same name with “-n” on both sides."), MMP_CLI_FAILED },
  [MMP_ERROR_SERVICE_REFUSED] = { N_ ("The shared service refused the connection"), N_ ("Check that it runs and that the listener has its address right."), MMP_CLI_FAILED },
  [MMP_ERROR_SERVICE_UNREACHABLE] = { N_ ("The shared service cannot be reached"), N_ ("Check that it runs and that the listener has its address right."), MMP_CLI_FAILED },
  [MMP_ERROR_RULE] = { N_ ("The bridge cannot have this rule"), N_ ("Nothing was started; correct the rule."), MMP_CLI_USAGE },
  [MMP_ERROR_LIMIT] = { N_ ("There is no room for more"), N_ ("Close something first."), MMP_CLI_FAILED },
  [MMP_ERROR_LINK_LOST] = { N_ ("The other device was away for too long, so open connections were closed"), N_ ("New ones go through as soon as it is back."), MMP_CLI_FAILED },
  [MMP_ERROR_STUN_NAME] = { N_ ("The STUN server's name cannot be looked up"), N_ ("Check the spelling of “--stun” and this machine's network."), MMP_CLI_FAILED },
  [MMP_ERROR_STUN_SILENT] = { N_ ("The STUN server does not answer"), N_ ("Try another one with “--stun”; if none answers, this network blocks UDP."), MMP_CLI_FAILED },
  [MMP_ERROR_STUN_FEW] = { N_ ("The STUN servers that answer are not enough to tell"), N_ ("Give two at different addresses with “--stun”, or one that answers from two addresses (RFC 5780)."), MMP_CLI_FAILED },
  [MMP_ERROR_UDP_BLOCKED] = { N_ ("This network lets no UDP through"), N_ ("Allow outgoing UDP in the firewall, or give a TURN server that takes TCP or TLS; data can always go through the broker."), MMP_CLI_FAILED },
  [MMP_ERROR_TURN_NAME] = { N_ ("The TURN server's name cannot be looked up"), N_ ("Check the spelling of “--turn” and this machine's network."), MMP_CLI_FAILED },
  [MMP_ERROR_TURN_UNREACHABLE] = { N_ ("The TURN server does not answer"), N_ ("Check its address and port; where UDP is blocked, use “?transport=tcp” or “turns:”."), MMP_CLI_FAILED },
  [MMP_ERROR_TURN_TLS] = { N_ ("No encrypted connection with the TURN server"), N_ ("Use the name in its certificate and a port that speaks TLS (usually 5349); if the server is yours, its certificate has to be valid."), MMP_CLI_FAILED },
  [MMP_ERROR_TURN_LOGIN] = { N_ ("The TURN server refused the user name or password"), N_ ("Check the user name in “--turn” and the password file."), MMP_CLI_FAILED },
  [MMP_ERROR_TURN_REFUSED] = { N_ ("The TURN server lends no address"), N_ ("Try again later, or ask the server's owner."), MMP_CLI_FAILED },
  [MMP_ERROR_SECRETS] = { N_ ("A key or password cannot be used"), N_ ("Unlock the keyring; without one, import with “--key-files”, which keeps them in files."), MMP_CLI_FILE },
  [MMP_ERROR_RUNNING] = { N_ ("It runs already"), N_ ("Stop it there first; “mmp status” shows what runs."), MMP_CLI_FAILED },
  [MMP_ERROR_DISK_FULL] = { N_ ("The disk is full"), N_ ("Make room on it and try again; what was there before is unchanged."), MMP_CLI_FILE },
  [MMP_ERROR_NOT_WRITABLE] = { N_ ("A file cannot be written"), N_ ("Check who may write there and try again; what was there before is unchanged."), MMP_CLI_FILE },
  [MMP_ERROR_INCOMPLETE] = { N_ ("The profile refers to something that was removed"), N_ ("Choose another one in the app, or import the profile again."), MMP_CLI_FILE },
};

static const Text *
find_text (const GError *error)
{
  if (error->domain != MMP_ERROR || error->code < 0 || error->code >= (int) G_N_ELEMENTS (texts))
    return &texts[MMP_ERROR_FAILED];

  return &texts[error->code];
}

/**
 * mmp_cli_text_explain:
 *
 * Returns: (transfer full): a sentence with its cause in parentheses, and the next step
 */
char *
mmp_cli_text_explain (const GError *error)
{
  const Text *text = find_text (error);
  g_autoptr (GString) result = g_string_new (_ (text->sentence));
  g_autofree char *cause = mmp_cli_cause_translate (error->message);

  /* Where there is no more to say, a cause is told in the same words. */
  if (error->message[0] != '\0' && g_ascii_strcasecmp (error->message, text->sentence) != 0)
    g_string_append_printf (result, " (%s)", cause);
  g_string_append_c (result, '.');
  if (text->next_step[0] != '\0')
    g_string_append_printf (result, " %s", _ (text->next_step));

  return g_string_free (g_steal_pointer (&result), FALSE);
}

/**
 * mmp_cli_text_get_exit:
 *
 * Returns: the exit code of a program that ends because of @error
 */
MmpCliExit
mmp_cli_text_get_exit (const GError *error)
{
  return find_text (error)->exit;
}

/* How many letters have to be changed, added or left out to make one word of the other (Levenshtein) */
static guint
distance (const char *a,
          const char *b)
{
  guint row[WORD_MAX + 1];
  gsize length = strlen (b);

  if (strlen (a) > WORD_MAX || length > WORD_MAX)
    return G_MAXUINT;

  for (guint j = 0; j <= length; j++)
    row[j] = j;
  for (guint i = 1; a[i - 1] != '\0'; i++)
    {
      guint diagonal = row[0];

      row[0] = i;
      for (guint j = 1; j <= length; j++)
        {
          guint changed = diagonal + (a[i - 1] != b[j - 1]);

          diagonal = row[j];
          row[j] = MIN (changed, 1 + MIN (row[j], row[j - 1]));
        }
    }

  return row[length];
}

/**
 * mmp_cli_text_nearest:
 * @candidates: (array zero-terminated=1): words that would be right
 *
 * Returns: (nullable): the one that was probably meant by @word
 */
const char *
mmp_cli_text_nearest (const char *word,
                      const char *const *candidates)
{
  const char *nearest = NULL;
  guint least = DISTANCE_MAX + 1;

  for (guint i = 0; candidates[i] != NULL; i++)
    {
      guint d = strlen (word) >= 3 && g_str_has_prefix (candidates[i], word) ? 0 : distance (word, candidates[i]);

      if (d < least)
        {
          least = d;
          nearest = candidates[i];
        }
    }

  return nearest;
}

/**
 * mmp_cli_complain:
 *
 * Says a sentence on stderr.
 */
void
mmp_cli_complain (const char *format,
                  ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_printerr ("mmp: %s\n", message);
}

/**
 * mmp_cli_complain_about:
 *
 * Says what @error means and what to do next.
 *
 * Returns: the exit code that belongs to it
 */
MmpCliExit
mmp_cli_complain_about (const GError *error)
{
  g_autofree char *explanation = mmp_cli_text_explain (error);

  mmp_cli_complain ("%s", explanation);

  return mmp_cli_text_get_exit (error);
}
