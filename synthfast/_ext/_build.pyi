def has_openmp() -> bool:
    """Whether the kernels were compiled with OpenMP."""

def count_openmp_threads() -> int:
    """Threads that OpenMP would use by itself (``OMP_NUM_THREADS``); 1 in a serial build."""

def count_processors() -> int:
    """Processors that OpenMP sees; 1 in a serial build."""

def name_instruction_set() -> str:
    """Instruction set of the SIMD code that runs here: an x86-64 level, or ``"portable"`` in a build with one."""
