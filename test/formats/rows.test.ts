// Readers of rows: what they give, what they refuse and where, and that neither depends on how the bytes were cut.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InkstoneError } from "#core";
import {
  CsvReader,
  csvLine,
  JsonElementReader,
  JsonLineReader,
  jsonLine,
  LineReader,
  type PlacedRow,
  type RowOptions,
  type RowReader,
  readRows,
  TableReader,
} from "#formats";

type Make = (options: RowOptions) => RowReader<unknown>;

/** What a reader gives of some bytes, fed in pieces of a size: its rows and its broken rows, or the error that it throws. */
function read(
  make: Make,
  bytes: Uint8Array,
  size = bytes.length || 1,
  options: RowOptions = {},
): { rows: [number, unknown][]; broken: string[]; thrown?: string } {
  const broken: string[] = [];
  const rows: [number, unknown][] = [];
  try {
    const reader = make({ file: "f", onBadRow: (error) => broken.push(error.message), ...options });
    const take = (some: Iterable<PlacedRow<unknown>>) => {
      for (const { line, value } of some) rows.push([line, value]);
    };
    for (let at = 0; at < bytes.length; at += size) take(reader.push(bytes.slice(at, at + size)));
    take(reader.end());
  } catch (error) {
    if (!(error instanceof InkstoneError)) throw error;
    return { rows, broken, thrown: error.message };
  }
  return { rows, broken };
}

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text));
const values = (make: Make, text: string) => read(make, bytesOf(text)).rows.map(([, value]) => value);
const lines: Make = (options) => new LineReader(options);
const jsonLines: Make = (options) => new JsonLineReader(options);
const csv: Make = (options) => new CsvReader(options);
const table: Make = (options) => new TableReader(options);
const elements: Make = (options) => new JsonElementReader(options);
const keyed: Make = (options) => new JsonElementReader({ ...options, key: "data" });

describe("lines", () => {
  it("end with LF or CRLF, the last one with nothing, and a byte order mark is no part of them", () => {
    expect(read(lines, bytesOf("\ufeffink\r\n\nstone\r\n墨")).rows).toEqual([
      [1, "ink"],
      [2, ""],
      [3, "stone"],
      [4, "墨"],
    ]);
    expect(read(lines, bytesOf("")).rows).toEqual([]);
    expect(values(lines, "a\u2028b\u0085c\rd\n")).toEqual(["a\u2028b\u0085c\rd"]);
  });

  it("D03: a NUL and what is not UTF-8 are refused with their byte, and only their line is lost", () => {
    const bytes = Buffer.concat([Buffer.from("墨\na\0b\nc\n"), Buffer.from([0x64, 0xef, 0xbf, 10, 0x65, 10, 0xc3])]);
    expect(read(lines, bytes)).toEqual({
      rows: [
        [1, "墨"],
        [3, "c"],
        [5, "e"],
      ],
      broken: ["f:2: a NUL at byte 5.", "f:4: this is not UTF-8 at byte 11.", "f:6: this is not UTF-8 at byte 16."],
    });
  });

  it("D02: a line beyond max_line_bytes is refused, is never held, and the next one is read", () => {
    const reader = new LineReader({ file: "f", maxLineBytes: 10 });
    expect([...reader.push(bytesOf("ok\n0123456789\n01234"))].map(({ value }) => value)).toEqual(["ok", "0123456789"]);
    expect(() => [...reader.push(bytesOf("567890"))]).toThrow(expect.objectContaining({ code: "E_DATA_LINE_BYTES", exit: 65 }));
    expect(read(lines, bytesOf(`${"x".repeat(64 << 20)}\nafter\n`), 1 << 18)).toEqual({
      rows: [[2, "after"]],
      broken: ["f:1:1: the row is longer than max_line_bytes = 16777216."],
    });
  });
});

