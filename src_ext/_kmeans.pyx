"""Clusters around means: nearest centres, sums of their rows, and seeds far from each other."""
from cython.parallel cimport prange
from libc.stdint cimport int64_t

cdef extern from "sf_kmeans.h" nogil:
    enum:
        SF_TILE_ROWS
    void sf_fill_tile(const double *points, const double *shift, int64_t n_rows, int64_t n_columns, double *tile)
    void sf_assign_tile(const double *tile, int64_t n_columns, const double *centers, const double *half_norms,
                        int64_t n_centers, int64_t *labels)
    int64_t sf_move_rows(const double *tile, int64_t n_rows, int64_t n_columns, const int64_t *now, int64_t *labels,
                         double *sums, int64_t *counts)
    void sf_measure_tile(const double *tile, int64_t n_columns, const double *point, double *distances)
    double sf_lower_tile(const double *nearest, double *distances)
    void sf_measure_own(const double *tile, int64_t n_rows, int64_t n_columns, const double *centers,
                        const int64_t *labels, double *distances)
    int64_t sf_pick_row(const double *weights, int64_t n, double aim)

# Tiles are cut in `n_parts` runs, whose sums are the caller's to add up: the parts depend on the rows alone.


cdef inline int64_t rows_of(int64_t tile, int64_t n_rows) noexcept nogil:
    return min(n_rows - tile * SF_TILE_ROWS, <int64_t>SF_TILE_ROWS)


def fill_tiles(
    const double[:, ::1] points not None,   # IN (n_rows, n_columns)
    const double[::1] shift not None,       # IN (n_columns,)
    double[:, :, ::1] tiles not None,       # OUT (n_tiles, n_columns, 64)
    int n_threads,
):
    cdef int64_t n_rows = points.shape[0], n_columns = points.shape[1], n_tiles = tiles.shape[0], t
    if n_rows == 0 or n_columns == 0:
        return
    for t in prange(n_tiles, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n_tiles > 64):
        sf_fill_tile(&points[t * SF_TILE_ROWS, 0], &shift[0], rows_of(t, n_rows), n_columns, &tiles[t, 0, 0])


def assign_points(
    const double[:, :, ::1] tiles not None,     # IN (n_tiles, n_columns, 64)
    const double[:, ::1] centers not None,      # IN (n_centers, n_columns), n_centers a multiple of 4
    const double[::1] half_norms not None,      # IN (n_centers,) half the squared norms; infinite: no centre
    int64_t[::1] labels not None,               # IN/OUT (n_rows,) -1 before the first time
    double[:, :, ::1] sums not None,            # IN/OUT (n_parts, n_centers, n_columns) of the rows of each centre
    int64_t[:, ::1] counts not None,            # IN/OUT (n_parts, n_centers)
    int n_threads,
):
    cdef int64_t n_tiles = tiles.shape[0], n_columns = tiles.shape[1], n_centers = centers.shape[0], n_moved = 0, p
    if n_tiles == 0 or n_columns == 0 or n_centers == 0:
        return 0
    for p in prange(
        sums.shape[0], nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n_tiles > 64
    ):
        n_moved += assign_part(
            &tiles[0, 0, 0], p * n_tiles // sums.shape[0], (p + 1) * n_tiles // sums.shape[0], n_columns,
            &centers[0, 0], &half_norms[0], n_centers, labels.shape[0], &labels[0], &sums[p, 0, 0], &counts[p, 0]
        )
    return n_moved


cdef int64_t assign_part(
    const double *tiles, int64_t first, int64_t last, int64_t n_columns, const double *centers,
    const double *half_norms, int64_t n_centers, int64_t n_rows, int64_t *labels, double *sums, int64_t *counts
) noexcept nogil:
    cdef int64_t[SF_TILE_ROWS] now
    cdef int64_t n_moved = 0, t
    cdef const double *tile
    for t in range(first, last):
        tile = tiles + t * n_columns * SF_TILE_ROWS
        sf_assign_tile(tile, n_columns, centers, half_norms, n_centers, now)
        n_moved += sf_move_rows(
            tile, rows_of(t, n_rows), n_columns, now, labels + t * SF_TILE_ROWS, sums, counts
        )
    return n_moved


def measure_points(
    const double[:, :, ::1] tiles not None,     # IN (n_tiles, n_columns, 64)
    const double[:, ::1] centers not None,      # IN (n_centers, n_columns)
    const int64_t[::1] labels not None,         # IN (n_rows,)
    double[::1] distances not None,             # OUT (n_rows,) squared
    int n_threads,
):
    cdef int64_t n_tiles = tiles.shape[0], n_columns = tiles.shape[1], n_rows = distances.shape[0], t
    if n_tiles == 0 or n_columns == 0 or centers.shape[0] == 0:
        return
    for t in prange(n_tiles, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n_tiles > 64):
        sf_measure_own(&tiles[t, 0, 0], rows_of(t, n_rows), n_columns, &centers[0, 0], &labels[t * SF_TILE_ROWS],
                       &distances[t * SF_TILE_ROWS])


def lower_distances(
    const double[:, :, ::1] tiles not None,     # IN (n_tiles, n_columns, 64)
    const double[:, ::1] points not None,       # IN (n_points, n_columns)
    const double[::1] nearest not None,         # IN (64 * n_tiles,) squared distances; 0 past the last row
    double[:, ::1] lowered not None,            # OUT (n_points, 64 * n_tiles) those, or the ones to a point if less
    double[:, ::1] sums not None,               # OUT (n_parts, n_points)
    int n_threads,
):
    cdef int64_t n_tiles = tiles.shape[0], n_columns = tiles.shape[1], n_points = points.shape[0]
    cdef int64_t n_parts = sums.shape[0], p, t, c, at
    sums[:] = 0.0
    if n_tiles == 0 or n_columns == 0 or n_points == 0:
        return
    for p in prange(n_parts, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n_tiles > 64):
        for t in range(p * n_tiles // n_parts, (p + 1) * n_tiles // n_parts):
            at = t * SF_TILE_ROWS
            for c in range(n_points):
                sf_measure_tile(&tiles[t, 0, 0], n_columns, &points[c, 0], &lowered[c, at])
                sums[p, c] += sf_lower_tile(&nearest[at], &lowered[c, at])


def pick_rows(
    const double[::1] weights not None,     # IN (64 * n_tiles,)
    const double[::1] sums not None,        # IN (n_parts,) of the weights of each part
    const double[::1] aims not None,        # IN (n_picks,) in [0, the sum of all)
    int64_t[::1] rows not None,             # OUT (n_picks,)
):
    cdef int64_t n_tiles = weights.shape[0] // SF_TILE_ROWS, n_parts = sums.shape[0], k, p, start, last
    cdef double aim
    if n_tiles == 0 or n_parts == 0:
        return
    with nogil:
        for k in range(aims.shape[0]):
            aim = aims[k]
            last = 0
            for p in range(n_parts):
                if not sums[p] > 0.0:
                    continue
                last = p
                if aim < sums[p]:
                    break
                aim = aim - sums[p]
            start = last * n_tiles // n_parts * SF_TILE_ROWS
            rows[k] = start + sf_pick_row(
                &weights[start], (last + 1) * n_tiles // n_parts * SF_TILE_ROWS - start, aim
            )
