#!/usr/bin/env bash
# Installs Debian packages whose programs are missing. Usage: install-deps.sh build [test]
# Quick when nothing is missing; needs root or sudo otherwise.
set -euo pipefail

# program or file : package
build=(cc:gcc /usr/include/stdio.h:libc6-dev make:make git:git setpriv:util-linux)
test=(
  /usr/sbin/sshd:openssh-server ssh:openssh-client ssh-keygen:openssh-client
  /usr/lib/openssh/sftp-server:openssh-sftp-server
  mariadbd:mariadb-server mariadb-install-db:mariadb-server mariadb:mariadb-client
  redis-server:redis-server redis-cli:redis-tools
  chromium:chromium tmux:tmux vim:vim htop:htop less:less
  Xvnc:tigervnc-standalone-server vncpasswd:tigervnc-tools x11vnc:x11vnc Xvfb:xvfb
  xterm:xterm xwd:x11-apps xwud:x11-apps xev:x11-utils xsetroot:x11-xserver-utils xclip:xclip
  useradd:passwd flock:util-linux openssl:openssl
  /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf:fonts-dejavu-core
)

wanted=()
for group in "$@"; do
  case $group in
    build) wanted+=("${build[@]}") ;;
    test) wanted+=("${test[@]}") ;;
    *) echo "install-deps: no group '$group' (build, test)" >&2; exit 2 ;;
  esac
done

missing=()
for entry in "${wanted[@]}"; do
  what=${entry%%:*} package=${entry##*:}
  if [[ $what == /* ]]; then [[ -e $what ]] && continue
  else command -v "$what" >/dev/null || [[ -x /usr/sbin/$what ]] && continue
  fi
  missing+=("$package")
done
for tool in cargo node npm; do
  command -v "$tool" >/dev/null || {
    echo "install-deps: '$tool' is missing; install it first (rustup.rs, nodejs.org 20.19 or newer)" >&2
    exit 1
  }
done
((${#missing[@]})) || exit 0

mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || {
    echo "install-deps: these packages are missing and need root: ${missing[*]}" >&2
    exit 1
  }
  root=(sudo)
fi
install() {
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --quiet --no-install-recommends "${missing[@]}"
}
echo "install-deps: installing ${missing[*]}"
if ! compgen -G '/var/lib/apt/lists/*Packages*' >/dev/null; then
  "${root[@]}" apt-get update --quiet
  install
else
  # Lists may be too old to find the packages' files: fetch them anew once.
  install || { "${root[@]}" apt-get update --quiet && install; }
fi
