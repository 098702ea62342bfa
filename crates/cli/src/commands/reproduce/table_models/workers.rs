//! Chains side by side, each in a process of its own.
//!
//! Batches are too small for a chain to gain from a second thread, so tasks run beside each other instead. They are
//! processes rather than threads because the CPU backend has one stream of random numbers a process: two networks that
//! are initialised in one process would get weights that depend on which came first.

use super::plan::Chain;
use crate::failure::{Failure, OrFail};
use crate::interrupt;
use crate::progress::say;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

/// How often workers are looked after.
const POLL: Duration = Duration::from_millis(200);
/// How long a worker that was asked to stop may take for the step that it is in.
const GRACE: Duration = Duration::from_secs(60);

/// A chain that is being trained.
struct Worker {
    chain: Chain,
    child: Child,
    /// The worker stops when this is closed, so that it cannot outlive this process.
    line: Option<ChildStdin>,
    reader: Option<std::thread::JoinHandle<()>>,
}

/// Trains chains, as many at a time as there are cores; `arguments` are this command's own, and the chain's name is added.
///
/// # Errors
/// A worker that fails, Ctrl-C.
pub fn train_side_by_side(chains: &[Chain], arguments: &[String]) -> Result<(), Failure> {
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    let at_once = cores.min(chains.len()).max(1);
    let threads = (cores / at_once).max(1);
    let mut waiting = chains.iter().copied();
    let mut running: Vec<Worker> = Vec::new();
    loop {
        while running.len() < at_once {
            let Some(chain) = waiting.next() else { break };
            match Worker::start(chain, arguments, threads) {
                Ok(worker) => running.push(worker),
                Err(failure) => {
                    stop(running);
                    return Err(failure);
                }
            }
        }
        if running.is_empty() {
            return Ok(());
        }
        if interrupt::asked() {
            stop(running);
            return Err(stopped());
        }
        std::thread::sleep(POLL);
        let mut ended = None;
        for (i, worker) in running.iter_mut().enumerate() {
            if let Some(status) = worker
                .child
                .try_wait()
                .or_fail("cannot look after a worker")?
            {
                ended = Some((i, status));
                break;
            }
        }
        let Some((i, status)) = ended else { continue };
        let mut worker = running.remove(i);
        worker.finish();
        if !status.success() {
            stop(running);
            if interrupt::asked() {
                return Err(stopped());
            }
            return Err(
                Failure::new(format!("training {} failed", worker.chain.name()))
                    .hint("what the lines above say; finished models are kept, and the same command goes on"),
            );
        }
    }
}

/// The failure of a training that Ctrl-C stopped.
pub fn stopped() -> Failure {
    Failure::new("stopped by Ctrl-C; finished models are kept")
        .hint("the same command again, to go on")
}

/// Asks this process to stop when the one that started it closes the line, or ends.
pub fn stop_with_parent() {
    std::thread::spawn(|| {
        let mut nothing = Vec::new();
        // Nothing is ever written; any end of the line, an error too, means that nobody waits.
        let _ = std::io::stdin().read_to_end(&mut nothing);
        interrupt::ask();
    });
}

impl Worker {
    fn start(chain: Chain, arguments: &[String], threads: usize) -> Result<Self, Failure> {
        let headline = format!("cannot start a worker for {}", chain.name());
        let program = std::env::current_exe().or_fail(headline.clone())?;
        let mut child = Command::new(program)
            .args(arguments)
            .args(["--chain", &chain.name()])
            .env("RAYON_NUM_THREADS", threads.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .or_fail(headline)?;
        let line = child.stdin.take();
        let name = chain.name();
        let reader = child.stderr.take().map(|stderr| {
            std::thread::spawn(move || {
                for text in BufReader::new(stderr).lines().map_while(Result::ok) {
                    say(format!("[{name}] {text}"));
                }
            })
        });
        Ok(Self {
            chain,
            child,
            line,
            reader,
        })
    }

    /// Waits for the last lines.
    fn finish(&mut self) {
        if let Some(reader) = self.reader.take() {
            // A reader that failed has nothing more to say.
            let _ = reader.join();
        }
    }
}

/// Asks all workers to stop, and ends those that do not.
fn stop(mut workers: Vec<Worker>) {
    for worker in &mut workers {
        worker.line = None;
    }
    let until = Instant::now() + GRACE;
    for mut worker in workers {
        while matches!(worker.child.try_wait(), Ok(None)) && Instant::now() < until {
            std::thread::sleep(POLL);
        }
        // A worker that has ended cannot be ended; that is the usual case.
        let _ = worker.child.kill();
        let _ = worker.child.wait();
        worker.finish();
    }
}
