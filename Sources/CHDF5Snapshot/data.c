// Writes down what attributes and datasets hold.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sink.h"

enum { PIECE = 1 << 24 };
// Deflate makes data at most about 1,032 times smaller.
enum { LARGEST_RATIO = 1100 };
static const uint64_t LARGEST_COUNT = (uint64_t)1 << 31;

typedef struct {
  spikec_h5_data data;
  hid_t source, type, space;
  hid_t memory;  // the type that libhdf5 converts to, or -1
  int is_attribute, closes_memory;
  uint64_t count;
  char reason[256];
} item;

static void fail(item *it) {
  it->data.place = SPIKEC_H5_CORRUPT;
  spikec_h5_reason(it->reason);
}

static uint32_t kind_of(hid_t type) {
  switch (H5Tget_class(type)) {
    case H5T_FLOAT: return SPIKEC_H5_FLOAT;
    case H5T_INTEGER: return H5Tget_sign(type) == H5T_SGN_NONE ? SPIKEC_H5_UNSIGNED : SPIKEC_H5_SIGNED;
    case H5T_STRING:
      return H5Tis_variable_str(type) > 0 ? SPIKEC_H5_VARIABLE_STRING : SPIKEC_H5_FIXED_STRING;
    default: return SPIKEC_H5_NEITHER;
  }
}

// The machine's own type that has room for all values of the kind.
static hid_t native_type(uint32_t kind, uint64_t size) {
  int is_signed = kind == SPIKEC_H5_SIGNED;
  if (kind == SPIKEC_H5_FLOAT) return size <= 4 ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
  if (size <= 1) return is_signed ? H5T_NATIVE_INT8 : H5T_NATIVE_UINT8;
  if (size <= 2) return is_signed ? H5T_NATIVE_INT16 : H5T_NATIVE_UINT16;
  if (size <= 4) return is_signed ? H5T_NATIVE_INT32 : H5T_NATIVE_UINT32;
  return is_signed ? H5T_NATIVE_INT64 : H5T_NATIVE_UINT64;
}

// Chooses the type in memory.
static void choose_type(item *it) {
  it->data.kind = kind_of(it->type);
  it->data.element_size = H5Tget_size(it->type);
  if (it->data.kind == SPIKEC_H5_NEITHER) {
    it->data.place = SPIKEC_H5_NOT_READ;
  } else if (it->data.kind == SPIKEC_H5_FIXED_STRING) {
    it->memory = it->type;
  } else if (it->data.kind == SPIKEC_H5_VARIABLE_STRING) {
    it->memory = H5Tcopy(H5T_C_S1), it->closes_memory = 1;
    H5Tset_size(it->memory, H5T_VARIABLE);
    H5Tset_cset(it->memory, H5Tget_cset(it->type));
    H5Tset_strpad(it->memory, H5Tget_strpad(it->type));
  } else {
    it->memory = native_type(it->data.kind, it->data.element_size);
  }
  it->data.stored_size = it->memory >= 0 ? H5Tget_size(it->memory) : 0;
}

// Reads the extent; a null one has a dimension of 0.
static void read_extent(item *it) {
  int rank = H5Sget_simple_extent_ndims(it->space);
  hsize_t dimensions[H5S_MAX_RANK] = {0};
  if (rank < 0 || rank > 32) return fail(it);
  if (H5Sget_simple_extent_type(it->space) == H5S_NULL) {
    rank = 1;
  } else if (rank > 0 && H5Sget_simple_extent_dims(it->space, dimensions, NULL) != rank) {
    return fail(it);
  }
  it->data.rank = (uint32_t)rank;
  it->count = 1;
  for (int axis = 0; axis < rank; axis++) {
    it->data.dimensions[axis] = dimensions[axis];
    it->count = dimensions[axis] > LARGEST_COUNT ? LARGEST_COUNT + 1 : it->count * dimensions[axis];
    if (it->count > LARGEST_COUNT) it->count = LARGEST_COUNT + 1;
  }
  for (int axis = 0; axis < rank; axis++)
    if (dimensions[axis] == 0) it->count = 0;
  if (it->count > LARGEST_COUNT) it->data.place = SPIKEC_H5_TOO_LARGE;
}

