/* Reads array x of every named file whole; prints its shape, its sum, or why it cannot be had. */
#include <stdio.h>
#include <stdlib.h>

#include "spikec_npz.h"

int main(int argc, char **argv) {
  static const char *const names[] = {"x", "", NULL};
  for (int i = 1; i < argc; ++i) {
    char error[256] = "";
    spikec_array array;
    double sum = 0;
    int status = spikec_array_open(argv[i], names, &array, error);
    if (status != 0) {
      printf("%s\n", status == 1 ? "no x" : error);
      continue;
    }
    double *row = malloc((array.row_count + 1) * sizeof *row);
    if (!row) return 1;
    for (size_t r = 0; status == 0 && r < array.rows; ++r) {
      status = spikec_array_read(&array, r, 1, row, error);
      for (size_t j = 0; status == 0 && j < array.row_count; ++j) sum += row[j];
    }
    if (status == 0) {
      printf("%lu x %lu: %.17g\n", (unsigned long)array.rows, (unsigned long)array.row_count, sum);
    } else {
      printf("%s\n", error);
    }
    free(row);
    spikec_array_close(&array);
  }
  return 0;
}
