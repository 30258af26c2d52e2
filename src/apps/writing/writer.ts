// A text as it grows: spaces and capitals set right, "a" or "an" by what follows, and for each value its place. Knows no templates.
import type { WritingLanguage } from "./wording.ts";

/** Where a piece of a text came from. */
export interface TracePiece {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Fields of the row; several where it was computed. */
  readonly cells: readonly string[];
}

/** Collects a text. */
export class TextWriter {
  readonly #language: WritingLanguage;
  readonly trace: TracePiece[] = [];
  text = "";
  #article = false;
  #begun = false;

  constructor(language: WritingLanguage) {
    this.#language = language;
  }

  /** "a" or "an" before what comes next. */
  article(): void {
    this.#article = true;
  }

  /** Adds text; with `cells`, as a value that came from them. */
  write(given: string, cells?: readonly string[]): void {
    if (given === "") return;
    let text = given;
    if (this.#article) {
      const spaced = text.trimStart();
      if (spaced === "") return;
      this.#article = false;
      this.#add(
        /^(?:[aeiou](?!ne\b|ni(?!n))|8\b|8\d|11\b|18\b|hour|honest|heir)/i.test(spaced) && !/^(?:eu|uni(?!n)|use|one\b|usb)/i.test(spaced)
          ? "an "
          : "a ",
      );
      text = spaced;
    }
    if (cells === undefined || cells.length === 0) {
      this.#add(text);
      return;
    }
    const start = this.#add(text);
    this.trace.push({ start, end: this.text.length, text: this.text.slice(start), cells });
  }

  // Adds text and says where it begins.
  #add(given: string): number {
    let text = this.#begun ? given : given.trimStart();
    if (text === "") return this.text.length;
    if (/\s$/.test(this.text) && /^[^\S\n]/.test(text)) text = text.trimStart();
    if (/^[^\S\n]*[,.;:!?%，。；：！？、]/.test(text) && /[^\S\n]$/.test(this.text)) this.text = this.text.trimEnd();
    if (this.#language === "en" && /(?:^|[.!?]["”']?\s|\n)$/.test(this.text)) text = text.replace(/^\s*\p{Ll}/u, (letter) => letter.toUpperCase());
    this.#begun = true;
    const start = this.text.length;
    this.text += text;
    return start;
  }

  /** The text and its trace, without spaces at the ends of lines. */
  finished(): { text: string; trace: readonly TracePiece[] } {
    return { text: this.text.trimEnd(), trace: this.trace };
  }
}
