use super::super::tests::{LOGIN, least, load};
use super::*;
use serde_json::{Value, json};

/// A script on one thread, and the heads that go to and fro.
struct Stage {
    play: Play,
    head: Head,
}

impl Stage {
    fn new(script: &Value) -> Stage {
        Stage::with(load(script).unwrap())
    }

    fn with(script: Script) -> Stage {
        let play = Play::new(Arc::new(script), Arc::default(), "localhost:8000");
        Stage { play, head: Head::default() }
    }

    /// A stage for the least script, with these members in its message.
    fn call(members: &Value, more: &Value) -> Stage {
        let mut script = least();
        for (name, value) in members.as_object().unwrap() {
            script["messages"]["call"][name] = value.clone();
        }
        for (name, value) in more.as_object().unwrap() {
            script[name] = value.clone();
        }
        Stage::new(&script)
    }

    fn next(&mut self, may_start: bool) -> Option<Ask> {
        self.play.next(may_start, &mut self.head)
    }

    /// The next request: method, path, fields and content.
    fn request(&mut self) -> (Ask, String) {
        let ask = self.next(true).unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let mut lines = format!("{} {}\n", text(self.head.method()), text(self.head.path()));
        for (name, value) in self.head.fields() {
            lines.push_str(&format!("{}: {}\n", text(name), text(value)));
        }
        lines.push_str(&ask.body.as_ref().map(|body| text(body)).unwrap_or_default());
        (ask, lines)
    }

    fn answer(&mut self, run: RunId, status: u16, body: &str) -> Result<(), Failure> {
        self.answer_with(run, status, &[], body)
    }

    fn answer_with(
        &mut self,
        run: RunId,
        status: u16,
        fields: &[(&str, &str)],
        body: &str,
    ) -> Result<(), Failure> {
        let mut head = Head::default();
        head.set_status(status);
        fields.iter().for_each(|(name, value)| head.push(name.as_bytes(), value.as_bytes()));
        self.play.answered(run, &head, body.as_bytes())
    }
}

