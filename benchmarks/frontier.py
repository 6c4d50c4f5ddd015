"""How near to held-out rows, and how near to training rows, models come on real tables, by a scorecard from outside.

    python benchmarks/frontier.py --scorecard PATH --data FOLDER --out benchmarks/results/frontier.json
        [--tables adult,bank] [--seeds 0,1,2] [--models quality,fast] [--rows N] [--again | --times]
    python benchmarks/frontier.py --report benchmarks/results/frontier.json

Each table is cut in random halves by the seed; a model is fitted on one, as many rows are drawn, and the scorecard (a
module with ``scorecard(train, hold, syn, target, seed) -> dict``) compares them with both. ``adult_own`` keeps Adult's
own test rows as the hold-out and ``beijing_time`` alternates 40 blocks of time; there the seed is only the model's and
the scorecard's. Fit and sample are timed apart, and without the audit (``audit=False``), which no figure needs; only
the ``_bounded`` models, which have to audit, are timed with it. Results are added to the file one by one, and what is
there is not run again, so an interrupted run goes on where it stopped; ``--times`` fits and draws again only to time
it, for a machine that was busy when the figures were made. ``--rows`` takes so many rows of each table.
"""

import argparse
import importlib.util
import itertools
import json
import math
import os
import subprocess
import sys
import time
import traceback
import warnings
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pandas as pd
from tables import mixed_table

import synthfast
from synthfast.synthesizers._tree.corrector import THOROUGH
from synthfast.synthesizers._tree.forest import BoostSettings
from synthfast.synthesizers._tree.presets import PRESETS

ROOT = Path(__file__).resolve().parent.parent
KEY = ("table", "seed", "model", "limit")
PACKAGES = ("synthfast", "numpy", "scipy", "pandas", "scikit-learn")
TOLERANCE = 1e-9  # of a mean of rounded figures


@dataclass(frozen=True)
class Source:
    """A real table: its file, what is to be predicted, and how it is cut if not in random halves."""

    file: str
    target: str | None = None
    hold_out: str | None = None
    n_blocks: int = 0


TABLES = {
    "adult": Source("adult_train", "income"),
    "bank": Source("bank_marketing", "y"),
    "credit": Source("credit_default", "has_default"),
    "shoppers": Source("shoppers", "Revenue"),
    "magic": Source("magic", "class"),
    "beijing": Source("beijing_pm25", "pm2.5"),
    "diamonds": Source("diamonds", "price"),
    "mammography": Source("mammography", "class"),
    "diabetes130": Source("diabetes130", "readmitted"),
    "kddcup99_10pct": Source("kddcup99_10pct", "label"),
    "adult_coded": Source("adult_coded"),
    "adult_own": Source("adult_train", "income", hold_out="adult_test"),
    "beijing_time": Source("beijing_pm25", "pm2.5", n_blocks=40),
}


# -- models ------------------------------------------------------------------------------------------------------------


class Bootstrap:
    """Training rows drawn with replacement: what copying looks like."""

    def __init__(self, seed):
        self.rng = np.random.default_rng([seed, 1])

    def fit(self, train):
        self.train = train
        return self

    def sample(self, n_rows):
        return self.train.iloc[self.rng.integers(0, len(self.train), n_rows)].reset_index(drop=True)


def tree(seed, preset, *, audit=False, **parameters):
    return synthfast.TreeSynthesizer(preset=preset, audit=audit, random_state=seed, **parameters)


# Name -> constructor, given the seed and the table's columns.
MODELS = {
    "quality": lambda seed, names: tree(seed, "quality"),
    "fast": lambda seed, names: tree(seed, "fast"),
    "copula": lambda seed, names: synthfast.GaussianCopulaSynthesizer(random_state=seed),
    "marginal": lambda seed, names: synthfast.MarginalSynthesizer(random_state=seed),
    "bootstrap": lambda seed, names: Bootstrap(seed),
    "quality_reversed": lambda seed, names: tree(seed, "quality", column_order=names[::-1]),
    "fast_reversed": lambda seed, names: tree(seed, "fast", column_order=names[::-1]),
    "quality_bounded": lambda seed, names: tree(seed, "quality", audit=True, max_copying=0.53),
    "fast_bounded": lambda seed, names: tree(seed, "fast", audit=True, max_copying=0.53),
}

