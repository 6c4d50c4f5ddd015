"""Synthetic tables that refer to each other."""

from collections.abc import Hashable, Iterator, Mapping
from functools import partial
from typing import Any, Self

from numpy.typing import NDArray

from synthfast._core.frames import ColumnData, Table
from synthfast._core.frames.concat import concatenate_tables, take_cells
from synthfast._core.frames.neutral import NeutralContainer
from synthfast._core.json_values import from_json_value, to_json_value
from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_integer
from synthfast._registry import load_object, name_of_key
from synthfast.base import BaseSynthesizer
from synthfast.base.model import Model
from synthfast.base.parameters import plain, restored
from synthfast.base.saved import registry_key, with_prefix, without_prefix
from synthfast.encoding import make_codec
from synthfast.engines import map_blocks
from synthfast.exceptions import DataError, FileFormatError
from synthfast.relational._drawing import BLOCK_PARENTS, Draw, count_name
from synthfast.relational._reading import find_parents, read_tables
from synthfast.relational._summaries import count_children, summarise_children
from synthfast.relational._table_model import TableModel, TablePlan, context_name
from synthfast.schema import LEVEL_KINDS, NUMERIC_KINDS, TIME_KINDS, Column, Schema
from synthfast.schema.relations import RelationalSchema

__all__ = ["RelationalSynthesizer"]

Native = dict[Hashable, ColumnData]
Told = dict[tuple[Hashable, ...], tuple[Column, ColumnData]]
_TOLD = (*LEVEL_KINDS, *NUMERIC_KINDS, *TIME_KINDS)
_DEFAULT = "tree"
_SETTINGS: dict[str, dict[str, Any]] = {"tree": {"preset": "fast", "audit": False}}