#[test]
fn a_whole_script_is_played() {
    let mut stage = Stage::with(Script::parse("login.json", LOGIN.as_bytes()).unwrap());
    assert!(stage.play.is_idle());
    let (login, text) = stage.request();
    assert_eq!(
        text,
        "POST /v2/login?tenant=a%20b\n\
         content-type: application/json\n\
         content-length: 46\n\
         {\"user\":\"user-1\",\"tenant\":\"a b\",\"tries\":1.5}"
            .replace("46", &r#"{"user":"user-1","tenant":"a b","tries":1.5}"#.len().to_string())
    );
    assert_eq!(
        (stage.head.scheme(), stage.head.authority()),
        (&b"https"[..], &b"localhost:8000"[..])
    );
    assert_eq!(login.message, 0);
    assert!(!stage.play.is_idle());
    assert!(stage.next(false).is_none(), "the answer is not there yet");
    let fields = [("x-token", "abc"), ("location", "s/5 é"), ("x-token", "second")];
    let body = r#"{"session":{"id":5},"profile":{"z":1,"a":["\""]}}"#;
    stage.answer_with(login.run, 201, &fields, body).unwrap();
    assert!(!stage.play.is_idle());

    let (read, text) = stage.request();
    assert_eq!(text, "GET /sessions/5\nauthorization: Bearer abc\nx-user-1: 1\n");
    assert_eq!((read.message, read.body), (1, None));
    stage.answer(read.run, 200, "no JSON").unwrap();

    let (write, text) = stage.request();
    assert_eq!(
        text,
        "PUT /s/5%20%C3%A9\n\
         content-type: application/json\n\
         content-length: 69\n\
         {\"list\":[0,5],\"by\":\"abc\",\"data\":{\"profile\":{\"z\":1,\"a\":[\"\\\"\"]}}}"
            .replace(
                "69",
                &r#"{"list":[0,5],"by":"abc","data":{"profile":{"z":1,"a":["\""]}}}"#.len().to_string()
            )
    );
    stage.answer(write.run, 204, "").unwrap();

    let (again, _) = stage.request();
    assert_eq!(again.message, 1);
    stage.answer(again.run, 200, "").unwrap();
    let (logout, text) = stage.request();
    assert_eq!((text.as_str(), logout.message), ("DELETE /\n", 3));
    stage.answer(logout.run, 204, "").unwrap();
    assert!(stage.play.is_idle());
    assert!(stage.next(false).is_none());

    let (_, text) = stage.request();
    assert!(text.contains("user-2"), "the next script takes the next value: {text}");
}

#[test]
fn the_one_that_waited_longest_goes_first() {
    let mut script = least();
    script["flow"] = json!(["call", "call", "call"]);
    script["ranges"] = json!({"n": {"min": 1, "max": 9}});
    script["messages"]["call"]["url"] = json!("<n>");
    let mut stage = Stage::new(&script);
    let path = |stage: &mut Stage, may_start| {
        let ask = stage.next(may_start)?;
        Some((ask.run, String::from_utf8(stage.head.path().to_vec()).unwrap()))
    };
    let (one, first) = path(&mut stage, true).unwrap();
    let (two, second) = path(&mut stage, true).unwrap();
    let (three, third) = path(&mut stage, true).unwrap();
    assert_eq!([first, second, third], ["/1", "/2", "/3"]);
    assert!(path(&mut stage, false).is_none());
    for run in [two, three, one] {
        stage.answer(run, 200, "").unwrap();
    }
    assert_eq!(path(&mut stage, true).unwrap().1, "/2");
    assert_eq!(path(&mut stage, false).unwrap().1, "/3");
    assert_eq!(path(&mut stage, true).unwrap().1, "/1");
    assert_eq!(path(&mut stage, true).unwrap().1, "/4");
}

#[test]
fn threads_share_the_numbers() {
    let mut script = least();
    script["ranges"] = json!({"n": {"min": -1, "max": 1}});
    script["messages"]["call"]["url"] = json!("<n>");
    let (script, numbers) = (Arc::new(load(&script).unwrap()), Arc::default());
    let mut plays =
        [(); 2].map(|()| Play::new(Arc::clone(&script), Arc::clone(&numbers), "localhost"));
    let mut head = Head::default();
    let mut paths = Vec::new();
    for n in [0, 1, 1, 0] {
        plays[n].next(true, &mut head).unwrap();
        paths.push(String::from_utf8(head.path().to_vec()).unwrap());
    }
    assert_eq!(paths, ["/-1", "/0", "/1", "/-1"]);
}

#[test]
fn a_script_ends_with_its_first_failure() {
    let mut script = least();
    script["flow"] = json!(["call", "call"]);
    script["messages"]["call"]["save_from_answer"] =
        json!({"id": {"path": "/id", "value_type": "string"}, "headers": {"h": "x-h"}});
    let mut stage = Stage::new(&script);
    let good = r#"{"id":"a"}"#;
    let header = [("x-h", "1")];
    for (status, fields, body, failure) in [
        (404, &header[..], good, Failure::Status),
        (404, &[], "", Failure::Status),
        (200, &[], good, Failure::Unsaved),
        (200, &header, "", Failure::Unsaved),
        (200, &header, r#"{"id":"a""#, Failure::Unsaved),
        (200, &header, r#"{"id":1}"#, Failure::Unsaved),
        (200, &header, r#"{"ID":"a"}"#, Failure::Unsaved),
        (200, &header, r#""id""#, Failure::Unsaved),
    ] {
        let run = stage.next(true).unwrap().run;
        assert_eq!(stage.answer_with(run, status, fields, body), Err(failure), "{body}");
        assert!(stage.play.is_idle());
        assert!(stage.next(false).is_none());
    }
    let run = stage.next(true).unwrap().run;
    assert_eq!(stage.answer_with(run, 200, &header, good), Ok(()));
    let run = stage.next(false).unwrap().run;
    stage.play.failed(run);
    assert!(stage.play.is_idle());
    let run = stage.next(true).unwrap().run;
    assert_eq!(stage.answer_with(run, 200, &header, good), Ok(()));
    let run = stage.next(false).unwrap().run;
    assert_eq!(stage.answer(run, 200, good), Err(Failure::Unsaved), "the last one is no exception");
}

#[test]
fn values_are_of_the_type_that_was_said() {
    for (value_type, value, is_saved) in [
        ("string", r#""a""#, true),
        ("string", "1", false),
        ("string", "null", false),
        ("int", "1", true),
        ("int", "-9223372036854775808", true),
        ("int", "18446744073709551615", true),
        ("int", "18446744073709551616", false),
        ("int", "1.0", false),
        ("int", r#""1""#, false),
        ("object", "{}", true),
        ("object", "[]", false),
        ("object", r#""{}""#, false),
    ] {
        let save = json!({"v": {"path": "", "value_type": value_type}});
        let mut stage = Stage::call(&json!({"save_from_answer": save}), &json!({}));
        let run = stage.next(true).unwrap().run;
        let expected = if is_saved { Ok(()) } else { Err(Failure::Unsaved) };
        assert_eq!(stage.answer(run, 200, value), expected, "{value} as {value_type}");
    }
}

#[test]
fn late_words_about_an_old_run_are_ignored() {
    let mut stage = Stage::call(&json!({}), &json!({"flow": ["call", "call"]}));
    let old = stage.next(true).unwrap().run;
    stage.play.failed(old);
    assert_eq!(stage.answer(old, 200, ""), Err(Failure::Timeout));
    // The same place, used again.
    let new = stage.next(true).unwrap().run;
    assert_ne!(old, new);
    stage.play.failed(old);
    assert_eq!(stage.answer(old, 200, ""), Err(Failure::Timeout));
    assert!(!stage.play.is_idle());
    assert_eq!(stage.answer(new, 200, ""), Ok(()));
    // Answered once, and waiting: there is nothing to be answered.
    assert_eq!(stage.answer(new, 200, ""), Err(Failure::Timeout));
    stage.play.failed(new);
    assert!(!stage.play.is_idle());
    stage.play.failed(RunId(u32::MAX));
    assert_eq!(stage.answer(RunId(12345), 200, ""), Err(Failure::Timeout));
}

#[test]
fn places_are_used_again() {
    let mut stage = Stage::call(&json!({}), &json!({}));
    for _ in 0..10_000 {
        let runs = [stage.next(true).unwrap().run, stage.next(true).unwrap().run];
        stage.answer(runs[0], 200, "").unwrap();
        stage.play.failed(runs[1]);
    }
    assert!(stage.play.is_idle());
    assert_eq!((stage.play.runs.len(), stage.play.waiting.capacity()), (2, 0));
}

#[test]
fn big_values_are_not_kept() {
    let save = json!({"v": {"path": "", "value_type": "string"}});
    let mut stage = Stage::call(&json!({"save_from_answer": save}), &json!({}));
    let run = stage.next(true).unwrap().run;
    stage.answer(run, 200, &format!("\"{}\"", "x".repeat(1 << 20))).unwrap();
    let saved = &stage.play.runs[0].saved[0];
    assert!(saved.text.capacity() + saved.json.capacity() <= 2 * SAVED_BYTES_KEPT);
}

/// In a body a placeholder stays in its string, and is escaped as that is.
#[test]
fn bodies() {
    let ranges =
        json!({"ranges": {"id": {"min": 7, "max": 7}}, "variables": {"q": "a\"\\b", "n": 3}});
    for (body, expected) in [
        (json!({}), "{}"),
        (json!({"id": "<id>"}), r#"{"id":"7"}"#),
        (json!({"<id>": "<n>-<q>"}), r#"{"7":"3-a\"\\b"}"#),
        (
            json!({"a": ["<id><id>", 1, null, true, {"b": "é\n<"}]}),
            r#"{"a":["77",1,null,true,{"b":"é\n<"}]}"#,
        ),
    ] {
        let mut stage = Stage::call(&json!({"body": body}), &ranges);
        let body = stage.next(true).unwrap().body.unwrap();
        assert_eq!(std::str::from_utf8(&body).unwrap(), expected);
        assert_eq!(stage.head.get(b"content-type"), Some(&b"application/json"[..]));
        assert_eq!(stage.head.get(b"content-length"), Some(body.len().to_string().as_bytes()));
    }
}

#[test]
fn fixed_bodies_are_made_once() {
    let mut stage = Stage::call(&json!({"body": {"a": "b<n>"}}), &json!({"variables": {"n": 1}}));
    let bodies = [(); 2].map(|()| stage.next(true).unwrap().body.unwrap());
    assert_eq!(bodies[0].as_ptr(), bodies[1].as_ptr());
}

#[test]
fn the_host_of_a_script_is_the_authority() {
    let ranges = json!({"ranges": {"n": {"min": 1, "max": 2}}});
    let headers = json!({"Host": "h<n>.example", "X-Upper": "Value"});
    let mut stage = Stage::call(&json!({"headers": headers, "url": "p/<n>"}), &ranges);
    for n in ["1", "2"] {
        let (_, text) = stage.request();
        assert_eq!(text, format!("GET /p/{n}\nx-upper: Value\n"));
        assert_eq!(stage.head.authority(), format!("h{n}.example").as_bytes());
        assert_eq!(stage.head.scheme(), b"http");
    }
}

/// A saved value that would break a header is not saved; in other places it is harmless.
#[test]
fn saved_values_do_not_break_requests() {
    let script = |header: &str| {
        let mut script = least();
        script["flow"] = json!(["first", "call"]);
        script["messages"]["first"] = json!({
            "method": "GET", "url": "", "response": {"code": 200},
            "save_from_answer": {"v": {"path": "/v", "value_type": "string"}}
        });
        script["messages"]["call"]["url"] = json!("<v>");
        script["messages"]["call"]["body"] = json!({"v": "<v>"});
        script["messages"]["call"]["headers"] = json!({"x-v": header});
        script
    };
    let body = json!({"v": "a\r\nb: c"}).to_string();
    let mut stage = Stage::new(&script("<v>"));
    let run = stage.next(true).unwrap().run;
    assert_eq!(stage.answer(run, 200, &body), Err(Failure::Unsaved));
    let mut stage = Stage::new(&script("fixed"));
    let run = stage.next(true).unwrap().run;
    assert_eq!(stage.answer(run, 200, &body), Ok(()));
    let body = r#"{"v":"a\r\nb: c"}"#;
    assert_eq!(
        stage.request().1,
        format!(
            "GET /a%0D%0Ab:%20c\nx-v: fixed\ncontent-type: application/json\ncontent-length: {}\n{body}",
            body.len()
        )
    );
}