# Presets that are not public, to show what each part of the public ones does.
VARIANTS = {
    "quality_uncorrected": replace(PRESETS["quality"], oversample=1),
    "quality_oversample_3": replace(PRESETS["quality"], oversample=3),
    "quality_depth_4": replace(PRESETS["quality"], boosting=BoostSettings(depth=4)),
    "quality_impatient": replace(PRESETS["quality"], boosting=BoostSettings(patience=4)),
    "quality_patient": replace(PRESETS["quality"], boosting=BoostSettings(patience=40)),
    "quality_rate_0.1": replace(PRESETS["quality"], boosting=BoostSettings(rate=0.1, max_trees=800)),
    "fast_leaf_5": replace(PRESETS["fast"], min_leaf=5),
    "fast_leaf_50": replace(PRESETS["fast"], min_leaf=50),
    "fast_uncorrected": replace(PRESETS["fast"], oversample=1),
    "fast_thorough": replace(PRESETS["fast"], oversample=3, correction=THOROUGH),
}


def variant(name):
    """Constructor of a tree synthesizer with a preset of its own."""
    PRESETS[name] = VARIANTS[name]
    return lambda seed, names: tree(seed, name)


MODELS |= {name: variant(name) for name in VARIANTS}
USUAL = ("quality", "fast", "copula", "marginal", "bootstrap")


# -- tables ------------------------------------------------------------------------------------------------------------


def read_table(folder, file, limit):
    """The table, or ``limit`` random rows of it in their order."""
    table = pd.read_csv(folder / f"{file}.csv.gz", low_memory=False)
    if limit is None or limit >= len(table):
        return table
    keep = np.sort(np.random.default_rng(0).permutation(len(table))[:limit])
    return table.iloc[keep].reset_index(drop=True)


def cut(name, folder, seed, limit=None):
    """Training rows and hold-out rows."""
    source = TABLES[name]
    table = read_table(folder, source.file, limit)
    if source.hold_out:
        return table, read_table(folder, source.hold_out, limit)
    first, second = halves(len(table), source.n_blocks, seed)
    return table.iloc[first].reset_index(drop=True), table.iloc[second].reset_index(drop=True)


