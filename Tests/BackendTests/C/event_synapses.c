/* Holds the event-driven synapses of every instruction set that this processor has against plain
 * sums, on random geometry. Prints how many sets took part. */
#include <stdio.h>
#include <stdlib.h>

#define SPIKEC_MAX_TAPS 16
#include "spikec_kernels.h"

enum { LEVELS = 1 << 15, WEIGHTS = 1 << 18, CURRENTS = 1 << 17, SCRATCH = 1 << 20 };

static uint8_t levels[LEVELS], spikes[CURRENTS];
static int8_t weights[WEIGHTS], packed[WEIGHTS];
static int32_t before[CURRENTS], expected[CURRENTS], found[CURRENTS];
static uint16_t scratch[SCRATCH];
static unsigned state = 1;

/* From 0 to n - 1. */
static int32_t pick(int32_t n) {
  state = state * 1103515245u + 12345u;
  return (int32_t)((state >> 8) % (unsigned)n);
}

/* [outputs][inputs] in tiles. */
static void pack(int32_t inputs, int32_t outputs) {
  int8_t *to = packed;
  for (int32_t first = 0; first < outputs;) {
    const int32_t width = spikec_event_width(outputs - first);
    for (int32_t i = 0; i <= inputs; ++i) {
      for (int32_t byte = 0; byte < width; ++byte) {
        const int32_t o = first + spikec_event_output(byte, width);
        const int weight = o < outputs && i < inputs ? weights[o * inputs + i] : 0;
        *to++ = (int8_t)(weight < 0 ? weight + 128 : weight - 128);
      }
    }
    first += width;
  }
}

static int32_t sum(const spikec_window *w, const uint8_t *level, int32_t y, int32_t x, int32_t o) {
  const int8_t *weight = weights + o * w->kernel_height * w->kernel_width * w->in_channels;
  int32_t total = 0;
  for (int32_t ky = 0; ky < w->kernel_height; ++ky) {
    for (int32_t kx = 0; kx < w->kernel_width; ++kx) {
      const int32_t row = y * w->stride_y - w->pad_top + ky * w->dilation_y;
      const int32_t column = x * w->stride_x - w->pad_left + kx;
      for (int32_t c = 0; c < w->in_channels; ++c, ++weight) {
        if (row < 0 || row >= w->in_height || column < 0 || column >= w->in_width) continue;
        total += level[(row * w->in_width + column) * w->in_channels + c] * *weight;
      }
    }
  }
  return total;
}

static spikec_window window(void) {
  spikec_window w = {1 + pick(7), 1 + pick(7), 1 + pick(70), 0, 0, 1 + pick(200), 1 + pick(3),
                     1 + pick(3), 1 + pick(3), 1 + pick(3), pick(3), pick(3), 1 + pick(2), 1};
  if (pick(2)) w.in_channels = 1 + pick(6);
  if (pick(2)) w.out_channels = 16 * (1 + pick(4));
  w.out_height = 1 + pick(4);
  w.out_width = 1 + pick(pick(2) ? 4 : 20);
  return w;
}

#ifdef SPIKEC_X86
static uint8_t tables[1 << 21];
static int32_t lowest[256], starts[257], places[1 << 15];
static uint32_t indices[1 << 17];
static spikec_tables look_up;

/* Four sums of four weights from the lowest on, which it gives. */
static int32_t fill(const int32_t *four, uint8_t *table) {
  int32_t least = 0;
  for (int i = 0; i < 4; ++i) least += four[i] < 0 ? four[i] : 0;
  for (int spikes = 0; spikes < 16; ++spikes) {
    int32_t total = -least;
    for (int i = 0; i < 4; ++i) total += spikes >> i & 1 ? four[i] : 0;
    table[spikes] = (uint8_t)total;
  }
  return least;
}

/* Four weights as fours, each of which spans no more than a byte; gives how many. */
static int32_t split(const int32_t *four, int32_t (*parts)[4]) {
  int32_t count = 1, span = 0;
  memset(parts, 0, 4 * sizeof *parts);
  for (int i = 0; i < 4; ++i) {
    const int32_t size = four[i] < 0 ? -four[i] : four[i];
    span += size;
    if (span > 255) {
      ++count;
      span = size;
    }
    parts[count - 1][i] = four[i];
  }
  return count;
}

