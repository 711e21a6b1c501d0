/* The parts of an event-driven synapse in AVX-512; see spikec_events_portable.h. */

SPIKEC_TARGET SPIKEC_INLINE int32_t SPIKEC_KERNEL(spikec_event_list)(const uint8_t *level,
                                                                     int32_t count, int32_t first,
                                                                     int32_t most, uint16_t *list) {
  const __m512i steps = _mm512_set_epi16(31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17,
                                         16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  int32_t length = 0;
  for (int32_t i = 0; i < count; i += 32) {
    const __mmask32 valid = count - i < 32 ? (1u << (count - i)) - 1u : 0xffffffffu;
    const __m512i place = _mm512_add_epi16(steps, _mm512_set1_epi16((int16_t)(first + i)));
    __m256i here = _mm256_maskz_loadu_epi8(valid, level + i);
    __mmask32 spikes = _mm256_test_epi8_mask(here, here);
    do {
      _mm512_storeu_si512(list + length, _mm512_maskz_compress_epi16(spikes, place));
      length += (int32_t)_mm_popcnt_u32(spikes);
      if (most == 1) break;
      here = _mm256_subs_epu8(here, _mm256_set1_epi8(1));
      spikes = _mm256_test_epi8_mask(here, here);
    } while (spikes != 0);
  }
  return length;
}

SPIKEC_TARGET SPIKEC_INLINE void SPIKEC_KERNEL(spikec_event_copy)(const uint16_t *from,
                                                                  uint16_t *to, int32_t count,
                                                                  uint16_t shift) {
  const __m512i by = _mm512_set1_epi16((int16_t)shift);
  int32_t i = 0;
  /* Nearly always once: no end to foresee. */
  do {
    _mm512_storeu_si512(to + i, _mm512_add_epi16(_mm512_loadu_si512(from + i), by));
    i += 32;
  } while (i < count);
}

/* Adds 32 sums of 16 bits, which are `excess` too large, to the sums of outputs, or sets these. */
SPIKEC_TARGET SPIKEC_INLINE void spikec_event_store_avx512(int32_t *sums, __m512i outputs,
                                                           int32_t excess, int is_first) {
  const __m512i too_much = _mm512_set1_epi32(excess);
  __m512i low = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(outputs));
  __m512i high = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(outputs, 1));
  low = _mm512_sub_epi32(low, too_much);
  high = _mm512_sub_epi32(high, too_much);
  if (!is_first) {
    low = _mm512_add_epi32(low, _mm512_loadu_si512(sums));
    high = _mm512_add_epi32(high, _mm512_loadu_si512(sums + 16));
  }
  _mm512_storeu_si512(sums, low);
  _mm512_storeu_si512(sums + 16, high);
}

/* 32 numbers, the even ones of which are taken from one vector and the odd ones from another. */
SPIKEC_TARGET SPIKEC_INLINE __m512i spikec_event_zip_avx512(__m512i even, __m512i odd, int half) {
  const __m512i zip = _mm512_set_epi16(47, 15, 46, 14, 45, 13, 44, 12, 43, 11, 42, 10, 41, 9, 40, 8,
                                       39, 7, 38, 6, 37, 5, 36, 4, 35, 3, 34, 2, 33, 1, 32, 0);
  const __m512i order = _mm512_add_epi16(zip, _mm512_set1_epi16((int16_t)(16 * half)));
  return _mm512_permutex2var_epi16(even, order, odd);
}

/* Of a tile of 32 outputs. Two weights are added as one number of 16 bits, and the odd one by
 * itself: so the even one's sum is what the odd one's leaves. */
SPIKEC_TARGET SPIKEC_INLINE void spikec_event_narrow_sums_avx512(const uint16_t *lists,
                                                                 int32_t size, int32_t count,
                                                                 const uint8_t *weight,
                                                                 int32_t *sums) {
  enum { width = 32, together = 4 };
  for (int32_t first = 0; first < count || first == 0; first += spikec_event_chunk) {
    const int32_t end = count - first < spikec_event_chunk ? count : first + spikec_event_chunk;
    __m256i both[together], odd[together];
    SPIKEC_UNROLL for (int k = 0; k < together; ++k) both[k] = odd[k] = _mm256_setzero_si256();
    for (int32_t n = first; n < end; ++n) {
      SPIKEC_UNROLL for (int k = 0; k < together; ++k) {
        const uint8_t *const row = weight + lists[k * size + n] * width;
        const __m256i pair = _mm256_loadu_si256((const __m256i *)(const void *)row);
        both[k] = _mm256_add_epi16(both[k], pair);
        odd[k] = _mm256_add_epi16(odd[k], _mm256_srli_epi16(pair, 8));
      }
    }
    SPIKEC_UNROLL for (int k = 0; k < together; ++k) {
      const __m256i even = _mm256_sub_epi16(both[k], _mm256_slli_epi16(odd[k], 8));
      const __m512i outputs = spikec_event_zip_avx512(_mm512_castsi256_si512(even),
                                                      _mm512_castsi256_si512(odd[k]), 0);
      spikec_event_store_avx512(sums + k * width, outputs, 128 * (end - first), first == 0);
    }
  }
}

