/* Holds the packed kernels of every instruction set that this processor has against plain sums, on
 * random geometry. Prints how many sets took part. */
#include <stdio.h>
#include <stdlib.h>

#define SPIKEC_MAX_TAPS 1
#include "spikec_kernels.h"

enum { LEVELS = 1 << 14, WEIGHTS = 1 << 16, CURRENTS = 1 << 12 };

static uint8_t bytes[LEVELS];
static int16_t words[LEVELS];
static int8_t weights[WEIGHTS];
static int32_t before[CURRENTS], expected[CURRENTS], found[CURRENTS];
static unsigned state = 1;

/* From 0 to n - 1. */
static int32_t pick(int32_t n) {
  state = state * 1103515245u + 12345u;
  return (int32_t)((state >> 8) % (unsigned)n);
}

static void expect(const spikec_taps *t, const spikec_outputs *o, int32_t first, int32_t end,
                   int is_byte) {
  memcpy(expected, before, sizeof before);
  const int32_t quads = t->rows * t->columns * t->quads;
  for (int32_t x = 0; x < o->rows * o->width; ++x) {
    const int32_t window = x / o->width * t->line_stride + x % o->width * t->pixel_stride;
    for (int32_t c = first * SPIKEC_STRIP; c < end * SPIKEC_STRIP && c < o->channels; ++c) {
      const int8_t *w = weights + (c / 16 * quads * 16 + c % 16) * 4;
      int32_t sum = 0;
      for (int32_t row = 0; row < t->rows; ++row) {
        for (int32_t column = 0; column < t->columns; ++column) {
          for (int32_t i = 0; i < 4 * t->quads; ++i) {
            const int32_t place = window + row * t->row_stride + column * t->column_stride + i;
            sum += (is_byte ? bytes[place] : words[place]) * w[i / 4 * 64 + i % 4];
          }
          w += t->quads * 64;
        }
      }
      expected[x * o->channels + c] += sum * o->scale;
    }
  }
}

static int is_wrong(const char *set) {
  if (memcmp(expected, found, sizeof found) == 0) return 0;
  fprintf(stderr, "%s differs\n", set);
  return 1;
}

#define TRY(row, level)                         \
  memcpy(found, before, sizeof before);         \
  row(level, &t, weights, found, &o, first, end); \
  if (is_wrong(#row)) return 1;

int main(void) {
  int sets = 1;
  for (int i = 0; i < LEVELS; ++i) bytes[i] = (uint8_t)pick(256);
  for (int i = 0; i < LEVELS; ++i) words[i] = (int16_t)(pick(65536) - 32768);
  for (int i = 0; i < WEIGHTS; ++i) weights[i] = (int8_t)(pick(256) - 128);
  for (int i = 0; i < CURRENTS; ++i) before[i] = pick(1000) - 500;
  for (int n = 0; n < 400; ++n) {
    const spikec_taps t = {1 + pick(3), pick(300), 1 + pick(3), pick(40), 1 + pick(6), pick(30),
                           pick(300)};
    const spikec_outputs o = {1 + pick(3), 1 + pick(19), 1 + pick(70), 1 << pick(3)};
    const int32_t strips = (o.channels + SPIKEC_STRIP - 1) / SPIKEC_STRIP;
    const int32_t first = pick(strips), end = first + 1 + pick(strips - first);
    expect(&t, &o, first, end, 1);
    TRY(spikec_strips_u8_portable, bytes)
#ifdef SPIKEC_X86
    if (spikec_has_avx2()) {
      sets = 2;
      TRY(spikec_strips_u8_avx2, bytes)
    }
    if (spikec_has_avx512()) {
      sets = 3;
      TRY(spikec_strips_u8_avx512, bytes)
    }
#endif
#ifdef SPIKEC_NEON
    sets = 2;
    TRY(spikec_strips_u8_neon, bytes)
#endif
#ifdef SPIKEC_DOTPROD
    sets = 3;
    TRY(spikec_strips_u8_dot, bytes)
#endif
    expect(&t, &o, first, end, 0);
    TRY(spikec_strips_i16_portable, words)
#ifdef SPIKEC_X86
    if (spikec_has_avx2()) {
      TRY(spikec_strips_i16_avx2, words)
    }
    if (spikec_has_avx512()) {
      TRY(spikec_strips_i16_avx512, words)
    }
#endif
#ifdef SPIKEC_NEON
    TRY(spikec_strips_i16_neon, words)
#endif
  }
  printf("%d\n", sets);
  return 0;
}
