//! What `dev` says when it is ready: requests that work when they are pasted.

use super::DEMO;
use crate::config::Config;
use crate::config::value::EndpointPath;
use std::fmt::Write as _;

/// Everything but the address, which is known once the socket is open.
pub(super) struct Welcome {
    obtain: Option<String>,
    refresh: Option<String>,
    header: String,
    scheme: String,
    username_field: String,
    database: String,
    is_new: bool,
}

impl Welcome {
    pub(super) fn of(config: &Config, database: String, is_new: bool) -> Self {
        let path = |path: &Option<EndpointPath>| path.as_ref().map(|path| path.as_str().to_owned());
        let settings = &config.simple_jwt;
        Self {
            obtain: path(&settings.obtain_path).filter(|_| settings.enabled),
            refresh: path(&settings.refresh_path).filter(|_| settings.enabled),
            header: match settings.auth_header_name.as_str() {
                "authorization" => "Authorization".to_owned(),
                other => other.to_owned(),
            },
            scheme: settings.auth_header_types.first().cloned().unwrap_or_default(),
            username_field: config.users.username.as_str().to_owned(),
            database,
            is_new,
        }
    }

    /// The page, for `http://127.0.0.1:8000`.
    pub(super) fn text(&self, base: &str, admin: Option<&str>) -> String {
        let mut page = String::new();
        let user = if self.is_new { ", with a user `demo` whose password is `demo`" } else { "" };
        let _ = writeln!(page, "\ncountersign on {base}, users and tokens in {}{user}\n", self.database);
        if let Some(admin) = admin {
            let _ = writeln!(page, "{admin}\n");
        }
        let Some(obtain) = &self.obtain else {
            return page;
        };
        let (field, header, scheme) = (&self.username_field, &self.header, &self.scheme);
        let _ = writeln!(
            page,
            "Log in, and use the token (curl):\n\n  \
             curl -s {base}{obtain} -d {field}={DEMO} -d password={DEMO}\n\n  \
             TOKEN=$(curl -s {base}{obtain} -d {field}={DEMO} -d password={DEMO} | sed 's/.*\"access\":\"//; s/\".*//')\n  \
             curl -s {base}/hello/ -H \"{header}: {scheme} $TOKEN\"\n\n\
             The same with HTTPie:\n\n  \
             http {base}{obtain} {field}={DEMO} password={DEMO}\n  \
             http {base}/hello/ \"{header}: {scheme} $TOKEN\"\n"
        );
        if let Some(refresh) = &self.refresh {
            let _ = writeln!(
                page,
                "A new access token for the refresh token:\n\n  \
                 REFRESH=$(curl -s {base}{obtain} -d {field}={DEMO} -d password={DEMO} | sed 's/.*\"refresh\":\"//; s/\".*//')\n  \
                 curl -s {base}{refresh} -d refresh=$REFRESH\n"
            );
        }
        page.push_str("In a browser, each of these addresses shows a form. Ctrl-C stops.");
        page
    }
}
