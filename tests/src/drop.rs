//! A drop from another program, as a file browser does it: the XDND protocol, version 5,
//! <https://www.freedesktop.org/wiki/Specifications/XDND/>.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, MapState, PropMode,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;
use x11rb::{COPY_DEPTH_FROM_PARENT, CURRENT_TIME};

x11rb::atom_manager! {
    Atoms: AtomsCookie {
        XdndAware, XdndEnter, XdndPosition, XdndStatus, XdndDrop, XdndFinished, XdndSelection, XdndActionCopy,
        TARGETS,
        URI_LIST: b"text/uri-list",
    }
}

const VERSION: u32 = 5;
/// Between two movements of the pointer.
const MOVE: Duration = Duration::from_millis(50);
/// Movements over the window after it has said that it takes the drop.
const MOVES: usize = 4;
const PATIENCE: Duration = Duration::from_secs(60);

/// Drags `path` to the point `at` of the display and lets go; returns once the window there has said that it is done.
///
/// # Errors
/// When no window on the display takes drops, or the one that does never accepts or never finishes.
pub fn drop_path(display: &str, path: &Path, at: (u16, u16)) -> Result<()> {
    let (connection, screen) = x11rb::connect(Some(display))?;
    let root = connection.setup().roots.get(screen).context("a display without a screen")?.root;
    let atoms = Atoms::new(&connection)?.reply()?;
    let source = connection.generate_id()?;
    connection.create_window(
        COPY_DEPTH_FROM_PARENT,
        source,
        root,
        0,
        0,
        1,
        1,
        0,
        WindowClass::INPUT_OUTPUT,
        0,
        &CreateWindowAux::new(),
    )?;
    let url = url::Url::from_file_path(path).ok().with_context(|| format!("{path:?} is not absolute"))?;
    let target = target(&connection, root, atoms.XdndAware)?;
    let drag = Drag { connection, atoms, source, target, at, uris: format!("{url}\r\n") };
    drag.run()
}

/// The mapped window that says it takes drops.
fn target(connection: &RustConnection, root: Window, aware: Atom) -> Result<Window> {
    let mut waiting = vec![root];
    while let Some(window) = waiting.pop() {
        let says = connection.get_property(false, window, aware, AtomEnum::ATOM, 0, 1)?.reply()?;
        let mapped = connection.get_window_attributes(window)?.reply()?.map_state == MapState::VIEWABLE;
        if mapped && says.value_len > 0 {
            return Ok(window);
        }
        waiting.extend(connection.query_tree(window)?.reply()?.children);
    }
    bail!("no window on the display takes drops")
}

struct Drag {
    connection: RustConnection,
    atoms: Atoms,
    source: Window,
    target: Window,
    at: (u16, u16),
    uris: String,
}

impl Drag {
    fn run(&self) -> Result<()> {
        self.connection.set_selection_owner(self.source, self.atoms.XdndSelection, CURRENT_TIME)?;
        self.tell(self.atoms.XdndEnter, [VERSION << 24, self.atoms.URI_LIST, 0, 0])?;
        let mut moves = 0;
        let begun = Instant::now();
        while moves < MOVES {
            ensure!(begun.elapsed() < PATIENCE, "the window does not take what is dragged over it");
            let place = u32::from(self.at.0) << 16 | u32::from(self.at.1);
            self.tell(self.atoms.XdndPosition, [0, place, CURRENT_TIME, self.atoms.XdndActionCopy])?;
            std::thread::sleep(MOVE);
            let accepted = self.answer(self.atoms.XdndStatus)?.is_some_and(|data| data[1] & 1 == 1);
            moves += usize::from(accepted);
        }
        self.tell(self.atoms.XdndDrop, [0, CURRENT_TIME, 0, 0])?;
        let begun = Instant::now();
        while self.answer(self.atoms.XdndFinished)?.is_none() {
            ensure!(begun.elapsed() < PATIENCE, "the window never finished the drop");
            std::thread::sleep(MOVE);
        }
        Ok(())
    }

    fn tell(&self, message: Atom, [a, b, c, d]: [u32; 4]) -> Result<()> {
        let event = ClientMessageEvent::new(32, self.target, message, [self.source, a, b, c, d]);
        self.connection.send_event(false, self.target, EventMask::NO_EVENT, event)?;
        self.connection.flush()?;
        Ok(())
    }

    /// Hands the data to whoever asks, and returns the last message of a kind that has come.
    fn answer(&self, message: Atom) -> Result<Option<[u32; 5]>> {
        let mut last = None;
        while let Some(event) = self.connection.poll_for_event()? {
            match event {
                Event::SelectionRequest(request) => self.hand_over(&request)?,
                Event::ClientMessage(event) if event.type_ == message => last = Some(event.data.as_data32()),
                _ => {}
            }
        }
        Ok(last)
    }

    fn hand_over(&self, request: &SelectionRequestEvent) -> Result<()> {
        let (connection, asker, property) = (&self.connection, request.requestor, request.property);
        let given = if request.target == self.atoms.TARGETS {
            let targets = [self.atoms.TARGETS, self.atoms.URI_LIST];
            connection.change_property32(PropMode::REPLACE, asker, property, AtomEnum::ATOM, &targets)?;
            property
        } else if request.target == self.atoms.URI_LIST {
            let uris = self.uris.as_bytes();
            connection.change_property8(PropMode::REPLACE, asker, property, self.atoms.URI_LIST, uris)?;
            property
        } else {
            x11rb::NONE
        };
        let notify = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: asker,
            selection: request.selection,
            target: request.target,
            property: given,
        };
        connection.send_event(false, asker, EventMask::NO_EVENT, notify)?;
        connection.flush()?;
        Ok(())
    }
}
