/* What the benchmark calls of an emitted network: built with its folder as one shared library. */
#include <stddef.h>

#include "net.h"

size_t bench_state_bytes(void) { return sizeof(net_state); }

size_t bench_weight_bytes(void) { return net_WEIGHT_BYTES; }

void bench_init(net_state *state, const void *weights) { net_init(state, weights); }

void bench_run(net_state *state, const net_input *images, size_t count, double *logits) {
  for (size_t n = 0; n < count; ++n) {
    net_infer(state, images + n * net_INPUT_COUNT, logits + n * net_OUTPUT_COUNT);
  }
}
