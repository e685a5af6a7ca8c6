//! The real gateway, killed: at moments of every kind while tills sell, and at each change of a file in turn.
//!
//! What must hold is the same each time, see [`audit`]: what was acknowledged arrives once and as it was said,
//! what arrived was said, and nobody is created twice. Nothing here asserts how long something takes.

pub mod audit;
pub mod engage;
pub mod operator;
pub mod process;
mod stage;
mod sweep;

use std::thread;

use crate::kill::audit::Books;
use crate::kill::engage::Engage;
use crate::kill::stage::{Aim, Phase, Stage};
use crate::support::Running;
use crate::tills::{Chance, Door, Till};

const TILLS: usize = 4;
/// Rounds of all kinds of kills; each has thirteen.
const CYCLES: usize = 5;
/// Fewer kills would say little.
const KILLS_MIN: usize = 50;
/// Between a contact's creation and its being seen.
const VISIBILITY_DELAY_SECONDS: u32 = 1;

/// One of each kind, and what is only worth its while after another.
const CYCLE: [&[Aim]; 9] = [
    &[Aim::Whenever],
    &[Aim::Whenever],
    &[Aim::Whenever, Aim::Idle],
    &[Aim::Whenever, Aim::StartUp],
    &[Aim::SaleUnanswered],
    &[Aim::CallUnanswered("/api/v3/receipts"), Aim::StartUp],
    &[Aim::CallUnanswered("/api/v3/contacts")],
    &[Aim::AttemptWritten, Aim::StartUp],
    &[Aim::LinkCut],
];

#[test]
fn what_was_acknowledged_survives_kills_at_any_moment() {
    let mut chance = Chance::drawn();
    let folder = tempfile::tempdir().expect("a folder");
    let sandbox = Running::sandbox(folder.path());
    let engage = Engage::at(&sandbox.base_url);
    engage.is_quick(VISIBILITY_DELAY_SECONDS);
    let door = Door::default();
    thread::scope(|scope| {
        let tills: Vec<_> = (0..TILLS)
            .map(|n| (n, chance.fork()))
            .map(|(n, chance)| {
                let door = &door;
                scope.spawn(move || Till::new(n, chance).run(door))
            })
            .collect();
        let mut stage = Stage::new(folder.path(), &sandbox, &door, chance.fork());
        // Before the stage goes, so that nobody takes that for a fault.
        let _broken_off = door.broken_off_at_the_end();
        for aim in (0..CYCLES).flat_map(|_| cycle(&mut chance)) {
            stage.kill(aim);
        }
        stage.start();
        door.close();
        let tills: Vec<Till> = tills.into_iter().map(|till| till.join().expect("a till ends")).collect();
        stage.drain();
        report(&stage, &tills);
        Books::of(&tills).are_true(&engage, stage.gateway_url(), &stage.log());
    });
}

fn cycle(chance: &mut Chance) -> Vec<Aim> {
    let mut cycle = CYCLE;
    chance.shuffle(&mut cycle);
    cycle.concat()
}

fn report(stage: &Stage<'_>, tills: &[Till]) {
    let sum = |of: fn(&Till) -> usize| tills.iter().map(of).sum::<usize>();
    println!("{} kills: {:?}", stage.kills, stage.phases);
    println!(
        "{} sales and {} enrolments; of the sales sent again, {} were known and {} were not",
        sum(|till| till.sales.len()),
        sum(|till| till.enrolments.len()),
        sum(|till| till.known_after_all),
        sum(|till| till.lost_with_their_answer),
    );
    println!("{} attempts were interrupted", stage.interrupted);
    assert!(stage.kills >= KILLS_MIN);
    for phase in Phase::ALL {
        assert!(stage.phases.contains_key(&phase), "no kill fell into {phase:?}");
    }
}
