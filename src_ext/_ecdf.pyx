"""Piecewise linear transforms through guide tables, and the standard normal both ways."""
from cython.parallel cimport prange
from libc.stdint cimport int32_t

cdef extern from "sf_ecdf.h" nogil:
    double sf_interpolate(double x, const double* knots, const double* segments, Py_ssize_t n_knots,
                          const int32_t* guide, double half_low, double scale, double n_cells) noexcept

cdef extern from "sf_normal_fill.h" nogil:
    void sf_fill_ndtr(const double* x, double* out, size_t n) noexcept
    void sf_fill_ndtri(const double* p, double* out, size_t n) noexcept

cdef enum:
    CHUNK = 4096


def transform_knots(
    const double[:] x not None,               # IN (n,) any stride
    const double[::1] knots not None,         # IN (n_knots,) nondecreasing, at least 1
    const double[:, ::1] segments not None,   # IN (n_knots, 3) value, slope and end value of the segment at each knot
    const int32_t[::1] guide not None,        # IN (n_cells + 1,) last knot in a cell before each cell
    double half_low,
    double scale,
    double[::1] out not None,                 # OUT (n,)
    int n_threads,
):
    cdef Py_ssize_t n = x.shape[0], c, i, stop, n_chunks = (n + CHUNK - 1) // CHUNK, n_knots = knots.shape[0]
    cdef double n_cells = guide.shape[0] - 1
    for c in prange(n_chunks, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n_chunks > 32):
        stop = (c + 1) * CHUNK if (c + 1) * CHUNK < n else n
        for i in range(c * CHUNK, stop):
            out[i] = sf_interpolate(x[i], &knots[0], &segments[0, 0], n_knots, &guide[0], half_low, scale, n_cells)


def fill_ndtr(const double[::1] x not None, double[::1] out not None, int n_threads):
    cdef Py_ssize_t n = x.shape[0], c, n_chunks = (n + CHUNK - 1) // CHUNK
    for c in prange(n_chunks, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n_chunks > 32):
        sf_fill_ndtr(&x[c * CHUNK], &out[c * CHUNK], min(CHUNK, n - c * CHUNK))


def fill_ndtri(const double[::1] p not None, double[::1] out not None, int n_threads):
    cdef Py_ssize_t n = p.shape[0], c, n_chunks = (n + CHUNK - 1) // CHUNK
    for c in prange(n_chunks, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n_chunks > 32):
        sf_fill_ndtri(&p[c * CHUNK], &out[c * CHUNK], min(CHUNK, n - c * CHUNK))
