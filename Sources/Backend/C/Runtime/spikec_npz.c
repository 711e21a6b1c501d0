/* See spikec_npz.h. A hostile file gives an error: every offset is checked against the file. */
#include "spikec_npz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef SPIKEC_ZLIB
#include <zlib.h>
#endif

static int fail(char error[256], const char *path, const char *what) {
  snprintf(error, 256, "%.120s: %.120s", path, what);
  return -1;
}

static uint32_t le16(const unsigned char *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8; }
static uint32_t le32(const unsigned char *p) { return le16(p) | le16(p + 2) << 16; }

static unsigned char *read_file(const char *path, size_t *size, char error[256]) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    fail(error, path, "cannot be opened");
    return NULL;
  }
  unsigned char *bytes = NULL;
  if (fseek(file, 0, SEEK_END) == 0) {
    const long end = ftell(file);
    if (end >= 0 && fseek(file, 0, SEEK_SET) == 0) {
      *size = (size_t)end;
      bytes = malloc(*size + 1);
      if (bytes && fread(bytes, 1, *size, file) != *size) {
        free(bytes);
        bytes = NULL;
      }
    }
  }
  fclose(file);
  if (!bytes) fail(error, path, "cannot be read");
  return bytes;
}

static int parse_type(const char *descr, spikec_type *type, size_t *width) {
  static const struct {
    const char *name;
    spikec_type type;
    size_t width;
  } types[] = {{"|u1", SPIKEC_U8, 1}, {"<u1", SPIKEC_U8, 1},  {"<f4", SPIKEC_F32, 4},
               {"<f8", SPIKEC_F64, 8}, {"<i4", SPIKEC_I32, 4}, {"<i8", SPIKEC_I64, 8}};
  for (size_t i = 0; i < sizeof types / sizeof types[0]; ++i) {
    if (strncmp(descr, types[i].name, 3) == 0) {
      *type = types[i].type;
      *width = types[i].width;
      return 0;
    }
  }
  return -1;
}

/* Fills the array from the bytes of a .npy file, which it keeps. */
static int parse_npy(const char *path, unsigned char *bytes, size_t size, spikec_array *array,
                     char error[256]) {
  if (size < 12 || memcmp(bytes, "\x93NUMPY", 6) != 0) return fail(error, path, "is no .npy array");
  const size_t prefix = bytes[6] == 1 ? 10 : 12;
  const size_t length = bytes[6] == 1 ? le16(bytes + 8) : le32(bytes + 8);
  if (length > size - prefix || length < 2) return fail(error, path, "has a damaged .npy header");
  char *header = (char *)bytes + prefix;
  header[length - 1] = 0;
  const char *descr = strstr(header, "'descr':");
  const char *shape = strstr(header, "'shape':");
  size_t width = 0;
  if (!descr || !shape) return fail(error, path, "has a damaged .npy header");
  descr = strchr(descr + 8, '\'');
  shape = strchr(shape, '(');
  if (!descr || !shape || parse_type(descr + 1, &array->type, &width) != 0) {
    return fail(error, path, "holds neither uint8, int32, int64, float32 nor float64");
  }
  if (strstr(header, "'fortran_order': True")) return fail(error, path, "is in Fortran order");
  array->rank = 0;
  array->count = 1;
  for (const char *p = shape + 1; *p && *p != ')';) {
    char *end = NULL;
    const unsigned long long extent = strtoull(p, &end, 10);
    if (end == p) {
      ++p;
      continue;
    }
    if (array->rank == 8 || (extent > 0 && array->count > (size_t)-1 / 8 / extent)) {
      return fail(error, path, "has an impossible shape");
    }
    array->shape[array->rank++] = (size_t)extent;
    array->count *= (size_t)extent;
    p = end;
  }
  if (array->count > (size - prefix - length) / width) return fail(error, path, "is cut off");
  array->data = bytes + prefix + length;
  array->block = bytes;
  return 0;
}

