/* See spikec_npz.h. A hostile file gives an error: every offset is checked against the file's
 * length, and no more memory is asked for than its bytes can stand for. */
#include "spikec_npz.h"

#include <stdlib.h>
#include <string.h>
#ifdef SPIKEC_ZLIB
#include <zlib.h>
#endif

/* The bytes of an array: a part of a file, or all of a block of memory. */
typedef struct source {
  FILE *file;
  const unsigned char *memory;
  size_t start, length;
} source;

static int fail(char error[256], const char *what) {
  snprintf(error, 256, "%s", what);
  return -1;
}

static uint64_t little_endian(const unsigned char *bytes, size_t count) {
  uint64_t value = 0;
  for (size_t i = count; i > 0; --i) value = value << 8 | bytes[i - 1];
  return value;
}

static size_t le16(const unsigned char *bytes) { return (size_t)little_endian(bytes, 2); }
static size_t le32(const unsigned char *bytes) { return (size_t)little_endian(bytes, 4); }

/* Reads `count` bytes at an offset; they must lie within the source. */
static int read_at(const source *from, size_t offset, size_t count, unsigned char *bytes) {
  if (offset > from->length || count > from->length - offset) return -1;
  if (from->memory) {
    memcpy(bytes, from->memory + offset, count);
    return 0;
  }
  if (fseek(from->file, (long)(from->start + offset), SEEK_SET) != 0) return -1;
  return fread(bytes, 1, count, from->file) == count ? 0 : -1;
}

/* The text behind 'key': in a .npy header, or NULL. */
static const char *entry(const char *header, const char *key) {
  const char *found = strstr(header, key);
  if (!found) return NULL;
  found += strlen(key);
  while (*found == ' ') ++found;
  return found;
}

static int parse_element(const char *text, spikec_array *array) {
  const char quote = *text;
  if (quote != '\'' && quote != '"') return -1;
  const char order = text[1], kind = order ? text[2] : 0, width = kind ? text[3] : 0;
  if (!width || text[4] != quote || !strchr("<|", order)) return -1;
  array->kind = kind == 'b' ? 'u' : kind;
  array->width = (size_t)(width - '0');
  if (array->width == 1 && (kind == 'b' || kind == 'u' || kind == 'i')) return 0;
  if (order != '<' || (array->width != 2 && array->width != 4 && array->width != 8)) return -1;
  return kind == 'u' || kind == 'i' || (kind == 'f' && array->width > 2) ? 0 : -1;
}

static int parse_shape(const char *text, size_t most, spikec_array *array) {
  if (*text++ != '(') return -1;
  size_t count = 1;
  array->rank = 0;
  while (*text && *text != ')') {
    char *end = NULL;
    if (*text == ',' || *text == ' ') {
      ++text;
      continue;
    }
    const unsigned long long extent = *text == '-' ? 0 : strtoull(text, &end, 10);
    if (!end || end == text || array->rank == 8) return -1;
    if (extent > (size_t)-1 || (extent > 0 && count > (size_t)-1 / extent)) return -1;
    array->shape[array->rank++] = (size_t)extent;
    count *= (size_t)extent;
    text = end;
  }
  if (*text != ')' || array->rank == 0 || count > most) return -1;
  array->rows = array->shape[0];
  array->row_count = array->rows ? count / array->rows : 0;
  return 0;
}

/* Reads the header of a .npy file, and where its elements start in it. */
static int parse_npy(const source *from, spikec_array *array, char error[256]) {
  unsigned char prefix[12];
  static const char *const damaged = "has a damaged .npy header";
  if (read_at(from, 0, 12, prefix) != 0 || memcmp(prefix, "\x93NUMPY", 6) != 0) {
    return fail(error, "is no .npy array");
  }
  const size_t start = prefix[6] == 1 ? 10 : 12;
  const size_t length = prefix[6] == 1 ? le16(prefix + 8) : le32(prefix + 8);
  char header[4096];
  if (length >= sizeof header) return fail(error, damaged);
  if (read_at(from, start, length, (unsigned char *)header) != 0) return fail(error, damaged);
  header[length] = 0;
  const char *descr = entry(header, "'descr':");
  const char *order = entry(header, "'fortran_order':");
  const char *shape = entry(header, "'shape':");
  if (!descr || !order || !shape) return fail(error, damaged);
  if (parse_element(descr, array) != 0) {
    return fail(error, "holds no little-endian integers, floats of 4 or floats of 8 bytes");
  }
  if (strncmp(order, "False", 5) != 0) return fail(error, "is in Fortran order, not in C order");
  array->start = start + length;
  if (parse_shape(shape, (from->length - array->start) / array->width, array) != 0) {
    return fail(error, "is cut off, or has an impossible shape");
  }
  return 0;
}

