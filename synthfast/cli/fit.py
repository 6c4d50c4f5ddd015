"""``synthfast fit``: a table learned, and the model kept."""

import argparse

from synthfast.cli.arguments import seed_number
from synthfast.cli.console import Console
from synthfast.cli.learning import add_learning_arguments, prepare
from synthfast.cli.results import put_result
from synthfast.cli.tables import check_outputs

__all__ = ["DESCRIPTION", "EPILOG", "HELP", "add_arguments", "run"]

HELP = "learn a table and keep the model"
DESCRIPTION = "Learn the table IN and write the model to OUT, for `synthfast sample` and `model = synthfast.load(OUT)`."
EPILOG = """examples:
  synthfast fit people.csv -o people.synth
  synthfast fit people.csv -o people.synth --model gaussian_copula --seed 7
  synthfast fit people.csv -o people.synth --model private_marginal --set epsilon=1 --set delta=1e-6"""


def add_arguments(verb: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    verb.add_argument("input", metavar="IN", help="the real table: a file, or dataset:NAME")
    verb.add_argument("-o", "--output", required=True, metavar="OUT", help="the model file, such as people.synth")
    verb.add_argument("--seed", type=seed_number, metavar="S", help="the same seed gives the same model")
    add_learning_arguments(verb)


def run(args: argparse.Namespace, console: Console) -> None:
    """Read, learn, save."""
    check_outputs([args.output, args.json], [args.input, args.schema, args.config])
    lesson = prepare(args, console)
    model = lesson.learn()
    console.say(f"learned {args.model}")
    model.save(args.output)
    console.say(f"wrote {args.output}: model {model.id_[:16]}..., seed {lesson.seed}")
    made = {"output": args.output, "model": args.model, "model_id": model.id_, "seed": lesson.seed}
    put_result(args, {**made, "rows_learned": model.n_rows_})
