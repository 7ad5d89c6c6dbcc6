use crate::config::setting::section;
use crate::config::value::WebOrigin;
use countersign_core::clock::SignedDuration;

section! {
    /// `CORS_*`: which web pages of other origins may call, as django-cors-headers has it.
    pub struct Cors = "cors", aliases ALIASES;

    /// Origins that may call, exactly as browsers name them.
    allowed_origins: Vec<WebOrigin> = [], ByRule;
    /// Regular expressions for origins that may call.
    allowed_origin_regexes: Vec<String> = [], ByRule;
    /// Any origin may call.
    allow_all_origins: bool = false, ByRule;
    /// Calls may carry cookies.
    allow_credentials: bool = false, ByRule;
    /// The methods of calls.
    allow_methods: Vec<String> = ["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"], ByRule;
    /// The headers that calls may carry.
    allow_headers: Vec<String> = ["accept", "authorization", "content-type", "user-agent", "x-csrftoken", "x-requested-with"], ByRule;
    /// The headers of answers that pages may see.
    expose_headers: Vec<String> = [], ByRule;
    /// How long a browser may remember this.
    preflight_max_age: SignedDuration = 86400, ByRule;
    /// The paths that this is for, as a regular expression.
    urls_regex: String = "^.*$", ByRule;
    /// Pages of public networks may call into a private one.
    allow_private_network: bool = false, ByRule;
}

const ALIASES: &[(&str, &str)] = &[
    ("origin_whitelist", "allowed_origins"),
    ("origin_regex_whitelist", "allowed_origin_regexes"),
    ("origin_allow_all", "allow_all_origins"),
];
