/* Sum-pooling, for one type of level and one of sums. Included by spikec_values.h twice per type, with
 * SPIKEC_POOL the function's name and SPIKEC_SUM the type of the sums: that of the levels, or the next
 * larger one where they need it. */

/* The sums of row `oy` of outputs. */
static inline void SPIKEC_POOL(const SPIKEC_LEVEL *restrict in, SPIKEC_SUM *restrict out,
                               const spikec_window w, int32_t oy) {
  SPIKEC_SUM *const row = out + oy * w.out_width * w.out_channels;
  memset(row, 0, (size_t)(w.out_width * w.out_channels) * sizeof *row);
  for (int32_t ox = 0; ox < w.out_width; ++ox) {
    SPIKEC_SUM *const target = row + ox * w.out_channels;
    for (int32_t ky = 0; ky < w.kernel_height; ++ky) {
      const int32_t y = oy * w.stride_y - w.pad_top + ky;
      if (y < 0 || y >= w.in_height) continue;
      for (int32_t kx = 0; kx < w.kernel_width; ++kx) {
        const int32_t x = ox * w.stride_x - w.pad_left + kx;
        if (x < 0 || x >= w.in_width) continue;
        const SPIKEC_LEVEL *const source = in + (y * w.in_width + x) * w.in_channels;
        for (int32_t c = 0; c < w.in_channels; ++c) {
          target[c] = (SPIKEC_SUM)(target[c] + source[c]);
        }
      }
    }
  }
}
