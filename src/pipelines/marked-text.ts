// What a classifier of posts should see beside the words: marks for links, names, numbers, prices, shouting. Text in, text out; knows no labels.

const replaced: readonly (readonly [RegExp, string])[] = [
  [/https?:\/\/\S+|\bwww\.\S+|\b\S+\.(?:com|net|org|co\.uk)\b\S*/gi, " xxlink "],
  [/@\w+/g, " xxname "],
  [/[£$€¥]\s?\d+(?:[.,]\d+)*|\d+(?:[.,]\d+)*\s?(?:pounds|dollars|usd|gbp|p\b|元|块)/gi, " xxprice "],
  [/\b0[89]\d{8,10}\b|\b\+?\d{10,12}\b/g, " xxphone "],
  [/\b\d{5,6}\b/g, " xxcode "],
  [/&#?\w{1,8};/g, " "],
];

/**
 * A post as a classifier with `marks` takes it: links, names, prices, telephone and short numbers as words of their own, shouting and exclamation marked.
 *
 * @example
 * markedText("WIN £1000 now! Call 09061234567"); // "WIN  xxprice  now! Call  xxphone  xxloud"
 */
export function markedText(text: string): string {
  let plain = text;
  for (const [pattern, mark] of replaced) plain = plain.replace(pattern, mark);
  const letters = text.match(/[A-Za-z]/g)?.length ?? 0;
  const capitals = text.match(/[A-Z]/g)?.length ?? 0;
  const loud = letters >= 8 && capitals * 4 > letters ? " xxloud" : "";
  const many = (text.match(/!/g)?.length ?? 0) >= 3 ? " xxexclaims" : "";
  return `${plain}${loud}${many}`;
}
