//! Where things lie on the map: near in meaning, near on the plane.
//!
//! A graph of nearest neighbours is laid out as UMAP does it (McInnes, Healy, Melville, arXiv 1802.03426), from
//! an initial layout by PCA, with a fixed seed and in one thread, so that the same library gives the same map.

use cairn_core::vector::normalise;
use cairn_core::{Cancelled, Control};
use rayon::prelude::*;

use crate::linear;
use crate::random::Random;
use crate::rotation::Rotation;

/// Neighbours that shape the map: fewer show finer structure, more show the whole.
const NEIGHBOURS: usize = 15;
/// Above this many items neighbours are looked for in fewer dimensions.
const REDUCE_ABOVE: usize = 2_000;
/// Dimensions that are enough for neighbours.
const REDUCED_DIMS: usize = 50;
/// Rows of a block whose neighbours are found together.
const QUERY_BLOCK: usize = 64;
/// Rows that a block is compared with at a time.
const TARGET_BLOCK: usize = 1024;
/// UMAP's curve `1 / (1 + a d^2b)` for `min_dist` 0.1 and `spread` 1.
const CURVE_A: f32 = 1.576_943;
const CURVE_B: f32 = 0.895_060_8;
/// Points pushed away for each point pulled near.
const NEGATIVE_SAMPLES: usize = 5;
/// Width of the initial layout.
const INITIAL_WIDTH: f32 = 20.0;
/// Free space at each edge of the map.
const MARGIN: f32 = 0.03;
/// Above this share of new items the map is laid out again.
const NEW_SHARE: f32 = 0.25;

/// The nearest neighbours of each item, best first, the item itself left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Knn {
    /// Neighbours of each item; fewer than asked for in a library with fewer items.
    pub k: usize,
    /// Row-major: `k` for each item.
    pub neighbours: Vec<u32>,
    /// Their cosines, in the same order.
    pub cosines: Vec<f32>,
}

impl Knn {
    /// Number of items.
    pub fn len(&self) -> usize {
        self.neighbours.len() / self.k.max(1)
    }

    /// Whether there is no neighbour at all.
    pub fn is_empty(&self) -> bool {
        self.neighbours.is_empty()
    }

    /// Neighbours of item `i` with their cosines, best first.
    pub fn of(&self, i: usize) -> impl Iterator<Item = (usize, f32)> + '_ {
        let range = i * self.k..(i + 1) * self.k;
        self.neighbours[range.clone()].iter().map(|&j| j as usize).zip(self.cosines[range].iter().copied())
    }
}

/// The `k` nearest neighbours by cosine of every row of `vectors` (row-major, `dims` each), found by comparing
/// all with all. Ties go to the lower index.
pub fn knn(vectors: &[f32], dims: usize, k: usize, control: &Control) -> Result<Knn, Cancelled> {
    let n = vectors.len() / dims.max(1);
    let k = k.min(n.saturating_sub(1));
    if k == 0 || dims == 0 {
        return Ok(Knn { k: 0, neighbours: Vec::new(), cosines: Vec::new() });
    }
    let units = unit_rows(vectors, dims);
    let blocks = units.par_chunks(QUERY_BLOCK * dims).enumerate();
    let found: Vec<Vec<(f32, u32)>> = blocks
        .map(|(block, queries)| nearest_of_block(&units, queries, block * QUERY_BLOCK, dims, k, control))
        .collect::<Result<_, _>>()?;
    let (cosines, neighbours) = found.into_iter().flatten().unzip();
    Ok(Knn { k, neighbours, cosines })
}

/// Rows at length one; a row that is not finite becomes zeros and is near to nothing.
fn unit_rows(vectors: &[f32], dims: usize) -> Vec<f32> {
    let mut units = vectors[..vectors.len() / dims * dims].to_vec();
    units.par_chunks_exact_mut(dims).for_each(|row| {
        if !row.iter().all(|x| x.is_finite()) {
            row.fill(0.0);
        }
        normalise(row);
    });
    units
}

