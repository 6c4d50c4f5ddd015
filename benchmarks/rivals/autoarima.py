"""The order searches of statsforecast and pmdarima on each column of a table.

``--package`` names the one to run, ``--period`` the season, ``--most`` the largest p and q. What each found goes to OUT
as JSON: column -> order (p, d, q, P, D, Q), whether it has a constant, its AICc and its seconds.
"""

import json
from importlib.metadata import version

from rivals.driver import read_table, timed


def add_arguments(parser):
    parser.add_argument("--package", choices=["statsforecast", "pmdarima"], required=True)
    parser.add_argument("--period", type=int, required=True)
    parser.add_argument("--most", type=int, default=5)


def run(arguments):
    search = {"statsforecast": by_statsforecast, "pmdarima": by_pmdarima}[arguments.package]
    table = read_table(arguments.source)
    search(table.iloc[:60, 0].dropna().to_numpy(float), 1, 2)  # what it loads or compiles on first use does not count
    found, total = {}, 0.0
    for name in table.columns:
        result, seconds = timed(lambda name=name: search(table[name].dropna().to_numpy(float), *settings(arguments)))
        found[name] = {**result, "seconds": seconds}
        total += seconds
    arguments.output.write_text(json.dumps(found), encoding="utf-8")
    return {
        "rival": f"{arguments.package} {version(arguments.package)}",
        "packages": (arguments.package, "numpy", "pandas"),
        "fit_seconds": total,
        "sample_seconds": 0.0,
    }


def settings(arguments):
    return arguments.period, arguments.most


def by_statsforecast(values, period, most):
    from statsforecast.models import AutoARIMA

    model = AutoARIMA(season_length=period, max_p=most, max_q=most).fit(values).model_
    p, q, P, Q, _, d, D = (int(x) for x in model["arma"])
    constant = any(name in model["coef"] for name in ("intercept", "drift"))
    return {"order": [p, d, q, P, D, Q], "constant": constant, "aicc": float(model["aicc"])}


def by_pmdarima(values, period, most):
    import pmdarima

    model = pmdarima.auto_arima(
        values,
        m=period,
        seasonal=period > 1,
        max_p=most,
        max_q=most,
        information_criterion="aicc",
        error_action="ignore",
        suppress_warnings=True,
    )
    seasonal = model.seasonal_order[:3] if period > 1 else (0, 0, 0)
    constant = bool(model.with_intercept)
    return {"order": [int(x) for x in (*model.order, *seasonal)], "constant": constant, "aicc": float(model.aicc())}
