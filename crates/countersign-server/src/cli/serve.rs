//! `countersign serve`

use super::{Common, Failure, Output};
use crate::activity::Activity;
use crate::config::{Config, Layers, Rings};
use crate::database::{self, Database};
use crate::keys::{self, Foreign, Seen};
use crate::metrics::{CountedEvents, Metrics};
use crate::pages::admin::{self, Admin, FIRST_LINK_AGE};
use crate::purge::Purging;
use crate::serve::{App, Awaited, Counting, Ended, Reload, Server, Signal, signals};
use crate::{app, pages, telemetry};
use clap::Args;
use countersign::jwks::{Jwks, PublishedKeys};
use countersign_core::authority::Authority;
use countersign_core::clock::{Clock as _, SystemClock, Timestamp};
use countersign_core::jws::Roster;
use std::sync::Arc;
use tokio::sync::{Mutex, mpsc, watch};

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
        serve(config, layers, FirstSuperuser::ByCommand, |_, admin| {
            if let Some(line) = admin {
                output.note(&line);
            }
            Ok(())
        })
    }
}

/// How the first superuser is made, where there is none yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FirstSuperuser {
    /// By a link that works once.
    ByLink,
    /// By a command on the machine.
    ByCommand,
}

/// Serves what the configuration says until told to stop. `ready` is called once the socket is open, with the base
/// of every URL and what there is to say of the admin pages, and may say it.
pub(super) fn serve(
    config: Config,
    layers: Layers,
    first: FirstSuperuser,
    ready: impl FnOnce(&str, Option<String>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::io("cannot start the threads that serve"))?;
    runtime.block_on(async {
        let place = config.server.listen.0;
        let (word, news) = mpsc::channel(1);
        let running = Running::start(config, None, &word).await?;
        let server = Server::bind(&running.config.server, running.app())
            .await
            .map_err(Failure::io(format!("cannot listen on {place}")))?;
        let base = format!("http://{}", server.address());
        let admin = running.about_admin(first, &base).await?;
        ready(&base, admin)?;
        let signals = signals(news).map_err(Failure::io("cannot hear signals"))?;
        let (seen, others) = watch::channel(running.seen());
        let watching = tokio::spawn(keys::watch(others, word.clone()));
        let ended = server.on_reload(reload(layers, running, seen, word)).run(signals).await;
        watching.abort();
        match ended {
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
    activity: Arc<Activity>,
    admin: Option<Arc<Admin>>,
    metrics: Arc<Metrics>,
    /// The keys of the database as they were read, and what they make now.
    keys: Shared,
    /// Those of `jwk_url`.
    foreign: Option<Foreign>,
    /// What removes what has ended. It ends with this.
    _purging: Purging,
}

/// The keys that servers share.
struct Shared {
    version: u64,
    rings: Rings,
    /// The public ones, without those of others.
    published: Arc<PublishedKeys>,
    /// Which keys of others are among them.
    generation: u64,
    until: Option<Timestamp>,
}

impl Shared {
    async fn read(config: &Config, database: &Database, foreign: Option<&Foreign>) -> Result<Self, Failure> {
        let records = database.keys.keys().await?;
        let now = SystemClock.now();
        let roster = Roster::open(&records.keys, keys::sealer(config).as_ref(), now)?;
        let mut rings = keys::join(config, &roster, now)?;
        let published = Arc::new(PublishedKeys::of(rings.all()));
        let (others, generation) = foreign.map(|foreign| foreign.keys().keys()).unwrap_or_default();
        rings.simple_jwt = rings.simple_jwt.map(|ring| ring.and(others.iter().cloned()));
        let until = roster.next_change(now);
        Ok(Self { version: records.version, rings, published, generation, until })
    }
}

impl Running {
    /// Opens the database and hashing threads anew only where their settings are others than before.
    async fn start(
        mut config: Config,
        before: Option<&Self>,
        word: &mpsc::Sender<()>,
    ) -> Result<Self, Failure> {
        let same_database = |before: &&Self| database::options(&before.config) == database::options(&config);
        let database = match before.filter(same_database) {
            Some(before) => before.database.clone(),
            None => database::open(&config, SystemClock.now())?,
        };
        config.settle_columns(&database.admin.directory.columns())?;
        let same_hashing = |before: &&Self| {
            before.config.passwords.rules() == config.passwords.rules()
                && before.config.server.hashing_threads == config.server.hashing_threads
        };
        let mut authority = app::authority(&config, &database, || {
            before.filter(same_hashing).map(|before| Arc::clone(&before.authority.hashing))
        })
        .map_err(Failure::io("cannot start the threads that hash passwords"))?;
        let metrics = match before {
            Some(before) => Arc::clone(&before.metrics),
            None => Arc::new(Metrics::new(SystemClock.now())),
        };
        authority.events = Arc::new(CountedEvents::new(Arc::clone(&metrics), authority.events));
        let activity = match before {
            Some(before) => Arc::clone(&before.activity),
            None => Arc::new(Activity::new(Arc::clone(&authority.events))),
        };
        let same_foreign = |before: &&Self| keys::is_same_foreign(&before.config, &config);
        let foreign = match before.filter(same_foreign) {
            Some(before) => before.foreign.clone(),
            None => {
                Foreign::start(&config, word).await.map_err(|error| Failure::Refused(error.to_string()))?
            }
        };
        let keys = Shared::read(&config, &database, foreign.as_ref()).await?;
        if config.admin.enabled {
            authority.events = Arc::clone(&activity) as _;
        }
        let purging = Purging::start(&config, &database, &*authority.random);
        let running = Self {
            config,
            database,
            authority,
            activity,
            metrics,
            admin: None,
            keys,
            foreign,
            _purging: purging,
        };
        Ok(Self { admin: running.admin_pages(), ..running })
    }

    /// What has been taken over, for whoever watches for something else.
    fn seen(&self) -> Seen {
        Seen {
            keys: Arc::clone(&self.database.keys),
            version: self.keys.version,
            until: self.keys.until,
            interval: self.config.keys.refresh_interval.unsigned_abs(),
        }
    }

    /// The admin pages, where they are wanted, with the keys of now.
    fn admin_pages(&self) -> Option<Arc<Admin>> {
        if !self.config.admin.enabled {
            return None;
        }
        let activity = Arc::clone(&self.activity);
        Some(Admin::new(&self.config, &self.authority, &self.database, &self.keys.rings, activity))
    }

    /// Where the admin pages are, and how somebody gets in who is the first.
    async fn about_admin(&self, first: FirstSuperuser, base: &str) -> Result<Option<String>, Failure> {
        let Some(admin) = &self.admin else { return Ok(None) };
        let path = self.config.admin.path.as_str();
        if admin.has_superuser().await? {
            return Ok(Some(format!("admin pages on {base}{path}")));
        }
        Ok(Some(match first {
            FirstSuperuser::ByLink => {
                let link = admin.first_link(FIRST_LINK_AGE).await?;
                format!(
                    "admin pages on {base}{path}; there is no superuser yet. This makes one, works once, and ends in 10 \
                     minutes:\n\n  {base}{link}"
                )
            }
            FirstSuperuser::ByCommand => format!(
                "admin pages on {base}{path}; there is no superuser yet: `countersign createsuperuser` makes one"
            ),
        }))
    }

    fn app(&self) -> App {
        let store = Arc::clone(&self.database.store);
        let answers = Arc::new(move || {
            let store = Arc::clone(&store);
            Box::pin(async move { store.ping().await.is_ok() }) as _
        });
        let site = app::site_with_keys(&self.config, &self.authority, &self.database, &self.keys.rings)
            .counting_store_failures(self.metrics.store_failures());
        let mut others = pages::routes(&site, &self.config);
        if let Some(path) = &self.config.keys.jwks_path {
            let jwks = Jwks::new(Arc::clone(&self.keys.published), self.config.keys.max_age.unsigned_abs());
            others = others.route_service(path.as_str(), jwks);
        }
        if self.config.demo.enabled && self.config.cookie_auth.enabled {
            others = others.merge(countersign::spa::routes("/demo/spa/", &[]));
        }
        let (metrics, hashing) = (Arc::clone(&self.metrics), Arc::clone(&self.authority.hashing));
        let counting = Counting::new(metrics, &site, hashing, self.config.server.metrics.clone());
        let mut app = App::new(site, answers).cors(app::cors(&self.config)).counting(counting);
        if let Some(admin) = &self.admin {
            others = others.merge(admin::routes(admin));
            app = app.watched(Arc::clone(&self.activity), app::refresh_paths(&self.config));
        }
        if let (Some(foreign), Some(ring)) = (&self.foreign, &self.keys.rings.simple_jwt) {
            app = app.awaiting(Awaited {
                foreign: foreign.keys(),
                generation: self.keys.generation,
                ring: ring.clone(),
                header: self.config.simple_jwt.auth_header_name.as_str().to_owned(),
            });
        }
        app.others(others)
    }
}

/// Reads the configuration or the keys again and makes the application anew. What is bound to the open socket stays.
fn reload(layers: Layers, running: Running, seen: watch::Sender<Seen>, word: mpsc::Sender<()>) -> Reload {
    let running = Arc::new(Mutex::new((running, seen, word)));
    Box::new(move |signal| {
        let (layers, running) = (layers.clone(), Arc::clone(&running));
        Box::pin(async move {
            let (running, seen, word) = &mut *running.lock().await;
            if signal == Signal::Keys {
                running.keys =
                    Shared::read(&running.config, &running.database, running.foreign.as_ref()).await?;
                running.admin = running.admin_pages();
            } else {
                let fresh = Running::start(layers.load()?, Some(running), word).await?;
                if fresh.config.server.listen != running.config.server.listen {
                    tracing::warn!("[server] listen takes effect at the next start only");
                }
                *running = fresh;
            }
            seen.send_replace(running.seen());
            Ok(running.app())
        })
    })
}
