/* Goes through a band of outputs, tile by tile, for one type of level and one instruction set. */

/* The windows of the next `pixels` outputs from where `here` and `x` are: how far each is from the
 * band's first. */
SPIKEC_TARGET SPIKEC_INLINE void SPIKEC_KERNEL(spikec_windows)(const spikec_taps *taps,
                                                               int32_t width, int32_t pixels,
                                                               int32_t *offsets, int32_t *here,
                                                               int32_t *x) {
  for (int32_t p = 0; p < pixels; ++p) {
    offsets[p] = *here;
    *here += taps->pixel_stride;
    if (++*x < width) continue;
    *x = 0;
    *here += taps->line_stride - width * taps->pixel_stride;
  }
}

/* All pixels of a band, for some blocks: in wide tiles, then in smaller ones. */
SPIKEC_TARGET SPIKEC_INLINE void SPIKEC_KERNEL(spikec_pixels)(
    const SPIKEC_LEVEL *level, const spikec_taps *taps, const int8_t *weight, size_t block_stride,
    int32_t *current, const spikec_outputs *outputs, int32_t lanes, const int blocks) {
  enum { many = SPIKEC_TILE_PIXELS, half = many / 2, quarter = many / 4 };
  int32_t offsets[many], here = 0, x = 0, left = outputs->rows * outputs->width;
  while (left > 0) {
    const int32_t pixels = left >= many                   ? many
                           : half > 1 && left >= half       ? half
                           : quarter > 1 && left >= quarter ? quarter
                                                            : 1;
    SPIKEC_KERNEL(spikec_windows)(taps, outputs->width, pixels, offsets, &here, &x);
    if (pixels == many) {
      SPIKEC_KERNEL(spikec_tile)(level, taps, offsets, weight, block_stride, current, outputs,
                                 lanes, many, blocks);
    } else if (half > 1 && pixels == half) {
      SPIKEC_KERNEL(spikec_tile)(level, taps, offsets, weight, block_stride, current, outputs,
                                 lanes, half, blocks);
    } else if (quarter > 1 && pixels == quarter) {
      SPIKEC_KERNEL(spikec_tile)(level, taps, offsets, weight, block_stride, current, outputs,
                                 lanes, quarter, blocks);
    } else {
      SPIKEC_KERNEL(spikec_tile)(level, taps, offsets, weight, block_stride, current, outputs,
                                 lanes, 1, blocks);
    }
    current += pixels * outputs->channels;
    left -= pixels;
  }
}

/* The strips from `first` to `end` - 1. */
SPIKEC_TARGET SPIKEC_GENERAL void SPIKEC_KERNEL(spikec_strips)(
    const SPIKEC_LEVEL *restrict level, const spikec_taps *taps, const int8_t *restrict weight,
    int32_t *restrict current, const spikec_outputs *outputs, int32_t first, int32_t end) {
  enum { all = SPIKEC_TILE_BLOCKS };
  const size_t stride =
      (size_t)(taps->rows * taps->columns * taps->quads * SPIKEC_QUAD * SPIKEC_LANES);
  const int32_t last = end * SPIKEC_STRIP < outputs->channels ? end * SPIKEC_STRIP : outputs->channels;
  int32_t lane = first * SPIKEC_STRIP;
  weight += (size_t)(lane / SPIKEC_LANES) * stride;
  for (; last - lane > (all - 1) * SPIKEC_LANES; lane += all * SPIKEC_LANES) {
    SPIKEC_KERNEL(spikec_pixels)(level, taps, weight, stride, current + lane, outputs,
                                 outputs->channels - lane, all);
    weight += all * stride;
  }
  /* The block that is left where a tile has two. */
  if (lane < last) {
    SPIKEC_KERNEL(spikec_pixels)(level, taps, weight, stride, current + lane, outputs,
                                 outputs->channels - lane, 1);
  }
}

#undef SPIKEC_KERNEL
#undef SPIKEC_TARGET
#undef SPIKEC_TILE_BLOCKS
#undef SPIKEC_TILE_PIXELS
