/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-bridge"

#include "bridge/mmp-outbox.h"

#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"

/* What an item costs beside its bytes, roughly */
#define ITEM_SIZE 512
/* A message over which a broker closes the connection this often in a row, and nothing in between, is never taken. */
#define ATTEMPTS_MAX 8

typedef struct
{
  MmpOutboxItem item;
  GList link;
  MmpOutbox *outbox;
  gsize size;
  gint64 since;
  guint attempts;
  gboolean sent; /* on the present connection */
} Entry;

struct _MmpOutbox
{
  MmpMqttClient *client;
  MmpClock *clock;
  guint window;
  MmpOutboxFuncs funcs;
  gpointer user_data;
  GQueue entries; /* Entry, by their links */
  GList *next; /* nullable: the first one that is not sent */
  guint sent;
  gsize bytes;
  gboolean pumping;
};

static void
entry_free (Entry *self)
{
  MmpOutboxItem *item = &self->item;

  g_free (item->topic);
  g_clear_pointer (&item->payload, g_bytes_unref);
  g_clear_pointer (&item->properties, mmp_mqtt_properties_unref);
  mmp_receipt_drop (item->receipt);
  if (item->user_data_free != NULL && item->user_data != NULL)
    item->user_data_free (item->user_data);
  g_free (self);
}

static void
unlink_entry (MmpOutbox *self,
              Entry *entry)
{
  if (self->next == &entry->link)
    self->next = entry->link.next;
  if (entry->sent)
    self->sent--;
  entry->sent = FALSE;
  self->bytes -= entry->size;
  g_queue_unlink (&self->entries, &entry->link);
}

static void
finish (MmpOutbox *self,
        Entry *entry,
        MmpOutboxOutcome outcome)
{
  unlink_entry (self, entry);
  self->funcs.done (&entry->item, outcome, self->user_data);
  mmp_receipt_settle (g_steal_pointer (&entry->item.receipt));
  entry_free (entry);
}

/* It goes again, in its old place, when there is a connection. */
static void
take_back (MmpOutbox *self,
           Entry *entry)
{
  entry->sent = FALSE;
  self->sent--;
  self->next = self->entries.head;
  while (self->next != NULL && ((Entry *) self->next->data)->sent)
    self->next = self->next->next;
}

static void
on_published (MmpMqttClient *client,
              const GError *error,
              gpointer user_data)
{
  Entry *entry = user_data;
  MmpOutbox *self = entry->outbox;

  if (self == NULL)
    {
      entry_free (entry);
      return;
    }

  if (error == NULL)
    {
      for (GList *l = self->entries.head; l != NULL && ((Entry *) l->data)->attempts > 1; l = l->next)
        ((Entry *) l->data)->attempts = 1;
      finish (self, entry, MMP_OUTBOX_ACCEPTED);
    }
  else if (!g_error_matches (error, MMP_ERROR, MMP_ERROR_BROKER_LOST) && !g_error_matches (error, MMP_ERROR, MMP_ERROR_CANCELLED))
    finish (self, entry, MMP_OUTBOX_REFUSED);
  else if (entry->item.qos == 0)
    finish (self, entry, MMP_OUTBOX_MISSED);
  else if (entry->attempts >= ATTEMPTS_MAX && entry == self->entries.head->data)
    finish (self, entry, MMP_OUTBOX_REFUSED);
  else
    take_back (self, entry);

  mmp_outbox_pump (self);
}

/* The time it waited here counts as the time it waits at a broker does. */
static gboolean
age (MmpOutbox *self,
     Entry *entry)
{
  gint64 seconds = (mmp_clock_now (self->clock) - entry->since) / MMP_SECONDS (1);
  MmpMqttProperties *properties = entry->item.properties;

  if (properties == NULL || properties->expiry == 0 || seconds == 0)
    return TRUE;
  if (seconds >= properties->expiry)
    return FALSE;

  entry->item.properties = mmp_mqtt_properties_copy (properties);
  entry->item.properties->expiry -= (guint32) seconds;
  entry->since += MMP_SECONDS (seconds);
  mmp_mqtt_properties_unref (properties);

  return TRUE;
}

