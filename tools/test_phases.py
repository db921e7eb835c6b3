#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The phases behind ./test: builds, checks and tests, one after another, each using all cores.

A phase is a function that returns a Tally; its full output is in build-test/PHASE.log and in the
logs of the build folders. PHASES at the end is the master list. Everything that speaks TAP counts
check by check; a tool that only says yes or no counts as one.
"""
import glob
import json
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

CORES = os.cpu_count() or 2
LOGS = "build-test"
QUICK = False  # set by main

# A build folder for each way of building, side by side. Only the first is optimised as users have it:
# -O1 compiles in two thirds of the time, which is most of what these builds cost.
BUILDS = {
    "gcc": ("gcc", ["-Dfaults=false"]),
    "clang": ("clang-14", ["-Dfaults=false", "-Doptimization=1"]),
    "asan": ("gcc", ["-Dfaults=true", "-Doptimization=1", "-Db_sanitize=address,undefined"]),
    "tsan": ("gcc", ["-Dfaults=true", "-Doptimization=1", "-Db_sanitize=thread"]),
}
SANITIZER_ENV = {
    "ASAN_OPTIONS": "exitcode=99:detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1:exitcode=99",
    "TSAN_OPTIONS": "exitcode=99:halt_on_error=0:second_deadlock_stack=1:suppressions=" +
                    os.path.abspath("tools/tsan.supp"),
}


class Tally:
    def __init__(self):
        self.passed, self.failed = 0, 0
        self.details = []
        self.held, self.left_out = set(), {}  # TAP tests by name; the second with the reason

    def one(self, held, detail=""):
        self.passed += bool(held)
        if not held:
            self.fail(detail)

    def fail(self, detail):
        self.failed += 1
        self.details.append(detail)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.details += other.details
        self.held |= other.held
        self.left_out.update(other.left_out)

    def skipped(self):
        """What no run has tested: a test that one store skips counts when it held on the other."""
        return {name: why for name, why in self.left_out.items() if name not in self.held}

    def empty(self):
        return self.passed + self.failed + len(self.left_out) == 0


def log_path(name):
    os.makedirs(LOGS, exist_ok=True)
    return os.path.join(LOGS, name + ".log")


def tail(text, lines=30):
    rows = text.rstrip().split("\n")
    return "\n".join(["    " + r for r in rows[-lines:]])


def run(command, env=None, timeout=600, cwd=None):
    """Returns (exit status, output); a command that does not end in time is killed with its children."""
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, cwd=cwd, start_new_session=True,
                                   env={**os.environ, **(env or {})})
    except OSError as e:
        return 127, f"{command[0]}: {e.strerror}"
    try:
        out, _ = process.communicate(timeout=timeout)
        status = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, _ = process.communicate()
        status, out = -signal.SIGKILL, out + f"\nkilled after {timeout} s\n".encode()
    return status, out.decode("utf-8", "replace")


def tool(name, command, show=60, **more):
    """One command that says yes or no."""
    tally = Tally()
    status, out = run(command, **more)
    with open(log_path(name), "w", encoding="utf-8") as f:
        f.write(out)
    tally.one(status == 0, tail(out, show) or f"    {command[0]} ended with {status}")
    return tally


def sources(folders, endings):
    for top in folders:
        for folder, folders_in, names in os.walk(top):
            folders_in[:] = sorted(d for d in folders_in if d not in ("node_modules", "dist"))
            yield from (os.path.join(folder, n) for n in sorted(names) if n.endswith(endings))


# --- TAP ---

def read_tap(program, how, status, out):
    """Counts the lines of one TAP program, and what is wrong with the whole."""
    name = f"{program} ({how})" if how else program
    tally, notes, planned, seen, failing = Tally(), [], None, 0, False
    for line in out.split("\n"):
        found = re.match(r"(ok|not ok)\b\s*\d*\s*-?\s*(.*)", line)
        plan = re.match(r"1\.\.(\d+)", line)
        total = re.match(r"(\d+) passed, (\d+) failed$", line)
        if plan:
            planned = int(plan[1])
        elif total:
            planned = planned or int(total[1]) + int(total[2])
        elif not found:
            if failing and re.match(r"\s+#", line): # some say it after the verdict
                tally.details[-1] += "\n    " + line.strip()
            else:
                notes.append(line)
            continue
        elif " # SKIP " in line:
            what, why = found[2].split(" # SKIP ", 1)
            tally.left_out[f"{program}: {what}"] = why
        elif found[1] == "ok":
            tally.passed += 1
            tally.held.add(f"{program}: {found[2]}")
        else:
            tally.fail(f"  {name}: {found[2]}\n{tail(chr(10).join(notes))}")
        failing = bool(found) and found[1] == "not ok"
        seen += bool(found)
        notes = []
    if planned is None or planned != seen:
        tally.fail(f"  {name}: ended with {status} after {seen} tests, "
                   f"{'without a plan' if planned is None else f'{planned} were planned'}\n{tail(out)}")
    elif status != 0 and not tally.failed:
        tally.fail(f"  {name}: all tests passed, yet it ended with {status}\n{tail(out)}")
    return tally


def tap_program(program, how, command, log, env=None, timeout=120, cwd=None):
    status, out = run(command, env=env, timeout=timeout, cwd=cwd)
    with open(log, "w", encoding="utf-8") as f:
        f.write(out)
    return read_tap(program, how, status, out)


# --- builds and unit tests ---

def build_dir(kind):
    return f"build-{kind}"


def trained():
    """What the product learns in its build is learnt once, in the plain build, and used by all others."""
    return os.path.join(os.getcwd(), build_dir("gcc"))


# Phases may run beside each other, two ninjas in one folder may not.
BUILDING = {kind: threading.Lock() for kind in (*BUILDS, "web")}


def build(kind, *targets, ninja=("ninja",)):
    """Brings a build up to date, or only these targets of it. Returns what went wrong, or None."""
    with BUILDING[kind]:
        return build_alone(kind, *targets, ninja=ninja)


def build_alone(kind, *targets, ninja):
    compiler, options = BUILDS[kind]
    folder = build_dir(kind)
    with BUILDING["web"]:
        status, out = run(["tools/build_web"], timeout=600)
    if status:
        return "  the page did not build\n" + tail(out)
    if kind != "gcc":
        wrong = build("gcc", "src/mind/ear_weights.c", "src/mind/judge_weights.c")
        if wrong:
            return wrong
        options = [*options, f"-Dtrained_in={trained()}"]
    if not os.path.exists(os.path.join(folder, "build.ninja")):
        status, out = run(["meson", "setup", folder, *options], env={"CC": compiler})
        if status:
            return "  meson setup failed\n" + tail(out)
    # What the assistant learns from is listed when the build is set up.
    if os.path.getmtime("tests/golden/tuned") > os.path.getmtime(os.path.join(folder, "build.ninja")):
        run(["meson", "setup", "--reconfigure", folder], env={"CC": compiler})
    status, out = run([*ninja, "-C", folder, "-k", "20", *targets], timeout=1800)
    with open(os.path.join(folder, "test-build.log"), "w", encoding="utf-8") as f:
        f.write(out)
    wrong = [r for r in out.split("\n") if re.search(r"error|FAILED|undefined reference", r)]
    return f"  the build failed; see {folder}/test-build.log\n" + tail("\n".join(wrong)) if status else None


def stores_of(suites, kind):
    """
    On which stores a test program runs: TEST_DATABASE_URL is set for PostgreSQL only. What another
    compiler makes of it does not depend on the store.
    """
    postgres = ["postgres"] if "AVA_TEST_PG" in os.environ and kind != "clang" else []
    if "postgres" in suites:
        return postgres
    return ["sqlite"] + postgres if "store" in suites else [None]


def unit_tests(kind, wanted):
    """Runs those tests that Meson knows in a build whose suites `wanted` accepts."""
    tally = Tally()
    folder = build_dir(kind)
    status, out = run(["meson", "introspect", "--tests", folder])
    if status:
        tally.fail("  meson introspect failed\n" + tail(out))
        return tally
    logs = os.path.join(folder, "test-logs")
    os.makedirs(logs, exist_ok=True)
    slower = 1 if kind in ("gcc", "clang") else 5

    def one(job):
        test, store = job
        env = {**SANITIZER_ENV, **test["env"]}
        if store == "postgres":
            env["TEST_DATABASE_URL"] = os.environ["AVA_TEST_PG"]
        log = os.path.join(logs, f"{test['name']}{'-' + store if store else ''}.log")
        return tap_program(test["name"], f"{kind}, {store}" if store else kind, test["cmd"], log, env,
                           test["timeout"] * slower, test["workdir"])

    jobs = []
    for test in json.loads(out):
        suites = [s.split(":")[-1] for s in test["suite"]]
        if wanted(suites):
            jobs += [(test, store) for store in stores_of(suites, kind)]
    with ThreadPoolExecutor(CORES * 2) as pool: # many of them wait: for servers, time-outs, disks
        for result in pool.map(one, jobs):
            tally.add(result)
    return tally


def built_tests(kind, wanted=lambda suites: "fuzz" not in suites):
    tally = Tally()
    wrong = build(kind)
    tally.one(not wrong, wrong)
    if not wrong:
        tally.add(unit_tests(kind, wanted))
    return tally


# --- scenarios and clients ---

def scenarios(kind, names=(), **more):
    binary = os.path.abspath(os.path.join(build_dir(kind), "ava"))
    if not os.path.exists(binary):
        return Tally()
    env = {**SANITIZER_ENV, "AVA_BIN": binary}
    if "-Dfaults=true" in BUILDS[kind][1]:
        env["AVA_FAULTS"] = "1"
    if any("sanitize" in option for option in BUILDS[kind][1]):
        env["AVA_TEST_PATIENCE"] = "5"
    env.update(more)
    return tap_program("scenario", kind, [sys.executable, "tests/scenario/run.py", *names],
                       log_path(f"scenario-{kind}"), env, timeout=2400)


def node_tests(name):
    """
    tests/NAME/run.mjs, or each test_*.mjs where there is none, beside a fresh server; they speak TAP.
    What they need is installed when the lock file is newer.
    """
    folder = os.path.join("tests", name)
    programs = [p for p in ("run.mjs",) if os.path.exists(os.path.join(folder, p))] or \
        sorted(os.path.basename(p) for p in glob.glob(os.path.join(folder, "test_*.mjs")))
    tally = Tally()
    binary = os.path.abspath(os.path.join(build_dir("gcc"), "ava"))
    wrong = build("gcc") if programs else None
    if wrong or (programs and not os.path.exists(binary)):
        tally.fail(wrong or "  there is no ava to test")
        return tally
    lock = os.path.join(folder, "package-lock.json")
    stamp = os.path.join(folder, "node_modules", ".package-lock.json")
    if programs and (not os.path.exists(stamp) or os.path.getmtime(stamp) < os.path.getmtime(lock)):
        status, out = run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder)
        if status:
            tally.fail("  npm ci failed\n" + tail(out))
            return tally
        os.utime(stamp)
    server = os.path.abspath("tests/scenario/with_server.py")
    for program in programs:
        label = name if program == "run.mjs" else f"{name} {program[:-4]}"
        tally.add(tap_program(label, "", [sys.executable, server, "node", program],
                              log_path(label.replace(" ", "-")), {"AVA_BIN": binary}, 900, folder))
    return tally


# --- the phases ---

def phase_format():
    paths = list(sources(["src", "tests", "fuzz", "bench", "tools"], (".c", ".h")))
    status, out = run(["clang-format-14", "--dry-run", "-Werror", *paths])
    wrong = sorted(set(re.findall(r"^(\S+?):\d+:\d+: error", out, re.M)))
    tally = Tally()
    tally.one(status == 0, "  to be run: clang-format -i " + " ".join(wrong) if wrong else tail(out))
    return tally


def phase_layers():
    return tool("layers", ["tools/check_layers"])


def phase_sizes():
    return tool("sizes", ["tools/check_sizes"])


def phase_tree():
    tally = tool("tree", ["tools/check_tree"])
    tally.add(tool("personal", ["tools/check_personal"]))
    tally.add(tool("docs", ["tools/check_docs"]))
    tally.add(tool("golden", ["tools/check_golden"]))
    return tally


def phase_generated():
    return tool("generated", ["tools/gen_reference", "--check"])


def phase_gcc():
    tally = built_tests("gcc")
    if not tally.failed:
        tally.add(tool("symbols", ["tools/check_symbols", build_dir("gcc")]))
    return tally


def phase_clang():
    return built_tests("clang")


def phase_tidy():
    tally = Tally()
    wrong = build("clang")
    if wrong:
        tally.fail(wrong)
        return tally
    paths = list(sources(["src"], ".c"))

    def one(path):
        status, out = run(["nice", "-n", "19", "clang-tidy-14", "--quiet", "-p", build_dir("clang"),
                           path])
        noise = re.compile(r"^\d+ warnings? generated\.\n|^Suppressed .*\n|^Use -header.*\n", re.M)
        return path, status, noise.sub("", out)

    with ThreadPoolExecutor(CORES) as pool, open(log_path("tidy"), "w", encoding="utf-8") as log:
        for path, status, out in pool.map(one, paths):
            log.write(out)
            tally.one(status == 0, f"  {path}\n{tail(out)}")
    return tally


def phase_cppcheck():
    cache = os.path.join(LOGS, "cppcheck")
    os.makedirs(cache, exist_ok=True)
    return tool("cppcheck", [
        "cppcheck", "--quiet", "--enable=warning,performance,portability", "--inline-suppr",
        "--error-exitcode=1", "--std=c11", f"-j{CORES}", f"--cppcheck-build-dir={cache}",
        "--suppressions-list=tools/cppcheck.txt", "-Isrc",
        *(f"--include={path}" for path in glob.glob("/usr/include/*/sys/queue.h")), '-DAVA_VERSION="0"', "-D__GNUC__", "src"])


def phase_builds():
    """What the next phases would build, while another mostly waits."""
    tally = Tally()
    for kind in ("asan", "tsan"):
        wrong = build(kind, ninja=("nice", "-n", "19", "ninja"))
        tally.one(not wrong, wrong)
    return tally


def phase_asan():
    tally = built_tests("asan")
    tally.add(scenarios("asan", ["--one-store"], AVA_KILLS="10"))
    return tally


def phase_tsan():
    tally = built_tests("tsan", lambda suites: "threads" in suites)
    tally.add(scenarios("tsan", ["--threads", "--one-store"], AVA_KILLS="5"))
    return tally


def phase_scenario():
    """The stories, on what users get; those about faults need a build that has them: asan's."""
    tally = Tally()
    wrong = build("gcc", "ava")
    if wrong:
        tally.fail(wrong)
    else:
        tally.add(scenarios("gcc", ["--quick" if QUICK else "--all"]))
    return tally


