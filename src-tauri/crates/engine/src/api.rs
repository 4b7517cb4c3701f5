//! What crosses the boundary to a shell: plain values, serialisable, described once. The window's TypeScript
//! types are generated from these (`ui/src/lib/backend/bindings`), and the command line prints them as JSON.

use cairn_core::{
    Computing, ContentHash, Family, FileCounts, FileId, IndexForm, JobId, Kind, PassageId, ProblemCode,
    RootId, Settings, Space, Storage, Tag,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Everything the window needs to draw its frame: counts, folders, models, sizes.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Status {
    /// Version of the program.
    pub version: String,
    /// Folders and files that the person added.
    pub roots: Vec<RootStatus>,
    /// Readable documents.
    pub documents: u64,
    /// Readable photos.
    pub photos: u64,
    /// Passages of all documents.
    pub passages: u64,
    /// Files known but not read yet.
    pub pending: u64,
    /// Files that could not be read.
    pub failed: u64,
    /// The text space.
    pub text: SpaceStatus,
    /// The photo space.
    pub photo: SpaceStatus,
    /// Registry id of the re-ranker; `None`: none is installed.
    pub reranker: Option<String>,
    /// Bytes of the database on disk.
    pub database_bytes: u64,
    /// Bytes of thumbnails on disk.
    pub thumbnail_bytes: u64,
    /// Where the library lives, for the person to see.
    pub library_dir: String,
    /// Where models live, for the person to see.
    pub models_dir: String,
    /// Grows with every change of the library: what was fetched under an older number is stale.
    pub generation: u64,
}

/// One vector space.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SpaceStatus {
    /// Registry id of the model at work; `None`: no such model is installed.
    pub model: Option<String>,
    /// Its name and what it is good and bad at; empty without a model.
    pub about: String,
    /// Vectors stored.
    pub vectors: u64,
    /// Items that still wait for a vector.
    pub waiting: u64,
    /// Dimensions of the model; 0 without one.
    pub full_dims: usize,
    /// Dimensions the index keeps.
    pub dims: usize,
    /// The form it keeps them in.
    pub storage: Storage,
    /// Whether the kept dimensions are those of a rotation fitted on this library.
    pub rotated: bool,
    /// Bytes of the index in memory.
    pub memory_bytes: u64,
    /// Bytes of the index's snapshot on disk.
    pub disk_bytes: u64,
}

/// One folder (or file) that the person added.
#[derive(Debug, Clone, Serialize, TS)]
pub struct RootStatus {
    /// Its id.
    pub id: RootId,
    /// Its path, for the person to see.
    pub display: String,
    /// Whether it can be reached now; an unplugged drive cannot, and loses nothing.
    pub online: bool,
    /// Files that were read.
    pub ready: u64,
    /// Files known but not read yet.
    pub pending: u64,
    /// Files that could not be read.
    pub failed: u64,
}

/// Which results are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Documents and photos.
    #[default]
    All,
    /// Documents.
    Documents,
    /// Photos.
    Photos,
}

/// Which channels answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Words and meaning, fused.
    #[default]
    Hybrid,
    /// Meaning alone.
    Vector,
    /// Words alone.
    Keyword,
}

/// A search.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SearchRequest {
    /// What was typed: words, "exact phrases", -words that must not occur.
    pub query: String,
    /// Documents, photos or both.
    #[serde(default)]
    pub scope: Scope,
    /// Channels.
    #[serde(default)]
    pub mode: Mode,
    /// At most this many hits (1 to 500).
    pub limit: usize,
    /// Leaves out hits that are less likely than this.
    #[serde(default)]
    pub at_least: Likelihood,
    /// The order of the hits.
    #[serde(default)]
    pub sort: Sort,
    /// Of hits that are like each other one comes first and the others later; where hits are in the order of relevance.
    #[serde(default)]
    pub diverse: bool,
    /// Lets the re-ranker, where one is installed, read the best passages again. It takes some tenths of a second: for a query that
    /// is finished, not while it is typed.
    #[serde(default)]
    pub rerank: bool,
    /// What hits should be like.
    #[serde(default)]
    pub like: Vec<Example>,
    /// What hits should be unlike.
    #[serde(default)]
    pub unlike: Vec<Example>,
    /// How many minutes the person's clock is ahead of UTC: where days begin.
    #[serde(default)]
    pub offset_minutes: i32,
}

