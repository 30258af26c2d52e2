// One call as it is written, an object with a name and arguments, read character by character: the arguments are given on as they come. Knows no marks around it.

/** What came of some characters. */
export interface CallPart {
  /** Told once, before any arguments. */
  readonly name?: string;
  /** More of the text of the arguments. */
  readonly arguments: string;
}

/** What a call may have; another key shows that it is none. */
const keys = new Set(["name", "arguments", "parameters", "id", "type"].map((key) => JSON.stringify(key)));

/**
 * Reads `{"name": …, "arguments": {…}}`. Arguments that come before the name wait for it; arguments that are a text hold the text of an object, as some models write them.
 *
 * @example
 * const reader = new CallReader();
 * reader.push('{"name": "add", "arguments": {"a"'); // { name: "add", arguments: "{\"a\"" }
 * reader.push(": 1}}"); // { arguments: ": 1}" }
 * reader.done; // true
 */
export class CallReader {
  /** The object has ended, or is no call. */
  done = false;
  /** How it is written so far. */
  raw = "";
  /** The name of the tool, once it is known. */
  name: string | undefined;
  readonly #anyKeys: boolean;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #key = "";
  /** The text of the key or the value that is being read. */
  #text = "";
  #isValue = false;
  #waiting = "";
  #held = "";

  /** `anyKeys`: whatever the object holds, it is read to its end. */
  constructor({ anyKeys = false }: { readonly anyKeys?: boolean } = {}) {
    this.#anyKeys = anyKeys;
  }

  /** Takes characters up to the end of the object at the latest; how many were taken is what `raw` grew by. */
  push(characters: string): CallPart {
    const before = this.name;
    let told = "";
    for (const c of characters) {
      if (this.done) break;
      this.raw += c;
      told += this.#take(c);
    }
    if (this.name === undefined) {
      this.#waiting += told;
      return { arguments: "" };
    }
    const all = this.#waiting + told;
    this.#waiting = "";
    return before === undefined ? { name: this.name, arguments: all } : { arguments: all };
  }

  // What a character adds to the arguments.
  #take(c: string): string {
    const top = this.#depth === 1 && !this.#inString;
    if (this.#inString) this.#string(c);
    else if (c === '"') this.#inString = true;
    else if (c === "{" || c === "[") this.#depth++;
    else if (c === "}" || c === "]") this.#depth--;
    if (this.#depth === 0 || (top && c === ",")) return this.#ended(this.#depth === 0);
    if (top && c === ":" && !this.#isValue) {
      this.#key = this.#text.trim();
      if (!this.#anyKeys && this.name === undefined && !keys.has(this.#key)) this.done = true;
      this.#text = "";
      this.#isValue = true;
      return "";
    }
    if (this.raw.length === 1 || (this.#text === "" && /\s/.test(c))) return "";
    this.#text += c;
    return this.#isValue && this.#isArguments && this.#text[0] !== '"' ? this.#settled(c) : "";
  }

  // White space behind a value that has ended is not a part of it.
  #settled(c: string): string {
    if (this.#depth === 1 && !this.#inString && /\s/.test(c)) {
      this.#held += c;
      return "";
    }
    const text = this.#held + c;
    this.#held = "";
    return text;
  }

  get #isArguments(): boolean {
    return this.#key === '"arguments"' || this.#key === '"parameters"';
  }

  #string(c: string): void {
    if (this.#escaped) this.#escaped = false;
    else if (c === "\\") this.#escaped = true;
    else if (c === '"') this.#inString = false;
  }

  #ended(last: boolean): string {
    const value = parsed(this.#text.trim());
    let told = "";
    if (this.#isValue && this.#key === '"name"' && typeof value === "string") this.name ??= value;
    if (this.#isValue && this.#isArguments && typeof value === "string") told = value;
    this.#text = "";
    this.#held = "";
    this.#isValue = false;
    this.done = last;
    return told;
  }
}

/** A call whose name stood before its arguments, which are an object. */
export class NamedCallReader extends CallReader {
  readonly #arguments: CallReader = new CallReader({ anyKeys: true });
  readonly #own: string;
  #told = false;

  constructor(name: string) {
    super();
    this.#own = name;
    this.name = name;
  }

  override push(characters: string): CallPart {
    const before = this.#arguments.raw.length;
    const given = before === 0 ? characters.trimStart() : characters;
    this.raw += characters;
    this.#arguments.push(given);
    this.done = this.#arguments.done;
    const part = { arguments: this.#arguments.raw.slice(before) };
    if (this.#told) return part;
    this.#told = true;
    return { name: this.#own, ...part };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
