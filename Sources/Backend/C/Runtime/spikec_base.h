/* What all kernels share: types, and which instruction sets they are made for. */
#ifndef SPIKEC_BASE_H
#define SPIKEC_BASE_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__GNUC__)
#define SPIKEC_INLINE static inline __attribute__((always_inline))
#define SPIKEC_UNROLL _Pragma("GCC unroll 16")
#else
#define SPIKEC_INLINE static inline
#define SPIKEC_UNROLL
#endif

/* Kernels for AVX2 and AVX-512 are compiled whatever the options are; the processor says at run
 * time which ones it has. Define SPIKEC_NO_AVX512 or SPIKEC_NO_SIMD to leave some out. */
#if defined(__GNUC__) && defined(__x86_64__) && !defined(SPIKEC_NO_SIMD)
#include <immintrin.h>
#define SPIKEC_X86
#define SPIKEC_AVX2 __attribute__((target("avx2")))
#define SPIKEC_AVX512 \
  __attribute__((target("avx2,bmi,bmi2,popcnt,avx512f,avx512bw,avx512vl,avx512vnni,avx512vbmi2")))

/* Where the compiler's options ask for a set, there is nothing to ask the processor, and the other
 * kernels are left out. */
static inline int spikec_has_avx2(void) {
#ifdef __AVX2__
  return 1;
#else
  return __builtin_cpu_supports("avx2");
#endif
}

/* That is: a processor of 2019 or later. */
static inline int spikec_has_avx512(void) {
#ifdef SPIKEC_NO_AVX512
  return 0;
#elif defined(__AVX512VNNI__) && defined(__AVX512VBMI2__) && defined(__AVX512BW__) && \
    defined(__AVX512VL__)
  return 1;
#else
  return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vbmi2") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#endif
}
#endif

/* On Arm the options of the compiler decide, such as -march=native or -march=armv8.2-a+dotprod.
 * Define SPIKEC_NO_DOTPROD or SPIKEC_NO_SIMD to leave some out. */
#if defined(__GNUC__) && defined(__aarch64__) && defined(__ARM_NEON) && \
    !defined(__AARCH64EB__) && !defined(SPIKEC_NO_SIMD)
#include <arm_neon.h>
#define SPIKEC_NEON
#if defined(__ARM_FEATURE_DOTPROD) && !defined(SPIKEC_NO_DOTPROD)
#define SPIKEC_DOTPROD
#endif
#endif

/* A window that slides over height and width. */
typedef struct spikec_window {
  int32_t in_height, in_width, in_channels;
  int32_t out_height, out_width, out_channels;
  int32_t kernel_height, kernel_width;
  int32_t stride_y, stride_x;
  int32_t pad_top, pad_left;
  int32_t dilation_y, dilation_x;
} spikec_window;

#endif
