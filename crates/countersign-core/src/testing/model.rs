//! A small model of sessions, and random histories that a store must agree with it about.

use super::SeededRandom;
use super::contract::Fixture;
use crate::clock::{SignedDuration, Timestamp};
use crate::event::Origin;
use crate::random::Random as _;
use crate::store::{
    AddOutcome, Blacklisting, EndedSessions, Ending, Ledger, Limits, NewSession, Record, Rotate, Rotation,
    Sessions as _, Terms, UserAdmin as _, UserChange, fingerprint,
};
use crate::user::{NewUser, User};

const GRACE: SignedDuration = SignedDuration::from_secs(10);
const USERS: usize = 2;

/// What is known of a user: who they are, whether they are active, and their hash.
struct Person {
    user: User,
    is_active: bool,
    hash: String,
    hashes: usize,
}

/// What is known of a session: its user, whether it has ended, and the hash that it goes with.
struct Login {
    person: usize,
    ended: bool,
    hash: String,
}

/// What is known of a token: its session, and when and for which token it was used.
struct Issued {
    record: Record,
    login: usize,
    used: Option<(Timestamp, usize)>,
}

/// One history on one store.
struct History<'a, F: Fixture> {
    fixture: &'a F,
    dice: SeededRandom,
    now: Timestamp,
    people: Vec<Person>,
    logins: Vec<Login>,
    tokens: Vec<Issued>,
    told: Vec<String>,
}

/// Plays a random history of so many steps of refreshing, reuse, logging in and out, ending all sessions, passwords
/// changed by us and by Django, and users disabled by us and by Django; the same one for the same seed.
///
/// # Panics
/// Where the store says anything else than the model, with the history.
pub async fn agree(fixture: &impl Fixture, seed: u64, steps: usize) {
    let mut history = History::begin(fixture, seed).await;
    for _ in 0..steps {
        history.step().await;
    }
    history.nothing_that_ended_works().await;
}

impl<'a, F: Fixture> History<'a, F> {
    async fn begin(fixture: &'a F, seed: u64) -> Self {
        let now = Timestamp::from_second(1_790_000_000).expect("a year like ours");
        let mut people = Vec::new();
        for number in 0..USERS {
            let hash = format!("hash {number} 0");
            let user = User { date_joined: Some(now), ..User::new(format!("user {seed} {number}"), &hash) };
            let added = fixture.store().add(&NewUser { user }).await.expect("the store answers");
            let AddOutcome::Added(user) = added else { panic!("the name is free") };
            people.push(Person { user, is_active: true, hash, hashes: 0 });
        }
        let dice = SeededRandom::new(seed);
        let (logins, tokens, told) = (Vec::new(), Vec::new(), vec![format!("seed {seed}")]);
        let mut history = Self { fixture, dice, now, people, logins, tokens, told };
        history.log_in().await;
        history
    }

    /// A number below this one.
    fn roll(&self, below: usize) -> usize {
        let mut bytes = [0; 4];
        self.dice.fill(&mut bytes);
        u32::from_le_bytes(bytes) as usize % below
    }

    async fn step(&mut self) {
        self.now += SignedDuration::from_millis(i64::try_from(self.roll(6000)).expect("it is small"));
        match self.roll(16) {
            0 | 1 => self.log_in().await,
            2 => self.log_out().await,
            3 => self.end_all().await,
            4 => self.change_password(false).await,
            5 => self.change_password(true).await,
            6 => self.switch(false).await,
            7 => self.switch(true).await,
            _ => self.refresh().await,
        }
    }

    async fn log_in(&mut self) {
        let (person, login) = (self.roll(USERS), self.logins.len());
        let (user, hash) = (self.people[person].user.clone(), self.people[person].hash.clone());
        let id = format!("session {} {login}", user.username);
        let record = self.issue(&user);
        let remembered = fingerprint(&id, &hash);
        let session = NewSession { id: &id, fingerprint: Some(&remembered), origin: Origin::default() };
        self.fixture.store().record(&record, Some(session)).await.expect("the store answers");
        self.told.push(format!("{person} logs in: session {login}, token {}", self.tokens.len()));
        self.logins.push(Login { person, ended: false, hash });
        self.tokens.push(Issued { record, login, used: None });
    }

    fn issue(&self, user: &User) -> Record {
        let jti = format!("{} {}", user.username, self.tokens.len());
        Record {
            token: jti.clone(),
            claims: format!("{{\"jti\":\"{jti}\"}}"),
            jti,
            user: Some(user.id.clone()),
            created_at: self.now,
            expires_at: self.now + SignedDuration::from_hours(24),
        }
    }

    /// The newest tokens are the likeliest.
    fn pick(&self) -> usize {
        let back = if self.roll(4) == 0 {
            self.roll(self.tokens.len())
        } else {
            self.roll(self.tokens.len().min(4))
        };
        self.tokens.len() - 1 - back
    }

