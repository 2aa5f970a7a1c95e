//! What a fault class did: how many trials, and what went wrong in which.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

/// How many trials: `slice` in every run of the tests, `whole` in the campaign (`RELEASE_CAMPAIGN=full`), so many slices
/// in between (`RELEASE_CAMPAIGN=20`).
pub fn trials(slice: usize, whole: usize) -> usize {
    match std::env::var("RELEASE_CAMPAIGN").as_deref() {
        Ok("full") => whole,
        Ok(slices) => slice.saturating_mul(slices.parse().expect("RELEASE_CAMPAIGN is `full` or a number")).min(whole),
        Err(_) => slice,
    }
}

/// A trial that fails as tests do, as a result.
pub fn caught<T>(trial: impl FnOnce() -> T) -> Result<T, String> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(trial)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
    })
}

/// The count of one fault class; a row of the table.
#[derive(Debug)]
pub struct Tally {
    class: String,
    began: Instant,
    trials: usize,
    violations: Vec<String>,
}

impl Tally {
    /// A class by the name that the table shows. Name and figure sort the table: `"crash: deploy, kill"`.
    pub fn new(class: &str) -> Self {
        Self { class: class.to_owned(), began: Instant::now(), trials: 0, violations: Vec::new() }
    }

    /// Notes `n` trials that kept every promise.
    pub fn passed(&mut self, n: usize) {
        self.trials += n;
    }

    /// Notes one trial: `Err` says which one (so that it can be run again) and which promise was broken.
    pub fn trial(&mut self, outcome: Result<(), String>) {
        self.trials += 1;
        if let Err(violation) = outcome {
            eprintln!("{}: trial {}: {violation}", self.class, self.trials);
            self.violations.push(violation);
        }
    }

    /// Writes the row, and fails the test if a promise was broken or nothing was tried.
    #[track_caller]
    pub fn finish(self) {
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("campaign");
        fs::create_dir_all(&dir).unwrap();
        let (trials, broken) = (self.trials, self.violations.len());
        let name: String = self.class.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        let seconds = self.began.elapsed().as_secs();
        fs::write(dir.join(name), format!("{}\t{trials}\t{broken}\t{seconds}\n", self.class)).unwrap();
        assert!(trials > 0, "{}: nothing was tried", self.class);
        assert!(broken == 0, "{}: {broken} violations in {trials} trials:\n{}", self.class, self.violations.join("\n"));
    }
}
