/* What the high bytes of split levels drive, in AVX-512: see spikec_split.h. */

enum { spikec_split_most = 128 /* quads that are added at a time */ };

/* The quads of a window that are not all 0, and where each one's weights are in a block. */
typedef struct spikec_split_list {
  uint32_t levels[spikec_split_most + spikec_split_lanes];
  uint16_t places[spikec_split_most + spikec_split_lanes];
} spikec_split_list;

/* Adds 256 times what the quads drive, for some blocks. Two quads at a time, as an instruction has to
 * wait for the one before it that adds to the same sums. */
SPIKEC_AVX512 SPIKEC_INLINE void spikec_split_blocks(const spikec_split_list *list, int32_t count,
                                                     const int8_t *weight, size_t stride,
                                                     int32_t *current, int32_t scale,
                                                     int32_t lanes, const int blocks) {
  __m512i sums[2][4];
  SPIKEC_UNROLL for (int b = 0; b < blocks; ++b) {
    sums[0][b] = sums[1][b] = _mm512_setzero_si512();
  }
  for (int32_t n = 0; n < count; n += 2) {
    SPIKEC_UNROLL for (int k = 0; k < 2; ++k) {
      const __m512i levels = _mm512_set1_epi32((int32_t)list->levels[n + k]);
      const int8_t *const from =
          weight + (size_t)list->places[n + k] * (SPIKEC_QUAD * SPIKEC_LANES);
      SPIKEC_UNROLL for (int b = 0; b < blocks; ++b) {
        const __m512i w = _mm512_loadu_si512(from + (size_t)b * stride);
        sums[k][b] = _mm512_dpbusd_epi32(sums[k][b], levels, w);
        /* Says nothing, but GCC then leaves sums in their registers. */
        __asm__("" : "+v"(sums[k][b]));
      }
    }
  }
  SPIKEC_UNROLL for (int b = 0; b < blocks; ++b) {
    spikec_add_sums_avx512(current + b * SPIKEC_LANES, _mm512_add_epi32(sums[0][b], sums[1][b]),
                           256 * scale, lanes - b * SPIKEC_LANES);
  }
}

/* Adds what `count` quads drive to a pixel's outputs from `lane` to `end` - 1. */
SPIKEC_AVX512 static inline void spikec_split_outputs(spikec_split_list *list, int32_t count,
                                                      const int8_t *weight, size_t stride,
                                                      int32_t *current, int32_t scale,
                                                      int32_t lane, int32_t end) {
  list->levels[count] = list->places[count] = 0;
  for (; end - lane > 3 * SPIKEC_LANES; lane += 4 * SPIKEC_LANES) {
    spikec_split_blocks(list, count, weight, stride, current + lane, scale, end - lane, 4);
    weight += 4 * stride;
  }
  for (; end > lane; lane += SPIKEC_LANES) {
    spikec_split_blocks(list, count, weight, stride, current + lane, scale, end - lane, 1);
    weight += stride;
  }
}

/* What the outputs of a row look for: the lists of the rows that they see, up to the last one that
 * has any quads, and where their weights begin. */
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

/* Appends at most 16 of the quads that are listed for a row, their places moved by `shift`. */
SPIKEC_AVX512 SPIKEC_INLINE void spikec_split_append(spikec_split_list *list, int32_t count,
                                                     const spikec_split_row *row, int32_t from,
                                                     int32_t shift) {
  const __m256i places = _mm256_loadu_si256((const __m256i *)(const void *)(row->places + from));
  _mm512_storeu_si512(list->levels + count, _mm512_loadu_si512(row->levels + from));
  _mm256_storeu_si256((__m256i *)(void *)(list->places + count),
                      _mm256_add_epi16(places, _mm256_set1_epi16((int16_t)shift)));
}

/* The strips from `first` to `end` - 1 of a band whose first row of outputs is `y`. */
SPIKEC_AVX512 SPIKEC_GENERAL void spikec_strips_split(const uint8_t *frame, const spikec_taps *taps,
                                                      const int8_t *weight, int32_t *current,
                                                      const spikec_outputs *outputs, int32_t y,
                                                      int32_t first, int32_t end) {
  const int32_t quads = taps->split.quads, columns = taps->quads / quads;
  const int32_t step = taps->pixel_stride / (SPIKEC_QUAD * quads), lane = first * SPIKEC_STRIP;
  const int32_t last = end * SPIKEC_STRIP < outputs->channels ? end * SPIKEC_STRIP : outputs->channels;
  const size_t stride = (size_t)(taps->rows * taps->quads * SPIKEC_QUAD * SPIKEC_LANES);
  spikec_split_list list;
  weight += (size_t)(lane / SPIKEC_LANES) * stride;
  for (int32_t n = 0; n < outputs->rows; ++n) {
    const spikec_split_rows rows = spikec_rows_of_split(frame, taps, y + n);
    for (int32_t x = 0; x < outputs->width; ++x, current += outputs->channels) {
      int32_t count = 0;
      for (int32_t k = 0; k < rows.count; ++k) {
        const spikec_split_row *const row = rows.rows + k;
        const int32_t finish = row->starts[x * step + columns];
        for (int32_t i = row->starts[x * step]; i < finish; i += spikec_split_lanes) {
          if (count > spikec_split_most - spikec_split_lanes) {
            spikec_split_outputs(&list, count, weight, stride, current, outputs->scale, lane, last);
            count = 0;
          }
          spikec_split_append(&list, count, row, i, rows.places[k] - x * step * quads);
          count += finish - i < spikec_split_lanes ? finish - i : spikec_split_lanes;
        }
      }
      if (count == 0) continue;
      spikec_split_outputs(&list, count, weight, stride, current, outputs->scale, lane, last);
    }
  }
}
