//! The tills: each has one connection, and sends its next receipt when the last is answered.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::{JoinSet, LocalSet};

use crate::process::cpu_time;
use crate::receipt::Request;

/// Tills at once.
pub(crate) const TILLS: usize = 64;
/// Ignored at the start of a measurement.
const WARM_UP: Duration = Duration::from_millis(400);
/// A measurement is cut into these, to see whether it was steady.
const SLICES: usize = 4;
/// How long one of them is.
const SLICE: Duration = Duration::from_millis(500);
/// Where the kernel tells about the thread that asks.
const OWN_THREAD: &str = "/proc/thread-self";
/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Who buys.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Customers {
    /// So many, again and again.
    Returning(u64),
    /// Each has never been seen before.
    New,
}

/// What a measurement saw.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Receipts a second.
    pub(crate) per_second: f64,
    /// The fastest slice over the slowest.
    pub(crate) spread: f64,
    /// All receipts that were answered, warm-up included.
    pub(crate) receipts: u64,
    /// Half of the answers took at most this long, in microseconds.
    pub(crate) median_us: u32,
    /// All but one in a hundred did.
    pub(crate) p99_us: u32,
    /// The share of its core that the load itself took.
    pub(crate) busy: f64,
}

#[derive(Debug)]
struct Tills {
    customers: Customers,
    sent: Cell<u64>,
    answered: Cell<u64>,
    /// No more are sent when this many were.
    enough: Cell<u64>,
    waits_us: RefCell<Vec<u32>>,
}

/// Sends receipts for as long as a measurement takes.
pub(crate) fn measure(address: SocketAddr, customers: Customers) -> anyhow::Result<Seen> {
    run(async {
        let tills = Tills::new(customers, u64::MAX);
        let mut talks = start(&tills, address).await?;
        wait(WARM_UP, &mut talks).await?;
        tills.waits_us.borrow_mut().clear();
        let (begun, before, busy_before) = (now(), tills.answered.get(), cpu_time(Path::new(OWN_THREAD))?);
        let mut marks = vec![(begun, before)];
        for _ in 0..SLICES {
            wait(SLICE, &mut talks).await?;
            marks.push((now(), tills.answered.get()));
        }
        let (took, busy) = (begun.elapsed(), cpu_time(Path::new(OWN_THREAD))?.saturating_sub(busy_before));
        let counted = tills.answered.get() - before;
        let mut waits = tills.waits_us.take();
        tills.enough.set(0);
        finish(talks).await?;
        waits.sort_unstable();
        let rates: Vec<f64> = marks.windows(2).map(|pair| rate(pair[0], pair[1])).collect();
        Ok(Seen {
            per_second: counted as f64 / took.as_secs_f64(),
            spread: rates.iter().copied().fold(0.0, f64::max)
                / rates.iter().copied().fold(f64::MAX, f64::min),
            receipts: tills.answered.get(),
            median_us: waits.get(waits.len() / 2).copied().unwrap_or_default(),
            p99_us: waits.get(waits.len() * 99 / 100).copied().unwrap_or_default(),
            busy: busy.as_secs_f64() / took.as_secs_f64(),
        })
    })
}

/// Sends exactly this many receipts.
pub(crate) fn send(address: SocketAddr, customers: Customers, receipts: u64) -> anyhow::Result<()> {
    run(async {
        let tills = Tills::new(customers, receipts);
        finish(start(&tills, address).await?).await
    })
}

/// Sends one receipt over a connection of its own.
pub(crate) fn send_one(address: SocketAddr, till: usize, receipt: u64) -> anyhow::Result<()> {
    run(async {
        let mut stream = TcpStream::connect(address).await?;
        let mut request = Request::of_till(till);
        request.set(receipt, receipt);
        exchange(&mut stream, request.bytes(), &mut Vec::new()).await
    })
}

fn run<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, work)
}

