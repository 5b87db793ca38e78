//! Who may import whom, and what must never be in a crate.

use super::Source;

/// A crate, what of ours it may import, and words that have no business in it.
struct Wall {
    krate: &'static str,
    may_import: &'static [&'static str],
    never: &'static [&'static str],
}

const WALLS: &[Wall] = &[
    Wall { krate: "base", may_import: &[], never: &["tokio::", "async fn", "std::fs", "std::net::Tcp"] },
    Wall {
        krate: "policy",
        may_import: &["base"],
        never: &[
            "tokio::",
            "async fn",
            "std::fs",
            "std::env",
            "SystemTime",
            "portcullis_store",
            "portcullis_wire",
        ],
    },
    Wall {
        krate: "store",
        may_import: &["base"],
        never: &["portcullis_policy", "portcullis_wire", "hyper::", "std::env::var"],
    },
    Wall {
        krate: "wire",
        may_import: &["base"],
        never: &["tokio::", "async fn", "portcullis_store", "portcullis_policy", "std::fs", "std::env::var"],
    },
    Wall {
        krate: "service",
        may_import: &["base", "policy", "store"],
        never: &["hyper::", "quick_xml", "portcullis_wire", "std::env::var", "redb::", "TcpListener"],
    },
    Wall {
        krate: "server",
        may_import: &["base", "service", "store", "wire"],
        never: &["portcullis_policy"],
    },
];

/// The only places that touch a cipher.
const CIPHER_ROOMS: &[&str] = &["crates/store/src/seal", "crates/service/src/token/seal.rs"];

/// Imports that cross a wall, and words that do.
pub fn breaches(sources: &[Source]) -> Vec<String> {
    let mut breaches = Vec::new();
    for wall in WALLS {
        let home = format!("crates/{}/", wall.krate);
        for source in sources.iter().filter(|source| source.path.starts_with(&home)) {
            if source.path.ends_with("Cargo.toml") {
                breaches.extend(imports(wall, source));
            } else if source.path.contains("/src/") && source.is("rs") {
                breaches.extend(strangers(wall, source));
            }
        }
    }
    breaches
}

fn imports(wall: &Wall, source: &Source) -> Vec<String> {
    let shipped = source.text.split("[dev-dependencies]").next().unwrap_or_default();
    shipped
        .lines()
        .filter_map(|line| line.strip_prefix("portcullis-"))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|import| !wall.may_import.contains(import))
        .map(|import| format!("{}: {} may not import {import}", source.path, wall.krate))
        .collect()
}

fn strangers(wall: &Wall, source: &Source) -> Vec<String> {
    let shipped = source.text.split("#[cfg(test)]").next().unwrap_or_default();
    if source.path.contains("/tests")
        || source.path.contains("conformance")
        || source.path.contains("testing")
    {
        return Vec::new();
    }
    let mut breaches: Vec<String> = wall
        .never
        .iter()
        .filter(|word| shipped.contains(*word))
        .map(|word| format!("{}: `{word}` must never be in {}", source.path, wall.krate))
        .collect();
    let in_cipher_room = CIPHER_ROOMS.iter().any(|room| source.path.starts_with(room));
    if shipped.contains("aws_lc_rs::aead") && !in_cipher_room {
        breaches.push(format!("{}: ciphers live in the two `seal` rooms only", source.path));
    }
    breaches
}
