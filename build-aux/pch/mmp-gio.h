/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Compiled once instead of once per file, with -Db_pch=true only: no file may rely on it. */
#include <gio/gio.h>
