#!/usr/bin/env bash
# Installs what building and testing spikec needs and is not there yet; does nothing, quickly, when all is there.
# Swift itself is only checked for. Usage: install-dependencies.sh [PURPOSE]: also what a purpose needs; that is `test` (for the
# tests on other processors and several ranks, on Debian), `bench`, `microcontroller` or `arm` (on Debian).
set -euo pipefail

readonly minimum_swift=6.2
readonly purpose=${1-}

fail() {
  printf 'error: %s\n' "$1" >&2
  shift
  if (($# > 0)); then printf '       %s\n' "$@" >&2; fi
  exit 1
}

check_swift() {
  local where="get Swift $minimum_swift or later from https://www.swift.org/install and put its bin folder on PATH"
  command -v swift >/dev/null || fail "swift was not found" "$where"
  local version
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
  [[ -n $version ]] || fail "'swift --version' did not print a Swift version" "$where"
  [[ $(printf '%s\n' "$minimum_swift" "$version" | sort -V | head -n 1) == "$minimum_swift" ]] ||
    fail "Swift $version is too old" "$where"
}

# Whether the purpose is one of these.
is_for() { [[ " $* " == *" $purpose "* ]]; }
has_command() { command -v "$1" >/dev/null; }
has_library() { has_command pkg-config && pkg-config --exists "$1"; }

# What is missing, as packages of Debian (first argument "apt") or of Homebrew ("brew").
missing_packages() {
  local system=$1
  need() { if [[ $system == apt ]]; then echo "$1"; else echo "$2"; fi; }
  has_command git || need git git
  has_command make || need make make
  has_command gcc || need "gcc libc6-dev" gcc
  has_command pkg-config || need pkg-config pkgconf
  has_library hdf5-serial || has_library hdf5 || need libhdf5-dev hdf5
  has_library openblas || need libopenblas-dev openblas
  has_library libzip || need libzip-dev libzip
  has_library zlib || need zlib1g-dev zlib
  has_library libprotobuf-c || need libprotobuf-c-dev protobuf-c
  has_command protoc-c || need protobuf-c-compiler protobuf-c
  ! is_for test bench || python3 -c 'import ensurepip, venv' 2>/dev/null ||
    need "python3 python3-venv" python3
  if is_for microcontroller || { is_for test && [[ $system == apt ]]; }; then
    has_command arm-none-eabi-gcc || need "gcc-arm-none-eabi libnewlib-arm-none-eabi" gcc-arm-embedded
    has_command qemu-system-arm || need qemu-system-arm qemu
    has_command python3 || need python3 python3
  fi
  if is_for test bench && [[ $system == apt ]]; then
    has_command mpicc || need "openmpi-bin libopenmpi-dev" open-mpi
  fi
  if is_for test arm && [[ $system == apt ]]; then
    has_command aarch64-linux-gnu-gcc || need "gcc-aarch64-linux-gnu libc6-dev-arm64-cross" ""
    has_command qemu-aarch64 || need qemu-user qemu
    has_command python3 || need python3 python3
  fi
  ! is_for test || has_command cmake || need cmake cmake
  ! is_for test || has_command clang || need clang llvm
}

install_with_apt() {
  local as_root=()
  if [[ $(id -u) -ne 0 ]]; then
    has_command sudo || fail "missing: $*" "install them as root: apt-get install $*"
    as_root=(sudo)
  fi
  echo "Installing $*"
  "${as_root[@]+"${as_root[@]}"}" apt-get update -qq
  "${as_root[@]+"${as_root[@]}"}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "$@"
}

main() {
  check_swift
  local packages
  if has_command apt-get; then
    packages=$(missing_packages apt)
    # shellcheck disable=SC2086  # one word a package
    [[ -z $packages ]] || install_with_apt $packages
  else
    # Homebrew keeps these two out of pkg-config's usual folders.
    if has_command brew; then
      export PKG_CONFIG_PATH="$(brew --prefix)/opt/openblas/lib/pkgconfig:$(brew --prefix)/opt/zlib/lib/pkgconfig:${PKG_CONFIG_PATH-}"
    fi
    packages=$(missing_packages brew | tr '\n' ' ')
    [[ -z $packages ]] || fail "missing, by their Homebrew names: $packages" \
      "on macOS:       brew install $packages" \
      "on Debian-like: this script installs them" \
      "elsewhere:      install gcc, make, git, pkg-config and the development files of hdf5, openblas, libzip, zlib, protobuf-c"
  fi
}

main
