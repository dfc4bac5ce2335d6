//! Faults that are planted in the machine under test, one at a time.

/// A rule that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoil {
    // The lease.
    WallClockCounts,
    RebootIsFree,
    ReplayRenews,
    LeaseBeginsAtTheAnswer,
    PreparedForGood,
    DestroyedWhileEnrolled,
    DestroyedAtOnce,
    // The delay.
    NoDelay,
    RebootEndsTheDelay,
    DelayByTheWallClock,
    CountedAfterTheCheck,
    KnownWrongCounts,
    EleventhTry,
    FingerForgetsTries,
    // The slots.
    WrongCodeOpens,
    HardLockKeepsSlots,
    KeyMadeAnew,
    NotNowIsGone,
    RecoverySlotIgnored,
    // The lock's reasons.
    LenientShownFirst,
    UnlockEndsAll,
    OrderEndsAll,
    LiftedOpens,
    CauseForgottenAtRecovery,
    BackgroundIgnored,
    IdleIgnored,
    TouchComesFirst,
    StartOpens,
}

impl Spoil {
    pub const ALL: [Self; 28] = [
        Self::WallClockCounts,
        Self::RebootIsFree,
        Self::ReplayRenews,
        Self::LeaseBeginsAtTheAnswer,
        Self::PreparedForGood,
        Self::DestroyedWhileEnrolled,
        Self::DestroyedAtOnce,
        Self::NoDelay,
        Self::RebootEndsTheDelay,
        Self::DelayByTheWallClock,
        Self::CountedAfterTheCheck,
        Self::KnownWrongCounts,
        Self::EleventhTry,
        Self::FingerForgetsTries,
        Self::WrongCodeOpens,
        Self::HardLockKeepsSlots,
        Self::KeyMadeAnew,
        Self::NotNowIsGone,
        Self::RecoverySlotIgnored,
        Self::LenientShownFirst,
        Self::UnlockEndsAll,
        Self::OrderEndsAll,
        Self::LiftedOpens,
        Self::CauseForgottenAtRecovery,
        Self::BackgroundIgnored,
        Self::IdleIgnored,
        Self::TouchComesFirst,
        Self::StartOpens,
    ];
}
