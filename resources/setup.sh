#!/bin/sh
# Makes this checkout ready to run: the .venv with the dependencies and, on Debian and Ubuntu, the
# system packages that Qt and the tests need. `make run`, `make test` and .ci/run call it.
#
#   sh resources/setup.sh run               what `make run` needs
#   sh resources/setup.sh test              that, and what `make test` needs
#   sh resources/setup.sh install NAME...   these Debian packages, where they are missing
#
# It writes only below .venv, prints in short lines what it does, and nothing when there is
# nothing to do. The output of pip and apt goes to .venv/setup.log. See docs/decisions/0020-setup.md.
# PYTHON=... in the environment chooses the interpreter.

set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
cd "$root"
venv=.venv
log=$venv/setup.log

# What the xcb and offscreen platforms of Qt load, beyond what a bare system has.
qt_packages='libegl1 libgl1 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1
    libglib2.0-0 libx11-xcb1 libxcb1 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1
    libxcb-randr0 libxcb-render0 libxcb-render-util0 libxcb-shape0 libxcb-shm0 libxcb-sync1
    libxcb-xfixes0 libxcb-xinerama0 libxcb-xkb1'
# What the tests use on top: they check the menu entry and open the window on a virtual screen.
test_packages='desktop-file-utils xdotool xvfb'

report() {
    printf '%s\n' "==> $*"
}

fail() {
    printf '%s\n' "ServeDeck: $*" >&2
    exit 1
}

fail_with_log() {
    printf '%s\n' "ServeDeck: $* The end of $root/$log:" >&2
    tail -n 15 "$log" | sed 's/^/    /' >&2
    exit 1
}

# ---------------------------------------------------------------------------------------------
# System packages

on_debian() {
    command -v dpkg-query >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1
}

# Prints those of the given packages that are not installed. A package counts as installed, too,
# when an installed one provides it: libglib2.0-0t64 is libglib2.0-0 on newer releases.
missing_packages() {
    dpkg-query -W -f '${db:Status-Status}|${Architecture}|${Package}|${Provides}\n' |
        awk -F '|' -v arch="$(dpkg --print-architecture)" -v wanted="$(echo "$@")" '
            $1 == "installed" && ($2 == arch || $2 == "all") {
                have[$3] = 1
                count = split($4, provided, /, */)
                for (i = 1; i <= count; i++) {
                    sub(/ .*/, "", provided[i])
                    have[provided[i]] = 1
                }
            }
            END {
                count = split(wanted, names, " ")
                for (i = 1; i <= count; i++) if (!(names[i] in have)) print names[i]
            }'
}

# Prints the names under which apt can install the given packages: those that it has no candidate
# for are looked for with the suffix of the 64-bit time_t transition.
installable_names() {
    for name in "$@"; do
        case $(LC_ALL=C apt-cache policy "$name" 2>/dev/null) in
            *'Candidate: (none)'* | '')
                case $(LC_ALL=C apt-cache policy "${name}t64" 2>/dev/null) in
                    *'Candidate: (none)'* | '') echo "$name" ;;
                    *) echo "${name}t64" ;;
                esac
                ;;
            *) echo "$name" ;;
        esac
    done
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    elif ! command -v sudo >/dev/null 2>&1; then
        return 1
    elif [ -t 0 ]; then
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    else # nobody there to type a password
        sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
    fi
}

may_become_root() {
    [ "$(id -u)" -eq 0 ] ||
        { command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; }
}

# Installs the given packages. 0: done, 1: not allowed to, 2: tried in vain (the log shows why).
apt_install() {
    may_become_root || return 1
    if [ "$(id -u)" -eq 0 ]; then
        report "Installing $# system packages with apt"
    else
        report "Installing $# system packages with apt (sudo may ask for your password)"
    fi
    echo "$*" >>"$log"
    # A package list that is out of date, or warnings about one source, need not be in the way.
    as_root apt-get -o DPkg::Lock::Timeout=120 update >>"$log" 2>&1 ||
        report "apt-get update reported problems; trying with the package lists that are there"
    # shellcheck disable=SC2046 # one word per package
    as_root apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends \
        $(installable_names "$@") >>"$log" 2>&1 || return 2
}

