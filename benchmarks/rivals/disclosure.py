"""anonymeter's attacks and SDMetrics' distances to the closest record.

IN holds the tables one below the other, with a column ``role``: original, synthetic, holdout. ``--attack`` names what
to run; the figures go to OUT as JSON. Distances are of the first ``--rows`` synthetic rows to as many original ones.
"""

import json
from importlib.metadata import version

from rivals.driver import read_table, timed

HALVES = (
    ["workclass", "education", "hours_per_week", "capital_loss", "capital_gain"],
    ["race", "sex", "fnlwgt", "age", "native_country"],
)


def add_arguments(parser):
    parser.add_argument("--attack", required=True)
    parser.add_argument("--secrets", default="")
    parser.add_argument("--attacks", type=int, default=500)


def run(arguments):
    table = read_table(arguments.source)
    tables = {role: part.drop(columns="role").reset_index(drop=True) for role, part in table.groupby("role")}
    attack = {
        "closest_record": closest_record,
        "one_column": lambda *a: singling_out("univariate", *a),
        "several_columns": lambda *a: singling_out("multivariate", *a),
        "linkability": linkability,
        "inference": inference,
    }[arguments.attack]
    figures, seconds = attack(tables, arguments)
    arguments.output.write_text(json.dumps(figures), encoding="utf-8")
    package = "sdmetrics" if arguments.attack == "closest_record" else "anonymeter"
    name = {"sdmetrics": "SDMetrics", "anonymeter": "anonymeter"}[package]
    packages = (package, "numpy", "pandas")
    return {
        "rival": f"{name} {version(package)}",
        "packages": packages,
        "fit_seconds": seconds,
        "sample_seconds": 0.0,
    }


def closest_record(tables, arguments):
    from sdmetrics.single_table.privacy.dcr_utils import calculate_dcr

    original, synthetic = (tables[role].head(arguments.rows) for role in ("original", "synthetic"))
    kinds = {name: "numerical" if original[name].dtype.kind in "if" else "categorical" for name in original}
    metadata = {"columns": {name: {"sdtype": kind} for name, kind in kinds.items()}}
    distances, seconds = timed(lambda: calculate_dcr(synthetic, original, metadata))
    return {"distances": distances.tolist()}, seconds


def singling_out(mode, tables, arguments):
    from anonymeter.evaluators import SinglingOutEvaluator

    def evaluate():
        evaluator = SinglingOutEvaluator(**parts(tables), n_attacks=arguments.attacks, n_cols=4, seed=0)
        return told(evaluator.evaluate(mode=mode))

    return timed(evaluate)


def linkability(tables, arguments):
    from anonymeter.evaluators import LinkabilityEvaluator

    def evaluate(n_attacks):
        evaluator = LinkabilityEvaluator(**parts(tables), aux_cols=HALVES, n_attacks=n_attacks, n_neighbors=10)
        return told(evaluator.evaluate(n_jobs=arguments.threads))

    evaluate(10)  # compiles its distance
    return timed(lambda: evaluate(arguments.attacks))


def inference(tables, arguments):
    from anonymeter.evaluators import InferenceEvaluator

    def evaluate():
        found = {}
        for secret in arguments.secrets.split(","):
            known = [name for name in tables["original"].columns if name != secret]
            numeric = tables["original"][secret].dtype.kind in "if"
            evaluator = InferenceEvaluator(
                **parts(tables), aux_cols=known, secret=secret, regression=numeric, n_attacks=arguments.attacks
            )
            found[secret] = told(evaluator.evaluate(n_jobs=arguments.threads))
        return found

    return timed(evaluate)


def parts(tables):
    return {"ori": tables["original"], "syn": tables["synthetic"], "control": tables["holdout"]}


def told(evaluator):
    risk = evaluator.risk()
    return {"risk": float(risk.value), "interval": [float(end) for end in risk.ci]}
