# SPDX-License-Identifier: Apache-2.0
"""The targets, and the table that says whether they were met."""
import json
import os
import platform
import re
import subprocess

# key of a row -> (column, comparison, bound)
SHARE = ("share", ">=", 0.60)
TARGETS = {
    "list": SHARE, "detail": SHARE, "timeline": SHARE, "webhook": SHARE, "mail": SHARE,
    "paced": ("p99", "<=", 50_000),
    ("sqlite", "p99"): ("p99", "<=", 10_000), ("postgres", "p99"): ("p99", "<=", 20_000),
    ("sqlite", "memory"): ("kib", "<=", None), ("postgres", "memory"): ("kib", "<=", 64 * 1024),
    ("sqlite", "start"): ("ms", "<=", 150), ("postgres", "start"): ("ms", "<=", 250),
}


def first(path, pattern):
    try:
        with open(path, encoding="utf-8") as f:
            found = re.search(pattern, f.read(), re.M)
            return found[1].strip() if found else "?"
    except OSError:
        return "?"


def said(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except OSError:
        return "?"


def machine(data):
    disk = said("df", "--output=source,fstype,size", "-h", data).split("\n")[-1]
    return {
        "cpu": first("/proc/cpuinfo", r"model name\s*:(.*)"), "cores": os.cpu_count(),
        "memory": first("/proc/meminfo", r"MemTotal:(.*)"), "disk": " ".join(disk.split()),
        "kernel": platform.release(), "virtual": said("systemd-detect-virt") or "?",
        "compiler": said("cc", "--version").split("\n")[0], "wrk": said("wrk", "--version").split("\n")[0],
        "load_before": os.getloadavg()[0],
    }


def number(value, digits=0):
    return "" if value is None else f"{value:,.{digits}f}"


def ms(us):
    return "" if us is None else f"{us / 1000:.1f}"


def cores(row):
    used = row.get("cores")
    return " / ".join(f"{used[k]:.2f}" for k in ("server", "database", "load", "others")) if used else ""


def judge(row):
    """Sets row["verdict"]: met, not met, or empty when there is no target."""
    target = row.get("target")
    if not target:
        row["verdict"] = ""
        return
    column, comparison, bound = target
    held = row[column] >= bound if comparison == ">=" else row[column] <= bound
    row["verdict"] = "met" if held else "**not met**"


def speed_table(rows):
    yield ("| request | connections | requests/s | p50 ms | p99 ms | engine's limit /s | share | target | | "
           "how the limit was found | CPU µs a request: ours, the engine's own | "
           "cores: server / database / load / others |")
    yield "|---|--:|--:|--:|--:|--:|--:|--:|---|---|--:|---|"
    for r in rows:
        bound = f"≥ {r['target'][2]:.0%}" if r.get("target") else ""
        share = f"{r['share']:.0%}" if r.get("share") is not None else ""
        yield (f"| {r['what']} | {r['connections']} | {number(r['per_second'])} | {ms(r['p50'])} | {ms(r['p99'])} | "
               f"{number(r.get('limit'))} | {share} | {bound} | {r['verdict']} | {r.get('how', '')} | {number(r['cpu_us'])}, {number(r.get('limit_cpu_us'))} | {cores(r)} |")


def other_table(rows):
    yield "| what | measured | target | |"
    yield "|---|--:|--:|---|"
    for r in rows:
        yield f"| {r['what']} | {r['shown']} | {r['bound']} | {r['verdict']} |"


def markdown(result):
    m = result["machine"]
    yield f"# Ava against its databases' own limits, scale {result['scale']:g}"
    yield ""
    yield (f"{m['cpu']}, {m['cores']} cores ({m['virtual']}), {m['memory']} memory, disk {m['disk']}, "
           f"Linux {m['kernel']}, {m['compiler']}, {m['wrk']}. Server, database and load share these cores. "
           f"Load average before the run {m['load_before']:.1f}; {result['rounds']} rounds of {result['seconds']} s; {result['when']}.")
    for store in result["stores"]:
        sizes = ", ".join(f"{v:,} {k.replace('communication_', '')}" for k, v in store["sizes"].items())
        yield ""
        yield f"## {store['version']}"
        yield ""
        yield f"{sizes}; {store['bytes'] / 2**20:,.0f} MiB. {store['notes']}"
        yield ""
        yield from speed_table(store["speed"])
        yield ""
        yield from other_table(store["other"])


def write(result, directory):
    """Judges, writes the two files and returns the table."""
    for store in result["stores"]:
        for row in store["speed"] + store["other"]:
            judge(row)
    text = "\n".join(markdown(result)) + "\n"
    base = os.path.join(directory, f"results-{result['scale']:g}")
    os.makedirs(directory, exist_ok=True)
    with open(base + ".md", "w", encoding="utf-8") as f:
        f.write(text)
    with open(base + ".json", "w", encoding="utf-8") as f:
        json.dump(result, f, indent=1)
    return text
