#ifndef SPIKEC_CHDF5_H
#define SPIKEC_CHDF5_H
#include <hdf5.h>
#endif
