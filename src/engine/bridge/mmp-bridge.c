/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-bridge"

#include "bridge/mmp-bridge.h"

#include "base/mmp-context.h"
#include "base/mmp-error.h"
#include "bridge/mmp-bridge-traffic.h"
#include "bridge/mmp-rule-check.h"
#include "bridge/mmp-state-file.h"

/* What both threads hold: the traffic is touched on the I/O thread only, the bridge on the control thread only. */
typedef struct
{
  GMainContext *io;
  MmpBridgeTraffic *traffic;
  MmpBridgeConfig *config;
  MmpSenderBook *book; /* until the traffic has it */
  MmpStateFile *state; /* nullable */
  GWeakRef bridge;
} Joint;

struct _MmpBridge
{
  GObject parent_instance;

  Joint *joint;
  MmpBridgeFunc func;
  gpointer user_data;
  GPtrArray *rules;
  gboolean one_broker;
  gboolean stopped;
  guint last_id;
};

typedef struct
{
  Joint *joint;
  MmpRule *rule;
  guint64 number;
} Command;

G_DEFINE_FINAL_TYPE (MmpBridge, mmp_bridge, G_TYPE_OBJECT)

static void
joint_clear (gpointer data)
{
  Joint *joint = data;

  g_clear_pointer (&joint->config, mmp_bridge_config_free);
  g_clear_pointer (&joint->book, mmp_sender_book_free);
  g_clear_pointer (&joint->state, mmp_state_file_unref);
  g_clear_pointer (&joint->io, g_main_context_unref);
  g_weak_ref_clear (&joint->bridge);
}

static void
joint_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, joint_clear);
}

static void
command_free (gpointer data)
{
  Command *command = data;

  joint_unref (command->joint);
  g_clear_pointer (&command->rule, mmp_rule_free);
  g_free (command);
}

typedef struct
{
  Joint *joint;
  MmpBridgeStatus *status;
} News;

static void
news_free (gpointer data)
{
  News *news = data;

  joint_unref (news->joint);
  mmp_bridge_status_free (news->status);
  g_free (news);
}

static void
tell (gpointer data)
{
  News *news = data;
  g_autoptr (MmpBridge) self = g_weak_ref_get (&news->joint->bridge);

  if (self != NULL && !self->stopped)
    self->func (self, news->status, self->user_data);
}

static void
on_status (MmpBridgeStatus *status,
           gpointer user_data)
{
  News *news = g_new0 (News, 1);

  news->joint = g_atomic_rc_box_acquire (user_data);
  news->status = status;
  mmp_context_invoke (NULL, tell, news, news_free);
}

static void
on_save (GBytes *state,
         gpointer user_data)
{
  Joint *joint = user_data;

  if (joint->state != NULL)
    mmp_state_file_save_later (joint->state, state);
  g_bytes_unref (state);
}

static const MmpBridgeTrafficFuncs traffic_funcs = {
  .status = on_status,
  .save = on_save,
};

static void
begin (gpointer data)
{
  Joint *joint = ((Command *) data)->joint;
  g_autoptr (MmpClock) clock = mmp_clock_new (joint->io);

  joint->traffic = mmp_bridge_traffic_new (joint->io, clock, joint->config, g_steal_pointer (&joint->book), &traffic_funcs, joint);
}

static void
end (gpointer data)
{
  g_clear_pointer (&((Command *) data)->joint->traffic, mmp_bridge_traffic_free);
}

static void
add_rule (gpointer data)
{
  Command *command = data;

  mmp_bridge_traffic_add_rule (command->joint->traffic, command->rule);
}

static void
remove_rule (gpointer data)
{
  Command *command = data;

  mmp_bridge_traffic_remove_rule (command->joint->traffic, (guint) command->number);
}

static void
set_present (gpointer data)
{
  Command *command = data;

  mmp_bridge_traffic_set_present (command->joint->traffic, command->number != 0);
}

static void
forget (gpointer data)
{
  Command *command = data;

  mmp_bridge_traffic_forget (command->joint->traffic, command->number);
}