/* The tables of 16 weights, of which `further` holds what the first ones cannot; gives how many
 * further ones there are, and adds up the lowest sums. */
static int32_t fill_group(const int32_t *group, uint8_t *first, uint8_t *further, int32_t *least) {
  int32_t parts[4][4][4], most = 1;
  for (int j = 0; j < 4; ++j) {
    const int32_t count = split(group + 4 * j, parts[j]);
    most = count > most ? count : most;
  }
  for (int32_t n = 0; n < most; ++n) {
    for (int j = 0; j < 4; ++j) {
      *least += fill(parts[j][n], (n == 0 ? first : further + 64 * (n - 1)) + 16 * j);
    }
  }
  return most - 1;
}

static void prepare(const spikec_window *w) {
  const int32_t groups = (w->in_channels + 15) / 16, taps = w->kernel_height * w->kernel_width;
  const int32_t inputs = (w->in_width + w->pad_left - 1) / w->stride_x + 1;
  const int32_t reach = (w->out_width + 15) / 16 * 16 + w->kernel_width;
  const spikec_tables e = {*w, groups, ((inputs > reach ? inputs : reach) + 15) / 16 * 16,
                           (w->kernel_height - 1) * w->dilation_y + 1};
  uint8_t *const further = tables + w->out_channels * taps * groups * 64;
  int32_t n = 0;
  look_up = e;
  for (int32_t o = 0; o < w->out_channels; ++o) {
    lowest[o] = 0;
    starts[o] = n;
    for (int32_t i = 0; i < taps * groups; ++i) {
      const int32_t kx = i % w->kernel_width, first = i / w->kernel_width % groups * 16;
      const int32_t tap = i / w->kernel_width / groups * w->kernel_width + kx;
      int32_t group[16] = {0};
      for (int32_t c = first; c < first + 16 && c < w->in_channels; ++c) {
        group[c - first] = weights[(o * taps + tap) * w->in_channels + c];
      }
      int32_t more = fill_group(group, tables + (o * taps * groups + i) * 64, further + 64 * n,
                                &lowest[o]);
      for (; more > 0; --more) places[n++] = i;
    }
  }
  starts[w->out_channels] = n;
}

static void synapse_tables(const spikec_events *e, const uint8_t *level, int32_t stride,
                           int32_t steps, const int8_t *weight, uint16_t *lists,
                           const spikec_event_target *target) {
  const spikec_table_weights all = {tables, lowest, starts, places};
  (void)e, (void)weight, (void)lists;
  spikec_table_synapse(&look_up, level, stride, steps, &all, indices, target);
}
#endif

typedef void synapse(const spikec_events *e, const uint8_t *level, int32_t stride, int32_t steps,
                     const int8_t *weight, uint16_t *lists, const spikec_event_target *target);

/* Currents, and what a population makes of them. */
static int is_wrong(synapse *run, const char *set, const spikec_events *e, int32_t steps,
                    int32_t unit) {
  static int32_t membrane[CURRENTS], bias[256], threshold[256];
  const spikec_window *const w = &e->window;
  const int32_t inputs = w->in_height * w->in_width * w->in_channels;
  const int32_t outputs = w->out_height * w->out_width * w->out_channels;
  memcpy(found, before, sizeof found);
  const spikec_event_target currents = {NULL, NULL, NULL, 0, unit, NULL, found, outputs};
  run(e, levels, inputs, steps, packed, scratch, &currents);
  int wrong = memcmp(found, expected, sizeof found) != 0;
  for (int i = 0; i < 256; ++i) {
    bias[i] = i - 100;
    threshold[i] = 1 + 37 * i;
  }
  memset(membrane, 0, sizeof membrane);
  const spikec_event_target fire = {membrane, bias, threshold, w->out_channels, unit,
                                    spikes,   NULL, outputs};
  run(e, levels, inputs, steps, packed, scratch, &fire);
  for (int32_t i = 0; i < outputs; ++i) {
    int32_t charge = 0;
    for (int32_t t = 0; t < steps; ++t) {
      const int32_t c = i % w->out_channels, place = t * outputs + i;
      charge += bias[c] + expected[place] - before[place];
      const int fires = charge >= threshold[c];
      wrong |= spikes[place] != fires;
      charge -= fires ? threshold[c] : 0;
    }
    wrong |= charge != membrane[i];
  }
  if (wrong) fprintf(stderr, "%s differs\n", set);
  return wrong;
}

