// One text field of a row of JSON, changed in place: everything else of the line stays byte for byte, numbers beyond 2^53 and the order of keys included.

/** Where the value of a top-level key stands in a line of valid JSON; of a key that comes twice the last, as JSON.parse takes it. */
function valueSpan(line: string, key: string): readonly [number, number] | undefined {
  let depth = 0;
  let found: readonly [number, number] | undefined;
  let wanted = false;
  for (let i = 0; i < line.length; i++) {
    const character = line[i];
    if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    else if (character === ",") wanted = false;
    else if (character === '"') {
      const end = stringEnd(line, i);
      if (wanted && depth === 1) found = [i, end];
      const isKey: boolean = depth === 1 && !wanted && /^\s*:/.test(line.slice(end, end + 64));
      wanted = isKey && JSON.parse(line.slice(i, end)) === key;
      i = end - 1;
    }
  }
  return found;
}

function stringEnd(line: string, start: number): number {
  for (let end = line.indexOf('"', start + 1); ; end = line.indexOf('"', end + 1)) {
    let slashes = 0;
    while (line[end - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) return end + 1;
  }
}

/**
 * The line with another text in a top-level field that holds a string.
 *
 * @example
 * withField('{"id": 12345678901234567890, "text": "a"}', "text", "b"); // '{"id": 12345678901234567890, "text": "b"}'
 */
export function withField(line: string, key: string, text: string): string {
  const span = valueSpan(line, key);
  return span === undefined ? line : line.slice(0, span[0]) + JSON.stringify(text) + line.slice(span[1]);
}
