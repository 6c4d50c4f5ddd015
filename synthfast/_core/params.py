"""Constructor parameters as scikit-learn's ``clone`` and ``get_params`` expect them, without importing it."""

import inspect
from typing import Any, Self

__all__ = ["Parametrised"]


class Parametrised:
    """An object whose keyword-only constructor arguments are stored untouched under their own names."""

    @classmethod
    def _parameters(cls) -> dict[str, inspect.Parameter]:
        signature = inspect.signature(cls.__init__)
        return {name: p for name, p in signature.parameters.items() if name != "self"}

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Constructor parameters by name.

        Parameters
        ----------
        deep : bool, default True
            Accepted for scikit-learn; no parameter here holds parameters of its own.

        Returns
        -------
        dict of str to object
        """
        return {name: getattr(self, name) for name in self._parameters()}

    def set_params(self, **params: Any) -> Self:
        """Set constructor parameters by name.

        Parameters
        ----------
        **params : object
            New values.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a name is not a parameter.
        """
        known = self._parameters()
        for name, value in params.items():
            if name not in known:
                raise ValueError(
                    f"{type(self).__name__}: {name!r} is not a parameter; the parameters are {', '.join(known)}."
                )
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        changed = [
            f"{name}={getattr(self, name)!r}"
            for name, parameter in self._parameters().items()
            if not _same(getattr(self, name), parameter.default)
        ]
        return f"{type(self).__name__}({', '.join(changed)})"


def _same(value: Any, default: Any) -> bool:
    return value is default or (type(value) is type(default) and repr(value) == repr(default))
