//! Links: what walks through releases/, shared/ and `[activate]` walks through real directories only.

mod host;

use crate::support::{Fleet, Tarball};

/// Plan and deploy of 1.1 are refused in these words, and every host is as it was.
#[track_caller]
fn refused(fleet: &Fleet, tarball: &Tarball, words: &[&str]) {
    let before = fleet.visible();
    fleet.dist(tarball);
    for args in [&["plan", "view", "1.1"][..], &["view", "1.1"]] {
        let run = fleet.release(args).expect(3);
        for word in words.iter().chain(&["app-1.1.tar.gz: ", "; nothing was changed.", "\nhint: "]) {
            assert!(run.stderr.contains(word), "{args:?} lacks {word:?}:\n{}", run.stderr);
        }
    }
    fleet.assert_same(&before);
}

/// A developer's `log -> uploads`: the link to what is shared would be made in shared/uploads, over what users put there.
#[test]
fn shared_path_below_a_link_of_the_artifact_is_refused() {
    let fleet = Fleet::files(&["h1"], "shared = ['uploads', 'log/app', 'a/b/c']");
    fleet.deploy("1.0").expect(0);
    fleet.host().write("shared/uploads/app/customer.txt", "precious");
    let new = Tarball::new("app", "1.1");
    let said = "holds the symlink \"log\" to \"uploads\", and `shared` has \"log/app\" below it";
    refused(&fleet, &new.clone().link("log", "uploads"), &[said]);
    refused(&fleet, &new.clone().link("a/b", "../uploads"), &["the symlink \"a/b\" to \"../uploads\""]);
    // At the very place it is only replaced, as a link of a developer's own machine is meant to be.
    fleet.deploy_tarball("1.1", &new.link("log/app", "../uploads")).expect(0);
    assert_eq!(fleet.host().read("live/uploads/app/customer.txt").unwrap(), "precious");
    fleet.host().write("live/log/app/x", "logged");
    assert_eq!(fleet.host().read("shared/log/app/x").unwrap(), "logged");
}

/// Symfony's `assets:install --symlink --relative` makes `public/bundles/x -> ../../vendor/x`: right in the release, and
/// out of the docroot that it is copied to.
#[test]
fn link_that_leaves_the_place_where_it_is_copied_to_is_refused() {
    let fleet = Fleet::files(&["h1"], "[activate]\ncopy = [{ from = 'public/', to = 'docroot' }]");
    let page = |version: &str| Tarball::new("app", version).file("public/index", version);
    fleet.deploy_tarball("1.0", &page("1.0").link("public/now", "index").link("public/d/up", "../index")).expect(0);
    assert_eq!(fleet.host().read("docroot/d/up").unwrap(), "1.0", "a link that stays within is copied");
    let said = "holds the symlink \"public/bundles/x\" to \"../../vendor/x\", and [activate] copies it to \"docroot\"";
    refused(&fleet, &page("1.1").link("public/bundles/x", "../../vendor/x"), &[said]);
    refused(&fleet, &page("1.1").link("public/x", "../lib"), &["from there it leads out of \"docroot\""]);
}

/// Webpack and Vite projects that keep `dist -> build`: what is copied would be what the link names.
#[test]
fn directory_to_copy_that_is_a_link_is_refused() {
    let fleet = Fleet::files(&["h1"], "[activate]\ncopy = [{ from = 'dist/www', to = 'docroot' }]");
    let new = Tarball::new("app", "1.1").file("build/www/index", "1.1");
    refused(&fleet, &new.clone().link("dist", "build"), &["[activate] copies from \"dist/www\""]);
    refused(&fleet, &new.dir("dist").link("dist/www", "../build/www"), &["\"dist/www\" to \"../build/www\""]);
}

/// A monorepo with `sql -> services/db/sql`: the planner found no file there, and upgraded nothing without a word.
#[test]
fn schema_files_behind_a_link_are_refused() {
    let fleet = Fleet::files(&["h1"], "[schema]\nurl = 'sqlite:app.db'\nversions = 'sql'");
    let new = Tarball::new("app", "1.1").file("services/db/sql/1.1/01-a.sql", "CREATE TABLE t (a);");
    refused(&fleet, &new.link("sql", "services/db/sql"), &["[schema] names \"sql\""]);
}
