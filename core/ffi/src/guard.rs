//! Where a panic ends: as an error with an incident number, while the app goes on.

use companion_crypto::random::{Random, SystemRandom};
use companion_engine::CompanionError;
use std::{
    cell::RefCell,
    panic::{self, AssertUnwindSafe},
    pin::pin,
    sync::Once,
    task::Poll,
};

thread_local! {
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `body`; a panic in it is `Internal`.
pub(crate) fn run<T>(
    body: impl FnOnce() -> Result<T, CompanionError>,
) -> Result<T, CompanionError> {
    panic::catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| Err(panicked()))
}

/// Drives `work`; a panic in it is `Internal`, and `work` is not polled again.
pub(crate) async fn drive<T>(
    work: impl Future<Output = Result<T, CompanionError>>,
) -> Result<T, CompanionError> {
    let mut work = pin!(work);
    std::future::poll_fn(|context| {
        panic::catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)))
            .unwrap_or_else(|_| Poll::Ready(Err(panicked())))
    })
    .await
}

/// Lets an incident name the line of its panic. What a panic *says* may hold a value, so nobody prints it.
pub(crate) fn remember_places() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string);
            PLACE.with(|last| *last.borrow_mut() = place);
        }));
    });
}

/// A defect, logged once, without content.
pub(crate) fn internal(place: &str) -> CompanionError {
    let incident = random_id();
    tracing::error!(incident, place, "internal error");
    CompanionError::Internal { incident }
}

/// A UUIDv4.
pub(crate) fn random_id() -> String {
    let mut bytes = [0; 16];
    SystemRandom.fill(&mut bytes);
    let id = uuid::Builder::from_random_bytes(bytes).into_uuid();
    id.to_string()
}

fn panicked() -> CompanionError {
    let place = PLACE.with(|last| last.borrow_mut().take());
    internal(place.as_deref().unwrap_or("panic"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_incident_of_its_own() {
        let incident = || match run::<()>(|| panic!("a defect")) {
            Err(CompanionError::Internal { incident }) => incident,
            other => panic!("{other:?}"),
        };
        assert_ne!(incident(), incident());
        assert_eq!(run(|| Ok(1)), Ok(1));
        assert_eq!(
            run::<()>(|| Err(CompanionError::Closed)),
            Err(CompanionError::Closed)
        );
    }
}