describe("JSON Lines", () => {
  it("D01: gives values with their lines, and names file, line and column of what is none", () => {
    const text = '{"a": 1}\n\n{"a": oops}\n[2]\r\n"x"\n{"a": 1\n';
    expect(read(jsonLines, bytesOf(text))).toEqual({
      rows: [
        [1, { a: 1 }],
        [4, [2]],
        [5, "x"],
      ],
      broken: ["f:3:7: this is not JSON.", "f:6:8: this is not JSON."],
    });
    expect(() => [...new JsonLineReader({ file: "f" }).push(bytesOf(text))]).toThrow(expect.objectContaining({ code: "E_DATA_ROW", exit: 65 }));
  });

  it("gives the rows before a broken one before it throws", async () => {
    const seen: unknown[] = [];
    const all = (async () => {
      for await (const { value } of readRows([bytesOf("1\n2\nx\n3\n")], new JsonLineReader())) seen.push(value);
    })();
    await expect(all).rejects.toMatchObject({ code: "E_DATA_ROW" });
    expect(seen).toEqual([1, 2]);
  });

  it("D09: 100,000 levels are a depth error, 64 are none", () => {
    const deep = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
    expect(read(jsonLines, bytesOf(`${deep(100_000)}\n${deep(64)}\n`)).broken).toEqual(["f:1:65: JSON nested deeper than 64."]);
    expect(read(elements, bytesOf(`[${deep(100_000)},\n ${deep(65)}, 1]`))).toEqual({
      rows: [[2, 1]],
      broken: ["f:1:66: JSON nested deeper than 64.", "f:2:66: JSON nested deeper than 64."],
    });
  });

  it("keeps a key called __proto__ as a key", () => {
    const [row] = values(jsonLines, '{"__proto__": {"polluted": 1}}') as [object];
    expect(Object.keys(row)).toEqual(["__proto__"]);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe("JSON lists", () => {
  it("give their elements: a file that is a list, values one after another, a list under a key", () => {
    const all = [[1, 'a]b\\"', { b: [{}] }, null, -1.5e3, [], "墨"], '[1 ,"a]b\\\\\\"",{"b": [{}]}, null\n,-1.5e3,[] , "墨"]'] as const;
    expect(values(elements, all[1])).toEqual(all[0]);
    expect(values(elements, "[]")).toEqual([]);
    expect(values(elements, '{"a": 1}\n{"a": 2} [3] "x"')).toEqual([{ a: 1 }, { a: 2 }, [3], "x"]);
    expect(values(elements, '\ufeff{"a": "墨\ufeff"}')).toEqual([{ a: "墨\ufeff" }]);
    expect(values(keyed, '{"v": [{"data": [0]}], "x": "data", "data": [{"a": 1}, 2], "data2": [3]}')).toEqual([{ a: 1 }, 2]);
  });

  it("name the place of an element that is none, across lines, and go on behind it", () => {
    expect(read(elements, bytesOf('[{"a": 1},\n  {"墨": 1,\n "a": }, {"b" 2},\n 3]'))).toEqual({
      rows: [
        [1, { a: 1 }],
        [4, 3],
      ],
      broken: ["f:3:7: this is not JSON.", "f:3:15: this is not JSON."],
    });
  });

  it.each([
    [elements, "[1, 2", "f:1:6: the list never closes."],
    [elements, "[1 2]", "f:1:4: a comma is missing between two elements."],
    [elements, "[1, ]", "f:1:5: a value was expected."],
    [elements, "[,1]", "f:1:2: a value was expected."],
    [elements, "[1] 2", "f:1:5: something follows the list."],
    [keyed, "[1]", "f:1:1: an object was expected."],
    [keyed, '{"a": {"data": [1]}}', 'f:1:20: there is no list "data".'],
    [keyed, '{"data": {"a": [1]}}', 'f:1:20: there is no list "data".'],
    [keyed, '{"data": [1, 2', "f:1:15: the list never closes."],
  ])("refuse a list that is broken itself (%#)", (make, text, message) => {
    expect(read(make, bytesOf(text)).thrown).toBe(message);
  });

  it("hold no element beyond the limit", () => {
    expect(read(elements, bytesOf(`["${"x".repeat(100)}", 1]`), 7, { maxLineBytes: 20 })).toEqual({
      rows: [[1, 1]],
      broken: ["f:1:1: the row is longer than max_line_bytes = 20."],
    });
  });
});

describe("CSV", () => {
  it("keeps cells as they are: quotes, doubled quotes, delimiters and lines in quotes, spaces, empty cells", () => {
    expect(values(csv, 'a,b\r\n"x, ""y""\r\nz",\n 1 ,"2"\n5" pipe,"\n"\n')).toEqual([
      ["a", "b"],
      ['x, "y"\r\nz', ""],
      [" 1 ", "2"],
      ['5" pipe', "\n"],
    ]);
    expect(values((options) => new CsvReader({ ...options, delimiter: "\t" }), 'a\t"b\n"c"\td\n')).toEqual([
      ["a", '"b'],
      ['"c"', "d"],
    ]);
  });

  it("D04: ragged rows, open quotes and text behind quotes are refused with line, column and row, and the lines after them are read", () => {
    const text = 'a,b\n1,2\n3\n4,5,6\n"x"y,1\n7,"8\n9,10\n11,12\n';
    expect(read(csv, bytesOf(text))).toEqual({
      rows: [
        [1, ["a", "b"]],
        [2, ["1", "2"]],
        [7, ["9", "10"]],
        [8, ["11", "12"]],
      ],
      broken: [
        "f:3:2: row 3: 1 cells where 2 were expected.",
        "f:4:5: row 4: 3 cells where 2 were expected.",
        "f:5:4: row 5: text behind a closing quote.",
        "f:6:3: row 6: a quote that never closes.",
      ],
    });
    expect(read(csv, bytesOf('a,b\n1,"2\n3,4\n5,"6"\n7,8\n')).rows.map(([line]) => line)).toEqual([1, 3, 4, 5]);
  });

  it("D04: a row of a million cells is refused with its number and is never split as a whole", () => {
    expect(read(csv, bytesOf(`a,b\n${",".repeat(1_000_000)}\n1,2\n`))).toEqual({
      rows: [
        [1, ["a", "b"]],
        [3, ["1", "2"]],
      ],
      broken: ["f:2:3: row 2: more than max_columns = 16384 cells."],
    });
  });

  it("stays linear where every line opens a quote that never closes", () => {
    const count = 200_000;
    const { rows, broken } = read(csv, bytesOf(`a,b\n${'1,"x""\n'.repeat(count)}`), 1 << 16, { maxLineBytes: 4096 });
    expect(rows.length + broken.length).toBeLessThanOrEqual(count + 1);
    expect(broken.length).toBeGreaterThan(0);
  });

  it("gives rows by column name, numbers where there is no name, and refuses a header that names one twice whatever may be skipped", () => {
    expect(values(table, ",__proto__,b\n1,2,3\n")).toEqual([
      Object.fromEntries([
        ["1", "1"],
        ["__proto__", "2"],
        ["b", "3"],
      ]),
    ]);
    expect(read(table, bytesOf("a,b,a\n1,2,3\n")).thrown).toBe('f:1:1: the header names the column "a" twice.');
    expect(read(table, bytesOf('a,"b"c\n1,2\n')).thrown).toBe("f:1:6: row 1: text behind a closing quote.");
    expect(values((options) => new TableReader({ ...options, header: false }), "x,y\n")).toEqual([{ 1: "x", 2: "y" }]);
  });
});

describe("writing", () => {
  it("D04: cells that a spreadsheet would run are quoted, and made text where that is asked for; numbers are left", () => {
    expect(csvLine(["=1+1", "+cmd", "@a", "-x", "-5", "+1.5e3", "a=b"])).toBe('"=1+1","+cmd","@a","-x",-5,+1.5e3,a=b\n');
    expect(csvLine(["=1+1", "-5"], { formulas: "text" })).toBe('"\'=1+1",-5\n');
  });

  it("refuses what JSON cannot hold", () => {
    for (const value of [undefined, () => 1, 1n]) expect(() => jsonLine(value)).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  });
});

describe("properties", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", "墨", "😀", '"', ",", "\n", "\r", "=", "-", " ", "\ufeff"), maxLength: 8 });
  const records = fc
    .integer({ min: 1, max: 4 })
    .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 }));

  it("any cells that are written as CSV are read back", () => {
    fc.assert(
      fc.property(records, fc.integer({ min: 1, max: 9 }), (rows, size) => {
        const bytes = bytesOf(rows.map((row) => csvLine(row)).join(""));
        expect(read(csv, bytes, size)).toMatchObject({ rows: expect.anything(), broken: [] });
        expect(read(csv, bytes, size).rows.map(([, row]) => row)).toEqual(rows);
      }),
      { numRuns: 1000 },
    );
  });

  it("any values that are written as JSON Lines are read back, and as one list too", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 4, stringUnit: "grapheme" })), fc.integer({ min: 1, max: 9 }), (rows, size) => {
        const plain = rows.map((row) => JSON.parse(JSON.stringify(row)) as unknown);
        expect(read(jsonLines, bytesOf(rows.map(jsonLine).join("")), size).rows.map(([, row]) => row)).toEqual(plain);
        expect(read(elements, bytesOf(JSON.stringify(rows, undefined, 1)), size).rows.map(([, row]) => row)).toEqual(plain);
        expect(read(keyed, bytesOf(JSON.stringify({ version: [1], data: rows })), size).rows.map(([, row]) => row)).toEqual(plain);
      }),
      { numRuns: 1000 },
    );
  });

  it("where the bytes are cut never changes what is read, what is refused, or where", () => {
    const soup = fc
      .array(
        fc.oneof(
          fc.constantFrom("\n", "\r\n", '"', '""', ",", "a", "墨😀", "{", "}", "[", "]", ":", '"data"', "1", " ", "\\", "null", "\t"),
          fc.constantFrom(Buffer.from([0xff]), Buffer.from([0]), Buffer.from([0xe5, 0xa2]), Buffer.from([0xef, 0xbb, 0xbf])),
        ),
        { maxLength: 60 },
      )
      .map((parts) => new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part)))));
    fc.assert(
      fc.property(soup, fc.constantFrom(5, 20, 1000), (bytes, maxLineBytes) => {
        for (const make of [lines, jsonLines, csv, table, elements, keyed]) {
          const whole = read(make, bytes, undefined, { maxLineBytes });
          for (const size of [1, 2, 3, 7, 16]) expect(read(make, bytes, size, { maxLineBytes })).toEqual(whole);
          const thrown = read(make, bytes, undefined, { maxLineBytes, onBadRow: undefined });
          for (const size of [1, 2, 3, 7, 16]) expect(read(make, bytes, size, { maxLineBytes, onBadRow: undefined })).toEqual(thrown);
        }
      }),
      { numRuns: 600 },
    );
  });
});
