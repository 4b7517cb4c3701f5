use tracing_subscriber::EnvFilter;

/// Logs to standard error. `CAIRN_LOG` chooses what (`info`, `cairn_engine=debug`); warnings without it.
/// Logs hold no text of the person's files.
pub fn start() {
    let filter = EnvFilter::try_from_env("CAIRN_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
