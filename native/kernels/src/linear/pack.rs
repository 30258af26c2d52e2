//! From the rows of a file to 16-row panels.

use super::layout::{q8_scale_bytes, Format, BLOCK, PANEL_ROWS, Q4_BLOCK_BYTES, Q8_BLOCK_BYTES};
use crate::error::KernelError;
use crate::half::minus_eight_times;

/// GGUF type numbers of what can be packed, with the format they go into and the bytes of a row.
pub fn source_row_bytes(source_type: u32, inputs: usize) -> Option<(Format, usize)> {
    Some(match source_type {
        0 => (Format::F32, inputs * 4),
        1 => (Format::F16, inputs * 2),
        30 => (Format::Bf16, inputs * 2),
        2 => (Format::Q4, inputs / BLOCK * 18),
        3 => (Format::Q4, inputs / BLOCK * 20),
        8 => (Format::Q8, inputs / BLOCK * 34),
        _ => return None,
    })
}

/// Packs `rows` source rows as rows first_row … of the matrix.
pub fn pack_rows(
    source: &[u8],
    packed: &mut [u8],
    first_row: usize,
    rows: usize,
    inputs: usize,
    source_type: u32,
    format: u32,
) -> Result<(), KernelError> {
    let refused = KernelError::Program { value: source_type as f64, limit: format as f64 };
    let (natural, row_bytes) = source_row_bytes(source_type, inputs).ok_or(refused)?;
    if Format::from_number(format) != Some(natural) {
        return Err(refused);
    }
    let panel_bytes = natural.panel_bytes(inputs);
    for (i, row) in source.chunks_exact(row_bytes).take(rows).enumerate() {
        let at = first_row + i;
        let panel = &mut packed[at / PANEL_ROWS * panel_bytes..][..panel_bytes];
        pack_row(row, panel, at % PANEL_ROWS, inputs, source_type, natural);
    }
    Ok(())
}

fn pack_row(row: &[u8], panel: &mut [u8], lane: usize, inputs: usize, source_type: u32, format: Format) {
    match format {
        Format::F32 => {
            for (k, value) in row.chunks_exact(4).enumerate() {
                panel[(k * PANEL_ROWS + lane) * 4..][..4].copy_from_slice(value);
            }
        }
        Format::F16 | Format::Bf16 => {
            for (k, value) in row.chunks_exact(2).enumerate() {
                panel[(k * PANEL_ROWS + lane) * 2..][..2].copy_from_slice(value);
            }
        }
        Format::Q4 => {
            let source_block = if source_type == 2 { 18 } else { 20 };
            for (block, out) in row.chunks_exact(source_block).zip(panel.chunks_exact_mut(Q4_BLOCK_BYTES)) {
                out[lane * 2..][..2].copy_from_slice(&block[..2]);
                let m = if source_type == 2 {
                    minus_eight_times(u16::from_le_bytes([block[0], block[1]])).to_le_bytes()
                } else {
                    [block[2], block[3]]
                };
                out[32 + lane * 2..][..2].copy_from_slice(&m);
                for (j, four) in block[source_block - 16..].chunks_exact(4).enumerate() {
                    out[64 + j * 64 + lane * 4..][..4].copy_from_slice(four);
                }
            }
        }
        Format::Q8 => {
            let (scales, chunks) = panel.split_at_mut(q8_scale_bytes(inputs));
            for (b, block) in row.chunks_exact(34).enumerate() {
                scales[b * 32 + lane * 2..][..2].copy_from_slice(&block[..2]);
                for (j, four) in block[2..].chunks_exact(4).enumerate() {
                    let out = &mut chunks[b * Q8_BLOCK_BYTES + j * 64 + lane * 4..][..4];
                    for (o, q) in out.iter_mut().zip(four) {
                        *o = q ^ 0x80;
                    }
                }
            }
        }
    }
}