/* Timesteps on one current, or on one each. */
static int fires_wrong(int32_t period, int32_t is_one) {
  enum { count = 480, steps = 7 };
  static int32_t membrane[2][count], current[steps * count], bias[96], threshold[96];
  static uint8_t sent[2][steps * count];
  const int32_t apart = is_one ? 0 : count;
  for (int i = 0; i < steps * count; ++i) current[i] = pick(600) - 200;
  for (int i = 0; i < count; ++i) membrane[0][i] = membrane[1][i] = pick(900);
  for (int i = 0; i < period; ++i) {
    bias[i] = pick(100) - 50;
    threshold[i] = 1 + pick(3000);
  }
  spikec_fire_steps_u8(membrane[0], current, apart, sent[0], bias, threshold, count, period, 4,
                       steps, count);
  spikec_fire_block(membrane[1], current, apart, sent[1], bias, threshold, count, period, 4, steps,
                    count);
  const int wrong = memcmp(membrane[0], membrane[1], sizeof membrane[0]) != 0 ||
                    memcmp(sent[0], sent[1], sizeof sent[0]) != 0;
  if (wrong) fprintf(stderr, "spikec_fire_block differs\n");
  return wrong;
}

int main(void) {
  int sets = 1;
  for (int i = 0; i < 6; ++i) {
    static const int32_t periods[] = {96, 16, 40};
    if (fires_wrong(periods[i / 2], i % 2)) return 1;
  }
  for (int i = 0; i < WEIGHTS; ++i) weights[i] = (int8_t)(pick(256) - 128);
  for (int i = 0; i < CURRENTS; ++i) before[i] = pick(1000) - 500;
  for (int n = 0; n < 120; ++n) {
    const spikec_window w = window();
    const int32_t most = pick(2) ? 1 : 1 + pick(5), steps = 1 + pick(8), unit = 1 << pick(4);
    const int32_t area = w.kernel_height * w.kernel_width * w.in_channels;
    const int32_t outputs = w.out_height * w.out_width * w.out_channels;
    const spikec_events e = {w, most, (w.kernel_height - 1) * w.dilation_y + 1, 8,
                             w.in_width * w.in_channels * most + 32, area * most + 64};
    for (int i = 0; i < LEVELS; ++i) levels[i] = (uint8_t)(pick(3) ? 0 : pick(most + 1));
    pack(area, w.out_channels);
    memcpy(expected, before, sizeof expected);
    for (int32_t i = 0; i < steps * outputs; ++i) {
      const uint8_t *const level = levels + i / outputs * w.in_height * w.in_width * w.in_channels;
      const int32_t pixel = i % outputs / w.out_channels;
      expected[i] += unit * sum(&w, level, pixel / w.out_width, pixel % w.out_width,
                                i % w.out_channels);
    }
    if (is_wrong(spikec_event_layer_portable, "portable", &e, steps, unit)) return 1;
#ifdef SPIKEC_X86
    if (spikec_has_avx2()) {
      sets = 2;
      if (is_wrong(spikec_event_layer_avx2, "avx2", &e, steps, unit)) return 1;
    }
    if (spikec_has_avx512()) {
      sets = 3;
      if (is_wrong(spikec_event_layer_avx512, "avx512", &e, steps, unit)) return 1;
    }
    if (spikec_has_tables(8) && most == 1 && w.out_channels % 16 == 0) {
      sets = 4;
      prepare(&w);
      if (is_wrong(synapse_tables, "tables", &e, steps, unit)) return 1;
    }
#endif
  }
  printf("%d\n", sets);
  return 0;
}
