//! Reads arguments, clock and environment once, runs a command, and turns what came of it into the exit code.

use std::process::ExitCode;

use release::commands;
use release::model::{Exit, Failure};
use release::{environment, ui};

fn main() -> ExitCode {
    clap_complete::CompleteEnv::with_factory(commands::candidates::command_line).complete();
    let cli = match commands::parse(std::env::args_os().collect()) {
        Ok(cli) => cli,
        // Prints help and version on stdout (0), mistakes on stderr (2).
        Err(error) => error.exit(),
    };
    let settings = environment::settings(&cli.global);
    // What reads files has threads, and ends with a backtrace where none is to be had.
    let thread = std::thread::Builder::new().spawn(|| ());
    let runtime = thread.and_then(|thread| {
        let _ = thread.join();
        tokio::runtime::Builder::new_current_thread().enable_all().build()
    });
    let result = match runtime {
        Ok(runtime) => runtime.block_on(async {
            let (mut context, mut early) = environment::context(cli.global, settings.clone());
            let result = tokio::select! {
                result = commands::run(cli.command, &mut context) => result,
                Some(()) = early.recv() => Err(environment::interrupted()),
            };
            environment::unless_interrupted(result, &mut early).await
        }),
        Err(error) => Err(Failure::new(Exit::Failed, "", format!("no thread can be made: {error}"))
            .hint("see how many processes this account may have: ulimit -u")),
    };
    match result {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(failure) => {
            ui::failure(&settings, &failure);
            ExitCode::from(failure.exit.code())
        }
    }
}
