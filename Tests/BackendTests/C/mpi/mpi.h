/* As much of MPI as the emitted program calls, for one rank: so that it can be compiled and run
 * where there is no MPI. */
#ifndef MPI_H
#define MPI_H

#include <stdlib.h>
#include <string.h>

typedef int MPI_Comm;
typedef size_t MPI_Datatype;
typedef int MPI_Op;
#define MPI_COMM_WORLD 0
#define MPI_UNSIGNED_LONG_LONG sizeof(unsigned long long)
#define MPI_DOUBLE sizeof(double)
#define MPI_SUM 0
#define MPI_MAX 1

static inline int MPI_Init(int *argc, char ***argv) { return argc && argv ? 0 : 1; }
static inline int MPI_Finalize(void) { return 0; }
static inline int MPI_Comm_rank(MPI_Comm comm, int *rank) { return *rank = comm; }
static inline int MPI_Comm_size(MPI_Comm comm, int *size) { return *size = 1, comm; }
static inline int MPI_Abort(MPI_Comm comm, int code) { exit(code + comm); }
static inline int MPI_Reduce(const void *from, void *to, int count, MPI_Datatype type, MPI_Op op,
                             int root, MPI_Comm comm) {
  memcpy(to, from, (size_t)count * type);
  return (op == MPI_SUM || op == MPI_MAX) && root == 0 ? comm : 1;
}

#endif
