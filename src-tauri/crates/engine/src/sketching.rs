//! Sketches of documents, made once each document is read: by them nearly equal texts are found.

use cairn_core::ContentId;
use cairn_insight::sketches::{self, Band, Sketch};

use cairn_store::PassageRow;

use crate::engine::Inner;
use crate::error::EngineError;

/// Where [`Band::Revision`] begins: what has less in common is another document.
const LEAST: f32 = 0.64;
/// Documents sketched between two looks at what else is to do.
const AT_ONCE: usize = 64;

/// The text of a document, of which each passage may repeat the end of the one before.
fn without_overlap(passages: &[PassageRow]) -> impl Iterator<Item = &str> {
    let mut end = 0;
    passages.iter().map(move |passage| {
        let repeated = usize::saturating_sub(end, passage.start);
        end = passage.end;
        passage.text.get(repeated..).unwrap_or(&passage.text)
    })
}

impl Inner {
    /// Makes sketches that are missing, a few of them. Returns how many documents were looked at.
    pub(crate) fn sketch_documents(&self) -> Result<usize, EngineError> {
        let waiting = self.store.documents_without_sketch(AT_ONCE)?;
        let mut made = Vec::with_capacity(waiting.len());
        for &content in &waiting {
            let passages = self.store.passages_of(content)?;
            let sketch = Sketch::of_parts(without_overlap(&passages));
            made.push((content, sketch.map(|sketch| sketch.to_bytes())));
        }
        self.store.put_sketches(made)?;
        Ok(waiting.len())
    }

    /// Groups of documents that say nearly the same, those of more common text first. Documents with the very same bytes are one.
    pub(crate) fn documents_alike(&self) -> Result<Vec<(Band, Vec<ContentId>)>, EngineError> {
        let (contents, sketches): (Vec<ContentId>, Vec<Sketch>) = self
            .store
            .sketches()?
            .into_iter()
            .filter_map(|(content, bytes)| Some((content, Sketch::from_bytes(&bytes)?)))
            .unzip();
        let mut groups = Vec::new();
        for group in sketches::groups(&sketches, LEAST) {
            groups.extend(
                by_band(&group, &sketches).into_iter().map(|(band, group)| {
                    (band, group.into_iter().map(|at| contents[at]).collect::<Vec<_>>())
                }),
            );
        }
        groups.sort_by_key(|(band, _)| *band);
        Ok(groups)
    }
}

/// The first of a group with those that are alike in the same measure: so that a pair that says the same is not lost among
/// revisions. A member is listed once, with the first.
fn by_band(group: &[usize], sketches: &[Sketch]) -> Vec<(Band, Vec<usize>)> {
    let Some((&first, others)) = group.split_first() else { return Vec::new() };
    let band = |other: &usize| Band::of(sketches[first].similarity(&sketches[*other]));
    [Band::Same, Band::NearlySame, Band::Revision]
        .into_iter()
        .filter_map(|wanted| {
            let mut members: Vec<usize> =
                others.iter().copied().filter(|other| band(other) == Some(wanted)).collect();
            members.insert(0, first);
            (members.len() > 1).then_some((wanted, members))
        })
        .collect()
}
