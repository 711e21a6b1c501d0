#ifndef SPIKEC_NEURONS_H
#define SPIKEC_NEURONS_H

#include <stdint.h>

/* A population of neurons that send one spike at a time and at once, and whose membranes nothing else changes; an array
 * of its own for each constant. */
typedef struct {
  long neurons;
  const float *start;
  const float *bias;
  const float *threshold;
  /* Whether a spike sets V to 0, and does not take the threshold from it. */
  int is_zeroed;
  /* Whether V has to exceed the threshold, and not only to reach it. */
  int is_exceeded;
} spikec_population;

/* Writes the number of spikes of each neuron. The currents of one timestep lie `offset` behind those of the one before. */
void spikec_count_spikes(const spikec_population *population, const float *currents, long offset, long timesteps,
                         float *counts);

/* Writes the spikes of all timesteps, one timestep after the other. */
void spikec_write_spikes(const spikec_population *population, const float *currents, long offset, long timesteps,
                         int8_t *spikes);

#endif
