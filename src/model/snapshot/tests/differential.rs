//! Random provisions and requests under the three algorithms: what the indexes find is what a scan of a list finds.

use super::*;
use crate::regex::{Format, Pattern};

/// Look-ups that are compared. `UNDERSTUDY_MATCHING_CASES=1000000 cargo test -p understudy-model
/// differential` is the full run; this many take a few seconds without optimisation.
const CASES: usize = 20_000;

/// A generator of numbers that is the same everywhere (xorshift64*), so that a failure can be had again.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn join(&mut self, from: &[&str], count_max: usize) -> String {
        (0..self.below(count_max + 1)).map(|_| self.pick(from)).collect()
    }
}

/// Few and short, so that patterns overlap and texts match; the broken ones come rarely.
const PATTERN_PIECES: &[&str] = &[
    "a",
    "b",
    "/",
    "1",
    "a",
    "b",
    "/",
    "1",
    "n-1",
    "n-2",
    "n-12",
    "/ab",
    "[ab]",
    "[^a]",
    "[a1]+",
    ".",
    "a+",
    "b*",
    "1?",
    "[ab]{1,2}",
    "[0-9]+",
    "\\d",
    "\\w*",
    ".*",
    "(a|b)",
    "(?:ab)",
    "(ab)?",
    "(?:a|b1)+",
    "b+?",
    "(1)",
    "(?!b)",
    "(?=a|1)",
];
const BROKEN_PIECES: &[&str] = &["(", "[", "a{2,1}", "*", ")"];
const TEXT_PIECES: &[&str] = &["a", "b", "/", "1", "a", "b", "n-1", "n-2", "n-12", "ab", "#"];
const RULE_STATES: &[&str] = &["", "initial", "initial", "s", "[st]", ".*", "s|initial"];
const REQUEST_STATES: &[&str] = &["", "initial", "initial", "s", "t"];
const REPLACEMENTS: &[(&str, &str)] =
    &[("", ""), ("a", "b"), ("[0-9]+", ""), ("n-(1|2)", "$1"), ("/.*", ""), ("b|1", "a")];

/// The rules as a list, with everything that the registry hides behind its indexes.
#[derive(Default)]
struct Scan {
    rules: Vec<Scanned>,
    algorithm: Algorithm,
    replace: Option<(Pattern, Format)>,
}

struct Scanned {
    method: Method,
    uri: String,
    state: String,
    pattern: Option<Pattern>,
    answer: u32,
}

impl Scan {
    fn insert(&mut self, method: Method, uri: &str, state: &str, answer: u32) -> Result<(), ()> {
        let state = if state.is_empty() { "initial" } else { state };
        let pattern = Pattern::new(&format!("{state}#{method}#{uri}")).ok();
        if pattern.is_none() && self.algorithm == Algorithm::PriorityMatchingRegex {
            return Err(());
        }
        let same =
            |rule: &&mut Scanned| (rule.method, &*rule.uri, &*rule.state) == (method, uri, state);
        match self.rules.iter_mut().find(same) {
            Some(rule) => rule.answer = answer,
            None => {
                let (uri, state) = (uri.to_owned(), state.to_owned());
                self.rules.push(Scanned { method, uri, state, pattern, answer });
            }
        }
        Ok(())
    }

    fn exact(&self, method: Method, uri: &str, state: &str) -> Option<u32> {
        let same =
            |rule: &&Scanned| (rule.method, &*rule.uri, &*rule.state) == (method, uri, state);
        self.rules.iter().find(same).map(|rule| rule.answer)
    }

