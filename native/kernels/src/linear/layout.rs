//! Packed weight formats: how 16 rows of a matrix lie together. Twin of src/native/layout.ts, which documents each format.

/// Rows of a panel: one lane of a 512-bit register each.
pub const PANEL_ROWS: usize = 16;
/// Inputs that share one scale in the block formats.
pub const BLOCK: usize = 32;
/// Bytes of one q4 block of a panel.
pub const Q4_BLOCK_BYTES: usize = 320;
/// Bytes of one q5 block of a panel, its scales apart.
pub const Q5_BLOCK_BYTES: usize = 320;
/// Bytes of one q8 block of a panel, its scales apart.
pub const Q8_BLOCK_BYTES: usize = 512;

/// Packed formats, by the number that commands carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    F32,
    F16,
    Bf16,
    Q4,
    Q8,
    Q5,
}

impl Format {
    pub fn from_number(number: u32) -> Option<Format> {
        Some(match number {
            0 => Format::F32,
            1 => Format::F16,
            2 => Format::Bf16,
            3 => Format::Q4,
            4 => Format::Q8,
            5 => Format::Q5,
            _ => return None,
        })
    }

    /// True when rows must be whole blocks of 32.
    pub fn is_block(self) -> bool {
        matches!(self, Format::Q4 | Format::Q5 | Format::Q8)
    }

    /// Bytes of one 16-row panel.
    pub fn panel_bytes(self, inputs: usize) -> usize {
        match self {
            Format::F32 => inputs * PANEL_ROWS * 4,
            Format::F16 | Format::Bf16 => inputs * PANEL_ROWS * 2,
            Format::Q4 => inputs / BLOCK * Q4_BLOCK_BYTES,
            Format::Q5 => scale_bytes(inputs) + inputs / BLOCK * Q5_BLOCK_BYTES,
            Format::Q8 => scale_bytes(inputs) + inputs / BLOCK * Q8_BLOCK_BYTES,
        }
    }
}

/// Bytes of the scales in front of a q5 or q8 panel, padded to whole cache lines.
pub fn scale_bytes(inputs: usize) -> usize {
    (inputs / BLOCK * 32).div_ceil(64) * 64
}
