//! Groups of things that belong together.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cairn_core::vector::{dot, normalise};
use cairn_core::{Cancelled, Control};
use ndarray::Array2;
use petal_clustering::{Fit, HDbscan};

use crate::linear;
use crate::random::Random;

/// The cluster of an item that belongs to none.
pub const NO_CLUSTER: i32 = -1;

/// Below this many items there is no density to speak of.
const FEW: usize = 30;
/// Neighbours that make a place dense.
const MIN_SAMPLES: usize = 5;
/// Where there is nothing to compare with, items at least this similar belong together.
const PLAIN_THRESHOLD: f32 = 0.5;
/// A grouping of few items with a lower silhouette is no grouping.
const MIN_SILHOUETTE: f32 = 0.1;
/// Islands of the map whose centres are this similar are one cluster.
const SAME_CENTRE: f32 = 0.99;
/// An outlier joins a cluster when it is as near to its centre as all but this share of its members.
const FAR_SHARE: f64 = 10.0;

/// The cluster of each item, counted from 0, the largest first; [`NO_CLUSTER`] for an outlier.
///
/// `vectors` (row-major, `dims` each) say what the items mean, `points` where they lie on the map
/// ([`crate::layout`]), so that clusters are the islands one sees. With 30 items or more these are found by
/// density (HDBSCAN, Campello, Moulavi, Sander 2013), and an outlier that is as near to the centre of a
/// cluster as its own members are joins it. Fewer items are merged by average cosine, step by step, and the step
/// whose groups are best apart counts (mean silhouette, Rousseeuw 1987).
pub fn clusters(
    vectors: &[f32],
    dims: usize,
    points: &[[f32; 2]],
    control: &Control,
) -> Result<Vec<i32>, Cancelled> {
    let n = points.len().min(vectors.len() / dims.max(1));
    control.checkpoint()?;
    let mut units = vectors[..n * dims].to_vec();
    for row in units.chunks_exact_mut(dims.max(1)) {
        if !row.iter().all(|x| x.is_finite()) {
            row.fill(0.0);
        }
        normalise(row);
    }
    let mut groups = if n < FEW {
        by_cosine(&units, dims, n)
    } else {
        let mut groups = by_density(&points[..n]);
        control.checkpoint()?;
        join_equal(&mut groups, &units, dims);
        adopt_outliers(&mut groups, &units, dims);
        groups
    };
    number_by_size(&mut groups);
    Ok(groups)
}

/// HDBSCAN on the map.
fn by_density(points: &[[f32; 2]]) -> Vec<i32> {
    let n = points.len();
    let min_cluster_size = MIN_SAMPLES.max((n as f64).sqrt() as usize / 2);
    let mut groups = vec![NO_CLUSTER; n];
    // Points that coincide are infinitely dense; a hair apart they are only very dense.
    let mut random = Random::new(5);
    let place = |x: f32, noise: f32| f64::from(if x.is_finite() { x } else { 0.5 } + (noise - 0.5) * 1e-3);
    let flat: Vec<f64> = points.iter().flatten().map(|&x| place(x, random.unit())).collect();
    let Ok(input) = Array2::from_shape_vec((n, 2), flat) else { return groups };
    let mut hdbscan = HDbscan { min_samples: MIN_SAMPLES, min_cluster_size, ..HDbscan::default() };
    // The crate panics on input it does not expect; no map is worth the window.
    let found = catch_unwind(AssertUnwindSafe(|| hdbscan.fit(&input, None).0)).unwrap_or_default();
    if found.is_empty() {
        // One density everywhere: everything is one group.
        return vec![0; n];
    }
    let mut found: Vec<Vec<usize>> = found.into_values().collect();
    found.sort_unstable();
    for (group, members) in found.iter().enumerate() {
        for &member in members {
            groups[member] = group as i32;
        }
    }
    groups
}

/// The centres of the groups at length one, row-major.
fn centres(groups: &[i32], units: &[f32], dims: usize) -> Vec<f32> {
    let count = groups.iter().max().map_or(0, |max| (max + 1) as usize);
    let mut centres = vec![0f32; count * dims];
    for (row, &group) in units.chunks_exact(dims.max(1)).zip(groups).filter(|(_, group)| **group >= 0) {
        let centre = &mut centres[group as usize * dims..(group as usize + 1) * dims];
        centre.iter_mut().zip(row).for_each(|(c, x)| *c += x);
    }
    centres.chunks_exact_mut(dims.max(1)).for_each(normalise);
    centres
}

