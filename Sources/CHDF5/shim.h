// What Swift cannot import from <hdf5.h>: its types and constants are macros that call functions or
// casts, and some of its functions are macros that choose a version.
#ifndef SPIKEC_CHDF5_H
#define SPIKEC_CHDF5_H
#include <hdf5.h>
#include <stdio.h>
#include <string.h>

static inline hid_t spikec_h5_default(void) { return H5P_DEFAULT; }
static inline hid_t spikec_h5_everything(void) { return H5S_ALL; }

// Types in memory.
static inline hid_t spikec_h5_native_float32(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t spikec_h5_native_float64(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t spikec_h5_native_int8(void) { return H5T_NATIVE_INT8; }
static inline hid_t spikec_h5_native_uint8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t spikec_h5_native_int16(void) { return H5T_NATIVE_INT16; }
static inline hid_t spikec_h5_native_int32(void) { return H5T_NATIVE_INT32; }
static inline hid_t spikec_h5_native_int64(void) { return H5T_NATIVE_INT64; }

// Types in files: little-endian whatever the machine, so that equal data give equal files.
static inline hid_t spikec_h5_file_float32(void) { return H5T_IEEE_F32LE; }
static inline hid_t spikec_h5_file_float64(void) { return H5T_IEEE_F64LE; }
static inline hid_t spikec_h5_file_int8(void) { return H5T_STD_I8LE; }
static inline hid_t spikec_h5_file_uint8(void) { return H5T_STD_U8LE; }
static inline hid_t spikec_h5_file_int16(void) { return H5T_STD_I16LE; }
static inline hid_t spikec_h5_file_int32(void) { return H5T_STD_I32LE; }
static inline hid_t spikec_h5_file_int64(void) { return H5T_STD_I64LE; }

// A string type as long as its value; `charset` and `padding` are those of the type in the file.
static inline hid_t spikec_h5_variable_string(H5T_cset_t charset, H5T_str_t padding) {
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, charset);
  H5Tset_strpad(type, padding);
  return type;
}

// Property lists of what is written: no time stamps, so that equal data give equal files.
static inline hid_t spikec_h5_untimed_creation(int dataset) {
  hid_t list = H5Pcreate(dataset ? H5P_DATASET_CREATE : H5P_GROUP_CREATE);
  H5Pset_obj_track_times(list, 0);
  if (!dataset) H5Pset_link_creation_order(list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  return list;
}
static inline hid_t spikec_h5_untimed_file_creation(void) {
  hid_t list = H5Pcreate(H5P_FILE_CREATE);
  H5Pset_obj_track_times(list, 0);
  H5Pset_link_creation_order(list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  return list;
}
static inline hid_t spikec_h5_making_parents(void) {
  hid_t list = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(list, 1);
  H5Pset_char_encoding(list, H5T_CSET_UTF8);
  return list;
}

// Without locks on files: a process that is started while a file is open would hold its lock on after
// the file is closed here.
static inline hid_t spikec_h5_without_locks(void) {
  static hid_t list = -1;
  if (list < 0) {
    list = H5Pcreate(H5P_FILE_ACCESS);
#if H5_VERSION_GE(1, 10, 7)
    H5Pset_file_locking(list, 0, 1);
#endif
  }
  return list;
}
static inline hid_t spikec_h5_open_to_read(const char *path) {
  return H5Fopen(path, H5F_ACC_RDONLY, spikec_h5_without_locks());
}
static inline hid_t spikec_h5_create(const char *path, hid_t creation) {
  return H5Fcreate(path, H5F_ACC_TRUNC, creation, spikec_h5_without_locks());
}

// Stops libhdf5 from printing, from loading plug-ins that a file names, and from leaving the file
// through an external link. Cheap; to be called before each use, since settings can be per thread.
static inline void spikec_h5_restrain(void) {
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  static int done = 0;
  if (!done) {
    H5PLset_loading_state(0);
    H5Lunregister(H5L_TYPE_EXTERNAL);
    done = 1;
  }
}

static inline herr_t spikec_h5_innermost(unsigned depth, const H5E_error2_t *error, void *reason) {
  if (depth == 0 && error->desc) snprintf((char *)reason, 256, "%s", error->desc);
  return 0;
}
// The innermost reason of the last failure, at most 255 bytes.
static inline void spikec_h5_reason(char reason[256]) {
  reason[0] = 0;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, spikec_h5_innermost, reason);
}
#endif
