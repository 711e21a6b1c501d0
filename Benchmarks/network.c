/* What the benchmark calls of an emitted network: built with its folder as one shared library. */
#include <stddef.h>

#include "net.h"

size_t bench_state_bytes(void) { return sizeof(net_state); }

size_t bench_weight_bytes(void) { return net_WEIGHT_BYTES; }

size_t bench_input_count(void) { return net_INPUT_COUNT; }

size_t bench_output_count(void) { return net_OUTPUT_COUNT; }

void bench_init(net_state *state, const void *weights) { net_init(state, weights); }

/* Pipelined networks can stop before their last timestep. */
void bench_run(net_state *state, const net_input *images, size_t count, int timesteps,
               double *logits) {
  for (size_t n = 0; n < count; ++n) {
#if net_IS_PIPELINED
    net_begin(state, images + n * net_INPUT_COUNT);
    net_run(state, timesteps);
    net_read(state, logits + n * net_OUTPUT_COUNT);
#else
    (void)timesteps;
    net_infer(state, images + n * net_INPUT_COUNT, logits + n * net_OUTPUT_COUNT);
#endif
  }
}

/* Spikes of all populations in one run. */
double bench_spikes(net_state *state, const net_input *image, int timesteps) {
  double logits[net_OUTPUT_COUNT], spikes = 0;
  state->counts = 1;
  bench_run(state, image, 1, timesteps, logits);
  state->counts = 0;
  for (int i = 0; i < net_SOURCES; ++i) {
    if (net_source_is_population[i]) spikes += (double)state->spikes[i];
  }
  return spikes;
}
