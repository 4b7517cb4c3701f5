//! Text in photos and on the pages of scanned documents, recognised by the system's Tesseract. Off until a person asks for it: it takes a second or more for each
//! picture, where everything else takes a few milliseconds.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use cairn_core::{Cancelled, ContentId, Control, Kind, Problem};
use cairn_ingest::{Document, OCR_PAGE_SIDE, OCR_SIDE, Tesseract, Worker};
use cairn_store::{NewPassage, Removed};

use crate::api::OcrView;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::jobs::JobContext;

/// Pages of a document that are looked at: at a second or two each, this is ten minutes.
const MOST_PAGES: usize = 300;
/// Pages of a document that may fail, each after half a minute in the worst case.
const FAILED_PAGES: usize = 3;
/// Photos taken from the store at a time.
const FETCH: usize = 32;

/// Who reads, and in which languages.
pub(crate) struct Recogniser {
    tesseract: Tesseract,
    languages: Vec<String>,
}

impl Recogniser {
    /// As it is noted with what was read: "eng+deu".
    pub(crate) fn languages(&self) -> String {
        self.languages.join("+")
    }

    /// The text of a PDF that has none, page by page. `None`: it is no PDF, or no text is to be seen either.
    pub(crate) fn document(
        &self,
        worker: &mut Worker,
        path: &Path,
        control: &Control,
    ) -> Result<Option<Document>, Cancelled> {
        let (mut text, mut page_starts) = (String::new(), Vec::new());
        let (mut count, mut failed) = (1, 0);
        while page_starts.len() < count.min(MOST_PAGES) {
            control.checkpoint()?;
            let page = worker.page(path, page_starts.len(), OCR_PAGE_SIDE);
            page_starts.push(text.len());
            match page {
                Ok((picture, pages)) => {
                    count = pages;
                    let read = self.tesseract.read(&picture, &self.languages);
                    text.push_str(&read.ok().flatten().unwrap_or_default());
                    text.push_str("\n\n");
                }
                Err(_) if page_starts.len() == 1 => return Ok(None),
                // A page that cannot be drawn is no reason to lose the others; many of them are a reason to stop.
                Err(problem) => {
                    tracing::debug!(path = %path.display(), detail = problem.detail, "a page was not drawn");
                    failed += 1;
                    if failed > FAILED_PAGES {
                        break;
                    }
                }
            }
        }
        let found = text.chars().any(char::is_alphanumeric);
        Ok(found.then_some(Document {
            kind: Kind::Pdf,
            title: None,
            text,
            author: None,
            written_ms: None,
            page_starts,
            truncated: count > MOST_PAGES,
        }))
    }

    fn text(&self, worker: &mut Worker, photo: &Path) -> Result<String, Problem> {
        let picture = worker.picture(photo, OCR_SIDE)?;
        Ok(self.tesseract.read(&picture, &self.languages)?.unwrap_or_default())
    }
}

impl Inner {
    /// Whether text in pictures is read, and what is there to read it with.
    pub(crate) fn ocr(&self) -> Result<OcrView, EngineError> {
        let chosen = self.store.settings()?.ocr;
        let tesseract = Tesseract::find();
        Ok(OcrView {
            version: tesseract.as_ref().map(|tesseract| tesseract.version.clone()),
            languages: tesseract.map(|tesseract| tesseract.languages).unwrap_or_default(),
            chosen,
            photos_with_text: self.store.photos_with_text()?,
            photos_waiting: self.store.unread_photos_count()?,
        })
    }

    /// Reads text in pictures from now on, in these languages; `None`: no more. Text that was found stays.
    pub(crate) fn set_ocr(self: &Arc<Self>, languages: Option<Vec<String>>) -> Result<(), EngineError> {
        let mut settings = self.store.settings()?;
        settings.ocr = languages;
        if settings.ocr.is_some() {
            let recogniser = recogniser(settings.ocr.as_deref())?;
            let passages = self.store.forget_text_of_photos(&recogniser.languages())?;
            self.remove_from_indexes(&Removed { passages, ..Removed::default() })?;
            self.store.requeue_without_text()?;
        }
        self.store.set_settings(&settings)?;
        self.changed();
        if settings.ocr.is_some() { self.queue_embedding() } else { Ok(()) }
    }

