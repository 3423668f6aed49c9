#!/usr/bin/env python3
"""Makes cases.jsonl: config trees, overrides and what Python's hydra-core 1.3.2 composes from them.

usage: .deps/venv/bin/python tests/parity/hydra/make_cases.py [--seed N] [--random N] [--only-random] [--only MODULE] [--out FILE]

One JSON object a line. kind compose: files, name, overrides, resolve -> yaml | error. kind sweep: files, overrides ->
jobs | error. kind yaml: text -> yaml | error (a file loaded and printed again). The normal suite reads the kept file
and needs no Python; tests/unit/config/hydra_differential_test.cpp says how it is compared.
"""
import argparse
import importlib
import json
import os
import pathlib
import random
import tempfile
import warnings

warnings.filterwarnings("ignore")
os.environ["POLYCLINIC_TEST_TEXT"] = "from env"
os.environ["POLYCLINIC_TEST_NUMBER"] = "17"
os.environ.pop("POLYCLINIC_TEST_UNSET", None)

from hydra import compose, initialize_config_dir  # noqa: E402
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper  # noqa: E402
from hydra.core.global_hydra import GlobalHydra  # noqa: E402
from hydra.core.override_parser.overrides_parser import OverridesParser  # noqa: E402
from omegaconf import OmegaConf  # noqa: E402

from random_trees import random_case  # noqa: E402

MODULES = ("corners", "corners_overrides", "corners_trees", "corners_values")


def write_tree(folder, files):
    for name, text in files.items():
        path = pathlib.Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def run_compose(case):
    with tempfile.TemporaryDirectory() as folder:
        write_tree(folder, case["files"])
        GlobalHydra.instance().clear()
        try:
            with initialize_config_dir(config_dir=folder, version_base="1.3"):
                cfg = compose(config_name=case.get("name", "config"), overrides=case.get("overrides", []))
                if case.get("resolve"):
                    OmegaConf.resolve(cfg)
                return {"yaml": OmegaConf.to_yaml(cfg)}
        except Exception as error:  # whatever Hydra raises is a refusal
            return {"error": f"{type(error).__name__}: {error}"[:160]}


def run_sweep(case):
    with tempfile.TemporaryDirectory() as folder:
        write_tree(folder, case["files"])
        GlobalHydra.instance().clear()
        try:
            with initialize_config_dir(config_dir=folder, version_base="1.3"):
                loader = GlobalHydra.instance().config_loader()
                overrides = OverridesParser.create(config_loader=loader).parse_overrides(case["overrides"])
                return {"jobs": [list(job) for job in BasicSweeper.split_arguments(overrides, None)[0]]}
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"[:160]}


def run_yaml(case):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "x.yaml"
        path.write_text(case["text"], encoding="utf-8")
        try:
            return {"yaml": OmegaConf.to_yaml(OmegaConf.load(path))}
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"[:160]}


RUN = {"compose": run_compose, "sweep": run_sweep, "yaml": run_yaml}


def as_yaml_text(data):
    """JSON is YAML, but for characters beyond the 16-bit plane, which JSON escapes as two halves."""
    text = json.dumps(data, ensure_ascii=False)
    return "".join(c if c < "\x7f" or ord(c) > 0xFFFF else f"\\u{ord(c):04x}" for c in text)


def hand_written(module):
    cases = importlib.import_module(module)
    for case in getattr(cases, "COMPOSE", []):
        yield {"kind": "compose", **case}
    for text in getattr(cases, "GRAMMAR", []):
        yield {"kind": "compose", "files": {"config.yaml": "x: 0\n"}, "overrides": [text]}
    for case in getattr(cases, "SWEEPS", []):
        yield {"kind": "sweep", **case}
    for text in getattr(cases, "YAML_TEXTS", []):
        yield {"kind": "yaml", "text": text}
    for text in getattr(cases, "YAML_STRINGS", []):
        yield {"kind": "yaml", "text": as_yaml_text({"key": text, "list": [text, [text]]})}
        if text:
            yield {"kind": "yaml", "text": as_yaml_text({text: 1})}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--random", type=int, default=400)
    parser.add_argument("--only-random", action="store_true", help="a further seed: without the hand-written cases")
    parser.add_argument("--only", choices=MODULES, help="the hand-written cases of one module, no random ones")
    parser.add_argument("--out", default=str(pathlib.Path(__file__).parent / "cases.jsonl"))
    options = parser.parse_args()
    rng = random.Random(options.seed)
    modules = [options.only] if options.only else [] if options.only_random else MODULES
    cases = [case for module in modules for case in hand_written(module)]
    refused = 0
    while options.random > 0 and not options.only:
        case = {"kind": "compose", **random_case(rng)}
        result = run_compose(case)
        if "error" in result and refused > 0.3 * len(cases):
            continue
        refused += "error" in result
        cases.append(case)
        options.random -= 1
    with open(options.out, "w", encoding="utf-8") as out:
        for case in cases:
            out.write(json.dumps({**case, **RUN[case["kind"]](case)}) + "\n")
    print(f"{len(cases)} cases in {options.out}")


if __name__ == "__main__":
    main()
