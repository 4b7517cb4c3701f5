//! The Hugging Face hub: names and cache layout by `hf-hub`, transfer by our own requests, since a download must have
//! time limits, be cancelled within a moment, go on where it stopped, and be checked before anyone reads it.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use cairn_core::{Control, Progress};
use hf_hub::api::sync::{ApiBuilder, ApiRepo};
use hf_hub::{Cache, Repo, RepoType};
use ureq::http::Response;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

use crate::error::ModelError;
use crate::registry::{ModelEntry, ModelFile, is_sha256};
use crate::sources::{Sources, Token};
use crate::store::Refusal;

/// A machine without a hub must notice within seconds, so that the next source gets its turn.
const RESOLVE: Duration = Duration::from_secs(3);
const CONNECT: Duration = Duration::from_secs(4);
const FIRST_BYTE: Duration = Duration::from_secs(8);
/// A download in which nothing arrives for so long is broken.
const SILENCE: Duration = Duration::from_secs(20);
/// How often a download that broke off midway, or was put off, is taken up again.
const RETRIES: u32 = 3;
/// Waited before the first of them; before each later one, so much longer.
const PAUSE: Duration = Duration::from_millis(500);

pub(crate) struct Hub {
    agent: Agent,
    token: Option<Token>,
    repo: ApiRepo,
}

/// Why a transfer ended early.
enum Broken {
    /// Some bytes came; asking for the rest may help.
    Midway(String),
    /// What lies here does not go with what the hub has.
    Stale,
    Refused(Refusal),
}

impl From<ModelError> for Broken {
    fn from(error: ModelError) -> Self {
        Broken::Refused(error.into())
    }
}

impl Hub {
    pub(crate) fn new(sources: &Sources, entry: &ModelEntry) -> Result<Hub, Refusal> {
        // The cache is never touched: only the addresses are taken from the library.
        let mut api = ApiBuilder::from_cache(Cache::new(PathBuf::from("unused"))).with_progress(false);
        if let Some(endpoint) = &sources.hub_endpoint {
            api = api.with_endpoint(endpoint.clone());
        }
        let api = api.build().map_err(|error| Refusal::because(format!("the hub: {error}")))?;
        let agent = Agent::config_builder()
            .timeout_resolve(Some(RESOLVE))
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(FIRST_BYTE))
            .timeout_per_read(Some(SILENCE))
            .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
            .build()
            .into();
        Ok(Hub { agent, token: sources.hub_token.clone(), repo: api.repo(repo(entry)) })
    }

    /// Downloads a file to `part`, going on from what lies there. Gives the file with size and SHA-256 filled in as
    /// far as the hub knows them; the caller compares.
    pub(crate) fn fetch(
        &self,
        file: &ModelFile,
        part: &Path,
        control: &Control,
        progress: &Progress,
    ) -> Result<ModelFile, Refusal> {
        let url = self.repo.url(file.source_name());
        let expected = if file.size.is_some() && file.sha256.is_some() {
            file.clone()
        } else {
            self.ask(&url, file, control)?
        };
        if let (None, Some(size)) = (file.size, expected.size) {
            progress.set_total(progress.snapshot().total + size);
        }
        let mut counted = 0;
        let mut retries = 0;
        loop {
            match self.go_on(&url, &expected, part, control, progress, &mut counted) {
                Ok(()) => return Ok(expected),
                Err(Broken::Refused(refusal)) => return Err(refusal),
                Err(Broken::Stale) if retries < RETRIES => {
                    fs::remove_file(part).map_err(ModelError::io(part))?;
                }
                Err(Broken::Midway(_)) if retries < RETRIES => {}
                Err(Broken::Stale) => return Err(refused(&url, "it does not continue a download")),
                Err(Broken::Midway(reason)) => return Err(refused(&url, &reason)),
            }
            retries += 1;
            wait(PAUSE * retries, control)?;
        }
    }

    /// Asks for the size and, for large files, the SHA-256, without following the way to where the bytes lie.
    fn ask(&self, url: &str, file: &ModelFile, control: &Control) -> Result<ModelFile, Refusal> {
        let mut retries = 0;
        let answer = loop {
            let mut request = self.agent.head(url).config().max_redirects(0).build();
            if let Some(token) = &self.token {
                request = request.header("Authorization", token.bearer());
            }
            match request.call() {
                Err(ureq::Error::StatusCode(status)) if is_passing(status) && retries < RETRIES => {
                    retries += 1;
                    wait(PAUSE * retries, control)?;
                }
                answer => break answer.map_err(|error| refused(url, &error.to_string()))?,
            }
        };
        let etag = header(&answer, "x-linked-etag").or_else(|| header(&answer, "etag"));
        let sha256 = etag.map(|etag| etag.trim_start_matches("W/").trim_matches('"').to_owned());
        let own_size =
            if answer.status().is_redirection() { None } else { header(&answer, "content-length") };
        let size = header(&answer, "x-linked-size").or(own_size);
        Ok(ModelFile {
            name: file.name.clone(),
            pickled_as: file.pickled_as.clone(),
            size: file.size.or_else(|| size?.parse().ok()),
            sha256: file.sha256.clone().or_else(|| sha256.filter(|hash| is_sha256(hash))),
        })
    }

    fn go_on(
        &self,
        url: &str,
        file: &ModelFile,
        part: &Path,
        control: &Control,
        progress: &Progress,
        counted: &mut u64,
    ) -> Result<(), Broken> {
        let mut here = fs::metadata(part).map_or(0, |metadata| metadata.len());
        if here > 0 && Some(here) == file.size {
            count(progress, counted, here);
            return Ok(());
        }
        if file.size.is_some_and(|size| here > size) {
            return Err(Broken::Stale);
        }
        let mut request = self.agent.get(url).header("Accept-Encoding", "identity");
        if let Some(token) = &self.token {
            // Where the hub sends on to, it is not shown.
            request = request.header("Authorization", token.bearer());
        }
        if here > 0 {
            request = request.header("Range", format!("bytes={here}-"));
        }
        let answer = match request.call() {
            Ok(answer) => answer,
            Err(ureq::Error::StatusCode(416)) => return Err(Broken::Stale),
            Err(ureq::Error::StatusCode(status)) if is_passing(status) => {
                return Err(Broken::Midway(format!("it is busy ({status})")));
            }
            Err(error) => return Err(Broken::Refused(refused(url, &error.to_string()))),
        };
        if answer.status().as_u16() == 206 {
            let starts =
                header(&answer, "content-range").map(|range| range.starts_with(&format!("bytes {here}-")));
            if starts != Some(true) {
                return Err(Broken::Stale);
            }
        } else {
            here = 0;
        }
        let whole = file.size.or_else(|| {
            let rest: u64 = header(&answer, "content-length")?.parse().ok()?;
            Some(here + rest)
        });
        let mut target = OpenOptions::new()
            .create(true)
            .write(true)
            .append(here > 0)
            .truncate(here == 0)
            .open(part)
            .map_err(ModelError::io(part))?;
        let mut body = answer.into_body().into_reader();
        let mut buffer = vec![0u8; 1 << 16];
        let ended = loop {
            control.checkpoint().map_err(ModelError::from)?;
            count(progress, counted, here);
            match body.read(&mut buffer) {
                Ok(0) => break Ok(()),
                Ok(n) => target.write_all(&buffer[..n]).map_err(ModelError::io(part))?,
                Err(error) => break Err(error.to_string()),
            }
            here = target.metadata().map_err(ModelError::io(part))?.len();
        };
        target.sync_all().map_err(ModelError::io(part))?;
        match (ended, whole) {
            (Err(reason), _) => Err(Broken::Midway(reason)),
            (Ok(()), Some(whole)) if here < whole => {
                Err(Broken::Midway("the connection ended early".to_owned()))
            }
            (Ok(()), _) => Ok(()),
        }
    }
}

