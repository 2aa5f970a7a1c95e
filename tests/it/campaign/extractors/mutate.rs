//! Good archives with one to three things wrong, or only odd, in their headers, records and order.

use super::blocks::{
    BLOCK, Block, FLAG, GID, LINK, MAGIC, MAJOR, MINOR, MODE, MTIME, NAME, PREFIX, SIZE, UID, UNAME, joined,
    taken_apart,
};
use super::records;
use crate::campaign::Chance;

const NAMES: [&str; 24] = [
    "app-1.0/a",
    "app-1.0/b",
    "app-1.0/d/b",
    "app-1.0/d/",
    "app-1.0/d",
    "app-1.0/",
    "app-1.0",
    "./app-1.0/x",
    "app-1.0//y",
    "app-1.0/./z",
    "app-1.0/日本",
    "app-1.0/A",
    "app-1.0/-rf",
    "./",
    ".",
    "app-1.0/d/../e",
    "/app-1.0/f",
    "../g",
    "other/h",
    "app-1.0/i/",
    "app-1.0/j/.",
    "app-1.0/ k",
    "app-1.0/l\\n",
    "app-1.0/*",
];

const LINKS: [&str; 14] = [
    "a",
    "app-1.0/a",
    "d",
    "../a",
    "VERSION",
    "app-1.0/VERSION",
    "app-1.0/d",
    "/etc",
    "..",
    "",
    "./a",
    "d/..",
    "app-1.0//a",
    "./app-1.0/a",
];

const NUMBERS: [&[u8]; 20] = [
    b"0000644\0",
    b"0000755 ",
    b"    644\0",
    b"644\0\0\0\0\0",
    b"0000000\0",
    b"\0\0\0\0\0\0\0\0",
    b"        ",
    b"0000648\0",
    b"-000001\0",
    b"0000644x",
    b"00000644",
    b"\x80\0\0\0\0\0\x01\xa4",
    b"\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\x80\0\0\0\xff\xff\xff\xff",
    b"+000644\0",
    b"0000644\n",
    b" 644   \0",
    b"0x1a4\0\0\0",
    b"0\x0000644",
    b"7777777\0",
];

const LONG_NUMBERS: [&[u8]; 14] = [
    b"00000000005\0",
    b"00000000000\0",
    b"5          \0",
    b"          5\0",
    b"\x80\0\0\0\0\0\0\0\0\0\0\x05",
    b"\x80\0\0\0\0\0\0\0\0\0\0\0",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    b"77777777777\0",
    b"000000000005",
    b"\0\0\0\0\0\0\0\0\0\0\0\0",
    b"00000000004\0",
    b"0000000000x\0",
    b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff",
    b"-0000000001\0",
];

const MAGICS: [&[u8]; 8] = [
    b"ustar\x0000",
    b"ustar  \0",
    b"\0\0\0\0\0\0\0\0",
    b"ustar\x0001",
    b"ustar\0\0\0",
    b"ustar 00",
    b"USTAR\x0000",
    b"ustar00\0",
];

/// The archive of a trial: mostly its blocks are changed and their checksums put right, at times its bytes.
pub fn mutated(good: &[Vec<u8>], chance: &Chance) -> Vec<u8> {
    let mut blocks = taken_apart(&good[chance.below(good.len())]);
    for _ in 0..=chance.of(&[0, 0, 0, 1, 1, 2]) {
        let other = &good[chance.below(good.len())];
        change(&mut blocks, other, chance);
    }
    let mut tar = joined(&blocks);
    match chance.below(40) {
        0 => tar.truncate(chance.below(tar.len())),
        1 => tar.truncate(tar.len() - BLOCK),
        2 => tar.extend(&good[chance.below(good.len())]),
        3 => tar.extend([0; 9 * BLOCK]),
        4 => {
            let at = chance.below(tar.len());
            tar[at] ^= 1 << chance.below(8);
        }
        5 => {
            let at = chance.below(tar.len() / BLOCK) * BLOCK;
            tar.splice(at..at, [0; BLOCK]);
        }
        _ => {}
    }
    tar
}

