//! A unigram model learnt from counts of words (Kudo 2018, arXiv:1804.10959), as SentencePiece does it: many pieces to begin with, expectation and maximisation, and the pieces whose loss
//! costs least left out again and again. Twin: src/native/reference/learn/unigram.ts: same sums in the same order, so the same tokens and scores.

use super::bpe::{alphabet, by_count, counted};
use super::seeds::{seeds, sorted_suffixes, Corpus, Seed};
use super::{Learned, Settings};
use crate::elementary::{exp, ln};
use crate::spread::spread;
use crate::tokens::classes::classes;
use crate::{Control, ServiceError};
use std::collections::{HashMap, HashSet};

/// Parts of the words whose sums are made apart: the same for any number of threads.
const LANES: usize = 8;
/// Words between two looks at the control.
const EACH: usize = 256;
const PASSES: usize = 2;
const SHRINK: f64 = 0.75;
/// Pieces that are kept beyond those that are wanted, while they are pruned.
const MARGIN: f64 = 1.1;
/// A piece that is expected less often is left out.
const LEAST_EXPECTED: f64 = 0.5;
const NONE: u32 = u32::MAX;

/// Pieces: where each stands first, its characters, its score.
struct Pieces {
    at: Vec<usize>,
    lengths: Vec<usize>,
    scores: Vec<f64>,
}

/// Pieces that begin at each place, the shortest first: the entries from starts[place] to starts[place + 1].
struct Matches {
    starts: Vec<u32>,
    ids: Vec<u32>,
}

/// Characters of the words, by how often they stand, until they make up the share that is covered.
fn covered(words: &[(&[u8], u64)], settings: &Settings) -> HashSet<u32> {
    let counts = counted(words);
    let total: f64 = counts.values().map(|count| *count as f64).sum();
    let allowed: HashSet<u32> = alphabet(words, settings).into_iter().collect();
    let (mut kept, mut sum) = (HashSet::new(), 0f64);
    for (count, code) in by_count(counts) {
        if sum / total >= settings.coverage {
            break;
        }
        sum += count as f64;
        if code != 0 && allowed.contains(&code) {
            kept.insert(code);
        }
    }
    kept
}

/// All characters, then the seeds that stand for most text, as pieces with matches.
fn begin(corpus: &Corpus, settings: &Settings, control: &Control<'_>) -> Result<(Pieces, Matches), ServiceError> {
    let suffixes = sorted_suffixes(corpus, settings.longest, control)?;
    control.look()?;
    let mut chosen = seeds(corpus, &suffixes, settings.longest, classes());
    control.look()?;
    let weight = |seed: &Seed| seed.count * seed.length as f64;
    chosen.sort_by(|a, b| weight(b).total_cmp(&weight(a)).then(a.from.cmp(&b.from)).then(a.length.cmp(&b.length)));
    chosen.truncate(settings.seeds);
    let mut characters = characters(corpus);
    characters.sort_by(|a, b| a.1.cmp(&b.1));
    let mut pieces = Pieces { at: Vec::new(), lengths: Vec::new(), scores: Vec::new() };
    let ids: HashMap<u32, u32> = characters.iter().enumerate().map(|(id, (_, code, _))| (*code, id as u32)).collect();
    for (count, _, at) in &characters {
        pieces.at.push(*at);
        pieces.lengths.push(1);
        pieces.scores.push(*count);
    }
    for seed in &chosen {
        pieces.at.push(suffixes[seed.from] as usize);
        pieces.lengths.push(seed.length);
        pieces.scores.push(weight(seed));
    }
    let total = ln(pieces.scores.iter().sum());
    for score in &mut pieces.scores {
        *score = ln(*score) - total;
    }
    let first = characters.len() as u32;
    let mut by_length: Vec<u32> = (0..chosen.len() as u32).collect();
    by_length.sort_by_key(|seed| chosen[*seed as usize].length);
    let mut starts = vec![0u32; corpus.codes.len() + 1];
    for (at, code) in corpus.codes.iter().enumerate() {
        starts[at + 1] += u32::from(*code != 0);
    }
    for seed in &chosen {
        for at in &suffixes[seed.from..seed.to] {
            starts[*at as usize + 1] += 1;
        }
    }
    for at in 0..corpus.codes.len() {
        starts[at + 1] += starts[at];
    }
    let mut place = starts.clone();
    let mut matches = vec![0u32; starts[corpus.codes.len()] as usize];
    for (at, code) in corpus.codes.iter().enumerate() {
        if *code != 0 {
            matches[place[at] as usize] = ids[code];
            place[at] += 1;
        }
    }
    for seed in by_length {
        let Seed { from, to, .. } = chosen[seed as usize];
        for at in &suffixes[from..to] {
            matches[place[*at as usize] as usize] = first + seed;
            place[*at as usize] += 1;
        }
    }
    Ok((pieces, Matches { starts, ids: matches }))
}

