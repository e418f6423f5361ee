use super::*;
use crate::report::testkit::{facts, share};
use proptest::prelude::*;

fn results(shares: impl FnOnce(&mut Tally)) -> Results {
    let mut results = Results::new(facts());
    let mut only = share(0, Duration::from_secs(1));
    shares(&mut only.tallies[0]);
    results.add(0, &only);
    results.set_elapsed(Duration::from_secs(4));
    results
}

/// 1000 answers after 1 us, 2 us, ... 1 ms: 990 good ones, 6 times 404, 4 times 503, and 1000 more without an answer.
fn mixed() -> Results {
    results(|tally| {
        tally.sent = 1999;
        for n in 1..=1000u64 {
            let (status, end) = match n {
                1..=6 => (404, Err(Failure::Status)),
                7..=10 => (503, Err(Failure::Status)),
                _ => (200, Ok(())),
            };
            tally.answer(status, Duration::from_micros(n), 10, end);
        }
        (0..999).for_each(|_| tally.fail(Failure::Timeout));
        tally.fail(Failure::NotConnected);
    })
}

fn verdict(text: &str, results: &Results) -> Verdict {
    Assertion::parse(text).unwrap_or_else(|error| panic!("{error}")).evaluate(results)
}

#[test]
fn bounds_are_compared_exactly() {
    let results = mixed();
    for (text, passed, measured) in [
        ("min==1us", true, "1us"),
        ("min>1us", false, "1us"),
        ("max<=1ms", true, "1ms"),
        ("max<1ms", false, "1ms"),
        // (1 + 1000) / 2 us
        ("mean==500.5us", true, "500.5us"),
        ("mean<500us", false, "500.5us"),
        // 1000 answers in 4 seconds.
        ("rps==250", true, "250.0"),
        ("rps>250", false, "250.0"),
        ("rps>=0.25k", true, "250.0"),
        ("rps<0.000251M", true, "250.0"),
        ("sent==1999", true, "1999"),
        ("answered>=1000", true, "1000"),
        ("succeeded!=990", false, "990"),
        ("errors==1_010", true, "1010"),
        ("status<10", false, "10"),
        ("timeout==999", true, "999"),
        ("timeouts < 1k", true, "999"),
        ("not-connected<=1", true, "1"),
        ("unsent==0", true, "0"),
        ("lost==0", true, "0"),
        ("200==990", true, "990"),
        ("404 < 6", false, "6"),
        ("2XX==990", true, "990"),
        ("5xx<=4", true, "4"),
        ("3xx!=0", false, "0"),
        // 2000 requests came to an end: 990 good ones, 1010 bad ones.
        ("errors<50.5%", false, "50.5 % (1010 of 2000)"),
        ("errors<=50.5 %", true, "50.5 % (1010 of 2000)"),
        ("timeouts==49.95%", true, "49.95 % (999 of 2000)"),
        ("404<0.3%", false, "0.3 % (6 of 2000)"),
        ("succeeded>49%", true, "49.5 % (990 of 2000)"),
    ] {
        let verdict = verdict(text, &results);
        assert_eq!((verdict.passed, verdict.measured.as_str()), (passed, measured), "{text}");
    }
}

#[test]
fn percentiles_are_those_of_the_histogram() {
    let results = mixed();
    // The 990th of 1000: 990 us, in the bucket from 989 696 to 990 207 ns, which is 512 ns wide.
    let p99 = verdict("p99<2ms", &results);
    assert_eq!((p99.passed, p99.measured.as_str()), (true, "990.207us"));
    assert!(!verdict("p99<990us", &results).passed);
    assert!(verdict("p99.9<=5ms", &results).passed);
}

#[test]
fn what_was_not_measured_has_not_passed() {
    let nothing = Results::new(facts());
    for text in ["p99<2ms", "p99>2ms", "p99!=2ms", "min<1s", "max<1s", "mean<1s"] {
        let verdict = verdict(text, &nothing);
        assert!(!verdict.passed, "{text}");
        assert_eq!(verdict.measured, "not measured: no answers");
    }
    for (text, measured) in
        [("rps>=0", "not measured: no time has passed"), ("errors<1%", "not measured: no requests")]
    {
        let verdict = verdict(text, &nothing);
        assert_eq!((verdict.passed, verdict.measured.as_str()), (false, measured));
    }
    let few = verdict("p99.99<2s", &mixed());
    assert!(!few.passed);
    assert_eq!(few.measured, "not measured: 1000 answers, and it takes 10000");
    assert!(verdict("errors==0", &nothing).passed, "a count is there even when it is zero");
}

