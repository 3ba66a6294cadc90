/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-graph.h"

#include <adwaita.h>
#include <math.h>

#include "mmp-text.h"

#define HEIGHT 150
#define MARGIN 6
#define LABEL_WIDTH 52
#define LABEL_HEIGHT 20
#define GRID_LINES 3
#define FILL_ALPHA 0.15f
#define LINE_WIDTH 2
/* Two round trips that are further apart than an idle link measures are not one line. */
#define GAP_DIRECT (MMP_LINK_PING_IDLE_DIRECT + MMP_SECONDS (2))
#define GAP_RELAY (MMP_LINK_PING_IDLE_RELAY + MMP_SECONDS (3))
/* As many points as there are pixels, not as many as there are samples */
#define POINTS_MAX 600

struct _MmpGraph
{
  GtkWidget parent_instance;

  MmpHistory *history; /* not owned */
  guint span; /* seconds */
  gint64 now;
  double top; /* milliseconds at the upper edge */
  guint n_samples; /* in this span */
  guint n_lost;
  gint64 marked; /* time of the sample that is told; 0: none */
};

G_DEFINE_FINAL_TYPE (MmpGraph, mmp_graph, GTK_TYPE_WIDGET)

/* --- geometry ------------------------------------------------------------------------------------------------------- */

static gboolean
is_mirrored (MmpGraph *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

/* Time runs towards the labels. */
static float
to_x (MmpGraph *self,
      gint64 time)
{
  float width = (float) gtk_widget_get_width (GTK_WIDGET (self)) - LABEL_WIDTH - MARGIN;
  float part = 1 - (float) (self->now - time) / (float) ((gint64) self->span * G_USEC_PER_SEC);
  float x = MARGIN + part * width;

  return is_mirrored (self) ? (float) gtk_widget_get_width (GTK_WIDGET (self)) - x : x;
}

static gint64
to_time (MmpGraph *self,
         double x)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self)) - LABEL_WIDTH - MARGIN;

  if (is_mirrored (self))
    x = gtk_widget_get_width (GTK_WIDGET (self)) - x;

  return self->now - (gint64) ((1 - (x - MARGIN) / width) * self->span * G_USEC_PER_SEC);
}

static float
to_y (MmpGraph *self,
      double rtt)
{
  float height = (float) gtk_widget_get_height (GTK_WIDGET (self)) - 2 * MARGIN;

  return MARGIN + height * (float) (1 - MIN (rtt / self->top, 1));
}

/* What can be parted by GRID_LINES, so that all grid lines have round numbers */
static double
round_up (double value)
{
  double power = pow (10, floor (log10 (MAX (value, 0.1))));
  static const double steps[] = { 1.5, 3, 6, 9, 15 };

  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      if (value <= steps[i] * power)
        return steps[i] * power;
    }

  return 15 * power;
}

/* --- drawing -------------------------------------------------------------------------------------------------------- */

static void
draw_text (MmpGraph *self,
           GtkSnapshot *snapshot,
           const char *text,
           float x,
           float y,
           const GdkRGBA *color)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();
  int width;
  int height;

  pango_attr_list_insert (attributes, pango_attr_scale_new (PANGO_SCALE_SMALL));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum"));
  pango_layout_set_attributes (layout, attributes);
  pango_layout_get_pixel_size (layout, &width, &height);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (is_mirrored (self) ? x - (float) width : x, y - (float) height / 2));
  gtk_snapshot_append_layout (snapshot, layout, color);
  gtk_snapshot_restore (snapshot);
}

