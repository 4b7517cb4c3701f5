//! Search over documents, on sets with judgements of relevance.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use cairn_core::{Computing, ContentId, IndexForm, KeptDims, Space, Storage};
use cairn_insight::{fuse, metrics};
use cairn_store::KeywordQuery;
use serde::{Deserialize, Serialize};

use crate::api::{JobState, Mode};
use crate::engine::{Engine, EngineOptions};
use crate::error::EngineError;
use crate::folders::Folders;
use crate::search::Wanted;

/// The name of hybrid search whose best passages were read again.
const RERANKED: &str = "reranked";

/// The quality of search on one set.
#[derive(Debug, Clone, Serialize)]
pub struct BeirReport {
    /// Name of the set's folder.
    pub set: String,
    /// Text model.
    pub model: String,
    /// Documents indexed.
    pub documents: u64,
    /// Passages they were cut into.
    pub passages: u64,
    /// Queries with judgements.
    pub queries: usize,
    /// One for each mode and setting of dimensions.
    pub rows: Vec<BeirRow>,
    /// Whether hybrid search is better than what it is made of, and than another way of joining it; full dimensions.
    pub comparisons: Vec<Comparison>,
}

/// Two ways of searching, compared query by query.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// One way.
    pub of: String,
    /// The other.
    pub with: String,
    /// Mean of the differences in nDCG@10.
    pub difference: f64,
    /// Queries for which the first is better.
    pub better: usize,
    /// Queries for which the second is.
    pub worse: usize,
    /// How often chance gives as much: a paired randomisation test.
    pub p: f64,
}

impl Comparison {
    fn between(of: &BeirRow, with: &BeirRow) -> Comparison {
        let differences = || of.each_ndcg_10.iter().zip(&with.each_ndcg_10).map(|(a, b)| a - b);
        Comparison {
            of: of.mode.clone(),
            with: with.mode.clone(),
            difference: metrics::mean(&differences().collect::<Vec<_>>()),
            better: differences().filter(|difference| *difference > 0.0).count(),
            worse: differences().filter(|difference| *difference < 0.0).count(),
            p: metrics::permutation_test(&of.each_ndcg_10, &with.each_ndcg_10),
        }
    }
}

/// The mean over all queries, in one mode.
#[derive(Debug, Clone, Serialize)]
pub struct BeirRow {
    /// keyword, vector or hybrid; rrf: the two joined by reciprocal rank fusion instead; reranked: hybrid, its
    /// best read again by the re-ranker, where one is installed.
    pub mode: String,
    /// Dimensions of the index (0 where none takes part).
    pub dims: usize,
    /// Normalised discounted cumulative gain of the first ten.
    pub ndcg_10: f64,
    /// Share of the relevant documents among the first ten.
    pub recall_10: f64,
    /// Share of the relevant documents among the first hundred.
    pub recall_100: f64,
    /// Mean of one over the rank of the first relevant document among the first ten.
    pub mrr_10: f64,
    /// nDCG@10 of each query, in the order of the set.
    #[serde(skip)]
    each_ndcg_10: Vec<f64>,
}

impl BeirRow {
    fn measure(mode: &str, dims: usize, judged: &[Judged], ranked: &[Vec<String>]) -> BeirRow {
        let (mut ndcg, mut recall_10, mut recall_100, mut mrr) = (vec![], vec![], vec![], vec![]);
        for (query, ranked) in judged.iter().zip(ranked) {
            let relevant: HashSet<String> = query.gains.keys().cloned().collect();
            ndcg.push(metrics::ndcg(ranked, &query.gains, 10));
            recall_10.push(metrics::recall(ranked, &relevant, 10));
            recall_100.push(metrics::recall(ranked, &relevant, 100));
            mrr.push(metrics::reciprocal_rank(ranked, &relevant, 10));
        }
        BeirRow {
            mode: mode.into(),
            dims,
            ndcg_10: metrics::mean(&ndcg),
            recall_10: metrics::mean(&recall_10),
            recall_100: metrics::mean(&recall_100),
            mrr_10: metrics::mean(&mrr),
            each_ndcg_10: ndcg,
        }
    }
}

#[derive(Deserialize)]
struct CorpusLine {
    #[serde(rename = "_id")]
    id: String,
    #[serde(default)]
    title: String,
    text: String,
}

#[derive(Deserialize)]
struct QueryLine {
    #[serde(rename = "_id")]
    id: String,
    text: String,
}

/// A query with the gain of each relevant document.
struct Judged {
    id: String,
    text: String,
    gains: HashMap<String, f32>,
}

