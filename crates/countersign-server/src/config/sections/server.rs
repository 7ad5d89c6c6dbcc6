use crate::config::setting::section;
use crate::config::value::{Auto, HostPattern, Listen, LogFormat};
use countersign::rest::Network;
use countersign_core::clock::SignedDuration;

section! {
    /// How requests come in. The address, the times and `log_format` hold until the next start, whatever SIGHUP
    /// reads.
    pub struct Server = "server";

    /// Address and port. Port 0 picks a free one. Anything but a loopback address demands strong secrets.
    listen: Listen = "127.0.0.1:8000", Ours;
    /// The host names that requests may name: exact, `.example.com` for all below, `*` for any.
    allowed_hosts: Vec<HostPattern> = ["*"], As("ALLOWED_HOSTS");
    /// Addresses and networks of reverse proxies. Only what they say in `X-Forwarded-For` is believed; for
    /// everybody else the client is whoever opened the connection.
    trusted_proxies: Vec<Network> = [], Ours;
    /// Both spellings of a path, with and without the slash at its end, are answered directly. `false`: only
    /// the exact path, 404 else.
    append_slash: bool = true, As("APPEND_SLASH");
    /// Answers in JSON only, as REST framework does with `JSONRenderer` alone. `false`: browsers get pages.
    json_only: bool = false, As("REST_FRAMEWORK[\"DEFAULT_RENDERER_CLASSES\"]");
    /// Messages in the language that the client asks for, where the packages have translations.
    locales: bool = false, As("USE_I18N");
    /// How log lines are written: `text` for people, `json` for machines.
    log_format: LogFormat = "text", Ours;
    /// The addresses and networks that may read `/metrics`; to everybody else it is not there, and to anybody if there
    /// are none. See [operations](operations.md) for what a proxy on the same machine changes.
    metrics: Vec<Network> = ["127.0.0.0/8", "::1"], Ours;
    /// How many threads hash passwords, at low priority. `auto`: one for each processor.
    hashing_threads: Auto = "auto", Ours;
    /// How long a client may take to send the head of a request, and how long an idle connection stays open.
    header_timeout: SignedDuration = "10s", Ours;
    /// How long a request may take from its head to the start of the answer, its body included.
    request_timeout: SignedDuration = "30s", Ours;
    /// How long connections are still accepted after the server has been told to stop, while `/readyz` says
    /// 503: the time that load balancers need to notice.
    stop_delay: SignedDuration = "0s", Ours;
    /// How long requests in hand may take to end once the server has been told to stop.
    drain_timeout: SignedDuration = "30s", Ours;
}
