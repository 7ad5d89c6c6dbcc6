//! The facts that every store must show, whatever it is made of.
//!
//! One function is one fact, named as a sentence. [`store_contract!`](crate::store_contract) makes a test of
//! each; a store that passes them all can stand behind the rules of this crate.

mod admin;
mod audit;
mod blacklist;
mod directory;
mod door;
mod keys;
mod revocations;
mod rotation;
mod sessions;
mod users;

pub use self::admin::*;
pub use self::audit::*;
pub use self::blacklist::*;
pub use self::directory::*;
pub use self::door::*;
pub use self::keys::*;
pub use self::revocations::*;
pub use self::rotation::*;
pub use self::sessions::*;
pub use self::users::*;

use crate::clock::{SignedDuration, Timestamp};
use crate::event::Origin;
use crate::store::{AddOutcome, Limits, NewSession, Record, Rotate, Store, Terms, UserAdmin, UserChange};
use crate::user::{NewUser, User, UserId};
use std::sync::Arc;

/// An empty store, and what only somebody beside it can do to its tables.
pub trait Fixture: Send + Sync {
    /// The store under test.
    type Store: Store + UserAdmin + 'static;

    /// The store. The same one on each call.
    fn store(&self) -> Arc<Self::Store>;

    /// Blacklists an outstanding token as Django does: in its own table, and nowhere else.
    fn blacklist_alone(&self, jti: &str) -> impl Future<Output = ()> + Send;

