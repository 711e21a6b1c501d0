// Walks over a file, in a process of its own.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "sink.h"

enum { LARGEST_DEPTH = 64, SLOTS = 1 << 17, LARGEST_OBJECT_COUNT = SLOTS / 2 };
// What libhdf5 may take beside what the process has when it starts.
static const rlim_t LARGEST_MEMORY = (rlim_t)1 << 30;
static const uint64_t LARGEST_VALUES = (uint64_t)1 << 32;

typedef struct {
  spikec_sink sink;
  uint64_t file_size;
  uint32_t object_count;
  // Objects by address: a hash table, empty where the number is 0, else one more than the object's.
  uint64_t addresses[SLOTS];
  uint32_t numbers[SLOTS];
} walk;

typedef struct {
  walk *walk;
  uint32_t object;
  int depth;
} place;

// Only one walk runs in a process, and the heap may be damaged.
static walk the_walk;

// What identifies an object of the file, however it is reached.
static int address_of(hid_t object, uint64_t *address) {
#if H5_VERSION_GE(1, 12, 0)
  H5O_info2_t info;
  if (H5Oget_info3(object, &info, H5O_INFO_BASIC) < 0) return 0;
  memcpy(address, &info.token, sizeof *address);
#else
  H5O_info_t info;
  if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) return 0;
  *address = info.addr;
#endif
  return 1;
}

// The number of the object at `address`, a new one where `is_new` is set.
static uint32_t number_of(walk *w, uint64_t address, int *is_new) {
  uint32_t slot = (uint32_t)((address * 0x9e3779b97f4a7c15u) >> 47) & (SLOTS - 1);
  while (w->numbers[slot] != 0 && w->addresses[slot] != address) slot = (slot + 1) & (SLOTS - 1);
  *is_new = w->numbers[slot] == 0;
  if (!*is_new) return w->numbers[slot] - 1;
  if (w->object_count >= LARGEST_OBJECT_COUNT) _exit(-SPIKEC_H5_ENDLESS);
  w->addresses[slot] = address;
  w->numbers[slot] = ++w->object_count;
  return w->object_count - 1;
}

static herr_t put_attribute(hid_t object, const char *name, const H5A_info_t *info, void *state) {
  (void)info;
  const place *at = (const place *)state;
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  spikec_put_data(&at->walk->sink, at->object, attribute, name, at->walk->file_size);
  if (attribute >= 0) H5Aclose(attribute);
  return 0;
}

static void put_failure(walk *w, uint32_t tag, uint32_t object) {
  char reason[256];
  spikec_h5_reason(reason);
  spikec_put_record(&w->sink, tag, object, NULL, 0, NULL, reason);
}

static void put_object(walk *w, hid_t object, uint32_t number, int depth);

static void put_link(
    walk *w, uint32_t group, uint32_t kind, uint32_t target, const char *name, const char *reason) {
  spikec_h5_link link = {kind, target, (uint32_t)strlen(name)};
  spikec_put_record(&w->sink, SPIKEC_H5_LINK, group, &link, sizeof link, name, reason);
}

// Writes a link, and behind it what it leads to where that was not met yet.
static herr_t follow_link(hid_t group, const char *name, const H5L_info_t *info, void *state) {
  const place *at = (const place *)state;
  walk *w = at->walk;
  if (info->type != H5L_TYPE_HARD && info->type != H5L_TYPE_SOFT) {
    put_link(w, at->object, SPIKEC_H5_OUTSIDE, 0, name, NULL);
    return 0;
  }
  uint64_t address;
  char reason[256];
  hid_t object = H5Oopen(group, name, H5P_DEFAULT);
  if (object < 0 || !address_of(object, &address)) {
    spikec_h5_reason(reason);
    put_link(w, at->object, SPIKEC_H5_BROKEN, 0, name, reason);
  } else if (at->depth >= LARGEST_DEPTH) {
    put_link(w, at->object, SPIKEC_H5_BROKEN, 0, name, "groups are nested too deeply");
  } else {
    int is_new;
    uint32_t number = number_of(w, address, &is_new);
    put_link(w, at->object, SPIKEC_H5_INSIDE, number, name, NULL);
    if (is_new) put_object(w, object, number, at->depth + 1);
  }
  if (object >= 0) H5Oclose(object);
  return 0;
}

