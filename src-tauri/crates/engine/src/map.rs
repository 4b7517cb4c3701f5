//! The map: every document and photo on a plane, near what is like it, in groups with labels.
//!
//! Documents and photos have vectors in different spaces, so each family gets a region of its own. A photo
//! without a vector (no photo model) lies with the photos of its folder.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError};

use cairn_core::{ContentId, Control, FileId, PassageId, Space, vector};
use cairn_insight::{Knn, NO_CLUSTER, clusters, labels, layout_of, nearest_words, neighbours};
use cairn_store::{FileRow, StoredMap};

use crate::api::{Cluster, Item, JobKind, Map};
use crate::engine::Inner;
use crate::error::EngineError;
use crate::jobs::JobContext;
use crate::library::{item, title};
use crate::models::{PhotoModel, photo_words};

/// Passages of a document that speak for it in the label of its group.
const LABEL_PASSAGES: usize = 2;
/// The part of the plane's width that one family has at least, where both are there.
const MIN_REGION: f32 = 0.3;
/// Below this many items there is no density to find groups by, and what their vectors have in common makes no
/// label that helps: folders are the better groups.
const FEW: usize = 30;
/// Free space between the two regions.
const GAP: f32 = 0.04;
/// The angle between successive points of a sunflower, which fills a disc evenly.
const GOLDEN_ANGLE: f32 = 2.399_963;

/// One family's items, their places in the unit square and their groups.
#[derive(Default)]
struct Region {
    files: Vec<FileId>,
    points: Vec<[f32; 2]>,
    groups: Vec<i32>,
    labels: Vec<String>,
    /// Photos that are nearly the same.
    alike: Vec<Vec<ContentId>>,
}

/// Vectors of contents, row by row.
#[derive(Default)]
struct Rows {
    contents: Vec<ContentId>,
    data: Vec<f32>,
}

