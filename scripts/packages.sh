# Sourced by ./run and ./test: installs the Debian packages that are missing. Nothing is asked of the network,
# and no root is needed, when all of them are there.

BUILD_PACKAGES=(
  g++ cmake ninja-build pkg-config lld ccache
  libssl-dev libfmt-dev libexpected-dev libyaml-cpp-dev libpcre2-dev libidn2-dev libcli11-dev libsimdjson-dev
  libnghttp2-dev libc-ares-dev zlib1g-dev libbrotli-dev libsqlite3-dev libzstd-dev liburiparser-dev libtomlplusplus-dev libnats-dev
)
TEST_PACKAGES=(
  clang libclang-rt-14-dev llvm-14
  libgtest-dev openssl python3 python3-jsonschema python3-yaml
  man-db groff-base bash zsh fish
  dpkg-dev fakeroot file  # tests/gateway: the Debian package
  chromium chromium-driver python3-selenium  # tests/probe_page
  python3-openssl python3-aiosmtpd python3-pyftpdlib valgrind  # tests/bad_peers
  firefox-esr libnss3-tools nodejs curl iproute2  # tests/ladders, tests/fetch
  libcapnp-0.9.2 libcctz2 libcpuinfo0 libdouble-conversion3 libfarmhash0 libicu72 libmariadb3 libmetrohash1 libre2-9 librdkafka1  # tests/watch_outlets: ClickHouse
  libboost-filesystem1.74.0 libboost-program-options1.74.0 liblz4-1 libpocodata80 libpocodataodbc80 libpocofoundation80
  libpocomongodb80 libpoconet80 libpoconetssl80 libpocoutil80 libpocoxml80
  tshark tcpdump zstd  # tests/explain; tshark also brings editcap
  # For the real servers of tests/differential, which are unpacked, not installed:
  python3-h2 libapr1 libaprutil1 libbrotli1 libcurl4 libjansson4 liblua5.3-0 libnghttp2-14 libxml2
  libc-ares2 libcap2 libcrypt1 libev4 libgcrypt20 libhwloc15 libjemalloc2 liblzma5 libopentracing-c-wrapper0 libpcre2-8-0 libpcre3
  libudev1 libyaml-0-2 libyaml-cpp0.7 libzstd1 zlib1g
)

# say TEXT…: what is being done, on stderr: stdout belongs to the results.
say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }

install_packages() {
  local missing=() package
  for package in "$@"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || { echo "These packages are missing and neither root nor sudo is there to install them: ${missing[*]}" >&2; return 1; }
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

# configure PRESET: once, and again when the presets changed; CMake itself notices all other changes.
configure() {
  [[ build/$1/build.ninja -nt CMakePresets.json ]] || { say "configuring build/$1"; cmake --preset "$1" >&2; touch "build/$1/build.ninja"; }
}
