//! What Django calls a foreign key.

/// The most that PostgreSQL takes.
const LONGEST: usize = 63;

/// The name of the foreign key of `column` of `table` that points at another table's column, as
/// `BaseDatabaseSchemaEditor._create_index_name` makes it. `digest` is Django's of `table` and `column`; it does not
/// depend on what is pointed at.
pub(super) fn foreign_key(table: &str, column: &str, digest: &str, to: (&str, &str)) -> String {
    let mut end: String = format!("{digest}_fk_{}_{}", to.0, to.1);
    let whole = format!("{table}_{column}_{end}");
    if whole.chars().count() <= LONGEST {
        return whole;
    }
    end = first(&end, LONGEST / 3);
    let other = (LONGEST - end.chars().count()) / 2 - 1;
    format!("{}_{}_{end}", first(table, other), first(column, other))
}

fn first(text: &str, count: usize) -> String {
    text.chars().take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_keys_are_named_as_django_names_them() {
        let outstanding = ("token_blacklist_outstandingtoken", "user_id", "83bc629a");
        let name = |(table, column, digest), to| foreign_key(table, column, digest, to);
        assert_eq!(
            name(outstanding, ("auth_user", "id")),
            "token_blacklist_outs_user_id_83bc629a_fk_auth_user"
        );
        assert_eq!(
            name(outstanding, ("people", "nr")),
            "token_blacklist_outstandingtoken_user_id_83bc629a_fk_people_nr"
        );
        let entry = ("blacklist_blacklistedtoken", "user_id", "e4068fb1");
        assert_eq!(
            name(entry, ("auth_user", "id")),
            "blacklist_blacklistedtoken_user_id_e4068fb1_fk_auth_user_id"
        );
    }
}
