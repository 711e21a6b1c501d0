/* Tiles in AVX-512, for both types of level: vpdpbusd for bytes, vpdpwssd for 16 bits. */
/* Adds the first `lanes` sums to the currents. */
SPIKEC_AVX512 SPIKEC_INLINE void spikec_add_sums_avx512(int32_t *current, __m512i sums, int32_t scale, int32_t lanes) {
  const __mmask16 mask = (__mmask16)(lanes < SPIKEC_LANES ? (1u << lanes) - 1u : 0xffffu);
  const __m512i scaled = _mm512_mullo_epi32(sums, _mm512_set1_epi32(scale));
  const __m512i old = _mm512_maskz_loadu_epi32(mask, current);
  _mm512_mask_storeu_epi32(current, mask, _mm512_add_epi32(old, scaled));
}

SPIKEC_AVX512 SPIKEC_INLINE __m512i spikec_quad_u8_avx512(const uint8_t *level) {
  int32_t quad;
  memcpy(&quad, level, sizeof quad);
  return _mm512_set1_epi32(quad);
}

SPIKEC_AVX512 SPIKEC_INLINE __m512i spikec_quad_i16_avx512(const int16_t *level) {
  int64_t quad;
  memcpy(&quad, level, sizeof quad);
  return _mm512_set1_epi64(quad);
}

SPIKEC_AVX512 SPIKEC_INLINE void spikec_tile_u8_avx512(const uint8_t *level, const spikec_taps *taps,
                                  const int32_t *offsets, const int8_t *weight,
                                  size_t block_stride, int32_t *current,
                                  const spikec_outputs *outputs, int32_t lanes, const int pixels,
                                  const int blocks) {
  __m512i sums[8][2];
  SPIKEC_UNROLL for (int p = 0; p < pixels; ++p) {
    SPIKEC_UNROLL for (int b = 0; b < blocks; ++b) sums[p][b] = _mm512_setzero_si512();
  }
  for (int32_t row = 0; row < taps->rows; ++row) {
    for (int32_t column = 0; column < taps->columns; ++column) {
      const uint8_t *from = level + row * taps->row_stride + column * taps->column_stride;
      for (int32_t quad = 0; quad < taps->quads; ++quad) {
        __m512i w[2];
        SPIKEC_UNROLL for (int b = 0; b < blocks; ++b) {
          w[b] = _mm512_loadu_si512(weight + (size_t)b * block_stride);
        }
        SPIKEC_UNROLL for (int p = 0; p < pixels; ++p) {
          const __m512i levels = spikec_quad_u8_avx512(from + offsets[p]);
          SPIKEC_UNROLL for (int b = 0; b < blocks; ++b) {
            sums[p][b] = _mm512_dpbusd_epi32(sums[p][b], levels, w[b]);
          }
        }
        from += SPIKEC_QUAD;
        weight += SPIKEC_QUAD * SPIKEC_LANES;
      }
    }
  }
  SPIKEC_UNROLL for (int p = 0; p < pixels; ++p) {
    SPIKEC_UNROLL for (int b = 0; b < blocks; ++b) {
      spikec_add_sums_avx512(current + p * outputs->channels + b * SPIKEC_LANES, sums[p][b],
                      outputs->scale, lanes - b * SPIKEC_LANES);
    }
  }
}

#define SPIKEC_TARGET SPIKEC_AVX512
#define SPIKEC_TILE_BLOCKS 2
#define SPIKEC_TILE_PIXELS 8
#define SPIKEC_LEVEL uint8_t
#define SPIKEC_KERNEL(name) name##_u8_avx512
#include "spikec_packed_band.h"
#undef SPIKEC_LEVEL

/* Adds up the two halves of each quad: `low` holds those of outputs 0 to 7, `high` the rest. */
SPIKEC_AVX512 SPIKEC_INLINE __m512i spikec_add_halves(__m512i low, __m512i high) {
  const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const __m512i odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  return _mm512_add_epi32(_mm512_permutex2var_epi32(low, even, high),
                          _mm512_permutex2var_epi32(low, odd, high));
}

SPIKEC_AVX512 SPIKEC_INLINE void spikec_tile_i16_avx512(const int16_t *level, const spikec_taps *taps,
                                   const int32_t *offsets, const int8_t *weight,
                                   size_t block_stride, int32_t *current,
                                   const spikec_outputs *outputs, int32_t lanes, const int pixels,
                                   const int blocks) {
  __m512i sums[4][2][2];
  SPIKEC_UNROLL for (int p = 0; p < pixels; ++p) {
    SPIKEC_UNROLL for (int b = 0; b < blocks; ++b) {
      sums[p][b][0] = sums[p][b][1] = _mm512_setzero_si512();
    }
  }
  for (int32_t row = 0; row < taps->rows; ++row) {
    for (int32_t column = 0; column < taps->columns; ++column) {
      const int16_t *from = level + row * taps->row_stride + column * taps->column_stride;
      for (int32_t quad = 0; quad < taps->quads; ++quad) {
        __m512i w[2][2];
        SPIKEC_UNROLL for (int b = 0; b < blocks; ++b) {
          const __m256i *bytes = (const __m256i *)(const void *)(weight + (size_t)b * block_stride);
          w[b][0] = _mm512_cvtepi8_epi16(_mm256_loadu_si256(bytes));
          w[b][1] = _mm512_cvtepi8_epi16(_mm256_loadu_si256(bytes + 1));
        }
        SPIKEC_UNROLL for (int p = 0; p < pixels; ++p) {
          const __m512i levels = spikec_quad_i16_avx512(from + offsets[p]);
          SPIKEC_UNROLL for (int b = 0; b < blocks; ++b) {
            sums[p][b][0] = _mm512_dpwssd_epi32(sums[p][b][0], levels, w[b][0]);
            sums[p][b][1] = _mm512_dpwssd_epi32(sums[p][b][1], levels, w[b][1]);
            /* Says nothing, but GCC then leaves sums in their registers. */
            __asm__("" : "+v"(sums[p][b][0]), "+v"(sums[p][b][1]));
          }
        }
        from += SPIKEC_QUAD;
        weight += SPIKEC_QUAD * SPIKEC_LANES;
      }
    }
  }
  SPIKEC_UNROLL for (int p = 0; p < pixels; ++p) {
    SPIKEC_UNROLL for (int b = 0; b < blocks; ++b) {
      spikec_add_sums_avx512(current + p * outputs->channels + b * SPIKEC_LANES,
                      spikec_add_halves(sums[p][b][0], sums[p][b][1]), outputs->scale,
                      lanes - b * SPIKEC_LANES);
    }
  }
}

#define SPIKEC_TARGET SPIKEC_AVX512
#define SPIKEC_TILE_BLOCKS 2
#define SPIKEC_TILE_PIXELS 4
#define SPIKEC_LEVEL int16_t
#define SPIKEC_KERNEL(name) name##_i16_avx512
#include "spikec_packed_band.h"
#undef SPIKEC_LEVEL
