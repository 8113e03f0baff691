#!/bin/sh
# Makes .venv with everything the platform needs, from a Python that is already there and nothing else.
# Called by make; POSIX sh only, no GNU tools. Everything is wheels pinned by uv.lock; nothing is compiled.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

give_up() {
    say "$1"
    say '  Debian, Ubuntu:  sudo apt install python3 python3-venv'
    say '  Fedora, RHEL:    sudo dnf install python3.12'
    say '  macOS:           brew install python@3.12'
    exit 2
}

not_here() {
    say "Sovinto runs on Linux with glibc 2.28 or newer and on macOS 11 or newer, on x86-64 and arm64; this is $1."
    say 'Elsewhere use the containers: see deploy/ in README.md.'
    exit 2
}

case "$(uname -s)" in
    Linux | Darwin) ;;
    *) not_here "$(uname -s)" ;;
esac

suitable='import sys, venv, ensurepip
sys.exit(sys.version_info < (3, 11))'
found=
for python in ${SOVINTO_PYTHON:-python3.14 python3.13 python3.12 python3.11 python3}; do
    if "$python" -I -c "$suitable" >/dev/null 2>&1; then
        found=$python
        break
    fi
done
[ -n "$found" ] || give_up 'Sovinto needs Python 3.11 or newer with its venv module. Install it, then run make again:'

system='import os, platform, sys
libc, version = platform.libc_ver()
old = libc == "glibc" and tuple(map(int, version.split(".")[:2])) < (2, 28)
if platform.machine().lower() not in ("x86_64", "amd64", "aarch64", "arm64"):
    print(platform.machine())
elif sys.platform == "linux" and (libc != "glibc" or old):
    print("Linux with", libc or "another libc", version)'
other=$("$found" -I -c "$system")
[ -z "$other" ] || not_here "$other"

# A half made .venv, or one whose Python has gone, is made again.
if ! .venv/bin/python -I -c "$suitable" >/dev/null 2>&1 || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    say "Setting up .venv with $("$found" --version)."
    "$found" -m venv --clear .venv || give_up 'Python could not make .venv. Install its venv module:'
fi

export PIP_DISABLE_PIP_VERSION_CHECK=1
export UV_PYTHON_DOWNLOADS=never UV_PYTHON="$PWD/.venv/bin/python" UV_PROJECT_ENVIRONMENT="$PWD/.venv"
export UV_NO_PROGRESS=1
unset VIRTUAL_ENV PYTHONPATH PYTHONHOME
[ -z "${PIP_INDEX_URL:-}" ] || export UV_DEFAULT_INDEX="$PIP_INDEX_URL"
[ -z "${PIP_CERT:-}" ] || export SSL_CERT_FILE="${SSL_CERT_FILE:-$PIP_CERT}"
# A home folder that cannot be written to is no hindrance.
if ! mkdir -p "${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}" 2>/dev/null ||
    ! [ -w "${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}" ]; then
    export UV_NO_CACHE=1 PIP_NO_CACHE_DIR=1
fi

.venv/bin/python -m pip install --quiet --only-binary :all: 'uv>=0.13,<1'
# The project itself is not installed, for that would build it: the command below finds it where it lies.
sync() { UV_SYSTEM_CERTS=$1 .venv/bin/uv sync --quiet --frozen --no-build --no-install-project --inexact; }
# Some networks are known only to the system's own list of certificates, and some systems have no such list.
sync 0 2>/dev/null || sync 1

quoted=$(.venv/bin/python -I -c 'import os, shlex; print(shlex.quote(os.getcwd()))')
rm -f .venv/bin/sovinto
cat >.venv/bin/sovinto <<END
#!/bin/sh
# Made by deploy/setup.sh: runs the command of this clone, from wherever it is called.
PYTHONPATH=$quoted\${PYTHONPATH:+:\$PYTHONPATH}
export PYTHONPATH
exec $quoted/.venv/bin/python -c 'from deploy.cli.main import app; app(prog_name="sovinto")' "\$@"
END
chmod +x .venv/bin/sovinto
: >.venv/.setup-done
