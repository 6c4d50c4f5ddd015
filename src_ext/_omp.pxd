# OpenMP in one place: every kernel takes its thread calls from here, and a build without OpenMP gets no-ops.
cdef extern from *:
    """
    #ifdef _OPENMP
    #include <omp.h>
    #define SF_OPENMP_ENABLED 1
    #else
    #define SF_OPENMP_ENABLED 0
    #define omp_get_max_threads() 1
    #define omp_get_thread_num() 0
    #define omp_get_num_procs() 1
    #endif
    """
    int SF_OPENMP_ENABLED
    int omp_get_max_threads() noexcept nogil
    int omp_get_thread_num() noexcept nogil
    int omp_get_num_procs() noexcept nogil
