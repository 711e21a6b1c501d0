/* The synapses for one type of level and one type of weight. Included by spikec_values.h once per
 * pair, with SPIKEC_WEIGHT the weight's type and SPIKEC_SYNAPSE(f) the name of function f for both.
 *
 * Every synapse adds to a buffer of currents; the caller clears it. `scale` is the power of two
 * that the synapse counts with. Weights lie so that one input drives contiguous rows. */

static inline void SPIKEC_SYNAPSE(spikec_row)(int32_t level, const SPIKEC_WEIGHT *restrict row,
                                           int32_t *restrict current, int32_t count) {
  for (int32_t o = 0; o < count; ++o) current[o] += level * (int32_t)row[o];
}

/* Weights [inputs][outputs]. */
static inline void SPIKEC_SYNAPSE(spikec_dense)(const SPIKEC_LEVEL *restrict level,
                                             const SPIKEC_WEIGHT *restrict weight,
                                             int32_t *restrict current, int32_t inputs,
                                             int32_t outputs, int32_t scale) {
  for (int32_t i = 0; i < inputs; ++i) {
    if (level[i] != 0) {
      SPIKEC_SYNAPSE(spikec_row)(level[i] * scale, weight + (size_t)i * (size_t)outputs, current,
                              outputs);
    }
  }
}

/* Weights [period], repeated over the elements. */
static inline void SPIKEC_SYNAPSE(spikec_diagonal)(const SPIKEC_LEVEL *restrict level,
                                                const SPIKEC_WEIGHT *restrict weight,
                                                int32_t *restrict current, int32_t count,
                                                int32_t period, int32_t scale) {
  for (int32_t base = 0; base < count; base += period) {
    for (int32_t i = 0; i < period; ++i) {
      current[base + i] += level[base + i] * scale * (int32_t)weight[i];
    }
  }
}

/* Weights [channels][kernel rows][kernel columns][outputs / groups]. For each position the
 * reachable taps are listed once; then every nonzero channel adds its rows to them. */
static inline void SPIKEC_SYNAPSE(spikec_conv2d)(const SPIKEC_LEVEL *restrict level,
                                              const SPIKEC_WEIGHT *restrict weight,
                                              int32_t *restrict current, const spikec_window w,
                                              int32_t groups, int32_t scale) {
  const int32_t group_inputs = w.in_channels / groups;
  const int32_t group_outputs = w.out_channels / groups;
  const size_t channel_stride = (size_t)(w.kernel_height * w.kernel_width * group_outputs);
  for (int32_t y = 0; y < w.in_height; ++y) {
    for (int32_t x = 0; x < w.in_width; ++x) {
      size_t row[SPIKEC_MAX_TAPS];
      size_t target[SPIKEC_MAX_TAPS];
      int32_t taps = 0;
      for (int32_t ky = 0; ky < w.kernel_height; ++ky) {
        const int32_t down = y + w.pad_top - ky * w.dilation_y;
        if (down < 0 || down % w.stride_y != 0 || down / w.stride_y >= w.out_height) continue;
        for (int32_t kx = 0; kx < w.kernel_width; ++kx) {
          const int32_t across = x + w.pad_left - kx * w.dilation_x;
          if (across < 0 || across % w.stride_x != 0) continue;
          if (across / w.stride_x >= w.out_width) continue;
          row[taps] = (size_t)((ky * w.kernel_width + kx) * group_outputs);
          target[taps] =
              (size_t)((down / w.stride_y * w.out_width + across / w.stride_x) * w.out_channels);
          ++taps;
        }
      }
      /* A stride can pass over an input; then no tap is listed. */
      if (taps == 0) continue;
      const SPIKEC_LEVEL *here = level + (size_t)((y * w.in_width + x) * w.in_channels);
      for (int32_t c = 0; c < w.in_channels; ++c) {
        if (here[c] == 0) continue;
        const SPIKEC_WEIGHT *rows = weight + (size_t)c * channel_stride;
        int32_t *first = current + c / group_inputs * group_outputs;
        for (int32_t tap = 0; tap < taps; ++tap) {
          SPIKEC_SYNAPSE(spikec_row)(here[c] * scale, rows + row[tap], first + target[tap],
                                  group_outputs);
        }
      }
    }
  }
}

/* What one tap of a depthwise convolution adds to `count` outputs in a row. Levels and weights have so
 * few bits that 32 hold their product, whatever the order. */
SPIKEC_INLINE void SPIKEC_SYNAPSE(spikec_depthwise_row)(const SPIKEC_LEVEL *restrict level,
                                                        const SPIKEC_WEIGHT *restrict weight,
                                                        int32_t *restrict current, int32_t count,
                                                        int32_t channels, int32_t step,
                                                        int32_t scale) {
  const int32_t whole = channels / 8 * 8;
  for (int32_t x = 0; x < count; ++x, level += step, current += channels) {
    /* Eight at a time, so that few channels need no loop of their own. */
    for (int32_t c = 0; c < whole; c += 8) {
      SPIKEC_UNROLL for (int k = 0; k < 8; ++k) {
        current[c + k] += level[c + k] * scale * (int32_t)weight[c + k];
      }
    }
    for (int32_t c = whole; c < channels; ++c) current[c] += level[c] * scale * (int32_t)weight[c];
  }
}

/* As many groups as channels and outputs. Weights [kernel rows][kernel columns][channels]: a tap is
 * added to all outputs, as they have too few for it to pay to look for spikes. A copy for each
 * geometry is twice as fast as one for all. */
SPIKEC_INLINE void SPIKEC_SYNAPSE(spikec_depthwise)(const SPIKEC_LEVEL *restrict level,
                                                    const SPIKEC_WEIGHT *restrict weight,
                                                    int32_t *restrict current,
                                                    const spikec_window w, int32_t scale) {
  const int32_t channels = w.in_channels;
  for (int32_t kx = 0; kx < w.kernel_width; ++kx) {
    const int32_t left = kx * w.dilation_x - w.pad_left;
    int32_t first = 0, end = w.out_width;
    while (first < end && left + first * w.stride_x < 0) ++first;
    while (end > first && left + (end - 1) * w.stride_x >= w.in_width) --end;
    for (int32_t y = 0; y < w.out_height; ++y) {
      for (int32_t ky = 0; ky < w.kernel_height; ++ky) {
        const int32_t row = y * w.stride_y - w.pad_top + ky * w.dilation_y;
        if (row < 0 || row >= w.in_height || first == end) continue;
        SPIKEC_SYNAPSE(spikec_depthwise_row)(
            level + (size_t)((row * w.in_width + left + first * w.stride_x) * channels),
            weight + (size_t)((ky * w.kernel_width + kx) * channels),
            current + (size_t)((y * w.out_width + first) * channels), end - first, channels,
            w.stride_x * channels, scale);
      }
    }
  }
}
