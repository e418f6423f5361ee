//! The shape of the index; what it finds is compared with a scan in the tests of the snapshot.

use super::*;

fn entries(first: usize, count: usize, pattern: impl Fn(usize) -> String) -> Vec<Entry> {
    (first..first + count)
        .map(|n| Entry::compile(n, &pattern_of(Method::GET, &pattern(n), "initial")).unwrap())
        .collect()
}

fn index(patterns: impl Fn(usize) -> String, count: usize) -> PatternIndex {
    let mut index = PatternIndex::default();
    index.append(&mut entries(0, count, patterns));
    index
}

fn find(index: &PatternIndex, uri: &str) -> Option<usize> {
    let mut text = Vec::new();
    write_text(Method::GET, uri.as_bytes(), b"initial", &mut text);
    index.find(&text, &mut FoundLiterals::default())
}

/// Patterns that are told apart at the beginning, at the end, in the middle, by two places, by their classes only, by
/// lengths that nearly all differ.
#[test]
fn every_shape_is_found_among_thousands() {
    type Shape = (&'static str, fn(usize) -> String, fn(usize) -> String);
    let shapes: [Shape; 8] = [
        ("end", |n| format!("/v1/item-[0-9]+/n-{n}"), |n| format!("/v1/item-77/n-{n}")),
        ("beginning", |n| format!("/x/{n}/[a-z]+"), |n| format!("/x/{n}/abc")),
        ("middle", |n| format!("/[a-z]+/{n}/[0-9]*"), |n| format!("/abc/{n}/1")),
        ("engine", |n| format!("/(a|b)+/n-{n}"), |n| format!("/ab/n-{n}")),
        ("whole", |n| format!(r"/v1\.0/{n}"), |n| format!("/v1.0/{n}")),
        (
            "two places",
            |n| format!("/[a-z]/i{}i/[a-z]/k{}k/[a-z]", n / 50, n % 50),
            |n| format!("/a/i{}i/b/k{}k/c", n / 50, n % 50),
        ),
        (
            "classes",
            |n| format!("/[a-z]{{{}}}/[0-9]{{{}}}", n / 250 + 1, n % 250 + 1),
            |n| format!("/{}/{}", "a".repeat(n / 250 + 1), "1".repeat(n % 250 + 1)),
        ),
        (
            "lengths",
            |n| format!("/{}{n}/[a-z]", "x".repeat(n % 200)),
            |n| format!("/{}{n}/a", "x".repeat(n % 200)),
        ),
    ];
    for (shape, pattern, uri) in shapes {
        let index = index(pattern, 2500);
        assert_eq!(index.segment_sizes(), [2500], "an array is one segment");
        for n in (0..2500).step_by(31) {
            assert_eq!(find(&index, &uri(n)), Some(n), "{shape}");
        }
        assert_eq!(find(&index, "/none"), None, "{shape}");
    }
}

#[test]
fn the_first_of_several_counts_wherever_it_is_filed() {
    let pattern = |n: usize| match n {
        1000 => "/x/.*".to_owned(),
        1500 => ".*".to_owned(),
        n => format!("/x/{n}/[a-z]+"),
    };
    let index = index(pattern, 2000);
    assert_eq!(find(&index, "/x/900/a"), Some(900));
    assert_eq!(find(&index, "/x/1100/a"), Some(1000));
    assert_eq!(find(&index, "/y"), Some(1500));
}

#[test]
fn single_posts_make_few_segments() {
    let pattern = |n: usize| format!("/x/{n}/[a-z]+");
    let mut index = PatternIndex::default();
    let mut segments_max = 0;
    for n in 0..3000 {
        let before = index.clone();
        index.append(&mut entries(n, 1, pattern));
        let sizes = index.segment_sizes();
        assert_eq!(sizes.iter().sum::<usize>(), n + 1);
        segments_max = segments_max.max(sizes.len());
        assert_eq!(before.segment_sizes().iter().sum::<usize>(), n, "a clone stays as it was");
    }
    assert!(segments_max <= 5, "{segments_max}");
    for n in (0..3000).step_by(17) {
        assert_eq!(find(&index, &format!("/x/{n}/a")), Some(n));
    }
    let before = index.segments[0].clone();
    index.append(&mut entries(3000, 1, pattern));
    assert!(Arc::ptr_eq(&before, &index.segments[0]), "large segments are shared");
    index.append(&mut entries(3001, 3000, pattern));
    assert_eq!(index.segment_sizes().len(), 1, "an array takes what is not much larger with it");
}

/// A text that has thousands of literals many times over; the list of those found stays as long as the literals.
#[test]
fn literals_that_occur_again_are_listed_once() {
    let index = index(|n| format!("/[a-z]*{}[0-9]", "-".repeat(n + 1)), 40);
    let mut found = FoundLiterals::default();
    let mut text = b"initial#GET#/x".to_vec();
    text.extend(std::iter::repeat_n(b'-', 50_000));
    assert_eq!(index.find(&text, &mut found), None);
    text.truncate(14 + 3);
    text.push(b'7');
    assert_eq!(index.find(&text, &mut found), Some(2));
}
