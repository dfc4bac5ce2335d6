#!/usr/bin/env bash
# Swift on a Debian or Ubuntu machine that has none: a folder tree with the Debian release that packages it, entered by
# chroot in a mount namespace of its own. Where `swift` is on PATH, that one is used and none of this is.
#
#   toolchain.sh install                    makes the tree if it is missing (root; one to two minutes, 1.4 GB)
#   toolchain.sh run TARGET PROGRAM ARG...  runs a program in it; what is built belongs below the folder TARGET
#
# The repository, TARGET and COMPANION_LIBRARY_DIR lie at the same paths inside as outside; HOME is in TARGET. The tree
# stands in the user's cache: it outlives `cargo clean`, and one serves every clone.
set -euo pipefail

suite=trixie
tree=${XDG_CACHE_HOME:-$HOME/.cache}/companion/swift-$suite
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

fail() { echo "toolchain.sh: $*" >&2; exit 1; }

has_swift() { command -v swift >/dev/null; }

needs_root() {
    [ "$(id -u)" = 0 ] || fail "no \`swift\` on PATH, and only root can make one here; run: sudo -E cargo xtask test swift"
}

# The first source of Debian's main component that apt uses here: no mirror is written down in this file.
mirror() {
    apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
        awk '$1 == "Debian" && $2 == "main" && $3 !~ /security/ && !found { print $3; found = 1 }'
}

install() {
    needs_root
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q update
    # The keyring comes along, since an old one does not know the keys of a newer release.
    apt-get -q install -y --no-install-recommends mmdebstrap debian-archive-keyring
    local source settings part=$tree.part
    source=$(mirror)
    [ -n "$source" ] || fail "apt has no source of Debian here; put a Swift 6 toolchain on PATH"
    settings=$(mktemp)
    # The host's own way to the mirror, proxies included.
    apt-config dump | grep '^Acquire::' >"$settings" || true
    # What a debugger, an editor or a static program would need is left out: half of the size.
    local swift=/usr/libexec/swift omit=() path
    for path in '/usr/share/man/*' '/usr/share/doc/*' '/usr/share/info/*' '/usr/share/locale/*' \
        "$swift/bin/lldb*" "$swift/bin/clangd" "$swift/bin/docc" "$swift/bin/sourcekit-lsp" "$swift/bin/repl_swift" \
        "$swift/lib/liblldb*" "$swift/lib/libLTO*" "$swift/lib/libsourcekitdInProc*" "$swift/lib/swift_static/*" \
        "$swift/lib/swift/embedded/*"; do
        omit+=("--dpkgopt=path-exclude=$path")
    done
    rm -rf --one-file-system "$part"
    mkdir -p "${tree%/*}"
    mmdebstrap --quiet --mode=root --variant=minbase --format=directory \
        --include=swiftlang,libc6-dev,libstdc++-14-dev,git,ca-certificates,tzdata \
        --aptopt="$settings" --aptopt='Acquire::Languages "none"' --aptopt='APT::Install-Recommends "false"' \
        "${omit[@]}" "$suite" "$part" "$source"
    rm -f "$settings"
    # Only a whole tree has the final name.
    mv "$part" "$tree"
}

run() {
    local target
    target=$(mkdir -p "$1" && cd "$1" && pwd -P)
    shift
    if has_swift; then exec "$@"; fi
    needs_root
    [ -d "$tree" ] || fail "no toolchain in $tree; run: $0 install"
    mkdir -p "$target/swift-home"
    local name passed=()
    for name in CI RUST_BACKTRACE $(compgen -e COMPANION_ || true); do
        [ -z "${!name+set}" ] || passed+=("$name=${!name}")
    done
    # This process becomes the program: what kills the one has killed the other. What was mounted goes with the last that
    # sees it.
    exec unshare --mount --propagation private sh -euc '
        tree=$1 where=$2 home=$3; shift 3
        mount -t proc proc "$tree/proc"
        mount --rbind /dev "$tree/dev"
        mount -t tmpfs tmpfs "$tree/tmp"
        while [ "$1" != -- ]; do
            mkdir -p "$tree$1"; mount --bind "$1" "$tree$1"; shift
        done
        shift
        exec chroot "$tree" env -i -C "$where" HOME="$home" LANG=C.UTF-8 \
            PATH=/usr/libexec/swift/bin:/usr/bin:/bin "$@"
    ' sh "$tree" "$PWD" "$target/swift-home" "$repository" "$target" \
        ${COMPANION_LIBRARY_DIR:+"$COMPANION_LIBRARY_DIR"} -- ${passed[@]+"${passed[@]}"} "$@"
}

case ${1:-} in
    install) has_swift || [ -d "$tree" ] || install ;;
    run) [ $# -ge 3 ] || fail "run TARGET PROGRAM ARG..."; shift; run "$@" ;;
    *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" ;;
esac
