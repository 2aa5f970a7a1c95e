//! An order for statements: after everything that they need, and the same each time.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// Puts `count` nodes into an order that all of the edges (first, then) allow; among those that are free the least key comes
/// first. Edges that lead in a circle are given up one by one: the trial on the scratch copy says if that was right.
pub fn order<K: Ord + Clone>(keys: &[K], edges: &BTreeSet<(usize, usize)>) -> Vec<usize> {
    let count = keys.len();
    let mut after = vec![Vec::new(); count];
    let mut waits = vec![0_usize; count];
    for &(first, then) in edges.iter().filter(|(a, b)| a != b) {
        after[first].push(then);
        waits[then] += 1;
    }
    let mut free: BinaryHeap<Reverse<(K, usize)>> = BinaryHeap::new();
    let mut stuck: BTreeSet<(K, usize)> = BTreeSet::new();
    for at in 0..count {
        if waits[at] == 0 {
            free.push(Reverse((keys[at].clone(), at)));
        } else {
            stuck.insert((keys[at].clone(), at));
        }
    }
    let mut done = Vec::with_capacity(count);
    loop {
        let next = match free.pop() {
            Some(Reverse((_, at))) => at,
            None => match stuck.pop_first() {
                Some((_, at)) => at,
                None => return done,
            },
        };
        done.push(next);
        for &then in &after[next] {
            waits[then] = waits[then].saturating_sub(1);
            if waits[then] == 0 && stuck.remove(&(keys[then].clone(), then)) {
                free.push(Reverse((keys[then].clone(), then)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_come_first_and_then_the_key() {
        let keys = ["d", "c", "b", "a"];
        assert_eq!(order(&keys, &BTreeSet::new()), [3, 2, 1, 0]);
        assert_eq!(order(&keys, &BTreeSet::from([(0, 3), (1, 3)])), [2, 1, 0, 3]);
    }

    #[test]
    fn a_circle_ends() {
        let keys = ["a", "b", "c"];
        let done = order(&keys, &BTreeSet::from([(0, 1), (1, 0), (1, 2)]));
        assert_eq!(done, [0, 1, 2]);
    }
}
