//! Finding the text of added tokens in a text: leftmost first, of those the longest, by a trie over bytes. Twin: src/native/reference/tokens/specials.ts.

/// A set of token texts to be found.
pub struct Specials {
    /// Children of each node, by byte.
    children: Vec<Vec<(u8, u32)>>,
    ids: Vec<Option<u32>>,
    starts: [bool; 256],
}

/// Where an added token was found.
pub struct Found {
    pub start: usize,
    pub end: usize,
    pub id: u32,
}

impl Specials {
    pub fn new() -> Self {
        Specials { children: vec![Vec::new()], ids: vec![None], starts: [false; 256] }
    }

    fn child(&self, node: usize, byte: u8) -> Option<usize> {
        self.children[node].iter().find(|(key, _)| *key == byte).map(|(_, child)| *child as usize)
    }

    /// Adds one; the first of equals stays.
    pub fn add(&mut self, text: &[u8], id: u32) {
        self.starts[text[0] as usize] = true;
        let mut node = 0;
        for &byte in text {
            node = self.child(node, byte).unwrap_or_else(|| {
                let fresh = self.ids.len();
                self.children[node].push((byte, fresh as u32));
                self.children.push(Vec::new());
                self.ids.push(None);
                fresh
            });
        }
        self.ids[node].get_or_insert(id);
    }

    /// The first of them from `from` on.
    pub fn find(&self, text: &[u8], from: usize) -> Option<Found> {
        if self.ids.len() == 1 {
            return None;
        }
        let mut start = from;
        while let Some(skipped) = text[start..].iter().position(|byte| self.starts[*byte as usize]) {
            start += skipped;
            let mut found = None;
            let mut node = 0;
            for (at, &byte) in text.iter().enumerate().skip(start) {
                match self.child(node, byte) {
                    Some(child) => node = child,
                    None => break,
                }
                if let Some(id) = self.ids[node] {
                    found = Some(Found { start, end: at + 1, id });
                }
            }
            if found.is_some() {
                return found;
            }
            start += 1;
        }
        None
    }
}
