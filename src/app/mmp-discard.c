/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-discard.h"

#include <glib/gi18n.h>

static void
on_response (AdwDialog *form,
             const char *response)
{
  if (g_str_equal (response, "discard"))
    adw_dialog_force_close (form);
}

/**
 * mmp_discard_ask:
 * @form: a dialog whose rows were changed
 *
 * Closes it if the person says so.
 */
void
mmp_discard_ask (AdwDialog *form)
{
  AdwDialog *alert = adw_alert_dialog_new (_ ("Discard Changes?"), _ ("What you entered is lost if you discard it."));

  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (alert), "cancel", _ ("_Cancel"), "discard", _ ("_Discard"), NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (alert), "discard", ADW_RESPONSE_DESTRUCTIVE);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (alert), "cancel");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (alert), "cancel");
  g_signal_connect_object (alert, "response", G_CALLBACK (on_response), form, G_CONNECT_SWAPPED);
  adw_dialog_present (alert, GTK_WIDGET (form));
}
