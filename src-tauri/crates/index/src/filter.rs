//! Which keys a search may return.

/// Which keys a search may return.
#[derive(Clone, Copy)]
pub enum Filter<'a> {
    /// Any.
    All,
    /// Those of a set.
    Keys(&'a KeySet),
    /// Those for which a function says yes. It is asked about many keys, so it should be quick; nothing is known
    /// beforehand about how many it lets through.
    Test(&'a (dyn Fn(i64) -> bool + Sync)),
}

impl Filter<'_> {
    /// Whether the search may return this key.
    pub fn allows(&self, key: i64) -> bool {
        match self {
            Filter::All => true,
            Filter::Keys(keys) => keys.contains(key),
            Filter::Test(test) => test(key),
        }
    }
}

impl std::fmt::Debug for Filter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Filter::All => write!(f, "All"),
            Filter::Keys(keys) => write!(f, "Keys({})", keys.len()),
            Filter::Test(_) => write!(f, "Test"),
        }
    }
}

/// A bitmap is made where it takes at most so many words for each key.
const WORDS_PER_KEY: u64 = 4;

/// A set of keys: a sorted list, with a bitmap beside it unless the keys lie far apart.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    /// Ascending, each once.
    keys: Vec<i64>,
    /// Bit `i` of word `w` stands for the first key + 64 w + i. Empty: look the key up in the list.
    bits: Vec<u64>,
}

impl KeySet {
    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys, ascending.
    pub fn keys(&self) -> &[i64] {
        &self.keys
    }

    /// Whether the key is one of them.
    pub fn contains(&self, key: i64) -> bool {
        if self.bits.is_empty() {
            return self.keys.binary_search(&key).is_ok();
        }
        let at = key.wrapping_sub(self.keys[0]).cast_unsigned();
        self.bits.get((at / 64) as usize).is_some_and(|word| (word >> (at % 64)) & 1 == 1)
    }
}

impl FromIterator<i64> for KeySet {
    fn from_iter<T: IntoIterator<Item = i64>>(keys: T) -> Self {
        let mut keys: Vec<i64> = keys.into_iter().collect();
        keys.sort_unstable();
        keys.dedup();
        let mut bits = Vec::new();
        if let (Some(&first), Some(&last)) = (keys.first(), keys.last()) {
            let words = last.wrapping_sub(first).cast_unsigned() / 64 + 1;
            if words <= WORDS_PER_KEY * keys.len() as u64 {
                bits.resize(words as usize, 0);
                for key in &keys {
                    let at = key.wrapping_sub(first).cast_unsigned();
                    bits[(at / 64) as usize] |= 1 << (at % 64);
                }
            }
        }
        KeySet { keys, bits }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_its_keys_and_no_others() {
        let wide: Vec<i64> = vec![i64::MIN, -5, 0, 5, i64::MAX - 1];
        let dense: Vec<i64> = (-100..400).filter(|key| key % 3 == 0).collect();
        for keys in [vec![], vec![7], wide, dense, vec![i64::MIN, i64::MIN + 1]] {
            let set: KeySet = keys.iter().rev().copied().chain(keys.first().copied()).collect();
            assert_eq!(set.keys(), keys);
            for key in (-600..600).chain([i64::MIN, i64::MIN + 2, i64::MAX, i64::MAX - 1]) {
                assert_eq!(set.contains(key), keys.contains(&key), "{key} in {keys:?}");
            }
        }
    }
}
