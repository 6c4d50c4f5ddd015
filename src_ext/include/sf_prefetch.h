/* Asking for a line of memory ahead of its use. */
#ifndef SF_PREFETCH_H
#define SF_PREFETCH_H
#if defined(__GNUC__)
#define SF_PREFETCH(address) __builtin_prefetch(address)
#else
#define SF_PREFETCH(address) ((void)(address))
#endif
#endif
