/* Synapses that are dense in time: convolutions without groups on spikes, packed as bits, at a block
 * of timesteps. What four spikes of a pixel drive of an output is one of 16 sums, which are known
 * before: so instead of adding up, it is looked up. One instruction (vpermb) looks up the sums of
 * four such fours of channels for 16 pixels, another one (vpdpbusd) adds them to the rest. What that
 * costs does not follow spikes, but at more than some in a hundred it is less than looking for them.
 *
 * An index of 32 bits stands for 16 channels of a pixel: four bits in each byte, and in byte j the
 * number 16 j, where its table begins. The tables of an output are bytes: [kernel rows][groups of 16
 * channels][kernel columns][4][16]. They hold sums from the lowest one up, which is told apart; and
 * where the highest is more than 255 above it, a further table at the same place holds the rest. */
#ifndef SPIKEC_TABLES_H
#define SPIKEC_TABLES_H

#include "spikec_events.h"

#ifdef SPIKEC_X86

enum {
  spikec_table_pixels = 16, /* that are looked up for together, and outputs that are fired together */
  spikec_table_pair = 2,    /* outputs that are looked up together */
  spikec_table_bytes = 64   /* of the tables of a group */
};

/* The index of no spikes. */
#define SPIKEC_NO_SPIKES 0x30201000

/* A synapse. Its indices lie in a scratch, [slots][timesteps][groups][phases][line]: those of as many
 * rows as a window reaches over, with those of no spikes around them. Pixel x of a row is in phase
 * x mod stride_x, where those that are read together are neighbours. */
typedef struct spikec_tables {
  spikec_window window;
  int32_t groups, line, slots;
} spikec_tables;

/* The indices that a row of outputs sees: for each row of the kernel those of the first timestep,
 * and how far from each of them a column is. */
typedef struct spikec_table_rows {
  const uint32_t *rows[SPIKEC_MAX_TAPS];
  ptrdiff_t columns[SPIKEC_MAX_TAPS];
} spikec_table_rows;

/* For each output: its tables, what the lowest sums add up to, and from which one on the further
 * tables are its own, at `places` in the order of its tables. These lie behind all tables. */
typedef struct spikec_table_weights {
  const uint8_t *tables;
  const int32_t *lowest, *starts, *places;
} spikec_table_weights;

/* Whether tables are faster than what else computes some timesteps, and this processor has them. */
static inline int spikec_has_tables(int32_t steps) {
#ifdef __AVX512VBMI__
  return spikec_has_avx512() && steps > spikec_event_steps / 2;
#else
  return spikec_has_avx512() && __builtin_cpu_supports("avx512vbmi") &&
         steps > spikec_event_steps / 2;
#endif
}

/* The indices of a group of a row. */
static inline int32_t spikec_table_group(const spikec_tables *e) {
  return e->window.stride_x * e->line;
}

static inline int32_t spikec_table_step(const spikec_tables *e) {
  return e->groups * spikec_table_group(e);
}

/* Where the index of a pixel is, counted from where the padding begins. */
static inline int32_t spikec_table_place(const spikec_tables *e, int32_t x) {
  return x % e->window.stride_x * e->line + x / e->window.stride_x;
}

/* The indices of a row. */
static inline uint32_t *spikec_table_indices(const spikec_tables *e, uint32_t *scratch,
                                             int32_t row) {
  const int32_t slot = (row + e->window.pad_top) % e->slots;
  return scratch + slot * spikec_event_steps * spikec_table_step(e);
}

/* The indices of 32 channels of a row, from `levels` on, of which `left` are left: in `other` those
 * of the second 16, if there are any. */