def phase_browser():
    return node_tests("browser")


def phase_sdk():
    return node_tests("sdk")


def phase_fuzz():
    return built_tests("asan", lambda suites: "fuzz" in suites)


# In their order: the cheap and frequent failures first. name, function, in quick, needs PostgreSQL.
# BESIDE has those that compute while another mostly waits; they stand behind it in the list.
BESIDE = {"tidy": "scenario", "builds": "scenario", "sdk": "browser"}
PHASES = [
    ("format", phase_format, True, False),
    ("layers", phase_layers, True, False),
    ("sizes", phase_sizes, True, False),
    ("tree", phase_tree, True, False),
    ("generated", phase_generated, True, False),
    ("gcc", phase_gcc, True, True),
    ("clang", phase_clang, False, True),
    ("cppcheck", phase_cppcheck, False, False),
    ("scenario", phase_scenario, True, True),
    ("tidy", phase_tidy, False, False),
    ("builds", phase_builds, False, False),
    ("asan", phase_asan, False, True),
    ("tsan", phase_tsan, False, True),
    ("fuzz", phase_fuzz, False, False),
    ("browser", phase_browser, False, False),
    ("sdk", phase_sdk, False, False),
]


def pick(words):
    names = [p[0] for p in PHASES]
    for word in words:
        if word not in names and word != "quick":
            sys.exit(f"./test: there is no phase {word}; there are: quick {' '.join(names)}")
    return [p for p in PHASES if not words or p[0] in words or ("quick" in words and p[2])]


