// Reads a long page in the process of `longDocument`.
import { htmlText } from "./html.ts";
import type { LongWork } from "./long.ts";
import { markdownSections } from "./markdown.ts";
import { wholeText } from "./whole.ts";

/** The page, as one item. */
export async function* work({ path, kind, maxBytes }: LongWork): AsyncGenerator<unknown> {
  const text = await wholeText(path, { maxBytes });
  yield kind === "html" ? htmlText(text) : await markdownSections(text);
}
