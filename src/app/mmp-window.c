/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-window.h"
#include "mmp-window-private.h"

#include "mmp-connection-page.h"
#include "mmp-connection-row.h"
#include "mmp-devices-page.h"
#include "mmp-help.h"
#include "mmp-keys-page.h"
#include "mmp-text.h"

#define PAGE_KEYS "keys"
#define PAGE_DEVICES "devices"

struct _MmpWindow
{
  AdwApplicationWindow parent_instance;

  MmpAccount *account; /* NULL: it cannot be read */
  GtkWidget *keys_row;
  GtkWidget *devices_row;
  char *shown; /* the id or page in the content */

  AdwToastOverlay *toast_overlay;
  GtkStack *stack;
  AdwStatusPage *welcome_page;
  GtkMenuButton *welcome_menu_button;
  AdwStatusPage *broken_page;
  AdwNavigationSplitView *split_view;
  GtkSearchBar *search_bar;
  GtkSearchEntry *search_entry;
  GtkStack *sidebar_stack;
  GtkListBox *list;
  GtkMenuButton *menu_button;
};

G_DEFINE_FINAL_TYPE (MmpWindow, mmp_window, ADW_TYPE_APPLICATION_WINDOW)

/* --- the list ------------------------------------------------------------------------------------------------------- */

static gboolean
filter_row (GtkListBoxRow *row,
            gpointer user_data)
{
  MmpWindow *self = user_data;
  g_autofree char *wanted = g_utf8_casefold (gtk_editable_get_text (GTK_EDITABLE (self->search_entry)), -1);
  g_autofree char *title = g_utf8_casefold (mmp_connection_row_get_title (MMP_CONNECTION_ROW (row)), -1);

  return strstr (title, wanted) != NULL;
}

/* Kinds of connections, then what is for all of them */
static const char *const groups[] = { N_ ("Portals"), N_ ("Tunnels"), N_ ("Bridges"), N_ ("Security") };

static int
get_group (GtkListBoxRow *row)
{
  MmpConnection *connection = mmp_connection_row_get_connection (MMP_CONNECTION_ROW (row));
  const MmpProfile *profile = connection != NULL ? mmp_connection_get_profile (connection) : NULL;

  if (connection == NULL)
    return 3;
  if (profile == NULL || !mmp_profile_has_rules (profile))
    return 1;

  return profile->kind == MMP_PROFILE_PORTAL ? 0 : 2;
}

/* By name within a group */
static int
sort_rows (GtkListBoxRow *a,
           GtkListBoxRow *b,
           gpointer user_data)
{
  if (get_group (a) != get_group (b))
    return get_group (a) - get_group (b);

  return g_utf8_collate (mmp_connection_row_get_title (MMP_CONNECTION_ROW (a)), mmp_connection_row_get_title (MMP_CONNECTION_ROW (b)));
}

static void
set_header (GtkListBoxRow *row,
            GtkListBoxRow *before,
            gpointer user_data)
{
  GtkWidget *label;

  if (before != NULL && get_group (row) == get_group (before))
    {
      gtk_list_box_row_set_header (row, NULL);
      return;
    }
  label = gtk_label_new (_ (groups[get_group (row)]));
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "heading");
  gtk_widget_add_css_class (label, "dimmed");
  gtk_widget_add_css_class (label, "sidebar-heading");
  /* Read out, headings would come after all rows; who hears a row hears from the next page what it is. */
  gtk_accessible_update_state (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE, -1);
  gtk_list_box_row_set_header (row, label);
}

static void
on_search_changed (MmpWindow *self)
{
  gboolean found = FALSE;
  GtkListBoxRow *row;

  gtk_list_box_invalidate_filter (self->list);
  for (int i = 0; !found && (row = gtk_list_box_get_row_at_index (self->list, i)) != NULL; i++)
    found = filter_row (row, self);
  gtk_stack_set_visible_child_name (self->sidebar_stack, found ? "list" : "empty");
}

static GtkListBoxRow *
find_row (MmpWindow *self,
          const char *id_or_page)
{
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->list, i)) != NULL; i++)
    {
      MmpConnection *connection = mmp_connection_row_get_connection (MMP_CONNECTION_ROW (row));
      const char *name = connection != NULL ? mmp_connection_get_id (connection) : mmp_connection_row_get_page (MMP_CONNECTION_ROW (row));

      if (g_strcmp0 (name, id_or_page) == 0)
        return row;
    }

  return NULL;
}

/* --- the content ---------------------------------------------------------------------------------------------------- */

