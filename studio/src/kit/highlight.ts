// Colours code by highlight.js, fetched when the first block with a known language comes.

/** The code as HTML with classes, or undefined where its language is not known. */
export async function highlighted(code: string, language: string): Promise<string | undefined> {
  if (language === "" || code.length > 20_000) return undefined;
  const { default: library } = await import("highlight.js/lib/common");
  if (library.getLanguage(language) === undefined) return undefined;
  return library.highlight(code, { language, ignoreIllegals: true }).value;
}
