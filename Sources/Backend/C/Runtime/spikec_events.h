/* Event-driven synapses over a block of timesteps: a convolution or dense synapse without groups,
 * on few levels of 8 bits, with weights of 8 bits that are packed for it.
 *
 * The network is feed-forward, so a population may run through many timesteps before the next one
 * begins. For each row of inputs and timestep, the spikes are listed once: where they are, a level
 * n times. An output's window is `kernel_height` pieces of such lists, which are joined; each entry
 * then adds one row of weights to sums that stay in registers. So cost follows spikes, and weights
 * are read from the nearest cache.
 *
 * Weights lie in tiles of 128, 64 or 32 outputs: [tiles][kernel rows][kernel columns][channels]
 * [outputs of the tile], and behind each tile a row of zeros, with which lists are filled up. They
 * are stored as bytes without sign, 128 too large. The outputs of each 64 of a row, or of its 32,
 * lie as [16][4] or [16][2], output 16 k + j at [j][k]: where wider numbers are made of neighbouring
 * bytes, vectors then hold outputs in their order. */
#ifndef SPIKEC_EVENTS_H
#define SPIKEC_EVENTS_H

#include "spikec_base.h"

enum {
  spikec_event_tile = 128, /* the most outputs at a time */
  spikec_event_lanes = 32, /* the least, and what lists may be written beyond their ends */
  spikec_event_pair = 2,   /* entries that are added at a time */
  spikec_event_together = 4, /* the most timesteps that are summed together */
  spikec_event_steps = 8, /* the most timesteps of a block, a multiple of those summed together */
  /* So many bytes cannot leave the 16 bits of a sum. */
  spikec_event_chunk = 256,
  /* The largest power of two that is a factor of 16 bits. */
  spikec_event_most_unit = 1 << 14
};

/* A synapse, and the space that its lists take in a scratch of 16-bit numbers: `slots` rows of
 * inputs for each timestep of a block, each with where its pixels begin. */
typedef struct spikec_events {
  spikec_window window;
  int32_t most;     /* the largest level */
  int32_t slots;    /* as many rows as a window reaches over */
  int32_t steps;    /* the most timesteps of a block */
  int32_t row_size; /* the most entries of a row, and spikec_event_lanes */
  int32_t list_size; /* the most entries of a window, and twice that: of a joined list */
} spikec_events;

/* The rows of inputs that a row of outputs sees: where their lists begin, at the first timestep, and
 * how their numbers shift. */
typedef struct spikec_event_rows {
  int32_t count;
  const uint16_t *starts[SPIKEC_MAX_TAPS];
  int32_t shift[SPIKEC_MAX_TAPS];
} spikec_event_rows;

/* What the currents become: a population's spikes, or, where `membrane` is NULL, a part of
 * `current`, each timestep's `stride` behind the one before. */
typedef struct spikec_event_target {
  int32_t *membrane;
  const int32_t *bias, *threshold;
  int32_t period; /* of bias and threshold */
  int32_t unit;
  uint8_t *spikes;
  int32_t *current;
  int32_t stride;
} spikec_event_target;

/* Some outputs of a pixel: where they are, where their constants are, and how many are left. */
typedef struct spikec_event_place {
  int32_t place, constant, left;
} spikec_event_place;

/* The joined lists of timesteps: filled up to one length, a multiple of spikec_event_pair. */
typedef struct spikec_event_lists {
  const uint16_t *first;
  int32_t size; /* from one to the next */
  int32_t count;
} spikec_event_lists;

/* Where the lists of a row of inputs at a timestep are. */
static inline uint16_t *spikec_event_starts(const spikec_events *e, uint16_t *scratch, int32_t row,
                                            int32_t t) {
  return scratch + (row % e->slots * e->steps + t) * (e->window.in_width + 1 + e->row_size);
}

static inline uint16_t *spikec_event_joined(const spikec_events *e, uint16_t *scratch) {
  return scratch + e->slots * e->steps * (e->window.in_width + 1 + e->row_size);
}

/* The numbers that the lists take. */
static inline size_t spikec_event_scratch(const spikec_events *e) {
  return (size_t)(e->slots * e->steps * (e->window.in_width + 1 + e->row_size) +
                  spikec_event_together * e->list_size);
}

/* The outputs of the next tile, where `left` are left. */
static inline int32_t spikec_event_width(int32_t left) {
  return left > 64 ? 128 : left > 32 ? 64 : 32;
}

