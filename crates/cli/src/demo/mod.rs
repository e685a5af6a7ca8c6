//! `tillbridge demo`: a sandbox, a gateway and a till in one process, and a customer who is walked through the shop.
//!
//! Everything is real: sockets, files, the configuration that a shop would write. The walk sees only what a till and a
//! visitor of the sandbox see, and checks the result of its every step. What it does not do: measure anything.

mod copies;
mod member;
mod narrate;
mod offers;
mod returns;
mod sales;
mod shop;
mod visit;
mod walk;

use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};

use anyhow::Context as _;
use sandbox::ApiKeys;
use tokio::sync::watch;

use crate::config::Config;
use crate::exit::Exit;
use crate::serve::{self, Door};
use crate::stand_in;
use crate::web::Site;

use narrate::Narrator;
use shop::Places;
use walk::Walk;

/// How it is shown.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tillbridge demo\n  tillbridge demo --exit\n  \
                        tillbridge demo --data-dir ./demo-data --gateway-port 8700 --sandbox-port 8701")]
pub(crate) struct Arguments {
    /// End after the walk: with 0 if every step went well, else with 3
    #[arg(long)]
    exit: bool,
    /// Where to keep it all; without it a temporary folder, which goes when the demo ends
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Where tills call, on loopback; 0 takes a free port
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    gateway_port: u16,
    /// Where the sandbox answers, on loopback; 0 takes a free port
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    sandbox_port: u16,
}

/// Shows it.
///
/// # Errors
/// When the shop can't be opened. A step that fails is an exit code.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut stop = pin!(serve::stop_asked()?);
    let folder = Folder::open(arguments.data_dir.as_deref())?;
    let open = Open::start(folder.path(), arguments).await?;
    let shown = show(&open, arguments.exit, stop.as_mut()).await;
    open.close().await;
    shown
}

/// The walk; then, unless it shall end, it stays up until it is told to stop.
async fn show(open: &Open, exit: bool, mut stop: Pin<&mut impl Future<Output = ()>>) -> anyhow::Result<Exit> {
    let mut narrator = Narrator::on_stdout();
    let (till, engage) = (Site::new(&open.gateway_url, None)?, Site::new(&open.sandbox_url, None)?);
    narrator.opening(&open.gateway_url, &open.sandbox_url, &open.folder)?;
    let walked = tokio::select! {
        walked = async { Walk::begin(&till, &engage, &mut narrator).await?.run(&open.config).await } => walked,
        () = &mut stop => return Ok(Exit::Success),
    };
    let code = match walked {
        Ok(()) => Exit::Success,
        Err(error) => {
            narrator.failed(&error)?;
            Exit::CheckFailed
        }
    };
    if !exit {
        narrator.closing(&open.gateway_url, &open.sandbox_url, &open.folder)?;
        stop.await;
    }
    Ok(code)
}

/// Where it is all kept.
#[derive(Debug)]
enum Folder {
    /// It goes when the demo ends.
    Temporary(tempfile::TempDir),
    /// It stays.
    Kept(PathBuf),
}

impl Folder {
    fn open(kept: Option<&Path>) -> anyhow::Result<Folder> {
        match kept {
            None => {
                let folder = tempfile::Builder::new().prefix("tillbridge-demo-").tempdir();
                Ok(Folder::Temporary(folder.context("can't make a temporary folder")?))
            }
            Some(path) => {
                std::fs::create_dir_all(path).with_context(|| format!("can't make {}", path.display()))?;
                Ok(Folder::Kept(path.canonicalize()?))
            }
        }
    }

    fn path(&self) -> &Path {
        match self {
            Folder::Temporary(folder) => folder.path(),
            Folder::Kept(path) => path,
        }
    }
}

/// The shop while it is open.
#[derive(Debug)]
struct Open {
    folder: PathBuf,
    config: Config,
    gateway_url: String,
    sandbox_url: String,
    stop: watch::Sender<bool>,
    running: [tokio::task::JoinHandle<()>; 2],
}

impl Open {
    /// Opens the sandbox, then the gateway, each where it is then known to be.
    async fn start(folder: &Path, arguments: &Arguments) -> anyhow::Result<Open> {
        let mut places = Places::on_loopback(arguments.gateway_port, arguments.sandbox_port);
        let config = shop::configure(folder, &places)?;
        let data_dir = Some(config.sandbox.data_dir.clone());
        let sandbox = stand_in::open(&config, data_dir, stand_in::drawn_seed()?, ApiKeys::Any).await?;
        places.sandbox = sandbox.local_addr();
        // Before the configuration is written, which says where customers reach it.
        let listener = serve::listen(places.gateway).await?;
        places.gateway = listener.local_addr().context("can't tell where it listens")?;
        let config = shop::configure(folder, &places)?;
        let door = Door::open(&config, listener).await?;
        let (stop, stopped) = watch::channel(false);
        let (gateway_url, sandbox_url) = (door.base_url(), format!("http://{}", places.sandbox));
        let running = [
            tokio::spawn(door.serve(until_stopped(stopped.clone()))),
            tokio::spawn(sandbox.run(until_stopped(stopped))),
        ];
        Ok(Open { folder: folder.to_owned(), config, gateway_url, sandbox_url, stop, running })
    }

    /// Ends both, and waits until what they keep is on disk.
    async fn close(self) {
        // Whoever doesn't listen any more has ended already.
        let _ = self.stop.send(true);
        for task in self.running {
            if let Err(error) = task.await {
                tracing::error!(%error, "a server of the demo broke off");
            }
        }
    }
}

async fn until_stopped(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is the end as well.
    let _ = stopped.wait_for(|stop| *stop).await;
}