fn change(blocks: &mut Vec<Block>, other: &[u8], chance: &Chance) {
    if blocks.is_empty() {
        return;
    }
    let at = chance.below(blocks.len());
    match chance.below(14) {
        // What the judge and the extractors differ about first of all.
        0..=3 => blocks.insert(at, Block::new(b'x', "PaxHeaders/x").body(&records::some(chance))),
        4 => in_records(blocks, chance),
        5 => blocks.insert(at, long(chance)),
        6 => blocks.insert(at, entry(chance)),
        7 => drop(blocks.remove(at)),
        8 => {
            let to = chance.below(blocks.len());
            blocks.swap(at, to);
        }
        9 => {
            let again = blocks[chance.below(blocks.len())].clone();
            blocks.insert(at, again);
        }
        10 => {
            let others = taken_apart(other);
            blocks.insert(at, others[chance.below(others.len())].clone());
        }
        11 => {
            let byte = chance.below(BLOCK);
            blocks[at].header[byte] =
                chance.of(&[0, b' ', b'0', b'/', b'.', b'1', 0x80, 0xff, chance.below(256) as u8]);
        }
        _ => field(&mut blocks[at], chance),
    }
}

/// A pax header that is there already: records put to it, or a byte of them changed.
fn in_records(blocks: &mut [Block], chance: &Chance) {
    let mut pax: Vec<&mut Block> = blocks.iter_mut().filter(|block| matches!(block.flag(), b'x' | b'g')).collect();
    if pax.is_empty() {
        return;
    }
    let one = chance.below(pax.len());
    let block = &mut pax[one];
    match chance.below(4) {
        0 if !block.body.is_empty() => {
            let byte = chance.below(block.body.len());
            block.body[byte] = chance.of(&[b' ', b'\t', b'\n', 0, b'=', b'1', b'a', chance.below(256) as u8]);
        }
        1 => block.body.splice(0..0, records::some(chance)).for_each(drop),
        2 => block.put(FLAG, &[chance.of(b"xgX")]),
        _ => block.body.extend(records::some(chance)),
    }
    block.sized();
}

/// GNU's long name or long link.
fn long(chance: &Chance) -> Block {
    let (flag, text) = if chance.below(2) == 0 { (b'L', chance.of(&NAMES)) } else { (b'K', chance.of(&LINKS)) };
    let more = "n".repeat(chance.of(&[0, 0, 1, 99, 130]));
    let end = chance.of(&["\0", "\0", "", "\0\0", "\n"]);
    let mut block = Block::new(flag, "././@LongLink").body(format!("{text}{more}{end}").as_bytes());
    block.put(MAGIC, b"ustar  \0");
    block
}

/// An entry of few names, so that entries meet.
fn entry(chance: &Chance) -> Block {
    let name = chance.of(&NAMES);
    match chance.below(6) {
        0 => Block::new(b'5', name),
        1 => Block::new(b'2', name).link(chance.of(&LINKS)),
        2 => Block::new(b'1', name).link(chance.of(&LINKS)),
        3 => Block::new(chance.of(b"\x000123456789DKLMNSVXgx"), name).link(chance.of(&["", "", "app-1.0/a"])),
        _ => Block::new(b'0', name).body(&vec![b'y'; chance.of(&[0, 1, 511, 512, 513])]),
    }
}

fn field(block: &mut Block, chance: &Chance) {
    match chance.below(14) {
        0 => block.put(NAME, chance.of(&NAMES).as_bytes()),
        1 => block.put(LINK, chance.of(&LINKS).as_bytes()),
        2 => block.put(FLAG, &[chance.of(b"\x000123456789DKLMNSVXgx")]),
        3 => block.put(MAGIC, chance.of(&MAGICS)),
        4 => block.put(PREFIX, chance.of(&["app-1.0", "app-1.0/", "other", "./app-1.0", "", "app-1.0/d"]).as_bytes()),
        5 => block.put(MODE, &format!("{:07o}\0", chance.below(0o10000)).into_bytes()),
        6 => block.put(SIZE, chance.of(&LONG_NUMBERS)),
        7 => block.put(MTIME, chance.of(&LONG_NUMBERS)),
        8 => block.put(chance.of(&[UID, GID]), chance.of(&NUMBERS)),
        9 => block.put(chance.of(&[MAJOR, MINOR]), chance.of(&NUMBERS)),
        10 => block.put(MODE, chance.of(&NUMBERS)),
        11 => block.put(UNAME, chance.of(&["root", "", "nobody", "\u{1b}[0m"]).as_bytes()),
        // Prefix and name as ustar has them, and what xstar has behind a shorter prefix.
        12 => {
            block.put(NAME, b"name");
            block.put(PREFIX, b"app-1.0/prefixed");
        }
        _ => {
            block.put((PREFIX.0 + 131, 12), b"12300643677 ");
            block.put((PREFIX.0 + 143, 12), b"12300643677 ");
        }
    }
}
