//! What git knows, across targets: the notes between what is live here and there, and how far one is behind the other.

mod notes;
mod page;
mod project;
mod shown;
mod status;

use project::Project;
