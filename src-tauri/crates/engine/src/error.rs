use cairn_core::{Cancelled, Class};

/// An error that a shell shows: who must act, one plain sentence, and the chain of causes for whoever wants
/// to know more.
#[derive(Debug)]
pub struct EngineError {
    class: Class,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl EngineError {
    /// Who must act.
    pub fn class(&self) -> Class {
        self.class
    }

    /// One sentence for a person.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The chain of causes, where there is one.
    pub fn detail(&self) -> Option<String> {
        let mut next: Option<&(dyn std::error::Error + 'static)> =
            self.source.as_deref().map(|error| error as &(dyn std::error::Error + 'static));
        let mut parts: Vec<String> = Vec::new();
        while let Some(error) = next {
            let text = error.to_string();
            if parts.last() != Some(&text) {
                parts.push(text);
            }
            next = error.source();
        }
        (!parts.is_empty()).then(|| parts.join(": "))
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.class == Class::Cancelled
    }

    pub(crate) fn new(class: Class, message: impl Into<String>) -> Self {
        EngineError { class, message: message.into(), source: None }
    }

    pub(crate) fn user(message: impl Into<String>) -> Self {
        Self::new(Class::User, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Class::NotFound, message)
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(Class::Internal, message)
    }

    pub(crate) fn model_missing(message: impl Into<String>) -> Self {
        Self::new(Class::ModelMissing, message)
    }

    pub(crate) fn io(action: &str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(Class::Io, format!("Could not {action}.")).caused_by(source)
    }

    pub(crate) fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl std::fmt::Display for EngineError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        match self.detail() {
            Some(detail) => write!(f, " ({detail})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for EngineError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|error| error as _)
    }
}

impl From<Cancelled> for EngineError {
    fn from(_: Cancelled) -> Self {
        EngineError::new(Class::Cancelled, "Stopped.")
    }
}