/* The output that a byte of a row of weights belongs to, in a tile of `width`. */
static inline int32_t spikec_event_output(int32_t byte, int32_t width) {
  const int32_t group = width < 64 ? width : 64, each = group / 16, place = byte % group;
  return byte - place + place % each * 16 + place / each;
}

#define SPIKEC_KERNEL(name) name##_portable
#define SPIKEC_TARGET
#include "spikec_events_portable.h"
#include "spikec_events_layer.h"
#undef SPIKEC_KERNEL
#undef SPIKEC_TARGET
#ifdef SPIKEC_X86
#define SPIKEC_KERNEL(name) name##_avx2
#define SPIKEC_TARGET SPIKEC_AVX2
#include "spikec_events_avx2.h"
#include "spikec_events_layer.h"
#undef SPIKEC_KERNEL
#undef SPIKEC_TARGET
#define SPIKEC_KERNEL(name) name##_avx512
#define SPIKEC_TARGET SPIKEC_AVX512
#define SPIKEC_OWN_EVENT_GIVE
#include "spikec_events_avx512.h"
#include "spikec_events_layer.h"
#undef SPIKEC_OWN_EVENT_GIVE
#undef SPIKEC_KERNEL
#undef SPIKEC_TARGET
#endif

/* Runs `steps` timesteps of a synapse. `levels` holds those of all timesteps, `stride` apart. */
static inline void spikec_event_synapse(const spikec_events *e, const uint8_t *levels,
                                        int32_t stride, int32_t steps, const int8_t *weight,
                                        uint16_t *scratch, const spikec_event_target *target) {
#ifdef SPIKEC_OPENMP
  /* Every thread has lists of its own: the first one those of the state. */
  const int is_first = spikec_thread() == 0;
  uint16_t own[is_first ? 1 : spikec_event_scratch(e)];
  if (!is_first) scratch = own;
#endif
#ifdef SPIKEC_X86
  if (spikec_has_avx512() && target->unit <= spikec_event_most_unit) {
    spikec_event_layer_avx512(e, levels, stride, steps, weight, scratch, target);
    return;
  }
  if (spikec_has_avx2()) {
    spikec_event_layer_avx2(e, levels, stride, steps, weight, scratch, target);
    return;
  }
#endif
  spikec_event_layer_portable(e, levels, stride, steps, weight, scratch, target);
}

#ifdef SPIKEC_X86
/* Few constants, which 32 neurons go through some times. */
SPIKEC_AVX512 static inline void spikec_fire_few(int32_t *membrane, const int32_t *current,
                                                 int32_t apart, uint8_t *spikes,
                                                 const int32_t *bias, const int32_t *threshold,
                                                 int32_t count, int32_t period, int32_t unit,
                                                 int32_t steps, int32_t stride) {
  int32_t biases[spikec_event_lanes], thresholds[spikec_event_lanes];
  for (int32_t i = 0; i < spikec_event_lanes; ++i) {
    biases[i] = bias[i % period];
    thresholds[i] = threshold[i % period];
  }
  spikec_fire_steps_avx512(membrane, current, apart, spikes, biases, thresholds, count,
                           spikec_event_lanes, unit, steps, stride);
}
#endif

/* As spikec_fire_steps_u8; threads share the neurons. */
static inline void spikec_fire_block(int32_t *membrane, const int32_t *current, int32_t apart,
                                     uint8_t *spikes, const int32_t *bias,
                                     const int32_t *threshold, int32_t count, int32_t period,
                                     int32_t unit, int32_t steps, int32_t stride) {
  const int32_t threads = spikec_threads();
  SPIKEC_SHARE for (int32_t thread = 0; thread < threads; ++thread) {
    const spikec_part part = spikec_part_of_runs(count, period, thread);
    const int32_t first = part.first, size = part.size;
#ifdef SPIKEC_X86
    if (spikec_has_avx512() && period % spikec_event_lanes == 0) {
      spikec_fire_steps_avx512(membrane + first, current + first, apart, spikes + first, bias,
                               threshold, size, period, unit, steps, stride);
      continue;
    }
    if (spikec_has_avx512() && spikec_event_lanes % period == 0 &&
        size % spikec_event_lanes == 0) {
      spikec_fire_few(membrane + first, current + first, apart, spikes + first, bias, threshold,
                      size, period, unit, steps, stride);
      continue;
    }
#endif
    spikec_fire_steps_u8(membrane + first, current + first, apart, spikes + first, bias, threshold,
                         size, period, unit, steps, stride);
  }
}

#endif