static int orders_links(hid_t group) {
  unsigned flags = 0;
  hid_t list = H5Gget_create_plist(group);
  H5Pget_link_creation_order(list, &flags);
  H5Pclose(list);
  return (flags & H5P_CRT_ORDER_TRACKED) != 0;
}

static void put_object(walk *w, hid_t object, uint32_t number, int depth) {
  H5I_type_t type = H5Iget_type(object);
  uint32_t kind = type == H5I_GROUP     ? SPIKEC_H5_GROUP
                  : type == H5I_DATASET ? SPIKEC_H5_IS_DATASET
                                        : SPIKEC_H5_OTHER;
  place at = {w, number, depth};
  hsize_t start = 0;
  spikec_put_record(&w->sink, SPIKEC_H5_OBJECT, number, &kind, sizeof kind, NULL, NULL);
  if (H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &start, put_attribute, &at) < 0)
    put_failure(w, SPIKEC_H5_ATTRIBUTES_FAIL, number);
  if (type == H5I_DATASET) spikec_put_data(&w->sink, number, object, NULL, w->file_size);
  if (type != H5I_GROUP) return;
  H5_index_t order = orders_links(object) ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
  if (H5Literate(object, order, H5_ITER_INC, NULL, follow_link, &at) < 0)
    put_failure(w, SPIKEC_H5_LINKS_FAIL, number);
}

static void walk_file(walk *w, const char *path) {
  uint64_t address;
  int is_new;
  hid_t file = spikec_h5_open_to_read(path);
  hid_t root = file < 0 ? -1 : H5Gopen2(file, "/", H5P_DEFAULT);
  if (root < 0 || !address_of(root, &address)) {
    put_failure(w, SPIKEC_H5_FILE_FAILS, 0);
  } else {
    put_object(w, root, number_of(w, address, &is_new), 0);
  }
  spikec_put_record(&w->sink, SPIKEC_H5_END, 0, NULL, 0, NULL, NULL);
}

// Bounds what is allocated from here on, where the system tells how much there is already.
static void limit_memory(void) {
  char text[32] = {0};
  int file = open("/proc/self/statm", O_RDONLY);
  if (file < 0) return;
  if (read(file, text, sizeof text - 1) > 0) {
    rlim_t pages = (rlim_t)strtoul(text, NULL, 10);
    rlim_t most = pages * (rlim_t)sysconf(_SC_PAGESIZE) + LARGEST_MEMORY;
    struct rlimit memory = {most, most};
    setrlimit(RLIMIT_AS, &memory);
  }
  close(file);
}

// Bounds memory and time, undoes what the parent does on signals, and lets go of its files.
static void confine(unsigned seconds, int records, int values) {
  const int fatal[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTRAP, SIGALRM, SIGXCPU};
  for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) signal(fatal[i], SIG_DFL);
  signal(SIGXFSZ, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  struct rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  limit_memory();
  int null = open("/dev/null", O_RDWR);
  for (int file = 0; file < 3; file++) dup2(null, file);
  long count = sysconf(_SC_OPEN_MAX);
  for (int file = 3; file < (count < 0 || count > 4096 ? 4096 : count); file++)
    if (file != records && file != values) close(file);
  alarm(seconds);
}

pid_t spikec_h5_start(
    const char *path, uint64_t file_size, unsigned seconds, int records, int values) {
  pid_t process = fork();
  if (process != 0) return process;
  confine(seconds, records, values);
  uint64_t room = 1100 * file_size + (1 << 20);
  the_walk.sink = (spikec_sink){records, values, 0, 0, 0};
  the_walk.sink.value_limit = room < LARGEST_VALUES ? room : LARGEST_VALUES;
  the_walk.file_size = file_size;
  walk_file(&the_walk, path);
  _exit(0);
}

int spikec_h5_wait(pid_t process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0)
    if (errno != EINTR) return SPIKEC_H5_NO_PROCESS;
  return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}