impl SearchRequest {
    /// Words, everything else as it is by itself.
    pub fn words(query: &str, limit: usize) -> SearchRequest {
        SearchRequest { query: query.to_owned(), limit, ..SearchRequest::default() }
    }
}

/// A search that a person keeps.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SavedSearch {
    /// Its id.
    pub id: i64,
    /// The name that the person gave it.
    pub name: String,
    /// What is searched for.
    pub request: SearchRequest,
}

/// The order of hits. All but the first one order what is relevant, not the whole library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// The likeliest first.
    #[default]
    Relevance,
    /// Taken or changed last first.
    Newest,
    /// Taken or changed first first.
    Oldest,
    /// By file name.
    Name,
}

/// A file, or a passage of it, that hits should be like or unlike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The file.
    pub file: FileId,
    /// Only this passage of it.
    #[serde(default)]
    pub passage: Option<PassageId>,
}

/// A part of a query that was understood as a condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Chip {
    /// Where it begins in the query, in UTF-16 units.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
    /// What it asks about a file: "kind", "ext", "in", "name", "before", "after", "date", "size", "camera", "place", "lang".
    pub field: String,
    /// The value, as the person said it; dates as "2019-06".
    pub label: String,
    /// Whether it must not hold.
    pub negated: bool,
    /// Whether it came from plain words, not from `field:value`.
    pub spoken: bool,
}

impl Chip {
    pub(crate) fn of(chip: &cairn_insight::query::Chip, typed: &str) -> Chip {
        let at = |byte: usize| {
            let units = typed.get(..byte).map_or(0, |before| before.encode_utf16().count());
            u32::try_from(units).unwrap_or(u32::MAX)
        };
        Chip {
            start: at(chip.start),
            end: at(chip.end),
            field: chip.field.as_str().to_owned(),
            label: chip.label.clone(),
            negated: chip.negated,
            spoken: chip.spoken,
        }
    }
}

/// What one photo model finds for a query, beside what others find.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ModelHits {
    /// Registry id.
    pub model: String,
    /// Its name.
    pub name: String,
    /// Photos that it has seen.
    pub seen: u64,
    /// Best first.
    pub hits: Vec<Hit>,
}

/// A search with what the person said it should find.
#[derive(Debug, Clone, Serialize, TS)]
pub struct StarredSearch {
    /// What was searched for.
    pub query: String,
    /// What should be found, at least one.
    pub items: Vec<Item>,
}

/// How well the starred searches were answered, now and before.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct Evaluations {
    /// Searches with stars that there are now.
    pub golden: usize,
    /// What was measured, the oldest first.
    pub past: Vec<Evaluation>,
    /// What the last one has over the one before; `None`: there is nothing to compare.
    pub change: Option<EvaluationChange>,
}

/// How well the starred searches were answered at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Evaluation {
    /// When: milliseconds since 1970, UTC.
    pub at_ms: i64,
    /// What answered, in words.
    pub setup: String,
    /// Each search, as words and meaning together answered it.
    pub queries: Vec<GoldenQuery>,
    /// The means, of each mode.
    pub rows: Vec<EvaluationRow>,
}

/// One starred search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct GoldenQuery {
    /// What was searched for.
    pub query: String,
    /// Files that it should find.
    pub wanted: usize,
    /// The place of the first of them, from 1; `None`: beyond the fiftieth.
    pub place: Option<usize>,
    /// Normalised discounted cumulative gain of the first ten.
    pub ndcg_10: f64,
}

/// Means over all starred searches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct EvaluationRow {
    /// Channels that answered.
    pub mode: Mode,
    /// nDCG@10.
    pub ndcg_10: f64,
    /// Recall@10.
    pub recall_10: f64,
    /// MRR@10.
    pub mrr_10: f64,
    /// Milliseconds that half of the searches stay below.
    pub p50_ms: f64,
    /// Milliseconds that 95 of 100 stay below.
    pub p95_ms: f64,
}

