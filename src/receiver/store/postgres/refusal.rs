//! Why a database is refused, and whether it helps to wait.

use deadpool_postgres::PoolError;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::chain::http::with_causes;
use crate::receiver::store::identity::OpenError;

/// Why the database is refused.
pub(super) enum DatabaseRefusal {
    /// What waiting does not change.
    Lasting(String),
    /// The database may be there in a moment.
    Passing(String),
}

impl DatabaseRefusal {
    pub(super) fn of(self, place: &str) -> OpenError {
        let place = place.to_owned();
        match self {
            Self::Lasting(reason) => OpenError::Unsuitable { place, reason },
            Self::Passing(reason) => OpenError::Unavailable { place, reason },
        }
    }
}

impl From<Error> for DatabaseRefusal {
    fn from(error: Error) -> Self {
        let Some(database) = error.as_db_error() else {
            return Self::Passing(with_causes(&error));
        };
        let reason = database.message().to_owned();
        match waiting_helps(database.code()) {
            true => Self::Passing(reason),
            false => Self::Lasting(reason),
        }
    }
}

impl From<PoolError> for DatabaseRefusal {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => error.into(),
            other => Self::Passing(other.to_string()),
        }
    }
}

/// Not where a pooler takes no such setting (08P01, in PgBouncer's words an "unsupported startup parameter"), a setting
/// is none (class 22), the server lacks a feature (0A), or tables of these names are somebody
/// else's (42). A right is missing (also of class 42) while a database is being provisioned, as are role,
/// password, database and schema.
fn waiting_helps(state: &SqlState) -> bool {
    let lasts = ["08P01", "0A", "22", "42"]
        .iter()
        .any(|class| state.code().starts_with(class));
    !lasts || *state == SqlState::INSUFFICIENT_PRIVILEGE
}
