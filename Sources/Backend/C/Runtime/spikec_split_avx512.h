/* What the high bytes of split levels drive, in AVX-512: see spikec_split.h. */

/* What the outputs of a row look for: the lists of those rows that they see and that are not empty,
 * and where their weights begin, in quads of a block. */
typedef struct spikec_split_rows {
  int32_t count;
  spikec_split_row rows[SPIKEC_MAX_TAPS];
  int32_t places[SPIKEC_MAX_TAPS];
} spikec_split_rows;

static inline spikec_split_rows spikec_rows_of_split(const uint8_t *frame, const spikec_taps *taps,
                                                     int32_t y) {
  const spikec_split *const s = &taps->split;
  const int32_t line = SPIKEC_QUAD * s->width * s->quads;
  spikec_split_rows result;
  result.count = 0;
  for (int32_t tap = 0; tap < taps->rows; ++tap) {
    const spikec_split_row row = spikec_row_of_split(
        s, frame, y * (taps->line_stride / line) + tap * (taps->row_stride / line));
    if (row.starts[s->width] == 0) continue;
    result.rows[result.count] = row;
    result.places[result.count++] = tap * taps->quads;
  }
  return result;
}

/* Adds 256 times what the pixels from `first` to `end` - 1 drive to some blocks of an output. The
 * weights are those of the first pixel's quads. */
SPIKEC_AVX512 SPIKEC_INLINE void spikec_split_blocks(const spikec_split_rows *rows, int32_t first,
                                                     int32_t end, int32_t quads,
                                                     const int8_t *weight, size_t stride,
                                                     int32_t *current, int32_t scale,
                                                     int32_t lanes, const int blocks) {
  __m512i sums[4];
  SPIKEC_UNROLL for (int b = 0; b < blocks; ++b) sums[b] = _mm512_setzero_si512();
  for (int32_t k = 0; k < rows->count; ++k) {
    const spikec_split_row *const row = rows->rows + k;
    const int32_t shift = rows->places[k] - first * quads;
    for (int32_t n = row->starts[first]; n < row->starts[end]; ++n) {
      const __m512i levels = _mm512_set1_epi32((int32_t)row->levels[n]);
      const int8_t *const from = weight + (row->places[n] + shift) * (SPIKEC_QUAD * SPIKEC_LANES);
      SPIKEC_UNROLL for (int b = 0; b < blocks; ++b) {
        const __m512i w = _mm512_loadu_si512(from + (size_t)b * stride);
        sums[b] = _mm512_dpbusd_epi32(sums[b], levels, w);
        /* Says nothing, but GCC then leaves sums in their registers. */
        __asm__("" : "+v"(sums[b]));
      }
    }
  }
  SPIKEC_UNROLL for (int b = 0; b < blocks; ++b) {
    spikec_add_sums_avx512(current + b * SPIKEC_LANES, sums[b], 256 * scale,
                           lanes - b * SPIKEC_LANES);
  }
}

/* The strips from `first` to `end` - 1 of a band whose first row of outputs is `y`. */
SPIKEC_AVX512 SPIKEC_GENERAL void spikec_strips_split(const uint8_t *frame, const spikec_taps *taps,
                                                      const int8_t *weights, int32_t *current,
                                                      const spikec_outputs *outputs, int32_t y,
                                                      int32_t first, int32_t end) {
  const int32_t quads = taps->split.quads, columns = taps->quads / quads, scale = outputs->scale;
  const int32_t step = taps->pixel_stride / (SPIKEC_QUAD * quads);
  const int32_t last = end * SPIKEC_STRIP < outputs->channels ? end * SPIKEC_STRIP : outputs->channels;
  const size_t stride = (size_t)(taps->rows * taps->quads * SPIKEC_QUAD * SPIKEC_LANES);
  for (int32_t n = 0; n < outputs->rows; ++n) {
    const spikec_split_rows rows = spikec_rows_of_split(frame, taps, y + n);
    if (rows.count == 0) continue;
    for (int32_t i = 0; i < outputs->width; ++i) {
      int32_t *const to = current + (n * outputs->width + i) * outputs->channels;
      const int32_t x = i * step;
      for (int32_t lane = first * SPIKEC_STRIP; lane < last;) {
        const int8_t *const weight = weights + (size_t)(lane / SPIKEC_LANES) * stride;
        if (last - lane > 3 * SPIKEC_LANES) {
          spikec_split_blocks(&rows, x, x + columns, quads, weight, stride, to + lane, scale,
                              last - lane, 4);
          lane += 4 * SPIKEC_LANES;
        } else {
          spikec_split_blocks(&rows, x, x + columns, quads, weight, stride, to + lane, scale,
                              last - lane, 1);
          lane += SPIKEC_LANES;
        }
      }
    }
  }
}
