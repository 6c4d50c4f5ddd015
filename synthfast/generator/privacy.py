"""Private tables, with what they cost, what they are worth and what they give away beside them."""

from collections.abc import Hashable, Mapping
from typing import Any

from synthfast._core.random import SeedLike
from synthfast.generator.tables import row_count

__all__ = ["PrivacyMethods"]

OUTSIDE_GUARANTEE = (
    "Computed on the real table: for its holder, and outside the guarantee of differential privacy. Do not publish it "
    "beside the synthetic table."
)


class PrivacyMethods:
    """What releases tables under a promise of privacy."""

    random_state: SeedLike

    def differential_privacy_synthesis(
        self,
        data: Any,
        epsilon: float = 1.0,
        delta: float = 1e-5,
        n_samples: int | None = None,
        domain: Mapping[Hashable, Any] | None = None,
        *,
        target: Hashable | None = None,
        holdout: Any = None,
        **parameters: Any,
    ) -> dict[str, Any]:
        """Learn a table under differential privacy and draw a synthetic one.

        Parameters
        ----------
        data : table, shape (n_rows, n_columns)
            pandas, polars, Arrow, a 2-D NumPy array, or a dict of columns.
        epsilon : float, default 1.0
            What one row can change of the probability of any outcome, as a logarithm.
        delta : float, default 1e-5
            Probability with which more may be told; keep it far below one over the number of rows.
        n_samples : int, optional
            Synthetic rows; the noisy number of real ones by default, for the exact one is not public.
        domain : mapping of column name to list or tuple, optional
            Public values of each column, as `synthfast.PrivateMarginalSynthesizer` takes them. With none, ranges,
            categories and cells are learned within the same budget.
        target : hashable, optional
            Column to predict for ``ml_utility``; the last one by default.
        holdout : table, optional
            Real rows that stay out of the model: the measure of what attacks find by chance.
        **parameters : object
            Of `synthfast.PrivateMarginalSynthesizer`.

        Returns
        -------
        dict
            - ``synthetic_data``: the table, in the container that came in, of the domain's dtypes;
            - ``epsilon``, ``delta``: the promise;
            - ``noise_scale``: the largest standard deviation added to a count;
            - ``budget``: the ledger (`synthfast.privacy.Accountant.to_dict`) with ``domain_share``, the part of the
              budget that learning the domain cost, and ``outside``, the noisy number of rows outside a declared one;
            - ``statistical_utility``: accuracy of tables of one, two and three columns, 1 is perfect; ``ml_utility``:
              accuracy on real rows of a forest trained on synthetic ones over that of one trained on real ones;
              ``utility_score``: their mean, the second counted up to 1; None where one does not apply;
            - ``reidentification_risk``: ``value`` (how far the worst attack gets, from 0, as with people who are not in
              the table, to 1, always right; None without a ``holdout`` where no attack has a chance level), its
              ``interval`` (95 %, for all attacks together), ``worst_attack``, ``attacks`` (of
              `synthfast.assess_disclosure_risk`) and ``threat_model``;
            - ``note``: that utility and risk are computed on the real table and lie outside the guarantee;
            - ``model``: the fitted synthesizer.

        Raises
        ------
        PrivacyBudgetError
            If epsilon or delta make no promise; before the data is looked at.
        SchemaError
            If columns and domain do not go together.

        Notes
        -----
        Each call spends a whole budget; two results from one table cost twice. ``random_state`` seeds the draw and the
        figures, never the noise, so two calls differ.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from synthfast import SyntheticDataGenerator
        >>> frame = pd.DataFrame({"age": np.arange(3000) % 50 + 20, "member": np.arange(3000) % 50 > 30})
        >>> result = SyntheticDataGenerator(random_state=0).differential_privacy_synthesis(
        ...     frame, epsilon=2.0, delta=1e-6, domain={"age": (0, 120), "member": [False, True]}
        ... )
        >>> result["statistical_utility"] > 0.8, result["budget"]["domain_share"]
        (True, 0.0)
        """
        from synthfast._registry import load_object

        options = {"random_state": self.random_state, **parameters}
        model = load_object("PrivateMarginalSynthesizer")(epsilon=epsilon, delta=delta, domain=domain, **options)
        model.fit(data)
        n_rows = model.n_rows_ if n_samples is None else row_count(data, n_samples)
        synthetic = model.sample(n_rows, random_state=self.random_state)
        steps = model.ledger_["ledger"]
        return {
            "synthetic_data": synthetic,
            "epsilon": epsilon,
            "delta": delta,
            "noise_scale": max(step["scale"] for step in steps),
            "budget": {**model.ledger_, "domain_share": model.domain_share_, "outside": model.outside_},
            **self._utility(data, synthetic, target, holdout),
            "reidentification_risk": self._risk(data, synthetic, holdout),
            "note": OUTSIDE_GUARANTEE,
            "model": model,
        }

    def _utility(self, data: Any, synthetic: Any, target: Hashable | None, holdout: Any) -> dict[str, float | None]:
        from synthfast.quality import marginal_accuracy, share_columns, utility_classification

        if not len(synthetic):
            return dict.fromkeys(("utility_score", "statistical_utility", "ml_utility"))
        tables = share_columns(data, synthetic, holdout)
        seed = 0 if self.random_state is None else self.random_state
        shape = marginal_accuracy(tables.real, tables.synthetic).value
        learned = utility_classification(
            tables.real, tables.synthetic, holdout=tables.holdout, target=target, random_state=seed
        ).value
        known = [min(value, 1.0) for value in (shape, learned) if value is not None]
        score = sum(known) / len(known) if known else None
        return {"utility_score": score, "statistical_utility": shape, "ml_utility": learned}

    def _risk(self, data: Any, synthetic: Any, holdout: Any) -> dict[str, Any]:
        from synthfast.privacy import assess_disclosure_risk

        if not len(synthetic):
            return dict.fromkeys(("value", "interval", "worst_attack", "attacks", "threat_model"))
        seed = 0 if self.random_state is None else self.random_state
        report = assess_disclosure_risk(data, synthetic, holdout, random_state=seed)
        return {
            "value": report.risk,
            "interval": report.interval,
            "worst_attack": report.worst_attack,
            "attacks": report.to_dict()["attacks"],
            "threat_model": report.threat_model,
        }
