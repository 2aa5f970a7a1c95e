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
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(async {
            let (mut context, mut early) = environment::context(cli.global, settings.clone());
            let result = tokio::select! {
                result = commands::run(cli.command, &mut context) => result,
                Some(()) = early.recv() => Err(environment::interrupted()),
            };
            environment::unless_interrupted(result, &mut early).await
        }),
        Err(error) => Err(Failure::new(Exit::Failed, "", error.to_string())),
    };
    match result {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(failure) => {
            ui::failure(&settings, &failure);
            ExitCode::from(failure.exit.code())
        }
    }
}
