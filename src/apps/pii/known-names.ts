// Whether a word is a known given name or surname of Latin letters. Lists made once, when the first is asked for.
import { givenNames, surnamesEn } from "./name-lists.ts";
import { doubtfulRows, givenRows, surnameRows } from "./names-world.ts";

const listed = (rows: readonly string[]): (() => ReadonlySet<string>) => {
  let made: ReadonlySet<string> | undefined;
  return () => {
    made ??= new Set(rows.flatMap((row) => row.split(" ")));
    return made;
  };
};
const [worldGiven, doubtful, worldSurnames] = [listed(givenRows), listed(doubtfulRows), listed(surnameRows)];

// "Anne-Marie" is known by its parts, too.
const every = (one: string, holds: (part: string) => boolean): boolean => {
  const small = one.toLowerCase();
  return holds(small) || (small.includes("-") && small.split("-").every((part) => part.length > 1 && holds(part)));
};

/** A given name that is hardly anything else. */
export const isGiven = (one: string): boolean => every(one, (small) => givenNames.has(small) || worldGiven().has(small));

/** A given name that is a word or a place as well: Grace, Derrick, Paris. */
export const isDoubtfulGiven = (one: string): boolean => every(one, (small) => doubtful().has(small));

/** A surname that is no word of English in small letters, either. */
export const isOnlySurname = (one: string): boolean => every(one, (small) => worldSurnames().has(small));

/** A surname that is hardly anything else. */
export const isSurname = (one: string): boolean => every(one, (small) => surnamesEn.has(small) || worldSurnames().has(small));