SPIKEC_AVX512_VBMI static inline void spikec_table_index(const spikec_tables *e,
                                                         const uint8_t *levels, int32_t left,
                                                         uint32_t *one, uint32_t *other) {
  const spikec_window *const w = &e->window;
  const __m256i places = _mm256_set1_epi32(0x08040201);
  const __m128i none = _mm_set1_epi32(SPIKEC_NO_SPIKES);
  const __mmask32 valid = left < 32 ? (1u << left) - 1u : 0xffffffffu;
  for (int32_t x = 0; x < w->in_width; ++x) {
    const __m256i level = _mm256_maskz_loadu_epi8(valid, levels + x * w->in_channels);
    /* Four bits in each number of 32 bits, then in each byte. */
    const __m256i bits = _mm256_dpbusd_epi32(_mm256_setzero_si256(), level, places);
    const __m128i index = _mm_or_si128(_mm256_cvtepi32_epi8(bits), none);
    const int32_t place = w->stride_x == 1 ? w->pad_left + x : spikec_table_place(e, w->pad_left + x);
    one[place] = (uint32_t)_mm_cvtsi128_si32(index);
    if (other) other[place] = (uint32_t)_mm_extract_epi32(index, 1);
  }
}

/* The indices of a row of inputs at all timesteps: no spikes outside of it, and at those beyond
 * `steps`. */
SPIKEC_AVX512_VBMI static inline void spikec_table_row(const spikec_tables *e,
                                                       const uint8_t *levels, int32_t stride,
                                                       int32_t steps, int32_t row,
                                                       uint32_t *scratch) {
  const spikec_window *const w = &e->window;
  uint32_t *to = spikec_table_indices(e, scratch, row);
  const int32_t is_inside = row >= 0 && row < w->in_height;
  for (int32_t t = 0; t < spikec_event_steps; ++t, to += spikec_table_step(e)) {
    for (int32_t i = 0; i < spikec_table_step(e); i += 16) {
      _mm512_storeu_si512(to + i, _mm512_set1_epi32(SPIKEC_NO_SPIKES));
    }
    if (!is_inside || t >= steps) continue;
    const uint8_t *const from = levels + t * stride + row * w->in_width * w->in_channels;
    for (int32_t g = 0; g < e->groups; g += 2) {
      uint32_t *const one = to + g * spikec_table_group(e);
      spikec_table_index(e, from + 16 * g, w->in_channels - 16 * g, one,
                         g + 1 < e->groups ? one + spikec_table_group(e) : NULL);
    }
  }
}

/* Adds what the indices of all timesteps say, which lie `step` apart. */
SPIKEC_AVX512_VBMI SPIKEC_INLINE void spikec_table_add(const uint32_t *indices, int32_t step,
                                                       const uint8_t *tables, size_t stride,
                                                       __m512i (*sums)[spikec_event_steps],
                                                       const int outputs) {
  const __m512i ones = _mm512_set1_epi8(1);
  __m512i table[spikec_table_pair];
  /* These words say nothing, but GCC then keeps no sums of this and each distance, loads each table
   * once, and leaves the sums in their registers. */
  __asm__("" : "+r"(indices));
  SPIKEC_UNROLL for (int i = 0; i < outputs; ++i) {
    table[i] = _mm512_loadu_si512(tables + (size_t)i * stride);
    __asm__("" : "+v"(table[i]));
  }
  SPIKEC_UNROLL for (int t = 0; t < spikec_event_steps; ++t) {
    const __m512i index = _mm512_loadu_si512(indices + t * step);
    SPIKEC_UNROLL for (int i = 0; i < outputs; ++i) {
      const __m512i found = _mm512_permutexvar_epi8(index, table[i]);
      sums[i][t] = _mm512_dpbusd_epi32(sums[i][t], found, ones);
      __asm__("" : "+v"(sums[i][t]));
    }
  }
}

/* Where the further tables of an output say what to add. */
SPIKEC_AVX512_VBMI static inline void spikec_table_further(const spikec_tables *e,
                                                           const spikec_table_rows *rows, int32_t x,
                                                           const spikec_table_weights *weights,
                                                           int32_t output,
                                                           __m512i (*sums)[spikec_event_steps]) {
  const spikec_window *const w = &e->window;
  const int32_t columns = w->kernel_width, each = e->groups * columns;
  const uint8_t *const tables =
      weights->tables +
      (size_t)(w->out_channels * w->kernel_height * each) * spikec_table_bytes;
  for (int32_t n = weights->starts[output]; n < weights->starts[output + 1]; ++n) {
    const int32_t place = weights->places[n], group = place % each / columns;
    const uint32_t *const indices = rows->rows[place / each] + group * spikec_table_group(e) + x;
    spikec_table_add(indices + rows->columns[place % columns], spikec_table_step(e),
                     tables + (size_t)n * spikec_table_bytes, 0, sums, 1);
  }
}

