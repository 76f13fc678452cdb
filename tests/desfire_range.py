"""python-desfire 0.1.5 (PyPI) over pyscard through its whole range: desfire_range.py READER HARDWARE_MAJOR.

The card lies on the PC/SC reader of that name and is as delivered: no applications, PICC master key a DES key of zeros.
It is so again at the end. Every frame is native. HARDWARE_MAJOR is what GetVersion has to say, in hexadecimal.

What the package does otherwise than its cards, and how we go round it:
* delete_file in a session appends a MAC that no card awaits: files are deleted without a session.
* a MAC that it sends with an AES key is the wrong half: MACed files of AES applications are only read.
* it fills every enciphered answer up to blocks of 16 bytes, and takes zeros at the end for padding: lengths and data of
  files are such that this does no harm.
* reading a plain file in a session leaves the MAC among the data: plain files are read without one.
* format_card and an authentication leave the key object with the session key: each use takes a new one.
* it takes a DES key of 16 or 24 bytes for one with blocks of that length: Key and eight_bytes below set that right.
* its cipher takes no 3K3DES key of zeros: applications of that type get another default key.
* the PICC key's new type is taken from the old key where the new one is DES: the old one is given as DES there.
"""

import sys

import desfire.cmac
from desfire import DESFire, DESFireKey, PCSCDevice
from desfire.enums import DESFireCommunicationMode as Mode
from desfire.enums import DESFireFileType, DESFireKeySettings, DESFireKeyType
from desfire.exceptions import DESFireCommunicationError
from desfire.schemas import FilePermissions, FileSettings, KeySettings
from desfire.util import CRC32, get_ciphermod
from smartcard.System import readers

TYPES = {
    "DES": (DESFireKeyType.DF_KEY_2K3DES, 8),
    "2K3DES": (DESFireKeyType.DF_KEY_2K3DES, 16),
    "3K3DES": (DESFireKeyType.DF_KEY_3K3DES, 24),
    "AES": (DESFireKeyType.DF_KEY_AES, 16),
}
FACTORY = {"DES": bytes(8), "2K3DES": bytes(8), "3K3DES": bytes(24), "AES": bytes(16)}
PICC = [0x00]


class Key(DESFireKey):
    """Blocks of DES have 8 bytes, whatever the key's length."""

    def _set_key_size(self, key_size):
        super()._set_key_size(key_size)
        if self.key_type != DESFireKeyType.DF_KEY_AES:
            self.cipher_block_size = 8
            self.iv0 = [0] * 8

    def set_iv(self, iv):
        # Of a cryptogram the last block: RndB of 3K3DES has two.
        super().set_iv(iv if self.key_type == DESFireKeyType.DF_KEY_AES else iv[-8:])


def eight_bytes(kind, value, iv):
    return get_ciphermod(kind, value, iv if kind == DESFireKeyType.DF_KEY_AES else iv[:8])


desfire.cmac.get_ciphermod = eight_bytes


def key(name, value):
    kind, length = TYPES[name]
    if length == 16 and value == bytes(8):
        # Equal halves: the cipher is single DES, and the package wants it as such.
        length = 8
    assert len(value) == length, (name, len(value))
    return Key(KeySettings(key_type=kind), value)


def stored(name, value):
    """A key as ChangeKey carries it: single DES twice."""
    kind, _ = TYPES[name]
    value = value * 2 if len(value) == 8 else value
    return Key(KeySettings(key_type=kind), value)


def test_key(name, number):
    """Another one for each number. Bit 0 of a DES key's bytes belongs to its version."""
    _, length = TYPES[name]
    mixed = bytes((29 * i + 7) * (2 * number + 3) % 251 & 0xFE for i in range(length))
    assert len(set(mixed)) > 4
    return mixed


def refused(status, action, *arguments, **named):
    try:
        action(*arguments, **named)
    except DESFireCommunicationError as error:
        assert error.status_code == status, error.status_code
    else:
        raise AssertionError(f"{action.__name__} was not refused")


