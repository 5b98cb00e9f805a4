//! The tenants' policies: in a database, and kept for a while.

use std::path::Path;
use std::time::Duration;

use moka::future::Cache;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use tower_cors::{Policy, PolicyConfig};

/// How many policies are kept. Hosts and headers can name any tenant: there is an end to what is
/// kept for them.
const MAX_KEPT: u64 = 10_000;

/// How long a request waits for the database.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Clone)]
pub(crate) struct Tenants {
    database: SqlitePool,
    kept: Cache<String, Policy>,
}

impl Tenants {
    pub(crate) async fn open(file: &Path, keep: Duration) -> sqlx::Result<Self> {
        let made = !file.exists();
        let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
        let pool = SqlitePoolOptions::new().acquire_timeout(PATIENCE);
        let database = pool.connect_with(options).await?;
        if made {
            sqlx::raw_sql(FIRST).execute(&database).await?;
        }
        let kept = Cache::builder().max_capacity(MAX_KEPT).time_to_live(keep).build();
        Ok(Self { database, kept })
    }

    /// The tenant's policy. Nothing is allowed where there is no such tenant, where its policy is
    /// broken, and while the database fails; only this last is asked again at the next request.
    pub(crate) async fn policy(&self, tenant: &str) -> Policy {
        // Requests that come together ask once.
        let found = self.kept.try_get_with_by_ref(tenant, self.load(tenant));
        match tokio::time::timeout(PATIENCE, found).await {
            Ok(Ok(policy)) => policy,
            Ok(Err(error)) => denied(tenant, &error.to_string()),
            Err(_) => denied(tenant, "the database does not answer"),
        }
    }

    async fn load(&self, tenant: &str) -> sqlx::Result<Policy> {
        let query = sqlx::query_scalar("SELECT cors FROM tenants WHERE name = ?").bind(tenant);
        let text: Option<String> = query.fetch_optional(&self.database).await?;
        Ok(match text.as_deref().map(build) {
            None => Policy::deny_all(),
            Some(Ok(policy)) => policy,
            Some(Err(errors)) => denied(tenant, &errors),
        })
    }
}

fn denied(tenant: &str, why: &str) -> Policy {
    eprintln!("nothing is allowed for {tenant}: {why}");
    Policy::deny_all()
}

/// # Errors
///
/// Everything that is wrong with the policy.
fn build(text: &str) -> Result<Policy, String> {
    let config: PolicyConfig = serde_json::from_str(text).map_err(|error| error.to_string())?;
    config.build().map_err(|errors| errors.to_string())
}

const FIRST: &str = r#"
CREATE TABLE tenants (name TEXT PRIMARY KEY, cors TEXT NOT NULL);
INSERT INTO tenants VALUES
  ('acme', '{"allowOrigins": ["https://app.acme.example"], "allowMethods": ["PUT"], "allowCredentials": true}'),
  ('umbrella', '{"allowOrigins": ["https://*.umbrella.example"]}');
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_kept_has_an_end() {
        let database = SqlitePool::connect_lazy("sqlite::memory:").unwrap();
        database.close().await;
        let kept = Cache::builder().max_capacity(10).build();
        let tenants = Tenants { database, kept };
        // A failure is not kept at all.
        assert_eq!(tenants.policy("acme").await, Policy::deny_all());
        tenants.kept.run_pending_tasks().await;
        assert_eq!(tenants.kept.entry_count(), 0);

        let pool = SqlitePoolOptions::new().max_connections(1);
        let database = pool.connect("sqlite::memory:").await.unwrap();
        sqlx::raw_sql(FIRST).execute(&database).await.unwrap();
        let tenants = Tenants { database, ..tenants };
        for number in 0..200 {
            assert_eq!(tenants.policy(&format!("tenant-{number}")).await, Policy::deny_all());
        }
        tenants.kept.run_pending_tasks().await;
        assert!((1..=10).contains(&tenants.kept.entry_count()));
    }
}
