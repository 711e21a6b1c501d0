#ifndef SPIKEC_COPENBLAS_H
#define SPIKEC_COPENBLAS_H
#include <cblas.h>
#endif
