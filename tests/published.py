"""Recomputes vector files with nothing but this file: published.py FILE...

Takes files of the form mifare-vectors/1: Transaction MACs (session keys, TMI from the operations, TMV, EncTMRI) and EV2
conversations (authentications, MACs, enciphered data). Says how many vectors it leaves out, of other kinds or marked
unverifiable. Exits with 1 where a value differs, or where a vector of these kinds lacks what it is computed from. It
shares no code with Tapscope and needs nothing but Python: AES is below, from FIPS 197.
"""

import json
import sys

# --- AES-128 (FIPS 197) and CMAC (NIST SP 800-38B)


def times(a, b):
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = a << 1 ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


def substitution():
    box = []
    for value in range(256):
        inverse = next((x for x in range(256) if times(value, x) == 1), 0)
        result = 0x63
        for shift in range(5):
            result ^= (inverse << shift | inverse >> (8 - shift)) & 0xFF
        box.append(result)
    return box


SBOX = substitution()
INVERSE = [SBOX.index(value) for value in range(256)]


def column_table(box, coefficients):
    words = []
    for value in box:
        a, b, c, d = (times(value, factor) for factor in coefficients)
        words.append(a << 24 | b << 16 | c << 8 | d)
    return [words] + [[w >> 8 * n | w << (32 - 8 * n) & 0xFFFFFFFF for w in words] for n in (1, 2, 3)]


E0, E1, E2, E3 = column_table(SBOX, (2, 1, 1, 3))
D0, D1, D2, D3 = column_table(INVERSE, (14, 9, 13, 11))
# InvMixColumns of a round key.
M0, M1, M2, M3 = column_table(range(256), (14, 9, 13, 11))


def spread(word):
    return word >> 24, word >> 16 & 0xFF, word >> 8 & 0xFF, word & 0xFF


class Aes:
    def __init__(self, key):
        assert len(key) == 16, "a key of 16 bytes"
        words = [int.from_bytes(key[i : i + 4], "big") for i in range(0, 16, 4)]
        constant = 1
        while len(words) < 44:
            word = words[-1]
            if len(words) % 4 == 0:
                a, b, c, d = spread(word)
                word = (SBOX[b] ^ constant) << 24 | SBOX[c] << 16 | SBOX[d] << 8 | SBOX[a]
                constant = times(constant, 2)
            words.append(words[-4] ^ word)
        self.rounds = [words[i : i + 4] for i in range(0, 44, 4)]
        self.back = None

    @staticmethod
    def run(block, rounds, tables, box, turn):
        t0, t1, t2, t3 = tables
        state = [int.from_bytes(block[4 * i : 4 * i + 4], "big") ^ rounds[0][i] for i in range(4)]
        for keys in rounds[1:-1]:
            state = [
                t0[state[i] >> 24]
                ^ t1[state[(i + turn) % 4] >> 16 & 0xFF]
                ^ t2[state[(i + 2) % 4] >> 8 & 0xFF]
                ^ t3[state[(i - turn) % 4] & 0xFF]
                ^ keys[i]
                for i in range(4)
            ]
        out = b""
        for i, key in enumerate(rounds[-1]):
            word = (
                box[state[i] >> 24] << 24
                | box[state[(i + turn) % 4] >> 16 & 0xFF] << 16
                | box[state[(i + 2) % 4] >> 8 & 0xFF] << 8
                | box[state[(i - turn) % 4] & 0xFF]
            )
            out += (word ^ key).to_bytes(4, "big")
        return out

    def encrypt(self, block):
        return self.run(block, self.rounds, (E0, E1, E2, E3), SBOX, 1)

    def decrypt(self, block):
        if self.back is None:
            def mixed(word):
                a, b, c, d = spread(word)
                return M0[a] ^ M1[b] ^ M2[c] ^ M3[d]

            inner = [[mixed(word) for word in keys] for keys in reversed(self.rounds[1:-1])]
            self.back = [self.rounds[10]] + inner + [self.rounds[0]]
        return self.run(block, self.back, (D0, D1, D2, D3), INVERSE, -1)


def mix(one, other):
    return bytes(a ^ b for a, b in zip(one, other))


def cbc_encrypt(key, iv, data):
    aes, out = Aes(key), b""
    for at in range(0, len(data), 16):
        iv = aes.encrypt(mix(iv, data[at : at + 16]))
        out += iv
    return out


def cbc_decrypt(key, iv, data):
    aes, out = Aes(key), b""
    for at in range(0, len(data), 16):
        block = data[at : at + 16]
        out += mix(aes.decrypt(block), iv)
        iv = block
    return out


def doubled(block):
    number = int.from_bytes(block, "big") << 1
    if number >> 128:
        number = number & (1 << 128) - 1 ^ 0x87
    return number.to_bytes(16, "big")


