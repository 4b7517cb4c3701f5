//! Names for groups of photos: the words of a fixed vocabulary that lie nearest to them in a space that photos and words
//! share.

use cairn_core::vector;

/// Words of a label.
const MOST: usize = 2;
/// A second word belongs to a label if it fits nearly as well as the first.
const NEARLY: f32 = 0.85;

/// The label of each group, as numbers of words: one or two, the best first; nothing for a group without members. No two groups
/// share their first word.
///
/// `photos` (`[n, dims]`) and `words` (`[m, dims]`) are vectors of length one; `groups` has the group of each photo, negative
/// for none. What all photos have in common says nothing about one group, and photos and words lie apart (the modality gap, Liang et
/// al. 2022, arXiv:2203.02053): both are taken from their own mean.
pub fn nearest_words(photos: &[f32], groups: &[i32], words: &[f32], dims: usize) -> Vec<Vec<usize>> {
    let count = groups.iter().max().map_or(0, |last| usize::try_from(last + 1).unwrap_or(0));
    if dims == 0 || words.len() < dims {
        return vec![Vec::new(); count];
    }
    let of_all = mean(photos.chunks_exact(dims), dims);
    let of_words = mean(words.chunks_exact(dims), dims);
    let words: Vec<Vec<f32>> = words.chunks_exact(dims).map(|word| unit(word, &of_words)).collect();
    let fits: Vec<Vec<f32>> = (0..count)
        .map(|group| {
            let members =
                photos.chunks_exact(dims).zip(groups).filter(|(_, of)| usize::try_from(**of) == Ok(group));
            let centre = unit(&mean(members.map(|(photo, _)| photo), dims), &of_all);
            words.iter().map(|word| vector::dot(&centre, word)).collect()
        })
        .collect();
    labels(&fits)
}

/// The group that a word fits best gets it first.
fn labels(fits: &[Vec<f32>]) -> Vec<Vec<usize>> {
    let mut pairs: Vec<(usize, usize)> = fits
        .iter()
        .enumerate()
        .flat_map(|(group, fits)| (0..fits.len()).map(move |word| (group, word)))
        .collect();
    let fit = |(group, word): (usize, usize)| fits[group][word];
    pairs.retain(|pair| fit(*pair) > 0.0);
    pairs.sort_by(|a, b| fit(*b).total_cmp(&fit(*a)).then(a.cmp(b)));
    let mut labels: Vec<Vec<usize>> = vec![Vec::new(); fits.len()];
    let mut taken = std::collections::HashSet::new();
    for (group, word) in pairs {
        let label = &mut labels[group];
        match label.first() {
            None if taken.insert(word) => label.push(word),
            Some(first) if label.len() < MOST && fits[group][word] >= NEARLY * fits[group][*first] => {
                label.push(word);
            }
            _ => {}
        }
    }
    labels
}

fn mean<'a>(vectors: impl Iterator<Item = &'a [f32]>, dims: usize) -> Vec<f32> {
    let mut sum = vec![0.0; dims];
    let mut count = 0;
    for vector in vectors {
        sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x);
        count += 1;
    }
    sum.iter_mut().for_each(|sum| *sum /= count.max(1) as f32);
    sum
}

/// A vector as seen from an origin, of length one.
fn unit(vector: &[f32], origin: &[f32]) -> Vec<f32> {
    let mut seen: Vec<f32> = vector.iter().zip(origin).map(|(x, o)| x - o).collect();
    vector::normalise(&mut seen);
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_called_what_sets_it_apart() {
        // All photos share the first direction; dogs have the second, boats the third. Words lie elsewhere, by their fourth.
        let photos = [[0.9, 0.4, 0.0, 0.0], [0.9, 0.4, 0.1, 0.0], [0.9, 0.0, 0.4, 0.0], [0.9, 0.1, 0.4, 0.0]];
        let words = [[0.0, 0.5, 0.0, 0.8], [0.0, 0.0, 0.5, 0.8], [0.5, 0.0, 0.0, 0.8]];
        assert_eq!(nearest_words(&photos.concat(), &[0, 0, 1, 1], &words.concat(), 4), [[0], [1]]);
    }

    #[test]
    fn two_groups_do_not_share_their_first_word() {
        assert_eq!(labels(&[vec![0.9, 0.5, 0.1], vec![0.8, 0.7, 0.1]]), [vec![0], vec![1]]);
        assert_eq!(labels(&[vec![0.9], vec![0.8]]), [vec![0], vec![]]);
    }

    #[test]
    fn nothing_has_no_label() {
        assert_eq!(nearest_words(&[], &[], &[1.0, 0.0], 2), Vec::<Vec<usize>>::new());
        assert_eq!(nearest_words(&[1.0, 0.0], &[0], &[], 2), [Vec::<usize>::new()]);
        assert_eq!(nearest_words(&[1.0, 0.0], &[-1], &[1.0, 0.0], 2), Vec::<Vec<usize>>::new());
    }
}
