/* What rows add to the moments of the components of a mixture, given their shares. */
#ifndef SF_MIXTURE_MOMENTS_H
#define SF_MIXTURE_MOMENTS_H
#include "sf_mixture.h"

enum { SF_FEW = 32 };

#define SF_NOTHING 1e-12 /* rows: so small a share of a run does not change a component */

/* Sums over the rows of a tile, weighed by `share`: the shares, the columns, and the products of columns in tiles of four
   by four on and below the diagonal. */
SF_CLONES static void sf_add_products(
    const double *centred, const double *share, int64_t lanes, int64_t f, double *moments
) {
    sf_wide total = SF_SPREAD(0.0);
    for (int64_t r = 0; r < lanes; r += SF_WIDTH) total += SF_LOAD(share + r);
    moments[0] += SF_SUM_LANES(total);
    for (int64_t i = 0; i < f; i += SF_QUAD) {
        const double *a = centred + i * SF_ROWS, *b = a + SF_ROWS, *c = b + SF_ROWS, *d = c + SF_ROWS;
        for (int64_t j = 0; j <= i; j += SF_QUAD) {
            const double *e = centred + j * SF_ROWS, *g = e + SF_ROWS, *h = g + SF_ROWS, *l = h + SF_ROWS;
            const sf_wide zero = SF_SPREAD(0.0);
            sf_wide sa = zero, sb = zero, sc = zero, sd = zero;
            sf_wide ae = zero, ag = zero, ah = zero, al = zero, be = zero, bg = zero, bh = zero, bl = zero;
            sf_wide ce = zero, cg = zero, ch = zero, cl = zero, de = zero, dg = zero, dh = zero, dl = zero;
            for (int64_t r = 0; r < lanes; r += SF_WIDTH) {
                const sf_wide own = SF_LOAD(share + r);
                const sf_wide wa = own * SF_LOAD(a + r), wb = own * SF_LOAD(b + r), wc = own * SF_LOAD(c + r);
                const sf_wide wd = own * SF_LOAD(d + r);
                const sf_wide xe = SF_LOAD(e + r), xg = SF_LOAD(g + r), xh = SF_LOAD(h + r), xl = SF_LOAD(l + r);
                ae += wa * xe, ag += wa * xg, ah += wa * xh, al += wa * xl;
                be += wb * xe, bg += wb * xg, bh += wb * xh, bl += wb * xl;
                ce += wc * xe, cg += wc * xg, ch += wc * xh, cl += wc * xl;
                de += wd * xe, dg += wd * xg, dh += wd * xh, dl += wd * xl;
                sa += wa, sb += wb, sc += wc, sd += wd;
            }
            double *p = moments + 1 + f + i * f + j, *q = p + f, *s = q + f, *t = s + f;
            p[0] += SF_SUM_LANES(ae), p[1] += SF_SUM_LANES(ag), p[2] += SF_SUM_LANES(ah), p[3] += SF_SUM_LANES(al);
            q[0] += SF_SUM_LANES(be), q[1] += SF_SUM_LANES(bg), q[2] += SF_SUM_LANES(bh), q[3] += SF_SUM_LANES(bl);
            s[0] += SF_SUM_LANES(ce), s[1] += SF_SUM_LANES(cg), s[2] += SF_SUM_LANES(ch), s[3] += SF_SUM_LANES(cl);
            t[0] += SF_SUM_LANES(de), t[1] += SF_SUM_LANES(dg), t[2] += SF_SUM_LANES(dh), t[3] += SF_SUM_LANES(dl);
            if (j == i) {
                moments[1 + i] += SF_SUM_LANES(sa), moments[2 + i] += SF_SUM_LANES(sb);
                moments[3 + i] += SF_SUM_LANES(sc), moments[4 + i] += SF_SUM_LANES(sd);
            }
        }
    }
}

/* The same for a few rows, one by one. */
SF_CLONES static void sf_add_few_products(
    const double *centred, const double *share, int64_t n, int64_t f, double *SF_RESTRICT row,
    double *SF_RESTRICT moments
) {
    double *SF_RESTRICT products = moments + 1 + f;
    for (int64_t r = 0; r < n; r++) {
        for (int64_t i = 0; i < f; i++) row[i] = centred[i * SF_ROWS + r];
        moments[0] += share[r];
        for (int64_t i = 0; i < f; i++) {
            const double own = share[r] * row[i];
            moments[1 + i] += own;
            for (int64_t j = 0; j < i / SF_QUAD * SF_QUAD + SF_QUAD; j++) products[i * f + j] += own * row[j];
        }
    }
}

SF_CLONES static void sf_add_squares(
    const double *centred, const double *share, int64_t lanes, int64_t f, double *moments
) {
    sf_wide total = SF_SPREAD(0.0);
    for (int64_t r = 0; r < lanes; r += SF_WIDTH) total += SF_LOAD(share + r);
    moments[0] += SF_SUM_LANES(total);
    for (int64_t i = 0; i < f; i++) {
        sf_wide sum = SF_SPREAD(0.0), squares = SF_SPREAD(0.0);
        for (int64_t r = 0; r < lanes; r += SF_WIDTH) {
            const sf_wide x = SF_LOAD(centred + i * SF_ROWS + r), own = SF_LOAD(share + r) * x;
            sum += own;
            squares += own * x;
        }
        moments[1 + i] += SF_SUM_LANES(sum);
        moments[1 + f + i] += SF_SUM_LANES(squares);
    }
}

