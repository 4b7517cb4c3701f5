//! `thumb://localhost/<content hash>?s=<side>`: pictures for the window, by content and never by path.

use std::sync::Arc;

use cairn_core::ContentHash;
use cairn_engine::{Engine, ThumbnailSide};
use tauri::http::{Method, Request, Response, StatusCode, header};

/// Answers one request. Blocks: a preview may have to be made first.
pub fn answer(engine: &Arc<Engine>, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
    let Some((hash, side)) = parse(request) else { return plain(StatusCode::BAD_REQUEST) };
    let path = match engine.thumbnail(&hash, side) {
        Ok(path) => path,
        Err(error) => {
            tracing::debug!(%hash, %error, "no thumbnail");
            return plain(StatusCode::NOT_FOUND);
        }
    };
    match std::fs::read(path) {
        Ok(bytes) => Response::builder()
            .header(header::CONTENT_TYPE, "image/jpeg")
            // A content hash never comes to mean another picture.
            .header(header::CACHE_CONTROL, "public, max-age=31536000, immutable")
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            .body(bytes)
            .unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR)),
        Err(_) => plain(StatusCode::NOT_FOUND),
    }
}

fn parse(request: &Request<Vec<u8>>) -> Option<(ContentHash, ThumbnailSide)> {
    if request.method() != Method::GET {
        return None;
    }
    let hash = request.uri().path().strip_prefix('/')?.parse().ok()?;
    let side = match request.uri().query() {
        None | Some("s=320") => ThumbnailSide::Tile,
        Some("s=1280") => ThumbnailSide::Preview,
        Some(_) => return None,
    };
    Some((hash, side))
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

    fn parsed(method: &str, uri: &str) -> Option<ThumbnailSide> {
        let request = Request::builder().method(method).uri(uri).body(Vec::new()).unwrap();
        parse(&request).map(|(_, side)| side)
    }

    #[test]
    fn only_a_hash_and_a_known_side_are_understood() {
        let hash = "ab".repeat(32);
        let uri = |rest: &str| format!("thumb://localhost/{rest}");
        assert_eq!(parsed("GET", &uri(&hash)), Some(ThumbnailSide::Tile));
        assert_eq!(parsed("GET", &uri(&format!("{hash}?s=1280"))), Some(ThumbnailSide::Preview));
        for bad in [
            String::new(),
            "../library.db".into(),
            format!("{hash}/.."),
            format!("{hash}?s=99999"),
            format!("..%2f{hash}"),
            hash.to_uppercase(),
        ] {
            assert_eq!(parsed("GET", &uri(&bad)), None, "{bad}");
        }
        assert_eq!(parsed("POST", &uri(&hash)), None);
    }
}
