// One run of ours: node bench/crf-ours.mjs FILE.json. The same work as peers/crfsuite_peer.py. Prints one JSON line.
import { readFileSync } from "node:fs";
import { CrfTagger } from "../dist/classical/index.js";

const { c2, train, dev } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const begin = performance.now();
const tagger = await new CrfTagger({ c2 }).fit(
  train.map(({ features }) => features),
  train.map(({ labels }) => labels),
);
const fitSeconds = (performance.now() - begin) / 1000;
console.log(JSON.stringify({ fitSeconds, tags: tagger.predict(dev) }));
