// nfc-pcsc 0.8.1 (npm) before the card on a reader: nfc_pcsc.js READER HARDWARE_MAJOR. Needs the package in NODE_PATH.
// Its detection, then ATR, UID, GetVersion as a chain and SELECT of the DESFire application.
const { NFC } = require("nfc-pcsc");

const [reader_name, hardware_major] = process.argv.slice(2);
const fail = (why) => {
    console.error(why);
    process.exit(1);
};
const expect = (what, got, wanted) => {
    if (!wanted.test(got)) fail(`${what} is ${got}, expected ${wanted}`);
};
const nfc = new NFC();
nfc.on("error", fail);
nfc.on("reader", (reader) => {
    if (reader.name !== reader_name) return;
    reader.autoProcessing = false;
    reader.on("error", fail);
    reader.on("card", async (card) => {
        try {
            expect("ATR", card.atr.toString("hex"), /^3b8180018080$/);
            for (const [command, answer] of [
                ["ffca000000", /^04[0-9a-f]{12}9000$/],
                ["9060000000", new RegExp(`^040101${hardware_major}[0-9a-f]{6}91af$`)],
                ["90af000000", /^040101[0-9a-f]{8}91af$/],
                ["90af000000", /^04[0-9a-f]{26}9100$/],
                ["00a4040007d276000085010000", /^9000$/],
            ]) {
                const got = await reader.transmit(Buffer.from(command, "hex"), 260);
                expect(command, got.toString("hex"), answer);
            }
            console.log("nfc-pcsc: ATR, UID, GetVersion, SELECT");
            process.exit(0);
        } catch (error) {
            fail(error);
        }
    });
});
setTimeout(() => fail(`no card came on ${reader_name}`), 15000);
