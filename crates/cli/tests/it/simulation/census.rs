//! What really happened in a run: a simulation in which nothing went wrong proves nothing.

/// A class of things that go wrong, or that tills and people do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    CutBefore,
    CutAfter,
    ArrivedAfterTimeout,
    AnswerAfterTimeout,
    Refused,
    Status429,
    Status5xx,
    Status401,
    Status4xx,
    WebPageBefore,
    Swallowed,
    WebPageAfter,
    Crash,
    CrashInCommitKept,
    CrashInCommitLost,
    CallLostInCrash,
    CallLandedAfterCrash,
    CommitFailedNothingKept,
    CommitFailedButKept,
    ReadFailed,
    SandboxReplayed,
    AnswerToTillLost,
    SameAgain,
    OtherContent,
    EnrolledTwice,
    ExistedInEngage,
    SignedUpElsewhere,
    TemporaryIdUsed,
    Anonymous,
    Training,
    LookedUp,
    OperatorRetried,
    OperatorDiscarded,
    SentOnceMore,
    DarkForHours,
    LookedUpByAny,
    StaleOverview,
    Invisible,
    SharedIdentifier,
    ExistedAsSubscriber,
    Promoted,
    Filled,
    EnrolledWhileEnrolling,
    EditedInEngage,
    DeletedInEngage,
    StrangerUpdated,
    Overtaken,
    LeftAlone,
    WaitedWhileEdited,
    ChangeLostBefore,
    ChangeLostAfter,
    TypeLostBefore,
    TypeLostAfter,
    DeletionLostBefore,
    DeletionLostAfter,
    Merged,
    Exported,
    Forgotten,
    ForgottenInFlight,
    DeadIdUsed,
    Refused410,
    Restored,
    FeedRefreshed,
    FeedErased,
    ReturnedInPart,
    ReturnedToTheLast,
    ReturnedAtOnce,
    ReturnedAgain,
    ReturnOfUnknown,
    ReturnOfLost,
    ReturnOfVoided,
    ReturnOfDiscarded,
    ReturnInOtherCurrency,
    ReturnRaced,
    ReturnOvertaken,
    OverReturn,
    Exchanged,
    InParts,
    VoidWithdrawn,
    VoidCompensated,
    VoidRefused,
    ReturnVoided,
    Claimed,
    ClaimedWithReturns,
    ClaimRefused,
    OfferUsed,
    UsedByTwo,
    UsedBeforeAssigned,
    UsedAnonymously,
    OfferRedeemed,
    OursAfterAll,
    UsedOnTheWebMeanwhile,
    AlreadyRedeemed,
    UsedHere,
    OfferExpired,
    OfferNotFound,
    OfferNotGiven,
    HonouredOffline,
    RedemptionWithdrawn,
    GivenBack,
    GivenBackByReturn,
    NotReactivated,
    PromotionAgain,
    Assigned,
    AssignedTogether,
    AssignedOnce,
    Welcomed,
    WelcomedByAutomation,
    NotWelcomed,
    GivenInEngage,
    UsedOnTheWeb,
    PromotionEnded,
    AssignLostBefore,
    AssignLostAfter,
    RedeemLostBefore,
    RedeemLostAfter,
    VoucherLostBefore,
    VoucherLostAfter,
    ReactivateLostBefore,
    ReactivateLostAfter,
    OfferCallInCrash,
    TooLateStatus,
}

impl Class {
    /// What need not be met in each run: `offers::lost_answers` loses every answer of a reactivation.
    const RARE: [Class; 2] = [Class::ReactivateLostBefore, Class::ReactivateLostAfter];

