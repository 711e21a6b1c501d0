/* Tiles of two pixels in plain C, for one type of level; see spikec_packed.h. */
#define SPIKEC_KERNEL(name) SPIKEC_NAME_OF(name, portable)
#define SPIKEC_TARGET
#define SPIKEC_TILE_BLOCKS 1
#define SPIKEC_TILE_PIXELS 2

SPIKEC_INLINE void SPIKEC_KERNEL(spikec_tile)(const SPIKEC_LEVEL *level, const spikec_taps *taps,
                                              const int32_t *offsets, const int8_t *weight,
                                              size_t block_stride, int32_t *current,
                                              const spikec_outputs *outputs,
                                              int32_t lanes, const int pixels, const int blocks) {
  int32_t sums[SPIKEC_TILE_PIXELS][SPIKEC_LANES];
  (void)block_stride;
  (void)blocks;
  memset(sums, 0, sizeof sums);
  for (int32_t row = 0; row < taps->rows; ++row) {
    for (int32_t column = 0; column < taps->columns; ++column) {
      const SPIKEC_LEVEL *from = level + row * taps->row_stride + column * taps->column_stride;
      for (int32_t quad = 0; quad < taps->quads; ++quad) {
        for (int p = 0; p < pixels; ++p) {
          const SPIKEC_LEVEL *const a = from + offsets[p];
          for (int i = 0; i < SPIKEC_LANES; ++i) {
            const int8_t *const w = weight + SPIKEC_QUAD * i;
            sums[p][i] += a[0] * w[0] + a[1] * w[1] + a[2] * w[2] + a[3] * w[3];
          }
        }
        from += SPIKEC_QUAD;
        weight += SPIKEC_QUAD * SPIKEC_LANES;
      }
    }
  }
  for (int p = 0; p < pixels; ++p) {
    for (int i = 0; i < SPIKEC_LANES && i < lanes; ++i) {
      current[p * outputs->channels + i] += sums[p][i] * outputs->scale;
    }
  }
}

#include "spikec_packed_band.h"
