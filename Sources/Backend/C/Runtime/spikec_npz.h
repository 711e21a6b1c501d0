/* Reads arrays row by row from .npy files and .npz archives (stored, or deflated when built with
 * -DSPIKEC_ZLIB), and writes .npy files. For hosts, not for microcontrollers: it allocates. */
#ifndef SPIKEC_NPZ_H
#define SPIKEC_NPZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* An open array, in row-major order. */
typedef struct spikec_array {
  size_t rank;
  size_t shape[8];
  size_t rows;           /* the first extent */
  size_t row_count;      /* the number of elements in a row */
  char kind;             /* of the elements: 'u', 'i' or 'f' */
  size_t width;          /* their bytes */
  FILE *file;            /* where the elements are, if they are stored as they are; else NULL, */
  unsigned char *memory; /* and they are here */
  size_t start;          /* where they begin in either */
} spikec_array;

/* Opens the first of `names` (of which the last is NULL) that is there; the array of a .npy file is
 * called "". Returns 0; 1 if there is none; -1 on an error, with a message. */
int spikec_array_open(const char *path, const char *const *names, spikec_array *array,
                      char error[256]);

/* Reads some rows as numbers. Returns 0, or -1 with a message. */
int spikec_array_read(spikec_array *array, size_t first, size_t rows, double *values,
                      char error[256]);

void spikec_array_close(spikec_array *array);

/* Starts a .npy file of doubles [rows][columns]; the elements follow. Returns 0, or -1. */
int spikec_npy_begin(FILE *file, size_t rows, size_t columns);

#endif
