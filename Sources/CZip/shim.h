#ifndef SPIKEC_CZIP_H
#define SPIKEC_CZIP_H
#include <zip.h>
#endif