static void
draw_grid (MmpGraph *self,
           GtkSnapshot *snapshot,
           const GdkRGBA *color)
{
  GdkRGBA line = *color;
  GdkRGBA label = *color;
  float left = to_x (self, self->now - (gint64) self->span * G_USEC_PER_SEC);
  float right = to_x (self, self->now);

  line.alpha *= 0.15f;
  label.alpha *= 0.55f;
  for (int i = 0; i <= GRID_LINES; i++)
    {
      double value = self->top * i / GRID_LINES;
      float y = to_y (self, value);
      g_autofree char *text = i == GRID_LINES ? mmp_text_rtt (value) : g_strdup_printf (self->top < 10 && i > 0 ? "%.1f" : "%.0f", value);
      graphene_rect_t bounds = GRAPHENE_RECT_INIT (MIN (left, right), floorf (y), fabsf (right - left), 1);

      gtk_snapshot_append_color (snapshot, &line, &bounds);
      if (self->n_samples > 0)
        draw_text (self, snapshot, text, right + (is_mirrored (self) ? -6 : 6), CLAMP (y, LABEL_HEIGHT / 2, HEIGHT - LABEL_HEIGHT / 2), &label);
    }
}

static guint
get_step (MmpGraph *self,
          guint first)
{
  guint n = mmp_history_get_size (self->history) - first;

  return MAX (1, n / POINTS_MAX);
}

/* A line from each sample to the next, with a break where one was lost; closed down to the axis to be filled */
static GskPath *
make_path (MmpGraph *self,
           gboolean closed)
{
  GskPathBuilder *builder = gsk_path_builder_new ();
  guint first = mmp_history_find (self->history, self->now - (gint64) self->span * G_USEC_PER_SEC);
  guint step = get_step (self, first);
  gint64 before = 0;
  float last_x = 0;

  for (guint i = first; i < mmp_history_get_size (self->history); i += step)
    {
      const MmpSample *sample = mmp_history_get (self->history, i);
      gint64 gap = sample->path == MMP_PATH_RELAY ? GAP_RELAY : GAP_DIRECT;
      gboolean joined = before != 0 && sample->time - before < gap * (gint64) step;
      float x = to_x (self, sample->time);

      if (before != 0 && closed && (sample->rtt < 0 || !joined))
        gsk_path_builder_line_to (builder, last_x, to_y (self, 0));
      if (sample->rtt < 0)
        {
          before = 0;
          continue;
        }
      if (!joined)
        {
          gsk_path_builder_move_to (builder, x, closed ? to_y (self, 0) : to_y (self, sample->rtt));
          if (closed)
            gsk_path_builder_line_to (builder, x, to_y (self, sample->rtt));
        }
      else
        {
          gsk_path_builder_line_to (builder, x, to_y (self, sample->rtt));
        }
      before = sample->time;
      last_x = x;
    }
  if (before != 0 && closed)
    gsk_path_builder_line_to (builder, last_x, to_y (self, 0));

  return gsk_path_builder_free_to_path (builder);
}

static void
draw_vertical (MmpGraph *self,
               GtkSnapshot *snapshot,
               gint64 time,
               gboolean dashed,
               const GdkRGBA *color)
{
  g_autoptr (GskStroke) stroke = gsk_stroke_new (1);
  GskPathBuilder *builder = gsk_path_builder_new ();
  g_autoptr (GskPath) path = NULL;
  static const float dashes[] = { 3, 3 };
  float x = floorf (to_x (self, time)) + 0.5f;

  gsk_path_builder_move_to (builder, x, MARGIN);
  gsk_path_builder_line_to (builder, x, (float) gtk_widget_get_height (GTK_WIDGET (self)) - MARGIN);
  path = gsk_path_builder_free_to_path (builder);
  if (dashed)
    gsk_stroke_set_dash (stroke, dashes, G_N_ELEMENTS (dashes));
  gtk_snapshot_append_stroke (snapshot, path, stroke, color);
}

static void
draw_path_changes (MmpGraph *self,
                   GtkSnapshot *snapshot,
                   const GdkRGBA *color)
{
  guint first = mmp_history_find (self->history, self->now - (gint64) self->span * G_USEC_PER_SEC);

  for (guint i = first + 1; i < mmp_history_get_size (self->history); i++)
    {
      const MmpSample *sample = mmp_history_get (self->history, i);

      if (sample->path != mmp_history_get (self->history, i - 1)->path)
        draw_vertical (self, snapshot, sample->time, TRUE, color);
    }
}

