//! A client of the W3C WebDriver protocol (<https://www.w3.org/TR/webdriver2/>), as much as the window needs.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// The key under which WebDriver passes an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Longest time for one command; a page that is busy for longer is a defect.
const COMMAND: Duration = Duration::from_secs(120);

/// What the driver refused, in its own words.
#[derive(Debug)]
pub struct Refused {
    /// Error code of the protocol: "no such element", "stale element reference", ...
    pub code: String,
    /// The driver's explanation.
    pub message: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WebDriver: {}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refused {}

/// One open session with a driver on the loopback interface.
#[derive(Debug)]
pub struct Session {
    agent: ureq::Agent,
    base: String,
}

impl Session {
    /// Asks the driver that listens on `port` for a session with a browser of these `capabilities`.
    ///
    /// No browser name is sent: the driver of WebKitGTK refuses it for programs that are not its own browser.
    pub fn open(port: u16, capabilities: &Value) -> Result<Self> {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(COMMAND))
            .http_status_as_error(false)
            .proxy(None)
            .build();
        let mut session = Self { agent: config.into(), base: format!("http://127.0.0.1:{port}/session") };
        let request = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let answer = session.post("", &request).context("the driver opened no session")?;
        let Some(id) = answer["sessionId"].as_str() else { bail!("session without an id: {answer}") };
        session.base = format!("{}/{id}", session.base);
        Ok(session)
    }

    /// `GET` of a path below the session.
    pub fn get(&self, path: &str) -> Result<Value> {
        value(self.agent.get(format!("{}{path}", self.base)).call())
    }

    /// `POST` of a path below the session.
    pub fn post(&self, path: &str, body: &Value) -> Result<Value> {
        value(self.agent.post(format!("{}{path}", self.base)).send_json(body))
    }

    /// `DELETE` of a path below the session; the empty path ends the session and the browser.
    pub fn delete(&self, path: &str) -> Result<Value> {
        value(self.agent.delete(format!("{}{path}", self.base)).call())
    }
}

/// Ids of the elements in an answer.
pub fn element_ids(answer: &Value) -> Vec<String> {
    let list = answer.as_array().map_or(std::slice::from_ref(answer), Vec::as_slice);
    list.iter().filter_map(|element| element[ELEMENT].as_str().map(str::to_owned)).collect()
}

/// An element as an argument of a script.
pub fn element_argument(id: &str) -> Value {
    json!({ ELEMENT: id })
}

fn value(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Value> {
    let mut answer = answer.context("the driver does not answer")?;
    let status = answer.status();
    let mut body: Value = answer
        .body_mut()
        .with_config()
        .limit(256 * 1024 * 1024)
        .read_json()
        .with_context(|| format!("the driver's answer ({status}) is no JSON"))?;
    let value = body["value"].take();
    if status.is_success() {
        return Ok(value);
    }
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    Err(Refused { code: text("error"), message: text("message") }.into())
}
