#!/usr/bin/env python3
"""Installs a build into an empty folder and uses the library from there as a stranger would: exported symbols, C99,
find_package, pkg-config, and the examples in C++, C and Python against a server on loopback."""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import h2_site

FAILURES = []


def run(command, **options):
    """Its output; a failure is noted."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, timeout=240, **options)
    if done.returncode != 0:
        FAILURES.append(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def expect(what, actual, expected):
    if actual != expected:
        FAILURES.append(f"{what}:\n  expected {expected!r}\n  got      {actual!r}")


def check_symbols(library, header):
    """All that astray.h declares and astray::http, and nothing else."""
    lines = run(["nm", "--dynamic", "--defined-only", "--demangle", "--without-symbol-versions", library]).splitlines()
    names = [line.split(" ", 2)[2] for line in lines]
    functions = {name for name in names if re.fullmatch(r"astray_\w+", name)}
    declared = set(re.findall(r"^ASTRAY_API .*?\b(astray_\w+)\(", header.read_text(), re.M))
    expect("functions exported without being declared in astray.h", functions - declared, set())
    expect("functions declared in astray.h and not exported", declared - functions, set())
    api = re.compile(r"(?:(?:vtable|typeinfo|typeinfo name) for )?astray::http::[\w:~]|ASTRAY_0$")
    strangers = [name for name in names if name not in functions and not api.match(name)]
    expect("exported symbols that are not the library's interface", strangers, [])
    hidden = [name for name in names if re.search(r"::(Impl|Pipe|Link)::|^astray::http::(RunningFetch|IoLink|FetchTable)::", name)]
    expect("exported parts that the headers do not show", hidden, [])


def check_headers(prefix, compilers, folder):
    """No header names what is not the standard's or ours, and each can be included alone."""
    include = prefix / "include"
    for header in sorted(include.rglob("*.h")):
        name = header.relative_to(include)
        for included in re.findall(r'^#include [<"]([^>"]+)', header.read_text(), re.M):
            if not (included.startswith("astray/") or re.fullmatch(r"[a-z_]+|std(int|def)\.h", included)):
                FAILURES.append(f"{name} includes {included}")
        source = folder / ("alone.c" if str(name) == "astray.h" else "alone.cc")
        source.write_text(f"#include <{name}>\nint main(void) {{ return 0; }}\n")
        for c, cxx in compilers:
            flags = [c, "-std=c99"] if source.suffix == ".c" else [cxx, "-std=c++20"]
            run([*flags, "-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{include}", source])


def build_with_cmake(arguments, prefix, folder):
    run([arguments.cmake, "-S", arguments.examples, "-B", folder, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}",
         f"-DCMAKE_CXX_COMPILER={arguments.cxx}", f"-DCMAKE_C_COMPILER={arguments.cc}"])
    run([arguments.cmake, "--build", folder])


def build_with_pkg_config(arguments, prefix, folder):
    environment = {**os.environ, "PKG_CONFIG_PATH": str(next(prefix.rglob("astray.pc")).parent)}
    flags = run(["pkg-config", "--cflags", "--libs", "astray"], env=environment).split()
    run([arguments.cxx, "-std=c++20", arguments.examples / "fetch.cc", *flags, "-o", folder / "fetch_cc"])
    run([arguments.cc, "-std=c99", "-pedantic", "-Wall", "-Werror", arguments.examples / "fetch.c", *flags, "-o", folder / "fetch_c"])


def main():
    parser = argparse.ArgumentParser()
    for name in ("cmake", "build", "cc", "cxx"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--examples", required=True, type=pathlib.Path)
    parser.add_argument("--valgrind")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="astray-library-") as temporary:
        folder = pathlib.Path(temporary)
        prefix = folder / "prefix"
        run([arguments.cmake, "--install", arguments.build, "--component", "library", "--prefix", prefix])
        library = next(prefix.rglob("libastray.so.0"))
        check_symbols(library, prefix / "include" / "astray.h")
        check_headers(prefix, [("gcc", "g++"), ("clang", "clang++")], folder)
        (folder / "by_cmake").mkdir()
        (folder / "by_pkg_config").mkdir()
        build_with_cmake(arguments, prefix, folder / "by_cmake")
        build_with_pkg_config(arguments, prefix, folder / "by_pkg_config")

        with h2_site.Site(folder, ["a.test", "b.test"]) as site:
            urls = [f"https://{name}:{site.port}/{name}" for name in ("a.test", "a.test", "b.test")]
            words = [f"ca_file={site.ca_file}", *(f"resolve={name}:{site.port}:127.0.0.1" for name in ("a.test", "b.test")), *urls]
            expected = "".join(f"{url}: 200, 17 bytes, connection 1 ({carriage})\n"
                               for url, carriage in zip(urls, ("opened", "reused", "coalesced")))
            environment = {**os.environ, "LD_LIBRARY_PATH": str(library.parent)}
            for program in sorted(folder.glob("by_*/fetch_*")):
                if program.is_file() and program.suffix == "":
                    expect(f"{program.parent.name}/{program.name}", run([program, *words], env=environment), expected)
                    if arguments.valgrind and program.parent.name == "by_cmake":
                        check = [arguments.valgrind, "--quiet", "--leak-check=full", "--error-exitcode=99"]
                        expect(f"valgrind {program.name}", run([*check, program, *words], env=environment), expected)
            expect("fetch.py", run([sys.executable, arguments.examples / "fetch.py", *words], env=environment), expected)
            bad = subprocess.run([folder / "by_cmake" / "fetch_c", "coalescing=sometimes", "nowhere"], env=environment,
                                 capture_output=True, text=True, check=False)
            expect("an option that does not exist", "'sometimes' is none of 'off', 'strict'" in bad.stderr, True)
    return 1 if FAILURES else 0


if __name__ == "__main__":
    try:
        code = main()
    finally:
        print(*FAILURES, sep="\n")
    sys.exit(code)
