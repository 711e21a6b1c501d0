/* Reads arrays from .npy files and .npz archives (stored, or deflated when built with
 * -DSPIKEC_ZLIB). For hosts, not for microcontrollers: it allocates. */
#ifndef SPIKEC_NPZ_H
#define SPIKEC_NPZ_H

#include <stddef.h>
#include <stdint.h>

typedef enum spikec_type { SPIKEC_U8, SPIKEC_F32, SPIKEC_F64, SPIKEC_I32, SPIKEC_I64 } spikec_type;

typedef struct spikec_array {
  spikec_type type;
  size_t rank;
  size_t shape[8];
  size_t count;        /* the number of elements */
  unsigned char *data; /* freed with spikec_array_free */
  unsigned char *block;
} spikec_array;

/* Reads the array `name` of an archive; a .npy file has one array, which any name finds.
 * Returns 0; 1 if there is no such array; -1 on an error, with a message in error[256]. */
int spikec_read_array(const char *path, const char *name, spikec_array *array, char error[256]);

/* Element i as a number. */
double spikec_array_get(const spikec_array *array, size_t i);

void spikec_array_free(spikec_array *array);

#endif
