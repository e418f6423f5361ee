//! Every option of the table in the specification of the command line, and each sentence on how it is read.

use super::*;

fn words(typed: &[&str]) -> Vec<OsString> {
    std::iter::once(&"/opt/h2agent").chain(typed).map(OsString::from).collect()
}

fn read(typed: &[&str]) -> Options {
    match parse(&words(typed)) {
        Ok(Asked::Serve(options)) => *options,
        other => panic!("{typed:?}: {other:?}"),
    }
}

fn error(typed: &[&str]) -> String {
    parse(&words(typed)).map(|asked| panic!("{typed:?}: {asked:?}")).unwrap_err().to_string()
}

#[test]
fn defaults() {
    let expected = Options {
        log_level: LogLevel::Warning,
        verbose: false,
        ipv6: false,
        bind_address: None,
        admin_port: "8074".to_owned(),
        server_port: "8000".to_owned(),
        api_name: String::new(),
        api_version: String::new(),
        worker_threads: 0,
        server_threads: 1,
        key: None,
        key_password: None,
        crt: None,
        secure_admin: false,
        request_schema: None,
        matching: None,
        provision: None,
        discard_data: false,
        discard_history: false,
        data_bytes_max: None,
        prometheus_port: "8080".to_owned(),
        disable_metrics: false,
        delay_bounds: String::new(),
        size_bounds: String::new(),
        name: "h2agent".to_owned(),
    };
    assert_eq!(read(&[]), expected);
}

/// A way to look at one field of the options.
type Field = fn(&Options) -> String;

/// The options with a text or a number for a value: the names, and what they change.
const ROWS: [(&[&str], Field); 18] = [
    (&["-a", "--admin-port"], |o| o.admin_port.clone()),
    (&["-p", "--server-port", "--traffic-server-port"], |o| o.server_port.clone()),
    (&["-m", "--server-api-name", "--traffic-server-api-name"], |o| o.api_name.clone()),
    (&["-n", "--server-api-version", "--traffic-server-api-version"], |o| o.api_version.clone()),
    (&["-w", "--worker-threads", "--traffic-server-worker-threads"], |o| {
        o.worker_threads.to_string()
    }),
    (&["-t", "--server-threads", "--traffic-server-io-threads"], |o| o.server_threads.to_string()),
    (&["-k", "--server-key", "--traffic-server-key"], |o| path(o.key.as_ref())),
    (&["--server-key-password", "--traffic-server-key-password"], |o| {
        o.key_password.clone().unwrap_or_default()
    }),
    (&["-c", "--server-crt", "--traffic-server-crt"], |o| path(o.crt.as_ref())),
    (&["--server-request-schema"], |o| path(o.request_schema.as_ref())),
    (&["--server-matching", "--traffic-server-matching"], |o| path(o.matching.as_ref())),
    (&["--server-provision", "--traffic-server-provision"], |o| path(o.provision.as_ref())),
    (&["--prometheus-port"], |o| o.prometheus_port.clone()),
    (&["--prometheus-response-delay-seconds-histogram-boundaries"], |o| o.delay_bounds.clone()),
    (&["--prometheus-message-size-bytes-histogram-boundaries"], |o| o.size_bounds.clone()),
    (&["--server-data-max-bytes"], |o| o.data_bytes_max.unwrap_or_default().to_string()),
    (&["--name"], |o| o.name.clone()),
    (&["-b", "--bind-address"], |o| o.bind_address.clone().unwrap_or_default()),
];

fn path(path: Option<&PathBuf>) -> String {
    path.map(|path| path.display().to_string()).unwrap_or_default()
}

#[test]
fn each_option_with_a_value_has_its_names_and_its_place() {
    for (names, field) in ROWS {
        for name in names {
            let options = read(&[name, "7"]);
            assert_eq!(field(&options), "7", "{name}");
            // It changes nothing else.
            for (others, other) in ROWS.iter().filter(|(others, _)| *others != names) {
                assert_eq!(other(&options), other(&read(&[])), "{name} changes {others:?}");
            }
        }
    }
}

#[test]
fn each_switch_has_its_names_and_its_place() {
    let switches = |o: &Options| {
        [o.verbose, o.ipv6, o.secure_admin, o.discard_data, o.discard_history, o.disable_metrics]
    };
    for (names, place) in [
        (&["--verbose"][..], 0),
        (&["--ipv6"], 1),
        (&["-s", "--secure-admin"], 2),
        (&["--discard-server-data", "--discard-data"], 3),
        (&["--discard-server-data-requests-history", "--discard-data-key-history"], 4),
        (&["--disable-metrics"], 5),
    ] {
        for name in names {
            let on: Vec<usize> = (0..6).filter(|&n| switches(&read(&[name]))[n]).collect();
            assert_eq!(on, [place], "{name}");
        }
    }
}

#[test]
fn log_level_takes_the_eight_names_exactly() {
    for (typed, expected) in [
        ("Debug", LogLevel::Debug),
        ("Informational", LogLevel::Informational),
        ("Notice", LogLevel::Notice),
        ("Warning", LogLevel::Warning),
        ("Error", LogLevel::Error),
        ("Critical", LogLevel::Error),
        ("Alert", LogLevel::Error),
        ("Emergency", LogLevel::Error),
    ] {
        assert_eq!(read(&["-l", typed]).log_level, expected);
        assert_eq!(read(&["--log-level", typed]).log_level, expected);
    }
    for typed in ["debug", "WARNING", "Foo", ""] {
        assert!(error(&["-l", typed]).starts_with("-l: "), "{typed}");
    }
}

