/* Goes through a row of outputs, tile by tile, for one type of level and one instruction set. */

/* All pixels of a row, for some blocks: in wide tiles, then in smaller ones. */
SPIKEC_TARGET SPIKEC_INLINE void SPIKEC_KERNEL(spikec_strip)(
    const SPIKEC_LEVEL *level, const spikec_taps *taps, const int8_t *weight, size_t block_stride,
    int32_t *current, const spikec_outputs *outputs, int32_t lanes, const int blocks) {
  enum { many = SPIKEC_TILE_PIXELS, few = SPIKEC_TILE_PIXELS / 2 };
  int32_t left = outputs->width;
  while (left > 0) {
    int32_t pixels = 1;
    if (left >= many) {
      pixels = many;
      SPIKEC_KERNEL(spikec_tile)(level, taps, weight, block_stride, current, outputs, lanes, many,
                                 blocks);
    } else if (few > 1 && left >= few) {
      pixels = few;
      SPIKEC_KERNEL(spikec_tile)(level, taps, weight, block_stride, current, outputs, lanes, few,
                                 blocks);
    } else {
      SPIKEC_KERNEL(spikec_tile)(level, taps, weight, block_stride, current, outputs, lanes, 1,
                                 blocks);
    }
    level += pixels * taps->pixel_stride;
    current += pixels * outputs->channels;
    left -= pixels;
  }
}

SPIKEC_TARGET static inline void SPIKEC_KERNEL(spikec_row)(const SPIKEC_LEVEL *restrict level,
                                                           const spikec_taps *taps,
                                                           const int8_t *restrict weight,
                                                           int32_t *restrict current,
                                                           const spikec_outputs *outputs) {
  enum { all = SPIKEC_TILE_BLOCKS };
  const size_t stride =
      (size_t)(taps->rows * taps->columns * taps->quads * SPIKEC_QUAD * SPIKEC_LANES);
  int32_t lanes = outputs->channels;
  for (; lanes > (all - 1) * SPIKEC_LANES; lanes -= all * SPIKEC_LANES) {
    SPIKEC_KERNEL(spikec_strip)(level, taps, weight, stride, current, outputs, lanes, all);
    weight += all * stride;
    current += all * SPIKEC_LANES;
  }
  /* The block that is left where a tile has two. */
  if (lanes > 0) {
    SPIKEC_KERNEL(spikec_strip)(level, taps, weight, stride, current, outputs, lanes, 1);
  }
}

#undef SPIKEC_KERNEL
#undef SPIKEC_TARGET
#undef SPIKEC_TILE_BLOCKS
#undef SPIKEC_TILE_PIXELS
