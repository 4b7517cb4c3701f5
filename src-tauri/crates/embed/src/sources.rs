use std::ffi::OsString;
use std::path::PathBuf;

/// Where models may come from. [`Sources::from_env`] for the person at the machine; a test writes its own.
#[derive(Debug, Clone)]
pub struct Sources {
    /// Root of a model hub other than the usual one, without a slash at its end.
    pub hub_endpoint: Option<String>,
    /// A Hugging Face cache that other programs filled. It is only read.
    pub hub_cache: Option<PathBuf>,
    /// Use no network at all: neither the hub nor a package registry.
    pub offline: bool,
    /// What the hub is shown, for models that not everybody may have.
    pub hub_token: Option<Token>,
    /// The command that runs pip, as words; `None`: no pip.
    pub pip: Option<Vec<OsString>>,
}

/// A secret. It is not printed, and goes to the hub alone.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// As the hub gave it.
    pub fn new(token: String) -> Self {
        Token(token)
    }

    /// The value of the header that shows it.
    pub(crate) fn bearer(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(..)")
    }
}

impl Sources {
    /// As the environment says: `HF_ENDPOINT`, `HF_HUB_OFFLINE`, `HF_TOKEN`, and for the cache `HF_HUB_CACHE`, else
    /// `HF_HOME`, else its usual place in the home folder.
    pub fn from_env() -> Self {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let python = if cfg!(windows) { "python" } else { "python3" };
        Sources {
            hub_endpoint: variable("HF_ENDPOINT").map(|url| url.trim_end_matches('/').to_owned()),
            hub_cache: variable("HF_HUB_CACHE").map(PathBuf::from).or_else(usual_cache),
            offline: variable("HF_HUB_OFFLINE").is_some_and(|value| is_yes(&value)),
            hub_token: variable("HF_TOKEN").map(|token| Token::new(token.trim().to_owned())),
            pip: Some([python, "-m", "pip"].map(OsString::from).to_vec()),
        }
    }
}

fn usual_cache() -> Option<PathBuf> {
    // hf-hub panics where there is neither `HF_HOME` nor a home folder.
    let home_known = ["HF_HOME", "HOME", "USERPROFILE"].iter().any(|name| std::env::var_os(name).is_some());
    home_known.then(|| hf_hub::Cache::from_env().path().clone())
}

fn is_yes(value: &str) -> bool {
    matches!(value.trim().to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on")
}
