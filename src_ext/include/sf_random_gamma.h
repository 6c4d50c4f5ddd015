/* Gamma values of one chunk. Marsaglia and Tsang (2000), "A simple method for generating gamma variables": candidates
   come in whole blocks, those accepted are kept in order, and every chunk starts afresh, so a chunk is a pure function of
   its key and number although the number of candidates is random. */
#ifndef SF_RANDOM_GAMMA_H
#define SF_RANDOM_GAMMA_H
#include "sf_random_fill.h"

/* log(1 + t) - t + t^2 / 2 - t^3 / 3, the log of the acceptance rate over 3 d. The sum of its parts loses d times the
   rounding error, so large d (small t, |t| < 0.03) takes the series, of which nothing cancels. */
SF_INLINE double sf_log_excess_direct(double t) {
    return sf_log(1.0 + t) - t * (1.0 - t * (0.5 - t * (1.0 / 3.0)));
}

SF_INLINE double sf_log_excess_series(double t) {
    double tail = -1.0 / 8.0 + t * (1.0 / 9.0);
    tail = -1.0 / 6.0 + t * (1.0 / 7.0 + t * tail);
    return (t * t) * (t * t) * (-1.0 / 4.0 + t * (1.0 / 5.0 + t * tail));
}

/* Values and acceptance of SF_WORDS candidates of the gamma law of shape d + 1/3 >= 1. */
SF_INLINE void sf_gamma_candidates(double d, const double *SF_RESTRICT normals, const sf_block *SF_RESTRICT bits,
                                   double *SF_RESTRICT values, int64_t *SF_RESTRICT accepted) {
    double c = 1.0 / sqrt(9.0 * d);
    if (d < 1e4) {
        for (int i = 0; i < SF_WORDS; i++) {
            double t = c * normals[i], v = 1.0 + t;
            values[i] = d * (v * v * v);
            accepted[i] = (v > 0.0) & (sf_log(sf_open_unit(bits->words[i])) < 3.0 * d * sf_log_excess_direct(t));
        }
    } else {
        for (int i = 0; i < SF_WORDS; i++) {
            double t = c * normals[i], v = 1.0 + t;
            values[i] = d * (v * v * v);
            accepted[i] = sf_log(sf_open_unit(bits->words[i])) < 3.0 * d * sf_log_excess_series(t);
        }
    }
}

/* A gamma value of shape a + 1 times a uniform one to the power 1 / a has shape a. */
SF_INLINE void sf_lower_shape(double shape, const sf_block *SF_RESTRICT bits, double *SF_RESTRICT values) {
    for (int i = 0; i < SF_WORDS; i++) values[i] *= sf_exp(sf_log(sf_open_unit(bits->words[i])) / shape);
}

/* The first n values of a chunk; out has room for SF_CHUNK + SF_WORDS. */
SF_CLONES static void sf_gamma_chunk(double *SF_RESTRICT out, int64_t n, int64_t chunk, const sf_draw *draw) {
    double normals[SF_WORDS], values[SF_WORDS];
    int64_t accepted[SF_WORDS];
    double shape = draw->shape, d = (shape < 1.0 ? shape + 1.0 : shape) - 1.0 / 3.0;
    sf_lanes lanes;
    sf_block bits;
    sf_seed_lanes(&lanes, draw->key0, draw->key1, chunk, SF_LAW_GAMMA);
    for (int64_t n_kept = 0; n_kept < n;) {
        sf_next_block(&lanes, &bits);
        sf_normals64(&bits, normals, draw, 0);
        sf_next_block(&lanes, &bits);
        sf_gamma_candidates(d, normals, &bits, values, accepted);
        if (shape < 1.0) {
            sf_next_block(&lanes, &bits);
            sf_lower_shape(shape, &bits, values);
        }
        for (int i = 0; i < SF_WORDS; i++) {
            out[n_kept] = values[i];
            n_kept += accepted[i];
        }
    }
}

#define SF_DEFINE_GAMMA_FILL(name, type)                                                                               \
    static void name(void *values, int64_t n, int64_t start, int64_t chunk, const sf_draw *draw) {                     \
        int64_t shift = chunk * SF_CHUNK - start;                                                                      \
        int64_t begin = shift < 0 ? -shift : 0, end = n - shift < SF_CHUNK ? n - shift : SF_CHUNK;                     \
        double whole[SF_CHUNK + SF_WORDS];                                                                             \
        type *out = (type *)values;                                                                                    \
        sf_gamma_chunk(whole, end, chunk, draw);                                                                       \
        for (int64_t i = begin; i < end; i++) out[i + shift] = (type)whole[i];                                         \
    }

SF_DEFINE_GAMMA_FILL(sf_fill_gamma64, double)
SF_DEFINE_GAMMA_FILL(sf_fill_gamma32, float)
#endif
