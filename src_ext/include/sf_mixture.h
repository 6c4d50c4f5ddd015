/* Mixtures of Gaussians and levels: shares of the components in every row, and what the rows add to the moments.

   A row has numbers, of which some may be missing, and codes. Rows of one run miss the same columns, so a run needs one
   factor of each component's covariance, of the columns seen alone. Rows go through in tiles of SF_ROWS, and everything
   that is summed over rows is summed in the order of the tiles. */
#ifndef SF_MIXTURE_H
#define SF_MIXTURE_H
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "sf_cholesky.h"
#include "sf_math.h"
#include "sf_wide.h"

enum { SF_ROWS = 256, SF_QUAD = 4 };
enum { SF_DONE, SF_SINGULAR, SF_NO_MEMORY };

typedef struct {
    int64_t n_columns, n_components, n_code_columns, n_levels;
    int64_t n_padded;           /* components, filled up to whole eights, in tables of levels */
    int diagonal;               /* covariances are variances */
    const double *values;       /* (n_columns, n_rows) */
    int64_t n_rows;
    const int32_t *codes;       /* (n_rows, n_code_columns): rows of the table of levels */
    const int64_t *run_starts;  /* (n_runs + 1) */
    const uint8_t *seen;        /* (n_runs, n_columns) */
    const double *log_weights;  /* (n_components) */
    const double *means;        /* (n_components, n_columns) */
    const double *covariances;  /* (n_components, n_columns, n_columns), or without the last */
    const double *level_logs;   /* (n_levels, n_padded) */
} sf_mixture;

/* What is kept of the columns that a run sees, and room to work with a tile of its rows. */
typedef struct {
    int64_t run, n_seen, n_filled;      /* columns seen, and these filled up to whole fours */
    int64_t pitch;                      /* all columns, filled up to whole fours */
    int64_t *columns;                   /* (n_seen) */
    double *factors, *scales;           /* (n_components, pitch, pitch) upper factors; (n_components, pitch) */
    double *whiteners;                  /* (n_components, pitch, pitch) inverse factors; or inverse deviations */
    double *offsets;                    /* (n_components) log weight and log density at the mean */
    double *tile, *centred;             /* (n_filled, SF_ROWS) */
    double *shares;                     /* (n_components, SF_ROWS) log joint densities, then shares */
    double *by_row;                     /* (SF_ROWS, n_padded) */
    double *moments;                    /* (n_components, 1 + n_filled + n_filled^2) */
    double *work;                       /* for factors, and for what is missing */
} sf_mixture_room;

SF_INLINE int64_t sf_filled(int64_t n) { return (n + SF_QUAD - 1) / SF_QUAD * SF_QUAD; }

/* Numbers kept of each component: its share, the sums, the sums of products (or of squares). */
SF_INLINE int64_t sf_moment_size(int64_t n, int diagonal) { return 1 + n + (diagonal ? n : n * n); }

static void sf_close_room(sf_mixture_room *room) {
    free(room->columns);
    free(room->whiteners);
}

/* Lanes to go through for n rows of a tile. */
SF_INLINE int64_t sf_lanes(int64_t n) { return (n + 2 * SF_WIDTH - 1) / (2 * SF_WIDTH) * (2 * SF_WIDTH); }

/* Room for a tile of rows that see any of the columns; 0 where memory runs out. */
static int sf_open_room(const sf_mixture *m, sf_mixture_room *room) {
    const int64_t d = m->n_columns, f = sf_filled(d), k = m->n_components;
    const int64_t square = k * (m->diagonal ? f : f * f);
    const int64_t sizes[10] = {square, m->diagonal ? 0 : square, k * f, k, f * SF_ROWS, f * SF_ROWS, k * SF_ROWS,
                               SF_ROWS * m->n_padded, k * sf_moment_size(f, m->diagonal), 4 * f * f};
    int64_t total = 8;
    for (int i = 0; i < 10; i++) total += (sizes[i] + 7) / 8 * 8;
    room->columns = malloc((size_t)(d + 1) * sizeof(int64_t));
    room->whiteners = malloc((size_t)total * sizeof(double));
    room->run = -1;
    room->n_seen = 0;
    room->pitch = f;
    if (!room->columns || !room->whiteners) {
        sf_close_room(room);
        return 0;
    }
    double *next = room->whiteners, **parts[10] = {&room->whiteners, &room->factors, &room->scales, &room->offsets,
                                                   &room->tile,      &room->centred, &room->shares, &room->by_row,
                                                   &room->moments,   &room->work};
    for (int i = 0; i < 10; i++) {
        *parts[i] = next;
        next += (sizes[i] + 7) / 8 * 8;
    }
    return 1;
}