/// Joins islands that mean the same: a cloud of equal items has no structure, but its layout may.
fn join_equal(groups: &mut [i32], units: &[f32], dims: usize) {
    let centres = centres(groups, units, dims);
    let mut joined: Vec<i32> = Vec::new();
    for (i, centre) in centres.chunks_exact(dims.max(1)).enumerate() {
        let earlier = centres.chunks_exact(dims).take(i);
        let same = earlier.zip(&joined).find(|(other, _)| dot(centre, other) >= SAME_CENTRE);
        joined.push(same.map_or(i as i32, |(_, group)| *group));
    }
    for group in groups.iter_mut().filter(|group| **group >= 0) {
        *group = joined.get(*group as usize).copied().unwrap_or(*group);
    }
}

/// Gives an outlier to the cluster with the nearest centre if it is no farther from it than the cluster's own
/// outer members.
fn adopt_outliers(groups: &mut [i32], units: &[f32], dims: usize) {
    if dims == 0 || !groups.contains(&NO_CLUSTER) {
        return;
    }
    let centres = centres(groups, units, dims);
    let mut members: Vec<Vec<f64>> = vec![Vec::new(); centres.len() / dims];
    for (row, &group) in units.chunks_exact(dims).zip(groups.iter()).filter(|(_, group)| **group >= 0) {
        let centre = &centres[group as usize * dims..(group as usize + 1) * dims];
        members[group as usize].push(f64::from(dot(row, centre)));
    }
    let lines: Vec<f32> =
        members.iter().map(|cosines| crate::metrics::percentile(cosines, FAR_SHARE) as f32).collect();
    for (row, group) in units.chunks_exact(dims).zip(groups.iter_mut()).filter(|(_, g)| **g == NO_CLUSTER) {
        let cosines = centres.chunks_exact(dims).map(|centre| dot(row, centre)).enumerate();
        // The centre of a group that was joined to another is all zeros, and it has no members.
        let nearest = cosines.filter(|(i, _)| !members[*i].is_empty()).max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((nearest, _)) = nearest.filter(|(nearest, cosine)| *cosine >= lines[*nearest]) {
            *group = nearest as i32;
        }
    }
}

/// Average linkage on cosines, cut where the silhouette is best; a group of one is an outlier.
fn by_cosine(units: &[f32], dims: usize, n: usize) -> Vec<i32> {
    if n < 2 || dims == 0 {
        return vec![NO_CLUSTER; n];
    }
    let mut cosines = vec![0f32; n * n];
    linear::Rows::new(units, dims).products(units, &mut cosines);
    let similarity = Similarity { n, cosines };
    let mut parts: Vec<Vec<usize>> = (0..n).map(|i| vec![i]).collect();
    let mut best = (MIN_SILHOUETTE, None);
    while parts.len() > 2 {
        similarity.join_nearest(&mut parts);
        let silhouette = similarity.silhouette(&parts);
        if silhouette > best.0 {
            best = (silhouette, Some(parts.clone()));
        }
    }
    let everything: Vec<usize> = (0..n).collect();
    let parts = match best.1 {
        Some(parts) => parts,
        None if similarity.between(&everything, &everything) >= PLAIN_THRESHOLD => vec![everything],
        None => Vec::new(),
    };
    let mut groups = vec![NO_CLUSTER; n];
    for (group, members) in parts.iter().filter(|members| members.len() > 1).enumerate() {
        members.iter().for_each(|&member| groups[member] = group as i32);
    }
    groups
}

/// The cosines of few items.
struct Similarity {
    n: usize,
    /// Row-major, `n` by `n`.
    cosines: Vec<f32>,
}

impl Similarity {
    /// The mean cosine of all pairs of two groups.
    fn between(&self, a: &[usize], b: &[usize]) -> f32 {
        let row = |i: usize| b.iter().map(|j| self.cosines[i * self.n + j]).sum::<f32>();
        a.iter().map(|i| row(*i)).sum::<f32>() / (a.len() * b.len()).max(1) as f32
    }

