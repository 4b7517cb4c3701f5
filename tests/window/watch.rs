//! What must never happen in the window, whatever a test does.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use cairn_tests::window::Window;
use serde_json::Value;

/// From now on the page keeps what its policy refused and every error that nothing caught.
pub fn begin(window: &Window) -> Result<()> {
    let script = r"
        const seen = window.seenByTest = [];
        addEventListener('securitypolicyviolation', (e) =>
            seen.push(`policy: ${e.effectiveDirective} refused ${e.blockedURI} ${e.sample} at ${e.sourceFile}:${e.lineNumber}`));
        addEventListener('error', (e) => seen.push(`error: ${e.message} at ${e.filename}:${e.lineno}`));
        addEventListener('unhandledrejection', (e) => seen.push(`rejection: ${e.reason?.message ?? JSON.stringify(e.reason)}`));
    ";
    window.execute(script, &[])?;
    Ok(())
}

/// Nothing was refused and no error went uncaught since [`begin`].
pub fn nothing_wrong(window: &Window) -> Result<()> {
    let seen = window.execute("return window.seenByTest", &[])?;
    ensure!(seen == Value::Array(Vec::new()), "in the page: {seen:#}");
    Ok(())
}

/// What axe-core finds in the page as it is drawn now, contrast included: WCAG 2.2 A and AA.
pub fn accessible(window: &Window, what: &str) -> Result<()> {
    let path = cairn_tests::repository().join("ui/node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(&path)
        .with_context(|| format!("{}: `cargo xtask test` installs it", Path::new(&path).display()))?;
    let script = format!(
        "{axe};
        const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
        return axe.run(document, {{ runOnly: tags }}).then(({{ violations }}) => violations.flatMap((rule) =>
            rule.nodes.map((node) => `${{rule.id}}: ${{node.target}}: ${{node.failureSummary}}`)));"
    );
    let found = window.execute(&script, &[])?;
    ensure!(found == Value::Array(Vec::new()), "{what} is not accessible: {found:#}");
    Ok(())
}
