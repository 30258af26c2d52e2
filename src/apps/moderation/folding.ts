// One character for all that look or sound the same to a reader: width, case, accents, look-alikes, digits for letters, traditional forms. Knows no words.
import { simplifiedPairs, syllables } from "./sounds.ts";

/** What a character is to the filter when it is no symbol of a word. */
export const BREAK = 0;
/** A mark or a space that may stand inside a word that somebody hides. */
export const SEPARATOR = 1;
/** Nothing that a reader sees. */
export const INVISIBLE = 2;

const lookAlikes =
  "аa вb еe кk мm нh оo рp сc тt уy хx іi ѕs јj ԁd ԛq ԝw ɡg ӏl ґr һh ѵv ԍg αa βb γy εe ηn ιi κk νv οo ρp σo τt υu χx ωw ϲc ϳj ƅb ɑa ɩi ʏy ɪi ʟl ɴn ʀr ѐe ёe ıi łl øo đd ħh ŧt ƒf ßs æa œo ×x †t ‡t ¢c €e £l ¥y §s ¡i ¿? ꞵb ꓐb ꓑp ꓒd ꓓd ꓔt ꓖg ꓗk ꓙj ꓚc ꓜz ꓝf ꓟm ꓠn ꓡl ꓢs ꓣr ꓦv ꓧh ꓪw ꓫx ꓬy ꓮa ꓰe ꓲi ꓳo ꓴu ᴀa ʙb ᴄc ᴅd ᴇe ꜰf ɢg ʜh ᴊj ᴋk ᴍm ᴏo ᴘp ꜱs ᴛt ᴜu ᴠv ᴡw ᴢz";
const leet = "0o 1i 3e 4a 5s 7t 8b 9g @a $s !i |i l i".split(" ");
const separators = /[\s*_~`^\-+=./\\#&%·•‧∙●○◆◇■□★☆♥♡❤→←|×"'“”‘’<>()[\]{}【】（）《》〈〉「」『』…—–:]/u;
const invisible = /[\p{Cf}\p{Mn}\p{Me}\p{Cc}\u115f\u1160\u3164\uffa0\u2800]/u;

const single = new Map(lookAlikes.split(" ").map((pair) => [pair[0], pair[1]]));
const simple = new Map<string, string>();
for (let i = 0; i < simplifiedPairs.length; i += 2) simple.set(simplifiedPairs[i], simplifiedPairs[i + 1]);
const letters = new Map(leet.filter((pair) => pair.length === 2).map((pair) => [pair[0], pair[1]]));
letters.set("l", "i");

/** The plain character of a code point: a lower-case Latin letter, a simplified Chinese character, itself; or a class of its own as "", " " or "\0". */
export function foldCharacter(character: string): string {
  if (invisible.test(character) && !/[\t\n\r]/.test(character)) return "\0";
  const [first] = character.normalize("NFKD").toLowerCase();
  const plain = single.get(first) ?? first;
  const letter = letters.get(plain) ?? plain;
  if (/[a-z]/.test(letter)) return letter;
  if (separators.test(plain) || /\p{Extended_Pictographic}/u.test(character)) return " ";
  const han = simple.get(plain) ?? plain;
  return /[\p{L}\p{N}]/u.test(han) ? han : "";
}

let table: Uint16Array | undefined;

/** For each UTF-16 unit its plain unit, or BREAK, SEPARATOR, INVISIBLE. Surrogates are BREAK here: see `foldPair`. */
export function foldTable(): Uint16Array {
  if (table !== undefined) return table;
  table = new Uint16Array(65_536);
  for (let unit = 0; unit < 65_536; unit++) {
    if (unit >= 0xd800 && unit < 0xe000) continue;
    table[unit] = classed(foldCharacter(String.fromCharCode(unit)));
  }
  return table;
}

const classed = (plain: string): number => (plain === "" ? BREAK : plain === " " ? SEPARATOR : plain === "\0" ? INVISIBLE : plain.charCodeAt(0));

const pairs = new Map<number, number>();

/** As the table, for a code point beyond the first plane (mathematical letters, emoji). */
export function foldPair(codePoint: number): number {
  let found = pairs.get(codePoint);
  if (found === undefined) {
    found = classed(foldCharacter(String.fromCodePoint(codePoint)));
    if (pairs.size < 4096) pairs.set(codePoint, found);
  }
  return found;
}

/** A word in plain characters, without separators. */
export function foldWord(word: string): string {
  let plain = "";
  for (const character of word) {
    const one = foldCharacter(character);
    if (one !== "" && one !== " " && one !== "\0") plain += one;
  }
  return plain;
}

let sounds: Map<string, string> | undefined;

/** The syllable of a Chinese character, without its tone; undefined where there is none. */
export function soundOf(character: string): string | undefined {
  if (sounds === undefined) {
    sounds = new Map();
    for (const row of syllables) {
      const [syllable] = /^[a-z]+/.exec(row)!;
      for (const one of row.slice(syllable.length)) sounds.set(one, syllable);
    }
  }
  return sounds.get(character);
}
