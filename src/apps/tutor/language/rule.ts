// What a rule of the corrections is. Knows no rules.

/** A rule: where it holds, what stands there instead, and why. */
export interface LanguageRule {
  readonly name: string;
  /** With the flags `d` and `g`; what is replaced is its first group, else all of it. */
  readonly pattern: RegExp;
  /** The replacement; undefined: here it is right. */
  readonly fix: (match: RegExpMatchArray) => string | undefined;
  readonly en: string;
  readonly zh: string;
}
