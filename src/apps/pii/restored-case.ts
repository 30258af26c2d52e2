// Texts all in small letters or all in capitals, as they would be written: same length, so places stay. Knows which words are names, no rules.
import { isDoubtfulGiven, isGiven, isOnlySurname, isSurname } from "./known-names.ts";

const word = /[\p{L}\p{M}][\p{L}\p{M}'’]*/gu;
const foreign = /[\u00df-\u024f]/;
/** Fewer letters say nothing about how one writes. */
const LEAST_LETTERS = 12;

/** How a text is written where its case says nothing about its words. */
export interface RestoredCase {
  /** Names with a capital, all else small. */
  readonly names: string;
  /** Every word with a capital. */
  readonly addresses: string;
}

/** Undefined where capitals stand where they should. */
export function restoredCase(text: string): RestoredCase | undefined {
  const capitals = text.match(/\p{Lu}/gu)?.length ?? 0;
  const small = text.match(/\p{Ll}/gu)?.length ?? 0;
  if (capitals + small < LEAST_LETTERS || (capitals > 0 && small > 0)) return undefined;
  const plain = small > 0 ? text : sameLength(text, text.toLowerCase());
  const addresses = plain.replace(word, capital);
  // A surname, an initial and what follows it belong to the name before it: "eric g. samoylova".
  const names = plain
    .replace(word, (one) => (isGiven(one) || foreign.test(one) ? capital(one) : one))
    .replace(/(?<![\p{L}\p{M}])\p{Ll}[\p{L}\p{M}'’-]+(?= (\p{Ll}[\p{L}\p{M}'’-]+))/gu, (first, last) =>
      isDoubtfulGiven(first) && isOnlySurname(last) ? capital(first) : first,
    )
    .replace(/(?<=\p{Lu}[\p{L}\p{M}]+ )\p{Ll}[\p{L}\p{M}'’-]+/gu, (one) => (isSurname(one) ? capital(one) : one))
    .replace(
      /(\p{Lu}[\p{L}\p{M}]+ )(\p{Ll})(\.? )(\p{Ll}[\p{L}\p{M}]{3,})/gu,
      (_, first, letter, between, last) => `${first}${capital(letter)}${between}${capital(last)}`,
    );
  return { names, addresses };
}

const capital = (one: string): string => sameLength(one, one.charAt(0).toUpperCase() + one.slice(1));
const sameLength = (before: string, after: string): string => (after.length === before.length ? after : before);
