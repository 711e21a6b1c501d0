// Where the process that reads a file writes what it finds: two files, of records and of values.
#ifndef SPIKEC_HDF5_SINK_H
#define SPIKEC_HDF5_SINK_H
#include "../CHDF5/shim.h"
#include "hdf5_snapshot.h"

typedef struct {
  int records, values;
  uint64_t record_bytes, value_bytes;  // written so far
  uint64_t value_limit;
} spikec_sink;

// Appends to the values. Ends the process where that is impossible.
void spikec_put_values(spikec_sink *sink, const void *bytes, uint64_t size);

// Appends a record that consists of a fixed part and up to two texts. Ends the process likewise.
void spikec_put_record(
    spikec_sink *sink, uint32_t tag, uint32_t object, const void *fixed, uint64_t fixed_size,
    const char *name, const char *reason);

// Writes what an attribute (named `name`) or a dataset (`name` is NULL) holds.
void spikec_put_data(
    spikec_sink *sink, uint32_t object, hid_t source, const char *name, uint64_t file_size);
#endif
