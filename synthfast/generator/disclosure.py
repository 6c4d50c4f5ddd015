"""What a synthetic table discloses."""

from typing import Any

from synthfast._core.random import SeedLike

__all__ = ["DisclosureMethods"]


class DisclosureMethods:
    """What attacks a synthetic table."""

    random_state: SeedLike

    def assess_disclosure_risk(
        self, original: Any, synthetic: Any, holdout: Any = None, **parameters: Any
    ) -> dict[str, Any]:
        """Attack a synthetic table, and say how far the worst attack gets.

        Parameters
        ----------
        original, synthetic : table, shape (n_rows, n_columns)
            The table that the model was trained on, and the one to judge.
        holdout : table, optional
            Real rows that the model never saw. Without them only copies and identifiability have a chance level.
        **parameters : object
            Of `synthfast.assess_disclosure_risk`, such as ``attacks``, ``quasi_identifiers`` and ``sensitive``.

        Returns
        -------
        dict
            - ``worst_attack``: name of the attack whose risk is surest to be large;
            - ``risk``: how far it gets, from 0 (as with people who are not in the table) to 1 (always right);
            - ``interval``: (low, high) of it, for all attacks together;
            - ``attacks``: attack -> its ``threat``, ``figures`` (value, interval, null, risk), ``detail``, ``reason``;
            - ``disclosure_risk``: the risk, under the name that `assess_quality` has for it;
            - ``membership_inference_accuracy``: of the best membership attack, 0.5 being a random guess; None without a
              hold-out;
            - ``report``: the `synthfast.privacy.DisclosureReport`, to print. Not private: do not publish it.

        Raises
        ------
        DataError
            If the tables do not go together.
        TypeError, ValueError
            If a parameter is not one, or not what it may be.

        Notes
        -----
        Cost as `synthfast.assess_disclosure_risk`. With ``random_state=None`` the seed is 0.

        Examples
        --------
        >>> from synthfast import SyntheticDataGenerator, load_dataset
        >>> real = load_dataset("breast_cancer")
        >>> toolkit = SyntheticDataGenerator(random_state=0)
        >>> found = toolkit.assess_disclosure_risk(real[:250], real[:250], real[250:], attacks=["membership_distance"])
        >>> found["worst_attack"], found["risk"], found["membership_inference_accuracy"]
        ('membership_distance', 1.0, 1.0)
        """
        from synthfast.privacy import assess_disclosure_risk

        seed = 0 if self.random_state is None else self.random_state
        report = assess_disclosure_risk(original, synthetic, holdout, random_state=seed, **parameters)
        return {
            "worst_attack": report.worst_attack,
            "risk": report.risk,
            "interval": report.interval,
            "attacks": report.to_dict()["attacks"],
            "disclosure_risk": report.risk,
            "membership_inference_accuracy": report.membership_accuracy,
            "report": report,
        }
