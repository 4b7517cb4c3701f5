use std::path::PathBuf;

use cairn_engine::api::Sort;
use clap::{Parser, Subcommand, ValueEnum};

/// Finds your documents and photos by meaning, on your own machine.
#[derive(Parser)]
#[command(name = "cairn", version)]
pub struct Arguments {
    /// The library's folder (the window's own library when not given).
    #[arg(long, global = true, value_name = "DIR")]
    pub library: Option<PathBuf>,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Add folders or files and read what is new, changed, moved or gone. Without PATH: all known folders.
    Index {
        /// Folders or files.
        paths: Vec<PathBuf>,
        /// Then stay, and read what changes as it changes.
        #[arg(long)]
        watch: bool,
    },
    /// What is left out of the library, in the form of a .gitignore; with --add, --remove or --default: change it. Files on disk stay.
    Exclude {
        /// A rule that leaves something out: name, name/ (folders), /name (directly in an added folder), *.log, !name (takes back in).
        #[arg(long, value_name = "RULE")]
        add: Vec<String>,
        /// A rule that is dropped.
        #[arg(long, value_name = "RULE")]
        remove: Vec<String>,
        /// Begin with what Cairn leaves out by itself.
        #[arg(long)]
        default: bool,
        /// Only say what the library would let go of.
        #[arg(long)]
        preview: bool,
    },
    /// Whether text in photos is read, by the Tesseract of this computer; with LANGUAGE or --off: change it.
    Ocr {
        /// Languages to read, as Tesseract calls them: eng, deu, chi_sim.
        languages: Vec<String>,
        /// Read no more. Text that was found stays.
        #[arg(long, conflicts_with = "languages")]
        off: bool,
    },
    /// When files are read, and which; with an option: change it.
    Indexing {
        /// How many of the processor's cores it may take.
        #[arg(long, value_enum)]
        cores: Option<CoresChoice>,
        /// Wait while the computer runs on battery.
        #[arg(long, value_enum, value_name = "ON_OFF")]
        only_on_mains: Option<Switch>,
        /// Leave out what a .gitignore names.
        #[arg(long, value_enum, value_name = "ON_OFF")]
        gitignore: Option<Switch>,
        /// Read the documents in archives.
        #[arg(long, value_enum, value_name = "ON_OFF")]
        archives: Option<Switch>,
    },
    /// Find passages and photos.
    Search {
        /// Words, "exact phrases", -words that must not occur.
        query: String,
        /// What to look for.
        #[arg(long, value_enum, default_value_t = KindChoice::All)]
        kind: KindChoice,
        /// Which channels answer.
        #[arg(long, value_enum, default_value_t = ModeChoice::Hybrid)]
        mode: ModeChoice,
        /// At most this many results.
        #[arg(long, default_value_t = 10)]
        limit: usize,
        /// Also show results below the line of relevance.
        #[arg(long)]
        weak: bool,
        /// The order of what is relevant.
        #[arg(long, value_enum, default_value_t = SortChoice::Relevance)]
        sort: SortChoice,
        /// Put what is different first.
        #[arg(long)]
        diverse: bool,
        /// Read the best passages again with the re-ranker, where one is installed.
        #[arg(long)]
        rerank: bool,
        /// A file of the library that results should be like. May be given several times.
        #[arg(long, value_name = "FILE")]
        like: Vec<PathBuf>,
        /// A file of the library that results should be unlike. May be given several times.
        #[arg(long, value_name = "FILE")]
        unlike: Vec<PathBuf>,
        /// Also say how the vectors were searched, and why so.
        #[arg(long)]
        explain: bool,
    },
    /// Answer a question with sentences from your files.
    Ask {
        /// The question.
        question: String,
    },
    /// Photos that look like a picture, which need not be in the library.
    Similar {
        /// The picture.
        picture: PathBuf,
        /// At most this many.
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// Groups of the library, with their sizes.
    Clusters,
    /// Files that are the same, byte for byte.
    Duplicates,
    /// Counts, folders, models and sizes.
    Status,
    /// Files that could not be read, and why.
    Problems,
    /// How many dimensions the indexes keep, and in which form; with DIMENSIONS or --storage: change it.
    Dims {
        /// full, 512, 256, 128 or 64.
        #[arg(value_enum)]
        dimensions: Option<DimsChoice>,
        /// The form of the numbers.
        #[arg(long, value_enum)]
        storage: Option<StorageChoice>,
        /// Of this index alone.
        #[arg(long, value_enum)]
        space: Option<SpaceChoice>,
    },
    /// Compare database, indexes and snapshots; repair what can be built again.
    Doctor,
    /// Measure on this library.
    Bench {
        #[command(subcommand)]
        what: BenchChoice,
    },
    /// Models: what there is, getting and checking them.
    Models {
        #[command(subcommand)]
        action: ModelsAction,
    },
    /// Embed JSON lines from standard input ({"text": ..} or {"image": path}); prints {"vector": [..]} lines.
    Embed {
        /// Registry id of the model.
        #[arg(long)]
        model: String,
        /// Embed texts as queries rather than passages.
        #[arg(long)]
        query: bool,
        /// What a text model computes in.
        #[arg(long, value_enum, default_value_t = PrecisionChoice::F32)]
        precision: PrecisionChoice,
    },
    /// Measure the quality of search on a set with relevance judgements.
    Eval {
        #[command(subcommand)]
        set: EvalSet,
    },
}

#[derive(Subcommand)]
pub enum BenchChoice {
    /// Recall, speed and memory of each choice of dimensions and storage, before and after scoring again.
    Index,
    /// Milliseconds from each keystroke to the results, while queries from the library's own texts are typed.
    Search {
        /// Queries typed.
        #[arg(long, default_value_t = 40)]
        queries: usize,
    },
}

#[derive(Subcommand)]
pub enum ModelsAction {
    /// Every model Cairn knows and how it stands here.
    List,
    /// Get a model.
    Pull {
        /// Registry id.
        id: String,
    },
    /// Take a model's files from a folder or a zip archive.
    Import {
        /// Registry id.
        id: String,
        /// The folder or archive.
        from: PathBuf,
    },
    /// Remove the files of a model that is not at work.
    Remove {
        /// Registry id.
        id: String,
    },
    /// Measure how quick a model is on this machine.
    Measure {
        /// Registry id.
        id: String,
    },
    /// What computes, and how exactly; with CHOICE: change it.
    Computing {
        /// exact or fast.
        #[arg(value_enum)]
        choice: Option<ComputingChoice>,
    },
    /// Check every file of the installed models against its size and sha256.
    Verify,
    /// What each installed photo model finds for a query, side by side.
    Compare {
        /// The query; without one, how well each model finds the photos that were starred in the window.
        query: Option<String>,
        /// Photos of each model.
        #[arg(long, default_value_t = 8)]
        limit: usize,
    },
    /// Put a model to work.
    Use {
        /// Registry id.
        id: String,
    },
}

#[derive(Subcommand)]
pub enum EvalSet {
    /// The starred searches of the library: what they should find was marked in the window.
    Golden,
    /// A set in BEIR's layout: corpus.jsonl, queries.jsonl, qrels/test.tsv.
    Beir {
        /// Its folder.
        dir: PathBuf,
        /// Registry id of the text model (the first installed one when not given).
        #[arg(long)]
        model: Option<String>,
        /// Dimension settings to measure, besides full.
        #[arg(long, value_enum, value_delimiter = ',')]
        dims: Vec<DimsChoice>,
        /// What the model computes in.
        #[arg(long, value_enum, default_value_t = PrecisionChoice::F32)]
        precision: PrecisionChoice,
        /// A folder for what was found, in the form of TREC's run files.
        #[arg(long, value_name = "DIR")]
        runs: Option<PathBuf>,
    },
    /// Photos with captions: each caption ranks all photos. With --labels: each photo ranks all labels.
    Photos {
        /// A file of lines `photo,caption` or `photo,label`.
        list: PathBuf,
        /// The folder that the photos' paths begin in.
        folder: PathBuf,
        /// Registry id of the photo model.
        #[arg(long, default_value = "cairn-photo-3")]
        model: String,
        /// The texts are labels, put into this sentence in place of {}.
        #[arg(long, num_args = 0..=1, default_missing_value = "a photo of a {}")]
        labels: Option<String>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub enum KindChoice {
    All,
    Text,
    Photo,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum ModeChoice {
    Hybrid,
    Vector,
    Keyword,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum SortChoice {
    Relevance,
    Newest,
    Oldest,
    Name,
}

impl From<SortChoice> for Sort {
    fn from(choice: SortChoice) -> Sort {
        match choice {
            SortChoice::Relevance => Sort::Relevance,
            SortChoice::Newest => Sort::Newest,
            SortChoice::Oldest => Sort::Oldest,
            SortChoice::Name => Sort::Name,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DimsChoice {
    Full,
    #[value(name = "512")]
    D512,
    #[value(name = "256")]
    D256,
    #[value(name = "128")]
    D128,
    #[value(name = "64")]
    D64,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum CoresChoice {
    All,
    Half,
    One,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum StorageChoice {
    F32,
    F16,
    Int8,
    Binary,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum SpaceChoice {
    Text,
    Photo,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum ComputingChoice {
    Exact,
    Fast,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum PrecisionChoice {
    F32,
    Int8,
}