static AdwNavigationPage *
make_content (MmpWindow *self,
              MmpConnectionRow *row)
{
  const char *page = mmp_connection_row_get_page (row);

  if (page == NULL)
    return mmp_connection_page_new (self->account, mmp_connection_row_get_connection (row));
  if (g_str_equal (page, PAGE_KEYS))
    return mmp_keys_page_new (self->account);

  return mmp_devices_page_new (self->account);
}

/* A collapsed view of libadwaita 1.7 keeps a page alive that it had; it shall at least let go of what it shows. */
static void
set_content (MmpWindow *self,
             AdwNavigationPage *page)
{
  AdwNavigationPage *content = adw_navigation_split_view_get_content (self->split_view);
  g_autoptr (AdwNavigationPage) before = content != NULL ? g_object_ref (content) : NULL;

  adw_navigation_split_view_set_content (self->split_view, page);
  if (before != NULL)
    g_object_run_dispose (G_OBJECT (before));
}

/* Which page of the help is about it */
static const char *
get_topic (MmpConnection *connection)
{
  static const char *const topics[] = { "share", "reach", "bridge", "portal" };
  const MmpProfile *profile = connection != NULL ? mmp_connection_get_profile (connection) : NULL;

  if (connection == NULL)
    return "fingerprints";

  return profile != NULL ? topics[profile->kind] : "reach";
}

static void
show_row (MmpWindow *self,
          GtkListBoxRow *row)
{
  MmpConnection *connection = mmp_connection_row_get_connection (MMP_CONNECTION_ROW (row));
  const char *name = connection != NULL ? mmp_connection_get_id (connection) : mmp_connection_row_get_page (MMP_CONNECTION_ROW (row));

  if (g_strcmp0 (self->shown, name) != 0)
    {
      AdwNavigationPage *page = make_content (self, MMP_CONNECTION_ROW (row));

      mmp_help_set_topic (page, get_topic (connection));
      set_content (self, page);
      g_free (self->shown);
      self->shown = g_strdup (name);
    }
  gtk_list_box_select_row (self->list, row);
}

static void
on_row_activated (MmpWindow *self,
                  GtkListBoxRow *row)
{
  show_row (self, row);
  adw_navigation_split_view_set_show_content (self->split_view, TRUE);
}

/* Who goes through the list with the arrow keys sees each page, unless the list is all that there is room for. */
static void
on_row_selected (MmpWindow *self,
                 GtkListBoxRow *row)
{
  if (row != NULL && !adw_navigation_split_view_get_collapsed (self->split_view))
    show_row (self, row);
}

static void
on_row_menu (MmpWindow *self,
             MmpConnectionRow *row)
{
  MmpConnection *connection = mmp_connection_row_get_connection (row);
  const MmpProfile *profile = mmp_connection_get_profile (connection);
  gboolean running = mmp_connection_is_running (connection);
  g_autoptr (GMenu) menu = g_menu_new ();
  GtkWidget *popover;
  const struct
  {
    const char *label;
    const char *action;
  } items[] = {
    { running ? _ ("_Stop") : _ ("_Start"), "win.toggle" },
    { _ ("_Edit…"), "win.edit" },
    { _ ("_Duplicate"), "win.duplicate" },
    { _ ("Show _Code…"), "win.show-code" },
    { _ ("De_lete"), "win.delete" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (items); i++)
    {
      g_autoptr (GMenuItem) item = g_menu_item_new (items[i].label, NULL);

      g_menu_item_set_action_and_target (item, items[i].action, "s", mmp_connection_get_id (connection));
      if (profile == NULL ? i == G_N_ELEMENTS (items) - 1 : (mmp_profile_has_tunnel (profile) || !g_str_equal (items[i].action, "win.show-code")))
        g_menu_append_item (menu, item);
    }
  popover = gtk_popover_menu_new_from_model (G_MENU_MODEL (menu));
  gtk_popover_set_has_arrow (GTK_POPOVER (popover), FALSE);
  gtk_widget_set_halign (popover, GTK_ALIGN_START);
  gtk_widget_set_parent (popover, GTK_WIDGET (row));
  g_signal_connect (popover, "closed", G_CALLBACK (gtk_widget_unparent), NULL);
  gtk_popover_popup (GTK_POPOVER (popover));
}

/* F10 goes to the first primary menu of a window, whether it can be seen or not: so only one is. */
static void
on_stack_changed (MmpWindow *self)
{
  const char *page = gtk_stack_get_visible_child_name (self->stack);

  gtk_menu_button_set_primary (self->welcome_menu_button, g_strcmp0 (page, "welcome") == 0);
  gtk_menu_button_set_primary (self->menu_button, g_strcmp0 (page, "main") == 0);
}

static void
choose_stack_page (MmpWindow *self)
{
  gboolean empty = g_list_model_get_n_items (mmp_account_get_connections (self->account)) == 0;

  gtk_stack_set_visible_child_name (self->stack, empty ? "welcome" : "main");
}

static void
count_requests (MmpWindow *self)
{
  GListModel *model = mmp_account_get_connections (self->account);
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (MmpConnection) connection = g_list_model_get_item (model, i);

      n += mmp_connection_get_requests (connection)->len;
    }
  mmp_connection_row_set_count (MMP_CONNECTION_ROW (self->devices_row), n);
}

