//! The document as a list of pieces in text order, each with who made it, who wrote its words, who
//! moved it and who deleted it. Orders concurrent pieces as Yjs does; nothing is ever forgotten,
//! so that deleted words can come back to those who wrote them.

use std::collections::{HashMap, VecDeque};

use super::reading::{Parent, Struct, Update};
use super::spans::Spans;
use super::{ActId, NONE, count};

/// Position in [`Items::all`].
pub(super) type ItemId = u32;

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing is known but its length.
    Collected,
    /// An attribute's value: in no list.
    Keyed,
    /// Its content came deleted.
    Lost,
    /// Text.
    Text,
    /// An element or a text node.
    Holder,
    /// A format mark and the like.
    Other,
}

/// A piece: consecutive clocks of one client with one fate.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) client: u32,
    pub(super) clock: u32,
    pub(super) len: u32,
    pub(super) origin: (u32, u32),
    pub(super) right_origin: (u32, u32),
    pub(super) left: ItemId,
    pub(super) right: ItemId,
    /// Position in [`Items::types`]; [`NONE`] when collected.
    pub(super) parent: u32,
    pub(super) kind: Kind,
    /// Text: where its units begin. Holder: the type it is.
    pub(super) at: u32,
    /// The act that made it.
    pub(super) made: ActId,
    /// The act that wrote its words first.
    pub(super) by: ActId,
    /// The act that last moved them; [`NONE`] when they stand where they were written.
    pub(super) mover: ActId,
    /// The act that deleted it; [`NONE`] while it stands, and where it was never seen standing.
    pub(super) gone: ActId,
    pub(super) is_deleted: bool,
    /// Whether its words stand elsewhere since.
    pub(super) is_back: bool,
}

/// Something that holds pieces.
#[derive(Clone, Debug)]
pub(super) struct Holder {
    pub(super) item: ItemId,
    pub(super) start: ItemId,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Client {
    pub(super) id: u64,
    /// In clock order.
    pub(super) items: Vec<ItemId>,
    /// The next clock.
    pub(super) clock: u32,
    /// What deletes named: walked once, however often it is named again.
    deleted: Spans,
}

/// See the file's head.
#[derive(Clone, Debug, Default)]
pub(super) struct Items {
    pub(super) all: Vec<Item>,
    pub(super) types: Vec<Holder>,
    pub(super) roots: HashMap<String, u32>,
    pub(super) units: Vec<u16>,
    pub(super) clients: Vec<Client>,
    pub(super) numbers: HashMap<u64, u32>,
}

/// Pieces that are looked at for what an update deletes once more.
const NAMED_PIECES: usize = 256;

/// What an update did to the text.
#[derive(Debug, Default)]
pub(super) struct Change {
    /// New visible text, in the order of its ids.
    pub(super) made: Vec<ItemId>,
    /// Text that stood before and does no more.
    pub(super) gone: Vec<ItemId>,
    /// With new text: text that it deletes and that was deleted before.
    pub(super) named: Vec<ItemId>,
    /// Whether something could not be taken in.
    pub(super) is_cut: bool,
}

impl Items {
    /// The bytes it takes, about.
    pub(super) fn weight(&self) -> usize {
        self.all.len() * (size_of::<Item>() + size_of::<ItemId>())
            + self.units.len() * size_of::<u16>()
            + self.types.len() * size_of::<Holder>()
            + self.clients.len() * size_of::<Client>()
    }

    pub(super) fn get(&self, id: ItemId) -> Option<&Item> {
        self.all.get(id as usize)
    }

    pub(super) fn get_mut(&mut self, id: ItemId) -> Option<&mut Item> {
        self.all.get_mut(id as usize)
    }

    /// The words of a text piece.
    pub(super) fn text(&self, item: &Item) -> &[u16] {
        let from = item.at as usize;
        match item.kind {
            Kind::Text => self
                .units
                .get(from..from + item.len as usize)
                .unwrap_or_default(),
            Kind::Collected | Kind::Keyed | Kind::Lost | Kind::Holder | Kind::Other => &[],
        }
    }

