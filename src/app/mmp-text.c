/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-text.h"

#include <string.h>

typedef struct
{
  const char *sentence;
  const char *next_step;
} Text;

/* Every cause that a person can meet, in the words of the app: what is the matter, and what to do about it. */
static const Text texts[] = {
  [MMP_ERROR_FAILED] = { N_ ("It did not work."), N_ ("Save the log to see more.") },
  [MMP_ERROR_CANCELLED] = { N_ ("It was stopped."), "" },
  [MMP_ERROR_TIMED_OUT] = { N_ ("It took too long."), N_ ("Check the network and try again.") },
  [MMP_ERROR_KEY_INVALID] = { N_ ("The key is wrong."), N_ ("Copy it again from the other device.") },
  [MMP_ERROR_KEY_USE] = { N_ ("A key pair that is used with applic-tunnel is never used without it, and the reverse."), N_ ("Choose another key pair.") },
  [MMP_ERROR_KEY_FILE] = { N_ ("A key cannot be read or written."), N_ ("Check that its file is there and belongs to you.") },
  [MMP_ERROR_FILE_INVALID] = { N_ ("A file cannot be used."), N_ ("Correct it or move it away; it is not overwritten.") },
  [MMP_ERROR_INVITATION_INVALID] = { N_ ("The invitation is wrong."), N_ ("Copy all of it again, or ask for a new one.") },
  [MMP_ERROR_ADDRESS_INVALID] = { N_ ("An address is wrong."), N_ ("Write a name or an address, and a port from 1 to 65535.") },
  [MMP_ERROR_PORT_IN_USE] = { N_ ("The local port is used by another program."), N_ ("Choose another port, or close that program.") },
  [MMP_ERROR_PORT_DENIED] = { N_ ("The local port cannot be opened."), N_ ("Use an address of this computer and a port from 1024 on.") },
  [MMP_ERROR_BROKER_NAME] = { N_ ("The broker’s name cannot be found."), N_ ("Check its spelling and your network.") },
  [MMP_ERROR_BROKER_UNREACHABLE] = { N_ ("The broker cannot be reached."), N_ ("Check its address and port, and your network.") },
  [MMP_ERROR_BROKER_TLS_TRUST] = { N_ ("The broker’s certificate is not signed by an authority that this computer trusts."), N_ ("If the broker is yours, choose its authority’s certificate under Advanced.") },
  [MMP_ERROR_BROKER_TLS_NAME] = { N_ ("The broker’s certificate is for another name."), N_ ("Use the name in the certificate.") },
  [MMP_ERROR_BROKER_TLS_EXPIRED] = { N_ ("The broker’s certificate is not valid now."), N_ ("Check this computer’s clock; otherwise the broker’s owner has to renew it.") },
  [MMP_ERROR_BROKER_TLS] = { N_ ("The broker cannot be reached over TLS."), N_ ("Check that its port speaks TLS, usually 8883.") },
  [MMP_ERROR_BROKER_LOGIN] = { N_ ("The broker refused the user name or password."), N_ ("Correct them in this connection.") },
  [MMP_ERROR_BROKER_REFUSED] = { N_ ("The broker refused the connection."), N_ ("Ask the broker’s owner, or use another broker.") },
  [MMP_ERROR_BROKER_PROTOCOL] = { N_ ("What answers there is not an MQTT broker."), N_ ("Check the port: 8883 is usual with TLS, 1883 without.") },
  [MMP_ERROR_BROKER_SUBSCRIBE] = { N_ ("The broker does not let this login read the topics."), N_ ("Choose a topic that it allows, on both devices.") },
  [MMP_ERROR_BROKER_PUBLISH] = { N_ ("The broker does not let this login write to the topics."), N_ ("Choose a topic that it allows, on both devices.") },
  [MMP_ERROR_BROKER_LIMIT] = { N_ ("The broker does not take messages fast enough."), N_ ("Use another broker if this lasts.") },
  [MMP_ERROR_BROKER_LOST] = { N_ ("The connection to the broker broke."), N_ ("It is tried again; check the network if this lasts.") },
  [MMP_ERROR_NO_ANSWER] = { N_ ("The other device does not answer."), N_ ("It may be off, or not trust this one. It is tried again.") },
  [MMP_ERROR_PENDING] = { N_ ("Somebody has to answer at the other device."), N_ ("Compare the fingerprint with the one shown there.") },
  [MMP_ERROR_DENIED] = { N_ ("The other device said no."), N_ ("Ask its owner to trust this one.") },
  [MMP_ERROR_BUSY] = { N_ ("The other device has no room for one more."), N_ ("Try again later.") },
  [MMP_ERROR_IDENTITY_MISMATCH] = { N_ ("Somebody else answered in place of the other device."), N_ ("Do not use this network for it; nothing was sent.") },
  [MMP_ERROR_NO_DIRECT_PATH] = { N_ ("There is no direct path between the two networks."), N_ ("It is tried again; data may go through the broker if both sides allow it.") },
  [MMP_ERROR_PROTOCOL] = { N_ ("The other side does not follow the protocol."), N_ ("Update Message Portal on both devices.") },
  [MMP_ERROR_MESSAGE_INVALID] = { N_ ("What came from the other side makes no sense."), N_ ("Update Message Portal on both devices.") },
  [MMP_ERROR_NO_SERVICE] = { N_ ("The other side shares no service of this name."), N_ ("Use the same service name on both devices.") },
  [MMP_ERROR_SERVICE_REFUSED] = { N_ ("The shared service refused the connection."), N_ ("Check that it runs and that its address is right.") },
  [MMP_ERROR_SERVICE_UNREACHABLE] = { N_ ("The shared service cannot be reached."), N_ ("Check that it runs and that its address is right.") },
  [MMP_ERROR_LIMIT] = { N_ ("There is no room for more."), N_ ("Remove something first.") },
  [MMP_ERROR_LINK_LOST] = { N_ ("The other device was away for too long, so open connections were closed."), N_ ("New ones go through as soon as it is back.") },
  [MMP_ERROR_RULE] = { N_ ("The bridge cannot have this rule."), N_ ("Correct the rule.") },
  [MMP_ERROR_STUN_NAME] = { N_ ("The STUN server’s name cannot be found."), N_ ("Check its spelling and your network.") },
  [MMP_ERROR_STUN_SILENT] = { N_ ("The STUN server does not answer."), N_ ("Try another one; if none answers, this network blocks UDP.") },
  [MMP_ERROR_STUN_FEW] = { N_ ("Too few STUN servers answer to tell."), N_ ("Use one that answers from two addresses.") },
  [MMP_ERROR_UDP_BLOCKED] = { N_ ("This network lets no UDP through."), N_ ("Allow outgoing UDP in the firewall; data can always go through the broker.") },
  [MMP_ERROR_TURN_NAME] = { N_ ("The TURN server’s name cannot be found."), N_ ("Check its spelling and your network.") },
  [MMP_ERROR_TURN_UNREACHABLE] = { N_ ("The TURN server does not answer."), N_ ("Check its address and port.") },
  [MMP_ERROR_TURN_TLS] = { N_ ("The TURN server cannot be reached over TLS."), N_ ("Use the name in its certificate and a port that speaks TLS.") },
  [MMP_ERROR_TURN_LOGIN] = { N_ ("The TURN server refused the user name or password."), N_ ("Correct them.") },
  [MMP_ERROR_TURN_REFUSED] = { N_ ("The TURN server lends no address."), N_ ("Try again later, or ask its owner.") },
  [MMP_ERROR_SECRETS] = { N_ ("A key or password cannot be used."), N_ ("Unlock your keyring and try again.") },
  [MMP_ERROR_RUNNING] = { N_ ("It runs already in another program, perhaps as a service."), N_ ("Stop it there first.") },
  [MMP_ERROR_DISK_FULL] = { N_ ("The disk is full."), N_ ("Make room on it and try again; nothing that was saved before is lost.") },
  [MMP_ERROR_NOT_WRITABLE] = { N_ ("Message Portal may not write to its files."), N_ ("Check the permissions of its folder and try again; nothing that was saved before is lost.") },
  [MMP_ERROR_INCOMPLETE] = { N_ ("Its broker or key pair was removed."), N_ ("Edit the connection and choose another one.") },
};

