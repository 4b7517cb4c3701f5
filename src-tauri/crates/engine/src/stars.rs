//! What a person said a search should find, and how well photo models find it.

use cairn_core::{ContentId, Family, FileId, Space};
use cairn_store::Star;

use crate::api::{Item, ModelScore, StarredSearch};
use crate::encoder::Lane;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::library::item;

/// A person looks at this many results.
const LOOKED_AT: usize = 10;

impl Inner {
    /// Marks a file as what a search should find, or takes the mark back.
    pub(crate) fn star(&self, query: &str, file: FileId, starred: bool) -> Result<(), EngineError> {
        let query = query.trim();
        if query.is_empty() {
            return Err(EngineError::user("A star belongs to a search; search for something first."));
        }
        let row = self.file(file)?;
        let Some(content) = row.content else {
            return Err(EngineError::user(format!("{} has not been read.", row.name)));
        };
        Ok(self.store.set_star(query, content.hash, starred)?)
    }

    /// Searches with stars, the newest first.
    pub(crate) fn starred_searches(&self) -> Result<Vec<StarredSearch>, EngineError> {
        let stars = self.store.stars()?;
        let contents: Vec<ContentId> = stars.iter().map(|star| star.content).collect();
        let files = self.store.first_file_of_contents(&contents)?;
        let mut searches: Vec<StarredSearch> = Vec::new();
        for Star { query, content } in stars {
            let Some(item) = files.get(&content).and_then(|first| item(first.file.clone())) else { continue };
            match searches.iter_mut().find(|search| search.query == query) {
                Some(search) => search.items.push(item),
                None => searches.push(StarredSearch { query, items: vec![item] }),
            }
        }
        Ok(searches)
    }

    /// How well each installed photo model that has seen photos finds the starred ones, by look alone.
    pub(crate) fn score_photo_models(&self) -> Result<Vec<ModelScore>, EngineError> {
        let searches = self.starred_searches()?;
        let photo = |item: &&Item| item.family == Family::Photo;
        let wanted: Vec<(&str, FileId)> = searches
            .iter()
            .flat_map(|search| {
                search.items.iter().filter(photo).map(|item| (search.query.as_str(), item.file))
            })
            .collect();
        let mut scores = Vec::new();
        if wanted.is_empty() {
            return Ok(scores);
        }
        for entry in self.photo_models_with_vectors()? {
            let model = self.photo_model_for(entry)?;
            let mut score = ModelScore {
                model: entry.id.clone(),
                name: entry.name.clone(),
                stars: wanted.len(),
                found: 0,
                seen: self.store.vector_count(Space::Photo, &entry.id)?,
            };
            for (query, file) in &wanted {
                let vector = model.encoder.run(Lane::Interactive, |encoder| encoder.embed_query(query))??;
                let hits = self.looking_like(&model, &vector, LOOKED_AT)?;
                score.found += usize::from(hits.iter().any(|hit| hit.file == *file));
            }
            scores.push(score);
        }
        Ok(scores)
    }
}
