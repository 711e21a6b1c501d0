/* What an emitted spiking network is computed with: exact 32-bit integers, channels last.
 *
 * The compiler has proven that no sum leaves 32 bits, so plain signed arithmetic is enough, and
 * the order of additions does not matter: every compiler and instruction set gives the same
 * spikes. Define SPIKEC_MAX_TAPS, the largest kernel area, before including this file. */
#ifndef SPIKEC_KERNELS_H
#define SPIKEC_KERNELS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A window that slides over height and width. */
typedef struct spikec_window {
  int32_t in_height, in_width, in_channels;
  int32_t out_height, out_width, out_channels;
  int32_t kernel_height, kernel_width;
  int32_t stride_y, stride_x;
  int32_t pad_top, pad_left;
  int32_t dilation_y, dilation_x;
} spikec_window;

#define SPIKEC_WEIGHT int8_t
#define SPIKEC_NAME(name) name##_i8
#include "spikec_synapses.h"
#undef SPIKEC_WEIGHT
#undef SPIKEC_NAME
#define SPIKEC_WEIGHT int16_t
#define SPIKEC_NAME(name) name##_i16
#include "spikec_synapses.h"
#undef SPIKEC_WEIGHT
#undef SPIKEC_NAME
#define SPIKEC_WEIGHT int32_t
#define SPIKEC_NAME(name) name##_i32
#include "spikec_synapses.h"
#undef SPIKEC_WEIGHT
#undef SPIKEC_NAME

static inline void spikec_clear(int32_t *values, int32_t count) {
  memset(values, 0, (size_t)count * sizeof *values);
}

static inline void spikec_copy(const int32_t *restrict from, int32_t *restrict to, int32_t count) {
  memcpy(to, from, (size_t)count * sizeof *to);
}

static inline void spikec_add(const int32_t *restrict from, int32_t *restrict to, int32_t count) {
  for (int32_t i = 0; i < count; ++i) to[i] += from[i];
}

/* to[i] = from[order[i]] */
static inline void spikec_gather(const int32_t *restrict from, int32_t *restrict to,
                                 const int32_t *restrict order, int32_t count) {
  for (int32_t i = 0; i < count; ++i) to[i] = from[order[i]];
}

/* Copies `rows` runs of `run` elements; the target's runs start `stride` elements apart. */
static inline void spikec_rows(const int32_t *restrict from, int32_t *restrict to, int32_t rows,
                               int32_t run, int32_t stride) {
  for (int32_t row = 0; row < rows; ++row) spikec_copy(from + row * run, to + row * stride, run);
}

static inline void spikec_sum_pool(const int32_t *restrict in, int32_t *restrict out,
                                   const spikec_window w) {
  spikec_clear(out, w.out_height * w.out_width * w.out_channels);
  for (int32_t oy = 0; oy < w.out_height; ++oy) {
    for (int32_t ox = 0; ox < w.out_width; ++ox) {
      int32_t *target = out + (oy * w.out_width + ox) * w.out_channels;
      for (int32_t ky = 0; ky < w.kernel_height; ++ky) {
        const int32_t y = oy * w.stride_y - w.pad_top + ky;
        if (y < 0 || y >= w.in_height) continue;
        for (int32_t kx = 0; kx < w.kernel_width; ++kx) {
          const int32_t x = ox * w.stride_x - w.pad_left + kx;
          if (x < 0 || x >= w.in_width) continue;
          spikec_add(in + (y * w.in_width + x) * w.in_channels, target, w.in_channels);
        }
      }
    }
  }
}

static inline void spikec_max_pool(const int32_t *restrict in, int32_t *restrict out,
                                   const spikec_window w) {
  for (int32_t oy = 0; oy < w.out_height; ++oy) {
    for (int32_t ox = 0; ox < w.out_width; ++ox) {
      int32_t *target = out + (oy * w.out_width + ox) * w.out_channels;
      for (int32_t c = 0; c < w.out_channels; ++c) target[c] = INT32_MIN;
      for (int32_t ky = 0; ky < w.kernel_height; ++ky) {
        const int32_t y = oy * w.stride_y - w.pad_top + ky;
        if (y < 0 || y >= w.in_height) continue;
        for (int32_t kx = 0; kx < w.kernel_width; ++kx) {
          const int32_t x = ox * w.stride_x - w.pad_left + kx;
          if (x < 0 || x >= w.in_width) continue;
          const int32_t *source = in + (y * w.in_width + x) * w.in_channels;
          for (int32_t c = 0; c < w.in_channels; ++c) {
            if (source[c] > target[c]) target[c] = source[c];
          }
        }
      }
    }
  }
}

/* Over time: a spike whenever the window's largest running count grows. `sums` are the running
 * counts of the operand, `largest` their maxima, both kept from step to step from 0. */
