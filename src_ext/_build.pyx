"""How this build was compiled."""
from _omp cimport SF_OPENMP_ENABLED, omp_get_max_threads, omp_get_num_procs

cdef extern from "sf_instruction_set.h":
    const char *sf_instruction_set()


def has_openmp():
    return bool(SF_OPENMP_ENABLED)


def count_openmp_threads():
    return omp_get_max_threads()


def count_processors():
    return omp_get_num_procs()


def name_instruction_set():
    return sf_instruction_set().decode("ascii")