static void
kick (gpointer data)
{
  mmp_bridge_traffic_kick (((Command *) data)->joint->traffic);
}

static void
order (MmpBridge *self,
       MmpContextFunc func,
       const MmpRule *rule,
       guint64 number)
{
  Command *command = g_new0 (Command, 1);

  command->joint = g_atomic_rc_box_acquire (self->joint);
  command->rule = rule != NULL ? mmp_rule_copy (rule) : NULL;
  command->number = number;
  mmp_context_invoke (self->joint->io, func, command, command_free);
}

static void
mmp_bridge_dispose (GObject *object)
{
  MmpBridge *self = MMP_BRIDGE (object);

  mmp_bridge_stop (self);
  g_clear_pointer (&self->joint, joint_unref);

  G_OBJECT_CLASS (mmp_bridge_parent_class)->dispose (object);
}

static void
mmp_bridge_finalize (GObject *object)
{
  g_ptr_array_unref (MMP_BRIDGE (object)->rules);

  G_OBJECT_CLASS (mmp_bridge_parent_class)->finalize (object);
}

static void
mmp_bridge_class_init (MmpBridgeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = mmp_bridge_dispose;
  object_class->finalize = mmp_bridge_finalize;
}

static void
mmp_bridge_init (MmpBridge *self)
{
  self->rules = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_rule_free);
}

/**
 * mmp_bridge_new:
 * @io: context of the I/O thread
 * @config: what to do; rules without an id get one
 * @func: called with news
 * @error: return location
 *
 * Checks the rules, reads the state (which blocks for a moment) and starts.
 *
 * Returns: (transfer full) (nullable): a bridge that runs until mmp_bridge_stop(); %NULL with %MMP_ERROR_RULE,
 *   %MMP_ERROR_LIMIT if the same bridge runs already, or %MMP_ERROR_FILE_INVALID
 */
MmpBridge *
mmp_bridge_new (GMainContext *io,
                const MmpBridgeConfig *config,
                MmpBridgeFunc func,
                gpointer user_data,
                GError **error)
{
  g_autoptr (MmpBridge) self = g_object_new (MMP_TYPE_BRIDGE, NULL);
  Joint *joint;

  if (!mmp_bridge_config_check (config, error))
    return NULL;

  self->func = func;
  self->user_data = user_data;
  self->one_broker = mmp_bridge_config_is_on_one_broker (config);
  joint = self->joint = g_atomic_rc_box_new0 (Joint);
  g_weak_ref_init (&joint->bridge, self);
  joint->io = g_main_context_ref (io);
  joint->config = mmp_bridge_config_copy (config);
  for (guint i = 0; i < joint->config->rules->len; i++)
    {
      MmpRule *rule = g_ptr_array_index (joint->config->rules, i);

      rule->id = ++self->last_id;
      g_ptr_array_add (self->rules, mmp_rule_copy (rule));
    }
  if (config->directory != NULL)
    {
      joint->state = mmp_state_file_open (config->directory, config->name, error);
      joint->book = joint->state != NULL ? mmp_state_file_load (joint->state, error) : NULL;
    }
  else
    {
      joint->book = mmp_sender_book_new (g_get_real_time () / 1000);
    }
  if (joint->book == NULL)
    {
      self->stopped = TRUE;
      return NULL;
    }
  order (self, begin, NULL, 0);

  return g_steal_pointer (&self);
}

/**
 * mmp_bridge_stop:
 *
 * Ends it. What was not passed on stays with the brokers, as long as they keep the session.
 */
void
mmp_bridge_stop (MmpBridge *self)
{
  g_return_if_fail (MMP_IS_BRIDGE (self));

  if (self->stopped || self->joint == NULL)
    return;

  self->stopped = TRUE;
  order (self, end, NULL, 0);
}

/**
 * mmp_bridge_add_rule:
 * @rule: the rule; its id does not matter
 * @id: (out) (optional): its id from now on
 * @error: return location
 *
 * Adds a rule to those that run, without interrupting them.
 *
 * Returns: FALSE with %MMP_ERROR_RULE if it does not go with the others; then nothing changes
 */
