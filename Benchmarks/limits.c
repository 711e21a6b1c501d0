/* What this machine can do on one thread: prints, as JSON, int8 multiply-adds a second of the best
 * instruction that the kernels have one for, bytes a second copied between large arrays (read and
 * written, as STREAM counts), and bytes a second read from a block of the given size.
 * Usage: limits BYTES */
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__ARM_FEATURE_DOTPROD)
#include <arm_neon.h>
#endif

enum { COPY = 128 << 20 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Keeps what was computed or stored from being left out. */
#define USE(value) __asm__ volatile("" : "+r"(value) : : "memory")

/* Rounds of eight independent chains of an instruction; each gives the multiply-adds of a round.
 * The sums are eight variables, not an array, so that every compiler keeps them in registers. */
#define EIGHT(what) what(s0) what(s1) what(s2) what(s3) what(s4) what(s5) what(s6) what(s7)
#if defined(__x86_64__)
__attribute__((target("avx512f,avx512vnni"))) static double vnni(long rounds) {
  const __m512i a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(5);
#define START(s) __m512i s = _mm512_setzero_si512();
#define STEP(s) s = _mm512_dpbusd_epi32(s, a, b); __asm__ volatile("" : "+v"(s));
  EIGHT(START)
  for (long n = 0; n < rounds; ++n) { EIGHT(STEP) }
#undef START
#undef STEP
  return 8 * 64;
}

__attribute__((target("avx2"))) static double madd(long rounds) {
  __m256i a = _mm256_set1_epi16(3);
  const __m256i b = _mm256_set1_epi16(5);
#define START(s) __m256i s = _mm256_setzero_si256();
#define STEP(s)                                     \
  __asm__ volatile("" : "+x"(a));                   \
  s = _mm256_add_epi32(s, _mm256_madd_epi16(a, b)); \
  __asm__ volatile("" : "+x"(s));
  EIGHT(START)
  for (long n = 0; n < rounds; ++n) { EIGHT(STEP) }
#undef START
#undef STEP
  return 8 * 16;
}
#elif defined(__ARM_FEATURE_DOTPROD)
static double dot(long rounds) {
  const int8x16_t a = vdupq_n_s8(3), b = vdupq_n_s8(5);
#define START(s) int32x4_t s = vdupq_n_s32(0);
#define STEP(s) s = vdotq_s32(s, a, b); __asm__ volatile("" : "+w"(s));
  EIGHT(START)
  for (long n = 0; n < rounds; ++n) { EIGHT(STEP) }
#undef START
#undef STEP
  return 8 * 16;
}
#endif

/* Whatever the compiler makes of it. */
static double plain(long rounds) {
  static int8_t a[1024], b[1024];
  static int32_t sum[1024];
  for (long n = 0; n < rounds; ++n) {
    for (int i = 0; i < 1024; ++i) sum[i] += a[i] * b[i];
    __asm__ volatile("" ::: "memory");
  }
  return 1024;
}

/* The best of five tries of about 50 ms. */
static double rate(double (*run)(long)) {
  long rounds = 1000;
  double best = 0, seconds = 0;
  while (seconds < 0.05) {
    const double start = now();
    run(rounds *= 2);
    seconds = now() - start;
  }
  for (int i = 0; i < 5; ++i) {
    const double start = now();
    const double work = run(rounds) * (double)rounds;
    const double found = work / (now() - start);
    if (found > best) best = found;
  }
  return best;
}

static const char *instruction = "plain C";

static double multiply_adds(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vnni")) return instruction = "vpdpbusd zmm", rate(vnni);
  if (__builtin_cpu_supports("avx2")) return instruction = "vpmaddwd ymm", rate(madd);
#elif defined(__ARM_FEATURE_DOTPROD)
  return instruction = "sdot", rate(dot);
#endif
  return rate(plain);
}

static double copy_rate(void) {
  char *const from = malloc(COPY), *const to = malloc(COPY);
  size_t bytes = COPY;
  char *copied = to;
  double best = 0;
  USE(bytes); /* a constant size would be copied by other code than that of the C library */
  if (!from || !to) exit(1);
  memset(from, 1, COPY);
  memset(to, 2, COPY);
  for (int i = 0; i < 6; ++i) {
    const double start = now();
    memcpy(to, from, bytes);
    USE(copied);
    const double seconds = now() - start;
    if (2.0 * COPY / seconds > best) best = 2.0 * COPY / seconds;
  }
  free(from);
  free(to);
  return best;
}

static double read_rate(size_t bytes) {
  const size_t count = bytes / sizeof(uint64_t);
  uint64_t *const block = malloc(count * sizeof *block);
  double best = 0;
  if (!block) exit(1);
  memset(block, 1, count * sizeof *block);
  for (int i = 0; i < 40; ++i) {
    uint64_t sum = 0;
    const double start = now();
    for (size_t n = 0; n < count; ++n) sum += block[n];
    USE(sum);
    const double found = (double)bytes / (now() - start);
    if (found > best) best = found;
  }
  free(block);
  return best;
}

int main(int argc, char **argv) {
  const size_t bytes = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 1 << 20;
  const double peak = multiply_adds();
  printf("{\"instruction\": \"%s\", \"multiply_adds_per_second\": %.4g, ", instruction, peak);
  printf("\"bytes_copied_per_second\": %.4g, ", copy_rate());
  printf("\"bytes_read_per_second\": %.4g}\n", read_rate(bytes));
  return 0;
}
