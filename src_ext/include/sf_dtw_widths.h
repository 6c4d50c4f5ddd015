/* Both widths of number for one instruction set. */
#if !defined(SF_BYTES)
#define SF_BYTES sizeof(SF_REAL)
#endif
#define SF_LANES ((int)(SF_BYTES / sizeof(SF_REAL)))

#define SF_REAL double
#define SF_V SF_V_64
#define SF_LEAST SF_LEAST_64
#define SF_DTW(name) SF_ISA(name, 64)
#include "sf_dtw_lanes.h"
#include "sf_dtw_search.h"
#undef SF_REAL
#undef SF_V
#undef SF_LEAST
#undef SF_DTW

#define SF_REAL float
#define SF_V SF_V_32
#define SF_LEAST SF_LEAST_32
#define SF_DTW(name) SF_ISA(name, 32)
#include "sf_dtw_lanes.h"
#include "sf_dtw_search.h"
#undef SF_REAL
#undef SF_V
#undef SF_LEAST
#undef SF_DTW

#undef SF_LANES
#undef SF_BYTES
#undef SF_V_64
#undef SF_V_32
#undef SF_LEAST_64
#undef SF_LEAST_32
#undef SF_ISA
#undef SF_TARGET