/* A new name puts a row elsewhere. */
static void
on_connection_changed (MmpWindow *self)
{
  count_requests (self);
  gtk_list_box_invalidate_sort (self->list);
}

static void
add_row (MmpWindow *self,
         MmpConnection *connection)
{
  GtkWidget *row = mmp_connection_row_new (connection);

  g_signal_connect_object (connection, "changed", G_CALLBACK (on_connection_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row, "menu", G_CALLBACK (on_row_menu), self, G_CONNECT_SWAPPED);
  mmp_window_follow (self, connection);
  gtk_list_box_append (self->list, row);
}

/* The row after one that went is shown, so that the list is not left behind. */
static void
on_connections_changed (MmpWindow *self)
{
  GListModel *model = mmp_account_get_connections (self->account);
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->list, i)) != NULL;)
    {
      MmpConnection *connection = mmp_connection_row_get_connection (MMP_CONNECTION_ROW (row));

      if (connection != NULL && mmp_account_find_connection (self->account, mmp_connection_get_id (connection)) != connection)
        gtk_list_box_remove (self->list, GTK_WIDGET (row));
      else
        i++;
    }
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (MmpConnection) connection = g_list_model_get_item (model, i);

      if (find_row (self, mmp_connection_get_id (connection)) == NULL)
        add_row (self, connection);
    }
  choose_stack_page (self);
  row = self->shown != NULL ? find_row (self, self->shown) : NULL;
  if (row == NULL)
    {
      g_clear_pointer (&self->shown, g_free);
      row = gtk_list_box_get_row_at_index (self->list, 0);
      adw_navigation_split_view_set_show_content (self->split_view, FALSE);
      if (row != NULL && g_list_model_get_n_items (model) > 0)
        show_row (self, row);
    }
}

/* --- the object ----------------------------------------------------------------------------------------------------- */

static void
mmp_window_dispose (GObject *object)
{
  MmpWindow *self = MMP_WINDOW (object);

  if (self->account != NULL)
    g_signal_handlers_disconnect_by_data (mmp_account_get_connections (self->account), self);
  if (self->split_view != NULL)
    set_content (self, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), MMP_TYPE_WINDOW);
  g_clear_object (&self->account);
  g_clear_pointer (&self->shown, g_free);

  G_OBJECT_CLASS (mmp_window_parent_class)->dispose (object);
}

static void
mmp_window_class_init (MmpWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = mmp_window_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, MMP_RESOURCES "ui/mmp-window.ui");
  gtk_widget_class_bind_template_child (widget_class, MmpWindow, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, MmpWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, MmpWindow, welcome_page);
  gtk_widget_class_bind_template_child (widget_class, MmpWindow, welcome_menu_button);
  gtk_widget_class_bind_template_child (widget_class, MmpWindow, broken_page);
  gtk_widget_class_bind_template_child (widget_class, MmpWindow, split_view);
  gtk_widget_class_bind_template_child (widget_class, MmpWindow, search_bar);
  gtk_widget_class_bind_template_child (widget_class, MmpWindow, search_entry);
  gtk_widget_class_bind_template_child (widget_class, MmpWindow, sidebar_stack);
  gtk_widget_class_bind_template_child (widget_class, MmpWindow, list);
  gtk_widget_class_bind_template_child (widget_class, MmpWindow, menu_button);
  gtk_widget_class_bind_template_callback (widget_class, on_stack_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_row_selected);
  mmp_window_class_install_actions (widget_class);
}

