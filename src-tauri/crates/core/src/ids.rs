use serde::{Deserialize, Serialize};
use ts_rs::TS;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A folder (or single file) that the person added.
    RootId
);
id!(
    /// One path on disk that the library knows.
    FileId
);
id!(
    /// What a file holds: one row for each distinct pair of bytes and pipeline version. Copies of a file
    /// share it. It is also the key of a photo in the photo space.
    ContentId
);
id!(
    /// One passage (chunk) of a content. It is also the key in the text space.
    PassageId
);
id!(
    /// One long piece of work.
    JobId
);