class RelationalSynthesizer(Model):
    """Synthetic tables that refer to each other by keys.

    Each table has a model of its own columns given those of its parents, together with how many children each of its
    rows has, and what siblings have in common. Tables are drawn parent before child, in blocks of 4,096 rows of the
    tables without parents and all their descendants, so that every foreign key is one of its parent's keys by
    construction, and no key comes twice.

    Parameters
    ----------
    relations : RelationalSchema, optional
        Tables, primary and foreign keys. Inferred by `RelationalSchema.infer` if not given.
    synthesizer : str or mapping of table name to str, default "tree"
        Which model each table has, by the key that the command line uses; one that can draw conditionally.
    parameters : mapping of str to object, optional
        Constructor arguments of the models. Trees have ``preset="fast"`` and ``audit=False`` unless they say otherwise.
    siblings : bool, default True
        Model the means of the children's numbers, and their commonest levels, with the parent's columns, so that
        siblings are as alike as they were.
    random_state : None, int, numpy SeedSequence or Generator, default None
        Seeds the fit, and the draws for which ``sample`` is given no seed of its own.

    Attributes
    ----------
    relations_ : RelationalSchema
    n_rows_ : dict of str to int
        Rows that were fitted.

    Notes
    -----
    The number of a row's children, by its first foreign key, is drawn jointly with the parent's columns; those of
    further foreign keys are met block by block as nearly as whole numbers allow. A table's columns depend on those of
    all its parents and ancestors. Of several tables with one parent, numbers of rows and common traits are modelled
    together, single rows are independent given the parent.

    Keys are generated in the pattern of the data; each block sets aside row numbers for as many descendants as it could
    have, so keys that are numbers have gaps. The first rows of a table do not depend on how many are drawn, as long as
    the numbers of rows of tables that further foreign keys refer to stay the same. The same bytes come out for any
    number of threads.

    Fit: that of each table's model on as many columns as the table and its ancestors have. Sampling: O(rows drawn)
    times the columns squared; at least one block is drawn whole.

    References
    ----------
    Patki, Wedge and Veeramachaneni (2016), The synthetic data vault, doi:10.1109/DSAA.2016.49 (children summarised in
    their parent's row).

    Examples
    --------
    >>> import numpy as np, pandas as pd, synthfast
    >>> rng = np.random.default_rng(0)
    >>> customers = pd.DataFrame({"customer_id": range(200), "vip": rng.random(200) < 0.3})
    >>> owner = np.repeat(np.arange(200), rng.poisson(2 + 3 * customers["vip"]))
    >>> orders = pd.DataFrame({"customer_id": owner, "amount": rng.gamma(2, 10, len(owner)).round(2)})
    >>> model = synthfast.RelationalSynthesizer(random_state=0).fit({"customers": customers, "orders": orders})
    >>> tables = model.sample({"customers": 500})
    >>> len(tables["customers"]), bool(tables["orders"]["customer_id"].isin(tables["customers"]["customer_id"]).all())
    (500, True)
    """

    relations_: RelationalSchema
    n_rows_: dict[str, int]

    def __init__(
        self,
        *,
        relations: RelationalSchema | None = None,
        synthesizer: str | Mapping[str, str] = _DEFAULT,
        parameters: Mapping[str, Any] | None = None,
        siblings: bool = True,
        random_state: SeedLike = None,
    ) -> None:
        self.relations = relations
        self.synthesizer = synthesizer
        self.parameters = parameters
        self.siblings = siblings
        self.random_state = random_state

    # -- fit -----------------------------------------------------------------------------------------------------------

    def fit(self, tables: Mapping[str, Any], *, schemas: Mapping[str, Schema] | None = None) -> Self:
        """Learn the tables.

        Parameters
        ----------
        tables : mapping of table name to table-like
            One of each name in the relations, at least one row in each.
        schemas : mapping of table name to Schema, optional
            What the columns of some tables are, and their constraints. Inferred where not given.

        Returns
        -------
        self

        Raises
        ------
        SchemaError
            If tables or key columns are missing, or tables refer to each other in a circle.
        DataError
            If a primary key repeats or is missing, or a foreign key is missing or has no parent.
        """
        relations = RelationalSchema.infer(tables) if self.relations is None else self.relations
        read = read_tables(tables, relations)
        asked = dict(schemas or {})
        unknown = [name for name in asked if name not in read]
        if unknown:
            raise DataError(f"schemas: expected the tables {list(read)!r}, got {unknown!r}.")
        makers = {name: self._maker(name) for name in relations.order}
        parents = {
            (key.table, key.column): find_parents(
                key, read[key.table], read[key.parent], relations.primary_keys[key.parent]
            )
            for key in relations.foreign_keys
        }
        plans = {name: self._plan(name, read[name], asked.get(name), relations) for name in relations.order}
        models: dict[str, TableModel] = {}
        told: dict[str, Told] = {}  # what each table's children may know of it
        for place, name in enumerate(relations.order):
            beside = self._beside(name, relations, read, plans, parents)
            context = self._context(name, relations, parents, models, told)
            stream = Stream.from_seed(self.random_state).child("fit", name)
            synthesizer = makers[name](int(stream.generator().integers(2**31)) + place)
            models[name] = TableModel.fit(plans[name], synthesizer, read[name], context, beside)
            told[name] = self._told(name, read[name], models[name], context, beside)
        self.relations_, self._models, self._n_draws = relations, models, 0
        self.n_rows_ = {name: table.n_rows for name, table in read.items()}
        return self

    def _maker(self, name: str) -> Any:
        key = self.synthesizer if isinstance(self.synthesizer, str) else self.synthesizer.get(name, _DEFAULT)
        public = name_of_key(key)
        cls = None if public is None else load_object(public)
        if cls is None or not issubclass(cls, BaseSynthesizer) or not cls.supports_conditions:
            raise DataError(
                f"RelationalSynthesizer: synthesizer={key!r} of table {name!r} is none that draws conditionally; use "
                "'gaussian_copula', 'tree' or another one of the command line's."
            )
        settings = _SETTINGS.get(key, {})
        return lambda seed: cls(**{**settings, **(self.parameters or {}), "random_state": seed})

    def _plan(self, name: str, table: Table, schema: Schema | None, relations: RelationalSchema) -> TablePlan:
        primary = relations.primary_keys[name]
        foreign = [key.column for key in relations.keys_of(name)]
        if schema is None:
            schema = Schema.infer(table, overrides={} if primary is None else {primary: "identifier"})
        return TablePlan.of(name, table, schema, primary, foreign)

    def _beside(
        self,
        name: str,
        relations: RelationalSchema,
        read: Mapping[str, Table],
        plans: Mapping[str, TablePlan],
        parents: Mapping[tuple[str, Hashable], NDArray[Any]],
    ) -> Native:
        """What a table's rows are told of their children."""
        out: Native = {}
        n_rows = read[name].n_rows
        for key in relations.foreign_keys:
            if key.parent == name:
                label = count_name(key)
                out[label] = count_children(label, parents[key.table, key.column], n_rows)
        for child in relations.children(name) if self.siblings else []:
            own = plans[child].own
            if len(own):
                codec = make_codec(_part(read[child], own), own).user
                kinds = [column for column in codec.modelled if codec.column(column).kind in _TOLD]
                columns = codec.encode(read[child], kinds)
                key = relations.keys_of(child)[0]
                out |= summarise_children(child, columns, parents[child, key.column], n_rows)
        return out

    def _context(
        self,
        name: str,
        relations: RelationalSchema,
        parents: Mapping[tuple[str, Hashable], NDArray[Any]],
        models: Mapping[str, TableModel],
        told: Mapping[str, Told],
    ) -> Told:
        """Columns of parents, one value for each of a table's rows."""
        out: Told = {}
        for k, key in enumerate(relations.keys_of(name)):
            rows = parents[name, key.column]
            for label, (fact, data) in told[key.parent].items():
                if k == 0 and (len(label) == 2 or label[0] == name):
                    out[label] = (fact, take_cells(data, rows))
                elif k and len(label) == 2 and label[0] == key.parent:
                    out[*label, key.column] = (fact, take_cells(data, rows))
        return out

    def _told(self, name: str, table: Table, model: TableModel, context: Told, beside: Native) -> Told:
        """What a table's children may know of it: its ancestors' columns, its own, and what it is told of them."""
        out: Told = {label: item for label, item in context.items() if len(label) == 2}
        modelled = [column for column in model.modelled() if model.column(column).kind in _TOLD]
        for column in modelled:
            if column in model.plan.own:
                out[context_name(name, column)] = (model.column(column), table.column(column))
            elif column in beside:
                out[column] = (model.column(column), beside[column])  # type: ignore[index]
        return out

    # -- draws ---------------------------------------------------------------------------------------------------------

    def sample(self, n_rows: int | Mapping[str, int] | None = None, *, random_state: SeedLike = None) -> dict[str, Any]:
        """Draw synthetic tables.

        Parameters
        ----------
        n_rows : int or mapping of table name to int, optional
            Rows of the tables without parents; an integer where there is one of them. As many as were fitted for those
            that are not named. How many rows the others have comes out of the draw.
        random_state : None, int, numpy SeedSequence or Generator
            Seed of the draw, as in the models of one table.

        Returns
        -------
        dict of str to the container that was fitted
            Columns, dtypes and order as in the training tables; children in their parents' order.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        DataError
            If ``n_rows`` names a table that has parents or is unknown, or a key's pattern has too few values.
        """
        draw, counts = self._start(n_rows, random_state)
        parts: dict[str, list[Native]] = {name: [] for name in self.relations_.order}
        for tables in self._blocks(draw, counts, 0):
            for name, columns in tables.items():
                parts[name].append(columns)
        return {name: self._build(name, concatenate_tables(own)) for name, own in parts.items()}

    def sample_batches(
        self,
        n_rows: int | Mapping[str, int] | None = None,
        *,
        start_block: int = 0,
        random_state: SeedLike = None,
    ) -> Iterator[dict[str, Any]]:
        """Draw synthetic tables in pieces, in bounded memory.

        Parameters
        ----------
        n_rows : int or mapping of table name to int, optional
            As in `sample`.
        start_block : int, default 0
            First block of 4,096 rows of each table without parents; later ones cost no more.
        random_state : None, int, numpy SeedSequence or Generator
            As in `sample`.

        Yields
        ------
        dict of str to the container that was fitted
            One block of a table without parents and all rows that descend from it. One after another, table by table,
            they are what `sample` gives.

        Notes
        -----
        A table that further foreign keys refer to is held as a whole: its keys and codes.
        """
        start_block = check_integer("start_block", start_block, minimum=0)
        draw, counts = self._start(n_rows, random_state)
        blocks = self._blocks(draw, counts, start_block)
        return ({name: self._build(name, columns) for name, columns in tables.items()} for tables in blocks)

    def _start(self, n_rows: int | Mapping[str, int] | None, random_state: SeedLike) -> tuple[Draw, dict[str, int]]:
        self._check_fitted("sample")
        roots = self.relations_.roots()
        if isinstance(n_rows, Mapping):
            asked = dict(n_rows)
        elif n_rows is None:
            asked = {}
        elif len(roots) == 1:
            asked = {roots[0]: n_rows}
        else:
            raise DataError(f"n_rows: expected a dict with rows of the tables {roots!r}, got {n_rows!r}.")
        unknown = [name for name in asked if name not in roots]
        if unknown:
            raise DataError(
                f"n_rows: expected tables without parents, {roots!r}, got {unknown!r}; how many rows the others have "
                "comes out of the draw."
            )
        counts = {name: self.n_rows_[name] for name in roots}
        counts |= {name: check_integer(f"n_rows[{name!r}]", n, minimum=0) for name, n in asked.items()}
        return Draw(self.relations_, self._models, counts, self._draw_stream(random_state)), counts

    def _blocks(self, draw: Draw, counts: Mapping[str, int], start: int) -> Iterator[dict[str, Native]]:
        for root, n_rows in counts.items():
            stop = max(-(-n_rows // BLOCK_PARENTS), 1)
            yield from map_blocks(partial(draw.block, root), range(start, stop))

    def _build(self, name: str, columns: Native) -> Any:
        return self._models[name].plan.template.build(columns)

    # -- state ---------------------------------------------------------------------------------------------------------

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_models")

    def _params_to_save(self) -> dict[str, Any]:
        return {**self.get_params(), "relations": None}

    def _to_document(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        tables: list[dict[str, Any]] = []
        arrays: dict[str, NDArray[Any]] = {}
        for k, (name, own) in enumerate(self._models.items()):
            entry: dict[str, Any] = {"plan": own.plan.to_dict(), "n_rows": self.n_rows_[name]}
            if own.model is not None:
                inner, values = own.model._to_document()
                params = {key: plain(value) for key, value in own.model.get_params().items()}
                params |= {"column_order": None} if "column_order" in params else {}
                entry |= {"model": registry_key(type(own.model)), "params": params, "document": inner}
                entry["context"] = [to_json_value(label) for label in own.context]
                arrays |= with_prefix(values, f"{k}/")
            tables.append(entry)
        declared = self.relations is not None
        return {"relations": self.relations_.to_dict(), "declared": declared, "tables": tables}, arrays

    def _from_document(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        self.relations_ = RelationalSchema.from_dict(document["relations"])
        self.relations = self.relations_ if document["declared"] else None
        self._models, self.n_rows_ = {}, {}
        for k, entry in enumerate(document["tables"]):
            name = entry["plan"]["name"]
            plan = TablePlan.from_dict(entry["plan"], [key.column for key in self.relations_.keys_of(name)])
            model, context = None, []
            if "model" in entry:
                public = name_of_key(entry["model"])
                if public is None:
                    raise FileFormatError(f"table {name!r} holds a model called {entry['model']!r}.")
                model = load_object(public)(**restored(entry["params"]))
                model._from_document(entry["document"], without_prefix(arrays, f"{k}/"))
                model._n_draws = 0
                context = [from_json_value(label) for label in entry["context"]]
            self._models[name] = TableModel(plan, model, context)
            self.n_rows_[name] = entry["n_rows"]


def _part(table: Table, own: Schema) -> Table:
    """Some columns of a table."""
    return Table(NeutralContainer({name: table.column(name) for name in own}))
