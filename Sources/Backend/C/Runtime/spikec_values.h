/* What is done with levels, spikes and counts of one type. Included by spikec_kernels.h once per
 * type, with SPIKEC_LEVEL the type, SPIKEC_WIDER the next larger one, and SPIKEC_NAME(f) the name of
 * function f for it. Channels last. */

#define SPIKEC_SYNAPSE(name) SPIKEC_NAME(name##_i8)
#define SPIKEC_WEIGHT int8_t
#include "spikec_synapses.h"
#undef SPIKEC_SYNAPSE
#undef SPIKEC_WEIGHT
#define SPIKEC_SYNAPSE(name) SPIKEC_NAME(name##_i16)
#define SPIKEC_WEIGHT int16_t
#include "spikec_synapses.h"
#undef SPIKEC_SYNAPSE
#undef SPIKEC_WEIGHT
#define SPIKEC_SYNAPSE(name) SPIKEC_NAME(name##_i32)
#define SPIKEC_WEIGHT int32_t
#include "spikec_synapses.h"
#undef SPIKEC_SYNAPSE
#undef SPIKEC_WEIGHT

static inline void SPIKEC_NAME(spikec_copy)(const SPIKEC_LEVEL *restrict from,
                                            SPIKEC_LEVEL *restrict to, int32_t count) {
  memcpy(to, from, (size_t)count * sizeof *to);
}

/* to[i] = from[order[i]] */
static inline void SPIKEC_NAME(spikec_gather)(const SPIKEC_LEVEL *restrict from,
                                              SPIKEC_LEVEL *restrict to,
                                              const int32_t *restrict order, int32_t count) {
  for (int32_t i = 0; i < count; ++i) to[i] = from[order[i]];
}

/* Copies `rows` runs of `run` elements; the target's runs start `stride` elements apart. */
static inline void SPIKEC_NAME(spikec_rows)(const SPIKEC_LEVEL *restrict from,
                                            SPIKEC_LEVEL *restrict to, int32_t rows, int32_t run,
                                            int32_t stride) {
  for (int32_t row = 0; row < rows; ++row) {
    SPIKEC_NAME(spikec_copy)(from + row * run, to + row * stride, run);
  }
}

/* Puts zeros around the levels, or cuts off what no window reaches: row `y` of those of `width`
 * pixels, which begin pad_top above and pad_left left of the levels. */
static inline void SPIKEC_NAME(spikec_frame)(const SPIKEC_LEVEL *restrict in,
                                             SPIKEC_LEVEL *restrict out, const spikec_window w,
                                             int32_t width, int32_t y) {
  const spikec_frame_row part = spikec_row_of_frame(&w, width, y);
  SPIKEC_LEVEL *const row = out + y * part.line;
  const int32_t end = part.before + part.run;
  memset(row, 0, (size_t)part.before * sizeof *row);
  SPIKEC_NAME(spikec_copy)(in + part.from, row + part.before, part.run);
  memset(row + end, 0, (size_t)(part.line - end) * sizeof *row);
}

#define SPIKEC_POOL SPIKEC_NAME(spikec_sum_pool)
#define SPIKEC_SUM SPIKEC_LEVEL
#include "spikec_sum_pool.h"
#undef SPIKEC_POOL
#undef SPIKEC_SUM
#define SPIKEC_POOL SPIKEC_NAME(spikec_sum_pool_wide)
#define SPIKEC_SUM SPIKEC_WIDER
#include "spikec_sum_pool.h"
#undef SPIKEC_POOL
#undef SPIKEC_SUM

static inline void SPIKEC_NAME(spikec_max_pool)(const SPIKEC_LEVEL *restrict in,
                                                SPIKEC_LEVEL *restrict out, const spikec_window w) {
  for (int32_t oy = 0; oy < w.out_height; ++oy) {
    for (int32_t ox = 0; ox < w.out_width; ++ox) {
      SPIKEC_LEVEL *const target = out + (oy * w.out_width + ox) * w.out_channels;
      int is_first = 1;
      for (int32_t ky = 0; ky < w.kernel_height; ++ky) {
        const int32_t y = oy * w.stride_y - w.pad_top + ky;
        if (y < 0 || y >= w.in_height) continue;
        for (int32_t kx = 0; kx < w.kernel_width; ++kx) {
          const int32_t x = ox * w.stride_x - w.pad_left + kx;
          if (x < 0 || x >= w.in_width) continue;
          const SPIKEC_LEVEL *const source = in + (y * w.in_width + x) * w.in_channels;
          for (int32_t c = 0; c < w.in_channels; ++c) {
            if (is_first || source[c] > target[c]) target[c] = source[c];
          }
          is_first = 0;
        }
      }
    }
  }
}

/* Adds `gain` times the levels to sums. */
static inline void SPIKEC_NAME(spikec_accumulate)(const SPIKEC_LEVEL *restrict from,
                                                  int32_t *restrict to, int32_t count,
                                                  int32_t gain) {
  for (int32_t i = 0; i < count; ++i) to[i] += from[i] * gain;
}

