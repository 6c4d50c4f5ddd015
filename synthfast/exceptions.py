"""The errors that synthfast raises on purpose. Each subclasses the builtin that callers would expect."""

__all__ = [
    "CellTypeError",
    "ConditionError",
    "ConditionWarning",
    "ConstraintError",
    "DataError",
    "EngineError",
    "FileFormatError",
    "NotFittedError",
    "PersonalDataWarning",
    "PlaceholderTextWarning",
    "PrivacyBudgetError",
    "ResamplingError",
    "ResamplingWarning",
    "SampledFitWarning",
    "SchemaError",
    "SeriesWarning",
    "TrainingWarning",
]


class DataError(ValueError):
    """The data handed in cannot be used as it is; the message says what was expected, what came and what to do."""


class SchemaError(DataError):
    """The data does not fit its schema, or a schema is not one."""


class CellTypeError(SchemaError, TypeError):
    """A cell holds something that is no plain value, such as a list or a dict."""


class ConditionError(ValueError):
    """A condition names an unknown column, an impossible value, or has no probability under the model."""


class ConditionWarning(UserWarning):
    """Conditions have next to no probability together; the rows drawn obey them, but by extrapolation."""


class ConstraintError(DataError):
    """Rows break a declared constraint, constraints contradict each other, or no row that keeps them is found."""


class NotFittedError(ValueError, AttributeError):
    """A model was used before ``fit``."""


class EngineError(RuntimeError):
    """An engine cannot do the work: no workers, other versions on them, or a worker that dies every time."""


class FileFormatError(ValueError):
    """A file cannot be read: unknown, truncated, damaged, or from a newer version of synthfast."""


class PersonalDataWarning(UserWarning):
    """A column looks like personal data; it is generated anew by pattern, not learned from."""


class PlaceholderTextWarning(UserWarning):
    """A column holds free text; it becomes generated placeholder text."""


class PrivacyBudgetError(ValueError):
    """A private step would cost more than is left, or a budget promises next to nothing; nothing was drawn."""


class ResamplingError(DataError, RuntimeError):
    """The rows give a resampler nothing to work with: no usable cluster, no neighbour of another class."""


class ResamplingWarning(UserWarning):
    """A resampler made other rows than it was asked for, as its method demands."""


class SampledFitWarning(UserWarning):
    """A model learned from a sample of a table that is read in batches; the message says of how many rows."""


class SeriesWarning(UserWarning):
    """A time series was repaired before it was learned (put in order, gaps filled); the message says how."""


class TrainingWarning(UserWarning):
    """A network was trained otherwise than asked for; the message says how, and what is kept."""