static const MmpSample *
get_marked (MmpGraph *self)
{
  guint index;

  if (self->marked == 0 || self->history == NULL)
    return NULL;
  index = mmp_history_find (self->history, self->marked);
  if (index >= mmp_history_get_size (self->history))
    return NULL;

  return mmp_history_get (self->history, index);
}

static char *
describe_sample (MmpGraph *self,
                 const MmpSample *sample)
{
  gint64 ago = (self->now - sample->time) / G_USEC_PER_SEC;
  g_autofree char *value = sample->rtt >= 0 ? mmp_text_rtt (sample->rtt) : g_strdup (_ ("lost"));

  /* Translators: a round trip, the path it took, and how many seconds ago */
  return g_strdup_printf (_ ("%s, %s, %d s ago"), value, mmp_text_path (sample->path), (int) ago);
}

static void
draw_marked (MmpGraph *self,
             GtkSnapshot *snapshot,
             const GdkRGBA *accent)
{
  const MmpSample *sample = get_marked (self);
  GskRoundedRect dot;
  float x;
  float y;

  if (sample == NULL)
    return;
  draw_vertical (self, snapshot, sample->time, FALSE, accent);
  if (sample->rtt < 0)
    return;
  x = to_x (self, sample->time);
  y = to_y (self, sample->rtt);
  gsk_rounded_rect_init_from_rect (&dot, &GRAPHENE_RECT_INIT (x - 4, y - 4, 8, 8), 4);
  gtk_snapshot_push_rounded_clip (snapshot, &dot);
  gtk_snapshot_append_color (snapshot, accent, &dot.bounds);
  gtk_snapshot_pop (snapshot);
}

static void
mmp_graph_snapshot (GtkWidget *widget,
                    GtkSnapshot *snapshot)
{
  MmpGraph *self = MMP_GRAPH (widget);
  g_autoptr (GdkRGBA) accent = NULL;
  g_autoptr (GskStroke) stroke = gsk_stroke_new (LINE_WIDTH);
  g_autoptr (GskPath) line = NULL;
  g_autoptr (GskPath) area = NULL;
  AdwStyleManager *style = adw_style_manager_get_for_display (gtk_widget_get_display (widget));
  GdkRGBA color;
  GdkRGBA fill;

  gtk_widget_get_color (widget, &color);
  draw_grid (self, snapshot, &color);
  if (self->n_samples == 0)
    {
      color.alpha *= 0.55f;
      draw_text (self, snapshot, self->n_lost > 0 ? _ ("Nothing came back") : _ ("No measurements yet"), to_x (self, self->now - (gint64) self->span * G_USEC_PER_SEC) + (is_mirrored (self) ? -8 : 8), (float) gtk_widget_get_height (widget) / 2, &color);
      return;
    }

  accent = gdk_rgba_copy (&color);
  adw_accent_color_to_standalone_rgba (adw_style_manager_get_accent_color (style), adw_style_manager_get_dark (style), accent);
  fill = *accent;
  fill.alpha = FILL_ALPHA;
  area = make_path (self, TRUE);
  line = make_path (self, FALSE);
  color.alpha *= 0.6f;
  gsk_stroke_set_line_join (stroke, GSK_LINE_JOIN_ROUND);
  gsk_stroke_set_line_cap (stroke, GSK_LINE_CAP_ROUND);
  gtk_snapshot_append_fill (snapshot, area, GSK_FILL_RULE_WINDING, &fill);
  gtk_snapshot_append_stroke (snapshot, line, stroke, accent);
  draw_path_changes (self, snapshot, &color);
  draw_marked (self, snapshot, accent);
}

static void
mmp_graph_measure (GtkWidget *widget,
                   GtkOrientation orientation,
                   int for_size,
                   int *minimum,
                   int *natural,
                   int *minimum_baseline,
                   int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_VERTICAL ? HEIGHT : 200;
  *natural = orientation == GTK_ORIENTATION_VERTICAL ? HEIGHT : 500;
}