def cmac(key, message):
    aes = Aes(key)
    k1 = doubled(aes.encrypt(bytes(16)))
    last = len(message) - 1 >> 4 << 4 if message else 0
    end = message[last:]
    if len(end) == 16:
        end = mix(end, k1)
    else:
        end = mix((end + b"\x80").ljust(16, b"\x00"), doubled(k1))
    state = bytes(16)
    for at in range(0, last, 16):
        state = aes.encrypt(mix(state, message[at : at + 16]))
    return aes.encrypt(mix(state, end))


def truncated(mac):
    return mac[1::2]


assert Aes(bytes(range(16))).encrypt(bytes.fromhex("00112233445566778899aabbccddeeff")).hex() == "69c4e0d86a7b0430d8cdb78070b4c55a"
assert Aes(bytes(range(16))).decrypt(bytes.fromhex("69c4e0d86a7b0430d8cdb78070b4c55a")).hex() == "00112233445566778899aabbccddeeff"

# --- Counting what was compared

KINDS = ("tmv", "tm_session_keys", "enc_tmri")

compared = 0
skipped = {}
wrong = []


def skip(reason):
    skipped[reason] = skipped.get(reason, 0) + 1


def compare(place, expected, got):
    global compared
    compared += 1
    if isinstance(got, (bytes, bytearray)):
        got = got.hex().upper()
    if isinstance(expected, (bytes, bytearray)):
        expected = expected.hex().upper()
    if expected != got:
        wrong.append(f"{place}: {expected} expected, computed {got}")


def member(values, name):
    return bytes.fromhex(values[name])


# --- Transaction MAC


def three(number):
    return number.to_bytes(3, "little")


def filled(data):
    return data + bytes(-len(data) % 16)


def tmi(operations, tmac_file=None):
    """The input, from commands as they were sent; what an abort dropped does not count."""
    total = b""
    for operation in operations:
        name, cmd = operation["op"], member(operation, "cmd")
        head = cmd + bytes.fromhex(operation.get("file", ""))
        data = bytes.fromhex(operation.get("data", ""))
        if name == "abort":
            total = b""
            continue
        if name == "read_data":
            if operation["file"] == tmac_file:
                continue
            head += three(operation["offset"]) + three(len(data))
        elif name in ("write_data", "write_record"):
            assert operation["length"] == len(data)
            head += three(operation["offset"]) + three(len(data))
        elif name == "update_record":
            assert operation["length"] == len(data)
            head += three(operation["record"]) + three(operation["offset"]) + three(len(data))
        elif name == "read_records":
            count = operation["count"] or len(data) // operation["record_size"]
            head += three(operation["record"]) + three(count)
        elif name in ("get_value", "credit", "debit", "limited_credit"):
            head += member(operation, "value")
        elif name == "commit_reader_id":
            head = cmd + member(operation, "tmri") + bytes.fromhex(operation.get("enc_tmri", ""))
        else:
            assert name == "clear_record_file", name
        total += filled(head) + filled(data)
    return total


def transaction(place, inputs, expected):
    lacking = [name for name in ("key", "uid", "tmc") if inputs.get(name) is None]
    if lacking:
        wrong.append(f"{place}: not computed, it lacks {' and '.join(lacking)}")
        return
    key, end = member(inputs, "key"), member(inputs, "tmc") + member(inputs, "uid")
    vectors = [label + bytes.fromhex("00010080") + end for label in (b"\x5A", b"\xA5")]
    mac_key, enc_key = (cmac(key, vector) for vector in vectors)
    values = {"sv1": vectors[0], "sv2": vectors[1], "ses_tm_mac": mac_key, "ses_tm_enc": enc_key}
    if "operations" in inputs:
        values["tmi"] = tmi(inputs["operations"], inputs.get("tmac_file"))
        values["tmv"] = truncated(cmac(mac_key, values["tmi"]))
        for operation in inputs["operations"]:
            if "enc_tmri" in operation:
                values["tmri_prev"] = Aes(enc_key).decrypt(member(operation, "enc_tmri"))
    if "tmri_prev" in inputs:
        values["enc_tmri"] = Aes(enc_key).encrypt(member(inputs, "tmri_prev"))
    for name, value in expected.items():
        if name in values:
            compare(f"{place} {name}", value, values[name])
        else:
            wrong.append(f"{place}: nothing computes {name}")


# --- EV2 conversations


def rotated(block):
    return block[1:] + block[:1]


def session_keys(key, a, b):
    rest = a[0:2] + mix(a[2:8], b[0:6]) + b[6:16] + a[8:16]
    return [cmac(key, label + bytes.fromhex("00010080") + rest) for label in (b"\xA5\x5A", b"\x5A\xA5")]