def run_phase(name, function):
    began = time.monotonic()
    print(f"{name} ...", flush=True)
    tally = function()
    took = time.monotonic() - began
    if tally.empty():
        tally.fail("  found nothing to test")
    counts = f"{tally.passed} passed"
    counts += f", {tally.failed} FAILED" if tally.failed else ""
    skipped = tally.skipped()
    counts += f", {len(skipped)} skipped" if skipped else ""
    tally.details += [f"  skipped: {what}: {why}" for what, why in sorted(skipped.items())]
    print("\n".join(tally.details + [f"{name}: {counts}, {took:.1f} s"]), flush=True)
    return tally


def main():
    global QUICK
    words = sys.argv[1:]
    if words == ["--list"]:
        print("quick", *(p[0] for p in PHASES))
        return 0
    phases = pick(words)
    QUICK = "quick" in words
    if any(p[3] for p in phases) and not QUICK and "AVA_TEST_PG" not in os.environ:
        os.execv("tools/with_postgres",
                 ["tools/with_postgres", "--fast", sys.executable, sys.argv[0], *words])
    os.environ.pop("TEST_DATABASE_URL", None)
    if QUICK:
        os.environ.pop("AVA_TEST_PG", None)
    total = Tally()
    began = time.monotonic()
    with ThreadPoolExecutor(len(phases)) as pool:
        begun = {}
        for name, function, _, _ in phases:
            for beside in phases:
                if BESIDE.get(beside[0]) == name:
                    begun[beside[0]] = pool.submit(run_phase, beside[0], beside[1])
            total.add(begun[name].result() if name in begun else run_phase(name, function))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"all: {time.monotonic() - began:.0f} s, {used.ru_utime + used.ru_stime:.0f} s of processor time")
    print(f"{total.passed} passed, {total.failed} failed")
    return 1 if total.failed or total.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
