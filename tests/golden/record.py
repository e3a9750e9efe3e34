#!/usr/bin/env python3
"""Records what real programs write to a terminal, for the golden tests.

Each recording is made once, by hand, and committed: programs and versions change, recordings do
not. Needs vim, htop, less, tmux, dialog, mc, nano; answers the queries a terminal would answer.

    ./record.py            # all
    ./record.py vim less   # some
"""

import fcntl
import os
import pty
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time

HERE = os.path.dirname(os.path.abspath(__file__))

def run(name, argv, steps, cols=80, rows=24, env=None):
    """Runs a program in a pty, types `steps` (each when the output has gone quiet), stores it."""
    child, master = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", LANG="C.UTF-8", LC_ALL="C.UTF-8", PS1="$ ")
        os.environ.update(env or {})
        os.chdir("/tmp")
        os.execvp(argv[0], argv)
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
    data = bytearray()

    def drain(quiet):
        last = time.time()
        start = last
        while time.time() - last < quiet and time.time() - start < 10:
            if not select.select([master], [], [], 0.05)[0]:
                continue
            try:
                piece = os.read(master, 65536)
            except OSError:
                return False
            if not piece:
                return False
            data.extend(piece)
            last = time.time()
            for query, answer in ((b"\x1b[c", b"\x1b[?1;2c"), (b"\x1b[>c", b"\x1b[>0;276;0c"),
                                  (b"\x1b[6n", b"\x1b[1;1R")):
                if query in piece:
                    os.write(master, answer)
        return True

    drain(0.6)
    for step in steps:
        if isinstance(step, tuple):
            cols, rows = step
            fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        else:
            os.write(master, step.encode())
        if not drain(0.4):
            break
    try:
        os.kill(child, 9)
    except ProcessLookupError:
        pass
    os.waitpid(child, 0)
    os.close(master)
    # Nothing of the machine it was recorded on belongs into the repository.
    text = bytes(data).replace(os.uname().nodename.encode(), b"host")
    path = os.path.join(HERE, "recordings", f"{name}.bin")
    with open(path, "wb") as file:
        file.write(text)
    print(f"{name}: {len(text)} bytes")


def sources(folder):
    """A small tree of files to look at."""
    os.makedirs(os.path.join(folder, "src"))
    code = "\n".join(
        f'fn step_{n}(input: &str) -> Option<u32> {{\n    // Überprüfung № {n} — 漢字 😀\n'
        f'    let value = input.len() as u32 * {n};\n    (value > 0).then_some(value)\n}}\n'
        for n in range(60))
    with open(os.path.join(folder, "src", "main.rs"), "w") as file:
        file.write(code)
    with open(os.path.join(folder, "long.txt"), "w") as file:
        for n in range(120):
            file.write(f"{n}: " + "lorem ipsum dolor sit amet " * (n % 7 + 1) + "\n")
    for n in range(12):
        with open(os.path.join(folder, f"file-{n}.txt"), "w") as file:
            file.write("x" * n * 100)


def bash(folder):
    return ["bash", "--norc", "--noprofile", "-c", f"cd {folder} && exec bash --norc --noprofile"]