    fn find(&self, method: Method, uri: &str, state: &str) -> Option<u32> {
        let state = if state.is_empty() { "initial" } else { state };
        let found = match (self.algorithm, &self.replace) {
            (Algorithm::PriorityMatchingRegex, _) => {
                let text = format!("{state}#{method}#{uri}");
                let matches = |rule: &&Scanned| {
                    let pattern = rule.pattern.as_ref();
                    pattern.is_some_and(|pattern| pattern.is_full_match(text.as_bytes()))
                };
                self.rules.iter().find(matches).map(|rule| rule.answer)
            }
            (Algorithm::FullMatchingRegexReplace, Some((pattern, format))) => {
                let mut replaced = Vec::new();
                pattern.replace_all(uri.as_bytes(), format, usize::MAX, &mut replaced);
                self.exact(method, std::str::from_utf8(&replaced).unwrap(), state)
            }
            _ => self.exact(method, uri, state),
        };
        found.or_else(|| self.exact(method, "", state))
    }
}

fn random_uri_pattern(random: &mut Random) -> String {
    match random.below(40) {
        0 => String::new(),
        1 => format!("/{}{}", random.join(PATTERN_PIECES, 2), random.pick(BROKEN_PIECES)),
        _ => format!("/{}", random.join(PATTERN_PIECES, 5)),
    }
}

fn switch(random: &mut Random, registry: &mut Registry<u32>, scan: &mut Scan) {
    let document = match random.below(4) {
        0 => json!({"algorithm": "FullMatching"}),
        1 => {
            let (rgx, fmt) = REPLACEMENTS[random.below(REPLACEMENTS.len())];
            json!({"algorithm": "FullMatchingRegexReplace", "rgx": rgx, "fmt": fmt})
        }
        _ => json!({"algorithm": "PriorityMatchingRegex"}),
    };
    let config = config(&document);
    (scan.algorithm, scan.replace) = (config.algorithm, config.replace.clone());
    registry.set_matching(config);
}

/// Changes the rules, then looks them up; as often as `asked` allows.
fn run_world(seed: u64, asked: &mut usize, matched: &mut usize) {
    let mut random = Random(u64::wrapping_mul(seed, 0x9e37_79b9_7f4a_7c15));
    let (mut registry, mut scan) = (Registry::default(), Scan::default());
    let mut scratch = MatchScratch::default();
    let methods = [Method::GET, Method::GET, Method::POST];
    for step in 0..24 {
        if step == 0 || random.below(4) == 0 {
            switch(&mut random, &mut registry, &mut scan);
        }
        if random.below(24) == 0 {
            registry.clear();
            scan.rules.clear();
        }
        for n in 0..random.below(12) * random.below(4) {
            let method = methods[random.below(methods.len())];
            let (uri, state) = (random_uri_pattern(&mut random), random.pick(RULE_STATES));
            let answer = (step * 1000 + n) as u32;
            let inserted = registry.insert(provision(method, &uri, state), answer);
            assert_eq!(
                inserted.is_ok(),
                scan.insert(method, &uri, state, answer).is_ok(),
                "{state} {uri}"
            );
        }
        let snapshot = registry.snapshot();
        for _ in 0..24 {
            let method = methods[random.below(methods.len())];
            let (uri, state) =
                (format!("/{}", random.join(TEXT_PIECES, 6)), random.pick(REQUEST_STATES));
            let found = snapshot.find(method, uri.as_bytes(), state.as_bytes(), &mut scratch);
            let found = found.map(|rule| *rule.answer());
            let expected = scan.find(method, &uri, state);
            assert_eq!(found, expected, "seed {seed} step {step}: {state}#{method}#{uri}");
            *asked += 1;
            *matched += usize::from(found.is_some());
        }
        let listed: Vec<u32> = registry.rules().iter().map(|rule| *rule.answer()).collect();
        assert_eq!(listed, scan.rules.iter().map(|rule| rule.answer).collect::<Vec<_>>());
    }
}

#[test]
fn differential() {
    let cases = std::env::var("UNDERSTUDY_MATCHING_CASES");
    let cases = cases.map_or(CASES, |cases| cases.parse().expect("a number of cases"));
    let (mut asked, mut matched) = (0, 0);
    for seed in 1.. {
        if asked >= cases {
            break;
        }
        run_world(seed, &mut asked, &mut matched);
    }
    assert!(matched > asked / 4, "{matched} of {asked} found anything: too few to tell");
}
