/* Runs net on events: a file of its input's levels, one row of 32-bit integers per timestep.
 * Writes the logits as doubles. */
#include <stdio.h>
#include <stdlib.h>

#include "net.h"

int main(int argc, char **argv) {
  static net_state state;
  static int32_t levels[net_INPUT_COUNT];
  double logits[net_OUTPUT_COUNT];
  FILE *in = argc == 3 ? fopen(argv[1], "rb") : NULL;
  FILE *out = argc == 3 ? fopen(argv[2], "wb") : NULL;
  if (!in || !out) return 1;
  net_init(&state, NULL);
  net_begin_events(&state);
  while (fread(levels, sizeof levels, 1, in) == 1) net_step_events(&state, levels);
  net_read(&state, logits);
  fwrite(logits, sizeof logits, 1, out);
  fclose(in);
  return fclose(out);
}
