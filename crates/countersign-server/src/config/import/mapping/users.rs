//! The user model.

use super::Mapper;
use crate::config::import::python::Python;

const NAME: &str = "AUTH_USER_MODEL";

impl Mapper<'_> {
    pub(super) fn users(&mut self) {
        match (&self.project.users, self.project.setting(NAME).and_then(Python::as_str)) {
            (Some(users), _) => {
                self.take("users", "table", NAME, &Python::Text(users.table.clone()));
                for (name, column) in &users.columns {
                    let value = column.clone().map_or(Python::Bool(false), Python::Text);
                    self.take("users", name, NAME, &value);
                }
            }
            (None, Some(model)) if model != "auth.User" => {
                let table = model.to_lowercase().replace('.', "_");
                self.take("users", "table", NAME, &Python::Text(table.clone()));
                self.miss(
                    NAME,
                    format!("is {model}: the table is taken to be {table}, with Django's columns"),
                    "see that [users] names the table and its columns; `countersign check` does",
                );
            }
            _ => {}
        }
    }
}
