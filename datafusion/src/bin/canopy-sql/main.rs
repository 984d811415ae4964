//! `canopy-sql`: SQL over files, with models as functions.

use std::num::NonZeroUsize;
use std::process::ExitCode;

use clap::Parser;

mod args;
mod memory;
mod output;
mod query;
mod rows_file;
mod score;
#[cfg(feature = "cluster")]
mod serve;
mod session;
mod tables;

use args::Args;

fn main() -> ExitCode {
    let args = Args::parse();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = args.query.threads {
        runtime.worker_threads(threads.get());
    }
    if let Some(threads) = threads(&args) {
        // Those that walk forests. Nothing has asked for them yet, so that they can still be told their number.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads.get()).build_global();
    }
    // The plans of Ballista are deep.
    let runtime = runtime.enable_all().thread_stack_size(16 << 20).build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(run(args)),
        Err(error) => Err(error.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> anyhow::Result<()> {
    #[cfg(feature = "cluster")]
    match args.command {
        Some(args::Command::Scheduler(args)) => return serve::scheduler(&args).await,
        Some(args::Command::Executor(args)) => return serve::executor(args).await,
        None => {}
    }
    query::run(&args.query).await
}

/// The threads that were asked for, of whichever program it is.
fn threads(args: &Args) -> Option<NonZeroUsize> {
    #[cfg(feature = "cluster")]
    if let Some(args::Command::Executor(args)) = &args.command {
        return args.threads;
    }
    args.query.threads
}
