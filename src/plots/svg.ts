// Small SVG pictures: text escaped, numbers short, one look for all plots, in light and dark. Knows no metric.

/** Colours of series, in their order: told apart by people who see colours differently (Okabe and Ito 2008). */
export const seriesColours: readonly string[] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

const style = `text{font:12px system-ui,sans-serif;fill:#333}.title{font-size:14px;font-weight:600}.axis{stroke:#888;fill:none}.grid{stroke:#ddd}.faint{stroke:#aaa;stroke-dasharray:4 4;fill:none}
@media(prefers-color-scheme:dark){text{fill:#ddd}.grid{stroke:#444}.faint{stroke:#777}}`;

/**
 * Text as it may stand in SVG; control characters, which XML cannot hold, become U+FFFD.
 *
 * @example
 * escapeSvg("<b> & co"); // "&lt;b&gt; &amp; co"
 */
export function escapeSvg(text: string): string {
  const names: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  const clean = text.replace(/[\p{Cc}\ufffe\uffff]/gu, (found) => ("\t\n\r".includes(found) ? found : "\ufffd"));
  return clean.replace(/[&<>"']/g, (found) => names[found]);
}

/** A coordinate: at most two digits behind the point. */
export const coordinate = (value: number): string => String(Math.round(value * 100) / 100);

/** A text at a place. `anchor`: start (default), middle, end. */
export function textAt(x: number, y: number, text: string, { anchor = "start", kind = "", turn = 0 }: TextOptions = {}): string {
  const turned = turn === 0 ? "" : ` transform="rotate(${turn} ${coordinate(x)} ${coordinate(y)})"`;
  const named = kind === "" ? "" : ` class="${kind}"`;
  return `<text x="${coordinate(x)}" y="${coordinate(y)}" text-anchor="${anchor}"${named}${turned}>${escapeSvg(text)}</text>`;
}

/** How a text stands. */
export interface TextOptions {
  readonly anchor?: "start" | "middle" | "end";
  readonly kind?: "" | "title";
  /** Degrees, clockwise. */
  readonly turn?: number;
}

/** A picture of these parts. */
export function picture(width: number, height: number, title: string, parts: readonly string[]): string {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeSvg(title)}">`;
  return `${head}<style>${style}</style>${textAt(width / 2, 22, title, { anchor: "middle", kind: "title" })}${parts.join("")}</svg>\n`;
}

/** About how wide a text is in the font of plots: Chinese characters and their like are square. */
export const textWidth = (text: string): number => [...text].reduce((sum, character) => sum + (character > "\u2e7f" ? 13 : 7.2), 0);