/// The files of a Hugging Face cache that may be this file, likeliest first. With a known SHA-256 any revision will
/// do; without one only the revision that the registry names.
pub(crate) fn cached(cache: &Path, entry: &ModelEntry, file: &ModelFile) -> Vec<PathBuf> {
    let layout = Cache::new(cache.to_owned()).repo(repo(entry));
    let mut found: Vec<PathBuf> = layout.get(file.source_name()).into_iter().collect();
    let snapshots = layout.pointer_path("");
    if let Some(revision) = &entry.revision {
        found.push(snapshots.join(revision).join(file.source_name()));
    }
    if file.sha256.is_some() {
        let others = fs::read_dir(&snapshots).into_iter().flatten().flatten();
        found.extend(others.map(|snapshot| snapshot.path().join(file.source_name())));
    }
    found.retain(|path| path.is_file());
    found
}

fn repo(entry: &ModelEntry) -> Repo {
    let revision = entry.revision.clone().unwrap_or_else(|| "main".to_owned());
    Repo::with_revision(entry.repo.clone(), RepoType::Model, revision)
}

fn header<'a>(answer: &'a Response<Body>, name: &str) -> Option<&'a str> {
    answer.headers().get(name)?.to_str().ok()
}

/// Whether a hub that answers so may answer otherwise in a moment.
fn is_passing(status: u16) -> bool {
    matches!(status, 429 | 500 | 502 | 503 | 504)
}

fn refused(url: &str, reason: &str) -> Refusal {
    Refusal::because(format!("the hub: {url}: {reason}"))
}

/// Counts each byte once, however often a download starts again.
fn count(progress: &Progress, counted: &mut u64, here: u64) {
    if here > *counted {
        progress.advance(here - *counted);
        *counted = here;
    }
}

fn wait(time: Duration, control: &Control) -> Result<(), ModelError> {
    const STEP: Duration = Duration::from_millis(100);
    for _ in 0..time.as_millis().div_ceil(STEP.as_millis()) {
        control.checkpoint()?;
        std::thread::sleep(STEP);
    }
    Ok(())
}
