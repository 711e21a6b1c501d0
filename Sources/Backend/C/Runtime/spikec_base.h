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
#define SPIKEC_PREFETCH(address) __builtin_prefetch(address, 0, 2)
#else
#define SPIKEC_INLINE static inline
#define SPIKEC_UNROLL
#define SPIKEC_PREFETCH(address) (void)(address)
#endif

/* A kernel that is compiled once, and not again for each geometry that it is called with: GCC
 * unrolls the short loops of such copies, which made dot products half as slow again. */
#if defined(__GNUC__) && !defined(__clang__)
#define SPIKEC_GENERAL static __attribute__((noinline, noclone, unused))
#else
#define SPIKEC_GENERAL static inline
#endif

/* Where OpenMP is, several threads share the work on an image: all of them run the statements of a
 * SPIKEC_THREADS block, each takes its part of a SPIKEC_SHARE loop, and one of them does what is
 * SPIKEC_ONCE; they wait for each other behind both. Elsewhere these words say nothing. */
#if defined(_OPENMP) && defined(__GNUC__)
#include <omp.h>
#define SPIKEC_OPENMP
#define SPIKEC_PRAGMA(text) _Pragma(#text)
#define SPIKEC_THREADS(count) \
  SPIKEC_PRAGMA(omp parallel num_threads((count) > 1 ? (count) : 1) if ((count) > 1))
#define SPIKEC_SHARE SPIKEC_PRAGMA(omp for schedule(static))
#define SPIKEC_ONCE SPIKEC_PRAGMA(omp single)
#define SPIKEC_ATOMIC SPIKEC_PRAGMA(omp atomic)
/* A buffer for a part of a shared loop: each thread's own, instead of the place in the state. */
#define SPIKEC_OWN(type, name, count, place) \
  type name[count] __attribute__((aligned(64)))
#else
#define SPIKEC_THREADS(count)
#define SPIKEC_SHARE
#define SPIKEC_ONCE
#define SPIKEC_ATOMIC
#define SPIKEC_OWN(type, name, count, place) type *const name = place
#endif

/* How many threads share the work. */
static inline int32_t spikec_threads(void) {
#ifdef SPIKEC_OPENMP
  return omp_get_num_threads();
#else
  return 1;
#endif
}

/* Which of them this is, from 0 on. */
static inline int32_t spikec_thread(void) {
#ifdef SPIKEC_OPENMP
  return omp_get_thread_num();
#else
  return 0;
#endif
}

/* A thread's part of elements: whole runs, from `first` to `first` + `size` - 1. */
typedef struct spikec_part {
  int32_t first, size;
} spikec_part;

static inline spikec_part spikec_part_of_runs(int32_t count, int32_t run, int32_t thread) {
  const int64_t runs = count / run, threads = spikec_threads();
  const int64_t first = runs * thread / threads, end = runs * (thread + 1) / threads;
  const spikec_part result = {(int32_t)first * run, (int32_t)(end - first) * run};
  return result;
}

/* Kernels for AVX2 and AVX-512 are compiled whatever the options are; the processor says at run
 * time which ones it has. Define SPIKEC_NO_AVX512 or SPIKEC_NO_SIMD to leave some out. */
#if defined(__GNUC__) && defined(__x86_64__) && !defined(SPIKEC_NO_SIMD)
#include <immintrin.h>
#define SPIKEC_X86
#define SPIKEC_AVX2 __attribute__((target("avx2")))
#define SPIKEC_AVX512 \
  __attribute__((target("avx2,bmi,bmi2,popcnt,avx512f,avx512bw,avx512vl,avx512vnni,avx512vbmi2")))
#define SPIKEC_AVX512_VBMI                                                                        \
  __attribute__((target("avx2,bmi,bmi2,popcnt,avx512f,avx512bw,avx512vl,avx512vnni,avx512vbmi2," \
                        "avx512vbmi")))

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

/* A row of the frame that is put around levels, in elements: its length, how many zeros come first,
 * and how many levels then, from which one on. */
typedef struct spikec_frame_row {
  int32_t line, before, run, from;
} spikec_frame_row;

/* Row `y` of a frame of `width` pixels, which begins pad_top above and pad_left left of the levels. */
static inline spikec_frame_row spikec_row_of_frame(const spikec_window *w, int32_t width,
                                                   int32_t y) {
  const int32_t right = w->pad_left + w->in_width < width ? w->pad_left + w->in_width : width;
  const int32_t row = y - w->pad_top, is_inside = row >= 0 && row < w->in_height;
  const spikec_frame_row result = {
      width * w->in_channels, (w->pad_left < width ? w->pad_left : width) * w->in_channels,
      is_inside && right > w->pad_left ? (right - w->pad_left) * w->in_channels : 0,
      is_inside ? row * w->in_width * w->in_channels : 0};
  return result;
}

#endif
