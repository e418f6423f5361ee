//! From what was typed to what is done: checked and completed, before anything is sent.

use super::Typed;
use crate::assertion::Assertion;
use crate::limits::{CONNECTIONS_MAX, STREAMS_MAX, STREAMS_OPEN_LOOP, THREADS_MAX};
use crate::pace::TypedPace;
use crate::plan::{Load, Plan, Source};
use crate::requests::{Base, Requests};
use crate::results::Facts;
use crate::script::Script;
use crate::target::Target;
use crate::tls::{self, Trust};
use anyhow::{Context, Result, anyhow, bail};
use bytes::Bytes;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use understudy_wire::connection::Protocol;

/// Requests have so long for their answers unless stated.
const TIMEOUT: Duration = Duration::from_secs(10);

/// hermes' own defaults for the rate and the duration.
const HERMES_RATE: &str = "10";
const HERMES_DURATION: Duration = Duration::from_secs(60);

/// Durations of stages are added up as fractions of a second.
const ROUNDING: Duration = Duration::from_micros(1);

/// All that a run needs.
#[derive(Debug)]
pub struct Settings {
    /// What is sent, where and when.
    pub plan: Plan,
    /// What reports say about it.
    pub facts: Facts,
    /// What is shown of it.
    pub shown: Shown,
    /// What must hold at the end.
    pub assertions: Vec<Assertion>,
}

/// What is shown.
#[derive(Debug)]
pub struct Shown {
    /// One JSON document instead of the table.
    pub json: bool,
    /// Where the distribution of latencies goes.
    pub hgrm: Option<PathBuf>,
    /// No live line.
    pub quiet: bool,
    /// hermes' tables and files.
    pub hermes: Option<HermesOutput>,
}

/// hermes' tables and files.
#[derive(Debug)]
pub struct HermesOutput {
    /// The script they are about.
    pub script: Arc<Script>,
    /// Time between two rows.
    pub period: Duration,
    /// The beginning of the files' names.
    pub prefix: PathBuf,
}

impl Settings {
    /// Checks and completes. Nothing is sent; names are resolved and files read. Each error is one line that says what
    /// is wrong, where, and what would be right.
    pub fn of(typed: Typed) -> Result<Settings> {
        let script = typed.script.as_deref().map(Script::load).transpose()?.map(Arc::new);
        let target = match (&typed.url, &script) {
            (Some(url), _) => Target::parse(url).map_err(|reason| anyhow!("{url}: {reason}"))?,
            (None, Some(script)) => Target::of_script(script),
            (None, None) => bail!("a URL or a script is needed"),
        };
        let load = load(&typed, script.is_some())?;
        let is_open_loop = matches!(load, Load::Open { .. });
        let connections = within("--connections", typed.connections, CONNECTIONS_MAX)?;
        let streams = match typed.streams {
            Some(streams) => within("--streams", streams, STREAMS_MAX)?,
            None if is_open_loop && !typed.http1 => STREAMS_OPEN_LOOP,
            None => 1,
        };
        let threads = threads(&typed, connections)?;
        let source = source(&typed, &target, script.as_ref())?;
        let protocol = if typed.http1 { Protocol::Http1 } else { Protocol::Http2 };
        if let (false, Some(file)) = (target.is_secure, &typed.cacert) {
            bail!(
                "--cacert {}: {target} is not encrypted; right would be https://",
                file.display()
            );
        }
        let tls = match target.is_secure {
            true => Some(tls::client(&target.host, protocol, &trust(&typed))?),
            false => None,
        };
        let facts = Facts {
            target: target.to_string(),
            protocol: protocol_text(protocol, target.is_secure).to_owned(),
            load: load_text(&load, connections, streams),
            threads,
            connections,
            streams,
            is_open_loop,
            names: script.as_ref().map_or(vec![String::new()], |s| s.message_names().to_vec()),
            started: jiff::Timestamp::now(),
        };
        let timeout = typed.timeout.or(script.as_ref().map(|s| s.timeout())).unwrap_or(TIMEOUT);
        if timeout.is_zero() {
            bail!("--timeout 0: every request would fail; give a time such as 2s");
        }
        if typed.period.is_zero() {
            bail!("--period 0: rows would follow each other without end; give a time such as 10s");
        }
        let plan = Plan {
            address: target.resolve()?,
            protocol,
            tls,
            authority: target.authority,
            connections,
            streams,
            threads,
            load,
            timeout,
            warm_up: typed.warm_up,
            source,
        };
        let hermes = script.map(|script| HermesOutput {
            script,
            period: typed.period,
            prefix: typed.output,
        });
        let shown = Shown { json: typed.json, hgrm: typed.hgrm, quiet: typed.quiet, hermes };
        Ok(Settings { plan, facts, shown, assertions: typed.assertions })
    }
}

