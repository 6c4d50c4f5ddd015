/* Eight doubles side by side as one value. Lanes do not meet, so a row's result does not depend on the lane that it is
   in; sums over lanes are taken in one fixed order. Where the compiler has no such type a wide value is one double. */
#ifndef SF_WIDE_H
#define SF_WIDE_H
#include <stdint.h>
#include "sf_clones.h"

#if defined(__GNUC__)
enum { SF_WIDTH = 8 };
typedef double sf_wide __attribute__((vector_size(64), aligned(8), may_alias));
typedef int64_t sf_wide_int __attribute__((vector_size(64), aligned(8), may_alias));
#define SF_SPREAD(x) ((x) - (sf_wide){0.0}) /* one number in all lanes */
#define SF_SPREAD_INT(x) ((x) - (sf_wide_int){0})
#define SF_LESS(a, b) ((sf_wide_int)((a) < (b))) /* all ones where it holds, else 0 */
#define SF_PICK(mask, yes, no) ((sf_wide)(((sf_wide_int)(yes) & (mask)) | ((sf_wide_int)(no) & ~(mask))))
#define SF_SUM_LANES(x) ((((x)[0] + (x)[4]) + ((x)[2] + (x)[6])) + (((x)[1] + (x)[5]) + ((x)[3] + (x)[7])))
#else
enum { SF_WIDTH = 1 };
typedef double sf_wide;
typedef int64_t sf_wide_int;
#define SF_SPREAD(x) (x)
#define SF_SPREAD_INT(x) ((sf_wide_int)(x))
#define SF_LESS(a, b) (-(sf_wide_int)((a) < (b)))
#define SF_PICK(mask, yes, no) ((mask) ? (yes) : (no))
#define SF_SUM_LANES(x) (x)
#endif

#define SF_PICK_INT(mask, yes, no) (((yes) & (mask)) | ((no) & ~(mask)))
#define SF_LOAD(place) (*(const sf_wide *)(place))
#define SF_STORE(place, value) (*(sf_wide *)(place) = (value))
#define SF_STORE_INT(place, value) (*(sf_wide_int *)(place) = (value))
#endif
