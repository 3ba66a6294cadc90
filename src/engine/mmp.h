/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The public face of the engine: all that `mmp` and the app may include. */

#include "base/mmp-error.h"
