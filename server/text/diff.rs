//! What two texts share: a bounded difference of sequences, and over it words, blocks and whole
//! sections with what came and what went marked.

use super::tree::{Element, Mark, Node, Run, Section};

/// The mark of a run that came. Not in the editor's schema: it never enters a document.
pub const ADDED: &str = "added";
/// The mark of a run that went.
pub const REMOVED: &str = "removed";

/// Beyond so many differences two sequences count as having nothing in common but their ends:
/// the search takes time and memory with the square of this.
const DIFFERENCES: usize = 600;

/// Up to so many pairs of blocks are compared to find which became which.
const PAIRS: usize = 2_500;

/// Blocks that share less of their words than this are two different blocks.
const ALIKE: f64 = 0.3;

/// The positions that two sequences share, ascending in both.
#[must_use]
pub fn common<T: PartialEq>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = old.iter().rev().zip(new.iter().rev());
    let most = old.len().min(new.len()) - start;
    let end = rest.take(most).take_while(|(a, b)| a == b).count();
    let mut pairs: Vec<(usize, usize)> = (0..start).map(|at| (at, at)).collect();
    let (inner_old, inner_new) = (&old[start..old.len() - end], &new[start..new.len() - end]);
    pairs.extend(
        snakes(inner_old, inner_new)
            .into_iter()
            .map(|(a, b)| (a + start, b + start)),
    );
    pairs.extend((0..end).map(|at| (old.len() - end + at, new.len() - end + at)));
    pairs
}

/// Myers' greedy search (1986); nothing when there are too many differences.
fn snakes<T: PartialEq>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    if old.is_empty() || new.is_empty() {
        return Vec::new();
    }
    let most = (old.len() + new.len()).min(DIFFERENCES);
    // How far into `old` each diagonal comes, shifted by `most + 1` to start at 0.
    let mut reach = vec![0usize; 2 * most + 3];
    let mut rounds = Vec::new();
    for d in 0..=most {
        rounds.push(reach[most + 1 - d..=most + 1 + d].to_vec());
        for step in 0..=d {
            // Diagonal k = 2 * step - d, at place k + most + 1.
            let place = most + 1 + 2 * step - d;
            let down = step == 0 || (step != d && reach[place - 1] < reach[place + 1]);
            let mut x = if down {
                reach[place + 1]
            } else {
                reach[place - 1] + 1
            };
            let mut y = x + d - 2 * step;
            while x < old.len() && y < new.len() && old[x] == new[y] {
                x += 1;
                y += 1;
            }
            reach[place] = x;
            if x >= old.len() && y >= new.len() {
                return walk_back(&rounds, d, (old.len(), new.len()));
            }
        }
    }
    Vec::new()
}

/// The pairs on the way that the rounds found, from its end.
fn walk_back(rounds: &[Vec<usize>], last: usize, end: (usize, usize)) -> Vec<(usize, usize)> {
    let (mut x, mut y) = end;
    let mut pairs = Vec::new();
    for d in (0..=last).rev() {
        // Round d holds the diagonals -d to d as they were before it.
        let before = &rounds[d];
        let at = |k: isize| before[(k + d as isize) as usize];
        let k = x as isize - y as isize;
        let (from_x, from_y) = if d == 0 {
            (0, 0)
        } else {
            let down = k == -(d as isize) || (k != d as isize && at(k - 1) < at(k + 1));
            let from_k = if down { k + 1 } else { k - 1 };
            let from = at(from_k);
            (from, (from as isize - from_k) as usize)
        };
        let (stop_x, stop_y) = if d == 0 {
            (0, 0)
        } else if (from_x as isize - from_y as isize) > k {
            (from_x, from_y + 1)
        } else {
            (from_x + 1, from_y)
        };
        while x > stop_x && y > stop_y {
            x -= 1;
            y -= 1;
            pairs.push((x, y));
        }
        (x, y) = (from_x, from_y);
    }
    pairs.reverse();
    pairs
}

/// Words, and what stands between them, one character each.
#[must_use]
pub fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut in_word = false;
    for (at, letter) in text.char_indices() {
        let is_word = letter.is_alphanumeric();
        if at > start && !(in_word && is_word) {
            tokens.push(&text[start..at]);
            start = at;
        }
        in_word = is_word;
    }
    if start < text.len() {
        tokens.push(&text[start..]);
    }
    tokens
}

/// How many characters came and how many went between two plain texts; line ends do not count.
#[must_use]
pub fn changed_chars(old: &str, new: &str) -> (usize, usize) {
    let (old_lines, new_lines): (Vec<&str>, Vec<&str>) =
        (old.split('\n').collect(), new.split('\n').collect());
    let (mut added, mut removed) = (0, 0);
    for gap in gaps(
        &common(&old_lines, &new_lines),
        old_lines.len(),
        new_lines.len(),
    ) {
        let (before, after) = (old_lines[gap.old].join("\n"), new_lines[gap.new].join("\n"));
        let (before, after) = (tokens(&before), tokens(&after));
        for gap in gaps(&common(&before, &after), before.len(), after.len()) {
            removed += count(&before[gap.old]);
            added += count(&after[gap.new]);
        }
    }
    (added, removed)
}

