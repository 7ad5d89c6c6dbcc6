//! What is known of Django's apps, whatever the database: their migrations, their models, and what becomes of rows
//! that point at a user.

/// The migrations that make the tables of `schema/django.sql` in Django 5.2.
pub(crate) const DJANGO_MIGRATIONS: [(&str, &str); 14] = [
    ("contenttypes", "0001_initial"),
    ("contenttypes", "0002_remove_content_type_name"),
    ("auth", "0001_initial"),
    ("auth", "0002_alter_permission_name_max_length"),
    ("auth", "0003_alter_user_email_max_length"),
    ("auth", "0004_alter_user_username_opts"),
    ("auth", "0005_alter_user_last_login_null"),
    ("auth", "0006_require_contenttypes_0002"),
    ("auth", "0007_alter_validators_add_error_messages"),
    ("auth", "0008_alter_user_username_max_length"),
    ("auth", "0009_alter_user_last_name_max_length"),
    ("auth", "0010_alter_group_name_max_length"),
    ("auth", "0011_update_proxy_permissions"),
    ("auth", "0012_alter_user_first_name_max_length"),
];

/// The migrations that make the tables of `schema/token_blacklist.sql` in simplejwt 5.5. There is no 0009.
pub(crate) const BLACKLIST_MIGRATIONS: [(&str, &str); 12] = [
    ("token_blacklist", "0001_initial"),
    ("token_blacklist", "0002_outstandingtoken_jti_hex"),
    ("token_blacklist", "0003_auto_20171017_2007"),
    ("token_blacklist", "0004_auto_20171017_2013"),
    ("token_blacklist", "0005_remove_outstandingtoken_jti"),
    ("token_blacklist", "0006_auto_20171017_2113"),
    ("token_blacklist", "0007_auto_20171017_2214"),
    ("token_blacklist", "0008_migrate_to_bigautofield"),
    ("token_blacklist", "0010_fix_migrate_to_bigautofield"),
    ("token_blacklist", "0011_linearizes_history"),
    ("token_blacklist", "0012_alter_outstandingtoken_user"),
    ("token_blacklist", "0013_alter_blacklistedtoken_options_and_more"),
];

/// The models, with their verbose names, in the order in which Django's `post_migrate` writes them down.
pub(crate) const DJANGO_MODELS: [(&str, &str, &str); 4] = [
    ("contenttypes", "contenttype", "content type"),
    ("auth", "permission", "permission"),
    ("auth", "group", "group"),
    ("auth", "user", "user"),
];
pub(crate) const BLACKLIST_MODELS: [(&str, &str, &str); 2] = [
    ("token_blacklist", "blacklistedtoken", "Blacklisted Token"),
    ("token_blacklist", "outstandingtoken", "Outstanding Token"),
];

/// A Django app whose tables can be made without Django.
#[derive(Debug)]
pub(crate) struct App {
    /// Its tables.
    pub(crate) tables: &'static [&'static str],
    /// What makes them.
    pub(crate) sql: &'static str,
    /// What Django's table of migrations says of that.
    pub(crate) migrations: &'static [(&'static str, &'static str)],
    /// As [`DJANGO_MODELS`].
    pub(crate) models: &'static [(&'static str, &'static str, &'static str)],
    /// What to say of it once it is made.
    pub(crate) done: &'static str,
}

/// simplejwt's `token_blacklist`, made by this.
pub(crate) const fn simple_jwt_app(sql: &'static str) -> App {
    App {
        tables: &BLACKLIST_TABLES,
        sql,
        migrations: &BLACKLIST_MIGRATIONS,
        models: &BLACKLIST_MODELS,
        done: "made the tables of simplejwt's token_blacklist",
    }
}

/// drf-jwt's `blacklist`, made by this.
pub(crate) const fn drf_jwt_app(sql: &'static str) -> App {
    App {
        tables: &[DRF_JWT_TABLE],
        sql,
        migrations: &[("blacklist", "0001_initial"), ("blacklist", "0002_add_token_id")],
        models: &[("blacklist", "blacklistedtoken", "blacklisted token")],
        done: "made the table of drf-jwt's blacklist",
    }
}

/// simplejwt's two tables.
pub(crate) const BLACKLIST_TABLES: [&str; 2] =
    ["token_blacklist_outstandingtoken", "token_blacklist_blacklistedtoken"];

/// drf-jwt's table.
pub(crate) const DRF_JWT_TABLE: &str = "blacklist_blacklistedtoken";

/// The four permissions that Django makes for a model.
pub(crate) const VERBS: [&str; 4] = ["add", "change", "delete", "view"];

/// What Django would do with rows that point at a deleted user.
pub(crate) enum Fate {
    /// They are deleted.
    Delete,
    /// They point at nobody.
    SetNull,
    /// Not ours to say.
    Unknown,
}

/// By the name of the table that they are in. `users` is that of the user table.
pub(crate) fn fate(users: &str, table: &str) -> Fate {
    match table {
        "token_blacklist_outstandingtoken" => Fate::SetNull,
        "blacklist_blacklistedtoken" => Fate::Delete,
        _ if table == format!("{users}_groups") || table == format!("{users}_user_permissions") => {
            Fate::Delete
        }
        _ => Fate::Unknown,
    }
}
