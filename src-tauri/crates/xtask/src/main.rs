//! Set-up, run, test, measure: `cargo xtask run`, `cargo xtask test`, `cargo xtask bench`.
//!
//! The first thing a fresh machine compiles, so it has next to no dependencies and no part of Cairn.

mod bench;
mod build;
mod look;
mod machine;
mod picture;
mod shell;
mod test;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Sets up this machine, then runs, tests or measures Cairn.")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what is missing, build Cairn, get the text model, open the window.
    Run(RunArguments),
    /// Install what is missing, then check and test everything.
    Test(TestArguments),
    /// Measure beside other libraries and print the ratios; needs Python and a package index.
    Bench(BenchArguments),
}

#[derive(Args)]
struct BenchArguments {
    /// What to measure.
    what: Bench,
    /// Build optimised (slower to build; the encoders are optimised anyway).
    #[arg(long)]
    release: bool,
    /// Handed to the script, such as `--rounds 3 --threads 1`.
    #[arg(last = true)]
    rest: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Bench {
    /// The text encoder, beside ONNX Runtime and stock Candle.
    Embed,
    /// The photo encoder, beside ONNX Runtime and Pillow.
    Photos,
    /// Reading files, beside pdftotext, docx2txt, fd and b3sum.
    Ingest,
    /// Vector search, beside faiss, hnswlib and usearch's Python binding.
    Search,
}

#[derive(Args)]
struct RunArguments {
    /// Install missing system packages without asking.
    #[arg(long, short)]
    yes: bool,
    /// Build optimised (slower to build).
    #[arg(long)]
    release: bool,
    /// Open no window: show Cairn by its command line, on a temporary library.
    #[arg(long)]
    no_window: bool,
}

/// Without --rust, --ui or --window: everything.
#[derive(Args)]
struct TestArguments {
    /// Install missing system packages without asking.
    #[arg(long, short)]
    yes: bool,
    /// Format, lints and tests of the Rust code.
    #[arg(long)]
    rust: bool,
    /// Types, lints and tests of the window's pages.
    #[arg(long)]
    ui: bool,
    /// The real window, end to end.
    #[arg(long)]
    window: bool,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Run(arguments) => look::run(&arguments).map(|()| true),
        Task::Test(arguments) => test::run(&arguments),
        Task::Bench(arguments) => match arguments.what {
            Bench::Embed => bench::embed(&arguments),
            Bench::Photos => bench::photos(&arguments),
            Bench::Ingest => bench::ingest(&arguments),
            Bench::Search => bench::search(&arguments),
        },
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
