#!/usr/bin/env bash
# Drives the real window under Xvfb: window.sh PROGRAM FOLDER
# Start, top up, click a row, click a field, save, quit, start again, open, replay. Leaves pictures in FOLDER;
# fails when the saved session is not what a top-up leaves, or when the program dies.
set -euo pipefail
program=$(realpath "$1")
mkdir -p "$2"
pictures=$(realpath "$2")
work=$(mktemp -d)
display_file=$work/display
# Without -noreset the server starts over when the first window closes, and refuses the second one meanwhile.
Xvfb -noreset -displayfd 3 -screen 0 1280x720x24 -nolisten tcp 3>"$display_file" 2>"$work/xvfb.log" &
server=$!
app=
cleanup() {
    for pid in $app $server; do kill "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap cleanup EXIT

# Polls a condition for at most a minute: a software renderer on a busy machine is slow to start.
wait_for() {
    for _ in $(seq 600); do
        if "$@"; then return 0; fi
        sleep 0.1
    done
    echo "window.sh: waited in vain for: $*" >&2
    [[ -s $work/app.log ]] && cat "$work/app.log" >&2
    return 1
}
has_display() { [[ -s $display_file ]]; }
has_window() { [[ -n $(xdotool search --onlyvisible --name '^Tapscope$' 2>/dev/null) ]]; }
is_painted() { [[ $(import -silent -window root png:- 2>/dev/null | identify -format %k - 2>/dev/null) -gt 64 ]]; }
has_file() { [[ -s $1 ]]; }
is_gone() { ! kill -0 "$app" 2>/dev/null; }

wait_for has_display
DISPLAY=:$(cat "$display_file")
export DISPLAY XDG_CONFIG_HOME=$work/config
unset WAYLAND_DISPLAY WAYLAND_SOCKET
mkdir -p "$XDG_CONFIG_HOME/tapscope"
echo '{"theme":"dark"}' >"$XDG_CONFIG_HOME/tapscope/settings.json"

start() {
    "$program" >"$work/app.log" 2>&1 &
    app=$!
    wait_for has_window
    local window
    window=$(xdotool search --onlyvisible --name '^Tapscope$' | head -1)
    xdotool windowmove "$window" 0 0
    xdotool windowfocus "$window"
    wait_for is_painted
    # Painted once is not yet listening: let the first frames pass.
    sleep 0.5
}
picture() { sleep 0.4; import -silent -window root "$pictures/$1.png"; }
click() { xdotool mousemove "$1" "$2"; sleep 0.1; xdotool mousedown 1; sleep 0.08; xdotool mouseup 1; sleep 0.2; }

start
picture 1-start
xdotool key ctrl+t
picture 2-topped-up
click 600 235
picture 3-row
click 330 508
picture 4-field
xdotool key ctrl+s
sleep 0.4
xdotool type --delay 20 -- "$work/session.json"
xdotool key Return
wait_for has_file "$work/session.json"
picture 5-saved
xdotool key ctrl+q
wait_for is_gone
app=
"$program" decode "$work/session.json" --key 014499:3:aes128:00112233445566778899AABBCCDDEEFF >"$work/rows.txt" || true
rows=$(grep -cE '^ +[0-9]+  ' "$work/rows.txt")
[[ $rows == 7 ]] || { echo "window.sh: the saved session has $rows rows, 7 expected" >&2; exit 1; }
"$program" replay "$work/session.json" --on card

start
xdotool key ctrl+o
sleep 0.4
xdotool type --delay 20 -- "$work/session.json"
xdotool key Return
sleep 0.5
picture 6-opened
xdotool key F5
picture 7-replayed
kill -0 "$app" || { echo "window.sh: the program died" >&2; cat "$work/app.log" >&2; exit 1; }
xdotool key ctrl+q
wait_for is_gone
app=
echo "window.sh: pictures in $pictures"
