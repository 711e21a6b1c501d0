/* Tiles of four pixels in NEON, for one type of level; see spikec_packed.h. Levels and weights are
 * widened to 16 bits; loading by fours puts the 16 outputs' weights of a level beside each other. */
#define SPIKEC_KERNEL(name) SPIKEC_NAME_OF(name, neon)
#define SPIKEC_TARGET
#define SPIKEC_TILE_BLOCKS 1
#define SPIKEC_TILE_PIXELS 4

SPIKEC_INLINE int16x4_t SPIKEC_KERNEL(spikec_quad)(const SPIKEC_LEVEL *level) {
  uint64_t quad = 0;
  memcpy(&quad, level, SPIKEC_QUAD * sizeof *level);
  if (sizeof *level == 1) {
    return vget_low_s16(vreinterpretq_s16_u16(vmovl_u8(vcreate_u8(quad))));
  }
  return vcreate_s16(quad);
}

/* Adds what level `lane` of a quad drives to the sums of 16 outputs. */
#define SPIKEC_LEVEL_OF(sums, low, high, levels, lane)                               \
  do {                                                                               \
    (sums)[0] = vmlal_lane_s16((sums)[0], vget_low_s16(low), levels, lane);          \
    (sums)[1] = vmlal_lane_s16((sums)[1], vget_high_s16(low), levels, lane);         \
    (sums)[2] = vmlal_lane_s16((sums)[2], vget_low_s16(high), levels, lane);         \
    (sums)[3] = vmlal_lane_s16((sums)[3], vget_high_s16(high), levels, lane);        \
  } while (0)

SPIKEC_INLINE void SPIKEC_KERNEL(spikec_tile)(const SPIKEC_LEVEL *level, const spikec_taps *taps,
                                              const int32_t *offsets, const int8_t *weight,
                                              size_t block_stride, int32_t *current,
                                              const spikec_outputs *outputs,
                                              int32_t lanes, const int pixels, const int blocks) {
  int32x4_t sums[SPIKEC_TILE_PIXELS][4];
  (void)block_stride;
  (void)blocks;
  SPIKEC_UNROLL for (int p = 0; p < pixels; ++p) {
    SPIKEC_UNROLL for (int i = 0; i < 4; ++i) sums[p][i] = vdupq_n_s32(0);
  }
  for (int32_t row = 0; row < taps->rows; ++row) {
    for (int32_t column = 0; column < taps->columns; ++column) {
      const SPIKEC_LEVEL *from = level + row * taps->row_stride + column * taps->column_stride;
      for (int32_t quad = 0; quad < taps->quads; ++quad) {
        const int8x16x4_t w = vld4q_s8(weight);
        int16x8_t low[4], high[4];
        SPIKEC_UNROLL for (int i = 0; i < 4; ++i) {
          low[i] = vmovl_s8(vget_low_s8(w.val[i]));
          high[i] = vmovl_s8(vget_high_s8(w.val[i]));
        }
        SPIKEC_UNROLL for (int p = 0; p < pixels; ++p) {
          const int16x4_t levels = SPIKEC_KERNEL(spikec_quad)(from + offsets[p]);
          SPIKEC_LEVEL_OF(sums[p], low[0], high[0], levels, 0);
          SPIKEC_LEVEL_OF(sums[p], low[1], high[1], levels, 1);
          SPIKEC_LEVEL_OF(sums[p], low[2], high[2], levels, 2);
          SPIKEC_LEVEL_OF(sums[p], low[3], high[3], levels, 3);
        }
        from += SPIKEC_QUAD;
        weight += SPIKEC_QUAD * SPIKEC_LANES;
      }
    }
  }
  SPIKEC_UNROLL for (int p = 0; p < pixels; ++p) {
    spikec_add_sums_neon(current + p * outputs->channels, sums[p], outputs->scale, lanes);
  }
}

#undef SPIKEC_LEVEL_OF
#include "spikec_packed_band.h"
