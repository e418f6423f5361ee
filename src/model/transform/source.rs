//! Where an item takes its value from.

use super::compile::{Compiler, Path, check_line_breaks};
use super::event::EventSource;
use super::strftime::DateFormat;
use super::template::{Name, Template, Text};

/// A compiled source: sections A4.3 and B1.
#[derive(Debug)]
pub(super) enum Source {
    Uri,
    UriPath,
    UriParameter(Text),
    /// A place of the request body by its number in [`super::request_body::Paths`].
    RequestBody(usize),
    RequestBodyComputed(Template),
    ResponseBody(Path),
    Header(Text),
    Random {
        low: i64,
        high: i64,
    },
    /// Alternatives separated by `|`.
    RandomSet(Text),
    /// Nanoseconds of the unit.
    Timestamp {
        unit_ns: i128,
    },
    Strftime(DateFormat),
    StrftimeComputed(Template),
    /// The number of the reception, counted from this one.
    Sequence {
        first: u64,
    },
    Variable(Name),
    Value(Text),
    Event(Box<EventSource>),
    InState,
    Eraser,
}

impl Source {
    pub(super) fn parse(text: &str, compiler: &mut Compiler) -> Result<Source, String> {
        if let Some(value) = text.strip_prefix("value.") {
            return Ok(Source::Value(Text::parse(value, &mut compiler.names)));
        }
        if let Some(values) = text.strip_prefix("randomset.").filter(|values| !values.is_empty()) {
            return Ok(Source::RandomSet(Text::parse(values, &mut compiler.names)));
        }
        check_line_breaks(text)?;
        match text {
            "request.uri" => Ok(Source::Uri),
            "request.uri.path" => Ok(Source::UriPath),
            "request.body" => Ok(Source::RequestBody(compiler.request_paths.add_root())),
            "response.body" => response_body("", compiler),
            "general.recvseq" => Ok(Source::Sequence { first: 0 }),
            "recvseq" => Ok(Source::Sequence { first: 1 }),
            "inState" => Ok(Source::InState),
            "eraser" => Ok(Source::Eraser),
            _ => Self::parse_named(text, compiler),
        }
    }

    /// The forms that carry a name, a path or an argument behind a fixed prefix.
    fn parse_named(text: &str, compiler: &mut Compiler) -> Result<Source, String> {
        let argument = |prefix| text.strip_prefix(prefix).filter(|rest| !rest.is_empty());
        let general = |prefix| {
            let text = text.strip_prefix("general.").unwrap_or(text);
            text.strip_prefix(prefix).filter(|rest| !rest.is_empty())
        };
        if let Some(name) = argument("request.uri.param.") {
            return Ok(Source::UriParameter(Text::parse(name, &mut compiler.names)));
        }
        if let Some(path) = argument("request.body.") {
            return request_body(path, compiler);
        }
        if let Some(path) = argument("response.body.") {
            return response_body(path, compiler);
        }
        if let Some(name) = argument("request.header.") {
            return Ok(Source::Header(Text::parse(name, &mut compiler.names)));
        }
        if let Some(bounds) = general("random.") {
            return random(bounds);
        }
        if let Some(unit) = general("timestamp.") {
            return timestamp(unit);
        }
        if let Some(format) = general("strftime.") {
            return Ok(match Text::parse(format, &mut compiler.names) {
                Text::Fixed(format) => Source::Strftime(DateFormat::parse(&format)),
                Text::Template(template) => Source::StrftimeComputed(template),
            });
        }
        if let Some(name) = argument("var.") {
            return Ok(Source::Variable(Name::parse(name, &mut compiler.names)));
        }
        let event = if let Some(prefix) = argument("event.") {
            EventSource::by_variables(prefix, &mut compiler.names)
        } else if let Some(query) = argument("serverEvent.") {
            EventSource::by_query(query, &mut compiler.names)?
        } else {
            return Err("unknown source".to_owned());
        };
        compiler.reads_events = true;
        Ok(Source::Event(Box::new(event)))
    }
}

fn request_body(path: &str, compiler: &mut Compiler) -> Result<Source, String> {
    match Path::parse(path, &mut compiler.names)? {
        Path::Fixed(pointer) => Ok(Source::RequestBody(compiler.request_paths.add(pointer))),
        Path::Computed(template) => {
            compiler.request_paths.add_computed();
            Ok(Source::RequestBodyComputed(template))
        }
    }
}

fn response_body(path: &str, compiler: &mut Compiler) -> Result<Source, String> {
    compiler.reads_response = true;
    compiler.needs_tree = true;
    let path = match path {
        "" => Path::Fixed(super::pointer::Pointer::parse("").map_err(|error| error.to_string())?),
        path => Path::parse(path, &mut compiler.names)?,
    };
    Ok(Source::ResponseBody(path))
}

/// `min.max`, both with an optional sign and within 32 bits; the wrong order is put right (section A9, 3).
fn random(bounds: &str) -> Result<Source, String> {
    let (low, high) = bounds.split_once('.').ok_or("random wants two integers")?;
    let (low, high) = (random_bound(low)?, random_bound(high)?);
    Ok(Source::Random { low: low.min(high), high: low.max(high) })
}

fn random_bound(text: &str) -> Result<i64, String> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("random wants two integers".to_owned());
    }
    match text.parse::<i32>() {
        Ok(bound) => Ok(i64::from(bound)),
        Err(_) => Err("a bound of random is beyond 32 bits".to_owned()),
    }
}

fn timestamp(unit: &str) -> Result<Source, String> {
    let unit_ns = match unit {
        "s" => 1_000_000_000,
        "ms" => 1_000_000,
        "us" => 1_000,
        "ns" => 1,
        _ => return Err("the units of timestamp are s, ms, us and ns".to_owned()),
    };
    Ok(Source::Timestamp { unit_ns })
}