/* FALSE: not now */
static gboolean
send_one (MmpOutbox *self,
          Entry *entry)
{
  g_autoptr (GError) error = NULL;
  MmpOutboxItem *item = &entry->item;
  const MmpMqttMessage message = {
    .topic = item->topic,
    .payload = item->payload,
    .properties = item->properties,
    .qos = item->qos,
    .retained = item->retain,
  };

  if (!age (self, entry))
    {
      finish (self, entry, MMP_OUTBOX_EXPIRED);
      return TRUE;
    }

  if (!mmp_mqtt_client_has_room_for (self->client, &message))
    {
      finish (self, entry, MMP_OUTBOX_TOO_LARGE);
      return TRUE;
    }
  if (mmp_mqtt_client_publish_message (self->client, &message, on_published, entry, &error))
    {
      entry->sent = TRUE;
      self->sent++;
      self->next = entry->link.next;
      self->funcs.sent (item, entry->attempts++ > 0, self->user_data);
      return TRUE;
    }

  if (g_error_matches (error, MMP_ERROR, MMP_ERROR_BROKER_LOST))
    return FALSE;
  if (self->sent > 0 && g_error_matches (error, MMP_ERROR, MMP_ERROR_BROKER_LIMIT))
    return FALSE;
  finish (self, entry, MMP_OUTBOX_REFUSED);

  return TRUE;
}

/**
 * mmp_outbox_item_new:
 *
 * Returns: (transfer full): an item to fill in
 */
MmpOutboxItem *
mmp_outbox_item_new (void)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->link.data = entry;

  return &entry->item;
}

/**
 * mmp_outbox_item_free:
 * @self: (transfer full): one that is in no outbox; its receipt is dropped
 */
void
mmp_outbox_item_free (MmpOutboxItem *self)
{
  entry_free ((Entry *) self);
}

/**
 * mmp_outbox_new:
 * @client: (transfer none): must outlive the outbox
 * @window: how many may be unacknowledged
 *
 * Returns: (transfer full): an empty one
 */
MmpOutbox *
mmp_outbox_new (MmpMqttClient *client,
                MmpClock *clock,
                guint window,
                const MmpOutboxFuncs *funcs,
                gpointer user_data)
{
  MmpOutbox *self = g_new0 (MmpOutbox, 1);

  self->client = client;
  self->clock = mmp_clock_ref (clock);
  self->window = window;
  self->funcs = *funcs;
  self->user_data = user_data;

  return self;
}

/**
 * mmp_outbox_free:
 *
 * Forgets what waits; brokers will send again what was not acknowledged.
 */
void
mmp_outbox_free (MmpOutbox *self)
{
  while (self->entries.head != NULL)
    {
      Entry *entry = self->entries.head->data;
      gboolean sent = entry->sent;

      unlink_entry (self, entry);
      entry->outbox = NULL;
      /* Else the client still has it, and answers. */
      if (!sent)
        entry_free (entry);
      else
        mmp_receipt_drop (g_steal_pointer (&entry->item.receipt));
    }
  mmp_clock_unref (self->clock);
  g_free (self);
}

/**
 * mmp_outbox_add:
 * @item: (transfer full): the last one to be sent
 */
void
mmp_outbox_add (MmpOutbox *self,
                MmpOutboxItem *item)
{
  Entry *entry = (Entry *) item;

  entry->outbox = self;
  entry->since = mmp_clock_now (self->clock);
  entry->size = ITEM_SIZE + strlen (item->topic) + g_bytes_get_size (item->payload) + mmp_mqtt_properties_measure (item->properties);
  self->bytes += entry->size;
  g_queue_push_tail_link (&self->entries, &entry->link);
  if (self->next == NULL)
    self->next = &entry->link;
  mmp_outbox_pump (self);
}

/**
 * mmp_outbox_pump:
 *
 * Sends what may be sent. To be called when the connection is there.
 */
void
mmp_outbox_pump (MmpOutbox *self)
{
  /* What is finished inside may pump again. */
  if (self->pumping)
    return;

  self->pumping = TRUE;
  while (self->next != NULL && self->sent < self->window && mmp_mqtt_client_get_state (self->client) == MMP_MQTT_STATE_ONLINE)
    if (!send_one (self, self->next->data))
      break;
  self->pumping = FALSE;
}

/**
 * mmp_outbox_take_all:
 *
 * For somebody who has another way: takes out all that is not on its way on a connection.
 *
 * Returns: (transfer full) (element-type MmpOutboxItem): the items in order, to be put into another outbox
 */
GPtrArray *
mmp_outbox_take_all (MmpOutbox *self)
{
  GPtrArray *items = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_outbox_item_free);

  for (GList *l = self->entries.head; l != NULL;)
    {
      Entry *entry = l->data;

      l = l->next;
      if (entry->sent)
        continue;
      unlink_entry (self, entry);
      entry->outbox = NULL;
      g_ptr_array_add (items, &entry->item);
    }

  return items;
}

/**
 * mmp_outbox_get_size:
 *
 * Returns: how many wait
 */
guint
mmp_outbox_get_size (MmpOutbox *self)
{
  return self->entries.length;
}

/**
 * mmp_outbox_get_bytes:
 *
 * Returns: memory that they hold, in bytes
 */
gsize
mmp_outbox_get_bytes (MmpOutbox *self)
{
  return self->bytes;
}
