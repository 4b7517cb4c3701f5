//! Looks after what is derived from the vectors: compares the library, the index in memory and its snapshot, repairs, and
//! says what it found.

use cairn_core::{Control, Progress};

use crate::api::Examined;
use crate::engine::Inner;
use crate::error::EngineError;

impl Inner {
    /// Compares the database with itself, and each space's index and snapshot with the database; builds the index again
    /// where they differ.
    pub(crate) fn doctor(&self) -> Result<Vec<Examined>, EngineError> {
        let mut examined = vec![self.examine_database()?];
        for space in self.spaces() {
            // A job that is under way would change what is being compared.
            let found = space.examine(&self.store)?;
            let mut problems = found.problems();
            let sound = problems.is_empty();
            if found.needs_building() {
                space.build(&self.store, found.shape, &Control::new(), &Progress::default())?;
                let rest = space.examine(&self.store)?.problems();
                problems.push(if rest.is_empty() {
                    "the index was built again from the library, and is sound now".into()
                } else {
                    format!("the index was built again, and this is left: {}", rest.join("; "))
                });
            }
            let what = format!("{} vectors of {}", space.space.name(), space.model.id);
            examined.push(Examined { what, sound, told: told(problems, found.summary()) });
        }
        Ok(examined)
    }

    fn examine_database(&self) -> Result<Examined, EngineError> {
        let problems = self.store.check()?;
        let sound = problems.is_empty();
        let remedy = "close Cairn, copy the library's folder to a safe place, and index again into a new one";
        let told = if sound {
            vec!["whole".to_owned()]
        } else {
            problems.into_iter().chain([remedy.to_owned()]).collect()
        };
        Ok(Examined { what: "database".into(), sound, told })
    }
}

fn told(problems: Vec<String>, summary: String) -> Vec<String> {
    if problems.is_empty() { vec![summary] } else { problems }
}
