// Tables that come into the page as text: CSV, TSV, JSON, JSON Lines. Columns keep their order. Knows no view.

/** Rows by column, the columns in the order of the file. */
export interface Rows {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Reads a table; undefined where the text is none. */
export function readRows(text: string): Rows | undefined {
  const trimmed = text.replace(/^\ufeff/, "").trim();
  if (trimmed === "") return undefined;
  if (/^[[{]/.test(trimmed)) return fromJson(trimmed);
  const [first] = trimmed.split(/\r?\n/, 1);
  const delimiter = [",", "\t", ";"].sort((a, b) => first.split(b).length - first.split(a).length)[0];
  const [head, ...lines] = cells(trimmed, delimiter);
  if (lines.length === 0) return undefined;
  return {
    columns: head,
    rows: lines.map((line) => Object.fromEntries(head.map((column, i) => [column, typed(line[i])]).filter(([, value]) => value !== undefined))),
  };
}

function fromJson(text: string): Rows | undefined {
  const all =
    parse(text) ??
    text
      .split(/\r?\n/)
      .filter((line) => line.trim() !== "")
      .map(parse);
  const rows = [all].flat().filter((row) => typeof row === "object" && row !== null) as Record<string, unknown>[];
  return rows.length === 0 ? undefined : { columns: [...new Set(rows.flatMap(Object.keys))], rows };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// Numbers become numbers where nothing of them is lost: 007 and 1.50 stay as they are written.
function typed(cell: string | undefined): unknown {
  if (cell === undefined || cell === "") return undefined;
  return /^-?(?:0|[1-9]\d{0,14})(?:\.\d+)?$/.test(cell) && String(Number(cell)) === cell ? Number(cell) : cell;
}

function cells(text: string, delimiter: string): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  let cell = "";
  let quoted = false;
  const end = () => {
    line.push(cell.trim());
    cell = "";
  };
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (text[i + 1] === '"') cell += text[++i];
      else quoted = false;
    } else if (letter === '"' && cell.trim() === "") [quoted, cell] = [true, ""];
    else if (letter === delimiter) end();
    else if (letter === "\n") {
      end();
      lines.push(line);
      line = [];
    } else if (letter !== "\r") cell += letter;
  }
  end();
  lines.push(line);
  return lines.filter((one) => one.some((each) => each !== ""));
}