def halves(n_rows, n_blocks, seed):
    """Row numbers of both: blocks in turn, or by chance where there are none."""
    if n_blocks:
        odd = np.arange(n_rows) * n_blocks // n_rows % 2 == 1
        return np.flatnonzero(~odd), np.flatnonzero(odd)
    order = np.random.default_rng(seed).permutation(n_rows)
    return order[: n_rows // 2], order[n_rows // 2 :]


# -- one run -----------------------------------------------------------------------------------------------------------


def load_scorecard(path):
    """The module at ``path``."""
    spec = importlib.util.spec_from_file_location("scorecard", path)
    if spec is None or not Path(path).is_file():
        raise SystemExit(f"no scorecard at {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def timed(function):
    start = time.perf_counter()
    result = function()
    return result, time.perf_counter() - start


def measure(judge, table, seed, name, train, hold, limit):
    """What is kept of one model on one cut of one table."""
    model, drawn, seconds = draw_once(name, seed, train)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        figures, judge_seconds = timed(lambda: judge.scorecard(train, hold, drawn, TABLES[table].target, seed))
    return {
        **dict(zip(KEY, (table, seed, name, limit), strict=True)),
        "rows": len(train),
        "hold_out_rows": len(hold),
        "columns": train.shape[1],
        **seconds,
        "judge_seconds": round(judge_seconds, 1),
        "audit": bool(getattr(model, "audit", False)),
        "figures": without_nan(figures),
        **facts(),
    }


def draw_once(name, seed, train):
    """The fitted model, as many rows as it learned from, and the seconds of both."""
    model = MODELS[name](seed, list(train.columns))
    _, fit_seconds = timed(lambda: model.fit(train))
    drawn, sample_seconds = timed(lambda: model.sample(len(train)))
    return model, drawn, {"fit_seconds": round(fit_seconds, 4), "sample_seconds": round(sample_seconds, 4)}


def without_nan(value):
    """The value with None for NaN, which JSON does not know."""
    if isinstance(value, dict):
        return {name: without_nan(part) for name, part in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value


def facts():
    """What a time or a figure may depend on besides the data."""
    return {
        "n_threads": synthfast.get_num_threads(),
        "versions": {name: found for name in PACKAGES if (found := version_or_none(name))},
        "commit": commit(),
    }


def version_or_none(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None


@cache  # the checkout may move on during a run
def commit():
    """The checkout's commit, with a plus where the library's sources differ from it; None outside a checkout."""
    try:
        head = git("rev-parse", "--short", "HEAD")
        return head + ("+" if git("status", "--porcelain", "--", "synthfast", "src_ext") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def git(*arguments):
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


# -- the file of results -----------------------------------------------------------------------------------------------


def load_runs(path):
    return json.loads(path.read_text(encoding="utf-8"))["runs"] if path.exists() else []


def identity(run, key):
    return tuple(run[name] for name in key)


def store(path, run, key=KEY):
    """Add the run to the file, in place of one with the same key; an interruption leaves the old file or the new."""
    others = [other for other in load_runs(path) if identity(other, key) != identity(run, key)]
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps({"runs": [*others, run]}, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    partial.replace(path)


def run_all(arguments):
    """Everything that was asked for and is not there yet; the number of runs that failed."""
    commit()
    judge = load_scorecard(arguments.scorecard)
    done = set() if arguments.again else {identity(run, KEY) for run in load_runs(arguments.out)}
    warm_up(arguments.models)
    failed = 0
    for table, seed in itertools.product(arguments.tables, arguments.seeds):
        models = [name for name in arguments.models if (table, seed, name, arguments.rows) not in done]
        if models:
            failed += run_table(judge, table, seed, models, arguments)
    return failed


def run_table(judge, table, seed, models, arguments):
    """The models on one cut; one that fails is reported, left out of the file, and does not stop the others."""
    train, hold = cut(table, arguments.data, seed, arguments.rows)
    failed = 0
    for name in models:
        try:
            run = measure(judge, table, seed, name, train, hold, arguments.rows)
        except Exception:
            print(f"{table}, seed {seed}, {name}: failed\n{traceback.format_exc()}", file=sys.stderr, flush=True)
            failed += 1
            continue
        store(arguments.out, run)
        seconds = ", ".join(f"{part} {run[part + '_seconds']:.1f} s" for part in ("fit", "sample", "judge"))
        print(f"{table}, seed {seed}, {name}: {seconds}", file=sys.stderr, flush=True)
    return failed


def time_all(arguments):
    """Time again what is in the file of all that was asked for."""
    warm_up(arguments.models)
    wanted = set(itertools.product(arguments.tables, arguments.seeds, arguments.models, [arguments.rows]))
    for run in load_runs(arguments.out):
        if identity(run, KEY) in wanted:
            train, _ = cut(run["table"], arguments.data, run["seed"], run["limit"])
            _, _, seconds = draw_once(run["model"], run["seed"], train)
            store(arguments.out, run | seconds | {"n_threads": synthfast.get_num_threads()})
            print(*identity(run, KEY), *seconds.values(), file=sys.stderr, flush=True)
    return 0


def warm_up(names):
    """What is loaded at the first fit is not to be timed."""
    small = mixed_table(200, 4)
    for name in names:
        if "bounded" not in name:
            MODELS[name](0, list(small.columns)).fit(small).sample(10)


# -- report ------------------------------------------------------------------------------------------------------------

# Figure -> what it is compared with, which stands in brackets behind it.
FIGURES = {
    "shape_err": "shape_floor",
    "pair_err": "pair_floor",
    "qa": "qa_floor",
    "c2st": None,
    "mle": "mle_real",
    "dcr_share": None,
    "mia_auc": None,
    "mia_tpr01": None,
    "copies": "copies_floor",
}
DETECTION = {
    "adult": 0.55,
    "bank": 0.55,
    "beijing": 0.57,
    "shoppers": 0.59,
    "diamonds": 0.60,
    "credit": 0.61,
    "magic": 0.61,
}
PRIVACY = {"dcr_share": 0.535, "mia_auc": 0.520, "mia_tpr01": 0.020}
SHARE_OF_FAST = 0.58
UTILITY_LOSS, UTILITY_LOSS_OF = 0.015, {"beijing": 0.10}
BARRED = ("quality", "fast")


def bars(table, model, mean):
    """(figure, sign, bound) of every bar that the model has to clear on the table, given means over seeds."""
    yield "shape_err", "<=", 1.1 * mean["shape_floor"]
    yield "pair_err", "<=", 1.1 * mean["pair_floor"]
    yield "qa", ">=", mean["qa_floor"] - 0.004
    if model == "fast":
        yield "dcr_share", "<=", SHARE_OF_FAST
        return
    if table in DETECTION:
        yield "c2st", "<=", DETECTION[table]
    if "mle" in mean:
        yield "mle", ">=", mean["mle_real"] - UTILITY_LOSS_OF.get(table, UTILITY_LOSS)
    for figure, bound in PRIVACY.items():
        yield figure, "<=", bound
    floor = mean["copies_floor"]
    yield "copies", "<=", floor + 0.002 + 3 * math.sqrt(floor * (1 - floor) / mean["rows"])


def short_by(value, sign, bound):
    """By how much the bar is missed; 0 where it is cleared, NaN where there is no figure."""
    gap = value - bound if sign == "<=" else bound - value
    return 0.0 if gap <= TOLERANCE else gap


def verdict(value, sign, bound):
    gap = short_by(value, sign, bound)
    if math.isnan(gap):
        return "no figure"
    return f"{'PASS' if gap == 0 else f'**short by {gap:.2g}**'} ({sign} {bound:.4g})"


def report(runs):
    """Markdown: means over seeds, then the bars, then what the runs were made with."""
    groups = {}
    for run in sorted(runs, key=place):
        groups.setdefault((run["table"], run["limit"], run["model"]), []).append(run)
    head = ["table", "model", "seeds", "rows x columns", "fit s", "sample s"]
    head += [f"{figure} ({floor})" if floor else figure for figure, floor in FIGURES.items()]
    lines = [*markdown_head(head), *(mean_row(*name, group) for name, group in groups.items())]
    lines += ["", "Means over seeds, ± standard error over seeds. Times are without the audit; *: with it.", ""]
    lines += [*markdown_head(["table", "model", *FIGURES, "passed"])]
    lines += [bar_row(*name, group) for name, group in groups.items() if name[2] in BARRED]
    return "\n".join([*lines, "", *totals(groups), "", *made_with(runs)])


def place(run):
    """Order of the report: tables and models as listed above, what is not listed last."""
    tables, models = list(TABLES), list(MODELS)
    table = tables.index(run["table"]) if run["table"] in tables else len(tables)
    model = models.index(run["model"]) if run["model"] in models else len(models)
    return table, run["table"], run["limit"] or math.inf, model, run["model"], run["seed"]


def markdown_head(names):
    return [markdown_row(names), "|" + "---|" * len(names)]


def markdown_row(cells):
    return f"| {' | '.join(cells)} |"


def mean_row(table, limit, model, group):
    first = group[0]
    cells = [label(table, limit), model + ("*" if first["audit"] else ""), str(len(group))]
    cells.append(f"{first['rows']:,} x {first['columns']}")
    cells += [mean_text([run[f"{part}_seconds"] for run in group], 3) for part in ("fit", "sample")]
    for figure, floor in FIGURES.items():
        text = mean_text([run["figures"].get(figure) for run in group], 4)
        floors = mean_text([run["figures"].get(floor) for run in group], 4, error=False) if floor and text else ""
        cells.append(f"{text} ({floors})" if floors else text)
    return markdown_row(cells)


def label(table, limit):
    return table if limit is None else f"{table} ({limit:,} rows)"


def mean_text(values, digits, error=True):
    """Mean and standard error; nothing where a value is missing."""
    if any(value is None for value in values):
        return ""
    text = f"{np.mean(values):.{digits}g}"
    if error and len(values) > 1:
        text += f" ± {np.std(values, ddof=1) / math.sqrt(len(values)):.2g}"
    return text


def means_of(group):
    """Means over seeds of every number that the scorecard gave; NaN where one of them is missing."""
    names = [name for name, value in group[0]["figures"].items() if not isinstance(value, dict)]
    values = {name: [run["figures"].get(name) for run in group] for name in names}
    return {name: math.nan if None in found else float(np.mean(found)) for name, found in values.items()}


def bar_row(table, limit, model, group):
    mean = means_of(group)
    verdicts = {figure: verdict(mean[figure], sign, bound) for figure, sign, bound in bars(table, model, mean)}
    cells = [label(table, limit), model, *(verdicts.get(figure, "") for figure in FIGURES)]
    return markdown_row([*cells, f"{count_passed(verdicts.values())} of {len(verdicts)}"])


def count_passed(verdicts):
    return sum(text.startswith("PASS") for text in verdicts)


def totals(groups):
    """One line a model: how many bars were cleared over all tables."""
    for model in BARRED:
        verdicts = []
        for (table, _, name), group in groups.items():
            if name == model:
                mean = means_of(group)
                verdicts += [verdict(mean[figure], *bar) for figure, *bar in bars(table, model, mean)]
        if verdicts:
            yield f"{model}: {count_passed(verdicts)} of {len(verdicts)} bars passed."


def made_with(runs):
    """Threads, commits and versions, all of them where they differ between runs."""
    for title, texts in {
        "threads": [str(run["n_threads"]) for run in runs],
        "commit (+: with changes)": [str(run["commit"]) for run in runs],
        "versions": [", ".join(f"{name} {number}" for name, number in run["versions"].items()) for run in runs],
    }.items():
        yield f"- {title}: {' | '.join(sorted(set(texts)))}"


# -- command line ------------------------------------------------------------------------------------------------------


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scorecard", type=Path, default=path_of("SYNTHFAST_SCORECARD"))
    parser.add_argument("--data", type=Path, default=path_of("SYNTHFAST_TEST_DATA"))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--tables", type=names_of(TABLES), default=list(TABLES))
    parser.add_argument("--seeds", type=lambda text: [int(part) for part in text.split(",")], default=[0, 1, 2])
    parser.add_argument("--models", type=names_of(MODELS), default=list(USUAL))
    parser.add_argument("--rows", type=int, metavar="N")
    parser.add_argument("--again", action="store_true", help="run what is there already, too")
    parser.add_argument("--times", action="store_true", help="time what is there again, judge nothing")
    parser.add_argument("--report", type=Path, metavar="FILE", help="print what is in the file, run nothing")
    arguments = parser.parse_args(argv)
    if arguments.report:
        print(report(load_runs(arguments.report)))
        return 0
    if not (arguments.scorecard and arguments.data and arguments.out):
        parser.error("--scorecard, --data and --out are needed, or --report")
    return 1 if (time_all if arguments.times else run_all)(arguments) else 0


def path_of(variable):
    return Path(os.environ[variable]) if os.environ.get(variable) else None


def names_of(known):
    """A parser of names with commas between them."""

    def names(text):
        parts = text.split(",")
        if unknown := [part for part in parts if part not in known]:
            raise argparse.ArgumentTypeError(f"unknown {unknown}; known are {','.join(known)}")
        return parts

    return names


if __name__ == "__main__":
    sys.exit(main())
