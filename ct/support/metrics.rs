//! Pages of metrics, fetched and taken apart.

use super::deadline;
use super::h1::{H1, Response};
use super::server::Server;
use super::wire::Wire;
use std::net::SocketAddr;
use std::time::Instant;

/// A page in the text format of Prometheus.
pub(crate) struct Page {
    pub(crate) text: String,
    samples: Vec<Sample>,
}

/// One line of it.
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) value: f64,
}

impl Page {
    fn parse(text: String) -> Page {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let samples = lines.map(Sample::parse).collect();
        Page { text, samples }
    }

    pub(crate) fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// The value of the only sample with that name and those labels, in whatever order.
    pub(crate) fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let found: Vec<f64> = self
            .samples
            .iter()
            .filter(|sample| sample.is(name, labels) && sample.labels.len() == labels.len())
            .map(|sample| sample.value)
            .collect();
        assert_eq!(found.len(), 1, "{name} {labels:?} in\n{}", self.text);
        found[0]
    }

    /// The sum of all samples with that name and at least those labels.
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let found = self.samples.iter().filter(|sample| sample.is(name, labels));
        found.map(|sample| sample.value).sum()
    }

    /// The sum of all samples with that name and no label `success`.
    pub(crate) fn total(&self, name: &str) -> f64 {
        self.sum(name, &[]) - self.sum(name, &[("success", "false")])
    }
}

impl Sample {
    fn parse(line: &str) -> Sample {
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("sample {line:?}"));
        let value = value.parse().unwrap_or_else(|_| panic!("value of {line:?}"));
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let labels = labels.strip_suffix('}').unwrap_or_else(|| panic!("labels of {line:?}"));
        let label = |label: &str| {
            let (name, value) = label.split_once('=').unwrap();
            (name.to_owned(), value.trim_matches('"').to_owned())
        };
        let labels = labels.split(',').filter(|label| !label.is_empty()).map(label).collect();
        Sample { name: name.to_owned(), labels, value }
    }

    fn is(&self, name: &str, labels: &[(&str, &str)]) -> bool {
        self.name == name
            && labels.iter().all(|(n, v)| self.labels.iter().any(|l| l.0 == *n && l.1 == *v))
    }
}

/// What is answered to a request at the address of the metrics.
pub(crate) fn ask(address: SocketAddr, method: &str, path: &str) -> Response {
    let mut client = H1::over(Wire::plain(address));
    client.send(format!("{method} {path} HTTP/1.1\r\nhost: a\r\n\r\n"));
    if method == "HEAD" { client.head() } else { client.response() }
}

/// The page as it is now.
pub(crate) fn fetch(address: SocketAddr) -> Page {
    let answer = ask(address, "GET", "/metrics");
    assert_eq!(answer.status, 200);
    Page::parse(String::from_utf8(answer.body).unwrap())
}

/// The first page that is as wanted.
pub(crate) fn until(address: SocketAddr, wanted: impl Fn(&Page) -> bool) -> Page {
    let until = deadline();
    loop {
        let page = fetch(address);
        if wanted(&page) {
            return page;
        }
        assert!(Instant::now() < until, "the page does not become as wanted:\n{}", page.text);
        std::thread::yield_now();
    }
}

impl Server {
    /// The page of metrics as it is now.
    pub(crate) fn scrape(&self) -> Page {
        fetch(self.metrics.expect("metrics are served"))
    }

    /// The first page of metrics that is as wanted.
    pub(crate) fn scrape_until(&self, wanted: impl Fn(&Page) -> bool) -> Page {
        until(self.metrics.expect("metrics are served"), wanted)
    }
}
