//! Ends the learning of a vocabulary: prunes it, sorts it by code points, renumbers the rows. Twin: src/native/reference/ngrams/learn.ts.

use super::table::Table;
use super::Counts;
use std::cmp::Ordering;

/// Texts that a feature must and may occur in, and how many features are kept at most.
pub struct Limits {
    pub fewest: f64,
    pub most: f64,
    pub features: f64,
}

// The first 15 bytes and, in the last, the length as far as 16: of two that differ in them the smaller is the earlier.
fn head(name: &[u8]) -> u128 {
    let mut sixteen = [0u8; 16];
    let kept = name.len().min(15);
    sixteen[..kept].copy_from_slice(&name[..kept]);
    sixteen[15] = name.len().min(16) as u8;
    u128::from_be_bytes(sixteen)
}

fn sorted(table: &Table, kept: Vec<u32>) -> Vec<u32> {
    let mut heads: Vec<(u128, u32)> = kept.into_iter().map(|id| (head(table.name(id)), id)).collect();
    heads.sort_unstable_by(|a, b| match a.0.cmp(&b.0) {
        Ordering::Equal => table.name(a.1).cmp(table.name(b.1)),
        order => order,
    });
    heads.into_iter().map(|(_, id)| id).collect()
}

/// Features that stay, in their order.
fn choose(table: &Table, rows: &Counts, limits: &Limits, texts: &[u32]) -> Vec<u32> {
    let frequent = |id: &u32| (limits.fewest..=limits.most).contains(&f64::from(texts[*id as usize]));
    let order = sorted(table, (0..table.len() as u32).filter(frequent).collect());
    if order.len() as f64 <= limits.features {
        return order;
    }
    let mut total = vec![0i64; table.len()];
    for (id, count) in rows.indices.iter().zip(&rows.counts) {
        total[*id as usize] += i64::from(*count);
    }
    let mut ranks: Vec<usize> = (0..order.len()).collect();
    ranks.sort_by_key(|rank| -total[order[*rank] as usize]);
    ranks.truncate(limits.features as usize);
    ranks.sort_unstable();
    ranks.into_iter().map(|rank| order[rank]).collect()
}

pub fn finish(table: &mut Table, rows: &mut Counts, limits: &Limits) {
    let mut texts = vec![0u32; table.len()];
    for id in &rows.indices {
        texts[*id as usize] += 1;
    }
    let order = choose(table, rows, limits, &texts);
    renumber(rows, &order, &texts);
    table.keep(&order);
}

// Entries go into buckets by feature, and from there, feature after feature, back into their rows: columns ascend without a sort.
fn renumber(rows: &mut Counts, order: &[u32], texts: &[u32]) {
    const GONE: u32 = u32::MAX;
    let mut places = vec![GONE; texts.len()];
    let mut total = 0;
    for &id in order {
        places[id as usize] = total;
        total += texts[id as usize];
    }
    let mut buckets = vec![(0u32, 0i32); total as usize];
    let mut cursors = Vec::with_capacity(rows.starts.len());
    let mut kept = 0;
    for row in 0..rows.starts.len() - 1 {
        cursors.push(kept);
        for at in rows.starts[row] as usize..rows.starts[row + 1] as usize {
            let place = &mut places[rows.indices[at] as usize];
            if *place != GONE {
                buckets[*place as usize] = (row as u32, rows.counts[at]);
                *place += 1;
                kept += 1;
            }
        }
    }
    let mut starts = cursors.clone();
    starts.push(kept);
    rows.starts = starts;
    rows.indices = vec![0; total as usize];
    rows.counts = vec![0; total as usize];
    let mut at = 0;
    for (number, &id) in order.iter().enumerate() {
        for &(row, count) in &buckets[at..at + texts[id as usize] as usize] {
            let cursor = &mut cursors[row as usize];
            rows.indices[*cursor as usize] = number as u32;
            rows.counts[*cursor as usize] = count;
            *cursor += 1;
        }
        at += texts[id as usize] as usize;
    }
}
