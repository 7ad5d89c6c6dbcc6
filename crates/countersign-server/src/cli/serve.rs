//! `countersign serve`

use super::{Common, Failure, Output};
use crate::config::{Config, Layers};
use crate::database::{self, Database};
use crate::serve::{App, Ended, Reload, Server, signals};
use crate::{app, pages, telemetry};
use clap::Args;
use countersign_core::authority::Authority;
use countersign_core::clock::{Clock as _, SystemClock};
use std::sync::Arc;

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Where to listen, in place of [server] listen; port 0 picks a free one
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<String>,
}

impl Serve {
    pub(super) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let mut layers = common.layers();
        if let Some(listen) = &self.listen {
            layers = layers.flag("server", "listen", listen, "--listen");
        }
        let config = layers.load()?;
        output.warnings(&config.warnings);
        telemetry::start(config.server.log_format, common);
        serve(config, layers, |_| Ok(()))
    }
}

/// Serves what the configuration says until told to stop. `ready` is called once the socket is open, with the base
/// of every URL, and may say something.
pub(super) fn serve(
    config: Config,
    layers: Layers,
    ready: impl FnOnce(&str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::io("cannot start the threads that serve"))?;
    runtime.block_on(async {
        let place = config.server.listen.0;
        let running = Running::start(config, None)?;
        let server = Server::bind(&running.config.server, running.app())
            .await
            .map_err(Failure::io(format!("cannot listen on {place}")))?;
        ready(&format!("http://{}", server.address()))?;
        let signals = signals().map_err(Failure::io("cannot hear signals"))?;
        match server.on_reload(reload(layers, running)).run(signals).await {
            Ended::Drained => Ok(()),
            Ended::CutOff => Err(Failure::Refused("requests were cut off".to_owned())),
        }
    })
}

/// What runs: kept so that a reload goes on with the parts that did not change.
struct Running {
    config: Config,
    database: Database,
    authority: Authority,
}

impl Running {
    /// Opens the database and hashing threads anew only where their settings are others than before.
    fn start(config: Config, before: Option<&Self>) -> Result<Self, Failure> {
        let same_database = |before: &&Self| database::options(&before.config) == database::options(&config);
        let database = match before.filter(same_database) {
            Some(before) => before.database.clone(),
            None => database::open(&config, SystemClock.now())?,
        };
        let same_hashing = |before: &&Self| {
            before.config.passwords.rules() == config.passwords.rules()
                && before.config.server.hashing_threads == config.server.hashing_threads
        };
        let mut authority = app::authority(&config, &database, || {
            before.filter(same_hashing).map(|before| Arc::clone(&before.authority.hashing))
        })
        .map_err(Failure::io("cannot start the threads that hash passwords"))?;
        if let Some(before) = before {
            authority.events = Arc::clone(&before.authority.events);
        }
        Ok(Self { config, database, authority })
    }

    fn app(&self) -> App {
        let store = Arc::clone(&self.database.store);
        let answers = Arc::new(move || {
            let store = Arc::clone(&store);
            Box::pin(async move { store.ping().await.is_ok() }) as _
        });
        let site = app::site(&self.config, &self.authority, &self.database);
        let mut others = pages::routes(&site, &self.config);
        if self.config.demo.enabled && self.config.cookie_auth.enabled {
            others = others.merge(countersign::spa::routes("/demo/spa/", &[]));
        }
        App::new(site, answers).cors(app::cors(&self.config)).others(others)
    }
}

/// Reads the configuration again and makes the application anew. What is bound to the open socket stays.
fn reload(layers: Layers, running: Running) -> Reload {
    let mut running = running;
    Box::new(move || {
        let fresh = layers
            .load()
            .map_err(Failure::from)
            .and_then(|config| Running::start(config, Some(&running)))
            .map(|fresh| {
                if fresh.config.server.listen != running.config.server.listen {
                    tracing::warn!("[server] listen takes effect at the next start only");
                }
                running = fresh;
                running.app()
            });
        Box::pin(std::future::ready(fresh.map_err(Into::into)))
    })
}
