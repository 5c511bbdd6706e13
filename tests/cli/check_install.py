#!/usr/bin/env python3
"""Installs a build into an empty folder and looks whether everything is in its place and works from there."""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cmake", required=True)
    parser.add_argument("--build", required=True)
    arguments = parser.parse_args()
    failures = []
    with tempfile.TemporaryDirectory(prefix="astray-install-") as temporary:
        root = pathlib.Path(temporary)
        installed = subprocess.run([arguments.cmake, "--install", arguments.build, "--prefix", temporary],
                                   capture_output=True, text=True, check=False)
        if installed.returncode != 0:
            print(installed.stdout + installed.stderr)
            return 1
        overview = subprocess.run([root / "bin" / "astray", "--help"], capture_output=True, text=True, check=True).stdout
        commands = re.findall(r"^  ([a-z]+) ", overview.split("\nCommands\n")[1].split("\n\n")[0], re.M)
        expected = {"bin/astray", "share/man/man1/astray.1", "share/bash-completion/completions/astray",
                    "share/zsh/site-functions/_astray", "share/fish/vendor_completions.d/astray.fish",
                    *(f"share/astray/schema/{name}.schema.json" for name in ("audit", "audit-comparison", "explain", "gateway", "gateway-log", "gateway-state", "history", "predict", "probe", "trace", "watch", "watch-api", "watch-event", "watch-round")),
                    *(f"share/man/man1/astray-{command}.1" for command in commands)}
        source = pathlib.Path(__file__).resolve().parents[2] / "src" / "library" / "include"
        expected |= {f"include/{header.relative_to(source)}" for header in source.rglob("*.h")}
        library = next(root.glob("lib*/**/libastray.so.0")).parent.relative_to(root)
        cmake = {path.name for path in root.glob("lib*/**/astrayTargets-*.cmake")}  # named after the build type
        expected |= {f"{library}/{name}" for name in ("libastray.so", "libastray.so.0", "libastray.so.0.1.0", "pkgconfig/astray.pc",
                     *(f"cmake/astray/astray{part}.cmake" for part in ("Config", "ConfigVersion", "Targets")),
                     *(f"cmake/astray/{name}" for name in cmake))}
        found = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
        failures += [f"not installed: {path}" for path in sorted(expected - found)]
        failures += [f"installed without need: {path}" for path in sorted(found - expected)]
        failures += [f"empty: {path}" for path in sorted(found) if (root / path).stat().st_size == 0]
    for failure in failures:
        print(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
