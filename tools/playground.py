"""Train in node what the page trains, and keep what happened in data/runs/playground.json.

python tools/playground.py [EXPERIMENT ...]

The experiments of widgets/engine/experiments.js that are named, or all that the record does
not have yet under the same settings; each with the seeds 1 to 5. The scenes, the network and
every step are the page's own code.
"""

import json
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENGINE = ROOT / "ssd_lib/widgets/engine"
RECORD = ROOT / "data/runs/playground.json"
SEEDS = (1, 2, 3, 4, 5)
EVALUATE_EVERY = 50  # steps, where an experiment does not say; it changes no run


def in_node(config, weights=None, first_step=None):
    """A whole run in node; tools/js/run_training.js says what comes back.

    Args:
        config: what is not as in the page's DEFAULTS.
        weights: path to write the last weights to.
        first_step: folder to write all about the first step to.
    """
    from node_json import answer

    asked = {
        "wasm": str(ENGINE / "train.wasm"),
        "config": config,
        "weights": weights and str(weights),
        "first_step": first_step and str(first_step),
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "asked.json")
        file.write_text(json.dumps(asked), encoding="utf-8")
        return answer(ROOT / "tools/js/run_training.js", file)


def layout_of(config):
    """The default boxes of a run, as ssd_lib has them."""
    from ssd_lib.default_boxes import DefaultBoxLayout, FeatureMap
    from ssd_lib.model.ssd import PAGE_SCALES

    size = config.get("imageSize", 64)
    ratios = (2.0,) if len(config.get("ratios", [1, 2, 0.5])) > 1 else ()
    scales = config.get("scales", PAGE_SCALES)
    rows = [
        FeatureMap(size // step, step, scale * size, None, ratios)
        for step, scale, used in zip(
            (4, 8, 16), scales, config.get("maps", [True] * 3), strict=True
        )
        if used
    ]
    return DefaultBoxLayout(size, tuple(rows), variances=tuple(config.get("variances", (0.1, 0.2))))


def experiments():
    """What each experiment of the page sets, by its name."""
    from node_json import SCRIPT, answer

    return answer(
        *SCRIPT,
        f"""import {{ EXPERIMENTS }} from "{ENGINE.as_uri()}/experiments.js";
        console.log(JSON.stringify(EXPERIMENTS));""",
    )


def of_one_seed(found):
    """What is kept of a run: the curve of its mAP, and how its loss began and ended."""
    reports = found["reports"]
    parts = [(report["localization"], report["confidence"]) for report in reports]
    losses = [None if None in pair else sum(pair) for pair in parts]  # null: not a number
    curve = [(one["step"], round(one["map"], 4)) for one in found["evaluations"]]
    perfect = [step for step, value in curve if value == 1]
    return {
        "seed": found["config"]["seed"],
        "map": curve[-1][1],
        "ap": [value and round(value, 4) for value in found["evaluations"][-1]["ap"]],
        "curve": curve,
        "first_perfect_step": perfect[0] if perfect else None,
        "steps": len(reports),
        "loss": [mean(losses[:5]), mean(losses[-20:])],
        "positives": round(statistics.fmean(report["positives"] for report in reports), 1),
        "negatives": round(statistics.fmean(report["negatives"] for report in reports), 1),
    }


def mean(values):
    """The mean; None if a value is no number."""
    return None if None in values else round(statistics.fmean(values), 3)


def of_all_seeds(config, runs):
    """An experiment's settings, its runs, and the mean and the spread of their mAP."""
    maps = [one["map"] for one in runs]
    return {
        "config": config,
        "map_mean": round(statistics.fmean(maps), 4),
        "map_spread": round(statistics.stdev(maps), 4),
        "runs": runs,
    }


def main(names):

    from ssd_lib.run_record import origin, write_record

    about = origin("python tools/playground.py")
    record = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    done = record.get("experiments", {})
    asked = experiments()
    for name, config in asked.items():
        if name not in names if names else done.get(name, {}).get("config") == config:
            continue
        often = {"evaluateEvery": EVALUATE_EVERY} | config
        runs = [of_one_seed(in_node(often | {"seed": seed})) for seed in SEEDS]
        done[name] = of_all_seeds(config, runs)
        print(
            f"{name}: mAP {done[name]['map_mean']:.3f} ± {done[name]['map_spread']:.3f}", flush=True
        )
        record = about | {
            "seeds": list(SEEDS),
            "held_out_scenes": 96,
            "experiments": {name: done[name] for name in asked if name in done},
        }
        write_record(RECORD, record)


if __name__ == "__main__":
    main(sys.argv[1:])
