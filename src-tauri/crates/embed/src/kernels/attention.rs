//! Attention of each sequence to itself (Vaswani et al. 2017, arXiv:1706.03762), every head by itself, without padding.

use std::cell::RefCell;
use std::ops::Range;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::cells::Cells;
use super::rows::{combine, exp_row};
use super::tile::{self, MOST_COLUMNS, MOST_ROWS, Sums, Tile, tiles};

/// Which tokens of its sequence a token attends to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// All of them.
    Whole,
    /// Itself and those before it.
    Back,
}

/// Below so many products the work is not worth another thread.
const FEW: usize = 1 << 16;

/// Queries, keys and values of all tokens, `[tokens, 3 * heads * size]`, queries already scaled; to `[tokens, heads * size]`.
/// A sequence is a range of tokens.
pub(crate) fn attention(
    qkv: &[f32],
    heads: usize,
    sequences: &[Range<usize>],
    sight: Sight,
    output: &mut [f32],
) {
    let tokens = sequences.last().map_or(0, |last| last.end);
    if tokens == 0 {
        return;
    }
    let size = output.len() / tokens / heads;
    let cells = Cells::new(output, heads * size);
    let head = |(sequence, head): (&Range<usize>, usize)| {
        SPACE.with_borrow_mut(|space| {
            let rows = &qkv[sequence.start * 3 * heads * size..sequence.end * 3 * heads * size];
            pulp::Arch::new().dispatch(Head {
                rows,
                heads,
                head,
                size,
                sight,
                first: sequence.start,
                cells,
                space,
            });
        });
    };
    let work: usize = sequences.iter().map(|sequence| sequence.len().pow(2) * heads * size).sum();
    if work < FEW {
        sequences.iter().flat_map(|sequence| (0..heads).map(move |head| (sequence, head))).for_each(head);
    } else {
        let all = sequences.par_iter().flat_map(|s| (0..heads).into_par_iter().map(move |head| (s, head)));
        all.for_each(head);
    }
}

thread_local! {
    static SPACE: RefCell<Space> = RefCell::default();
}

/// What one head needs, kept from one to the next.
#[derive(Default)]
struct Space {
    /// Panels of keys: of each panel's keys the first numbers, then the second ones, and so on.
    keys: Vec<f32>,
    /// Panels of values: of each token those of the panel.
    values: Vec<f32>,
    /// A tile's rows of scores.
    scores: Vec<f32>,
}

struct Head<'a> {
    rows: &'a [f32],
    heads: usize,
    head: usize,
    size: usize,
    sight: Sight,
    /// The sequence's first row in `cells`.
    first: usize,
    cells: Cells<'a, f32>,
    space: &'a mut Space,
}

impl WithSimd for Head<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Head { rows, heads, head, size, sight, first, cells, space: Space { keys, values, scores } } =
            self;
        let (stride, columns) = (3 * heads * size, tile::VECTORS * S::F32_LANES);
        let tokens = rows.len() / stride;
        let padded = tokens.next_multiple_of(columns);
        let key_panels = padded / columns;
        keys.resize(padded * size, 0.0);
        values.resize(tokens * size.next_multiple_of(columns), 0.0);
        scores.resize(MOST_ROWS * padded, 0.0);
        let (key_start, value_start) = ((heads + head) * size, (2 * heads + head) * size);
        for (panel, keys) in keys.chunks_exact_mut(columns * size).enumerate() {
            for column in 0..columns.min(tokens - panel * columns) {
                let key = &rows[(panel * columns + column) * stride + key_start..][..size];
                for (k, key) in key.iter().enumerate() {
                    keys[k * columns + column] = *key;
                }
            }
        }
        for (panel, values) in values.chunks_exact_mut(columns * tokens).enumerate() {
            let from = panel * columns;
            let width = columns.min(size - from);
            for (token, values) in values.chunks_exact_mut(columns).enumerate() {
                values[..width].copy_from_slice(&rows[token * stride + value_start + from..][..width]);
            }
        }

        let mut sums: Sums = [0.0; MOST_ROWS * MOST_COLUMNS];
        for (start, count) in tiles(tokens, tile::rows::<S>()) {
            let queries = &rows[start * stride + head * size..];
            for panel in 0..key_panels {
                let keys = &keys[panel * columns * size..][..columns * size];
                let tile = Tile { rows: queries, stride, count, depth: size, panel: keys };
                tile.multiply(simd, &mut sums);
                for (row, sums) in sums.chunks_exact(columns).take(count).enumerate() {
                    scores[row * padded + panel * columns..][..columns].copy_from_slice(sums);
                }
            }
            let mut shares = [0f32; MOST_ROWS];
            let rows = scores.chunks_exact_mut(padded).zip(&mut shares).take(count);
            for (query, (row, share)) in (start..).zip(rows) {
                let seen = if sight == Sight::Back { query + 1 } else { tokens };
                row[seen..].fill(f32::NEG_INFINITY);
                *share = 1.0 / exp_row(simd, row);
            }
            for (panel, values) in values.chunks_exact(columns * tokens).enumerate() {
                let tile = Tile { rows: scores, stride: padded, count, depth: tokens, panel: values };
                tile.multiply(simd, &mut sums);
                let from = head * size + panel * columns;
                let to = (from + columns).min((head + 1) * size);
                for row in 0..count {
                    // SAFETY: a head's columns of a sequence's rows are written by this call alone.
                    let output = unsafe { cells.row(first + start + row, from..to) };
                    let (sums, share) = (&sums[row * columns..][..columns], simd.splat_f32s(shares[row]));
                    combine(
                        simd,
                        output,
                        sums,
                        sums,
                        #[inline(always)]
                        |_, sum, _| simd.mul_f32s(sum, share),
                    );
                }
            }
        }
    }
}
