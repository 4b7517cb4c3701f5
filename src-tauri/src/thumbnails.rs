//! `thumb://localhost/<content hash>?s=<side>`, or `?p=<page>`: pictures for the window, by content and never by path.

use std::path::Path;
use std::sync::Arc;

use cairn_core::ContentHash;
use cairn_engine::{Engine, ThumbnailSide};
use tauri::http::{Method, Request, Response, StatusCode, header};

/// What picture is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Photo(ThumbnailSide),
    /// A document's page, counted from 1.
    Page(u32),
}

/// Answers one request. Blocks: a preview may have to be made first.
pub fn answer(engine: &Arc<Engine>, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
    let Some((hash, wanted)) = parse(request) else { return plain(StatusCode::BAD_REQUEST) };
    let found = match wanted {
        Wanted::Photo(side) => engine.thumbnail(&hash, side),
        Wanted::Page(page) => engine.page(&hash, page),
    };
    match found {
        // A content hash never comes to mean another picture.
        Ok(path) => jpeg(&path, "public, max-age=31536000, immutable"),
        Err(error) => {
            tracing::debug!(%hash, %error, "no picture");
            // A photo on a drive that is not connected is shown by its thumbnail, until it can be shown better.
            match (wanted, engine.thumbnail(&hash, ThumbnailSide::Tile)) {
                (Wanted::Photo(ThumbnailSide::Preview), Ok(tile)) => jpeg(&tile, "no-store"),
                _ => plain(StatusCode::NOT_FOUND),
            }
        }
    }
}

fn jpeg(path: &Path, cached: &str) -> Response<Vec<u8>> {
    match std::fs::read(path) {
        Ok(bytes) => Response::builder()
            .header(header::CONTENT_TYPE, "image/jpeg")
            .header(header::CACHE_CONTROL, cached)
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            .body(bytes)
            .unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR)),
        Err(_) => plain(StatusCode::NOT_FOUND),
    }
}

fn parse(request: &Request<Vec<u8>>) -> Option<(ContentHash, Wanted)> {
    if request.method() != Method::GET {
        return None;
    }
    let hash = request.uri().path().strip_prefix('/')?.parse().ok()?;
    let wanted = match request.uri().query() {
        None | Some("s=320") => Wanted::Photo(ThumbnailSide::Tile),
        Some("s=1280") => Wanted::Photo(ThumbnailSide::Preview),
        Some(query) => Wanted::Page(query.strip_prefix("p=")?.parse().ok().filter(|page| *page > 0)?),
    };
    Some((hash, wanted))
}

fn plain(status: StatusCode) -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn parsed(method: &str, uri: &str) -> Option<Wanted> {
        let request = Request::builder().method(method).uri(uri).body(Vec::new()).unwrap();
        parse(&request).map(|(_, wanted)| wanted)
    }

    #[test]
    fn only_a_hash_and_a_known_side_are_understood() {
        let hash = "ab".repeat(32);
        let uri = |rest: &str| format!("thumb://localhost/{rest}");
        assert_eq!(parsed("GET", &uri(&hash)), Some(Wanted::Photo(ThumbnailSide::Tile)));
        let preview = Some(Wanted::Photo(ThumbnailSide::Preview));
        assert_eq!(parsed("GET", &uri(&format!("{hash}?s=1280"))), preview);
        assert_eq!(parsed("GET", &uri(&format!("{hash}?p=12"))), Some(Wanted::Page(12)));
        for bad in [
            String::new(),
            "../library.db".into(),
            format!("{hash}/.."),
            format!("{hash}?s=99999"),
            format!("{hash}?p=0"),
            format!("{hash}?p=-1"),
            format!("..%2f{hash}"),
            hash.to_uppercase(),
        ] {
            assert_eq!(parsed("GET", &uri(&bad)), None, "{bad}");
        }
        assert_eq!(parsed("POST", &uri(&hash)), None);
    }
}
