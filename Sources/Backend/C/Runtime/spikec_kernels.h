/* What an emitted spiking network is computed with: exact integers, channels last.
 *
 * Currents and membranes have 32 bits; levels, spikes and counts have the type that the compiler
 * has proven to hold them (u8, i16, i32). The compiler has proven too that no sum leaves 32 bits, so
 * plain signed arithmetic is enough, and the order of additions does not matter: every compiler and
 * instruction set gives the same spikes. Define SPIKEC_MAX_TAPS, the largest kernel area, before
 * including this file. */
#ifndef SPIKEC_KERNELS_H
#define SPIKEC_KERNELS_H

#include "spikec_base.h"

#define SPIKEC_LEVEL int32_t
#define SPIKEC_WIDER int32_t
#define SPIKEC_NAME(name) name##_i32
#include "spikec_values.h"
#undef SPIKEC_LEVEL
#undef SPIKEC_WIDER
#undef SPIKEC_NAME
#define SPIKEC_LEVEL uint8_t
#define SPIKEC_WIDER int16_t
#define SPIKEC_NAME(name) name##_u8
#include "spikec_values.h"
#undef SPIKEC_LEVEL
#undef SPIKEC_WIDER
#undef SPIKEC_NAME
#define SPIKEC_LEVEL int16_t
#define SPIKEC_WIDER int32_t
#define SPIKEC_NAME(name) name##_i16
#include "spikec_values.h"
#undef SPIKEC_LEVEL
#undef SPIKEC_WIDER
#undef SPIKEC_NAME

#include "spikec_count.h"
#include "spikec_events.h"
#include "spikec_packed.h"
#include "spikec_tables.h"

static inline void spikec_clear(int32_t *values, int32_t count) {
  memset(values, 0, (size_t)count * sizeof *values);
}

static inline void spikec_repeat(const int32_t *restrict from, int32_t *restrict to, int32_t count,
                                 int32_t period) {
  for (int32_t base = 0; base < count; base += period) {
    memcpy(to + base, from, (size_t)period * sizeof *to);
  }
}

/* Adds the current and T timesteps of bias to the read-out, modulo 2^32; the whole fits. */
static inline void spikec_read_out(int32_t *restrict sums, const int32_t *restrict current,
                                   const int32_t *restrict bias, int32_t count, int32_t period,
                                   uint32_t gain, int32_t timesteps) {
  for (int32_t base = 0; base < count; base += period) {
    for (int32_t i = 0; i < period; ++i) {
      sums[base + i] = (int32_t)((uint32_t)sums[base + i] + (uint32_t)bias[i] * (uint32_t)timesteps +
                                 (uint32_t)current[base + i] * gain);
    }
  }
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

#endif
