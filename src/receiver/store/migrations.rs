//! The numbered migrations of a store's tables, by refinery, which orders them, compares them with those that the store
//! lists as made, and adds them to that list.
//!
//! Its drivers are not used: they prepare named statements, which a pooler in transaction mode does not carry, begin
//! transactions of their own, between which another process may come, and panic over an entry that somebody
//! changed. What they would run is gathered here instead, for the store to run in one transaction that locks
//! out other processes.
//!
//! A migration that is released never changes: the list keeps a checksum of each.

use std::convert::Infallible;

use refinery_core::traits::sync::{Migrate, Query, Transaction};
use refinery_core::{Error, Migration, Runner, Target};
use time::OffsetDateTime;

/// The migrations of a kind of store.
pub(super) struct Migrations {
    /// The table that lists those that were made.
    pub(super) list: &'static str,
    /// The name, `V<number>__<what>`, and the statements of each.
    pub(super) all: &'static [(&'static str, &'static str)],
}

/// The names of migrations, each with the statements of its file in `migrations/` beside the caller's.
macro_rules! with_statements {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("migrations/", $name, ".sql")))),+]
    };
}

pub(super) use with_statements;

/// An entry of the list.
pub(super) struct Made {
    pub(super) number: i32,
    pub(super) name: String,
    pub(super) checksum: String,
}

/// The newest layout of before there was a list.
const NEWEST_LAYOUT: i32 = 4;

impl Migrations {
    /// The statement that makes the list unless it is there.
    pub(super) fn make_list(&self) -> String {
        Plan::assert_migrations_table_query(self.list)
    }

    /// The query for the number, name and checksum of each entry of the list.
    pub(super) fn read_list(&self) -> String {
        let list = self.list;
        format!("SELECT version, name, checksum FROM {list} ORDER BY version")
    }

    /// The statements that bring the tables up to date. Those of before there was a list say their layout, which is
    /// the number of their newest migration. `Err`: that number, or the newest one of the list, if this version
    /// does not know how to, as it knows other migrations.
    pub(super) fn plan(&self, made: &[Made], layout: Option<&str>) -> Result<String, String> {
        let newest = made.last().map(|made| made.number.to_string());
        let newest = || layout.map(str::to_owned).or(newest).unwrap_or_default();
        let layout = match layout.map(str::parse) {
            None => None,
            Some(Ok(layout)) if (1..=NEWEST_LAYOUT).contains(&layout) => Some(layout),
            Some(_) => return Err(newest()),
        };
        self.statements(made, layout).map_err(|_| newest())
    }

    fn statements(&self, made: &[Made], layout: Option<i32>) -> Result<String, Error> {
        let all = self.all.iter();
        let all = all.map(|(name, statements)| Migration::unapplied(name, statements));
        let all = all.collect::<Result<Vec<_>, _>>()?;
        // refinery compares numbers, names and checksums.
        let made = made.iter().map(|made| {
            let checksum = made.checksum.parse().unwrap_or_default();
            applied(made.number, &made.name, checksum)
        });
        let mut plan = Plan {
            made: made.collect(),
            statements: Vec::new(),
        };
        let mut runner = Runner::new(&all).set_grouped(true);
        runner.set_migration_table_name(self.list);
        if let Some(layout) = layout {
            runner = runner.set_target(Target::FakeVersion(layout));
            runner.run(&mut plan)?;
            let known = all.iter().filter(|known| known.version() <= layout);
            plan.made = known
                .map(|known| applied(known.version(), known.name(), known.checksum()))
                .collect();
            runner = runner.set_target(Target::Latest);
        }
        runner.run(&mut plan)?;
        Ok(plan.statements.concat())
    }
}

fn applied(number: i32, name: &str, checksum: u64) -> Migration {
    // Nobody asks when.
    let when = OffsetDateTime::UNIX_EPOCH;
    Migration::applied(number, name.to_owned(), when, checksum)
}

/// Stands for a database.
struct Plan {
    made: Vec<Migration>,
    statements: Vec<String>,
}

impl Transaction for Plan {
    type Error = Infallible;

    fn execute<'a, T: Iterator<Item = &'a str>>(
        &mut self,
        queries: T,
    ) -> Result<usize, Infallible> {
        let before = self.statements.len();
        let ended = queries.map(|query| match query.trim_end() {
            whole if whole.ends_with(';') => format!("{whole}\n"),
            open => format!("{open};\n"),
        });
        self.statements.extend(ended);
        Ok(self.statements.len() - before)
    }
}

impl Query<Vec<Migration>> for Plan {
    fn query(&mut self, _: &str) -> Result<Vec<Migration>, Infallible> {
        Ok(self.made.clone())
    }
}

impl Migrate for Plan {}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Migrations = Migrations {
        list: "list",
        all: &[("V1__cats", "CREATE cats;\n"), ("V2__dogs", "CREATE dogs")],
    };

    /// The statements of a plan, but for the list itself and the time of its entries.
    fn plan(made: &[Made], layout: Option<&str>) -> Result<Vec<String>, String> {
        let statements = TWO.plan(made, layout)?;
        let statements = statements.split_terminator(";\n").map(str::trim);
        let told = statements.filter(|statement| !statement.starts_with("CREATE TABLE"));
        let told = told.map(|statement| statement.split(", '20").next().unwrap_or_default());
        Ok(told
            .map(|told| told.replace(" (version, name, applied_on, checksum)", ""))
            .collect())
    }

    #[test]
    fn what_was_not_made_is_run_in_order_and_listed() {
        let [cats, dogs] = ["CREATE cats", "CREATE dogs"];
        let [cats_made, dogs_made] =
            ["1, 'cats'", "2, 'dogs'"].map(|entry| format!("INSERT INTO list VALUES ({entry}"));
        let all = vec![cats, cats_made.as_str(), dogs, dogs_made.as_str()];
        let all: Vec<_> = all.into_iter().map(str::to_owned).collect();
        assert_eq!(plan(&[], None), Ok(all));
        let rest = vec![cats_made, dogs.to_owned(), dogs_made.clone()];
        assert_eq!(plan(&[], Some("1")), Ok(rest));
    }
}
