// libhdf5 can crash, or never return, on a corrupt file: the older formats have no checksums and its
// checks have holes. The probe reads the whole file in a process of its own first, so that what kills
// a process kills that one. It is C because only C may run between fork and exit in a process that
// has other threads.
#ifndef SPIKEC_CHDF5_PROBE_H
#define SPIKEC_CHDF5_PROBE_H
#include "shim.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

// Reads the data of an attribute or dataset as the Swift side would, if they have at most `limit` bytes.
static inline void spikec_h5_probe_values(
    hid_t object, hid_t type, hid_t space, double limit, int is_attribute) {
  hssize_t count = H5Sget_simple_extent_npoints(space);
  size_t size = H5Tget_size(type);
  H5T_class_t class = H5Tget_class(type);
  int is_text = class == H5T_STRING;
  if (count <= 0 || (double)count * (double)size > limit) return;
  if (count > (hssize_t)1 << 31 || !(is_text || class == H5T_FLOAT || class == H5T_INTEGER)) return;
  int is_variable = is_text && H5Tis_variable_str(type) > 0;
  hid_t memory = is_variable ? spikec_h5_variable_string(H5Tget_cset(type), H5Tget_strpad(type))
                 : is_text   ? type
                             : H5T_NATIVE_FLOAT;
  void *values = calloc((size_t)count, H5Tget_size(memory));
  if (!values) return;
  herr_t status = is_attribute
                      ? H5Aread(object, memory, values)
                      : H5Dread(object, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
  if (is_variable && status >= 0) H5Dvlen_reclaim(memory, space, H5P_DEFAULT, values);
  free(values);
}

static inline herr_t spikec_h5_probe_attribute(
    hid_t object, const char *name, const H5A_info_t *info, void *limit) {
  (void)info;
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
  if (type >= 0 && space >= 0)
    spikec_h5_probe_values(attribute, type, space, *(double *)limit, 1);
  H5Sclose(space), H5Tclose(type), H5Aclose(attribute);
  return 0;
}

static inline void spikec_h5_probe_dataset(hid_t dataset, double limit) {
  hid_t creation = H5Dget_create_plist(dataset);
  if (H5Pget_layout(creation) != H5D_VIRTUAL && H5Pget_external_count(creation) == 0) {
    hsize_t chunk[H5S_MAX_RANK];
    int is_chunked = H5Pget_layout(creation) == H5D_CHUNKED;
    int rank = is_chunked ? H5Pget_chunk(creation, H5S_MAX_RANK, chunk) : 0;
    hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
    double bytes = (double)H5Tget_size(type);
    H5Dget_storage_size(dataset);
    for (int axis = 0; axis < rank; axis++) bytes *= (double)chunk[axis];
    if (type >= 0 && space >= 0 && bytes <= limit)
      spikec_h5_probe_values(dataset, type, space, limit, 0);
    H5Sclose(space), H5Tclose(type);
  }
  H5Pclose(creation);
}

static inline void spikec_h5_probe_object(hid_t object, double limit, int depth);
typedef struct {
  double limit;
  int depth;
} spikec_h5_probe_state;

static inline herr_t spikec_h5_probe_link(
    hid_t group, const char *name, const H5L_info_t *info, void *state) {
  const spikec_h5_probe_state *s = (const spikec_h5_probe_state *)state;
  if (info->type == H5L_TYPE_HARD) {
    hid_t object = H5Oopen(group, name, H5P_DEFAULT);
    if (object >= 0) {
      spikec_h5_probe_object(object, s->limit, s->depth);
      H5Oclose(object);
    }
  }
  return 0;
}

// Reads an object and, where it is a group, what its hard links lead to, `depth` groups deep: corrupt
// groups can form cycles, which the time limit alone would make slow to refuse.
static inline void spikec_h5_probe_object(hid_t object, double limit, int depth) {
  H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, spikec_h5_probe_attribute, &limit);
  H5I_type_t type = H5Iget_type(object);
  if (type == H5I_DATASET) spikec_h5_probe_dataset(object, limit);
  if (type == H5I_GROUP && depth > 0) {
    spikec_h5_probe_state state = {limit, depth - 1};
    H5_index_t order = spikec_h5_orders_links(object) ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
    H5Literate(object, order, H5_ITER_INC, NULL, spikec_h5_probe_link, &state);
  }
}

// Reads all of the file at `path` in a process of its own, within `seconds`. Returns 0 if that came to
// its end, with errors or without; the number of the signal that ended it if not (SIGALRM: it took
// longer); -1 if no process could be started.
static inline int spikec_h5_probe(const char *path, double file_bytes, unsigned seconds) {
  pid_t child = fork();
  if (child < 0) return -1;
  if (child == 0) {
    const int fatal[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTRAP, SIGALRM, SIGXCPU};
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) signal(fatal[i], SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    int null = open("/dev/null", O_WRONLY);
    dup2(null, 1), dup2(null, 2);
    alarm(seconds);
    hid_t file = spikec_h5_open_to_read(path);
    hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
    if (root >= 0) spikec_h5_probe_object(root, 1100 * file_bytes, 32);
    H5Gclose(root), H5Fclose(file);
    _exit(0);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return -1;
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}
#endif