    /// Takes an update in, under this act.
    pub(super) fn apply(&mut self, update: Update, act: ActId) -> Change {
        let mut change = Change::default();
        if update.has_text() {
            change.named = self.named(&update.deletes);
        }
        let mut fresh = Vec::with_capacity(update.clients.len());
        let mut queues = Vec::with_capacity(update.clients.len());
        for (client, structs) in update.clients {
            let client = self.client(client);
            fresh.push((client, self.clients[client as usize].clock, 0));
            queues.push((client, VecDeque::from(structs)));
        }
        while self.take(&mut queues, act) {}
        change.is_cut = queues.iter().any(|(_, queue)| !queue.is_empty());
        for (client, _, until) in &mut fresh {
            *until = self.clients[*client as usize].clock;
        }
        for (client, clock, len) in update.deletes {
            let Some(client) = self.numbers.get(&client).copied() else {
                continue;
            };
            self.delete(client, clock, len, act, &mut change.gone);
        }
        let is_fresh = |item: &Item| {
            fresh.iter().any(|(client, from, until)| {
                *client == item.client && (*from..*until).contains(&item.clock)
            })
        };
        // What came and went in one update never stood.
        let all = &mut self.all;
        change.gone.retain(|id| {
            let item = &mut all[*id as usize];
            let stood = !is_fresh(item);
            if !stood {
                item.gone = NONE;
            }
            stood
        });
        for (client, from, until) in fresh {
            self.visible_text(client, from, until, &mut change.made);
        }
        change
    }

    /// One round over what waits, in id order per client; whether anything moved.
    fn take(&mut self, queues: &mut [(u32, VecDeque<Struct>)], act: ActId) -> bool {
        let mut has_moved = false;
        for (client, queue) in queues {
            while let Some(next) = queue.front() {
                let held = self.clients[*client as usize].clock;
                let is_known = next.clock + next.len <= held;
                if !is_known && (next.clock > held || !self.holds(next)) {
                    break;
                }
                let Some(next) = queue.pop_front() else { break };
                if !is_known {
                    self.integrate(*client, next, act);
                }
                has_moved = true;
            }
        }
        has_moved
    }

    /// Whether everything a struct names is here.
    fn holds(&self, named: &Struct) -> bool {
        let parent = match &named.parent {
            Parent::Type(id) => Some(*id),
            Parent::Inherited | Parent::Root(_) => None,
        };
        [named.origin, named.right_origin, parent]
            .into_iter()
            .flatten()
            .all(|id| {
                self.numbers
                    .get(&id.client)
                    .is_some_and(|client| self.clients[*client as usize].clock > id.clock)
            })
    }

    fn client(&mut self, id: u64) -> u32 {
        if let Some(number) = self.numbers.get(&id) {
            return *number;
        }
        let number = count(self.clients.len());
        self.clients.push(Client {
            id,
            ..Client::default()
        });
        self.numbers.insert(id, number);
        number
    }

    /// Where the piece with this unit stands in its client's list.
    fn position(&self, client: u32, clock: u32) -> usize {
        let items = &self.clients[client as usize].items;
        items
            .partition_point(|id| self.all[*id as usize].clock <= clock)
            .saturating_sub(1)
    }

    pub(super) fn found(&self, client: u32, clock: u32) -> ItemId {
        self.clients[client as usize].items[self.position(client, clock)]
    }

    /// The piece that begins with this unit, made by a cut if need be.
    pub(super) fn beginning(&mut self, client: u32, clock: u32) -> ItemId {
        let found = self.found(client, clock);
        let offset = clock - self.all[found as usize].clock;
        if offset == 0 {
            return found;
        }
        self.break_pair(found, offset);
        self.cut(found, offset)
    }

    /// The piece that ends with this unit, made by a cut if need be.
    pub(super) fn ending(&mut self, client: u32, clock: u32) -> ItemId {
        let found = self.found(client, clock);
        let item = &self.all[found as usize];
        let offset = clock + 1 - item.clock;
        if offset < item.len {
            self.break_pair(found, offset);
            self.cut(found, offset);
        }
        found
    }

    /// A surrogate pair that an edit cuts becomes two replacement characters, as in Yjs.
    fn break_pair(&mut self, id: ItemId, offset: u32) {
        let item = &self.all[id as usize];
        let at = (item.at + offset) as usize;
        if item.kind == Kind::Text
            && let Some([high, low]) = self.units.get_mut(at - 1..=at)
            && (0xd800..0xdc00).contains(high)
        {
            (*high, *low) = (0xfffd, 0xfffd);
        }
    }

    /// Cuts a piece in two; the second half.
    pub(super) fn cut(&mut self, id: ItemId, offset: u32) -> ItemId {
        let new = count(self.all.len());
        let item = &mut self.all[id as usize];
        let mut half = item.clone();
        item.len = offset;
        half.clock += offset;
        half.len -= offset;
        if half.kind == Kind::Text {
            half.at += offset;
        }
        if half.parent != NONE && half.kind != Kind::Keyed {
            half.origin = (item.client, half.clock - 1);
            half.left = id;
            item.right = new;
        }
        let (client, clock, right) = (half.client, half.clock, half.right);
        self.all.push(half);
        if let Some(right) = self.all.get_mut(right as usize) {
            right.left = new;
        }
        let at = self.position(client, clock - 1) + 1;
        self.clients[client as usize].items.insert(at, new);
        new
    }

