// libhdf5 can crash, never return, or quietly damage the heap on a corrupt file: the older formats
// have no checksums and its checks have holes. So it reads a file from elsewhere only in a process
// of its own, which writes down what the file holds; the Swift side reads that, distrusting it too.
// It is C because only C may run between fork and exit in a process that has other threads.
#ifndef SPIKEC_HDF5_SNAPSHOT_H
#define SPIKEC_HDF5_SNAPSHOT_H
#include <stdint.h>
#include <sys/types.h>

// A record: its tag, the number of the object that it is about, and how many bytes follow. Objects
// are numbered as they are met, from 0, the root; numbers are as the machine has them.
typedef struct {
  uint32_t tag, object;
  uint64_t size;
} spikec_h5_record;

enum {
  SPIKEC_H5_OBJECT = 1,        // uint32 kind of object
  SPIKEC_H5_LINK,              // spikec_h5_link, the name
  SPIKEC_H5_LINKS_FAIL,        // the reason: the group's links cannot be read
  SPIKEC_H5_ATTRIBUTE,         // spikec_h5_data, the name, the reason
  SPIKEC_H5_ATTRIBUTES_FAIL,   // the reason
  SPIKEC_H5_DATASET,           // spikec_h5_data, the reason
  SPIKEC_H5_FILE_FAILS,        // the reason: the file cannot be opened
  SPIKEC_H5_END                // nothing: the whole file was read
};

enum { SPIKEC_H5_GROUP, SPIKEC_H5_IS_DATASET, SPIKEC_H5_OTHER };           // kinds of object
enum { SPIKEC_H5_INSIDE, SPIKEC_H5_OUTSIDE, SPIKEC_H5_BROKEN };            // kinds of link
enum { SPIKEC_H5_FLOAT, SPIKEC_H5_SIGNED, SPIKEC_H5_UNSIGNED,              // kinds of element
       SPIKEC_H5_FIXED_STRING, SPIKEC_H5_VARIABLE_STRING, SPIKEC_H5_NEITHER };
enum { SPIKEC_H5_STORED,       // among the values: numbers, or strings, each behind its uint32 length
       SPIKEC_H5_IN_PLACE,     // in the file itself, as the machine has them
       SPIKEC_H5_NOT_READ,     // of no use here: neither numbers nor strings
       SPIKEC_H5_CORRUPT,      // cannot be read, see the reason
       SPIKEC_H5_TOO_LARGE,    // more than a file of this size can hold
       SPIKEC_H5_ELSEWHERE };  // in other files

typedef struct {
  uint32_t kind, target, name_size;
} spikec_h5_link;

// What an attribute or dataset holds.
typedef struct {
  uint32_t place, kind;         // where its elements stand, and what they are
  uint32_t name_size, rank;
  uint64_t element_size;        // in bytes, in the file
  uint64_t stored_size;         // in bytes, where they stand
  uint64_t offset, size;        // where they stand, in bytes
  uint64_t dimensions[32];
} spikec_h5_data;

// How reading ended, where it is no signal.
enum {
  SPIKEC_H5_READ = 0,
  SPIKEC_H5_NO_PROCESS = -1,    // none can be started
  SPIKEC_H5_NO_SPACE = -2,      // the temporary files cannot be written
  SPIKEC_H5_ENDLESS = -3        // the file claims to hold more than any file that is accepted
};

// Starts a process that reads all of the file at `path`, which has `file_size` bytes, within
// `seconds`, and writes records and values to two open files. Returns its number, or -1. The caller
// has libhdf5 to itself meanwhile.
pid_t spikec_h5_start(
    const char *path, uint64_t file_size, unsigned seconds, int records, int values);

// Waits for it. Returns one of the above, or the number of the signal that ended it (SIGALRM: it
// took longer).
int spikec_h5_wait(pid_t process);
#endif
