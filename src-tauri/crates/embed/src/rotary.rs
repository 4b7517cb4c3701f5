//! Positions as rotations of queries and keys (Su et al. 2021, arXiv:2104.09864), each head's first half against its second.

/// Sines and cosines of every position.
pub(crate) struct Rotary {
    /// Half of a head's size.
    half: usize,
    /// `[positions, half]`, each a cosine and a sine.
    turns: Vec<(f32, f32)>,
}

impl Rotary {
    /// For heads of `size` numbers; the `i`-th pair turns by `position / base^(2 i / size)`.
    pub(crate) fn new(size: usize, positions: usize, base: f32) -> Rotary {
        let half = size / 2;
        let speed = |i: usize| 1.0 / base.powf(2.0 * i as f32 / size as f32);
        let turn = |position: usize, i: usize| {
            let (sine, cosine) = (position as f32 * speed(i)).sin_cos();
            (cosine, sine)
        };
        let turns = (0..positions).flat_map(|position| (0..half).map(move |i| turn(position, i))).collect();
        Rotary { half, turns }
    }

    /// Turns queries and keys of rows `[queries, keys, values]` of `heads` heads each.
    pub(crate) fn turn(&self, qkv: &mut [f32], positions: &[u32], heads: usize) {
        let size = 2 * self.half;
        for (row, position) in qkv.chunks_exact_mut(3 * heads * size).zip(positions) {
            let turns = &self.turns[*position as usize * self.half..][..self.half];
            for head in row[..2 * heads * size].chunks_exact_mut(size) {
                let (first, second) = head.split_at_mut(self.half);
                for ((x, y), (cosine, sine)) in first.iter_mut().zip(second).zip(turns) {
                    (*x, *y) = (*x * cosine - *y * sine, *y * cosine + *x * sine);
                }
            }
        }
    }
}