fn count(tokens: &[&str]) -> usize {
    let chars = tokens.iter().flat_map(|token| token.chars());
    chars.filter(|letter| *letter != '\n').count()
}

/// What lies between two shared positions, in either sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Where in the old one.
    pub old: std::ops::Range<usize>,
    /// Where in the new one.
    pub new: std::ops::Range<usize>,
}

/// The gaps between shared positions, those that are not empty, in order.
#[must_use]
pub fn gaps(pairs: &[(usize, usize)], old: usize, new: usize) -> Vec<Gap> {
    let (mut from_old, mut from_new) = (0, 0);
    let mut gaps = Vec::new();
    for (a, b) in pairs.iter().copied().chain([(old, new)]) {
        if from_old < a || from_new < b {
            gaps.push(Gap {
                old: from_old..a,
                new: from_new..b,
            });
        }
        (from_old, from_new) = (a + 1, b + 1);
    }
    gaps
}

/// Which old node became which new one, where neither stayed as it was: ascending in both, the
/// most words kept.
#[must_use]
pub fn became(old: &[Node], new: &[Node]) -> Vec<(usize, usize)> {
    if old.len() * new.len() > PAIRS {
        return Vec::new();
    }
    let words = |nodes: &[Node]| -> Vec<Vec<String>> { nodes.iter().map(sorted_words).collect() };
    let (old_words, new_words) = (words(old), words(new));
    let likeness = |a: usize, b: usize| {
        if kind(&old[a]) == kind(&new[b]) {
            alike(&old_words[a], &new_words[b])
        } else {
            0.0
        }
    };
    // best[a][b]: the most likeness between old[a..] and new[b..].
    let mut best = vec![vec![0.0f64; new.len() + 1]; old.len() + 1];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            let like = likeness(a, b);
            let paired = if like >= ALIKE {
                like + best[a + 1][b + 1]
            } else {
                0.0
            };
            best[a][b] = paired.max(best[a + 1][b]).max(best[a][b + 1]);
        }
    }
    let (mut a, mut b) = (0, 0);
    let mut pairs = Vec::new();
    while a < old.len() && b < new.len() {
        if best[a][b] == best[a + 1][b] {
            a += 1;
        } else if best[a][b] == best[a][b + 1] {
            b += 1;
        } else {
            pairs.push((a, b));
            (a, b) = (a + 1, b + 1);
        }
    }
    pairs
}

fn kind(node: &Node) -> Option<&str> {
    match node {
        Node::Element(element) => Some(&element.name),
        Node::Text(_) => None,
    }
}

fn sorted_words(node: &Node) -> Vec<String> {
    let section = Section {
        key: "",
        nodes: vec![node.clone()],
    };
    let mut words: Vec<String> = super::plain::text(&section)
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    words.sort_unstable();
    words
}

/// The share of words that two sorted lists have in common; two empty ones are alike.
fn alike(one: &[String], other: &[String]) -> f64 {
    if one.is_empty() && other.is_empty() {
        return 1.0;
    }
    let (mut at, mut shared) = (0, 0usize);
    for word in one {
        while at < other.len() && other[at] < *word {
            at += 1;
        }
        if at < other.len() && other[at] == *word {
            shared += 1;
            at += 1;
        }
    }
    2.0 * shared as f64 / (one.len() + other.len()) as f64
}

/// The new section with what came since the old one marked, and what went, marked, where it stood.
#[must_use]
pub fn marked(old: &Section, new: &Section) -> Section {
    Section {
        key: new.key,
        nodes: marked_nodes(&old.nodes, &new.nodes),
    }
}

fn marked_nodes(old: &[Node], new: &[Node]) -> Vec<Node> {
    let pairs = common(old, new);
    let mut out = Vec::new();
    let mut shared = pairs.iter();
    let mut next_new = 0;
    for gap in gaps(&pairs, old.len(), new.len()) {
        while next_new < gap.new.start {
            let Some((_, at)) = shared.next() else { break };
            out.push(new[*at].clone());
            next_new = at + 1;
        }
        marked_gap(&old[gap.old], &new[gap.new.clone()], &mut out);
        next_new = gap.new.end;
    }
    out.extend(new[next_new..].iter().cloned());
    out
}

fn marked_gap(old: &[Node], new: &[Node], out: &mut Vec<Node>) {
    let (mut a, mut b) = (0, 0);
    for (to_a, to_b) in became(old, new).into_iter().chain([(old.len(), new.len())]) {
        out.extend(old[a..to_a].iter().map(|node| with_mark(node, REMOVED)));
        out.extend(new[b..to_b].iter().map(|node| with_mark(node, ADDED)));
        if let (Some(Node::Element(one)), Some(Node::Element(other))) =
            (old.get(to_a), new.get(to_b))
        {
            let children = if holds_text(one) || holds_text(other) {
                marked_words(&one.children, &other.children)
            } else {
                marked_nodes(&one.children, &other.children)
            };
            out.push(Node::Element(Element {
                children,
                ..other.clone()
            }));
        }
        (a, b) = (to_a + 1, to_b + 1);
    }
}

