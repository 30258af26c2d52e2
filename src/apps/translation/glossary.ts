// Terms and how they are to be translated. Reads CSV and TSV; finds terms in sentences. Knows no models.
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { InkstoneError } from "../../core/index.ts";

/** A term. */
export interface GlossaryTerm {
  readonly source: string;
  readonly target: string;
}

/**
 * Terms of a language pair.
 *
 * @example
 * const glossary = new Glossary([{ source: "ink stone", target: "砚台" }]);
 * glossary.termsIn("An Ink stone is heavy."); // [{ source: "ink stone", target: "砚台" }]
 * glossary.termsIn("A pink stone."); // []
 */
export class Glossary {
  readonly terms: readonly GlossaryTerm[];

  constructor(terms: readonly GlossaryTerm[]) {
    // Longest first: a term inside another one is not looked for twice.
    this.terms = [...terms].sort((a, b) => b.source.length - a.source.length);
  }

  /** A file of two columns, `source,target` or with a tab between; lines that begin with # are remarks. Errors: E_INPUT_MISSING, E_RULES_FILE with the line. */
  static async read(path: string): Promise<Glossary> {
    const text = await readFile(path, "utf8").catch((cause: unknown) => {
      throw new InkstoneError("E_INPUT_MISSING", { path }, { cause });
    });
    return Glossary.parse(text, basename(path));
  }

  /**
   * Reads the text of such a file.
   *
   * @example
   * Glossary.parse("source,target\nink,墨").terms.length; // 1
   * Glossary.parse("ink"); // throws E_RULES_FILE
   */
  static parse(text: string, file: string = "glossary"): Glossary {
    const terms: GlossaryTerm[] = [];
    for (const [i, line] of text
      .replace(/^\ufeff/, "")
      .split(/\r?\n/)
      .entries()) {
      if (line.trim() === "" || line.startsWith("#")) continue;
      const cells = (line.includes("\t") ? line.split("\t") : cellsOf(line)).map((cell) => cell.trim());
      if (cells.length !== 2 || cells.some((cell) => cell === ""))
        throw new InkstoneError("E_RULES_FILE", {
          file,
          where: `line ${i + 1}`,
          why: { en: "it needs a term and its translation", zh: "需要术语及其译法" },
        });
      if (i === 0 && /^source$/i.test(cells[0]) && /^target$/i.test(cells[1])) continue;
      terms.push({ source: cells[0], target: cells[1] });
    }
    return new Glossary(terms);
  }

  /** The terms that a sentence has: whole words through case, Chinese anywhere. */
  termsIn(sentence: string): GlossaryTerm[] {
    let left = sentence.toLowerCase();
    return this.terms.filter(({ source }) => {
      const pattern = termPattern(source);
      const found = pattern.test(left);
      if (found) left = left.replace(pattern, " ");
      return found;
    });
  }
}

/** A term as it stands in a sentence. */
export function termPattern(term: string): RegExp {
  const escaped = term.toLowerCase().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return /\p{Script=Han}/u.test(term) ? new RegExp(escaped, "giu") : new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?:s|es)?(?![\\p{L}\\p{N}])`, "giu");
}

function cellsOf(line: string): string[] {
  return Array.from(line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g), ({ 1: quoted, 2: plain }) =>
    quoted === undefined ? plain : quoted.replaceAll('""', '"'),
  );
}
