"""The mechanisms MST and AIM of their papers, on mbi's (private-pgm's) own estimation and rounded sampling.

The table holds integer codes; ``--domain`` names a JSON file with the number of levels of each column. Noise is
NumPy's, as in mbi's own scripts. ``--iterations`` is that of mirror descent: 10,000 in mbi's script of MST, which does
not end in minutes. AIM's workload is all triples.
"""

import itertools
import json
import math
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np

from rivals.driver import read_table

BUDGET_SHARE_MEASURE = 0.9  # of an AIM round
LARGEST_MODEL_MB = 80.0


def add_arguments(parser):
    parser.add_argument("--domain", type=Path, required=True)
    parser.add_argument("--method", choices=("mst", "aim", "independent"), required=True)
    parser.add_argument("--rho", type=float, required=True, help="the budget in zCDP")
    parser.add_argument("--iterations", type=int, default=300)
    parser.add_argument("--model-megabytes", type=float, default=LARGEST_MODEL_MB)
    parser.add_argument("--seed", type=int, default=0)


def run(arguments):
    warnings.simplefilter("ignore")
    start = time.perf_counter()
    import mbi  # noqa: F401 - its import is a part of what a user waits for

    np.random.seed(arguments.seed)  # noqa: NPY002 - mbi rounds by the global generator
    frame = read_table(arguments.source)
    sizes = json.loads(arguments.domain.read_text(encoding="utf-8"))
    codes = {name: frame[name].to_numpy() for name in sizes}
    task = Task(codes, sizes, arguments.iterations, np.random.default_rng(arguments.seed))
    if arguments.method == "aim":
        drawn = aim(task, arguments.rho, arguments.rows, arguments.model_megabytes)
    else:
        drawn = mst(task, arguments.rho, arguments.rows, pairs=arguments.method == "mst")
    seconds = time.perf_counter() - start
    type(frame)(drawn)[list(sizes)].to_csv(arguments.output, index=False)
    return {
        "rival": f"mbi {version('mbi')} {arguments.method}",
        "packages": ("mbi", "jax", "numpy"),
        "fit_seconds": seconds,
        "sample_seconds": 0.0,
        "iterations": arguments.iterations,
    }


class Task:
    """Coded columns, and the calls of mbi that both mechanisms make."""

    def __init__(self, codes, sizes, iterations, rng):
        self.codes, self.sizes, self.iterations, self.rng = codes, dict(sizes), iterations, rng

    def counts(self, clique):
        shape = [self.sizes[name] for name in clique]
        place = np.ravel_multi_index([self.codes[name] for name in clique], shape)
        return np.bincount(place, minlength=math.prod(shape)).astype(float)

    def measure(self, clique, sigma):
        import mbi

        exact = self.counts(clique)
        return mbi.LinearMeasurement(exact + self.rng.normal(0.0, sigma, exact.size), tuple(clique), stddev=sigma)

    def estimate(self, measurements, warm_start=None):
        import mbi

        domain = mbi.Domain(tuple(self.sizes), tuple(self.sizes.values()))
        estimator = mbi.estimation.MirrorDescent()
        return estimator.estimate(domain, measurements, iters=self.iterations, warm_start=warm_start)

    def choose(self, scores, epsilon, sensitivity=1.0):
        """The exponential mechanism, by Gumbel noise."""
        names = list(scores)
        values = np.array([scores[name] for name in names]) * epsilon / (2 * sensitivity)
        return names[int(np.argmax(values + self.rng.gumbel(size=len(values))))]


def table_of(model, clique):
    return np.asarray(model.project(tuple(clique)).datavector())


def mst(task, rho, n_rows, *, pairs):
    """McKenna, Miklau and Sheldon (2021): one-way marginals, rare levels merged, a noisy maximal spanning tree."""
    whole, d = task, len(task.sizes)
    sigma = math.sqrt(d * (3 if pairs else 1) / (2 * rho))
    ones = {name: task.measure((name,), sigma).noisy_measurement for name in task.sizes}
    task, back = compress(whole, ones, sigma)
    measurements = [merged(name, ones[name], back[name], sigma) for name in task.sizes]
    model = task.estimate(measurements)
    if pairs:
        weights = {
            pair: np.abs(task.counts(pair) - table_of(model, pair)).sum()
            for pair in itertools.combinations(task.sizes, 2)
        }
        tree = spanning_tree(task, weights, math.sqrt(8 * rho / 3 / (d - 1)))
        sigma = math.sqrt(3 * len(tree) / (2 * rho))
        model = task.estimate([*measurements, *(task.measure(pair, sigma) for pair in tree)])
    data = model.synthetic_data(n_rows).to_dict()
    return {name: undo(np.asarray(data[name]), back[name], whole.sizes[name], whole.rng) for name in data}