fn nearest_of_block(
    units: &[f32],
    queries: &[f32],
    first: usize,
    dims: usize,
    k: usize,
    control: &Control,
) -> Result<Vec<(f32, u32)>, Cancelled> {
    let rows = queries.len() / dims;
    let queries = linear::Rows::new(queries, dims);
    let mut best: Vec<Vec<(f32, u32)>> = vec![Vec::with_capacity(k + 1); rows];
    let mut worst = vec![f32::NEG_INFINITY; rows];
    let mut products = vec![0f32; TARGET_BLOCK * rows];
    for (block, targets) in units.chunks(TARGET_BLOCK * dims).enumerate() {
        control.checkpoint()?;
        let columns = targets.len() / dims;
        queries.products(targets, &mut products[..columns * rows]);
        for (column, cosines) in products[..columns * rows].chunks_exact(rows).enumerate() {
            let target = block * TARGET_BLOCK + column;
            for (row, &cosine) in cosines.iter().enumerate() {
                if cosine > worst[row] && target != first + row {
                    let best = &mut best[row];
                    let at = best.partition_point(|entry| entry.0 >= cosine);
                    best.insert(at, (cosine, target as u32));
                    best.truncate(k);
                    if best.len() == k {
                        worst[row] = best[k - 1].0;
                    }
                }
            }
        }
    }
    Ok(best.concat())
}

/// A place on the map for every row of `vectors` (row-major, `dims` each): x and y from 0 to 1 with a margin,
/// the same scale on both axes. The same vectors give the same map.
pub fn layout(vectors: &[f32], dims: usize, control: &Control) -> Result<Vec<[f32; 2]>, Cancelled> {
    layout_of(&neighbours(vectors, dims, control)?, vectors, dims, control)
}

/// The graph that [`layout`] follows: of each row its nearest neighbours, found with shortened vectors in a large library.
pub fn neighbours(vectors: &[f32], dims: usize, control: &Control) -> Result<Knn, Cancelled> {
    if vectors.len() < 2 * dims.max(1) {
        return Ok(Knn { k: 0, neighbours: Vec::new(), cosines: Vec::new() });
    }
    let (units, dims) = reduce(unit_rows(vectors, dims), dims);
    knn(&units, dims, NEIGHBOURS, control)
}

/// [`layout`], where the [`neighbours`] are known already.
pub fn layout_of(
    graph: &Knn,
    vectors: &[f32],
    dims: usize,
    control: &Control,
) -> Result<Vec<[f32; 2]>, Cancelled> {
    let n = vectors.len() / dims.max(1);
    match n {
        0 => return Ok(Vec::new()),
        1 => return Ok(vec![[0.5, 0.5]]),
        _ => {}
    }
    let (units, dims) = reduce(unit_rows(vectors, dims), dims);
    let mut places = linear::principal_plane(&units, dims);
    spread(&mut places);
    // Three points are where PCA puts them: there is no neighbourhood to speak of.
    if n > 3 {
        optimise(&mut places, &edges(graph), control)?;
    }
    fit_frame(&mut places);
    Ok(places)
}

/// [`layout`] of a library that has changed: `previous` holds the old place of each row, `None` for a new one.
///
/// While at most a quarter is new, old places stay and a new item goes between its neighbours. Otherwise the
/// map is laid out again and turned, mirrored and scaled so that it looks like the old one.
pub fn layout_from(
    vectors: &[f32],
    dims: usize,
    previous: &[Option<[f32; 2]>],
    control: &Control,
) -> Result<Vec<[f32; 2]>, Cancelled> {
    let n = vectors.len() / dims.max(1);
    let known = |i: usize| previous.get(i).copied().flatten().filter(|p| p.iter().all(|x| x.is_finite()));
    let new = (0..n).filter(|&i| known(i).is_none()).count();
    if new as f32 > NEW_SHARE * n as f32 {
        let mut places = layout(vectors, dims, control)?;
        let pairs: Vec<Pair> =
            places.iter().enumerate().filter_map(|(i, p)| known(i).map(|old| (*p, old))).collect();
        align(&mut places, &pairs);
        return Ok(places);
    }
    let mut places: Vec<Option<[f32; 2]>> = (0..n).map(known).collect();
    if new > 0 {
        place_new(&mut places, &neighbours(vectors, dims, control)?);
    }
    let mut places: Vec<[f32; 2]> = places.into_iter().map(|place| place.unwrap_or([0.5, 0.5])).collect();
    if places.iter().flatten().any(|x| !(0.0..=1.0).contains(x)) {
        fit_frame(&mut places);
    }
    Ok(places)
}

/// Fewer dimensions with the same neighbours, where comparing all with all would take long.
fn reduce(units: Vec<f32>, dims: usize) -> (Vec<f32>, usize) {
    const SAMPLES: usize = 8_192;
    if dims <= REDUCED_DIMS || units.len() / dims <= REDUCE_ABOVE {
        return (units, dims);
    }
    (Rotation::fit(&units, dims, SAMPLES).apply_all(&units, REDUCED_DIMS), REDUCED_DIMS)
}

