#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs scenarios: run.py [--all | --quick | --threads] [--one-store] [NAME...], NAME being the
beginning of a file's name.

Each file is a program of its own that prints TAP; they mostly wait, also with a sanitizer, so two and
a half times as many run at once as there are cores, the long ones first. A
scenario marked FAULTS runs only when AVA_FAULTS says that the binary has fault injection; one that
needs it is the only thing that may be left out. With --one-store all run on SQLite alone but those
marked BOTH_STORES, which nothing else runs on PostgreSQL in that way. The other marks are in
ava_test.py.
"""
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = float(os.environ.get("AVA_TEST_PATIENCE", "1"))
SECONDS = 180  # for one file, when it does not say SECONDS itself


def marked(path, mark):
    with open(path, encoding="utf-8") as f:
        return re.search(rf"^{mark} = True$", f.read(), re.M) is not None


def most_seconds(path):
    with open(path, encoding="utf-8") as f:
        found = re.search(r"^SECONDS = (\d+)", f.read(), re.M)
    return int(found[1]) if found else SECONDS


def chosen(options, names):
    for name in sorted(os.listdir(HERE)):
        path = os.path.join(HERE, name)
        if not re.fullmatch(r"s\d+\w*\.py", name) or (names and not name.startswith(tuple(names))):
            continue
        if ("--quick" in options and not marked(path, "QUICK")) or \
           ("--threads" in options and not marked(path, "THREADS")) or \
           (marked(path, "FAULTS") and not os.environ.get("AVA_FAULTS")):
            continue
        yield path


def run(path, one_store):
    began = time.monotonic()
    env = dict(os.environ)
    if one_store and not marked(path, "BOTH_STORES"):
        env.pop("AVA_TEST_PG", None)
    ended = run_for(path, env)
    return (*ended, time.monotonic() - began)


def run_for(path, env):
    try:
        done = subprocess.run([sys.executable, path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=most_seconds(path) * PATIENCE, cwd=HERE, env=env)
        return path, done.returncode, done.stdout.decode("utf-8", "replace")
    except subprocess.TimeoutExpired as e:
        return path, None, (e.stdout or b"").decode("utf-8", "replace")


def at_once():
    return min((os.cpu_count() or 2) * 5 // 2, 8)


def main():
    options = [a for a in sys.argv[1:] if a.startswith("--")]
    paths = list(chosen(options, [a for a in sys.argv[1:] if not a.startswith("--")]))
    paths.sort(key=most_seconds, reverse=True)
    passed = failed = 0
    with ThreadPoolExecutor(at_once()) as pool:
        for path, status, out, seconds in pool.map(lambda p: run(p, "--one-store" in options), paths):
            name = os.path.basename(path)[:-3]
            lines, here = out.rstrip().split("\n"), 0
            for line in lines:
                found = re.match(r"(ok|not ok) \d+ - (.*)", line)
                if not found:
                    if not line.startswith("1.."):
                        print(line if line.startswith("#") else f"# {line}")
                    continue
                here += found[1] != "ok"
                passed += found[1] == "ok"
                failed += found[1] != "ok"
                print(f"{found[1]} {passed + failed} - {name}: {found[2]}")
            print(f"# {name} took {seconds:.1f} s")
            complete = lines and lines[-1].startswith("1..")
            if not complete or (status != 0 and not here):
                failed += 1
                ending = "did not end" if status is None else f"ended with {status}"
                print(f"not ok {passed + failed} - {name}: {ending}")
            sys.stdout.flush()
    print(f"1..{passed + failed}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