/// What one evaluation has over another, by the searches that both asked.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct EvaluationChange {
    /// Searches that both asked.
    pub queries: usize,
    /// Difference of the means of nDCG@10.
    pub ndcg_10: f64,
    /// Searches that are answered better.
    pub better: usize,
    /// Searches that are answered worse.
    pub worse: usize,
    /// How often chance alone gives as much (paired randomisation test).
    pub p: f64,
}

/// How well a photo model finds the photos that a person starred.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ModelScore {
    /// Registry id.
    pub model: String,
    /// Its name.
    pub name: String,
    /// Starred photos.
    pub stars: usize,
    /// Those of them that are among the first ten for their search.
    pub found: usize,
    /// Photos that it has seen.
    pub seen: u64,
}

/// What a search found: one ranked list of documents and photos.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SearchResponse {
    /// Best first; at most one for each distinct content.
    pub hits: Vec<Hit>,
    /// Hits that are documents, also beyond the limit.
    pub documents: usize,
    /// Hits that are photos, also beyond the limit.
    pub photos: usize,
    /// Hits that are less likely than what was asked for, and are not in `hits`.
    pub weak_hidden: usize,
    /// Milliseconds that the whole search took.
    pub took_ms: f64,
    /// What the answer could not take into account, in words: "no photo model is installed".
    pub notes: Vec<String>,
    /// How the vectors of each space were searched, and why so: one sentence each.
    pub plans: Vec<String>,
    /// What of the query was understood as conditions, in the order it was typed. Cut out of the query, a chip is taken back.
    pub chips: Vec<Chip>,
    /// Files that are known by their names alone, and whose names fit: they were not read yet, or cannot be read.
    pub unread: Vec<UnreadFile>,
}

/// A file that is known by its name alone.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct UnreadFile {
    /// The file.
    pub file: FileId,
    /// The folder of the library that it lies in.
    pub root: RootId,
    /// Its name.
    pub name: String,
    /// Its folder, as in a hit.
    pub folder: String,
    /// What it is likely to be, by its name.
    pub kind: Kind,
    /// Bytes.
    pub size: u64,
    /// When it was changed: milliseconds since 1970, UTC.
    pub date_ms: i64,
    /// It will be read; otherwise it was tried, and cannot be.
    pub waits: bool,
}

/// One result.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Hit {
    /// The file (the first one, where copies share the content).
    pub file: FileId,
    /// Document or photo.
    pub family: Family,
    /// Format.
    pub kind: Kind,
    /// The document's title, or the file's name.
    pub title: String,
    /// File name.
    pub name: String,
    /// Folder, as the person knows it: root's name and the folders below it, joined by " / ".
    pub folder: String,
    /// The folder of the library that it lies in: one that cannot be reached is [`RootStatus::online`] no more.
    pub root: RootId,
    /// The passage that matched best; `None` for photos and for hits on the name alone.
    pub passage: Option<PassageId>,
    /// Text around the match, with the matching parts marked.
    pub snippet: Option<Marked>,
    /// Page of the passage, from 1, in formats that have pages.
    pub page: Option<u32>,
    /// When the photo was taken, or the file was changed: milliseconds since 1970, UTC.
    pub date_ms: i64,
    /// Content hash: the thumbnail is `thumb://localhost/<hash>?s=<size>`.
    pub hash: ContentHash,
    /// Width and height in pixels, upright, of a photo.
    pub pixels: Option<(u32, u32)>,
    /// Fused score, 0 to 1.
    pub score: f32,
    /// How likely it is that this is meant, 0 to 1; a quarter, a half and three quarters are where the words of `likelihood` begin.
    pub probability: f32,
    /// The same in a word.
    pub likelihood: Likelihood,
    /// What each channel found.
    pub channels: Channels,
    /// Further files with the very same content.
    pub copies: usize,
    /// Hits that hold nearly the same, and are not listed themselves.
    pub alike: Vec<AlikeFile>,
}

/// A passage of one file that a search finds.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct FoundPassage {
    /// The passage.
    pub passage: PassageId,
    /// Its page, from 1, in formats that have pages.
    pub page: Option<u32>,
    /// Text around the match, with the matching parts marked.
    pub snippet: Marked,
    /// Cosine of query and passage, where the text space knows the passage.
    pub cosine: Option<f32>,
}

