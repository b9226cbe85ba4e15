//! Puts new pieces in their place: finds what they stand in, and orders concurrent ones as Yjs does.

use std::collections::{HashMap, HashSet};

use super::items::{Holder, Item, ItemId, Items, Kind};
use super::reading::{Content, Id, Parent, Struct};
use super::{ActId, NONE, count};

impl Items {
    /// Puts a struct in its place; everything it names is here.
    pub(super) fn integrate(&mut self, client: u32, mut new: Struct, act: ActId) {
        let held = self.clients[client as usize].clock;
        let offset = held - new.clock;
        if offset > 0 {
            new.clock = held;
            new.len -= offset;
            if let Content::Text(units) = &mut new.content {
                units.drain(..offset as usize);
            }
            new.origin = Some(Id {
                client: self.clients[client as usize].id,
                clock: held - 1,
            });
            new.parent = Parent::Inherited;
        }
        let place = |id: Option<Id>, numbers: &HashMap<u64, u32>| {
            id.map_or((NONE, 0), |id| {
                (numbers.get(&id.client).copied().unwrap_or(NONE), id.clock)
            })
        };
        let origin = place(new.origin, &self.numbers);
        let right_origin = place(new.right_origin, &self.numbers);
        let is_collected = new.content == Content::Collected;
        let (mut left, mut right) = (NONE, NONE);
        if origin.0 != NONE && !is_collected {
            left = self.ending(origin.0, origin.1);
        }
        if right_origin.0 != NONE && !is_collected {
            right = self.beginning(right_origin.0, right_origin.1);
        }
        let (parent, is_keyed) = match is_collected {
            true => (NONE, false),
            false => self.place_of(&new, left, right),
        };
        let id = count(self.all.len());
        let kind = match new.content {
            _ if parent == NONE => Kind::Collected,
            _ if is_keyed => Kind::Keyed,
            Content::Collected => Kind::Collected,
            Content::Deleted => Kind::Lost,
            Content::Text(_) => Kind::Text,
            Content::Element | Content::TextNode => Kind::Holder,
            Content::Other => Kind::Other,
        };
        let at = match (&new.content, kind) {
            (Content::Text(units), Kind::Text) => {
                let at = count(self.units.len());
                self.units.extend_from_slice(units);
                at
            }
            (_, Kind::Holder) => self.hold(id),
            _ => 0,
        };
        self.all.push(Item {
            client,
            clock: new.clock,
            len: new.len,
            origin,
            right_origin,
            left: NONE,
            right: NONE,
            parent,
            kind,
            at,
            made: act,
            by: act,
            mover: NONE,
            gone: NONE,
            is_deleted: matches!(kind, Kind::Collected | Kind::Lost),
            is_back: false,
        });
        let owner = &mut self.clients[client as usize];
        owner.items.push(id);
        owner.clock = new.clock + new.len;
        if !matches!(kind, Kind::Collected | Kind::Keyed) {
            self.link(id, left, right);
        }
    }

    fn hold(&mut self, item: ItemId) -> u32 {
        self.types.push(Holder { item, start: NONE });
        count(self.types.len() - 1)
    }

    /// The type a struct stands in ([`NONE`]: it was collected with it), and whether as a value.
    fn place_of(&mut self, new: &Struct, left: ItemId, right: ItemId) -> (u32, bool) {
        let neighbours = [left, right];
        let mut beside = neighbours
            .iter()
            .filter_map(|id| self.all.get(*id as usize));
        if beside.clone().any(|item| item.parent == NONE) {
            return (NONE, false);
        }
        match &new.parent {
            Parent::Inherited => beside.next().map_or((NONE, false), |item| {
                (item.parent, item.kind == Kind::Keyed)
            }),
            Parent::Root(name) => (self.root(name), new.keyed),
            Parent::Type(id) => {
                let Some(client) = self.numbers.get(&id.client).copied() else {
                    return (NONE, false);
                };
                let holder = &self.all[self.found(client, id.clock) as usize];
                match holder.kind {
                    Kind::Holder => (holder.at, new.keyed),
                    Kind::Collected | Kind::Keyed | Kind::Lost | Kind::Text | Kind::Other => {
                        (NONE, false)
                    }
                }
            }
        }
    }

    fn root(&mut self, name: &str) -> u32 {
        if let Some(number) = self.roots.get(name) {
            return *number;
        }
        let number = self.hold(NONE);
        self.roots.insert(name.to_owned(), number);
        number
    }

    /// Finds the place among concurrent pieces, as Yjs does, and links the piece there.
    fn link(&mut self, id: ItemId, left: ItemId, right: ItemId) {
        let parent = self.all[id as usize].parent;
        let start = self.types[parent as usize].start;
        let after_left = match self.all.get(left as usize) {
            Some(left) => left.right,
            None => start,
        };
        let left = if after_left == right {
            left
        } else {
            self.among_rivals(id, left, after_left, right)
        };
        let next = match self.all.get_mut(left as usize) {
            Some(item) => std::mem::replace(&mut item.right, id),
            None => std::mem::replace(&mut self.types[parent as usize].start, id),
        };
        if let Some(item) = self.all.get_mut(next as usize) {
            item.left = id;
        }
        let item = &mut self.all[id as usize];
        (item.left, item.right) = (left, next);
        let holder = self.types[parent as usize].item;
        let in_deleted = self.get(holder).is_some_and(|holder| holder.is_deleted);
        self.all[id as usize].is_deleted |= in_deleted;
    }

    /// What stands left of the piece, when others stand between its neighbours already.
    fn among_rivals(
        &self,
        id: ItemId,
        mut left: ItemId,
        mut rival: ItemId,
        right: ItemId,
    ) -> ItemId {
        let new = &self.all[id as usize];
        let (mut conflicting, mut before) = (HashSet::new(), HashSet::new());
        while rival != right {
            let Some(other) = self.all.get(rival as usize) else {
                break;
            };
            before.insert(rival);
            conflicting.insert(rival);
            if new.origin == other.origin {
                let is_lower =
                    self.clients[other.client as usize].id < self.clients[new.client as usize].id;
                if is_lower {
                    left = rival;
                    conflicting.clear();
                } else if new.right_origin == other.right_origin {
                    break;
                }
            } else if other.origin.0 != NONE {
                let origin = self.found(other.origin.0, other.origin.1);
                if !before.contains(&origin) {
                    break;
                }
                if !conflicting.contains(&origin) {
                    left = rival;
                    conflicting.clear();
                }
            } else {
                break;
            }
            rival = other.right;
        }
        left
    }
}
