//! What results should be like, and what not: files of the library, passages, a picture.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use cairn_core::{ContentId, Family, Space, vector};
use cairn_insight::rocchio;

use super::channels::Asked;
use crate::api::{Example, SearchRequest};
use crate::engine::Inner;
use crate::error::EngineError;
use crate::models::TextModel;

/// Passages of a document that its place in the text space is taken from.
const MOST_PASSAGES: usize = 64;

/// Examples in one space.
#[derive(Default)]
pub(super) struct Directions {
    like: Vec<Vec<f32>>,
    unlike: Vec<Vec<f32>>,
}

impl Directions {
    /// The query, moved to the examples; `None`: there is neither.
    pub(super) fn moved(&self, query: Option<&[f32]>) -> Option<Vec<f32>> {
        rocchio::moved(query, &self.like, &self.unlike)
    }
}

/// Examples in the text space.
#[derive(Default)]
pub(super) struct TextDirections {
    directions: Directions,
    model: Option<Arc<TextModel>>,
}

impl TextDirections {
    /// As [`Directions::moved`].
    pub(super) fn moved(&self, asked: Option<&Asked>) -> Option<Asked> {
        let model = asked.map(|asked| &asked.model).or(self.model.as_ref())?.clone();
        let vector = self.directions.moved(asked.map(|asked| asked.vector.as_slice()))?;
        Some(Asked { model, vector })
    }
}

/// What results should be like, in either space.
#[derive(Default)]
pub(crate) struct Examples {
    pub(super) text: TextDirections,
    pub(super) photo: Directions,
    /// The examples themselves, which are no results.
    pub(super) contents: HashSet<ContentId>,
}

/// For whoever searches by words.
static NONE: LazyLock<Examples> = LazyLock::new(Examples::default);

impl Examples {
    pub(crate) fn none() -> &'static Examples {
        &NONE
    }

    pub(super) fn is_empty(&self) -> bool {
        let has_none = |directions: &Directions| directions.like.is_empty() && directions.unlike.is_empty();
        has_none(&self.text.directions) && has_none(&self.photo)
    }
}

/// The vectors of one example: in the text space, and in the photo space.
type Vectors = (Option<Vec<f32>>, Option<Vec<f32>>);

impl Inner {
    /// The examples of a request, those of `similar:` and a picture among them. What has no vector (yet) is said in `notes`.
    pub(super) fn examples(
        &self,
        request: &SearchRequest,
        similar: Option<&str>,
        picture: Option<Vec<f32>>,
        notes: &mut Vec<String>,
    ) -> Result<Examples, EngineError> {
        let mut examples = Examples::default();
        examples.photo.like.extend(picture);
        let mut like = request.like.clone();
        if let Some(name) = similar {
            match self.store.file_named(name)? {
                Some(file) => like.push(Example { file, passage: None }),
                None => notes.push(format!("No file of the library is called “{name}”.")),
            }
        }
        for (list, is_like) in [(&like, true), (&request.unlike, false)] {
            for example in list {
                let (text, photo) = self.vectors_of(example, &mut examples.contents, notes)?;
                let side = |directions: &mut Directions, vector: Option<Vec<f32>>| {
                    if is_like { directions.like.extend(vector) } else { directions.unlike.extend(vector) }
                };
                side(&mut examples.text.directions, text);
                side(&mut examples.photo, photo);
            }
        }
        examples.text.model = self.text_model();
        Ok(examples)
    }

    fn vectors_of(
        &self,
        example: &Example,
        contents: &mut HashSet<ContentId>,
        notes: &mut Vec<String>,
    ) -> Result<Vectors, EngineError> {
        let row = self.file(example.file)?;
        let content = row.content.as_ref().map(|content| (content.id, content.family));
        let vectors = match content {
            Some((content, Family::Photo)) => {
                contents.insert(content);
                self.photo_vector(content)?
            }
            Some((content, Family::Document)) => {
                contents.insert(content);
                self.document_vector(content, example)?
            }
            None => (None, None),
        };
        if vectors == (None, None) {
            notes.push(format!(
                "{} has not been looked at yet, so nothing can be compared with it.",
                row.name
            ));
        }
        Ok(vectors)
    }

    /// A photo, in the space of photos alone: where texts share it, what words say of a picture is far from how it looks.
    fn photo_vector(&self, content: ContentId) -> Result<Vectors, EngineError> {
        let Some(model) = self.photo_model() else { return Ok((None, None)) };
        let vectors = self.store.vectors(Space::Photo, &model.entry.id, &[content.0])?;
        Ok((None, vectors.into_iter().next().map(|(_, vector)| vector)))
    }

    /// A passage, or the middle of a document's.
    fn document_vector(&self, content: ContentId, example: &Example) -> Result<Vectors, EngineError> {
        let Some(model) = self.text_model() else { return Ok((None, None)) };
        let ids: Vec<i64> = match example.passage {
            Some(passage) => vec![passage.0],
            None => {
                let passages = self.store.passages_of(content)?;
                passages.iter().take(MOST_PASSAGES).map(|passage| passage.id.0).collect()
            }
        };
        let vectors = self.store.vectors(Space::Text, &model.entry.id, &ids)?;
        let middle = middle(vectors.into_iter().map(|(_, vector)| vector));
        let shared = self.photo_model().is_some_and(|photo| photo.reads_with(&model.entry.id));
        Ok((middle.clone(), middle.filter(|_| shared)))
    }
}

/// The mean of vectors, with length one.
fn middle(vectors: impl Iterator<Item = Vec<f32>>) -> Option<Vec<f32>> {
    let mut middle = vectors.reduce(|mut sum, vector| {
        sum.iter_mut().zip(&vector).for_each(|(sum, x)| *sum += x);
        sum
    })?;
    vector::normalise(&mut middle);
    Some(middle)
}
