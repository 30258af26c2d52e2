// Prometheus's text as numbers. Knows no names.

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Every sample of an exposition. */
export function readMetrics(text: string): Sample[] {
  return text.split("\n").flatMap((line) => {
    const [, name, labels = "", value] = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
    if (name === undefined) return [];
    const read = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, said]) => [
      label,
      said.replaceAll(/\\(.)/g, (_, one) => (one === "n" ? "\n" : one)),
    ]);
    return [{ name, labels: Object.fromEntries(read), value: Number(value) }];
  });
}

/** The sum of the samples of a name, of those that have these labels. */
export const sumOf = (samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>> = {}): number =>
  samples
    .filter((one) => one.name === name && Object.entries(labels).every(([label, said]) => one.labels[label] === said))
    .reduce((sum, { value }) => sum + value, 0);