def main():
    names = sys.argv[1:]
    folder = tempfile.mkdtemp(prefix="golden-")
    sources(folder)
    with open(os.path.join(folder, "tmux.conf"), "w") as file:
        file.write('set -g status-right "host"\nset -g automatic-rename off\n'
                   'set -g default-command "bash --norc --noprofile"\n')
    tmux = ["tmux", "-L", f"golden-{os.getpid()}", "-f", f"{folder}/tmux.conf"]
    # Process lists show only themselves.
    alone = ["unshare", "--fork", "--pid", "--mount-proc"]
    jobs = {
        "bash": lambda: run("bash", bash(folder), [
            "ls --color=always -la\r", "cat long.txt | head -40\r", "echo one two three",
            "\x1b[D\x1b[D\x1b[Dxyz\x01", "\x05\r", "seq 1 200\r", "printf '%0200d\\n' 7\r",
            "echo " + "word " * 30 + "\r", "\x12seq", "\r", "clear\r", "ls\r"]),
        "vim": lambda: run("vim", ["vim", "-u", "NONE", "-N", "-c", "syntax on", "-c",
                                   "set number ruler showcmd hlsearch mouse=a ttymouse=sgr",
                                   f"{folder}/src/main.rs"], [
            "\x06", "\x06", "/value\r", "n", "n", ":vsplit\r", ":split\r", "G", "oinserted 漢字 line\x1b",
            "ggVGu", "u", ":set list\r", ":q!\r", ":help\r", "\x04", ":qa!\r"], cols=100, rows=30),
        "vim-open": lambda: run("vim-open", ["vim", "-u", "NONE", "-N", "-c", "syntax on",
                                             f"{folder}/src/main.rs"], ["\x06", "/step_2\r", "i"]),
        "less": lambda: run("less", bash(folder), [
            "ls -la\r", "less -R long.txt\r", " ", " ", "b", "/amet\r", "n", "-S\r", "\x1b[C", "G", "q",
            "echo done\r"]),
        "htop": lambda: run("htop", [*alone, "htop", "-d", "5"], ["\x1b[B\x1b[B", "t", "\x1bOQ", "\x1b", "q"],
                            cols=110, rows=32),
        "tmux": lambda: run("tmux", [*tmux, "new-session", "bash --norc --noprofile"], [
            f"cd {folder}; clear\r", "\x02%", "ls --color=always\r", '\x02"', "seq 1 50\r", "\x02o",
            "cat src/main.rs\r", "\x02[", "\x15\x15", "q", "\x02w", "q", "\x02?", "q", "\x02z", "\x02z",
            "\x02d"], cols=120, rows=36),
        "mc": lambda: run("mc", ["mc", "-c", folder, "/usr"], [
            "\x1b[B\x1b[B\x1b[B", "\t", "\x1b9", "\r", "\x1b[B", "\x1b\x1b", "\x1b2", "\x1b\x1b", "\x1b0",
            "\r"]),
        "dialog": lambda: run("dialog", ["dialog", "--title", "Größe", "--checklist", "Wähle 漢字 😀",
                                         "20", "60", "10", "a", "Ä", "on", "b", "漢字", "off", "c",
                                         "emoji 😀", "off"], ["\x1b[B", " ", "\t", "\t", "\r"]),
        "nano": lambda: run("nano", ["nano", f"{folder}/long.txt"], [
            "hello ", "\x16", "\x17amet\r", "\x18", "n"]),
        "top": lambda: run("top", [*alone, "top", "-d", "1", "-n", "3"], ["c", "1", "z"]),
        "progress": lambda: run("progress", ["bash", "-c", PROGRESS], []),
        "unicode": lambda: run("unicode", ["bash", "-c", UNICODE], [], cols=40, rows=20),
        "escapes": lambda: run("escapes", ["bash", "-c", ESCAPES], [], cols=60, rows=20),
    }
    for name in names or jobs:
        jobs[name]()
    subprocess.run([*tmux, "kill-server"], check=False)
    shutil.rmtree(folder)


# Scroll region with a status line, as apt draws it.
PROGRESS = r"""
printf '\n\e7\e[1;23r\e8\e[1A'
for n in $(seq 1 80); do
  printf 'Unpacking package-%d (1.%d) over (1.%d) ...\n' $n $n $n
  printf '\e7\e[24;1f\e[42m\e[30mProgress: [%3d%%]\e[49m\e[39m [%.*s]\e8' $n $((n / 2)) '########################################'
done
printf '\e7\e[1;24r\e8\e[24;1f\e[K\e[1A'
echo done
"""

