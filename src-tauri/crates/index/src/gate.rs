//! Who may use the index at the same time.
//!
//! usearch lets vectors be added in parallel, and searched in parallel, but a search takes no locks on the
//! nodes that an addition is changing; growing, removing and saving want the index for themselves; and a call
//! beyond the reserved thread contexts fails instead of waiting. So threads of one purpose share the index,
//! as many as there are contexts, and the purposes take turns in order of arrival: nobody starves.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What a thread is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// Read.
    Search,
    /// Add new nodes.
    Append,
    /// Anything else: no other thread is inside.
    Alone,
}

pub(crate) struct Gate {
    slots: usize,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    room: Room,
    inside: usize,
    next_ticket: u64,
    now_serving: u64,
}

impl Gate {
    /// A gate that lets at most `slots` threads in at a time.
    pub(crate) fn new(slots: usize) -> Self {
        let state = State { room: Room::Search, inside: 0, next_ticket: 0, now_serving: 0 };
        Gate { slots: slots.max(1), state: Mutex::new(state), changed: Condvar::new() }
    }

    pub(crate) fn slots(&self) -> usize {
        self.slots
    }

    /// Waits for its turn. The thread is inside until the pass is dropped; it must not enter twice.
    pub(crate) fn enter(&self, room: Room) -> Pass<'_> {
        let mut state = self.lock();
        let ticket = state.next_ticket;
        state.next_ticket += 1;
        while state.now_serving != ticket || !state.admits(room, self.slots) {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.now_serving += 1;
        state.room = room;
        state.inside += 1;
        drop(state);
        self.changed.notify_all();
        Pass { gate: self }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn admits(&self, room: Room, slots: usize) -> bool {
        self.inside == 0 || (room != Room::Alone && self.room == room && self.inside < slots)
    }
}

/// The right to be inside.
pub(crate) struct Pass<'a> {
    gate: &'a Gate,
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.gate.lock().inside -= 1;
        self.gate.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[test]
    fn rooms_never_mix_and_never_hold_more_than_the_slots() {
        let gate = Gate::new(3);
        let inside = [AtomicI64::new(0), AtomicI64::new(0), AtomicI64::new(0)];
        let wrong = AtomicI64::new(0);
        std::thread::scope(|scope| {
            for thread in 0..8usize {
                let (gate, inside, wrong) = (&gate, &inside, &wrong);
                scope.spawn(move || {
                    for turn in 0..150usize {
                        let which = (thread + turn * 7) % 3;
                        let _pass = gate.enter([Room::Search, Room::Append, Room::Alone][which]);
                        let mine = inside[which].fetch_add(1, Ordering::SeqCst) + 1;
                        let others: i64 =
                            (0..3).filter(|i| *i != which).map(|i| inside[i].load(Ordering::SeqCst)).sum();
                        if others != 0 || mine > [3, 3, 1][which] {
                            wrong.fetch_add(1, Ordering::SeqCst);
                        }
                        std::thread::yield_now();
                        inside[which].fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(wrong.into_inner(), 0);
    }
}