/// Why a search finds a file, or why not.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct Explanation {
    /// Its place among all results, from 1; `None`: it is not among them.
    pub place: Option<usize>,
    /// How likely it is that it is meant, as in a hit.
    pub probability: f32,
    /// The same in a word.
    pub likelihood: Likelihood,
    /// What found it, the largest share first.
    pub parts: Vec<ExplainedPart>,
    /// Why it is not among the results, or not higher: one sentence each.
    pub reasons: Vec<String>,
    /// The passage that matched best, taken apart.
    pub passage: Option<ExplainedPassage>,
}

/// The part of one channel in a result.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ExplainedPart {
    /// "Words", "Name", "Meaning", "Look", "Seen in it" or "Name and place".
    pub channel: String,
    /// Its share of the score, 0 to 1; all shares add up to 1.
    pub share: f32,
    /// What it found, in words.
    pub detail: String,
}

/// A passage and what each part of it adds to its cosine with the query. Ranges count UTF-16 units.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ExplainedPassage {
    /// The passage.
    pub passage: PassageId,
    /// Its text.
    pub text: String,
    /// Its cosine with the query: the sum over all words.
    pub cosine: f32,
    /// The words, in order. Empty where the model's vectors do not come apart.
    pub words: Vec<TextShare>,
    /// The sentences, in order.
    pub sentences: Vec<TextShare>,
}

/// A part of a text and its share of a cosine.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, TS)]
pub struct TextShare {
    /// Where it begins.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
    /// What it adds; below zero where it speaks against the query.
    pub share: f32,
}

/// Which parts of a photo speak for a query.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct HeatMap {
    /// Cells in a row, and rows.
    pub side: u32,
    /// How much the cosine of query and photo falls when a cell is covered, row by row.
    pub values: Vec<f32>,
    /// The cosine of the whole photo.
    pub cosine: f32,
}

/// A file that holds nearly the same as another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct AlikeFile {
    /// The file.
    pub file: FileId,
    /// File name.
    pub name: String,
    /// Folder, as in a hit.
    pub folder: String,
}

impl AlikeFile {
    pub(crate) fn of(row: cairn_store::FileRow) -> AlikeFile {
        AlikeFile { file: row.id, name: row.name, folder: row.folder }
    }
}

/// What each channel contributed to a hit. Cosines are between full-length vectors.
#[derive(Debug, Clone, Copy, Default, Serialize, TS)]
pub struct Channels {
    /// Share of the fused score that the words brought (0 to 1).
    pub words: f32,
    /// Share that the meaning of the text brought.
    pub meaning: f32,
    /// Share that the look of the photo brought.
    pub look: f32,
    /// Cosine of query and passage, where the text space knows the passage.
    pub text_cosine: Option<f32>,
    /// Cosine of query and photo, where the photo space knows the photo.
    pub photo_cosine: Option<f32>,
    /// How likely the passage answers the query, 0 to 1, where a re-ranker read both together.
    pub reranked: Option<f32>,
}

/// A plain word for how likely a hit is what was meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Likelihood {
    /// Below the line of relevance.
    Weak,
    /// Above it.
    #[default]
    Possible,
    /// Clearly above it.
    Likely,
    /// Far above it.
    VeryLikely,
}

impl Likelihood {
    /// The word for a probability.
    pub(crate) fn of(probability: f32) -> Likelihood {
        match probability {
            p if p >= 0.75 => Likelihood::VeryLikely,
            p if p >= 0.5 => Likelihood::Likely,
            p if p >= 0.25 => Likelihood::Possible,
            _ => Likelihood::Weak,
        }
    }
}

/// Text with marked parts. Ranges count UTF-16 units, as JavaScript strings do; they are sorted and disjoint.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct Marked {
    /// The text.
    pub text: String,
    /// Marked ranges `[start, end)`.
    pub marks: Vec<(u32, u32)>,
}

