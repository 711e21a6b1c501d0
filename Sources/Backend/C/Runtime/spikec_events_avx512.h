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
    for (int32_t n = 0; n < most; ++n) {
      _mm512_storeu_si512(list + length, _mm512_maskz_compress_epi16(spikes, place));
      length += (int32_t)_mm_popcnt_u32(spikes);
      /* With few levels it is not worth it to foresee the end. */
      if (most > 4 && spikes == 0) break;
      here = _mm256_subs_epu8(here, _mm256_set1_epi8(1));
      spikes = _mm256_test_epi8_mask(here, here);
    }
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

SPIKEC_TARGET SPIKEC_INLINE void SPIKEC_KERNEL(spikec_event_fill)(uint16_t *list, int32_t length,
                                                                  int32_t end, uint16_t zeros) {
  const __m512i row = _mm512_set1_epi16((int16_t)zeros);
  int32_t i = length;
  do {
    _mm512_storeu_si512(list + i, row);
    i += 32;
  } while (i < end);
}

/* Adds a row of weights. */
SPIKEC_TARGET SPIKEC_INLINE void spikec_event_add_avx512(const uint8_t *row, __m512i *sums,
                                                         const int width) {
  if (width < 64) {
    const __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)row);
    sums[0] = _mm512_add_epi16(sums[0], _mm512_cvtepu8_epi16(bytes));
  }
  SPIKEC_UNROLL for (int i = 0; i < width / 64; ++i) {
    __m512i pair = _mm512_loadu_si512(row + 64 * i);
    /* Says nothing, but GCC then loads it once; which is slower where there are few to load. */
    if (width > 64) __asm__("" : "+v"(pair));
    sums[2 * i] = _mm512_add_epi16(sums[2 * i], pair);
    sums[2 * i + 1] = _mm512_add_epi16(sums[2 * i + 1], _mm512_srli_epi16(pair, 8));
  }
}

/* Sums at most spikec_event_chunk rows of weights of each list, in 16 bits: in vectors of 32 outputs
 * that lie as neighbours [16][2], 16 outputs apart; of 64 outputs, output k of each four in half
 * k / 2 of vector k % 2. There two weights are added as one number of 16 bits, and the odd one by
 * itself: so the even one's sum is what the odd one's leaves. */
SPIKEC_TARGET SPIKEC_INLINE void spikec_event_sums_avx512(
    const spikec_event_lists *lists, int32_t first, int32_t count, const uint8_t *weight,
    __m512i (*sums)[4], const int width, const int together) {
  const int parts = width / 64;
  const __m512i excess = _mm512_set1_epi16((int16_t)(-128 * count));
  const __m512i both_excess = _mm512_add_epi16(excess, _mm512_slli_epi16(excess, 8));
  SPIKEC_UNROLL for (int k = 0; k < together; ++k) {
    if (parts == 0) sums[k][0] = excess;
    SPIKEC_UNROLL for (int i = 0; i < parts; ++i) {
      sums[k][2 * i] = both_excess;
      sums[k][2 * i + 1] = excess;
    }
  }
  for (int32_t n = first; n < first + count; n += spikec_event_pair) {
    SPIKEC_UNROLL for (int k = 0; k < together; ++k) {
      /* Both entries by one load: with the weights, loads are what takes longest. */
      uint32_t entries;
      memcpy(&entries, lists->first + k * lists->size + n, sizeof entries);
      __asm__("" : "+r"(entries));
      const uint8_t *const one = weight + (size_t)(uint16_t)entries * (size_t)width;
      const uint8_t *const other = weight + (size_t)(entries >> 16) * (size_t)width;
      spikec_event_add_avx512(one, sums[k], width);
      spikec_event_add_avx512(other, sums[k], width);
    }
  }
  SPIKEC_UNROLL for (int k = 0; k < together; ++k) {
    SPIKEC_UNROLL for (int i = 0; i < parts; ++i) {
      const __m512i odd = _mm512_slli_epi16(sums[k][2 * i + 1], 8);
      sums[k][2 * i] = _mm512_sub_epi16(sums[k][2 * i], odd);
    }
  }
}

/* Adds sums of 16 bits to charges of 32, times the unit: one instruction for 16 outputs. */
SPIKEC_TARGET SPIKEC_INLINE void spikec_event_charge_avx512(__m512i *charge, const __m512i *sums,
                                                            __m512i unit, const int width) {
  const int each = width < 64 ? 2 : 4;
  const __m512i upper = _mm512_slli_epi32(unit, 16);
  SPIKEC_UNROLL for (int i = 0; i < width / 16; ++i) {
    const __m512i from = sums[i / each * 2 + (each == 4 ? i % 2 : 0)];
    charge[i] = _mm512_dpwssd_epi32(charge[i], from, i % each < each / 2 ? unit : upper);
  }
}

