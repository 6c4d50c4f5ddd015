"""Slow, obvious twins of the mixture kernels: one row and one component at a time."""

import numpy as np


def log_normal(x, mean, covariance):
    """Log density of a Gaussian vector."""
    if not len(x):
        return 0.0
    gap = x - mean
    log_scale = np.linalg.slogdet(covariance)[1] + len(x) * np.log(2 * np.pi)
    return -0.5 * (gap @ np.linalg.solve(covariance, gap) + log_scale)


def score_rows(values, codes, log_weights, means, covariances, level_logs):
    """Log density of each row, and shares of the components; ``values`` (n_numbers, n_rows) with NaN where missing."""
    n_rows, n_components = len(codes), len(log_weights)
    joint = np.empty((n_rows, n_components))
    for i in range(n_rows):
        seen = ~np.isnan(values[:, i])
        for k in range(n_components):
            own = covariances[k][np.ix_(seen, seen)]
            joint[i, k] = log_weights[k] + log_normal(values[seen, i], means[k][seen], own)
            joint[i, k] += level_logs[codes[i], k].sum()
    top = joint.max(axis=1, keepdims=True) if n_rows else np.zeros((0, 1))
    weight = np.exp(joint - top)
    return (top[:, 0] + np.log(weight.sum(axis=1))), weight / weight.sum(axis=1, keepdims=True)


def accumulate(values, codes, log_weights, means, covariances, level_logs):
    """Sums of shares, of numbers, of products and of levels, and the log-likelihood; missing numbers in expectation."""
    log_density, shares = score_rows(values, codes, log_weights, means, covariances, level_logs)
    n_components, d = means.shape
    sums, products = np.zeros((n_components, d)), np.zeros((n_components, d, d))
    levels = np.zeros((len(level_logs), n_components))
    for i in range(len(codes)):
        seen = ~np.isnan(values[:, i])
        gone = ~seen
        for k in range(n_components):
            gap = np.zeros(d)
            gap[seen] = values[seen, i] - means[k][seen]
            left = np.zeros((d, d))
            if gone.any():
                weights = np.zeros((gone.sum(), seen.sum()))
                if seen.any():
                    inner = covariances[k][np.ix_(seen, seen)]
                    weights = np.linalg.solve(inner, covariances[k][np.ix_(seen, gone)]).T
                gap[gone] = weights @ gap[seen]
                left[np.ix_(gone, gone)] = (
                    covariances[k][np.ix_(gone, gone)] - weights @ covariances[k][np.ix_(seen, gone)]
                )
            sums[k] += shares[i, k] * gap
            products[k] += shares[i, k] * (np.outer(gap, gap) + left)
            for code in codes[i]:
                levels[code, k] += shares[i, k]
    return shares.sum(axis=0), sums, products, levels, log_density.sum()


def draw_gaussians(component, means, factors, z):
    return np.array([means[k] + factors[k] @ z[:, i] for i, k in enumerate(component)]).T


def draw_levels(component, cumulated, u):
    return np.array([np.argmax(p < cumulated[k]) for k, p in zip(component, u, strict=True)])