/// A file, opened in the preview.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Preview {
    /// The file.
    pub file: FileId,
    /// Document or photo; `None` for a file that could not be read.
    pub family: Option<Family>,
    /// Format.
    pub kind: Kind,
    /// Title or name.
    pub title: String,
    /// File name.
    pub name: String,
    /// Folder, as in a hit.
    pub folder: String,
    /// The folder of the library, as in a hit.
    pub root: RootId,
    /// Bytes.
    pub size: u64,
    /// Last change: milliseconds since 1970, UTC.
    pub modified_ms: i64,
    /// Content hash, once read.
    pub hash: Option<ContentHash>,
    /// Pages, in formats that have them.
    pub pages: Option<u32>,
    /// Who wrote a document, where it says so.
    pub author: Option<String>,
    /// When a document was written or sent, where it says so: milliseconds since 1970, UTC.
    pub written_ms: Option<i64>,
    /// The text in the surroundings of the passage (or from the beginning), with passages and query words.
    pub text: Option<PreviewText>,
    /// The languages in which that text was recognised in a picture, as Tesseract calls them; `None`: it is the file's own.
    pub recognised: Option<String>,
    /// Facts of a photo.
    pub photo: Option<PhotoFacts>,
    /// What the photo model saw in it, the likeliest first.
    pub tags: Vec<Tag>,
    /// Why it could not be read.
    pub problem: Option<ProblemView>,
    /// Paths of further files with the same content, for the person to see.
    pub copies: Vec<String>,
}

/// A folder inside a folder of the library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct FolderView {
    /// Its name.
    pub name: String,
    /// The folders that lead to it from the folder of the library, and itself, joined by "/".
    pub below: String,
    /// The rule that leaves it out: a line of [`Excludes`].
    pub rule: String,
    /// Files of the library in it and below.
    pub files: u64,
    /// Whether there are folders in it.
    pub has_folders: bool,
    /// Whether the rules leave it out.
    pub left_out: bool,
}

/// Reading text in pictures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct OcrView {
    /// Version of the Tesseract that was found; `None`: none was.
    pub version: Option<String>,
    /// Languages that it has data for, as it calls them.
    pub languages: Vec<String>,
    /// Languages that are read; `None`: text in pictures is not read.
    pub chosen: Option<Vec<String>>,
    /// Photos in which text was found.
    pub photos_with_text: u64,
    /// Photos that were not looked through yet.
    pub photos_waiting: u64,
}

/// What is left out of the library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Excludes {
    /// Rules in the form of a `.gitignore`.
    pub lines: Vec<String>,
    /// Whether they are those that Cairn has by itself.
    pub by_default: bool,
}

/// What rules would do to the library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ExcludesPreview {
    /// Files that the library knows and would let go of. On disk they stay.
    pub files: u64,
    /// Paths of some of them, for the person to see.
    pub examples: Vec<String>,
}

/// A window into the text of a document.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PreviewText {
    /// The text; ranges below count UTF-16 units in it.
    pub text: String,
    /// Whether there is more text before.
    pub more_before: bool,
    /// Whether there is more text after.
    pub more_after: bool,
    /// The passage asked for.
    pub passage: Option<(u32, u32)>,
    /// Parts that matched: words of the query, sentences of an answer.
    pub marks: Vec<(u32, u32)>,
    /// Pages that begin inside the window: page number and where.
    pub page_starts: Vec<(u32, u32)>,
    /// Number of the passage in its file, from 1, and how many there are.
    pub ordinal: Option<(u32, u32)>,
    /// The passage before the one asked for.
    pub previous: Option<PassageId>,
    /// The passage after it.
    pub next: Option<PassageId>,
}

/// What is known of a photo beside its pixels.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PhotoFacts {
    /// Upright width in pixels.
    pub width: u32,
    /// Upright height in pixels.
    pub height: u32,
    /// When it was taken (camera's clock): milliseconds since 1970.
    pub taken_ms: Option<i64>,
    /// Camera.
    pub camera: Option<String>,
    /// Lens.
    pub lens: Option<String>,
    /// Degrees north and east.
    pub place: Option<(f64, f64)>,
    /// The nearest city and its country.
    pub place_name: Option<String>,
}

/// Photos for the grid, newest first.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PhotoPage {
    /// All photos there are.
    pub total: usize,
    /// The ones asked for.
    pub photos: Vec<PhotoTile>,
}

