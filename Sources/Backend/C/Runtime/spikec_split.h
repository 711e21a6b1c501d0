/* Levels of 16 bits that are never negative, such as counts, of which few pass 255: where bytes have
 * dot products of their own, a synapse's frame is split. Its low bytes lie in a frame as those of
 * other levels do; of the high bytes, the quads that are not all 0 are listed, row by row. Elsewhere
 * the frame holds the levels as they are. */
#ifndef SPIKEC_SPLIT_H
#define SPIKEC_SPLIT_H

#include "spikec_base.h"

/* Levels of a quad, whose weights lie together. */
#define SPIKEC_QUAD 4

/* A frame that can be split: its pixels in a row, the quads of a pixel, and where the lists begin,
 * in bytes; no lists where `quads` is 0. */
typedef struct spikec_split {
  int32_t width, quads;
  int32_t lists;
} spikec_split;

enum { spikec_split_lanes = 16 /* quads that lists are written and read beyond their ends */ };

/* The list of a row: of the first `starts[x]` quads, none is part of pixel x. */
typedef struct spikec_split_row {
  uint32_t *levels;
  uint16_t *places, *starts;
} spikec_split_row;

/* The row's place; `frame` is aligned to 4 bytes. */
static inline spikec_split_row spikec_row_of_split(const spikec_split *s, const void *frame,
                                                   int32_t row) {
  const int32_t most = s->width * s->quads + spikec_split_lanes;
  const int32_t size = most * 6 + (s->width + 2) / 2 * 4;
  uint8_t *const here = (uint8_t *)(uintptr_t)frame + s->lists + row * ((size + 3) / 4 * 4);
  const spikec_split_row result = {(uint32_t *)(void *)here, (uint16_t *)(void *)(here + 4 * most),
                                   (uint16_t *)(void *)(here + 6 * most)};
  return result;
}

/* Whether frames are split on this processor. */
static inline int spikec_splits(void) {
#ifdef SPIKEC_X86
  return spikec_has_avx512();
#else
  return 0;
#endif
}

#ifdef SPIKEC_X86
/* Splits a row of levels that begins at pixel `x`. */
SPIKEC_AVX512 static inline void spikec_split_levels(const spikec_split *s, const int16_t *from,
                                                     int32_t pixels, int32_t x, uint8_t *low,
                                                     const spikec_split_row *row) {
  const __m256i steps = _mm256_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  int32_t count = 0;
  memset(row->starts, 0, (size_t)x * sizeof *row->starts);
  for (int32_t end = x + pixels; x < end; ++x) {
    row->starts[x] = (uint16_t)count;
    for (int32_t q = 0; q < s->quads; q += 8) {
      const int32_t left = s->quads - q, levels = SPIKEC_QUAD * left;
      const __mmask32 valid = left < 8 ? (1u << levels) - 1u : 0xffffffffu;
      const __m512i words = _mm512_maskz_loadu_epi16(valid, from + SPIKEC_QUAD * q);
      const __m256i high = _mm512_cvtepi16_epi8(_mm512_srli_epi16(words, 8));
      const __mmask8 found = _mm256_test_epi32_mask(high, high);
      const __m256i places = _mm256_add_epi16(steps, _mm256_set1_epi16((int16_t)(x * s->quads + q)));
      _mm256_mask_storeu_epi8(low + SPIKEC_QUAD * (x * s->quads + q), valid,
                              _mm512_cvtepi16_epi8(words));
      _mm256_storeu_si256((__m256i *)(void *)(row->levels + count),
                          _mm256_maskz_compress_epi32(found, high));
      _mm_storeu_si128((__m128i *)(void *)(row->places + count),
                       _mm_maskz_compress_epi16(found, _mm256_castsi256_si128(places)));
      count += (int32_t)_mm_popcnt_u32(found);
    }
    from += SPIKEC_QUAD * s->quads;
  }
  for (; x <= s->width; ++x) row->starts[x] = (uint16_t)count;
}
#endif

/* Copies levels to where there are no zeros around them: one pixel. */
static inline void spikec_copy_split(const int16_t *from, int16_t *frame, const spikec_split *s) {
#ifdef SPIKEC_X86
  if (spikec_splits()) {
    uint8_t *const low = (uint8_t *)frame;
    const spikec_split_row row = spikec_row_of_split(s, frame, 0);
    spikec_split_levels(s, from, 1, 0, low, &row);
    return;
  }
#endif
  spikec_copy_i16(from, frame, SPIKEC_QUAD * s->quads);
}

/* As spikec_frame_i16. */
static inline void spikec_frame_split(const int16_t *in, int16_t *frame, const spikec_window w,
                                      const spikec_split *s, int32_t y) {
#ifdef SPIKEC_X86
  if (spikec_splits()) {
    const spikec_frame_row part = spikec_row_of_frame(&w, s->width, y);
    const spikec_split_row row = spikec_row_of_split(s, frame, y);
    uint8_t *const low = (uint8_t *)frame + y * part.line;
    memset(low, 0, (size_t)part.line);
    spikec_split_levels(s, in + part.from, part.run / w.in_channels,
                        part.before / w.in_channels, low, &row);
    return;
  }
#endif
  spikec_frame_i16(in, frame, w, s->width, y);
}

#endif
