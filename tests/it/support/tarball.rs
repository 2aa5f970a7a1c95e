//! Good artifacts, byte for byte the same each time.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};

/// An artifact in the making: `NAME-VERSION.tar.gz` with one top directory.
#[derive(Debug, Clone)]
pub struct Tarball {
    name: String,
    version: String,
    entries: Vec<(String, Entry)>,
}

#[derive(Debug, Clone)]
enum Entry {
    Dir,
    File(Vec<u8>, u32),
    Link(String),
}

impl Tarball {
    /// One that holds only a file VERSION.
    pub fn new(name: &str, version: &str) -> Self {
        let empty = Self { name: name.into(), version: version.into(), entries: Vec::new() };
        empty.file("VERSION", format!("{version}\n"))
    }

    /// A file of mode 0644, in place of one of the same name.
    #[must_use]
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.with(path, Entry::File(content.as_ref().into(), 0o644))
    }

    /// A file of mode 0755.
    #[must_use]
    pub fn program(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.with(path, Entry::File(content.as_ref().into(), 0o755))
    }

    /// A symbolic link.
    #[must_use]
    pub fn link(self, path: &str, target: &str) -> Self {
        self.with(path, Entry::Link(target.into()))
    }

    /// A directory that may stay empty.
    #[must_use]
    pub fn dir(self, path: &str) -> Self {
        self.with(path, Entry::Dir)
    }

    /// A file of this many bytes that no compression makes smaller.
    #[must_use]
    pub fn noise(self, path: &str, bytes: usize) -> Self {
        let mut content = vec![0; bytes];
        Noise::new().read_exact(&mut content).unwrap();
        self.file(path, content)
    }

    /// Writes an artifact `app-VERSION.tar.gz` with one file of so many bytes of noise into a directory, without ever having
    /// it in memory; gives its path.
    pub fn write_large(dir: &Path, version: &str, bytes: u64) -> PathBuf {
        let path = dir.join(format!("app-{version}.tar.gz"));
        let file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
        let mut tar = Builder::new(GzEncoder::new(file, Compression::none()));
        let top = format!("app-{version}");
        tar.append_data(&mut header(EntryType::Directory, 0o755, 0), format!("{top}/"), std::io::empty()).unwrap();
        let mut head = header(EntryType::Regular, 0o644, bytes);
        tar.append_data(&mut head, format!("{top}/noise"), Noise::new().take(bytes)).unwrap();
        tar.into_inner().unwrap().finish().unwrap().flush().unwrap();
        path
    }

    fn with(mut self, path: &str, entry: Entry) -> Self {
        self.entries.retain(|(p, _)| p != path);
        self.entries.push((path.into(), entry));
        self
    }

    /// `NAME-VERSION.tar.gz`.
    pub fn file_name(&self) -> String {
        format!("{}-{}.tar.gz", self.name, self.version)
    }

    /// The artifact's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut tar = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        let top = format!("{}-{}", self.name, self.version);
        tar.append_data(&mut header(EntryType::Directory, 0o755, 0), format!("{top}/"), std::io::empty()).unwrap();
        for (path, entry) in &self.entries {
            let path = format!("{top}/{path}");
            match entry {
                Entry::Dir => {
                    let mut head = header(EntryType::Directory, 0o755, 0);
                    tar.append_data(&mut head, format!("{path}/"), std::io::empty()).unwrap();
                }
                Entry::File(content, mode) => {
                    let mut head = header(EntryType::Regular, *mode, content.len() as u64);
                    tar.append_data(&mut head, path, &content[..]).unwrap();
                }
                Entry::Link(target) => {
                    tar.append_link(&mut header(EntryType::Symlink, 0o777, 0), path, target).unwrap()
                }
            }
        }
        let mut gz = tar.into_inner().unwrap();
        gz.flush().unwrap();
        gz.finish().unwrap()
    }

    /// Writes the artifact into a directory; gives its path.
    pub fn write(&self, dir: &Path) -> PathBuf {
        let path = dir.join(self.file_name());
        std::fs::create_dir_all(dir).unwrap();
        std::fs::write(&path, self.bytes()).unwrap();
        path
    }

    /// Unpacks it here and now, stripped, as a host would: for a release that was there before.
    pub fn unpack(&self, dir: &Path) {
        let bytes = self.bytes();
        let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(&bytes[..]));
        for entry in tar.entries().unwrap() {
            let mut entry = entry.unwrap();
            let path: PathBuf = entry.path().unwrap().components().skip(1).collect();
            let path = dir.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            entry.unpack(&path).unwrap();
        }
        super::login::Login::get().own_tree(dir);
    }
}

/// The same bytes each time, without end, and without a pattern that a compression finds.
struct Noise(u64);

impl Noise {
    fn new() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }
}

impl Read for Noise {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        for word in buffer.chunks_mut(8) {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            word.copy_from_slice(&self.0.to_le_bytes()[..word.len()]);
        }
        Ok(buffer.len())
    }
}

fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut head = Header::new_gnu();
    head.set_entry_type(kind);
    head.set_mode(mode);
    head.set_size(size);
    head.set_mtime(1_392_723_903);
    head
}