class Conversation:
    def __init__(self, place, exchange):
        self.place = place
        self.keys = {key["no"]: member(key, "key") for key in exchange["keys"]}
        self.open = False
        self.counter = 0
        commands, answers = [], []
        for apdu in exchange["apdus"]:
            command, answer = member(apdu, "command"), member(apdu, "response")
            commands.append((command[1], command[5 : 5 + command[4]] if len(command) > 5 else b""))
            answers.append((answer[-1], answer[:-2]))
            if "partial" not in apdu["expect"]:
                self.command(commands, answers, apdu["expect"])
                commands, answers = [], []
        if "tmac" in exchange:
            tmac = exchange["tmac"]
            transaction(place, tmac, {name: tmac[name] for name in ("tmi", "tmv")})

    def command(self, commands, answers, expect):
        place = f"{self.place} {expect['cmd']}"
        code, body = commands[0][0], b"".join(data for _, data in commands)
        answer, status = b"".join(data for _, data in answers), answers[-1][0]
        compare(f"{place} code", expect["cmd"], bytes([code]))
        if code in (0x71, 0x77):
            self.authentication(place, code, commands, answers, expect)
            return
        header, data = member(expect, "header"), member(expect, "data")
        if code == 0x5A or not self.open:
            compare(f"{place} in clear", header + data, body)
            compare(f"{place} answer", expect["resp"], answer)
            self.open = False
            return
        self.secured(place, code, header, body, expect)
        if code == 0xC4:
            self.new_key(place, data, expect)
            if header[0] & 0x3F == self.key_no:
                self.open = False
                compare(f"{place} answer", b"", answer)
                return
        self.counter += 1
        self.answered(place, status, answer, expect)

    def authentication(self, place, code, commands, answers, expect):
        key = self.keys[expect["key_no"]]
        b = cbc_decrypt(key, bytes(16), answers[0][1])
        token = cbc_decrypt(key, bytes(16), commands[1][1])
        proof = cbc_decrypt(key, bytes(16), answers[1][1])
        a = token[:16]
        compare(f"{place} RndA", expect["rnd_a"], a)
        compare(f"{place} RndB", expect["rnd_b"], b)
        compare(f"{place} RndB'", rotated(b), token[16:])
        self.enc, self.mac = session_keys(key, a, b)
        compare(f"{place} SesAuthENCKey", expect["ses_enc"], self.enc)
        compare(f"{place} SesAuthMACKey", expect["ses_mac"], self.mac)
        if code == 0x71:
            self.ti, self.counter = proof[:4], 0
            compare(f"{place} TI", expect["ti"], self.ti)
            compare(f"{place} RndA'", rotated(a), proof[4:20])
        else:
            compare(f"{place} RndA'", rotated(a), proof)
        self.open, self.key_no = True, expect["key_no"]

    def numbered(self):
        return self.counter.to_bytes(2, "little")

    def iv(self, label):
        return Aes(self.enc).encrypt(label + self.ti + self.numbered() + bytes(8))

    def secured(self, place, code, header, body, expect):
        data, mode = member(expect, "data"), expect["mode"]
        compare(f"{place} CmdCtr", expect["ctr"], self.counter)
        if mode == "full" and data:
            padded = filled(data + b"\x80")
            data = cbc_encrypt(self.enc, self.iv(b"\xA5\x5A"), padded)
        sent = header + data
        if mode != "plain":
            sent += truncated(cmac(self.mac, bytes([code]) + self.numbered() + self.ti + sent))
        compare(f"{place} command", sent, body)

    def answered(self, place, status, answer, expect):
        data, mode = member(expect, "resp"), expect["mode"]
        if mode == "full" and data:
            data = cbc_encrypt(self.enc, self.iv(b"\x5A\xA5"), filled(data + b"\x80"))
        if mode != "plain":
            data += truncated(cmac(self.mac, bytes([status]) + self.numbered() + self.ti + data))
        compare(f"{place} answer", data, answer)

    def new_key(self, place, data, expect):
        number = member(expect, "header")[0] & 0x3F
        key, version = data[:16], data[16:17]
        if number != self.key_no:
            key = mix(key, self.keys[number])
            compare(f"{place} CRC32", jamcrc(key), data[17:21])
        compare(f"{place} new key", expect["new_key"], key)
        compare(f"{place} version", expect["new_key_version"], version)
        self.keys[number] = key


def jamcrc(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xEDB88320 if crc & 1 else 0)
    return crc.to_bytes(4, "little")


def main():
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
        assert content["format"] == "mifare-vectors/1", path
        before = compared
        skipped.clear()
        for vector in content.get("vectors", []):
            if vector["kind"] not in KINDS:
                skip(f"of kind {vector['kind']}")
            elif vector.get("status") == "unverifiable":
                skip("unverifiable")
            else:
                transaction(f"{path} {vector['id']}", vector["inputs"], vector["expected"])
        for exchange in content.get("exchanges", []):
            Conversation(f"{path} {exchange['id']}", exchange)
        left_out = "".join(f", {count} {reason} skipped" for reason, count in sorted(skipped.items()))
        print(f"{path}: {compared - before} values compared{left_out}")
        if compared == before:
            wrong.append(f"{path}: nothing in it could be compared")
    for text in wrong:
        print(text, file=sys.stderr)
    if len(sys.argv) < 2:
        sys.exit("usage: published.py FILE...")
    sys.exit(1 if wrong else 0)


main()