static void
mmp_window_init (MmpWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  if (MMP_IS_DEVEL)
    gtk_widget_add_css_class (GTK_WIDGET (self), "devel");
  gtk_window_set_icon_name (GTK_WINDOW (self), MMP_APP_ID);
  adw_status_page_set_icon_name (self->welcome_page, MMP_APP_ID);
  gtk_search_bar_connect_entry (self->search_bar, GTK_EDITABLE (self->search_entry));
  gtk_search_bar_set_key_capture_widget (self->search_bar, GTK_WIDGET (self));
  on_stack_changed (self);
  gtk_list_box_set_filter_func (self->list, filter_row, self, NULL);
  gtk_list_box_set_sort_func (self->list, sort_rows, NULL, NULL);
  gtk_list_box_set_header_func (self->list, set_header, NULL, NULL);
}

/**
 * mmp_window_new:
 *
 * Returns: (transfer none): a window of the application
 */
MmpWindow *
mmp_window_new (GtkApplication *application,
                MmpAccount *account)
{
  MmpWindow *self = g_object_new (MMP_TYPE_WINDOW, "application", application, NULL);

  self->account = g_object_ref (account);
  self->keys_row = mmp_connection_row_new_page (PAGE_KEYS, _ ("Key Pairs"), "dialog-password-symbolic");
  self->devices_row = mmp_connection_row_new_page (PAGE_DEVICES, _ ("Trusted Devices"), "security-high-symbolic");
  gtk_list_box_append (self->list, self->keys_row);
  gtk_list_box_append (self->list, self->devices_row);
  g_signal_connect_swapped (mmp_account_get_connections (account), "items-changed", G_CALLBACK (on_connections_changed), self);
  on_connections_changed (self);

  return self;
}

/**
 * mmp_window_new_broken:
 * @error: why the account's files cannot be used
 *
 * Returns: (transfer none): a window that says so
 */
MmpWindow *
mmp_window_new_broken (GtkApplication *application,
                       const GError *error)
{
  MmpWindow *self = g_object_new (MMP_TYPE_WINDOW, "application", application, NULL);
  g_autofree char *escaped = g_markup_escape_text (error->message, -1);
  gboolean broken = g_error_matches (error, MMP_ERROR, MMP_ERROR_FILE_INVALID);
  g_autofree char *text = g_strdup_printf (broken ? _ ("%s\n\nCorrect this file or move it away, then start again. It was not changed.") : _ ("%s\n\nMake room there, or see to its permissions, then start again. Nothing was changed."), escaped);

  adw_status_page_set_description (self->broken_page, text);
  gtk_stack_set_visible_child_name (self->stack, "broken");

  return self;
}

/**
 * mmp_window_get_account:
 *
 * Returns: (transfer none) (nullable): what it shows
 */
MmpAccount *
mmp_window_get_account (MmpWindow *self)
{
  return self->account;
}

/**
 * mmp_window_open:
 * @id: a connection's
 *
 * Shows its page.
 */
void
mmp_window_open (MmpWindow *self,
                 const char *id)
{
  GtkListBoxRow *row = find_row (self, id);

  if (row != NULL)
    on_row_activated (self, row);
}

/**
 * mmp_window_open_page:
 * @page: `keys` or `devices`
 */
void
mmp_window_open_page (MmpWindow *self,
                      const char *page)
{
  gtk_stack_set_visible_child_name (self->stack, "main");
  mmp_window_open (self, page);
}

/**
 * mmp_window_toast:
 *
 * Returns: (transfer none): a toast that says @text
 */
AdwToast *
mmp_window_toast (MmpWindow *self,
                  const char *text)
{
  AdwToast *toast = adw_toast_new (text);

  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_overlay_add_toast (self->toast_overlay, toast);

  return toast;
}

/**
 * mmp_window_step:
 * @step: 1: the next row; -1: the one before
 */
void
mmp_window_step (MmpWindow *self,
                 int step)
{
  GtkListBoxRow *row = self->shown != NULL ? find_row (self, self->shown) : NULL;
  int position = row != NULL ? gtk_list_box_row_get_index (row) : -1;

  row = gtk_list_box_get_row_at_index (self->list, MAX (position + step, 0));
  if (row != NULL)
    on_row_activated (self, row);
}

/**
 * mmp_window_search:
 */
void
mmp_window_search (MmpWindow *self)
{
  adw_navigation_split_view_set_show_content (self->split_view, FALSE);
  gtk_search_bar_set_search_mode (self->search_bar, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}

/**
 * mmp_window_get_shown:
 *
 * Returns: (transfer none) (nullable): the connection whose page is shown
 */
MmpConnection *
mmp_window_get_shown (MmpWindow *self)
{
  return self->account != NULL && self->shown != NULL ? mmp_account_find_connection (self->account, self->shown) : NULL;
}
