//! Relevance feedback: a query moved towards what should be found and away from what should not.

use cairn_core::vector;

/// How much examples count beside the words of a query (1).
const LIKE: f32 = 1.0;
/// How much those count that results should be unlike. Less: there are more ways to be unlike something.
const UNLIKE: f32 = 0.5;

/// `query + LIKE * mean(like) - UNLIKE * mean(unlike)`, with length one (Rocchio, "Relevance feedback in information retrieval",
/// 1971). All vectors have length one and the same dimensions. `None`: there is nothing to go by, or it adds up to nothing.
///
/// Without a query and an example to be like, the direction is away from `unlike`.
pub fn moved(query: Option<&[f32]>, like: &[Vec<f32>], unlike: &[Vec<f32>]) -> Option<Vec<f32>> {
    let dims = query.map(<[f32]>::len).or_else(|| like.iter().chain(unlike).map(Vec::len).next())?;
    if like.is_empty() && unlike.is_empty() {
        return query.map(<[f32]>::to_vec);
    }
    let mut moved = query.map_or_else(|| vec![0.0; dims], <[f32]>::to_vec);
    for (vectors, weight) in [(like, LIKE), (unlike, -UNLIKE)] {
        for vector in vectors {
            let share = weight / vectors.len() as f32;
            moved.iter_mut().zip(vector).for_each(|(sum, x)| *sum += share * x);
        }
    }
    let length = vector::dot(&moved, &moved).sqrt();
    if length < 1e-6 {
        return None;
    }
    vector::normalise(&mut moved);
    Some(moved)
}

#[cfg(test)]
mod tests {
    fn close(a: &[f32], b: &[f32]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6)
    }

    #[test]
    fn a_query_moves_to_its_examples() {
        let (x, y, z) = (vec![1.0, 0.0, 0.0], vec![0.0, 1.0, 0.0], vec![0.0, 0.0, 1.0]);
        let moved = |query, like: &[&Vec<f32>], unlike: &[&Vec<f32>]| {
            let owned = |list: &[&Vec<f32>]| list.iter().map(|v| (*v).clone()).collect::<Vec<_>>();
            super::moved(query, &owned(like), &owned(unlike))
        };
        assert_eq!(moved(None, &[], &[]), None);
        assert_eq!(moved(Some(&x), &[], &[]), Some(x.clone()));
        assert_eq!(moved(None, &[&y], &[]), Some(y.clone()));
        let half = 0.5f32.sqrt();
        assert!(close(&moved(Some(&x), &[&y], &[]).unwrap_or_default(), &[half, half, 0.0]));
        // x + (y + z) / 2, and x - z / 2
        let length = 1.5f32.sqrt();
        assert!(close(
            &moved(Some(&x), &[&y, &z], &[]).unwrap_or_default(),
            &[1.0 / length, 0.5 / length, 0.5 / length]
        ));
        let length = 1.25f32.sqrt();
        assert!(close(&moved(Some(&x), &[], &[&z]).unwrap_or_default(), &[1.0 / length, 0.0, -0.5 / length]));
        assert!(close(&moved(None, &[], &[&z]).unwrap_or_default(), &[0.0, 0.0, -1.0]));
        assert_eq!(moved(Some(&x), &[&vec![-1.0, 0.0, 0.0]], &[]), None, "they cancel each other");
    }
}