/* A timestep of all outputs of a tile, whose bias the charge holds. */
SPIKEC_TARGET SPIKEC_INLINE void spikec_event_fire_avx512(__m512i *membrane, const __m512i *charge,
                                                          const int32_t *threshold, uint8_t *spikes,
                                                          const int width) {
  const __m512i one = _mm512_set1_epi8(1);
  __mmask16 fires[8];
  SPIKEC_UNROLL for (int i = 0; i < width / 16; ++i) {
    const __m512i limit = _mm512_loadu_si512(threshold + 16 * i);
    membrane[i] = _mm512_add_epi32(membrane[i], charge[i]);
    fires[i] = _mm512_cmpge_epi32_mask(membrane[i], limit);
    membrane[i] = _mm512_mask_sub_epi32(membrane[i], fires[i], membrane[i], limit);
  }
  SPIKEC_UNROLL for (int i = 0; i < width / 32; ++i) {
    const __mmask32 both = _mm512_kunpackw(fires[2 * i + 1], fires[2 * i]);
    _mm256_storeu_si256((__m256i *)(void *)(spikes + 32 * i),
                        _mm256_maskz_mov_epi8(both, _mm512_castsi512_si256(one)));
  }
}

/* As spikec_fire_steps_u8, for a period that is a multiple of 32. */
SPIKEC_TARGET static inline void SPIKEC_KERNEL(spikec_fire_steps)(
    int32_t *membrane, const int32_t *current, int32_t apart, uint8_t *spikes, const int32_t *bias,
    const int32_t *threshold, int32_t count, int32_t period, int32_t unit, int32_t steps,
    int32_t stride) {
  const __m512i factor = _mm512_set1_epi32(unit);
  for (int32_t base = 0; base < count; base += period) {
    for (int32_t i = 0; i < period; i += 32) {
      __m512i kept[2], charge[2];
      SPIKEC_UNROLL for (int k = 0; k < 2; ++k) {
        kept[k] = _mm512_loadu_si512(membrane + base + i + 16 * k);
        charge[k] = _mm512_setzero_si512();
      }
      for (int32_t t = 0; t < steps; ++t) {
        if (t == 0 || apart != 0) {
          SPIKEC_UNROLL for (int k = 0; k < 2; ++k) {
            charge[k] = _mm512_loadu_si512(current + t * apart + base + i + 16 * k);
            charge[k] = _mm512_add_epi32(_mm512_mullo_epi32(charge[k], factor),
                                         _mm512_loadu_si512(bias + i + 16 * k));
          }
        }
        spikec_event_fire_avx512(kept, charge, threshold + i,
                                 spikes + t * stride + base + i, 32);
      }
      SPIKEC_UNROLL for (int k = 0; k < 2; ++k) {
        _mm512_storeu_si512(membrane + base + i + 16 * k, kept[k]);
      }
    }
  }
}

/* What lists sum up to, times the unit, and the bias, if there is one. */
SPIKEC_TARGET SPIKEC_INLINE void spikec_event_charges_avx512(
    const spikec_event_lists *lists, const uint8_t *weight, int32_t unit, const int32_t *bias,
    __m512i (*charge)[8], const int width, const int together) {
  __m512i sums[spikec_event_together][4];
  SPIKEC_UNROLL for (int k = 0; k < together; ++k) {
    SPIKEC_UNROLL for (int i = 0; i < width / 16; ++i) {
      charge[k][i] = bias ? _mm512_loadu_si512(bias + 16 * i) : _mm512_setzero_si512();
    }
  }
  int32_t first = 0;
  do {
    const int32_t left = lists->count - first;
    const int32_t count = left < spikec_event_chunk ? left : spikec_event_chunk;
    spikec_event_sums_avx512(lists, first, count, weight, sums, width, together);
    SPIKEC_UNROLL for (int k = 0; k < together; ++k) {
      spikec_event_charge_avx512(charge[k], sums[k], _mm512_set1_epi32(unit), width);
    }
    first += count;
  } while (first < lists->count);
}

SPIKEC_TARGET SPIKEC_INLINE void SPIKEC_KERNEL(spikec_event_give)(
    const spikec_event_lists *lists, const uint8_t *weight, const spikec_event_target *target,
    const spikec_event_place *here, int32_t t, int32_t left, const int width, const int together) {
  __m512i charge[spikec_event_together][8];
  if (!target->membrane || here->left < width) {
    spikec_event_charges_avx512(lists, weight, target->unit, NULL, charge, width, together);
    int32_t sums[spikec_event_together * spikec_event_tile];
    SPIKEC_UNROLL for (int m = 0; m < together * (width / 16); ++m) {
      _mm512_storeu_si512(sums + 16 * m, charge[m / (width / 16)][m % (width / 16)]);
    }
    for (int k = 0; k < together && k < left; ++k) {
      spikec_event_deliver_portable(target, sums + k * width, here, t + k, 1, width);
    }
    return;
  }
  spikec_event_charges_avx512(lists, weight, target->unit, target->bias + here->constant, charge,
                              width, together);
  __m512i membrane[8];
  int32_t *const kept = target->membrane + here->place;
  uint8_t *const spikes = target->spikes + t * target->stride + here->place;
  const int32_t stride = target->stride;
  const int32_t *const threshold = target->threshold + here->constant;
  SPIKEC_UNROLL for (int i = 0; i < width / 16; ++i) membrane[i] = _mm512_loadu_si512(kept + 16 * i);
  SPIKEC_UNROLL for (int k = 0; k < together; ++k) {
    if (k >= left) continue;
    spikec_event_fire_avx512(membrane, charge[k], threshold, spikes + k * stride, width);
  }
  SPIKEC_UNROLL for (int i = 0; i < width / 16; ++i) _mm512_storeu_si512(kept + 16 * i, membrane[i]);
}