static inline void spikec_max_pool_step(const int32_t *restrict in, int32_t *restrict out,
                                        int32_t *restrict sums, int32_t *restrict largest,
                                        const spikec_window w) {
  spikec_add(in, sums, w.in_height * w.in_width * w.in_channels);
  spikec_max_pool(sums, out, w);
  const int32_t count = w.out_height * w.out_width * w.out_channels;
  for (int32_t i = 0; i < count; ++i) {
    const int32_t now = out[i];
    out[i] = now - largest[i];
    largest[i] = now;
  }
}

/* One timestep of a population: V += I·unit + k; s = V >= θ; V -= s·θ. */
static inline void spikec_fire_step(int32_t *restrict membrane, const int32_t *restrict current,
                                    int32_t *restrict spikes, const int32_t *restrict bias,
                                    const int32_t *restrict threshold, int32_t count,
                                    int32_t period, int32_t unit) {
  for (int32_t base = 0; base < count; base += period) {
    for (int32_t i = 0; i < period; ++i) {
      const int32_t charge = membrane[base + i] + bias[i] + current[base + i] * unit;
      const int32_t fires = charge >= threshold[i];
      spikes[base + i] = fires;
      membrane[base + i] = charge - (fires ? threshold[i] : 0);
    }
  }
}

/* What a neuron takes up in `timesteps` timesteps of current. In 64 bits, because only the whole
 * is proven to fit 32, not each of its terms. */
static inline int32_t spikec_charge(int32_t start, int32_t bias, int32_t current, int32_t unit,
                                    int32_t timesteps) {
  return (int32_t)(start + (int64_t)bias * timesteps + (int64_t)current * unit);
}

/* All timesteps at once: N = clamp(floor((I·unit + T·k + V0) / θ), 0, T). */
static inline void spikec_fire_all(const int32_t *restrict current, int32_t *restrict counts,
                                   const int32_t *restrict bias, const int32_t *restrict threshold,
                                   const int32_t *restrict start, int32_t count, int32_t period,
                                   int32_t unit, int32_t timesteps) {
  for (int32_t base = 0; base < count; base += period) {
    for (int32_t i = 0; i < period; ++i) {
      const int32_t charge =
          spikec_charge(start[i], bias[i], current[base + i], unit, timesteps);
      const int32_t spikes = charge > 0 ? charge / threshold[i] : 0;
      counts[base + i] = spikes < timesteps ? spikes : timesteps;
    }
  }
}

/* Adds `timesteps` timesteps of bias and the current to the read-out. */
static inline void spikec_read_out(int32_t *restrict sums, const int32_t *restrict current,
                                   const int32_t *restrict bias, int32_t count, int32_t period,
                                   int32_t unit, int32_t timesteps) {
  for (int32_t base = 0; base < count; base += period) {
    for (int32_t i = 0; i < period; ++i) {
      sums[base + i] = spikec_charge(sums[base + i], bias[i], current[base + i], unit, timesteps);
    }
  }
}

static inline void spikec_repeat(const int32_t *restrict from, int32_t *restrict to, int32_t count,
                                 int32_t period) {
  for (int32_t base = 0; base < count; base += period) spikec_copy(from, to + base, period);
}

/* The level of a directly coded input. Compared so that a NaN counts as the lowest. */
static inline int32_t spikec_direct(double x, double offset, double step, double low, double high) {
  const double level = floor((x - offset) / step + 0.5);
  return (int32_t)(level > low ? (level < high ? level : high) : low);
}

/* The input's relative value, 0 to 1, for rate and Poisson coding; 0 for a NaN. */
static inline double spikec_relative(double x, double offset, double step) {
  const double value = (x - offset) / step;
  return value > 0 ? (value < 1 ? value : 1) : 0;
}

/* Evenly spaced spikes: how many of them come up to timestep t. */
static inline int32_t spikec_rate(double value, int32_t t) {
  return (int32_t)floor(value * (double)t);
}

/* The finaliser of splitmix64 (Steele, Lea and Flood 2014), one step ahead of x. */
static inline uint64_t spikec_mix(uint64_t x) {
  uint64_t z = x + UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

/* Whether element i spikes at timestep t, counted from 1: a hash below `value`. */
static inline int32_t spikec_poisson(double value, uint64_t seed, uint64_t sample, int32_t t,
                                     int32_t i) {
  uint64_t hash = spikec_mix(seed ^ sample);
  hash = spikec_mix(hash ^ (uint64_t)t);
  hash = spikec_mix(hash ^ (uint64_t)i);
  return (double)(hash >> 11) < value * 9007199254740992.0;
}

/* Adds up the spikes of a source and what they drive: fan_out holds one number per `run`
 * consecutive elements. */
static inline void spikec_count(const int32_t *restrict values, int32_t count,
                                const uint32_t *restrict fan_out, int32_t run, uint64_t *spikes,
                                uint64_t *operations) {
  for (int32_t base = 0; base < count; base += run) {
    int64_t here = 0;
    for (int32_t i = 0; i < run; ++i) here += values[base + i];
    *spikes += (uint64_t)here;
    *operations += (uint64_t)here * fan_out[base / run];
  }
}

#endif