/// Measures keyword, vector and hybrid search on a set in BEIR's layout (Thakur et al. 2021, arXiv 2104.08663):
/// `corpus.jsonl`, `queries.jsonl`, `qrels/test.tsv`. Every document becomes a file that goes the same way as a
/// person's: read, cut, embedded, indexed, searched.
///
/// What is found is written to the folder `runs`, for other tools.
///
/// # Errors
/// When the set is not in that layout, or no text model is installed in `models`.
pub fn beir(
    dir: &Path,
    models: &Path,
    model: Option<&str>,
    computing: Computing,
    dims: &[KeptDims],
    runs: Option<&Path>,
    tell: &dyn Fn(&str),
) -> Result<BeirReport, EngineError> {
    let judged = read_judged(dir)?;
    let scratch = tempfile::tempdir().map_err(|error| EngineError::io("make a temporary folder", error))?;
    let files = scratch.path().join("documents");
    let ids = write_documents(dir, &files)?;

    let program = std::env::current_exe().map_err(|error| EngineError::io("find this program", error))?;
    let folders = Folders::below(&scratch.path().join("library"), Some(models.to_owned()));
    let engine = Engine::open(folders, EngineOptions::new(program))?;
    if let Some(model) = model {
        engine.model_use(model)?;
    }
    engine.choose_computing(computing)?;
    tell(&format!("indexing {} documents", ids.len()));
    engine.add_path(&files)?;
    wait(&engine)?;

    let status = engine.status()?;
    let Some(model) = status.text.model else {
        return Err(EngineError::model_missing(
            "Evaluation needs a text model: cairn models pull all-minilm-l6-v2.",
        ));
    };
    let ask_as = |mode: Mode, rerank: bool, dims: usize| -> Result<Vec<Vec<String>>, EngineError> {
        let name = if rerank { RERANKED } else { name(mode) };
        tell(&format!("{} queries, {name}", judged.len()));
        let found: Vec<Vec<(String, f32)>> = judged
            .iter()
            .map(|query| ranked(&engine, &query.text, mode, rerank, &ids))
            .collect::<Result<_, _>>()?;
        if let Some(folder) = runs {
            write_run(&folder.join(format!("{name}-{dims}.run")), &judged, &found)?;
        }
        Ok(found.into_iter().map(|run| run.into_iter().map(|(id, _)| id).collect()).collect())
    };
    let ask = |mode: Mode, dims: usize| ask_as(mode, false, dims);
    let by_words = ask(Mode::Keyword, 0)?;
    let keyword = BeirRow::measure(name(Mode::Keyword), 0, &judged, &by_words);
    let mut rows = vec![keyword.clone()];
    let mut comparisons = Vec::new();
    let full = (!dims.contains(&KeptDims::Full)).then_some(KeptDims::Full);
    for choice in full.into_iter().chain(dims.iter().copied()) {
        engine.choose_form(Space::Text, IndexForm { dims: choice, storage: Storage::default() })?;
        wait(&engine)?;
        let dims = choice.of(status.text.full_dims);
        let by_meaning = ask(Mode::Vector, dims)?;
        let vector = BeirRow::measure(name(Mode::Vector), dims, &judged, &by_meaning);
        let hybrid = BeirRow::measure(name(Mode::Hybrid), dims, &judged, &ask(Mode::Hybrid, dims)?);
        rows.extend([vector.clone(), hybrid.clone()]);
        if choice == KeptDims::Full {
            let joined: Vec<Vec<String>> =
                by_words.iter().zip(&by_meaning).map(|(a, b)| by_rank(a, b)).collect();
            let rrf = BeirRow::measure("rrf", dims, &judged, &joined);
            comparisons.extend([&keyword, &vector, &rrf].map(|other| Comparison::between(&hybrid, other)));
            rows.push(rrf);
            if engine.inner.reranker().is_some() {
                let again = ask_as(Mode::Hybrid, true, dims)?;
                let reranked = BeirRow::measure(RERANKED, dims, &judged, &again);
                comparisons.push(Comparison::between(&reranked, &hybrid));
                rows.push(reranked);
            }
        }
    }
    engine.close();
    let set = dir.file_name().map_or_else(|| dir.display().to_string(), |name| name.to_string_lossy().into());
    Ok(BeirReport {
        set,
        model,
        documents: status.documents,
        passages: status.passages,
        queries: judged.len(),
        rows,
        comparisons,
    })
}

fn name(mode: Mode) -> &'static str {
    match mode {
        Mode::Hybrid => "hybrid",
        Mode::Vector => "vector",
        Mode::Keyword => "keyword",
    }
}

/// Two rankings joined by reciprocal rank fusion.
fn by_rank(a: &[String], b: &[String]) -> Vec<String> {
    let mut names: Vec<&String> = a.iter().chain(b).collect();
    names.sort_unstable();
    names.dedup();
    let keys = |ranked: &[String]| -> Vec<(i64, f32)> {
        ranked.iter().filter_map(|id| Some((names.binary_search(&id).ok()? as i64, 0.0))).collect()
    };
    let (a, b) = (keys(a), keys(b));
    let channel = |hits| fuse::Channel { weight: 1.0, floor: None, hits };
    let fused = fuse::reciprocal_rank(&[channel(&a), channel(&b)], fuse::RANK_CONSTANT);
    fused.iter().map(|fused| names[fused.key as usize].clone()).collect()
}