UNICODE = r"""
printf 'wide: 漢字かな交じり文 한국어 ｆｕｌｌ\n'
printf 'combining: e\u0301 a\u0308\u0323 n\u0303 \u0915\u094d\u0937 \u05e9\u05c1\u05dc\u05d5\u05dd\n'
printf 'emoji: 😀 🎉 ❤️ 👍🏽 👨‍👩‍👧 🇩🇪 1️⃣\n'
printf 'edges: %s\n' '0123456789012345678901234567890漢字漢字漢字漢字漢字'
printf '%s\n' '漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字'
printf 'x%s\n' '漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字'
printf 'half: 漢字\e[3D-\e[1C+\n'
printf 'erase: 漢字漢字\e[5D\e[2X\n'
printf 'insert: 漢字abc\e[4h\e[6DXY\e[4l\n'
printf 'delete: 漢字漢字\e[7D\e[3P\n'
printf 'dashes – — “quoted” … • € \n'
printf 'zalgo: Z\u0300\u0301\u0302\u0303\u0304\u0305 \e[31mb\e[m\u0301 lone\n'
printf 'bad: \xff\xc3(\xe2\x82 \xf0\x9f\x98 \xed\xa0\x80 end\n'
printf 'repeat: =\e[20b é\e[5b 漢\e[3b\n'
for n in $(seq 30); do printf 'Zeile %d äöü ß 漢字 😀\n' $n; done
printf '\e[5;35H漢字漢字\e[10;1Htail e'
"""

ESCAPES = r"""
for n in 0 1 2 3 4 5 7 8 9 21 53; do printf '\e[%dmSGR %d\e[m ' $n $n; done; echo
for n in 0 1 2 3 4 5; do printf '\e[4:%dm\e[58:5:%dmunder %d\e[m ' $n $((n + 1)) $n; done; echo
printf '\e[4;58:2::255:100:0mcolour\e[59m none\e[m\n'
for n in $(seq 0 15); do printf '\e[38;5;%dm%3d\e[48;5;%dm \e[m' $n $n $((n * 16)); done; echo
printf '\e[38;2;1;2;3m\e[48:2::200:100:50mtrue\e[m \e[7minverse\e[K\e[m\n\e[44mblue to the end\e[K\e[m\n'
printf '\e[41mwraps in red %s\e[m\n' "$(printf 'x%.0s' $(seq 70))"
printf '\e(0lqqqk\e(B \e)0\x0ex  x\x0f \e(0mqqqj\e(B \e(A#\e(B\n'
printf '\e]8;;https://example.org/\e\\link\e]8;;\e\\ \e]8;id=a;https://example.org/a\e\\one\e]8;;\e\\ and \e]8;id=a;https://example.org/a\e\\two\e]8;;\e\\\n'
printf '\e[3g\e[5G\eH\e[15G\eH\e[30G\eH\r\ta\tb\tc\n'
printf '\e]0;Title – 漢字\a\e]4;1;#ff0000\e\\\e]10;rgb:ff/ff/ff\e\\'
printf '\e[1"qprotected\e[0"q open\e[?1K\n'
printf '\e[5;15r\e[?6h\e[3;3Horigin\e[20;1Hclamped\e[?6l\e[r\e[18;1H'
for n in $(seq 25); do printf 'scroll %d\n' $n; done
printf '\e[5;10r\e[7;1H\e[2L\e[3M\e[44m\eM\eM\eM\e[m\e[S\e[2T\e[r'
printf '\e[3;1H\e[5@ins\e[2Pdel\e[4Xech\e[2 @\e[1 A\e[2'"'"'}\e[1'"'"'~'
printf '\e[12;5H\e7\e[31mred\e8back\e[5 q\e[?1h\e=\e[?2004h\e[?1004h\e[?1002h\e[?1006h\e[?45h\e[?12h'
printf '\e[?7l\e[16;50Hno wrap at the end of the line\e[?7h'
printf '\e[?1049h\e[2J\e[3;3Halternate\e[2;10r\e[4;4H\e[33m\e7\e[10;60HX'
"""

if __name__ == "__main__":
    main()
