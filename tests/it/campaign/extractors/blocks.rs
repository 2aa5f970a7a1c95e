//! Archives as what they are made of: headers with what follows them.

/// The size of a header.
pub const BLOCK: usize = 512;

/// Where a header has its fields.
pub const NAME: (usize, usize) = (0, 100);
pub const MODE: (usize, usize) = (100, 8);
pub const UID: (usize, usize) = (108, 8);
pub const GID: (usize, usize) = (116, 8);
pub const SIZE: (usize, usize) = (124, 12);
pub const MTIME: (usize, usize) = (136, 12);
pub const FLAG: (usize, usize) = (156, 1);
pub const LINK: (usize, usize) = (157, 100);
pub const MAGIC: (usize, usize) = (257, 8);
pub const UNAME: (usize, usize) = (265, 32);
pub const MAJOR: (usize, usize) = (329, 8);
pub const MINOR: (usize, usize) = (337, 8);
pub const PREFIX: (usize, usize) = (345, 155);

/// A header and its contents.
#[derive(Clone)]
pub struct Block {
    pub header: [u8; BLOCK],
    pub body: Vec<u8>,
}

impl Block {
    pub fn new(flag: u8, name: &str) -> Self {
        let mut block = Self { header: [0; BLOCK], body: Vec::new() };
        block.put(NAME, name.as_bytes());
        block.put(MODE, if flag == b'5' { b"0000755\0" } else { b"0000644\0" });
        block.put(UID, b"0000000\0");
        block.put(GID, b"0000000\0");
        block.put(SIZE, b"00000000000\0");
        block.put(MTIME, b"12300643677\0");
        block.put(FLAG, &[flag]);
        block.put(MAGIC, b"ustar\x0000");
        block
    }

    pub fn link(mut self, link: &str) -> Self {
        self.put(LINK, link.as_bytes());
        self
    }

    pub fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self.sized();
        self
    }

    /// Writes a field, cut to its room, and clears the rest of it.
    pub fn put(&mut self, (at, room): (usize, usize), bytes: &[u8]) {
        let bytes = &bytes[..bytes.len().min(room)];
        self.header[at..at + room].fill(0);
        self.header[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// Writes the size that the contents have.
    pub fn sized(&mut self) {
        self.put(SIZE, format!("{:011o}\0", self.body.len()).as_bytes());
    }

    pub fn flag(&self) -> u8 {
        self.header[FLAG.0]
    }

    /// With the right checksum.
    fn sealed(&self) -> [u8; BLOCK] {
        let mut header = self.header;
        header[148..156].copy_from_slice(b"        ");
        let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        header
    }
}

/// The archive of these, with its end mark.
pub fn joined(blocks: &[Block]) -> Vec<u8> {
    let mut tar = Vec::new();
    for block in blocks {
        tar.extend(block.sealed());
        tar.extend(&block.body);
        tar.resize(tar.len().next_multiple_of(BLOCK), 0);
    }
    tar.resize(tar.len() + 2 * BLOCK, 0);
    tar
}

/// The headers and contents of a good archive.
pub fn taken_apart(tar: &[u8]) -> Vec<Block> {
    let (mut blocks, mut at) = (Vec::new(), 0);
    while tar[at..at + BLOCK] != [0; BLOCK] {
        let header: [u8; BLOCK] = tar[at..at + BLOCK].try_into().unwrap();
        let digits = header[SIZE.0..SIZE.0 + 11].iter().filter(|b| b.is_ascii_digit());
        let size = digits.fold(0, |sum, digit| sum * 8 + usize::from(digit - b'0'));
        // The size in a hard link's header may be its file's: no contents follow.
        let size = if matches!(header[FLAG.0], b'1' | b'2') { 0 } else { size };
        at += BLOCK;
        blocks.push(Block { header, body: tar[at..at + size].to_vec() });
        at += size.next_multiple_of(BLOCK);
    }
    blocks
}