/// One direction of a link: `head` is pulled towards `tail` as often as `weight` says.
struct Edge {
    head: u32,
    tail: u32,
    weight: f32,
}

/// UMAP's fuzzy graph: each item's distances are made relative to its own neighbourhood, then the two
/// directions are joined by `a + b - a b`. Sorted by head and tail.
fn edges(graph: &Knn) -> Vec<Edge> {
    let mut directed: Vec<(u32, u32, f32)> = Vec::with_capacity(2 * graph.neighbours.len());
    for i in 0..graph.len() {
        let distances: Vec<f32> = graph.of(i).map(|(_, cosine)| (1.0 - cosine).max(0.0)).collect();
        let (nearest, width) = neighbourhood(&distances);
        for ((j, _), distance) in graph.of(i).zip(distances) {
            let weight = (-(distance - nearest).max(0.0) / width).exp();
            directed.push((i as u32, j as u32, weight));
            directed.push((j as u32, i as u32, weight));
        }
    }
    directed.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
    directed
        .chunk_by(|a, b| (a.0, a.1) == (b.0, b.1))
        .map(|both| {
            let weight = both.iter().fold(0.0, |joined, edge| joined + edge.2 - joined * edge.2);
            Edge { head: both[0].0, tail: both[0].1, weight }
        })
        .collect()
}

/// The distance to the nearest other item, and the width at which the weights add up to `log2 k`.
fn neighbourhood(distances: &[f32]) -> (f32, f32) {
    let nearest = distances.iter().copied().find(|d| *d > 0.0).unwrap_or(0.0);
    let target = (distances.len() as f32 + 1.0).log2();
    let (mut low, mut high, mut width) = (0f32, f32::INFINITY, 1f32);
    for _ in 0..64 {
        let sum: f32 = distances.iter().map(|d| (-(d - nearest).max(0.0) / width).exp()).sum();
        if (sum - target).abs() < 1e-5 {
            break;
        }
        if sum > target {
            high = width;
            width = f32::midpoint(low, high);
        } else {
            low = width;
            width = if high.is_finite() { f32::midpoint(low, high) } else { width * 2.0 };
        }
    }
    let mean = distances.iter().sum::<f32>() / distances.len().max(1) as f32;
    (nearest, width.clamp((1e-3 * mean).max(1e-6), 1e6))
}

/// Scales the PCA layout to a fixed width and takes equal points a hair apart.
fn spread(places: &mut [[f32; 2]]) {
    let widest = places.iter().flatten().fold(0f32, |widest, x| widest.max(x.abs()));
    let scale = if widest > 0.0 { INITIAL_WIDTH / 2.0 / widest } else { 0.0 };
    let mut random = Random::new(2);
    for place in places {
        *place = place.map(|x| x * scale + (random.unit() - 0.5) * 1e-3);
    }
}

/// UMAP's stochastic gradient descent: each edge is sampled as often as its weight says; the ends are pulled
/// together and the head is pushed away from random points.
fn optimise(places: &mut [[f32; 2]], edges: &[Edge], control: &Control) -> Result<(), Cancelled> {
    let n = places.len();
    let epochs = if n <= REDUCE_ABOVE { 300 } else { 200 };
    let strongest = edges.iter().fold(0f32, |strongest, edge| strongest.max(edge.weight));
    let kept: Vec<&Edge> = edges.iter().filter(|edge| edge.weight * epochs as f32 >= strongest).collect();
    let period: Vec<f32> = kept.iter().map(|edge| strongest / edge.weight).collect();
    let mut due = period.clone();
    let mut random = Random::new(3);
    for epoch in 0..epochs {
        control.checkpoint()?;
        let step = 1.0 - epoch as f32 / epochs as f32;
        for ((edge, due), period) in kept.iter().zip(&mut due).zip(&period) {
            if *due > epoch as f32 + 1.0 {
                continue;
            }
            *due += period;
            let (head, tail) = (edge.head as usize, edge.tail as usize);
            let pull = pull(places[head], places[tail]);
            for axis in 0..2 {
                places[head][axis] += step * pull[axis];
                places[tail][axis] -= step * pull[axis];
            }
            for _ in 0..NEGATIVE_SAMPLES {
                let other = random.below(n);
                if other != head {
                    let push = push(places[head], places[other]);
                    for axis in 0..2 {
                        places[head][axis] += step * push[axis];
                    }
                }
            }
        }
    }
    Ok(())
}

