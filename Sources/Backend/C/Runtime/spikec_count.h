/* Counting the spikes of a source, and what they drive: see spikec_count in spikec_values.h. */
#ifndef SPIKEC_COUNT_H
#define SPIKEC_COUNT_H

#include "spikec_base.h"

#ifdef SPIKEC_X86
/* Runs of a multiple of 32 bytes. */
SPIKEC_AVX2 static inline void spikec_count_bytes_avx2(const uint8_t *values, int32_t count,
                                                       const uint32_t *fan_out, int32_t run,
                                                       uint64_t *spikes, uint64_t *operations) {
  /* Four sums each; those of a run fit 32 bits, as do fan-outs. */
  __m256i all = _mm256_setzero_si256(), driven = all;
  for (int32_t base = 0; base < count; base += run) {
    __m256i here = _mm256_setzero_si256();
    for (int32_t i = base; i < base + run; i += 32) {
      const __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)(values + i));
      here = _mm256_add_epi64(here, _mm256_sad_epu8(bytes, _mm256_setzero_si256()));
    }
    const __m256i each = _mm256_set1_epi64x(fan_out[base / run]);
    all = _mm256_add_epi64(all, here);
    driven = _mm256_add_epi64(driven, _mm256_mul_epu32(here, each));
  }
  uint64_t sums[4], products[4];
  _mm256_storeu_si256((__m256i *)(void *)sums, all);
  _mm256_storeu_si256((__m256i *)(void *)products, driven);
  for (int i = 0; i < 4; ++i) {
    *spikes += sums[i];
    *operations += products[i];
  }
}
#endif

/* As spikec_count_u8. */
static inline void spikec_count_bytes(const uint8_t *values, int32_t count, const uint32_t *fan_out,
                                      int32_t run, uint64_t *spikes, uint64_t *operations) {
#ifdef SPIKEC_X86
  if (run % 32 == 0 && spikec_has_avx2()) {
    spikec_count_bytes_avx2(values, count, fan_out, run, spikes, operations);
    return;
  }
#endif
  spikec_count_u8(values, count, fan_out, run, spikes, operations);
}

#endif