type Talks = JoinSet<anyhow::Result<()>>;

async fn start(tills: &Rc<Tills>, address: SocketAddr) -> anyhow::Result<Talks> {
    let mut talks = JoinSet::new();
    for till in 0..TILLS {
        let stream = TcpStream::connect(address).await.context("a till can't connect")?;
        stream.set_nodelay(true)?;
        talks.spawn_local(talk(Rc::clone(tills), stream, Request::of_till(till)));
    }
    Ok(talks)
}

/// Lets the tills work; a till that ends early has failed.
#[expect(clippy::disallowed_methods, reason = "a measurement takes its time")]
async fn wait(time: Duration, talks: &mut Talks) -> anyhow::Result<()> {
    tokio::select! {
        () = tokio::time::sleep(time) => Ok(()),
        Some(ended) = talks.join_next() => ended?.and_then(|()| bail!("a till went away")),
    }
}

async fn finish(mut talks: Talks) -> anyhow::Result<()> {
    while let Some(ended) = talks.join_next().await {
        ended??;
    }
    Ok(())
}

async fn talk(tills: Rc<Tills>, mut stream: TcpStream, mut request: Request) -> anyhow::Result<()> {
    let mut answer = Vec::with_capacity(8192);
    while let Some(receipt) = tills.next() {
        request.set(receipt, tills.customers.of(receipt));
        let begun = now();
        exchange(&mut stream, request.bytes(), &mut answer).await?;
        tills.waits_us.borrow_mut().push(begun.elapsed().as_micros() as u32);
        tills.answered.set(tills.answered.get() + 1);
    }
    Ok(())
}

/// Sends a request and reads its answer, which must be 201.
async fn exchange(stream: &mut TcpStream, request: &[u8], answer: &mut Vec<u8>) -> anyhow::Result<()> {
    stream.write_all(request).await?;
    answer.clear();
    while !is_whole(answer)? {
        if answer.len() > ANSWER_BYTES_MAX || stream.read_buf(answer).await? == 0 {
            bail!("an answer broke off after {} bytes", answer.len());
        }
    }
    if !answer.starts_with(b"HTTP/1.1 201") {
        bail!("not taken: {}", String::from_utf8_lossy(answer));
    }
    Ok(())
}

/// Whether an answer is there to the last byte of its body.
fn is_whole(answer: &[u8]) -> anyhow::Result<bool> {
    const LENGTH: &[u8] = b"content-length: ";
    let Some(end) = find(answer, b"\r\n\r\n") else { return Ok(false) };
    let head = &answer[..end];
    let length =
        find(head, LENGTH).map(|at| &head[at + LENGTH.len()..]).context("an answer without a length")?;
    let digits = length.iter().take_while(|byte| byte.is_ascii_digit());
    let length = digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
    Ok(answer.len() >= end + 4 + length)
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

impl Tills {
    fn new(customers: Customers, enough: u64) -> Rc<Tills> {
        Rc::new(Tills {
            customers,
            sent: Cell::new(0),
            answered: Cell::new(0),
            enough: Cell::new(enough),
            waits_us: RefCell::default(),
        })
    }

    /// The number of the next receipt, if there is to be one.
    fn next(&self) -> Option<u64> {
        let next = self.sent.get();
        (next < self.enough.get()).then(|| {
            self.sent.set(next + 1);
            next
        })
    }
}

impl Customers {
    /// Who buys a receipt, spread over all of them.
    fn of(self, receipt: u64) -> u64 {
        match self {
            Customers::Returning(count) => {
                receipt.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23) % count
            }
            Customers::New => receipt,
        }
    }
}

fn rate((from, before): (Instant, u64), (to, after): (Instant, u64)) -> f64 {
    (after - before) as f64 / to.duration_since(from).as_secs_f64()
}

/// The present, for durations only.
#[expect(clippy::disallowed_methods, reason = "a benchmark owns its stopwatch")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
