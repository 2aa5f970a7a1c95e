//! Versions, names of releases and of artifacts, digests.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use release::artifact::version_from_name;
use release::model::target::ArtifactName;
use release::model::{Digest, ReleaseId, Version};

/// What is a name can be written and read again, means nothing to a shell, and leaves no directory.
pub fn name(data: &[u8]) {
    file_name(data);
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(version) = text.parse::<Version>() {
        tame(&version);
        assert_eq!(version.as_str(), text);
    }
    if let Ok(release) = text.parse::<ReleaseId>() {
        tame(release.version());
        assert_eq!(release.to_string(), text);
        assert_eq!(release.made_at().len(), "2014-02-18T11:45:03Z".len());
    }
    if let Ok(digest) = text.parse::<Digest>() {
        assert_eq!(digest.to_string(), text.to_ascii_lowercase());
    }
}

fn file_name(data: &[u8]) {
    let naming = ArtifactName { prefix: "app-".into(), suffix: ".tar.gz".into() };
    let path = Path::new(OsStr::from_bytes(data));
    match version_from_name(path, &naming) {
        Ok(version) => {
            tame(&version);
            assert_eq!(path.file_name().unwrap(), naming.file_name(&version).as_str());
        }
        Err(failure) => {
            assert_eq!(failure.exit.code(), 2);
            assert!(!failure.to_string().contains(char::is_control), "{failure:?}");
        }
    }
}

fn tame(version: &Version) {
    let text = version.as_str();
    assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._+~-".contains(&b)), "{text}");
    assert!(
        text.starts_with(|c: char| c.is_ascii_alphanumeric()) && !text.contains("..") && text.len() <= 100,
        "{text}"
    );
}
