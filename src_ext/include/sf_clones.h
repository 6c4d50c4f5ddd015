/* One switch for wide SIMD: a function marked SF_CLONES is compiled for x86-64-v4, -v3 and the baseline, and the
   loader picks. Where the tool chain has no ifunc (musl, macOS, Windows, clang) the portable version stands alone.
   Contraction is off in every build, so all versions give the same bits. */
#ifndef SF_CLONES_H
#define SF_CLONES_H
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__linux__)
#include <features.h>
#endif
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__)
#define SF_HAS_CLONES 1
#define SF_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SF_CLONES
#endif
#if defined(_MSC_VER)
#define SF_INLINE static __forceinline
#define SF_RESTRICT __restrict
#else
#define SF_INLINE static inline __attribute__((always_inline))
#define SF_RESTRICT restrict
#endif
#endif