impl Inner {
    pub(crate) fn load_map(&self) -> Result<(), EngineError> {
        let Some(stored) = self.store.load_map()? else { return Ok(()) };
        // A map that an older version wrote in another form is made again.
        if let Ok(map) = serde_json::from_slice::<Map>(&stored.data) {
            *self.map.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(map));
        }
        Ok(())
    }

    /// The map as it is, with a newer one begun where the library has changed.
    pub(crate) fn current_map(self: &Arc<Self>) -> Result<Arc<Map>, EngineError> {
        // While files are being read a map would be stale before it is drawn; indexing queues one at its end.
        if !self.jobs().has_unfinished(JobKind::Index) || self.shown_generation().is_none() {
            self.queue_map_if_stale()?;
        }
        let updating = self.jobs().has_unfinished(JobKind::Map);
        let map = self.shown_map().unwrap_or_default();
        Ok(if map.updating == updating { map } else { Arc::new(Map { updating, ..(*map).clone() }) })
    }

    pub(crate) fn queue_map_if_stale(self: &Arc<Self>) -> Result<(), EngineError> {
        let stale = self.shown_generation() != Some(self.store.generation()?);
        if !stale || self.jobs().has_queued(JobKind::Map) {
            return Ok(());
        }
        self.submit(JobKind::Map, "Drawing the map".into(), "items", |inner, job| inner.make_map(job))
    }

    /// The map that was drawn last.
    pub(crate) fn shown_map(&self) -> Option<Arc<Map>> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn shown_generation(&self) -> Option<u64> {
        self.shown_map().map(|map| map.generation)
    }

    pub(crate) fn cluster_items(
        &self,
        cluster: usize,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<Item>, EngineError> {
        let Some(map) = self.shown_map() else { return Ok(Vec::new()) };
        let wanted = i32::try_from(cluster).unwrap_or(NO_CLUSTER);
        let files: Vec<FileId> = map
            .files
            .iter()
            .zip(&map.cluster)
            .filter(|(_, cluster)| **cluster == wanted)
            .map(|(file, _)| *file)
            .skip(offset)
            .take(limit.min(1_000))
            .collect();
        Ok(self.store.files_by_ids(&files)?.into_iter().filter_map(item).collect())
    }

    fn make_map(&self, job: &JobContext) -> Result<(), EngineError> {
        let generation = self.store.generation()?;
        job.progress.start_phase("Drawing the map of documents", 0);
        let documents = self.document_region(&job.control)?;
        job.progress.start_phase("Drawing the map of photos", 0);
        let mut notes = Vec::new();
        let mut photos = self.photo_region(&job.control, &mut notes)?;
        let alike = std::mem::take(&mut photos.alike);
        let map = Map { alike, ..joined(documents, photos, generation, notes) };
        let data = serde_json::to_vec(&map)
            .map_err(|error| EngineError::internal("The map could not be saved.").caused_by(error))?;
        self.store.save_map(StoredMap { data, generation })?;
        *self.map.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(map));
        self.changed();
        Ok(())
    }

    fn document_region(&self, control: &Control) -> Result<Region, EngineError> {
        let Some(model) = self.text_model() else { return Ok(Region::default()) };
        let (rows, speaking) = self.document_rows(&model.entry.id, model.entry.dims)?;
        let (mut region, _) = self.laid_out(&rows, model.entry.dims, control)?;
        if rows.contents.len() < FEW {
            self.group_by_folder(&rows.contents, &mut region)?;
            self.replace_contents_by_files(rows.contents, &mut region)?;
            return Ok(region);
        }
        let texts = self.label_texts(&speaking)?;
        region.labels = group_labels(&region.groups, |at| {
            rows.contents.get(at).and_then(|content| texts.get(content)).map_or("", String::as_str)
        });
        self.replace_contents_by_files(rows.contents, &mut region)?;
        Ok(region)
    }

    /// Groups documents as their person did.
    fn group_by_folder(&self, contents: &[ContentId], region: &mut Region) -> Result<(), EngineError> {
        let first = self.store.first_file_of_contents(contents)?;
        let mut numbers: BTreeMap<&str, i32> = BTreeMap::new();
        for (content, group) in contents.iter().zip(&mut region.groups) {
            let Some(first) = first.get(content) else { continue };
            let next = i32::try_from(numbers.len()).unwrap_or(NO_CLUSTER);
            *group = *numbers.entry(&first.file.folder).or_insert(next);
        }
        let mut labels: Vec<(i32, &str)> = numbers.into_iter().map(|(name, number)| (number, name)).collect();
        labels.sort_unstable();
        region.labels = labels.into_iter().map(|(_, name)| last_part(name).to_owned()).collect();
        Ok(())
    }

    /// The mean of each document's passages, and the passages that speak for it.
    fn document_rows(
        &self,
        model: &str,
        dims: usize,
    ) -> Result<(Rows, HashMap<ContentId, Vec<PassageId>>), EngineError> {
        let mut sums: BTreeMap<ContentId, Vec<f32>> = BTreeMap::new();
        let mut speaking: HashMap<ContentId, Vec<PassageId>> = HashMap::new();
        self.store.for_each_passage_vector(model, &mut |content, passage, vector| {
            let sum = sums.entry(content).or_insert_with(|| vec![0.0; dims]);
            sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x);
            let first = speaking.entry(content).or_default();
            if first.len() < LABEL_PASSAGES {
                first.push(passage);
            }
            ControlFlow::Continue(())
        })?;
        let mut rows = Rows::default();
        for (content, mut sum) in sums {
            vector::normalise(&mut sum);
            rows.contents.push(content);
            rows.data.extend(sum);
        }
        Ok((rows, speaking))
    }

    fn label_texts(
        &self,
        speaking: &HashMap<ContentId, Vec<PassageId>>,
    ) -> Result<HashMap<ContentId, String>, EngineError> {
        let contents: Vec<ContentId> = speaking.keys().copied().collect();
        let mut texts: HashMap<ContentId, String> = self
            .store
            .first_file_of_contents(&contents)?
            .into_iter()
            .map(|(content, first)| (content, title(&first.file)))
            .collect();
        let ids: Vec<PassageId> = speaking.values().flatten().copied().collect();
        for row in self.store.passages(&ids)? {
            let text = texts.entry(row.content).or_default();
            text.push('\n');
            text.push_str(&row.text);
        }
        Ok(texts)
    }

    fn photo_region(&self, control: &Control, notes: &mut Vec<String>) -> Result<Region, EngineError> {
        let (_, photos) = self.store.photos(0, usize::MAX)?;
        let mut with_vector = Region::default();
        if let Some(model) = self.photo_model() {
            let mut rows = Rows::default();
            self.store.for_each_vector(Space::Photo, &model.entry.id, &mut |id, vector| {
                rows.contents.push(ContentId(id));
                rows.data.extend_from_slice(vector);
                ControlFlow::Continue(())
            })?;
            let (region, graph) = self.laid_out(&rows, model.entry.dims, control)?;
            with_vector = Region { alike: self.nearly_the_same(&graph, &rows.contents), ..region };
            if rows.contents.len() < FEW {
                self.group_by_folder(&rows.contents, &mut with_vector)?;
            } else {
                with_vector.labels = labels_by_look(&model, &rows, &with_vector.groups)?;
            }
            self.replace_contents_by_files(rows.contents, &mut with_vector)?;
        }
        if !with_vector.files.is_empty() {
            return Ok(with_vector);
        }
        if !photos.is_empty() {
            notes.push("Photos are grouped by folder until a photo model is installed.".into());
        }
        Ok(by_folder(&photos))
    }

    fn laid_out(&self, rows: &Rows, dims: usize, control: &Control) -> Result<(Region, Knn), EngineError> {
        let graph = neighbours(&rows.data, dims, control)?;
        let points = layout_of(&graph, &rows.data, dims, control)?;
        let groups = clusters(&rows.data, dims, &points, control)?;
        Ok((Region { points, groups, ..Region::default() }, graph))
    }

    /// Puts the first file of each content in its place; what no file holds any more is left out.
    fn replace_contents_by_files(
        &self,
        contents: Vec<ContentId>,
        region: &mut Region,
    ) -> Result<(), EngineError> {
        let first = self.store.first_file_of_contents(&contents)?;
        let kept: Vec<(FileId, [f32; 2], i32)> = contents
            .iter()
            .zip(region.points.iter().zip(&region.groups))
            .filter_map(|(content, (point, group))| Some((first.get(content)?.file.id, *point, *group)))
            .collect();
        region.files = kept.iter().map(|(file, ..)| *file).collect();
        region.points = kept.iter().map(|(_, point, _)| *point).collect();
        region.groups = kept.iter().map(|(.., group)| *group).collect();
        Ok(())
    }
}

