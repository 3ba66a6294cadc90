/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-device-change.h"

#include "mmp-device-text.h"
#include "mmp-text.h"

/* What a toast needs to take a change back */
typedef struct
{
  MmpDeviceStore *store;
  AdwToastOverlay *overlay; /* that of the toast */
  MmpPublicKey key;
  MmpDevice *before; /* NULL: it was not in the list */
} Undo;

static void
undo_free (gpointer data,
           GClosure *closure)
{
  Undo *undo = data;

  g_object_unref (undo->store);
  mmp_device_free (undo->before);
  g_free (undo);
}

static AdwToast *
make_toast (const char *text)
{
  AdwToast *toast = adw_toast_new (text);

  adw_toast_set_use_markup (toast, FALSE);

  return toast;
}

static void
on_undo (AdwToast *toast,
         Undo *undo)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if (undo->before != NULL ? mmp_device_store_restore (undo->store, undo->before, &error) : mmp_device_store_remove (undo->store, &undo->key, &error))
    return;
  text = mmp_text_explain (error);
  adw_toast_overlay_add_toast (undo->overlay, make_toast (text));
}

/* Takes @undo. */
static void
offer_undo (Undo *undo,
            const char *text)
{
  AdwToast *toast = make_toast (text);

  adw_toast_set_button_label (toast, _ ("_Undo"));
  g_signal_connect_data (toast, "button-clicked", G_CALLBACK (on_undo), undo, undo_free, 0);
  adw_toast_overlay_add_toast (undo->overlay, toast);
}

static gboolean
apply (MmpDeviceStore *store,
       const MmpPublicKey *key,
       MmpStanding standing,
       const char *name,
       GError **error)
{
  switch (standing)
    {
    case MMP_STANDING_TRUSTED:
      return mmp_device_store_trust (store, key, name, error);
    case MMP_STANDING_BLOCKED:
      return mmp_device_store_block (store, key, name, error);
    case MMP_STANDING_UNKNOWN:
    default:
      return mmp_device_store_remove (store, key, error);
    }
}

static char *
describe (MmpStanding before,
          MmpStanding now,
          const char *name)
{
  if (now == MMP_STANDING_TRUSTED)
    return g_strdup_printf (_ ("“%s” is now trusted"), name);
  if (now == MMP_STANDING_BLOCKED)
    return g_strdup_printf (_ ("“%s” is now blocked"), name);

  return g_strdup_printf (before == MMP_STANDING_TRUSTED ? _ ("“%s” is no longer trusted") : _ ("“%s” is no longer blocked"), name);
}

/**
 * mmp_device_change:
 * @widget: below a toast overlay; need not be there any more when this returns
 * @key: a device
 * @standing: how it stands from now on; UNKNOWN takes it out of the list
 * @name: (nullable): what it is called from now on; %NULL: as it is
 * @error: return location
 *
 * Changes the list, and says so in a toast that takes it back.
 *
 * Returns: FALSE with what mmp_device_store_trust() says; then nothing changed
 */
gboolean
mmp_device_change (GtkWidget *widget,
                   MmpAccount *account,
                   const MmpPublicKey *key,
                   MmpStanding standing,
                   const char *name,
                   GError **error)
{
  MmpDeviceStore *store = mmp_account_get_devices (account);
  const MmpPublicKey copy = *key; /* it may be the widget's */
  GtkWidget *overlay = gtk_widget_get_ancestor (widget, ADW_TYPE_TOAST_OVERLAY);
  g_autoptr (MmpDevice) before = mmp_device_store_find (store, &copy);
  MmpStanding was = before != NULL ? before->standing : MMP_STANDING_UNKNOWN;
  g_autofree char *text = describe (was, standing, name != NULL && name[0] != '\0' ? name : before != NULL ? mmp_device_text_name (before)
                                                                                                           : _ ("Unnamed device"));
  Undo *undo;

  if (!apply (store, &copy, standing, name, error))
    return FALSE;
  if (overlay == NULL)
    return TRUE;
  undo = g_new0 (Undo, 1);
  undo->store = g_object_ref (store);
  undo->overlay = ADW_TOAST_OVERLAY (overlay);
  undo->key = copy;
  undo->before = g_steal_pointer (&before);
  offer_undo (undo, text);

  return TRUE;
}

/**
 * mmp_device_change_or_say:
 *
 * As mmp_device_change(), with the name that it has; if it cannot be done, a toast says why.
 */
void
mmp_device_change_or_say (GtkWidget *widget,
                          MmpAccount *account,
                          const MmpPublicKey *key,
                          MmpStanding standing)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if (mmp_device_change (widget, account, key, standing, NULL, &error))
    return;
  text = mmp_text_explain (error);
  gtk_widget_activate_action (widget, "win.toast", "s", text);
}
