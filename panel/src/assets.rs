//! The style and the scripts: parts of the program, under names that change with what is in them.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

/// A file of the panel.
struct Asset {
    stem: &'static str,
    extension: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

const STYLE: Asset = Asset {
    stem: "style",
    extension: "css",
    content_type: "text/css; charset=utf-8",
    bytes: include_bytes!("../assets/style.css"),
};

const ICON: Asset = Asset {
    stem: "icon",
    extension: "svg",
    content_type: "image/svg+xml",
    bytes: include_bytes!("../assets/icon.svg"),
};

/// htmx 4.0.1 with two of its extensions (Zero-Clause BSD): `ptag` tells the server what a list shows already, `upsert`
/// puts in what is new. And the one script of our own.
const SCRIPTS: [Asset; 4] = [
    script("htmx", include_bytes!("../assets/htmx.min.js")),
    script("hx-ptag", include_bytes!("../assets/hx-ptag.min.js")),
    script("hx-upsert", include_bytes!("../assets/hx-upsert.min.js")),
    script("player", include_bytes!("../assets/player.js")),
];

const fn script(stem: &'static str, bytes: &'static [u8]) -> Asset {
    Asset { stem, extension: "js", content_type: "text/javascript; charset=utf-8", bytes }
}

impl Asset {
    fn name(&self) -> String {
        let digest = hex::encode(Sha256::digest(self.bytes));
        format!("{}-{}.{}", self.stem, digest.get(..12).unwrap_or_default(), self.extension)
    }
}

/// What a page's head names.
pub(crate) struct Names {
    pub(crate) style: String,
    pub(crate) icon: String,
    pub(crate) scripts: Vec<String>,
}

pub(crate) static NAMES: LazyLock<Names> = LazyLock::new(|| Names {
    style: STYLE.name(),
    icon: ICON.name(),
    scripts: SCRIPTS.iter().map(Asset::name).collect(),
});

pub(crate) async fn serve(Path(name): Path<String>) -> Response {
    let Some(asset) = [&STYLE, &ICON].into_iter().chain(&SCRIPTS).find(|asset| asset.name() == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers: [(HeaderName, &str); 2] = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, asset.bytes).into_response()
}