/* --- being asked ---------------------------------------------------------------------------------------------------- */

static void
mark (MmpGraph *self,
      gint64 time)
{
  const MmpSample *sample;
  g_autofree char *text = NULL;

  self->marked = time;
  sample = get_marked (self);
  text = sample != NULL ? describe_sample (self, sample) : NULL;
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), text);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_motion (MmpGraph *self,
           double x,
           double y)
{
  mark (self, to_time (self, x));
}

static void
on_leave (MmpGraph *self)
{
  mark (self, 0);
}

static gboolean
on_key (MmpGraph *self,
        guint keyval)
{
  int step = keyval == GDK_KEY_Left ? -1 : keyval == GDK_KEY_Right ? 1
                                                                   : 0;
  guint size = self->history != NULL ? mmp_history_get_size (self->history) : 0;
  guint at;
  const MmpSample *sample;
  g_autofree char *text = NULL;

  if (step == 0 || size == 0)
    return GDK_EVENT_PROPAGATE;
  if (is_mirrored (self))
    step = -step;
  at = self->marked != 0 ? mmp_history_find (self->history, self->marked) : size;
  at = (guint) CLAMP ((int) at + step, 0, (int) size - 1);
  sample = mmp_history_get (self->history, at);
  mark (self, sample->time);
  text = describe_sample (self, sample);
  gtk_accessible_announce (GTK_ACCESSIBLE (self), text, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);

  return GDK_EVENT_STOP;
}

static void
mmp_graph_class_init (MmpGraphClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->snapshot = mmp_graph_snapshot;
  widget_class->measure = mmp_graph_measure;
  gtk_widget_class_set_css_name (widget_class, "mmpgraph");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
mmp_graph_init (MmpGraph *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();

  self->span = 60;
  self->top = 1;
  self->now = g_get_monotonic_time ();
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  g_signal_connect_swapped (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect_swapped (motion, "leave", G_CALLBACK (on_leave), self);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (on_key), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}

/**
 * mmp_graph_set_history:
 * @history: (nullable): what to show; must stay until another is set
 */
void
mmp_graph_set_history (MmpGraph *self,
                       MmpHistory *history)
{
  self->history = history;
  mmp_graph_refresh (self);
}

/**
 * mmp_graph_set_span:
 * @seconds: how far back to show
 */
void
mmp_graph_set_span (MmpGraph *self,
                    guint seconds)
{
  self->span = seconds;
  mmp_graph_refresh (self);
}

static char *
describe (const MmpSummary *summary)
{
  g_autofree char *mean = NULL;
  g_autofree char *min = NULL;
  g_autofree char *max = NULL;
  g_autofree char *p95 = NULL;

  if (summary->n_samples == 0 && summary->n_lost > 0)
    return g_strdup_printf (_ ("Round-trip time: nothing came back, %u lost"), summary->n_lost);
  if (summary->n_samples == 0)
    return g_strdup (_ ("Round-trip time: no measurements yet"));
  mean = mmp_text_rtt (summary->mean);
  min = mmp_text_rtt (summary->min);
  max = mmp_text_rtt (summary->max);
  p95 = mmp_text_rtt (summary->p95);

  return g_strdup_printf (_ ("Round-trip time: mean %s, minimum %s, maximum %s, 95th percentile %s, %u lost"), mean, min, max, p95, summary->n_lost);
}

/**
 * mmp_graph_refresh:
 *
 * Shows what has come since.
 */
void
mmp_graph_refresh (MmpGraph *self)
{
  g_autofree char *label = NULL;
  MmpSummary summary = { .max = -1 };

  self->now = g_get_monotonic_time ();
  if (self->history != NULL)
    summary = mmp_history_summarize (self->history, self->now - (gint64) self->span * G_USEC_PER_SEC);
  self->top = round_up (MAX (summary.max * 1.1, 1));
  self->n_samples = summary.n_samples;
  self->n_lost = summary.n_lost;
  label = describe (&summary);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
