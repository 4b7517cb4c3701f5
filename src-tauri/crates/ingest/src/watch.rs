//! Changes below folders, as they happen: told in bursts, once things have calmed down.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::rules::{GITIGNORE, RootRules, Rules};

/// A burst is over when nothing has happened for this long.
const QUIET: Duration = Duration::from_millis(1000);
/// A burst that does not end is told after this long.
const LONGEST: Duration = Duration::from_secs(5);
/// More paths than this in one burst (a git checkout, a restored backup), and everything is looked at.
const MOST_PATHS: usize = 2000;
/// Events get lost, and network drives send none: everything is looked at this often.
const LOOK_AGAIN: Duration = Duration::from_secs(60 * 60);
/// A folder that is not there (an unplugged drive) is looked for this often.
const LOOK_FOR_MISSING: Duration = Duration::from_secs(15);

/// What may have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changes {
    /// At or below these paths; none lies below another.
    Paths(Vec<PathBuf>),
    /// Anywhere.
    Everything,
}

/// Watches folders until it is dropped.
#[derive(Debug)]
pub struct Watch {
    messages: Sender<Message>,
    thread: Option<JoinHandle<()>>,
}

enum Message {
    /// Who adds waits for the answer.
    Add(PathBuf, Sender<()>),
    Remove(PathBuf),
    Event(notify::Result<Event>),
    Stop,
}

impl Watch {
    /// Calls `on` for every burst of changes, from a thread of its own. What it does should be short: to note them
    /// for later. What `rules` leave out is not watched, nor what lies below `never`: whoever writes there when told of
    /// changes would be told for ever.
    ///
    /// # Errors
    /// Where the system has no way to watch.
    pub fn start(
        rules: Rules,
        never: Vec<PathBuf>,
        on: impl FnMut(Changes) + Send + 'static,
    ) -> std::io::Result<Watch> {
        let (messages, received) = channel();
        let events = messages.clone();
        let watcher = notify::recommended_watcher(move |event| {
            let _ = events.send(Message::Event(event));
        });
        let watcher = watcher.map_err(std::io::Error::other)?;
        let state = State {
            watcher,
            rules,
            never,
            roots: Vec::new(),
            missing: Vec::new(),
            changed: Burst::default(),
        };
        let thread =
            std::thread::Builder::new().name("watch".into()).spawn(move || state.run(&received, on))?;
        Ok(Watch { messages, thread: Some(thread) })
    }

    /// Watches a folder (or a file): when this returns, nothing that happens there goes unseen. One that is not there is
    /// watched once it is.
    pub fn add(&self, root: &Path) {
        let (done, watched) = channel();
        if self.messages.send(Message::Add(root.to_path_buf(), done)).is_ok() {
            let _ = watched.recv();
        }
    }

