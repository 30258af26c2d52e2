// Words of the command line. Knows no locales.

/** A text in both languages. */
export interface Words {
  readonly en: string;
  readonly zh: string;
}
