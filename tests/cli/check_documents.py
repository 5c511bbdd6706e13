#!/usr/bin/env python3
"""Holds help, manual pages and completions against each other and against the programs that read them.

groff must render every page without a warning, a real bash must complete what the scripts promise; zsh, fish and
mandoc are used where they are installed.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

FAILURES = []


def expect(condition, message):
    if not condition:
        FAILURES.append(message)


def output(*command, text=None):
    done = subprocess.run(command, capture_output=True, input=text, text=True, check=False,
                          env={**os.environ, "LANG": "C.UTF-8", "COLUMNS": "100"})
    return done.returncode, done.stdout, done.stderr


def commands_of(astray):
    """Names from the overview; options and operands from each command's help."""
    overview = output(astray, "--help")[1]
    block = overview.split("\nCommands\n")[1].split("\n\n")[0]
    names = re.findall(r"^  ([a-z]+) ", block, re.M)
    expect(len(names) >= 9, f"the overview shows the commands: {names}")
    described = {}
    for name in names:
        status, text, _ = output(astray, name, "--help")
        expect(status == 0, f"{name} --help ends with {status}")
        for part in ("Usage", "Examples", "Exit status"):
            expect(f"\n{part}\n" in text, f"{name} --help has a part {part}")
        expect(re.search(rf"^    .*astray.*", text.split("\nExamples\n")[1], re.M), f"{name} --help has an example")
        described[name] = set(re.findall(r"^  (?:-[A-Za-z0-9], )?(--[a-z0-9.-]+)", text, re.M))
        expect(output(astray, "help", name)[1] == text, f"help {name} says the same as {name} --help")
    return described


def check_manual(astray, described):
    for page in [None, *described]:
        text = output(astray, "man", *([page] if page else []))[1]
        where = f"man {page or ''}"
        expect(text.startswith(".TH "), f"{where}: begins with .TH")
        for tool, words in (("groff", ["-man", "-ww", "-z", "-Tutf8", "-Kutf8"]), ("mandoc", ["-T", "lint", "-W", "warning"])):
            if not shutil.which(tool):
                expect(tool != "groff", "groff is needed to check the manual pages")
                continue
            _, out, err = output(tool, *words, text=text)
            expect(not (out + err).strip(), f"{where}: {tool} complains: {(out + err)[:500]}")
        for option in described.get(page, set()):
            expect(option.replace("-", "\\-") in text, f"{where}: has {option}")
        if page is None:
            for name in described:
                expect(f"astray\\-{name} (1)" in text, f"{where}: names astray-{name}(1)")


BASH = r"""
source "$1"
complete -p astray >/dev/null || exit 9
COMP_WORDS=("${@:2}")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_astray
printf '%s\n' "${COMPREPLY[@]}"
"""


def check_bash(astray, described, folder):
    script = folder / "astray.bash"
    script.write_text(output(astray, "completion", "bash")[1])
    expect(output("bash", "-n", str(script))[0] == 0, "bash reads its completion script")

    def complete(*words):
        done = subprocess.run(["bash", "--norc", "-c", BASH, "bash", str(script), "astray", *words], capture_output=True,
                              text=True, check=False, cwd=folder)
        expect(not done.stderr, f"bash completion of {words}: {done.stderr}")
        return set(done.stdout.split("\n")) - {""}

    expect(complete("") == set(described), f"bash completes the commands: {complete('')}")
    expect(complete("aud") == {"audit"}, "bash completes a part of a command")
    for name, options in described.items():
        expect(complete(name, "--") == options, f"bash completes the options of {name}: {complete(name, '--') ^ options}")
    formats = {"human", "json", "jsonl", "sarif", "junit", "github", "dot", "mermaid", "html"}
    expect(complete("audit", "--format", "") == formats, "bash completes the values of --format")
    expect(complete("audit", "--format", "=", "js") == {"json", "jsonl"}, "bash completes --format=js")
    expect(complete("audit", "--color", "a") == {"auto", "always"}, "bash completes a common option's values")
    expect(complete("--color", "always", "audit", "--fail-on", "w") == {"warning"}, "bash finds the command behind --color")
    expect({"curl", "okhttp"} <= complete("audit", "--client", ""), "bash completes clients")
    expect("curl,okhttp" in complete("audit", "--client", "curl,ok"), "bash completes lists")
    expect(complete("list", "re") == {"reasons"}, "bash completes what is listed")
    expect(complete("completion", "") == {"bash", "zsh", "fish"}, "bash completes shells")
    expect({"certificate-gap", "AST001"} <= complete("explain", ""), "bash completes rules and reasons")
    expect(complete("man", "pre") == {"predict"}, "bash completes commands as operands")
    (folder / "my file.conf").write_text("")
    (folder / "my folder").mkdir()
    expect({"my file.conf", "my folder"} <= complete("audit", "my"), "bash completes paths with blanks")
    expect(complete("audit", "--prefix", "my") == {"my folder"}, "bash completes folders")
    expect(complete("audit", "--dns", "my f") >= {"my file.conf"}, "bash completes files of an option")


def check_others(astray, described, folder):
    for shell, option in (("zsh", "-n"), ("fish", "--no-execute")):
        text = output(astray, "completion", shell)[1]
        script = folder / f"astray.{shell}"
        script.write_text(text)
        if shutil.which(shell):
            status, _, err = output(shell, option, str(script))
            expect(status == 0, f"{shell} reads its completion script: {err}")
        for name, options in described.items():
            expect(re.search(rf"\b{name}\b", text), f"{shell} completion has {name}")
            for one in options:
                spelled = one if shell == "zsh" else f"-l {one[2:]} "
                expect(spelled in text, f"{shell} completion has {one}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--astray", required=True)
    parser.add_argument("--source", type=pathlib.Path)
    astray = os.path.abspath(parser.parse_args().astray)
    described = commands_of(astray)
    with tempfile.TemporaryDirectory(prefix="astray-documents-") as temporary:
        folder = pathlib.Path(temporary)
        check_manual(astray, described)
        check_bash(astray, described, folder)
        check_others(astray, described, folder)
    for failure in FAILURES:
        print(failure)
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