    pub(super) const ALL: [Class; 122] = [
        Class::CutBefore,
        Class::CutAfter,
        Class::ArrivedAfterTimeout,
        Class::AnswerAfterTimeout,
        Class::Refused,
        Class::Status429,
        Class::Status5xx,
        Class::Status401,
        Class::Status4xx,
        Class::WebPageBefore,
        Class::Swallowed,
        Class::WebPageAfter,
        Class::Crash,
        Class::CrashInCommitKept,
        Class::CrashInCommitLost,
        Class::CallLostInCrash,
        Class::CallLandedAfterCrash,
        Class::CommitFailedNothingKept,
        Class::CommitFailedButKept,
        Class::ReadFailed,
        Class::SandboxReplayed,
        Class::AnswerToTillLost,
        Class::SameAgain,
        Class::OtherContent,
        Class::EnrolledTwice,
        Class::ExistedInEngage,
        Class::SignedUpElsewhere,
        Class::TemporaryIdUsed,
        Class::Anonymous,
        Class::Training,
        Class::LookedUp,
        Class::OperatorRetried,
        Class::OperatorDiscarded,
        Class::SentOnceMore,
        Class::DarkForHours,
        Class::LookedUpByAny,
        Class::StaleOverview,
        Class::Invisible,
        Class::SharedIdentifier,
        Class::ExistedAsSubscriber,
        Class::Promoted,
        Class::Filled,
        Class::EnrolledWhileEnrolling,
        Class::EditedInEngage,
        Class::DeletedInEngage,
        Class::StrangerUpdated,
        Class::Overtaken,
        Class::LeftAlone,
        Class::WaitedWhileEdited,
        Class::ChangeLostBefore,
        Class::ChangeLostAfter,
        Class::TypeLostBefore,
        Class::TypeLostAfter,
        Class::DeletionLostBefore,
        Class::DeletionLostAfter,
        Class::Merged,
        Class::Exported,
        Class::Forgotten,
        Class::ForgottenInFlight,
        Class::DeadIdUsed,
        Class::Refused410,
        Class::Restored,
        Class::FeedRefreshed,
        Class::FeedErased,
        Class::ReturnedInPart,
        Class::ReturnedToTheLast,
        Class::ReturnedAtOnce,
        Class::ReturnedAgain,
        Class::ReturnOfUnknown,
        Class::ReturnOfLost,
        Class::ReturnOfVoided,
        Class::ReturnOfDiscarded,
        Class::ReturnInOtherCurrency,
        Class::ReturnRaced,
        Class::ReturnOvertaken,
        Class::OverReturn,
        Class::Exchanged,
        Class::InParts,
        Class::VoidWithdrawn,
        Class::VoidCompensated,
        Class::VoidRefused,
        Class::ReturnVoided,
        Class::Claimed,
        Class::ClaimedWithReturns,
        Class::ClaimRefused,
        Class::OfferUsed,
        Class::UsedByTwo,
        Class::UsedBeforeAssigned,
        Class::UsedAnonymously,
        Class::OfferRedeemed,
        Class::OursAfterAll,
        Class::UsedOnTheWebMeanwhile,
        Class::AlreadyRedeemed,
        Class::UsedHere,
        Class::OfferExpired,
        Class::OfferNotFound,
        Class::OfferNotGiven,
        Class::HonouredOffline,
        Class::RedemptionWithdrawn,
        Class::GivenBack,
        Class::GivenBackByReturn,
        Class::NotReactivated,
        Class::PromotionAgain,
        Class::Assigned,
        Class::AssignedTogether,
        Class::AssignedOnce,
        Class::Welcomed,
        Class::WelcomedByAutomation,
        Class::NotWelcomed,
        Class::GivenInEngage,
        Class::UsedOnTheWeb,
        Class::PromotionEnded,
        Class::AssignLostBefore,
        Class::AssignLostAfter,
        Class::RedeemLostBefore,
        Class::RedeemLostAfter,
        Class::VoucherLostBefore,
        Class::VoucherLostAfter,
        Class::ReactivateLostBefore,
        Class::ReactivateLostAfter,
        Class::OfferCallInCrash,
        Class::TooLateStatus,
    ];
}

/// How often each class happened, and how much went on beside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Census {
    counts: Vec<u64>,
    pub(super) events: u64,
    pub(super) calls: u64,
    pub(super) receipts: u64,
    pub(super) enrolments: u64,
    pub(super) updates: u64,
    pub(super) assignments: u64,
}

impl Census {
    pub(super) fn saw(&mut self, class: Class) {
        self.counts.resize(Class::ALL.len(), 0);
        self.counts[class as usize] += 1;
    }

    pub(super) fn of(&self, class: Class) -> u64 {
        self.counts.get(class as usize).copied().unwrap_or(0)
    }

    pub(super) fn add(&mut self, other: &Census) {
        self.counts.resize(Class::ALL.len(), 0);
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.events += other.events;
        self.calls += other.calls;
        self.receipts += other.receipts;
        self.enrolments += other.enrolments;
        self.updates += other.updates;
        self.assignments += other.assignments;
    }

    pub(super) fn missing(&self) -> Vec<Class> {
        let required = Class::ALL.into_iter().filter(|class| !Class::RARE.contains(class));
        required.filter(|class| self.of(*class) == 0).collect()
    }
}

impl std::fmt::Display for Census {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{:>9} events", self.events)?;
        writeln!(f, "{:>9} calls", self.calls)?;
        writeln!(f, "{:>9} receipts acknowledged", self.receipts)?;
        writeln!(f, "{:>9} enrolments acknowledged", self.enrolments)?;
        writeln!(f, "{:>9} updates acknowledged", self.updates)?;
        writeln!(f, "{:>9} assignments acknowledged", self.assignments)?;
        for class in Class::ALL {
            writeln!(f, "{:>9} {class:?}", self.of(class))?;
        }
        Ok(())
    }
}