/// One photo in the grid.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PhotoTile {
    /// The file.
    pub file: FileId,
    /// The folder of the library that it lies in.
    pub root: RootId,
    /// For its thumbnail.
    pub hash: ContentHash,
    /// File name.
    pub name: String,
    /// Taken, or changed: milliseconds since 1970.
    pub date_ms: i64,
    /// Upright width in pixels.
    pub width: u32,
    /// Upright height in pixels.
    pub height: u32,
}

/// The map: columns of the same length, one entry for each item.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
pub struct Map {
    /// Files.
    pub files: Vec<FileId>,
    /// Horizontal position, 0 to 1.
    pub x: Vec<f32>,
    /// Vertical position, 0 to 1.
    pub y: Vec<f32>,
    /// Index into `clusters`, or -1 for an item outside all of them.
    pub cluster: Vec<i32>,
    /// 0 document, 1 photo.
    pub family: Vec<u8>,
    /// Groups, largest first.
    pub clusters: Vec<Cluster>,
    /// The library's generation that this map shows.
    pub generation: u64,
    /// Whether a newer map is being made.
    pub updating: bool,
    /// What the map cannot show, in words.
    pub notes: Vec<String>,
    /// Photos that look nearly the same, found on the way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(skip)]
    pub alike: Vec<Vec<cairn_core::ContentId>>,
}

/// One group on the map.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Cluster {
    /// Words for it.
    pub label: String,
    /// Items in it.
    pub count: usize,
    /// Middle, 0 to 1.
    pub x: f32,
    /// Middle, 0 to 1.
    pub y: f32,
}

/// An item of a list: of a group, of copies.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Item {
    /// The file.
    pub file: FileId,
    /// The folder of the library that it lies in.
    pub root: RootId,
    /// Document or photo.
    pub family: Family,
    /// Format.
    pub kind: Kind,
    /// Title or name.
    pub title: String,
    /// File name.
    pub name: String,
    /// Folder.
    pub folder: String,
    /// For its thumbnail.
    pub hash: ContentHash,
    /// Taken or changed: milliseconds since 1970.
    pub date_ms: i64,
    /// Bytes.
    pub size: u64,
}

/// Files that hold the same, or nearly.
#[derive(Debug, Clone, Serialize, TS)]
pub struct DuplicateGroup {
    /// Two or more.
    pub items: Vec<Item>,
    /// How much they are the same.
    pub sameness: Sameness,
}

/// How much the files of a group are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Sameness {
    /// Byte for byte.
    Exact,
    /// Photos that look nearly the same.
    Looks,
    /// Documents that say the same but for a word or a line.
    Same,
    /// Documents that say the same but for a few sentences.
    NearlySame,
    /// Documents of which one is an earlier or later state of the other.
    Revision,
}

/// The answer to a question.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Answer {
    /// Whether anything in the files carries an answer. When not, `sentences` is empty and the window says
    /// "not in your files".
    pub found: bool,
    /// Sentences that carry it, best first, word for word from the files.
    pub sentences: Vec<AnswerSentence>,
    /// The sources cited, numbered from 1 by their place here.
    pub sources: Vec<Source>,
    /// How many passages were looked at.
    pub looked_at: usize,
    /// How many passages there are.
    pub passages: u64,
    /// Milliseconds.
    pub took_ms: f64,
    /// What could not be taken into account.
    pub notes: Vec<String>,
}

/// One sentence of an answer.
#[derive(Debug, Clone, Serialize, TS)]
pub struct AnswerSentence {
    /// The sentence as it stands in the file.
    pub text: String,
    /// Index into `sources`.
    pub source: usize,
    /// Cosine of question and sentence.
    pub score: f32,
    /// Bytes `[start, end)` of the sentence in the document's text; `preview` takes them as its focus.
    pub focus: (u32, u32),
}

/// A cited source.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Source {
    /// The file.
    pub file: FileId,
    /// The folder of the library that it lies in.
    pub root: RootId,
    /// The passage.
    pub passage: PassageId,
    /// Format.
    pub kind: Kind,
    /// Title or name.
    pub title: String,
    /// Folder.
    pub folder: String,
    /// Page.
    pub page: Option<u32>,
}

