/* Synapses as dot products: a convolution or dense synapse without groups, on levels of 8 or 16
 * bits, with weights of 8 bits that are packed for it.
 *
 * The weights lie in blocks of 16 outputs. A block goes through the window's taps in the order in
 * which the levels lie in memory, four of them at a time: [quads][16 outputs][4]. What such a quad
 * and a block give is one instruction where there are byte dot products (VNNI), and a few
 * elsewhere; the sums are the same. A tile of pixels and blocks is summed in registers. */
#ifndef SPIKEC_PACKED_H
#define SPIKEC_PACKED_H

#include "spikec_split.h"

/* Outputs of a block of weights, and outputs that are computed in one go. */
#define SPIKEC_LANES 16
#define SPIKEC_STRIP 32

/* How the window of an output lies in the frame of levels, counted in elements: `rows` times
 * `columns` runs of adjacent levels. A run is so many quads; in the last one, levels that are not
 * the run's own have weight 0. */
typedef struct spikec_taps {
  int32_t rows, row_stride;
  int32_t columns, column_stride;
  int32_t quads;
  int32_t pixel_stride; /* from one output's window to that on its right */
  int32_t line_stride;  /* to the one below */
  spikec_split split;   /* of levels of 16 bits */
} spikec_taps;

/* The outputs of a synapse, a band of `rows` rows of `width` pixels at a time: a tile can reach over
 * narrow rows. */
typedef struct spikec_outputs {
  int32_t rows, width, channels;
  int32_t scale; /* the power of two that the synapse counts with */
} spikec_outputs;

#ifdef SPIKEC_NEON
/* Adds the first `lanes` of 16 sums to the currents. */
SPIKEC_INLINE void spikec_add_sums_neon(int32_t *current, const int32x4_t part[4], int32_t scale,
                                        int32_t lanes) {
  if (lanes >= SPIKEC_LANES) {
    SPIKEC_UNROLL for (int i = 0; i < 4; ++i) {
      vst1q_s32(current + 4 * i, vmlaq_n_s32(vld1q_s32(current + 4 * i), part[i], scale));
    }
    return;
  }
  int32_t sums[SPIKEC_LANES];
  SPIKEC_UNROLL for (int i = 0; i < 4; ++i) vst1q_s32(sums + 4 * i, part[i]);
  for (int i = 0; i < lanes; ++i) current[i] += sums[i] * scale;
}
#endif

/* A tile has at most so many pixels; the parameters `pixels` and `blocks` are constants wherever
 * it is called, so that its sums stay in registers. */
#define SPIKEC_LEVEL uint8_t
#define SPIKEC_NAME_OF(name, set) name##_u8_##set
#include "spikec_packed_portable.h"
#ifdef SPIKEC_X86
#include "spikec_packed_avx2.h"
#endif
#ifdef SPIKEC_NEON
#include "spikec_packed_neon.h"
#endif
#undef SPIKEC_LEVEL
#undef SPIKEC_NAME_OF
#define SPIKEC_LEVEL int16_t
#define SPIKEC_NAME_OF(name, set) name##_i16_##set
#include "spikec_packed_portable.h"
#ifdef SPIKEC_X86
#include "spikec_packed_avx2.h"
#endif
#ifdef SPIKEC_NEON
#include "spikec_packed_neon.h"
#endif
#undef SPIKEC_LEVEL
#undef SPIKEC_NAME_OF
#ifdef SPIKEC_X86
#include "spikec_packed_avx512.h"
#include "spikec_split_avx512.h"
#endif
#ifdef SPIKEC_DOTPROD
#include "spikec_packed_dot.h"
#endif

/* Adds what the levels of a frame drive to the currents of a band whose first row is `y`: to those
 * of the strips from `first` to `end` - 1. */
static inline void spikec_packed_u8(const uint8_t *restrict frame, const spikec_taps *taps,
                                    const int8_t *restrict weight, int32_t *restrict current,
                                    const spikec_outputs *outputs, int32_t y, int32_t first,
                                    int32_t end) {
  const uint8_t *const level = frame + y * taps->line_stride;
#ifdef SPIKEC_X86
  if (spikec_has_avx512()) {
    spikec_strips_u8_avx512(level, taps, weight, current, outputs, first, end);
    return;
  }
  if (spikec_has_avx2()) {
    spikec_strips_u8_avx2(level, taps, weight, current, outputs, first, end);
    return;
  }
#endif
#if defined(SPIKEC_DOTPROD)
  spikec_strips_u8_dot(level, taps, weight, current, outputs, first, end);
#elif defined(SPIKEC_NEON)
  spikec_strips_u8_neon(level, taps, weight, current, outputs, first, end);
#else
  spikec_strips_u8_portable(level, taps, weight, current, outputs, first, end);
#endif
}

static inline void spikec_packed_i16(const int16_t *restrict frame, const spikec_taps *taps,
                                    const int8_t *restrict weight, int32_t *restrict current,
                                    const spikec_outputs *outputs, int32_t y, int32_t first,
                                    int32_t end) {
  const int16_t *const level = frame + y * taps->line_stride;
#ifdef SPIKEC_X86
  if (taps->split.quads > 0 && spikec_splits()) {
    const uint8_t *const low = (const uint8_t *)frame;
    spikec_strips_u8_avx512(low + y * taps->line_stride, taps, weight, current, outputs, first, end);
    spikec_strips_split(low, taps, weight, current, outputs, y, first, end);
    return;
  }
  if (spikec_has_avx512()) {
    spikec_strips_i16_avx512(level, taps, weight, current, outputs, first, end);
    return;
  }
  if (spikec_has_avx2()) {
    spikec_strips_i16_avx2(level, taps, weight, current, outputs, first, end);
    return;
  }
#endif
#ifdef SPIKEC_NEON
  spikec_strips_i16_neon(level, taps, weight, current, outputs, first, end);
#else
  spikec_strips_i16_portable(level, taps, weight, current, outputs, first, end);
#endif
}

#endif