static herr_t read_values(const item *it, hid_t memory_space, hid_t file_space, void *values) {
  return it->is_attribute
             ? H5Aread(it->source, it->memory, values)
             : H5Dread(it->source, it->memory, memory_space, file_space, H5P_DEFAULT, values);
}

static void put_string(spikec_sink *sink, const char *text, uint64_t size) {
  uint32_t length = (uint32_t)size;
  if (size > UINT32_MAX) _exit(-SPIKEC_H5_ENDLESS);
  spikec_put_values(sink, &length, sizeof length);
  spikec_put_values(sink, text, size);
}

static void put_strings(item *it, spikec_sink *sink) {
  char *values = (char *)calloc(it->count, it->data.stored_size);
  if (!values || read_values(it, H5S_ALL, H5S_ALL, values) < 0) {
    fail(it);
    free(values);
    return;
  }
  uint64_t size = it->data.stored_size;
  int is_padded = H5Tget_strpad(it->type) == H5T_STR_SPACEPAD;
  for (uint64_t i = 0; i < it->count; i++) {
    const char *text = values + i * size;
    if (it->data.kind == SPIKEC_H5_VARIABLE_STRING) {
      text = ((char **)(void *)values)[i];
      put_string(sink, text, text ? strlen(text) : 0);
    } else {
      uint64_t length = strnlen(text, size);
      while (is_padded && length > 0 && text[length - 1] == ' ') length--;
      put_string(sink, text, length);
    }
  }
  if (it->closes_memory) H5Dvlen_reclaim(it->memory, it->space, H5P_DEFAULT, values);
  free(values);
}

// Reads numbers in pieces along the first axis that are whole rows of chunks.
static void put_numbers(item *it, spikec_sink *sink, uint64_t chunk_rows) {
  int rank = (int)it->data.rank;
  int in_pieces = rank > 0 && !it->is_attribute;
  uint64_t rows = in_pieces ? it->data.dimensions[0] : 1;
  uint64_t row_bytes = it->count / rows * it->data.stored_size;
  uint64_t step = PIECE / row_bytes < 1 ? 1 : PIECE / row_bytes;
  step = step < chunk_rows ? chunk_rows : step / chunk_rows * chunk_rows;
  if (step > rows) step = rows;
  void *values = malloc(step * row_bytes);
  if (!values) return fail(it);
  for (uint64_t row = 0; row < rows && it->data.place == SPIKEC_H5_STORED; row += step) {
    hsize_t start[H5S_MAX_RANK] = {row}, extent[H5S_MAX_RANK];
    uint64_t now = rows - row < step ? rows - row : step;
    for (int axis = 0; axis < rank; axis++) extent[axis] = it->data.dimensions[axis];
    extent[0] = now;
    hid_t piece = in_pieces ? H5Screate_simple(rank, extent, NULL) : H5S_ALL;
    if (in_pieces) H5Sselect_hyperslab(it->space, H5S_SELECT_SET, start, NULL, extent, NULL);
    if (read_values(it, piece, in_pieces ? it->space : H5S_ALL, values) < 0) {
      fail(it);
    } else {
      spikec_put_values(sink, values, now * row_bytes);
    }
    if (in_pieces) H5Sclose(piece);
  }
  free(values);
}