/* Unpacks a deflated member into memory of its own. */
static int inflate_member(const source *packed, size_t full, unsigned char **memory,
                          char error[256]) {
#ifdef SPIKEC_ZLIB
  /* Deflate reaches at most 1032 to 1. */
  if (full / 1032 > packed->length) return fail(error, "has a damaged member");
  unsigned char *in = malloc(packed->length + 1), *out = malloc(full + 1);
  int status = Z_MEM_ERROR;
  if (in && out && read_at(packed, 0, packed->length, in) == 0) {
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (inflateInit2(&stream, -MAX_WBITS) == Z_OK) {
      stream.next_in = in;
      stream.avail_in = (uInt)packed->length;
      stream.next_out = out;
      stream.avail_out = (uInt)full;
      status = inflate(&stream, Z_FINISH);
      if (stream.total_out != full) status = Z_DATA_ERROR;
      inflateEnd(&stream);
    }
  }
  free(in);
  *memory = out;
  return status == Z_STREAM_END ? 0 : fail(error, "has a damaged member");
#else
  (void)packed;
  (void)full;
  (void)memory;
  return fail(error, "is compressed; build with zlib, or save it with numpy.savez");
#endif
}

/* Opens the member whose entry of the central directory is given. */
static int open_member(const source *zip, const unsigned char *directory, spikec_array *array,
                       char error[256]) {
  const size_t method = le16(directory + 10), length = le32(directory + 20);
  const size_t full = le32(directory + 24), local = le32(directory + 42);
  unsigned char header[30];
  source member = *zip;
  if (full == 0xffffffffu) return fail(error, "has a member beyond 4 GiB; save it as .npy");
  const int is_encrypted = (le16(directory + 8) & 1) != 0;
  if (is_encrypted || (method != 8 && (method != 0 || length != full))) {
    return fail(error, "is packed in a way that is neither 'stored' nor 'deflated'");
  }
  if (read_at(zip, local, 30, header) != 0) return fail(error, "is a damaged archive");
  member.start = local + 30 + le16(header + 26) + le16(header + 28);
  if (member.start > zip->length || length > zip->length - member.start) {
    return fail(error, "is a damaged archive");
  }
  member.length = length;
  if (method == 8) {
    if (inflate_member(&member, full, &array->memory, error) != 0) return -1;
    member.memory = array->memory;
    member.length = full;
  }
  if (parse_npy(&member, array, error) != 0) return -1;
  if (method == 0) array->start += member.start;
  return 0;
}

/* Finds one of the members of an archive: 0, 1 if there is none, or -1. */
static int find_member(const source *zip, const unsigned char *directory, size_t length,
                       size_t entries, const char *name, spikec_array *array, char error[256]) {
  const size_t name_length = strlen(name);
  for (size_t at = 0; entries > 0; --entries) {
    if (length - at < 46 || memcmp(directory + at, "PK\1\2", 4) != 0) {
      return fail(error, "is a damaged archive");
    }
    const unsigned char *here = directory + at;
    const size_t size = 46 + le16(here + 28) + le16(here + 30) + le16(here + 32);
    if (size > length - at) return fail(error, "is a damaged archive");
    if (le16(here + 28) == name_length + 4 && memcmp(here + 46, name, name_length) == 0 &&
        memcmp(here + 46 + name_length, ".npy", 4) == 0) {
      return open_member(zip, here, array, error);
    }
    at += size;
  }
  return 1;
}

