//! Items that are nearly the same: neighbours propose, a closer look decides.

use crate::map::Knn;

/// Groups of items that are the same as the group's first; of the items that could be first, the one with the most that are the
/// same. No item is in two groups, and none is alone.
///
/// Two items are the same if their cosine in `graph` is at least `least` and `same` says so. Every member is compared with the first, not
/// with the next: a burst in which each photo is like the one before does not grow into one group of photos that are nothing
/// like one another. An item that has more equals than neighbours in the graph is grouped with the nearest of them.
pub fn alike(graph: &Knn, least: f32, mut same: impl FnMut(usize, usize) -> bool) -> Vec<Vec<usize>> {
    let mut equals: Vec<(usize, Vec<usize>)> = Vec::new();
    for item in 0..graph.len() {
        let near = graph.of(item).take_while(|(_, cosine)| *cosine >= least).map(|(other, _)| other);
        let equal: Vec<usize> = near.filter(|other| same(item, *other)).collect();
        if !equal.is_empty() {
            equals.push((item, equal));
        }
    }
    equals.sort_by_key(|(item, equal)| (std::cmp::Reverse(equal.len()), *item));
    let mut taken = vec![false; graph.len()];
    let mut groups = Vec::new();
    for (first, equal) in equals {
        let others: Vec<usize> = equal.into_iter().filter(|other| !taken[*other]).collect();
        if taken[first] || others.is_empty() {
            continue;
        }
        let group: Vec<usize> = std::iter::once(first).chain(others).collect();
        group.iter().for_each(|item| taken[*item] = true);
        groups.push(group);
    }
    groups
}

#[cfg(test)]
mod tests {
    use cairn_core::Control;

    use super::*;
    use crate::map::knn;

    /// Vectors of length one at these angles in degrees.
    fn at(angles: &[f32]) -> Vec<f32> {
        angles.iter().map(|angle| angle.to_radians()).flat_map(|angle| [angle.cos(), angle.sin()]).collect()
    }

    fn grouped(angles: &[f32], within: f32) -> Vec<Vec<usize>> {
        let vectors = at(angles);
        let graph = knn(&vectors, 2, 4, &Control::new()).unwrap_or_else(|_| unreachable!("nobody cancels"));
        alike(&graph, within.to_radians().cos(), |a, b| angles[a] != 45.0 && angles[b] != 45.0)
    }

    #[test]
    fn what_is_nearly_the_same_is_grouped_and_nothing_else() {
        assert_eq!(grouped(&[0.0, 90.0, 1.0, 180.0, 91.0], 2.0), [vec![0, 2], vec![1, 4]]);
        assert_eq!(grouped(&[0.0, 90.0, 180.0], 2.0), Vec::<Vec<usize>>::new());
        assert_eq!(grouped(&[], 2.0), Vec::<Vec<usize>>::new());
        assert_eq!(grouped(&[44.0, 45.0, 46.0], 2.5), [vec![0, 2]], "a closer look decides");
    }

    #[test]
    fn a_chain_is_not_one_group() {
        let groups = grouped(&[0.0, 3.0, 6.0, 9.0, 12.0], 4.0);
        assert_eq!(groups, [vec![1, 0, 2], vec![3, 4]]);
    }
}