/**
 * mmp_text_explain:
 *
 * Returns: (transfer full): a sentence about what is the matter, and the next step
 */
char *
mmp_text_explain (const GError *error)
{
  gboolean ours = error->domain == MMP_ERROR && error->code >= 0 && error->code < (int) G_N_ELEMENTS (texts) && texts[error->code].sentence != NULL;
  const Text *text = &texts[ours ? error->code : MMP_ERROR_FAILED];

  if (text->next_step[0] == '\0')
    return g_strdup (_ (text->sentence));

  return g_strdup_printf ("%s %s", _ (text->sentence), _ (text->next_step));
}

/**
 * mmp_text_path:
 *
 * Returns: (transfer none): a path in a word or two
 */
const char *
mmp_text_path (MmpPath path)
{
  switch (path)
    {
    case MMP_PATH_DIRECT_UDP:
    case MMP_PATH_DIRECT_TCP:
      return _ ("direct");
    case MMP_PATH_TURN:
      return _ ("relayed");
    case MMP_PATH_RELAY:
      return _ ("through the broker");
    case MMP_PATH_BRIDGE:
      return _ ("through the bridge");
    case MMP_PATH_NONE:
    default:
      return _ ("no path yet");
    }
}

/**
 * mmp_text_rtt:
 * @rtt: milliseconds
 *
 * Returns: (transfer full): a duration as people read it
 */