apt_command() {
    echo "sudo apt-get update && sudo apt-get install -y $*"
}

# ---------------------------------------------------------------------------------------------
# The interpreter

# Prints "VERSION PATH" when the command is a Python that works.
python_version() {
    "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3], sys.executable)' 2>/dev/null
}

is_recent() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null
}

makes_venvs() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null
}

# Sets $python. One that can make a virtual environment wins over a newer one that cannot.
choose_python() {
    if [ -n "${PYTHON:-}" ]; then
        found=$(python_version "$PYTHON") || fail "PYTHON=$PYTHON is no Python that works here."
        is_recent "$PYTHON" || fail "Python 3.10 or newer is needed, and PYTHON=$PYTHON is ${found%% *}."
        python=$PYTHON
        return
    fi
    python=
    seen=
    for candidate in python3.13 python3.12 python3.11 python3.10 python3; do
        found=$(python_version "$candidate") || continue
        if ! is_recent "$candidate"; then
            seen=$found
        elif makes_venvs "$candidate"; then
            python=$candidate
            return
        else
            python=${python:-$candidate}
        fi
    done
    [ -z "$python" ] || return 0
    [ -z "$seen" ] || fail "Python 3.10 or newer is needed, and ${seen#* } is ${seen%% *}." \
        "Name a newer one with: make run PYTHON=/path/to/python"
    fail "Python 3.10 or newer is needed, and there is none." \
        "On Debian or Ubuntu: $(apt_command python3 python3-venv)"
}