/* The sums of two outputs for 16 pixels from `x` on at all timesteps; each timestep's outputs lie
 * together. */
SPIKEC_AVX512_VBMI static inline void spikec_table_sums(
    const spikec_tables *e, const spikec_table_rows *rows, int32_t x,
    const spikec_table_weights *weights, int32_t output,
    int32_t (*result)[spikec_table_pixels][spikec_table_pixels]) {
  const spikec_window *const w = &e->window;
  const size_t stride =
      (size_t)(w->kernel_height * e->groups * w->kernel_width) * spikec_table_bytes;
  const uint8_t *tables = weights->tables + (size_t)output * stride;
  __m512i sums[spikec_table_pair][spikec_event_steps];
  SPIKEC_UNROLL for (int i = 0; i < spikec_table_pair; ++i) {
    SPIKEC_UNROLL for (int t = 0; t < spikec_event_steps; ++t) sums[i][t] = _mm512_setzero_si512();
  }
  for (int32_t ky = 0; ky < w->kernel_height; ++ky) {
    for (int32_t g = 0; g < e->groups; ++g) {
      const uint32_t *const indices = rows->rows[ky] + g * spikec_table_group(e) + x;
      for (int32_t kx = 0; kx < w->kernel_width; ++kx, tables += spikec_table_bytes) {
        spikec_table_add(indices + rows->columns[kx], spikec_table_step(e), tables, stride, sums,
                         spikec_table_pair);
      }
    }
  }
  SPIKEC_UNROLL for (int i = 0; i < spikec_table_pair; ++i) {
    /* Rarely any: else sums stay in their registers. */
    if (weights->starts[output + i] < weights->starts[output + i + 1]) {
      spikec_table_further(e, rows, x, weights, output + i, &sums[i]);
    }
    SPIKEC_UNROLL for (int t = 0; t < spikec_event_steps; ++t) {
      _mm512_storeu_si512(result[t][(output + i) % spikec_table_pixels], sums[i][t]);
    }
  }
}

#include "spikec_tables_outputs.h"

/* The numbers that the indices take. */
static inline size_t spikec_table_scratch(const spikec_tables *e) {
  return (size_t)(e->slots * spikec_event_steps * spikec_table_step(e));
}

/* Runs `steps` timesteps of a synapse, as spikec_event_synapse. Threads share the rows. */
SPIKEC_AVX512_VBMI static inline void spikec_table_synapse(const spikec_tables *e,
                                                           const uint8_t *levels, int32_t stride,
                                                           int32_t steps,
                                                           const spikec_table_weights *weights,
                                                           uint32_t *scratch,
                                                           const spikec_event_target *target) {
  const spikec_window *const w = &e->window;
  const int32_t parts = spikec_threads();
#ifdef SPIKEC_OPENMP
  const int is_first = spikec_thread() == 0;
  uint32_t own[is_first ? 1 : spikec_table_scratch(e)];
  if (!is_first) scratch = own;
#endif
  SPIKEC_SHARE for (int32_t part = 0; part < parts; ++part) {
    const int32_t end = w->out_height * (part + 1) / parts;
    spikec_table_rows rows;
    for (int32_t kx = 0; kx < w->kernel_width; ++kx) {
      rows.columns[kx] = spikec_table_place(e, kx * w->dilation_x);
    }
    int32_t next = -w->pad_top;
    for (int32_t y = w->out_height * part / parts; y < end; ++y) {
      const int32_t top = y * w->stride_y - w->pad_top;
      if (next < top) next = top;
      for (int32_t ky = 0; ky < w->kernel_height; ++ky) {
        const int32_t row = top + ky * w->dilation_y;
        for (; next <= row; ++next) spikec_table_row(e, levels, stride, steps, next, scratch);
        rows.rows[ky] = spikec_table_indices(e, scratch, row);
      }
      for (int32_t first = 0; first < w->out_channels; first += spikec_table_pixels) {
        spikec_table_outputs(e, &rows, y, first, steps, weights, target);
      }
    }
  }
}
#endif

#endif