fn holds_text(element: &Element) -> bool {
    element
        .children
        .iter()
        .any(|node| matches!(node, Node::Text(_)))
}

/// A line of text as words with their marks; what is no text stands for itself.
fn words_of(nodes: &[Node]) -> Vec<Node> {
    let mut words = Vec::new();
    for node in nodes {
        match node {
            Node::Text(run) => words.extend(tokens(&run.text).into_iter().map(|token| {
                Node::Text(Run {
                    text: token.to_owned(),
                    marks: run.marks.clone(),
                })
            })),
            Node::Element(_) => words.push(node.clone()),
        }
    }
    words
}

fn marked_words(old: &[Node], new: &[Node]) -> Vec<Node> {
    let (old, new) = (words_of(old), words_of(new));
    let pairs = common(&old, &new);
    let mut out = Vec::new();
    let mut next = 0;
    for gap in gaps(&pairs, old.len(), new.len()) {
        out.extend(new[next..gap.new.start].iter().cloned());
        out.extend(old[gap.old].iter().map(|node| with_mark(node, REMOVED)));
        out.extend(
            new[gap.new.clone()]
                .iter()
                .map(|node| with_mark(node, ADDED)),
        );
        next = gap.new.end;
    }
    out.extend(new[next..].iter().cloned());
    joined(out)
}

/// Runs beside each other with the same marks as one.
#[must_use]
pub fn joined(nodes: Vec<Node>) -> Vec<Node> {
    let mut out: Vec<Node> = Vec::new();
    for node in nodes {
        match (out.last_mut(), node) {
            (Some(Node::Text(last)), Node::Text(run)) if last.marks == run.marks => {
                last.text.push_str(&run.text);
            }
            (_, node) => out.push(node),
        }
    }
    out
}

fn with_mark(node: &Node, name: &str) -> Node {
    match node {
        Node::Text(run) => {
            let mut run = run.clone();
            run.marks.insert(
                0,
                Mark {
                    name: name.to_owned(),
                    attributes: std::collections::BTreeMap::new(),
                },
            );
            Node::Text(run)
        }
        Node::Element(element) => Node::Element(Element {
            children: element
                .children
                .iter()
                .map(|child| with_mark(child, name))
                .collect(),
            ..element.clone()
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(old: &str, new: &str) -> String {
        let (old, new): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
        let pairs = common(&old, &new);
        for pair in pairs.windows(2) {
            assert!(pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1, "{pairs:?}");
        }
        pairs
            .into_iter()
            .map(|(a, b)| {
                assert_eq!(old[a], new[b]);
                old[a]
            })
            .collect()
    }

    #[test]
    fn the_longest_shared_sequence_is_found() {
        for (old, new, length) in [
            ("", "", 0),
            ("abc", "", 0),
            ("", "abc", 0),
            ("abc", "abc", 3),
            ("abcabba", "cbabac", 4),
            ("abcd", "xabyd", 3),
            ("aaaa", "aa", 2),
            ("abcdef", "defabc", 3),
            ("xay", "zaw", 1),
        ] {
            assert_eq!(shared(old, new).len(), length, "{old} {new}");
        }
    }

    #[test]
    fn random_sequences_share_as_much_as_the_slow_way_finds() {
        let mut seed = 7u32;
        let mut next = |most: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) % most
        };
        for _ in 0..300 {
            let mut word = || -> String {
                (0..next(14))
                    .map(|_| char::from(b'a' + next(3) as u8))
                    .collect()
            };
            let (old, new) = (word(), word());
            let (a, b) = (old.as_bytes(), new.as_bytes());
            let mut best = vec![vec![0; b.len() + 1]; a.len() + 1];
            for i in (0..a.len()).rev() {
                for j in (0..b.len()).rev() {
                    best[i][j] = if a[i] == b[j] {
                        best[i + 1][j + 1] + 1
                    } else {
                        best[i + 1][j].max(best[i][j + 1])
                    };
                }
            }
            assert_eq!(shared(&old, &new).len(), best[0][0], "{old} {new}");
        }
    }

    #[test]
    fn characters_that_came_and_went_are_counted() {
        assert_eq!(changed_chars("un mot", "un mot"), (0, 0));
        assert_eq!(changed_chars("un mot", "un beau mot"), (5, 0));
        assert_eq!(changed_chars("a\nb\nc", "a\nc"), (0, 1));
        assert_eq!(changed_chars("", "\u{e9}t\u{e9}"), (3, 0));
        assert_eq!(changed_chars("bonjour", "bonsoir"), (7, 7));
    }

    #[test]
    fn words_keep_their_letters_together() {
        assert_eq!(
            tokens("l\u{2019}\u{e9}t\u{e9}, 38 %"),
            ["l", "\u{2019}", "\u{e9}t\u{e9}", ",", " ", "38", " ", "%"]
        );
    }
}