    /// Deletes a range of units, and what they hold.
    fn delete(&mut self, client: u32, from: u32, len: u32, act: ActId, gone: &mut Vec<ItemId>) {
        let owner = &mut self.clients[client as usize];
        let until = from.saturating_add(len).min(owner.clock);
        if from >= until {
            return;
        }
        let mut holders = Vec::new();
        for (from, until) in owner.deleted.add(from, until) {
            let mut clock = from;
            while clock < until {
                let mut id = self.found(client, clock);
                let item = &self.all[id as usize];
                if item.is_deleted {
                    clock = item.clock + item.len;
                    continue;
                }
                id = self.beginning(client, clock);
                if clock + self.all[id as usize].len > until {
                    id = self.ending(client, until - 1);
                }
                clock += self.all[id as usize].len;
                self.mark_gone(id, act, gone, &mut holders);
            }
        }
        while let Some(holder) = holders.pop() {
            let mut next = self.types[holder as usize].start;
            while let Some(right) = self.get(next).map(|item| item.right) {
                self.mark_gone(next, act, gone, &mut holders);
                next = right;
            }
        }
    }

    /// Text among these ranges that is deleted already; the first few pieces.
    fn named(&self, deletes: &[(u64, u32, u32)]) -> Vec<ItemId> {
        let (mut named, mut left) = (Vec::new(), NAMED_PIECES);
        for (client, clock, len) in deletes {
            let Some(number) = self.numbers.get(client).copied() else {
                continue;
            };
            let owner = &self.clients[number as usize];
            let until = clock.saturating_add(*len).min(owner.clock);
            if *clock >= until {
                continue;
            }
            for id in &owner.items[self.position(number, *clock)..] {
                let item = &self.all[*id as usize];
                if left == 0 || item.clock + item.len > until {
                    break;
                }
                left -= 1;
                let is_whole = item.clock >= *clock;
                if is_whole && item.is_deleted && item.gone != NONE && item.kind == Kind::Text {
                    named.push(*id);
                }
            }
        }
        named
    }

    fn mark_gone(
        &mut self,
        id: ItemId,
        act: ActId,
        gone: &mut Vec<ItemId>,
        holders: &mut Vec<u32>,
    ) {
        let item = &mut self.all[id as usize];
        if item.is_deleted {
            return;
        }
        item.is_deleted = true;
        match item.kind {
            Kind::Text => {
                item.gone = act;
                gone.push(id);
            }
            Kind::Holder => {
                item.gone = act;
                holders.push(item.at);
            }
            Kind::Collected | Kind::Keyed | Kind::Lost | Kind::Other => {}
        }
    }

    /// The text among these units that stands.
    fn visible_text(&self, client: u32, from: u32, until: u32, out: &mut Vec<ItemId>) {
        if from >= until {
            return;
        }
        let first = self.position(client, from);
        for id in &self.clients[client as usize].items[first..] {
            let item = &self.all[*id as usize];
            if item.clock >= from && item.kind == Kind::Text && !item.is_deleted {
                out.push(*id);
            }
        }
    }

    /// The pieces with these units, cut so that they hold nothing else.
    pub(super) fn pieces(&mut self, client: u32, clock: u32, len: u32) -> Vec<ItemId> {
        let (mut at, until) = (clock, clock + len);
        let mut pieces = Vec::new();
        while at < until {
            let mut id = self.found(client, at);
            let offset = at - self.all[id as usize].clock;
            if offset > 0 {
                id = self.cut(id, offset);
            }
            if at + self.all[id as usize].len > until {
                self.cut(id, until - at);
            }
            at += self.all[id as usize].len;
            pieces.push(id);
        }
        pieces
    }

    /// Every piece of a section's lists in text order, what is deleted included; `visit` is told
    /// each piece of text, and `None` where a list begins or ends.
    pub(super) fn walk(&self, section: &str, visit: &mut impl FnMut(Option<(ItemId, &Item)>)) {
        let Some(root) = self.roots.get(section) else {
            return;
        };
        let mut stack = vec![self.types[*root as usize].start];
        while let Some(next) = stack.last_mut() {
            let id = *next;
            let Some(item) = self.get(id) else {
                stack.pop();
                visit(None);
                continue;
            };
            *next = item.right;
            match item.kind {
                Kind::Text => visit(Some((id, item))),
                Kind::Holder => {
                    visit(None);
                    stack.push(self.types[item.at as usize].start);
                }
                Kind::Collected | Kind::Keyed | Kind::Lost | Kind::Other => {}
            }
        }
    }
}
