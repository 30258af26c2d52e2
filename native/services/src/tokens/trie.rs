//! Texts and their ids as a trie over bytes: all that begin at a place, in one walk. Twin: src/native/reference/tokens/trie.ts.

const NONE: u32 = u32::MAX;

struct Node {
    first: u32,
    count: u32,
    id: u32,
}

/// The trie. Children of a node lie side by side, by byte.
pub struct Trie {
    nodes: Vec<Node>,
    bytes: Vec<u8>,
    root: [u32; 256],
}

impl Trie {
    /// Of texts and ids; the first of equals counts, empty texts count for nothing.
    pub fn new<'a>(texts: impl Iterator<Item = (&'a [u8], u32)>) -> Trie {
        let mut sorted: Vec<(&[u8], u32)> = texts.filter(|(text, _)| !text.is_empty()).collect();
        sorted.sort_by(|a, b| a.0.cmp(b.0));
        sorted.dedup_by(|later, first| later.0 == first.0);
        let mut trie = Trie { nodes: vec![Node { first: 0, count: 0, id: NONE }], bytes: vec![0], root: [NONE; 256] };
        // Ranges of texts that share a beginning, in the order of their nodes.
        let mut open = vec![(0usize, sorted.len(), 0usize)];
        let mut node = 0;
        while node < open.len() {
            let (mut from, to, depth) = open[node];
            if from < to && sorted[from].0.len() == depth {
                trie.nodes[node].id = sorted[from].1;
                from += 1;
            }
            trie.nodes[node].first = open.len() as u32;
            while from < to {
                let byte = sorted[from].0[depth];
                let end = from + sorted[from..to].partition_point(|(text, _)| text[depth] == byte);
                if node == 0 {
                    trie.root[byte as usize] = open.len() as u32;
                }
                open.push((from, end, depth + 1));
                trie.nodes.push(Node { first: 0, count: 0, id: NONE });
                trie.bytes.push(byte);
                from = end;
            }
            trie.nodes[node].count = open.len() as u32 - trie.nodes[node].first;
            node += 1;
        }
        trie
    }

    #[inline]
    fn child(&self, node: u32, byte: u8) -> u32 {
        if node == 0 {
            return self.root[byte as usize];
        }
        let Node { first, count, .. } = self.nodes[node as usize];
        let bytes = &self.bytes[first as usize..(first + count) as usize];
        let found = if count <= 8 { bytes.iter().position(|other| *other == byte) } else { bytes.binary_search(&byte).ok() };
        found.map_or(NONE, |index| first + index as u32)
    }

    /// Calls for every text that begins here, the shortest first, with its length and id.
    #[inline]
    pub fn each(&self, text: &[u8], mut found: impl FnMut(usize, u32)) {
        let mut node = 0;
        for (at, &byte) in text.iter().enumerate() {
            node = self.child(node, byte);
            if node == NONE {
                return;
            }
            let id = self.nodes[node as usize].id;
            if id != NONE {
                found(at + 1, id);
            }
        }
    }

    /// Length and id of the longest text that begins here.
    #[inline]
    pub fn longest(&self, text: &[u8]) -> Option<(usize, u32)> {
        let mut longest = None;
        self.each(text, |length, id| longest = Some((length, id)));
        longest
    }
}
