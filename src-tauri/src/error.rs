use cairn_core::Class;
use cairn_engine::EngineError;
use serde::Serialize;

/// What a command's caller in the window gets instead of a value.
#[derive(Debug, Serialize)]
pub struct CommandError {
    code: Class,
    message: String,
    detail: Option<String>,
}

impl CommandError {
    pub fn user(message: impl Into<String>) -> Self {
        CommandError { code: Class::User, message: message.into(), detail: None }
    }

    pub fn io(message: impl Into<String>, cause: impl std::fmt::Display) -> Self {
        CommandError { code: Class::Io, message: message.into(), detail: Some(cause.to_string()) }
    }

    pub fn internal(message: impl Into<String>) -> Self {
        CommandError { code: Class::Internal, message: message.into(), detail: None }
    }
}

impl From<EngineError> for CommandError {
    fn from(error: EngineError) -> Self {
        CommandError { code: error.class(), message: error.message().to_owned(), detail: error.detail() }
    }
}

pub type CommandResult<T> = Result<T, CommandError>;