char *
mmp_text_rtt (double rtt)
{
  /* Translators: milliseconds */
  return g_strdup_printf (rtt < 9.95 ? _ ("%.1f ms") : _ ("%.0f ms"), rtt);
}

static char *
describe_connected (MmpConnection *connection)
{
  const MmpStatus *status = mmp_connection_get_status (connection);

  if (mmp_connection_get_profile (connection)->kind == MMP_PROFILE_BRIDGE)
    return g_strdup (_ ("Connected"));

  return g_strdup_printf (_ ("Connected, %s"), mmp_text_path (status->path));
}

static char *
describe_listener (MmpConnection *connection)
{
  guint n = mmp_connection_count_connected (connection);

  if (n == 0)
    return g_strdup (_ ("Waiting for devices"));

  return g_strdup_printf (ngettext ("%u device connected", "%u devices connected", n), n);
}

/**
 * mmp_text_name:
 *
 * Returns: (transfer none): what a person calls it; of one whose file is broken nothing is known
 */
const char *
mmp_text_name (MmpConnection *connection)
{
  return mmp_connection_get_profile (connection) != NULL ? mmp_connection_get_name (connection) : _ ("Broken Profile");
}

/**
 * mmp_text_state:
 *
 * Returns: (transfer full): how it is doing, in a few words
 */
char *
mmp_text_state (MmpConnection *connection)
{
  const MmpStatus *status = mmp_connection_get_status (connection);

  if (!mmp_connection_is_running (connection))
    return g_strdup (mmp_connection_get_broken (connection) != NULL ? _ ("Broken file") : _ ("Stopped"));

  switch (status->state)
    {
    case MMP_STATE_WAITING:
      return describe_listener (connection);
    case MMP_STATE_CONNECTED:
      return describe_connected (connection);
    case MMP_STATE_RECONNECTING:
      if (status->retry > 0)
        return g_strdup_printf (_ ("Reconnecting in %u s"), status->retry);
      return g_strdup (_ ("Reconnecting…"));
    case MMP_STATE_ATTENTION:
      return g_strdup (_ ("Needs attention"));
    case MMP_STATE_CONNECTING:
    case MMP_STATE_STOPPED:
    default:
      return g_strdup (_ ("Connecting…"));
    }
}

static double
get_rtt (MmpConnection *connection)
{
  MmpHistory *history = mmp_connection_get_history (connection);
  guint size = mmp_history_get_size (history);

  if (mmp_connection_count_connected (connection) == 0 || size == 0)
    return -1;

  return mmp_history_get (history, size - 1)->rtt;
}

/**
 * mmp_text_state_line:
 *
 * Returns: (transfer full): the state, and the last round trip if there is one
 */
char *
mmp_text_state_line (MmpConnection *connection)
{
  g_autofree char *state = mmp_text_state (connection);
  double rtt = get_rtt (connection);
  g_autofree char *trip = NULL;

  if (rtt < 0)
    return g_steal_pointer (&state);
  trip = mmp_text_rtt (rtt);

  return g_strdup_printf ("%s · %s", state, trip);
}

/* What is to be said of bridges and portals only; NULL: nothing */
static char *
describe_rules (MmpConnection *connection)
{
  const MmpProfile *profile = mmp_connection_get_profile (connection);
  const MmpStatus *status = mmp_connection_get_status (connection);
  const MmpBridgeStatus *bridge = mmp_connection_get_bridge_status (connection);
  g_autofree char *cause = NULL;

  if (!mmp_connection_is_running (connection))
    return g_strdup (_ ("Start it to carry messages"));
  if (status->state == MMP_STATE_CONNECTED)
    {
      if (status->path != MMP_PATH_BRIDGE)
        return NULL;
      return g_strdup (profile->kind == MMP_PROFILE_PORTAL ? _ ("Through the bridge, tunnel not possible") : _ ("Messages pass between the brokers"));
    }
  if (bridge != NULL && bridge->cause != NULL && (profile->kind == MMP_PROFILE_BRIDGE || status->state == MMP_STATE_ATTENTION))
    {
      cause = mmp_text_explain (bridge->cause);
      return g_strdup_printf (bridge->cause_end == MMP_BRIDGE_LOCAL ? _ ("Local broker: %s") : _ ("Public broker: %s"), cause);
    }
  if (profile->kind == MMP_PROFILE_BRIDGE && status->state == MMP_STATE_CONNECTING)
    return g_strdup (_ ("Connecting to both brokers"));

  return NULL;
}

/**
 * mmp_text_detail:
 *
 * Returns: (transfer full): a sentence below the state: why it is so, or what can be done
 */
