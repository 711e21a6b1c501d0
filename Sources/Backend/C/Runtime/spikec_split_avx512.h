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

/* What a window holds: quads of levels and, in bytes, how far behind those of the window's first
 * quad their weights in a block are; zeros follow, for what is added beyond its end. */
typedef struct spikec_split_window {
  uint32_t *levels, *places;
  int32_t count;
} spikec_split_window;

enum { spikec_split_unroll = 4 /* quads that are added before the end is looked for */ };

/* The numbers of each kind that a window takes. */
static inline int32_t spikec_split_room(const spikec_taps *taps) {
  return taps->rows * taps->quads + spikec_split_lanes;
}

/* Joins the lists of a window's rows, of the pixels from `first` to `end` - 1: nothing foresees the
 * end of a list, so it is better to look for that of one than of all. */
SPIKEC_AVX512 SPIKEC_INLINE void spikec_join_split(const spikec_split_rows *rows, int32_t first,
                                                   int32_t end, int32_t quads,
                                                   spikec_split_window *window) {
  int32_t count = 0;
  for (int32_t k = 0; k < rows->count; ++k) {
    const spikec_split_row *const row = rows->rows + k;
    const __m512i shift = _mm512_set1_epi32(rows->places[k] - first * quads);
    const int32_t begin = row->starts[first], size = row->starts[end] - begin;
    int32_t n = 0;
    /* Nearly always once. */
    do {
      const __m512i places = _mm512_cvtepu16_epi32(
          _mm256_loadu_si256((const __m256i *)(const void *)(row->places + begin + n)));
      _mm512_storeu_si512(window->levels + count + n, _mm512_loadu_si512(row->levels + begin + n));
      _mm512_storeu_si512(window->places + count + n,
                          _mm512_mullo_epi32(_mm512_add_epi32(places, shift),
                                             _mm512_set1_epi32(SPIKEC_QUAD * SPIKEC_LANES)));
      n += spikec_split_lanes;
    } while (n < size);
    count += size;
  }
  _mm_storeu_si128((__m128i *)(void *)(window->levels + count), _mm_setzero_si128());
  _mm_storeu_si128((__m128i *)(void *)(window->places + count), _mm_setzero_si128());
  window->count = count;
}

/* Adds 256 times what a window holds to some blocks of an output, whose weights lie `stride` apart. */
SPIKEC_AVX512 SPIKEC_INLINE void spikec_split_blocks(const spikec_split_window *window,
                                                     const int8_t *weight, size_t stride,
                                                     int32_t *current, int32_t scale,
                                                     int32_t lanes, const int blocks) {
  /* Two sums in turn: fewer additions wait for each other. */
  __m512i sums[2][4];
  SPIKEC_UNROLL for (int b = 0; b < blocks; ++b) sums[0][b] = sums[1][b] = _mm512_setzero_si512();
  for (int32_t n = 0; n < window->count; n += spikec_split_unroll) {
    SPIKEC_UNROLL for (int k = 0; k < spikec_split_unroll; ++k) {
      const __m512i levels = _mm512_set1_epi32((int32_t)window->levels[n + k]);
      const int8_t *const from = weight + window->places[n + k];
      SPIKEC_UNROLL for (int b = 0; b < blocks; ++b) {
        __m512i *const sum = &sums[k % 2][b];
        *sum = _mm512_dpbusd_epi32(*sum, levels, _mm512_loadu_si512(from + (size_t)b * stride));
        /* Says nothing, but GCC then leaves sums in their registers. */
        __asm__("" : "+v"(*sum));
      }
    }
  }
  SPIKEC_UNROLL for (int b = 0; b < blocks; ++b) {
    spikec_add_sums_avx512(current + b * SPIKEC_LANES, _mm512_add_epi32(sums[0][b], sums[1][b]),
                           256 * scale, lanes - b * SPIKEC_LANES);
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
  const int32_t room = spikec_split_room(taps);
  uint32_t joined[2 * room];
  spikec_split_window window = {joined, joined + room, 0};
  for (int32_t n = 0; n < outputs->rows; ++n) {
    const spikec_split_rows rows = spikec_rows_of_split(frame, taps, y + n);
    if (rows.count == 0) continue;
    for (int32_t i = 0; i < outputs->width; ++i) {
      int32_t *const to = current + (n * outputs->width + i) * outputs->channels;
      spikec_join_split(&rows, i * step, i * step + columns, quads, &window);
      if (window.count == 0) continue;
      for (int32_t lane = first * SPIKEC_STRIP; lane < last;) {
        const int8_t *const weight = weights + (size_t)(lane / SPIKEC_LANES) * stride;
        const int32_t left = last - lane;
        if (left > 3 * SPIKEC_LANES) {
          spikec_split_blocks(&window, weight, stride, to + lane, scale, left, 4);
          lane += 4 * SPIKEC_LANES;
        } else if (left > SPIKEC_LANES) {
          spikec_split_blocks(&window, weight, stride, to + lane, scale, left, 2);
          lane += 2 * SPIKEC_LANES;
        } else {
          spikec_split_blocks(&window, weight, stride, to + lane, scale, left, 1);
          lane += SPIKEC_LANES;
        }
      }
    }
  }
}