/// One long piece of work.
#[derive(Debug, Clone, Serialize, TS)]
pub struct JobView {
    /// Its id.
    pub id: JobId,
    /// What it does, in words: "Indexing Holidays".
    pub title: String,
    /// What kind of work it is.
    pub kind: JobKind,
    /// Where it stands.
    pub state: JobState,
    /// The step being done: "Reading files".
    pub phase: String,
    /// Items done in this phase.
    pub done: u64,
    /// Items in this phase; 0 when not known.
    pub total: u64,
    /// Items that failed.
    pub failed: u64,
    /// Items a second, lately.
    pub rate: f64,
    /// Seconds left in this phase, where they can be told.
    pub eta_s: Option<f64>,
    /// The current item (a file's name).
    pub item: String,
    /// Why it ended, when it failed.
    pub error: Option<String>,
    /// What the numbers count: "files", "passages", "bytes".
    pub unit: String,
    /// What became of the files that it looked at so far. Those that could not be read are in `failed`.
    pub files: FileCounts,
    /// Bytes of files read a second, lately.
    pub byte_rate: f64,
    /// It is held since the computer runs on battery; it goes on by itself, or at once when it is resumed.
    pub waits_for_power: bool,
}

/// Kinds of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Scan, read and embed.
    Index,
    /// Build an index from stored vectors.
    Rebuild,
    /// Lay out the map.
    Map,
    /// Get a model.
    Download,
    /// Measure what forms of an index, or a model, cost here.
    Measure,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for its turn.
    Queued,
    /// At work.
    Running,
    /// Held by the person.
    Paused,
    /// Finished.
    Done,
    /// Stopped by the person.
    Cancelled,
    /// Ended by an error.
    Failed,
}

/// A file that could not be read.
#[derive(Debug, Clone, Serialize, TS)]
pub struct FailedFile {
    /// The file.
    pub file: FileId,
    /// File name (characters that are not UTF-8 shown as �).
    pub name: String,
    /// Folder.
    pub folder: String,
    /// The folder of the library that it lies in.
    pub root: RootId,
    /// The rule that leaves it out: a line of [`Excludes`]. `None`: its name cannot stand in one, or it was added by itself.
    pub rule: Option<String>,
    /// Why.
    pub problem: ProblemView,
}

/// Files that could not be read, a page of them.
#[derive(Debug, Clone, Serialize, TS)]
pub struct FailedPage {
    /// All there are.
    pub total: usize,
    /// How many for each reason, most first.
    pub by_reason: Vec<(ProblemCode, usize)>,
    /// The ones asked for.
    pub files: Vec<FailedFile>,
}

/// A reason, in words.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ProblemView {
    /// Its class.
    pub code: ProblemCode,
    /// One sentence: what is wrong and what helps.
    pub sentence: String,
    /// What the reader said.
    pub detail: String,
}

/// A model of the registry and how it stands on this machine.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ModelView {
    /// Registry id: "all-minilm-l6-v2".
    pub id: String,
    /// The name a person reads: "MiniLM L6 (English)".
    pub name: String,
    /// What it is good and bad at, in one sentence.
    pub card: String,
    /// Name as its makers write it: "sentence-transformers/all-MiniLM-L6-v2".
    pub repo: String,
    /// What it is for: "text" or "photo".
    pub role: String,
    /// Dimensions of its vectors.
    pub dims: usize,
    /// Whether it was trained so that prefixes of its vectors are vectors.
    pub matryoshka: bool,
    /// Languages it knows, in words.
    pub languages: String,
    /// Licence.
    pub licence: String,
    /// Bytes of its files.
    pub bytes: u64,
    /// Whether every file is here and whole.
    pub installed: bool,
    /// Whether it is the one at work.
    pub active: bool,
    /// Whether it will take over once it has seen every photo.
    pub learning: bool,
    /// Whether its files can be removed: it is installed, not at work, and does not come with Cairn.
    pub removable: bool,
    /// What a person should know before using it with this library: that it does not know the language of many documents.
    /// Empty where there is nothing to say.
    pub warning: String,
    /// How quick it was found to be on this machine; `None`: not measured yet.
    pub speed: Option<ModelSpeed>,
    /// What is wrong and what helps; empty when it is installed, or only has to be got.
    pub remedy: String,
}

