/* The loop over time in which membranes are fitted. It is C because a Swift function cannot be compiled for several
 * processors. */

#include "neurons.h"

#if defined(__x86_64__) && defined(__linux__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("default", "avx2")))
#else
#define FOR_EACH_PROCESSOR
#endif
#define INLINE static inline __attribute__((always_inline))

/* So many neurons go through all timesteps together: their membranes stay in registers. */
enum { GROUP = 64 };

/* `count` neurons from `first` on; either counts or spikes are written. */
INLINE void run_group(const spikec_population *p, const float *currents, long offset, long timesteps, float *counts,
                      int8_t *spikes, long first, long count, int is_zeroed, int is_exceeded) {
  const float *bias = p->bias + first, *threshold = p->threshold + first;
  float membrane[GROUP], total[GROUP];
  int32_t sent[GROUP];
  for (long i = 0; i < count; i++) {
    membrane[i] = p->start[first + i];
    total[i] = 0;
  }
  for (long t = 0; t < timesteps; t++) {
    const float *current = currents + t * offset + first;
    for (long i = 0; i < count; i++) {
      float charge = membrane[i] + current[i] + bias[i];
      int fires = is_exceeded ? charge > threshold[i] : charge >= threshold[i];
      membrane[i] = fires ? (is_zeroed ? 0 : charge - threshold[i]) : charge;
      total[i] += fires ? 1 : 0;
      sent[i] = fires;
    }
    for (long i = 0; spikes && i < count; i++) spikes[t * p->neurons + first + i] = (int8_t)sent[i];
  }
  for (long i = 0; counts && i < count; i++) counts[first + i] = total[i];
}

INLINE void run_neurons(const spikec_population *p, const float *currents, long offset, long timesteps, float *counts,
                        int8_t *spikes, int is_zeroed, int is_exceeded) {
  long first = 0;
  for (; first + GROUP <= p->neurons; first += GROUP)
    run_group(p, currents, offset, timesteps, counts, spikes, first, GROUP, is_zeroed, is_exceeded);
  run_group(p, currents, offset, timesteps, counts, spikes, first, p->neurons - first, is_zeroed, is_exceeded);
}

/* Constants, so that there is a loop for each without a choice in it. */
INLINE void run_population(const spikec_population *p, const float *currents, long offset, long timesteps,
                           float *counts, int8_t *spikes) {
  if (p->is_zeroed && p->is_exceeded)
    run_neurons(p, currents, offset, timesteps, counts, spikes, 1, 1);
  else if (p->is_zeroed)
    run_neurons(p, currents, offset, timesteps, counts, spikes, 1, 0);
  else if (p->is_exceeded)
    run_neurons(p, currents, offset, timesteps, counts, spikes, 0, 1);
  else
    run_neurons(p, currents, offset, timesteps, counts, spikes, 0, 0);
}

FOR_EACH_PROCESSOR
void spikec_count_spikes(const spikec_population *population, const float *currents, long offset, long timesteps,
                         float *counts) {
  run_population(population, currents, offset, timesteps, counts, 0);
}

FOR_EACH_PROCESSOR
void spikec_write_spikes(const spikec_population *population, const float *currents, long offset, long timesteps,
                         int8_t *spikes) {
  run_population(population, currents, offset, timesteps, 0, spikes);
}
