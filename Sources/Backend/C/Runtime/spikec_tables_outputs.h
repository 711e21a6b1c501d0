/* What the sums of looked-up synapses become: see spikec_tables.h. */

/* Of 16 vectors of 16, makes those of their elements. */
SPIKEC_AVX512_VBMI SPIKEC_INLINE void spikec_transpose(__m512i *v) {
  __m512i u[16];
  SPIKEC_UNROLL for (int i = 0; i < 16; i += 2) {
    u[i] = _mm512_unpacklo_epi32(v[i], v[i + 1]);
    u[i + 1] = _mm512_unpackhi_epi32(v[i], v[i + 1]);
  }
  SPIKEC_UNROLL for (int i = 0; i < 16; i += 4) {
    v[i] = _mm512_unpacklo_epi64(u[i], u[i + 2]);
    v[i + 1] = _mm512_unpackhi_epi64(u[i], u[i + 2]);
    v[i + 2] = _mm512_unpacklo_epi64(u[i + 1], u[i + 3]);
    v[i + 3] = _mm512_unpackhi_epi64(u[i + 1], u[i + 3]);
  }
  SPIKEC_UNROLL for (int i = 0; i < 4; ++i) {
    u[i] = _mm512_shuffle_i32x4(v[i], v[i + 4], 0x88);
    u[i + 4] = _mm512_shuffle_i32x4(v[i], v[i + 4], 0xdd);
    u[i + 8] = _mm512_shuffle_i32x4(v[i + 8], v[i + 12], 0x88);
    u[i + 12] = _mm512_shuffle_i32x4(v[i + 8], v[i + 12], 0xdd);
  }
  SPIKEC_UNROLL for (int i = 0; i < 8; ++i) {
    v[i] = _mm512_shuffle_i32x4(u[i], u[i + 8], 0x88);
    v[i + 8] = _mm512_shuffle_i32x4(u[i], u[i + 8], 0xdd);
  }
}

/* Adds the sums of 16 outputs of some pixels to their currents of a timestep. */
SPIKEC_AVX512_VBMI SPIKEC_INLINE void spikec_table_charge(int32_t *current, __m512i unit,
                                                          __m512i least, int32_t channels,
                                                          int32_t pixels,
                                                          int32_t (*sums)[spikec_table_pixels]) {
  __m512i charge[spikec_table_pixels];
  SPIKEC_UNROLL for (int i = 0; i < spikec_table_pixels; ++i) charge[i] = _mm512_loadu_si512(sums[i]);
  spikec_transpose(charge);
  SPIKEC_UNROLL for (int p = 0; p < spikec_table_pixels; ++p) {
    if (p >= pixels) break;
    const __m512i all = _mm512_add_epi32(_mm512_mullo_epi32(charge[p], unit), least);
    int32_t *const here = current + p * channels;
    _mm512_storeu_si512(here, _mm512_add_epi32(_mm512_loadu_si512(here), all));
  }
}

/* The spikes of 16 outputs of some pixels at a timestep; for each output, which pixels spike. */
SPIKEC_AVX512_VBMI SPIKEC_INLINE void spikec_table_spikes(const uint16_t *fires, uint8_t *spikes,
                                                          int32_t channels, int32_t pixels) {
  const __m256i all = _mm256_loadu_si256((const __m256i *)(const void *)fires);
  SPIKEC_UNROLL for (int p = 0; p < spikec_table_pixels; ++p) {
    if (p >= pixels) break;
    const __mmask16 here = _mm256_test_epi16_mask(all, _mm256_set1_epi16((int16_t)(1u << p)));
    _mm_storeu_si128((__m128i *)(void *)(spikes + p * channels), _mm_maskz_set1_epi8(here, 1));
  }
}

/* Lets 16 neurons of some pixels, from `place` on, take their sums at all timesteps. */
SPIKEC_AVX512_VBMI SPIKEC_INLINE void spikec_table_fire(
    const spikec_event_target target, const int32_t *lowest, int32_t place, int32_t first,
    int32_t channels, int32_t pixels, int32_t steps,
    int32_t (*sums)[spikec_table_pixels][spikec_table_pixels]) {
  const __m512i unit = _mm512_set1_epi32(target.unit);
  uint16_t fires[spikec_event_steps][spikec_table_pixels];
  __m512i kept[spikec_table_pixels];
  SPIKEC_UNROLL for (int p = 0; p < spikec_table_pixels; ++p) {
    kept[p] = p < pixels ? _mm512_loadu_si512(target.membrane + place + p * channels)
                         : _mm512_setzero_si512();
  }
  spikec_transpose(kept);
  for (int32_t i = 0; i < spikec_table_pixels; ++i) {
    const __m512i limit = _mm512_set1_epi32(target.threshold[first + i]);
    const __m512i least = _mm512_mullo_epi32(_mm512_set1_epi32(lowest[first + i]), unit);
    const __m512i bias = _mm512_add_epi32(_mm512_set1_epi32(target.bias[first + i]), least);
    __m512i membrane = kept[i];
    for (int32_t t = 0; t < steps; ++t) {
      const __m512i charge = _mm512_mullo_epi32(_mm512_loadu_si512(sums[t][i]), unit);
      membrane = _mm512_add_epi32(membrane, _mm512_add_epi32(charge, bias));
      const __mmask16 over = _mm512_cmpge_epi32_mask(membrane, limit);
      membrane = _mm512_mask_sub_epi32(membrane, over, membrane, limit);
      fires[t][i] = over;
    }
    kept[i] = membrane;
  }
  spikec_transpose(kept);
  SPIKEC_UNROLL for (int p = 0; p < spikec_table_pixels; ++p) {
    if (p < pixels) _mm512_storeu_si512(target.membrane + place + p * channels, kept[p]);
  }
  for (int32_t t = 0; t < steps; ++t) {
    spikec_table_spikes(fires[t], target.spikes + t * target.stride + place, channels, pixels);
  }
}

/* 16 outputs of a row of outputs at all timesteps. */
SPIKEC_AVX512_VBMI static inline void spikec_table_outputs(const spikec_tables *e,
                                                           const spikec_table_rows *rows, int32_t y,
                                                           int32_t first, int32_t steps,
                                                           const spikec_table_weights *weights,
                                                           const spikec_event_target *target) {
  const spikec_window *const w = &e->window;
  const int32_t channels = w->out_channels;
  const __m512i unit = _mm512_set1_epi32(target->unit);
  const __m512i least = _mm512_mullo_epi32(_mm512_loadu_si512(weights->lowest + first), unit);
  int32_t sums[spikec_event_steps][spikec_table_pixels][spikec_table_pixels];
  for (int32_t x = 0; x < w->out_width; x += spikec_table_pixels) {
    const int32_t left = w->out_width - x, place = (y * w->out_width + x) * channels + first;
    const int32_t pixels = left < spikec_table_pixels ? left : spikec_table_pixels;
    for (int32_t i = 0; i < spikec_table_pixels; i += spikec_table_pair) {
      spikec_table_sums(e, rows, x, weights, first + i, sums);
    }
    if (target->membrane) {
      spikec_table_fire(*target, weights->lowest, place, first, channels, pixels, steps, sums);
      continue;
    }
    for (int32_t t = 0; t < steps; ++t) {
      spikec_table_charge(target->current + t * target->stride + place, unit, least, channels,
                          pixels, sums[t]);
    }
  }
}
