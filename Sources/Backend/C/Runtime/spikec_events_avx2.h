/* The parts of an event-driven synapse in AVX2; see spikec_events_portable.h. */

SPIKEC_TARGET SPIKEC_INLINE int32_t SPIKEC_KERNEL(spikec_event_list)(const uint8_t *level,
                                                                     int32_t count, int32_t first,
                                                                     int32_t most, uint16_t *list) {
  return spikec_event_list_portable(level, count, first, most, list);
}

SPIKEC_TARGET SPIKEC_INLINE void SPIKEC_KERNEL(spikec_event_copy)(const uint16_t *from,
                                                                  uint16_t *to, int32_t count,
                                                                  uint16_t shift) {
  const __m256i by = _mm256_set1_epi16((int16_t)shift);
  for (int32_t i = 0; i < count; i += 16) {
    const __m256i part = _mm256_loadu_si256((const __m256i *)(const void *)(from + i));
    _mm256_storeu_si256((__m256i *)(void *)(to + i), _mm256_add_epi16(part, by));
  }
}

SPIKEC_TARGET SPIKEC_INLINE void SPIKEC_KERNEL(spikec_event_fill)(uint16_t *list, int32_t length,
                                                                  int32_t end, uint16_t zeros) {
  const __m256i row = _mm256_set1_epi16((int16_t)zeros);
  int32_t i = length;
  do {
    _mm256_storeu_si256((__m256i *)(void *)(list + i), row);
    i += 16;
  } while (i < end);
}

/* Two weights are added as one number of 16 bits, and the odd one by itself: so the even one's sum
 * is what the odd one's leaves. */
SPIKEC_TARGET SPIKEC_INLINE void SPIKEC_KERNEL(spikec_event_sums)(const uint16_t *list,
                                                                  int32_t count,
                                                                  const uint8_t *weight,
                                                                  int32_t *sums, const int width) {
  memset(sums, 0, (size_t)width * sizeof *sums);
  for (int32_t first = 0; first < count; first += spikec_event_chunk) {
    const int32_t end = count - first < spikec_event_chunk ? count : first + spikec_event_chunk;
    const __m256i excess = _mm256_set1_epi32(128 * (end - first));
    __m256i both[4], odd[4];
    SPIKEC_UNROLL for (int i = 0; i < width / 32; ++i) both[i] = odd[i] = _mm256_setzero_si256();
    for (int32_t n = first; n < end; ++n) {
      const uint8_t *const row = weight + list[n] * width;
      SPIKEC_UNROLL for (int i = 0; i < width / 32; ++i) {
        const __m256i pair = _mm256_loadu_si256((const __m256i *)(const void *)(row + 32 * i));
        both[i] = _mm256_add_epi16(both[i], pair);
        odd[i] = _mm256_add_epi16(odd[i], _mm256_srli_epi16(pair, 8));
      }
    }
    SPIKEC_UNROLL for (int i = 0; i < width / 32; ++i) {
      const __m256i even = _mm256_sub_epi16(both[i], _mm256_slli_epi16(odd[i], 8));
      /* Eight outputs each: in the order of spikec_event_output. */
      __m256i parts[4];
      if (width == 32) {
        parts[0] = _mm256_cvtepu16_epi32(_mm256_castsi256_si128(even));
        parts[1] = _mm256_cvtepu16_epi32(_mm256_extracti128_si256(even, 1));
        parts[2] = _mm256_cvtepu16_epi32(_mm256_castsi256_si128(odd[i]));
        parts[3] = _mm256_cvtepu16_epi32(_mm256_extracti128_si256(odd[i], 1));
      } else {
        const __m256i low = _mm256_set1_epi32(0xffff);
        parts[0] = _mm256_and_si256(even, low);
        parts[1] = _mm256_and_si256(odd[i], low);
        parts[2] = _mm256_srli_epi32(even, 16);
        parts[3] = _mm256_srli_epi32(odd[i], 16);
      }
      SPIKEC_UNROLL for (int k = 0; k < 4; ++k) {
        const int output = width == 32 ? 8 * k : i / 2 * 64 + 16 * k + i % 2 * 8;
        __m256i *const sum = (__m256i *)(void *)(sums + output);
        const __m256i part = _mm256_sub_epi32(parts[k], excess);
        _mm256_storeu_si256(sum, _mm256_add_epi32(_mm256_loadu_si256(sum), part));
      }
    }
  }
}
