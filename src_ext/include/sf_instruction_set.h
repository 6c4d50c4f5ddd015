/* Which version of the SF_CLONES functions this processor runs. */
#ifndef SF_INSTRUCTION_SET_H
#define SF_INSTRUCTION_SET_H
#include "sf_clones.h"

static const char *sf_instruction_set(void) {
#if defined(SF_HAS_CLONES)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4")) return "x86-64-v4";
    if (__builtin_cpu_supports("x86-64-v3")) return "x86-64-v3";
    return "x86-64";
#else
    return "portable";
#endif
}
#endif