// Checks a dataset's layout: where its data lie in other files, and what can be in a file of this
// size. Where they stand in the file as the machine has them, notes only the place.
static uint64_t look_at_layout(item *it, uint64_t file_size) {
  hid_t creation = H5Dget_create_plist(it->source);
  H5D_layout_t layout = H5Pget_layout(creation);
  uint64_t limit = file_size, bytes = it->data.element_size, chunk_rows = 1;
  if (layout == H5D_CHUNKED) {
    uint64_t storage = H5Dget_storage_size(it->source);
    hsize_t chunk[H5S_MAX_RANK] = {0};
    if (H5Pget_chunk(creation, H5S_MAX_RANK, chunk) != (int)it->data.rank) fail(it);
    limit = LARGEST_RATIO * (storage < file_size ? storage : file_size);
    for (uint32_t axis = 0; axis < it->data.rank; axis++)
      bytes = chunk[axis] > LARGEST_COUNT || bytes > limit ? UINT64_MAX : bytes * chunk[axis];
    if (it->count > 0 && bytes > limit) it->data.place = SPIKEC_H5_TOO_LARGE;
    chunk_rows = it->data.rank > 0 && chunk[0] > 0 ? chunk[0] : 1;
  }
  if (it->count > 0 && it->data.element_size > limit / it->count) it->data.place = SPIKEC_H5_TOO_LARGE;
  haddr_t offset = layout == H5D_CONTIGUOUS ? H5Dget_offset(it->source) : HADDR_UNDEF;
  int is_number = it->data.kind <= SPIKEC_H5_UNSIGNED;
  if (it->data.place == SPIKEC_H5_STORED && offset != HADDR_UNDEF && is_number && it->count > 0 &&
      H5Tequal(it->type, it->memory) > 0) {
    it->data.place = SPIKEC_H5_IN_PLACE;
    it->data.offset = offset;
    it->data.size = it->count * it->data.stored_size;
  }
  H5Pclose(creation);
  return chunk_rows;
}

static int lies_elsewhere(hid_t dataset) {
  hid_t creation = H5Dget_create_plist(dataset);
  int is_elsewhere = H5Pget_layout(creation) == H5D_VIRTUAL || H5Pget_external_count(creation) > 0;
  H5Pclose(creation);
  return is_elsewhere;
}

static void describe(item *it, spikec_sink *sink, uint64_t file_size) {
  // Before the dataspace: that of a virtual dataset is got from the other files.
  if (!it->is_attribute && lies_elsewhere(it->source)) {
    it->data.place = SPIKEC_H5_ELSEWHERE;
    return;
  }
  it->type = it->is_attribute ? H5Aget_type(it->source) : H5Dget_type(it->source);
  if (it->type < 0) return fail(it);
  it->space = it->is_attribute ? H5Aget_space(it->source) : H5Dget_space(it->source);
  if (it->space < 0) return fail(it);
  choose_type(it);
  if (it->data.place <= SPIKEC_H5_IN_PLACE && it->data.element_size == 0) return fail(it);
  uint32_t type_place = it->data.place;
  it->data.place = SPIKEC_H5_STORED;
  read_extent(it);
  uint64_t chunk_rows = 1;
  if (it->data.place == SPIKEC_H5_STORED && !it->is_attribute) {
    chunk_rows = look_at_layout(it, file_size);
  } else if (it->data.place == SPIKEC_H5_STORED && it->count > 0 &&
             it->data.element_size > file_size / it->count) {
    it->data.place = SPIKEC_H5_TOO_LARGE;
  }
  if (it->data.place == SPIKEC_H5_STORED && type_place == SPIKEC_H5_NOT_READ)
    it->data.place = SPIKEC_H5_NOT_READ;
  if (it->data.place != SPIKEC_H5_STORED) return;
  it->data.offset = sink->value_bytes;
  if (it->count > 0 && it->data.kind <= SPIKEC_H5_UNSIGNED) put_numbers(it, sink, chunk_rows);
  if (it->count > 0 && it->data.kind > SPIKEC_H5_UNSIGNED) put_strings(it, sink);
  it->data.size = sink->value_bytes - it->data.offset;
}

void spikec_put_data(
    spikec_sink *sink, uint32_t object, hid_t source, const char *name, uint64_t file_size) {
  item it = {.source = source, .type = -1, .space = -1, .memory = -1, .is_attribute = name != NULL};
  if (source < 0) {
    fail(&it);
  } else {
    describe(&it, sink, file_size);
  }
  it.data.name_size = name ? (uint32_t)strlen(name) : 0;
  spikec_put_record(
      sink, name ? SPIKEC_H5_ATTRIBUTE : SPIKEC_H5_DATASET, object, &it.data, sizeof it.data, name,
      it.reason);
  if (it.closes_memory) H5Tclose(it.memory);
  if (it.space >= 0) H5Sclose(it.space);
  if (it.type >= 0) H5Tclose(it.type);
}
