/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MMP_ERROR (mmp_error_quark ())

/**
 * MmpError:
 *
 * Why something did not work. Each code is one thing that a person can act on; the front ends turn it into a
 * sentence and a next step. The names given by mmp_error_get_name() are stable and appear in `--json` output.
 */
typedef enum
{
  MMP_ERROR_FAILED, /* anything without a code of its own */
  MMP_ERROR_CANCELLED, /* stopped by the user or by the program's end */
  MMP_ERROR_TIMED_OUT, /* a wait came to its deadline */
  MMP_ERROR_KEY_INVALID, /* a key's text is wrong, or the key is one that must be refused */
  MMP_ERROR_KEY_USE, /* a key pair of the classic mode without it, or the reverse */
  MMP_ERROR_KEY_FILE, /* a key file cannot be read, written or trusted */
  MMP_ERROR_FILE_INVALID, /* a file of ours (devices, invitations, profile) is broken */
  MMP_ERROR_INVITATION_INVALID, /* an invitation's text is wrong */
  MMP_ERROR_ADDRESS_INVALID, /* an address or port is wrong */
  MMP_ERROR_PORT_IN_USE, /* a local port cannot be opened because something else has it */
  MMP_ERROR_PORT_DENIED, /* a local port cannot be opened for lack of permission or such an address */
  MMP_ERROR_BROKER_NAME, /* the broker's name cannot be looked up */
  MMP_ERROR_BROKER_UNREACHABLE, /* no TCP connection to the broker */
  MMP_ERROR_BROKER_TLS_TRUST, /* the broker's certificate is not signed by somebody we trust */
  MMP_ERROR_BROKER_TLS_NAME, /* the broker's certificate is for another name */
  MMP_ERROR_BROKER_TLS_EXPIRED, /* the broker's certificate is not valid now */
  MMP_ERROR_BROKER_TLS, /* TLS with the broker failed in another way */
  MMP_ERROR_BROKER_LOGIN, /* the broker refused user name or password */
  MMP_ERROR_BROKER_REFUSED, /* the broker refused the connection for a reason of its own */
  MMP_ERROR_BROKER_PROTOCOL, /* what answers is not a broker that we understand */
  MMP_ERROR_BROKER_SUBSCRIBE, /* the broker does not let this login subscribe */
  MMP_ERROR_BROKER_PUBLISH, /* the broker does not let this login publish */
  MMP_ERROR_BROKER_LIMIT, /* a limit of the broker or of our queue towards it */
  MMP_ERROR_BROKER_LOST, /* a connection that stood broke */
  MMP_ERROR_NO_ANSWER, /* the other device does not answer */
  MMP_ERROR_PENDING, /* a person at the other device has to decide */
  MMP_ERROR_DENIED, /* the other device said no */
  MMP_ERROR_BUSY, /* the other device has no room */
  MMP_ERROR_IDENTITY_MISMATCH, /* the DTLS certificate is not the one that was announced */
  MMP_ERROR_NO_DIRECT_PATH, /* a direct attempt found no way */
  MMP_ERROR_PROTOCOL, /* the other side broke the rules of the protocol */
  MMP_ERROR_MESSAGE_INVALID, /* bytes from outside that do not decode */
  MMP_ERROR_NO_SERVICE, /* the other side offers no such service */
  MMP_ERROR_SERVICE_REFUSED, /* the service's address refused the connection */
  MMP_ERROR_SERVICE_UNREACHABLE, /* the service's address cannot be reached, or not in time */
  MMP_ERROR_RULE, /* a rule of a bridge that must not be */
  MMP_ERROR_LIMIT, /* one of our own limits */
  MMP_ERROR_LINK_LOST, /* no carrier for longer than streams are held */
  MMP_ERROR_STUN_NAME, /* the STUN server's name cannot be looked up */
  MMP_ERROR_STUN_SILENT, /* the STUN server does not answer */
  MMP_ERROR_STUN_FEW, /* too few STUN servers answer to tell */
  MMP_ERROR_UDP_BLOCKED, /* no answer comes over UDP from anybody */
  MMP_ERROR_TURN_NAME, /* the TURN server's name cannot be looked up */
  MMP_ERROR_TURN_UNREACHABLE, /* no connection to the TURN server, or no answer from it */
  MMP_ERROR_TURN_TLS, /* the TURN server's certificate is not the right one, or TLS with it failed */
  MMP_ERROR_TURN_LOGIN, /* the TURN server refused user name or password */
  MMP_ERROR_TURN_REFUSED, /* the TURN server lends no address for a reason of its own */
  MMP_ERROR_SECRETS, /* a private key or password cannot be had or kept: no keyring, or it is locked; or a wrong password */
  MMP_ERROR_RUNNING, /* something runs already, perhaps in another process */
  MMP_ERROR_DISK_FULL, /* a file of ours cannot be written: there is no room */
  MMP_ERROR_NOT_WRITABLE, /* a file of ours cannot be written for another reason, most often a lack of permission */
  MMP_ERROR_INCOMPLETE, /* something that a profile refers to was removed */
} MmpError;

GQuark mmp_error_quark (void);
const char *mmp_error_get_name (int code);
MmpError mmp_error_from_write (int code);

G_END_DECLS
