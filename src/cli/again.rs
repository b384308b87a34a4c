//! Asking a server again that has gone away.

use std::time::Duration;
use tonic::{Code, Status};

/// How often something is tried without coming any further: for some two minutes.
pub(super) const MAX_ATTEMPTS: u32 = 20;
/// After a cut, the first new attempt comes so soon; each later one waits twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// The longest between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Whether another attempt may go better.
pub(super) fn is_passing(status: &Status) -> bool {
    matches!(status.code(), Code::Unavailable | Code::Aborted) || std::error::Error::source(status).is_some()
}

/// Waits before another attempt, after so many that came no further.
pub(super) async fn wait(attempts: u32) {
    tokio::time::sleep(wait_after(attempts)).await;
}

fn wait_after(attempts: u32) -> Duration {
    FIRST_WAIT.saturating_mul(1 << attempts.saturating_sub(1).min(16)).min(LONGEST_WAIT)
}

/// What a status says, in a line.
pub(super) fn first_line(status: &Status) -> &str {
    status.message().lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_tried_for_minutes() {
        let all: Duration = (1..MAX_ATTEMPTS).map(wait_after).sum();
        assert_eq!(all, Duration::from_millis(12_700 + 12 * 10_000));
    }
}