    async fn refresh(&mut self) {
        let presented = self.pick();
        let expected = self.expected(presented);
        let user = self.people[self.logins[self.tokens[presented].login].person].user.clone();
        let successor = self.issue(&user);
        let outcome = self.use_token(presented, &successor).await;
        self.told.push(format!("token {presented} is used for {}: {outcome:?}", self.tokens.len()));
        assert_eq!(outcome, expected, "{:#?}", self.told);
        if outcome == Rotation::Rotated {
            let login = self.tokens[presented].login;
            self.tokens[presented].used = Some((self.now, self.tokens.len()));
            self.tokens.push(Issued { record: successor, login, used: None });
        }
    }

    async fn use_token(&self, presented: usize, successor: &Record) -> Rotation {
        let rotate = Rotate {
            presented: &self.tokens[presented].record,
            successor,
            family: "never",
            must_be_active: true,
            at: self.now,
            grace: GRACE,
            reuse_detection: true,
            terms: Terms { issued_at: None, limits: Limits::default(), tied_to_password: true },
            origin: Origin::default(),
        };
        self.fixture.store().rotate(rotate).await.expect("the store answers")
    }

    /// The whole rule, and what the model remembers of it.
    fn expected(&mut self, presented: usize) -> Rotation {
        let Issued { login, used, .. } = self.tokens[presented];
        let session = &mut self.logins[login];
        if session.ended {
            return Rotation::Blacklisted;
        }
        let replay = match used {
            None => None,
            Some((at, next)) if self.tokens[next].used.is_none() && self.now.duration_since(at) <= GRACE => {
                Some(next)
            }
            Some(_) => {
                session.ended = true;
                return Rotation::Reused;
            }
        };
        let person = &self.people[session.person];
        if !person.is_active {
            return Rotation::UserInactive;
        }
        if session.hash != person.hash {
            session.ended = true;
            return Rotation::PasswordChanged;
        }
        let claims = replay.map(|next| self.tokens[next].record.claims.clone());
        claims.map_or(Rotation::Rotated, |claims| Rotation::Replayed { claims })
    }

    async fn log_out(&mut self) {
        let presented = self.pick();
        let Issued { login, used, .. } = self.tokens[presented];
        let before = used.is_some() || self.logins[login].ended;
        let record = &self.tokens[presented].record;
        let outcome = self.fixture.store().blacklist(record, self.now).await.expect("the store answers");
        self.told.push(format!("token {presented} logs out: {outcome:?}"));
        let expected = if before { Blacklisting::Already } else { Blacklisting::Done };
        assert_eq!(outcome, expected, "{:#?}", self.told);
        self.logins[login].ended = true;
    }

    /// Ends the sessions of a person in the model. Says how many had not ended.
    fn ends(&mut self, person: usize) -> u64 {
        let live = self.logins.iter_mut().filter(|login| login.person == person && !login.ended);
        live.map(|login| login.ended = true).count() as u64
    }

    async fn end_all(&mut self) {
        let person = self.roll(USERS);
        let which = Ending::Of(&self.people[person].user.id);
        let ended = self.fixture.store().end_sessions(which, self.now, 10).await.expect("the store answers");
        self.told.push(format!("all of {person} end: {ended:?}"));
        let expected = EndedSessions { sessions: self.ends(person), ..EndedSessions::default() };
        assert_eq!(ended, expected, "{:#?}", self.told);
    }

    async fn change_password(&mut self, by_django: bool) {
        let number = self.roll(USERS);
        let person = &mut self.people[number];
        person.hashes += 1;
        person.hash = format!("hash {number} {}", person.hashes);
        let (id, hash) = (person.user.id.clone(), person.hash.clone());
        let change = UserChange { password: Some(&hash), ..UserChange::default() };
        self.told.push(format!("{number} has another password, by Django: {by_django}"));
        if by_django {
            self.fixture.change_alone(&id, change).await;
        } else {
            self.fixture.store().update(&id, change, self.now).await.expect("the store answers");
            self.ends(number);
        }
    }

    /// Switches a user off or on.
    async fn switch(&mut self, by_django: bool) {
        let number = self.roll(USERS);
        let is_active = !self.people[number].is_active;
        self.people[number].is_active = is_active;
        let id = self.people[number].user.id.clone();
        let change = UserChange { is_active: Some(is_active), ..UserChange::default() };
        self.told.push(format!("{number} is active: {is_active}, by Django: {by_django}"));
        if by_django {
            self.fixture.change_alone(&id, change).await;
        } else {
            self.fixture.store().update(&id, change, self.now).await.expect("the store answers");
            if !is_active {
                self.ends(number);
            }
        }
    }

    /// Every token ever issued is looked up, and those of ended sessions are tried once more.
    async fn nothing_that_ended_works(&mut self) {
        for number in 0..self.tokens.len() {
            let Issued { login, used, .. } = self.tokens[number];
            let ended = self.logins[login].ended;
            let record = self.tokens[number].record.clone();
            let dead = self.fixture.store().is_blacklisted(&record.jti).await.expect("the store answers");
            assert_eq!(dead, ended || used.is_some(), "token {number} of {:#?}", self.told);
            if ended {
                let unwanted = Record { jti: format!("unwanted {}", record.jti), ..record };
                let outcome = self.use_token(number, &unwanted).await;
                assert_eq!(outcome, Rotation::Blacklisted, "token {number} of {:#?}", self.told);
            }
        }
    }
}
