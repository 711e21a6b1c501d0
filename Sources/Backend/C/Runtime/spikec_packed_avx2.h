/* Tiles of two pixels in AVX2, for one type of level; see spikec_packed.h. Levels and weights are
 * widened to 16 bits for vpmaddwd, because vpmaddubsw would saturate. */
#define SPIKEC_KERNEL(name) SPIKEC_NAME_OF(name, avx2)
#define SPIKEC_TARGET SPIKEC_AVX2
#define SPIKEC_TILE_BLOCKS 1
#define SPIKEC_TILE_PIXELS 2

/* Four levels, four times. */
SPIKEC_AVX2 SPIKEC_INLINE __m256i SPIKEC_KERNEL(spikec_quad)(const SPIKEC_LEVEL *level) {
  int64_t quad = 0;
  memcpy(&quad, level, SPIKEC_QUAD * sizeof *level);
  if (sizeof *level == 1) return _mm256_cvtepu8_epi16(_mm_set1_epi32((int32_t)quad));
  return _mm256_set1_epi64x(quad);
}

/* Adds the first `lanes` sums of a block to the currents. `part[i]` holds two halves of each of the
 * outputs 4·i to 4·i + 3. */
SPIKEC_AVX2 SPIKEC_INLINE void SPIKEC_KERNEL(spikec_add_sums)(int32_t *current,
                                                              const __m256i part[4],
                                                              int32_t scale, int32_t lanes) {
  int32_t sums[SPIKEC_LANES];
  for (int i = 0; i < 2; ++i) {
    const __m256i pairs = _mm256_hadd_epi32(part[2 * i], part[2 * i + 1]);
    const __m256i ordered = _mm256_permute4x64_epi64(pairs, 0xd8);
    _mm256_storeu_si256((__m256i *)(void *)(sums + 8 * i), ordered);
  }
  for (int i = 0; i < SPIKEC_LANES && i < lanes; ++i) current[i] += sums[i] * scale;
}

SPIKEC_AVX2 SPIKEC_INLINE void SPIKEC_KERNEL(spikec_tile)(
    const SPIKEC_LEVEL *level, const spikec_taps *taps, const int32_t *offsets,
    const int8_t *weight, size_t block_stride, int32_t *current, const spikec_outputs *outputs, int32_t lanes, const int pixels,
    const int blocks) {
  __m256i sums[SPIKEC_TILE_PIXELS][4];
  (void)block_stride;
  (void)blocks;
  SPIKEC_UNROLL for (int p = 0; p < pixels; ++p) {
    SPIKEC_UNROLL for (int i = 0; i < 4; ++i) sums[p][i] = _mm256_setzero_si256();
  }
  for (int32_t row = 0; row < taps->rows; ++row) {
    for (int32_t column = 0; column < taps->columns; ++column) {
      const SPIKEC_LEVEL *from = level + row * taps->row_stride + column * taps->column_stride;
      for (int32_t quad = 0; quad < taps->quads; ++quad) {
        __m256i w[4];
        SPIKEC_UNROLL for (int i = 0; i < 4; ++i) {
          w[i] = _mm256_cvtepi8_epi16(
              _mm_loadu_si128((const __m128i *)(const void *)(weight + 16 * i)));
        }
        SPIKEC_UNROLL for (int p = 0; p < pixels; ++p) {
          const __m256i levels = SPIKEC_KERNEL(spikec_quad)(from + offsets[p]);
          SPIKEC_UNROLL for (int i = 0; i < 4; ++i) {
            sums[p][i] = _mm256_add_epi32(sums[p][i], _mm256_madd_epi16(levels, w[i]));
          }
        }
        from += SPIKEC_QUAD;
        weight += SPIKEC_QUAD * SPIKEC_LANES;
      }
    }
  }
  SPIKEC_UNROLL for (int p = 0; p < pixels; ++p) {
    SPIKEC_KERNEL(spikec_add_sums)(current + p * outputs->channels, sums[p], outputs->scale, lanes);
  }
}

#include "spikec_packed_band.h"
