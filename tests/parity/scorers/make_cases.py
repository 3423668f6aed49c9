"""Makes tests/parity/scorers/<task>/<case> from an official scorer that lies outside the project.

usage: make_cases.py TASK --script PATH [--python PYTHON] [--cases N]
Gold and predicted files are made up here (seeded); expected.txt is what the official script printed.
"""
import argparse
import importlib
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task")
    parser.add_argument("--script", required=True, help="the official script")
    parser.add_argument("--python", default=sys.executable, help="interpreter that runs it")
    parser.add_argument("--cases", type=int, default=4)
    parser.add_argument("--out", type=pathlib.Path, default=HERE, help="folder that holds the cases")
    given = parser.parse_args()
    maker = importlib.import_module("cases_" + given.task)
    for number in range(given.cases):
        folder = given.out / given.task / f"case{number}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        options = maker.make(folder, number)
        if options:
            (folder / "options").write_text("".join(f"{name}={value}\n" for name, value in options.items()))
        printed = maker.run_official(folder, options or {}, given.script, given.python)
        if printed is None:  # the official script crashed or refused
            shutil.rmtree(folder)
        else:
            (folder / "expected.txt").write_bytes(printed)
    print(f"{len(list((given.out / given.task).iterdir()))} cases in {given.out / given.task}")


if __name__ == "__main__":
    main()