#[test]
fn each_option_is_looked_for_anywhere_and_its_first_occurrence_counts() {
    assert_eq!(read(&["x", "y", "-m", "app"]).api_name, "app");
    assert_eq!(read(&["-m", "one", "-m", "two"]).api_name, "one");
    assert_eq!(read(&["--server-api-name", "one", "-m", "two"]).api_name, "one");
    // Also where the name of the program stands.
    assert!(matches!(parse(&["-h".into()]), Ok(Asked::Help)));
}

#[test]
fn value_is_the_next_word_only() {
    let options = read(&["--server-api-name=app", "-mapp", "-sm", "app"]);
    assert_eq!((options.api_name.as_str(), options.secure_admin), ("", false));
}

#[test]
fn unknown_options_and_stray_words_are_ignored() {
    assert_eq!(read(&["--fast", "stray", "-z", "9", "-"]), read(&[]));
}

#[test]
fn option_before_another_takes_its_name_as_value() {
    let options = read(&["-m", "-n", "v1"]);
    assert_eq!((options.api_name.as_str(), options.api_version.as_str()), ("-n", "v1"));
}

#[test]
fn option_without_its_value_is_a_usage_error() {
    for name in ROWS.iter().flat_map(|(names, _)| *names).chain(&["-l", "--log-level"]) {
        assert_eq!(error(&[name]), format!("{name} needs a value"));
    }
}

#[test]
fn names_are_case_sensitive() {
    assert_eq!(read(&["-M", "app", "--Server-Port", "1", "-V", "-H", "--VERBOSE"]), read(&[]));
}

#[test]
fn help_is_examined_first_bad_values_in_order_and_version_last() {
    for typed in [&["-h"][..], &["--help"], &["-v", "-h"], &["-l", "Foo", "-h"], &["-h", "-w"]] {
        assert!(matches!(parse(&words(typed)), Ok(Asked::Help)), "{typed:?}");
    }
    for typed in [&["-v"][..], &["--version"], &["-v", "-w", "2"], &["-p", "abc", "-v"]] {
        assert!(matches!(parse(&words(typed)), Ok(Asked::Version)), "{typed:?}");
    }
    assert!(error(&["-v", "-l", "Foo"]).starts_with("-l: "));
    assert!(error(&["-t", "x", "-w", "x", "-l", "Foo"]).starts_with("-l: "));
    assert!(error(&["-t", "x", "-w", "x"]).starts_with("-w: "));
    assert!(error(&["-w", "2", "-t", "x"]).starts_with("-t: "));
}

#[test]
fn numbers_are_read_as_the_c_library_does() {
    for (typed, expected) in [
        ("3", Some(3)),
        (" \t3", Some(3)),
        ("+3", Some(3)),
        ("007", Some(7)),
        // Junk after the digits is ignored.
        ("3x", Some(3)),
        ("3.9", Some(3)),
        ("3 4", Some(3)),
        // A negative number is taken as it is.
        ("-1", Some(-1)),
        ("-0", Some(0)),
        // Only the lower half fits.
        ("4294967296", Some(0)),
        ("4294967299", Some(3)),
        ("18446744073709551615", Some(-1)),
        // Out of range of the type that is read.
        ("18446744073709551616", None),
        ("99999999999999999999999", None),
        ("", None),
        ("x", None),
        ("-", None),
        ("+-1", None),
        ("x3", None),
    ] {
        assert_eq!(leading_number(typed), expected, "{typed:?}");
    }
    assert_eq!(read(&["-w", "5000"]).worker_threads, 5000);
}

#[test]
fn words_that_are_no_text_do_no_harm() {
    use std::os::unix::ffi::OsStringExt;
    let odd = OsString::from_vec(vec![b'a', 0xff]);
    let typed = ["h2agent".into(), "--server-key".into(), odd.clone(), "-m".into(), odd.clone()];
    let Ok(Asked::Serve(options)) = parse(&typed) else { panic!("refused") };
    assert_eq!(options.key, Some(PathBuf::from(&odd)));
    assert_eq!(options.api_name, "a\u{fffd}");
    assert!(parse(&["h2agent".into(), "-l".into(), odd]).is_err());
}

proptest::proptest! {
    #[test]
    fn no_command_line_is_too_strange(
        typed in proptest::collection::vec("(-[a-z]|--[a-z]{1,9}|--server-port|-w|[0-9x]{0,3})", 0..8),
    ) {
        let typed: Vec<OsString> = typed.into_iter().map(OsString::from).collect();
        let help = typed.iter().any(|word| word == "-h" || word == "--help");
        assert_eq!(matches!(parse(&typed), Ok(Asked::Help)), help);
    }

    #[test]
    fn numbers_are_read_whatever_follows(number: i32, junk in "[^0-9]{0,5}") {
        assert_eq!(leading_number(&format!("{number}{junk}")), Some(number));
    }

    #[test]
    fn any_text_is_a_number_or_not(text in "[-+ 0-9x\u{e9}]{0,24}") {
        let _ = leading_number(&text);
        let _ = bytes::parse(&text);
    }
}
