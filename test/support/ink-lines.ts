// A text to train tiny models on: lines of English and Chinese whose length goes up and down.

/** So many lines. */
export const inkLines = (count: number): string =>
  Array.from({ length: count }, (_, i) => `line ${i} says: ${"the ink is on the stone, 砚上有墨. ".slice(0, 10 + (i % 20))}`).join("\n");
