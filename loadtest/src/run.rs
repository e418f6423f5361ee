//! One run from its first connection to its last line.

use crate::assertion::{self, Verdict};
use crate::cli::{HermesOutput, Settings, Shown};
use crate::engine::{self, Report};
use crate::hermes::{self, OutputFiles};
use crate::plan::Load;
use crate::record::{Share, Tally};
use crate::report::{Live, Progress, hgrm, json, table};
use crate::results::Results;
use anyhow::{Context, Result, anyhow};
use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// How often the live line changes.
const LIVE_PERIOD: Duration = Duration::from_secs(1);

/// The time that the threads' reports of a moment have to arrive before the row of that moment is made.
const ROW_SLACK: Duration = Duration::from_millis(20);

/// Runs the test and shows what came of it. True when all assertions hold. An error means that nothing was sent.
pub fn run(settings: Settings, stop: Arc<AtomicBool>) -> Result<bool> {
    let Settings { plan, mut facts, shown, assertions } = settings;
    let hgrm_file = shown.hgrm.as_ref().map(|file| {
        std::fs::File::create(file).with_context(|| format!("--hgrm {}", file.display()))
    });
    let hgrm_file = hgrm_file.transpose()?;
    let create = |output| HermesTables::create(output, !shown.json);
    let mut hermes = shown.hermes.as_ref().map(create).transpose()?;
    let target = facts.target.clone();
    let extent = Extent::of(&plan.load, plan.warm_up);
    let warm_up = plan.warm_up;
    let running = engine::start(plan, stop).map_err(|reason| anyhow!("{target}: {reason}"))?;
    facts.started = jiff::Timestamp::now();
    if let Some(tables) = &mut hermes {
        tables.next = running.start() + tables.period + ROW_SLACK;
    }
    let mut results = Results::new(facts);
    let mut live = LiveLine::new(&shown);
    loop {
        let wake = [Some(live.next), hermes.as_ref().map(|tables| tables.next)];
        match running.next(wake.into_iter().flatten().min().unwrap_or(live.next)) {
            Report::Share(thread, share) => {
                results.add(thread, &share);
                if let Some(tables) = &mut hermes {
                    tables.add(&share);
                }
            }
            Report::Nothing => {}
            Report::Over => break,
        }
        let elapsed = running.start().elapsed();
        live.show(&results, elapsed, extent);
        if let Some(tables) = &mut hermes {
            tables.show(&results, running.start())?;
        }
    }
    let elapsed = running.start().elapsed();
    running.join().map_err(|reason| anyhow!(reason))?;
    results.set_elapsed(elapsed.saturating_sub(warm_up));
    live.end();
    if let Some(tables) = hermes {
        tables.finish(&results, elapsed)?;
    }
    let verdicts = assertion::evaluate(&assertions, &results);
    // First, so that they are not lost with a file that cannot be written.
    show(&shown, &results, &verdicts);
    if let (Some(mut file), Some(name)) = (hgrm_file, &shown.hgrm) {
        file.write_all(hgrm(&results.total()).as_bytes())
            .with_context(|| format!("--hgrm {}", name.display()))?;
    }
    Ok(verdicts.iter().all(|verdict| verdict.passed))
}

fn show(shown: &Shown, results: &Results, verdicts: &[Verdict]) {
    let text = if shown.json { json(results, verdicts) } else { table(results, verdicts) };
    // Whoever closed the pipe has seen enough.
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// How much there is to do.
#[derive(Clone, Copy)]
enum Extent {
    Requests(u64),
    Time(Duration),
}

impl Extent {
    fn of(load: &Load, warm_up: Duration) -> Extent {
        match load {
            Load::Closed { requests: Some(requests), duration: None } => {
                Extent::Requests(*requests)
            }
            Load::Closed { duration, .. } => Extent::Time(warm_up + duration.unwrap_or_default()),
            Load::Open { pace, .. } => Extent::Time(pace.duration()),
        }
    }
}

/// The line on standard error that says how far it is. None beside hermes' tables, or when nobody wants it.
struct LiveLine {
    live: Option<Live>,
    next: Instant,
}

impl LiveLine {
    fn new(shown: &Shown) -> LiveLine {
        let is_terminal = std::io::stderr().is_terminal();
        let is_wanted = !shown.quiet && shown.hermes.is_none();
        LiveLine {
            live: is_wanted.then(|| Live::new(is_terminal)),
            next: Instant::now() + LIVE_PERIOD,
        }
    }

    fn show(&mut self, results: &Results, elapsed: Duration, extent: Extent) {
        if Instant::now() < self.next {
            return;
        }
        self.next += LIVE_PERIOD;
        let Some(live) = &mut self.live else { return };
        let progress = match extent {
            Extent::Requests(total) => {
                let tally = results.total();
                Progress::Requests { done: tally.succeeded + tally.errors(), total }
            }
            Extent::Time(total) => Progress::Time { elapsed, total },
        };
        if let Some(line) = live.line(results, elapsed, progress) {
            // A terminal that is gone is no reason to end the test.
            let _ = std::io::stderr().write_all(line.as_bytes());
        }
    }

    fn end(&self) {
        if let Some(text) = self.live.as_ref().and_then(Live::end) {
            let _ = std::io::stderr().write_all(text.as_bytes());
        }
    }
}

/// hermes' table on standard output, and its files.
struct HermesTables {
    files: OutputFiles,
    /// On standard output too, where there is no document instead.
    is_printed: bool,
    names: Vec<String>,
    period: Duration,
    next: Instant,
    /// What happened since the last row.
    partial: Vec<Tally>,
}

impl HermesTables {
    fn create(output: &HermesOutput, is_printed: bool) -> Result<HermesTables> {
        let files = OutputFiles::create(&output.prefix, &output.script, &jiff::Zoned::now())?;
        let names = output.script.message_names().to_vec();
        let partial = vec![Tally::default(); names.len()];
        let period = output.period;
        let next = Instant::now() + period;
        let tables = HermesTables { files, is_printed, names, period, next, partial };
        tables.print(&hermes::header());
        Ok(tables)
    }

    fn print(&self, text: &str) {
        if self.is_printed {
            // Whoever closed the pipe has seen enough.
            let _ = std::io::stdout().write_all(text.as_bytes());
        }
    }

    fn add(&mut self, share: &Share) {
        self.partial.iter_mut().zip(&share.tallies).for_each(|(own, more)| own.add(more));
    }

    fn show(&mut self, results: &Results, start: Instant) -> Result<()> {
        if Instant::now() < self.next {
            return Ok(());
        }
        self.next += self.period;
        let elapsed = start.elapsed().saturating_sub(ROW_SLACK);
        let cumulative = cumulative(results);
        let partial = vec![Tally::default(); self.names.len()];
        let partial = std::mem::replace(&mut self.partial, partial);
        self.print(&hermes::row(elapsed, elapsed, &hermes::total(&cumulative)));
        Ok(self.files.period(elapsed, &cumulative, &partial)?)
    }

    fn finish(self, results: &Results, elapsed: Duration) -> Result<()> {
        let cumulative = cumulative(results);
        self.print(&hermes::summary(&self.names, elapsed, &cumulative));
        Ok(self.files.finish(elapsed, &cumulative, &self.partial)?)
    }
}

/// What happened since the start, by message.
fn cumulative(results: &Results) -> Vec<Tally> {
    results.kinds().map(|(_, tally)| tally.clone()).collect()
}
