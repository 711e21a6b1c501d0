/* Runs an emitted network on a Cortex-M4 without an operating system, a heap or a file: its images
 * lie in memory, its predictions go to the debugger (semihosting), line by line as the network's own
 * program prints them, then the largest stack and the instructions of an image. */
#include <stdint.h>
#include <string.h>

#include "net.h"

extern const unsigned char images[];
extern const unsigned image_count;
extern uint32_t data_begin[], data_end[], data_image[], bss_begin[], bss_end[], stack_top[];

/* The board's first timer counts down at 25 MHz. With `qemu -icount shift=0` an instruction takes a
 * nanosecond, so a tick is 40 instructions. */
#define TIMER ((volatile uint32_t *)0x40000000) /* control, value, reload */
#define INSTRUCTIONS_PER_TICK 40u
#define PAINT 0xa5a5a5a5u

static net_state state;

/* Calls the debugger: 0x04 writes a text, 0x18 ends the program. */
static int debugger(int operation, const void *argument) {
  register int r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

static void print(const char *text) { debugger(0x04, text); }

static void print_number(uint32_t number) {
  char digits[11];
  char *at = digits + sizeof digits - 1;
  *at = 0;
  do {
    *--at = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  print(at);
}

static uint32_t largest(const double *logits) {
  uint32_t best = 0;
  for (uint32_t i = 1; i < net_OUTPUT_COUNT; ++i) {
    if (logits[i] > logits[best]) best = i;
  }
  return best;
}

static void run(void) {
  uint32_t ticks = 0;
  net_init(&state, 0);
  TIMER[2] = UINT32_MAX;
  TIMER[0] = 1;
  for (unsigned n = 0; n < image_count; ++n) {
    double logits[net_OUTPUT_COUNT];
    TIMER[1] = TIMER[2] = UINT32_MAX;
    net_infer(&state, images + n * net_INPUT_COUNT, logits);
    ticks += (UINT32_MAX - TIMER[1]) / image_count;
    print("image ");
    print_number(n);
    print(" predicted ");
    print_number(largest(logits));
    print("\n");
  }
  print("instructions per image: ");
  print_number(ticks * INSTRUCTIONS_PER_TICK);
  print("\n");
}

/* The words below the stack that were painted and never written. */
static void print_stack(void) {
  const uint32_t *word = bss_end;
  while (*word == PAINT) ++word;
  print("largest stack: ");
  print_number((uint32_t)((const char *)stack_top - (const char *)word));
  print(" bytes\n");
}

__attribute__((noreturn)) void start(void) {
  /* Gives access to the floating-point unit, for the read-out. */
  *(volatile uint32_t *)0xe000ed88 |= 0xf00000;
  __asm__ volatile("dsb\nisb");
  memcpy(data_begin, data_image, (size_t)((char *)data_end - (char *)data_begin));
  memset(bss_begin, 0, (size_t)((char *)bss_end - (char *)bss_begin));
  for (uint32_t *word = bss_end; word < (uint32_t *)__builtin_frame_address(0) - 64; ++word) {
    *word = PAINT;
  }
  run();
  print_stack();
  debugger(0x18, (const void *)0x20026); /* the application has ended */
  for (;;) {
  }
}

/* An exception is a defect. */
__attribute__((noreturn)) static void fault(void) {
  print("fault\n");
  debugger(0x18, (const void *)0x20024);
  for (;;) {
  }
}

__attribute__((section(".vectors"), used)) static void *const vectors[16] = {
    stack_top, (void *)start, (void *)fault, (void *)fault, (void *)fault, (void *)fault,
    (void *)fault};
