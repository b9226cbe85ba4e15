//! The web client: built by `web/`, carried in the binary (read from the disk in debug builds).
//! Hashed names are kept for ever; page addresses get the one page, other unknown ones a 404.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest, Sha256};

use super::security::base64;
use crate::error::Error;

/// The built client. The folder may be missing: the server then says so (503).
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/web/build"]
#[allow_missing = true]
struct Client;

/// The page that loads the client.
const INDEX: &str = "index.html";
/// Where names carry a hash of their content.
const HASHED: &str = "_app/immutable/";
/// First words of the pages' addresses; any other page does not exist.
const PAGES: [&str; 16] = [
    "",
    "actions",
    "connexion",
    "installation",
    "invitation",
    "chantiers",
    "propositions",
    "bureau",
    "copil",
    "enveloppes",
    "compte",
    "administration",
    "recherche",
    "accessibilite",
    "aide",
    "verifier",
];
/// Addresses that never get a page: programs read them.
const PROGRAMS: [&str; 5] = ["api", "ws", "healthz", "readyz", "metrics"];

/// Answers every address that no route has.
pub async fn answer(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let first = path.split('/').next().unwrap_or_default();
    if PROGRAMS.contains(&first) {
        return Error::NotFound.into_response();
    }
    let is_variant = path.ends_with(".br") || path.ends_with(".gz");
    let file = if path.is_empty() || path == INDEX || is_variant {
        None
    } else {
        Client::get(path)
    };
    let is_asset = file.is_some() || path.starts_with("_app/") || path.contains('.');
    if method != Method::GET && method != Method::HEAD {
        return Error::MethodNotAllowed.into_response();
    }
    match file {
        Some(file) => asset(path, &file, &headers),
        None if is_asset => Error::NotFound.into_response(),
        None => page(first, &headers),
    }
}

/// The one page, with the status of its address.
fn page(first: &str, headers: &HeaderMap) -> Response {
    let Some(index) = Client::get(INDEX) else {
        let told = "The web client was not built: run `make run`, or `npm run build` in web/.\n";
        return (StatusCode::SERVICE_UNAVAILABLE, told).into_response();
    };
    let known = PAGES.contains(&first);
    let policy = policy(&String::from_utf8_lossy(&index.data));
    let mut response = asset(INDEX, &index, headers);
    if !known && response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    if let Ok(value) = HeaderValue::try_from(policy) {
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, value);
    }
    response
}

/// A file in the smallest form the client takes, or 304 when it has it already.
fn asset(path: &str, file: &EmbeddedFile, headers: &HeaderMap) -> Response {
    let cache = if path.starts_with(HASHED) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let digest = file.metadata.sha256_hash();
    let tag = format!("W/\"{}\"", hex(digest.get(..16).unwrap_or(&digest)));
    let shared: [(HeaderName, String); 3] = [
        (header::CACHE_CONTROL, cache.to_owned()),
        (header::ETAG, tag.clone()),
        (header::VARY, "accept-encoding".to_owned()),
    ];
    let same = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|value| value.as_bytes() == tag.as_bytes());
    if same {
        return (StatusCode::NOT_MODIFIED, shared).into_response();
    }
    let mut kind = file.metadata.mimetype().to_owned();
    if kind.starts_with("text/") {
        kind.push_str("; charset=utf-8");
    }
    let kind = [(header::CONTENT_TYPE, kind)];
    for (coding, suffix) in [("br", ".br"), ("gzip", ".gz")] {
        if accepts(headers, coding)
            && let Some(variant) = Client::get(&format!("{path}{suffix}"))
        {
            let coding = [(header::CONTENT_ENCODING, coding)];
            return (shared, kind, coding, variant.data.into_owned()).into_response();
        }
    }
    (shared, kind, file.data.clone().into_owned()).into_response()
}

/// Whether the client takes this coding (a weight of zero refuses it).
fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|item| {
            let mut parts = item.split(';').map(str::trim);
            let named = parts
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case(coding));
            let refused = parts
                .filter_map(|part| part.strip_prefix("q="))
                .any(|weight| weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0));
            named && !refused
        })
}

/// What the page may load: ours only, and the inline scripts it was built with.
/// Inline styles stay allowed: the editor and transitions set them on elements.
fn policy(index: &str) -> String {
    let scripts: String = inline_scripts(index)
        .map(|script| format!(" 'sha256-{}'", base64(&Sha256::digest(script.as_bytes()))))
        .collect();
    format!(
        "default-src 'self'; script-src 'self'{scripts}; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; \
         frame-ancestors 'none'"
    )
}

/// The texts of the scripts that stand in the page itself.
fn inline_scripts(page: &str) -> impl Iterator<Item = &str> {
    page.split("<script").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let (text, _) = rest.split_once("</script>")?;
        (!attributes.contains("src=")).then_some(text)
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_names_the_scripts_of_the_page() {
        let page = "<script src=\"/a.js\"></script><script>alert('Hello, world.');</script>";
        assert_eq!(
            inline_scripts(page).collect::<Vec<_>>(),
            ["alert('Hello, world.');"]
        );
        // The example of the Content Security Policy documentation.
        assert!(
            policy(page).contains("'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"),
            "{}",
            policy(page)
        );
    }

    #[test]
    fn base64_pads() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_coding_is_taken_unless_refused() {
        let of = |line: &'static str| {
            let line = HeaderValue::from_static(line);
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, line)])
        };
        assert!(accepts(&of("gzip, deflate, br"), "br"));
        assert!(accepts(&of("gzip;q=0.5, br;q=1"), "gzip"));
        assert!(!accepts(&of("gzip, br;q=0"), "br"));
        assert!(!accepts(&HeaderMap::new(), "br"));
    }

    #[tokio::test]
    async fn programs_never_get_a_page() {
        for path in [
            "/api/nothing",
            "/ws/x/y",
            "/_app/immutable/none.js",
            "/none.png",
            "/metrics",
        ] {
            let uri = Uri::from_static(path);
            let response = answer(Method::GET, uri, HeaderMap::new()).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
            let kind = response.headers().get(header::CONTENT_TYPE).cloned();
            assert_eq!(
                kind,
                Some(HeaderValue::from_static("application/problem+json"))
            );
        }
    }
}
