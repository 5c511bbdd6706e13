#!/usr/bin/env python3
"""Runs a transcript of commands and compares what they print, and how they end, with what it says.

    # a comment
    $ astray list rulez
    2> astray: list: WHAT: 'rulez' is none of …
    [exit 2]

Lines behind a command are its standard output; "2> " marks standard error, "[exit N]" an exit status that is
not 0. A line of output that looks like one of these stands behind a backslash. How long a run took is [TIME]. The commands run one after the
other in bash, each in the same fresh copy of fixtures/. [DIR] stands for that folder, [VERSION] for the version.
With ASTRAY_UPDATE=1 in the environment the transcript is rewritten; review the difference.
"""
import argparse
import difflib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SPECIAL = re.compile(r"^(\$ |2> |\[exit \d+\]$|# |\\)")
HERE = pathlib.Path(__file__).resolve().parent


def shown(raw, prefix, folder, version):
    text = raw.decode("utf-8", "backslashreplace").replace(str(folder), "[DIR]")
    text = re.sub(r"\bin \d+\.\d\d s\b", "in [TIME] s", text)
    text = text.replace(f"astray {version}", "astray [VERSION]").replace(f'"{version}"', '"[VERSION]"')
    if not text:
        return []
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    else:
        lines[-1] += "[no line end]"
    if prefix:
        return [prefix + line if line else prefix.rstrip() for line in lines]
    return ["\\" + line if SPECIAL.match(line) else line for line in lines]


def replay(source, astray, folder):
    environment = {
        "PATH": f"{folder}/.bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        **{name: os.environ[name] for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS") if name in os.environ},
    }
    version = subprocess.run([astray, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    replayed = []
    for line in source:
        comment = line.startswith("# ")
        if not comment and not line.startswith("$ "):
            continue
        if replayed and not replayed[-1].startswith("# "):
            replayed.append("")
        if comment:
            replayed.append(line)
            continue
        done = subprocess.run(["bash", "-c", line[2:]], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=120, check=False)
        replayed.append(line)
        replayed += shown(done.stdout, "", folder, version)
        replayed += shown(done.stderr, "2> ", folder, version)
        if done.returncode != 0:
            replayed.append(f"[exit {done.returncode}]")
    return replayed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--astray", required=True)
    parser.add_argument("transcript", type=pathlib.Path)
    arguments = parser.parse_args()
    source = arguments.transcript.read_text().split("\n")
    if source and source[-1] == "":
        source.pop()
    with tempfile.TemporaryDirectory(prefix="astray-cli-") as temporary:
        folder = pathlib.Path(temporary).resolve() / "work"
        shutil.copytree(HERE / "fixtures", folder)
        (folder / ".bin").mkdir()
        (folder / ".bin" / "astray").symlink_to(os.path.abspath(arguments.astray))
        replayed = replay(source, arguments.astray, folder)
    if replayed == source:
        return 0
    if os.environ.get("ASTRAY_UPDATE") == "1":
        arguments.transcript.write_text("\n".join(replayed) + "\n")
        print(f"rewrote {arguments.transcript}")
        return 0
    sys.stdout.writelines(line + "\n" for line in difflib.unified_diff(source, replayed, "expected", "actual", lineterm=""))
    print(f"{arguments.transcript}: differs (ASTRAY_UPDATE=1 rewrites it)")
    return 1


if __name__ == "__main__":
    sys.exit(main())