/* Adds the shares of the rows to the sums of their levels. */
SF_CLONES static void sf_add_levels(const sf_mixture *m, sf_mixture_room *room, int64_t first, int64_t n, double *sums) {
    const int64_t p = m->n_padded;
    for (int64_t k = 0; k < m->n_components; k++)
        for (int64_t r = 0; r < n; r++) room->by_row[r * p + k] = room->shares[k * SF_ROWS + r];
    for (int64_t r = 0; r < n; r++) {
        const double *SF_RESTRICT own = room->by_row + r * p;
        for (int64_t c = 0; c < m->n_code_columns; c++) {
            double *SF_RESTRICT sum = sums + m->codes[(first + r) * m->n_code_columns + c] * p;
            for (int64_t k = 0; k < p; k++) sum[k] += own[k];
        }
    }
}

/* Products added up in four sums, n being a whole number of fours. */
SF_INLINE double sf_dot(const double *a, const double *b, int64_t n) {
    double s[SF_QUAD] = {0.0};
    for (int64_t i = 0; i < n; i += SF_QUAD)
        for (int64_t q = 0; q < SF_QUAD; q++) s[q] += a[i + q] * b[i + q];
    return (s[0] + s[2]) + (s[1] + s[3]);
}

SF_INLINE double sf_dot_lower(const double *a, const double *b, int64_t n) {
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* For each missing column, all filled up with zeros: its covariances with the whitened columns seen (`half`), its
   regression on the columns seen (`weights`), and that times the products of these (`cross`). */
SF_CLONES static void sf_regress_missing(
    const sf_mixture *m, const sf_mixture_room *room, int64_t k, const int64_t *gone, double *half, double *weights,
    double *cross
) {
    const int64_t d = m->n_columns, n = room->n_seen, f = room->n_filled;
    const double *products = room->moments + k * sf_moment_size(f, 0) + 1 + f;
    const int64_t pitch = room->pitch;
    const double *w = room->whiteners + k * pitch * pitch; /* lower triangular, zeros up to whole fours */
    for (int64_t i = 0; i < d - n; i++) {
        const double *covariance = m->covariances + k * d * d + gone[i] * d;
        double *SF_RESTRICT u = half + i * f, *SF_RESTRICT b = weights + i * f, *SF_RESTRICT x = cross + i * f;
        for (int64_t j = 0; j < f; j++) x[j] = j < n ? covariance[room->columns[j]] : 0.0;
        for (int64_t j = 0; j < f; j++) u[j] = sf_dot(x, w + j * pitch, j / SF_QUAD * SF_QUAD + SF_QUAD), b[j] = 0.0;
        for (int64_t j = 0; j < n; j++)
            for (int64_t l = 0; l < j / SF_QUAD * SF_QUAD + SF_QUAD; l++) b[l] += u[j] * w[j * pitch + l];
        for (int64_t j = 0; j < f; j++) x[j] = 0.0;
        for (int64_t j = 0; j < n; j++) {
            for (int64_t l = 0; l <= j; l++) x[l] += b[j] * products[j * f + l];
            x[j] += sf_dot_lower(products + j * f, b, j);
        }
    }
}

/* Moments of the columns seen, as those of all columns: what is missing enters with its mean and covariance given what is
   seen. out: weight, sums (d) and, on and below the diagonal, products (d, d), all about the component's mean. */
static void sf_complete_moments(const sf_mixture *m, sf_mixture_room *room, int64_t k, double *out) {
    const int64_t d = m->n_columns, n = room->n_seen, f = room->n_filled, n_gone = d - n;
    const double *own = room->moments + k * sf_moment_size(f, 0), *sums = own + 1, *products = own + 1 + f;
    const double *covariance = m->covariances + k * d * d;
    const int64_t *seen = room->columns;
    double *to = out + 1 + d;
    out[0] += own[0];
    for (int64_t i = 0; i < n; i++) {
        out[1 + seen[i]] += sums[i];
        for (int64_t j = 0; j <= i; j++) to[seen[i] * d + seen[j]] += products[i * f + j];
    }
    if (!n_gone || own[0] < SF_NOTHING) return;
    double *half = room->work, *weights = half + n_gone * f, *cross = weights + n_gone * f;
    int64_t *gone = room->columns + n; /* there is room for one more than all columns */
    for (int64_t j = 0, at = 0, next = 0; j < d; j++) {
        if (next < n && seen[next] == j) next++;
        else gone[at++] = j;
    }
    sf_regress_missing(m, room, k, gone, half, weights, cross);
    for (int64_t i = 0; i < n_gone; i++) {
        const double *u = half + i * f, *b = weights + i * f, *x = cross + i * f;
        double sum = 0.0;
        for (int64_t j = 0; j < n; j++) {
            sum += b[j] * sums[j];
            to[gone[i] > seen[j] ? gone[i] * d + seen[j] : seen[j] * d + gone[i]] += x[j];
        }
        out[1 + gone[i]] += sum;
        for (int64_t h = 0; h <= i; h++)
            to[gone[i] * d + gone[h]] += sf_dot(x, weights + h * f, f) +
                                         own[0] * (covariance[gone[i] * d + gone[h]] - sf_dot(u, half + h * f, f));
    }
}

static void sf_complete_squares(const sf_mixture *m, sf_mixture_room *room, int64_t k, int64_t run, double *out) {
    const int64_t d = m->n_columns, f = room->n_filled;
    const double *own = room->moments + k * sf_moment_size(f, 1);
    out[0] += own[0];
    for (int64_t i = 0; i < room->n_seen; i++) {
        out[1 + room->columns[i]] += own[1 + i];
        out[1 + d + room->columns[i]] += own[1 + f + i];
    }
    for (int64_t j = 0; j < d; j++)
        if (!m->seen[run * d + j]) out[1 + d + j] += own[0] * m->covariances[k * d + j];
}

/* Rows first .. last - 1 of one run. */
static int sf_accumulate_run(
    const sf_mixture *m, sf_mixture_room *room, int64_t run, int64_t first, int64_t last, double *moments,
    double *level_sums, double *log_likelihood
) {
    double log_density[SF_ROWS];
    if (!sf_enter_run(m, room, run)) return SF_SINGULAR;
    const int64_t f = room->n_filled, size = sf_moment_size(f, m->diagonal);
    const int64_t whole = sf_moment_size(m->n_columns, m->diagonal);
    memset(room->moments, 0, (size_t)(m->n_components * size) * sizeof(double));
    for (int64_t at = first; at < last; at += SF_ROWS) {
        const int64_t n = last - at < SF_ROWS ? last - at : SF_ROWS;
        const int64_t lanes = sf_lanes(n);
        sf_share_tile(m, room, at, n, log_density);
        for (int64_t k = 0; k < m->n_components; k++) {
            const double *share = room->shares + k * SF_ROWS;
            sf_centre_tile(m, room, k, lanes);
            if (m->diagonal) sf_add_squares(room->centred, share, lanes, f, room->moments + k * size);
            else if (n <= SF_FEW) sf_add_few_products(room->centred, share, n, f, room->work, room->moments + k * size);
            else sf_add_products(room->centred, share, lanes, f, room->moments + k * size);
        }
        if (m->n_code_columns) sf_add_levels(m, room, at, n, level_sums);
        for (int64_t r = 0; r < n; r++) *log_likelihood += log_density[r];
    }
    for (int64_t k = 0; k < m->n_components; k++) {
        if (m->diagonal) sf_complete_squares(m, room, k, run, moments + k * whole);
        else sf_complete_moments(m, room, k, moments + k * whole);
    }
    return SF_DONE;
}

/* Rows first .. last - 1, of any runs: their part of all sums. */
static int sf_accumulate_rows(
    const sf_mixture *m, int64_t n_runs, int64_t first, int64_t last, double *moments, double *level_sums,
    double *log_likelihood
) {
    sf_mixture_room room;
    if (!sf_open_room(m, &room)) return SF_NO_MEMORY;
    int status = SF_DONE;
    for (int64_t run = 0; run < n_runs && status == SF_DONE; run++) {
        const int64_t from = m->run_starts[run] > first ? m->run_starts[run] : first;
        const int64_t to = m->run_starts[run + 1] < last ? m->run_starts[run + 1] : last;
        if (from < to) status = sf_accumulate_run(m, &room, run, from, to, moments, level_sums, log_likelihood);
    }
    sf_close_room(&room);
    return status;
}

/* The same rows' log densities and shares, the latter by row: (n_rows, n_components). */
static int sf_score_rows(
    const sf_mixture *m, int64_t n_runs, int64_t first, int64_t last, double *log_density, double *shares
) {
    sf_mixture_room room;
    double scores[SF_ROWS];
    if (!sf_open_room(m, &room)) return SF_NO_MEMORY;
    int status = SF_DONE;
    for (int64_t run = 0; run < n_runs && status == SF_DONE; run++) {
        const int64_t from = m->run_starts[run] > first ? m->run_starts[run] : first;
        const int64_t to = m->run_starts[run + 1] < last ? m->run_starts[run + 1] : last;
        if (from < to && !sf_enter_run(m, &room, run)) status = SF_SINGULAR;
        for (int64_t at = from; at < to && status == SF_DONE; at += SF_ROWS) {
            const int64_t n = to - at < SF_ROWS ? to - at : SF_ROWS;
            sf_share_tile(m, &room, at, n, scores);
            memcpy(log_density + at, scores, (size_t)n * sizeof(double));
            for (int64_t r = 0; r < n; r++)
                for (int64_t k = 0; k < m->n_components; k++)
                    shares[(at + r) * m->n_components + k] = room.shares[k * SF_ROWS + r];
        }
    }
    sf_close_room(&room);
    return status;
}
#endif