/// Writes what was found in the form of TREC's run files: query, "Q0", document, rank, score, name of the run.
fn write_run(path: &Path, judged: &[Judged], found: &[Vec<(String, f32)>]) -> Result<(), EngineError> {
    let write = || -> std::io::Result<()> {
        let mut file = std::io::BufWriter::new(File::create(path)?);
        for (query, run) in judged.iter().zip(found) {
            for (rank, (document, score)) in run.iter().enumerate() {
                writeln!(file, "{} Q0 {document} {} {score:.6} cairn", query.id, rank + 1)?;
            }
        }
        file.flush()
    };
    write().map_err(|error| EngineError::io(&format!("write {}", path.display()), error))
}

/// Ids of the set's documents in the order in which search ranks them, with their scores.
fn ranked(
    engine: &Engine,
    query: &str,
    mode: Mode,
    rerank: bool,
    ids: &HashMap<PathBuf, String>,
) -> Result<Vec<(String, f32)>, EngineError> {
    // Nobody is typing: the last word is whole.
    let words = KeywordQuery { unfinished: false, ..KeywordQuery::parse(query) };
    let mut candidates = engine.inner.candidates(&Wanted::documents(query, &words, mode))?;
    if rerank {
        engine.inner.reranked(query, &mut candidates.ranked)?;
    }
    let contents: Vec<ContentId> = candidates.ranked.iter().map(|ranked| ranked.content).collect();
    let files = engine.inner.store.first_file_of_contents(&contents)?;
    let id = |content: &ContentId| ids.get(&files.get(content)?.file.path).cloned();
    Ok(candidates.ranked.iter().filter_map(|ranked| Some((id(&ranked.content)?, ranked.score))).collect())
}

fn wait(engine: &Engine) -> Result<(), EngineError> {
    loop {
        let jobs = engine.jobs();
        if let Some(failed) = jobs.iter().find(|job| job.state == JobState::Failed) {
            return Err(EngineError::internal(failed.error.clone().unwrap_or_default()));
        }
        if jobs.iter().all(|job| matches!(job.state, JobState::Done | JobState::Cancelled)) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Writes each document as a text file, its title as its first line. Returns the id of each file.
fn write_documents(dir: &Path, to: &Path) -> Result<HashMap<PathBuf, String>, EngineError> {
    let mut ids = HashMap::new();
    for (number, line) in lines(&dir.join("corpus.jsonl"))?.enumerate() {
        let document: CorpusLine = parse(&line?, "corpus.jsonl", number)?;
        // Few files in one folder, and names that no query matches.
        let folder = to.join(format!("{:03}", number / 1000));
        let path = folder.join(format!("d{number}.txt"));
        std::fs::create_dir_all(&folder)
            .and_then(|()| File::create(&path))
            .and_then(|mut file| match document.title.trim() {
                "" => writeln!(file, "{}", document.text),
                title => writeln!(file, "{title}\n\n{}", document.text),
            })
            .map_err(|error| EngineError::io("write the documents of the set", error))?;
        ids.insert(path, document.id);
    }
    Ok(ids)
}

fn read_judged(dir: &Path) -> Result<Vec<Judged>, EngineError> {
    let mut gains: HashMap<String, HashMap<String, f32>> = HashMap::new();
    for line in lines(&dir.join("qrels").join("test.tsv"))?.skip(1) {
        let line = line?;
        let mut columns = line.split('\t');
        if let (Some(query), Some(document), Some(Ok(score))) =
            (columns.next(), columns.next(), columns.next().map(str::trim).map(str::parse::<f32>))
            && score > 0.0
        {
            gains.entry(query.to_owned()).or_default().insert(document.to_owned(), score);
        }
    }
    let mut judged = Vec::new();
    for (number, line) in lines(&dir.join("queries.jsonl"))?.enumerate() {
        let query: QueryLine = parse(&line?, "queries.jsonl", number)?;
        if let Some(gains) = gains.remove(&query.id) {
            judged.push(Judged { id: query.id, text: query.text, gains });
        }
    }
    if judged.is_empty() {
        return Err(EngineError::user(format!("{} has no query with judgements.", dir.display())));
    }
    Ok(judged)
}

fn lines(path: &Path) -> Result<impl Iterator<Item = Result<String, EngineError>> + use<>, EngineError> {
    let file = File::open(path)
        .map_err(|error| EngineError::user(format!("{} cannot be read.", path.display())).caused_by(error))?;
    Ok(BufReader::new(file).lines().map(|line| line.map_err(|error| EngineError::io("read the set", error))))
}

fn parse<T: for<'de> Deserialize<'de>>(line: &str, file: &str, number: usize) -> Result<T, EngineError> {
    serde_json::from_str(line).map_err(|error| {
        EngineError::user(format!("{file}, line {}: not in BEIR's layout.", number + 1)).caused_by(error)
    })
}