static int open_archive(const source *zip, const char *const *names, spikec_array *array,
                        char error[256]) {
  /* The end record is 22 bytes and a comment of at most 65535. */
  const size_t most = 22 + 65535, length = zip->length < most ? zip->length : most;
  unsigned char *tail = malloc(length + 1), *directory = NULL;
  int status = fail(error, "is a damaged archive");
  if (tail && length >= 22 && read_at(zip, zip->length - length, length, tail) == 0) {
    size_t end = length - 22;
    while (end > 0 && memcmp(tail + end, "PK\5\6", 4) != 0) --end;
    const size_t entries = le16(tail + end + 10);
    const size_t size = le32(tail + end + 12), start = le32(tail + end + 16);
    if (memcmp(tail + end, "PK\5\6", 4) == 0 && size <= zip->length) directory = malloc(size + 1);
    if (directory && read_at(zip, start, size, directory) == 0) {
      for (status = 1; status == 1 && *names; ++names) {
        status = find_member(zip, directory, size, entries, *names, array, error);
      }
    }
  }
  free(tail);
  free(directory);
  return status;
}

int spikec_array_open(const char *path, const char *const *names, spikec_array *array,
                      char error[256]) {
  unsigned char magic[4];
  source file = {NULL, NULL, 0, 0};
  memset(array, 0, sizeof *array);
  file.file = array->file = fopen(path, "rb");
  if (!array->file) return fail(error, "cannot be opened");
  const long end = fseek(array->file, 0, SEEK_END) == 0 ? ftell(array->file) : -1;
  file.length = end > 0 ? (size_t)end : 0;
  int status;
  if (read_at(&file, 0, 4, magic) == 0 && memcmp(magic, "PK\3\4", 4) == 0) {
    status = open_archive(&file, names, array, error);
  } else {
    while (*names && **names) ++names;
    status = *names ? parse_npy(&file, array, error) : 1;
  }
  if (status != 0) spikec_array_close(array);
  return status;
}

static double element(const spikec_array *array, const unsigned char *bytes) {
  const uint64_t bits = little_endian(bytes, array->width);
  const uint64_t sign = UINT64_C(1) << (8 * array->width - 1);
  if (array->kind == 'u') return (double)bits;
  if (array->kind == 'i') return bits & sign ? -(double)(2 * sign - 1 - bits) - 1 : (double)bits;
  if (array->width == 4) {
    const uint32_t half = (uint32_t)bits;
    float value;
    memcpy(&value, &half, sizeof value);
    return (double)value;
  }
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

int spikec_array_read(spikec_array *array, size_t first, size_t rows, double *values,
                      char error[256]) {
  const size_t row_bytes = array->row_count * array->width;
  if (first > array->rows || rows > array->rows - first) return fail(error, "has fewer rows");
  unsigned char *row = malloc(row_bytes + 1);
  if (!row) return fail(error, "is too large for the memory");
  for (size_t r = 0; r < rows; ++r) {
    const size_t offset = array->start + (first + r) * row_bytes;
    const source from = {array->file, array->memory, 0, offset + row_bytes};
    if (read_at(&from, offset, row_bytes, row) != 0) {
      free(row);
      return fail(error, "cannot be read");
    }
    for (size_t i = 0; i < array->row_count; ++i) {
      values[r * array->row_count + i] = element(array, row + i * array->width);
    }
  }
  free(row);
  return 0;
}

void spikec_array_close(spikec_array *array) {
  if (array->file) fclose(array->file);
  free(array->memory);
  array->file = NULL;
  array->memory = NULL;
}

int spikec_npy_begin(FILE *file, size_t rows, size_t columns) {
  char header[128];
  memset(header, ' ', sizeof header);
  memcpy(header, "\x93NUMPY\1\0\x76\0", 10);
  const int length =
      snprintf(header + 10, sizeof header - 10,
               "{'descr': '<f8', 'fortran_order': False, 'shape': (%lu, %lu), }",
               (unsigned long)rows, (unsigned long)columns);
  if (length < 0) return -1;
  header[10 + length] = ' ';
  header[sizeof header - 1] = '\n';
  return fwrite(header, 1, sizeof header, file) == sizeof header ? 0 : -1;
}