class Range:
    def __init__(self, reader):
        connection = next(one for one in readers() if str(one) == reader).createConnection()
        connection.connect()
        self.card = DESFire(PCSCDevice(connection.component))
        self.uid = None

    def select(self, aid):
        self.card.select_application(aid if aid != PICC else [0, 0, 0])
        # The package tells the PICC level by this.
        self.card.last_selected_application = aid

    def log_in(self, aid, number, name, value):
        self.select(aid)
        self.card.authenticate(number, key(name, value))

    def identity(self, major):
        version = self.card.get_card_version()
        assert version.hardware_major_version == major, version.raw_bytes
        for _ in range(2):
            self.log_in(PICC, 0, "DES", FACTORY["DES"])
            uid = self.card.get_real_uid()
            assert len(uid) == 7 and uid[0] == 0x04, uid
            assert self.uid in (None, uid)
            self.uid = uid
        assert bytes(uid) in bytes(version.raw_bytes), "GetVersion and GetCardUID tell the same UID"
        assert self.card.get_card_version().raw_bytes == version.raw_bytes, "in a session"
        settings = self.card.get_key_setting()
        assert settings.key_type == DESFireKeyType.DF_KEY_2K3DES
        single = [one for one in settings.settings if one.value in (1, 2, 4, 8)]
        assert len(single) == 4, settings.human_key_settings()
        assert self.card.get_application_ids() == []

    def picc_key(self):
        """The PICC master key through all types and back."""
        chain = [("DES", FACTORY["DES"])]
        chain += [(name, test_key(name, 9)) for name in ("2K3DES", "3K3DES", "AES")]
        chain += [("DES", FACTORY["DES"])]
        for (old, value), (new, replacement) in zip(chain, chain[1:]):
            self.log_in(PICC, 0, old, value)
            current = stored("DES", FACTORY["DES"]) if new in ("DES", "2K3DES") else stored(old, value)
            version = 0x42 if new == "AES" else None
            self.card.change_key(0, current, stored(new, replacement), version)
            self.log_in(PICC, 0, new, replacement)
            assert self.card.get_real_uid() == self.uid, new
            assert self.card.get_key_version(0) == (0x42 if new == "AES" else 0)
            print(f"PICC master key {old} to {new}")

    def default_key(self):
        new = test_key("AES", 5)
        for value, version in [(new, 0x17), (FACTORY["AES"], 0)]:
            self.log_in(PICC, 0, "DES", FACTORY["DES"])
            self.card.change_default_key(key("AES", value), version)
            aid = [0x44, 0x55, 0x66]
            self.card.create_application(aid, self.settings("AES"), 2)
            self.log_in(aid, 1, "AES", value)
            assert self.card.get_key_version(1) == version
            self.log_in(PICC, 0, "DES", FACTORY["DES"])
            self.card.delete_application(aid)

    @staticmethod
    def settings(name):
        kind, _ = TYPES[name]
        return KeySettings(key_type=kind, settings=[DESFireKeySettings.KS_FACTORY_DEFAULT])

    def application(self, name):
        aid = [0x11, 0x22, list(TYPES).index(name)]
        factory = FACTORY[name]
        self.log_in(PICC, 0, "DES", FACTORY["DES"])
        if name == "3K3DES":
            factory = test_key(name, 6)
            self.card.change_default_key(key(name, factory))
        self.card.create_application(aid, self.settings(name), 4)
        assert self.card.get_application_ids() == [aid]
        refused(0xDE, self.card.create_application, aid, self.settings(name), 4)
        self.log_in(aid, 0, name, factory)
        assert self.card.get_real_uid() == self.uid
        settings = self.card.get_key_setting()
        assert (settings.max_keys, settings.key_type) == (4, TYPES[name][0])
        self.keys(name, aid, [factory] * 4, [test_key(name, number) for number in range(4)])
        self.files(name, aid)
        self.key_settings(name, aid)
        self.keys(name, aid, [test_key(name, number) for number in range(4)], [factory] * 4)
        self.log_in(aid, 3, name, factory)
        self.log_in(PICC, 0, "DES", FACTORY["DES"])
        self.card.delete_application(aid)
        self.card.change_default_key(key("AES", FACTORY["AES"]))
        assert self.card.get_application_ids() == []
        print(f"{name} application: keys there and back, files, settings")

    def keys(self, name, aid, old, new):
        """Keys of others first, the session's own last."""
        self.log_in(aid, 0, name, old[0])
        for number in (1, 2, 3):
            version = 0x10 + number if name == "AES" else None
            self.card.change_key(number, stored(name, old[number]), stored(name, new[number]), version)
            if name == "AES":
                assert self.card.get_key_version(number) == version
        self.card.change_key(0, stored(name, old[0]), stored(name, new[0]), 0x10 if name == "AES" else None)
        assert not self.card.is_authenticated
        for number in range(4):
            self.log_in(aid, number, name, new[number])
        refused(0xAE, self.log_in, aid, 1, name, test_key(name, 8))

    def files(self, name, aid):
        modes = {1: Mode.PLAIN, 2: Mode.CMAC, 3: Mode.ENCRYPTED}
        for number, mode in modes.items():
            # Chunks differ. An enciphered answer is read when its length is one of AES and its checksum ends in no zero.
            short = mode == Mode.ENCRYPTED and name != "AES"
            data = [(7 * i + i // 3) % 251 for i in range(44 if short else 100)]
            for start in range(0, len(data), 48):
                assert CRC32(data[start : start + 48] + [0x00])[-1] != 0
            self.log_in(aid, 0, name, test_key(name, 0))
            rights = FilePermissions(0xE, 0xE, 0xE, 0xE) if mode == Mode.PLAIN else FilePermissions(1, 2, 3, 0)
            made = FileSettings(mode, DESFireFileType.MDFT_STANDARD_DATA_FILE, rights, len(data))
            self.card.create_standard_file(number, made)
            found = self.card.get_file_settings(number)
            assert (found.file_size, found.encryption) == (len(data), mode)
            assert found.permissions.get_permissions() == rights.get_permissions()
            written = mode != Mode.CMAC or name != "AES"
            if mode == Mode.PLAIN:
                self.select(aid)
            else:
                self.log_in(aid, 2, name, test_key(name, 2))
            for start in range(0, len(data), 40) if written else ():
                self.card.write_file_data(number, start, mode, data[start : start + 40])
            if mode != Mode.PLAIN:
                refused(0xAE, self.card.read_file_data, number, found)
                self.log_in(aid, 1, name, test_key(name, 1))
            read = self.card.read_file_data(number, found)
            assert read == (data if written else [0] * len(data)), (name, mode, read)
        self.log_in(aid, 0, name, test_key(name, 0))
        assert self.card.get_file_ids() == [1, 2, 3]
        self.select(aid)
        for number in modes:
            self.card.delete_file(number)
        assert self.card.get_file_ids() == []
        refused(0xF0, self.card.get_file_settings, 1)

    def key_settings(self, name, aid):
        listed = [DESFireKeySettings.KS_ALLOW_CHANGE_MK, DESFireKeySettings.KS_CONFIGURATION_CHANGEABLE]
        for settings, free in [(listed, False), ([DESFireKeySettings.KS_FACTORY_DEFAULT], True)]:
            self.log_in(aid, 0, name, test_key(name, 0))
            self.card.change_key_settings(settings)
            assert self.card.get_file_ids() == [], "the session goes on"
            self.select(aid)
            if free:
                assert self.card.get_file_ids() == []
            else:
                refused(0xAE, self.card.get_file_ids)

    def format(self):
        self.log_in(PICC, 0, "DES", FACTORY["DES"])
        for number in range(28):
            self.card.create_application([0x70, 0x00, number], self.settings("AES"), 1)
        assert len(self.card.get_application_ids()) == 28, "over several frames"
        self.card.format_card()
        self.log_in(PICC, 0, "DES", FACTORY["DES"])
        assert self.card.get_application_ids() == []


def main():
    run = Range(sys.argv[1])
    run.identity(int(sys.argv[2], 16))
    run.picc_key()
    run.default_key()
    for name in TYPES:
        if name != "DES":
            run.application(name)
    run.format()
    print("python-desfire: whole range passed")


main()
