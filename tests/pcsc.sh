#!/usr/bin/env bash
# Real PC/SC: pcscd with the virtual reader of vsmartcard, our card in it, our reader side and foreign programs before
# it: pcsc.sh PROGRAM. Needs root, pcscd, vsmartcard-vpcd, opensc, iproute2. Leaves nothing behind.
#
# The virtual reader listens for everybody: pcscd runs in a network namespace of its own. Its clients reach it by a
# socket file and stay outside. Every process is ended by its own number.
set -euo pipefail
work=$(mktemp -d)
chmod 755 "$work"
# A copy that every user can run.
install -m 755 "$1" "$work/tapscope"
program=$work/tapscope
reader="Virtual PCD 00 00"
namespace='' service='' card='' watch='' tap=''
stop() {
    local pid=$1
    [[ -n $pid ]] || return 0
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}
cleanup() {
    for pid in $watch $tap $card $service $namespace; do stop "$pid"; done
    rm -rf "$work"
}
trap cleanup EXIT

fail() {
    echo "pcsc.sh: $*" >&2
    tail -n 20 "$work"/*.log >&2 2>/dev/null || true
    exit 1
}
# Polls a condition for at most twenty seconds.
wait_for() {
    for _ in $(seq 200); do
        if "$@"; then return 0; fi
        sleep 0.1
    done
    fail "waited in vain for: $*"
}
has_line() { grep -qF -- "$2" "$1" 2>/dev/null; }
lists() { "$program" readers 2>/dev/null | grep -qF -- "$1"; }
# A command that must end with this code and say this.
says() {
    local code=$1 text=$2 got=0
    shift 2
    "$@" >"$work/said.log" 2>&1 || got=$?
    [[ $got == "$code" ]] || fail "code $got, expected $code: $*"
    has_line "$work/said.log" "$text" || fail "nothing said of \"$text\": $*"
}

# Whether the readers, asked for what is in them, say this.
identifies() {
    "$program" readers --identify >"$work/said.log" 2>&1 && has_line "$work/said.log" "$1"
}

# A Python with python-desfire on Debian's pyscard; PyPI's would have to be compiled.
python_desfire() {
    local python=/usr/bin/python3
    { "$python" -m venv --system-site-packages "$work/python" \
        && "$work/python/bin/pip" install --quiet --no-deps python-desfire==0.1.5 \
        && "$work/python/bin/pip" install --quiet 'pycryptodome>=3.21,<4' \
        && "$work/python/bin/python" -c 'import desfire, smartcard'; } >"$work/python.log" 2>&1 \
        && echo "$work/python/bin/python"
}

if [[ -n $(pidof pcscd || true) ]]; then fail "a pcscd is running already, there can be one only"; fi

echo "Without the library"
# Nothing can be uninstalled for a test: an empty file lies over the library, for this one process.
cat >"$work/bare" <<'EOF'
ldconfig -p | sed -n 's/.*libpcsclite\.so.* => //p' | while read -r file; do mount --bind /dev/null "$(realpath "$file")"; done
exec "$@"
EOF
says 2 "PC/SC is not installed" unshare -m bash "$work/bare" "$program" readers
says 2 "PC/SC is not installed" unshare -m bash "$work/bare" "$program" run topup --on "reader:$reader"
echo "With the library, without the service"
says 2 "the PC/SC service is not running" "$program" readers
says 2 "the PC/SC service is not running" "$program" run topup --on "reader:$reader"

unshare -n bash -c 'ip link set lo up; exec sleep 100000' &
namespace=$!
is_up() { nsenter -t "$namespace" -n ip link show lo 2>/dev/null | grep -q LOOPBACK,UP; }
wait_for is_up
mkdir -p /run/pcscd
start_service() {
    nsenter -t "$namespace" -n /usr/sbin/pcscd -f -e >>"$work/pcscd.log" 2>&1 &
    service=$!
    wait_for lists "Virtual PCD"
}
# The program's own process, so that it can be ended by its number.
product=desfire-ev3
start_card() {
    : >"$work/card.log"
    nsenter -t "$namespace" -n "$program" card "$product" --connect 127.0.0.1:35963 "$@" >"$work/card.log" 2>&1 &
    card=$!
    wait_for has_line "$work/card.log" "connected to"
    wait_for lists "$reader · card, ATR 3B8180018080"
}
end_card() {
    stop "$card"
    card=
    wait_for lists "$reader · no card"
}

"$program" readers --watch >"$work/watch.log" 2>&1 &
watch=$!
wait_for has_line "$work/watch.log" "the PC/SC service is not running"
start_service
wait_for has_line "$work/watch.log" "$reader · reader connected"
says 2 "there is no card in the reader $reader" "$program" run topup --on "reader:$reader"
says 2 "fits several readers" "$program" run topup --on reader:virtual
echo "With the service, refused"
chmod 700 /run/pcscd/pcscd.comm
says 2 "the PC/SC service refused access" setpriv --reuid=65534 --regid=65534 --clear-groups "$program" readers
chmod 777 /run/pcscd/pcscd.comm

events() { grep -E "^\{\"(command|response|reset|lost|field_off)\"" "$1" | sed "s/,$//"; }
# Every sequence through pcscd leaves the bytes of the run inside one process.
sequence() {
    local name=$1 image=$2 shared=$3
    # shellcheck disable=SC2086 # no option is no word
    start_card --seed 77 $image
    # shellcheck disable=SC2086
    says 0 "" "$program" run "$name" --on "reader:$reader" $shared --seed 77 --time 1793606400000 --save "$work/through.json"
    end_card
    says 0 "" "$program" run "$name" --on card --seed 77 --time 1793606400000 --save "$work/embedded.json"
    [[ $(events "$work/through.json" | wc -l) -gt 10 ]] || fail "$name: too few events"
    diff <(events "$work/embedded.json") <(events "$work/through.json") || fail "$name: not the bytes of the embedded run"
    grep -q "$reader" "$work/through.json" || fail "$name: the session does not name the reader"
    echo "$name through pcscd: $(events "$work/through.json" | wc -l) frames as in the embedded run"
}
sequence personalise --blank ''
sequence topup '' ''
sequence spend '' --shared

echo "Foreign programs"
# ATR, UID, GetVersion and SELECT of the PICC level by opensc-tool: opensc_program UID MAJOR.
opensc_program() {
    says 0 "3b:81:80:01:80:80" opensc-tool -r 0 -a
    opensc-tool -r 0 -s FF:CA:00:00:00 -s 90:60:00:00:00 -s 90:AF:00:00:00 -s 90:AF:00:00:00 \
        -s 00:A4:04:00:07:D2:76:00:00:85:01:00 >"$work/said.log" 2>&1
    has_line "$work/said.log" "$1" || fail "$product: the UID is not $1"
    has_line "$work/said.log" "04 01 01 $2" || fail "$product: GetVersion does not say major version $2"
    [[ $(grep -cE 'SW1=0x91, SW2=0xAF' "$work/said.log") == 2 ]] || fail "$product: GetVersion is not a chain"
    has_line "$work/said.log" "SW1=0x91, SW2=0x00" || fail "$product: GetVersion has no end"
    [[ $(grep -cE 'SW1=0x90, SW2=0x00' "$work/said.log") == 2 ]] || fail "$product: UID and SELECT are not answered 9000"
    wait_for has_line "$work/card.log" "GetVersion"
    echo "opensc-tool: ATR, UID, GetVersion and SELECT on $product"
}
product=desfire-ev1-4k
start_card --factory
opensc_program "04 5A 21 6C 3B 70 80" 01
end_card
product=desfire-ev3
start_card --save "$work/served.json"
opensc_program "04 5A 31 C2 9B 61 80" 33
says 0 "$reader · card, ATR 3B8180018080 · MIFARE DESFire EV3, 4 KB, by 01330018 · UID 045A31C29B6180" \
    "$program" readers --identify
end_card
has_line "$work/served.json" 9060000000 || fail "the session of the card lacks what opensc-tool sent"
has_line "$work/watch.log" "$reader · card gone" || fail "the monitor missed the card"

echo "The service goes and comes back; the card and the monitor with it"
start_card --reconnect
before=$(grep -c "$reader · card, ATR" "$work/watch.log")
stop "$service"
wait_for has_line "$work/card.log" "Waiting for 127.0.0.1:35963"
wait_for has_line "$work/watch.log" "$reader · reader gone"
says 2 "the PC/SC service is not running" "$program" readers
start_service
came_back() { [[ $(grep -c "$reader · card, ATR" "$work/watch.log") -gt $before ]]; }
wait_for came_back
says 0 "Balance 2000 → 3000" "$program" run topup --on "reader:$reader" --amount 1000
says 0 "Balance 3000 → 2500" "$program" run spend --on "reader:$reader" --amount 500

echo "python-desfire, by native frames of one byte"
desfire_program() {
    "$python" - "$1" <<'EOF'
import sys
from desfire import DESFire, PCSCDevice
from smartcard.System import readers

connection = next(one for one in readers() if str(one) == sys.argv[1]).createConnection()
connection.connect()
card = DESFire(PCSCDevice(connection.component))
version = card.get_card_version()
assert version.hardware_major_version == 0x33, version.raw_bytes
applications = card.get_application_ids()
assert applications == [[0x99, 0x44, 0x01]], applications
card.select_application([0x99, 0x44, 0x01])
files = card.get_file_ids()
assert files == [1, 2, 3, 4, 15], files
EOF
}
if python=$(python_desfire); then
    desfire_program "$reader" || fail "python-desfire does not get along with the card"
    wait_for has_line "$work/card.log" "GetFileIDs"
else
    python=
    echo "python-desfire left out: it could not be installed from PyPI."
fi
stop "$card"
card=
wait_for lists "$reader · no card"
if [[ -n $python ]]; then
    echo "python-desfire through its whole range"
    here=$(dirname "$(realpath "$0")")
    for generation in "desfire-ev1-4k 01" "desfire-ev3-4k 33"; do
        read -r product major <<<"$generation"
        start_card --factory --save "$work/range.json"
        "$python" "$here/desfire_range.py" "$reader" "$major" >"$work/range.log" 2>&1 \
            || { cat "$work/range.log" >&2; fail "python-desfire does not get along with $product"; }
        end_card
        # Wrong keys are among the attempts: what these could not check is not asked for.
        says 0 "AuthenticateISO" "$program" decode "$work/range.json"
        echo "$product: $(grep -c '"command"' "$work/range.json") commands"
    done
    product=desfire-ev3
fi

# nfc-pcsc compiles against the headers of PC/SC; they are taken from their package without installing it.
nfc_pcsc() {
    local headers=$work/headers library
    library=$(ldconfig -p | sed -n 's/.*libpcsclite\.so\.1 .*=> //p' | head -n 1)
    { command -v npm || apt-get install -y -qq --no-install-recommends npm; } && mkdir -p "$headers" "$work/node" && cd "$work/node" \
        && apt-get download libpcsclite-dev && dpkg -x libpcsclite-dev_*.deb "$headers" \
        && ln -sf "$library" "$headers/libpcsclite.so" && npm init -y \
        && CPLUS_INCLUDE_PATH=$headers/usr/include/PCSC:$headers/usr/include LIBRARY_PATH=$headers \
            npm install --no-audit --no-fund nfc-pcsc@0.8.1 \
        && NODE_PATH=$work/node/node_modules node -e 'require("nfc-pcsc")'
}
echo "nfc-pcsc"
if (nfc_pcsc) >"$work/npm.log" 2>&1; then
    here=$(dirname "$(realpath "$0")")
    for generation in "desfire-ev1-4k 01" "desfire-ev3-4k 33"; do
        read -r product major <<<"$generation"
        start_card --factory
        says 0 "ATR, UID, GetVersion, SELECT" \
            env NODE_PATH="$work/node/node_modules" node "$here/nfc_pcsc.js" "$reader" "$major"
        end_card
    done
    product=desfire-ev3
else
    echo "nfc-pcsc left out: it could not be installed from npm."
fi

echo "A tap between programs and the card on the second virtual reader"
second="Virtual PCD 00 01"
start_second() {
    : >"$work/card.log"
    nsenter -t "$namespace" -n "$program" card desfire-ev3 --connect 127.0.0.1:35964 "$@" >"$work/card.log" 2>&1 &
    card=$!
    wait_for has_line "$work/card.log" "connected to"
    wait_for lists "$second · card, ATR 3B8180018080"
}
start_second --save "$work/served.json"
nsenter -t "$namespace" -n "$program" tap --reader "00 01" --connect 127.0.0.1:35963 --reconnect --save "$work/tapped.json" \
    >"$work/tap.log" 2>&1 &
tap=$!
wait_for has_line "$work/tap.log" "$second · card, ATR 3B8180018080"
wait_for lists "$reader · card, ATR 3B8180018080"
/usr/bin/python3 - "$reader" "$work/tap.log" <<'EOF' || fail "the tap lags behind, or changes something"
import sys
from smartcard.System import readers

connection = next(one for one in readers() if str(one) == sys.argv[1]).createConnection()
connection.connect()
# The row is there when the answer is: one look, no waiting.
for command, row in [
    ("905A00000399440100", "SelectApplication"),
    ("906F000000", "FileIDs"),
    ("90F50000010100", "GetFileSettings"),
]:
    data, *status = connection.transmit(list(bytes.fromhex(command)))
    with open(sys.argv[2]) as log:
        assert row in log.read(), row
connection.disconnect()
EOF
if [[ -n $python ]]; then desfire_program "$reader" || fail "python-desfire does not get along with the tap"; fi
says 0 "Balance 2000 → 2700" "$program" run topup --on "reader:$reader" --amount 700 --save "$work/program.json"
# Pulled out under the tap: the program's reader is empty, until another card is put on.
stop "$card"
wait_for lists "$reader · no card"
says 2 "there is no card in the reader $reader" "$program" run spend --on "reader:$reader"
start_second --save "$work/served-2.json" --reconnect
wait_for lists "$reader · card, ATR 3B8180018080"
says 0 "Balance 2000 → 1500" "$program" run spend --on "reader:$reader" --amount 500 --save "$work/program-2.json"
# The service goes in the middle of it; everybody comes back by himself.
stop "$service"
wait_for has_line "$work/tap.log" "Waiting for"
start_service
wait_for lists "$reader · card, ATR 3B8180018080"
says 0 "Balance 1500 → 1400" "$program" run spend --on "reader:$reader" --amount 100 --save "$work/program-3.json"
# The service polls its readers: until it has seen that both are empty, it lists what was in them.
end_tap() {
    stop "$tap"
    tap=
    stop "$card"
    card=
    wait_for lists "$reader · no card"
    wait_for lists "$second · no card"
}
end_tap
frames() { grep -hoE '"(command|response)":"[0-9A-F]*"' "$@"; }
# The tap saw what the cards saw, and the program's own recordings are the ends of it.
diff <(frames "$work/tapped.json") <(frames "$work/served.json" "$work/served-2.json") || fail "the tap saw other bytes than the cards"
ends_with() {
    local served=$1
    shift
    diff <(frames "$@") <(frames "$served" | tail -n "$(frames "$@" | wc -l)") || fail "$*: not what the card saw"
}
ends_with "$work/served.json" "$work/program.json"
ends_with "$work/served-2.json" "$work/program-2.json" "$work/program-3.json"
[[ $(grep -c '"card":{"reader":"Virtual PCD 00 01"' "$work/tapped.json") == 3 ]] || fail "the tap's session does not name its cards"
echo "Tap: $(frames "$work/tapped.json" | wc -l) frames, the same at program, tap and card"

echo "A tap of a shared card outlives the reset of another program"
start_second --save "$work/served.json"
nsenter -t "$namespace" -n "$program" tap --reader "00 01" --shared --connect 127.0.0.1:35963 --reconnect \
    --save "$work/tapped.json" >"$work/tap.log" 2>&1 &
tap=$!
# Whether the way from a program through the tap to the card is open; resets nothing.
answers() { opensc-tool -r 0 -s FF:CA:00:00:00 2>/dev/null | grep -qF "04 5A 31 C2 9B 61 80"; }
wait_for answers
# Resets each card it asked, behind the back of the tap; while the tap speaks with the card, it is in use.
wait_for identifies "$second · card, ATR 3B8180018080 · MIFARE DESFire EV3, 4 KB, by 01330018"
# A reset while the tap itself resets the card is its own: then it is done again.
noticed() {
    for _ in $(seq 30); do
        if has_line "$work/tap.log" "Waiting for a card: another program reset the card in the reader $second"; then return 0; fi
        sleep 0.1
    done
    identifies "$second · card" || true
    return 1
}
wait_for noticed
wait_for answers
says 0 "Balance 2000 → 2600" "$program" run topup --on "reader:$reader" --amount 600
end_tap
has_line "$work/tapped.json" '"reset"' || fail "the tap's session does not say that the card was reset"
stop "$service"
echo "A reader whose name is no text"
sed 's/Virtual PCD/Caf\xE9/' /etc/reader.conf.d/vpcd >"$work/reader.conf"
reader=$(printf 'Caf\xEF\xBF\xBD 00 00')
nsenter -t "$namespace" -n /usr/sbin/pcscd -f -e -c "$work/reader.conf" >>"$work/pcscd.log" 2>&1 &
service=$!
wait_for lists "$reader · no card"
start_card
says 0 "Balance 2000 → 2100" "$program" run topup --on "reader:00 00" --amount 100
end_card

stop "$watch"
watch=
echo "PC/SC passed"
