#!/usr/bin/env python3
"""The units of packaging/ are what systemd understands, the service is confined, and logrotate takes its snippet.
What is not installed here is passed over, and said."""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

# Of systemd-analyze security, from 0 (confined) to 10.
MOST_EXPOSURE = 2.0


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def check_units(packaging, folder):
    """Verified where systemd would find them, with a program that is there."""
    for unit in packaging.glob("astray-gateway.s*"):
        (folder / unit.name).write_text(unit.read_text().replace("/usr/bin/astray ", "/bin/true "))
    wrong = []
    for name in ("astray-gateway.service", "astray-gateway.socket"):
        verified = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(folder / name))
        said = [line for line in (verified.stdout + verified.stderr).splitlines() if "astray" in line]
        if verified.returncode != 0 or said:
            wrong.append("\n".join([f"systemd-analyze verify {name}:", *said, verified.stderr]))
    return wrong


def check_confinement(packaging):
    judged = run("systemd-analyze", "security", "--offline=true", f"--threshold={int(MOST_EXPOSURE * 10)}", "--no-pager",
                 str(packaging / "astray-gateway.service"))
    if judged.returncode != 0:
        return [judged.stdout[-4000:] + judged.stderr]
    return []


def check_logrotate(packaging, folder):
    snippet = folder / "logrotate.conf"
    snippet.write_text((packaging / "astray-gateway.logrotate").read_text().replace("astray adm", "root root"))
    snippet.chmod(0o644)
    checked = run("logrotate", "--debug", "--state", str(folder / "state"), str(snippet))
    return [checked.stderr] if checked.returncode != 0 or "error:" in checked.stderr else []


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    packaging = parser.parse_args().source / "packaging"
    wrong = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if shutil.which("systemd-analyze"):
            wrong += check_units(packaging, folder) + check_confinement(packaging)
        else:
            print("systemd-analyze is not installed: the units were not verified")
        if shutil.which("logrotate"):
            wrong += check_logrotate(packaging, folder)
        else:
            print("logrotate is not installed: its snippet was not checked")
    print(*wrong, sep="\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