/* -- factors of a run ---------------------------------------------------------------------------------------------- */

/* The factors of one component; those of the first `done` columns are there already. */
static int sf_whiten_component(const sf_mixture *m, sf_mixture_room *room, int64_t k, int64_t done) {
    const int64_t d = m->n_columns, n = room->n_seen, f = m->diagonal ? room->n_filled : room->pitch;
    double log_scale = 0.0;
    if (m->diagonal) {
        double *w = room->whiteners + k * f;
        memset(w, 0, (size_t)f * sizeof(double));
        for (int64_t i = 0; i < n; i++) {
            const double variance = m->covariances[k * d + room->columns[i]];
            if (!(variance > 0.0 && variance < INFINITY)) return 0;
            w[i] = 1.0 / sqrt(variance);
            log_scale += sf_log(w[i]);
        }
    } else {
        double *w = room->whiteners + k * f * f, *factor = room->factors + k * f * f;
        const double *covariance = m->covariances + k * d * d;
        memset(w + n * f, 0, (size_t)((f - n) * f) * sizeof(double));
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = i < done ? done : i; j < n; j++)
                factor[i * f + j] = covariance[room->columns[i] * d + room->columns[j]];
        if (!sf_cholesky(factor, n, f, done, room->scales + k * f)) return 0;
        sf_invert_transpose(factor, n, f, done, w);
        for (int64_t i = 0; i < n; i++) log_scale += sf_log(w[i * f + i]);
    }
    room->offsets[k] = m->log_weights[k] + log_scale - 0.91893853320467274178 * (double)n;
    return 1;
}

/* Factors for the columns that a run sees; 0 where a covariance has none. Runs that see the same share them, and those
   whose first columns are the same as the last run's take up where these end: runs stand in the order of what they see. */
static int sf_enter_run(const sf_mixture *m, sf_mixture_room *room, int64_t run) {
    const int64_t d = m->n_columns;
    if (room->run >= 0 && (!d || !memcmp(m->seen + room->run * d, m->seen + run * d, (size_t)d))) return 1;
    int64_t n = 0, done = 0;
    for (int64_t j = 0; j < d; j++)
        if (m->seen[run * d + j]) {
            done += done == n && n < room->n_seen && room->columns[n] == j;
            room->columns[n++] = j;
        }
    room->run = run;
    room->n_seen = n;
    room->n_filled = sf_filled(room->n_seen);
    for (int64_t k = 0; k < m->n_components; k++)
        if (!sf_whiten_component(m, room, k, done)) return 0;
    return 1;
}

/* -- shares -------------------------------------------------------------------------------------------------------- */

static void sf_read_tile(const sf_mixture *m, sf_mixture_room *room, int64_t first, int64_t n) {
    for (int64_t i = 0; i < room->n_filled; i++) {
        double *row = room->tile + i * SF_ROWS;
        if (i < room->n_seen) memcpy(row, m->values + room->columns[i] * m->n_rows + first, (size_t)n * sizeof(double));
        if (i < room->n_seen) memset(row + n, 0, (size_t)(sf_lanes(n) - n) * sizeof(double));
    }
}

SF_CLONES static void sf_centre_tile(const sf_mixture *m, const sf_mixture_room *room, int64_t k, int64_t lanes) {
    for (int64_t i = 0; i < room->n_filled; i++) {
        const double *from = room->tile + i * SF_ROWS;
        double *to = room->centred + i * SF_ROWS;
        if (i >= room->n_seen) {
            memset(to, 0, (size_t)lanes * sizeof(double));
            continue;
        }
        const double mean = m->means[k * m->n_columns + room->columns[i]];
        for (int64_t r = 0; r < lanes; r += SF_WIDTH) SF_STORE(to + r, SF_LOAD(from + r) - mean);
    }
}

/* log density = offset - half the squared norm of the whitened rows: four rows of the whitener at a time. */
SF_CLONES static void sf_score_full(
    const double *centred, const double *w, int64_t f, int64_t pitch, double offset, int64_t lanes, double *out
) {
    for (int64_t r = 0; r < lanes; r += 2 * SF_WIDTH) {
        sf_wide sum = SF_SPREAD(0.0), sum_too = SF_SPREAD(0.0);
        for (int64_t i = 0; i < f; i += SF_QUAD) {
            const double *a = w + i * pitch, *b = a + pitch, *c = b + pitch, *d = c + pitch;
            sf_wide p = SF_SPREAD(0.0), q = p, s = p, t = p, p2 = p, q2 = p, s2 = p, t2 = p;
            for (int64_t j = 0; j < i + SF_QUAD; j++) {
                const sf_wide x = SF_LOAD(centred + j * SF_ROWS + r), y = SF_LOAD(centred + j * SF_ROWS + r + SF_WIDTH);
                p += a[j] * x, q += b[j] * x, s += c[j] * x, t += d[j] * x;
                p2 += a[j] * y, q2 += b[j] * y, s2 += c[j] * y, t2 += d[j] * y;
            }
            sum += (p * p + q * q) + (s * s + t * t);
            sum_too += (p2 * p2 + q2 * q2) + (s2 * s2 + t2 * t2);
        }
        SF_STORE(out + r, offset - 0.5 * sum);
        SF_STORE(out + r + SF_WIDTH, offset - 0.5 * sum_too);
    }
}

