"""results/: what was seen of each client and major version. An entry of `scenarios` has what the scenario `says`, the lines `seen`, and
under `or` the lines of every further outcome of a race that is the client's own. `or` is written by hand, and --update keeps it."""
import os

import yaml

from scenario import HERE


def read_yaml(path):
    try:
        with open(path, encoding="utf-8") as text:
            return yaml.safe_load(text)
    except FileNotFoundError:
        return None


def path_of(client, version):
    return os.path.join(HERE, "results", f"{client}-{version.split('.')[0]}.yaml")


def write(path, results):
    with open(path, "w", encoding="utf-8") as out:
        out.write("# Written by run.py --update; the README says what the words mean.\n")
        yaml.safe_dump(results, out, sort_keys=False, width=120, allow_unicode=True)


def outcomes(entry):
    """Each as lines, all of them legitimate."""
    return [entry["seen"], *entry.get("or", [])]


def entry_of(says, rows, known):
    """What --update writes, where `known` (or None) was written before: one outcome of a race does not replace the others."""
    known = known or {"seen": rows}
    further = {"or": known["or"]} if "or" in known else {}
    return {"says": says, "seen": known["seen"] if rows in outcomes(known) else rows, **further}


def changes(known, seen):
    """Lines about what `known` has otherwise than it was now seen."""
    before = known.get("scenarios", {})
    for name, rows in seen["scenarios"].items():
        if name not in before:
            yield f"{name}: results/ has nothing of it, now {rows['seen']}"
        elif rows["seen"] not in outcomes(before[name]):
            yield f"{name}: results/ has {' or '.join(map(str, outcomes(before[name])))}, now {rows['seen']}"
    for profile, parts in seen["proof"].items():
        lost = set(known.get("proof", {}).get(profile, {}).get("shown", [])) - set(parts["shown"])
        if lost:
            yield f"no scenario would notice any more if {profile} lost {', '.join(sorted(lost))}"
