/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The public face of the engine: all that `mmp` and the app may include. */

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "base/mmp-series.h"
#include "bridge/mmp-bridge.h"
#include "crypto/mmp-bridge-id.h"
#include "crypto/mmp-bridge-key.h"
#include "crypto/mmp-key-pair.h"
#include "crypto/mmp-public-key.h"
#include "diagnose/mmp-diagnosis.h"
#include "diagnose/mmp-nat-kind.h"
#include "hub/mmp-checkup.h"
#include "hub/mmp-hub-classic.h"
#include "hub/mmp-hub.h"
#include "hub/mmp-qr.h"
#include "mqtt/mmp-mqtt-broker.h"
#include "mqtt/mmp-mqtt-client.h"
#include "profile/mmp-device-store.h"
#include "rtt/mmp-rtt-analyzer.h"
#include "rtt/mmp-rtt-mirror.h"
#include "session/mmp-invitation.h"
#include "session/mmp-topics.h"
#include "tunnel/mmp-endpoint.h"
#include "tunnel/mmp-initiator.h"
#include "tunnel/mmp-listener.h"
#include "tunnel/mmp-status.h"
