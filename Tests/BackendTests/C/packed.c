/* Holds the packed kernels of every instruction set that this processor has against plain sums, on
 * random geometry. Prints how many sets took part. */
#include <stdio.h>
#include <stdlib.h>

#define SPIKEC_MAX_TAPS 9
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

/* `level` is NULL for those of bytes. */
static void expect(const spikec_taps *t, const spikec_outputs *o, const int16_t *level,
                   int32_t first, int32_t end) {
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
            sum += (level ? level[place] : bytes[place]) * w[i / 4 * 64 + i % 4];
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

/* From 0 to the largest number, mostly of one byte. */
static int16_t pick_count(void) { return (int16_t)(pick(6) ? pick(256) : pick(4096)); }

/* Split frames against frames of 16 bits, on random windows; of one pixel, as dense synapses have
 * them, every fifth time. */
static int split_differs(int n) {
  static int16_t levels[LEVELS], split[2 * LEVELS];
  const int is_dense = n % 5 == 0;
  const int32_t channels = 4 * (1 + pick(is_dense ? 150 : 20)), side = is_dense ? 1 : 1 + pick(5);
  const int32_t kernel = is_dense ? 1 : 1 + pick(3), stride = 1 + pick(2), pad = pick(kernel);
  const int32_t in = (side - 1) * stride + kernel - pad, frame = (side - 1) * stride + kernel;
  const spikec_window w = {in, in, channels, side, side, 1, kernel, kernel, stride, stride,
                           pad, pad, 1, 1};
  const int32_t line = frame * channels;
  const spikec_taps t = {kernel, is_dense ? 0 : line, 1, 0, kernel * channels / 4,
                         is_dense ? 0 : stride * channels, is_dense ? 0 : stride * line,
                         {frame, channels / 4, frame * line + 4}};
  const spikec_outputs o = {1, side, 1 + pick(70), 1 << pick(3)};
  for (int32_t i = 0; i < in * in * channels; ++i) levels[i] = pick_count();
  memset(split, 1, sizeof split);
  for (int32_t y = 0; y < frame; ++y) {
    if (is_dense) {
      spikec_copy_split(levels, split, &t.split);
      spikec_copy_i16(levels, words, channels);
    } else {
      spikec_frame_split(levels, split, w, &t.split, y);
      spikec_frame_i16(levels, words, w, frame, y);
    }
  }
  const int32_t strips = (o.channels + SPIKEC_STRIP - 1) / SPIKEC_STRIP;
  const int32_t first = pick(strips), y = is_dense ? 0 : pick(side);
  expect(&t, &o, words + y * t.line_stride, first, strips);
  memcpy(found, before, sizeof before);
  spikec_packed_i16(split, &t, weights, found, &o, y, first, strips);
  return is_wrong("spikec_packed_i16 of a split frame");
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
                           pick(300), {0, 0, 0}};
    const spikec_outputs o = {1 + pick(3), 1 + pick(19), 1 + pick(70), 1 << pick(3)};
    const int32_t strips = (o.channels + SPIKEC_STRIP - 1) / SPIKEC_STRIP;
    const int32_t first = pick(strips), end = first + 1 + pick(strips - first);
    expect(&t, &o, NULL, first, end);
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
    expect(&t, &o, words, first, end);
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
  for (int n = 0; n < 400; ++n) {
    if (split_differs(n)) return 1;
  }
  printf("%d\n", sets);
  return 0;
}