gboolean
mmp_bridge_add_rule (MmpBridge *self,
                     const MmpRule *rule,
                     guint *id,
                     GError **error)
{
  MmpRule *added = mmp_rule_copy (rule);

  g_return_val_if_fail (MMP_IS_BRIDGE (self) && !self->stopped, FALSE);

  added->id = self->last_id + 1;
  g_ptr_array_add (self->rules, added);
  if (!mmp_rule_check (self->rules, self->one_broker, error))
    {
      g_ptr_array_remove_index (self->rules, self->rules->len - 1);
      return FALSE;
    }
  self->last_id++;
  if (id != NULL)
    *id = added->id;
  order (self, add_rule, added, 0);

  return TRUE;
}

/**
 * mmp_bridge_remove_rule:
 *
 * Returns: whether there was a rule with this id
 */
gboolean
mmp_bridge_remove_rule (MmpBridge *self,
                        guint id)
{
  g_return_val_if_fail (MMP_IS_BRIDGE (self) && !self->stopped, FALSE);

  for (guint i = 0; i < self->rules->len; i++)
    if (((MmpRule *) g_ptr_array_index (self->rules, i))->id == id)
      {
        g_ptr_array_remove_index (self->rules, i);
        order (self, remove_rule, NULL, id);
        return TRUE;
      }

  return FALSE;
}

static gboolean
has_rule (GPtrArray *rules,
          const MmpRule *rule)
{
  for (guint i = 0; i < rules->len; i++)
    if (mmp_rule_is_same (g_ptr_array_index (rules, i), rule))
      return TRUE;

  return FALSE;
}

/**
 * mmp_bridge_set_rules:
 * @rules: (element-type MmpRule): all rules from now on
 * @error: return location
 *
 * Adds those that are new, removes those that are not there any more, and leaves all others alone.
 *
 * Returns: FALSE with %MMP_ERROR_RULE if they do not go together; then nothing changes
 */
gboolean
mmp_bridge_set_rules (MmpBridge *self,
                      GPtrArray *rules,
                      GError **error)
{
  g_return_val_if_fail (MMP_IS_BRIDGE (self) && !self->stopped, FALSE);

  if (!mmp_rule_check (rules, self->one_broker, error))
    return FALSE;

  for (guint i = self->rules->len; i > 0; i--)
    {
      const MmpRule *rule = g_ptr_array_index (self->rules, i - 1);

      if (!has_rule (rules, rule))
        mmp_bridge_remove_rule (self, rule->id);
    }
  for (guint i = 0; i < rules->len; i++)
    {
      const MmpRule *rule = g_ptr_array_index (rules, i);

      if (!has_rule (self->rules, rule) && !mmp_bridge_add_rule (self, rule, NULL, error))
        return FALSE;
    }

  return TRUE;
}

/**
 * mmp_bridge_set_present:
 * @present: whether the other device is there
 *
 * Starts and stops the rules that depend on it.
 */
void
mmp_bridge_set_present (MmpBridge *self,
                        gboolean present)
{
  g_return_if_fail (MMP_IS_BRIDGE (self) && !self->stopped);

  order (self, set_present, NULL, present);
}

/**
 * mmp_bridge_accept_again:
 * @sender: what a status called `went_back`
 *
 * Takes this sender again, although its clock or its backup went back. What it sent lately may pass once more.
 */
void
mmp_bridge_accept_again (MmpBridge *self,
                         const char *sender)
{
  g_return_if_fail (MMP_IS_BRIDGE (self) && !self->stopped);

  order (self, forget, NULL, g_ascii_strtoull (sender, NULL, 16));
}

/**
 * mmp_bridge_kick:
 *
 * Connects to both brokers anew: the network changed.
 */
void
mmp_bridge_kick (MmpBridge *self)
{
  g_return_if_fail (MMP_IS_BRIDGE (self) && !self->stopped);

  order (self, kick, NULL, 0);
}
