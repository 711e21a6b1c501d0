/* Tiles of four pixels with Arm's dot products of bytes (sdot), for levels that are bytes; see
 * spikec_packed.h. sdot takes signed bytes: levels lose 128, and 128 times the sum of the weights,
 * itself a dot product, is added in the end. */
#define SPIKEC_KERNEL(name) name##_u8_dot
#define SPIKEC_LEVEL uint8_t
#define SPIKEC_TARGET
#define SPIKEC_TILE_BLOCKS 1
#define SPIKEC_TILE_PIXELS 4

SPIKEC_INLINE int8x8_t spikec_quad_u8_dot(const uint8_t *level) {
  uint32_t quad;
  memcpy(&quad, level, sizeof quad);
  return vreinterpret_s8_u32(vdup_n_u32(quad ^ UINT32_C(0x80808080)));
}

SPIKEC_INLINE void spikec_tile_u8_dot(const uint8_t *level, const spikec_taps *taps,
                                      const int32_t *offsets, const int8_t *weight,
                                      size_t block_stride, int32_t *current,
                                      const spikec_outputs *outputs, int32_t lanes,
                                      const int pixels, const int blocks) {
  const int8x16_t ones = vdupq_n_s8(1);
  int32x4_t sums[SPIKEC_TILE_PIXELS][4], weights[4];
  (void)block_stride;
  (void)blocks;
  SPIKEC_UNROLL for (int i = 0; i < 4; ++i) {
    weights[i] = vdupq_n_s32(0);
    SPIKEC_UNROLL for (int p = 0; p < pixels; ++p) sums[p][i] = vdupq_n_s32(0);
  }
  for (int32_t row = 0; row < taps->rows; ++row) {
    for (int32_t column = 0; column < taps->columns; ++column) {
      const uint8_t *from = level + row * taps->row_stride + column * taps->column_stride;
      for (int32_t quad = 0; quad < taps->quads; ++quad) {
        int8x16_t w[4];
        SPIKEC_UNROLL for (int i = 0; i < 4; ++i) {
          w[i] = vld1q_s8(weight + 16 * i);
          weights[i] = vdotq_s32(weights[i], w[i], ones);
        }
        SPIKEC_UNROLL for (int p = 0; p < pixels; ++p) {
          const int8x8_t levels = spikec_quad_u8_dot(from + offsets[p]);
          SPIKEC_UNROLL for (int i = 0; i < 4; ++i) {
            sums[p][i] = vdotq_lane_s32(sums[p][i], w[i], levels, 0);
          }
        }
        from += SPIKEC_QUAD;
        weight += SPIKEC_QUAD * SPIKEC_LANES;
      }
    }
  }
  SPIKEC_UNROLL for (int p = 0; p < pixels; ++p) {
    SPIKEC_UNROLL for (int i = 0; i < 4; ++i) {
      sums[p][i] = vaddq_s32(sums[p][i], vshlq_n_s32(weights[i], 7));
    }
    spikec_add_sums_neon(current + p * outputs->channels, sums[p], outputs->scale, lanes);
  }
}

#include "spikec_packed_band.h"
#undef SPIKEC_LEVEL
