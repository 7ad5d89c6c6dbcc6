//! What people see in a browser: the frame of every page, its one style, and the policy that it is served with.
//!
//! A page refers to no other file. Its style stands in it, and the policy names that very text by its digest, so that
//! nothing else can style it, and no script runs at all.

pub(crate) mod snippet;

use crate::endpoint::Endpoint;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::HeaderValue;
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

/// The style of every page.
pub(crate) const STYLE: &str = include_str!("page/style.css");

/// `Content-Security-Policy` of every page.
pub(crate) fn policy() -> HeaderValue {
    static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
        let digest = BASE64_STANDARD.encode(Sha256::digest(STYLE));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'"
        );
        HeaderValue::try_from(policy).expect("a policy is visible ASCII")
    });
    POLICY.clone()
}

/// The endpoints of one group, for a menu.
pub(crate) struct Group {
    /// `simple_jwt`
    pub(crate) name: String,
    pub(crate) links: Vec<Link>,
}

/// An endpoint in a menu.
pub(crate) struct Link {
    pub(crate) path: String,
    pub(crate) name: String,
    /// `GET POST`
    pub(crate) methods: String,
}

/// The menu of these endpoints. One with a tail has no address of its own, and is not in it.
pub(crate) fn menu<'e>(endpoints: impl IntoIterator<Item = &'e Endpoint>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for endpoint in endpoints.into_iter().filter(|endpoint| endpoint.tail.is_none()) {
        let methods = endpoint.operations.iter().map(|operation| operation.method.as_str());
        let link = Link {
            path: endpoint.path.clone(),
            name: endpoint.name.clone().into_owned(),
            methods: methods.collect::<Vec<_>>().join(" "),
        };
        match groups.iter_mut().find(|group| group.name == endpoint.group) {
            Some(group) => group.links.push(link),
            None => groups.push(Group { name: endpoint.group.clone().into_owned(), links: vec![link] }),
        }
    }
    groups
}

/// The paragraphs of a description.
pub(crate) fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n\n").map(str::trim_end).filter(|paragraph| !paragraph.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_lets_nothing_in_but_the_style_itself() {
        let policy = policy();
        let policy = policy.to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
    }

    #[test]
    fn the_style_names_no_other_file() {
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import") && !STYLE.contains('<'));
    }
}