/// How often each character stands, its code, and where first.
fn characters(corpus: &Corpus) -> Vec<(f64, u32, usize)> {
    let mut found: HashMap<u32, (f64, usize)> = HashMap::new();
    for word in 0..corpus.starts.len() {
        for at in corpus.starts[word]..corpus.end(word) {
            found.entry(corpus.codes[at]).or_insert((0.0, at)).0 += corpus.counts[word];
        }
    }
    found.into_iter().map(|(code, (count, at))| (count, code, at)).collect()
}

fn log_sum(a: f64, b: f64) -> f64 {
    if a == f64::NEG_INFINITY {
        return b;
    }
    let (most, least) = if a > b { (a, b) } else { (b, a) };
    if most - least > 50.0 {
        most
    } else {
        most + ln(1.0 + exp(least - most))
    }
}

/// ψ(x) (Bernardo 1976).
fn digamma(mut x: f64) -> f64 {
    let mut result = 0.0;
    while x < 7.0 {
        result -= 1.0 / x;
        x += 1.0;
    }
    x -= 0.5;
    let over = 1.0 / x;
    let two = over * over;
    let four = two * two;
    result + ln(x) + (1.0 / 24.0) * two - (7.0 / 960.0) * four + (31.0 / 8064.0) * four * two - (127.0 / 30720.0) * four * four
}

struct Model {
    pieces: Pieces,
    matches: Matches,
}

impl Model {
    fn each(&self, at: usize, mut call: impl FnMut(u32, usize, f64)) {
        let Matches { starts, ids } = &self.matches;
        for &id in &ids[starts[at] as usize..starts[at + 1] as usize] {
            call(id, self.pieces.lengths[id as usize], self.pieces.scores[id as usize]);
        }
    }

    /// Sums over lanes of words, one after another in the end.
    fn sums(
        &self,
        corpus: &Corpus,
        control: &Control<'_>,
        add: impl Fn(&Model, usize, usize, f64, &mut [f64]) + Sync,
    ) -> Result<Vec<f64>, ServiceError> {
        let count = corpus.starts.len();
        let mut lanes: Vec<Vec<f64>> = vec![Vec::new(); LANES];
        spread(control, lanes.iter_mut().enumerate(), |(lane, sums)| {
            sums.resize(self.pieces.scores.len(), 0.0);
            for word in count * lane / LANES..count * (lane + 1) / LANES {
                if word % EACH == 0 {
                    control.look()?;
                }
                add(self, corpus.starts[word], corpus.end(word), corpus.counts[word], sums);
            }
            Ok(())
        })?;
        let mut all = vec![0f64; self.pieces.scores.len()];
        for lane in lanes {
            for (sum, one) in all.iter_mut().zip(lane) {
                *sum += one;
            }
        }
        Ok(all)
    }

    /// How often each piece is expected in a word: forwards and backwards over its segmentations.
    fn expect(&self, from: usize, to: usize, count: f64, sums: &mut [f64]) {
        let size = to - from;
        let (mut before, mut behind) = (vec![f64::NEG_INFINITY; size + 1], vec![f64::NEG_INFINITY; size + 1]);
        before[0] = 0.0;
        behind[size] = 0.0;
        for at in 0..size {
            self.each(from + at, |_, length, score| before[at + length] = log_sum(before[at + length], before[at] + score));
        }
        for at in (0..size).rev() {
            self.each(from + at, |_, length, score| behind[at] = log_sum(behind[at], behind[at + length] + score));
        }
        let all = before[size];
        for at in 0..size {
            self.each(from + at, |id, length, score| sums[id as usize] += count * exp(before[at] + score + behind[at + length] - all));
        }
    }

    /// The likeliest segmentation of a stretch; `without`: a piece that may not be the whole of it.
    fn best(&self, from: usize, to: usize, without: bool) -> Vec<u32> {
        let size = to - from;
        let mut best = vec![(f64::NEG_INFINITY, 0usize, NONE); size + 1];
        best[0].0 = 0.0;
        for at in 0..size {
            let so_far = best[at].0;
            self.each(from + at, |id, length, score| {
                if at + length > size || (without && length == size) {
                    return;
                }
                let place = &mut best[at + length];
                if so_far + score > place.0 {
                    *place = (so_far + score, at, id);
                }
            });
        }
        let mut path = Vec::new();
        let mut end = size;
        while end > 0 && best[end].2 != NONE {
            path.push(best[end].2);
            end = best[end].1;
        }
        path.reverse();
        path
    }