    /// `None`: text in pictures is not to be read, or cannot be any more (said in the log: the rest of the work goes on).
    pub(crate) fn recogniser(&self) -> Result<Option<Recogniser>, EngineError> {
        let chosen = self.store.settings()?.ocr;
        if chosen.is_none() {
            return Ok(None);
        }
        Ok(recogniser(chosen.as_deref())
            .inspect_err(|error| tracing::warn!(%error, "text in pictures is not read"))
            .ok())
    }

    /// Looks through every photo for text that was not looked through. Its text then waits for vectors. Tells whether there were any.
    pub(crate) fn read_text_in_photos(&self, job: &JobContext) -> Result<bool, EngineError> {
        let wanted = self.store.settings()?.ocr.is_some();
        let waiting = if wanted { self.store.unread_photos_count()? } else { 0 };
        if waiting == 0 {
            return Ok(false);
        }
        let Some(recogniser) = self.recogniser()? else { return Ok(false) };
        job.progress.set_unit("photos");
        job.progress.start_phase("Reading text in photos", waiting);
        let queue = Mutex::new((ContentId(i64::MIN), VecDeque::<(ContentId, PathBuf)>::new()));
        let next = || -> Result<Option<_>, EngineError> {
            let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
            let (last, photos) = &mut *queue;
            if photos.is_empty() {
                photos.extend(self.store.unread_photos(*last, FETCH)?);
            }
            let photo = photos.pop_front();
            *last = photo.as_ref().map_or(*last, |(photo, _)| *photo);
            Ok(photo)
        };
        let read = || -> Result<(), EngineError> {
            let mut worker = self.start_worker()?;
            while let Some((photo, path)) = next()? {
                self.may_go_on(job)?;
                self.read_text_in_photo(&recogniser, &mut worker, photo, &path, job)?;
                job.progress.advance(1);
                self.changed_lately();
            }
            Ok(())
        };
        let threads = self.pace.cores();
        std::thread::scope(|scope| {
            let readers: Vec<_> = (0..threads).map(|_| scope.spawn(read)).collect();
            readers.into_iter().try_for_each(|reader| {
                reader.join().unwrap_or_else(|_| {
                    Err(EngineError::internal("reading text in photos stopped by a mistake of Cairn's"))
                })
            })
        })?;
        Ok(true)
    }

    fn read_text_in_photo(
        &self,
        recogniser: &Recogniser,
        worker: &mut Worker,
        photo: ContentId,
        path: &Path,
        job: &JobContext,
    ) -> Result<(), EngineError> {
        if let Some(name) = path.file_name() {
            job.progress.set_item(&name.to_string_lossy());
        }
        let passages: Vec<NewPassage> = match recogniser.text(worker, path) {
            Ok(text) => self.passages_of_text(&text, &[]),
            Err(problem) if problem.code.may_pass() => {
                tracing::debug!(path = %path.display(), detail = problem.detail, "not looked through for text now");
                return Ok(());
            }
            // It has its thumbnail and its vector; that its text could not be read is no reason to try for ever.
            Err(problem) => {
                tracing::debug!(path = %path.display(), detail = problem.detail, "no text could be read");
                Vec::new()
            }
        };
        self.store.put_text_of_photo(photo, &recogniser.languages(), passages)?;
        Ok(())
    }
}

fn recogniser(languages: Option<&[String]>) -> Result<Recogniser, EngineError> {
    let languages = languages.unwrap_or_default().to_vec();
    let Some(tesseract) = Tesseract::find() else {
        return Err(EngineError::user(
            "Text in pictures is read by Tesseract, which was not found on this computer. Install it (Debian and Ubuntu: \
             tesseract-ocr, and tesseract-ocr-deu for German and so on; Fedora: tesseract; macOS: brew install tesseract; \
             Windows: the installer of UB Mannheim), then switch this on again."
                .to_owned(),
        ));
    };
    let missing: Vec<&str> = languages
        .iter()
        .filter(|language| !tesseract.languages.contains(language))
        .map(String::as_str)
        .collect();
    if languages.is_empty() || !missing.is_empty() {
        return Err(EngineError::user(format!(
            "Choose languages that Tesseract can read here: {}.{}",
            tesseract.languages.join(", "),
            if missing.is_empty() {
                String::new()
            } else {
                format!(" It has no data for {}.", missing.join(", "))
            }
        )));
    }
    Ok(Recogniser { tesseract, languages })
}
