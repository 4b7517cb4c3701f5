//! Words for what is to be seen in a picture.
//!
//! The tower was taught what another network makes of a picture: probabilities of the 1,000 classes of ImageNet. A class stands
//! for its name and for more general words ("beagle", "dog"), so a word is as probable as all its classes together.

use std::collections::BTreeMap;
use std::path::Path;

use cairn_core::Tag;

use crate::error::ModelError;

/// The file of a model that says which words its classes stand for: a line for each class, words separated by `; `.
pub(crate) const FILE: &str = "tags.txt";

/// Logits are divided by it before they become probabilities, so that a confidence is the share of pictures for which the word is
/// right (Guo et al. 2017, arXiv:1706.04599).
const TEMPERATURE: f32 = 0.8;
/// A word that is less likely says nothing.
const LEAST_CONFIDENCE: f32 = 0.35;
/// Words of one picture.
const MOST: usize = 6;

/// Which words each class stands for.
pub(crate) struct Vocabulary {
    classes: Vec<Vec<String>>,
}

impl Vocabulary {
    /// Reads the file of an installed model.
    ///
    /// # Errors
    /// When it cannot be read or has a line for more or fewer than `classes` classes.
    pub(crate) fn open(folder: &Path, classes: usize) -> Result<Vocabulary, ModelError> {
        let path = folder.join(FILE);
        let text =
            std::fs::read_to_string(&path).map_err(|error| ModelError::damaged(&path, error.to_string()))?;
        let vocabulary = Vocabulary::parse(&text);
        match vocabulary.classes.len() {
            lines if lines == classes => Ok(vocabulary),
            lines => {
                Err(ModelError::damaged(&path, format!("it has {lines} lines, but {classes} are expected")))
            }
        }
    }

    fn parse(text: &str) -> Vocabulary {
        let words = |line: &str| line.split(';').map(|word| word.trim().to_owned()).collect();
        Vocabulary { classes: text.lines().map(words).collect() }
    }

    /// The likely words of a picture, the likeliest first. `logits` has a number for each class.
    pub(crate) fn tags(&self, logits: &[f32]) -> Vec<Tag> {
        let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let weights: Vec<f32> = logits.iter().map(|logit| ((logit - highest) / TEMPERATURE).exp()).collect();
        let sum: f32 = weights.iter().sum();
        let mut confidences: BTreeMap<&str, f32> = BTreeMap::new();
        for (words, weight) in self.classes.iter().zip(&weights) {
            for word in words {
                *confidences.entry(word).or_default() += weight / sum;
            }
        }
        let mut tags: Vec<Tag> = confidences
            .into_iter()
            .filter(|(_, confidence)| *confidence >= LEAST_CONFIDENCE)
            .map(|(word, confidence)| Tag { word: word.to_owned(), confidence: confidence.min(1.0) })
            .collect();
        tags.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        tags.truncate(MOST);
        tags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_as_likely_as_its_classes_together() {
        let vocabulary = Vocabulary::parse("beagle; dog\npug; dog\nespresso\n");
        let shares = [0.4f32, 0.3, 0.3].map(f32::ln);
        let logits = shares.map(|logit| logit * TEMPERATURE);
        let tags = vocabulary.tags(&logits);
        let found: Vec<(&str, f32)> =
            tags.iter().map(|tag| (tag.word.as_str(), (tag.confidence * 100.0).round())).collect();
        assert_eq!(found, [("dog", 70.0), ("beagle", 40.0)]);
    }

    #[test]
    fn a_picture_of_nothing_in_particular_has_no_tags() {
        let vocabulary = Vocabulary::parse(&"thing\n".repeat(3).replacen("thing", "one", 1));
        assert_eq!(vocabulary.tags(&[f32::NEG_INFINITY, 0.0, 0.0]).len(), 1);
        let many = Vocabulary { classes: (0..1000).map(|class| vec![format!("class {class}")]).collect() };
        assert_eq!(many.tags(&vec![1.0; 1000]), []);
    }
}
