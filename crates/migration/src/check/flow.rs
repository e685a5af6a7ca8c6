//! Reading on one thread, judging on several, settling on one, in the order of reading.
//!
//! Batches go round: each goes to the next lane, and is taken from the lanes in the same turn. Nothing depends on which
//! thread is fast, and no more than a few batches a lane exist at a time.
//!
//! What was judged goes home: it is dropped on the thread that made it, since memory that one thread takes and another
//! gives back makes the two wait for each other.

use std::sync::mpsc::sync_channel;
use std::thread;

/// How many things a batch has at most: enough that a channel's cost is shared, few enough to stay in a cache.
pub const BATCH_MAX: usize = 512;

/// How many batches wait before and after each lane.
const WAITING_MAX: usize = 2;

/// Reads until a batch is empty. `read` gets a batch that was settled, to use its buffers again; `settle` may take what it
/// wants of what was judged.
///
/// # Errors
/// The first that `read` or `settle` has.
pub fn in_order<T: Send, J: Send, E: Send>(
    lanes: usize,
    mut read: impl FnMut(Vec<T>) -> Result<Vec<T>, E> + Send,
    judge: impl Fn(&T) -> J + Sync,
    mut settle: impl FnMut(&[T], &mut [J]) -> Result<(), E>,
) -> Result<(), E> {
    thread::scope(|scope| {
        let (spent, spare) = sync_channel::<Vec<T>>(lanes * 2 * WAITING_MAX);
        let (mut to, mut from, mut home) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..lanes.max(1) {
            let (send, batches) = sync_channel::<Result<Vec<T>, E>>(WAITING_MAX);
            let (answer, answers) = sync_channel(WAITING_MAX);
            let (done, settled) = sync_channel::<Vec<J>>(2 * WAITING_MAX);
            to.push(send);
            from.push(answers);
            home.push(done);
            let judge = &judge;
            scope.spawn(move || {
                for batch in batches {
                    let judged = batch.map(|batch| {
                        let mut judged = settled.try_recv().unwrap_or_default();
                        judged.clear();
                        judged.extend(batch.iter().map(judge));
                        (batch, judged)
                    });
                    // Nobody takes it after an error.
                    if answer.send(judged).is_err() {
                        return;
                    }
                }
            });
        }
        scope.spawn(move || {
            for lane in to.iter().cycle() {
                let batch = read(spare.try_recv().unwrap_or_default());
                let (is_end, is_error) = (batch.as_ref().is_ok_and(Vec::is_empty), batch.is_err());
                if is_end || lane.send(batch).is_err() || is_error {
                    return;
                }
            }
        });
        for (answers, home) in from.iter().zip(&home).cycle() {
            let Ok(answer) = answers.recv() else { break };
            let (batch, mut judged) = answer?;
            settle(&batch, &mut judged)?;
            // When all are in use there is one too many, and it goes.
            drop(home.try_send(judged));
            drop(spent.try_send(batch));
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::in_order;

    fn numbers(lanes: usize, count: u32, fails_at: Option<u32>) -> Result<Vec<u32>, u32> {
        let (mut next, mut settled) = (0, Vec::new());
        let read = |mut batch: Vec<u32>| {
            batch.clear();
            while batch.len() < 7 && next < count {
                if fails_at == Some(next) {
                    return Err(next);
                }
                batch.push(next);
                next += 1;
            }
            Ok(batch)
        };
        in_order(
            lanes,
            read,
            |number| number * 2,
            |batch, judged| {
                settled.extend(batch.iter().zip(&*judged).map(|(number, double)| number + double));
                Ok(())
            },
        )?;
        Ok(settled)
    }

    #[test]
    fn everything_is_settled_in_the_order_of_reading() {
        for lanes in 1..5 {
            for count in [0, 1, 6, 7, 8, 700] {
                assert_eq!(numbers(lanes, count, None), Ok((0..count).map(|number| number * 3).collect()));
            }
        }
    }

    #[test]
    fn an_error_ends_it_on_either_side() {
        assert_eq!(numbers(3, 1_000, Some(400)), Err(400));
        let mut settled = 0;
        let outcome = in_order(
            3,
            |_| Ok(vec![1]),
            |number| *number,
            |_, _| {
                settled += 1;
                if settled == 5 { Err("stopped") } else { Ok(()) }
            },
        );
        assert_eq!((outcome, settled), (Err("stopped"), 5), "an endless source is stopped too");
    }
}