/// Towards `other`, at most 4 along each axis.
fn pull(place: [f32; 2], other: [f32; 2]) -> [f32; 2] {
    let offset = [place[0] - other[0], place[1] - other[1]];
    let squared = offset[0] * offset[0] + offset[1] * offset[1];
    if squared <= 0.0 {
        return [0.0, 0.0];
    }
    let power = squared.powf(CURVE_B);
    let force = -2.0 * CURVE_A * CURVE_B * power / (squared * (CURVE_A * power + 1.0));
    offset.map(|x| (force * x).clamp(-4.0, 4.0))
}

/// Away from `other`, at most 4 along each axis.
fn push(place: [f32; 2], other: [f32; 2]) -> [f32; 2] {
    let offset = [place[0] - other[0], place[1] - other[1]];
    let squared = offset[0] * offset[0] + offset[1] * offset[1];
    let force = 2.0 * CURVE_B / ((0.001 + squared) * (CURVE_A * squared.powf(CURVE_B) + 1.0));
    offset.map(|x| (force * x).clamp(-4.0, 4.0))
}

/// Scales all places into the unit square, both axes alike, centred, with a margin.
fn fit_frame(places: &mut [[f32; 2]]) {
    let range = |axis: usize| {
        places.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), place| {
            (low.min(place[axis]), high.max(place[axis]))
        })
    };
    let [(left, right), (bottom, top)] = [range(0), range(1)];
    let width = (right - left).max(top - bottom);
    let scale = if width > 0.0 { (1.0 - 2.0 * MARGIN) / width } else { 0.0 };
    let middle = [f32::midpoint(left, right), f32::midpoint(bottom, top)];
    for place in places {
        for axis in 0..2 {
            place[axis] = 0.5 + (place[axis] - middle[axis]) * scale;
        }
    }
}

/// Puts each new item at the mean of its placed neighbours, weighted by closeness; what only has new
/// neighbours follows once they are placed. New items of one place are taken a hair apart.
fn place_new(places: &mut [Option<[f32; 2]>], graph: &Knn) {
    const HAIR: f32 = 0.004;
    let mut random = Random::new(4);
    loop {
        let placed: Vec<(usize, [f32; 2])> = (0..graph.len())
            .filter(|&i| places[i].is_none())
            .filter_map(|i| {
                let (mut sum, mut weights) = ([0f32; 2], 0f32);
                for (j, cosine) in graph.of(i) {
                    if let Some(place) = places[j] {
                        // Cubed, so that the nearest decide.
                        let weight = cosine.max(1e-3).powi(3);
                        weights += weight;
                        (0..2).for_each(|axis| sum[axis] += weight * place[axis]);
                    }
                }
                (weights > 0.0).then(|| (i, sum.map(|x| x / weights)))
            })
            .collect();
        if placed.is_empty() {
            return;
        }
        for (i, place) in placed {
            places[i] = Some(place.map(|x| (x + (random.unit() - 0.5) * HAIR).clamp(0.0, 1.0)));
        }
    }
}

/// A place and where it should come near to.
type Pair = ([f32; 2], [f32; 2]);