    /// Changes a user as Django does: in its own table, and nowhere else.
    fn change_alone(&self, user: &UserId, change: UserChange<'_>) -> impl Future<Output = ()> + Send;

    /// Deletes a user as Django does: their tokens stay, and belong to nobody.
    fn delete_alone(&self, user: &UserId) -> impl Future<Output = ()> + Send;

    /// Makes `group` if need be, gives it `permission` (`auth.<codename>` of an existing or new permission), and
    /// puts the user into it.
    fn grant(&self, user: &UserId, group: &str, permission: &str) -> impl Future<Output = ()> + Send;
}

/// Makes a test of each fact of the contract.
///
/// `$run` runs a future to its end; `$fixture` makes a fresh [`Fixture`](crate::testing::contract::Fixture).
///
/// ```ignore
/// countersign_core::store_contract!(countersign_core::testing::block_on, MyFixture::new());
/// ```
#[macro_export]
macro_rules! store_contract {
    ($run:path, $fixture:expr) => {
        $crate::store_contract! { @each $run, $fixture;
            a_user_is_found_by_exactly_the_username
            a_user_is_found_by_id_username_and_email
            a_key_that_the_column_cannot_hold_finds_nobody
            a_key_that_two_users_share_finds_nobody
            a_change_is_seen_by_the_next_read
            a_password_is_replaced_only_while_it_is_the_old_one
            a_login_is_written_down
            memberships_come_from_the_users_groups
            a_superuser_has_every_permission
            an_inactive_user_has_no_permission
            a_username_is_taken_once
            what_was_added_is_what_is_read
            users_are_listed_in_pages_and_by_search
            a_user_that_is_not_there_cannot_be_changed_or_deleted
            a_deleted_user_is_found_no_more
            a_live_token_is_rotated
            a_rotated_token_is_blacklisted
            a_successor_is_rotated_in_its_turn
            a_used_token_gets_the_same_successor_within_the_grace
            a_used_token_gets_its_successor_where_the_clock_went_back
            a_used_token_gets_nothing_once_its_successor_is_used
            a_used_token_gets_nothing_after_the_grace
            a_used_token_gets_nothing_without_a_grace
            a_used_token_gets_nothing_where_its_successor_was_blacklisted
            reuse_ends_the_family_with_its_live_leaf
            reuse_of_a_token_whose_successor_is_used_ends_the_family_even_within_the_grace
            reuse_changes_nothing_where_it_is_not_looked_for
            reuse_in_one_login_leaves_the_other_alone
            a_revoked_family_is_reused_only_once
            a_token_that_only_django_blacklisted_is_blacklisted
            a_token_without_a_family_is_adopted
            a_token_that_was_never_written_down_is_adopted
            a_token_of_nobody_is_rotated
            a_deleted_user_rotates_nothing
            an_inactive_user_rotates_nothing_where_users_must_be_active
            an_inactive_user_gets_no_successor_again
            a_blacklisted_token_is_blacklisted_whoever_the_user_is
            of_sixteen_uses_at_once_one_rotates
            of_sixteen_uses_at_once_fifteen_get_the_same_successor_within_the_grace
            a_token_is_blacklisted_once
            a_token_that_was_never_written_down_is_blacklisted
            a_token_that_is_written_down_is_blacklisted_by_its_id
            an_unknown_token_is_not_blacklisted
            logging_out_ends_the_family
            logging_out_with_a_used_token_ends_the_family
            a_token_may_be_written_down_twice
            a_token_of_a_user_who_is_gone_is_written_down
            a_sliding_token_is_extended
            a_blacklisted_sliding_token_is_not_extended
            a_blacklisted_sliding_token_that_was_extended_outlives_a_purge
            purging_removes_what_ended_and_nothing_else
            purging_goes_in_rounds_until_nothing_is_left
            a_store_with_its_tables_answers
        }
    };
    (@each $run:path, $fixture:expr; $($fact:ident)+) => {
        $(
            #[test]
            fn $fact() {
                $run(async { $crate::testing::contract::$fact(&$fixture).await });
            }
        )+
    };
}

/// Makes a test of each fact about sessions.
#[macro_export]
macro_rules! sessions_contract {
    ($run:path, $fixture:expr) => {
        $crate::store_contract! { @each $run, $fixture;
            a_login_is_a_session
            a_use_moves_the_last_use_and_the_place
            a_use_of_a_token_that_stays_good_is_written_down_once_a_minute
            a_token_that_stays_good_is_adopted_at_its_first_use
            a_successor_of_a_token_that_stays_good_belongs_to_the_session
            a_token_that_stays_good_is_refused_as_any_other
            sessions_are_listed_in_pages_of_everybody_or_of_one
            a_page_of_sessions_says_where_the_next_one_begins
            a_session_is_not_listed_once_it_is_over
            a_thousand_rotations_do_not_move_the_absolute_end
            a_session_that_nobody_used_is_over
            a_session_is_ended_once_by_its_owner_or_by_anybody_else
            ending_a_session_blacklists_its_live_token
            ending_the_others_leaves_one
            ending_all_of_a_user_ends_what_has_no_session_too
            ending_all_goes_in_rounds_until_nothing_is_left
            what_begins_later_does_not_end
            a_new_password_ends_the_users_sessions
            a_new_password_may_leave_the_sessions
            disabling_a_user_ends_the_sessions_for_good
            a_deleted_users_tokens_are_blacklisted
            a_password_that_django_changed_ends_the_session
            a_password_that_django_changed_ends_nothing_where_sessions_are_not_tied_to_it
            a_better_hash_of_the_same_password_ends_nothing
            a_session_of_no_known_password_goes_with_the_next_that_is_seen
            an_access_token_leads_to_its_session
            an_access_token_leads_to_nobody_elses_session
            what_was_issued_before_the_epoch_is_dead
            an_epoch_never_moves_back
            an_extended_sliding_token_keeps_its_session
        }
    };
}

/// Makes a test of each fact about drf-jwt's blacklist, for stores that have it.
#[macro_export]
macro_rules! revocations_contract {
    ($run:path, $fixture:expr) => {
        $crate::store_contract! { @each $run, $fixture;
            an_entry_is_found_by_the_token_or_the_id
            an_entry_of_the_same_token_or_id_is_added_once
            of_sixteen_entries_of_a_line_at_once_one_is_added
            an_entry_of_nobody_is_not_added
            entries_are_listed_in_pages_of_everybody_or_of_one
            an_entry_is_found_and_withdrawn_by_its_owner
            entries_that_ended_are_forgotten_in_rounds
            a_deleted_users_entries_go_too
        }
    };
}

/// Makes a test of each fact about the keys that servers share, for stores that have them.
#[macro_export]
macro_rules! keys_contract {
    ($run:path, $fixture:expr) => {
        $crate::store_contract! { @each $run, $fixture;
            keys_are_read_as_they_were_written
            a_key_is_written_in_place_of_the_one_of_its_name
            what_was_planned_on_an_older_version_is_not_written
            of_eight_changes_at_once_one_is_written
        }
    };
}

/// Makes a test of each fact about what the admin pages keep and look through.
#[macro_export]
macro_rules! admin_contract {
    ($run:path, $fixture:expr) => {
        $crate::store_contract! { @each $run, $fixture;
            a_line_of_the_trail_is_read_as_it_was_written
            a_line_has_no_outcome_until_it_is_finished_and_then_keeps_it
            the_trail_is_read_backwards_in_pages
            the_trail_is_read_by_act_subject_actor_and_time
            an_admin_session_is_found_until_it_is_closed
            an_admin_session_is_touched_and_confirmed
            sessions_and_links_that_ended_are_purged_and_others_are_not
            a_link_is_redeemed_once
            of_sixteen_redemptions_at_once_one_gets_the_link
            a_link_ends_when_its_time_is_over_or_another_takes_its_place
            attempts_are_refused_once_there_were_too_many_until_the_window_ends
            attempts_that_are_forgotten_count_no_more
            of_sixteen_attempts_at_once_no_more_than_the_limit_are_counted
            users_are_looked_through_in_either_order_and_direction
            users_are_looked_for_by_how_their_names_begin
            users_are_looked_for_by_what_names_and_addresses_contain
            a_search_goes_on_where_its_budget_ended
            a_user_is_found_by_the_printed_id
            a_user_is_edited_and_put_into_groups
            an_edit_that_disables_ends_the_sessions
            a_username_that_is_taken_is_not_given_twice
            an_active_superuser_is_noticed
        }
    };
}

/// An instant that all facts begin at, with microseconds.
fn start() -> Timestamp {
    Timestamp::from_microsecond(1_790_000_000_123_456).expect("a year like ours")
}

fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

/// A user as the facts like them: active, with a password and an address.
fn person(username: &str) -> NewUser {
    NewUser {
        user: User {
            id: UserId::Integer(0),
            username: username.to_owned(),
            password: "pbkdf2_sha256$1$salt$hash".to_owned(),
            is_active: true,
            is_staff: false,
            is_superuser: false,
            email: format!("{username}@example.org"),
            first_name: "First".to_owned(),
            last_name: "Last".to_owned(),
            last_login: None,
            date_joined: Some(start()),
        },
    }
}

async fn add(store: &impl UserAdmin, user: &NewUser) -> User {
    match store.add(user).await.expect("the store answers") {
        AddOutcome::Added(user) => user,
        AddOutcome::UsernameTaken => panic!("the name is taken"),
    }
}

/// A token of an hour from [`start`].
fn token(jti: &str, user: Option<&UserId>) -> Record {
    Record {
        jti: jti.to_owned(),
        token: format!("header.{jti}.signature"),
        claims: format!("{{\"jti\":\"{jti}\"}}"),
        user: user.cloned(),
        created_at: start(),
        expires_at: start() + seconds(3600),
    }
}

/// A session that begins, of no known password.
fn login(id: &str) -> NewSession<'_> {
    NewSession { id, fingerprint: None, origin: Origin::default() }
}