def compress(task, ones, sigma):
    """Levels below three standard deviations become one; ``back`` tells which levels stand alone."""
    back = {name: np.flatnonzero(values >= 3 * sigma) for name, values in ones.items()}
    codes, sizes = {}, {}
    for name, kept in back.items():
        n = task.sizes[name]
        new = np.full(n, len(kept))
        new[kept] = np.arange(len(kept))
        codes[name], sizes[name] = new[task.codes[name]], len(kept) + (len(kept) < n)
    return Task(codes, sizes, task.iterations, task.rng), back


def merged(name, values, kept, sigma):
    import mbi

    if len(kept) == len(values):
        return mbi.LinearMeasurement(values, (name,), stddev=sigma)
    rest = np.delete(values, kept)
    scale = np.ones(len(kept) + 1)
    scale[-1] = 1 / math.sqrt(len(rest))
    noisy = np.append(values[kept], rest.sum()) * scale
    return mbi.LinearMeasurement(noisy, (name,), stddev=sigma, query=mbi.WeightedQuery(scale))


def undo(drawn, kept, n_levels, rng):
    rest = np.setdiff1d(np.arange(n_levels), kept)
    out = np.append(kept, -1)[np.minimum(drawn, len(kept))] if len(rest) else kept[drawn]
    if len(rest):
        out = np.where(out < 0, rng.choice(rest, len(out)), out)
    return out


def spanning_tree(task, weights, epsilon):
    root, tree = {name: name for name in task.sizes}, []
    for _ in range(len(root) - 1):
        open_pairs = {pair: value for pair, value in weights.items() if root[pair[0]] != root[pair[1]]}
        a, b = task.choose(open_pairs, epsilon)
        tree.append((a, b))
        joined = root[b]
        root = {name: root[a] if r == joined else r for name, r in root.items()}
    return tree


def aim(task, rho, n_rows, model_megabytes):
    """McKenna, Mullins, Sheldon and Miklau (2022), for all triples."""
    from mbi import Domain, junction_tree
    from mbi.clique_utils import downward_closure

    names = list(task.sizes)
    domain = Domain(tuple(names), tuple(task.sizes.values()))
    workload = list(itertools.combinations(names, 3))
    weight = {c: sum(len(set(c) & set(w)) for w in workload) for c in downward_closure(workload) if len(c)}
    exact = {c: task.counts(c) for c in weight}
    rounds = 16 * len(names)
    sigma, epsilon = math.sqrt(rounds / (2 * 0.9 * rho)), math.sqrt(8 * 0.1 * rho / rounds)
    measurements = [task.measure((name,), sigma) for name in names]
    spent, model, done = len(names) / (2 * sigma**2), task.estimate(measurements), False
    while not done:
        left = rho - spent
        if left < 2 * (1 / (2 * sigma**2) + epsilon**2 / 8):
            sigma, epsilon, done = math.sqrt(1 / (2 * 0.9 * left)), math.sqrt(8 * 0.1 * left), True
        spent += 1 / (2 * sigma**2) + epsilon**2 / 8
        limit, held = model_megabytes * spent / rho, {m.clique for m in measurements}
        covered = set(downward_closure(held))
        fits = [
            c for c in weight
            if c in covered or junction_tree.hypothetical_model_size(domain, [*held, c]) <= limit
        ]  # fmt: skip
        bias = math.sqrt(2 / math.pi) * sigma
        scores = {c: weight[c] * (np.abs(exact[c] - table_of(model, c)).sum() - bias * exact[c].size) for c in fits}
        chosen = task.choose(scores, epsilon, max(weight.values()))
        before = table_of(model, chosen)
        measurements.append(task.measure(chosen, sigma))
        model = task.estimate(measurements, warm_start=model)
        if np.abs(table_of(model, chosen) - before).sum() <= bias * exact[chosen].size:
            sigma, epsilon = sigma / 2, epsilon * 2
        print(f"{chosen} {spent / rho:.3f} of the budget", file=sys.stderr, flush=True)
    return {name: np.asarray(values) for name, values in model.synthetic_data(n_rows).to_dict().items()}
