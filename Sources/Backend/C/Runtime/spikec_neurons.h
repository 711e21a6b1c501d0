/* Neurons of other simulators and chips: populations of networks that were compiled for them. */
#ifndef SPIKEC_NEURONS_H
#define SPIKEC_NEURONS_H

#include <stdint.h>

/* What differs from V >= θ, one spike, V -= θ. */
typedef struct {
  int32_t zeroes;   /* V = 0 after a spike, instead of V -= θ for each */
  int32_t exceeds;  /* fires for V > θ */
  int32_t most;     /* spikes at one timestep */
  int32_t has_floor;
  int32_t floor;    /* the least V after a timestep, in thresholds */
} spikec_neuron;

static inline int32_t spikec_neuron_spikes(int32_t charge, int32_t threshold, spikec_neuron n) {
  if (n.most > 1) {
    if (charge < threshold) return 0;
    const int32_t count = charge / threshold;
    return count < n.most ? count : n.most;
  }
  return n.exceeds ? charge > threshold : charge >= threshold;
}

static inline int32_t spikec_neuron_rest(int32_t charge, int32_t threshold, int32_t spikes,
                                         spikec_neuron n) {
  int32_t rest = charge;
  if (spikes) rest = n.zeroes ? 0 : charge - spikes * threshold;
  if (n.has_floor && rest < n.floor * threshold) rest = n.floor * threshold;
  return rest;
}

/* One timestep of a population; constants repeat after `period` neurons. */
#define SPIKEC_NEURON_STEP(suffix, level)                                                          \
  static inline void spikec_neuron_step_##suffix(                                                  \
      int32_t *restrict membrane, const int32_t *restrict current, level *restrict spikes,         \
      const int32_t *restrict bias, const int32_t *restrict threshold, int32_t count,              \
      int32_t period, int32_t unit, spikec_neuron n) {                                             \
    for (int32_t base = 0; base < count; base += period) {                                         \
      for (int32_t i = 0; i < period; ++i) {                                                       \
        const int32_t charge = membrane[base + i] + bias[i] + current[base + i] * unit;            \
        const int32_t sent = spikec_neuron_spikes(charge, threshold[i], n);                        \
        spikes[base + i] = (level)sent;                                                            \
        membrane[base + i] = spikec_neuron_rest(charge, threshold[i], sent, n);                    \
      }                                                                                            \
    }                                                                                              \
  }

SPIKEC_NEURON_STEP(u8, uint8_t)
SPIKEC_NEURON_STEP(i16, int16_t)
SPIKEC_NEURON_STEP(i32, int32_t)

#endif