    fn join_nearest(&self, parts: &mut Vec<Vec<usize>>) {
        let pairs = (1..parts.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
        let nearness = |&(a, b): &(usize, usize)| self.between(&parts[a], &parts[b]);
        let nearest = pairs.max_by(|x, y| nearness(x).total_cmp(&nearness(y)).then(y.cmp(x)));
        if let Some((a, b)) = nearest {
            let moved = parts.swap_remove(b);
            parts[a].extend(moved);
        }
    }

    /// How much nearer the items are to their own group than to the next, on average: 1 at best, 0 for an item
    /// on its own.
    fn silhouette(&self, parts: &[Vec<usize>]) -> f32 {
        let of_item = |own: usize, item: usize| {
            let rest: Vec<usize> = parts[own].iter().copied().filter(|other| *other != item).collect();
            if rest.is_empty() {
                return 0.0;
            }
            let others = parts.iter().enumerate().filter(|(part, _)| *part != own);
            let next = others.map(|(_, part)| self.between(&[item], part)).fold(-1f32, f32::max);
            let (inside, outside) = (1.0 - self.between(&[item], &rest), 1.0 - next);
            let larger = inside.max(outside);
            if larger > 1e-6 { (outside - inside) / larger } else { 0.0 }
        };
        let items =
            parts.iter().enumerate().flat_map(|(own, part)| part.iter().map(move |&item| (own, item)));
        items.map(|(own, item)| of_item(own, item)).sum::<f32>() / self.n as f32
    }
}

/// The largest cluster becomes 0; of two equal ones that with the earlier first member.
fn number_by_size(groups: &mut [i32]) {
    let count = groups.iter().max().map_or(0, |max| (max + 1).max(0) as usize);
    let mut sizes: Vec<(usize, usize, usize)> = (0..count).map(|group| (0, usize::MAX, group)).collect();
    for (i, &group) in groups.iter().enumerate().filter(|(_, group)| **group >= 0) {
        let entry = &mut sizes[group as usize];
        *entry = (entry.0 + 1, entry.1.min(i), entry.2);
    }
    // A group that was joined to another has no members left and comes last.
    sizes.sort_unstable_by_key(|&(size, first, _)| (std::cmp::Reverse(size), first));
    let mut renamed = vec![NO_CLUSTER; count];
    for (new, &(_, _, old)) in sizes.iter().enumerate() {
        renamed[old] = new as i32;
    }
    groups.iter_mut().filter(|group| **group >= 0).for_each(|group| *group = renamed[*group as usize]);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::map::layout;
    use crate::map::tests::clouds;

    fn of(vectors: &[f32], dims: usize) -> Vec<i32> {
        let control = Control::new();
        clusters(vectors, dims, &layout(vectors, dims, &control).unwrap(), &control).unwrap()
    }

    /// How often the cluster of an item is the one that most of its group is in.
    fn agreement(found: &[i32], groups: usize) -> f32 {
        let right: usize = (0..groups)
            .map(|group| {
                let of_group = found.iter().skip(group).step_by(groups);
                let most = |cluster: i32| of_group.clone().filter(|c| **c == cluster).count();
                (0..64).map(most).max().unwrap()
            })
            .sum();
        right as f32 / found.len() as f32
    }

    #[test]
    fn dense_groups_are_found_and_always_the_same() {
        let vectors = clouds(6, 60, 32, 0.6, 11);
        let found = of(&vectors, 32);
        assert_eq!(found.iter().max(), Some(&5));
        assert!(agreement(&found, 6) > 0.97, "{}", agreement(&found, 6));
        assert_eq!(found, of(&vectors, 32));
        let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(found, one_thread.install(|| of(&vectors, 32)));
    }

    #[test]
    fn a_dozen_documents_form_groups() {
        assert_eq!(of(&clouds(3, 4, 64, 0.7, 12), 64), [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]);
    }

    #[test]
    fn one_of_its_own_is_an_outlier() {
        let mut vectors = clouds(2, 4, 64, 0.5, 13);
        let mut lonely = vec![0.0; 64];
        lonely[3] = 1.0;
        vectors.extend(lonely);
        assert_eq!(of(&vectors, 64), [0, 1, 0, 1, 0, 1, 0, 1, NO_CLUSTER]);
    }

    #[test]
    fn larger_groups_come_first() {
        let mut vectors = [0.0, 1.0].repeat(2);
        vectors.extend([1.0, 0.0].repeat(5));
        assert_eq!(of(&vectors, 2), [1, 1, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn any_number_of_items_works() {
        let control = Control::new();
        assert_eq!(clusters(&[], 0, &[], &control).unwrap(), Vec::<i32>::new());
        assert_eq!(clusters(&[1.0], 1, &[[0.5, 0.5]], &control).unwrap(), [NO_CLUSTER]);
        for n in [2, 3, 4, 7, 15, 29, 30, 31, 45, 80] {
            assert_eq!(of(&[0.6, 0.8].repeat(n), 2), vec![0; n], "{n} equal items");
            let apart = of(&clouds(n, 1, 16, 0.0, 14), 16);
            assert!(apart.len() == n && apart.iter().all(|c| *c >= NO_CLUSTER), "{n}");
        }
        let odd = [f32::NAN, 0.0, 0.0, 0.0, 1.0, 0.0].repeat(20);
        assert_eq!(clusters(&odd, 2, &[[f32::NAN, 0.5]; 60], &control).unwrap().len(), 60);
    }

    #[test]
    fn it_can_be_stopped() {
        let control = Control::new();
        control.cancel();
        assert_eq!(clusters(&[1.0, 0.0], 1, &[[0.0, 0.0]; 2], &control), Err(Cancelled));
    }
}
