#ifndef SPIKEC_CPROTOBUFC_H
#define SPIKEC_CPROTOBUFC_H
#include <protobuf-c/protobuf-c.h>
#endif
