//! From JSON to a script that can be played: everything is checked here, and cut for quick building.

use super::Script;
use super::entry::{Entry, Fault, quote, suggestion};
use super::message::{Message, Save, read_saves};
use super::names::{Names, Scope};
use super::node::Node;
use std::collections::HashMap;
use std::net::Ipv6Addr;
use std::time::Duration;

const MEMBERS: [&str; 8] =
    ["dns", "port", "secure", "timeout", "flow", "messages", "ranges", "variables"];

/// A day: whoever waits longer does not test any more, and the clock's arithmetic stays far from its end.
const TIMEOUT_MS_MAX: i64 = 24 * 3600 * 1000;

/// What file systems allow (255), less room for the prefix of the output files.
const NAME_BYTES_MAX: usize = 200;

/// `Total` heads the last row of the final table, and the others are endings of output files already.
const RESERVED_NAMES: [&str; 4] = ["Total", "accum", "partial", "err"];

/// Checks a document and makes it playable.
pub(super) fn compile(root: &Node) -> Result<Script, Fault> {
    let root = Entry::root(root);
    root.members()?;
    root.check_unique()?;
    root.check_members(&MEMBERS)?;
    let (host, port) = (read_host(&root)?, read_port(&root)?);
    let is_secure = root.optional("secure").map_or(Ok(false), |entry| entry.boolean())?;
    let timeout = root.required("timeout", "an integer, in milliseconds")?;
    let timeout_ms = timeout.integer(1..=TIMEOUT_MS_MAX)?.unsigned_abs();
    let mut names = Names::read(&root)?;
    let mut entries = Vec::new();
    for (name, entry) in root.required("messages", "an object with messages by name")?.members()? {
        check_name(name, &entry)?;
        let saves = read_saves(&entry, &mut names)?;
        entries.push((name, entry, Some(saves)));
    }
    let flow = read_flow(&root, &entries)?;
    let mut script = Script {
        host,
        port,
        is_secure,
        timeout: Duration::from_millis(timeout_ms),
        names: Vec::new(),
        messages: Vec::new(),
        flow: Vec::new(),
        slot_count: names.slot_count,
        ranges: Vec::new(),
    };
    read_messages(&mut script, &names, &flow, &mut entries)?;
    script.ranges = names.ranges;
    Ok(script)
}

/// A message's name, its definition, and what it saves, until it is read.
type Definition<'a> = (&'a str, Entry<'a>, Option<Vec<Save>>);

/// Reads the messages in the order in which they are sent first, when it is known what has been saved by then.
fn read_messages(
    script: &mut Script,
    names: &Names,
    flow: &[usize],
    entries: &mut [Definition<'_>],
) -> Result<(), Fault> {
    let mut is_saved = vec![false; names.slot_count];
    let mut message_of = vec![None; entries.len()];
    for &at in flow {
        let message = match message_of[at] {
            Some(message) => message,
            None => {
                let (name, entry, saves) = &mut entries[at];
                let scope = Scope { names, is_saved: &is_saved };
                let message = Message::read(entry, scope, saves.take().unwrap_or_default())?;
                message.saved_slots().for_each(|slot| is_saved[slot.0] = true);
                script.names.push((*name).to_owned());
                script.messages.push(message);
                script.messages.len() - 1
            }
        };
        message_of[at] = Some(message);
        script.flow.push(message);
    }
    // Messages that are never sent are checked too, as if they came last.
    is_saved.fill(true);
    for (_, entry, saves) in entries.iter_mut() {
        if let Some(saves) = saves.take() {
            Message::read(entry, Scope { names, is_saved: &is_saved }, saves)?;
        }
    }
    let mut is_in_fields = vec![false; names.slot_count];
    for slot in script.messages.iter().flat_map(Message::slots_in_fields) {
        is_in_fields[slot.0] = true;
    }
    script.messages.iter_mut().for_each(|message| message.mark_saves(&is_in_fields));
    Ok(())
}

/// The messages in the order to be sent, as indices into `entries`.
fn read_flow(root: &Entry<'_>, entries: &[Definition<'_>]) -> Result<Vec<usize>, Fault> {
    const RIGHT: &str = "an array with the names of messages, at least one";
    let flow = root.required("flow", RIGHT)?;
    let positions: HashMap<&str, usize> =
        entries.iter().enumerate().map(|(at, (name, ..))| (*name, at)).collect();
    let mut order = Vec::new();
    for item in flow.items()? {
        let name = item.text()?;
        let at = positions.get(name).ok_or_else(|| {
            let known: Vec<&str> = entries.iter().map(|(name, ..)| *name).collect();
            let wrong = format!("no message is called {}", quote(name));
            item.advise(wrong, suggestion(name, &known))
        })?;
        order.push(*at);
    }
    match order.is_empty() {
        true => Err(flow.fault("the flow is empty", RIGHT)),
        false => Ok(order),
    }
}

/// Each message has an output file that ends in its name.
fn check_name(name: &str, entry: &Entry<'_>) -> Result<(), Fault> {
    if RESERVED_NAMES.contains(&name) {
        let right = "another name: `Total`, `accum`, `partial` and `err` are for the results";
        return Err(entry.fault(format_args!("a message cannot be called {}", quote(name)), right));
    }
    let is_file_name = !name.is_empty()
        && name.len() <= NAME_BYTES_MAX
        && !name.chars().any(|c| c == '/' || c.is_control());
    match is_file_name {
        true => Ok(()),
        false => Err(entry.fault(
            "the name of a message is a part of a file's name",
            format_args!("1 to {NAME_BYTES_MAX} bytes without slashes and control characters"),
        )),
    }
}

fn read_host(root: &Entry<'_>) -> Result<String, Fault> {
    const RIGHT: &str = "a name or an address, without scheme, port and path";
    let entry = root.required("dns", RIGHT)?;
    let host = entry.text()?;
    // An IPv6 address may stand in brackets, as in an authority.
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let is_valid = match bare.contains(':') {
        // The zone of a link-local address follows a percent sign.
        true => bare.split('%').next().is_some_and(|bare| bare.parse::<Ipv6Addr>().is_ok()),
        false => !bare.is_empty() && bare.len() == host.len() && bare.chars().all(is_name),
    };
    match is_valid {
        true => Ok(bare.to_owned()),
        false => Err(entry.fault(format_args!("{} is no name of a host", quote(host)), RIGHT)),
    }
}

fn read_port(root: &Entry<'_>) -> Result<u16, Fault> {
    const RIGHT: &str = "a string with a number from 1 to 65535, like \"8000\"";
    let entry = root.required("port", RIGHT)?;
    let Node::String(text) = entry.node else {
        return Err(entry.fault(format_args!("{} stands here", entry.node.kind()), RIGHT));
    };
    let port = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    port.filter(|port| *port > 0)
        .ok_or_else(|| entry.fault(format_args!("{} is no port", quote(text)), RIGHT))
}