/* Over time: a spike whenever the window's largest running count grows. `sums` are the running
 * counts of the operand, `largest` their maxima, both kept from step to step from 0. */
static inline void SPIKEC_NAME(spikec_max_pool_step)(const SPIKEC_LEVEL *restrict in,
                                                     SPIKEC_LEVEL *restrict out,
                                                     int32_t *restrict sums,
                                                     int32_t *restrict largest,
                                                     int32_t *restrict now,
                                                     const spikec_window w) {
  SPIKEC_NAME(spikec_accumulate)(in, sums, w.in_height * w.in_width * w.in_channels, 1);
  spikec_max_pool_i32(sums, now, w);
  const int32_t count = w.out_height * w.out_width * w.out_channels;
  for (int32_t i = 0; i < count; ++i) {
    out[i] = (SPIKEC_LEVEL)(now[i] - largest[i]);
    largest[i] = now[i];
  }
}

/* One timestep of a population: V += I·unit + k; s = V >= θ; V -= s·θ. */
static inline void SPIKEC_NAME(spikec_fire_step)(int32_t *restrict membrane,
                                                 const int32_t *restrict current,
                                                 SPIKEC_LEVEL *restrict spikes,
                                                 const int32_t *restrict bias,
                                                 const int32_t *restrict threshold, int32_t count,
                                                 int32_t period, int32_t unit) {
  for (int32_t base = 0; base < count; base += period) {
    for (int32_t i = 0; i < period; ++i) {
      const int32_t charge = membrane[base + i] + bias[i] + current[base + i] * unit;
      const int32_t fires = charge >= threshold[i];
      spikes[base + i] = (SPIKEC_LEVEL)fires;
      membrane[base + i] = charge - (fires ? threshold[i] : 0);
    }
  }
}

/* `steps` timesteps: their currents lie `apart`, which is 0 where they are the same, and their spikes
 * lie `stride` apart. */
static inline void SPIKEC_NAME(spikec_fire_steps)(
    int32_t *restrict membrane, const int32_t *restrict current, int32_t apart,
    SPIKEC_LEVEL *restrict spikes, const int32_t *restrict bias, const int32_t *restrict threshold,
    int32_t count, int32_t period, int32_t unit, int32_t steps, int32_t stride) {
  for (int32_t base = 0; base < count; base += period) {
    for (int32_t t = 0; t < steps; ++t) {
      SPIKEC_NAME(spikec_fire_step)(membrane + base, current + t * apart + base,
                                    spikes + t * stride + base, bias, threshold, period, period,
                                    unit);
    }
  }
}

/* All timesteps at once: N = clamp(floor((I·gain + base) / θ), 0, most), where base = V0 + T·k.
 * The whole is proven to fit 32 bits, but not each of its terms: they are added modulo 2^32.
 * `inverse` is so much below 1 / θ that the estimate is the quotient, or 1 less; never more. */
static inline void SPIKEC_NAME(spikec_fire_all)(const int32_t *restrict current,
                                                SPIKEC_LEVEL *restrict counts,
                                                const int32_t *restrict base,
                                                const int32_t *restrict threshold,
                                                const float *restrict inverse, int32_t count,
                                                int32_t period, uint32_t gain, int32_t most) {
  for (int32_t first = 0; first < count; first += period) {
    for (int32_t i = 0; i < period; ++i) {
      const int32_t sum = (int32_t)((uint32_t)base[i] + (uint32_t)current[first + i] * gain);
      const int32_t charge = sum > 0 ? sum : 0;
      const int32_t estimate = (int32_t)((float)charge * inverse[i]);
      const int32_t missing = charge - estimate * threshold[i] >= threshold[i];
      const int32_t spikes = estimate + missing;
      counts[first + i] = (SPIKEC_LEVEL)(spikes < most ? spikes : most);
    }
  }
}

/* Adds up the spikes of a source and what they drive: fan_out holds one number per `run`
 * consecutive elements. */
static inline void SPIKEC_NAME(spikec_count)(const SPIKEC_LEVEL *restrict values, int32_t count,
                                             const uint32_t *restrict fan_out, int32_t run,
                                             uint64_t *spikes, uint64_t *operations) {
  /* So many elements of 16 bits cannot leave 32 bits, which are summed faster than 64. */
  const int32_t most = sizeof *values < sizeof(int32_t) ? 1 << 15 : 1;
  for (int32_t base = 0; base < count; base += run) {
    int64_t here = 0;
    for (int32_t first = base; first < base + run; first += most) {
      const int32_t end = base + run - first < most ? base + run : first + most;
      int32_t part = 0;
      for (int32_t i = first; i < end; ++i) part += values[i];
      here += part;
    }
    *spikes += (uint64_t)here;
    *operations += (uint64_t)here * fan_out[base / run];
  }
}