SPIKEC_TARGET SPIKEC_INLINE void SPIKEC_KERNEL(spikec_event_sums)(const uint16_t *lists,
                                                                  int32_t size, int32_t count,
                                                                  const uint8_t *weight,
                                                                  int32_t *sums, const int width,
                                                                  const int together) {
  enum { most = 4, vectors = 2 };
  const int parts = width / 64;
  if (width == 32) {
    spikec_event_narrow_sums_avx512(lists, size, count, weight, sums);
    return;
  }
  for (int32_t first = 0; first < count || first == 0; first += spikec_event_chunk) {
    const int32_t end = count - first < spikec_event_chunk ? count : first + spikec_event_chunk;
    __m512i both[most][vectors], odd[most][vectors];
    SPIKEC_UNROLL for (int k = 0; k < together; ++k) {
      SPIKEC_UNROLL for (int i = 0; i < parts; ++i) both[k][i] = odd[k][i] = _mm512_setzero_si512();
    }
    for (int32_t n = first; n < end; ++n) {
      SPIKEC_UNROLL for (int k = 0; k < together; ++k) {
        const uint8_t *const row = weight + lists[k * size + n] * width;
        SPIKEC_UNROLL for (int i = 0; i < parts; ++i) {
          const __m512i pair = _mm512_loadu_si512(row + 64 * i);
          both[k][i] = _mm512_add_epi16(both[k][i], pair);
          odd[k][i] = _mm512_add_epi16(odd[k][i], _mm512_srli_epi16(pair, 8));
        }
      }
    }
    SPIKEC_UNROLL for (int m = 0; m < 2 * together * parts; ++m) {
      const int k = m / 2 / parts, i = m / 2 % parts;
      const __m512i shifted = _mm512_slli_epi16(odd[k][i], 8);
      const __m512i even = _mm512_sub_epi16(both[k][i], shifted);
      spikec_event_store_avx512(sums + k * width + 64 * i + 32 * (m % 2),
                                spikec_event_zip_avx512(even, odd[k][i], m % 2),
                                128 * (end - first), first == 0);
    }
  }
}

SPIKEC_TARGET SPIKEC_INLINE void SPIKEC_KERNEL(spikec_event_deliver)(
    const spikec_event_target *target, const int32_t *sums, int32_t pixel, int32_t channels,
    int32_t first, int32_t left, int32_t steps, const int width) {
  if (!target->membrane) {
    spikec_event_deliver_portable(target, sums, pixel, channels, first, left, steps, width);
    return;
  }
  const int32_t place = pixel * channels + first;
  const int32_t constant = target->period == channels ? first : place;
  const __m128i shift = _mm_cvtsi32_si128(__builtin_ctz((unsigned)target->unit));
  for (int32_t i = 0; i < width && i < left; i += 16) {
    const __mmask16 valid = (__mmask16)(left - i < 16 ? (1u << (left - i)) - 1u : 0xffffu);
    const __m512i bias = _mm512_maskz_loadu_epi32(valid, target->bias + constant + i);
    const __m512i threshold = _mm512_maskz_loadu_epi32(valid, target->threshold + constant + i);
    __m512i membrane = _mm512_maskz_loadu_epi32(valid, target->membrane + place + i);
    for (int32_t t = 0; t < steps; ++t) {
      const __m512i current = _mm512_sll_epi32(_mm512_loadu_si512(sums + t * width + i), shift);
      const __m512i charge = _mm512_add_epi32(_mm512_add_epi32(membrane, bias), current);
      const __mmask16 fires = _mm512_cmpge_epi32_mask(charge, threshold);
      membrane = _mm512_mask_sub_epi32(charge, fires, charge, threshold);
      uint8_t *const spikes = target->spikes + t * target->stride + place + i;
      const __m128i ones = _mm_maskz_set1_epi8(fires, 1);
      if (left - i >= 16) {
        _mm_storeu_si128((__m128i *)(void *)spikes, ones);
      } else {
        _mm_mask_storeu_epi8(spikes, valid, ones);
      }
    }
    _mm512_mask_storeu_epi32(target->membrane + place + i, valid, membrane);
  }
}