# Prints the package that gives $python its venv module, where apt has one.
venv_package() {
    case $("$python" -c 'import sys; print(sys.executable)') in
        /usr/bin/*) "$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])' ;;
        *) ;;
    esac
}

# ---------------------------------------------------------------------------------------------
# The steps

# .venv works, is recent enough, was made here, and with the interpreter that PYTHON asks for.
venv_is_good() {
    [ -x $venv/bin/python ] || return 1
    $venv/bin/python -c '
import sys
from importlib.util import find_spec
sys.exit(sys.version_info < (3, 10) or find_spec("pip") is None)' 2>/dev/null || return 1
    if [ -f $venv/servedeck-home ] && [ "$(cat $venv/servedeck-home)" != "$root" ]; then
        return 1 # moved or copied: the scripts in it point to the old place
    fi
    if [ -n "${PYTHON:-}" ]; then
        base='import sys; print(sys.base_prefix, sys.version)'
        [ "$("$PYTHON" -c "$base" 2>&1)" = "$($venv/bin/python -c "$base")" ] || return 1
    fi
}

fresh_log() {
    mkdir -p $venv
    : >$log
}

install_system_packages() { # $1: run or test
    if ! on_debian; then
        [ "$1" = run ] || for tool in desktop-file-validate xdotool Xvfb; do
            command -v $tool >/dev/null 2>&1 ||
                report "The tests need $tool: install it with your package manager"
        done
        return 0
    fi
    wanted=$qt_packages
    [ "$1" = run ] || wanted="$wanted $test_packages"
    [ -z "$python_package" ] || wanted="$python_package $wanted"
    missing=$(missing_packages $wanted)
    [ -n "$missing" ] || return 0
    result=0
    apt_install $missing || result=$?
    if [ $result -eq 0 ]; then
        return 0
    elif [ -n "$python_package" ]; then
        reason="$python cannot make a virtual environment yet."
    elif [ "$1" = test ]; then
        reason="the tests need system packages that are missing."
    else
        # The terminal server works without them, so this is not the end.
        system_is_ready=no
        report "The window needs system packages that are missing. Run: $(apt_command $missing)"
        return 0
    fi
    [ $result -eq 1 ] || fail_with_log "$reason Installing these with apt failed:" $missing
    fail "$reason Run: $(apt_command $missing)"
}

make_venv() {
    report "Creating $venv with Python $(python_version "$python" | cut -d ' ' -f 1)"
    if [ -n "$(ls -A $venv | grep -v -e '^setup\.log$' -e '^servedeck-')" ] &&
        [ ! -e $venv/pyvenv.cfg ] && [ ! -e $venv/bin/python ]; then
        fail "$root/$venv is there and is no virtual environment: move it away, then try again."
    fi
    find $venv/ -mindepth 1 -maxdepth 1 ! -name setup.log -exec rm -rf {} +
    "$python" -m venv $venv >>$log 2>&1 || fail_with_log "Creating $root/$venv failed."
}

install_dependencies() { # $1: run or test
    if [ "$1" = test ]; then
        what='.[dev]'
        report "Installing the dependencies and the test tools (the first time takes some minutes)"
    else
        what='.'
        report "Installing the dependencies (the first time takes a minute or two)"
    fi
    $venv/bin/python -m pip install --disable-pip-version-check --no-input --editable "$what" \
        >>$log 2>&1 || fail_with_log "Installing the dependencies failed."
}

# Where apt was of no help: does Qt find everything it loads?
check_qt() {
    lacking=$($venv/bin/python - <<'EOF'
import pathlib, re, subprocess
from importlib.util import find_spec

home = pathlib.Path(next(iter(find_spec("PySide6").submodule_search_locations)))
files = [home / "Qt/lib/libQt6Widgets.so.6", home / "Qt/plugins/platforms/libqxcb.so"]
try:
    outputs = [subprocess.run(["ldd", str(f)], capture_output=True, text=True).stdout for f in files]
    print(*sorted(set(re.findall(r"(\S+) => not found", "".join(outputs)))))
except OSError:
    pass
EOF
    ) || lacking=
    if [ -n "$lacking" ]; then
        system_is_ready=no
        report "The window needs libraries that are missing; your package manager has them: $lacking"
    fi
}

# What the set-up depends on. Its two parts, the system's packages and Python's, leave it in a
# stamp when they are done: who may not install system packages still gets a quick second start.
key() {
    cat pyproject.toml resources/setup.sh | cksum
}

has_stamp() { # $1: system or python, $2: run or test; the larger set-up serves the smaller one
    for stamp in "$venv/servedeck-$1-test" "$venv/servedeck-$1-run"; do
        [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(key)" ] && return 0
        [ "$2" = run ] || return 1
    done
    return 1
}

is_set_up() {
    has_stamp system "$1" && has_stamp python "$1" && venv_is_good
}

set_up() { # $1: run or test
    is_set_up "$1" && return
    # One at a time: a second one waits here, then finds everything done.
    if command -v flock >/dev/null 2>&1; then
        exec 9<.
        flock -n 9 || { report "Waiting for the set-up that is already running"; flock 9; }
        is_set_up "$1" && return
    fi
    fresh_log
    system_is_ready=yes
    python_package=
    if venv_is_good; then
        python=$venv/bin/python
    else
        choose_python
        report "Setting up ServeDeck in $root (Python: $(command -v "$python"))"
        if ! makes_venvs "$python"; then
            ! on_debian || python_package=$(venv_package)
            [ -n "$python_package" ] || fail "$python has no venv and ensurepip module." \
                "Name another one with: make run PYTHON=/path/to/python"
        fi
    fi
    if ! has_stamp system "$1"; then
        install_system_packages "$1"
    fi
    if ! venv_is_good; then
        make_venv
    fi
    if ! has_stamp python "$1"; then
        rm -f $venv/servedeck-python-*
        install_dependencies "$1"
        printf '%s\n' "$root" >$venv/servedeck-home
        key >"$venv/servedeck-python-$1"
        report "Ready"
    fi
    [ "$system_is_ready" = no ] || check_qt
    [ "$system_is_ready" = no ] || key >"$venv/servedeck-system-$1"
}

unset PYTHONPATH PYTHONHOME PIP_USER PIP_TARGET PIP_PREFIX
case ${1:-} in
    run | test)
        set_up "$1"
        ;;
    install)
        shift
        on_debian || fail "no apt here: install with your package manager: $*"
        log=/dev/null
        missing=$(missing_packages "$@")
        [ -n "$missing" ] || exit 0
        apt_install $missing || fail "system packages are missing. Run: $(apt_command $missing)"
        ;;
    *)
        fail "usage: sh resources/setup.sh run | test | install NAME..."
        ;;
esac
