/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-cause.h"

#include <string.h>

/* What the engine says of causes that people meet, word for word, so that it gets into the catalogue: the engine itself speaks
 * English only. Others are told as they are. A linter looks that each of these is said. */
G_GNUC_UNUSED static const char *const causes[] = {
  N_ ("the address is not a host name or an IP address"),
  N_ ("the broker's address is not a host name or IP address"),
  N_ ("the broker's port is not between 1 and 65535"),
  N_ ("the topic is not valid"),
  N_ ("a message was too large for the broker"),
  N_ ("a quota of the broker is used up"),
  N_ ("the broker takes no more connections for now"),
  N_ ("the message is too large for the broker"),
  N_ ("too many messages for the broker"),
  N_ ("the broker does not accept the user name or password"),
  N_ ("the broker does not accept this login"),
  N_ ("the broker wants another way to log in"),
  N_ ("another client took our client id"),
  N_ ("the broker closed the connection"),
  N_ ("the broker does not answer any more"),
  N_ ("the broker does not answer"),
  N_ ("the broker ended the connection"),
  N_ ("the broker is busy"),
  N_ ("the broker is shutting down"),
  N_ ("the broker's administrator ended the connection"),
  N_ ("the connection to the broker is gone"),
  N_ ("there is no connection to the broker"),
  N_ ("the broker's name does not exist"),
  N_ ("the look-up of the broker's name does not answer"),
  N_ ("the broker breaks the rules of MQTT"),
  N_ ("the broker does not understand our greeting"),
  N_ ("the broker speaks neither MQTT 5 nor MQTT 3.1.1"),
  N_ ("the broker does not allow this login to publish"),
  N_ ("the broker does not take such a topic"),
  N_ ("the broker refused the message"),
  N_ ("the broker takes no messages with acknowledgement"),
  N_ ("the broker takes no more messages"),
  N_ ("the broker asks to use another broker"),
  N_ ("the broker does not accept the client id"),
  N_ ("the broker ended the connection: not allowed"),
  N_ ("the broker has banned this client"),
  N_ ("the broker has moved to another address"),
  N_ ("the broker is not available now"),
  N_ ("the broker does not allow this login to subscribe"),
  N_ ("the broker does not take such a topic filter"),
  N_ ("the broker does not take wildcards in subscriptions"),
  N_ ("the broker refused the subscription"),
  N_ ("the broker takes messages, but does not deliver them to this login"),
  N_ ("the broker takes no more subscriptions"),
  N_ ("TLS with the broker failed"),
  N_ ("the broker does not finish the TLS handshake"),
  N_ ("the broker ended the TLS handshake; is this a port without TLS"),
  N_ ("the broker wants a client certificate"),
  N_ ("the broker's port answers without TLS"),
  N_ ("this system has no TLS for GLib (glib-networking)"),
  N_ ("the broker's certificate has expired"),
  N_ ("the broker's certificate is not valid yet; is this machine's clock right"),
  N_ ("the broker's certificate cannot be verified"),
  N_ ("the broker's certificate is not signed by an authority that is trusted here"),
  N_ ("the broker's certificate uses methods that are not secure any more"),
  N_ ("the broker's certificate was revoked"),
  N_ ("a firewall of this machine forbids the connection"),
  N_ ("nothing listens at the broker's address and port"),
  N_ ("the broker takes the connection but does not greet back"),
  N_ ("the broker's address does not answer"),
  N_ ("there is no network"),
  N_ ("there is no way to the broker's address"),
  N_ ("it was stopped"),
  N_ ("GStreamer's webrtcbin is not installed"),
  N_ ("webrtcbin does not start; are GStreamer's nice, DTLS and SRTP plugins installed?"),
  N_ ("webrtcbin makes no data channels; is GStreamer's SCTP plugin installed?"),
  N_ ("there is not enough memory"),
  N_ ("no listener of this account ran yet"),
  N_ ("the state of the bridge is broken"),
  N_ ("the certificate of the direct connection is not the one that the other device announced"),
  N_ ("the invitation is used or over"),
  N_ ("the invitation is of a version that this program does not know"),
  N_ ("a private key is one line of 56 characters, the letters A to Z and the digits 2 to 7"),
  N_ ("a public key is made of the letters A to Z and the digits 2 to 7, and this one is mistyped"),
  N_ ("no device can have this key"),
  N_ ("the password is empty"),
  N_ ("the same key was given twice"),
  N_ ("this is the key of this device, not of the other one"),
  N_ ("a connection was closed because more came for it than this device could take"),
  N_ ("the same bridge runs already"),
  N_ ("there is not enough memory to make a key of the password; it takes 256 MiB"),
  N_ ("too many connections at once"),
  N_ ("the other device closed the connection"),
  N_ ("the other device did not come back"),
  N_ ("the other device does not answer any more"),
  N_ ("the other device said goodbye"),
  N_ ("the other device does not answer the offer of a direct connection"),
  N_ ("the other device went away"),
  N_ ("no direct path was found in time"),
  N_ ("the direct connection could not be prepared in time"),
  N_ ("the other side closed the direct connection"),
  N_ ("a person at the other device has to decide"),
  N_ ("nobody at the other device decided"),
  N_ ("another program of this account runs this profile"),
  N_ ("the keyring is locked"),
  N_ ("there is no keyring"),
  N_ ("the password is wrong, or the file was changed"),
  N_ ("the private key of its key pair is not there"),
  N_ ("the public address may or may not be another one for each destination"),
  N_ ("no server could be asked"),
  N_ ("the only server asked is silent; another one would show whether UDP gets through"),
  N_ ("there was no answer over UDP"),
  N_ ("there was no answer in time"),
  N_ ("the server does not accept the user name or password"),
  N_ ("the server wants a password"),
  N_ ("the server wants a user name and a password"),
  N_ ("the TURN server's name does not exist or cannot be looked up now"),
  N_ ("the server does not allow it to this user"),
  N_ ("the server has no address left"),
  N_ ("its address does not answer over TCP"),
  N_ ("nothing listens at its address and port over TCP"),
  N_ ("the server closed the connection"),
  N_ ("what answers there does not speak TURN"),
};

/**
 * mmp_cli_cause_translate:
 * @message: of an error; perhaps of what it is about, a colon, and the cause
 *
 * Returns: (transfer full): the same in the language of whoever reads it, as far as that is known
 */
char *
mmp_cli_cause_translate (const char *message)
{
  const char *colon = strstr (message, ": ");
  const char *translated = message[0] != '\0' ? _ (message) : message;

  if (translated != message || colon == NULL)
    return g_strdup (translated);

  return g_strdup_printf ("%.*s: %s", (int) (colon - message), message, _ (colon + 2));
}