char *
mmp_text_detail (MmpConnection *connection)
{
  const MmpStatus *status = mmp_connection_get_status (connection);
  const MmpProfile *profile = mmp_connection_get_profile (connection);
  gboolean running = mmp_connection_is_running (connection);
  double rtt = get_rtt (connection);
  g_autofree char *trip = rtt >= 0 ? mmp_text_rtt (rtt) : NULL;
  char *text;

  if (!running && mmp_connection_get_broken (connection) != NULL)
    return g_strdup_printf (_ ("%s. Correct it or move it away; it was not changed."), mmp_connection_get_broken (connection)->message);
  if (mmp_profile_has_rules (profile) && (text = describe_rules (connection)) != NULL)
    return text;
  if (!running)
    return g_strdup (mmp_profile_is_called (profile) ? _ ("Start it to let devices in") : _ ("Start it to reach the other device"));
  if (status->cause != NULL && (status->state == MMP_STATE_ATTENTION || status->state == MMP_STATE_RECONNECTING || status->state == MMP_STATE_CONNECTING))
    return mmp_text_explain (status->cause);
  if (status->state == MMP_STATE_CONNECTED && trip != NULL)
    {
      /* Translators: the first is a path such as “direct”, the second a duration */
      return g_strdup_printf (_ ("Data goes %s, %s there and back"), mmp_text_path (status->path), trip);
    }
  if (status->state == MMP_STATE_WAITING && mmp_connection_count_connected (connection) == 0)
    return g_strdup (_ ("Show its code to the device that is to connect"));

  return g_strdup (status->state == MMP_STATE_CONNECTING ? _ ("Meeting the other side at the signaling broker") : _ ("End-to-end encrypted"));
}

/**
 * mmp_text_is_busy:
 *
 * Returns: whether it is on its way somewhere
 */
gboolean
mmp_text_is_busy (MmpConnection *connection)
{
  return mmp_connection_is_running (connection) && mmp_connection_get_status (connection)->state == MMP_STATE_CONNECTING;
}

/**
 * mmp_text_tone:
 *
 * Returns: how the state is to be taken
 */
MmpTone
mmp_text_tone (MmpConnection *connection)
{
  if (!mmp_connection_is_running (connection))
    return mmp_connection_get_broken (connection) != NULL ? MMP_TONE_ERROR : MMP_TONE_NEUTRAL;
  if (mmp_connection_count_connected (connection) > 0)
    return MMP_TONE_SUCCESS;

  switch (mmp_connection_get_status (connection)->state)
    {
    case MMP_STATE_RECONNECTING:
      return MMP_TONE_WARNING;
    case MMP_STATE_ATTENTION:
      return MMP_TONE_ERROR;
    case MMP_STATE_CONNECTED:
      return MMP_TONE_SUCCESS;
    default:
      return MMP_TONE_NEUTRAL;
    }
}

/**
 * mmp_text_tone_class:
 *
 * Returns: (transfer none) (nullable): the style class of a tone
 */
const char *
mmp_text_tone_class (MmpTone tone)
{
  static const char *const classes[] = { NULL, "success", "warning", "error" };

  return classes[tone];
}

/**
 * mmp_text_state_icon:
 *
 * Returns: (transfer none): the name of an icon for the state
 */
const char *
mmp_text_state_icon (MmpConnection *connection)
{
  switch (mmp_text_tone (connection))
    {
    case MMP_TONE_SUCCESS:
      return "portal-connected-symbolic";
    case MMP_TONE_WARNING:
      return "portal-waiting-symbolic";
    case MMP_TONE_ERROR:
      return "dialog-warning-symbolic";
    case MMP_TONE_NEUTRAL:
    default:
      return mmp_connection_is_running (connection) ? "portal-waiting-symbolic" : "portal-stopped-symbolic";
    }
}

/**
 * mmp_text_ago:
 *
 * Returns: (transfer full): a moment as a person says it
 */
char *
mmp_text_ago (gint64 seconds_since_1970)
{
  gint64 ago = g_get_real_time () / G_USEC_PER_SEC - seconds_since_1970;
  guint minutes = ago > 0 ? (guint) (ago / 60) : 0;

  if (minutes < 1)
    return g_strdup (_ ("just now"));
  if (minutes < 60)
    return g_strdup_printf (ngettext ("%u minute ago", "%u minutes ago", minutes), minutes);
  if (minutes < 24 * 60)
    return g_strdup_printf (ngettext ("%u hour ago", "%u hours ago", minutes / 60), minutes / 60);

  return g_strdup_printf (ngettext ("%u day ago", "%u days ago", minutes / 1440), minutes / 1440);
}

/**
 * mmp_text_short_fingerprint:
 *
 * Returns: (transfer full): the beginning of a fingerprint, to tell rows apart; never to compare
 */
char *
mmp_text_short_fingerprint (const MmpPublicKey *key)
{
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (key);

  return g_strndup (fingerprint, 9);
}
