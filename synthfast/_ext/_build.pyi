def has_openmp() -> bool:
    """Whether the kernels were compiled with OpenMP."""

def count_openmp_threads() -> int:
    """Threads that OpenMP would use by itself (``OMP_NUM_THREADS``); 1 in a serial build."""

def count_processors() -> int:
    """Processors that OpenMP sees; 1 in a serial build."""