/* Unpacks a member into memory of its own. */
static unsigned char *unpack(const char *path, const unsigned char *data, uint32_t method,
                             size_t packed, size_t full, char error[256]) {
  unsigned char *out = NULL;
  if (method == 0 && packed == full) {
    out = malloc(full + 1);
    if (out) memcpy(out, data, full);
  } else if (method == 8) {
#ifdef SPIKEC_ZLIB
    if (full / 1100 > packed) {
      fail(error, path, "has a damaged member");
      return NULL;
    }
    out = malloc(full + 1);
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (out && inflateInit2(&stream, -MAX_WBITS) == Z_OK) {
      stream.next_in = (unsigned char *)(uintptr_t)data;
      stream.avail_in = (uInt)packed;
      stream.next_out = out;
      stream.avail_out = (uInt)full;
      const int status = inflate(&stream, Z_FINISH);
      if (status != Z_STREAM_END || stream.total_out != full) {
        free(out);
        out = NULL;
      }
      inflateEnd(&stream);
    }
#else
    fail(error, path, "is compressed; build with zlib, or save it with numpy.savez");
    return NULL;
#endif
  }
  if (!out) fail(error, path, "has a damaged member");
  return out;
}

static int find_member(const char *path, const unsigned char *zip, size_t size, const char *name,
                       spikec_array *array, char error[256]) {
  size_t end = size >= 22 ? size - 22 : 0;
  while (end > 0 && le32(zip + end) != 0x06054b50u) --end;
  if (size < 22 || le32(zip + end) != 0x06054b50u) return fail(error, path, "is a damaged archive");
  size_t at = le32(zip + end + 16);
  const size_t length = strlen(name);
  for (uint32_t left = le16(zip + end + 10); left > 0; --left) {
    if (at > size || size - at < 46 || le32(zip + at) != 0x02014b50u) break;
    const size_t name_length = le16(zip + at + 28);
    const size_t skip = 46 + name_length + le16(zip + at + 30) + le16(zip + at + 32);
    if (size - at < skip) break;
    if (name_length == length + 4 && memcmp(zip + at + 46, name, length) == 0 &&
        memcmp(zip + at + 46 + length, ".npy", 4) == 0) {
      const size_t packed = le32(zip + at + 20), full = le32(zip + at + 24);
      const size_t local = le32(zip + at + 42);
      if (local > size || size - local < 30) break;
      const size_t start = local + 30 + le16(zip + local + 26) + le16(zip + local + 28);
      if (start > size || size - start < packed) break;
      unsigned char *bytes = unpack(path, zip + start, le16(zip + at + 10), packed, full, error);
      if (!bytes) return -1;
      if (parse_npy(path, bytes, full, array, error) == 0) return 0;
      free(bytes);
      return -1;
    }
    at += skip;
    if (left == 1) return 1;
  }
  return fail(error, path, "is a damaged archive");
}

int spikec_read_array(const char *path, const char *name, spikec_array *array, char error[256]) {
  size_t size = 0;
  unsigned char *bytes = read_file(path, &size, error);
  if (!bytes) return -1;
  memset(array, 0, sizeof *array);
  if (size >= 4 && memcmp(bytes, "PK\3\4", 4) == 0) {
    const int status = find_member(path, bytes, size, name, array, error);
    free(bytes);
    return status;
  }
  if (parse_npy(path, bytes, size, array, error) == 0) return 0;
  free(bytes);
  return -1;
}

double spikec_array_get(const spikec_array *array, size_t i) {
  float f;
  double d;
  int32_t n;
  int64_t l;
  switch (array->type) {
    case SPIKEC_U8: return array->data[i];
    case SPIKEC_F32: memcpy(&f, array->data + 4 * i, 4); return (double)f;
    case SPIKEC_F64: memcpy(&d, array->data + 8 * i, 8); return d;
    case SPIKEC_I32: memcpy(&n, array->data + 4 * i, 4); return n;
    case SPIKEC_I64: memcpy(&l, array->data + 8 * i, 8); return (double)l;
  }
  return 0;
}

void spikec_array_free(spikec_array *array) {
  free(array->block);
  array->block = NULL;
}
