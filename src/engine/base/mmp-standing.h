/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What is known of a device */
typedef enum
{
  MMP_STANDING_UNKNOWN,
  MMP_STANDING_TRUSTED,
  MMP_STANDING_BLOCKED,
} MmpStanding;