fn load(typed: &Typed, is_script: bool) -> Result<Load> {
    if typed.duration.is_some_and(|duration| duration.is_zero()) {
        bail!("--duration 0: nothing would be sent; give a time such as 10s");
    }
    let hermes_rate =
        || HERMES_RATE.parse::<TypedPace>().ok().filter(|_| is_script && typed.streams.is_none());
    let Some(rate) = typed.rate.clone().or_else(hermes_rate) else {
        if typed.requests.is_none() && typed.duration.is_none() {
            bail!("without an end: add -n REQUESTS or -t TIME (or -r RATE for an open loop)");
        }
        return Ok(Load::Closed { requests: typed.requests, duration: typed.duration });
    };
    let duration = typed.duration.unwrap_or(HERMES_DURATION) + typed.warm_up;
    let pace = rate.over(Some(duration)).map_err(|reason| anyhow!("--rate: {reason}"))?;
    if typed.duration.is_some() && pace.duration().abs_diff(duration) > ROUNDING {
        bail!("--duration: the stages of --rate take {:?} already; leave it out", pace.duration());
    }
    if pace.duration() <= typed.warm_up {
        bail!("--warm-up: it takes all of the {:?} of the test", pace.duration());
    }
    Ok(Load::Open { pace, requests: typed.requests })
}

fn threads(typed: &Typed, connections: usize) -> Result<usize> {
    match typed.threads {
        Some(threads) if threads > connections => {
            bail!(
                "--threads {threads}: each thread needs a connection of its own; add -c {threads}"
            )
        }
        Some(threads) => within("--threads", threads, THREADS_MAX),
        None => {
            let cpus = std::thread::available_parallelism().map_or(1, usize::from);
            Ok(cpus.min(connections).min(THREADS_MAX))
        }
    }
}

fn within(option: &str, value: usize, max: usize) -> Result<usize> {
    if (1..=max).contains(&value) {
        return Ok(value);
    }
    bail!("{option} {value}: give a number from 1 to {max}")
}

fn source(typed: &Typed, target: &Target, script: Option<&Arc<Script>>) -> Result<Source> {
    if let Some(script) = script {
        return Ok(Source::Script(Arc::clone(script)));
    }
    let scheme = if target.is_secure { "https" } else { "http" };
    let base = Base { scheme, authority: &target.authority };
    let requests = match &typed.from {
        Some(file) => Requests::load(file, base)?,
        None => {
            let body = typed.data.as_ref().map(|file| {
                std::fs::read(file)
                    .map(Bytes::from)
                    .with_context(|| format!("--data {}", file.display()))
            });
            Requests::from_options(
                base,
                typed.method.as_deref(),
                &target.path,
                &typed.headers,
                body.transpose()?,
                typed.expect.clone().unwrap_or_default(),
            )?
        }
    };
    Ok(Source::Requests(Arc::from(requests.list())))
}

fn trust(typed: &Typed) -> Trust {
    match (&typed.cacert, typed.insecure) {
        (Some(file), _) => Trust::File(file.clone()),
        (None, true) => Trust::Anybody,
        (None, false) => Trust::System,
    }
}

fn protocol_text(protocol: Protocol, is_secure: bool) -> &'static str {
    match (protocol, is_secure) {
        (Protocol::Http2, false) => "HTTP/2",
        (Protocol::Http2, true) => "HTTP/2 over TLS",
        (Protocol::Http1, false) => "HTTP/1.1",
        (Protocol::Http1, true) => "HTTP/1.1 over TLS",
    }
}

fn load_text(load: &Load, connections: usize, streams: usize) -> String {
    let plural =
        |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let shape = format!("{} x {}", plural(connections, "connection"), plural(streams, "stream"));
    match load {
        Load::Closed { requests, duration } => {
            let requests = requests.map(|requests| format!(", {requests} requests"));
            let duration = duration.map(|duration| format!(", {} s", duration.as_secs_f64()));
            format!(
                "closed loop, {shape}{}{}",
                requests.unwrap_or_default(),
                duration.unwrap_or_default()
            )
        }
        Load::Open { pace, requests } => {
            let requests = requests.map(|requests| format!(", at most {requests} requests"));
            format!("open loop, {pace}, {shape}{}", requests.unwrap_or_default())
        }
    }
}
