// The decoder of a tokenizer.json: which alphabet its tokens are written in, and how a text begins. Knows no vocabulary.
import { InkstoneError } from "../../../core/index.ts";
import type { Alphabet, Beginning } from "../vocabulary.ts";
import { inWords, isPlain, type Plain } from "./value.ts";

/** How tokens become text. */
export interface Decoding {
  readonly alphabet: Alphabet;
  readonly beginning: Beginning;
  readonly tidy: boolean;
}

function words(step: Plain): string {
  const { type, pattern, content, prefix } = step;
  if (type === "Replace") return `Replace(${isPlain(pattern) ? inWords(pattern.String ?? pattern.Regex) : "?"}, ${inWords(content)})`;
  if (type === "Strip") return `Strip(${inWords(content)}, ${inWords(step.start)}, ${inWords(step.stop)})`;
  return type === "WordPiece" ? `WordPiece(${inWords(prefix)})` : inWords(type);
}

const marks = "Replace(▁,  ) > ByteFallback > Fuse";

/** The decoder of a file. Errors: `E_TOKENIZER_KIND` with its steps in words. */
export function decodingOfJson(value: unknown, fallback: Alphabet): Decoding {
  if (!isPlain(value)) return { alphabet: fallback, beginning: "as is", tidy: false };
  const steps = value.type === "Sequence" && Array.isArray(value.decoders) ? value.decoders.filter(isPlain) : [value];
  const got = steps.map(words).join(" > ");
  if (got === "ByteLevel") return { alphabet: "bytes", beginning: "as is", tidy: false };
  if (got === "WordPiece(##)") return { alphabet: "words", beginning: "as is", tidy: value.cleanup !== false };
  if (got === "Metaspace") {
    const never = value.prepend_scheme === "never" || (value.prepend_scheme === undefined && value.add_prefix_space === false);
    return { alphabet: "marked", beginning: never ? "as is" : "without its marks", tidy: false };
  }
  if (got === `${marks} > Strip( , 1, 0)`) return { alphabet: "marked", beginning: "without its blank", tidy: false };
  // Tokens one after another, as vocabularies of characters have it.
  if (got === marks || got === "Fuse") return { alphabet: "marked", beginning: "as is", tidy: false };
  const supported = "ByteLevel, WordPiece, Metaspace, SentencePiece's sequence, Fuse";
  throw new InkstoneError("E_TOKENIZER_KIND", { what: "decoder", got, supported });
}