/// How quick a model is on this machine, and whether it computes what it should.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ModelSpeed {
    /// Passages of about 100 words, or photos, a second.
    pub per_second: f64,
    /// Milliseconds from a query's words to its vector.
    pub query_ms: f64,
}

/// One vector space: the form that its index has, and what others would cost.
#[derive(Debug, Clone, Serialize, TS)]
pub struct DimensionsView {
    /// Passages or photos.
    pub space: Space,
    /// Registry id of the model at work.
    pub model: String,
    /// Its name.
    pub name: String,
    /// Vectors stored.
    pub vectors: u64,
    /// Dimensions of the model.
    pub full_dims: usize,
    /// Whether the model was trained to be shortened; otherwise shortened vectors are rotated first.
    pub matryoshka: bool,
    /// Whether shortened vectors are, or would be, those of a rotation fitted on this library.
    pub rotated: bool,
    /// The form that was chosen.
    pub current: IndexForm,
    /// Whether its index is still being built; until then the one before answers.
    pub building: bool,
    /// The form before it, to go back to.
    pub before: Option<IndexForm>,
    /// Bytes of the index at work in memory; 0 while there is none.
    pub memory_bytes: u64,
    /// Bytes of its snapshot on disk; 0 until it was saved.
    pub disk_bytes: u64,
    /// Every form there is to choose, longest first, of each length the largest storage first.
    pub choices: Vec<FormChoice>,
    /// What was found when the choices were measured on this library; `None`: not yet.
    pub measured: Option<Measured>,
}

/// One form of an index to choose.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct FormChoice {
    /// The form.
    pub form: IndexForm,
    /// How many numbers of each vector it keeps.
    pub dims: usize,
    /// Bytes of the index in memory, graph included, for the library as it is (estimated).
    pub memory_bytes: u64,
    /// Bytes of its snapshot on disk (estimated).
    pub disk_bytes: u64,
    /// What it costs on this library, where that was measured.
    pub cost: Option<FormCost>,
}

/// What one form of an index costs, measured on vectors of the library against an exact search of the full vectors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct FormCost {
    /// The form.
    pub form: IndexForm,
    /// Recall@10 of the form by itself, 0 to 1.
    pub recall: f32,
    /// Recall@10 after the best candidates were scored again with the full vectors, 0 to 1.
    pub rescored_recall: f32,
    /// Candidates that are scored again for ten hits.
    pub candidates: usize,
    /// Milliseconds that half of the searches stay below, scoring again included. One thread, looking at every vector.
    pub p50_ms: f64,
    /// As before, for 95 of 100.
    pub p95_ms: f64,
}

/// How the forms of a space were measured, and which of them are worth choosing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Measured {
    /// Vectors that took part.
    pub vectors: usize,
    /// Vectors that the library held then.
    pub of_vectors: u64,
    /// Queries made of the library's own vectors.
    pub queries: usize,
    /// Starred searches that were asked as well.
    pub starred: usize,
    /// The forms in three plain choices.
    pub presets: Presets,
}

/// Three forms in plain words. They may be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Presets {
    /// The smallest form whose own ten hits are the right ones, but for at most one in a thousand.
    pub exact: IndexForm,
    /// The smallest form that misses at most one hit in a hundred after scoring again. The one that is recommended.
    pub balanced: IndexForm,
    /// The smallest form that misses at most one hit in twenty after scoring again.
    pub smallest: IndexForm,
}

/// What computes, and how quick and how exact it was found to be.
#[derive(Debug, Clone, Serialize, TS)]
pub struct DeviceView {
    /// "Processor", "CUDA" or "Metal".
    pub device: String,
    /// What is used of it: "2 threads, AVX-512 with VNNI".
    pub detail: String,
    /// Why it is not another one; empty where there is nothing to explain.
    pub reason: String,
    /// How exactly the models compute.
    pub computing: Computing,
    /// Why `Fast` would bring nothing here; empty where it does.
    pub fast_unavailable: String,
}

/// Settings, as the window reads and writes them.
pub type SettingsView = Settings;

/// One thing that was examined.
#[derive(Debug, Clone, Serialize)]
pub struct Examined {
    /// What.
    pub what: String,
    /// Whether nothing was wrong with it.
    pub sound: bool,
    /// What was found and done, one sentence each.
    pub told: Vec<String>,
}