    /// Watches it no more.
    pub fn remove(&self, root: &Path) {
        let _ = self.messages.send(Message::Remove(root.to_path_buf()));
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.messages.send(Message::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct State {
    watcher: RecommendedWatcher,
    rules: Rules,
    never: Vec<PathBuf>,
    roots: Vec<(PathBuf, RootRules)>,
    /// Roots that were not there when they were to be watched.
    missing: Vec<PathBuf>,
    changed: Burst,
}

#[derive(Default)]
struct Burst {
    paths: BTreeSet<PathBuf>,
    everything: bool,
    begun: Option<Instant>,
    last: Option<Instant>,
}

impl State {
    fn run(mut self, messages: &Receiver<Message>, mut on: impl FnMut(Changes)) {
        let mut look_again = Instant::now() + LOOK_AGAIN;
        loop {
            let wait = self.until(look_again).saturating_duration_since(Instant::now());
            match messages.recv_timeout(wait) {
                Ok(Message::Add(root, done)) => {
                    self.add(root);
                    let _ = done.send(());
                }
                Ok(Message::Remove(root)) => self.remove(&root),
                Ok(Message::Event(event)) => self.note(event),
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    self.find_missing();
                    if Instant::now() >= look_again {
                        look_again = Instant::now() + LOOK_AGAIN;
                        self.changed.note_everything();
                    }
                }
            }
            if self.changed.deadline().is_some_and(|deadline| Instant::now() >= deadline) {
                on(std::mem::take(&mut self.changed).into_changes());
            }
        }
    }

    /// When there is something to do, if nothing happens.
    fn until(&self, look_again: Instant) -> Instant {
        let missing = (!self.missing.is_empty()).then(|| Instant::now() + LOOK_FOR_MISSING);
        [self.changed.deadline(), missing].into_iter().flatten().fold(look_again, Instant::min)
    }

    fn add(&mut self, root: PathBuf) {
        if self.roots.iter().all(|(known, _)| *known != root) {
            let rules = self.rules.below(&root);
            if root.symlink_metadata().is_ok() {
                self.watch(&root, &rules);
            } else {
                self.missing.push(root.clone());
            }
            self.roots.push((root, rules));
        }
    }

    fn remove(&mut self, root: &Path) {
        self.roots.retain(|(known, _)| known != root);
        self.missing.retain(|known| known != root);
        // What lies below it stays watched until the program ends, unheard: `note` knows the roots.
        let _ = self.watcher.unwatch(root);
    }

    fn find_missing(&mut self) {
        let (back, missing) = std::mem::take(&mut self.missing)
            .into_iter()
            .partition(|root: &PathBuf| root.symlink_metadata().is_ok());
        self.missing = missing;
        for root in Vec::from_iter::<Vec<PathBuf>>(back) {
            let rules = self.rules.below(&root);
            self.watch(&root, &rules);
            self.changed.note(root);
        }
    }

    /// On Linux each folder is watched by itself, so that none of those that are left out takes one of the watches, of which
    /// the system has a limited number.
    fn watch(&mut self, at: &Path, rules: &RootRules) {
        if !cfg!(target_os = "linux") {
            self.watch_one(at, RecursiveMode::Recursive);
            return;
        }
        // A folder is watched before it is listed: one that is made meanwhile is in the list or in an event.
        let mut folders = vec![at.to_path_buf()];
        while let Some(folder) = folders.pop() {
            if !self.watch_one(&folder, RecursiveMode::NonRecursive) {
                return;
            }
            let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
            let below = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
            folders.extend(
                below
                    .map(|entry| entry.path())
                    .filter(|path| !rules.leaves_out(path, true) && !self.is_never(path)),
            );
        }
    }

    fn is_never(&self, path: &Path) -> bool {
        self.never.iter().any(|never| path.starts_with(never))
    }

    /// Whether it makes sense to go on.
    fn watch_one(&mut self, folder: &Path, mode: RecursiveMode) -> bool {
        match self.watcher.watch(folder, mode) {
            Err(error) if !matches!(error.kind, notify::ErrorKind::PathNotFound) => {
                let folder = folder.display();
                tracing::warn!(%folder, %error, "a folder cannot be watched; it is looked at now and then");
                false
            }
            _ => true,
        }
    }

    fn note(&mut self, event: notify::Result<Event>) {
        let event = match event {
            Ok(event) if event.need_rescan() => return self.changed.note_everything(),
            Ok(event) if matches!(event.kind, EventKind::Access(_)) => return,
            Ok(event) => event,
            Err(error) => {
                tracing::warn!(%error, "watching folders failed once");
                return self.changed.note_everything();
            }
        };
        for path in event.paths {
            let Some(at) = self.roots.iter().position(|(root, _)| path.starts_with(root)) else { continue };
            if self.rules.obeys_gitignore() && path.file_name().is_some_and(|name| name == GITIGNORE) {
                self.roots[at].1 = self.rules.below(&self.roots[at].0);
                self.changed.note(path.parent().unwrap_or(&path).to_path_buf());
                continue;
            }
            let (root, rules) = self.roots[at].clone();
            let is_folder = path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
            if rules.leaves_out_below(&path, is_folder) || self.is_never(&path) {
                continue;
            }
            if path == root && !root.exists() {
                // It comes back, perhaps, and is another one then.
                self.missing.push(root);
                continue;
            }
            if is_folder && !matches!(event.kind, EventKind::Modify(notify::event::ModifyKind::Metadata(_))) {
                self.watch(&path, &rules);
            }
            self.changed.note(path);
        }
    }
}

impl Burst {
    fn note(&mut self, path: PathBuf) {
        self.happen();
        self.paths.insert(path);
        if self.paths.len() > MOST_PATHS {
            self.note_everything();
        }
    }

    fn note_everything(&mut self) {
        self.happen();
        self.everything = true;
        self.paths.clear();
    }

    fn happen(&mut self) {
        let now = Instant::now();
        self.begun.get_or_insert(now);
        self.last = Some(now);
    }

    fn deadline(&self) -> Option<Instant> {
        Some((self.last? + QUIET).min(self.begun? + LONGEST))
    }

    fn into_changes(self) -> Changes {
        if self.everything {
            return Changes::Everything;
        }
        let mut paths: Vec<PathBuf> = Vec::with_capacity(self.paths.len());
        // In order, so that a folder comes before all that lies in it.
        for path in self.paths {
            if !paths.last().is_some_and(|last| path.starts_with(last)) {
                paths.push(path);
            }
        }
        Changes::Paths(paths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_becomes_the_fewest_paths() {
        let mut burst = Burst::default();
        for path in ["/a/b/c", "/a/b", "/a/b2", "/a/b/d/e", "/z"] {
            burst.note(path.into());
        }
        let expected = ["/a/b", "/a/b2", "/z"].map(PathBuf::from).to_vec();
        assert_eq!(burst.into_changes(), Changes::Paths(expected));
        let mut burst = Burst::default();
        for number in 0..=MOST_PATHS {
            burst.note(format!("/a/{number}").into());
        }
        assert_eq!(burst.into_changes(), Changes::Everything);
    }
}