    fn keep(self, kept: &[bool]) -> Model {
        let mut number = vec![NONE; kept.len()];
        let mut pieces = Pieces { at: Vec::new(), lengths: Vec::new(), scores: Vec::new() };
        for id in (0..kept.len()).filter(|id| kept[*id]) {
            number[id] = pieces.at.len() as u32;
            pieces.at.push(self.pieces.at[id]);
            pieces.lengths.push(self.pieces.lengths[id]);
            pieces.scores.push(self.pieces.scores[id]);
        }
        let Matches { mut starts, mut ids } = self.matches;
        let (mut write, mut from) = (0, 0);
        for at in 0..starts.len() - 1 {
            let to = starts[at + 1] as usize;
            for read in from..to {
                let fresh = number[ids[read] as usize];
                if fresh != NONE {
                    ids[write] = fresh;
                    write += 1;
                }
            }
            from = to;
            starts[at + 1] = write as u32;
        }
        ids.truncate(write);
        Model { pieces, matches: Matches { starts, ids } }
    }

    /// Scores from what was expected; pieces that hardly are, are left out, but for single characters.
    fn maximise(mut self, expected: &[f64]) -> Model {
        let kept: Vec<bool> =
            expected.iter().zip(&self.pieces.lengths).map(|(count, length)| *count >= LEAST_EXPECTED || *length == 1).collect();
        let count = |id: usize| expected[id].max(LEAST_EXPECTED);
        let total: f64 = (0..kept.len()).filter(|id| kept[*id]).map(count).sum();
        let log_total = digamma(total);
        for id in (0..kept.len()).filter(|id| kept[*id]) {
            self.pieces.scores[id] = digamma(count(id)) - log_total;
        }
        self.keep(&kept)
    }

    /// Leaves out the pieces whose loss costs least.
    fn prune(self, corpus: &Corpus, wanted: usize, control: &Control<'_>) -> Result<Model, ServiceError> {
        let used = self.sums(corpus, control, |model, from, to, count, sums| {
            for id in model.best(from, to, false) {
                sums[id as usize] += count;
            }
        })?;
        let total: f64 = used.iter().sum();
        let words: f64 = corpus.counts.iter().sum();
        let log_total = ln(total);
        let mut kept = vec![false; used.len()];
        let mut losses: Vec<(f64, usize)> = Vec::new();
        for id in 0..used.len() {
            if id % EACH == 0 {
                control.look()?;
            }
            let Pieces { at, lengths, scores } = &self.pieces;
            let others = self.best(at[id], at[id] + lengths[id], true);
            let without: f64 = others.iter().map(|other| scores[*other as usize]).sum();
            let alone = lengths[id] == 1 || others.is_empty();
            let is_best = alone || scores[id] >= without;
            if alone {
                kept[id] = true;
            } else if is_best && used[id] == 0.0 {
                losses.push((0.0, id));
            } else if is_best {
                let log_all = ln(total + used[id] * (others.len() - 1) as f64);
                let split: f64 = others.iter().map(|other| ln(used[*other as usize] + used[id]) - log_all).sum();
                losses.push((used[id] / words * (ln(used[id]) - log_total - split), id));
            }
        }
        let most = wanted.max((SHRINK * used.len() as f64) as usize);
        let fixed = kept.iter().filter(|one| **one).count();
        losses.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, id) in losses.iter().take(most.saturating_sub(fixed)) {
            kept[*id] = true;
        }
        Ok(self.keep(&kept))
    }
}

/// Learns pieces and their scores. The progress word counts passes.
pub fn learn(words: &[(&[u8], u64)], settings: &Settings, control: &Control<'_>) -> Result<Learned, ServiceError> {
    let mut made = Learned { tokens: settings.specials.clone(), merges: Vec::new(), scores: vec![0.0; settings.specials.len()] };
    let corpus = Corpus::new(words, &covered(words, settings));
    if corpus.starts.is_empty() {
        return Ok(made);
    }
    let wanted = settings.size.saturating_sub(settings.specials.len());
    let most = (wanted as f64 * MARGIN) as usize;
    let (pieces, matches) = begin(&corpus, settings, control)?;
    let mut model = Model { pieces, matches };
    loop {
        for _ in 0..PASSES {
            let expected = model.sums(&corpus, control, Model::expect)?;
            model = model.maximise(&expected);
            control.advance(1);
        }
        let before = model.pieces.scores.len();
        if before <= most {
            break;
        }
        model = model.prune(&corpus, most, control)?;
        // What is left are characters.
        if model.pieces.scores.len() == before {
            break;
        }
    }
    let Pieces { at, lengths, scores } = &model.pieces;
    let mut order: Vec<usize> = (0..scores.len()).collect();
    // Characters in any case, then the likeliest.
    order.sort_by(|a, b| (lengths[*a] > 1).cmp(&(lengths[*b] > 1)).then(scores[*b].total_cmp(&scores[*a])).then(a.cmp(b)));
    let singles = lengths.iter().filter(|length| **length == 1).count();
    order.truncate(wanted.max(singles));
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
    for id in order {
        let text: String = corpus.codes[at[id]..at[id] + lengths[id]].iter().filter_map(|code| char::from_u32(*code)).collect();
        made.tokens.push(text.into_bytes());
        made.scores.push(scores[id]);
    }
    Ok(made)
}