SF_CLONES static void sf_score_diagonal(
    const double *centred, const double *w, int64_t f, double offset, int64_t lanes, double *out
) {
    for (int64_t r = 0; r < lanes; r += SF_WIDTH) {
        sf_wide sum = SF_SPREAD(0.0);
        for (int64_t i = 0; i < f; i++) {
            const sf_wide x = SF_LOAD(centred + i * SF_ROWS + r) * w[i];
            sum += x * x;
        }
        SF_STORE(out + r, offset - 0.5 * sum);
    }
}

/* Adds the logs of the levels' probabilities to the log joint densities. */
SF_CLONES static void sf_score_levels(const sf_mixture *m, sf_mixture_room *room, int64_t first, int64_t n) {
    const int64_t p = m->n_padded;
    for (int64_t r = 0; r < n; r++) {
        double *SF_RESTRICT sums = room->by_row + r * p;
        memset(sums, 0, (size_t)p * sizeof(double));
        for (int64_t c = 0; c < m->n_code_columns; c++) {
            const double *SF_RESTRICT logs = m->level_logs + m->codes[(first + r) * m->n_code_columns + c] * p;
            for (int64_t k = 0; k < p; k++) sums[k] += logs[k];
        }
    }
    for (int64_t k = 0; k < m->n_components; k++)
        for (int64_t r = 0; r < n; r++) room->shares[k * SF_ROWS + r] += room->by_row[r * p + k];
}

/* Log joint densities into shares, and the log density of each row; 0 past the n rows. */
SF_CLONES static void sf_normalise_shares(double *shares, int64_t n_components, int64_t n, double *log_density) {
    const int64_t lanes = sf_lanes(n);
    double top[SF_ROWS], total[SF_ROWS];
    for (int64_t r = 0; r < lanes; r++) top[r] = -1e300, total[r] = 0.0;
    for (int64_t k = 0; k < n_components; k++) {
        const double *SF_RESTRICT own = shares + k * SF_ROWS;
        for (int64_t r = 0; r < lanes; r++) top[r] = sf_choose(own[r] > top[r], own[r], top[r]);
    }
    for (int64_t k = 0; k < n_components; k++) {
        double *SF_RESTRICT own = shares + k * SF_ROWS;
        for (int64_t r = 0; r < lanes; r++) {
            own[r] = sf_exp(own[r] - top[r]);
            total[r] += own[r];
        }
    }
    for (int64_t r = 0; r < lanes; r++) {
        const int possible = (r < n) & (total[r] > 0.0);
        const double safe = sf_choose(possible, total[r], 1.0);
        log_density[r] = sf_choose(r < n, sf_choose(possible, top[r] + sf_log(safe), -INFINITY), 0.0);
        total[r] = sf_choose(possible, 1.0 / safe, 0.0);
    }
    for (int64_t k = 0; k < n_components; k++) {
        double *SF_RESTRICT own = shares + k * SF_ROWS;
        for (int64_t r = 0; r < lanes; r++) own[r] *= total[r];
    }
}

static void sf_share_tile(const sf_mixture *m, sf_mixture_room *room, int64_t first, int64_t n, double *log_density) {
    const int64_t f = room->n_filled, pitch = room->pitch, lanes = sf_lanes(n);
    sf_read_tile(m, room, first, n);
    for (int64_t k = 0; k < m->n_components; k++) {
        double *out = room->shares + k * SF_ROWS;
        sf_centre_tile(m, room, k, lanes);
        if (m->diagonal) sf_score_diagonal(room->centred, room->whiteners + k * f, f, room->offsets[k], lanes, out);
        else sf_score_full(room->centred, room->whiteners + k * pitch * pitch, f, pitch, room->offsets[k], lanes, out);
    }
    if (m->n_code_columns) sf_score_levels(m, room, first, n);
    sf_normalise_shares(room->shares, m->n_components, n, log_density);
}
#endif