#[test]
fn complaints_name_the_place_and_examples() {
    for (text, column, what) in [
        ("", 1, "an operator is missing"),
        ("p99", 4, "an operator is missing"),
        ("p99 2ms", 8, "an operator is missing"),
        ("p99=2ms", 4, "no operator"),
        ("p99!2ms", 4, "no operator"),
        ("<2ms", 1, "what is to be compared is missing"),
        ("p99<", 5, "the bound is missing"),
        ("p99< ", 6, "the bound is missing"),
        ("p99<2", 5, "a latency needs a unit: us, ms or s"),
        ("p99 < 2 m", 7, "a latency needs a unit"),
        ("p99<ms", 5, "not a number"),
        ("p99<-1ms", 5, "not a number"),
        ("p99<1.2345us", 5, "more than 3 digits after the point"),
        ("p99<99999999999s", 5, "the number is too large"),
        ("p100<1s", 1, "a percentile lies between 0 and 100"),
        ("p0<1s", 1, "a percentile lies between 0 and 100"),
        ("  p99.9999999<1s", 3, "a percentile lies between 0 and 100"),
        ("pxx<1s", 1, "an unknown name"),
        ("latency<1s", 1, "an unknown name"),
        ("losts==0", 1, "an unknown name"),
        ("4040==0", 1, "an unknown name"),
        ("099==0", 1, "an unknown name"),
        ("rps>10%", 5, "not a number"),
        ("errors<x%", 8, "not a number"),
        ("errors<1m", 8, "not a number"),
        ("errors==0==0", 9, "not a number"),
        ("\u{b5}\u{b5}<1", 1, "an unknown name"),
        ("max<\u{b5}s", 5, "not a number"),
        ("errors <\u{a0}\u{e9}", 10, "not a number"),
    ] {
        let error = Assertion::parse(text).expect_err(text);
        assert_eq!(error.column, column, "{error}");
        assert!(error.what.starts_with(what), "{error}");
    }
    assert_eq!(
        Assertion::parse("p99<2").unwrap_err().to_string(),
        "assertion \"p99<2\", column 5: a latency needs a unit: us, ms or s; \
         right would be p99<2ms, errors==0, errors<0.1% or rps>100k"
    );
    let long = format!("p99\n{}", "x".repeat(1000));
    let complaint = Assertion::parse(&long).unwrap_err().to_string();
    assert!(!complaint.contains('\n') && complaint.len() < 300, "{complaint}");
}

#[test]
fn shown_in_the_shortest_form() {
    for (text, shown) in [
        ("p99 < 2 ms", "p99<2ms"),
        ("p99.90<=5000us", "p99.9<=5ms"),
        ("max<1s", "max<1s"),
        ("max<1500ms", "max<1.5s"),
        ("mean<1.5\u{b5}s", "mean<1.5us"),
        ("mean<1.5\u{3bc}s", "mean<1.5us"),
        ("min>=0s", "min>=0us"),
        ("RPS>1.5M", "rps>1500000"),
        ("rps>100_000", "rps>100000"),
        ("timeouts==0", "timeout==0"),
        ("resets==0", "reset==0"),
        ("errors < 0.10 %", "errors<0.1%"),
        ("404!=5", "404!=5"),
        ("5XX==0", "5xx==0"),
    ] {
        assert_eq!(Assertion::parse(text).unwrap().to_string(), shown);
    }
}

fn any_assertion() -> impl Strategy<Value = Assertion> {
    let latency = prop_oneof![
        Just(Latency::Min),
        Just(Latency::Mean),
        Just(Latency::Max),
        (1u32..100_000_000).prop_map(|parts| {
            let text = Scaled { value: u64::from(parts), scale: 6 }.to_string();
            Latency::At(Percentile::parse(&text).unwrap())
        }),
    ];
    let count = prop_oneof![
        Just(Count::Sent),
        Just(Count::Answered),
        Just(Count::Succeeded),
        Just(Count::Errors),
        prop::sample::select(&Failure::ALL[..]).prop_map(Count::Failed),
        (100u16..1000).prop_map(Count::Status),
        (1u16..10).prop_map(Count::Class),
    ];
    let subject = prop_oneof![
        (latency, any::<u64>())
            .prop_map(|(latency, bound_ns)| Subject::Latency { latency, bound_ns }),
        any::<u64>().prop_map(|bound| Subject::Rate { bound }),
        (count.clone(), any::<u64>()).prop_map(|(count, bound)| Subject::Count { count, bound }),
        (count, any::<u64>()).prop_map(|(count, bound)| Subject::Share { count, bound }),
    ];
    (subject, prop::sample::select(&Operator::ALL[..]))
        .prop_map(|(subject, operator)| Assertion { subject, operator })
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,40}") {
        let _ = Assertion::parse(&text).map_err(|error| error.to_string());
    }

    #[test]
    fn nothing_that_looks_like_one_makes_it_panic(
        text in "(p|max|errors|rps|404)?[0-9.]{0,8} ?[<>=!]{0,3} ?[0-9._]{0,25} ?(us|ms|s|µs|%|k|M)?"
    ) {
        if let Ok(assertion) = Assertion::parse(&text) {
            prop_assert_eq!(Assertion::parse(&assertion.to_string()), Ok(assertion));
            assertion.evaluate(&Results::new(facts()));
        }
    }

    #[test]
    fn shown_as_it_is_read(assertion in any_assertion()) {
        prop_assert_eq!(Assertion::parse(&assertion.to_string()), Ok(assertion));
    }
}