/// Moves, turns, mirrors and scales all places so that the first of each pair comes near to the second
/// (orthogonal Procrustes in the plane), then keeps them inside the frame.
fn align(places: &mut [[f32; 2]], pairs: &[Pair]) {
    if pairs.len() < 3 {
        return;
    }
    let centre = |side: fn(&Pair) -> [f32; 2]| {
        let sum = pairs.iter().map(side).fold([0f32; 2], |sum, p| [sum[0] + p[0], sum[1] + p[1]]);
        sum.map(|x| x / pairs.len() as f32)
    };
    let (from, to) = (centre(|pair| pair.0), centre(|pair| pair.1));
    // In the plane the best turn has a closed form, with and without a mirror: the longer sum wins.
    let (mut turn, mut mirrored, mut energy) = ([0f32; 2], [0f32; 2], 0f32);
    for (a, b) in pairs {
        let (a, b) = ([a[0] - from[0], a[1] - from[1]], [b[0] - to[0], b[1] - to[1]]);
        turn = [turn[0] + a[0] * b[0] + a[1] * b[1], turn[1] + a[0] * b[1] - a[1] * b[0]];
        mirrored = [mirrored[0] + a[0] * b[0] - a[1] * b[1], mirrored[1] + a[0] * b[1] + a[1] * b[0]];
        energy += a[0] * a[0] + a[1] * a[1];
    }
    let length = |v: [f32; 2]| v[0].hypot(v[1]);
    let flip = if length(mirrored) > length(turn) { -1.0 } else { 1.0 };
    let best = if flip < 0.0 { mirrored } else { turn };
    if energy <= 0.0 || length(best) <= 0.0 {
        return;
    }
    let [cos, sin] = best.map(|x| x / energy);
    for place in places.iter_mut() {
        let (x, y) = (place[0] - from[0], flip * (place[1] - from[1]));
        *place = [to[0] + cos * x - sin * y, to[1] + sin * x + cos * y];
    }
    if places.iter().flatten().any(|x| !(0.0..=1.0).contains(x)) {
        fit_frame(places);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// `groups` clouds of `each` unit vectors around random directions.
    pub(crate) fn clouds(groups: usize, each: usize, dims: usize, width: f32, seed: u64) -> Vec<f32> {
        let mut random = Random::new(seed);
        let centres: Vec<f32> = (0..groups * dims).map(|_| random.unit() - 0.5).collect();
        let mut vectors = Vec::new();
        for i in 0..groups * each {
            let centre = &centres[i % groups * dims..(i % groups + 1) * dims];
            let mut row: Vec<f32> = centre.iter().map(|c| c + width * (random.unit() - 0.5)).collect();
            normalise(&mut row);
            vectors.extend(row);
        }
        vectors
    }

    fn inside(places: &[[f32; 2]]) -> bool {
        places.iter().flatten().all(|x| (0.0..=1.0).contains(x))
    }

    /// The share of items whose nearest item on the map is of the same group.
    fn purity(places: &[[f32; 2]], groups: usize) -> f32 {
        let right = (0..places.len()).filter(|&i| {
            let distance = |j: usize| (places[i][0] - places[j][0]).hypot(places[i][1] - places[j][1]);
            let nearest = (0..places.len())
                .filter(|&j| j != i)
                .min_by(|&a, &b| distance(a).total_cmp(&distance(b)))
                .unwrap();
            nearest % groups == i % groups
        });
        right.count() as f32 / places.len() as f32
    }

    #[test]
    fn knn_by_hand() {
        let vectors = [1.0, 0.0, 0.0, 2.0, 3.0, 3.0, 1.0, 0.1];
        let graph = knn(&vectors, 2, 2, &Control::new()).unwrap();
        assert_eq!(graph.neighbours, [3, 2, 2, 3, 3, 0, 0, 2]);
        assert!((graph.cosines[1] - 0.5f32.sqrt()).abs() < 1e-6);
        assert_eq!(knn(&vectors, 2, 9, &Control::new()).unwrap().k, 3);
        assert!(knn(&[1.0, 2.0], 2, 3, &Control::new()).unwrap().is_empty());
        assert!(knn(&[], 0, 3, &Control::new()).unwrap().is_empty());
    }

    #[test]
    fn knn_over_several_blocks_is_the_plain_sort() {
        let (dims, vectors) = (12, clouds(7, 200, 12, 0.8, 1));
        let graph = knn(&vectors, dims, 10, &Control::new()).unwrap();
        let units = unit_rows(&vectors, dims);
        let row = |i: usize| &units[i * dims..(i + 1) * dims];
        for i in [0, 63, 64, 1023, 1024, 1399] {
            let mut all: Vec<f32> =
                (0..1400).filter(|&j| j != i).map(|j| cairn_core::vector::dot(row(i), row(j))).collect();
            all.sort_unstable_by(|a, b| b.total_cmp(a));
            for ((_, cosine), expected) in graph.of(i).zip(all) {
                assert!((cosine - expected).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn few_or_equal_items() {
        let control = Control::new();
        assert_eq!(layout(&[], 4, &control).unwrap(), Vec::<[f32; 2]>::new());
        assert_eq!(layout(&[], 0, &control).unwrap(), Vec::<[f32; 2]>::new());
        assert_eq!(layout(&[1.0, 0.0], 2, &control).unwrap(), [[0.5, 0.5]]);
        for n in [2, 3, 4, 5, 6, 9, 16, 17, 40] {
            let apart = layout(&clouds(n, 1, 8, 0.0, 5), 8, &control).unwrap();
            assert!(apart.len() == n && inside(&apart) && apart[0] != apart[1], "{n} {apart:?}");
            let equal = layout(&[0.5, 0.25].repeat(n), 2, &control).unwrap();
            assert!(equal.len() == n && inside(&equal), "{n} {equal:?}");
        }
        let odd = layout(&[f32::NAN, 0.0, 0.0, 0.0, f32::INFINITY, 1.0, 1.0, 0.0], 2, &control).unwrap();
        assert!(odd.len() == 4 && inside(&odd), "{odd:?}");
    }

    #[test]
    fn groups_come_apart_and_the_map_is_always_the_same() {
        let vectors = clouds(6, 50, 32, 0.6, 2);
        let places = layout(&vectors, 32, &Control::new()).unwrap();
        assert!(inside(&places));
        assert!(purity(&places, 6) > 0.98, "{}", purity(&places, 6));
        assert_eq!(places, layout(&vectors, 32, &Control::new()).unwrap());
        let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(places, one_thread.install(|| layout(&vectors, 32, &Control::new())).unwrap());
    }

    #[test]
    fn a_large_library_is_reduced_and_still_comes_apart() {
        let vectors = clouds(20, 110, 96, 0.9, 3);
        let places = layout(&vectors, 96, &Control::new()).unwrap();
        assert!(purity(&places, 20) > 0.97, "{}", purity(&places, 20));
    }

    #[test]
    fn old_places_stay_when_few_are_new() {
        let vectors = clouds(4, 30, 16, 0.5, 4);
        let places = layout(&vectors, 16, &Control::new()).unwrap();
        let mut previous: Vec<Option<[f32; 2]>> = places.iter().copied().map(Some).collect();
        previous[8] = None;
        previous[119] = None;
        let moved = layout_from(&vectors, 16, &previous, &Control::new()).unwrap();
        for (i, place) in places.iter().enumerate() {
            assert!([8, 119].contains(&i) || *place == moved[i], "{i}");
        }
        assert!(purity(&moved, 4) > 0.97);
    }

    #[test]
    fn a_new_layout_looks_like_the_old_one() {
        let vectors = clouds(5, 40, 16, 0.5, 6);
        let places = layout(&vectors, 16, &Control::new()).unwrap();
        // The old map, mirrored and turned; the last half of the library is new.
        let old = |[x, y]: [f32; 2]| Some([0.5 + 0.8 * (y - 0.5), 0.5 + 0.8 * (x - 0.5)]);
        let previous: Vec<Option<[f32; 2]>> =
            places.iter().enumerate().map(|(i, p)| if i < 100 { old(*p) } else { None }).collect();
        let again = layout_from(&vectors, 16, &previous, &Control::new()).unwrap();
        for (place, old) in again.iter().zip(&previous).take(100) {
            let old = old.unwrap();
            assert!((place[0] - old[0]).hypot(place[1] - old[1]) < 0.01, "{place:?} {old:?}");
        }
        assert!(inside(&again));
    }

    #[test]
    fn it_can_be_stopped() {
        let control = Control::new();
        control.cancel();
        let vectors = clouds(3, 10, 8, 0.5, 7);
        assert_eq!(layout(&vectors, 8, &control), Err(Cancelled));
        assert_eq!(knn(&vectors, 8, 3, &control), Err(Cancelled));
    }

    /// `cargo test -p cairn-insight measure -- --ignored --nocapture`
    #[test]
    #[ignore = "measures"]
    fn measure() {
        use std::time::Instant;
        let sizes = std::env::var("CAIRN_SIZES").unwrap_or_else(|_| "1000,10000".into());
        for n in sizes.split(',').map(|n| n.parse::<usize>().unwrap()) {
            let (dims, vectors) = (384, clouds(n / 50, 50, 384, 0.9, 8));
            let control = Control::new();
            let start = Instant::now();
            let graph = knn(&vectors, dims, NEIGHBOURS, &control).unwrap();
            let full = start.elapsed();
            let start = Instant::now();
            let places = layout(&vectors, dims, &control).unwrap();
            let layout = start.elapsed();
            let start = Instant::now();
            let found = crate::clusters(&vectors, dims, &places, &control).unwrap();
            let clusters = start.elapsed();
            let start = Instant::now();
            let rotation = Rotation::fit(&vectors, dims, 20_000);
            let fit = start.elapsed();
            let count = found.iter().max().unwrap() + 1;
            let outliers = found.iter().filter(|c| **c < 0).count();
            println!(
                "{n} x {dims}, {} neighbours: exact kNN at full length {full:.2?}, whole layout {layout:.2?}, \
                 clusters {clusters:.2?} ({count} found, {outliers} outliers), rotation fit {fit:.2?} ({} dims)",
                graph.k,
                rotation.dims()
            );
        }
    }
}