/// A label for each group, from the texts of its items.
fn group_labels<'a>(groups: &[i32], text: impl Fn(usize) -> &'a str) -> Vec<String> {
    let count = groups.iter().max().map_or(0, |last| usize::try_from(last + 1).unwrap_or(0));
    let mut texts: Vec<Vec<&str>> = vec![Vec::new(); count];
    for (at, group) in groups.iter().enumerate() {
        if let Some(texts) = usize::try_from(*group).ok().and_then(|group| texts.get_mut(group)) {
            texts.push(text(at));
        }
    }
    labels(&texts)
}

/// Names for groups of photos by what is to be seen in them.
fn labels_by_look(model: &PhotoModel, rows: &Rows, groups: &[i32]) -> Result<Vec<String>, EngineError> {
    let words = photo_words();
    let nearest = nearest_words(&rows.data, groups, model.word_vectors()?, model.entry.dims);
    let name = |label: Vec<usize>| {
        let words: Vec<&str> = label.into_iter().filter_map(|word| words.get(word).copied()).collect();
        capitalised(&words.join(", "))
    };
    Ok(nearest.into_iter().map(name).collect())
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Photos as discs, one for each folder, the fullest in the middle.
fn by_folder(photos: &[FileRow]) -> Region {
    let mut folders: BTreeMap<&str, Vec<FileId>> = BTreeMap::new();
    for photo in photos {
        folders.entry(&photo.folder).or_default().push(photo.id);
    }
    let mut folders: Vec<(&str, Vec<FileId>)> = folders.into_iter().collect();
    folders.sort_by_key(|(name, files)| (std::cmp::Reverse(files.len()), *name));

    let columns = (folders.len() as f32).sqrt().ceil().max(1.0);
    let rows = (folders.len() as f32 / columns).ceil().max(1.0);
    let most = folders.first().map_or(1, |(_, files)| files.len()) as f32;
    let mut region = Region::default();
    for (group, (name, files)) in folders.into_iter().enumerate() {
        let centre =
            [(group as f32 % columns + 0.5) / columns, ((group as f32 / columns).floor() + 0.5) / rows];
        let radius = 0.38 * (files.len() as f32 / most).sqrt();
        let count = files.len() as f32;
        for (at, file) in files.into_iter().enumerate() {
            let r = radius * ((at as f32 + 0.5) / count).sqrt();
            let angle = at as f32 * GOLDEN_ANGLE;
            region.files.push(file);
            region.points.push([centre[0] + r * angle.cos() / columns, centre[1] + r * angle.sin() / rows]);
            region.groups.push(i32::try_from(group).unwrap_or(NO_CLUSTER));
        }
        region.labels.push(last_part(name).to_owned());
    }
    region
}

/// The innermost of the folders that lead to a file.
fn last_part(folder: &str) -> &str {
    folder.rsplit(" / ").next().unwrap_or(folder)
}

/// Both regions side by side.
fn joined(documents: Region, photos: Region, generation: u64, notes: Vec<String>) -> Map {
    let (d, p) = (documents.files.len() as f32, photos.files.len() as f32);
    let split = match (documents.files.is_empty(), photos.files.is_empty()) {
        (_, true) => 1.0,
        (true, false) => 0.0,
        (false, false) => (d.sqrt() / (d.sqrt() + p.sqrt())).clamp(MIN_REGION, 1.0 - MIN_REGION),
    };
    let half_gap = if split > 0.0 && split < 1.0 { GAP / 2.0 } else { 0.0 };
    let mut map = Map { generation, notes, ..Map::default() };
    place(&mut map, documents, 0, 0.0, split - half_gap);
    place(&mut map, photos, 1, split + half_gap, 1.0);
    sort_clusters(&mut map);
    map
}

fn place(map: &mut Map, region: Region, family: u8, left: f32, right: f32) {
    let first = map.clusters.len();
    let groups = region.groups.iter().max().map_or(0, |last| usize::try_from(last + 1).unwrap_or(0));
    let mut middles = vec![(0usize, 0.0f32, 0.0f32); groups];
    for ((file, point), group) in region.files.into_iter().zip(region.points).zip(region.groups) {
        let (x, y) = (left + point[0] * (right - left), point[1]);
        map.files.push(file);
        map.x.push(x);
        map.y.push(y);
        map.family.push(family);
        let group = usize::try_from(group).ok();
        map.cluster
            .push(group.map_or(NO_CLUSTER, |group| i32::try_from(first + group).unwrap_or(NO_CLUSTER)));
        if let Some((count, sum_x, sum_y)) = group.and_then(|group| middles.get_mut(group)) {
            *count += 1;
            *sum_x += x;
            *sum_y += y;
        }
    }
    for (group, (count, sum_x, sum_y)) in middles.into_iter().enumerate() {
        let label = region.labels.get(group).filter(|label| !label.is_empty()).cloned();
        let n = count.max(1) as f32;
        map.clusters.push(Cluster {
            label: label.unwrap_or_else(|| format!("Group {}", first + group + 1)),
            count,
            x: sum_x / n,
            y: sum_y / n,
        });
    }
}

/// Numbers the groups anew, largest first.
fn sort_clusters(map: &mut Map) {
    let mut order: Vec<usize> = (0..map.clusters.len()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(map.clusters.get(at).map(|cluster| cluster.count)));
    let mut renumbered = vec![NO_CLUSTER; order.len()];
    for (new, &old) in order.iter().enumerate() {
        if let Some(slot) = renumbered.get_mut(old) {
            *slot = i32::try_from(new).unwrap_or(NO_CLUSTER);
        }
    }
    for cluster in &mut map.cluster {
        *cluster =
            usize::try_from(*cluster).ok().and_then(|at| renumbered.get(at)).copied().unwrap_or(NO_CLUSTER);
    }
    map.clusters = order.into_iter().filter_map(|at| map.clusters.get(at).cloned()).collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(groups: &[i32], labels: &[&str]) -> Region {
        Region {
            files: (0..groups.len() as i64).map(FileId).collect(),
            points: groups.iter().map(|group| [0.5, *group as f32 / 10.0]).collect(),
            groups: groups.to_vec(),
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            alike: Vec::new(),
        }
    }

    #[test]
    fn regions_lie_side_by_side_and_groups_are_numbered_by_size() {
        let documents = region(&[0, 0, -1], &["Letters"]);
        let photos = region(&[0, 0, 0, 1], &["Baltic", ""]);
        let map = joined(documents, photos, 7, Vec::new());
        let groups: Vec<(&str, usize)> =
            map.clusters.iter().map(|cluster| (cluster.label.as_str(), cluster.count)).collect();
        assert_eq!(groups, [("Baltic", 3), ("Letters", 2), ("Group 3", 1)]);
        assert_eq!(map.cluster, [1, 1, -1, 0, 0, 0, 2]);
        assert_eq!(map.family, [0, 0, 0, 1, 1, 1, 1]);
        let (documents, photos) = map.x.split_at(3);
        assert!(documents.iter().all(|x| *x < 0.5) && photos.iter().all(|x| *x > 0.5), "{:?}", map.x);
    }

    #[test]
    fn an_empty_library_has_an_empty_map() {
        let map = joined(Region::default(), Region::default(), 0, Vec::new());
        assert!(map.files.is_empty() && map.clusters.is_empty());
    }
}
