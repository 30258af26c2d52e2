// The shape of a catalogue entry. Each family file declares the parameters of its codes as an interface and their words as a Catalogue.

/** Words for one language. `{name}` is replaced by the parameter of that name. */
export interface ErrorWords {
  /** What failed and why. */
  readonly message: string;
  /** What to do next. */
  readonly hint: Hint;
}

/** Where an error is read: in a terminal, in an answer over HTTP, in a program of one's own. */
export type Surface = "cli" | "http" | "library";

/** What to do next: in the words that fit wherever it is read, or in those of each surface. */
export type Hint = string | { readonly [Where in Surface]: string };

/** A hint that names a flag or a verb in the terminal, a call or an option in a program; over HTTP it says what that does if nothing else is given. */
export const hint = (cli: string, library: string, http: string = library): Hint => ({ cli, library, http });

/** Words in both languages. */
export interface Words {
  readonly en: string;
  readonly zh: string;
}

/** What is the same in every language: names, a formula, a path, words of a stranger. Several are shown as "a, b" and as "a、b". */
export type Names = readonly string[];

/** A parameter in words of its own: a sentence in both languages, or names. */
export type Phrase = Names | Words;

/** What is known of one code. */
export interface ErrorEntry {
  /** Exit code of the command line (sysexits): 64 usage, 65 data, 66 no input, 70 internal, 73 cannot create, 74 I/O, 75 temporary, 78 configuration, 130 cancelled. */
  readonly exit: number;
  /** HTTP status. */
  readonly status: number;
  /** `type` of the HTTP error envelope, e.g. "invalid_request_error". */
  readonly type: string;
  readonly en: ErrorWords;
  readonly zh: ErrorWords;
}

/** A family of entries: exactly one for each code of the interface T. */
export type Catalogue<T> = { readonly [Code in keyof T]: ErrorEntry };
