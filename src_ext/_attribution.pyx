"""Rows that match people in most of some columns, and how many of them share another one."""
from cython.parallel cimport prange
from libc.stdint cimport int32_t, int64_t, uint8_t

cdef extern from "sf_attribution.h" nogil:
    ctypedef struct sf_matching:
        int64_t n_columns, n_secrets, n_rows
        const int32_t *tiles
        const uint8_t *is_key
        const int64_t *secrets
    void sf_count_agreeing(
        const sf_matching *m, const int32_t *codes, int32_t *least, int64_t *matching, int64_t *agreeing
    ) noexcept


def count_agreeing(
    const int32_t[:, ::1] codes not None,      # IN (n_people, n_columns)
    const int32_t[:, :, ::1] tiles not None,   # IN (n_tiles, n_columns, 64)
    int64_t n_rows,
    const uint8_t[::1] is_key not None,        # IN (n_columns,)
    const int64_t[::1] secrets not None,       # IN (n_secrets,)
    int32_t[:, ::1] least not None,            # OUT (n_people, n_secrets)
    int64_t[:, ::1] matching not None,         # OUT (n_people, n_secrets)
    int64_t[:, ::1] agreeing not None,         # OUT (n_people, n_secrets)
    int n_threads,
):
    cdef int64_t n_people = codes.shape[0], i
    cdef sf_matching m
    if n_people == 0 or secrets.shape[0] == 0 or n_rows == 0:
        return
    m.n_columns, m.n_secrets, m.n_rows = codes.shape[1], secrets.shape[0], n_rows
    m.tiles, m.is_key, m.secrets = &tiles[0, 0, 0], &is_key[0], &secrets[0]
    for i in prange(
        n_people, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n_people * n_rows > 100_000
    ):
        sf_count_agreeing(&m, &codes[i, 0], &least[i, 0], &matching[i, 0], &agreeing[i, 0])
