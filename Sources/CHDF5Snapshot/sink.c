#include "sink.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { RECORD_LIMIT = 1 << 26 };

static void put(int file, const void *bytes, uint64_t size) {
  const char *next = (const char *)bytes;
  while (size > 0) {
    ssize_t written = write(file, next, size < 1 << 30 ? (size_t)size : 1 << 30);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) _exit(-SPIKEC_H5_NO_SPACE);
    next += written, size -= (uint64_t)written;
  }
}

void spikec_put_values(spikec_sink *sink, const void *bytes, uint64_t size) {
  if (size > sink->value_limit - sink->value_bytes) _exit(-SPIKEC_H5_ENDLESS);
  put(sink->values, bytes, size);
  sink->value_bytes += size;
}

void spikec_put_record(
    spikec_sink *sink, uint32_t tag, uint32_t object, const void *fixed, uint64_t fixed_size,
    const char *name, const char *reason) {
  uint64_t name_size = name ? strlen(name) : 0, reason_size = reason ? strlen(reason) : 0;
  spikec_h5_record record = {tag, object, fixed_size + name_size + reason_size};
  sink->record_bytes += sizeof record + record.size;
  if (sink->record_bytes > RECORD_LIMIT) _exit(-SPIKEC_H5_ENDLESS);
  put(sink->records, &record, sizeof record);
  put(sink->records, fixed, fixed_size);
  put(sink->records, name, name_size);
  put(sink->records, reason, reason_size);
}