/// Terms that let a session last as long as its tokens and the password.
fn terms() -> Terms {
    Terms { issued_at: Some(start()), limits: Limits::default(), tied_to_password: true }
}

/// A use of `presented` at [`start`], without grace, without reuse detection.
fn using<'a>(presented: &'a Record, successor: &'a Record) -> Rotate<'a> {
    Rotate { family: "adopted", ..super::rotating(presented, successor, start()) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_fact_is_in_the_list() {
        let list = include_str!("contract.rs");
        let facts = [
            include_str!("contract/admin.rs"),
            include_str!("contract/audit.rs"),
            include_str!("contract/directory.rs"),
            include_str!("contract/door.rs"),
            include_str!("contract/blacklist.rs"),
            include_str!("contract/revocations.rs"),
            include_str!("contract/rotation.rs"),
            include_str!("contract/sessions.rs"),
            include_str!("contract/users.rs"),
        ];
        let names = facts.iter().flat_map(|text| text.lines()).filter_map(|line| {
            line.strip_prefix("pub async fn ").and_then(|rest| rest.split(['(', '<']).next())
        });
        let mut count = 0;
        for name in names {
            count += 1;
            assert!(list.contains(&format!("            {name}\n")), "{name} is not in store_contract!");
        }
        assert!(count > 40, "only {count} facts were seen");
    }
}
